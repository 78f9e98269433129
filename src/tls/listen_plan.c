/*
 * listen_plan - see listen_plan.h.
 */
#include "tls/listen_plan.h"

#include <stdio.h>

enum { CONTROL_FIRST = 3, CONTROL_EVERY = 6, TRIES_MORE = 2 };

/* What the attempts of one case come to. */
struct tally {
    unsigned served, accepted, rejected, after, silent, open, none;
};

static bool is_rejection(enum attempt_end e)
{
    return e == END_ALERT || e == END_CLOSED || e == END_AFTER;
}

static struct tally count(const struct listen_client *c, size_t row)
{
    struct tally t = {0};
    for (size_t i = 0; i < c->attempt_count; i++) {
        const struct attempt *a = &c->attempts[i];
        if (a->row == row) {
            t.served++;
            t.accepted += a->end == END_ACCEPT;
            t.rejected += is_rejection(a->end);
            t.after += a->end == END_AFTER;
            t.silent += a->end == END_SILENT;
            t.open += a->end == END_OPEN;
            t.none += a->end == END_NO_COMMON;
        }
    }
    return t;
}

static bool fitted(const struct listen_client *c, size_t row)
{
    return (c->fits[row / 32] >> row % 32 & 1) != 0;
}

/* ---- hellos ---------------------------------------------------------------------------------- */

