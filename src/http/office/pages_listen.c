/*
 * pages_listen - a device as a client, while it is waited for: how it is led here, what it needs,
 * how the waiting begins and ends. What it did is pages_clients.c.
 *
 * The commands are shown to be typed by a person on the bench's router; nothing here runs them.
 */
#include <string.h>

#include "http/office/pages_bench.h"

static void ca_link(struct view *v)
{
    view_element(v, "<a href=\"/api/v1/bench/ca\">", OW_LISTEN_CA, "</a>");
}

/* How a connection ended. */
void bench_listen_words(struct view *v)
{
    static const char *const ends[] = {"end-accept", "end-alert",   "end-closed",    "end-after",
                                       "end-silent", "end-refused", "end-no-common", "end-wrong"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        html_raw(&v->h, " data-word-");
        buffer_str(v->h.out, ends[i] + 4);
        html_raw(&v->h, "=\"");
        html_text(&v->h, vocab_text(v, ends[i]));
        html_raw(&v->h, "\"");
    }
}

/* ---- leading the device here ----------------------------------------------------------------- */

/* "192.0.2.1:8443" in two; an address that means all of them is none to type. */
struct place {
    const char *address, *port;
    bool every, six;
};

static struct place place_of(struct view *v, const char *targets)
{
    const char *colon = targets ? strrchr(targets, ':') : NULL;
    struct place p = {.address = "", .port = ""};
    if (!colon) {
        return p;
    }
    p.six = *targets == '[';
    size_t n = (size_t)(colon - targets);
    p.address = p.six && n >= 2 ? arena_str(v->arena, span_make(targets + 1, n - 2))
                                : arena_str(v->arena, span_make(targets, n));
    p.port = colon + 1;
    v->broken |= !p.address;
    p.every = p.address && (strcmp(p.address, "0.0.0.0") == 0 || strcmp(p.address, "::") == 0);
    p.address = p.address ? p.address : "";
    return p;
}

/* Commands, one a line. */
static void commands(struct view *v, const char *text)
{
    struct span rest = text ? span_str(text) : SPAN_NONE;
    v->broken |= !text;
    html_raw(&v->h, "<pre lang=\"en\">");
    while (rest.n) {
        size_t end = span_find(rest, SPAN_LIT("\n"), 0);
        size_t n = end == SIZE_MAX ? rest.n : end;
        const char *line = arena_str(v->arena, span_sub(rest, 0, n));
        html_text(&v->h, line ? line : "");
        html_raw(&v->h, "\n");
        rest = span_sub(rest, n + 1, rest.n);
    }
    html_raw(&v->h, "</pre>");
}

/* As satyapan-tls(1) tells it, with the values of this run. */
static void how_to_lead(struct view *v, const struct place *p)
{
    const char *family = p->six ? "ip6" : "ip", *own = p->every ? "ADDRESS" : p->address;
    view_element(v, "<details><summary>", OW_LISTEN_HOW, "</summary>");
    view_element(v, "<p>", OW_LISTEN_HOW_DNS, "</p>");
    commands(v, arena_printf(v->arena,
                             "dnsmasq --no-daemon --interface=eth1 --bind-interfaces "
                             "--no-resolv --address=/#/%s",
                             own));
    html_raw(&v->h, "<p>");
    view_fill(v, OW_LISTEN_HOW_PORT, p->port, "");
    html_raw(&v->h, "</p>");
    commands(
        v, arena_printf(v->arena,
                        "nft add table %s lab\n"
                        "nft add chain %s lab pre '{ type nat hook prerouting priority dstnat; }'\n"
                        "nft add rule %s lab pre iifname eth1 tcp dport != 22 redirect to :%s",
                        family, family, family, p->port));
    view_element(v, "<p>", OW_LISTEN_HOW_ROUTER, "</p>");
    commands(v, arena_printf(v->arena,
                             "nft add rule %s lab pre iifname eth1 tcp dport != 22 dnat to "
                             "%s%s%s:%s",
                             family, p->six ? "[" : "", own, p->six ? "]" : "", p->port));
    view_element(v, "<p>", OW_LISTEN_HOW_UNDO, "</p>");
    commands(v, arena_printf(v->arena, "nft delete table %s lab", family));
    html_raw(&v->h, "</details>");
}

void bench_listen_steps(struct view *v, const json_t *scan)
{
    const struct place p = place_of(v, get_text(scan, "targets"));
    view_element(v, "<ol class=\"recipe\"><li>", OW_LISTEN_CA_FIRST, " ");
    ca_link(v);
    html_raw(&v->h, "</li><li>");
    if (p.every) {
        view_fill(v, OW_LISTEN_WHERE_ANY, p.port, "");
    } else {
        view_fill(v, OW_LISTEN_WHERE, get_text(scan, "targets"), "");
    }
    how_to_lead(v, &p);
    view_element(v, "</li><li>", OW_LISTEN_AGAIN, "</li></ol>");
}

/* ---- the forms ------------------------------------------------------------------------------- */

void bench_listen_start(struct view *v, const json_t *unit)
{
    static const char *const hidden[] = {"kind", NULL}, *const leave[] = {"intrusive", NULL};
    static const char *const more[] = {"mail", "minutes", "note", NULL};
    if (!view_may(v, "scan.start")) {
        return;
    }
    if (!get_true(unit, "listens")) {
        view_element(v, "<p class=\"small\">", OW_LISTEN_OFF, "</p>");
        return;
    }
    json_t *values =
        json_pack("{s:I, s:s}", "device", (json_int_t)get_number(unit, "id"), "kind", "listen");
    struct form f = {.op = "scan.start",
                     .values = values,
                     .hidden = hidden,
                     .leave = leave,
                     .more = more,
                     .next = "/office/scans/{id}",
                     .button = OW_LISTEN_BUTTON,
                     .will = OW_LISTEN_WILL,
                     .key = "listen-",
                     .folded = false};
    view_element(v, "<details><summary>", OW_LISTEN_TITLE, "</summary><p>");
    view_element(v, "", OW_LISTEN_CA_FIRST, " ");
    ca_link(v);
    html_raw(&v->h, "</p>");
    form_show(v, &f);
    html_raw(&v->h, "</details>");
    json_decref(values);
}

void bench_listen_finish(struct view *v, const json_t *scan, const json_t *values)
{
    if (get_has(scan, "finish_at")) {
        view_element(v, "<p>", OW_LISTEN_ENDS, "</p>");
        return;
    }
    struct form f = {.op = "scan.finish",
                     .values = values,
                     .button = OW_COUNT,
                     .will = OW_LISTEN_FINISH,
                     .key = "finish-",
                     .folded = true};
    form_show(v, &f);
}
