/*
 * register_bench - a register of many events: how fast it is added to, proved from and searched.
 *
 * usage: register_bench DATA [EVENTS]     EVENTS: 1000000; DATA is filled when it has fewer
 * The events are made as the program makes them (register_enter: rows, entries, nodes), 1,000 in a
 * transaction that ends with a signed head; of every four one is an amendment, suspension or its
 * end. Then single events are appended, each with its head. Prints "name value unit" lines:
 * processor time where it says so, medians and the slowest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "register/register.h"
#include "scheme/date.h"

enum { BATCH = 1000, ROUNDS = 400, SINGLE = 2000 };

struct bench {
    struct records *r;
    struct register_key key;
    int64_t now;
    char today[DATE_TEXT];
};

static uint8_t seed[NOTE_KEY] = {'b', 'e', 'n', 'c', 'h'};

static void check(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "register_bench: %s\n", what);
        exit(1);
    }
}

static double clock_ms(clockid_t which)
{
    struct timespec t;
    (void)clock_gettime(which, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* What this thread computes: what others on the machine do is not measured. */
static double cpu_ms(void)
{
    return clock_ms(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- events ---------------------------------------------------------------------------------- */

static json_t *data_of(const struct bench *b, int64_t n, int version)
{
    char number[64], registration[64], model[32], holder[64], firmware[32], sha[SHA256_HEX];
    uint8_t hash[SHA256_SIZE];
    (void)snprintf(number, sizeof number, "STQC/IOTSCS/ER/%03lld", (long long)n);
    (void)snprintf(registration, sizeof registration, "STQC/IOTSCS/REG/2026/%07lld", (long long)n);
    (void)snprintf(model, sizeof model, "BD-IPC-%lld", (long long)(n % 50000));
    (void)snprintf(holder, sizeof holder, "Bharat Drishti %lld Private Limited",
                   (long long)(n % 3000));
    (void)snprintf(firmware, sizeof firmware, "2.%lld.%d", (long long)(n % 40), version);
    check(hash_sha256(span_str(firmware), hash) == 0, "hash");
    (void)hash_hex(span_make(hash, sizeof hash), false, sha);
    return json_pack("{ss ss si ss ss s{ss} s{ss} s[{ss ss ss ss ss}] ss ss ss sn}", "number",
                     number, "series", "ER", "level", 2, "kind", "fresh", "registration",
                     registration, "holder", "name", holder, "product", "name",
                     "Network dome camera", "models", "model", model, "hardware", "V1.2",
                     "firmware", firmware, "firmware_sha256", sha, "soc", "SSC30KQ", "issued_on",
                     b->today, "valid_from", b->today, "valid_to", "2029-11-21", "previous");
}

/* Of every four events three are new certificates; the fourth changes the one before it. */
static int64_t enter(struct bench *b, int64_t event)
{
    char why[REGISTER_WHY];
    int64_t n = event - event / 4 + 1, last = n - 1;
    bool new = event % 4 != 3;
    static const char *const changes[] = {"amend", "suspend"};
    const char *change = changes[event / 4 % 2];
    json_t *data = new                            ? data_of(b, n, 0)
                   : strcmp(change, "amend") == 0 ? data_of(b, last, 1)
                                                  : NULL;
    char number[64];
    (void)snprintf(number, sizeof number, "STQC/IOTSCS/ER/%03lld", (long long)(new ? n : last));
    const struct register_event e = {.number = number,
                                     .event = new ? "issue" : change,
                                     .effective_on = b->today,
                                     .reason = new ? NULL : "bench",
                                     .data = data,
                                     .person = UTC_NONE,
                                     .second = UTC_NONE,
                                     .application = UTC_NONE};
    int64_t entry = register_enter(b->r, &e, b->now, why);
    json_decref(data);
    check(entry == event, why);
    return entry;
}

static void fill(struct bench *b, int64_t events)
{
    char why[REGISTER_WHY];
    int64_t from = log_size(b->r);
    double start = clock_ms(CLOCK_MONOTONIC), cpu = cpu_ms();
    for (int64_t at = from; at < events; at += BATCH) {
        check(records_begin(b->r) == 0, "begin");
        for (int64_t i = at; i < at + BATCH && i < events; i++) {
            (void)enter(b, i);
        }
        check(register_sign(b->r, b->now, &b->key, why) == 0 && records_commit(b->r, true) == 0,
              "commit");
    }
    if (events - from >= BATCH) {
        double took = clock_ms(CLOCK_MONOTONIC) - start;
        (void)printf("fill %.0f events/s, %.0f of processor time\n",
                     (double)(events - from) / took * 1e3,
                     (double)(events - from) / (cpu_ms() - cpu) * 1e3);
    }
}

/* Each with its head, as an officer's click does it; without waiting for the disk. */
static void append(struct bench *b)
{
    char why[REGISTER_WHY];
    int64_t from = log_size(b->r);
    double cpu = cpu_ms(), start = clock_ms(CLOCK_MONOTONIC);
    for (int64_t i = from; i < from + SINGLE; i++) {
        check(records_begin(b->r) == 0, "begin");
        (void)enter(b, i);
        check(register_sign(b->r, b->now, &b->key, why) == 0 && records_commit(b->r, true) == 0,
              why);
    }
    (void)printf("append %.0f events/s with a head each, %.0f of processor time\n",
                 SINGLE / (clock_ms(CLOCK_MONOTONIC) - start) * 1e3,
                 SINGLE / (cpu_ms() - cpu) * 1e3);
}

/* ---- questions ------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell(const char *name, double *ms, size_t n)
{
    qsort(ms, n, sizeof *ms, by_size);
    (void)printf("%s %.3f ms, slowest %.3f\n", name, ms[n / 2], ms[n - 1]);
}

static void prove(struct bench *b)
{
    double ms[ROUNDS];
    int64_t size = log_size(b->r);
    for (size_t i = 0; i < ROUNDS; i++) {
        struct buffer out;
        buffer_init(&out, 1 << 20);
        double start = cpu_ms();
        check(register_proof(b->r, size / ROUNDS * (int64_t)i, &out) == 0, "proof");
        ms[i] = cpu_ms() - start;
        buffer_free(&out);
    }
    tell("proof", ms, ROUNDS);
}

/* A page of the search: the rows, and each with its state today, as the public pages show them. */
static void search(struct bench *b, const char *name, struct certificate_search s, size_t most)
{
    double ms[100];
    s.limit = 50;
    for (size_t i = 0; i < sizeof ms / sizeof *ms; i++) {
        json_t *rows = NULL, *row;
        size_t k;
        double start = cpu_ms();
        check(certificate_search(b->r, &s, &rows) == 0, "search");
        json_array_foreach(rows, k, row)
        {
            json_t *o = register_row(b->r, row, b->today, false);
            check(o != NULL, "row");
            json_decref(o);
        }
        ms[i] = cpu_ms() - start;
        check(json_array_size(rows) > 0 && json_array_size(rows) <= most, name);
        json_decref(rows);
    }
    tell(name, ms, sizeof ms / sizeof *ms);
}

static void ask(struct bench *b)
{
    struct buffer list;
    search(b, "search-number", (struct certificate_search){.number = "STQC/IOTSCS/ER/4001"}, 1);
    search(b, "search-model", (struct certificate_search){.model = "bd-ipc-4711"}, 50);
    search(b, "search-firmware", (struct certificate_search){.firmware = "2.7.0"}, 50);
    search(b, "search-both",
           (struct certificate_search){.model = "BD-IPC-4727", .firmware = "2.7.0"}, 50);
    search(b, "search-holder", (struct certificate_search){.holder = "bharat drishti 29"}, 50);
    search(b, "search-all", (struct certificate_search){.after = "STQC/IOTSCS/ER/5"}, 50);
    buffer_init(&list, (size_t)64 << 20);
    double start = cpu_ms();
    check(register_status_list(b->r, b->today, &list) == 0, "list");
    (void)printf("status-list %.1f ms, %zu octets\n", cpu_ms() - start, list.n);
    buffer_free(&list);
}

int main(int argc, char **argv)
{
    struct bench b = {.now = 1795305600};
    char why[RECORDS_WHY];
    uint8_t public[NOTE_KEY];
    size_t n = sizeof public;
    check(argc > 1, "usage: register_bench DATA [EVENTS]");
    (void)date_text(date_of_utc(b.now), b.today);
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    check(k && EVP_PKEY_get_raw_public_key(k, public, &n) == 1 &&
              note_key_make("bench.example", NOTE_ED25519, public, &b.key.key) == 0,
          "key");
    EVP_PKEY_free(k);
    b.key.by = (struct note_signer){note_seed_sign, seed};
    check(records_open(argv[1], b.now, &b.r, why) == 0, why);
    fill(&b, argc > 2 ? strtoll(argv[2], NULL, 10) : 1000000);
    prove(&b);
    ask(&b);
    append(&b);
    records_close(b.r);
    return 0;
}
