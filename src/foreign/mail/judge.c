/*
 * judge - see judge.h: gathers the facts; decide.c decides.
 */
#include "foreign/mail/judge_inside.h"

#include <string.h>

#include "base/finding.h"
#include "base/mem.h"
#include "foreign/domain.h"
#include "foreign/mail/align.h"
#include "foreign/mail/token.h"
#include "format/cms.h"

enum { CANDIDATES_MAX = 500 };

int mail_judge_warm(void)
{
    mail_parts_warm();
    return align_warm() == 0 && domain_init() == 0 ? mail_dkim_warm() : -1;
}

/* ---- tokens ---- */

static const struct mail_known *look_up(const struct mail_question *q, struct span token)
{
    char hex[SHA256_HEX];
    if (mail_token_sha256(token, hex) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < q->known_count; i++) {
        if (strcmp(q->known[i].token_sha256, hex) == 0) {
            return &q->known[i];
        }
    }
    return NULL;
}

static void note_token(struct judging *j, const struct mail_known *known, unsigned place)
{
    for (size_t i = 0; i < j->token_count; i++) {
        if (j->tokens[i].known == known) {
            j->tokens[i].places |= place;
            return;
        }
    }
    if (j->token_count < TOKENS_MAX) {
        j->tokens[j->token_count++] = (struct found_token){known, place};
    } else {
        j->more_tokens = true;
    }
}

static void find_tokens(struct judging *j, struct span text, unsigned place)
{
    size_t at = mail_token_find(text, 0);
    for (size_t i = 0; at != SIZE_MAX && i < CANDIDATES_MAX; i++) {
        const struct mail_known *known = look_up(j->q, span_sub(text, at, MAIL_TOKEN_DIGITS));
        if (known) {
            note_token(j, known, place);
        }
        at = mail_token_find(text, at + MAIL_TOKEN_DIGITS);
    }
}

static void find_in_field(struct judging *j, const char *name, unsigned place)
{
    struct span value = mail_head_value(j->a, &j->head, name);
    if (value.p) {
        find_tokens(j, value, place);
    }
}

static void find_all_tokens(struct judging *j)
{
    find_in_field(j, "To", TOKEN_TO);
    find_in_field(j, "Cc", TOKEN_CC);
    find_in_field(j, "References", TOKEN_REFERENCES);
    find_in_field(j, "In-Reply-To", TOKEN_IN_REPLY_TO);
    for (size_t i = 0; i < j->parts->count; i++) {
        const struct mail_part *p = &j->parts->items[i];
        if (p->kind == MAIL_PART_TEXT && p->text.p) {
            find_tokens(j, p->text, TOKEN_BODY);
        } else if (p->kind == MAIL_PART_RETURNED && p->bytes.p) {
            find_tokens(j, p->bytes, TOKEN_ELSEWHERE);
        }
    }
    find_tokens(j, j->head.bytes, TOKEN_ELSEWHERE);
    for (size_t i = 0; i < j->token_count; i++) {
        const struct mail_known *one = j->tokens[i].known;
        j->known = !j->known || (j->known->earlier && !one->earlier) ? one : j->known;
    }
    for (size_t i = 0; i < j->token_count; i++) {
        const struct mail_known *one = j->tokens[i].known;
        j->more_tokens = j->more_tokens || strcmp(j->known->case_id, one->case_id) != 0 ||
                         j->known->earlier != one->earlier;
    }
}

/* ---- the sender ---- */

static void read_from(struct judging *j)
{
    size_t times = mail_head_times(&j->head, "From");
    struct span value = mail_head_value(j->a, &j->head, "From");
    const struct mail_field *first = mail_head_find(&j->head, "From", 0);
    j->from_text = first ? finding_clean_text(j->a, mail_unfold(j->a, first->value)) : NULL;
    j->from_fault = times == 0  ? "is missing"
                    : times > 1 ? "is there more than once"
                    : !value.p  ? "cannot be read"
                                : mail_mailbox_parse(value, &j->from);
}

