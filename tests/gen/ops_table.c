/*
 * ops_table - the table of operations as JSON, for tests that walk all of them: one line an
 * operation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "office/op.h"

static json_t *parameter(const struct op_param *p)
{
    static const char *const places[] = {"path", "query", "body"};
    static const char *const types[] = {"text",  "long", "integer", "truth", "date",    "time",
                                        "paise", "word", "sha256",  "id",    "password"};
    json_t *words = json_array();
    for (const char *const *w = p->words; w && *w; w++) {
        (void)json_array_append_new(words, json_string(*w));
    }
    return json_pack("{ss ss ss sb sI so}", "name", p->name, "place", places[p->place], "type",
                     types[p->type], "required", p->required, "max", (json_int_t)p->max, "words",
                     words);
}

static json_t *operation(const struct op *op)
{
    json_t *params = json_array();
    for (const struct op_param *p = op->params; p && p->name; p++) {
        (void)json_array_append_new(params, parameter(p));
    }
    return json_pack("{ss ss ss si si so}", "id", op->id, "method", op->method, "path", op->path,
                     "roles", (int)op->roles, "flags", (int)op->flags, "params", params);
}

int main(void)
{
    const struct op *op;
    for (size_t i = 0; (op = op_at(i)); i++) {
        json_t *o = operation(op);
        char *text = json_dumps(o, JSON_COMPACT);
        if (!text || puts(text) < 0) {
            return EXIT_FAILURE;
        }
        free(text);
        json_decref(o);
    }
    return EXIT_SUCCESS;
}
