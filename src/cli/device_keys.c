/*
 * device_keys - `satyapan trust import-device-keys`: adds lists of keys whose private half is
 * public to those that scans of devices know.
 *
 * What is shipped (device-keys.txt) is not changed: what is added is device-keys.local.txt beside
 * it, sorted and each key once; the blocklist of badkeys is copied as it is, as
 * badkeys-blocklist.dat with its badkeysdata.json. Every row says where it comes from. The database
 * of LittleBlackBox (SQLite) is read by satyapan-tls, which has the library.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/hash.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/device_keys.h"
#include "cli/input.h"
#include "tls/known_import.h"

#define TEXT_MAX ((size_t)256 * 1024 * 1024)

struct importing {
    struct arena *a;
    const char *dir, *source;
    struct buffer text; /* lines: those that were there, then the new ones */
    struct input block, block_names;
    bool has_block, has_names;
    size_t before;
};

/* ---- files ----------------------------------------------------------------------------------- */

/* Whole or not at all. */
static int write_file(struct importing *m, const char *name, struct span data)
{
    char *path = arena_printf(m->a, "%s/%s", m->dir, name);
    char *tmp = arena_printf(m->a, "%s/%s.new", m->dir, name);
    if (!path || !tmp) {
        return EXIT_INTERNAL;
    }
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    bool good = fd >= 0;
    while (good && data.n) {
        ssize_t n = write(fd, data.p, data.n);
        good = n > 0;
        data = good ? span_sub(data, (size_t)n, data.n) : data;
    }
    good = good && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (!good || rename(tmp, path) != 0) {
        complain("%s: %s", path, strerror(good ? errno : error));
        return error == EACCES ? EXIT_PERMISSION : EXIT_IO;
    }
    return EXIT_GOOD;
}

/* Reads lines of a list that is there already; none is fine. */
static int read_there(struct importing *m, const char *name, struct known_keys *keys, size_t *bad)
{
    struct input in;
    char *path = arena_printf(m->a, "%s/%s", m->dir, name);
    if (!path || access(path, F_OK) != 0) {
        return path ? EXIT_GOOD : EXIT_INTERNAL;
    }
    int code = (int)input_open(path, &in);
    if (code) {
        return code;
    }
    struct span text = arena_dup(m->a, span_make(in.bytes, in.size));
    input_close(&in);
    return text.p && known_keys_read(m->a, text, keys, bad) == 0 ? EXIT_GOOD : EXIT_INTERNAL;
}

/* ---- the files that are given ---------------------------------------------------------------- */

static bool is_badkeys_names(struct span file)
{
    return file.n && file.p[0] == '{' && span_find(file, SPAN_LIT("blocklists"), 0) != SIZE_MAX;
}

static bool good_source(const char *s)
{
    return *s && strlen(s) <= 40 && strcspn(s, " \t\r\n") == strlen(s);
}

static int take_text(struct importing *m, const char *file, struct span text, enum known_list kind)
{
    struct known_tally tally;
    if (!known_list_names_source(kind) && !(m->source && good_source(m->source))) {
        complain("%s: its lines do not say where they come from; give --source NAME (one word)",
                 file);
        return EXIT_USAGE;
    }
    known_import(text, kind, m->source, &m->text, &tally);
    if (!buffer_ok(&m->text)) {
        complain("%s: too large", file);
        return EXIT_DATA;
    }
    if (tally.skipped) {
        complain("%s: %zu lines not understood, the first is line %zu", file, tally.skipped,
                 tally.first_skipped);
    }
    if (tally.rows == 0) {
        complain("%s: no key in it", file);
        return EXIT_DATA;
    }
    return EXIT_GOOD;
}

static bool is_database(struct span file)
{
    return span_starts(file, span_make((const uint8_t *)"SQLite format 3", 16));
}

/* What "satyapan tls key-rows FILE" says. Returns an exit code. */
static int database_rows(const char *file, struct buffer *out)
{
    uint8_t bytes[65536];
    ssize_t n;
    int ends[2], status;
    char *words[] = {(char *)(uintptr_t) "satyapan tls", (char *)(uintptr_t) "key-rows",
                     (char *)(uintptr_t) "--", (char *)(uintptr_t)file, NULL};
    if (pipe(ends) != 0) {
        return EXIT_INTERNAL;
    }
    pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        _exit(dup2(ends[1], STDOUT_FILENO) < 0 ? EXIT_INTERNAL : run_program("tls", words));
    }
    (void)close(ends[1]);
    while (child > 0 &&
           ((n = read(ends[0], bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR))) {
        buffer_add(out, span_make(bytes, n > 0 ? (size_t)n : 0));
    }
    (void)close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0) {
        child = errno == EINTR ? child : -1;
    }
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_INTERNAL;
}

