/*
 * pair - signatures that lie beside their document in a folder are verified with it.
 *
 * letter.pdf.p7s belongs to letter.pdf; letter.p7s to the one other file letter.*. Only names
 * decide; whether the signature is of that document, the verifier says. What it does not do: look
 * into other folders.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/mem.h"
#include "cli/input.h"

struct entry {
    const char *path;
    size_t index;
};

struct table {
    struct entry *entries; /* sorted by path */
    size_t count;
};

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Length of the path without its signature ending; 0 when it has none. */
static size_t stem(const char *path, bool *may_attach)
{
    static const char *const endings[] = {".p7s", ".sig", ".p7m"};
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t m = strlen(endings[i]);
        if (strlen(base_of(path)) > m && strcasecmp(path + n - m, endings[i]) == 0) {
            *may_attach = i == 2;
            return n - m;
        }
    }
    return 0;
}

/* First entry whose path is not before these n characters. */
static size_t lower_bound(const struct table *t, const char *path, size_t n)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strncmp(t->entries[middle].path, path, n) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The document of a signature: SIZE_MAX when there is none, or (*several) more than one. */
static size_t partner(const struct table *t, const char *path, size_t n, bool *several)
{
    size_t found = SIZE_MAX;
    bool ignored;
    *several = false;
    for (size_t i = lower_bound(t, path, n); i < t->count; i++) {
        const char *other = t->entries[i].path;
        if (strncmp(other, path, n) != 0) {
            break;
        }
        if (other[n] == 0) {
            return t->entries[i].index; /* the very name */
        }
        if (other[n] == '.' && !strchr(other + n, '/') && !strchr(other + n + 1, '.') &&
            stem(other, &ignored) == 0) {
            *several = found != SIZE_MAX;
            found = *several ? found : t->entries[i].index;
        }
        if (*several) {
            return SIZE_MAX;
        }
    }
    return found;
}

/* Marks that a file may carry signatures of its own. It is not read here: these are only words in
 * it. */
static bool may_be_signed(const char *path)
{
    static const char *const marks[] = {
        "/ByteRange",    "_xmlsignatures",        "xmldsig#", "multipart/signed", "pkcs7-mime",
        "\"protected\"", "documentsignatures.xml"};
    bool ignored;
    if (stem(path, &ignored)) {
        return true; /* a signature itself */
    }
    struct input in;
    if (input_open(path, &in)) {
        return true; /* it will be said once more when it is its turn */
    }
    bool found = false;
    for (size_t i = 0; i < sizeof marks / sizeof *marks && !found; i++) {
        found = in.size && memmem(in.bytes, in.size, marks[i], strlen(marks[i])) != NULL;
    }
    input_close(&in);
    return found;
}

static char *joined(const char *a, const char *between, const char *b)
{
    size_t n = strlen(a) + strlen(between) + strlen(b) + 1;
    char *out = mem_alloc(n);
    if (out) {
        (void)snprintf(out, n, "%s%s%s", a, between, b);
    }
    return out;
}

static enum exit_code pair_one(struct path_list *list, const struct table *t, size_t i, bool *taken)
{
    bool may_attach = false, several = false;
    const char *path = list->paths[i];
    size_t n = stem(path, &may_attach);
    size_t of = n ? partner(t, path, n, &several) : SIZE_MAX;
    if (n && of == SIZE_MAX && !may_attach) {
        complain("%s: %s; it is judged without its document", path,
                 several ? "several files beside it have its name"
                         : "the document it signs is not beside it");
    }
    if (of == SIZE_MAX) {
        return EXIT_GOOD;
    }
    list->pairs[i].content = joined(list->paths[of], "", "");
    list->pairs[i].name = joined(list->paths[of], " + ", base_of(path));
    taken[of] = true;
    if (!list->pairs[i].content || !list->pairs[i].name) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    return EXIT_GOOD;
}

/* Takes out the documents that were only there for their signatures. */
static void drop(struct path_list *list, size_t first, const bool *taken)
{
    size_t kept = first;
    for (size_t i = first; i < list->count; i++) {
        if (taken[i] && !may_be_signed(list->paths[i])) {
            mem_free(list->paths[i]);
            continue;
        }
        list->paths[kept] = list->paths[i];
        list->pairs[kept++] = list->pairs[i];
    }
    list->count = list->pair_count = kept;
}

enum exit_code pair_files(struct path_list *list, size_t first)
{
    struct table t = {mem_alloc((list->count + 1) * sizeof *t.entries), 0};
    bool *taken = mem_zalloc(list->count + 1);
    struct pair *pairs = mem_zalloc((list->count + 1) * sizeof *pairs);
    enum exit_code code = EXIT_GOOD;
    if (!t.entries || !taken || !pairs) {
        complain("memory ran out");
        mem_free(t.entries);
        mem_free(taken);
        mem_free(pairs);
        return EXIT_INTERNAL;
    }
    if (list->pairs) {
        memcpy(pairs, list->pairs, list->pair_count * sizeof *pairs); /* of folders before */
        mem_free(list->pairs);
    }
    list->pairs = pairs;
    for (size_t i = first; i < list->count; i++) {
        t.entries[t.count++] = (struct entry){list->paths[i], i};
    }
    qsort(t.entries, t.count, sizeof *t.entries, by_path);
    for (size_t i = first; i < list->count && code == EXIT_GOOD; i++) {
        code = pair_one(list, &t, i, taken);
    }
    drop(list, first, taken);
    mem_free(t.entries);
    mem_free(taken);
    return code;
}
