/*
 * test_tls_listen - devices as clients without a device: hellos octet by octet, certificates by
 * OpenSSL's own verification, and clients that exist only here, each judged as what it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tls/listen_judge.h"
#include "tls/listen_stored.h"

#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>

#define NOW ((int64_t)1795242600) /* 2026-11-21T06:30:00Z */

/* ---- hellos ---------------------------------------------------------------------------------- */

struct shape {
    uint16_t version, highest;                          /* highest: TLS_13 for supported_versions */
    const uint16_t *suites, *groups, *schemes, *others; /* ended by 0 */
    const char *name, *alpn;
    bool staple, early;
};

static void put16(struct buffer *b, size_t n)
{
    buffer_char(b, (char)(n >> 8 & 0xff));
    buffer_char(b, (char)(n & 0xff));
}

static size_t length(const uint16_t *list)
{
    size_t n = 0;
    while (list && list[n]) {
        n++;
    }
    return n;
}

static void put_list(struct buffer *b, const uint16_t *list)
{
    put16(b, length(list) * 2);
    for (size_t i = 0; i < length(list); i++) {
        put16(b, list[i]);
    }
}

static void put_ext(struct buffer *b, unsigned type, const struct buffer *body)
{
    put16(b, type);
    put16(b, body->n);
    buffer_add(b, buffer_span(body));
}

static void put_list_ext(struct buffer *b, unsigned type, const uint16_t *list)
{
    struct buffer body;
    buffer_init(&body, 4096);
    put_list(&body, list);
    put_ext(b, type, &body);
    buffer_free(&body);
}

static void put_text_ext(struct buffer *b, unsigned type, const char *text)
{
    struct buffer body;
    size_t n = strlen(text);
    buffer_init(&body, 4096);
    if (type == 0) {
        put16(&body, n + 3);
        buffer_char(&body, 0);
        put16(&body, n);
    } else {
        put16(&body, n + 1);
        buffer_char(&body, (char)n);
    }
    buffer_str(&body, text);
    put_ext(b, type, &body);
    buffer_free(&body);
}

static void put_raw_ext(struct buffer *b, unsigned type, struct span s)
{
    put16(b, type);
    put16(b, s.n);
    buffer_add(b, s);
}

/* The message with its head. */
static void make_hello(const struct shape *s, struct buffer *out)
{
    struct buffer ext, body;
    buffer_init(&ext, 8192);
    buffer_init(&body, 16384);
    if (s->name) {
        put_text_ext(&ext, 0, s->name);
    }
    if (s->groups) {
        put_list_ext(&ext, 10, s->groups);
        put_raw_ext(&ext, 11, SPAN_LIT("\1\0"));
    }
    if (s->schemes) {
        put_list_ext(&ext, 13, s->schemes);
    }
    if (s->alpn) {
        put_text_ext(&ext, 16, s->alpn);
    }
    if (s->staple) {
        put_raw_ext(&ext, 5, SPAN_LIT("\1\0\0\0\0"));
    }
    if (s->early) {
        put_raw_ext(&ext, 42, SPAN_LIT(""));
    }
    if (s->highest == TLS_13) {
        put_raw_ext(&ext, 43, SPAN_LIT("\6\x0a\x0a\3\4\3\3"));
    }
    for (size_t i = 0; i < length(s->others); i++) {
        put_raw_ext(&ext, s->others[i], SPAN_LIT(""));
    }
    put16(&body, s->version);
    for (int i = 0; i < 32; i++) {
        buffer_char(&body, (char)i);
    }
    buffer_char(&body, 0);
    put_list(&body, s->suites);
    buffer_add(&body, SPAN_LIT("\1\0"));
    if (ext.n) {
        put16(&body, ext.n);
        buffer_add(&body, buffer_span(&ext));
    }
    buffer_char(out, 1);
    buffer_char(out, 0);
    put16(out, body.n);
    buffer_add(out, buffer_span(&body));
    assert_true(buffer_ok(out) && buffer_ok(&body) && buffer_ok(&ext));
    buffer_free(&ext);
    buffer_free(&body);
}