static int take_database(struct importing *m, const char *file)
{
    struct buffer rows;
    buffer_init(&rows, TEXT_MAX);
    int code = database_rows(file, &rows);
    code = code ? code : take_text(m, file, buffer_span(&rows), LIST_OURS);
    buffer_free(&rows);
    return code;
}

static int take_file(struct importing *m, const char *file)
{
    struct input in;
    int code = (int)input_open(file, &in);
    if (code) {
        return code;
    }
    struct span bytes = span_make(in.bytes, in.size);
    enum known_list kind = known_list_of(bytes);
    if (is_badkeys_names(bytes) && !m->has_names) {
        m->block_names = in;
        m->has_names = true;
        return EXIT_GOOD;
    }
    if (kind == LIST_BADKEYS && !m->has_block && known_block_sorted(bytes)) {
        m->block = in;
        m->has_block = true;
        return EXIT_GOOD;
    }
    if (is_database(bytes)) {
        code = take_database(m, file);
    } else if (kind == LIST_UNKNOWN || kind == LIST_BADKEYS) {
        complain("%s: not a list of keys that is known here (see satyapan trust --help)", file);
        code = EXIT_DATA;
    } else {
        code = take_text(m, file, bytes, kind);
    }
    input_close(&in);
    return code;
}

/* ---- what comes of them ---------------------------------------------------------------------- */

static int keep_text(struct importing *m, size_t *added)
{
    struct known_keys shipped = {0}, keys = {0};
    struct buffer out;
    size_t bad = 0;
    char hex[SHA256_HEX];
    int code = read_there(m, "device-keys.txt", &shipped, &bad);
    code = code ? code : read_there(m, "device-keys.local.txt", &keys, &bad);
    size_t before = keys.count, kept = 0;
    *added = 0;
    if (code == EXIT_GOOD && known_keys_read(m->a, buffer_span(&m->text), &keys, &bad) < 0) {
        code = EXIT_INTERNAL;
    }
    if (code || m->text.n == 0) {
        return code;
    }
    buffer_init(&out, TEXT_MAX);
    for (size_t i = 0; i < keys.count; i++) {
        const struct known_key *k = &keys.rows[i], *last = i ? k - 1 : NULL;
        bool again = last && last->kind == k->kind && memcmp(last->hash, k->hash, 32) == 0;
        if (again || known_keys_find(&shipped, k->kind, k->hash)) {
            continue;
        }
        hash_hex(span_make(k->hash, known_kind_size(k->kind)), false, hex);
        buffer_printf(&out, "%s %s %s %s\n", known_kind_name(k->kind), hex, k->source, k->note);
        kept++;
    }
    *added = kept > before ? kept - before : 0;
    code =
        buffer_ok(&out) ? write_file(m, "device-keys.local.txt", buffer_span(&out)) : EXIT_INTERNAL;
    buffer_free(&out);
    return code;
}

/* The names say which blocklist they belong to. */
static int check_names(struct importing *m)
{
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX];
    json_t *root = json_loadb((const char *)m->block_names.bytes, m->block_names.size, 0, NULL);
    const char *want = json_string_value(json_object_get(root, "blocklist_sha256"));
    bool good =
        want && m->has_block && hash_sha256(span_make(m->block.bytes, m->block.size), digest) == 0;
    if (good) {
        hash_hex(span_make(digest, sizeof digest), false, hex);
        good = strcmp(hex, want) == 0;
    }
    json_decref(root);
    if (!good) {
        complain("badkeysdata.json does not belong to the blocklist; give both files of one day");
    }
    return good ? EXIT_GOOD : EXIT_DATA;
}

static int keep_block(struct importing *m)
{
    int code = m->has_names ? check_names(m) : EXIT_GOOD;
    if (code == EXIT_GOOD && m->has_block) {
        code = write_file(m, "badkeys-blocklist.dat", span_make(m->block.bytes, m->block.size));
    }
    if (code == EXIT_GOOD && m->has_names) {
        code =
            write_file(m, "badkeysdata.json", span_make(m->block_names.bytes, m->block_names.size));
    }
    return code;
}

int import_device_keys(struct arena *a, const char *dir, const char *source, char **files,
                       int count)
{
    struct importing m = {.a = a, .dir = dir, .source = source};
    size_t added = 0;
    int code = EXIT_GOOD;
    buffer_init(&m.text, TEXT_MAX);
    for (int i = 0; i < count && code == EXIT_GOOD; i++) {
        code = take_file(&m, files[i]);
    }
    code = code ? code : keep_block(&m);
    code = code ? code : keep_text(&m, &added);
    if (code == EXIT_GOOD) {
        (void)printf("%zu key%s added", added, added == 1 ? "" : "s");
        if (m.has_block) {
            (void)printf(", %zu of badkeys", m.block.size / BKHASH_ROW);
        }
        (void)printf("\n");
    }
    buffer_free(&m.text);
    if (m.has_block) {
        input_close(&m.block);
    }
    if (m.has_names) {
        input_close(&m.block_names);
    }
    return code;
}
