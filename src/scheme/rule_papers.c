/*
 * rule_papers - R-SIG-1, R-SIG-2, R-LANG-1: the documents themselves.
 *
 * Signatures are judged by the verifier at the time of receipt; here its verdicts are only weighed
 * with what an officer decided.
 */
#include "scheme/judge.h"

/* Documents written by vendor or OEM; one of an unknown author counts as theirs. */
static bool by_vendor(const struct scheme_document *d)
{
    return !d->superseded && (d->author == SCHEME_BY_VENDOR || d->author == SCHEME_BY_OEM ||
                              d->author == SCHEME_BY_UNKNOWN);
}

static bool by_third_party(const struct scheme_document *d)
{
    return !d->superseded && (d->author == SCHEME_BY_ISSUER || d->author == SCHEME_BY_OTHER);
}

static void used_documents(struct judging *j, bool (*in_scope)(const struct scheme_document *))
{
    int64_t n = 0;
    for (size_t i = 0; i < j->facts->document_count; i++) {
        n += in_scope(&j->facts->documents[i]);
    }
    used_number(j, "documents", n);
}

/* True when a waiver settled it. */
static bool waived(struct judging *j, const struct scheme_document *d,
                   const struct scheme_decision *decision, const char *rule)
{
    if (decision->what != SCHEME_WAIVE || !judge_waivable(j, rule)) {
        return false;
    }
    item(j, d->name, SCHEME_WAIVED, SCHEME_BLOCKS, SAY_WAIVED, judge_or(decision->by, "-"),
         judge_or(decision->reason, "-"), NULL);
    return true;
}

/* ---- R-SIG-1: digitally signed and verifiable, failing which it may not be considered -------- */

static void weigh_review(struct judging *j, const struct scheme_document *d)
{
    const struct scheme_decision *by = &d->on_signature;
    if (by->what == SCHEME_ACCEPT) {
        item(j, d->name, SCHEME_PASS, SCHEME_BLOCKS, SAY_SIG_1_OFFICER, judge_or(by->by, "-"),
             judge_or(by->reason, "-"), NULL);
    } else {
        item(j, d->name, SCHEME_PENDING, SCHEME_BLOCKS, SAY_SIG_1_REVIEW, NULL);
    }
}

static void signed_by_vendor(struct judging *j, const struct scheme_document *d)
{
    const struct scheme_decision *by = &d->on_signature;
    if (by->what == SCHEME_REFUSE) {
        item(j, d->name, SCHEME_FAIL, SCHEME_BLOCKS, SAY_SIG_1_REFUSED, judge_or(by->by, "-"),
             judge_or(by->reason, "-"), NULL);
    } else if (d->verdict == SCHEME_ACCEPTED) {
        item(j, d->name, SCHEME_PASS, SCHEME_BLOCKS, SAY_SIG_1_GOOD, NULL);
    } else if (d->covered == SCHEME_YES) {
        item(j, d->name, SCHEME_PASS, SCHEME_BLOCKS, SAY_SIG_1_COVERED, NULL);
    } else if (waived(j, d, by, "R-SIG-1")) {
        return;
    } else if (d->verdict == SCHEME_REVIEW) {
        weigh_review(j, d);
    } else if (d->verdict == SCHEME_REJECTED) {
        item(j, d->name, SCHEME_FAIL, SCHEME_BLOCKS, SAY_SIG_1_REJECTED, NULL);
    } else {
        item(j, d->name, SCHEME_PENDING, SCHEME_BLOCKS, SAY_SIG_1_NOT_YET, NULL);
    }
}

/* Papers of third parties go through R-EXT or a signed index of the vendor. */
static void vouched_for(struct judging *j, const struct scheme_document *d)
{
    if (d->covered == SCHEME_YES) {
        item(j, d->name, SCHEME_PASS, SCHEME_BLOCKS, SAY_SIG_1_COVERED, NULL);
    } else if (d->foreign_case) {
        item(j, d->name, SCHEME_PASS, SCHEME_BLOCKS, SAY_SIG_1_FOREIGN, NULL);
    } else if (d->on_signature.what == SCHEME_REFUSE) {
        item(j, d->name, SCHEME_FAIL, SCHEME_BLOCKS, SAY_SIG_1_REFUSED,
             judge_or(d->on_signature.by, "-"), judge_or(d->on_signature.reason, "-"), NULL);
    } else {
        item(j, d->name, SCHEME_PENDING, SCHEME_BLOCKS, SAY_SIG_1_THIRD, NULL);
    }
}

void rule_sig_1(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    used_documents(j, by_vendor);
    for (size_t i = 0; i < f->document_count; i++) {
        if (by_vendor(&f->documents[i])) {
            signed_by_vendor(j, &f->documents[i]);
        } else if (by_third_party(&f->documents[i])) {
            vouched_for(j, &f->documents[i]);
        }
    }
    if (j->out->item_count) {
        summarise(j, SAY_SIG_NONE);
    } else {
        say(j, SCHEME_PENDING, SAY_SIG_NONE, NULL);
    }
}

