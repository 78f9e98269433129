/*
 * fuzz_mail - the reader of answers to verification requests: whatever comes, it ends, its row is
 * JSON, and nothing is confirmed or denied, because nobody holds the key that is known.
 */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "foreign/mail/judge.h"
#include "foreign/mail/keyrecord.h"
#include "satyapan/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ARENA ((size_t)1 << 28)

static void need(bool good)
{
    if (!good) {
        abort();
    }
}

/* A DNS server's answer: one TXT record with the public half of a key that was thrown away. */
static struct span dns_answer(void)
{
    static const char record[] =
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    static uint8_t packet[256];
    static const uint8_t head[] = {0, 1, 0x81, 0xa0, 0, 0, 0, 1, 0,  0, 0, 0, /* no question */
                                   0, 0, 16,   0,    1, 0, 0, 0, 60, 0};
    size_t n = sizeof record - 1;
    memcpy(packet, head, sizeof head);
    packet[sizeof head] = (uint8_t)(n + 1);
    packet[sizeof head + 1] = (uint8_t)n;
    memcpy(packet + sizeof head + 2, record, n);
    return span_make(packet, sizeof head + 2 + n);
}

static void check_row(struct span out)
{
    size_t end = span_find(out, SPAN_LIT("\n"), 0);
    need(end != SIZE_MAX);
    json_t *row = json_loadb((const char *)out.p, end, 0, NULL);
    need(json_is_object(row));
    const char *result = json_string_value(json_object_get(row, "result"));
    need(result && strcmp(result, "unclear") == 0);
    size_t sizes = 0, i;
    json_t *one;
    json_array_foreach(json_object_get(row, "attachments"), i, one)
    {
        sizes += (size_t)json_integer_value(json_object_get(one, "size"));
    }
    need(sizes == out.n - end - 1);
    json_decref(row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int ready = -1;
    static const char *const domains[] = {"issuer.example"}, *const names[] = {"Issuer"};
    /* SHA-256 of 00112233445566778899aabbccddeeff. */
    static const struct mail_known known[] = {
        {"5947d7c33d783f94b3b4c1a96ebc8991ed28f1b069b71e03376cba8caa98a720", "c1", "issuer",
         "Issuer", false}};
    static const bool below[] = {true};
    static const struct mail_profile profiles[] = {{"issuer", names, 1, domains, below, 1}};
    static const uint8_t none = 0;
    struct mail_key key = {.name = "ed._domainkey.issuer.example", .answer = dns_answer()};
    struct sp_evidence trust = {0};
    const struct mail_question q = {.known = known,
                                    .known_count = 1,
                                    .profiles = profiles,
                                    .profile_count = 1,
                                    .authserv_id = "mx.cb.test",
                                    .accept_dkim = true,
                                    .accept_smime = true,
                                    .smime = {&trust, NULL, 0},
                                    .keys = {&key, 1},
                                    .now = 1795242600};
    if (ready < 0) {
        ready = sp_init() == 0 && mail_judge_warm() == 0 ? 1 : 0;
    }
    need(ready == 1);
    struct arena *a = arena_new(ARENA);
    struct buffer out;
    buffer_init(&out, (size_t)1 << 26);
    need(a != NULL);
    if (size && data[0] == 0xff) { /* an answer of a DNS server */
        struct span record;
        const char *why = NULL;
        need(mail_keyrecord_read(a, span_make(data + 1, size - 1), &record, &why) == 0);
        need((record.p == NULL) == (why != NULL) && record.n < size);
    }
    if (mail_judge(a, &q, span_make(data ? data : &none, size), &out) == 0) {
        check_row(buffer_span(&out));
    }
    buffer_free(&out);
    arena_free(a);
    return 0;
}
