/*
 * pdfdump - prints what the PDF reader makes of files, for tests that compare it with others.
 *
 * usage: pdfdump [--text] FILE...
 * One line per fact, fields separated by tabs:
 *   file NAME STATUS(0, -1) REVISIONS-LAST
 *   doc CODE LEVEL TEXT
 *   sig N FIELD KIND BROKEN ByteRange BLOB-BYTES BLOB-SHA256 REVISION WHOLE
 *       MODIFICATION ALLOWED RELIES
 *   find N CODE LEVEL TEXT
 *   evidence KIND BYTES SHA256 REVISION
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "format/pdf/pdf.h"

static bool with_text;

static void print_findings(const struct sp_findings *list, const char *head)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        const struct sp_reason_row *row = sp_reason_row(f->reason);
        printf("%s\t%s\t%s\t%s\n", head, row->code, sp_level_name(f->level),
               with_text ? f->text : "");
    }
}

static const char *digest(struct span s, char hex[SHA256_HEX])
{
    uint8_t sum[SHA256_SIZE];
    if (!s.p || hash_sha256(s, sum) != 0) {
        return "-";
    }
    return hash_hex(span_make(sum, sizeof sum), false, hex);
}

static void print_signature(const struct extracted *s, size_t i)
{
    char hex[SHA256_HEX];
    char head[32];
    uint64_t r[4] = {0};
    for (size_t k = 0; k < s->range_count; k++) {
        r[2 * k] = s->ranges[k].off;
        r[2 * k + 1] = s->ranges[k].len;
    }
    printf("sig\t%zu\t%s\t%d\t%d\t%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
           "\t%zu\t%s\t%zu\t%d\t%d\t%d\t",
           i, s->field ? s->field : "-", (int)s->kind, s->broken, r[0], r[1], r[2], r[3], s->blob.n,
           digest(s->blob, hex), s->revision, s->covers_whole_document,
           s->has_modification ? (int)s->modification : -1, s->modification_allowed);
    for (size_t k = 0; k < s->relies_on_count; k++) {
        printf("%s%zu", k ? "," : "", s->relies_on[k]);
    }
    printf("\n");
    if (with_text) {
        printf("cover\t%s\t%s\n", s->coverage, s->coverage_hi);
    }
    (void)snprintf(head, sizeof head, "find\t%zu", i);
    print_findings(&s->findings, head);
}

static int dump(const char *name, struct span file)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct sp_findings document;
    findings_init(&document);
    struct extraction x = {.document = &document};
    int rc = a ? pdf_extract(a, file, SPAN_NONE, &x) : -1;
    printf("file\t%s\t%d\t%zu\n", name, rc, a ? arena_used(a) : 0);
    print_findings(&document, "doc");
    for (size_t i = 0; rc == 0 && i < x.count; i++) {
        print_signature(&x.signatures[i], i);
    }
    for (size_t i = 0; rc == 0 && i < x.evidence_count; i++) {
        char hex[SHA256_HEX];
        printf("evidence\t%d\t%zu\t%s\t%zu\n", (int)x.evidence[i].kind, x.evidence[i].der.n,
               digest(x.evidence[i].der, hex), x.evidence[i].revision);
    }
    arena_free(a);
    return rc;
}

static int dump_file(const char *name)
{
    struct stat st;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        perror(name);
        return -1;
    }
    size_t n = (size_t)st.st_size;
    void *p = n ? mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    (void)close(fd);
    if (p == MAP_FAILED) {
        perror(name);
        return -1;
    }
    int rc = dump(name, n ? span_make(p, n) : SPAN_LIT(""));
    if (n) {
        (void)munmap(p, n);
    }
    return rc;
}

int main(int argc, char **argv)
{
    int rc = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--text") == 0) {
            with_text = true;
        } else if (dump_file(argv[i]) != 0) {
            rc = 1;
        }
    }
    return rc;
}
