/*
 * cover - what vouches for each file of a construction file (OM 05.03.2024, R-SIG-1).
 *
 * A file is vouched for by its own signature, by a signature file beside it, or by a line of a list
 * that is itself vouched for: the line must give the file's SHA-256. A list covers further lists
 * (BagIt's tag manifest covers the manifest). What nothing vouches for is a finding; so is a line
 * whose file is missing or another.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "format/container.h"
#include "verify/members.h"

struct cover {
    struct arena *a;
    struct sp_report *r;
    struct sp_member **by_name;
    bool *used; /* lists that were applied, by row */
};

static int by_name(const void *a, const void *b)
{
    const struct sp_member *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* NULL also when the name is shown for two files (old code pages): nobody knows which is meant. */
static struct sp_member *find(const struct cover *c, const char *name)
{
    struct sp_member key = {.name = name}, *wanted = &key;
    struct sp_member **found =
        bsearch(&wanted, c->by_name, c->r->member_count, sizeof *c->by_name, by_name);
    struct sp_member **end = c->by_name + c->r->member_count;
    if (found && ((found > c->by_name && by_name(found - 1, found) == 0) ||
                  (found + 1 < end && by_name(found + 1, found) == 0))) {
        return NULL;
    }
    return found && (*found)->state != SP_MEMBER_PART ? *found : NULL;
}

static void say(const struct cover *c, struct sp_member *m, enum sp_reason reason, const char *arg)
{
    finding_add(c->a, &m->findings, reason, "member", arg, NULL);
}

/* Files inside a container that is covered as a whole are covered too. */
static void cover_inside(const struct cover *c, struct sp_report *inner, const char *by,
                         enum sp_verdict verdict, unsigned depth)
{
    for (size_t i = 0; depth <= CONTAINER_DEPTH_MAX && i < inner->member_count; i++) {
        struct sp_member *m = &inner->members[i];
        if (m->state == SP_MEMBER_CONTAINER) {
            cover_inside(c, m->report, by, verdict, depth + 1);
            m->verdict = m->report->verdict;
        } else if (m->state == SP_MEMBER_UNSIGNED) {
            m->state = SP_MEMBER_COVERED;
            m->verdict = verdict;
            m->covered_by = by;
            m->report = NULL;
            findings_init(&m->findings);
        }
    }
    enum sp_verdict worst = SP_ACCEPTED;
    for (size_t i = 0; i < inner->member_count; i++) {
        worst = inner->members[i].verdict > worst ? inner->members[i].verdict : worst;
    }
    for (const struct sp_finding *f = inner->findings.first; f; f = f->next) {
        enum sp_verdict own = f->level == SP_LEVEL_FAIL     ? SP_REJECTED
                              : f->level == SP_LEVEL_REVIEW ? SP_REVIEW
                                                            : SP_ACCEPTED;
        bool nobody = f->reason == SP_FORMAT_NO_SIGNATURE || f->reason == SP_MAIL_TEXT_UNSIGNED;
        own = nobody ? SP_ACCEPTED : own; /* somebody did now */
        worst = own > worst ? own : worst;
    }
    inner->verdict = worst;
}

/* Nothing is broken in its own signatures; they are refused for who signed. */
static bool only_refused(const struct sp_member *m)
{
    for (size_t i = 0; i < m->report->signature_count; i++) {
        const struct sp_signature *s = m->report->signatures[i];
        if (s->intact != SP_YES || s->indication == SP_TOTAL_FAILED) {
            return false;
        }
    }
    for (const struct sp_finding *f = m->report->findings.first; f; f = f->next) {
        if (f->level == SP_LEVEL_FAIL) {
            return false;
        }
    }
    return true;
}

/* by, whose verdict is that, is over exactly the octets of m. */
static void vouch(const struct cover *c, struct sp_member *m, const char *by,
                  enum sp_verdict verdict)
{
    switch (m->state) {
    case SP_MEMBER_UNSIGNED:
    case SP_MEMBER_UNREAD:
        if (m->sha256) {
            m->state = SP_MEMBER_COVERED;
            m->verdict = verdict;
            m->covered_by = by;
            m->report = NULL;
        }
        break;
    case SP_MEMBER_COVERED: /* one good one is enough */
        if (verdict < m->verdict && !m->report) {
            m->verdict = verdict;
            m->covered_by = by;
        }
        break;
    case SP_MEMBER_CONTAINER:
        if (verdict != SP_REJECTED) {
            m->covered_by = by;
            cover_inside(c, m->report, by, verdict, 0);
            m->verdict = m->report->verdict;
        }
        break;
    case SP_MEMBER_SIGNED:
        if (m->verdict == SP_REJECTED && verdict == SP_ACCEPTED && only_refused(m)) {
            m->state = SP_MEMBER_COVERED;
            m->verdict = SP_REVIEW;
            m->covered_by = by;
            say(c, m, SP_CONTAINER_OWN_REFUSED, by);
        }
        break;
    case SP_MEMBER_SIGNATURE:
    case SP_MEMBER_PART:
        break;
    }
}

static void apply_pairs(const struct cover *c)
{
    for (size_t i = 0; i < c->r->member_count; i++) {
        struct sp_member *s = &c->r->members[i];
        struct sp_member *m = s->state == SP_MEMBER_SIGNATURE ? find(c, s->signs) : NULL;
        if (m && m != s) {
            vouch(c, m, s->name, s->verdict);
        }
    }
}

/* The name a line gives, beside the list first, then from the top. A "./" in front is nothing. */
static struct sp_member *line_target(const struct cover *c, const struct sp_member *list,
                                     const char *name)
{
    while (name[0] == '.' && name[1] == '/') {
        name += 2;
    }
    const char *slash = strrchr(list->name, '/');
    char *near =
        slash ? arena_printf(c->a, "%.*s/%s", (int)(slash - list->name), list->name, name) : NULL;
    struct sp_member *m = near ? find(c, near) : NULL;
    return m ? m : find(c, name);
}

static void apply_list(const struct cover *c, struct sp_member *list)
{
    for (size_t i = 0; i < list->listed_count; i++) {
        const struct sp_listed *line = &list->listed[i];
        struct sp_member *m = line_target(c, list, line->name);
        if (!m) {
            say(c, list, SP_CONTAINER_INDEX_MISSING, line->name);
        } else if (m->sha256 && strcmp(m->sha256, line->sha256) != 0) {
            say(c, m, SP_CONTAINER_INDEX_MISMATCH, m->name);
        } else if (m->sha256 && m != list) {
            vouch(c, m, list->name, list->verdict);
        }
    }
    if (list->unlisted_lines) {
        say(c, list, SP_CONTAINER_INDEX_LINE, arena_printf(c->a, "%zu", list->unlisted_lines));
    }
}

static bool vouched_for(const struct sp_member *m)
{
    return (m->state == SP_MEMBER_SIGNED || m->state == SP_MEMBER_COVERED ||
            m->state == SP_MEMBER_SIGNATURE) &&
           m->verdict != SP_REJECTED;
}

/* Each list once, as soon as it is vouched for itself. */
static void apply_lists(const struct cover *c)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < c->r->member_count; i++) {
            struct sp_member *m = &c->r->members[i];
            if (m->listed_count && !c->used[i] && vouched_for(m)) {
                c->used[i] = again = true;
                apply_list(c, m);
            }
        }
    }
}

