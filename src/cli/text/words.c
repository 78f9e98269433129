/*
 * words - the command "words": for each file its language and whether the registration number is in
 * it (R-LANG-1, R-REG-2).
 *
 * A child looks at the file: what is no PDF it reads itself; a PDF it leaves in shared memory,
 * poppler reads it, and another child looks at the text that came. So text of strangers is never
 * looked at here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "cli/text/text.h"
#include "format/container.h"
#include "sandbox/sandbox.h"
#include "scheme/language.h"

/* Two novels; what follows tells nothing new about the language. */
#define TEXT_MAX    ((size_t)16 << 20)
#define FONTS_MAX_  ((size_t)1 << 20)
#define LOOK_MEMORY (2 * (size_t)CONTAINER_MEMBER_MAX + ((size_t)64 << 20))

enum { ANSWER_MAX = 4096, FONT_COUNT = 200, LINE_MAX_ = 256, SIZE_LIMIT = 256 << 20 };
enum { LOOK_READY, LOOK_PDF, LOOK_UNREADABLE };

struct looking {
    struct span document;
    const struct place *place;
    struct room *room; /* p NULL: the document itself */
    const char *number;
    struct span text, fonts; /* of a PDF: from poppler */
};

/* ---- in a child
 * -------------------------------------------------------------------------------- */

/* pdftotext ends each page with a form feed. */
static int64_t count_pages(struct span text)
{
    int64_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        n += text.p[i] == '\f';
    }
    return n;
}

/* The names of pdffonts' table: the first column, after the line of dashes. */
static size_t read_fonts(struct arena *a, struct span table, const char *names[FONT_COUNT])
{
    size_t count = 0, at = span_find(table, SPAN_LIT("\n---"), 0);
    at = at == SIZE_MAX ? SIZE_MAX : span_find(table, SPAN_LIT("\n"), at + 1);
    while (at != SIZE_MAX && count < FONT_COUNT) {
        size_t end = span_find(table, SPAN_LIT("\n"), at + 1);
        struct span line = span_sub(table, at + 1, (end == SIZE_MAX ? table.n : end) - at - 1);
        size_t n = span_find(line, SPAN_LIT(" "), 0);
        if (n != SIZE_MAX && n > 0) {
            names[count] = arena_str(a, span_sub(line, 0, n));
            count += names[count] != NULL;
        }
        at = end;
    }
    return count;
}

static void put_facts(const struct looking *l, const struct language_result *r, int64_t pages,
                      struct buffer *out)
{
    struct json j = {.out = out};
    json_open(&j, '{');
    json_put_text(&j, "language", language_word(r->found));
    json_put_text(&j, "code", r->code);
    json_put_truth(&j, "sure", r->sure);
    if (pages > 0) {
        json_put_number(&j, "pages", pages);
    } else {
        json_put_none(&j, "pages");
    }
    if (*l->number && r->letters) {
        json_put_truth(&j, "number", regnumber_find(l->text, l->number));
    } else {
        json_put_none(&j, "number");
    }
    json_close(&j, '}');
}

static void judge(struct arena *a, const struct looking *l, int64_t pages, struct buffer *out)
{
    const char *fonts[FONT_COUNT];
    struct language_result r;
    size_t count = read_fonts(a, l->fonts, fonts);
    language_detect(l->text, count ? fonts : NULL, count, &r);
    put_facts(l, &r, pages, out);
}

static void put_class(struct looking *l, enum language_class c, struct buffer *out)
{
    struct language_result r = {.found = c, .code = "und"};
    put_facts(l, &r, 0, out);
}

static int look(void *context, struct buffer *out)
{
    struct looking *l = context;
    struct arena *a = arena_new(LOOK_MEMORY);
    struct span file;
    struct buffer text;
    if (!a || !member_open(a, l->document, l->place, &file)) {
        return LOOK_UNREADABLE;
    }
    buffer_init(&text, TEXT_MAX);
    switch (plain_text(a, file, &text)) {
    case PLAIN_PDF:
        if (l->place->count && file.n != l->room->n) {
            return LOOK_UNREADABLE;
        }
        if (l->place->count) {
            memcpy(l->room->p, file.p, file.n);
        }
        return LOOK_PDF;
    case PLAIN_TEXT:
        l->text = buffer_span(&text);
        judge(a, l, 0, out);
        break;
    case PLAIN_PICTURE:
        put_class(l, LANGUAGE_IMAGE_ONLY, out);
        break;
    case PLAIN_NOTHING:
        put_class(l, LANGUAGE_UNKNOWN, out);
        break;
    }
    return LOOK_READY;
}

