/*
 * op - see op.h: the one way to the records.
 */
#include "office/op.h"

#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "office/params.h"
#include "office/repeat.h"
#include "records/applications.h"
#include "records/audit.h"
#include "records/idempotency.h"

enum { SUBJECT = 128, READ_SECONDS = 3600 };

struct row {
    unsigned status;
    const char *code, *en, *hi;
};

static const struct row problems[OP_PROBLEM_COUNT] = {
    [OP_OK] = {200, "none", "", ""},
#define OP_PROBLEM(id, status, code, en, hi) [OP_##id] = {status, code, en, hi},
#include "office/problem.def"
#undef OP_PROBLEM
};

unsigned op_problem_status(enum op_problem p)
{
    return problems[p].status;
}

const char *op_problem_code(enum op_problem p)
{
    return problems[p].code;
}

const char *op_problem_title(enum op_problem p, bool hindi)
{
    return hindi ? problems[p].hi : problems[p].en;
}

/* ---- who may --------------------------------------------------------------------------------- */

/* Scopes of a token are words: "application" is every operation of the group, "application:read"
 * those that change nothing. */
static bool in_scope(const struct op *op, const char *scopes)
{
    size_t group = strcspn(op->id, ".");
    for (const char *s = scopes; *s;) {
        size_t n = strcspn(s, " ");
        bool same = n >= group && strncmp(s, op->id, group) == 0;
        if (same && (n == group || (op->flags & OP_READ && n == group + 5 &&
                                    strncmp(s + group, ":read", 5) == 0))) {
            return true;
        }
        s += n;
        s += strspn(s, " ");
    }
    return false;
}

bool op_allowed(const struct op *op, const struct actor *a)
{
    return op->flags & OP_OPEN ||
           (a && op->roles & a->roles && (!a->scopes || in_scope(op, a->scopes)));
}

static enum op_problem check_actor(const struct op *op, const struct actor *a)
{
    bool known = op->flags & OP_OPEN || (a && a->roles);
    if (!known || !op_allowed(op, a)) {
        return known ? OP_FORBIDDEN : OP_NOT_LOGGED_IN;
    }
    return op->flags & OP_FRESH && a && a->stale ? OP_CONFIRM : OP_OK;
}

/* ---- what is asked --------------------------------------------------------------------------- */

/* The first error as a sentence. */
static int tell_first(struct op_call *c)
{
    const json_t *first = json_array_get(c->errors, 0);
    const char *field = json_string_value(json_object_get(first, "field"));
    const char *why = json_string_value(json_object_get(first, "why"));
    const char *why_hi = json_string_value(json_object_get(first, "why_hi"));
    if (!field || !why || !why_hi) {
        return -1;
    }
    c->detail = arena_printf(c->arena, "%s %s", field, why);
    c->detail_hi = arena_printf(c->arena, "%s %s", field, why_hi);
    return c->detail && c->detail_hi ? 0 : -1;
}

static int check_parameters(struct op_call *c)
{
    bool path = false;
    if (params_check(c->op, c->in, &c->errors, &path) != 0) {
        return -1;
    }
    if (path) { /* a thing with such a name cannot be */
        json_decref(c->errors);
        c->errors = NULL;
        c->problem = OP_NOT_FOUND;
        return 0;
    }
    if (json_array_size(c->errors)) {
        c->problem = OP_BAD_PARAMETER;
        return tell_first(c);
    }
    if (c->op->flags & OP_UPLOAD && !c->upload.sha256[0]) {
        c->problem = OP_BAD_PARAMETER;
        return op_fail_field(c, "file", "is required", "आवश्यक है");
    }
    return 0;
}

/* A vendor's person has its own firm's applications only, whatever the operation does. */
static int check_application(struct op_call *c)
{
    const struct op_param *p = params_find(c->op, PARAMS_PATH, "application");
    int64_t firm = UTC_NONE;
    if (!p || !c->actor || c->actor->roles & ROLE_OFFICER) {
        return 0;
    }
    int rc = application_vendor(c->records, op_int(c, "application"), &firm);
    if (rc == RECORDS_FAILED) {
        return -1;
    }
    if (rc != 0 || firm != c->actor->firm || firm == UTC_NONE) {
        c->problem = OP_NOT_FOUND;
    }
    return 0;
}

