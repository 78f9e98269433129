/*
 * decide - see decide.h.
 */
#include "foreign/decide.h"

#include "foreign/name.h"

const char *weblink_outcome_name(enum weblink_outcome outcome)
{
    static const char *const names[] = {"inconclusive", "mismatch", "verified"};
    return names[outcome];
}

/* ---- the made-up number ---------------------------------------------------------------------- */

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* FNV-1a over letters and digits only, in small letters. */
static uint32_t hash_of(const char *s)
{
    uint32_t h = 2166136261u;
    for (; *s; s++) {
        if (is_alnum(*s)) {
            h = (h ^ (uint8_t)(*s >= 'A' && *s <= 'Z' ? *s + 32 : *s)) * 16777619u;
        }
    }
    return h;
}

const char *weblink_mutate(struct arena *a, const char *number)
{
    char *out = arena_str(a, span_str(number));
    uint32_t h = hash_of(number);
    bool digits = false, first = true;
    for (const char *p = number; *p; p++) {
        digits = digits || (*p >= '0' && *p <= '9');
    }
    for (char *p = out; p && *p; p++) {
        h = h * 1664525u + 1013904223u * (uint32_t)is_alnum(*p);
        uint32_t step = 1 + (h >> 16) % 9;
        if (*p >= '0' && *p <= '9') {
            char now = (char)('0' + ((uint8_t)(*p - '0') + step) % 10);
            now = first && now == '0' ? (*p == '7' ? '8' : '7') : now;
            *p = now;
            first = false;
        } else if (!digits && is_alnum(*p)) {
            char base = *p >= 'a' ? 'a' : 'A';
            *p = (char)(base + (*p - base + (int)step) % 26);
        }
    }
    return out && strcmp(out, number) == 0 ? arena_printf(a, "%s97531", number) : out;
}

/* ---- what is missing ------------------------------------------------------------------------- */

static void check_claim(const struct claim *c, struct foreign_findings *f)
{
    const char *missing = !c->number || !*c->number      ? "number"
                          : !c->holder || !*c->holder    ? "holder"
                          : !c->issuer || !*c->issuer    ? "issuer"
                          : !(c->product || c->standard) ? "product or standard"
                          : !(c->issued || c->expires)   ? "dates"
                                                         : NULL;
    if (missing) {
        foreign_found(f, FOREIGN_CLAIM_INCOMPLETE, "claim", missing, NULL);
    }
}

/* The body that is claimed is the one whose register this is. */
static bool is_registers_own(const struct weblink_facts *w)
{
    const struct profile_list *names = &w->profile->names;
    return name_of_body(w->arena, w->claim->issuer, names->items, names->count);
}

static void check_source(const struct weblink_facts *w, struct foreign_findings *f)
{
    if (w->failure < FOREIGN_REASONS) {
        foreign_found(f, w->failure, "fetch", w->failure_detail, NULL);
    }
    if (!w->profile && w->domain) {
        if (w->lookalike) {
            foreign_found(f, FOREIGN_LOOKALIKE, "url", w->domain, w->lookalike);
        } else {
            foreign_found(f, FOREIGN_NOT_APPROVED, "url", w->domain, NULL);
        }
    }
    const struct profile *p = w->profile;
    if (p && w->claim->issuer && !p->several && !is_registers_own(w)) {
        foreign_found(f, FOREIGN_OTHER_ISSUER, "issuer", w->claim->issuer, p->name);
    }
    if (w->page && !w->https) {
        foreign_found(f, FOREIGN_NO_TLS, "url", "http", NULL);
    }
}

static void check_class(const struct evaluation *e, struct foreign_findings *f)
{
    static const enum foreign_reason reasons[CLASSES] = {
        [CLASS_BLOCKED] = FOREIGN_BLOCKED,     [CLASS_JS_ONLY] = FOREIGN_JS_ONLY,
        [CLASS_LOGIN] = FOREIGN_LOGIN,         [CLASS_NOT_FOUND] = FOREIGN_NOT_FOUND,
        [CLASS_FRAMES] = FOREIGN_FRAMES,       [CLASS_REFRESH] = FOREIGN_REFRESH,
        [CLASS_BINARY] = FOREIGN_BINARY,       [CLASS_UNREADABLE] = FOREIGN_UNREADABLE,
        [CLASS_TOO_LARGE] = FOREIGN_TOO_LARGE, [CLASS_SERVER] = FOREIGN_UNREACHABLE,
        [CLASS_PDF] = FOREIGN_UNREADABLE};
    if (e->class != CLASS_PAGE) {
        foreign_found(f, reasons[e->class], "page", e->detail, NULL);
    }
}

