/*
 * listen_table - what a person sees while `tls listen` runs: a line for each client, with how far
 * it is. On a terminal it is drawn over; elsewhere each ended case is one line.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cli/tls/listen.h"

enum { EVERY_MS = 250, BAR = 20, MOST_LINES = 16, LEFT_SHOWN = 6 };

void listen_table_begin(struct listen_command *l)
{
    l->table.terminal = isatty(STDERR_FILENO) && !l->quiet;
}

static const char *case_word(const struct listen_event *e)
{
    static const char *const words[] = {
        "open",   "accepted", "rejected",         "closed", "rejected after the handshake",
        "silent", "refused",  "nothing in common"};
    return words[e->attempt->end];
}

static void describe(const struct listen_event *e, char *out, size_t n)
{
    char alert[TLS_NAME], text[48] = "";
    if (e->kind == LISTEN_CASE && e->attempt) {
        if (e->attempt->alert) {
            (void)snprintf(text, sizeof text, " (%s)", tls_alert_name(e->attempt->alert, alert));
        }
        (void)snprintf(out, n, "%s  %s: %s%s", e->ip, e->row->id, case_word(e), text);
    } else if (e->kind == LISTEN_READY) {
        (void)snprintf(out, n, "listening on %s port %u", e->ip, e->port);
    } else if (e->why) {
        (void)snprintf(out, n, "%s  %s", e->ip, e->why);
    } else {
        out[0] = 0;
    }
}

void listen_table_event(struct listen_command *l, const struct listen_event *e)
{
    char text[160];
    if (l->quiet || e->kind == LISTEN_HELLO) {
        return;
    }
    describe(e, text, sizeof text);
    if (l->table.terminal && e->kind != LISTEN_READY) {
        memcpy(l->table.last, text, sizeof text);
    } else if (text[0]) {
        (void)fprintf(stderr, "%s\n", text);
    }
    if (e->kind == LISTEN_READY && ++l->table.ready == l->options.at_count) {
        (void)fputs("lead the device here (satyapan-tls(1) says how) and let it connect again and "
                    "again;\neach connection is shown one case; Ctrl-C judges what was seen\n",
                    stderr);
    }
}

/* What a client was not shown, and what to do so that it is. */
static void tell_left(const struct listen_command *l, const struct listen_client *c)
{
    size_t left = 0;
    for (size_t i = 0; i < l->cases.count; i++) {
        struct case_result r;
        plan_result(c, &l->cases, i, &r);
        if (r.verdict == SEEN_NO_CONNECTION) {
            (void)(left == 0 && fprintf(stderr, "%s port %u %s: not shown:", c->ip, c->port,
                                        c->name[0] ? c->name : "-"));
            (void)(left < LEFT_SHOWN && fprintf(stderr, " %s", l->cases.rows[i].id));
            left++;
        }
    }
    if (left > LEFT_SHOWN) {
        (void)fprintf(stderr, " and %zu more", left - LEFT_SHOWN);
    }
    if (left) {
        (void)fputs("; it has to connect more often, at a longer --timeout\n", stderr);
    }
    if (c->hellos && !plan_controlled(c, &l->cases)) {
        (void)fprintf(
            stderr,
            "%s port %u %s: it never sent data to the good server, so no rejection counts: "
            "is the CA installed, and is the name right (--name)?\n",
            c->ip, c->port, c->name[0] ? c->name : "-");
    }
}

void listen_table_end(const struct listen_command *l)
{
    for (size_t i = 0; !l->quiet && i < l->listen.client_count && i < MOST_LINES; i++) {
        tell_left(l, l->listen.clients[i]);
    }
}

void listen_table_clear(struct listen_command *l)
{
    for (; l->table.lines; l->table.lines--) {
        (void)fputs("\033[1A\033[2K", stderr);
    }
    (void)fflush(stderr);
}

static void draw_client(struct listen_command *l, const struct listen_client *c)
{
    size_t settled, all;
    plan_progress(c, &l->cases, &l->options.plan, &settled, &all);
    int filled = all ? (int)(settled * BAR / all) : 0;
    (void)fprintf(stderr, "%-24.24s %5u  %-28.28s [%.*s%*s] %zu/%zu  %s\n", c->ip, c->port,
                  c->name[0] ? c->name : "-", filled, "####################", BAR - filled, "",
                  settled, all,
                  plan_controlled(c, &l->cases) ? "good server: yes" : "good server: not yet");
    l->table.lines++;
}

void listen_table_draw(struct listen_command *l, bool now)
{
    int64_t ms = progress_now_ms();
    const struct listen *s = &l->listen;
    if (!l->table.terminal || (!now && ms - l->table.drawn_ms < EVERY_MS)) {
        return;
    }
    listen_table_clear(l);
    l->table.drawn_ms = ms;
    for (size_t i = 0; i < s->client_count && i < MOST_LINES; i++) {
        draw_client(l, s->clients[i]);
    }
    (void)fprintf(stderr, "connections: %llu, clients: %zu.  %.120s\n",
                  (unsigned long long)s->counts.connections, s->client_count, l->table.last);
    l->table.lines++;
    (void)fflush(stderr);
}