/* ---- the run --------------------------------------------------------------------------------- */

/* What a reading was about, for its row in the trail: "application:12", or the operation's
 * group. */
static void read_subject(const struct op_call *c, char out[SUBJECT])
{
    (void)snprintf(out, SUBJECT, "%.*s", (int)strcspn(c->op->id, "."), c->op->id);
    for (const struct op_param *p = c->op->params; p && p->name; p++) {
        const json_t *v = json_object_get(c->in, p->name);
        if (p->place == OP_IN_PATH && json_is_integer(v)) {
            (void)snprintf(out, SUBJECT, "%s:%lld", p->name, json_integer_value(v));
        } else if (p->place == OP_IN_PATH && json_is_string(v)) {
            (void)snprintf(out, SUBJECT, "%s:%s", p->name, json_string_value(v));
        }
    }
}

/* Who looked at what, once an hour: it is committed before the answer goes out. */
static int audit_read(struct op_call *c)
{
    char subject[SUBJECT];
    int64_t person = c->actor ? c->actor->person : UTC_NONE;
    read_subject(c, subject);
    int lately = audit_lately(c->records, person, c->op->id, subject, c->now - READ_SECONDS);
    if (lately != 0) {
        return lately < 0 ? -1 : 0;
    }
    if (records_begin(c->records) != 0) {
        return -1;
    }
    bool good = op_audit(c, subject, UTC_NONE, false, NULL) == 0; /* no part of the timeline */
    return records_commit(c->records, good) == 0 && good ? 0 : -1;
}

static int run_inside(struct op_call *c)
{
    if (c->op->run(c) != 0) {
        return -1;
    }
    if (!c->problem && !(c->op->flags & OP_READ) && !c->audited && !c->unchanged) {
        (void)fprintf(stderr, "satyapan: operation %s left no trace in the audit trail\n",
                      c->op->id);
        return -1;
    }
    return 0;
}

/* Everything it reads is of one moment. */
static int run_reading(struct op_call *c)
{
    if (records_read_begin(c->records) != 0) {
        return -1;
    }
    int rc = c->op->run(c);
    records_read_end(c->records);
    bool noted = rc == 0 && !c->problem && c->op->flags & OP_AUDIT_READ;
    return noted ? audit_read(c) : rc;
}

static void set_status(struct op_call *c)
{
    const struct op *op = c->op;
    bool full = c->out || op->flags & (OP_FILE | OP_STREAM);
    if (!c->status) {
        c->status = c->problem   ? op_problem_status(c->problem)
                    : op->status ? op->status
                    : full       ? 200
                                 : 204;
    }
}

/* What it found out stays, what it changed does not. */
static int run_keyed(struct op_call *c)
{
    int found = repeat_find(c);
    if (found != 0) {
        return found < 0 ? -1 : 0;
    }
    if (records_mark(c->records) != 0 || run_inside(c) != 0 ||
        (c->problem && records_undo(c->records) != 0)) {
        return -1;
    }
    set_status(c);
    /* What will be otherwise in a moment is no answer to the same request later. */
    bool passing = c->status == 429 || c->status >= 500;
    return passing ? 0 : repeat_keep(c);
}

static void drop_answer(struct op_call *c)
{
    json_decref(c->out);
    c->out = NULL;
    if (c->file.fd >= 0) {
        (void)close(c->file.fd);
    }
    c->file.fd = -1;
}

/* Others write meanwhile. */
static int rehearse(struct op_call *c)
{
    c->pass = OP_REHEARSAL;
    int rc = run_reading(c);
    c->pass = OP_BEHIND;
    drop_answer(c);
    return rc;
}

/* The same request was answered before: as then, whatever a rehearsal would say of it now. 1, 0,
 * -1. */
static int find_answer(struct op_call *c)
{
    if (records_read_begin(c->records) != 0) {
        return -1;
    }
    int found = repeat_find(c);
    records_read_end(c->records);
    return found;
}

