/*
 * register_fill - a register for tests: `register_fill DATA [COUNT]` adds COUNT certificates
 * (default 12) of series ER after the last number; of 1 to 8 some are suspended, withdrawn,
 * amended, expired, superseded, not yet valid. Prints one JSON object a certificate: number and its
 * code. FILL_HOST: the address in the codes instead of https://iotscs.example.in. FILL_AGO: made so
 * many days ago.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "db/rows.h"
#include "issue/qr.h"
#include "records/blobs.h"
#include "register/register.h"

#define HOST "https://iotscs.example.in"

struct fill {
    struct records *r;
    struct register_key key;
    int64_t now;
    int32_t today;
};

static void check(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "register_fill: %s\n", what);
        exit(1);
    }
}

static const char *day(int32_t date, char out[DATE_TEXT])
{
    return date_text(date, out);
}

static json_t *data_of(const struct fill *f, int n, const char *firmware)
{
    char number[64], registration[64], model[32], from[DATE_TEXT], to[DATE_TEXT], sha[SHA256_HEX];
    uint8_t hash[SHA256_SIZE];
    /* The fourth has ended. */
    int32_t begin = n == 4 ? f->today - 1200 : f->today - 60;
    (void)snprintf(number, sizeof number, "STQC/IOTSCS/ER/%03d", n);
    (void)snprintf(registration, sizeof registration, "STQC/IOTSCS/REG/2026/%04d", n);
    (void)snprintf(model, sizeof model, "BD-IPC-%d", 2100 + n);
    check(hash_sha256(span_str(firmware), hash) == 0, "hash");
    json_t *d = json_pack(
        "{ss ss si ss ss s[s] s{ss ss ss} s{ss ss} s[{ss ss ss ss ss} {ss ss ss ss ss}] s{ss} ss "
        "ss "
        "ss sn}",
        "number", number, "series", "ER", "level", 2, "kind", "fresh", "registration", registration,
        "standards", "Essential Requirements for Security of CCTV Cameras (ER)", "holder", "name",
        n % 2 ? "Bharat Drishti Electronics Private Limited" : "Nila <b>Kamera</b> & Sons",
        "name_hi", n % 2 ? "भारत दृष्टि इलेक्ट्रॉनिक्स प्राइवेट लिमिटेड" : "नीला कैमरा", "address",
        "Bengaluru", "product", "name", "Network dome camera", "name_hi", "नेटवर्क डोम कैमरा",
        "models", "model", model, "hardware", "V1.2", "firmware", firmware, "firmware_sha256",
        hash_hex(span_make(hash, sizeof hash), false, sha), "soc", "SSC30KQ", "model", "BD-COMMON",
        "hardware", "V2", "firmware", "9.9", "firmware_sha256", sha, "soc", "SSC30KQ", "lab",
        "name", "ETDC Bengaluru (STQC)", "issued_on", day(begin, from), "valid_from", from,
        "valid_to", day(begin + 1094, to), "previous");
    check(d != NULL, "data");
    if (n == 8) { /* a re-certification before its time */
        check(json_object_set_new(d, "valid_from", json_string(day(f->today + 40, from))) == 0,
              "data");
    }
    return d;
}

static void add(struct fill *f, const struct register_event *e)
{
    char why[REGISTER_WHY];
    check(records_begin(f->r) == 0, "begin");
    int64_t rc = register_append(f->r, e, f->now, &f->key, why);
    check(records_commit(f->r, rc >= 0) == 0 && rc >= 0, why);
}

/* hashes: of its PDF and XML, or NULL. */
static void event_with(struct fill *f, const char *number, const char *name, int32_t on,
                       const char *reason, const json_t *data, char (*hashes)[SHA256_HEX])
{
    char date[DATE_TEXT];
    add(f, &(struct register_event){
               .number = number,
               .event = name,
               .effective_on = day(on, date),
               .reason = reason,
               .successor = strcmp(name, "supersede") == 0 ? "STQC/IOTSCS/ER/001" : NULL,
               .data = data,
               .pdf = hashes ? hashes[0] : NULL,
               .xml = hashes ? hashes[1] : NULL,
               .person = UTC_NONE,
               .second = UTC_NONE,
               .application = UTC_NONE});
}

