/*
 * form_post - a page's form: POST /office/op/ID runs the operation, then the browser is sent to the
 * next page. When it did not go through, the page of the form comes again with what was entered.
 *
 * Fields of ours: form_token (against forgery), form_key (a double click counts once), page (where
 * the form is; without it: the Referer), back (where to go; {name} is taken from the answer;
 * without it: page). All others are the operation's parameters.
 */
#include <inttypes.h>
#include <stdio.h>

#include "http/office/kept.h"
#include "http/office/match.h"
#include "http/office/office_body.h"
#include "http/office/office_work.h"
#include "http/office/pages_form.h"
#include "office/params.h"

/* An address of ours and of nobody else, fit for a header. */
static bool is_own(const char *s)
{
    if (!s || strncmp(s, "/office", 7) != 0 || (s[7] && !strchr("/?#", s[7]))) {
        return false;
    }
    for (; *s; s++) {
        if (*s <= ' ' || *s > '~' || *s == '\\' || *s == '"' || (*s == '/' && s[1] == '/')) {
            return false;
        }
    }
    return true;
}

static bool is_ours(const char *name)
{
    static const char *const ours[] = {"form_token", "form_key", "page", "back", "lang"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (strcmp(name, ours[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What people write: rupees become paise (pages_form.h). A field left empty is not given, unless
 * what there is changes: then the value is taken away. */
static int take_field(struct office_request *r, const char *name, const json_t *value, json_t *in,
                      json_t **errors)
{
    struct span text = span_make(json_string_value(value), json_string_length(value));
    const struct op_param *p = params_find(r->op, PARAMS_ALL, name);
    if (p && text.n == 0 && !p->required && strcmp(r->op->method, "POST") == 0) {
        return 0;
    }
    if (p && p->type == OP_PAISE) {
        const char *plain = form_plain(r->arena, p, json_string_value(value));
        text = plain ? span_str(plain) : text;
    }
    return params_text(r->op, PARAMS_ALL, name, text, in, errors);
}

static int take_fields(struct office_request *r, json_t *in, json_t **errors)
{
    const char *name;
    json_t *value;
    int rc = 0;
    json_object_foreach(r->form, name, value)
    {
        bool language = strcmp(name, "lang") == 0 && params_find(r->op, PARAMS_BODY, name);
        if (rc == 0 && (language || !is_ours(name))) {
            rc = take_field(r, name, value, in, errors);
        }
    }
    return rc;
}

/* The next address with {name} filled in from the answer. */
static const char *fill(struct office_request *r, const char *template, const json_t *out)
{
    char name[64];
    struct buffer b;
    buffer_init(&b, LOCATION - 1);
    while (*template) {
        const char *close = *template == '{' ? strchr(template, '}') : NULL;
        size_t n = close ? (size_t)(close - template) - 1 : 0;
        if (!close || n >= sizeof name) {
            buffer_char(&b, *template ++);
            continue;
        }
        memcpy(name, template + 1, n);
        name[n] = 0;
        const json_t *v = json_object_get(out, name);
        if (json_is_integer(v)) {
            buffer_printf(&b, "%" PRId64, (int64_t)json_integer_value(v));
        }
        template = close + 1;
    }
    const char *whole = buffer_cstr(&b);
    const char *kept = whole ? arena_str(r->arena, span_str(whole)) : NULL;
    buffer_free(&b);
    return kept;
}

/* Where the form is. */
static const char *page_of(const struct office_request *r)
{
    const char *page = office_field(r, "page");
    const char *referer =
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_REFERER);
    const char *host = referer ? strstr(referer, "://") : NULL;
    return page ? page : host ? strchr(host + 3, '/') : NULL;
}

static int went_through(struct office_request *r, const json_t *out)
{
    const char *next = office_field(r, "back");
    next = next && *next ? next : page_of(r);
    next = next ? fill(r, next, out) : NULL;
    r->set_flash = true;
    return office_redirect(r, is_own(next) ? next : "/office");
}

/* The page the form is on: its row, values and query. False: there is none. */
static bool find_page(struct office_request *r, const char *address)
{
    const struct office_page *page;
    size_t n = strcspn(address, "?#");
    char *path = arena_str(r->arena, span_make(address, n));
    int best = -1;
    for (size_t i = 0; path && (page = office_page_at(i)); i++) {
        int words = page->get ? match_path(page->path, path, NULL) : -1;
        if (words > best) {
            best = words;
            r->page = page;
        }
    }
    if (best < 0 || json_object_clear(r->path) != 0 || json_object_clear(r->query) != 0) {
        return false;
    }
    if (address[n] == '?') {
        size_t size = strcspn(address + n + 1, "#");
        if (office_body_words(r, r->query, span_make(address + n + 1, size)) != 0) {
            return false;
        }
    }
    r->url = path;
    return match_path(r->page->path, path, r->path) >= 0;
}

const char *office_form_page(const struct office_request *r)
{
    const char *page = page_of(r);
    bool own = r->kind == OFFICE_PAGE && !page; /* a page's own form goes to its address */
    return is_own(own ? r->url : page) ? (own ? r->url : page) : NULL;
}

int office_form_again(struct office_request *r, const char *address)
{
    if (!address || !find_page(r, address) ||
        (r->page->roles && (!r->actor || !(r->actor->roles & r->page->roles)))) {
        return office_redirect(r, "/office");
    }
    return r->page->get(r);
}

static int did_not(struct office_request *r, struct op_call *call)
{
    const char *page = page_of(r);
    if (call->problem == OP_CONFIRM && kept_wanted(r)) {
        return kept_confirm(r);
    }
    if (call->problem == OP_CONFIRM) { /* the password first, then the form again */
        char location[LOCATION];
        (void)snprintf(location, sizeof location, "/office/again?next=%.900s",
                       is_own(page) ? page : "/office");
        location[strcspn(location, "#&")] = 0;
        return office_redirect(r, location);
    }
    r->failed = r->op->id;
    r->failed_problem = call->problem;
    r->failed_detail = call->detail;
    r->failed_detail_hi = call->detail_hi;
    json_decref(r->errors);
    r->errors = json_incref(call->errors);
    if (!is_own(page) || !find_page(r, page) ||
        (r->page->roles && (!r->actor || !(r->actor->roles & r->page->roles)))) {
        return office_page_problem(r, call->problem, call->detail, call->detail_hi);
    }
    r->status = op_problem_status(call->problem);
    return r->page->get(r);
}

int office_form(struct office_request *r)
{
    json_t *in = json_object();
    struct op_call call;
    office_call_begin(r, r->op, in, &call);
    call.key = office_field(r, "form_key");
    int rc = in ? take_fields(r, in, &call.errors) : -1;
    if (rc == 0) {
        rc = op_call(&call);
        rc = call.problem ? did_not(r, &call) : rc == 0 ? went_through(r, call.out) : rc;
    }
    op_call_clear(&call);
    json_decref(in);
    return rc;
}
