/*
 * witness - `satyapan register witness`: has the latest signed head cosigned by the witnesses of
 * DATA/witnesses.txt (a line each: submission prefix, vkey), and keeps what they sign.
 *
 * Their answers are a stranger's bytes: at most 1 MiB, in which a signature line that verifies is
 * looked for. A witness that has seen more than we have, or says that our log does not continue
 * what it has seen, is the alarm it is there for: nothing is retried then.
 */
#include <stdio.h>

#include "base/mem.h"
#include "cli/input.h"
#include "cli/register/command.h"
#include "net/fetch.h"
#include "net/url.h"
#include "records/log.h"
#include "tlog/witness.h"

enum { WITNESSES_MAX = 16, PREFIX = 400, TIMEOUT_MS = 30000, CLOCK = 300 };

struct witness {
    char prefix[PREFIX], vkey[NOTE_NAME + 128];
    struct note_key key;
};

struct asking {
    struct run *c;
    struct fetcher fetcher;
    struct span head; /* the note without others' lines */
    int64_t size;
    enum exit_code worst;
};

/* ---- who they are ---------------------------------------------------------------------------- */

static bool take_line(struct span line, struct witness *w, struct fetch_hosts *hosts)
{
    struct url url;
    size_t gap = span_find(line, SPAN_LIT(" "), 0);
    struct span prefix = span_sub(line, 0, gap), vkey = SPAN_NONE;
    if (gap == SIZE_MAX || prefix.n == 0 || prefix.n >= PREFIX - 16) {
        return false;
    }
    vkey = span_sub(line, gap + 1, line.n);
    while (prefix.n && prefix.p[prefix.n - 1] == '/') {
        prefix = span_sub(prefix, 0, prefix.n - 1);
    }
    if (vkey.n >= sizeof w->vkey || note_key_parse(vkey, &w->key) != 0 ||
        w->key.type != NOTE_COSIGNATURE || url_split(prefix, &url) ||
        !fetch_hosts_add(hosts, span_str(url.host))) {
        return false;
    }
    *w = (struct witness){.key = w->key};
    memcpy(w->prefix, prefix.p, prefix.n);
    memcpy(w->vkey, vkey.p, vkey.n);
    return true;
}

static enum exit_code read_witnesses(struct run *c, struct witness list[WITNESSES_MAX],
                                     size_t *count, struct fetch_hosts *hosts)
{
    char path[4096];
    struct input in;
    (void)snprintf(path, sizeof path, "%s/witnesses.txt", c->data);
    enum exit_code code = input_open(path, &in);
    struct span rest = code == EXIT_GOOD ? span_make(in.bytes, in.size) : SPAN_LIT("");
    for (size_t n = 1; rest.n && code == EXIT_GOOD; n++) {
        size_t end = span_find(rest, SPAN_LIT("\n"), 0);
        struct span line = span_sub(rest, 0, end);
        rest = end == SIZE_MAX ? SPAN_LIT("") : span_sub(rest, end + 1, rest.n);
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        if (*count == WITNESSES_MAX || !take_line(line, &list[(*count)++], hosts)) {
            complain("%s, line %zu: it is no address and key of a witness (URL name+id+base64, of "
                     "type 04); at most %d",
                     path, n, WITNESSES_MAX);
            code = EXIT_DATA;
        }
    }
    input_close(&in);
    return code;
}

/* ---- one ------------------------------------------------------------------------------------- */

static void tell(struct asking *a, const struct witness *w, enum exit_code code, const char *text)
{
    (code == EXIT_GOOD ? (void)printf("%s: %s\n", w->key.name, text)
                       : complain("%s: %s", w->key.name, text));
    a->worst = code == EXIT_BAD || (code != EXIT_GOOD && a->worst == EXIT_GOOD) ? code : a->worst;
}

static int make_request(struct asking *a, uint64_t old, struct buffer *out)
{
    struct merkle_source tree = {log_node, a->c->r};
    struct merkle_proof p = {.count = 0};
    int rc = old > 0 ? merkle_prove_consistent(&tree, old, (uint64_t)a->size, &p) : 0;
    return rc ? rc : witness_request(old, &p, a->head, out);
}

static int post(struct asking *a, const struct witness *w, uint64_t old, struct fetch_reply *reply)
{
    char url[PREFIX + 32];
    struct buffer body;
    (void)snprintf(url, sizeof url, "%s/add-checkpoint", w->prefix);
    buffer_init(&body, FETCH_BODY_MAX);
    int rc = make_request(a, old, &body);
    if (rc == 0) {
        const struct fetch_request r = {
            .url = url, .kind = FETCH_WITNESS, .body = buffer_span(&body)};
        (void)!fetcher_get(&a->fetcher, &r, 1, TIMEOUT_MS, reply); /* the reply tells */
    }
    buffer_free(&body);
    return rc;
}

