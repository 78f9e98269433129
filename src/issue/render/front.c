/*
 * front - the first page of a certificate: title, what is certified, from when to when.
 *
 * Each fact has its label in both languages, and its value in Hindi above English where the data
 * have both. No state emblem: its use is restricted by law.
 */
#include "issue/render/plan.h"

#define LABEL_W 132.0
#define VALUE_X (PAGE_LEFT + LABEL_W)
#define VALUE_W (PAGE_INNER - LABEL_W)

static const struct render_style label = {.size = 7.8, .colour = MUTED};
static const struct render_style strong = {.size = 9.5, .colour = INK, .bold = true};
static const struct render_style plain = {.size = 8.8, .colour = INK};

struct value {
    const char *text;
    const struct render_style *style;
};

/* A label and, beside it, lines of text; a hair line below. */
static void fact(struct render_plan *p, const char *hindi, const char *english,
                 const struct value *values, size_t count)
{
    struct render_text name =
        plan_text(p, &label, LABEL_W - 8, plan_printf(p, "%s\n%s", hindi, english));
    struct render_text texts[4] = {{NULL, 0, 0, 0}};
    double h = 0;
    for (size_t i = 0; i < count; i++) {
        texts[i] = plan_text(p, values[i].style, VALUE_W, values[i].text);
        h += texts[i].h;
    }
    h = h > name.h ? h : name.h;
    (void)plan_need(p, h + 5 + p->keep);
    p->row++;
    plan_put(p, &name, PAGE_LEFT, p->y);
    double y = p->y;
    for (size_t i = 0; i < count; i++) {
        plan_put(p, &texts[i], VALUE_X, y);
        y += texts[i].h;
    }
    p->y += h + 2.5;
    plan_rect(p, PAGE_LEFT, p->y, PAGE_INNER, 0.4, RULE);
    p->y += 2.5;
}

static void fact_one(struct render_plan *p, const char *hindi, const char *english,
                     const char *text)
{
    struct value v = {text, &plain};
    fact(p, hindi, english, &v, 1);
}

/* ---- head ------------------------------------------------------------------------------------ */

static void centred(struct render_plan *p, double size, bool bold, unsigned colour,
                    const char *text, double gap)
{
    struct render_style s = {
        .size = size, .bold = bold, .colour = colour, .align = PANGO_ALIGN_CENTER};
    plan_line(p, &s, text, gap);
}

static void head(struct render_plan *p)
{
    const json_t *body = json_object_get(p->data, "body");
    struct render_style s = {
        .size = 13, .bold = true, .colour = ACCENT, .align = PANGO_ALIGN_CENTER};
    plan_frame(p, 28, 28, PAGE_W - 56, PAGE_H - 56, 1.4, ACCENT);
    plan_frame(p, 31.5, 31.5, PAGE_W - 63, PAGE_H - 63, 0.4, ACCENT);
    p->y = 40;
    centred(p, 10.5, true, INK, plan_get(body, "name_hi"), 0);
    centred(p, 10, false, INK, plan_get(body, "name"), 1);
    centred(p, 8.2, false, MUTED,
            "आईओटी प्रणाली प्रमाणन योजना · IoT System Certification Scheme (IoTSCS)", 0);
    centred(p, 23, true, ACCENT, "प्रमाणपत्र · Certificate", 3);
    struct render_text number =
        plan_text(p, &s, PAGE_INNER - 20, plan_printf(p, "संख्या / Number  %s", plan_number(p)));
    plan_rect(p, PAGE_LEFT, p->y, PAGE_INNER, number.h + 6, FILL);
    plan_put(p, &number, PAGE_LEFT + 10, p->y + 3);
    p->y += number.h + 12;
}

static void statement(struct render_plan *p)
{
    int level = (int)json_integer_value(json_object_get(p->data, "level"));
    static const struct render_style s = {.size = 8.8, .colour = INK};
    plan_line(p, &s,
              plan_printf(p,
                          "प्रमाणित किया जाता है कि नीचे दिए गए उत्पाद के वे मॉडल, हार्डवेयर और फ़र्मवेयर "
                          "संस्करण, जो अनुलग्नक में सूचीबद्ध हैं, स्तर %d पर नीचे दिए गए मानकों की "
                          "अपेक्षाएँ पूरी करते हैं।",
                          level),
              1);
    plan_line(p, &s,
              plan_printf(p,
                          "This is to certify that those models, hardware and firmware versions of "
                          "the product below that are listed in the annexure meet the requirements "
                          "of the standards below at level %d.",
                          level),
              5);
}

