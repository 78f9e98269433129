/*
 * plan - see plan.h: texts, marks, pages.
 */
#include "issue/render/plan.h"

#include <stdio.h>
#include <stdlib.h>

#include <qrencode.h>

#include "scheme/date.h"

enum { ARENA = 64 << 20, MARKS = 1 << 20 };

/* ---- texts ----------------------------------------------------------------------------------- */

/* A model or a version is broken where it must be, but gets no hyphen that it does not have. */
static void set_breaks(PangoLayout *l)
{
    PangoAttrList *list = pango_attr_list_new();
    pango_attr_list_insert(list, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(l, list);
    pango_attr_list_unref(list);
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
}

static void set_font(PangoLayout *l, const struct render_style *s)
{
    PangoFontDescription *d = pango_font_description_new();
    pango_font_description_set_family_static(d, s->mono ? "Noto Sans Mono"
                                                        : "Noto Sans, Noto Sans Devanagari");
    pango_font_description_set_weight(d, s->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(d, s->size * PANGO_SCALE);
    pango_layout_set_font_description(l, d);
    pango_font_description_free(d);
}

struct render_text plan_text(struct render_plan *p, const struct render_style *s, double w,
                             const char *utf8)
{
    struct render_text t = {pango_layout_new(p->r->context), s->colour, w, 0};
    PangoRectangle logical;
    set_font(t.layout, s);
    pango_layout_set_width(t.layout, (int)(w * PANGO_SCALE));
    set_breaks(t.layout);
    pango_layout_set_alignment(t.layout, s->align);
    pango_layout_set_text(t.layout, utf8, -1);
    pango_layout_get_extents(t.layout, NULL, &logical);
    t.h = (double)logical.height / PANGO_SCALE;
    /* PDF/A has no place for .notdef (ISO 19005-3 6.2.11.8), nor has a certificate. */
    if (pango_layout_get_unknown_glyphs_count(t.layout) > 0 && !p->unknown) {
        p->unknown = true;
        (void)snprintf(p->why, sizeof p->why,
                       "The text \"%.300s\" has a letter that the fonts of the certificate do not "
                       "have; they have Latin, Greek, Cyrillic and Devanagari.",
                       utf8);
    }
    return t;
}

static struct render_mark *add(struct render_plan *p)
{
    void *items = p->marks;
    if (p->failed || p->count >= MARKS ||
        arena_grow(p->arena, &items, &p->room, p->count + 1, sizeof *p->marks) != 0) {
        p->failed = true;
        return NULL;
    }
    p->marks = items;
    return &p->marks[p->count++];
}

void plan_put(struct render_plan *p, const struct render_text *t, double x, double y)
{
    struct render_mark *m = add(p);
    if (m) {
        *m = (struct render_mark){MARK_TEXT, p->page,   x,         y, t->w,
                                  t->h,      t->layout, t->colour, 0, p->row};
    } else {
        g_object_unref(t->layout);
    }
}

void plan_line(struct render_plan *p, const struct render_style *s, const char *utf8, double gap)
{
    struct render_text t = plan_text(p, s, PAGE_INNER, utf8);
    (void)plan_need(p, t.h);
    plan_put(p, &t, PAGE_LEFT, p->y);
    p->y += t.h + gap;
}

void plan_rect(struct render_plan *p, double x, double y, double w, double h, unsigned colour)
{
    struct render_mark *m = add(p);
    if (m) {
        *m = (struct render_mark){MARK_RECT, p->page, x, y, w, h, NULL, colour, 0, p->row};
    }
}

void plan_frame(struct render_plan *p, double x, double y, double w, double h, double line,
                unsigned colour)
{
    struct render_mark *m = add(p);
    if (m) {
        *m = (struct render_mark){MARK_FRAME, p->page, x, y, w, h, NULL, colour, line, p->row};
    }
}

bool plan_need(struct render_plan *p, double h)
{
    if (p->y + h <= PAGE_BOTTOM || p->y <= PAGE_TOP) {
        return false;
    }
    p->page++;
    p->y = PAGE_TOP;
    return true;
}

/* ---- data ------------------------------------------------------------------------------------ */

const char *plan_printf(struct render_plan *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *s = arena_vprintf(p->arena, fmt, ap);
    va_end(ap);
    p->failed = p->failed || !s;
    return s ? s : "";
}

const char *plan_get(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

const char *plan_date(struct render_plan *p, const json_t *o, const char *key, bool hindi)
{
    char text[DATE_TEXT];
    int32_t day;
    if (!date_parse(span_str(plan_get(o, key)), &day)) {
        day = DATE_NONE;
    }
    return plan_printf(p, "%s", date_people(day, hindi, text));
}

const char *plan_number(struct render_plan *p)
{
    const char *number = plan_get(p->data, "number");
    return *number ? number : "जारी होने पर / given at issue";
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Which version the page is of, so that a sheet of an earlier one is not taken for it. */
static const char *version_of(struct render_plan *p)
{
    const json_t *o = json_object_get(p->data, "amendment");
    bool corrects = strcmp(plan_get(o, "kind"), "correction") == 0;
    return json_is_object(o)
               ? plan_printf(p, corrects ? "शुद्धि / Correction %d · " : "संशोधन / Amendment %d · ",
                             (int)json_integer_value(json_object_get(o, "number")))
               : "";
}

/* Below each page: number, version, page x of y; drawn last on it. */
static void footers(struct render_plan *p)
{
    static const struct render_style left = {.size = 7.5, .colour = MUTED};
    static const struct render_style right = {
        .size = 7.5, .colour = MUTED, .align = PANGO_ALIGN_RIGHT};
    int pages = p->page + 1;
    for (p->page = 0; p->page < pages; p->page++) {
        struct render_text a =
            plan_text(p, &left, PAGE_INNER * 0.6,
                      plan_printf(p, "प्रमाणपत्र संख्या / Certificate number: %s", plan_number(p)));
        struct render_text b =
            plan_text(p, &right, PAGE_INNER * 0.4,
                      plan_printf(p, "%sपृष्ठ %d / %d · Page %d of %d", version_of(p), p->page + 1,
                                  pages, p->page + 1, pages));
        plan_rect(p, PAGE_LEFT, PAGE_BOTTOM + 6, PAGE_INNER, 0.5, RULE);
        plan_put(p, &a, PAGE_LEFT, PAGE_BOTTOM + 9);
        plan_put(p, &b, PAGE_RIGHT - PAGE_INNER * 0.4, PAGE_BOTTOM + 9);
    }
    p->page = pages - 1;
}

int render_plan_make(struct render_plan *p, struct renderer *r, const json_t *data,
                     const struct render_options *o)
{
    *p = (struct render_plan){.r = r, .data = data, .options = o, .y = PAGE_TOP};
    p->arena = arena_new(ARENA);
    if (!p->arena) {
        return -1;
    }
    if (o->qr) {
        p->qr =
            QRcode_encodeData((int)strlen(o->qr), (const unsigned char *)o->qr, 0, QR_ECLEVEL_M);
        p->failed = !p->qr;
    }
    struct closing closing;
    closing_measure(p, &closing);
    front_plan(p, closing.h);
    closing_plan(p, &closing);
    annexure_plan(p);
    footers(p);
    return p->failed ? -1 : p->unknown ? 1 : 0;
}

void render_plan_free(struct render_plan *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->marks[i].layout) {
            g_object_unref(p->marks[i].layout);
        }
    }
    QRcode_free(p->qr);
    arena_free(p->arena);
}