static void event(struct fill *f, const char *number, const char *name, int32_t on,
                  const char *reason, const json_t *data)
{
    event_with(f, number, name, on, reason, data, NULL);
}

/* A file for the certificate: not a real one, the pages only hand it out. */
static void files(struct fill *f, char pdf[SHA256_HEX], char xml[SHA256_HEX], const char *number)
{
    struct buffer b;
    buffer_init(&b, 4096);
    check(records_begin(f->r) == 0, "begin");
    buffer_printf(&b, "%%PDF-1.7 of %s\n", number);
    check(blob_put(f->r, buffer_span(&b), f->now, pdf) >= 0, "blob");
    buffer_printf(&b, "<certificate/>");
    check(blob_put(f->r, buffer_span(&b), f->now, xml) >= 0, "blob");
    check(records_commit(f->r, true) == 0, "commit");
    buffer_free(&b);
}

static void tell(const struct fill *f, const char *number, const json_t *data)
{
    struct qr_claim c = {.as_of = f->today, .valid_to = f->today + 1034};
    const char *from = json_string_value(json_object_get(data, "valid_from"));
    int32_t first = f->today;
    check(date_parse(span_str(from), &first), "date");
    c.as_of = first > c.as_of ? first : c.as_of;
    struct buffer qr;
    char *text = rows_canonical(data);
    const char *host = getenv("FILL_HOST");
    (void)snprintf(c.url, sizeof c.url, "%s/certificate/%s", host ? host : HOST, number);
    (void)snprintf(c.number, sizeof c.number, "%s", number);
    buffer_init(&qr, 1024);
    check(text && hash_sha256(span_str(text), c.data) == 0 &&
              qr_make(&c, &f->key.key, &f->key.by, &qr) == 0,
          "code");
    (void)printf("{\"number\": \"%s\", \"qr\": \"%s\"}\n", number, buffer_cstr(&qr));
    mem_free(text);
    buffer_free(&qr);
}

static void one(struct fill *f, int n)
{
    char pdf[SHA256_HEX], xml[SHA256_HEX], amended[2][SHA256_HEX];
    json_t *data = data_of(f, n, "2.4.1"), *new = data_of(f, n, "2.5.0");
    const char *number = json_string_value(json_object_get(data, "number"));
    files(f, pdf, xml, number);
    add(f, &(struct register_event){.number = number,
                                    .event = "issue",
                                    .effective_on =
                                        json_string_value(json_object_get(data, "issued_on")),
                                    .data = data,
                                    .pdf = pdf,
                                    .xml = xml,
                                    .person = UTC_NONE,
                                    .second = UTC_NONE,
                                    .application = UTC_NONE});
    tell(f, number, data);
    if (n == 2) {
        event(f, number, "suspend", f->today - 20, "non-conformity", NULL);
    } else if (n == 3) {
        event(f, number, "withdraw", f->today - 10, "holder-request", NULL);
    } else if (n == 5) {
        files(f, amended[0], amended[1], "the amended certificate");
        event_with(f, number, "amend", f->today - 5, "firmware-update", new, amended);
    } else if (n == 6) {
        event(f, number, "supersede", f->today - 1, "re-certification", NULL);
    } else if (n == 7) {
        event(f, number, "suspend", f->today - 20, "non-conformity", NULL);
        event(f, number, "reinstate", f->today - 3, "corrected", NULL);
    }
    json_decref(data);
    json_decref(new);
}

int main(int argc, char **argv)
{
    const char *ago = getenv("FILL_AGO");
    struct fill f = {.now = (int64_t)time(NULL) - (ago ? strtol(ago, NULL, 10) * 86400 : 0)};
    char why[RECORDS_WHY];
    check(argc > 1, "usage: register_fill DATA [COUNT]");
    f.today = date_of_utc(f.now);
    check(records_open(argv[1], f.now, &f.r, why) == 0, why);
    check(register_key_open(argv[1], "iotscs.example.in/register", true, &f.key, why) == 0, why);
    int64_t first = certificate_next(f.r, "ER");
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 12;
    for (long n = 0; n < count; n++) {
        one(&f, (int)(first + n));
    }
    register_key_forget(&f.key);
    records_close(f.r);
    return 0;
}
