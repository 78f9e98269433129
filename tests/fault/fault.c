/*
 * fault - verifies one document again and again, each time with another allocation failing.
 *
 * usage: fault [--step K] --at TIME [--anchor F] [--crl F] [--cert F] [--content F] ... FILE
 * Every K-th allocation of the verification fails once (K = 1: each in turn). What must hold:
 *   - a failed allocation is never a verdict: no report, or REVIEW with an engine.* reason;
 *   - never ACCEPTED, where the whole check says otherwise;
 *   - never TOTAL-FAILED or intact = no, where the whole check says otherwise.
 * A crash ends this program, and with it the test. Built with -DSATYAPAN_FAULT (base/mem.h).
 * What it does not do: fail two allocations of one run.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utc.h"
#include "satyapan/verify.h"

struct setting {
    struct sp_document document;
    struct sp_evidence evidence;
    struct sp_clock clock;
    uint64_t step;
};

/* What a report says, as far as it matters here. */
struct said {
    bool none; /* there was no report */
    enum sp_verdict verdict;
    bool own_failure;
    size_t count;
    bool failed_sig, broken_sig; /* some signature TOTAL-FAILED; some intact = no */
};

static _Noreturn void die(const char *what, const char *name)
{
    fprintf(stderr, "fault: %s: %s\n", what, name);
    exit(70);
}

static const uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0) {
        die("cannot read", path);
    }
    long n = ftell(f);
    rewind(f);
    uint8_t *p = n >= 0 ? mem_alloc((size_t)n + 1) : NULL;
    if (!p || fread(p, 1, (size_t)n, f) != (size_t)n) {
        die("cannot read", path);
    }
    (void)fclose(f);
    *size = (size_t)n;
    return p;
}

static void add_evidence(struct setting *s, enum sp_evidence_kind kind, const char *path)
{
    size_t n;
    const uint8_t *p = read_file(path, &n);
    if (sp_evidence_add(&s->evidence, kind, p, n, "supplied") != 0) {
        die("no memory", path);
    }
}

static bool own(const struct sp_findings *list)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        if (f->reason == SP_ENGINE_MEMORY || f->reason == SP_ENGINE_LIMIT ||
            f->reason == SP_ENGINE_INTERNAL) {
            return true;
        }
    }
    return false;
}

static struct said look(const struct setting *s)
{
    struct sp_report *r = NULL;
    if (sp_verify(&s->document, &s->evidence, sp_policy_builtin("generic"), &s->clock, &r) != 0) {
        return (struct said){.none = true};
    }
    struct said said = {
        .verdict = r->verdict, .own_failure = own(&r->findings), .count = r->signature_count};
    for (size_t i = 0; i < r->signature_count; i++) {
        said.failed_sig |= r->signatures[i]->indication == SP_TOTAL_FAILED;
        said.broken_sig |= r->signatures[i]->intact == SP_NO;
        said.own_failure |= own(&r->signatures[i]->findings);
    }
    sp_report_free(r);
    return said;
}

/* NULL when the answer is allowed, else what is wrong with it. */
static const char *wrong(const struct said *truth, const struct said *got, bool hit)
{
    if (got->none) {
        return hit ? NULL : "no report, although no allocation failed";
    }
    if (got->verdict == SP_ACCEPTED && truth->verdict != SP_ACCEPTED) {
        return "ACCEPTED, which it is not";
    }
    if (got->failed_sig && !truth->failed_sig) {
        return "TOTAL-FAILED, which it is not";
    }
    if (got->broken_sig && !truth->broken_sig) {
        return "not intact, which it is";
    }
    if (hit && (got->verdict != SP_REVIEW || !got->own_failure)) {
        return "an allocation failed, and the report does not say so";
    }
    if (!hit && (got->verdict != truth->verdict || got->count != truth->count)) {
        return "another answer, although no allocation failed";
    }
    return NULL;
}

static bool option(struct setting *s, const char *name, const char *value)
{
    static const struct {
        const char *name;
        enum sp_evidence_kind kind;
    } kinds[] = {{"--anchor", SP_EVIDENCE_ANCHOR},
                 {"--cert", SP_EVIDENCE_CERT},
                 {"--crl", SP_EVIDENCE_CRL},
                 {"--ocsp", SP_EVIDENCE_OCSP}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            add_evidence(s, kinds[i].kind, value);
            return true;
        }
    }
    if (strcmp(name, "--content") == 0) {
        s->document.content = read_file(value, &s->document.content_size);
    } else if (strcmp(name, "--at") == 0) {
        return utc_parse(span_str(value), &s->clock.now);
    } else if (strcmp(name, "--step") == 0) {
        s->step = strtoull(value, NULL, 10);
        return s->step > 0;
    } else {
        return false;
    }
    return true;
}

static void set_up(struct setting *s, int argc, char **argv)
{
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (!option(s, argv[i], argv[i + 1])) {
            die("bad option", argv[i]);
        }
    }
    if (i + 1 != argc) {
        die("usage", "fault [OPTIONS] FILE");
    }
    s->document.name = argv[i];
    s->document.bytes = read_file(argv[i], &s->document.size);
    s->document.kind = SP_DOC_OTHER;
}

int main(int argc, char **argv)
{
    /* static: what it holds is in use to the end, for the leak checker, too */
    static struct setting s = {.clock = {.received = SP_NO_TIME}, .step = 1};
    if (sp_init() != 0) {
        die("sp_init", "failed");
    }
    set_up(&s, argc, argv);
    (void)look(&s); /* the first time OpenSSL loads its tables; those belong to no document */
    uint64_t before = mem_count();
    struct said truth = look(&s);
    uint64_t total = mem_count() - before, tried = 0, hits = 0, bad = 0;
    if (truth.none || truth.own_failure) {
        die("cannot be verified at all", s.document.name);
    }
    for (uint64_t n = 1; n <= total; n += s.step, tried++) {
        uint64_t failures = mem_failures();
        mem_fail_at(n);
        struct said got = look(&s);
        mem_fail_at(0);
        bool hit = mem_failures() != failures;
        const char *why = wrong(&truth, &got, hit);
        hits += hit;
        if (why) {
            printf("FAIL %s: allocation %llu: %s\n", s.document.name, (unsigned long long)n, why);
            bad++;
        }
    }
    struct said after = look(&s);
    if (after.none || after.own_failure || after.verdict != truth.verdict) {
        printf("FAIL %s: not well again after the failures\n", s.document.name);
        bad++;
    }
    printf("%s %s: %llu allocations, %llu tried, %llu failed as asked, %llu wrong\n",
           s.document.name, sp_verdict_name(truth.verdict), (unsigned long long)total,
           (unsigned long long)tried, (unsigned long long)hits, (unsigned long long)bad);
    return bad || hits == 0 ? 1 : 0;
}
