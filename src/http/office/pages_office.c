/*
 * pages_office - which address is which page, and what a page stands on: operations called as the
 * one who asks.
 */
#include "http/office/office_request.h"
#include "http/office/pages_all.h"
#include "office/check.h"

/* A request and, once a page asks for it, the list of days off. */
struct basis {
    struct office_request *r;
    struct scheme_data data;
    bool looked, there;
};

static int64_t days_left(void *context, const char *date)
{
    struct basis *b = context;
    char why[SCHEME_DATA_ERROR];
    int32_t due, today = date_of_utc(b->r->now);
    if (!b->looked) {
        b->looked = true;
        b->there =
            check_data(b->r->arena, &b->r->office->office, b->r->office->data, &b->data, why) == 0;
    }
    return b->there && date_parse(span_str(date), &due)
               ? calendar_between(&b->data.calendar, today, due, today)
               : UTC_NONE;
}

static int read_op(void *context, const struct op *op, const json_t *in, int64_t limit,
                   const char *after, json_t **out, enum op_problem *problem)
{
    struct basis *b = context;
    struct op_call call;
    int rc =
        office_run_paged(b->r, op->id, json_incref((json_t *)(uintptr_t)in), limit, after, &call);
    *problem = call.problem;
    *out = call.out;
    call.out = NULL;
    op_call_clear(&call);
    return call.problem ? 0 : rc;
}

static bool wants_csv(const struct office_request *r)
{
    const char *format = office_query(r, "format");
    return format && strcmp(format, "csv") == 0;
}

static void view_of(struct basis *b, struct view_source *source, struct view *v)
{
    struct office_request *r = b->r;
    bool hindi = r->lang == LANG_HI;
    *source = (struct view_source){op_find, op_at, read_op, days_left, b};
    *v = (struct view){.h = {&r->body},
                       .lang = r->lang,
                       .arena = r->arena,
                       .source = source,
                       .actor = r->actor,
                       .now = r->now,
                       .demo = office_context(r).demo,
                       .form_token = r->visitor.session.form_token,
                       .form_key = r->form_key,
                       .path = r->url,
                       .query = r->query,
                       .args = r->path,
                       .done = r->done,
                       .failed = r->failed,
                       .failed_problem = r->failed_problem,
                       .failed_detail = hindi ? r->failed_detail_hi : r->failed_detail,
                       .entered = r->form,
                       .errors = r->errors};
}

static int shown(struct office_request *r, int (*page)(struct view *))
{
    struct basis b = {.r = r};
    struct view_source source;
    struct view v;
    view_of(&b, &source, &v);
    int rc = page(&v);
    if (v.csv) {
        r->content_type = "text/csv; charset=utf-8";
    }
    if (v.problem) {
        r->status = op_problem_status(v.problem);
    }
    return rc;
}

/* The function of the table for a page of pages_all.h. */
#define PAGE(name)                                                                                 \
    static int get_##name(struct office_request *r)                                                \
    {                                                                                              \
        return shown(r, page_##name);                                                              \
    }

PAGE(search)
PAGE(application)
PAGE(application_print)
PAGE(rules)
PAGE(rules_print)
PAGE(data)
PAGE(new)
PAGE(upload)
PAGE(document)
PAGE(file)
PAGE(confirm)
PAGE(firms)
PAGE(firm)
PAGE(labs)
PAGE(lab)
PAGE(deadlines)
PAGE(foreign)
PAGE(foreign_case)
PAGE(issuers)
PAGE(issuer)
PAGE(settings)
PAGE(devices)
PAGE(device)
PAGE(scan)
PAGE(scan_service)
PAGE(scan_compare)
PAGE(scan_declared)
PAGE(audit)
PAGE(statistics)
PAGE(sign)
PAGE(signing)
PAGE(signings)
PAGE(certify)
PAGE(request)
PAGE(certificate)
PAGE(amend)
PAGE(correct)
PAGE(amendment)

static int get_queue(struct office_request *r)
{
    if (!wants_csv(r)) {
        return shown(r, page_queue);
    }
    r->content_type = "text/csv; charset=utf-8";
    return shown(r, page_queue_csv);
}

static int get_certificates(struct office_request *r)
{
    if (!wants_csv(r)) {
        return shown(r, page_certificates);
    }
    r->content_type = "text/csv; charset=utf-8";
    return shown(r, page_certificates_csv);
}

#define CASE "/office/applications/{application}"

const struct office_page pages_office[] = {
    {"/office", ROLE_ANY, get_queue, NULL},
    {"/office/search", ROLE_ANY, get_search, NULL},
    {"/office/new", ROLE_ANY, get_new, NULL},
    {CASE, ROLE_ANY, get_application, NULL},
    {CASE "/print", ROLE_ANY, get_application_print, NULL},
    {CASE "/rules", ROLE_ANY, get_rules, NULL},
    {CASE "/rules/print", ROLE_ANY, get_rules_print, NULL},
    {CASE "/certificate", ROLE_OFFICER, get_certify, NULL},
    {CASE "/data", ROLE_ANY, get_data, NULL},
    {CASE "/upload", ROLE_ANY, get_upload, NULL},
    {"/office/documents/{document}", ROLE_ANY, get_document, NULL},
    {"/office/files/{file}", ROLE_ANY, get_file, NULL},
    {"/office/confirm", ROLE_OFFICER, get_confirm, NULL},
    {"/office/firms", ROLE_OFFICER, get_firms, NULL},
    {"/office/firms/{firm}", ROLE_OFFICER, get_firm, NULL},
    {"/office/labs", ROLE_OFFICER, get_labs, NULL},
    {"/office/labs/{lab}", ROLE_OFFICER, get_lab, NULL},
    {"/office/devices", ROLE_ANY, get_devices, NULL},
    {"/office/devices/{device}", ROLE_ANY, get_device, NULL},
    {"/office/scans/{scan}", ROLE_ANY, get_scan, NULL},
    {"/office/scans/{scan}/services/{service}", ROLE_ANY, get_scan_service, NULL},
    {"/office/scans/{scan}/compare", ROLE_ANY, get_scan_compare, NULL},
    {"/office/scans/{scan}/declared", ROLE_ANY, get_scan_declared, NULL},
    {"/office/deadlines", ROLE_OFFICER, get_deadlines, NULL},
    {"/office/foreign", ROLE_ANY, get_foreign, NULL},
    {"/office/foreign/{case}", ROLE_ANY, get_foreign_case, NULL},
    {"/office/issuers", ROLE_OFFICER, get_issuers, NULL},
    {"/office/issuers/{issuer}", ROLE_OFFICER, get_issuer, NULL},
    {"/office/certificates", ROLE_OFFICER, get_certificates, NULL},
    {"/office/certificates/{certificate}", ROLE_OFFICER, get_certificate, NULL},
    {"/office/certificates/{certificate}/amend", ROLE_OFFICER, get_amend, NULL},
    {"/office/certificates/{certificate}/correct", ROLE_OFFICER, get_correct, NULL},
    {"/office/changes/{change}", ROLE_OFFICER, get_amendment, NULL},
    {"/office/requests/{request}", ROLE_OFFICER, get_request, NULL},
    {"/office/sign", ROLE_OFFICER, get_sign, NULL},
    {"/office/signings", ROLE_OFFICER, get_signings, NULL},
    {"/office/signings/{signing}", ROLE_OFFICER, get_signing, NULL},
    {"/office/settings", ROLE_OFFICER, get_settings, NULL},
    {"/office/audit", ROLE_ADMIN, get_audit, NULL},
    {"/office/statistics", ROLE_OFFICER, get_statistics, NULL},
    {0},
};
