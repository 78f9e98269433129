/*
 * openapi_parts - see openapi_parts.h.
 */
#include "office/openapi_parts.h"

#include "office/params.h"

enum { TEXT_MAX = 200, LONG_MAX_CHARACTERS = 10000 };

/* ---- the schema of a value ------------------------------------------------------------------- */

static json_t *text_schema(const struct op_param *p)
{
    size_t max = p->max ? p->max : p->type == OP_LONG ? LONG_MAX_CHARACTERS : TEXT_MAX;
    json_t *s = json_pack("{s:s, s:I}", "type", "string", "maxLength", (json_int_t)max);
    if (s && p->required) {
        (void)json_object_set_new(s, "minLength", json_integer(1));
    }
    return s;
}

static json_t *number_schema(const struct op_param *p)
{
    json_int_t max = p->max ? (json_int_t)p->max : ((json_int_t)1 << 53) - 1;
    return json_pack("{s:s, s:i, s:I}", "type", "integer", "minimum", p->type == OP_ID, "maximum",
                     max);
}

static json_t *word_schema(const struct op_param *p)
{
    json_t *words = json_array();
    for (const char *const *w = p->words; w && *w; w++) {
        (void)json_array_append_new(words, json_string(*w));
    }
    return json_pack("{s:s, s:o}", "type", "string", "enum", words);
}

static json_t *plain_schema(const struct op_param *p)
{
    switch (p->type) {
    case OP_TEXT:
    case OP_LONG:
        return text_schema(p);
    case OP_INTEGER:
    case OP_PAISE:
    case OP_ID:
        return number_schema(p);
    case OP_TRUTH:
        return json_pack("{s:s}", "type", "boolean");
    case OP_DATE:
        return json_pack("{s:s, s:s}", "type", "string", "format", "date");
    case OP_TIME:
        return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
    case OP_SHA256:
        return json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9a-f]{64}$");
    case OP_PASSWORD:
        return json_pack("{s:s, s:s, s:I, s:b}", "type", "string", "format", "password",
                         "maxLength", (json_int_t)(p->max ? p->max : TEXT_MAX), "writeOnly", 1);
    case OP_WORD:
        break;
    }
    return word_schema(p);
}

/* In a JSON body null takes the value away, where the parameter is not required. */
static json_t *body_schema(const struct op_param *p)
{
    json_t *s = plain_schema(p), *words = json_object_get(s, "enum");
    if (s && !p->required) {
        const char *type = json_string_value(json_object_get(s, "type"));
        (void)json_object_set_new(s, "type", json_pack("[ss]", type, "null"));
        (void)(words ? json_array_append_new(words, json_null()) : 0);
    }
    if (s) {
        (void)json_object_set_new(s, "description", json_string(p->en));
        (void)json_object_set_new(s, "x-description-hi", json_string(p->hi));
    }
    return s;
}

/* ---- parameters ------------------------------------------------------------------------------ */

static void add(json_t *list, const char *name, const char *in, bool required, const char *en,
                json_t *schema)
{
    (void)json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s, s:o}", "name", name, "in", in,
                                                "required", required, "description", en, "schema",
                                                schema));
}

static void add_ours(json_t *list, const struct op *op)
{
    if (op->flags & OP_PAGED) {
        add(list, "limit", "query", false, "Most items of a page",
            json_pack("{s:s, s:i, s:i, s:i}", "type", "integer", "minimum", 1, "maximum", 200,
                      "default", 50));
        add(list, "after", "query", false, "The last page's next",
            json_pack("{s:s}", "type", "string"));
    }
    if (!(op->flags & (OP_READ | OP_OPEN))) {
        add(list, "Idempotency-Key", "header", false,
            "The same request with the same key is done once and answered again",
            json_pack("{s:s, s:i, s:i, s:s}", "type", "string", "minLength", 1, "maxLength", 200,
                      "pattern", "^[!-~]+$"));
    }
    if (params_find(op, PARAMS_BODY, "version")) {
        add(list, "If-Match", "header", false,
            "The record's version in quotes, in place of version",
            json_pack("{s:s, s:s}", "type", "string", "pattern", "^(\"[0-9]+\"|\\*)$"));
    }
    if (op->flags & OP_STREAM) {
        add(list, "Last-Event-ID", "header", false, "The last event that came: go on after it",
            json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9]+$"));
    }
    if (!params_find(op, PARAMS_ALL, "lang")) {
        add(list, "lang", "query", false, "Language of problems, before Accept-Language",
            json_pack("{s:s, s:[ss]}", "type", "string", "enum", "en", "hi"));
    }
}