static const uint16_t modern[] = {0x1301, 0x1302, 0xc02f, 0xc02b, 0xc013, 0x009c, 0x002f, 0};
static const uint16_t modern_groups[] = {29, 23, 0}, modern_schemes[] = {0x0403, 0x0804, 0x0401, 0};
static const struct shape modern_shape = {.version = TLS_12,
                                          .highest = TLS_13,
                                          .suites = modern,
                                          .groups = modern_groups,
                                          .schemes = modern_schemes,
                                          .name = "Cam.Example.Org"};

/* The examples of the two fingerprints' own descriptions. */
static void test_fingerprints(void **state)
{
    static const uint16_t ja3_suites[] = {47,    53, 5,  10, 49161, 49162, 49171,
                                          49172, 50, 56, 19, 4,     0};
    static const uint16_t ja3_groups[] = {23, 24, 25, 0};
    static const uint16_t ja4_suites[] = {0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
                                          0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
                                          0x009c, 0x009d, 0x002f, 0x0035, 0};
    static const uint16_t ja4_schemes[] = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805,
                                           0x0501, 0x0806, 0x0601, 0};
    static const uint16_t ja4_others[] = {0x9a9a, 0x12,   0x15,   0x17, 0x1b,
                                          0x2d,   0x4469, 0xff01, 35,   0};
    struct shape old = {
        .version = TLS_10, .suites = ja3_suites, .groups = ja3_groups, .name = "a.b"};
    struct shape chrome = {.version = TLS_12,
                           .highest = TLS_13,
                           .suites = ja4_suites,
                           .groups = modern_groups,
                           .schemes = ja4_schemes,
                           .others = ja4_others,
                           .name = "a.b",
                           .alpn = "h2",
                           .staple = true};
    struct client_hello h;
    struct buffer b;
    char ja3[JA3_HASH], ja4[JA4_TEXT];
    (void)state;
    buffer_init(&b, 65536);
    make_hello(&old, &b);
    assert_true(client_hello_again(buffer_span(&b), false, &h));
    client_ja3(&h, ja3);
    assert_string_equal(ja3, "ada70206e40642a3e4461f35503241d5");
    b.n = 0;
    make_hello(&chrome, &b);
    assert_true(client_hello_again(buffer_span(&b), false, &h));
    h.extensions[h.extension_count++] = 51; /* a key share, whose octets do not matter here */
    client_ja4(&h, ja4);
    assert_string_equal(ja4, "t13d1516h2_8daaf6152771_e5627efa2ab1");
    buffer_free(&b);
}

static void test_hello(void **state)
{
    struct client_reader r;
    struct buffer message, records;
    (void)state;
    buffer_init(&message, 65536);
    buffer_init(&records, 65536);
    make_hello(&modern_shape, &message);
    for (size_t i = 0; i < message.n; i += 7) { /* seven octets a record */
        struct span part = span_sub(buffer_span(&message), i, 7);
        buffer_add(&records, SPAN_LIT("\x16\3\1"));
        put16(&records, part.n);
        buffer_add(&records, part);
    }
    client_reader_init(&r);
    for (size_t i = 0; i < records.n; i++) { /* one octet at a time */
        (void)client_reader_take(&r, span_sub(buffer_span(&records), i, 1));
    }
    assert_int_equal(r.state, CLIENT_HELLO);
    assert_string_equal(r.hello.name, "cam.example.org");
    assert_int_equal(r.hello.highest, TLS_13);
    assert_int_equal(r.hello.record_version, TLS_10);
    assert_true(r.hello.flags & CLIENT_GREASE);
    assert_true(client_offers_version(&r.hello, TLS_13) && client_offers_version(&r.hello, TLS_12));
    assert_false(client_offers_version(&r.hello, TLS_11));
    client_reader_free(&r);
    buffer_free(&message);
    buffer_free(&records);
}

