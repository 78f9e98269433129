/*
 * facts - see facts.h. It only translates; what the facts mean is said in scheme/.
 */
#include "office/facts.h"

#include "office/foreign/foreign.h"
#include "records/applications.h"
#include "records/documents.h"
#include "records/scheme_rows.h"

enum { PAGE = 500 };

struct gathering {
    struct arena *a;
    struct records *r;
    int64_t application;
    struct scheme_facts *out;
    struct scheme_document *documents;
    size_t document_room;
    int64_t *of; /* beside documents: the id of the document a file belongs to */
    size_t of_room;
    bool failed; /* memory */
};

/* ---- members of rows ------------------------------------------------------------------------- */

static const char *text(struct gathering *g, const json_t *row, const char *key)
{
    const char *value = json_string_value(json_object_get(row, key));
    char *copy = value ? arena_str(g->a, span_str(value)) : NULL;
    g->failed |= value && !copy;
    return copy;
}

static int32_t day(const json_t *row, const char *key)
{
    const char *value = json_string_value(json_object_get(row, key));
    int32_t out;
    return value && date_parse(span_str(value), &out) ? out : DATE_NONE;
}

static int64_t number(const json_t *row, const char *key)
{
    const json_t *v = json_object_get(row, key);
    return json_is_integer(v) ? json_integer_value(v) : UTC_NONE;
}

static bool is(const json_t *row, const char *key, const char *word)
{
    const char *value = json_string_value(json_object_get(row, key));
    return value && strcmp(value, word) == 0;
}

static bool has(const json_t *row, const char *key)
{
    const char *value = json_string_value(json_object_get(row, key));
    return value && *value;
}

/* 1, 0, null */
static enum scheme_known known(const json_t *row, const char *key)
{
    int64_t n = number(row, key);
    return n == UTC_NONE ? SCHEME_NOT_KNOWN : n ? SCHEME_YES : SCHEME_NO;
}

static void *room(struct gathering *g, size_t count, size_t size)
{
    void *p = arena_array(g->a, count + 1, size);
    g->failed |= !p;
    return p;
}

/* ---- the application itself ------------------------------------------------------------------ */

static enum scheme_change_size size_of(const json_t *row, const char *key)
{
    return is(row, key, "minor")   ? SCHEME_MINOR
           : is(row, key, "major") ? SCHEME_MAJOR
                                   : SCHEME_SIZE_UNKNOWN;
}

static void committee(struct gathering *g, const json_t *row)
{
    struct scheme_committee *c = &g->out->committee;
    bool conditions = has(row, "conditions");
    c->meeting = text(g, row, "meeting");
    c->on = day(row, "meeting_on");
    c->conditions_open = conditions && !has(row, "conditions_closed_on");
    c->decision = is(row, "recommendation", "recommended")
                      ? (conditions ? SCHEME_CC_CONDITIONS : SCHEME_CC_RECOMMENDED)
                  : is(row, "recommendation", "not-recommended") ? SCHEME_CC_NOT_RECOMMENDED
                  : is(row, "recommendation", "deferred")        ? SCHEME_CC_DEFERRED
                                                                 : SCHEME_CC_NONE;
}

static void laboratory(struct gathering *g, const json_t *row)
{
    struct scheme_lab *lab = &g->out->lab;
    lab->name = text(g, row, "lab_name");
    lab->allotted_on = day(row, "allotted_on");
    lab->quotation_on = day(row, "quotation_on");
    lab->work_order_on = day(row, "work_order_on");
    lab->agreement_on = day(row, "agreement_on");
}

