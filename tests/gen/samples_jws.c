/*
 * samples_jws - JSON signatures: JWS and JAdES as they should be, and forged ones.
 *
 * RFC 7515, 7518, 7797, 8037; ETSI TS 119 182-1. Headers are written as text, so that everything
 * can be wrong in them.
 */
#include "declaration.h"
#include "hierarchy.h"
#include "samples.h"

#include <openssl/hmac.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct tst_spec stamp_good = {.tsa = "tsa", .when = -10 * DAY};
static const struct tst_spec stamp_imprint = {
    .tsa = "tsa", .when = -10 * DAY, .flags = TST_BAD_IMPRINT};

/* ---- text ---- */

static char *text_of(struct span s)
{
    return gen_printf("%.*s", (int)s.n, (const char *)s.p);
}

static char *base64(struct span data)
{
    struct span s = gen_base64(data, 1 << 30);
    while (s.n && s.p[s.n - 1] == '\n') {
        s.n--;
    }
    return text_of(s);
}

static char *url(struct span data)
{
    char *s = base64(data);
    for (char *p = s; *p; p++) {
        *p = (char)(*p == '+' ? '-' : *p == '/' ? '_' : *p);
    }
    s[strcspn(s, "=")] = 0;
    return s;
}

static char *url_text(const char *s)
{
    return url(span_str(s));
}

/* "a","b" of certificates. */
static char *x5c(const char *labels)
{
    char *out = gen_printf("%s", "");
    for (char *label; (label = gen_word(&labels)) != NULL;) {
        out = gen_printf("%s%s\"%s\"", out, *out ? "," : "", base64(pki_find(label)->der));
    }
    return out;
}

static char *thumbprint(const char *label, enum digest_id digest)
{
    return url(digest_of(digest, pki_find(label)->der));
}

/* ---- values ---- */

struct maker {
    const char *alg;
    const char *cert;
    enum sig_id sig;
    enum digest_id digest;
    size_t half; /* of an ECDSA value */
};

static const struct maker makers[] = {
    {"RS256", "signer", SIG_RSA, DIGEST_SHA256, 0},
    {"RS384", "signer", SIG_RSA, DIGEST_SHA384, 0},
    {"RS512", "signer", SIG_RSA, DIGEST_SHA512, 0},
    {"PS256", "signer", SIG_PSS, DIGEST_SHA256, 0},
    {"PS384", "signer", SIG_PSS, DIGEST_SHA384, 0},
    {"PS512", "signer", SIG_PSS, DIGEST_SHA512, 0},
    {"ES256", "signer-p256", SIG_ECDSA, DIGEST_SHA256, 32},
    {"ES384", "signer-p384", SIG_ECDSA, DIGEST_SHA384, 48},
    {"ES512", "signer-p521", SIG_ECDSA, DIGEST_SHA512, 66},
    {"EdDSA", "signer-ed25519", SIG_ED25519, DIGEST_SHA512, 0},
};

/* R and S side by side, from DER. */
static struct span raw_ecdsa(struct span der, size_t half)
{
    uint8_t *out = gen_alloc(2 * half);
    struct span rest = gen_body(der);
    for (size_t i = 0; i < 2; i++) {
        size_t n = rest.p[1];
        struct span number = span_sub(rest, 2, n);
        rest = span_sub(rest, 2 + n, rest.n);
        while (number.n > half) {
            number = span_sub(number, 1, number.n);
        }
        memcpy(out + i * half + half - number.n, number.p, number.n);
    }
    return span_make(out, 2 * half);
}

static struct span value(const struct maker *m, const char *input)
{
    struct span v = sig_make(pki_find(m->cert)->spec.key, m->sig, m->digest, span_str(input));
    return m->half ? raw_ecdsa(v, m->half) : v;
}

/* What the good headers have, without the outer braces. */
static char *usual(const struct maker *m)
{
    return gen_printf(
        "\"alg\":\"%s\",\"x5c\":[%s],\"x5t#S256\":\"%s\",\"sigT\":\"2026-11-21T05:30:00Z\"", m->alg,
        x5c(gen_printf("%s subca ca", m->cert)), thumbprint(m->cert, DIGEST_SHA256));
}

/* One signature, in pieces. */
struct piece {
    char *protected;
    const char *payload, *signature;
};

