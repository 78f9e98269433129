/*
 * fuzz_url - what strangers write and the fetch process reads before it connects: URLs (from
 * certificates and Location lines), header lines, values about freshness, and a child's reply.
 *
 * Input: the URL up to the first line feed, then values, one a line; and all of it as a reply. An
 * accepted URL must be one that libcurl reads in the same way, or refuses.
 */
#include <stdlib.h>

#include <curl/curl.h>

#include "net/fetch/fresh.h"
#include "net/fetch/head.h"
#include "net/fetch_wire.h"
#include "net/guard.h"
#include "net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void check_host(const struct url *u)
{
    size_t n = strlen(u->host);
    must(n > 0 && n < sizeof u->host && (u->port == 80 || u->port == 443));
    must(strspn(u->host,
                u->literal ? "0123456789abcdef.:" : "abcdefghijklmnopqrstuvwxyz0123456789-.") == n);
    must(u->host[n - 1] != '.' && u->host[0] != '.');
    if (!u->literal) {
        must(guard_refuses_text(u->host) != NULL); /* a name is no address */
    }
}

/* libcurl reads the same host and port in it, or refuses it. */
static void compare(const char *text, const struct url *u)
{
    CURLU *c = curl_url();
    char *host = NULL, *port = NULL, ours[FETCH_HOST_MAX];
    bool literal;
    must(c != NULL);
    if (curl_url_set(c, CURLUPART_URL, text, 0) == CURLUE_OK &&
        curl_url_get(c, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(c, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
        must(url_host(span_str(host), ours, &literal) == NULL && strcmp(ours, u->host) == 0);
        must(strtoul(port, NULL, 10) == u->port);
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(c);
}

static void try_url(struct span line)
{
    struct url u;
    char text[FETCH_URL_MAX];
    if (url_split(line, &u) != NULL) {
        return;
    }
    must(line.n < sizeof text && url_bytes(line) == NULL);
    memcpy(text, line.p, line.n);
    text[line.n] = 0;
    check_host(&u);
    compare(text, &u);
}

static struct span take_line(struct span *rest)
{
    size_t end = span_find(*rest, SPAN_LIT("\n"), 0);
    struct span line = span_sub(*rest, 0, end == SIZE_MAX ? rest->n : end);
    *rest = span_sub(*rest, end == SIZE_MAX ? rest->n : end + 1, rest->n);
    return line;
}

static void try_fresh(struct span rest)
{
    const int64_t now = 1795242600;
    struct fresh_lines lines;
    fetch_text(lines.cache_control, sizeof lines.cache_control, take_line(&rest));
    fetch_text(lines.expires, sizeof lines.expires, take_line(&rest));
    fetch_text(lines.date, sizeof lines.date, take_line(&rest));
    fetch_text(lines.age, sizeof lines.age, take_line(&rest));
    int64_t until = fresh_until(&lines, now);
    must(until == UTC_NONE || (until >= now && until <= now + (int64_t)365 * 86400));
    int64_t wait = fresh_retry_after(lines.expires, now);
    must(wait >= 0 && wait <= 86400);
}

static void try_head(struct span rest)
{
    static struct hop_answer a;
    char why[FETCH_WHY_MAX] = "";
    a = (struct hop_answer){.status = 302};
    head_begin(&a, take_line(&rest));
    must(a.status >= 0 && a.status <= 999);
    a.status = 302;
    while (rest.n) {
        enum fetch_outcome outcome = head_line(&a, take_line(&rest), why);
        must((outcome == FETCH_OK) == (*why == 0) && strlen(why) < sizeof why);
        *why = 0;
    }
    must(url_bytes(span_str(a.location)) == NULL && strlen(a.etag) < sizeof a.etag &&
         strlen(a.fresh.cache_control) < sizeof a.fresh.cache_control);
}

static void try_reply(struct span all)
{
    static struct fetch_wire_reply r;
    memset(&r, 0, sizeof r);
    memcpy(&r, all.p, all.n < sizeof r ? all.n : sizeof r);
    r.magic = FETCH_WIRE_REPLY;
    if (fetch_wire_reply_ok(&r, sizeof r, r.outcome == FETCH_OK)) {
        must(strlen(r.why) < sizeof r.why && strlen(r.etag) < sizeof r.etag);
        for (size_t i = 0; i < r.hop_count; i++) {
            must(strlen(r.hops[i].url) < sizeof r.hops[i].url);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = span_make(data, size);
    if (size) {
        try_reply(rest);
        try_head(rest);
        try_url(take_line(&rest));
        try_fresh(rest);
    }
    return 0;
}
