/*
 * facts_members - what a report says about the files of a container, in words.
 *
 * Containers nest only a few deep (CONTAINER_DEPTH_MAX, from_json's DEPTH_MAX), so do the calls
 * here.
 */
#include "report/facts.h"

static void count_files(const struct sp_report *r, size_t counts[SP_REJECTED + 1])
{
    for (size_t i = 0; i < r->member_count; i++) {
        const struct sp_member *m = &r->members[i];
        if (m->state == SP_MEMBER_CONTAINER && m->report) {
            count_files(m->report, counts);
        } else if (m->state != SP_MEMBER_PART) {
            counts[m->verdict]++;
        }
    }
}

const char *facts_files(struct arena *a, const struct sp_report *r, enum lang lang)
{
    size_t counts[SP_REJECTED + 1] = {0};
    count_files(r, counts);
    const char *all = arena_printf(a, "%zu", counts[0] + counts[1] + counts[2]);
    const char *good = arena_printf(a, "%zu", counts[SP_ACCEPTED]);
    const char *care = arena_printf(a, "%zu", counts[SP_REVIEW]);
    const char *bad = arena_printf(a, "%zu", counts[SP_REJECTED]);
    return all && good && care && bad
               ? string_fill(a, lang, STR_FILES_SUMMARY, all, good, care, bad, NULL)
               : NULL;
}

/* The names of those who signed; NULL when none is known. */
static const char *signers(struct arena *a, const struct sp_report *r, enum lang lang)
{
    const char *names = NULL;
    for (size_t i = 0; r && i < r->signature_count; i++) {
        const struct sp_certificate *c = r->signatures[i]->signer;
        if (c) {
            const char *name = facts_name(c, lang);
            names = names ? arena_printf(a, "%s, %s", names, name) : name;
        }
    }
    return names;
}

const char *facts_member(struct arena *a, const struct sp_member *m, enum lang lang)
{
    static const enum string_id words[] = {STR_FILE_SIGNED,    STR_FILE_UNREAD, STR_FILE_UNREAD,
                                           STR_FILE_CONTAINER, STR_FILE_PART,   STR_FILE_UNSIGNED,
                                           STR_FILE_UNREAD};
    const char *who = signers(a, m->report, lang);
    if (m->state == SP_MEMBER_SIGNED && who) {
        return string_fill(a, lang, STR_FILE_SIGNED_BY, who, NULL);
    }
    if (m->state == SP_MEMBER_COVERED && m->covered_by) {
        return string_fill(a, lang, STR_FILE_COVERED_BY, m->covered_by, NULL);
    }
    if (m->state == SP_MEMBER_SIGNATURE && m->signs) {
        who = who ? who : string_get(lang, STR_UNKNOWN);
        return string_fill(a, lang, STR_FILE_SIGNS, m->signs, who, NULL);
    }
    return string_get(lang, words[m->state]);
}

/* Keeps the list sorted by reason, without repetition, cut at max. */
static size_t put(const struct sp_finding **list, size_t n, size_t max, const struct sp_finding *f)
{
    size_t at = 0;
    while (at < n && list[at]->reason < f->reason) {
        at++;
    }
    if (at == max || (at < n && list[at]->reason == f->reason)) {
        return n;
    }
    n += n < max;
    for (size_t i = n - 1; i > at; i--) {
        list[i] = list[i - 1];
    }
    list[at] = f;
    return n;
}

static size_t put_all(const struct sp_finding **list, size_t n, size_t max, enum sp_level level,
                      const struct sp_findings *from)
{
    for (const struct sp_finding *f = from->first; f; f = f->next) {
        n = f->level == level ? put(list, n, max, f) : n;
    }
    return n;
}

size_t facts_member_reasons(const struct sp_member *m, const struct sp_finding **list, size_t max)
{
    enum sp_level level = m->verdict == SP_REJECTED ? SP_LEVEL_FAIL : SP_LEVEL_REVIEW;
    if (m->verdict == SP_ACCEPTED) {
        return 0;
    }
    size_t n = put_all(list, 0, max, level, &m->findings);
    if (m->report && m->state != SP_MEMBER_CONTAINER) {
        n = put_all(list, n, max, level, &m->report->findings);
        for (size_t i = 0; i < m->report->signature_count; i++) {
            n = put_all(list, n, max, level, &m->report->signatures[i]->findings);
        }
    } else if (m->report) {
        n = put_all(list, n, max, level, &m->report->findings);
    }
    return n;
}

static int pick(struct arena *a, const struct sp_report *r, const char *before, enum sp_level level,
                struct member_pick *out)
{
    for (size_t i = 0; i < r->member_count; i++) {
        const struct sp_member *m = &r->members[i];
        const struct sp_finding *list[8];
        size_t n = facts_member_reasons(m, list, sizeof list / sizeof *list);
        const char *path = m->name;
        if ((n || m->state == SP_MEMBER_CONTAINER) && before) {
            path = arena_printf(a, "%s: %s", before, m->name);
        }
        if (!path) {
            return -1;
        }
        for (size_t k = 0; k < n; k++) {
            if (list[k]->level != level) {
                continue;
            }
            out->others += out->finding != NULL;
            if (!out->finding || list[k]->reason < out->finding->reason) {
                out->finding = list[k];
                out->path = path;
            }
        }
        if (m->state == SP_MEMBER_CONTAINER && m->report && pick(a, m->report, path, level, out)) {
            return -1;
        }
    }
    return 0;
}

int facts_pick_member(struct arena *a, const struct sp_report *r, enum sp_level level,
                      struct member_pick *out)
{
    *out = (struct member_pick){0};
    return pick(a, r, NULL, level, out);
}
