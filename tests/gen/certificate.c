/*
 * certificate - renders a certificate's data as `satyapan issue` does, unsigned, with a QR code
 * signed by a key of the tests, for tests/e2e/issue_render.py and the bench.
 *
 * usage: certificate DATA.json OUT.pdf [WATERMARK]
 *        certificate --bench DATA.json ROUNDS       prints pages, seconds of the processor, octets
 * Prints "qr TEXT" and "place PAGE X Y W H".
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "issue/issue.h"
#include "issue/qr.h"

enum { MAX = 64 << 20 };

/* 2026-11-22T06:30:00Z */
static const int64_t created = 1795329000;
static uint8_t seed[NOTE_KEY] = {'t', 'e', 's', 't'};

static _Noreturn void broken(const char *what, const char *why)
{
    (void)fprintf(stderr, "certificate: %s: %s\n", what, why);
    exit(70);
}

static struct note_key test_key(void)
{
    struct note_key k;
    uint8_t pub[NOTE_KEY];
    size_t n = sizeof pub;
    EVP_PKEY *p = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, NOTE_KEY);
    if (!p || EVP_PKEY_get_raw_public_key(p, pub, &n) != 1 ||
        note_key_make("register.example.in/iotscs", NOTE_ED25519, pub, &k) != 0) {
        broken("key", "cannot be made");
    }
    EVP_PKEY_free(p);
    return k;
}

static const char *text_of(const json_t *data, const char *key, const char *otherwise)
{
    const char *s = json_string_value(json_object_get(data, key));
    return s ? s : otherwise;
}

static void put_qr(const json_t *data, struct span json, struct buffer *out)
{
    struct note_key key = test_key();
    struct qr_claim c = {.as_of = DATE_NONE};
    (void)snprintf(c.url, sizeof c.url, "%s", text_of(data, "url", "https://iotscs.example.in/"));
    (void)snprintf(c.number, sizeof c.number, "%s", text_of(data, "number", "DRAFT"));
    if (!date_parse(span_str(text_of(data, "issued_on", "")), &c.as_of) ||
        !date_parse(span_str(text_of(data, "valid_to", "")), &c.valid_to) ||
        hash_sha256(json, c.data) != 0 ||
        qr_make(&c, &key, &(struct note_signer){note_seed_sign, seed}, out) != 0) {
        broken("qr", "cannot be made");
    }
}

/* Everything that comes before the signature. */
static int make(struct renderer *r, const json_t *data, const char *watermark, struct buffer *out,
                struct buffer *qr, struct render_place *place)
{
    struct buffer json, xml;
    char why[ISSUE_WHY];
    buffer_init(&json, MAX);
    buffer_init(&xml, MAX);
    if (issue_json(data, &json) != 0 || issue_xml(data, &xml) != 0) {
        broken("data", "cannot be written");
    }
    put_qr(data, buffer_span(&json), qr);
    struct render_options o = {.watermark = watermark,
                               .qr = buffer_cstr(qr),
                               .created = created,
                               .json = buffer_span(&json),
                               .xml = buffer_span(&xml)};
    int rc = render_pdf(r, data, &o, out, place, why);
    if (rc != 0) {
        (void)fprintf(stderr, "certificate: %s\n", why);
    }
    buffer_free(&json);
    buffer_free(&xml);
    return rc;
}

static int save(const char *path, struct span s)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(s.p, 1, s.n, f) != s.n || fclose(f) != 0) {
        broken(path, "cannot be written");
    }
    return 0;
}

/* Of the processor: how fast it is alone, whatever else the machine does. */
static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t pages_of(struct span pdf)
{
    size_t n = 0, at = 0;
    while ((at = span_find(pdf, SPAN_LIT("/Type /Page %"), at)) != SIZE_MAX) {
        at++;
        n++;
    }
    return n;
}

static int bench(struct renderer *r, const json_t *data, unsigned rounds)
{
    size_t pages = 0, octets = 0;
    double start = now();
    for (unsigned i = 0; i < rounds; i++) {
        struct buffer out, qr;
        struct render_place place;
        buffer_init(&out, MAX);
        buffer_init(&qr, QR_TEXT);
        if (make(r, data, NULL, &out, &qr, &place) != 0) {
            return 1;
        }
        pages += pages_of(buffer_span(&out));
        octets += out.n;
        buffer_free(&out);
        buffer_free(&qr);
    }
    (void)printf("%zu %.6f %zu\n", pages, now() - start, octets / (rounds ? rounds : 1));
    return 0;
}

int main(int argc, char **argv)
{
    char why[ISSUE_WHY];
    struct renderer *r;
    struct buffer out, qr;
    struct render_place place;
    bool timed = argc == 4 && strcmp(argv[1], "--bench") == 0;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: certificate DATA.json OUT.pdf [WATERMARK]\n");
        return 64;
    }
    json_t *data = json_load_file(argv[timed ? 2 : 1], JSON_REJECT_DUPLICATES, NULL);
    if (!data) {
        broken(argv[1], "no JSON");
    }
    if (renderer_open(NULL, NULL, &r, why) != 0) {
        broken("fonts", why);
    }
    buffer_init(&out, MAX);
    buffer_init(&qr, QR_TEXT);
    int rc = issue_check(data, NULL, why);
    if (rc != 0) {
        (void)fprintf(stderr, "certificate: %s\n", why);
    } else if (timed) {
        rc = bench(r, data, (unsigned)strtoul(argv[3], NULL, 10));
    } else {
        rc = make(r, data, argc > 3 ? argv[3] : NULL, &out, &qr, &place);
        rc = rc ? rc : save(argv[2], buffer_span(&out));
        (void)printf("qr %s\nplace %d %.2f %.2f %.2f %.2f\n", buffer_cstr(&qr), place.page, place.x,
                     place.y, place.w, place.h);
    }
    buffer_free(&out);
    buffer_free(&qr);
    json_decref(data);
    renderer_close(r);
    return rc;
}