/* ---- from when to when ----------------------------------------------------------------------- */

static void dates(struct render_plan *p)
{
    static const struct {
        const char *key, *hindi, *english;
    } cells[] = {{"issued_on", "जारी करने की तिथि", "Date of issue"},
                 {"valid_from", "वैधता आरंभ", "Valid from"},
                 {"valid_to", "वैधता समाप्ति", "Valid until"}};
    static const struct render_style small = {
        .size = 7.8, .colour = MUTED, .align = PANGO_ALIGN_CENTER};
    static const struct render_style big = {
        .size = 11, .bold = true, .colour = ACCENT, .align = PANGO_ALIGN_CENTER};
    double w = PAGE_INNER / 3, h = 0, top = p->y + 3;
    struct render_text texts[3][3];
    for (size_t i = 0; i < 3; i++) {
        texts[i][0] = plan_text(p, &small, w - 6,
                                plan_printf(p, "%s / %s", cells[i].hindi, cells[i].english));
        texts[i][1] = plan_text(p, &big, w - 6, plan_date(p, p->data, cells[i].key, true));
        texts[i][2] = plan_text(p, &big, w - 6, plan_date(p, p->data, cells[i].key, false));
        double own = texts[i][0].h + texts[i][1].h + texts[i][2].h;
        h = own > h ? own : h;
    }
    plan_rect(p, PAGE_LEFT, p->y, PAGE_INNER, h + 6, FILL);
    for (size_t i = 0; i < 3; i++) {
        double y = top;
        for (size_t k = 0; k < 3; k++) {
            plan_put(p, &texts[i][k], PAGE_LEFT + w * (double)i + 3, y);
            y += texts[i][k].h;
        }
    }
    p->y += h + 11;
}

/* ---- facts ----------------------------------------------------------------------------------- */

static const char *listed(struct render_plan *p, const json_t *list, const char *between)
{
    const char *out = "";
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *s = json_string_value(json_array_get(list, i));
        out = plan_printf(p, "%s%s%s", out, i ? between : "", s ? s : "");
    }
    return out;
}

static void holder(struct render_plan *p)
{
    const json_t *o = json_object_get(p->data, "holder");
    const char *address = plan_get(o, "address_hi");
    struct value v[4] = {{plan_get(o, "name_hi"), &strong}, {plan_get(o, "name"), &strong}};
    size_t n = 2;
    if (*address) {
        v[n++] = (struct value){address, &plain};
    }
    v[n++] = (struct value){plan_get(o, "address"), &plain};
    fact(p, "धारक", "Holder", v, n);
}

static void product(struct render_plan *p)
{
    const json_t *o = json_object_get(p->data, "product"), *brands;
    struct value v[3] = {{plan_get(o, "name_hi"), &strong}, {plan_get(o, "name"), &strong}};
    size_t n = 2;
    brands = json_object_get(p->data, "brands");
    if (json_array_size(brands)) {
        v[n++] =
            (struct value){plan_printf(p, "ब्रांड / Brands: %s", listed(p, brands, ", ")), &plain};
    }
    fact(p, "उत्पाद", "Product", v, n);
}

static const char *kind_text(const char *kind)
{
    static const char *const words[][2] = {
        {"fresh", "नया / Fresh"},
        {"recertification", "पुनः प्रमाणन / Re-certification"},
        {"major-change", "बड़ा बदलाव / Major change"},
        {"amendment", "संशोधन (छोटा बदलाव) / Amendment (minor change)"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], kind) == 0) {
            return words[i][1];
        }
    }
    return "";
}

static void level(struct render_plan *p)
{
    fact_one(p, "स्तर, शृंखला, प्रकार", "Level, series, kind",
             plan_printf(p, "स्तर / Level %d · %s · %s",
                         (int)json_integer_value(json_object_get(p->data, "level")),
                         plan_get(p->data, "series"), kind_text(plan_get(p->data, "kind"))));
}

