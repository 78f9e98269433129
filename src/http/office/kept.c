/*
 * kept - see kept.h.
 */
#include "http/office/kept.h"

#include <stdio.h>

#include "http/office/office_work.h"
#include "office/params.h"

#define PREFIX "kept."

enum { FIELD_NAME = 160 };

/* The operation of the form that came: of its address, or of a page's own forms. */
static const struct op *operation(const struct office_request *r)
{
    const char *id = office_field(r, "do");
    return r->kind == OFFICE_FORM ? r->op : id ? op_find(id) : NULL;
}

static bool has_password(const struct op *op)
{
    for (const struct op_param *p = op->params; p && p->name; p++) {
        if (p->type == OP_PASSWORD) {
            return true;
        }
    }
    return false;
}

bool kept_wanted(const struct office_request *r)
{
    const struct op *op = operation(r);
    return op && !(op->flags & (OP_OPEN | OP_UPLOAD)) && !has_password(op) &&
           r->visitor.origin_ok && office_form_page(r) && !kept_there(r);
}

bool kept_there(const struct office_request *r)
{
    return office_field(r, PREFIX "form") != NULL;
}

/* Line breaks stay. */
static void hidden(struct html *h, const char *name, const char *value)
{
    html_raw(h, "<input type=\"hidden\"");
    html_attr(h, "name", name);
    html_raw(h, " value=\"");
    while (value && *value) {
        size_t n = strcspn(value, "\r\n");
        html_span(h, span_make(value, n));
        value += n;
        if (*value == '\n') {
            html_raw(h, "\n");
        }
        value += *value != 0;
    }
    html_raw(h, "\">");
}

static bool is_own(const char *name)
{
    return strcmp(name, "form_token") == 0 || strcmp(name, "form_key") == 0 ||
           strcmp(name, "page") == 0 || strncmp(name, PREFIX, sizeof PREFIX - 1) == 0;
}

void kept_fields(const struct office_request *r, struct html *h)
{
    char full[FIELD_NAME];
    bool carried = kept_there(r);
    const char *name;
    json_t *value;
    if (!carried && !kept_wanted(r)) {
        return;
    }
    if (!carried) {
        hidden(h, PREFIX "form", operation(r)->id);
        hidden(h, PREFIX "page", office_form_page(r));
    }
    json_object_foreach(r->form, name, value)
    {
        bool kept = strncmp(name, PREFIX, sizeof PREFIX - 1) == 0;
        if (carried && kept) {
            hidden(h, name, json_string_value(value));
        } else if (!carried && !is_own(name) && strlen(name) < sizeof full - sizeof PREFIX) {
            (void)snprintf(full, sizeof full, PREFIX "%s", name);
            hidden(h, full, json_string_value(value));
        }
    }
}

/* The form's own fields again. Returns the id of its operation; NULL: there is none, or memory. */
static const struct op *unpack(struct office_request *r)
{
    const struct op *op = op_find(office_field(r, PREFIX "form"));
    json_t *form = json_object(), *value;
    const char *name;
    bool bad = !form;
    json_object_foreach(r->form, name, value)
    {
        const char *own = name + sizeof PREFIX - 1;
        if (!bad && strncmp(name, PREFIX, sizeof PREFIX - 1) == 0 && strcmp(own, "form") != 0) {
            bad = json_object_set(form, own, value) != 0;
        }
    }
    if (bad) {
        json_decref(form);
        return NULL;
    }
    json_decref(r->form);
    r->form = form;
    return op;
}

int kept_show(struct office_request *r)
{
    const struct op *op = kept_there(r) ? unpack(r) : operation(r);
    if (!op) {
        return office_redirect(r, "/office");
    }
    r->failed = op->id;
    r->failed_problem = OP_OK;
    r->failed_detail = "You logged in anew in between. What you entered is here again: look at it, "
                       "and send it once more.";
    r->failed_detail_hi =
        "इस बीच आपने फिर से लॉगिन किया है। आपने जो दर्ज किया था वह यहाँ फिर से है: उसे देखें और "
        "एक बार फिर भेजें।";
    return office_form_again(r, office_form_page(r));
}
