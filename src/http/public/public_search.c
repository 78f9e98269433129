/*
 * public_search - what is asked of the register: exactly; and for people, where nothing fits, what
 * is near. See public.h.
 *
 * A model and a firmware count as they are written, but for small and capital letters: "2.4" is
 * not "2.4.1". What is near is told apart from what fits, and programs are not given it.
 */
#include <stdio.h>
#include <strings.h>

#include "http/public/public.h"

enum { NEAR = 20 };

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static bool begins(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

/* ---- what fits ------------------------------------------------------------------------------- */

static bool same(const json_t *model, const char *key, const char *asked)
{
    return !asked || strcasecmp(text_of(model, key), asked) == 0;
}

static bool of_holder(const json_t *o, const char *holder)
{
    return !holder || begins(text_of(o, "holder"), holder) ||
           begins(text_of(o, "holder_hi"), holder);
}

/* The index finds lists of models that were amended since; and one index only is asked. */
static bool suits(const json_t *o, const struct certificate_search *s)
{
    size_t i;
    json_t *m;
    bool found = !s->model && !s->firmware;
    json_array_foreach(json_object_get(o, "models"), i, m)
    {
        found = found || (same(m, "model", s->model) && same(m, "firmware", s->firmware));
    }
    return found && of_holder(o, s->holder);
}

typedef bool fits(const json_t *o, const struct certificate_search *s);

/* The rows with their states, of those that fit. */
static int keep(struct office_request *r, const struct public_ask *a, const json_t *rows,
                fits *good, json_t *items)
{
    size_t i;
    json_t *row;
    int rc = 0;
    json_array_foreach(rows, i, row)
    {
        json_t *o = rc == 0 ? public_row(r->records, row, a->on, false) : NULL;
        rc = o ? rc : -1;
        if (o && good(o, &a->search)) {
            rc = json_array_append_new(items, o);
        } else {
            json_decref(o);
        }
    }
    return rc;
}

int public_search(struct office_request *r, const struct public_ask *a, json_t **items,
                  char next[PUBLIC_NUMBER])
{
    json_t *rows = NULL;
    next[0] = 0;
    *items = json_array();
    int rc = *items ? certificate_search(r->records, &a->search, &rows) : -1;
    rc = rc ? rc : keep(r, a, rows, suits, *items);
    if (rc == 0 && (int)json_array_size(rows) == a->search.limit) {
        (void)snprintf(next, PUBLIC_NUMBER, "%s",
                       text_of(json_array_get(rows, json_array_size(rows) - 1), "number"));
    }
    json_decref(rows);
    return rc;
}

/* ---- what is near ---------------------------------------------------------------------------- */

/* "v2.4.1" and "2.4.1". */
static const char *bare(const char *firmware)
{
    bool v = (*firmware == 'v' || *firmware == 'V') && firmware[1] >= '0' && firmware[1] <= '9';
    return v ? firmware + 1 : firmware;
}

static bool near_model(const json_t *o, const struct certificate_search *s)
{
    size_t i;
    json_t *m;
    bool found = false;
    json_array_foreach(json_object_get(o, "models"), i, m)
    {
        bool firmware =
            !s->firmware || strcasecmp(bare(text_of(m, "firmware")), bare(s->firmware)) == 0;
        found = found || (firmware && (!s->model || begins(text_of(m, "model"), s->model)));
    }
    return found && of_holder(o, s->holder);
}

/* The running number at the end, without the zeros it begins with; "" when there is none. */
static const char *running_of(const char *number)
{
    const char *last = number + strlen(number);
    while (last > number && last[-1] >= '0' && last[-1] <= '9') {
        last--;
    }
    last += strspn(last, "0");
    return strlen(last) <= 9 ? last : "";
}

/* How much of a number stands before the running one, without what is between. */
static size_t before_running(const char *number)
{
    size_t n = (size_t)(running_of(number) - number);
    while (n && strchr("0/-_ ", number[n - 1])) {
        n--;
    }
    return n;
}

/* The certificate's number ends as what was asked for, part by part, whatever is between them. */
static bool near_number(const json_t *o, const struct certificate_search *s)
{
    const char *number = text_of(o, "number");
    size_t n = before_running(number), m = before_running(s->number);
    while (m && n) {
        char a = s->number[--m], b = number[--n];
        bool gap = strchr("/-_ ", a) != NULL;
        if (gap ? b != '/' : a != b) {
            return false;
        }
    }
    const struct certificate_search rest = {
        .model = s->model, .firmware = s->firmware, .holder = s->holder};
    return !m && (!n || number[n - 1] == '/' || before_running(s->number) == 0) &&
           near_model(o, &rest);
}

int public_near(struct office_request *r, const struct public_ask *a, json_t **items)
{
    const struct certificate_search *s = &a->search;
    const char *running = s->number ? running_of(s->number) : NULL;
    json_t *rows = NULL;
    *items = json_array();
    if (!*items || (running && !*running)) {
        return *items ? 0 : -1;
    }
    int rc = 0;
    if (running || s->model) {
        rc = certificate_near(r->records, running, s->model, NEAR, &rows);
    } else if (s->firmware) {
        bool plain = bare(s->firmware) == s->firmware;
        struct certificate_search other = {
            .firmware = plain ? arena_printf(r->arena, "v%s", s->firmware) : bare(s->firmware),
            .limit = NEAR};
        rc = other.firmware ? certificate_search(r->records, &other, &rows) : -1;
    }
    rc = rc ? rc : keep(r, a, rows, running ? near_number : near_model, *items);
    json_decref(rows);
    return rc;
}
