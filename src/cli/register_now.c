/*
 * register_now - see register_now.h.
 */
#include "cli/register_now.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/utc.h"
#include "cli/input.h"
#include "scheme/date.h"

enum { DAY = 86400, PATH = 4096, SLACK = 3600 /* clocks that differ */ };

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static int refuse(char *why, const char *text)
{
    (void)snprintf(why, NOW_WHY, "%s", text);
    return 1;
}

/* ---- a proof file ---------------------------------------------------------------------------- */

static json_t *entry_of(const struct tlog_proof *p, struct arena *a, struct span *octets)
{
    *octets = SPAN_NONE;
    if (!p->extra.p || base64_decode(a, p->extra, BASE64_PADDED, octets) != 0 || !octets->p) {
        return NULL;
    }
    return json_loadb((const char *)octets->p, octets->n, JSON_REJECT_DUPLICATES, NULL);
}

static int no_proof(char *why, const char *text)
{
    (void)refuse(why, text);
    return NOW_NO_PROOF;
}

int now_proof_read(struct span bytes, const struct note_key *key, struct arena *a,
                   struct now_proof *out, char *why)
{
    struct span octets;
    *out = (struct now_proof){.proof = arena_alloc(a, sizeof *out->proof),
                              .note = arena_alloc(a, sizeof *out->note)};
    if (!out->proof || !out->note) {
        return -1;
    }
    if (tlog_proof_parse(bytes, out->proof) != 0) {
        return no_proof(why, "the proof file is none (c2sp.org/tlog-proof@v1)");
    }
    out->entry = entry_of(out->proof, a, &octets);
    if (!out->entry) {
        return no_proof(why, "the proof file does not carry the entry it proves");
    }
    int good = tlog_proof_check(out->proof, octets, key, out->note, &out->head);
    if (good == 1) {
        return NOW_GOOD;
    }
    json_decref(out->entry);
    out->entry = NULL;
    (void)refuse(why, "the proof does not hold with this key: another register or a forgery");
    return good < 0 ? -1 : NOW_NOT_IN;
}

/* ---- what is known --------------------------------------------------------------------------- */

struct latest {
    char status[32], as_of[UTC_TEXT], pdf[SHA256_HEX], data[SHA256_HEX];
    char valid_from[DATE_TEXT], valid_to[DATE_TEXT]; /* "": not known */
    int64_t at;
};

static void take_dates(struct latest *l, const char *from, const char *to)
{
    (void)snprintf(l->valid_from, sizeof l->valid_from, "%s", from ? from : "");
    (void)snprintf(l->valid_to, sizeof l->valid_to, "%s", to ? to : "");
}

static void take(struct latest *l, const json_t *o, int64_t at)
{
    (void)snprintf(l->status, sizeof l->status, "%s", text_of(o, "status"));
    /* An event that brought no files leaves those before it. */
    if (*text_of(o, "pdf_sha256")) {
        (void)snprintf(l->pdf, sizeof l->pdf, "%s", text_of(o, "pdf_sha256"));
    }
    if (*text_of(o, "data_sha256")) {
        (void)snprintf(l->data, sizeof l->data, "%s", text_of(o, "data_sha256"));
    }
    take_dates(l, text_of(o, "valid_from"), text_of(o, "valid_to"));
    l->at = at;
}

static int read_latest(const struct now_ask *ask, const struct now_known *k, struct latest *l,
                       struct arena *a, char *why)
{
    struct input in;
    struct now_proof p;
    if (input_open(ask->latest, &in) != EXIT_GOOD) {
        return refuse(why, "the file of --latest cannot be read");
    }
    int rc = now_proof_read(span_make(in.bytes, in.size), ask->key, a, &p, why);
    if (rc == NOW_GOOD) {
        rc = strcmp(text_of(p.entry, "number"), k->number) != 0
                 ? refuse(why, "--latest is the proof of another certificate")
                 : 0;
        if (rc == 0 && (int64_t)p.proof->index > k->index) {
            take(l, p.entry, json_integer_value(json_object_get(p.entry, "time")));
            (void)utc_rfc3339(l->at, l->as_of);
        }
        json_decref(p.entry);
    }
    input_close(&in);
    return rc < 0 ? -1 : rc ? 1 : 0;
}

/* ---- the register's list --------------------------------------------------------------------- */

/* The next line of a text; false: there is none. */
static bool next_line(struct span *rest, struct span *line)
{
    if (rest->n == 0) {
        return false;
    }
    size_t end = span_find(*rest, SPAN_LIT("\n"), 0);
    *line = span_sub(*rest, 0, end);
    *rest = end == SIZE_MAX ? SPAN_LIT("") : span_sub(*rest, end + 1, rest->n);
    return true;
}

