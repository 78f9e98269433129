/*
 * trust - see trust.h.
 */
#include "trust/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "asn1/armor.h"
#include "base/hash.h"

enum { MAX_FILE = 1 << 20, MAX_ENTRIES = 4096 };

#define TRUST_MEMORY ((size_t)64 * 1024 * 1024)

struct trust {
    struct arena *arena;
    const char *dir;
    struct trust_entry *entries;
    size_t entry_count, entry_capacity;
    struct trust_pin *pins;
    size_t pin_count, pin_capacity;
    struct sp_evidence evidence;
    char *error;
};

static int fail(struct trust *t, const char *path, const char *what)
{
    (void)snprintf(t->error, TRUST_ERROR, "%s: %s", path, what);
    return -1;
}

/* Reads a small file of ours. 1: it is not there. */
static int read_file(struct trust *t, const char *path, struct span *out)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;
    if (fd < 0) {
        return errno == ENOENT ? 1 : fail(t, path, strerror(errno));
    }
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > MAX_FILE) {
        rc = fail(t, path, "not a regular file of at most 1 MiB");
    } else {
        size_t n = (size_t)st.st_size;
        uint8_t *p = arena_alloc(t->arena, n);
        if (p && read(fd, p, n) == (ssize_t)n) {
            *out = span_make(p, n);
            rc = 0;
        } else {
            rc = fail(t, path, "cannot be read");
        }
    }
    (void)close(fd);
    return rc;
}

static const char *text_of(struct trust *t, const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));
    return s ? arena_str(t->arena, span_str(s)) : NULL;
}

static bool one_of(const char *word, const char *const *words)
{
    for (; word && *words; words++) {
        if (strcmp(word, *words) == 0) {
            return true;
        }
    }
    return false;
}

static bool entry_complete(const struct trust_entry *e)
{
    static const char *const roles[] = {"anchor", "intermediate", "distrusted", NULL};
    static const char *const purposes[] = {"signing", "special", NULL};
    static const char *const states[] = {"live", "historic", "explanation", "distrusted", NULL};
    return e->name && e->file && !strstr(e->file, "..") && e->file[0] != '/' && e->sha256 &&
           strlen(e->sha256) == 64 && one_of(e->role, roles) && one_of(e->purpose, purposes) &&
           one_of(e->status, states);
}

/* The certificate of an entry; its hash must be the one the manifest pins. */
static int load_certificate(struct trust *t, struct trust_entry *e)
{
    char hex[SHA256_HEX];
    uint8_t hash[SHA256_SIZE];
    struct span file;
    struct armor_item *items;
    size_t count;
    const char *path = arena_printf(t->arena, "%s/%s", t->dir, e->file);
    if (!path) {
        return -1;
    }
    int rc = read_file(t, path, &file);
    if (rc) {
        return rc > 0 ? fail(t, path, "is named in the manifest but is not there") : -1;
    }
    if (armor_decode(t->arena, file, &items, &count) || count != 1 ||
        hash_sha256(items[0].der, hash)) {
        return fail(t, path, "does not hold exactly one certificate");
    }
    if (strcmp(hash_hex(span_make(hash, sizeof hash), false, hex), e->sha256) != 0) {
        return fail(t, path, "is not the certificate the manifest pins (SHA-256 differs)");
    }
    e->der = items[0].der;
    return 0;
}

static int add_evidence(struct trust *t, const struct trust_entry *e)
{
    enum sp_evidence_kind kind = SP_EVIDENCE_CERT;
    if (strcmp(e->role, "distrusted") == 0) {
        kind = SP_EVIDENCE_DISTRUSTED;
    } else if (strcmp(e->role, "anchor") == 0 && strcmp(e->status, "explanation") != 0) {
        kind = strcmp(e->purpose, "special") == 0 ? SP_EVIDENCE_SPECIAL : SP_EVIDENCE_ANCHOR;
    }
    if (sp_evidence_add(&t->evidence, kind, e->der.p, e->der.n, "trust")) {
        return -1;
    }
    t->evidence.blobs[t->evidence.count - 1].historic = strcmp(e->status, "live") != 0;
    return 0;
}

static int add_entry(struct trust *t, const char *path, const json_t *row, bool local)
{
    struct trust_entry e = {
        .name = text_of(t, row, "name"),
        .file = text_of(t, row, "file"),
        .sha256 = text_of(t, row, "sha256"),
        .role = text_of(t, row, "role"),
        .purpose = text_of(t, row, "purpose"),
        .status = text_of(t, row, "status"),
        .source = text_of(t, row, "source"),
        .confirmed_by = text_of(t, row, "confirmed_by"),
        .confirmed_on = text_of(t, row, "confirmed_on"),
        .local = local,
    };
    if (!entry_complete(&e) || t->entry_count >= MAX_ENTRIES) {
        return fail(t, path, "has a row that is not complete");
    }
    if (local && strcmp(e.role, "anchor") == 0 && (!e.confirmed_by || !e.confirmed_on)) {
        return fail(t, path, "adds an anchor that nobody confirmed (confirmed_by, confirmed_on)");
    }
    if (load_certificate(t, &e) ||
        arena_grow(t->arena, (void **)&t->entries, &t->entry_capacity, t->entry_count + 1,
                   sizeof e) ||
        add_evidence(t, &e)) {
        return -1;
    }
    t->entries[t->entry_count++] = e;
    return 0;
}

