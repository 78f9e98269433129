/*
 * render - a certificate's data as a PDF. See issue.h; plan.h for how the pages come about.
 *
 *   plan -> cairo's PDF, opaque colours only -> finish.c: PDF/A-3b
 *
 * Fonts are read from their files, no others of the machine are looked at, and nothing is hinted:
 * the same data, options and font files give the same octets. What it does not do: check the data
 * (check.c), sign.
 */
#include <stdio.h>
#include <unistd.h>

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangofc-fontmap.h>
#include <qrencode.h>

#include "base/mem.h"
#include "issue/render/finish.h"
#include "issue/render/plan.h"

#define FONTS "/usr/share/fonts/truetype/noto"
#define ICC   "/usr/share/color/icc/sRGB.icc"

enum { ICC_MAX = 1 << 20, PDF_MAX = 64 << 20 };

#ifdef __SANITIZE_ADDRESS__
/* pango 1.50 forgets a font map's configuration without giving it back: 7 KB for each renderer. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
#endif

/* ---- fonts ----------------------------------------------------------------------------------- */

static bool add_fonts(FcConfig *config, const char *folder, char *why)
{
    static const char *const files[] = {"NotoSans-Regular.ttf", "NotoSans-Bold.ttf",
                                        "NotoSansDevanagari-Regular.ttf",
                                        "NotoSansDevanagari-Bold.ttf", "NotoSansMono-Regular.ttf"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        if (access(path, R_OK) != 0 || !FcConfigAppFontAddFile(config, (const FcChar8 *)path)) {
            (void)snprintf(
                why, ISSUE_WHY,
                "The font %.300s cannot be read; install the packages fonts-noto-core and "
                "fonts-noto-mono.",
                path);
            return false;
        }
    }
    return true;
}

static int open_fonts(struct renderer *r, const char *folder, char *why)
{
    FcConfig *config = FcConfigCreate();
    cairo_font_options_t *o = cairo_font_options_create();
    int rc = -1;
    /* The process's configuration too: pango would have fontconfig read that of the machine. */
    if (config && add_fonts(config, folder, why) && FcConfigSetCurrent(config)) {
        r->fonts = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
        pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(r->fonts), config);
        pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(r->fonts), 72);
        r->context = pango_font_map_create_context(r->fonts);
        cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
        cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
        cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
        pango_cairo_context_set_font_options(r->context, o);
        pango_context_set_language(r->context, pango_language_from_string("hi"));
        pango_context_set_round_glyph_positions(r->context, FALSE);
        rc = 0;
    }
    cairo_font_options_destroy(o);
    if (config) {
        FcConfigDestroy(config);
    }
    return rc;
}

static int read_icc(struct renderer *r, const char *path, char *why)
{
    FILE *f = fopen(path, "rb");
    uint8_t *p = f ? arena_alloc(r->arena, ICC_MAX) : NULL;
    size_t n = p ? fread(p, 1, ICC_MAX, f) : 0;
    if (f) {
        (void)fclose(f);
    }
    /* ICC.1 7.2: signature "acsp"; a profile of RGB (PDF/A-3, 6.2.3). */
    if (n < 128 || n == ICC_MAX || memcmp(p + 36, "acsp", 4) != 0 ||
        memcmp(p + 16, "RGB ", 4) != 0) {
        (void)snprintf(why, ISSUE_WHY,
                       "The colour profile %.300s cannot be read; install the package "
                       "icc-profiles-free.",
                       path);
        return -1;
    }
    r->icc = span_make(p, n);
    return 0;
}

int renderer_open(const char *fonts, const char *icc, struct renderer **out, char *why)
{
    why[0] = 0;
    *out = NULL;
    struct renderer *r = mem_zalloc(sizeof *r);
    if (!r) {
        return -1;
    }
    r->arena = arena_new((size_t)2 * ICC_MAX);
    if (!r->arena || open_fonts(r, fonts ? fonts : FONTS, why) != 0 ||
        read_icc(r, icc ? icc : ICC, why) != 0) {
        renderer_close(r);
        return -1;
    }
    *out = r;
    return 0;
}

void renderer_close(struct renderer *r)
{
    if (r) {
        if (r->context) {
            g_object_unref(r->context);
        }
        if (r->fonts) {
            g_object_unref(r->fonts);
        }
        arena_free(r->arena);
        mem_free(r);
    }
}

/* ---- drawing --------------------------------------------------------------------------------- */

static void set_colour(cairo_t *c, unsigned rgb)
{
    cairo_set_source_rgb(c, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0,
                         (rgb & 255) / 255.0);
}

/* ISO/IEC 18004: four modules of quiet zone. Runs of a row as one rectangle. */
static void draw_qr(cairo_t *c, const QRcode *qr, const struct render_mark *m)
{
    double module = m->w / (qr->width + 8);
    for (int y = 0; y < qr->width; y++) {
        const unsigned char *row = qr->data + (ptrdiff_t)y * qr->width;
        for (int x = 0; x < qr->width;) {
            int from = x;
            while (x < qr->width && (row[x] & 1)) {
                x++;
            }
            if (x > from) {
                cairo_rectangle(c, m->x + (from + 4) * module, m->y + (y + 4) * module,
                                (x - from) * module, module);
            }
            x += x == from;
        }
    }
    cairo_fill(c);
}

