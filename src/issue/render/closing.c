/*
 * closing - below the facts: the QR code with how to check, and the place of the signature.
 *
 * They stay together, at the foot of the last page of the facts.
 */
#include "issue/render/plan.h"

#define QR_SIZE 112.0
#define LEFT_W  268.0
#define RIGHT_X (PAGE_LEFT + LEFT_W + 14)
#define RIGHT_W (PAGE_RIGHT - RIGHT_X)
#define FIELD_H 54.0
#define GAP_MAX 9.0

static const struct render_style small = {.size = 7.2, .colour = MUTED};
static const struct render_style address = {.size = 7.2, .colour = ACCENT, .bold = true};
static const struct render_style within = {
    .size = 7.2, .colour = MUTED, .align = PANGO_ALIGN_CENTER};
static const struct render_style strong = {.size = 8.6, .colour = INK, .bold = true};
static const struct render_style plain = {.size = 8, .colour = INK};

void closing_measure(struct render_plan *p, struct closing *out)
{
    const json_t *s = json_object_get(p->data, "signatory");
    struct closing b;
    b.how = plan_text(
        p, &small, LEFT_W - QR_SIZE - 8,
        "जाँच कैसे करें: कोड स्कैन करें या नीचे का पता खोलें, और मॉडल, फ़र्मवेयर तथा तिथि मिलाएँ। "
        "प्रमाणपत्र की स्थिति बदल सकती है; वहाँ आज की स्थिति है।\nHow to check: scan the code or open "
        "the address below, and compare model, firmware and date. A certificate's status can "
        "change; today's is there.");
    b.url = plan_text(p, &address, LEFT_W - QR_SIZE - 8, plan_get(p->data, "url"));
    /* The signature's own appearance is empty (pades.c): what is seen in its place stands here. */
    b.inside = plan_text(p, &within, RIGHT_W - 20,
                         "मूल PDF में डिजिटल हस्ताक्षर है; छपी प्रति को QR कोड से जाँचें।\n"
                         "The original PDF carries the digital signature; check a printed copy by "
                         "its QR code.");
    b.label = plan_text(p, &small, RIGHT_W, "डिजिटल हस्ताक्षर / Digital signature");
    b.lines[0] = plan_text(p, &strong, RIGHT_W,
                           plan_printf(p, "%s / %s", plan_get(s, "name_hi"), plan_get(s, "name")));
    b.lines[1] = plan_text(p, &plain, RIGHT_W, plan_get(s, "designation_hi"));
    b.lines[2] = plan_text(p, &plain, RIGHT_W, plan_get(s, "designation"));
    b.lines[3] =
        plan_text(p, &plain, RIGHT_W,
                  plan_printf(p, "%s / %s", plan_get(s, "place_hi"), plan_get(s, "place")));
    double right = b.label.h + FIELD_H + 5;
    for (size_t i = 0; i < RENDER_SIGNED_LINES; i++) {
        right += b.lines[i].h;
    }
    double text = b.how.h + b.url.h + 3, left = text > QR_SIZE ? text : QR_SIZE;
    b.h = left > right ? left : right;
    *out = b;
}

static void put_qr(struct render_plan *p, double y)
{
    plan_frame(p, PAGE_LEFT, y, QR_SIZE, QR_SIZE, 0.4, RULE);
    if (p->qr && !p->failed) {
        p->marks[p->count - 1].kind = MARK_QR;
        p->marks[p->count - 1].colour = 0;
    }
}

/* When all facts are on one page, what is left of it goes between them. */
static void spread(struct render_plan *p, double left)
{
    int rows = 0;
    for (size_t i = 0; i < p->count; i++) {
        rows = p->marks[i].row > rows ? p->marks[i].row : rows;
    }
    double gap = left / (rows + 1);
    gap = gap > GAP_MAX ? GAP_MAX : gap;
    for (size_t i = 0; i < p->count; i++) {
        struct render_mark *m = &p->marks[i];
        double half = m->kind == MARK_TEXT && m->row ? gap / 2 : 0; /* above and below the text */
        m->y += gap * m->row - half;
    }
}

void closing_plan(struct render_plan *p, const struct closing *b)
{
    p->y += 5;
    (void)plan_need(p, b->h);
    double y = p->y + 6;
    if (p->page == 0) {
        spread(p, PAGE_BOTTOM - b->h - p->y);
        y = PAGE_BOTTOM - b->h;
    }
    put_qr(p, y);
    plan_put(p, &b->how, PAGE_LEFT + QR_SIZE + 8, y);
    plan_put(p, &b->url, PAGE_LEFT + QR_SIZE + 8, y + b->how.h + 3);
    plan_put(p, &b->label, RIGHT_X, y);
    y += b->label.h + 1;
    plan_frame(p, RIGHT_X, y, RIGHT_W, FIELD_H, 0.5, RULE);
    p->place = (struct render_place){p->page, RIGHT_X + 2, PAGE_H - y - FIELD_H + 2, RIGHT_W - 4,
                                     FIELD_H - 4};
    plan_put(p, &b->inside, RIGHT_X + 10, y + (FIELD_H - b->inside.h) / 2);
    y += FIELD_H + 3;
    for (size_t i = 0; i < RENDER_SIGNED_LINES; i++) {
        plan_put(p, &b->lines[i], RIGHT_X, y);
        y += b->lines[i].h;
    }
    p->y = PAGE_BOTTOM;
}