/* ---- R-SIG-2: issued in India only ----------------------------------------------------------- */

static void issued_in_india(struct judging *j, const struct scheme_document *d)
{
    if (d->covered == SCHEME_YES && d->indian_root != SCHEME_NO) {
        item(j, d->name, SCHEME_PASS, SCHEME_BLOCKS, SAY_SIG_1_COVERED, NULL);
    } else if (d->indian_root == SCHEME_YES) {
        item(j, d->name, SCHEME_PASS, SCHEME_BLOCKS, SAY_SIG_2_GOOD, NULL);
    } else if (waived(j, d, &d->on_signature, "R-SIG-2")) {
        return;
    } else if (d->indian_root == SCHEME_NO) {
        item(j, d->name, SCHEME_FAIL, SCHEME_BLOCKS, SAY_SIG_2_FOREIGN, NULL);
    } else {
        item(j, d->name, SCHEME_PENDING, SCHEME_BLOCKS, SAY_SIG_2_NOT_KNOWN, NULL);
    }
}

void rule_sig_2(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    used_documents(j, by_vendor);
    for (size_t i = 0; i < f->document_count; i++) {
        if (by_vendor(&f->documents[i])) {
            issued_in_india(j, &f->documents[i]);
        }
    }
    if (j->out->item_count) {
        summarise(j, SAY_SIG_NONE);
    } else {
        say(j, SCHEME_PENDING, SAY_SIG_NONE, NULL);
    }
}

/* ---- R-LANG-1: certificates and test reports in Hindi or English ----------------------------- */

static bool must_be_read(const struct judging *j, const struct scheme_document *d)
{
    for (size_t i = 0; !d->superseded && d->kind && i < j->settings->language_kinds.count; i++) {
        if (strcmp(j->settings->language_kinds.items[i], d->kind) == 0) {
            return true;
        }
    }
    return false;
}

static const char *name_of(struct judging *j, enum language_class c)
{
    return c == LANGUAGE_ENGLISH ? say_two(j, "English", "अंग्रेज़ी")
           : c == LANGUAGE_HINDI ? say_two(j, "Hindi", "हिन्दी")
                                 : say_two(j, "Hindi and English", "हिन्दी और अंग्रेज़ी");
}

/* The detector never refuses alone: whatever it is not sure of is for an officer. */
static void open_language(struct judging *j, const struct scheme_document *d)
{
    static const enum say why[] = {
        [LANGUAGE_UNKNOWN] = SAY_LANG_1_NOT_YET, [LANGUAGE_ENGLISH] = SAY_LANG_1_UNSURE,
        [LANGUAGE_HINDI] = SAY_LANG_1_UNSURE,    [LANGUAGE_BILINGUAL] = SAY_LANG_1_UNSURE,
        [LANGUAGE_OTHER] = SAY_LANG_1_OTHER,     [LANGUAGE_LEGACY_FONT] = SAY_LANG_1_LEGACY,
        [LANGUAGE_IMAGE_ONLY] = SAY_LANG_1_SCAN, [LANGUAGE_TOO_LITTLE] = SAY_LANG_1_LITTLE};
    item(j, d->name, SCHEME_PENDING, SCHEME_BLOCKS, why[d->language.found],
         judge_or(d->language.code, "und"), NULL);
}

static void in_language(struct judging *j, const struct scheme_document *d)
{
    const struct scheme_decision *by = &d->on_language;
    const struct language_result *l = &d->language;
    bool accepted = l->found == LANGUAGE_ENGLISH || l->found == LANGUAGE_HINDI ||
                    l->found == LANGUAGE_BILINGUAL;
    if (by->what == SCHEME_ACCEPT) {
        item(j, d->name, SCHEME_PASS, SCHEME_BLOCKS, SAY_LANG_1_OFFICER, judge_or(by->by, "-"),
             NULL);
    } else if (by->what == SCHEME_REFUSE) {
        item(j, d->name, SCHEME_FAIL, SCHEME_BLOCKS, SAY_LANG_1_REFUSED, judge_or(by->by, "-"),
             judge_or(by->reason, "-"), NULL);
    } else if (waived(j, d, by, "R-LANG-1")) {
        return;
    } else if (accepted && l->sure) {
        item(j, d->name, SCHEME_PASS, SCHEME_BLOCKS, SAY_LANG_1_GOOD, name_of(j, l->found), NULL);
    } else {
        open_language(j, d);
    }
}

void rule_lang_1(struct judging *j)
{
    const struct scheme_facts *f = j->facts;
    for (size_t i = 0; i < f->document_count; i++) {
        if (must_be_read(j, &f->documents[i])) {
            in_language(j, &f->documents[i]);
        }
    }
    used_number(j, "documents", (int64_t)j->out->item_count);
    summarise(j, SAY_LANG_1_NONE);
}