static int keep(struct asking *a, const struct witness *w, struct span line, int64_t at)
{
    struct records *r = a->c->r;
    if (records_begin(r) != 0) {
        return RECORDS_FAILED;
    }
    int rc = cosignature_add(r, a->size, w->vkey, at, line);
    return records_commit(r, rc == 0) != 0 ? RECORDS_FAILED : rc;
}

static void take_signature(struct asking *a, const struct witness *w, struct span body)
{
    struct buffer line;
    int64_t at = 0;
    buffer_init(&line, NOTE_MAX);
    int rc = witness_answer(body, a->head, &w->key, &line, &at);
    if (rc == 0 && (at <= 0 || at > a->c->now + CLOCK)) {
        rc = 1;
    }
    rc = rc ? rc : keep(a, w, buffer_span(&line), at);
    buffer_free(&line);
    if (rc == 0) {
        tell(a, w, EXIT_GOOD, "signed");
    } else if (rc == 1) {
        tell(a, w, EXIT_UNAVAILABLE, "its answer is no signature of its key under this head");
    } else {
        tell(a, w, EXIT_INTERNAL, records_error(a->c->r));
    }
}

/* 409: what it has seen last. True: to be asked again with that. */
static bool take_conflict(struct asking *a, const struct witness *w, struct span body,
                          uint64_t *old)
{
    uint64_t seen;
    if (witness_conflict(body, &seen) != 0 || seen == *old) {
        tell(a, w, EXIT_UNAVAILABLE, "its answer is no size of a log");
        return false;
    }
    if (seen > (uint64_t)a->size) {
        tell(a, w, EXIT_BAD,
             "ALARM: it has seen a longer log than this one: this is an older copy, or a fork");
        return false;
    }
    *old = seen;
    return true;
}

static void ask(struct asking *a, const struct witness *w)
{
    int64_t last = 0;
    if (cosignature_last(a->c->r, w->vkey, &last) != 0) {
        tell(a, w, EXIT_INTERNAL, records_error(a->c->r));
        return;
    }
    uint64_t old = (uint64_t)last;
    bool more = last < a->size;
    if (!more) {
        tell(a, w, EXIT_GOOD, "has signed it already");
    }
    for (int tries = 0; more && tries < 2; tries++) {
        struct fetch_reply reply = {.bytes = SPAN_NONE};
        more = false;
        if (post(a, w, old, &reply) != 0) {
            tell(a, w, EXIT_INTERNAL, records_error(a->c->r));
        } else if (reply.outcome == FETCH_OK && reply.status == 200) {
            take_signature(a, w, reply.bytes);
        } else if (reply.outcome == FETCH_OK && tries == 0) {
            more = take_conflict(a, w, reply.bytes, &old);
        } else if (reply.outcome == FETCH_OK) {
            tell(a, w, EXIT_UNAVAILABLE, "it names another size each time it is asked");
        } else if (reply.status == 422) {
            tell(a, w, EXIT_BAD,
                 "ALARM: it says that this log does not continue what it has seen: a fork");
        } else {
            tell(a, w, EXIT_UNAVAILABLE, *reply.why ? reply.why : "no answer");
        }
        fetch_reply_free(&reply);
    }
}

/* ---- all ------------------------------------------------------------------------------------- */

static enum exit_code ask_all(struct run *c, const struct witness *list, size_t count,
                              const struct fetch_hosts *hosts)
{
    struct asking a = {.c = c, .worst = EXIT_GOOD};
    const struct fetcher_options options = {.hosts = hosts};
    struct arena *arena = arena_new((size_t)4 << 20);
    int rc = arena ? log_head(c->r, arena, INT64_MAX, &a.size, &a.head) : RECORDS_FAILED;
    if (rc == RECORDS_NONE) {
        complain("the log is empty");
        a.worst = EXIT_NO_INPUT;
    } else if (rc != 0) {
        a.worst = failed(c);
    } else if (fetcher_start(&options, &a.fetcher) != 0) {
        complain("the process that fetches cannot be started; reinstall");
        a.worst = EXIT_UNAVAILABLE;
    } else {
        for (size_t i = 0; i < count; i++) {
            ask(&a, &list[i]);
        }
        fetcher_stop(&a.fetcher);
    }
    arena_free(arena);
    return a.worst;
}

enum exit_code run_witness(struct run *c)
{
    struct fetch_hosts hosts;
    size_t count = 0;
    struct witness *list = mem_zalloc(WITNESSES_MAX * sizeof *list);
    if (!list || fetch_hosts_init(&hosts) != 0) {
        mem_free(list);
        return EXIT_INTERNAL;
    }
    enum exit_code code = read_witnesses(c, list, &count, &hosts);
    if (code == EXIT_GOOD && count == 0) {
        complain("no witness is named in %s/witnesses.txt", c->data);
        code = EXIT_NO_INPUT;
    }
    code = code == EXIT_GOOD ? ask_all(c, list, count, &hosts) : code;
    fetch_hosts_free(&hosts);
    mem_free(list);
    return code;
}