static bool is_line(struct span line, const char *text)
{
    return line.n == strlen(text) && memcmp(line.p, text, line.n) == 0;
}

/* The note of register_dump_note: name, date, size and hash of this very file. */
static int check_note(struct span note, struct span file, const struct now_ask *ask,
                      struct arena *a, int32_t *on, int64_t *size)
{
    struct note *n = arena_alloc(a, sizeof *n);
    struct span rest, line[5] = {SPAN_NONE};
    uint8_t hash[SHA256_SIZE];
    char hex[SHA256_HEX], number[24];
    int good = !n ? -1 : note_parse(note, n) == 0 ? note_signed(n, ask->key, NULL) : 0;
    rest = good == 1 ? n->text : SPAN_LIT("");
    for (size_t i = 0; i < 5 && good == 1; i++) {
        good = next_line(&rest, &line[i]) ? 1 : 0;
    }
    if (good != 1) {
        return good < 0 ? -1 : 1;
    }
    if (hash_sha256(file, hash) != 0) {
        return -1;
    }
    (void)snprintf(number, sizeof number, "%.*s", (int)(line[3].n < 20 ? line[3].n : 0),
                   (const char *)line[3].p);
    *size = strtoll(number, NULL, 10);
    return is_line(line[0], "satyapan-register-dump/1") && is_line(line[1], "certificates.json") &&
                   date_parse(line[2], on) &&
                   is_line(line[4], hash_hex(span_make(hash, sizeof hash), false, hex))
               ? 0
               : 1;
}

/* Its item: one a line, which ends with a comma but for the last. */
static json_t *find_item(struct span file, const char *number)
{
    struct span rest = file, line;
    json_t *o = NULL;
    while (!o && next_line(&rest, &line)) {
        struct span item =
            line.n && line.p[line.n - 1] == ',' ? span_sub(line, 0, line.n - 1) : line;
        if (span_find(item, span_str(number), 0) == SIZE_MAX) {
            continue;
        }
        o = json_loadb((const char *)item.p, item.n, JSON_REJECT_DUPLICATES, NULL);
        if (strcmp(text_of(o, "number"), number) != 0) {
            json_decref(o);
            o = NULL;
        }
    }
    return o;
}

static int take_item(const struct now_known *k, struct span file, int32_t on, struct latest *l,
                     char *why)
{
    json_t *o = find_item(file, k->number);
    if (!o) {
        return refuse(why, "the certificate is not in the list of --register");
    }
    take(l, o, date_starts(on));
    (void)date_text(on, l->as_of);
    json_decref(o);
    return 0;
}

static int read_dump(const struct now_ask *ask, const struct now_known *k, struct latest *l,
                     struct arena *a, char *why)
{
    struct input file, note;
    char path[PATH];
    int32_t on = DATE_NONE;
    int64_t size = 0;
    (void)snprintf(path, sizeof path, "%s.sig", ask->dump);
    if (input_open(ask->dump, &file) != EXIT_GOOD) {
        return refuse(why, "the list of --register cannot be read");
    }
    int rc = input_open(path, &note) == EXIT_GOOD
                 ? check_note(span_make(note.bytes, note.size), span_make(file.bytes, file.size),
                              ask, a, &on, &size)
                 : 2;
    if (rc == 2) {
        rc = refuse(why, "the signature of the list (FILE.sig) cannot be read");
    } else {
        rc = rc == 1 ? refuse(why, "the list of --register is not signed by this key, or was "
                                   "changed; it is certificates.json with certificates.json.sig")
             : rc == 0 && size > k->index && (date_ends(on) >= l->at || k->index < 0)
                 ? take_item(k, span_make(file.bytes, file.size), on, l, why)
                 : rc;
        input_close(&note);
    }
    input_close(&file);
    return rc;
}

/* ---- together -------------------------------------------------------------------------------- */

static bool is_end(const char *status)
{
    return strcmp(status, "WITHDRAWN") == 0 || strcmp(status, "SUPERSEDED") == 0 ||
           strcmp(status, "EXPIRED") == 0;
}