static int look_at_text(void *context, struct buffer *out)
{
    struct looking *l = context;
    struct arena *a = arena_new(LOOK_MEMORY);
    if (!a) {
        return LOOK_UNREADABLE;
    }
    judge(a, l, count_pages(l->text), out);
    return LOOK_READY;
}

/* ---- one file
 * ---------------------------------------------------------------------------------- */

static int ask_poppler(struct looking *l, int pdf, struct buffer *out, char *why)
{
    struct buffer text, fonts;
    char unread[CAGE_WHY];
    buffer_init(&text, TEXT_MAX);
    buffer_init(&fonts, FONTS_MAX_);
    int rc = cage_run("pdftotext", pdf, &text, why);
    /* What came before it was too much is enough to tell a language. */
    rc = rc > 0 && text.full ? 0 : rc;
    if (rc == 0) {
        (void)cage_run("pdffonts", pdf, &fonts, unread); /* without them only the text tells */
        l->text = span_make(text.p ? text.p : (const uint8_t *)"", text.n);
        l->fonts = span_make(fonts.p ? fonts.p : (const uint8_t *)"", fonts.n);
        rc = sandbox_task(look_at_text, l, out, why, CAGE_WHY) == LOOK_READY ? 0 : 1;
    }
    buffer_free(&text);
    buffer_free(&fonts);
    return rc;
}

/* 0, 1: not this file, why says it; -1: it would be the same with any. */
static int facts_of(struct looking *l, struct buffer *out, char *why)
{
    int code = sandbox_task(look, l, out, why, CAGE_WHY);
    if (code == LOOK_PDF) {
        return ask_poppler(l, l->place->count ? l->room->fd : STDIN_FILENO, out, why);
    }
    if (code == LOOK_UNREADABLE) {
        (void)snprintf(why, CAGE_WHY, "it cannot be unpacked");
    }
    return code == LOOK_READY ? 0 : 1;
}

/* One line of the answer: the facts, an object, with the place in front. */
static int answer(const char *place, const struct buffer *facts)
{
    int n =
        printf("{\"place\":\"%s\",%.*s\n", place, (int)facts->n - 1, (const char *)facts->p + 1);
    return n > 0 && fflush(stdout) == 0 ? 0 : -1;
}

/* Or why there are none. */
static int refuse(const char *place, const char *why)
{
    int n = printf("{\"place\":\"%s\",\"failure\":\"%s\"}\n", place, why);
    return n > 0 && fflush(stdout) == 0 ? 0 : -1;
}

static int do_file(struct span document, const char *number, const char *text, size_t size)
{
    struct place place;
    struct room room = {.fd = -1};
    struct buffer facts;
    char why[CAGE_WHY] = "";
    if (!place_parse(text, &place) || size > SIZE_LIMIT) {
        return refuse(text, "it is too large");
    }
    if (place.count) {
        room.fd = memfd_create("file", MFD_CLOEXEC);
        if (room.fd < 0 || ftruncate(room.fd, (off_t)size) != 0 ||
            room_make(&room, room.fd, size) != 0) {
            return -1;
        }
    }
    struct looking l = {.document = document, .place = &place, .room = &room, .number = number};
    buffer_init(&facts, ANSWER_MAX);
    int rc = facts_of(&l, &facts, why);
    if (rc < 0) {
        (void)fprintf(stderr, "satyapan-text: %s\n", why);
    } else {
        rc = rc == 0 && facts.n > 2 ? answer(text, &facts)
                                    : refuse(text, *why ? why : "nothing came");
    }
    buffer_free(&facts);
    if (place.count) {
        room_free(&room);
        (void)close(room.fd);
    }
    return rc;
}

int words_run(struct span document, const char *number)
{
    char line[LINE_MAX_];
    FILE *in = fdopen(3, "r");
    int rc = in ? 0 : -1;
    /* Many children: what OpenSSL and libxml2 need once is made here. */
    rc = rc ? rc : sandbox_warm();
    while (rc == 0 && fgets(line, sizeof line, in)) {
        char *blank = strchr(line, ' '), *end;
        unsigned long long size = blank ? strtoull(blank + 1, &end, 10) : 0;
        if (!blank) {
            rc = -1;
        } else {
            *blank = 0;
            rc = do_file(document, number, line, (size_t)size);
        }
    }
    if (in) {
        (void)fclose(in);
    }
    return rc == 0 ? 0 : 2;
}