/* ---- the record ------------------------------------------------------------------------------ */

static void check_part(const struct match *m, enum part part, const char *claimed,
                       enum foreign_reason differs, enum foreign_reason unclear,
                       struct foreign_findings *f)
{
    const struct snippet *s = &m->parts[part];
    if (s->answer == ANSWER_DIFFERS) {
        foreign_found(f, differs, part_name(part), s->text, claimed);
    } else if (s->answer == ANSWER_UNCLEAR) {
        foreign_found(f, unclear, part_name(part), s->text, claimed);
    } else if (s->answer == ANSWER_ABSENT && claimed) {
        foreign_found(f, FOREIGN_NOT_STATED, part_name(part), part_name(part), NULL);
    }
}

static bool is(const struct match *m, enum part part, enum answer answer)
{
    return m->parts[part].answer == answer;
}

static void check_status(const struct match *m, struct foreign_findings *f)
{
    const struct snippet *s = &m->parts[PART_STATUS];
    if (m->expired) {
        const char *text = m->parts[PART_EXPIRES].text;
        foreign_found(f, FOREIGN_EXPIRED, "expires", text ? text : s->text, NULL);
    }
    if (s->answer == ANSWER_DIFFERS) {
        foreign_found(f, FOREIGN_NOT_ACTIVE, "status", s->text, NULL);
    } else if (s->answer != ANSWER_MATCH) {
        foreign_found(f, FOREIGN_STATUS_UNCLEAR, "status", s->text ? s->text : "-", NULL);
    }
    if (m->blocking) {
        foreign_found(f, FOREIGN_BLOCKING_WORD, "record",
                      m->blocking_text ? m->blocking_text : m->blocking, NULL);
    }
}

static void check_record(const struct claim *c, const struct match *m, struct foreign_findings *f)
{
    check_status(m, f);
    check_part(m, PART_HOLDER, c->holder, FOREIGN_HOLDER_DIFFERS, FOREIGN_HOLDER_UNCLEAR, f);
    if (is(m, PART_HOLDER, ANSWER_ABSENT)) {
        foreign_found(f, FOREIGN_HOLDER_UNCLEAR, "holder", "-", NULL);
    }
    check_part(m, PART_STANDARD, c->standard, FOREIGN_STANDARD_DIFFERS, FOREIGN_STANDARD_UNCLEAR,
               f);
    check_part(m, PART_PRODUCT, c->product, FOREIGN_PRODUCT_UNCLEAR, FOREIGN_PRODUCT_UNCLEAR, f);
    if (!is(m, PART_STANDARD, ANSWER_MATCH) && !is(m, PART_PRODUCT, ANSWER_MATCH)) {
        foreign_found(f, c->standard ? FOREIGN_STANDARD_UNCLEAR : FOREIGN_PRODUCT_UNCLEAR, "record",
                      "-", NULL);
    }
    /* Nobody alters a paper to an earlier end: a later one in the register is a renewal, to which
     * the paper that was submitted does not refuse the certificate. */
    enum foreign_reason differs = m->renewed ? FOREIGN_RENEWED : FOREIGN_DATE_DIFFERS;
    check_part(m, PART_ISSUED, c->issued, differs, FOREIGN_DATE_UNCLEAR, f);
    check_part(m, PART_EXPIRES, c->expires, differs, FOREIGN_DATE_UNCLEAR, f);
    if (!is(m, PART_ISSUED, ANSWER_MATCH) && !is(m, PART_EXPIRES, ANSWER_MATCH)) {
        foreign_found(f, FOREIGN_DATE_UNCLEAR, "record", "-", NULL);
    }
}

/* A register of several bodies: its record names the claimed one. */
static void check_issuer(const struct weblink_facts *w, const struct match *m,
                         struct foreign_findings *f)
{
    const struct profile *p = w->profile;
    if (p && p->several && w->claim->issuer && !is(m, PART_ISSUER, ANSWER_MATCH) &&
        !is_registers_own(w)) {
        foreign_found(f, FOREIGN_ISSUER_UNCLEAR, "record", w->claim->issuer, p->name);
    }
}

