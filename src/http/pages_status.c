/*
 * pages_status - how old the revocation data of each licensed CA is.
 *
 * A table that is complete without colour: each state is a word with an icon. WCAG 2.1: 1.3.1
 * (headers with scope), 1.4.1, 1.4.10 (the table scrolls in a box of its own on narrow screens).
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/utc.h"
#include "http/pages_frame.h"
#include "report/tone.h"
#include "store/current/current.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static const struct {
    enum word_id word;
    int badness;
} states[STORE_STATES] = {[STORE_STATE_GOOD] = {WORD_STATUS_GOOD, 0},
                          [STORE_STATE_FAILING] = {WORD_STATUS_FAILING, 1},
                          [STORE_STATE_STALE] = {WORD_STATUS_STALE, 2},
                          [STORE_STATE_MISSING] = {WORD_STATUS_MISSING, 1}};

static void age(struct page *p, int64_t seconds)
{
    char number[32];
    seconds = seconds < 0 ? 0 : seconds;
    bool days = seconds >= 2 * DAY, hours = seconds >= 2 * HOUR;
    (void)snprintf(number, sizeof number, "%" PRId64,
                   seconds / (days    ? DAY
                              : hours ? HOUR
                                      : MINUTE));
    page_fill(p,
              days    ? WORD_STATUS_DAYS
              : hours ? WORD_STATUS_HOURS
                      : WORD_STATUS_MINUTES,
              number, "");
}

static void moment(struct page *p, int64_t t)
{
    char text[UTC_TEXT];
    html_raw(&p->h, "<td>");
    html_text(&p->h, t == UTC_NONE ? "–" : utc_people(t, p->lang == LANG_HI, text));
    html_raw(&p->h, "</td>");
}

static void row(struct page *p, const struct store_source *s, int64_t now)
{
    struct html *h = &p->h;
    enum store_state state = current_state(s, now);
    html_element(h, "<tr><th scope=\"row\">", s->ca ? s->ca : s->issuer, "");
    if (s->ca && s->held && strcmp(s->ca, s->issuer) != 0) {
        html_element(h, "<br><span class=\"small\">", s->issuer, "</span>");
    } else if (!s->held) {
        html_element(h, "<br><span class=\"small\">", s->url, "</span>");
    }
    html_raw(h, "</th><td class=\"state");
    tone_class(h, states[state].badness);
    html_raw(h, "\">");
    tone_icon(h, states[state].badness);
    html_raw(h, " ");
    page_word(p, states[state].word);
    html_raw(h, "</td><td>");
    if (s->held) {
        age(p, now - s->this_update);
    } else {
        html_raw(h, "–");
    }
    html_raw(h, "</td>");
    moment(p, s->held ? s->this_update : UTC_NONE);
    moment(p, s->held ? s->next_update : UTC_NONE);
    html_raw(h, "<td class=\"number\">");
    if (s->held) {
        html_number(h, s->entries);
    } else {
        html_raw(h, "–");
    }
    html_raw(h, "</td></tr>");
}

/* Both names from their first letter or digit on, without what lies between: "eMudhra" is how the
 * name "e-Mudhra CA 2022" begins. */
static bool begins(const char *name, const char *start)
{
    for (; *start; start++) {
        if (!isalnum((unsigned char)*start)) {
            continue;
        }
        while (*name && !isalnum((unsigned char)*name)) {
            name++;
        }
        if (tolower((unsigned char)*name) != tolower((unsigned char)*start)) {
            return false;
        }
        name++;
    }
    return true;
}

static bool has_row(const char *ca, const struct store_source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct store_source *s = &sources[i];
        if (s->kind == STORE_CRL &&
            ((s->held && strcmp(s->issuer, ca) == 0) || (s->ca && *s->ca && begins(ca, s->ca)))) {
            return true;
        }
    }
    return false;
}

/* The licensed CAs of which no list is known at all. */
static void unknown_rows(struct page *p, const struct store_source *sources, size_t count)
{
    struct html *h = &p->h;
    for (size_t i = 0; i < p->c->licensed_count; i++) {
        if (has_row(p->c->licensed[i], sources, count)) {
            continue;
        }
        html_element(h, "<tr><th scope=\"row\">", p->c->licensed[i], "</th>");
        html_raw(h, "<td class=\"state");
        tone_class(h, states[STORE_STATE_MISSING].badness);
        html_raw(h, "\">");
        tone_icon(h, states[STORE_STATE_MISSING].badness);
        html_raw(h, " ");
        page_word(p, states[STORE_STATE_MISSING].word);
        html_raw(h, "</td><td>–</td><td>–</td><td>–</td><td class=\"number\">–</td></tr>");
    }
}

