/*
 * annexure - the table of models, hardware and firmware that a buyer compares, and where they are
 * made. Rows stay whole; the head of a table stands on each of its pages.
 */
#include "issue/render/plan.h"

enum { COLUMNS = 5 };

static const struct render_style title = {.size = 12, .bold = true, .colour = ACCENT};
static const struct render_style more = {.size = 9, .colour = MUTED};
static const struct render_style head_text = {.size = 7.6, .bold = true, .colour = ACCENT};
static const struct render_style cell = {.size = 8.6, .colour = INK};
static const struct render_style cell_strong = {.size = 8.6, .bold = true, .colour = INK};
static const struct render_style hash = {.size = 7.2, .colour = INK, .mono = true};
static const struct render_style hash_label = {.size = 6.8, .colour = MUTED};

struct table {
    const char *title, *more; /* more: on its further pages */
    const char *heads[COLUMNS];
    double widths[COLUMNS];
    size_t columns;
};

struct row {
    const char *cells[COLUMNS];
    const char *sha256; /* below the cells; NULL: none */
};

#define PAD 3.0

static double lay_row(struct render_plan *p, const struct table *t, const char *const *cells,
                      const struct render_style *first, const struct render_style *rest,
                      struct render_text out[COLUMNS])
{
    double h = 0;
    for (size_t i = 0; i < t->columns; i++) {
        out[i] = plan_text(p, i <= 1 ? first : rest, t->widths[i] - 2 * PAD, cells[i]);
        h = out[i].h > h ? out[i].h : h;
    }
    return h;
}

static void put_row(struct render_plan *p, const struct table *t,
                    const struct render_text texts[COLUMNS])
{
    double x = PAGE_LEFT;
    for (size_t i = 0; i < t->columns; i++) {
        plan_put(p, &texts[i], x + PAD, p->y + PAD);
        x += t->widths[i];
    }
}

static void put_head(struct render_plan *p, const struct table *t, bool again)
{
    struct render_text texts[COLUMNS];
    if (again) {
        plan_line(p, &more, t->more, 3);
    } else {
        const json_t *product = json_object_get(p->data, "product");
        plan_line(p, &title, t->title, 1);
        plan_line(
            p, &more,
            plan_printf(p, "%s · %s", plan_get(product, "name_hi"), plan_get(product, "name")), 4);
    }
    double h = lay_row(p, t, t->heads, &head_text, &head_text, texts);
    plan_rect(p, PAGE_LEFT, p->y, PAGE_INNER, h + 2 * PAD, FILL);
    plan_rect(p, PAGE_LEFT, p->y, PAGE_INNER, 0.8, ACCENT);
    put_row(p, t, texts);
    p->y += h + 2 * PAD;
}

/* 5e884898 da280471 ...: eight groups, so that two people can compare them aloud. */
static const char *grouped(struct render_plan *p, const char *hex)
{
    char out[80];
    size_t n = 0;
    for (size_t i = 0; i < 64 && hex[i]; i++) {
        if (i && i % 8 == 0) {
            out[n++] = ' ';
        }
        out[n++] = hex[i];
    }
    out[n] = 0;
    return plan_printf(p, "%s", out);
}

static void put_rule(struct render_plan *p)
{
    plan_rect(p, PAGE_LEFT, p->y, PAGE_INNER, 0.4, RULE);
}

static void add_row(struct render_plan *p, const struct table *t, const struct row *r, bool first)
{
    struct render_text texts[COLUMNS], label = {NULL, 0, 0, 0}, sum = {NULL, 0, 0, 0};
    double h = lay_row(p, t, r->cells, &cell_strong, &cell, texts) + 2 * PAD, below = h - PAD + 1;
    if (r->sha256) {
        label = plan_text(p, &hash_label, 92, "फ़र्मवेयर / Firmware SHA-256");
        sum = plan_text(p, &hash, PAGE_INNER - t->widths[0] - 96, grouped(p, r->sha256));
        h = below + (sum.h > label.h ? sum.h : label.h) + PAD;
    }
    /* The first row keeps title and head with it. */
    if (first) {
        (void)plan_need(p, h + 90);
        put_head(p, t, false);
    } else if (plan_need(p, h)) {
        put_head(p, t, true);
    }
    put_row(p, t, texts);
    if (r->sha256) {
        plan_put(p, &label, PAGE_LEFT + t->widths[0] + PAD, p->y + below + 0.6);
        plan_put(p, &sum, PAGE_LEFT + t->widths[0] + 92 + PAD, p->y + below);
    }
    p->y += h;
    put_rule(p);
}

static void models(struct render_plan *p)
{
    static const struct table t = {
        "अनुलग्नक क: मॉडल और फ़र्मवेयर · Annexure A: models and firmware",
        "अनुलग्नक क (जारी) · Annexure A (continued)",
        {"क्र. / No.", "मॉडल / Model", "हार्डवेयर / Hardware", "फ़र्मवेयर / Firmware", "चिप / SoC"},
        {36, 153, 100, 114, PAGE_INNER - 403},
        5};
    const json_t *list = json_object_get(p->data, "models");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *m = json_array_get(list, i);
        const char *soc = plan_get(m, "soc");
        struct row r = {{plan_printf(p, "%zu", i + 1), plan_get(m, "model"),
                         plan_get(m, "hardware"), plan_get(m, "firmware"), *soc ? soc : "–"},
                        plan_get(m, "firmware_sha256")};
        add_row(p, &t, &r, i == 0);
    }
}

static void locations(struct render_plan *p)
{
    static const struct table t = {"अनुलग्नक ख: निर्माण स्थान · Annexure B: manufacturing locations",
                                   "अनुलग्नक ख (जारी) · Annexure B (continued)",
                                   {"क्र. / No.", "इकाई / Unit", "पता / Address"},
                                   {36, 153, PAGE_INNER - 189},
                                   3};
    const json_t *list = json_object_get(p->data, "locations");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *l = json_array_get(list, i);
        const char *hindi = plan_get(l, "address_hi");
        struct row r = {
            {plan_printf(p, "%zu", i + 1), plan_get(l, "name"),
             plan_printf(p, "%s%s%s", hindi, *hindi ? "\n" : "", plan_get(l, "address"))},
            NULL};
        add_row(p, &t, &r, i == 0);
    }
}

void annexure_plan(struct render_plan *p)
{
    (void)plan_need(p, PAGE_H);
    models(p);
    p->y += 18;
    locations(p);
}