/* header: with its braces. payload: as it stands in the signing input. */
static struct piece sign(const struct maker *m, const char *header, const char *payload)
{
    struct piece p = {url_text(header), gen_printf("%s", payload), NULL};
    p.signature = url(value(m, gen_printf("%s.%s", p.protected, payload)));
    return p;
}

static struct piece usual_piece(const struct maker *m)
{
    return sign(m, gen_printf("{%s}", usual(m)), url_text(declaration_letter));
}

/* ---- serialisations ---- */

static void put(const char *dir, const char *name, const char *text)
{
    gen_write(dir, gen_printf("jws/%s", name), span_str(text));
}

static void compact(const char *dir, const char *name, struct piece p)
{
    put(dir, gen_printf("%s.jws", name),
        gen_printf("%s.%s.%s\n", p.protected, p.payload, p.signature));
}

static void detached(const char *dir, const char *name, struct piece p)
{
    put(dir, gen_printf("%s.jws", name), gen_printf("%s..%s", p.protected, p.signature));
}

/* extra: more members, each beginning with a comma. */
static char *flattened_text(struct piece p, const char *extra)
{
    return gen_printf("{\"payload\":\"%s\",\"protected\":\"%s\",\"signature\":\"%s\"%s}\n",
                      p.payload, p.protected, p.signature, extra);
}

static void flattened(const char *dir, const char *name, struct piece p, const char *extra)
{
    put(dir, gen_printf("%s.json", name), flattened_text(p, extra));
}

/* A compact one whose header is this text. */
static void header(const char *dir, const char *name, const struct maker *m, const char *text)
{
    compact(dir, name, sign(m, text, url_text(declaration_letter)));
}

/* ---- good ones ---- */

static void write_algorithms(const char *dir)
{
    for (size_t i = 0; i < COUNT(makers); i++) {
        char *name = gen_printf("%s", makers[i].alg);
        for (char *c = name; *c; c++) {
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
        }
        compact(dir, name, usual_piece(&makers[i]));
    }
    struct maker ed = makers[9];
    ed.alg = "Ed25519";
    compact(dir, "ed25519-name", usual_piece(&ed));
}

static void write_forms(const char *dir)
{
    const struct maker *rs = &makers[0];
    struct maker second = *rs;
    second.cert = "signer-second";
    struct piece one = usual_piece(rs), two = usual_piece(&second);
    flattened(dir, "flattened", one, "");
    put(dir, "general.json",
        gen_printf("{ \"payload\": \"%s\",\n  \"signatures\": [\n    {\"protected\":\"%s\","
                   "\"signature\":\"%s\"},\n    {\"protected\":\"%s\",\"signature\":\"%s\"} ] }\n",
                   one.payload, one.protected, one.signature, two.protected, two.signature));
    flattened(dir, "unsigned-member", one, ",\"amount\":\"100\"");
    flattened(dir, "unsigned-in-header", one, ",\"header\":{\"amount\":\"100\"}");
    flattened(dir, "unsigned-in-etsiu", one, ",\"header\":{\"etsiU\":[{\"amount\":\"100\"}]}");
    flattened(dir, "unsigned-words", one, ",\"header\":{\"cty\":\"The amount is 100, not 10.\"}");
    flattened(dir, "unsigned-words-etsiu", one,
              ",\"header\":{\"etsiU\":[{\"xVals\":[{\"x509Cert\":\"The amount is 100.\"}]}]}");
    put(dir, "general-one-altered.json",
        gen_printf(
            "{\"payload\":\"%s\",\"signatures\":[{\"protected\":\"%s\",\"signature\":\"%s\"},"
            "{\"protected\":\"%s\",\"signature\":\"%s\"}]}",
            one.payload, one.protected, one.signature, two.protected, one.signature));
    header(dir, "no-time", rs,
           gen_printf("{\"alg\":\"RS256\",\"x5c\":[%s],\"x5t#S256\":\"%s\"}",
                      x5c("signer subca ca"), thumbprint("signer", DIGEST_SHA256)));
    header(
        dir, "no-thumbprint", rs,
        gen_printf("{\"alg\":\"RS256\",\"x5c\":[%s],\"iat\":1795239000}", x5c("signer subca ca")));
    header(dir, "iat", rs,
           gen_printf(
               "{\"alg\":\"RS256\",\"x5c\":[%s],\"x5t#o\":{\"digAlg\":\"S512\",\"digVal\":\"%s\"},"
               "\"iat\":1795239000,\"crit\":[\"x5t#o\"]}",
               x5c("signer subca ca"), thumbprint("signer", DIGEST_SHA512)));
    header(dir, "certificate-named", rs,
           gen_printf("{\"alg\":\"RS256\",\"x5t#S256\":\"%s\",\"sigT\":\"2026-11-21T05:30:00Z\"}",
                      thumbprint("signer", DIGEST_SHA256)));
    header(dir, "white-space", rs, gen_printf("{\r\n %s }", usual(rs)));
}

