/*
 * listen_text - one client for a terminal, and for a spreadsheet. See listen_judge.h.
 *
 * Colour only marks what a word says too.
 */
#include <stdio.h>

#include "base/utf8.h"
#include "tls/listen_judge.h"

enum { COLUMN_CASE = 24, COLUMN_RESULT = 24 };

enum tone { TONE_GOOD, TONE_BAD, TONE_UNSURE, TONE_PLAIN };

struct page {
    struct buffer *out;
    const struct listen_report *r;
    bool colour;
};

static void tone(const struct page *p, enum tone t, const char *text)
{
    static const char *const codes[] = {"\033[32m", "\033[31m", "\033[33m", ""};
    bool marked = p->colour && t != TONE_PLAIN;
    buffer_printf(p->out, "%s%s%s", marked ? codes[t] : "", text, marked ? "\033[0m" : "");
}

static enum tone tone_of(enum result r)
{
    static const enum tone tones[] = {TONE_GOOD, TONE_BAD, TONE_UNSURE, TONE_PLAIN};
    return tones[r];
}

static enum tone tone_of_case(const struct case_result *c)
{
    bool rejects = c->row->expect == EXPECT_REJECT;
    switch (c->verdict) {
    case SEEN_ACCEPT:
        return rejects ? TONE_BAD : TONE_GOOD;
    case SEEN_REJECT:
    case SEEN_REJECT_AFTER:
    case SEEN_NOT_OFFERED:
        return rejects ? TONE_GOOD : c->row->expect == EXPECT_ANY ? TONE_PLAIN : TONE_UNSURE;
    case SEEN_INCONCLUSIVE:
        return TONE_UNSURE;
    default:
        return TONE_PLAIN;
    }
}

static void put_head(const struct page *p)
{
    const struct listen_client *c = p->r->client;
    buffer_printf(p->out, "%s  port %u  %s: ", c->ip, c->port,
                  c->name[0] ? c->name : "(no server name)");
    tone(p, tone_of(p->r->overall), result_name(p->r->overall));
    if (p->r->level == POLICY_ALL) {
        buffer_str(p->out, " at all levels");
    } else {
        buffer_printf(p->out, " at level %u", p->r->level);
    }
    buffer_printf(p->out, ", %zu connections%s\n", c->attempt_count,
                  p->r->complete ? "" : ", not complete");
}

static void put_hellos(const struct page *p)
{
    char low[TLS_NAME];
    for (size_t i = 0; i < p->r->client->print_count; i++) {
        const struct hello_print *h = &p->r->client->prints[i];
        buffer_printf(p->out, "  hello         %s up to %s, %zu suites, %zu times%s\n", h->ja4,
                      tls_version_name(h->hello.highest, low), client_count(h->hello.suites),
                      h->seen, h->hello.flags & CLIENT_FALLBACK ? ", marked as a fallback" : "");
    }
}

static void put_cases(const struct page *p)
{
    for (size_t i = 0; i < p->r->cases->count; i++) {
        const struct case_result *c = &p->r->results[i];
        char word[64], name[TLS_NAME];
        const char *text = p->r->hindi ? c->row->text_hi : c->row->text;
        if (c->verdict == SEEN_NOT_TESTED) {
            continue;
        }
        buffer_printf(p->out, "  %-*s", COLUMN_CASE, c->row->id);
        (void)snprintf(word, sizeof word, "%-*s", COLUMN_RESULT, verdict_name(c->verdict));
        tone(p, tone_of_case(c), word);
        buffer_printf(p->out, "%s", text);
        if (c->alert) {
            buffer_printf(p->out, " (alert %s)", tls_alert_name(c->alert, name));
        }
        if (c->why[0]) {
            buffer_printf(p->out, " (%s)", c->why);
        }
        buffer_char(p->out, '\n');
    }
}

static void put_findings(const struct page *p)
{
    static const enum sp_level order[] = {SP_LEVEL_FAIL, SP_LEVEL_REVIEW, SP_LEVEL_WARN,
                                          SP_LEVEL_INFO};
    static const enum tone tones[] = {TONE_PLAIN, TONE_PLAIN, TONE_UNSURE, TONE_BAD};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        for (const struct check_finding *f = p->r->findings.first; f; f = f->next) {
            const struct check_row *row = check_row(f->id);
            char word[16];
            if (row->level != order[i]) {
                continue;
            }
            (void)snprintf(word, sizeof word, "  %-7s", sp_level_name(row->level));
            tone(p, tones[row->level], word);
            buffer_printf(p->out, "%s (%s)\n", p->r->hindi ? f->text_hi : f->text, row->code);
        }
    }
}

static void put_requirements(const struct page *p)
{
    for (size_t i = 0; i < p->r->requirement_count; i++) {
        const struct policy_result *one = &p->r->requirements[i];
        char word[24];
        buffer_printf(p->out, "  %-24s", one->row->id);
        (void)snprintf(word, sizeof word, "%-14s", result_name(one->result));
        tone(p, tone_of(one->result), word);
        buffer_printf(p->out, "%s\n", one->because ? one->because : "");
    }
}

void listen_text(const struct listen_report *r, bool colour, struct buffer *out)
{
    struct page p = {.out = out, .r = r, .colour = colour};
    put_head(&p);
    put_hellos(&p);
    if (r->certificate && r->certificate->leaf) {
        buffer_printf(out, "  certificate   %s, key %.16s\n", r->certificate->subject,
                      r->certificate->spki_sha256);
    }
    put_cases(&p);
    put_findings(&p);
    put_requirements(&p);
}