/* What is no hello, and what each is called. */
static void test_no_hello(void **state)
{
    const struct {
        struct span bytes;
        enum client_reading want;
    } rows[] = {
        {SPAN_LIT("GET / HTTP/1.1\r\n"), CLIENT_PLAIN},
        {SPAN_LIT("\x10\x10\0\4MQTT"), CLIENT_PLAIN},
        {SPAN_LIT("\x16\2\0\0\5"), CLIENT_PLAIN},
        {SPAN_LIT("\x16\3\1\0\4\1\0\0\0"), CLIENT_BROKEN},       /* an empty hello */
        {SPAN_LIT("\x16\3\1\0\4\2\0\0\0"), CLIENT_BROKEN},       /* a ServerHello */
        {SPAN_LIT("\x16\3\1\0\4\1\xff\xff\xff"), CLIENT_BROKEN}, /* 16 MB */
        {SPAN_LIT("\x16\3\1\xff\xff"), CLIENT_BROKEN},           /* a record of 64 kB */
        {SPAN_LIT("\x16\3\1\0\1\1\x15\3\1\0\2"), CLIENT_BROKEN}, /* an alert in between */
        {SPAN_LIT("\x16\3\1\0\4"), CLIENT_MORE},
        {SPAN_LIT("\x80\x03\1\0"), CLIENT_MORE},
        {SPAN_LIT("\x80\x04\1\3\0\0"), CLIENT_BROKEN}, /* SSL 2.0 form, cut short */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client_reader r;
        client_reader_init(&r);
        if (client_reader_take(&r, rows[i].bytes) != rows[i].want) {
            fail_msg("row %zu: %d", i, r.state);
        }
        client_reader_free(&r);
    }
}

/* Records without content may not keep a connection busy for ever. */
static void test_endless(void **state)
{
    struct client_reader r;
    size_t n = 0;
    (void)state;
    client_reader_init(&r);
    while (client_reader_take(&r, SPAN_LIT("\x16\3\1\0\0")) == CLIENT_MORE && n < 100000) {
        n++;
    }
    assert_int_equal(r.state, CLIENT_BROKEN);
    assert_true(n <= CLIENT_HELLO_RECORDS);
    client_reader_free(&r);
}

/* ---- certificates ---------------------------------------------------------------------------- */

static struct case_list cases;
static struct tls_policy policy;
static struct arena *memory;

static const struct listen_case *row_of(const char *id)
{
    for (size_t i = 0; i < cases.count; i++) {
        if (strcmp(cases.rows[i].id, id) == 0) {
            return &cases.rows[i];
        }
    }
    fail_msg("no case %s", id);
    return NULL;
}

/* What OpenSSL says at security level 2, for a server of this name; X509_V_OK when nothing. */
static int verify(const struct lab *lab, const struct minted *m, const char *name, const char *ip)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *rest = sk_X509_new_null();
    assert_true(store && ctx && rest && X509_STORE_add_cert(store, lab->ca) == 1);
    for (size_t i = 1; i < m->count; i++) {
        assert_true(sk_X509_push(rest, m->chain[i]) > 0);
    }
    assert_int_equal(X509_STORE_CTX_init(ctx, store, m->chain[0], rest), 1);
    X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_purpose(p, X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set_auth_level(p, 2);
    X509_VERIFY_PARAM_set_time(p, (time_t)NOW);
    X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (name) {
        assert_int_equal(X509_VERIFY_PARAM_set1_host(p, name, 0), 1);
    } else {
        assert_int_equal(X509_VERIFY_PARAM_set1_ip_asc(p, ip), 1);
    }
    int error = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    sk_X509_free(rest);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return error;
}