static void find_profile(struct judging *j)
{
    for (size_t i = 0; j->known && j->known->issuer && i < j->q->profile_count; i++) {
        if (strcmp(j->q->profiles[i].id, j->known->issuer) == 0) {
            j->profile = &j->q->profiles[i];
        }
    }
    for (size_t i = 0; j->profile && !j->from_fault && i < j->profile->domain_count; i++) {
        const char *domain = j->profile->domains[i];
        bool all = j->profile->below[i] && align_within(j->from.domain, domain);
        j->organisation = all ? domain : j->organisation;
        j->from_approved = j->from_approved || all || strcmp(domain, j->from.domain) == 0;
    }
}

/* Places of the token that this signature covers; the body always is. */
static unsigned covered_places(unsigned covered)
{
    return TOKEN_BODY | (covered & DKIM_COVERS_TO ? TOKEN_TO : 0u) |
           (covered & DKIM_COVERS_CC ? TOKEN_CC : 0u) |
           (covered & DKIM_COVERS_REFERENCES ? TOKEN_REFERENCES : 0u) |
           (covered & DKIM_COVERS_IN_REPLY_TO ? TOKEN_IN_REPLY_TO : 0u);
}

static unsigned token_places(const struct judging *j)
{
    unsigned places = 0;
    for (size_t i = 0; i < j->token_count; i++) {
        places |= j->tokens[i].places;
    }
    return places;
}

static void use_dkim(struct judging *j)
{
    for (size_t i = 0; i < j->dkim.count; i++) {
        const struct mail_dkim *d = &j->dkim.items[i];
        bool may_help = d->outcome == DKIM_UNAVAILABLE || d->outcome == DKIM_WANTED;
        j->retry = j->retry || may_help;
        if (d->outcome != DKIM_PASSED) {
            continue;
        }
        j->aligned = true;
        if (!j->q->accept_dkim) {
            continue;
        }
        bool token = (token_places(j) & covered_places(d->covered)) != 0;
        bool structure = (d->covered & DKIM_COVERS_TYPE) && (d->covered & DKIM_COVERS_ENCODING);
        if (!j->by || (token && !j->token_covered)) {
            j->token_covered = token;
            j->structure_covered = structure;
        }
        j->by = "dkim";
    }
}

static void use_smime(struct judging *j)
{
    if (j->smime.passed && j->q->accept_smime) {
        j->by = "smime";
        j->aligned = true;
        j->token_covered = j->token_covered || (token_places(j) & TOKEN_BODY) != 0;
        j->structure_covered = true;
    }
}

/* Our server vouches for the domain of the From line, for nothing in the mail: the last resort, and
 * only where the operator chose it. Only by SPF: DMARC passes as well for an old mail that somebody
 * sends again with another code in a line that is not signed. */
static void use_dmarc(struct judging *j)
{
    const struct mail_authres *r = &j->results;
    bool pass = r->ours && r->dmarc && strcmp(r->dmarc, "pass") == 0 &&
                strcmp(r->dmarc_from, j->from.domain) == 0 && r->spf &&
                strcmp(r->spf, "pass") == 0 && strcmp(r->spf_from, j->from.domain) == 0;
    if (pass && j->q->accept_dmarc && !j->by) {
        j->by = "dmarc";
        j->aligned = true;
        j->token_covered = token_places(j) != 0;
        j->structure_covered = true;
    }
}

static int authenticate(struct judging *j)
{
    if (mail_authres_read(j->a, &j->head, j->q->authserv_id, &j->results) != 0) {
        return -1;
    }
    if (j->kind.class != MAIL_CLASS_REPLY || j->from_fault || !j->from_approved) {
        return 0;
    }
    if (mail_dkim_check(j->a, &j->head, j->from.domain, j->organisation, &j->q->keys, j->q->now,
                        &j->dkim) != 0 ||
        mail_smime_check(j->a, &j->head, j->parts, &j->from, j->known->issuer, &j->q->smime,
                         j->q->now, &j->smime) != 0) {
        return -1;
    }
    use_dkim(j);
    use_smime(j);
    use_dmarc(j);
    return 0;
}

