/*
 * register_check - `satyapan register check`: a certificate or the text of its QR code against one
 * public key, without a network and without the register.
 *
 * Of a certificate: the proof file says that an entry is in the log; the entry says which PDF it is
 * about. That it was logged is certain then. What holds today says only what is new enough: the
 * entry itself, a later one (--latest) or the register's signed dump (--register). Older than
 * --max-age it is no answer: UNKNOWN(stale). The signature in the PDF is `satyapan verify`'s.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/number.h"
#include "base/utc.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/register_now.h"
#include "issue/qr.h"

static const char help[] =
    "usage: satyapan register check PDF [--proof FILE] --key VKEY [--witness VKEY]... [OPTIONS]\n"
    "       satyapan register check 'https://...#...' --key VKEY [OPTIONS]\n\n"
    "Checks offline that a certificate is in the register, or what the text of a QR code claims.\n"
    "--key is the register's public key as it is published (name+id+base64); --proof defaults to\n"
    "the PDF's name with .tlog-proof in place of .pdf. --witness: these, too, must have signed "
    "the\n"
    "head of the log that the proof leads to (of a PDF only; repeatable).\n\n"
    "  --register FILE  the register's certificates.json, its signature beside it as FILE.sig:\n"
    "                   says the present state\n"
    "  --latest FILE    the proof of the certificate's latest event\n"
    "  --max-age DAYS   older than this no state is one of today (7)\n"
    "  --format json    one object\n\n"
    "Exit 0: it is in the register and valid, as of the date that is told; 1: it is not, was\n"
    "changed, or is not valid; 2: cannot tell: what is at hand is too old, UNKNOWN(stale), or of\n"
    "a time that this machine's clock has not reached, UNKNOWN(clock).\n"
    "The signature in the PDF is checked by satyapan verify.\n";

enum { WITNESSES_MAX = 16 };

struct check {
    const char *subject, *proof, *key, *witnesses[WITNESSES_MAX];
    size_t witness_count;
    struct now_ask now;
    bool json;
};

static bool take(void *context, int option)
{
    struct check *out = context;
    const char **const texts[] = {
        ['p'] = &out->proof, ['k'] = &out->key, ['l'] = &out->now.latest, ['r'] = &out->now.dump};
    if (option < (int)(sizeof texts / sizeof *texts) && texts[option]) {
        *texts[option] = optarg;
    } else if (option == 'w' && out->witness_count < WITNESSES_MAX) {
        out->witnesses[out->witness_count++] = optarg;
    } else if (option == 'm') {
        return number_read(optarg, 0, 36500, &out->now.max_age);
    } else if (option == 'f') {
        out->json = strcmp(optarg, "json") == 0;
        return out->json || strcmp(optarg, "text") == 0;
    } else {
        return false;
    }
    return true;
}

/* -1: go on; else the exit code. */
static int read_options(int argc, char **argv, struct check *out)
{
    static const struct option options[] = {{"proof", required_argument, NULL, 'p'},
                                            {"key", required_argument, NULL, 'k'},
                                            {"witness", required_argument, NULL, 'w'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"latest", required_argument, NULL, 'l'},
                                            {"register", required_argument, NULL, 'r'},
                                            {"max-age", required_argument, NULL, 'm'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const struct option_table how = {"register check", help, options, take, out};
    int code = options_read(&how, argc, argv);
    if (code >= 0) {
        return code;
    }
    if (optind + 1 != argc || !out->key) {
        complain("register check takes one PDF or QR text, and --key; see satyapan register check "
                 "--help");
        return EXIT_USAGE;
    }
    out->subject = argv[optind];
    return -1;
}

static enum exit_code say(const struct check *c, const char *result, const char *why, json_t *more)
{
    const char *status = json_string_value(json_object_get(more, "status"));
    enum exit_code code = strcmp(result, "unknown") == 0       ? EXIT_UNSURE
                          : !status                            ? EXIT_BAD
                          : strcmp(status, "VALID") == 0       ? EXIT_GOOD
                          : strncmp(status, "UNKNOWN", 7) == 0 ? EXIT_UNSURE
                                                               : EXIT_BAD;
    if (c->json) {
        json_t *o = json_pack("{ss ss ss?}", "schema", "satyapan-register-check/1", "result",
                              result, "why", why);
        (void)json_object_update(o, more);
        char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
        (void)puts(text ? text : "{}");
        json_decref(o);
        code = text ? code : EXIT_INTERNAL;
        json_decref(more);
        return code;
    }
    const char *key;
    json_t *value;
    (void)printf("%s%s%s\n", result, why ? ": " : "", why ? why : "");
    json_object_foreach(more, key, value)
    {
        if (json_is_string(value)) {
            (void)printf("  %-14s %s\n", key, json_string_value(value));
        }
    }
    json_decref(more);
    return code;
}

/* ---- a PDF ----------------------------------------------------------------------------------- */

static const char *text_of(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static json_t *facts_of(const json_t *entry, const struct checkpoint *head)
{
    char time[UTC_TEXT], size[32];
    json_t *o = json_object();
    static const char *const keys[] = {"number", "event", "effective_on"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        (void)json_object_set(o, keys[i], json_object_get(entry, keys[i]));
    }
    (void)utc_rfc3339(json_integer_value(json_object_get(entry, "time")), time);
    (void)snprintf(size, sizeof size, "%llu", (unsigned long long)head->size);
    (void)json_object_set_new(o, "logged_at", json_string(time));
    (void)json_object_set_new(o, "log_size", json_string(size));
    return o;
}

/* Who signed the head: "name at time, ..." in out. 1: all; 0: one did not (its name in out); -1. */
static int witnessed(const struct check *c, const struct note *note, char *out, size_t size)
{
    size_t at = 0;
    out[0] = 0;
    for (size_t i = 0; i < c->witness_count; i++) {
        struct note_key key;
        char time[UTC_TEXT];
        int64_t when = 0;
        int good = note_key_parse(span_str(c->witnesses[i]), &key) == 0
                       ? note_signed(note, &key, &when)
                       : 0;
        if (good != 1) {
            (void)snprintf(out, size,
                           "%.100s has not signed the head of the log that the proof "
                           "leads to; ask for a newer proof",
                           key.name);
            return good;
        }
        (void)utc_rfc3339(when, time);
        int n = snprintf(out + at, size - at, "%s%.100s at %s", i ? ", " : "", key.name, time);
        at = n > 0 && (size_t)n < size - at ? at + (size_t)n : at;
    }
    return 1;
}

/* With what is the case today, as far as it can be told. */
static enum exit_code say_now(const struct check *c, const struct now_known *k, const char *result,
                              json_t *facts, struct arena *a)
{
    char why[NOW_WHY] = "";
    int rc = now_put(&c->now, k, facts, a, why);
    if (rc != 0) {
        json_decref(facts);
        return rc < 0 ? EXIT_INTERNAL : say(c, "unknown", why, NULL);
    }
    return say(c, result, NULL, facts);
}

static enum exit_code say_known(const struct check *c, const struct now_proof *p, const char *pdf,
                                struct arena *a)
{
    char who[2048];
    int good = witnessed(c, p->note, who, sizeof who);
    if (good != 1) {
        return good < 0 ? EXIT_INTERNAL : say(c, "not-witnessed", who, NULL);
    }
    json_t *facts = facts_of(p->entry, &p->head);
    const struct now_known k = {.number = text_of(p->entry, "number"),
                                .status = text_of(p->entry, "status"),
                                .at = json_integer_value(json_object_get(p->entry, "time")),
                                .index = (int64_t)p->proof->index,
                                .pdf = pdf,
                                .data = text_of(p->entry, "data_sha256"),
                                .valid_from = text_of(p->entry, "valid_from"),
                                .valid_to = text_of(p->entry, "valid_to")};
    if (c->witness_count) {
        (void)json_object_set_new(facts, "witnessed_by", json_string(who));
    }
    return say_now(c, &k, "in-register", facts, a);
}

static enum exit_code judge(const struct check *c, struct span pdf, struct span bytes,
                            struct arena *a)
{
    struct now_proof p;
    uint8_t hash[SHA256_SIZE];
    char hex[SHA256_HEX], why[NOW_WHY];
    int rc = hash_sha256(pdf, hash) == 0 ? now_proof_read(bytes, c->now.key, a, &p, why) : -1;
    if (rc < 0) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    if (rc != NOW_GOOD) {
        return say(c, rc == NOW_NO_PROOF ? "unknown" : "not-in-register", why, NULL);
    }
    const char *of = json_string_value(json_object_get(p.entry, "pdf_sha256"));
    (void)hash_hex(span_make(hash, sizeof hash), false, hex);
    enum exit_code code =
        !of || strcmp(of, hex) != 0
            ? say(c, "other-file", "the register knows this certificate with another PDF", NULL)
            : say_known(c, &p, hex, a);
    json_decref(p.entry);
    return code;
}

static enum exit_code check_pdf(const struct check *c, struct arena *a)
{
    struct input pdf, proof;
    char path[4096];
    size_t n = strlen(c->subject);
    (void)snprintf(path, sizeof path, "%.*s.tlog-proof",
                   (int)(n > 4 && strcmp(c->subject + n - 4, ".pdf") == 0 ? n - 4 : n), c->subject);
    enum exit_code code = input_open(c->subject, &pdf);
    if (code != EXIT_GOOD) {
        return code;
    }
    code = input_open(c->proof ? c->proof : path, &proof);
    if (code == EXIT_GOOD) {
        code = judge(c, span_make(pdf.bytes, pdf.size), span_make(proof.bytes, proof.size), a);
        input_close(&proof);
    }
    input_close(&pdf);
    return code;
}

/* ---- a QR code ------------------------------------------------------------------------------- */

static enum exit_code check_qr(const struct check *c, struct arena *a)
{
    struct qr_claim claim;
    char why[QR_WHY], as_of[DATE_TEXT], valid_to[DATE_TEXT], hex[SHA256_HEX];
    int rc = qr_check(span_str(c->subject), c->now.key, &claim, why);
    if (rc != 0) {
        return rc < 0 ? EXIT_INTERNAL : say(c, "not-signed", why, NULL);
    }
    (void)hash_hex(span_make(claim.data, sizeof claim.data), false, hex);
    const struct now_known k = {.number = claim.number,
                                .status = "VALID",
                                .at = date_starts(claim.as_of),
                                .index = -1,
                                .data = hex,
                                .valid_from = date_text(claim.as_of, as_of),
                                .valid_to = date_text(claim.valid_to, valid_to)};
    return say_now(c, &k, "signed",
                   json_pack("{ss ss ss ss ss}", "number", claim.number, "valid_on", as_of,
                             "valid_to", valid_to, "address", claim.url, "data_sha256", hex),
                   a);
}

enum exit_code register_check(int argc, char **argv)
{
    struct note_key key;
    struct check c = {.now = {.key = &key, .now = (int64_t)time(NULL), .max_age = 7}};
    int end = read_options(argc, argv, &c);
    if (end >= 0) {
        return (enum exit_code)end;
    }
    if (note_key_parse(span_str(c.key), &key) != 0) {
        complain("--key: \"%s\" is no public key of a register (name+id+base64)", c.key);
        return EXIT_DATA;
    }
    for (size_t i = 0; i < c.witness_count; i++) {
        struct note_key w;
        if (note_key_parse(span_str(c.witnesses[i]), &w) != 0 || w.type != NOTE_COSIGNATURE) {
            complain("--witness: \"%s\" is no public key of a witness (name+id+base64, type 04)",
                     c.witnesses[i]);
            return EXIT_DATA;
        }
    }
    bool qr = strncmp(c.subject, "https://", 8) == 0 && strchr(c.subject, '#');
    struct arena *a = arena_new((size_t)64 << 20);
    enum exit_code code = !a ? EXIT_INTERNAL : qr ? check_qr(&c, a) : check_pdf(&c, a);
    arena_free(a);
    return code;
}
