/*
 * tsa - a time-stamping authority (RFC 3161) asked through the fetch process.
 *
 * The service gets the hash, never the document. Its answer is a stranger's bytes, read here only
 * as far as to be sure that it is a token over that hash; what it is worth a verifier says. Once it
 * does not answer nothing is signed: the certificate's number stays reserved.
 */
#include <stdio.h>

#include <openssl/rand.h>

#include "base/mem.h"
#include "cli/issue/command.h"
#include "net/fetch.h"
#include "net/url.h"
#include "timestamp/request.h"
#include "timestamp/token.h"

enum { TIMEOUT_MS = 25000, ANSWER_MAX = 256 * 1024, WORK = 16 << 20 };

struct tsa {
    struct fetch_hosts hosts;
    struct fetcher fetcher;
    bool running;
    char url[FETCH_URL_MAX];
};

static int fail(char *why, const char *text)
{
    (void)snprintf(why, ISSUE_WHY,
                   "time-stamping authority: %s. Nothing was issued for this one; run the same "
                   "request again when it answers, or without --tsa",
                   text);
    return 1;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static int take_answer(struct span answer, struct span digest, struct buffer *out, char *why)
{
    struct token *t = NULL;
    const char *wrong = NULL;
    struct span token = token_from_response(answer);
    struct arena *a = arena_new(WORK);
    int rc = !a ? -1 : token.p ? token_parse(a, token, &t, &wrong) : 0;
    if (rc == 0 && !t) {
        rc = fail(why, "its answer is no time-stamp");
    } else if (rc == 0 && !span_eq(t->imprint, digest)) {
        rc = fail(why, "its answer is a time-stamp of something else");
    } else if (rc == 0) {
        buffer_add(out, token);
        rc = buffer_ok(out) ? 0 : -1;
    }
    arena_free(a);
    return rc;
}

static int stamp(void *context, struct span digest, struct buffer *out, char *why)
{
    struct tsa *t = context;
    struct buffer request;
    struct fetch_reply reply = {.bytes = SPAN_NONE};
    uint64_t nonce = 0;
    buffer_init(&request, FETCH_BODY_MAX);
    int rc = RAND_bytes((uint8_t *)&nonce, sizeof nonce) == 1
                 ? timestamp_request(digest, nonce >> 1, &request)
                 : -1;
    if (rc == 0) {
        struct fetch_request r = {
            .url = t->url, .kind = FETCH_TIMESTAMP, .body = buffer_span(&request)};
        bool good = fetcher_get(&t->fetcher, &r, 1, TIMEOUT_MS, &reply) == 0 &&
                    reply.outcome == FETCH_OK && reply.bytes.n <= ANSWER_MAX;
        rc = good ? take_answer(reply.bytes, digest, out, why)
                  : fail(why, *reply.why ? reply.why : "no answer");
        fetch_reply_free(&reply);
    }
    buffer_free(&request);
    return rc;
}

/* ---- opening --------------------------------------------------------------------------------- */

int tsa_open(const char *url, struct tsa **out, struct stamper *stamper, char *why)
{
    struct url parsed;
    struct tsa *t = mem_zalloc(sizeof *t);
    *out = t;
    const char *wrong = url_split(span_str(url), &parsed);
    if (!t || fetch_hosts_init(&t->hosts) != 0) {
        return -1;
    }
    if (wrong || strlen(url) >= sizeof t->url ||
        !fetch_hosts_add(&t->hosts, span_str(parsed.host))) {
        (void)snprintf(why, ISSUE_WHY, "--tsa: the address %s", wrong ? wrong : "is too long");
        return 1;
    }
    (void)snprintf(t->url, sizeof t->url, "%s", url);
    const struct fetcher_options options = {.hosts = &t->hosts};
    if (fetcher_start(&options, &t->fetcher) != 0) {
        (void)snprintf(why, ISSUE_WHY, "the process that fetches cannot be started; reinstall");
        return 1;
    }
    t->running = true;
    *stamper = (struct stamper){stamp, t};
    return 0;
}

void tsa_close(struct tsa *t)
{
    if (t) {
        if (t->running) {
            fetcher_stop(&t->fetcher);
        }
        fetch_hosts_free(&t->hosts);
        mem_free(t);
    }
}