static void write_detached(const char *dir)
{
    const struct maker *rs = &makers[0];
    char *letter = url_text(declaration_letter);
    const char *uri = "\"pars\":[\"letter.txt\"]";
    char *hash = url(digest_of(DIGEST_SHA256, span_str(letter)));
    char *raw_hash = url(digest_of(DIGEST_SHA256, span_str(declaration_letter)));
    const char *method = "\"mId\":\"http://uri.etsi.org/19182/ObjectId";
    detached(dir, "detached", usual_piece(rs));
    struct piece ed = usual_piece(&makers[9]);
    detached(dir, "detached-eddsa", ed);
    detached(dir, "detached-unencoded",
             sign(rs, gen_printf("{%s,\"b64\":false,\"crit\":[\"b64\"]}", usual(rs)),
                  declaration_letter));
    detached(
        dir, "by-uri",
        sign(rs,
             gen_printf("{%s,\"sigD\":{%sByURI\",%s},\"crit\":[\"sigD\"]}", usual(rs), method, uri),
             letter));
    detached(
        dir, "by-hash",
        sign(rs,
             gen_printf("{%s,\"sigD\":{%sByURIHash\",%s,\"hashM\":\"S256\",\"hashV\":[\"%s\"]},"
                        "\"crit\":[\"sigD\"]}",
                        usual(rs), method, uri, hash),
             ""));
    detached(
        dir, "by-hash-unencoded",
        sign(rs,
             gen_printf("{%s,\"sigD\":{%sByURIHash\",%s,\"hashM\":\"S256\",\"hashV\":[\"%s\"]},"
                        "\"b64\":false,\"crit\":[\"sigD\",\"b64\"]}",
                        usual(rs), method, uri, raw_hash),
             ""));
    detached(
        dir, "by-hash-two",
        sign(rs,
             gen_printf("{%s,\"sigD\":{%sByURIHash\",\"pars\":[\"a\",\"b\"],\"hashM\":\"S256\","
                        "\"hashV\":[\"%s\",\"%s\"]},\"crit\":[\"sigD\"]}",
                        usual(rs), method, hash, raw_hash),
             ""));
    detached(
        dir, "by-hash-uneven",
        sign(rs,
             gen_printf("{%s,\"sigD\":{%sByURIHash\",\"pars\":[\"a\",\"b\"],\"hashM\":\"S256\","
                        "\"hashV\":[\"%s\"]},\"crit\":[\"sigD\"]}",
                        usual(rs), method, hash),
             ""));
    detached(dir, "by-headers",
             sign(rs,
                  gen_printf("{%s,\"sigD\":{\"mId\":\"http://uri.etsi.org/19182/HttpHeaders\","
                             "\"pars\":[\"digest\"]},\"crit\":[\"sigD\"]}",
                             usual(rs)),
                  letter));
    flattened(dir, "unencoded",
              sign(rs, gen_printf("{%s,\"b64\":false,\"crit\":[\"b64\"]}", usual(rs)), "$.02"), "");
}

static char *tokens(const struct tst_spec *spec, struct piece p)
{
    return gen_printf("{\"sigTst\":{\"tstTokens\":[{\"val\":\"%s\"}]}}",
                      base64(tst_make(spec, span_str(p.signature))));
}

