/*
 * pages_statistics - how many applications are where, how long they take, what the machine says.
 */
#include "http/office/pages_all.h"
#include "http/office/pages_chart.h"

enum { BARS_MAX = 24 };

/* {word: number} as bars, in the order of words. */
static void bars_of(struct view *v, enum office_word heading, const json_t *object,
                    const char *const *words)
{
    struct bar bars[BARS_MAX];
    size_t n = 0;
    for (; *words && n < BARS_MAX; words++) {
        int64_t value = get_number(object, *words);
        bars[n++] = (struct bar){vocab_text(v, *words), value == UTC_NONE ? 0 : value, TONE_NONE};
        bars[n - 1].tone = vocab_tone(*words) <= TONE_BAD ? vocab_tone(*words) : TONE_NONE;
    }
    chart_bars(v, office_word(v->lang, heading), office_word(v->lang, OW_STAT_NUMBER), bars, n);
}

/* "2026-11" as "Nov 2026". */
static const char *month(struct view *v, const char *text)
{
    char date[TEXT_SIZE], whole[TEXT_SIZE];
    char *iso = arena_printf(v->arena, "%s-01", text ? text : "");
    const char *day = text_date(iso, v->lang == LANG_HI, date);
    const char *rest = strchr(day, ' ');
    (void)whole;
    return rest ? arena_str(v->arena, span_str(rest + 1)) : text;
}

static void months(struct view *v, const json_t *rows, const char *column, enum office_word heading)
{
    struct bar points[BARS_MAX];
    size_t count = json_array_size(rows), from = count > BARS_MAX ? count - BARS_MAX : 0, n = 0;
    for (size_t i = from; i < count; i++) {
        const json_t *row = json_array_get(rows, i);
        int64_t value = get_number(row, column);
        points[n++] = (struct bar){month(v, get_text(row, "month")), value == UTC_NONE ? 0 : value,
                                   TONE_NONE};
    }
    chart_line(v, office_word(v->lang, heading), office_word(v->lang, OW_STAT_NUMBER), points, n);
}

static void days(struct view *v, const json_t *object, const char *const *states)
{
    struct bar bars[BARS_MAX];
    size_t n = 0;
    for (; *states && n < BARS_MAX; states++) {
        const json_t *one = json_object_get(object, *states);
        int64_t value = get_number(one, "median");
        if (one && value != UTC_NONE) {
            bars[n++] = (struct bar){vocab_text(v, *states), value, TONE_NONE};
        }
    }
    chart_bars(v, office_word(v->lang, OW_STAT_DAYS), office_word(v->lang, OW_STAT_DAYS_UNIT), bars,
               n);
}

int page_statistics(struct view *v)
{
    static const char *const states[] = {
        "draft",       "submitted",       "registered", "testing",        "assessment", "committee",
        "recommended", "not-recommended", "certified",  "not-considered", "withdrawn",  NULL};
    static const char *const kinds[] = {"fresh", "recertification", "major-change", "minor-change",
                                        NULL};
    static const char *const verdicts[] = {"ACCEPTED", "REVIEW", "REJECTED", NULL};
    enum op_problem problem;
    const json_t *s = view_read(v, "statistics.show", NULL, &problem);
    if (!s) {
        return view_problem(v, problem, NULL);
    }
    view_begin(v, office_word(v->lang, OW_NAV_STATISTICS), NULL);
    html_raw(&v->h, "<div class=\"charts\">");
    bars_of(v, OW_STAT_STATES, json_object_get(s, "states"), states);
    bars_of(v, OW_STAT_VERDICTS, json_object_get(s, "verdicts"), verdicts);
    bars_of(v, OW_STAT_KINDS, json_object_get(s, "kinds"), kinds);
    days(v, json_object_get(s, "days"), states);
    months(v, json_object_get(s, "months"), "created", OW_STAT_CREATED);
    months(v, json_object_get(s, "months"), "registered", OW_STAT_REGISTERED);
    months(v, json_object_get(s, "months"), "recommended", OW_STAT_RECOMMENDED);
    html_raw(&v->h, "</div>");
    return view_end(v);
}
