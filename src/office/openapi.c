/*
 * openapi - see openapi.h.
 */
#include "office/openapi.h"

#include <stdio.h>

#include "base/embed.h"
#include "office/openapi_parts.h"

EMBED_FILE(office_schemas_json, "office/schemas.json");

/* ---- answers --------------------------------------------------------------------------------- */

static json_t *reference(const char *schema)
{
    char ref[128];
    (void)snprintf(ref, sizeof ref, "#/components/schemas/%s", schema);
    return json_pack("{s:s}", "$ref", ref);
}

/* A page of a list. */
static json_t *page_of(const char *schema)
{
    return json_pack("{s:s, s:[ss], s:b, s:{s:{s:s, s:o}, s:{s:[ss], s:s}}}", "type", "object",
                     "required", "items", "next", "additionalProperties", 0, "properties", "items",
                     "type", "array", "items", reference(schema), "next", "type", "string", "null",
                     "description",
                     "To be given as after for the next page; null: this is the last");
}

static json_t *answer_content(const struct op *op)
{
    if (op->flags & OP_FILE) {
        return json_pack("{s:{}}", "*/*");
    }
    if (op->flags & OP_STREAM) {
        return json_pack("{s:{s:{s:s}}}", "text/event-stream", "schema", "type", "string");
    }
    return json_pack("{s:{s:o}}", "application/json", "schema",
                     op->flags & OP_PAGED ? page_of(op->answer) : reference(op->answer));
}

static json_t *answer_headers(const struct op *op)
{
    json_t *h = json_pack("{s:{s:{s:s}, s:s}}", "X-Request-Id", "schema", "type", "string",
                          "description", "Names this request in the log");
    if (h && op->flags & OP_PAGED) {
        (void)json_object_set_new(h, "Link",
                                  json_pack("{s:{s:s}, s:s}", "schema", "type", "string",
                                            "description", "rel=next: the next page (RFC 8288)"));
    }
    if (h && !(op->flags & OP_READ)) {
        (void)json_object_set_new(
            h, "Idempotency-Replayed",
            json_pack("{s:{s:s}, s:s}", "schema", "const", "true", "description",
                      "This is the answer to the same request before; nothing was done"));
    }
    return h;
}

static json_t *answer(const struct op *op)
{
    json_t *a = json_pack("{s:s, s:o}", "description", op->en, "headers", answer_headers(op));
    if (a && (op->answer || op->flags & (OP_FILE | OP_STREAM))) {
        (void)json_object_set_new(a, "content", answer_content(op));
    }
    return a;
}

/* ---- problems -------------------------------------------------------------------------------- */

/* One more code under its status. */
static int add_problem(json_t *responses, enum op_problem p)
{
    char status[16];
    (void)snprintf(status, sizeof status, "%u", op_problem_status(p));
    json_t *r = json_object_get(responses, status);
    if (!r) {
        r = json_pack("{s:s, s:{s:{s:{s:s}}}, s:[]}", "description", "", "content",
                      "application/problem+json", "schema", "$ref", "#/components/schemas/Problem",
                      "x-codes");
        if (json_object_set_new(responses, status, r) != 0) {
            return -1;
        }
    }
    json_t *codes = json_object_get(r, "x-codes");
    const char *before = json_string_value(json_object_get(r, "description"));
    for (size_t i = 0; i < json_array_size(codes); i++) {
        if (strcmp(json_string_value(json_array_get(codes, i)), op_problem_code(p)) == 0) {
            return 0;
        }
    }
    json_t *text = json_sprintf("%s%s%s: %s", before, *before ? " / " : "", op_problem_code(p),
                                op_problem_title(p, false));
    return json_object_set_new(r, "description", text) |
           json_array_append_new(codes, json_string(op_problem_code(p)));
}

static int add_problems(json_t *responses, const struct op *op)
{
    enum op_problem all[32];
    size_t n = openapi_problems(op, all, sizeof all / sizeof *all);
    int rc = 0;
    for (size_t i = 0; i < n; i++) {
        rc |= add_problem(responses, all[i]);
    }
    json_t *other = json_pack(
        "{s:s, s:{s:{s:{s:s}}}}", "description", "Any other problem: internal (500), busy (503)",
        "content", "application/problem+json", "schema", "$ref", "#/components/schemas/Problem");
    return rc | json_object_set_new(responses, "default", other);
}

/* ---- an operation ---------------------------------------------------------------------------- */

static json_t *roles_of(const struct op *op)
{
    static const struct {
        unsigned role;
        const char *name;
    } rows[] = {{ROLE_INTAKE, "intake"}, {ROLE_ASSESSOR, "assessor"}, {ROLE_COMMITTEE, "committee"},
                {ROLE_SIGNER, "signer"}, {ROLE_ADMIN, "admin"},       {ROLE_VENDOR, "vendor"}};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (op->roles & rows[i].role) {
            (void)json_array_append_new(list, json_string(rows[i].name));
        }
    }
    return list;
}

static json_t *responses_of(const struct op *op)
{
    char status[16];
    bool full = op->answer || op->flags & (OP_FILE | OP_STREAM);
    json_t *responses = json_object();
    (void)snprintf(status, sizeof status, "%u", op->status ? op->status : full ? 200U : 204U);
    if (json_object_set_new(responses, status, answer(op)) != 0 ||
        add_problems(responses, op) != 0) {
        json_decref(responses);
        return NULL;
    }
    return responses;
}

static json_t *security_of(const struct op *op)
{
    return op->flags & OP_OPEN ? json_array() : json_pack("[{s:[]}, {s:[]}]", "token", "session");
}

static json_t *operation(const struct op *op)
{
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:[s#], s:o, s:o, s:o, s:o}", "operationId", op->id, "summary",
                  op->en, "x-summary-hi", op->hi, "tags", op->id, (int)strcspn(op->id, "."),
                  "x-roles", roles_of(op), "security", security_of(op), "parameters",
                  openapi_parameters(op), "responses", responses_of(op));
    json_t *body = openapi_body(op);
    if (o && body && json_object_set_new(o, "requestBody", body) != 0) {
        json_decref(o);
        return NULL;
    }
    return o;
}

static int add_operation(json_t *paths, const struct op *op)
{
    char method[8] = "";
    json_t *item = json_object_get(paths, op->path);
    if (!item) {
        item = json_object();
        if (json_object_set_new(paths, op->path, item) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < sizeof method - 1 && op->method[i]; i++) {
        method[i] = (char)(op->method[i] | 0x20);
        method[i + 1] = 0;
    }
    return json_object_set_new(item, method, operation(op));
}

/* ---- the document ---------------------------------------------------------------------------- */

static int add_components(json_t *document)
{
    struct span text = EMBEDDED(office_schemas_json);
    json_t *components = json_object_get(document, "components");
    json_t *own = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    json_t *schemes = json_pack(
        "{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s, s:s}}", "token", "type", "http", "scheme", "bearer",
        "description", "An API token: token.create", "session", "type", "apiKey", "in", "cookie",
        "name", "satyapan", "description",
        "The session of a browser; what changes something needs its form token in X-Form-Token");
    int rc = own ? json_object_update(json_object_get(components, "schemas"), own) : -1;
    json_decref(own);
    return rc | json_object_set_new(components, "securitySchemes", schemes);
}

int openapi_add(json_t *document)
{
    json_t *paths = json_object_get(document, "paths");
    const struct op *op;
    int rc = add_components(document);
    for (size_t i = 0; rc == 0 && (op = op_at(i)); i++) {
        rc = add_operation(paths, op);
    }
    return rc;
}