/* Each certificate has the fault that it is named after, and the good ones have none. */
static const struct {
    const char *id;
    int error;
} faults[] = {
    {"good", X509_V_OK},
    {"self-signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
    {"unknown-ca", X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN},
    {"fake-ca", X509_V_ERR_CERT_SIGNATURE_FAILURE},
    {"bad-signature", X509_V_ERR_CERT_SIGNATURE_FAILURE},
    {"wrong-proof", X509_V_OK}, /* the fault is in the key exchange */
    {"wrong-name", X509_V_ERR_HOSTNAME_MISMATCH},
    {"null-in-name", X509_V_ERR_HOSTNAME_MISMATCH},
    {"wildcard-misuse", X509_V_ERR_HOSTNAME_MISMATCH},
    {"address-for-name", X509_V_ERR_HOSTNAME_MISMATCH},
    {"address-as-name", X509_V_ERR_IP_ADDRESS_MISMATCH},
    {"name-in-cn-only", X509_V_ERR_HOSTNAME_MISMATCH},
    {"expired", X509_V_ERR_CERT_HAS_EXPIRED},
    {"not-yet-valid", X509_V_ERR_CERT_NOT_YET_VALID},
    {"leaf-as-ca", X509_V_ERR_INVALID_CA},
    {"no-basic-constraints", X509_V_ERR_INVALID_CA},
    {"untrusted-intermediate", X509_V_ERR_CERT_SIGNATURE_FAILURE},
    {"path-too-long", X509_V_ERR_PATH_LENGTH_EXCEEDED},
    {"name-constraints", X509_V_ERR_PERMITTED_VIOLATION},
    {"wrong-usage", X509_V_ERR_INVALID_PURPOSE},
    {"critical-extension", X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION},
    {"revoked", X509_V_OK}, /* the staple says it */
    {"md5", X509_V_ERR_CA_MD_TOO_WEAK},
    {"sha1", X509_V_ERR_CA_MD_TOO_WEAK},
    {"rsa-1024", X509_V_ERR_EE_KEY_TOO_SMALL},
    {"other-key", X509_V_OK},
    {"good-tls12", X509_V_OK},
    {"good-tls13", X509_V_OK},
    {"good-intermediate", X509_V_OK},
    {"good-address", X509_V_OK},
};

static void try_mint(const struct lab *lab, const char *id, bool ec, int error)
{
    const struct listen_case *row = row_of(id);
    bool by_address = (row->needs & NEED_ADDRESS) != 0;
    const char *name = by_address ? NULL : "cam.lab.example.org";
    struct mint_order order = {
        .twists = row->twists, .name = name, .ip = "192.0.2.7", .ec = ec, .now = NOW};
    struct minted m;
    assert_int_equal(mint(lab, &order, &m), 0);
    int got = verify(lab, &m, name, order.ip);
    if (got != error && !(strcmp(id, "no-basic-constraints") == 0 && got != X509_V_OK)) {
        fail_msg("%s%s: %s, not %s", id, ec ? " (EC)" : "", X509_verify_cert_error_string(got),
                 X509_verify_cert_error_string(error));
    }
    assert_int_equal((row->twists & TWIST_REVOKED) != 0, m.staple != NULL);
    minted_free(&m);
}

static void test_certificates(void **state)
{
    char folder[] = "/tmp/test-lab-XXXXXX", error[LAB_ERROR] = "", path[64];
    static const char *const files[] = {"ca.key", "ca.pem", "server.key", "server-ec.key"};
    struct lab lab, again;
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(lab_open(folder, NOW, &lab, error), 0);
    assert_true(lab.made);
    assert_int_equal(lab_prepare(&lab), 0);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        try_mint(&lab, faults[i].id, false, faults[i].error);
        if (strcmp(faults[i].id, "rsa-1024") != 0) {
            try_mint(&lab, faults[i].id, true, faults[i].error);
        }
    }
    assert_int_equal(lab_open(folder, NOW, &again, error), 0); /* the same CA and pinned key */
    assert_false(again.made);
    assert_int_equal(X509_cmp(lab.ca, again.ca), 0);
    assert_int_equal(EVP_PKEY_eq(lab.server, again.server), 1);
    lab_close(&again);
    assert_int_equal(lab_open(folder, NOW + (int64_t)20 * 365 * 86400, &again, error), 1);
    lab_close(&again);
    lab_close(&lab);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

/* ---- clients --------------------------------------------------------------------------------- */

/* A client that exists only here. */
struct sim {
    struct shape shape;
    const struct shape *second;  /* another program: comes every other time */
    bool second_sees_all;        /* it verifies, and trusts nothing at all */
    const struct shape *lower;   /* comes back with it after a refusal */
    const char *accepts[16];     /* bad cases that it takes; "*": all */
    const char *refuses[8];      /* good cases that it does not take */
    enum attempt_end how;        /* how it rejects */
    unsigned ends_after;         /* connections; 0: none */
    bool silent, starttls, once; /* once: takes a bad case the first time only */
};

static bool listed(const char *const *list, size_t n, const char *id)
{
    for (size_t i = 0; i < n && list[i]; i++) {
        if (strcmp(list[i], id) == 0 || strcmp(list[i], "*") == 0) {
            return true;
        }
    }
    return false;
}

static void behave(const struct sim *s, bool second, const struct listen_case *row,
                   struct attempt *a, unsigned turn)
{
    bool bad = row->expect == EXPECT_REJECT;
    bool takes = bad ? listed(s->accepts, 16, row->id) : !listed(s->refuses, 8, row->id);
    if (s->once && bad) {
        takes = takes && turn < 60;
    }
    if (second && s->second_sees_all) {
        takes = false;
    }
    a->end = row->serve == SERVE_REFUSE ? END_REFUSED
             : s->silent && bad         ? END_SILENT
             : takes                    ? END_ACCEPT
                                        : (s->how ? s->how : END_ALERT);
    a->alert = a->end == END_ALERT ? 42 : 0;
    a->pdu = a->end == END_ACCEPT ? PDU_HTTP : PDU_NONE;
}

static const struct plan_options options = {.repeat = 2, .first = SIZE_MAX};

/* Plays it to the end. */
static struct listen_client *play(const struct sim *s, unsigned *turns)
{
    struct listen_client *c = arena_alloc(memory, sizeof *c);
    bool lower = false;
    assert_non_null(c);
    c->arena = memory;
    c->ip = "192.0.2.7";
    c->port = 443;
    c->name = "cam.example.org";
    c->starttls = s->starttls;
    for (*turns = 0; !plan_complete(c, &cases, &options) && *turns < 400; ++*turns) {
        struct client_hello h;
        struct attempt *a;
        struct buffer b;
        bool second = s->second && *turns % 2;
        if (s->ends_after && *turns >= s->ends_after) {
            break;
        }
        size_t mail = c->hellos ? plan_mail(c, &cases, &options, NOW, &a) : cases.count;
        if (mail < cases.count) {
            behave(s, second, &cases.rows[mail], a, *turns);
            continue;
        }
        buffer_init(&b, 65536);
        make_hello(second ? s->second : lower ? s->lower : &s->shape, &b);
        assert_true(client_hello_again(buffer_span(&b), false, &h));
        int print = plan_hello(c, &cases, &h, buffer_span(&b));
        assert_true(print >= 0);
        size_t row = plan_case(c, &cases, &options, &h, print, NOW + *turns, &a);
        assert_non_null(a);
        assert_true(case_fits(&cases.rows[row], &h, false, s->starttls));
        behave(s, second, &cases.rows[row], a, *turns);
        lower = s->lower && !lower && a->end == END_REFUSED;
        buffer_free(&b);
    }
    return c;
}

static bool seen[CHECK_COUNT];

static struct listen_report *judged(const struct listen_client *c, unsigned level)
{
    struct known_keys none = {0};
    struct listen_report *r = arena_alloc(memory, sizeof *r);
    assert_non_null(r);
    struct report_basis basis = {.policy = &policy, .level = level, .known = &none, .now = NOW};
    assert_int_equal(listen_judge(r, memory, c, &cases, &basis), 0);
    for (const struct check_finding *f = r->findings.first; f; f = f->next) {
        seen[f->id] = true;
    }
    return r;
}

static struct listen_report *played(const struct sim *s)
{
    unsigned turns;
    return judged(play(s, &turns), 3);
}

static enum case_verdict verdict_of(const struct listen_report *r, const char *id)
{
    return r->results[row_of(id) - cases.rows].verdict;
}

static enum result requirement(const struct listen_report *r, const char *id)
{
    for (size_t i = 0; i < r->requirement_count; i++) {
        if (strcmp(r->requirements[i].row->id, id) == 0) {
            return r->requirements[i].result;
        }
    }
    fail_msg("no requirement %s", id);
    return RESULT_FAIL;
}

static bool finds(const struct listen_report *r, enum check id)
{
    for (const struct check_finding *f = r->findings.first; f; f = f->next) {
        if (f->id == id) {
            return true;
        }
    }
    return false;
}

static void test_sound(void **state)
{
    unsigned turns;
    struct sim s = {.shape = modern_shape};
    struct listen_client *c = play(&s, &turns);
    struct listen_report *r = judged(c, 1);
    (void)state;
    assert_true(plan_complete(c, &cases, &options));
    assert_true(turns < 3 * cases.count);
    assert_int_equal(r->overall, RESULT_PASS);
    assert_int_equal(requirement(r, "ASVS-C.8"), RESULT_PASS);
    for (size_t i = 0; i < cases.count; i++) {
        const struct case_result *one = &r->results[i];
        bool rejects = one->row->expect == EXPECT_REJECT;
        if (one->verdict == SEEN_NOT_OFFERED || one->verdict == SEEN_NOT_TESTED) {
            continue;
        }
        if (one->verdict != (rejects ? SEEN_REJECT : SEEN_ACCEPT)) {
            fail_msg("%s: %s (%s)", one->row->id, verdict_name(one->verdict), one->why);
        }
    }
    s.how = END_AFTER; /* as wget does: without an alert, after the handshake */
    assert_int_equal(verdict_of(played(&s), "wrong-name"), SEEN_REJECT_AFTER);
}

/* Each bad case alone is found, whatever else the client does right. */
static void test_each_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < cases.count; i++) {
        const struct listen_case *row = &cases.rows[i];
        static const uint16_t weak[] = {0x1301, 0xc02f, 0x0033, 0x002f, 0x0005,
                                        0x000a, 0x0003, 0x0034, 0x003b, 0};
        struct sim s = {.shape = modern_shape, .starttls = (row->needs & NEED_STARTTLS) != 0};
        s.shape.suites = weak;
        s.shape.staple = true;
        s.shape.name = row->needs & NEED_ADDRESS ? NULL : s.shape.name;
        if (row->expect == EXPECT_ANY || row->control || row->serve == SERVE_REFUSE) {
            continue;
        }
        if (row->expect == EXPECT_REJECT) {
            s.accepts[0] = row->id;
        } else {
            s.refuses[0] = row->id;
        }
        struct listen_report *r = played(&s);
        if (!finds(r, row->finding)) {
            fail_msg("%s does not lead to %s", row->id, check_row(row->finding)->code);
        }
    }
}