/* The certificate's page, at the host of the log's name; or the clock that does not fit. */
static int put_next(const struct now_ask *ask, const struct now_known *k, const char *status,
                    json_t *facts)
{
    char text[NOTE_NAME + 400], now[UTC_TEXT];
    if (strcmp(status, "UNKNOWN(clock)") == 0 || strcmp(status, "NOT_YET_VALID") == 0) {
        (void)snprintf(text, sizeof text, "the clock of this machine says %s: make sure of it",
                       utc_rfc3339(ask->now, now));
    } else {
        (void)snprintf(text, sizeof text,
                       "ask the register for its state of today: https://%.*s/certificate/%.100s, "
                       "or give --register with today's list",
                       (int)strcspn(ask->key->name, "/"), ask->key->name, k->number);
    }
    return json_object_set_new(facts, "next", json_string(text));
}

static int put_dates(const struct now_known *k, const struct latest *l, json_t *facts)
{
    /* A code says on which day it was valid, not from when on. */
    bool code = k->index < 0 && k->at == l->at;
    int rc = *l->valid_from && !code
                 ? json_object_set_new(facts, "valid_from", json_string(l->valid_from))
                 : 0;
    return *l->valid_to ? rc | json_object_set_new(facts, "valid_to", json_string(l->valid_to))
                        : rc;
}

/* The file in hand against the latest one. */
static int put_copy(const struct now_known *k, const struct latest *l, json_t *facts, bool *old)
{
    *old = k->data && l->data[0] && strcmp(k->data, l->data) != 0;
    bool same = !k->pdf || !l->pdf[0] || strcmp(k->pdf, l->pdf) == 0;
    const char *text = *old ? "replaced: the certificate was amended or corrected since; get the "
                              "new one"
                       : !same ? "earlier file with the same contents; the register has a newer one"
                               : NULL;
    return text ? json_object_set_new(facts, "this_copy", json_string(text)) : 0;
}

/* What the day of the question makes of the state. */
static const char *status_now(const struct now_ask *ask, const struct now_known *k,
                              const struct latest *l, bool old)
{
    char today[DATE_TEXT];
    bool runs = strcmp(l->status, "VALID") == 0 || strcmp(l->status, "SUSPENDED") == 0;
    bool code = k->index < 0 && k->at == l->at; /* its time is the day it is valid on */
    (void)date_text(date_of_utc(ask->now), today);
    return is_end(l->status)                                        ? l->status
           : runs && *l->valid_to && strcmp(l->valid_to, today) < 0 ? "EXPIRED"
           : !code && l->at > ask->now + SLACK                      ? "UNKNOWN(clock)"
           : runs && strcmp(l->valid_from, today) > 0               ? "NOT_YET_VALID"
           : ask->now - l->at > ask->max_age * DAY                  ? "UNKNOWN(stale)"
           : runs && !*l->valid_to                                  ? "UNKNOWN(dates)"
           : old && strcmp(l->status, "VALID") == 0                 ? "UNKNOWN(replaced)"
                                                                    : l->status;
}

static int put_all(const struct now_ask *ask, const struct now_known *k, const struct latest *l,
                   json_t *facts)
{
    bool old;
    int rc = put_copy(k, l, facts, &old) | put_dates(k, l, facts);
    const char *status = status_now(ask, k, l, old);
    bool replaced = strcmp(status, "UNKNOWN(replaced)") == 0;
    rc |= json_object_set_new(facts, "status", json_string(status)) |
          json_object_set_new(facts, "as_of", json_string(l->as_of));
    if (strcmp(status, l->status) != 0) {
        rc |= json_object_set_new(facts, replaced ? "status_certificate" : "status_then",
                                  json_string(l->status));
    }
    bool ask_again = strcmp(status, l->status) != 0 && !replaced && !is_end(status);
    return ask_again ? rc | put_next(ask, k, status, facts) : rc;
}

int now_put(const struct now_ask *ask, const struct now_known *k, json_t *facts, struct arena *a,
            char *why)
{
    struct latest l = {.at = k->at};
    (void)snprintf(l.status, sizeof l.status, "%s", k->status ? k->status : "");
    (void)snprintf(l.data, sizeof l.data, "%s", k->data ? k->data : "");
    (void)snprintf(l.pdf, sizeof l.pdf, "%s", k->pdf ? k->pdf : "");
    take_dates(&l, k->valid_from, k->valid_to);
    if (k->index < 0) {
        (void)date_text(date_of_utc(k->at), l.as_of);
    } else {
        (void)utc_rfc3339(k->at, l.as_of);
    }
    int rc = k->number ? 0 : refuse(why, "the entry names no certificate");
    rc = rc || !ask->latest ? rc : read_latest(ask, k, &l, a, why);
    rc = rc || !ask->dump ? rc : read_dump(ask, k, &l, a, why);
    return rc ? rc : put_all(ask, k, &l, facts) ? -1 : 0;
}
