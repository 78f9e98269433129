/*
 * ops_audit - the trail: an application's timeline, the whole of it, whether it is whole.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "office/cases.h"
#include "office/office.h"
#include "records/audit.h"

/* "after" is the seq of the last row. False: it is not. */
static bool read_after(const struct op_call *c, int64_t otherwise, int64_t *out)
{
    char *end;
    *out = otherwise;
    if (!c->after) {
        return true;
    }
    *out = strtoll(c->after, &end, 10);
    return end != c->after && *end == 0 && *out >= 0;
}

/* items is taken over. */
static int answer(struct op_call *c, json_t *items)
{
    char next[32] = "";
    size_t n = json_array_size(items);
    if ((int64_t)n > c->limit) {
        n = (size_t)c->limit;
        const json_t *last = json_array_get(items, n - 1);
        (void)snprintf(next, sizeof next, "%" PRId64, office_num(last, "seq"));
        if (json_array_remove(items, n) != 0) {
            json_decref(items);
            return -1;
        }
    }
    c->out = json_pack("{s:o, s:s?}", "items", items, "next", next[0] ? next : NULL);
    return c->out ? 0 : -1;
}

static int wrong_after(struct op_call *c)
{
    return op_fail_field(c, "after", "is not from the last answer", "पिछले उत्तर का नहीं है");
}

static int timeline(struct op_call *c, const json_t *application)
{
    int64_t before;
    json_t *items;
    if (!read_after(c, UTC_NONE, &before)) {
        return wrong_after(c);
    }
    int rc = audit_list(c->records, office_num(application, "id"), office_is_vendor(c), before,
                        (int)c->limit + 1, &items);
    if (rc == 0 && office_hide_actors(c, items) < 0) {
        json_decref(items);
        return -1;
    }
    return rc < 0 ? op_records(c, rc) : answer(c, items);
}

static int run_timeline(struct op_call *c)
{
    return office_case(c, timeline);
}

static int run_list(struct op_call *c)
{
    int64_t after;
    json_t *items;
    const char *sort = op_text(c, "sort");
    bool newest = sort && strcmp(sort, "newest") == 0;
    if (!read_after(c, UTC_NONE, &after)) {
        return wrong_after(c);
    }
    int rc = audit_find(c->records, op_text(c, "text"), newest, after, (int)c->limit + 1, &items);
    return rc < 0 ? op_records(c, rc) : answer(c, items);
}

static int run_check(struct op_call *c)
{
    struct audit_state s = {0};
    char last[SHA256_HEX];
    int rc = audit_verify(c->records, &s);
    if (rc < 0) {
        return op_records(c, rc);
    }
    (void)hash_hex(span_make(s.last, SHA256_SIZE), false, last);
    json_t *bad = s.bad ? json_integer(s.bad) : json_null();
    c->out = json_pack("{s:b, s:I, s:o, s:s}", "whole", s.bad == 0, "rows", (json_int_t)s.count,
                       "bad", bad, "last", last);
    return c->out ? 0 : -1;
}

static const char *const orders[] = {"oldest", "newest", NULL};

const struct op ops_audit[] = {
    {"application.timeline", "GET", "/api/v1/applications/{application}/timeline",
     "Show what was done, newest first", "क्या किया गया, नवीनतम पहले", ROLE_ANY, OP_READ | OP_PAGED,
     0, "event", (const struct op_param[]){PARAM_APPLICATION, PARAM_END}, run_timeline, NULL},
    {"audit.list", "GET", "/api/v1/audit", "List the audit trail, oldest first",
     "लेखापरीक्षा अभिलेख की सूची, प्राचीनतम पहले", ROLE_ADMIN, OP_READ | OP_PAGED, 0, "audit-row",
     (const struct op_param[]){{"text", OP_IN_QUERY, OP_TEXT, false, 100, NULL,
                                "part of who, what or about what: asha, document.add, firm:3",
                                "किसने, क्या या किसके विषय में का भाग: asha, document.add, firm:3"},
                               {"sort", OP_IN_QUERY, OP_WORD, false, 0, orders,
                                "order: oldest, newest", "क्रम: प्राचीनतम, नवीनतम"},
                               PARAM_END},
     run_list, NULL},
    {"audit.check", "GET", "/api/v1/audit/check", "Check that the audit trail is whole",
     "जाँचें कि लेखापरीक्षा अभिलेख अखंड है", ROLE_ADMIN, OP_READ, 0, "audit-state", NULL, run_check, NULL},
    {0},
};