static const char *both_dates(struct render_plan *p, const json_t *o, const char *key)
{
    return plan_printf(p, "%s / %s", plan_date(p, o, key, true), plan_date(p, o, key, false));
}

static void previous(struct render_plan *p)
{
    const json_t *o = json_object_get(p->data, "previous");
    if (json_is_object(o)) {
        fact_one(p, "पूर्ववर्ती प्रमाणपत्र", "Previous certificate",
                 plan_printf(p, "%s · वैधता / valid %s – %s", plan_get(o, "number"),
                             plan_date(p, o, "valid_from", false),
                             plan_date(p, o, "valid_to", false)));
    }
}

/* Which version of the certificate this is, and what is new in it. */
static void amendment(struct render_plan *p)
{
    const json_t *o = json_object_get(p->data, "amendment");
    if (!json_is_object(o)) {
        return;
    }
    bool corrects = strcmp(plan_get(o, "kind"), "correction") == 0;
    const char *head = plan_printf(p,
                                   corrects ? "शुद्धि संख्या / Correction no. %d · %s · %s"
                                            : "संशोधन संख्या / Amendment no. %d · %s · %s",
                                   (int)json_integer_value(json_object_get(o, "number")),
                                   both_dates(p, o, "date"), plan_get(o, "decision"));
    struct value v[] = {{head, &strong}, {plan_get(o, "hi"), &plain}, {plan_get(o, "en"), &plain}};
    fact(p, "संशोधित प्रमाणपत्र", "Amended certificate", v, 3);
}

static void testing(struct render_plan *p, double keep)
{
    const json_t *lab = json_object_get(p->data, "lab"), *reports, *cc;
    const char *list = "";
    reports = json_object_get(lab, "reports");
    for (size_t i = 0; i < json_array_size(reports); i++) {
        const json_t *r = json_array_get(reports, i);
        list = plan_printf(p, "%s%s%s (%s)", list, i ? "; " : "", plan_get(r, "number"),
                           plan_date(p, r, "date", false));
    }
    struct value v[] = {{plan_get(lab, "name"), &plain},
                        {plan_printf(p, "परीक्षण रिपोर्ट / Test reports: %s", list), &plain}};
    fact(p, "प्रयोगशाला, रिपोर्ट", "Laboratory, reports", v, 2);
    cc = json_object_get(p->data, "committee");
    const char *meeting = json_is_object(cc) ? plan_printf(p, "%s, %s", plan_get(cc, "meeting"),
                                                           both_dates(p, cc, "date"))
                                             : "–";
    p->keep = keep;
    fact_one(p, "प्रमाणन समिति, मूल्यांकक", "Committee, assessor",
             plan_printf(p, "%s · %s", meeting, plan_get(p->data, "assessor")));
}

static void conditions(struct render_plan *p, double keep)
{
    const json_t *list = json_object_get(p->data, "conditions");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        struct value v[] = {{plan_printf(p, "%zu. %s", i + 1, plan_get(c, "hi")), &plain},
                            {plan_get(c, "en"), &plain}};
        p->keep = i + 1 == json_array_size(list) ? keep : 0;
        fact(p, i ? "" : "शर्तें", i ? "" : "Conditions", v, 2);
    }
}

void front_plan(struct render_plan *p, double keep)
{
    const json_t *scheme = json_object_get(p->data, "scheme");
    head(p);
    statement(p);
    dates(p);
    holder(p);
    product(p);
    level(p);
    fact_one(p, "मानक", "Standards", listed(p, json_object_get(p->data, "standards"), "\n"));
    fact_one(
        p, "योजना दस्तावेज़", "Scheme document",
        plan_printf(p, "%s · %s", plan_get(scheme, "document"), both_dates(p, scheme, "issue")));
    fact_one(p, "पंजीकरण संख्या", "Registration number", plan_get(p->data, "registration"));
    previous(p);
    amendment(p);
    testing(p, json_array_size(json_object_get(p->data, "conditions")) ? 0 : keep + 12);
    conditions(p, keep + 12);
    p->row = 0;
}
