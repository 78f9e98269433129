/*
 * list - the requests of a file: one JSON object, or one a line.
 *
 * The list's hash is that of its requests as canonical JSON, each with a newline: spaces, the order
 * of keys and empty lines do not change it. Who signs many at once confirms this hash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/input.h"
#include "cli/issue/command.h"
#include "db/rows.h"

enum { LIST_MAX = 100000, SHORT = 8, SHOWN = 40 };

static enum exit_code bad(const char *path, size_t line, const char *why)
{
    if (line) {
        complain("issue: %s, line %zu: %s", path, line, why);
    } else {
        complain("issue: %s: %s", path, why);
    }
    return EXIT_DATA;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum exit_code add(struct issue_list *list, size_t *room, const char *path, struct span text,
                          size_t line, struct buffer *canonical)
{
    json_error_t error;
    if (list->count == LIST_MAX) {
        return bad(path, line, "a list has at most 100,000 requests");
    }
    if (list->count == *room) {
        *room = *room ? *room * 2 : 16;
        struct issue_item *more = mem_realloc(list->items, *room * sizeof *more);
        if (!more) {
            return EXIT_INTERNAL;
        }
        list->items = more;
    }
    json_t *o = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    char *again = o ? rows_canonical(o) : NULL;
    if (!again) {
        json_decref(o);
        return bad(path, line, o ? "numbers must be whole" : error.text);
    }
    list->items[list->count++] = (struct issue_item){.line = line,
                                                     .request = o,
                                                     .prepared_by = UTC_NONE,
                                                     .approved_by = UTC_NONE,
                                                     .signed_by = UTC_NONE};
    buffer_str(canonical, again);
    buffer_char(canonical, '\n');
    mem_free(again);
    return buffer_ok(canonical) ? EXIT_GOOD : EXIT_INTERNAL;
}

static bool blank(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r') {
            return false;
        }
    }
    return true;
}

static enum exit_code split(struct issue_list *list, const char *path, struct span text, bool lines,
                            struct buffer *canonical)
{
    size_t room = 0, line = 0;
    enum exit_code code = lines ? EXIT_GOOD : add(list, &room, path, text, 0, canonical);
    while (lines && code == EXIT_GOOD && text.n) {
        size_t end = span_find(text, SPAN_LIT("\n"), 0);
        struct span one = span_sub(text, 0, end);
        text = end == SIZE_MAX ? SPAN_NONE : span_sub(text, end + 1, text.n);
        line++;
        code = blank(one) ? EXIT_GOOD : add(list, &room, path, one, line, canonical);
    }
    return code;
}

static int compare(const void *a, const void *b)
{
    const struct issue_item *const *x = a, *const *y = b;
    const char *p = json_string_value(json_object_get((*x)->request, "registration"));
    const char *q = json_string_value(json_object_get((*y)->request, "registration"));
    return strcmp(p ? p : "", q ? q : "");
}

/* Two requests for one registration: the second could never be issued. */
static enum exit_code check_twice(const struct issue_list *list, const char *path)
{
    const struct issue_item **sorted = mem_alloc((list->count + 1) * sizeof *sorted);
    if (!sorted) {
        return EXIT_INTERNAL;
    }
    for (size_t i = 0; i < list->count; i++) {
        sorted[i] = &list->items[i];
    }
    qsort(sorted, list->count, sizeof *sorted, compare);
    enum exit_code code = EXIT_GOOD;
    for (size_t i = 1; i < list->count && code == EXIT_GOOD; i++) {
        if (json_object_get(sorted[i]->request, "registration") &&
            compare(&sorted[i - 1], &sorted[i]) == 0) {
            size_t line =
                sorted[i]->line > sorted[i - 1]->line ? sorted[i]->line : sorted[i - 1]->line;
            code = bad(path, line, "its registration stands in another line, too");
        }
    }
    mem_free(sorted);
    return code;
}

enum exit_code list_read(const char *path, bool lines, struct issue_list *out)
{
    struct input in;
    struct buffer canonical;
    uint8_t hash[SHA256_SIZE];
    *out = (struct issue_list){.items = NULL};
    enum exit_code code = input_open(path, &in);
    if (code != EXIT_GOOD) {
        return code;
    }
    buffer_init(&canonical, SIZE_MAX);
    code = split(out, path, span_make(in.bytes, in.size), lines, &canonical);
    if (code == EXIT_GOOD && out->count == 0) {
        code = bad(path, 0, "there is no request in it");
    }
    code = code == EXIT_GOOD ? check_twice(out, path) : code;
    if (code == EXIT_GOOD) {
        code = hash_sha256(buffer_span(&canonical), hash) == 0 ? EXIT_GOOD : EXIT_INTERNAL;
        (void)hash_hex(span_make(hash, sizeof hash), false, out->sha256);
    }
    buffer_free(&canonical);
    input_close(&in);
    return code;
}

void list_free(struct issue_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        issue_item_free(&list->items[i]);
    }
    mem_free(list->items);
}

/* ---- confirming ------------------------------------------------------------------------------ */

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "-";
}

static void show(const struct issue_list *list)
{
    for (size_t i = 0; i < list->count && i < SHOWN; i++) {
        const struct issue_item *item = &list->items[i];
        (void)fprintf(stderr, "  %-30s %-9s %s, %s, %zu models\n",
                      text_of(item->request, "registration"),
                      item->end == ISSUE_UNCHANGED ? "issued" : "new",
                      text_of(json_object_get(item->request, "holder"), "name"),
                      text_of(json_object_get(item->request, "product"), "name"),
                      json_array_size(json_object_get(item->request, "models")));
    }
    if (list->count > SHOWN) {
        (void)fprintf(stderr, "  and %zu more\n", list->count - SHOWN);
    }
    (void)fprintf(stderr, "%zu requests, SHA-256 of the list %s\n", list->count, list->sha256);
}

enum exit_code list_confirm(const struct issue_list *list, const char *yes)
{
    char answer[80] = "";
    if (yes) {
        if (strcmp(yes, list->sha256) == 0) {
            return EXIT_GOOD;
        }
        complain("issue: --yes names another list; this one has the SHA-256 %s", list->sha256);
        return EXIT_USAGE;
    }
    show(list);
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        complain("issue: nothing was signed; to sign this list say --yes %s", list->sha256);
        return EXIT_USAGE;
    }
    (void)fprintf(stderr, "To sign all of them type the first %d characters of the hash: ", SHORT);
    if (!fgets(answer, sizeof answer, stdin) || strcspn(answer, "\n") != SHORT ||
        strncmp(answer, list->sha256, SHORT) != 0) {
        complain("issue: nothing was signed");
        return EXIT_USAGE;
    }
    return EXIT_GOOD;
}