static void tell_rest(const struct cover *c, enum sp_reason unsigned_row)
{
    for (size_t i = 0; i < c->r->member_count; i++) {
        struct sp_member *m = &c->r->members[i];
        if (m->state == SP_MEMBER_UNSIGNED && finding_has(&m->findings, SP_CONTAINER_SYSTEM)) {
            m->state = SP_MEMBER_PART;
            m->verdict = SP_ACCEPTED;
            m->report = NULL;
        } else if (m->state == SP_MEMBER_UNSIGNED) {
            say(c, m, unsigned_row, NULL);
        } else if (m->state == SP_MEMBER_UNREAD && m->findings.count == 0) {
            say(c, m, SP_CONTAINER_UNREAD, NULL);
        }
    }
}

void verify_vouch(struct arena *a, struct sp_member *row, const char *by, enum sp_verdict verdict)
{
    vouch(&(struct cover){.a = a}, row, by, verdict);
}

int verify_cover(struct arena *a, struct sp_report *report, enum sp_reason unsigned_row)
{
    struct cover c = {a, report, NULL, NULL};
    c.by_name = arena_array(a, report->member_count, sizeof(struct sp_member *));
    c.used = arena_array(a, report->member_count, sizeof *c.used);
    if (!c.by_name || !c.used) {
        return -1;
    }
    for (size_t i = 0; i < report->member_count; i++) {
        c.by_name[i] = &report->members[i];
    }
    qsort(c.by_name, report->member_count, sizeof(struct sp_member *), by_name);
    apply_pairs(&c);
    apply_lists(&c);
    tell_rest(&c, unsigned_row);
    return 0;
}
