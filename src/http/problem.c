/*
 * problem - see problem.h. RFC 9457: "type" is about:blank, so "title" is the status phrase; what
 * went wrong is the extension "code" (stable) and "detail" (for people).
 */
#include "http/problem.h"

#include <jansson.h>

#include "base/mem.h"

struct row {
    unsigned status;
    const char *code, *en, *hi;
};

static const struct row rows[PROBLEM_COUNT] = {
    [PROBLEM_NONE] = {200, "none", "", ""},
#define PROBLEM(id, status, code, en, hi) [PROBLEM_##id] = {status, code, en, hi},
#include "http/problem.def"
#undef PROBLEM
};

unsigned problem_status(enum problem p)
{
    return rows[p].status;
}

const char *problem_title(enum problem p)
{
    switch (rows[p].status) {
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 429:
        return "Too Many Requests";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

int problem_json(enum problem p, enum lang lang, unsigned retry_seconds, struct buffer *out)
{
    const struct row *r = &rows[p];
    json_t *o = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank", "title",
                          problem_title(p), "status", (int)r->status, "code", r->code, "detail",
                          lang == LANG_HI ? r->hi : r->en);
    int rc = o ? 0 : -1;
    if (rc == 0 && retry_seconds) {
        rc = json_object_set_new(o, "retry_after", json_integer((json_int_t)retry_seconds));
    }
    char *text = rc == 0 ? json_dumps(o, JSON_COMPACT) : NULL;
    if (text) {
        buffer_str(out, text);
        buffer_char(out, '\n');
    }
    rc = text && buffer_ok(out) ? 0 : -1;
    mem_free(text); /* jansson allocates through mem (sp_init) */
    json_decref(o);
    return rc;
}