static int run(struct op_call *c)
{
    bool keyed = repeat_applies(c);
    if (c->op->flags & OP_READ) {
        return run_reading(c);
    }
    if (c->op->flags & OP_REHEARSED) {
        int found = keyed ? find_answer(c) : 0;
        int judged = found == 0 ? rehearse(c) : 0;
        if (found != 0 || judged != 0 || c->problem) {
            return found < 0 ? -1 : judged;
        }
    }
    if (records_begin(c->records) != 0) {
        return -1;
    }
    int rc = keyed ? run_keyed(c) : run_inside(c);
    bool good = rc == 0 && (keyed || !c->problem);
    if (records_commit(c->records, good) != 0 && good) {
        rc = -1;
    }
    return rc;
}

int op_call(struct op_call *c)
{
    uint64_t failures = mem_failures();
    c->out = NULL;
    c->file = (struct op_file){.fd = -1};
    c->detail = c->detail_hi = NULL;
    c->status = c->audited = 0;
    c->pass = OP_ONLY;
    c->unchanged = c->replayed = false;
    c->problem = check_actor(c->op, c->actor);
    int rc = c->problem ? 0 : repeat_check(c);
    rc = c->problem || rc != 0 ? rc : check_parameters(c);
    if (rc == 0 && !c->problem) {
        rc = check_application(c);
    }
    if (rc == 0 && !c->problem) {
        rc = run(c);
    }
    if (rc != 0) {
        (void)fprintf(stderr, "satyapan: operation %s failed: %s\n", c->op->id,
                      failures == mem_failures() ? records_error(c->records) : "memory is out");
        c->problem = OP_INTERNAL;
        c->status = 0;
        c->detail = c->detail_hi = NULL;
    }
    if (c->problem) {
        drop_answer(c);
    }
    set_status(c);
    return rc;
}

void op_call_clear(struct op_call *c)
{
    drop_answer(c);
    json_decref(c->errors);
    c->errors = NULL;
}

/* ---- for operations -------------------------------------------------------------------------- */

const char *op_text(const struct op_call *c, const char *name)
{
    return json_string_value(json_object_get(c->in, name));
}

int64_t op_int(const struct op_call *c, const char *name)
{
    const json_t *v = json_object_get(c->in, name);
    return json_is_integer(v) ? json_integer_value(v) : UTC_NONE;
}

bool op_truth(const struct op_call *c, const char *name)
{
    return json_is_true(json_object_get(c->in, name));
}

bool op_given(const struct op_call *c, const char *name)
{
    return json_object_get(c->in, name) != NULL;
}

int op_fail(struct op_call *c, enum op_problem p, const char *detail, const char *detail_hi)
{
    c->problem = p;
    c->detail = detail ? arena_str(c->arena, span_str(detail)) : NULL;
    c->detail_hi = detail_hi ? arena_str(c->arena, span_str(detail_hi)) : NULL;
    return 0;
}

int op_fail_field(struct op_call *c, const char *field, const char *why, const char *why_hi)
{
    c->problem = OP_BAD_PARAMETER;
    return params_error(&c->errors, field, why, why_hi) == 0 ? tell_first(c) : -1;
}

int op_records(struct op_call *c, int64_t code)
{
    if (code == RECORDS_NONE) {
        return op_fail(c, OP_NOT_FOUND, NULL, NULL);
    }
    if (code == RECORDS_CONFLICT) {
        return op_fail(c, OP_CONFLICT, NULL, NULL);
    }
    return code == RECORDS_FAILED ? -1 : 0;
}

int op_audit(struct op_call *c, const char *subject, int64_t application, bool visible,
             json_t *detail)
{
    const struct actor *a = c->actor;
    struct audit_row row = {.at = c->now,
                            .person = a ? a->person : UTC_NONE,
                            .actor = a && a->login[0] ? a->login : "satyapan",
                            .action = c->op->id,
                            .subject = subject,
                            .application = application,
                            .visible = visible,
                            .detail = detail};
    int64_t seq = audit_append(c->records, &row);
    json_decref(detail);
    c->audited++;
    return seq < 0 ? -1 : 0;
}
