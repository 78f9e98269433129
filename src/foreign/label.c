/*
 * label - what a label of a register names: by the rows of labels.def, and by its profile.
 *
 * One in two languages ("Zertifikat-Nr. / Certificate No.", "证书编号 Certificate No.") names what
 * its parts name, when all of them name the same. A part in Chinese or Japanese that is not known
 * may stand beside one that is, unless it speaks of something earlier; one in Latin letters may
 * not: "Certificate number / replaced certificate" names nothing.
 */
#include "base/utf8.h"
#include "foreign/profile.h"

enum { EAST_ASIAN = 0x2e80 }; /* first code point of the scripts that are written without blanks */

static const struct {
    enum label_class class;
    const char *text;
} general[] = {
#define LABEL(class, text) {LABEL_##class, text},
#include "foreign/labels.def"
#undef LABEL
};

static bool lists(const struct profile_list *list, struct span text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (span_eq(text, span_str(list->items[i]))) {
            return true;
        }
    }
    return false;
}

/* One of the lists has it as a whole. *told: the profile has a word about it. */
static enum label_class whole(const struct profile *p, struct span text, bool *told)
{
    *told = false;
    for (int c = 1; p && c < LABEL_CLASSES; c++) {
        if (lists(&p->labels[c], text)) {
            return (enum label_class)c;
        }
    }
    if (p && lists(&p->labels[LABEL_OTHER], text)) {
        *told = true; /* the profile says that here it means something else */
        return LABEL_OTHER;
    }
    for (size_t i = 0; text.n && i < sizeof general / sizeof *general; i++) {
        if ((uint8_t)general[i].text[0] == text.p[0] && span_eq(text, span_str(general[i].text))) {
            bool issuer = general[i].class == LABEL_ISSUER; /* elsewhere it is the register's own */
            return issuer && !(p && p->several) ? LABEL_OTHER : general[i].class;
        }
    }
    return LABEL_OTHER;
}

/* ---- in two languages ------------------------------------------------------------------------ */

static bool is_east_asian(struct span rest)
{
    size_t n = utf8_printable(rest);
    return n >= 3 && utf8_code(rest, n) >= EAST_ASIAN;
}

static bool parts_here(uint8_t c)
{
    return c == '/' || c == '|' || c == '(' || c == ')' || c == '[' || c == ']';
}

static bool is_edge(uint8_t c)
{
    return c == ' ' || c == ':' || c == '*';
}

/* Takes the next part: up to a sign, or to where the script changes. */
static struct span next_part(struct span *rest)
{
    while (rest->n && (parts_here(rest->p[0]) || is_edge(rest->p[0]))) {
        *rest = span_sub(*rest, 1, rest->n);
    }
    bool wide = rest->n && is_east_asian(*rest);
    size_t n = 0;
    while (n < rest->n && !parts_here(rest->p[n])) {
        struct span here = span_sub(*rest, n, rest->n);
        size_t step = utf8_printable(here);
        if (!is_edge(here.p[0]) && is_east_asian(here) != wide) {
            break;
        }
        n += step ? step : 1;
    }
    struct span part = span_sub(*rest, 0, n);
    *rest = span_sub(*rest, n, rest->n);
    while (part.n && is_edge(part.p[part.n - 1])) {
        part.n--;
    }
    return part;
}

/* "dd.mm.yyyy", "dd" of "dd/mm/yyyy": how the date is written. */
static bool is_date_form(struct span part)
{
    for (size_t i = 0; i < part.n; i++) {
        if (!part.p[i] || !strchr("dmyjt.- ", part.p[i])) {
            return false;
        }
    }
    return part.n >= 2;
}

/* Not known, of two characters and more, and not about what was before. */
static bool may_be_translation(struct span part)
{
    static const char *const earlier[] = {"旧", "舊", "原", "前", "曾", "失", "撤", "替"};
    for (size_t i = 0; i < sizeof earlier / sizeof *earlier; i++) {
        if (span_find(part, span_str(earlier[i]), 0) != SIZE_MAX) {
            return false;
        }
    }
    return part.n >= 6 && is_east_asian(part);
}

static enum label_class of_parts(const struct profile *p, struct span rest)
{
    enum label_class all = LABEL_OTHER;
    bool latin = false, told;
    while (rest.n) {
        struct span part = next_part(&rest);
        enum label_class one = whole(p, part, &told);
        bool neutral = !told && (!part.n || is_date_form(part) || may_be_translation(part));
        if (one == LABEL_OTHER && neutral) {
            continue;
        }
        if (one == LABEL_OTHER || (all != LABEL_OTHER && all != one)) {
            return LABEL_OTHER;
        }
        all = one;
        latin = latin || !is_east_asian(part);
    }
    return latin ? all : LABEL_OTHER;
}

enum label_class profile_label(const struct profile *p, const char *folded)
{
    bool told;
    struct span text = span_str(folded);
    enum label_class class = whole(p, text, &told);
    return class != LABEL_OTHER || told || text.n > 120 ? class : of_parts(p, text);
}