static void test_never_connected(void **state)
{
    struct sim s = {.shape = modern_shape, .refuses = {"*"}};
    struct listen_report *r = played(&s);
    (void)state;
    assert_int_equal(verdict_of(r, "self-signed"), SEEN_INCONCLUSIVE);
    assert_int_equal(verdict_of(r, "good"), SEEN_REJECT);
    assert_int_equal(requirement(r, "ASVS-C.8"), RESULT_INCONCLUSIVE);
    assert_int_equal(r->overall, RESULT_INCONCLUSIVE);
    assert_true(finds(r, CHECK_CLIENT_NO_CONTROL));
    s.accepts[0] = "self-signed"; /* what it accepts counts all the same */
    r = played(&s);
    assert_int_equal(verdict_of(r, "self-signed"), SEEN_ACCEPT);
    assert_int_equal(r->overall, RESULT_FAIL);
}

static void test_goes_away(void **state)
{
    struct sim s = {.shape = modern_shape, .ends_after = 12};
    struct listen_report *r = played(&s);
    (void)state;
    assert_int_equal(verdict_of(r, "self-signed"), SEEN_REJECT);
    assert_int_equal(verdict_of(r, "expired"), SEEN_NO_CONNECTION);
    assert_int_equal(requirement(r, "ASVS-C.8"), RESULT_INCONCLUSIVE);
    s.how = END_CLOSED; /* it may have died: nothing good came after the last refusals */
    s.ends_after = 4;
    r = played(&s);
    assert_int_equal(verdict_of(r, "self-signed"), SEEN_INCONCLUSIVE);
    assert_int_equal(verdict_of(r, "good"), SEEN_ACCEPT);
    assert_true(finds(r, CHECK_CLIENT_UNCLEAR));
    s = (struct sim){.shape = modern_shape, .silent = true};
    assert_int_equal(verdict_of(played(&s), "self-signed"), SEEN_INCONCLUSIVE);
}