/* ---- what it says ---- */

static int read_answers(struct judging *j)
{
    bool said[2] = {false, false}, there[2] = {false, false};
    for (size_t i = 0; i < j->parts->count; i++) {
        const struct mail_part *p = &j->parts->items[i];
        struct mail_result one = {.confirmed = 0};
        if (p->kind != MAIL_PART_TEXT || !p->text.p) {
            continue;
        }
        if (mail_result_read(j->a, p->text, &one) != 0) {
            return -1;
        }
        there[p->html] = true;
        said[p->html] = said[p->html] || one.confirmed || one.denied;
        j->answer.confirmed += one.confirmed;
        j->answer.denied += one.denied;
        j->answer.other += one.other;
        j->answer.quoted += one.quoted;
        j->answer.hindi = j->answer.hindi || one.hindi;
        j->answer.over = j->answer.over ? j->answer.over : one.over;
    }
    j->texts_disagree = there[0] && there[1] && said[0] != said[1];
    return 0;
}

/* A mail whose content is inside its PKCS#7 signature says what stands there. */
static int open_opaque(struct judging *j)
{
    struct cms *cms = NULL;
    const char *why;
    struct mail_head inner;
    struct span opaque = j->parts->opaque;
    if (!opaque.p) {
        return 0;
    }
    if (cms_parse(j->a, opaque, &cms, &why) != 0) {
        return -1;
    }
    if (!cms || !cms->econtent.p) {
        j->parts->encrypted = cms && cms->content_type != OID_SIGNED_DATA;
        return 0;
    }
    if (mail_head_read(j->a, cms->econtent, &inner) != 0 ||
        mail_parts_read(j->a, inner.bytes, j->parts) != 0) {
        return -1;
    }
    struct span from = mail_head_value(j->a, &inner, "From");
    j->parts->inner_from = from.p ? arena_str(j->a, from) : NULL;
    j->parts->signed_whole = false;
    j->parts->opaque = opaque;
    j->head.odd = j->head.odd ? j->head.odd : inner.odd;
    return 0;
}

/* Lines that programs would read differently when they are there twice. */
static void look_for_doubles(struct judging *j)
{
    static const char *const once[] = {"Content-Type", "Content-Transfer-Encoding", "MIME-Version",
                                       "Content-Disposition"};
    for (size_t i = 0; i < sizeof once / sizeof *once && !j->head.odd; i++) {
        j->head.odd = mail_head_times(&j->head, once[i]) > 1
                          ? "a header line that may be there once is there twice"
                          : NULL;
    }
}

int mail_judge(struct arena *a, const struct mail_question *q, struct span raw, struct buffer *out)
{
    uint64_t failures = mem_failures();
    struct judging *j = arena_alloc(a, sizeof *j);
    if (!j) {
        return -1;
    }
    j->a = a;
    j->q = q;
    j->parts = arena_alloc(a, sizeof *j->parts);
    if (!j->parts || mail_head_read(a, raw, &j->head) != 0 ||
        mail_parts_read(a, j->head.bytes, j->parts) != 0 || open_opaque(j) != 0 ||
        mail_classify(a, &j->head, j->parts, &j->kind) != 0) {
        return -1;
    }
    look_for_doubles(j);
    find_all_tokens(j);
    read_from(j);
    find_profile(j);
    if (authenticate(j) != 0) {
        return -1;
    }
    if (read_answers(j) != 0) {
        return -1;
    }
    judging_decide(j);
    /* Half a look decides nothing: a library may have gone on without the memory it asked for. */
    return judging_write(j, out) == 0 && mem_failures() == failures ? 0 : -1;
}
