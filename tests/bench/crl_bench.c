/*
 * crl_bench - a CRL with a million entries: our index beside d2i_X509_CRL, time and memory.
 *
 * usage: crl_bench [ENTRIES]
 * Prints one JSON object a line (name, ours, peer, unit, peer_command, goal). Each measurement
 * runs in a child of its own over the same mapped file; memory is the child's peak beyond that of a
 * child that only reads the file. The CRL carries no valid signature: neither side checks one here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/x509.h>

#include "revocation/crl.h"

enum { LOOKUPS = 1000000, RUNS = 5, SERIAL = 10 };

struct result {
    double seconds, lookup; /* lookup: microseconds for one */
    long kib;
};

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* splitmix64: serial numbers as CAs draw them, the same each time. */
static void serial_of(uint64_t i, uint8_t out[SERIAL])
{
    uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    out[0] = 0x40 | (uint8_t)(i >> 16 & 0x3f);
    for (int k = 1; k < SERIAL; k++) {
        out[k] = (uint8_t)(z >> (8 * (k % 8)));
    }
    out[SERIAL - 1] ^= (uint8_t)i;
}

static void header(FILE *f, int tag, size_t n)
{
    (void)fputc(tag, f);
    (void)fputc(0x84, f);
    for (int shift = 24; shift >= 0; shift -= 8) {
        (void)fputc((int)(n >> shift & 0xff), f);
    }
}

static const char algorithm[] = "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
static const char name[] = "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02IN";
static const char date[] = "\x17\x0d"
                           "260301060000Z";
static const char reason[] = "\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01";

/* One entry: serial, date, reason code. */
enum { ENTRY = 2 + 2 + SERIAL + 15 + 14 };

static void write_crl(FILE *f, size_t entries)
{
    size_t list = entries * ENTRY;
    size_t tbs = 3 + 15 + 15 + 15 + 15 + 6 + list;
    header(f, 0x30, 6 + tbs + 15 + 4);
    header(f, 0x30, tbs);
    (void)fwrite("\x02\x01\x01", 1, 3, f);
    (void)fwrite(algorithm, 1, 15, f);
    (void)fwrite(name, 1, 15, f);
    (void)fwrite(date, 1, 15, f);
    (void)fwrite(date, 1, 15, f);
    header(f, 0x30, list);
    for (size_t i = 0; i < entries; i++) {
        uint8_t serial[SERIAL];
        serial_of(i, serial);
        (void)fputc(0x30, f);
        (void)fputc(ENTRY - 2, f);
        (void)fputc(0x02, f);
        (void)fputc(SERIAL, f);
        (void)fwrite(serial, 1, SERIAL, f);
        (void)fwrite(date, 1, 15, f);
        (void)fwrite(reason, 1, 14, f);
    }
    (void)fwrite(algorithm, 1, 15, f);
    (void)fwrite("\x03\x02\x00\x00", 1, 4, f);
}

static void touch(struct span der)
{
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < der.n; i += 4096) {
        sum = (uint8_t)(sum + der.p[i]);
    }
}

static void ours(struct span der, size_t entries, struct result *r)
{
    const char *why;
    struct crl *crl;
    struct crl_entry entry;
    double start = now();
    struct arena *a = arena_new((size_t)1 << 20);
    if (!a || crl_parse(a, der, &crl, &why) || !crl || crl_index(a, crl) || crl->unusable ||
        crl->count != entries) {
        _exit(1);
    }
    r->seconds = now() - start;
    start = now();
    for (size_t i = 0; i < LOOKUPS; i++) {
        uint8_t serial[SERIAL];
        uint64_t which = i * 7919 % (2 * entries); /* half of them are not listed */
        serial_of(which, serial);
        if (crl_find(crl, span_make(serial, SERIAL), crl->issuer_canonical, &entry) !=
            (which < entries)) {
            _exit(2);
        }
    }
    r->lookup = (now() - start) / LOOKUPS * 1e6;
    arena_free(a);
}

static void peer(struct span der, size_t entries, struct result *r)
{
    const unsigned char *p = der.p;
    X509_REVOKED *entry;
    double start = now();
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.n);
    if (!crl) {
        _exit(1);
    }
    r->seconds = now() - start;
    start = now();
    for (size_t i = 0; i < 1000; i++) { /* the first one sorts the list */
        uint8_t serial[SERIAL];
        serial_of(i * 7919 % (2 * entries), serial);
        ASN1_INTEGER *n = ASN1_INTEGER_new();
        if (!n || !ASN1_STRING_set(n, serial, SERIAL)) {
            _exit(1);
        }
        (void)X509_CRL_get0_by_serial(crl, &entry, n);
        ASN1_INTEGER_free(n);
    }
    r->lookup = (now() - start) / 1000 * 1e6;
    X509_CRL_free(crl);
}

enum part { PART_NONE, PART_OURS, PART_PEER };

/* Runs one part in a child; its peak memory is taken from wait4. */
static struct result measure(struct span der, size_t entries, enum part part)
{
    struct result r = {0};
    struct rusage use;
    int pipes[2], status;
    if (pipe(pipes)) {
        exit(74);
    }
    pid_t pid = fork();
    if (pid == 0) {
        touch(der);
        if (part == PART_OURS) {
            ours(der, entries, &r);
        } else if (part == PART_PEER) {
            peer(der, entries, &r);
        }
        _exit(write(pipes[1], &r, sizeof r) == sizeof r ? 0 : 74);
    }
    (void)close(pipes[1]);
    if (pid < 0 || read(pipes[0], &r, sizeof r) != sizeof r || wait4(pid, &status, 0, &use) < 0 ||
        !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        (void)fprintf(stderr, "crl_bench: part %d failed\n", (int)part);
        exit(70);
    }
    (void)close(pipes[0]);
    r.kib = use.ru_maxrss;
    return r;
}

static struct result best(struct span der, size_t entries, enum part part)
{
    struct result r = measure(der, entries, part);
    for (int i = 1; i < RUNS; i++) {
        struct result again = measure(der, entries, part);
        r.seconds = again.seconds < r.seconds ? again.seconds : r.seconds;
        r.lookup = again.lookup < r.lookup ? again.lookup : r.lookup;
        r.kib = again.kib < r.kib ? again.kib : r.kib;
    }
    return r;
}

static void row(const char *what, double a, double b, const char *unit, const char *goal)
{
    (void)printf("{\"name\":\"CRL, 1,000,000 entries: %s\",\"ours\":%.4f,\"peer\":%.4f,"
                 "\"unit\":\"%s\",\"peer_command\":\"d2i_X509_CRL\",\"goal\":\"%s\"}\n",
                 what, a, b, unit, goal);
}

int main(int argc, char **argv)
{
    size_t entries = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 1000000;
    FILE *f = tmpfile();
    if (!f || entries == 0 || entries > 4000000) {
        return 64;
    }
    write_crl(f, entries);
    if (fflush(f)) {
        return 74;
    }
    size_t size = (size_t)ftell(f);
    void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fileno(f), 0);
    if (map == MAP_FAILED) {
        return 74;
    }
    struct span der = span_make(map, size);
    struct result base = best(der, entries, PART_NONE), a = best(der, entries, PART_OURS),
                  b = best(der, entries, PART_PEER);
    row("read and index", a.seconds, b.seconds, "s", "<= 0.125");
    row("memory beyond the file", (double)(a.kib - base.kib) / 1024,
        (double)(b.kib - base.kib) / 1024, "MiB", "<= 0.125");
    row("one look-up", a.lookup, b.lookup, "us", "<= 1");
    return 0;
}