/* Two programs behind one name: that one is known to work says nothing about the other. */
static void test_two_programs(void **state)
{
    static const uint16_t other_suites[] = {0x1301, 0xc02f, 0};
    struct shape other = modern_shape;
    struct sim s = {.shape = modern_shape, .second = &other, .second_sees_all = true};
    unsigned turns;
    (void)state;
    other.suites = other_suites;
    struct listen_client *c = play(&s, &turns);
    struct listen_report *r = judged(c, 1);
    assert_int_equal(c->print_count, 2);
    for (size_t i = 0; i < cases.count; i++) {
        bool first = false, any = false;
        for (size_t k = 0; k < c->attempt_count; k++) {
            bool mine = c->attempts[k].row == i && c->attempts[k].end == END_ALERT;
            any |= mine;
            first |= mine && c->attempts[k].print == 0;
        }
        if (any && !first && cases.rows[i].expect == EXPECT_REJECT) {
            assert_int_equal(r->results[i].verdict, SEEN_INCONCLUSIVE);
        }
    }
    struct sim mixed = {.shape = modern_shape, .accepts = {"*"}, .once = true};
    assert_true(finds(played(&mixed), CHECK_CLIENT_MIXED));
}

static void test_fallback(void **state)
{
    static const uint16_t old_suites[] = {0x002f, 0};
    struct shape old = {.version = TLS_10, .suites = old_suites, .name = "cam.example.org"};
    struct sim s = {.shape = modern_shape, .lower = &old, .accepts = {"tls10"}};
    struct listen_report *r = played(&s);
    (void)state;
    assert_int_equal(verdict_of(r, "fallback"), SEEN_ACCEPT);
    assert_int_equal(verdict_of(r, "tls10"), SEEN_ACCEPT);
    assert_true(finds(r, CHECK_CLIENT_FALLS_BACK) && finds(r, CHECK_CLIENT_OLD_VERSION));
    assert_int_equal(requirement(r, "ASVS-9.1.3"), RESULT_FAIL);
    s.lower = NULL;
    s.accepts[0] = NULL;
    assert_int_equal(verdict_of(played(&s), "fallback"), SEEN_REJECT);
}

