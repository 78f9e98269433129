/*
 * page_help - what pages need of a request (office_request.h).
 */
#include <stdio.h>

#include "http/office/office_work.h"

static const char *text_of(const json_t *words, const char *name)
{
    return json_string_value(json_object_get(words, name));
}

const char *office_value(const struct office_request *r, const char *name)
{
    return text_of(r->path, name);
}

const char *office_query(const struct office_request *r, const char *name)
{
    return text_of(r->query, name);
}

const char *office_field(const struct office_request *r, const char *name)
{
    return text_of(r->form, name);
}

static bool is_failed(const struct office_request *r, const char *op)
{
    return r->failed && strcmp(r->failed, op) == 0;
}

const char *office_entered(const struct office_request *r, const char *op, const char *field,
                           const char *otherwise)
{
    const char *entered = is_failed(r, op) ? office_field(r, field) : NULL;
    return entered ? entered : otherwise;
}

const char *office_why(const struct office_request *r, const char *op, const char *field)
{
    size_t i;
    json_t *e;
    if (!is_failed(r, op)) {
        return NULL;
    }
    json_array_foreach(r->errors, i, e)
    {
        const char *name = text_of(e, "field");
        if (name && strcmp(name, field) == 0) {
            return text_of(e, r->lang == LANG_HI ? "why_hi" : "why");
        }
    }
    return NULL;
}

void office_call_begin(struct office_request *r, const struct op *op, const json_t *in,
                       struct op_call *call)
{
    *call = (struct op_call){.op = op,
                             .actor = r->actor,
                             .records = r->records,
                             .arena = r->arena,
                             .data = r->office->data,
                             .office = &r->office->office,
                             .people = r->office->people,
                             .desk = r->office->desk,
                             .now = r->now,
                             .in = in,
                             .limit = 50,
                             .file = {.fd = -1}};
    if (op == r->op) { /* what came with the request is for its own operation */
        call->upload = (struct op_upload){
            .size = r->upload_size, .name = r->upload.name, .media = r->upload.media};
        memcpy(call->upload.sha256, r->sha256, sizeof call->upload.sha256);
        call->errors = json_incref(r->errors);
    }
}

int office_run_paged(struct office_request *r, const char *op, json_t *in, int64_t limit,
                     const char *after, struct op_call *call)
{
    const struct op *row = op_find(op);
    json_t *given = in ? in : json_object();
    *call = (struct op_call){.file = {.fd = -1}};
    if (!row || !given) {
        json_decref(given);
        return -1;
    }
    office_call_begin(r, row, given, call);
    call->limit = limit ? limit : call->limit;
    call->after = after;
    int rc = op_call(call);
    call->in = NULL;
    json_decref(given);
    return rc;
}

int office_run(struct office_request *r, const char *op, json_t *in, struct op_call *call)
{
    return office_run_paged(r, op, in, 0, NULL, call);
}

int office_redirect(struct office_request *r, const char *location)
{
    r->status = MHD_HTTP_SEE_OTHER;
    (void)snprintf(r->location, sizeof r->location, "%s", location);
    return 0;
}

int office_page_problem(struct office_request *r, enum op_problem p, const char *detail,
                        const char *detail_hi)
{
    r->problem = p;
    r->detail = detail ? arena_str(r->arena, span_str(detail)) : NULL;
    r->detail_hi = detail_hi ? arena_str(r->arena, span_str(detail_hi)) : NULL;
    r->status = 0;
    return 0;
}

struct page_context office_context(const struct office_request *r)
{
    const struct server *s = r->office->server;
    return (struct page_context){.lang = r->lang,
                                 .demo = s->trusted->evidence.demo,
                                 .upload_bytes = (size_t)r->office->office.upload_bytes,
                                 .files = s->settings->files};
}
