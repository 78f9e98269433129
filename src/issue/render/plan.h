/*
 * plan - what stands where on the pages of a certificate: made first, measured, then drawn.
 *
 * Texts are laid out once (pango, 72 dpi: a unit is a point, from the upper left), placed as marks,
 * and drawn in that order, which is the order in which a reader of the PDF meets them. The plan is
 * whole before the first page is drawn, so each page knows how many there are, and a test can
 * measure it. Memory of pango and cairo is glib's: when it is out, the process ends.
 */
#ifndef ISSUE_RENDER_PLAN_H
#define ISSUE_RENDER_PLAN_H

#include <pango/pangocairo.h>

#include "base/arena.h"
#include "issue/issue.h"

/* A4 in points, and where text may stand. */
#define PAGE_W      595.28
#define PAGE_H      841.89
#define PAGE_LEFT   51.0
#define PAGE_RIGHT  544.28
#define PAGE_TOP    48.0
#define PAGE_BOTTOM 784.0 /* the footer is below */
#define PAGE_INNER  (PAGE_RIGHT - PAGE_LEFT)

enum render_colour {
    INK = 0x1A1F26,
    MUTED = 0x55606C,
    ACCENT = 0x12355B,
    RULE = 0xB4C0CC,
    FILL = 0xEDF2F7,
    WARNING = 0xA4161A,
    WASHED = 0xF6DEDC
};

enum render_mark_kind { MARK_TEXT, MARK_RECT, MARK_FRAME, MARK_QR };

struct render_mark {
    enum render_mark_kind kind;
    int page;
    double x, y, w, h; /* of a text: the room it was given, and its height */
    PangoLayout *layout;
    unsigned colour;
    double line; /* of a frame */
    int row;     /* of the facts on the front page, from 1: they share the room left over */
};

struct render_style {
    bool bold, mono;
    double size;
    unsigned colour;
    PangoAlignment align;
};

struct renderer {
    PangoFontMap *fonts;
    PangoContext *context;
    struct span icc;
    struct arena *arena;
};

struct render_plan {
    struct arena *arena;
    struct renderer *r;
    const json_t *data;
    const struct render_options *options;
    struct render_mark *marks;
    size_t count, room;
    int page;    /* being filled, from 0 */
    double y;    /* the next line on it */
    int row;     /* given to new marks */
    double keep; /* to be left below the next fact */
    struct render_place place;
    void *qr;             /* QRcode */
    bool failed, unknown; /* unknown: a character no font has */
    char why[ISSUE_WHY];
};

/* Lays out a text of a width; what is returned belongs to the plan once it is put. */
struct render_text {
    PangoLayout *layout;
    unsigned colour;
    double w, h;
};
struct render_text plan_text(struct render_plan *p, const struct render_style *s, double w,
                             const char *utf8);
void plan_put(struct render_plan *p, const struct render_text *t, double x, double y);

/* A text at the plan's line, which moves below it. */
void plan_line(struct render_plan *p, const struct render_style *s, const char *utf8, double gap);

void plan_rect(struct render_plan *p, double x, double y, double w, double h, unsigned colour);
void plan_frame(struct render_plan *p, double x, double y, double w, double h, double line,
                unsigned colour);

/* Another page when less than h is left on this one. True: it was begun. */
bool plan_need(struct render_plan *p, double h);

/* As asprintf, in the plan's memory; "" when that is out. */
const char *plan_printf(struct render_plan *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A text of the data; "" where it is absent. */
const char *plan_get(const json_t *o, const char *key);

/* "22 नवंबर 2026" or "22 Nov 2026" of a date of the data. */
const char *plan_date(struct render_plan *p, const json_t *o, const char *key, bool hindi);

/* "STQC/IOTSCS/ER/001", or that it has none yet. */
const char *plan_number(struct render_plan *p);

/* The parts, in order: front.c, closing.c, annexure.c. */
enum { RENDER_SIGNED_LINES = 4 };
struct closing {
    struct render_text how, url, label, inside, lines[RENDER_SIGNED_LINES];
    double h;
};
void closing_measure(struct render_plan *p, struct closing *out);
/* The last fact stays with what closes the page: keep is its height. */
void front_plan(struct render_plan *p, double keep);
void closing_plan(struct render_plan *p, const struct closing *b);
void annexure_plan(struct render_plan *p);

/* The whole: everything placed, footers too. 0, 1 (p->why), -1. render_plan_free in any case. */
int render_plan_make(struct render_plan *p, struct renderer *r, const json_t *data,
                     const struct render_options *o) WARN_UNUSED;
void render_plan_free(struct render_plan *p);

#endif