static void itself(struct gathering *g, const json_t *row)
{
    struct scheme_facts *f = g->out;
    int64_t level = number(row, "level");
    f->kind = is(row, "kind", "fresh")             ? SCHEME_FRESH
              : is(row, "kind", "recertification") ? SCHEME_RECERTIFICATION
                                                   : SCHEME_CHANGE;
    f->number = text(g, row, "number");
    f->applicant = text(g, row, "vendor_name");
    f->product = text(g, row, "product");
    f->series = text(g, row, "series");
    f->level = level >= 0 && level < 100 ? (int)level : -1;
    f->received_on = day(row, "submitted_on");
    f->complete_on = day(row, "complete_on");
    f->registered_on = day(row, "registered_on");
    f->assessor = text(g, row, "assessor_name");
    f->assessor_on = day(row, "appointed_on");
    f->assessor_conflict = number(row, "assessor_conflict") == 1;
    f->full_testing = is(row, "scope", "partial") ? SCHEME_NO : SCHEME_YES;
    f->old_certificate = text(g, row, "previous_certificate");
    f->old_valid_to = day(row, "previous_valid_to");
    f->change.changed_on = day(row, "change_on");
    f->change.reported_on = day(row, "change_reported_on");
    f->change.vendor_says = size_of(row, "change_vendor");
    f->change.body_decided = size_of(row, "change_body");
    laboratory(g, row);
    committee(g, row);
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* Place and address in one, as both are written in certificates. */
static int locations(struct gathering *g)
{
    json_t *rows = NULL, *row;
    size_t i;
    int rc = part_list(g->r, PART_LOCATION, g->application, false, &rows);
    const char **old = room(g, json_array_size(rows), sizeof *old);
    const char **new = room(g, json_array_size(rows), sizeof *new);
    json_array_foreach(rows, i, row)
    {
        const char *name = text(g, row, "name"), *address = text(g, row, "address");
        if (g->failed) {
            break;
        }
        char *place = arena_printf(g->a, "%s, %s", name ? name : "", address ? address : "");
        g->failed |= !place;
        if (number(row, "previous") == 1) {
            old[g->out->old_location_count++] = place;
        } else {
            new[g->out->new_location_count++] = place;
        }
    }
    json_decref(rows);
    g->out->old_locations = old;
    g->out->new_locations = new;
    return rc;
}

static int payments(struct gathering *g)
{
    json_t *rows = NULL, *row;
    size_t i;
    int rc = part_list(g->r, PART_PAYMENT, g->application, false, &rows);
    struct scheme_payment *list = room(g, json_array_size(rows), sizeof *list);
    json_array_foreach(rows, i, row)
    {
        int64_t paid = number(row, "paid_paise");
        if (g->failed || !is(row, "kind", "registration")) {
            continue;
        }
        struct scheme_payment *p = &list[g->out->payment_count++];
        scheme_payment_init(p);
        p->invoice = text(g, row, "invoice");
        p->receipt = text(g, row, "receipt");
        p->paise = paid == UTC_NONE ? 0 : paid;
        p->invoiced_on = day(row, "invoice_on");
        p->paid_on = day(row, "paid_on");
    }
    json_decref(rows);
    g->out->payments = list;
    return rc;
}

/* Every laboratory's empanelments; one of STQC itself needs none. */
static int laboratories(struct gathering *g)
{
    json_t *labs = NULL, *lab, *e;
    size_t i, k, count = 0;
    int rc = lab_list(g->r, &labs);
    json_array_foreach(labs, i, lab)
    {
        count += 1 + json_array_size(json_object_get(lab, "empanelments"));
    }
    struct scheme_empanelled *list = room(g, count, sizeof *list);
    json_array_foreach(labs, i, lab)
    {
        const char *name = text(g, lab, "name");
        bool own = is(lab, "kind", "stqc");
        enum scheme_body body =
            is(lab, "kind", "cert-in-empanelled") ? SCHEME_CERT_IN : SCHEME_STQC;
        if (g->failed) {
            break;
        }
        if (own) {
            list[g->out->empanelled_count++] =
                (struct scheme_empanelled){name, SCHEME_STQC, INT32_MIN + 1, DATE_NONE};
            g->out->lab.stqc_own |= g->out->lab.name && strcmp(name, g->out->lab.name) == 0;
        }
        json_array_foreach(json_object_get(lab, "empanelments"), k, e)
        {
            list[g->out->empanelled_count++] =
                (struct scheme_empanelled){name, body, day(e, "from_on"), day(e, "to_on")};
        }
    }
    json_decref(labs);
    g->out->empanelled = list;
    return rc;
}

static int reports(struct gathering *g)
{
    json_t *rows = NULL, *row;
    size_t i;
    int rc = report_list(g->r, g->application, &rows);
    struct scheme_report *list = room(g, json_array_size(rows), sizeof *list);
    json_array_foreach(rows, i, row)
    {
        if (g->failed) {
            break;
        }
        struct scheme_report *p = &list[g->out->report_count++];
        scheme_report_init(p);
        p->number = text(g, row, has(row, "number") ? "number" : "title");
        p->issuer = text(g, row, "issuer");
        p->kind = is(row, "kind", "audit") ? SCHEME_SYSTEM_AUDIT : SCHEME_DEVICE_TEST;
        p->tests_started = day(row, "tests_started_on");
        p->tests_ended = day(row, "tests_ended_on");
        p->issued = day(row, "issued_on");
        p->sha256_applicant = text(g, row, "original");
        p->sha256_body = text(g, row, "duplicate");
    }
    json_decref(rows);
    g->out->reports = list;
    return rc;
}

/* ---- evidence -------------------------------------------------------------------------------- */

static enum scheme_foreign_state state_of(const json_t *row)
{
    static const enum scheme_foreign_state states[FOREIGN_STATES] = {
        [FOREIGN_DRAFT] = SCHEME_FOREIGN_DRAFT,        [FOREIGN_QUEUED] = SCHEME_FOREIGN_DRAFT,
        [FOREIGN_WEB_CHECKING] = SCHEME_FOREIGN_OPEN,  [FOREIGN_MAIL_SENDING] = SCHEME_FOREIGN_OPEN,
        [FOREIGN_WAITING_REPLY] = SCHEME_FOREIGN_OPEN, [FOREIGN_PAUSED] = SCHEME_FOREIGN_OPEN,
        [FOREIGN_VERIFIED] = SCHEME_FOREIGN_VERIFIED,  [FOREIGN_MISMATCH] = SCHEME_FOREIGN_MISMATCH,
        [FOREIGN_DENIED] = SCHEME_FOREIGN_DENIED,      [FOREIGN_UNCLEAR] = SCHEME_FOREIGN_UNCLEAR,
        [FOREIGN_EXPIRED] = SCHEME_FOREIGN_EXPIRED,    [FOREIGN_CLOSED] = SCHEME_FOREIGN_OPEN};
    enum foreign_state s;
    bool found = foreign_state_read(json_string_value(json_object_get(row, "state")), &s);
    return found ? states[s] : SCHEME_FOREIGN_OPEN;
}

/* R-EXT-1: the weblink's or the mail's domain is an issuer's whose profile was approved; free mail
 * does not matter where the weblink is good. What a person decided rests on what the person saw. */
static int whose(struct gathering *g, const json_t *row, struct scheme_foreign *x)
{
    const char *link = json_string_value(json_object_get(row, "weblink"));
    const char *mail = json_string_value(json_object_get(row, "email"));
    enum foreign_place by_link = FOREIGN_NOT_APPROVED, by_mail = FOREIGN_NOT_APPROVED;
    int rc = x->has_link ? foreign_link_place(g->r, link, &by_link, NULL) : 0;
    rc = rc == 0 && x->has_email ? foreign_mail_place(g->r, mail, &by_mail, NULL) : rc;
    bool approved = by_link == FOREIGN_APPROVED || by_mail == FOREIGN_APPROVED ||
                    is(row, "decision", "verified");
    x->issuer_approved = approved ? SCHEME_YES : SCHEME_NO;
    x->free_mail = x->has_email && by_link != FOREIGN_APPROVED && foreign_free_mail(mail);
    return rc;
}

static int evidence(struct gathering *g)
{
    json_t *rows = NULL, *row;
    size_t i;
    int rc = evidence_list(g->r, g->application, &rows);
    struct scheme_foreign *list = room(g, json_array_size(rows), sizeof *list);
    json_array_foreach(rows, i, row)
    {
        if (g->failed || rc != 0) {
            break;
        }
        struct scheme_foreign *x = &list[g->out->foreign_count++];
        scheme_foreign_init(x);
        x->number = text(g, row, "number");
        x->issuer = text(g, row, "issuer");
        x->has_link = has(row, "weblink");
        x->has_email = has(row, "email");
        x->common_criteria = number(row, "common_criteria") == 1;
        x->state = state_of(row);
        x->queried_on = day(row, "queried_on");
        x->decided_on = day(row, "decided_on");
        x->notified = day(row, "due_on");
        x->extra_days = number(row, "extra_days");
        x->reminded = is(row, "mail", "waiting");
        rc = whose(g, row, x);
    }
    json_decref(rows);
    g->out->foreign = list;
    return rc;
}

/* ---- documents ------------------------------------------------------------------------------- */

static enum scheme_author author_of(const json_t *row)
{
    return is(row, "author", "vendor")        ? SCHEME_BY_VENDOR
           : is(row, "author", "oem")         ? SCHEME_BY_OEM
           : is(row, "author", "lab")         ? SCHEME_BY_LAB
           : is(row, "author", "third-party") ? SCHEME_BY_ISSUER
           : is(row, "author", "body")        ? SCHEME_BY_BODY
                                              : SCHEME_BY_UNKNOWN;
}

static struct scheme_document *add_document(struct gathering *g, const json_t *row, int64_t of)
{
    size_t n = g->out->document_count;
    if (arena_grow(g->a, (void **)&g->documents, &g->document_room, n + 1, sizeof *g->documents) <
            0 ||
        arena_grow(g->a, (void **)&g->of, &g->of_room, n + 1, sizeof *g->of) < 0) {
        g->failed = true;
        return NULL;
    }
    struct scheme_document *d = &g->documents[n];
    scheme_document_init(d);
    d->kind = text(g, row, "kind");
    d->author = author_of(row);
    g->of[n] = of;
    g->out->documents = g->documents;
    g->out->document_count = n + 1;
    return d;
}

static enum scheme_verdict verdict_of(const json_t *row)
{
    return is(row, "verdict", "ACCEPTED")   ? SCHEME_ACCEPTED
           : is(row, "verdict", "REVIEW")   ? SCHEME_REVIEW
           : is(row, "verdict", "REJECTED") ? SCHEME_REJECTED
                                            : SCHEME_NOT_VERIFIED;
}

/* What an officer let pass was less bad than what the machine says now: that was not decided. */
static bool is_outdated(const struct scheme_document *d, const json_t *row)
{
    enum scheme_verdict then = verdict_of(row), now = d->verdict;
    bool worse = (then == SCHEME_ACCEPTED && (now == SCHEME_REVIEW || now == SCHEME_REJECTED)) ||
                 (then == SCHEME_REVIEW && now == SCHEME_REJECTED);
    return worse && is(row, "rule", "R-SIG-1") && !is(row, "decision", "refuse");
}

static void decide(struct gathering *g, struct scheme_document *d, const json_t *row)
{
    struct scheme_decision *at = is(row, "rule", "R-LANG-1")  ? &d->on_language
                                 : is(row, "rule", "R-REG-2") ? &d->on_number
                                                              : &d->on_signature;
    *at = (struct scheme_decision){.what = is(row, "decision", "accept")   ? SCHEME_ACCEPT
                                           : is(row, "decision", "refuse") ? SCHEME_REFUSE
                                                                           : SCHEME_WAIVE,
                                   .by = text(g, row, "person_name"),
                                   .reason = text(g, row, "reason"),
                                   .on = date_of_utc(number(row, "at"))};
}

/* decisions: those in force about files, all of the application; oldest first. */
static void add_file(struct gathering *g, const json_t *row, const json_t *decisions)
{
    json_t *one;
    size_t i;
    const char *word = json_string_value(json_object_get(row, "language"));
    if (is(row, "state", "signature")) {
        return; /* vouches for others, is no document */
    }
    struct scheme_document *d = add_document(g, row, number(row, "document"));
    if (!d) {
        return;
    }
    d->name = text(g, row, has(row, "path") ? "path" : "name");
    d->sha256 = text(g, row, "sha256");
    d->verdict = verdict_of(row);
    d->indian_root = known(row, "india");
    d->covered = has(row, "covered_by") && d->verdict == SCHEME_ACCEPTED ? SCHEME_YES : SCHEME_NO;
    d->number_found = known(row, "number_found");
    if (word && language_by_word(word, &d->language.found)) {
        d->language.sure = number(row, "language_sure") == 1;
        d->language.code = "und";
    }
    json_array_foreach(decisions, i, one)
    {
        if (number(one, "file") != UTC_NONE && number(one, "file") == number(row, "id") &&
            !is_outdated(d, one)) {
            decide(g, d, one);
        }
    }
}

static int files(struct gathering *g, const json_t *decisions)
{
    const struct file_filter all = {.application = g->application, .version = UTC_NONE};
    int64_t after = UTC_NONE;
    for (;;) {
        json_t *rows = NULL;
        int rc = file_list(g->r, &all, after, PAGE, &rows);
        size_t n = json_array_size(rows);
        for (size_t i = 0; i < n && rc == 0 && !g->failed; i++) {
            const json_t *row = json_array_get(rows, i);
            after = number(row, "id");
            add_file(g, row, decisions);
        }
        json_decref(rows);
        if (rc != 0 || n < PAGE || g->failed) {
            return rc;
        }
    }
}

/* When the files of a document came; one of which no file is known yet waits for the machine. */
static void arrived(struct gathering *g, const json_t *row)
{
    int64_t id = number(row, "id");
    int32_t on = date_of_utc(number(row, "received_at"));
    bool seen = false;
    for (size_t i = 0; i < g->out->document_count; i++) {
        if (g->of[i] == id) {
            g->documents[i].received_on = on;
            seen = true;
        }
    }
    struct scheme_document *d = seen ? NULL : add_document(g, row, id);
    if (d) {
        d->name = text(g, row, has(row, "name") ? "name" : "title");
        d->received_on = on;
    }
}

static int arrivals(struct gathering *g)
{
    int64_t after = UTC_NONE;
    for (;;) {
        json_t *rows = NULL;
        int rc = document_list(g->r, g->application, after, PAGE, &rows);
        size_t n = json_array_size(rows);
        for (size_t i = 0; i < n && rc == 0 && !g->failed; i++) {
            after = number(json_array_get(rows, i), "id");
            arrived(g, json_array_get(rows, i));
        }
        json_decref(rows);
        if (rc != 0 || n < PAGE || g->failed) {
            return rc;
        }
    }
}

static void waivers(struct gathering *g, const json_t *decisions)
{
    json_t *row;
    size_t i;
    struct scheme_waiver *list = room(g, json_array_size(decisions), sizeof *list);
    json_array_foreach(decisions, i, row)
    {
        if (!g->failed && number(row, "file") == UTC_NONE && is(row, "decision", "waive")) {
            list[g->out->waiver_count++] =
                (struct scheme_waiver){text(g, row, "rule"), text(g, row, "person_name"),
                                       text(g, row, "reason"), date_of_utc(number(row, "at"))};
        }
    }
    g->out->waivers = list;
}

static int documents(struct gathering *g)
{
    json_t *decisions = NULL;
    int rc = decision_in_force(g->r, g->application, &decisions);
    rc = rc ? rc : files(g, decisions);
    rc = rc ? rc : arrivals(g);
    if (rc == 0) {
        waivers(g, decisions);
    }
    json_decref(decisions);
    for (size_t i = 0; i < g->out->document_count; i++) {
        const char *kind = g->documents[i].kind;
        if (kind &&
            (strcmp(kind, "change-document") == 0 || strcmp(kind, "impact-analysis") == 0)) {
            g->out->change.documents = SCHEME_YES;
        }
    }
    return rc;
}

int office_facts(struct arena *a, struct records *r, const json_t *application,
                 struct scheme_facts *out)
{
    struct gathering g = {.a = a, .r = r, .application = number(application, "id"), .out = out};
    scheme_facts_init(out);
    itself(&g, application);
    int rc = locations(&g);
    rc = rc ? rc : payments(&g);
    rc = rc ? rc : laboratories(&g);
    rc = rc ? rc : reports(&g);
    rc = rc ? rc : evidence(&g);
    rc = rc ? rc : documents(&g);
    return rc == 0 && g.failed ? RECORDS_FAILED : rc;
}
