/*
 * trusted - see trusted.h. A demonstration is DIR/trust/anchor.pem, DIR/trust/intermediates.pem,
 * DIR/trust/crl/ and DIR/samples/; only bytes are read here, the sandboxed child parses them.
 */
#include "http/trusted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trust/trust.h"

#define FILE_MAX ((size_t)64 << 20)

enum { SAMPLES_MAX = 40 };

static int complain(const char *path, const char *what)
{
    (void)fprintf(stderr, "satyapan serve: %s: %s\n", path, what);
    return -1;
}

static int read_all(int fd, uint8_t *p, size_t n)
{
    while (n) {
        ssize_t got = read(fd, p, n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return -1;
        }
        p += got;
        n -= (size_t)got;
    }
    return 0;
}

/* A regular file as a whole. */
static int read_file(struct arena *a, const char *path, struct span *out)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return complain(path, strerrordesc_np(errno));
    }
    int rc = -1;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size > FILE_MAX) {
        rc = complain(path, "is no regular file of at most 64 MB");
    } else {
        uint8_t *p = arena_alloc(a, (size_t)st.st_size);
        if (!p || read_all(fd, p, (size_t)st.st_size) != 0) {
            rc = complain(path, "cannot be read");
        } else {
            *out = span_make(p, (size_t)st.st_size);
            rc = 0;
        }
    }
    (void)close(fd);
    return rc;
}

static int add_file(struct arena *a, struct trusted *t, enum sp_evidence_kind kind, const char *dir,
                    const char *name)
{
    struct span bytes;
    const char *path = arena_printf(a, "%s/%s", dir, name);
    if (!path || read_file(a, path, &bytes) != 0) {
        return -1;
    }
    return sp_evidence_add(&t->evidence, kind, bytes.p, bytes.n, "demonstration");
}

struct names {
    char **items;
    size_t count, capacity;
};

static int read_names(struct arena *a, DIR *d, struct names *out)
{
    for (struct dirent *e; (e = readdir(d));) {
        char *name = arena_str(a, span_str(e->d_name));
        if (!name || arena_grow(a, (void **)&out->items, &out->capacity, out->count + 1,
                                sizeof *out->items) != 0) {
            return -1;
        }
        out->items[out->count++] = name;
    }
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Files of a folder in the order of their names. */
static int each_file(struct arena *a, struct trusted *t, const char *dir,
                     int (*with)(struct arena *, struct trusted *, const char *, const char *))
{
    struct names names = {0};
    DIR *d = opendir(dir);
    if (!d) {
        return complain(dir, strerrordesc_np(errno));
    }
    int rc = read_names(a, d, &names);
    (void)closedir(d);
    if (names.count) {
        qsort(names.items, names.count, sizeof *names.items, by_name);
    }
    for (size_t i = 0; i < names.count && rc == 0; i++) {
        rc = names.items[i][0] == '.' ? 0 : with(a, t, dir, names.items[i]);
    }
    return rc;
}

static int add_crl(struct arena *a, struct trusted *t, const char *dir, const char *name)
{
    return add_file(a, t, SP_EVIDENCE_CRL, dir, name);
}

static int add_sample(struct arena *a, struct trusted *t, const char *dir, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    struct span bytes;
    if (strspn(name, plain) != strlen(name) || t->sample_count == SAMPLES_MAX) {
        return 0;
    }
    const char *path = arena_printf(a, "%s/%s", dir, name);
    char *own = arena_str(a, span_str(name));
    if (!path || !own || read_file(a, path, &bytes) != 0 ||
        arena_grow(a, (void **)&t->samples, &t->sample_capacity, t->sample_count + 1,
                   sizeof *t->samples) != 0) {
        return -1;
    }
    t->samples[t->sample_count++] = (struct sample){own, bytes};
    return 0;
}

static int load_demo(struct arena *a, const char *demo, struct trusted *t)
{
    const char *trust = arena_printf(a, "%s/trust", demo);
    const char *crl = arena_printf(a, "%s/trust/crl", demo);
    const char *samples = arena_printf(a, "%s/samples", demo);
    if (!trust || !crl || !samples) {
        return -1;
    }
    t->evidence.demo = true;
    t->obtain.anchors[0] = arena_printf(a, "%s/anchor.pem", trust);
    t->obtain.certificates[0] = arena_printf(a, "%s/intermediates.pem", trust);
    return add_file(a, t, SP_EVIDENCE_ANCHOR, trust, "anchor.pem") ||
                   add_file(a, t, SP_EVIDENCE_CERT, trust, "intermediates.pem") ||
                   each_file(a, t, crl, add_crl) || each_file(a, t, samples, add_sample)
               ? -1
               : 0;
}

static void free_trust(void *t)
{
    trust_free(t);
}

static void clear_evidence(void *evidence)
{
    sp_evidence_clear(evidence);
}

/* The CAs that hold a licence; their sub-CAs are not listed (trust/licensed-ca-pins.csv). */
static int name_licensed(struct arena *a, const struct trust *list, struct trusted *t)
{
    size_t count;
    const struct trust_pin *pins = trust_pins(list, &count);
    t->licensed = arena_array(a, count + 1, sizeof *t->licensed);
    for (size_t i = 0; t->licensed && i < count; i++) {
        if (strcmp(pins[i].role, "licensed_ca") == 0) {
            t->licensed[t->licensed_count++] = pins[i].name;
        }
    }
    return t->licensed ? 0 : -1;
}

int trusted_load(struct arena *a, const struct settings *s, struct trusted *out)
{
    char error[TRUST_ERROR];
    struct trust *list = NULL;
    *out = (struct trusted){0};
    const char *dir = trust_directory(a, s->trust);
    if (!dir) {
        return complain("trust", "no trust list found; name it with --trust DIR");
    }
    if (trust_load(dir, &list, error) != 0) {
        return complain(dir, error);
    }
    out->obtain.trust = dir;
    if (arena_defer(a, free_trust, list) != 0 || arena_defer(a, clear_evidence, &out->evidence) ||
        trust_add_to(list, &out->evidence) != 0 || sp_evidence_prepare(&out->evidence) != 0 ||
        name_licensed(a, list, out) != 0) {
        return complain(dir, "memory is out");
    }
    return s->demo ? load_demo(a, s->demo, out) : 0;
}
