/*
 * listen_reports - what `satyapan tls listen` says about each client, worked out in a sandboxed
 * child, without a database.
 *
 * The device's own certificate is a stranger's. OpenSSL reads it in the handshake and is asked
 * nothing about it; what is said of it is found out here. With a register of devices there are two
 * rounds, as in judge.c: the first child tells the key, this process asks the register and keeps
 * the key, the second child judges with the answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "cli/tls/listen.h"
#include "sandbox/sandbox.h"

enum { CHILD_FAIL = 1, CHILD_UNSURE = 2, CHILD_BROKEN = 4, KEY_KIND = 16, KEY_HEX = 8192 };

struct child {
    struct listen_command *l;
    const struct listen_client *client;
    const struct key_history *history; /* what the register says; NULL: it was not asked */
    struct buffer *out;
};

static void write_report(struct listen_command *l, const struct listen_report *r)
{
    switch (l->c->format) {
    case TLS_JSON:
        listen_json(r, &l->out);
        break;
    case TLS_CSV:
        listen_csv(r, &l->out);
        break;
    case TLS_HTML:
        listen_html(r, &l->out);
        break;
    default:
        listen_text(r, l->c->colour, &l->out);
        break;
    }
}

static int give_history(void *context, struct arena *a, const struct cert_facts *cert,
                        struct key_history *out)
{
    const struct key_history *history = context;
    (void)a;
    (void)cert;
    *out = *history;
    return 0;
}

void listen_report_write(struct listen_command *l, const struct listen_client *client,
                         const struct key_history *history)
{
    struct listen_report *r = mem_zalloc(sizeof *r);
    l->basis.ask = history ? give_history : NULL;
    l->basis.context = (void *)(uintptr_t)history;
    if (!r || listen_judge(r, l->c->a, client, &l->cases, &l->basis) < 0) {
        l->broken = true;
    } else {
        r->hindi = l->c->hindi;
        r->complete = plan_complete(client, &l->cases, &l->options.plan);
        l->fail |= r->overall == RESULT_FAIL;
        l->unsure |= r->overall == RESULT_INCONCLUSIVE || r->overall == RESULT_NOT_TESTED;
        write_report(l, r);
    }
    mem_free(r);
}

/* ---- in the child ---------------------------------------------------------------------------- */

static int report_work(void *context, struct buffer *out)
{
    const struct child *w = context;
    struct listen_command *l = w->l;
    l->fail = l->unsure = l->broken = false;
    l->out.n = 0;
    listen_report_write(l, w->client, w->history);
    buffer_add(out, buffer_span(&l->out));
    bool broken = l->broken || !buffer_ok(&l->out) || !buffer_ok(out);
    return (l->fail ? CHILD_FAIL : 0) | (l->unsure ? CHILD_UNSURE : 0) |
           (broken ? CHILD_BROKEN : 0);
}

/* "SPKI-SHA-256 CERTIFICATE-SHA-256 KIND BITS SPKI MODULUS", hexadecimal; "-": it is no RSA key. */
static int write_key(void *context, struct arena *a, const struct cert_facts *cert,
                     struct key_history *out)
{
    const struct child *w = context;
    char *modulus = hash_hex_str(a, cert->modulus, false);
    char *spki = hash_hex_str(a, cert->leaf->spki, false);
    (void)out;
    buffer_printf(w->out, "%s %s %s %u %s %s\n", cert->spki_sha256, cert->sha256, cert->kind,
                  cert->bits, spki ? spki : "", modulus && *modulus ? modulus : "-");
    return spki && modulus && buffer_ok(w->out) ? 0 : -1;
}

static int key_work(void *context, struct buffer *out)
{
    struct child *w = context;
    struct listen_command *l = w->l;
    struct listen_report *r = mem_zalloc(sizeof *r);
    w->out = out;
    l->basis.ask = write_key;
    l->basis.context = w;
    int rc = r ? listen_judge(r, l->c->a, w->client, &l->cases, &l->basis) : -1;
    mem_free(r);
    return rc < 0 ? CHILD_BROKEN : 0;
}