static void test_hello_findings(void **state)
{
    struct sim s = {.shape = modern_shape};
    unsigned turns;
    (void)state;
    s.shape.early = true;
    s.shape.name = NULL;
    struct listen_client *c = play(&s, &turns);
    c->plain = 1;
    c->plain_pdu = PDU_MQTT;
    c->prints[0].hello.flags |= CLIENT_COMPRESSION;
    struct listen_report *r = judged(c, 1);
    assert_true(finds(r, CHECK_CLIENT_EARLY_DATA) && finds(r, CHECK_CLIENT_NO_SNI));
    assert_true(finds(r, CHECK_CLIENT_PLAINTEXT) && finds(r, CHECK_CLIENT_COMPRESS));
    assert_int_equal(requirement(r, "ASVS-C.7"), RESULT_FAIL);
    assert_int_equal(verdict_of(r, "good-address"), SEEN_ACCEPT);
}

static void test_every_finding(void **state)
{
    (void)state;
    for (int i = CHECK_CLIENT_NO_CHAIN; i <= CHECK_CLIENT_NO_SNI; i++) {
        if (!seen[i]) {
            fail_msg("no client gives %s", check_row((enum check)i)->code);
        }
    }
}

/* ---- records and cases ----------------------------------------------------------------------- */

static void test_stored(void **state)
{
    static const uint16_t old_suites[] = {0x002f, 0};
    struct shape old = {.version = TLS_10, .suites = old_suites, .name = "cam.example.org"};
    struct sim s = {.shape = modern_shape, .lower = &old, .accepts = {"tls10", "expired"}};
    char error[LISTEN_STORED_ERROR] = "";
    struct listen_client *again = NULL;
    struct buffer file, first, second;
    unsigned turns;
    (void)state;
    struct listen_client *c = play(&s, &turns);
    buffer_init(&file, 1 << 20);
    buffer_init(&first, 1 << 20);
    buffer_init(&second, 1 << 20);
    listen_stored_write(c, &cases, &file);
    assert_true(buffer_ok(&file) && listen_is_stored(buffer_span(&file)));
    assert_int_equal(listen_stored_read(memory, buffer_span(&file), &cases, &again, error), 0);
    listen_json(judged(c, 2), &first);
    listen_json(judged(again, 2), &second);
    assert_true(buffer_ok(&first) && span_eq(buffer_span(&first), buffer_span(&second)));
    /* Cut anywhere, or with any octet changed, it is read or refused. */
    for (size_t i = 0; i < file.n; i += 97) {
        struct arena *a = arena_new(16 << 20);
        assert_true(listen_stored_read(a, span_make(file.p, i), &cases, &again, error) >= 0);
        file.p[i] ^= 0x15;
        assert_true(listen_stored_read(a, buffer_span(&file), &cases, &again, error) >= 0);
        file.p[i] ^= 0x15;
        arena_free(a);
    }
    buffer_free(&file);
    buffer_free(&first);
    buffer_free(&second);
}