/* local: the operator's file, which need not be there. */
static int load_manifest(struct trust *t, const char *name, bool local)
{
    struct span text;
    const char *path = arena_printf(t->arena, "%s/%s", t->dir, name);
    if (!path) {
        return -1;
    }
    int rc = read_file(t, path, &text);
    if (rc) {
        return rc < 0 ? -1 : local ? 0 : fail(t, path, "is not there");
    }
    json_error_t error;
    json_t *root = json_loadb((const char *)text.p, text.n, 0, &error);
    const char *schema = json_string_value(json_object_get(root, "schema"));
    json_t *rows = json_object_get(root, "certificates");
    if (!schema || strcmp(schema, "satyapan-trust/1") != 0 || !json_is_array(rows)) {
        rc = fail(t, path, root ? "is not of the form satyapan-trust/1" : error.text);
    }
    size_t i;
    json_t *row;
    for (i = 0; rc == 0 && i < json_array_size(rows); i++) {
        row = json_array_get(rows, i);
        rc = add_entry(t, path, row, local);
    }
    json_decref(root);
    return rc;
}

/* One field of a CSV line without quotes; moves behind the comma. */
static struct span field(struct span *line)
{
    size_t n = 0;
    while (n < line->n && line->p[n] != ',') {
        n++;
    }
    struct span f = span_sub(*line, 0, n);
    *line = span_sub(*line, n + 1, line->n);
    return f;
}

/* licensed-ca-pins.csv: name,sha256,role,...; absent is fine. */
static int load_pins(struct trust *t)
{
    struct span text;
    const char *path = arena_printf(t->arena, "%s/licensed-ca-pins.csv", t->dir);
    int rc = path ? read_file(t, path, &text) : -1;
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    for (bool header = true; text.n; header = false) {
        const uint8_t *nl = memchr(text.p, '\n', text.n);
        struct span line = span_sub(text, 0, nl ? (size_t)(nl - text.p) : text.n);
        text = span_sub(text, line.n + 1, text.n);
        struct span name = field(&line), hash = field(&line), role = field(&line);
        if (header || hash.n != 64) {
            continue;
        }
        if (arena_grow(t->arena, (void **)&t->pins, &t->pin_capacity, t->pin_count + 1,
                       sizeof *t->pins)) {
            return -1;
        }
        t->pins[t->pin_count++] = (struct trust_pin){
            arena_str(t->arena, name), arena_str(t->arena, hash), arena_str(t->arena, role)};
    }
    return 0;
}

int trust_load(const char *dir, struct trust **out, char *error)
{
    struct arena *a = arena_new(TRUST_MEMORY);
    struct trust *t = a ? arena_alloc(a, sizeof *t) : NULL;
    *out = NULL;
    (void)snprintf(error, TRUST_ERROR, "%s: memory ran out while the trust list was read", dir);
    if (!t) {
        arena_free(a);
        return -1;
    }
    t->arena = a;
    t->dir = dir;
    t->error = error;
    if (load_manifest(t, "manifest.json", false) || load_manifest(t, "local.json", true) ||
        load_pins(t)) {
        trust_free(t);
        return -1;
    }
    error[0] = 0;
    t->error = NULL;
    *out = t;
    return 0;
}

void trust_free(struct trust *t)
{
    if (t) {
        sp_evidence_clear(&t->evidence);
        arena_free(t->arena);
    }
}

const struct sp_evidence *trust_evidence(const struct trust *t)
{
    return &t->evidence;
}

int trust_add_to(const struct trust *t, struct sp_evidence *evidence)
{
    for (size_t i = 0; i < t->evidence.count; i++) {
        const struct sp_evidence_blob *b = &t->evidence.blobs[i];
        if (sp_evidence_add(evidence, b->kind, b->bytes, b->size, b->source)) {
            return -1;
        }
        evidence->blobs[evidence->count - 1].historic = b->historic;
    }
    return 0;
}

const struct trust_entry *trust_entries(const struct trust *t, size_t *count)
{
    *count = t->entry_count;
    return t->entries;
}

const struct trust_pin *trust_pins(const struct trust *t, size_t *count)
{
    *count = t->pin_count;
    return t->pins;
}

const struct trust_entry *trust_entry_by_sha256(const struct trust *t, const char *sha256)
{
    for (size_t i = 0; i < t->entry_count; i++) {
        if (strcmp(t->entries[i].sha256, sha256) == 0) {
            return &t->entries[i];
        }
    }
    return NULL;
}

const struct trust_pin *trust_pin_by_sha256(const struct trust *t, const char *sha256)
{
    for (size_t i = 0; i < t->pin_count; i++) {
        if (strcmp(t->pins[i].sha256, sha256) == 0) {
            return &t->pins[i];
        }
    }
    return NULL;
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *trust_directory(struct arena *a, const char *given)
{
    static const char *const beside[] = {"../trust", "../share/satyapan/trust", "../../../trust",
                                         "../../share/satyapan/trust"};
    char self[4096];
    const char *env = given ? given : getenv("SATYAPAN_TRUST");
    if (env) {
        return is_directory(env) ? arena_str(a, span_str(env)) : NULL;
    }
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    while (n > 0 && self[n - 1] != '/') {
        n--;
    }
    for (size_t i = 0; n > 0 && i < sizeof beside / sizeof *beside; i++) {
        char *path = arena_printf(a, "%.*s%s", (int)n, self, beside[i]);
        if (path && is_directory(path)) {
            return path;
        }
    }
    return NULL;
}