static int in_child(struct listen_command *l, sandbox_work work, struct child *w,
                    struct buffer *out)
{
    char why[128] = "";
    int code = sandbox_task(work, w, out, why, sizeof why);
    if (code < 0 || (code & CHILD_BROKEN)) {
        complain("%s could not be judged%s%s", w->client->ip, *why ? ": " : "", why);
        l->broken = true;
    }
    return code < 0 ? CHILD_BROKEN : code;
}

/* ---- the key --------------------------------------------------------------------------------- */

static bool read_hex(struct arena *a, const char *text, struct span *out)
{
    size_t n = strlen(text) / 2;
    uint8_t *bytes = arena_alloc(a, n + 1);
    *out = span_make(bytes, n);
    return bytes && n && hash_unhex(text, bytes, n);
}

/* Strictly: a child that was taken over may write anything. text: ends with a zero octet. */
static bool read_key(struct arena *a, const char *text, char *room, struct device_key *key)
{
    char *spki_sha256 = room, *certificate = room + 65, *kind = room + 130;
    char bits[6], spki[KEY_HEX + 1], modulus[KEY_HEX + 1];
    struct span digest;
    int end = 0;
    int n = sscanf(
        text, "%64[0-9a-f] %64[0-9a-f] %15[A-Za-z0-9-] %5[0-9] %8192[0-9a-f] %8192[0-9a-f-]\n%n",
        spki_sha256, certificate, kind, bits, spki, modulus, &end);
    if (n != 6 || text[end] || !read_hex(a, spki_sha256, &digest) || digest.n != SHA256_SIZE ||
        !read_hex(a, certificate, &digest) || digest.n != SHA256_SIZE ||
        !read_hex(a, spki, &key->spki)) {
        return false;
    }
    key->bits = (unsigned)strtoul(bits, NULL, 10);
    key->spki_sha256 = spki_sha256;
    key->certificate = certificate;
    key->kind = kind;
    return strcmp(modulus, "-") == 0 || read_hex(a, modulus, &key->modulus);
}

/* It goes to the unit that was named. */
static void keep_key(struct listen_command *l, const struct device_key *key)
{
    if (l->question.named &&
        register_keep(l->records, &l->question.unit, *l->c->firmware ? l->c->firmware : NULL, key,
                      l->basis.now) < 0) {
        complain("the register of devices: %s", records_error(l->records));
        l->broken = true;
    }
}

/* What the register says about the client's key; false: there is none. */
static bool ask_register(struct listen_command *l, struct child *w, struct key_history *history)
{
    char room[130 + KEY_KIND], service[64];
    struct buffer line;
    struct device_key key = {.firmware = l->c->firmware, .service = service};
    (void)snprintf(service, sizeof service, "%u/client", w->client->port);
    buffer_init(&line, 4 * KEY_HEX);
    int code =
        l->records && w->client->certificate.n ? in_child(l, key_work, w, &line) : CHILD_BROKEN;
    bool there = code == 0 && line.n && buffer_ok(&line);
    if (there && !read_key(l->c->a, buffer_cstr(&line), room, &key)) {
        l->broken = true;
        there = false;
    }
    struct cert_facts cert = {.modulus = key.modulus};
    if (there) {
        (void)snprintf(cert.spki_sha256, sizeof cert.spki_sha256, "%s", key.spki_sha256);
        there = register_ask(&l->question, l->c->a, &cert, history) == 0;
        l->broken |= !there;
        keep_key(l, &key);
    }
    buffer_free(&line);
    return there;
}

void listen_judge_client(struct listen_command *l, const struct listen_client *client)
{
    struct key_history history = {0};
    struct child w = {.l = l, .client = client};
    struct buffer out;
    if (ask_register(l, &w, &history)) {
        w.history = &history;
    }
    buffer_init(&out, LISTEN_REPORT_MAX);
    int code = in_child(l, report_work, &w, &out);
    buffer_add(&l->out, code & CHILD_BROKEN ? SPAN_NONE : buffer_span(&out));
    l->fail |= (code & CHILD_FAIL) != 0;
    l->unsure |= (code & CHILD_UNSURE) != 0;
    buffer_free(&out);
}