static void write_unsigned(const char *dir)
{
    const struct maker *rs = &makers[0];
    struct piece p = usual_piece(rs);
    char *stamp = tokens(&stamp_good, p);
    const char *issuers[] = {"subca", "ca", "root"};
    char *crls = gen_printf("%s", "");
    for (size_t i = 0; i < COUNT(issuers); i++) {
        struct crl_spec crl = {.name = "x", .issuer = issuers[i], .from = -1 * DAY, .to = 6 * DAY};
        crls = gen_printf("%s%s{\"val\":\"%s\"}", crls, i ? "," : "", base64(pki_crl(&crl)));
    }
    char *values = gen_printf("{\"xVals\":[{\"x509Cert\":{\"val\":\"%s\"}}]},"
                              "{\"rVals\":{\"crlVals\":[%s]}}",
                              base64(pki_find("tsa")->der), crls);
    flattened(dir, "stamped", p, gen_printf(",\"header\":{\"etsiU\":[%s]}", stamp));
    flattened(dir, "stamped-encoded", p,
              gen_printf(",\"header\":{\"etsiU\":[\"%s\"]}", url_text(stamp)));
    flattened(dir, "long-term", p, gen_printf(",\"header\":{\"etsiU\":[%s,%s]}", stamp, values));
    flattened(dir, "stamp-of-other", p,
              gen_printf(",\"header\":{\"etsiU\":[%s]}", tokens(&stamp_imprint, p)));
    flattened(dir, "stamp-unreadable", p,
              ",\"header\":{\"etsiU\":[{\"sigTst\":{\"tstTokens\":[{\"val\":\"?\"}]}}]}");
    char *letter = url_text(declaration_letter);
    char *ado = gen_printf("\"adoTst\":{\"tstTokens\":[{\"val\":\"%s\"}]}",
                           base64(tst_make(&stamp_good, span_str(letter))));
    header(dir, "content-stamp", rs, gen_printf("{%s,%s,\"crit\":[\"adoTst\"]}", usual(rs), ado));
}

/* ---- forged ones ---- */

static struct span hmac(const char *key_of, const char *input)
{
    struct span key = key_spki(pki_find(key_of)->spec.key);
    uint8_t *out = gen_alloc(32);
    unsigned n = 0;
    if (!HMAC(EVP_sha256(), key.p, (int)key.n, (const uint8_t *)input, strlen(input), out, &n)) {
        gen_die("no HMAC");
    }
    return span_make(out, n);
}

static void write_algorithm_tricks(const char *dir)
{
    const struct maker *rs = &makers[0];
    struct piece p = usual_piece(rs);
    struct maker other = *rs;
    other.alg = "none";
    p.protected = url_text(gen_printf("{%s}", usual(&other)));
    p.signature = "";
    compact(dir, "alg-none", p);
    other.alg = "nOnE";
    p.protected = url_text(gen_printf("{%s}", usual(&other)));
    compact(dir, "alg-none-case", p);
    other.alg = "HS256";
    p.protected = url_text(gen_printf("{%s}", usual(&other)));
    p.signature = url(hmac("signer", gen_printf("%s.%s", p.protected, p.payload)));
    compact(dir, "alg-hs256", p);
    other.alg = "PS256";
    compact(dir, "alg-ps256-is-rs256", usual_piece(&other));
    other.alg = "ES256";
    compact(dir, "alg-es256-of-rsa", usual_piece(&other));
    other = makers[7];
    other.alg = "ES256";
    other.digest = DIGEST_SHA256;
    compact(dir, "alg-es256-of-p384", usual_piece(&other));
    other = *rs;
    other.alg = "RS1";
    other.digest = DIGEST_SHA1;
    compact(dir, "alg-rs1", usual_piece(&other));
    header(dir, "alg-missing", rs, gen_printf("{\"x5c\":[%s]}", x5c("signer")));
    struct piece es = usual_piece(&makers[6]);
    es.signature = url(sig_make(KEY_P256, SIG_ECDSA, DIGEST_SHA256,
                                span_str(gen_printf("%s.%s", es.protected, es.payload))));
    compact(dir, "es256-der-value", es);
}

