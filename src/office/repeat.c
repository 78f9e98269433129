/*
 * repeat - see repeat.h.
 */
#include "office/repeat.h"

#include "base/mem.h"
#include "db/rows.h"
#include "office/office.h"
#include "records/idempotency.h"

enum { KEY_MAX = 200, HOUR = 3600 };

bool repeat_applies(const struct op_call *c)
{
    return c->key && c->actor && c->actor->person != UTC_NONE &&
           !(c->op->flags & (OP_READ | OP_OPEN));
}

int repeat_check(struct op_call *c)
{
    size_t n = c->key ? strlen(c->key) : 0;
    bool good = !c->key || (n > 0 && n <= KEY_MAX);
    for (size_t i = 0; i < n; i++) {
        good = good && c->key[i] > ' ' && c->key[i] < 0x7f;
    }
    return good ? 0
                : op_fail_field(c, "Idempotency-Key", "must be 1 to 200 visible ASCII characters",
                                "1 से 200 दृश्य ASCII वर्ण होने चाहिए");
}

/* What was asked: operation, parameters, document. Of an operation with secrets its parameters are
 * left out: a hash of a password would let it be guessed. */
static int hash_request(struct op_call *c, char hex[SHA256_HEX])
{
    uint8_t hash[SHA256_SIZE];
    json_t *o = json_pack("{s:s, s:O?, s:s, s:s?}", "operation", c->op->id, "in",
                          c->op->flags & OP_SECRET ? NULL : c->in, "sha256", c->upload.sha256,
                          "name", c->upload.name);
    char *text = o ? rows_canonical(o) : NULL;
    int rc = text ? hash_sha256(span_str(text), hash) : -1;
    mem_free(text);
    json_decref(o);
    if (rc == 0) {
        (void)hash_hex(span_make(hash, sizeof hash), false, hex);
    }
    return rc;
}

static int64_t since(const struct op_call *c)
{
    return c->now - (c->office ? c->office->idempotency_hours : 24) * HOUR;
}

/* The problem of that code; OP_OK: none. */
static enum op_problem problem_of(const char *code)
{
    for (int p = OP_OK + 1; code && p < OP_PROBLEM_COUNT; p++) {
        if (strcmp(op_problem_code((enum op_problem)p), code) == 0) {
            return (enum op_problem)p;
        }
    }
    return OP_OK;
}

static const char *copy(struct op_call *c, const json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));
    return s ? arena_str(c->arena, span_str(s)) : NULL;
}

static int give(struct op_call *c, const struct idempotency *row)
{
    json_t *kept = row->answer ? json_loads(row->answer, 0, NULL) : NULL;
    if (!kept) {
        return -1;
    }
    c->replayed = true;
    c->status = (unsigned)row->status;
    c->problem = problem_of(json_string_value(json_object_get(kept, "problem")));
    c->detail = copy(c, kept, "detail");
    c->detail_hi = copy(c, kept, "detail_hi");
    c->out = json_incref(json_object_get(kept, "out"));
    if (c->problem) {
        c->errors = json_incref(json_object_get(kept, "errors"));
    } else if (c->op->flags & OP_SECRET) {
        c->problem = OP_REPEATED;
    }
    json_decref(kept);
    return 1;
}

int repeat_find(struct op_call *c)
{
    struct idempotency row;
    char request[SHA256_HEX];
    int rc = idempotency_find(c->records, c->actor->person, c->key, since(c), c->arena, &row);
    if (rc == RECORDS_NONE) {
        return 0;
    }
    if (rc != 0 || hash_request(c, request) != 0 || !row.request || !row.operation) {
        return -1;
    }
    if (strcmp(row.request, request) != 0 || strcmp(row.operation, c->op->id) != 0) {
        (void)op_fail(c, OP_IDEMPOTENCY, NULL, NULL);
        return 1;
    }
    return give(c, &row);
}

int repeat_keep(struct op_call *c)
{
    char request[SHA256_HEX];
    struct idempotency row = {.operation = c->op->id, .request = request, .status = c->status};
    bool secret = c->op->flags & OP_SECRET;
    json_t *o =
        json_pack("{s:s?, s:s?, s:s?, s:O?, s:O?}", "problem",
                  c->problem ? op_problem_code(c->problem) : NULL, "detail", c->detail, "detail_hi",
                  c->detail_hi, "errors", c->errors, "out", secret ? NULL : c->out);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    row.answer = text;
    int rc = text && hash_request(c, request) == 0 ? 0 : -1;
    if (rc == 0) {
        rc = idempotency_keep(c->records, c->actor->person, c->key, &row, since(c), c->now);
    }
    mem_free(text); /* jansson allocates through mem */
    json_decref(o);
    return rc;
}
