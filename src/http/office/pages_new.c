/*
 * pages_new - beginning an application, and changing what belongs to it: its data, models,
 * manufacturing locations, fees.
 */
#include <stdio.h>

#include "http/office/pages_all.h"
#include "http/office/pages_form.h"
#include "http/office/pages_table.h"

/* A vendor's application is its firm's. */
static const char *const vendor_leave[] = {"vendor", "oem", NULL};
static const char *const officer_leave[] = {"oem_name", NULL};

/* What a re-certification or a change tells. */
static const char *const more[] = {"previous_certificate",
                                   "previous_valid_to",
                                   "change_about",
                                   "change_on",
                                   "change_reported_on",
                                   "change_vendor",
                                   NULL};

int page_new(struct view *v)
{
    view_begin(v, office_word(v->lang, OW_NAV_NEW), NULL);
    view_element(v, "<p class=\"lead\">", OW_NEW_LEAD, "</p>");
    static const char *const need[] = {"vendor", NULL};
    struct form f = {.op = "application.create",
                     .need = need,
                     .leave = view_officer(v) ? officer_leave : vendor_leave,
                     .more = more,
                     .next = "/office/applications/{id}",
                     .button = OW_COUNT,
                     .will = OW_WILL_CREATE,
                     .key = ""};
    form_show(v, &f);
    return view_end(v);
}

/* ---- what belongs to an application ---------------------------------------------------------- */

struct part_kind {
    const char *list, *param;       /* array in the application; parameter with a part's id */
    const char *add, *set, *remove; /* operations; NULL: there is none */
    enum office_word word, empty;
    const char *const *columns;
};

static const char *const models[] = {"name", "brand", "hardware", "firmware", "soc", NULL};
static const char *const locations[] = {"name", "address", "country", NULL};
static const char *const payments[] = {"kind",      "invoice",    "invoice_on", "amount_paise",
                                       "gst_paise", "paid_paise", "paid_on",    NULL};
static const struct part_kind kinds[] = {
    {"models", "model", "application.add-model", "application.set-model",
     "application.remove-model", OW_MODELS, OW_MODELS_EMPTY, models},
    {"locations", "location", "application.add-location", NULL, "application.remove-location",
     OW_LOCATIONS, OW_LOCATIONS_EMPTY, locations},
    {"payments", "payment", "payment.propose", NULL, NULL, OW_PAYMENTS, OW_PAYMENTS_EMPTY,
     payments},
};

/* The row's values and the ids its operations need. */
static json_t *values_of(const json_t *row, const char *param, int64_t application)
{
    json_t *values = json_copy((json_t *)(uintptr_t)row);
    if (values && (json_object_set(values, param, json_object_get(row, "id")) != 0 ||
                   json_object_set_new(values, "application", json_integer(application)) != 0)) {
        json_decref(values);
        return NULL;
    }
    return values;
}

static void form_of(struct view *v, const char *op, const json_t *values, const char *key,
                    bool danger)
{
    struct form f = {.op = op,
                     .values = values,
                     .button = OW_COUNT,
                     .will = OW_COUNT,
                     .key = key,
                     .danger = danger,
                     .folded = true};
    if (op) {
        form_show(v, &f);
    }
}

/* Each row with what can be done about it; fees have more steps than one. */
static void each(struct view *v, const struct part_kind *k, const json_t *rows, int64_t application)
{
    static const char *const fees[] = {"payment.invoice", "payment.receive"};
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)(uintptr_t)rows, i, row)
    {
        char key[48];
        json_t *values = values_of(row, k->param, application);
        if (!values) {
            v->broken = true;
            return;
        }
        html_element(&v->h, "<h3>",
                     k->columns == payments ? vocab_text(v, get_text(row, "kind"))
                                            : get_text(row, "name"),
                     "</h3>");
        part_facts(v, row, k->columns + 1);
        (void)snprintf(key, sizeof key, "%s-set%zu-", k->param, i);
        form_of(v, k->set, values, key, false);
        for (size_t n = 0; k->columns == payments && n < 2; n++) {
            (void)snprintf(key, sizeof key, "%s-%zu-%zu-", k->param, n, i);
            form_of(v, fees[n], values, key, false);
        }
        (void)snprintf(key, sizeof key, "%s-gone%zu-", k->param, i);
        form_of(v, k->remove, values, key, true);
        json_decref(values);
    }
}

static void part_kind_shown(struct view *v, const json_t *a, const struct part_kind *k)
{
    char key[32];
    int64_t id = get_number(a, "id");
    const json_t *rows = json_object_get(a, k->list);
    json_t *values = json_pack("{s:I}", "application", (json_int_t)id);
    html_raw(&v->h, "<section class=\"part\"><h2 id=\"");
    buffer_str(v->h.out, k->list);
    view_element(v, "\">", k->word, "</h2>");
    if (json_array_size(rows) == 0) {
        part_empty(v, k->empty);
    }
    each(v, k, rows, id);
    (void)snprintf(key, sizeof key, "%s-add-", k->param);
    form_of(v, k->add, values, key, false);
    json_decref(values);
    html_raw(&v->h, "</section>");
}

int page_data(struct view *v)
{
    int rc = 0;
    const json_t *a = page_the_application(v, &rc);
    if (!a) {
        return rc;
    }
    view_begin(v, office_word(v->lang, OW_EDIT_ALL), get_text(a, "product"));
    html_raw(&v->h, "<p>");
    page_application_link(v, get_number(a, "id"), "");
    view_element(v, "", OW_BACK_APPLICATION, "</a></p>");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        part_kind_shown(v, a, &kinds[i]);
    }
    json_t *values = values_of(a, "application", get_number(a, "id"));
    struct form f = {.op = "application.set",
                     .values = values,
                     .leave = view_officer(v) ? officer_leave : vendor_leave,
                     .more = more,
                     .button = OW_COUNT,
                     .will = OW_COUNT,
                     .key = "data-"};
    part_section(v, "data", OW_PRODUCT);
    form_show(v, &f);
    part_section_end(v);
    json_decref(values);
    return view_end(v);
}