static void test_case_files(void **state)
{
    static const char *const wrong[] = {
        "{}",
        "[",
        "{\"schema\":\"satyapan-tls-cases/1\",\"cases\":[]}",
        "{\"schema\":\"satyapan-tls-cases/1\",\"cases\":[{\"id\":\"a\"}]}",
        "{\"schema\":\"satyapan-tls-cases/"
        "1\",\"cases\":[{\"id\":\"a\",\"text\":\"\",\"text_hi\":\"\","
        "\"cite\":\"\",\"expect\":\"accept\"}]}",
        "{\"schema\":\"satyapan-tls-cases/"
        "1\",\"cases\":[{\"id\":\"a\",\"text\":\"\",\"text_hi\":\"\","
        "\"cite\":\"\",\"control\":true,\"certificate\":[\"odd\"]}]}",
        "{\"schema\":\"satyapan-tls-cases/"
        "1\",\"cases\":[{\"id\":\"a\",\"text\":\"\",\"text_hi\":\"\","
        "\"cite\":\"\",\"control\":true},{\"id\":\"a\",\"text\":\"\",\"text_hi\":\"\",\"cite\":"
        "\"\","
        "\"control\":true}]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct case_list list;
        char error[CASE_ERROR] = "";
        assert_int_equal(cases_read(memory, span_str(wrong[i]), &list, error), 1);
        assert_true(error[0] != 0);
    }
    for (size_t i = 0; i < cases.count; i++) { /* each that can be wrong breaks a requirement */
        char ids[512];
        const struct listen_case *c = &cases.rows[i];
        bool needs = c->expect == EXPECT_REJECT;
        assert_true(!needs || *listen_requirements(&policy, c->finding, ids, sizeof ids));
    }
}

static int set_up(void **state)
{
    char error[CASE_ERROR];
    (void)state;
    memory = arena_new((size_t)512 << 20);
    return memory && cases_read(memory, cases_builtin(), &cases, error) == 0 &&
                   policy_read(memory, policy_builtin(), &policy, error) == 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(memory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fingerprints),  cmocka_unit_test(test_hello),
        cmocka_unit_test(test_no_hello),      cmocka_unit_test(test_endless),
        cmocka_unit_test(test_certificates),  cmocka_unit_test(test_sound),
        cmocka_unit_test(test_each_fault),    cmocka_unit_test(test_never_connected),
        cmocka_unit_test(test_goes_away),     cmocka_unit_test(test_two_programs),
        cmocka_unit_test(test_fallback),      cmocka_unit_test(test_hello_findings),
        cmocka_unit_test(test_stored),        cmocka_unit_test(test_case_files),
        cmocka_unit_test(test_every_finding),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