static int same_print(const struct listen_client *c, const char *ja4)
{
    for (size_t i = 0; i < c->print_count; i++) {
        if (strcmp(c->prints[i].ja4, ja4) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static int new_print(struct listen_client *c, const struct client_hello *h, const char *ja4,
                     struct span message)
{
    if (c->print_count == PLAN_PRINTS || message.n > PLAN_MESSAGE) {
        c->other_prints++;
        return PLAN_PRINTS;
    }
    struct hello_print *p = &c->prints[c->print_count];
    p->message = arena_dup(c->arena, message);
    if (!p->message.p || !client_hello_again(p->message, h->ssl2, &p->hello)) {
        return -1;
    }
    p->ssl2 = h->ssl2;
    p->hello.record_version = h->record_version;
    client_ja3(h, p->ja3);
    memcpy(p->ja4, ja4, sizeof p->ja4);
    return (int)c->print_count++;
}

int plan_hello(struct listen_client *c, const struct case_list *cases, const struct client_hello *h,
               struct span message)
{
    char ja4[JA4_TEXT];
    client_ja4(h, ja4);
    int print = same_print(c, ja4);
    print = print < 0 ? new_print(c, h, ja4, message) : print;
    if (print < 0) {
        return -1;
    }
    if (print < PLAN_PRINTS) {
        c->prints[print].seen++;
    }
    for (size_t i = 0; i < cases->count; i++) {
        if (case_fits(&cases->rows[i], h, c->named, c->starttls)) {
            c->fits[i / 32] |= 1U << i % 32;
        }
    }
    c->highest = h->highest > c->highest ? h->highest : c->highest;
    c->lowest = c->hellos == 0 || h->highest < c->lowest ? h->highest : c->lowest;
    c->hellos++;
    return print;
}

/* ---- what comes next ------------------------------------------------------------------------- */

/* Seen often enough, always the same; or tried often enough. */
static bool is_settled(const struct listen_client *c, const struct case_list *cases, size_t row,
                       const struct plan_options *o)
{
    struct tally t = count(c, row);
    unsigned clear = t.accepted + t.rejected;
    if (cases->rows[row].serve == SERVE_REFUSE) {
        return t.served >= o->repeat;
    }
    bool agree = t.accepted == 0 || t.rejected == 0;
    return (clear >= o->repeat && agree) || t.served - t.open >= o->repeat + TRIES_MORE;
}

static bool is_accepted(const struct listen_client *c, size_t row)
{
    return count(c, row).accepted > 0;
}

bool plan_controlled(const struct listen_client *c, const struct case_list *cases)
{
    return is_accepted(c, cases->control);
}

/* The good server's turn. */
static bool control_is_due(const struct listen_client *c, const struct case_list *cases)
{
    size_t since = 0;
    struct tally t = count(c, cases->control);
    if (t.accepted == 0 && t.served < CONTROL_FIRST) {
        return true;
    }
    for (size_t i = c->attempt_count; i-- > 0 && c->attempts[i].row != cases->control;) {
        since++;
    }
    return since >= CONTROL_EVERY;
}

/* A client that comes back with an old version gets the case about it. */
static bool is_for_fallback(const struct listen_client *c, const struct listen_case *row,
                            const struct client_hello *h)
{
    return h->highest < TLS_12 && h->highest < c->highest && row->most == h->highest &&
           row->least == h->highest;
}

static size_t choose(const struct listen_client *c, const struct case_list *cases,
                     const struct plan_options *o, const struct client_hello *h)
{
    size_t best = cases->control;
    unsigned fewest = 0;
    bool found = false;
    for (size_t i = 0; i < cases->count; i++) {
        const struct listen_case *row = &cases->rows[i];
        if (i == cases->control || row->serve == SERVE_PLAIN || is_settled(c, cases, i, o) ||
            !case_fits(row, h, c->named, c->starttls)) {
            continue;
        }
        unsigned served = count(c, i).served;
        if (is_for_fallback(c, row, h)) {
            return i;
        }
        if (!found || served < fewest) {
            best = i;
            fewest = served;
            found = true;
        }
    }
    return best;
}

static struct attempt *begin(struct listen_client *c, size_t row, int print, int64_t now)
{
    c->first = c->first ? c->first : now;
    c->last = now;
    if (c->attempt_count == PLAN_ATTEMPTS) {
        return NULL;
    }
    struct attempt *a = &c->attempts[c->attempt_count++];
    *a = (struct attempt){.row = (uint16_t)row, .print = (uint8_t)print, .time = now};
    return a;
}

size_t plan_case(struct listen_client *c, const struct case_list *cases,
                 const struct plan_options *o, const struct client_hello *h, int print, int64_t now,
                 struct attempt **attempt)
{
    bool begins = c->attempt_count == 0 && o->first < cases->count &&
                  case_fits(&cases->rows[o->first], h, c->named, c->starttls);
    size_t row = begins                     ? o->first
                 : control_is_due(c, cases) ? cases->control
                                            : choose(c, cases, o, h);
    *attempt = begin(c, row, print, now);
    return row;
}

size_t plan_mail(struct listen_client *c, const struct case_list *cases,
                 const struct plan_options *o, int64_t now, struct attempt **attempt)
{
    for (size_t i = 0; i < cases->count && !control_is_due(c, cases); i++) {
        if (cases->rows[i].serve == SERVE_PLAIN && fitted(c, i) && !is_settled(c, cases, i, o)) {
            int print = c->attempt_count ? c->attempts[c->attempt_count - 1].print : PLAN_PRINTS;
            *attempt = begin(c, i, print, now);
            return i;
        }
    }
    return cases->count;
}

void plan_progress(const struct listen_client *c, const struct case_list *cases,
                   const struct plan_options *o, size_t *settled, size_t *all)
{
    *settled = *all = 0;
    for (size_t i = 0; i < cases->count; i++) {
        if (fitted(c, i)) {
            struct tally t = count(c, i);
            unsigned ended = t.served - t.open;
            *all += o->repeat;
            *settled += is_settled(c, cases, i, o) ? o->repeat
                        : ended < o->repeat        ? ended
                                                   : o->repeat - 1;
        }
    }
}

/* After the last case the good server is shown once more: does the client still come. */
static bool control_closes(const struct listen_client *c, const struct case_list *cases)
{
    size_t tries = 0;
    for (size_t i = c->attempt_count; i-- > 0;) {
        if (c->attempts[i].row != cases->control) {
            return tries >= CONTROL_FIRST;
        }
        if (c->attempts[i].end == END_OPEN) {
            return false;
        }
        if (c->attempts[i].end == END_ACCEPT) {
            return true;
        }
        tries++;
    }
    return tries >= CONTROL_FIRST;
}

bool plan_complete(const struct listen_client *c, const struct case_list *cases,
                   const struct plan_options *o)
{
    size_t settled, all;
    plan_progress(c, cases, o, &settled, &all);
    return c->hellos > 0 &&
           (c->attempt_count == PLAN_ATTEMPTS || (settled == all && control_closes(c, cases)));
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static bool print_controlled(const struct listen_client *c, const struct case_list *cases,
                             size_t print)
{
    for (size_t i = 0; i < c->attempt_count; i++) {
        const struct attempt *a = &c->attempts[i];
        if (a->row == cases->control && a->end == END_ACCEPT && a->print == print) {
            return true;
        }
    }
    return false;
}

/* This program of the client is known to send data to a good server: it did, or it is the same
 * one coming back with less after a failure. */
static bool counts_for(const struct listen_client *c, const struct case_list *cases, size_t print)
{
    if (print >= c->print_count) {
        return false;
    }
    if (print_controlled(c, cases, print)) {
        return true;
    }
    const struct client_hello *h = &c->prints[print].hello;
    for (size_t i = 0; i < c->print_count; i++) {
        if (print_controlled(c, cases, i) && h->highest < c->prints[i].hello.highest) {
            return true;
        }
    }
    return false;
}

/* The good server worked after this attempt. */
static bool worked_later(const struct listen_client *c, const struct case_list *cases, size_t from)
{
    for (size_t i = from + 1; i < c->attempt_count; i++) {
        if (c->attempts[i].row == cases->control && c->attempts[i].end == END_ACCEPT) {
            return true;
        }
    }
    return false;
}

static void reason(struct case_result *r, const char *why)
{
    (void)snprintf(r->why, sizeof r->why, "%s", why);
}

/* A rejection that proves something, or why there is none. */
static bool has_proof(const struct listen_client *c, const struct case_list *cases, size_t row,
                      bool *after, const char **why)
{
    bool proof = false;
    *why = "the client never sent data to the good server";
    for (size_t i = 0; i < c->attempt_count; i++) {
        const struct attempt *a = &c->attempts[i];
        if (a->row != row || !is_rejection(a->end)) {
            continue;
        }
        if (!counts_for(c, cases, a->print)) {
            if (plan_controlled(c, cases)) {
                *why = "another program of the device came";
            }
        } else if (a->alert == 0 && !worked_later(c, cases, i)) {
            *why = "closed without an alert, and the good server was not seen to work after it";
        } else {
            proof = true;
            *after = a->end == END_AFTER;
        }
    }
    return proof;
}

static uint16_t offered(const struct listen_client *c, const struct attempt *a)
{
    return a->print < c->print_count ? c->prints[a->print].hello.highest : 0;
}

/* An old hello each time after something failed, and never after a success: that would be another
 * program of the device. */
static bool comes_back_lower(const struct listen_client *c)
{
    bool back = false;
    if (c->lowest >= c->highest || c->lowest >= TLS_12) {
        return false;
    }
    for (size_t i = 0; i < c->attempt_count; i++) {
        uint16_t now = offered(c, &c->attempts[i]);
        if (now && now < TLS_12 && now < c->highest) {
            if (i == 0 || c->attempts[i - 1].end == END_ACCEPT) {
                return false;
            }
            back = true;
        }
    }
    return back;
}

static void judge_refusal(const struct listen_client *c, size_t row, struct case_result *r)
{
    size_t last = 0;
    bool served = false;
    for (size_t i = 0; i < c->attempt_count; i++) {
        if (c->attempts[i].row == row) {
            last = i;
            served = true;
        }
    }
    if (comes_back_lower(c)) {
        char name[TLS_NAME];
        r->verdict = SEEN_ACCEPT;
        reason(r, tls_version_name(c->lowest, name));
    } else if (!served) {
        r->verdict = SEEN_NO_CONNECTION;
    } else if (last + 1 == c->attempt_count) {
        r->verdict = SEEN_INCONCLUSIVE;
        reason(r, "the client did not come back after it");
    } else {
        r->verdict = SEEN_REJECT;
    }
}

/* No hello had what the case needs. */
static void judge_unfit(const struct listen_client *c, const struct listen_case *row,
                        struct case_result *r)
{
    bool offered = row->suite_count || row->dh_bits || row->least || row->most;
    if (c->hellos == 0) {
        r->verdict = SEEN_NO_CONNECTION;
    } else if (offered && !row->sentinel) {
        r->verdict = SEEN_NOT_OFFERED;
    } else {
        r->verdict = SEEN_NOT_TESTED;
        reason(r, "it does not apply to this client");
    }
}

static void judge_served(const struct listen_client *c, const struct case_list *cases, size_t row,
                         struct case_result *r)
{
    struct tally t = count(c, row);
    const char *why;
    bool after = false;
    r->accepted = t.accepted;
    r->rejected = t.rejected;
    r->silent = t.silent;
    r->mixed = t.accepted && t.rejected;
    if (t.accepted) {
        r->verdict = SEEN_ACCEPT;
    } else if (t.served - t.open == 0) {
        r->verdict = SEEN_NO_CONNECTION;
    } else if (t.rejected == 0) {
        r->verdict = SEEN_INCONCLUSIVE;
        reason(r, t.silent ? "the client fell silent" : "nothing in common with the client");
    } else if (cases->rows[row].control) {
        r->verdict = t.after ? SEEN_REJECT_AFTER : SEEN_REJECT;
    } else if (has_proof(c, cases, row, &after, &why)) {
        r->verdict = after ? SEEN_REJECT_AFTER : SEEN_REJECT;
    } else {
        r->verdict = SEEN_INCONCLUSIVE;
        reason(r, why);
    }
}

void plan_result(const struct listen_client *c, const struct case_list *cases, size_t row,
                 struct case_result *out)
{
    *out = (struct case_result){.row = &cases->rows[row]};
    for (size_t i = 0; i < c->attempt_count; i++) {
        if (c->attempts[i].row == row && c->attempts[i].alert) {
            out->alert = c->attempts[i].alert;
        }
    }
    if (!fitted(c, row)) {
        judge_unfit(c, out->row, out);
    } else if (out->row->serve == SERVE_REFUSE) {
        judge_refusal(c, row, out);
    } else {
        judge_served(c, cases, row, out);
    }
}

/* ---- names ----------------------------------------------------------------------------------- */

const char *verdict_name(enum case_verdict v)
{
    static const char *const names[] = {"accept",      "reject",        "reject-after-handshake",
                                        "not-offered", "no-connection", "inconclusive",
                                        "not-tested"};
    return names[v];
}

const char *attempt_end_name(enum attempt_end e)
{
    static const char *const names[] = {"open",  "accept", "alert",   "closed",
                                        "after", "silent", "refused", "no-common"};
    return names[e];
}

const char *first_pdu_name(enum first_pdu p)
{
    static const char *const names[] = {"none", "http", "http2", "mqtt", "smtp", "rtsp", "raw"};
    return names[p];
}