static void check_match(const struct weblink_facts *w, struct foreign_findings *f)
{
    const struct match *m = &w->page->matches[0];
    switch (m->found) {
    case MATCH_NOWHERE:
        foreign_found(f, FOREIGN_NO_NUMBER, "page", NULL, NULL);
        break;
    case MATCH_ELSEWHERE:
        foreign_found(f, FOREIGN_NUMBER_ELSEWHERE, "page", NULL, NULL);
        break;
    case MATCH_SEVERAL:
        foreign_found(f, FOREIGN_SEVERAL, "page", NULL, NULL);
        break;
    case MATCH_RECORD:
        if (!is(m, PART_NUMBER, ANSWER_MATCH)) {
            foreign_found(f, FOREIGN_NUMBER_ELSEWHERE, "page", NULL, NULL);
        }
        check_record(w->claim, m, f);
        check_issuer(w, m, f);
        break;
    }
}

/* ---- the control ----------------------------------------------------------------------------- */

static bool looks_like_it(const struct match *m)
{
    return (m->found == MATCH_RECORD || m->found == MATCH_SEVERAL) &&
           (is(m, PART_HOLDER, ANSWER_MATCH) || is(m, PART_PRODUCT, ANSWER_MATCH) ||
            is(m, PART_STANDARD, ANSWER_MATCH));
}

static void check_control(const struct weblink_facts *w, struct foreign_findings *f)
{
    const struct evaluation *c = w->control;
    if (!c) {
        foreign_found(f, FOREIGN_CONTROL, "control",
                      w->control_failed ? w->control_failed : "not made", NULL);
        return;
    }
    /* A short answer without a record says as well as a missing page that there is none. */
    bool useful = c->class == CLASS_PAGE || c->class == CLASS_NOT_FOUND ||
                  (c->class == CLASS_JS_ONLY && c->match_count > 0 && c->visible > 0);
    if (!useful) {
        foreign_found(f, FOREIGN_CONTROL, "control", page_class_name(c->class), NULL);
        return;
    }
    for (size_t i = 0; i < c->match_count; i++) {
        if (looks_like_it(&c->matches[i])) {
            foreign_found(f, FOREIGN_ECHO, "control", NULL, NULL);
        }
    }
}

bool weblink_wants_control(const struct weblink_facts *w)
{
    return w->failure == FOREIGN_REASONS && w->profile && w->https && w->page &&
           w->page->class == CLASS_PAGE && w->page->match_count &&
           w->page->matches[0].found == MATCH_RECORD && w->fit != ADDRESS_OUTSIDE;
}

enum weblink_outcome weblink_decide(const struct weblink_facts *w, struct foreign_findings *f)
{
    check_claim(w->claim, f);
    check_source(w, f);
    if (w->page && w->failure == FOREIGN_REASONS) {
        check_class(w->page, f);
        if (w->profile && w->fit == ADDRESS_OUTSIDE) {
            foreign_found(f, FOREIGN_ADDRESS_UNKNOWN, "url", NULL, NULL);
        }
    }
    bool trusted = !foreign_first(f, SP_LEVEL_REVIEW);
    if (!w->page || w->page->class != CLASS_PAGE || !w->page->match_count) {
        if (trusted) {
            foreign_found(f, FOREIGN_ENGINE, "page", "there is no page", NULL);
        }
        return WEBLINK_INCONCLUSIVE;
    }
    struct foreign_findings record;
    foreign_findings_init(&record, f->arena);
    check_match(w, &record);
    if (weblink_wants_control(w)) {
        struct foreign_findings control;
        foreign_findings_init(&control, f->arena);
        check_control(w, &control);
        trusted = trusted && !control.first;
        *f->end = control.first;
        f->end = control.first ? control.end : f->end;
    }
    *f->end = record.first;
    f->end = record.first ? record.end : f->end;
    /* Another body's record of the same number speaks neither for it nor against it. */
    bool ours = !foreign_has(&record, FOREIGN_ISSUER_UNCLEAR);
    bool denied = ours && foreign_first(&record, SP_LEVEL_FAIL) != NULL;
    if (trusted && denied) {
        return WEBLINK_MISMATCH;
    }
    if (trusted && !foreign_first(f, SP_LEVEL_REVIEW)) {
        foreign_found(f, FOREIGN_VERIFIED, "record", NULL, NULL);
        return WEBLINK_VERIFIED;
    }
    return WEBLINK_INCONCLUSIVE;
}
