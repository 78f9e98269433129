/*
 * form - see form.h. Fields: `file` (may repeat on the page), `content` (detached content, for all
 * of them), `password` (of encrypted PDFs, for all of them), and on the page `kind`, `applicant`,
 * `lang`. A password goes into its own place in the request, which is wiped, nowhere else.
 */
#include "http/form.h"

#include "http/request.h"

enum problem form_problem(enum upload_result u)
{
    switch (u) {
    case UPLOAD_OK:
        return PROBLEM_NONE;
    case UPLOAD_TOO_LARGE:
        return PROBLEM_TOO_LARGE;
    case UPLOAD_NO_ROOM:
        return PROBLEM_BUSY;
    case UPLOAD_FAILED:
        break;
    }
    return PROBLEM_INTERNAL;
}

static int stop(struct request *r, enum problem p)
{
    r->problem = p;
    return p ? -1 : 0;
}

static int begin_file(struct request *r, const struct multipart_part *part)
{
    if (r->route->api && r->file_count == 1) {
        return stop(r, PROBLEM_ONE_AT_A_TIME);
    }
    if (r->file_count == r->server->settings->files) {
        return stop(r, PROBLEM_TOO_MANY);
    }
    const char *name = r->ask.name[0] ? r->ask.name : part->filename;
    r->current = &r->files[r->file_count++];
    return stop(r, form_problem(upload_open(r->current, name)));
}

static int begin_content(struct request *r, const struct multipart_part *part)
{
    if (r->has_content) {
        return stop(r, PROBLEM_FIELD);
    }
    r->has_content = true;
    r->current = &r->content;
    return stop(r, form_problem(upload_open(r->current, part->filename)));
}

static int begin_password(struct request *r)
{
    bool again = r->has_password;
    r->has_password = r->in_password = true;
    return stop(r, again ? PROBLEM_FIELD : PROBLEM_NONE);
}

static int begin(void *context, const struct multipart_part *part)
{
    struct request *r = context;
    r->unchosen = part->is_file && part->filename[0] == 0;
    if (strcmp(part->name, "file") == 0) {
        return begin_file(r, part);
    }
    if (strcmp(part->name, "content") == 0) {
        return begin_content(r, part);
    }
    if (strcmp(part->name, "password") == 0) {
        return begin_password(r);
    }
    if (r->route->api) {
        return stop(r, PROBLEM_FIELD);
    }
    memcpy(r->field, part->name, sizeof r->field);
    r->text_size = 0;
    return 0;
}

static int data(void *context, struct span bytes)
{
    struct request *r = context;
    if (r->current) {
        return stop(r, form_problem(upload_add(r->current, &r->server->budget, bytes)));
    }
    if (r->in_password) {
        if (bytes.n > sizeof r->password - r->password_size) {
            return stop(r, PROBLEM_PASSWORD);
        }
        memcpy(r->password + r->password_size, bytes.p, bytes.n);
        r->password_size += bytes.n;
        return 0;
    }
    if (bytes.n > sizeof r->text - r->text_size) {
        return stop(r, PROBLEM_PARAMETER);
    }
    memcpy(r->text + r->text_size, bytes.p, bytes.n);
    r->text_size += bytes.n;
    return 0;
}

/* A file field in which nothing was chosen comes without name and bytes. */
static void drop_unchosen(struct request *r)
{
    upload_close(r->current, &r->server->budget);
    if (r->current == &r->content) {
        r->has_content = false;
    } else {
        r->file_count--;
    }
}

static int end(void *context)
{
    struct request *r = context;
    if (r->in_password) {
        r->in_password = false;
        return 0;
    }
    if (!r->current) {
        return stop(r, ask_set_field(&r->ask, r->field, span_make(r->text, r->text_size)));
    }
    if (r->unchosen && r->current->size == 0) {
        drop_unchosen(r);
    }
    r->current = NULL;
    return 0;
}

const struct multipart_sink form_sink = {begin, data, end};
