/*
 * fuzz_client - what a client says first: TLS records, the form of SSL 2.0, anything; and the cases
 * and fingerprints that follow from it, and what is read after a flight of our own.
 *
 * Input: one octet that chooses how the rest is cut into pieces. However it is cut, the outcome is
 * the same; every span of a hello lies in the reader's memory; what was kept is read back the same.
 */
#include <stdlib.h>

#include "tls/listen_flight.h"
#include "tls/listen_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
    if (!truth) {
        abort();
    }
}

static void inside(const struct client_reader *r, struct span s)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < s.n; i++) {
        sum = (uint8_t)(sum + s.p[i]);
    }
    must(s.n == 0 || (s.p >= r->message.p && s.p + s.n <= r->message.p + r->message.n));
    (void)sum;
}

static const struct case_list *cases(void)
{
    static struct case_list list;
    static struct arena *a;
    char error[CASE_ERROR];
    if (!a) {
        a = arena_new((size_t)8 << 20);
        must(a && cases_read(a, cases_builtin(), &list, error) == 0);
    }
    return &list;
}

static void use(const struct client_reader *r)
{
    const struct client_hello *h = &r->hello;
    char ja3[JA3_HASH], ja4[JA4_TEXT], again[JA4_TEXT];
    struct client_hello second;
    inside(r, h->suites);
    inside(r, h->groups);
    inside(r, h->schemes);
    inside(r, h->versions);
    inside(r, h->alpn);
    inside(r, h->points);
    inside(r, client_alpn_choice(h));
    must(strlen(h->name) < sizeof h->name && h->extension_count <= CLIENT_HELLO_EXTENSIONS);
    client_ja3(h, ja3);
    client_ja4(h, ja4);
    must(strlen(ja4) == 36 && (strlen(ja3) == 32 || h->ssl2));
    must(client_hello_again(buffer_span(&r->message), h->ssl2, &second));
    client_ja4(&second, again);
    must(strcmp(ja4, again) == 0);
    for (size_t i = 0; i < cases()->count; i++) {
        const struct listen_case *c = &cases()->rows[i];
        if (case_fits(c, h, false, false) && c->serve == SERVE_FLIGHT) {
            must(tls_suite(case_suite(c, h, case_version(c, h), false)) != NULL);
        }
    }
}

static void one(struct client_reader *r, struct span all, size_t step)
{
    client_reader_init(r);
    for (size_t i = 0; i < all.n && r->state == CLIENT_MORE; i += step) {
        (void)client_reader_take(r, span_sub(all, i, step));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct client_reader whole, cut;
    uint8_t alert = 0;
    if (size < 1) {
        return 0;
    }
    struct span all = span_make(data + 1, size - 1);
    one(&whole, all, all.n ? all.n : 1);
    one(&cut, all, (size_t)data[0] % 64 + 1);
    must(whole.state == cut.state);
    must(whole.state != CLIENT_BROKEN || (whole.why && strcmp(whole.why, cut.why) == 0));
    if (whole.state == CLIENT_HELLO) {
        must(span_eq(buffer_span(&whole.message), buffer_span(&cut.message)));
        use(&whole);
    }
    (void)flight_read(all, &alert);
    struct buffer out;
    buffer_init(&out, 4096);
    (void)talk_answer(talk_pdu(all), all, &out);
    (void)mail_line(all, (data[0] & 1) != 0, &out);
    must(buffer_ok(&out));
    buffer_free(&out);
    client_reader_free(&whole);
    client_reader_free(&cut);
    return 0;
}