static void table(struct page *p, const struct store_source *sources, size_t count, int64_t now)
{
    static const enum word_id heads[] = {WORD_STATUS_CA,    WORD_STATUS_STATE,
                                         WORD_STATUS_AGE,   WORD_STATUS_ISSUED,
                                         WORD_STATUS_UNTIL, WORD_STATUS_ENTRIES};
    struct html *h = &p->h;
    html_raw(h, "<div class=\"scroll\" tabindex=\"0\" role=\"region\"");
    html_attr(h, "aria-label", word_get(p->lang, WORD_STATUS_TITLE));
    html_raw(h, "><table class=\"lists\"><thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        page_element(p, "<th scope=\"col\">", heads[i], "</th>");
    }
    html_raw(h, "</tr></thead><tbody>");
    for (size_t i = 0; i < count; i++) {
        if (sources[i].kind == STORE_CRL) {
            row(p, &sources[i], now);
        }
    }
    unknown_rows(p, sources, count);
    html_raw(h, "</tbody></table></div>");
}

static void register_notes(struct page *p, const struct status_notes *n)
{
    char time[UTC_TEXT];
    struct html *h = &p->h;
    page_element(p, "<h2>", WORD_STATUS_REGISTER, "</h2><p class=\"reason");
    tone_class(h, n->alone);
    html_raw(h, "\">");
    tone_icon(h, n->alone);
    page_element(p, " ", n->alone ? WORD_STATUS_ALONE : WORD_STATUS_TWO, "</p>");
    if (!n->witnesses) {
        page_element(p, "<p>", WORD_STATUS_NO_WITNESS, "</p>");
        return;
    }
    int badness = n->alarm ? 2 : n->failing ? 1 : 0;
    html_raw(h, "<p class=\"reason");
    tone_class(h, badness);
    html_raw(h, "\">");
    tone_icon(h, badness);
    html_raw(h, " ");
    page_word(p, n->alarm     ? WORD_STATUS_WITNESS_ALARM
                 : n->failing ? WORD_STATUS_WITNESS_FAILING
                              : WORD_STATUS_WITNESS_GOOD);
    html_raw(h, " ");
    if (n->signed_at != UTC_NONE) {
        page_fill(p, WORD_STATUS_WITNESS_AT, utc_people(n->signed_at, p->lang == LANG_HI, time),
                  "");
    }
    html_raw(h, "</p>");
}

int page_status(const struct page_context *c, const struct store_source *sources, size_t count,
                int64_t now, struct buffer *out)
{
    struct page p;
    size_t lists = 0, good = 0;
    for (size_t i = 0; i < count; i++) {
        enum store_state state = current_state(&sources[i], now);
        lists += sources[i].kind == STORE_CRL;
        good += sources[i].kind == STORE_CRL &&
                (state == STORE_STATE_GOOD || state == STORE_STATE_FAILING);
    }
    page_begin(&p, c, word_get(c->lang, WORD_STATUS_TITLE), WORD_COUNT, out);
    page_element(&p, "<h1>", WORD_STATUS_TITLE, "</h1>");
    page_element(&p, "<p class=\"lead\">", WORD_STATUS_LEAD, "</p>");
    if (lists == 0) {
        page_element(&p, "<p>", WORD_STATUS_NOTHING, "</p>");
    }
    if (lists) {
        char some[32], all[32];
        (void)snprintf(some, sizeof some, "%zu", good);
        (void)snprintf(all, sizeof all, "%zu", lists);
        html_raw(&p.h, "<p>");
        page_fill(&p, WORD_STATUS_SUMMARY, some, all);
        html_raw(&p.h, "</p>");
    }
    if (lists || c->licensed_count) {
        table(&p, sources, count, now);
        page_element(&p, "<p class=\"small\">", WORD_STATUS_NO_ADDRESS, "</p>");
    }
    if (c->notes) {
        register_notes(&p, c->notes);
    }
    return page_end(&p);
}
