/*
 * fuzz_page - pages of registers: decoding, reading, matching, and the way of the result back.
 *
 * The first byte chooses the type, the second a claim; a line that ends the head may follow.
 */
#include "foreign/decide.h"
#include "foreign/domain.h"
#include "foreign/robots.h"
#include "harness.h"
#include "satyapan/verify.h"

#define PAGE_MEMORY ((size_t)64 << 20)

static const char *const heads[] = {
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=windows-1252\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-16\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n"};

static void judge(struct arena *a, const struct evaluate_job *job)
{
    struct evaluation e, back;
    struct span pdf;
    struct buffer out;
    if (evaluate(a, job, &e, &pdf) != 0) {
        return;
    }
    buffer_init(&out, (size_t)16 << 20);
    struct json j = {.out = &out};
    evaluation_json(&j, &e);
    /* What goes out of the child comes back the same: a text could have been cut by the buffer. */
    if (buffer_ok(&out) && evaluation_read(a, buffer_span(&out), &back) != 0 && !arena_capped(a)) {
        __builtin_trap();
    }
    buffer_free(&out);
    struct foreign_findings findings;
    foreign_findings_init(&findings, a);
    const struct weblink_facts facts = {.arena = a,
                                        .claim = job->claims[0],
                                        .failure = FOREIGN_REASONS,
                                        .domain = "x.example",
                                        .profile = job->profile,
                                        .https = true,
                                        .fit = ADDRESS_NUMBER,
                                        .page = &e,
                                        .control_failed = "none"};
    /* Without a control nothing is verified, whatever is on the page. */
    if (weblink_decide(&facts, &findings) == WEBLINK_VERIFIED) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct claim claims[] = {{.number = "TR-2024-1187",
                                           .holder = "Acme Sensors Private Limited",
                                           .issuer = "A register",
                                           .product = "AC-200",
                                           .standard = "ISO/IEC 27402:2023",
                                           .issued = "2024-03-05",
                                           .expires = "2027-03-04"},
                                          {.number = "1",
                                           .holder = "A",
                                           .issuer = "A register",
                                           .standard = "B 1",
                                           .issued = "2024-03-05"}};
    static const struct profile profile = {
        .answers = "page", .date_order = DATE_DMY, .names = {{"A register"}, 1}};
    static bool ready;
    if (!ready && (sp_init() != 0 || domain_init() != 0)) {
        return 0;
    }
    ready = true;
    if (size < 2) {
        return 0;
    }
    struct arena *a = arena_new(PAGE_MEMORY);
    const char *head = heads[data[0] % (sizeof heads / sizeof *heads)];
    struct span body = span_make(data + 2, size - 2);
    const struct evaluate_job job = {.profile = &profile,
                                     .claims = {&claims[data[1] % 2]},
                                     .claim_count = 1,
                                     .status = 200,
                                     .head = span_str(head),
                                     .wire = body,
                                     .today = 20000};
    char why[PROFILE_WHY];
    struct profile read;
    if (a) {
        judge(a, &job);
        (void)!profile_parse(a, body, &read, why);
        (void)robots_ask(body, "satyapan", "/a/b?c");
    }
    arena_free(a);
    return 0;
}