static void write_header_tricks(const char *dir)
{
    const struct maker *rs = &makers[0];
    char *u = usual(rs);
    static const struct {
        const char *name, *more;
    } rows[] = {
        {"crit-unknown", ",\"exp\":1,\"crit\":[\"exp\"]"},
        {"crit-empty", ",\"crit\":[]"},
        {"crit-absent", ",\"crit\":[\"sigPId\"]"},
        {"crit-registered", ",\"crit\":[\"alg\"]"},
        {"crit-twice", ",\"crit\":[\"sigT\",\"sigT\"]"},
        {"b64-not-critical", ",\"b64\":false"},
        {"b64-no-boolean", ",\"b64\":\"false\",\"crit\":[\"b64\"]"},
        {"member-twice", ",\"alg\":\"RS256\""},
        {"elsewhere", ",\"x5u\":\"http://192.0.2.1/x\",\"jku\":\"http://192.0.2.1/j\",\"jwk\":{}"},
        {"bad-x5t", ",\"x5t#o\":{\"digAlg\":\"S256\",\"digVal\":\"*\"}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        header(dir, rows[i].name, rs, gen_printf("{%s%s}", u, rows[i].more));
    }
    header(dir, "only-jwk", rs, "{\"alg\":\"RS256\",\"jwk\":{\"kty\":\"RSA\"}}");
    header(dir, "x5c-url-alphabet", rs,
           gen_printf("{\"alg\":\"RS256\",\"x5c\":[\"%s\"]}", url(pki_find("signer")->der)));
    /* Another certificate for the same key: the header's digest tells. */
    char *bound =
        gen_printf("{\"alg\":\"RS256\",\"x5t#S256\":\"%s\",\"sigT\":\"2026-11-21T05:30:00Z\"}",
                   thumbprint("signer", DIGEST_SHA256));
    struct piece p = sign(rs, bound, url_text(declaration_letter));
    flattened(dir, "x5c-exchanged", p,
              gen_printf(",\"header\":{\"x5c\":[%s]}", x5c("signer-only-nonrep subca ca")));
    flattened(dir, "x5c-unprotected", p,
              gen_printf(",\"header\":{\"x5c\":[%s]}", x5c("signer subca ca")));
    flattened(dir, "x5c-of-other", p,
              gen_printf(",\"header\":{\"x5c\":[%s]}", x5c("signer-second subca ca")));
    p = usual_piece(rs);
    flattened(dir, "both-headers", p, ",\"header\":{\"alg\":\"RS256\"}");
    flattened(dir, "crit-unprotected", p, ",\"header\":{\"crit\":[\"sigT\"]}");
    flattened(dir, "signature-twice", p, gen_printf(",\"signature\":\"%s\"", p.signature));
    flattened(dir, "general-and-flattened", p, ",\"signatures\":[{}]");
    put(dir, "not-protected.json",
        gen_printf("{\"payload\":\"%s\",\"header\":{\"alg\":\"RS256\"},\"signature\":\"%s\"}",
                   p.payload, p.signature));
}

static void write_encoding_tricks(const char *dir)
{
    const struct maker *rs = &makers[0];
    struct piece good = usual_piece(rs), p = good;
    p.payload = url_text("Declaration of somebody else\n");
    compact(dir, "altered", p);
    p = good;
    p.signature = gen_printf("%.40s\n%s", good.signature, good.signature + 40);
    compact(dir, "line-in-value", p);
    p = good;
    p.signature = gen_printf("%s==", good.signature);
    compact(dir, "padded-value", p);
    p = good;
    p.payload = gen_printf("%s=", good.payload);
    compact(dir, "padded-payload", p);
    /* The unused bits of the last digit: 256 octets leave four of them. */
    p = good;
    char *last = gen_printf("%s", good.signature);
    last[strlen(last) - 1]++;
    p.signature = last;
    compact(dir, "unused-bits", p);
    p = good;
    p.signature = gen_printf("%s.%s", good.signature, good.signature);
    compact(dir, "five-parts", p);
    p = good;
    p.signature = "";
    compact(dir, "no-value", p);
    put(dir, "two-parts.jws", gen_printf("%s.%s", good.protected, good.payload));
    put(dir, "array-header.jws",
        gen_printf("%s.%s.%s", url_text("{}[\"alg\"]"), good.payload, good.signature));
    /* One payload read in two ways. */
    struct piece raw =
        sign(rs, gen_printf("{%s,\"b64\":false,\"crit\":[\"b64\"]}", usual(rs)), good.payload);
    put(dir, "b64-mixed.json",
        gen_printf(
            "{\"payload\":\"%s\",\"signatures\":[{\"protected\":\"%s\",\"signature\":\"%s\"},"
            "{\"protected\":\"%s\",\"signature\":\"%s\"}]}",
            good.payload, good.protected, good.signature, raw.protected, raw.signature));
    put(dir, "trailing.json", gen_printf("%s{}", flattened_text(good, "")));
}

void samples_jws(const char *dir)
{
    gen_write(dir, "jws/letter.txt", span_str(declaration_letter));
    gen_write(dir, "jws/other.txt", SPAN_LIT("Another declaration.\n"));
    write_algorithms(dir);
    write_forms(dir);
    write_detached(dir);
    write_unsigned(dir);
    write_algorithm_tricks(dir);
    write_header_tricks(dir);
    write_encoding_tricks(dir);
}