static void draw_mark(cairo_t *c, const struct render_plan *p, const struct render_mark *m)
{
    set_colour(c, m->colour);
    switch (m->kind) {
    case MARK_TEXT:
        cairo_move_to(c, m->x, m->y);
        pango_cairo_show_layout(c, m->layout);
        break;
    case MARK_RECT:
        cairo_rectangle(c, m->x, m->y, m->w, m->h);
        cairo_fill(c);
        break;
    case MARK_FRAME:
        cairo_set_line_width(c, m->line);
        cairo_rectangle(c, m->x, m->y, m->w, m->h);
        cairo_stroke(c);
        break;
    case MARK_QR:
        draw_qr(c, p->qr, m);
        break;
    }
}

#define MARK_W 620.0 /* across the page, slanted */

/* The watermark on one line, as large as it fits. */
static struct render_text watermark_text(struct render_plan *p)
{
    struct render_style s = {
        .size = 60, .bold = true, .colour = WASHED, .align = PANGO_ALIGN_CENTER};
    struct render_text t = plan_text(p, &s, 20000, p->options->watermark);
    PangoRectangle ink;
    pango_layout_get_extents(t.layout, &ink, NULL);
    g_object_unref(t.layout);
    double w = (double)ink.width / PANGO_SCALE;
    s.size = w > MARK_W ? s.size * MARK_W / w : s.size;
    return plan_text(p, &s, MARK_W + 20, p->options->watermark);
}

/* Under the text, three times, in an opaque light colour: no transparency. Once more above it. */
static void draw_watermark(cairo_t *c, struct render_plan *p)
{
    static const struct render_style above = {
        .size = 10, .bold = true, .colour = WARNING, .align = PANGO_ALIGN_CENTER};
    struct render_text t = watermark_text(p),
                       line = plan_text(p, &above, PAGE_W, p->options->watermark);
    set_colour(c, WASHED);
    for (int i = 0; i < 3; i++) {
        cairo_save(c);
        cairo_translate(c, PAGE_W / 2, PAGE_H * (0.2 + 0.3 * i));
        cairo_rotate(c, -0.42);
        cairo_move_to(c, -t.w / 2, -t.h / 2);
        pango_cairo_show_layout(c, t.layout);
        cairo_restore(c);
    }
    set_colour(c, WARNING);
    cairo_move_to(c, 0, 11);
    pango_cairo_show_layout(c, line.layout);
    g_object_unref(t.layout);
    g_object_unref(line.layout);
}

static cairo_status_t take(void *context, const unsigned char *data, unsigned int n)
{
    struct buffer *out = context;
    buffer_add(out, span_make(data, n));
    return buffer_ok(out) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static int draw(struct render_plan *p, struct buffer *out)
{
    cairo_surface_t *s = cairo_pdf_surface_create_for_stream(take, out, PAGE_W, PAGE_H);
    /* 1.5 has /ActualText: without it clusters of Devanagari could not be read back. cairo 1.16
     * still writes a classic cross-reference table with it. */
    cairo_pdf_surface_restrict_to_version(s, CAIRO_PDF_VERSION_1_5);
    cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
    cairo_t *c = cairo_create(s);
    size_t i = 0;
    for (int page = 0; page <= p->page; page++) {
        if (p->options->watermark) {
            draw_watermark(c, p);
        }
        for (i = 0; i < p->count; i++) {
            if (p->marks[i].page == page) {
                draw_mark(c, p, &p->marks[i]);
            }
        }
        cairo_show_page(c);
    }
    bool good = cairo_status(c) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(c);
    cairo_surface_finish(s);
    good = good && cairo_surface_status(s) == CAIRO_STATUS_SUCCESS && buffer_ok(out);
    cairo_surface_destroy(s);
    return good ? 0 : -1;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int finish(struct render_plan *p, struct span drawn, struct buffer *out)
{
    const json_t *product = json_object_get(p->data, "product");
    struct pdf_finish f = {
        .title = plan_printf(p, "Certificate %s: %s", plan_number(p), plan_get(product, "name")),
        .title_hi = plan_printf(p, "प्रमाणपत्र %s: %s", plan_number(p), plan_get(product, "name_hi")),
        .author = plan_get(json_object_get(p->data, "body"), "name"),
        .name = plan_get(p->data, "number"),
        .created = p->options->created,
        .icc = p->r->icc,
        .json = p->options->json,
        .xml = p->options->xml};
    return p->failed ? -1 : pdf_finish(drawn, &f, out);
}

int render_pdf(struct renderer *r, const json_t *data, const struct render_options *o,
               struct buffer *out, struct render_place *where, char *why)
{
    struct render_plan p;
    struct buffer drawn;
    why[0] = 0;
    buffer_init(&drawn, PDF_MAX);
    int rc = render_plan_make(&p, r, data, o);
    rc = rc ? rc : draw(&p, &drawn);
    rc = rc || !p.unknown ? rc : 1; /* of the watermark */
    rc = rc ? rc : finish(&p, buffer_span(&drawn), out);
    if (rc == 1) {
        (void)snprintf(why, ISSUE_WHY, "%s", p.why);
    }
    if (where) {
        *where = p.place;
    }
    buffer_free(&drawn);
    render_plan_free(&p);
    return rc;
}
