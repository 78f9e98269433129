/*
 * fuzz_tls - what a server answers to a hello: TLS, SSL 2.0 and DTLS records and the messages in
 * them.
 *
 * Input: one octet that chooses the version, one that chooses how the rest is cut into pieces.
 * However it is cut, the answer to a stream is the same; every span of an answer lies in the
 * reader's memory.
 */
#include <stdlib.h>

#include "tls/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void inside(const struct reader *r, struct span s)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < s.n; i++) {
        sum = (uint8_t)(sum + s.p[i]);
    }
    must(s.n == 0 || (s.p >= r->hands.p && s.p + s.n <= r->hands.p + r->hands.n) ||
         (s.p >= r->raw.p && s.p + s.n <= r->raw.p + r->raw.n));
    (void)sum;
}

static void check(const struct reader *r)
{
    const struct answer *a = &r->answer;
    must(a->outcome != OUTCOME_NONE && r->closed && a->cert_count <= ANSWER_CERTS);
    must(a->outcome != OUTCOME_MALFORMED || a->why[0]);
    for (size_t i = 0; i < a->cert_count; i++) {
        inside(r, a->certs[i]);
    }
    inside(r, a->dh_prime);
    inside(r, a->dh_public);
    inside(r, a->ec_point);
    inside(r, r->cookie);
    must(strlen(a->alpn) < sizeof a->alpn && strlen(a->why) < sizeof a->why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t versions[] = {TLS_SSL2, TLS_SSL3, TLS_10,  TLS_11,
                                        TLS_12,   TLS_13,   DTLS_10, DTLS_12};
    static struct reader whole, cut;
    static bool ready;
    if (size < 2) {
        return 0;
    }
    struct probe p = {.version = versions[data[0] % 8]};
    size_t step = (size_t)data[1] % 64 + 1;
    if (!ready) {
        reader_init(&whole);
        reader_init(&cut);
        ready = true;
    }
    data += 2;
    size -= 2;
    reader_start(&whole, &p);
    reader_start(&cut, &p);
    (void)reader_take(&whole, span_make(data, size));
    reader_end(&whole, OUTCOME_CLOSED);
    for (size_t i = 0; i < size; i += step) {
        (void)reader_take(&cut, span_make(data + i, step < size - i ? step : size - i));
    }
    reader_end(&cut, OUTCOME_CLOSED);
    check(&whole);
    check(&cut);
    if (!tls_is_datagram(p.version)) {
        must(whole.answer.outcome == cut.answer.outcome);
        must(whole.answer.cert_count == cut.answer.cert_count);
        must(whole.answer.suite == cut.answer.suite && whole.answer.group == cut.answer.group);
    }
    return 0;
}