json_t *openapi_parameters(const struct op *op)
{
    json_t *list = json_array();
    for (const struct op_param *p = op->params; list && p && p->name; p++) {
        if (p->place != OP_IN_BODY) {
            add(list, p->name, p->place == OP_IN_PATH ? "path" : "query", p->required, p->en,
                plain_schema(p));
        }
    }
    if (list) {
        add_ours(list, op);
    }
    return list;
}

/* ---- the body -------------------------------------------------------------------------------- */

static json_t *object_schema(const struct op *op, bool form)
{
    json_t *properties = json_object(), *required = json_array();
    for (const struct op_param *p = op->params; p && p->name; p++) {
        if (p->place == OP_IN_BODY) {
            /* A form has text: what is empty is absent. */
            (void)json_object_set_new(properties, p->name, form ? plain_schema(p) : body_schema(p));
            (void)(p->required ? json_array_append_new(required, json_string(p->name)) : 0);
        }
    }
    if (form) {
        (void)json_object_set_new(
            properties, "file", json_pack("{s:s}", "contentMediaType", "application/octet-stream"));
        (void)json_array_append_new(required, json_string("file"));
    }
    json_t *s = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                          "additionalProperties", 0);
    if (s && json_array_size(required)) {
        (void)json_object_set(s, "required", required);
    }
    json_decref(required);
    return s;
}

static bool has_fields(const struct op *op, bool required)
{
    for (const struct op_param *p = op->params; p && p->name; p++) {
        if (p->place == OP_IN_BODY && (p->required || !required)) {
            return true;
        }
    }
    return false;
}

json_t *openapi_body(const struct op *op)
{
    if (op->flags & OP_UPLOAD) {
        return json_pack(
            "{s:b, s:s, s:{s:{s:o}, s:{s:{}}}}", "required", 1, "description",
            "A form with the field file, or the document's bytes; then what the form's "
            "other fields say is in the query, and the file's name is filename",
            "content", "multipart/form-data", "schema", object_schema(op, true),
            "application/octet-stream", "schema");
    }
    if (op->flags & OP_READ || !has_fields(op, false)) {
        return NULL;
    }
    return json_pack("{s:b, s:{s:{s:o}}}", "required", has_fields(op, true), "content",
                     "application/json", "schema", object_schema(op, false));
}

/* ---- problems -------------------------------------------------------------------------------- */

size_t openapi_problems(const struct op *op, enum op_problem *out, size_t max)
{
    bool writes = !(op->flags & OP_READ), closed = !(op->flags & OP_OPEN);
    bool upload = op->flags & OP_UPLOAD, body = has_fields(op, false) && writes;
    bool path = op->path && strchr(op->path, '{');
    const struct {
        bool may;
        enum op_problem problem;
    } general[] = {{true, OP_BAD_PARAMETER},
                   {body, OP_BODY},
                   {closed, OP_NOT_LOGGED_IN},
                   {closed, OP_FORBIDDEN},
                   {closed && writes, OP_FORGED},
                   {op->flags & OP_FRESH, OP_CONFIRM},
                   {path, OP_NOT_FOUND},
                   {params_find(op, PARAMS_BODY, "version") != NULL, OP_CONFLICT},
                   {params_find(op, PARAMS_BODY, "version") != NULL, OP_PRECONDITION},
                   {body || upload, OP_TOO_LARGE},
                   {body || upload, OP_MEDIA},
                   {writes && closed, OP_IDEMPOTENCY},
                   {writes && closed && op->flags & OP_SECRET, OP_REPEATED},
                   {op->flags & OP_STREAM, OP_RATE},
                   {upload, OP_STORAGE}};
    size_t n = 0;
    for (size_t i = 0; i < sizeof general / sizeof *general; i++) {
        if (general[i].may && n < max) {
            out[n++] = general[i].problem;
        }
    }
    for (const enum op_problem *p = op->problems; p && *p != OP_OK && n < max; p++) {
        out[n++] = *p;
    }
    return n;
}
