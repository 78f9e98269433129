/*
 * make - one certificate, from its data to its event.
 *
 * The order is what keeps it whole: the number is reserved, the files are made and on the disk as
 * blobs, then one transaction writes event, certificate, application and trail and ends the
 * reservation. A program that ends before the commit leaves a reserved number and files nobody
 * names, which are swept; one that ends after it leaves a certificate whose files are there.
 */
#include <stdio.h>

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/issue/making.h"
#include "records/applications.h"
#include "records/audit.h"
#include "records/log.h"
#include "records/pending.h"
#include "records/requests.h"

static enum issue_end broken(struct making *m)
{
    char *why = m->item->why;
    if (!why[0]) {
        (void)snprintf(why, ISSUE_WHY, "%.200s", records_error(m->c->r));
    }
    return ISSUE_BROKEN;
}

/* ---- its number ------------------------------------------------------------------------------ */

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static int64_t running_of(const char *number)
{
    const char *last = strrchr(number, '/');
    return last ? strtoll(last + 1, NULL, 10) : -1;
}

/* Puts number and address into the data: "STQC/IOTSCS" / series / at least three digits. */
static int put_number(struct making *m, int64_t running)
{
    struct issue_item *i = m->item;
    char url[320]; /* issue_check has the limit */
    (void)snprintf(i->number, sizeof i->number, "%s/%s/%03lld", m->c->office.number_prefix,
                   text_of(i->data, "series"), (long long)running);
    (void)snprintf(url, sizeof url, "%s/certificate/%s", m->c->site, i->number);
    if (json_object_set_new(i->data, "number", json_string(i->number)) != 0 ||
        json_object_set_new(i->data, "url", json_string(url)) != 0) {
        return -1;
    }
    return issue_check(i->data, &m->c->scheme.settings, i->why);
}

/* Another program may have issued it since the request was read: RECORDS_CONFLICT. */
static int not_issued(struct making *m)
{
    json_t *row = NULL;
    int found = certificate_by_registration(m->c->r, text_of(m->item->data, "registration"), &row);
    json_decref(row);
    return found == RECORDS_NONE ? 0 : found == 0 ? RECORDS_CONFLICT : RECORDS_FAILED;
}

static int reserve(struct making *m, int64_t *running)
{
    struct records *r = m->c->r;
    if (records_begin(r) != 0) {
        return RECORDS_FAILED;
    }
    int rc = not_issued(m);
    rc = rc ? rc
            : pending_take(r, text_of(m->item->data, "series"),
                           text_of(m->item->data, "registration"), m->c->now, running);
    return records_commit(r, rc == 0) != 0 ? RECORDS_FAILED : rc;
}

/* ---- the event ------------------------------------------------------------------------------- */

/* The application is certified. */
static int certify(struct making *m)
{
    struct issue_item *i = m->item;
    json_t *row = NULL;
    if (i->application == UTC_NONE) {
        return 0;
    }
    int rc = application_get(m->c->r, i->application, &row);
    if (rc == 0 && strcmp(text_of(row, "state"), "recommended") != 0) {
        rc = RECORDS_CONFLICT;
    }
    json_t *values = json_pack("{ss ss}", "state", "certified", "certificate", i->number);
    rc = rc       ? rc
         : values ? application_update(m->c->r, i->application, UTC_NONE, values, m->c->now)
                  : -1;
    json_decref(values);
    json_decref(row);
    return rc;
}

/* NULL: nobody. */
static json_t *officer(int64_t id)
{
    return id == UTC_NONE ? NULL : json_integer(id);
}

/* The second of two officers: who signs, or approved it. */
static int64_t second_of(const struct issue_item *i)
{
    return i->signed_by != UTC_NONE ? i->signed_by : i->approved_by;
}

static int note(struct making *m)
{
    struct issuing *c = m->c;
    const struct issue_item *i = m->item;
    char actor[96], subject[96];
    const struct passwd *p = i->login ? NULL : getpwuid(geteuid());
    if (i->login) {
        (void)snprintf(actor, sizeof actor, "%s", i->login);
    } else {
        (void)snprintf(actor, sizeof actor, "operator:%s", p ? p->pw_name : "unknown");
    }
    (void)snprintf(subject, sizeof subject, "certificate:%s", m->item->number);
    bool applied = m->item->application != UTC_NONE;
    json_t *detail = json_pack(
        "{ss ss ss ss ss ss* so* so* so*}", "registration", text_of(i->data, "registration"), "pdf",
        m->pdf_hash, "xml", m->xml_hash, "signer", c->officer, "token", signer_token(c->signer),
        "to", applied ? "certified" : NULL, "prepared_by", officer(i->prepared_by), "approved_by",
        officer(i->approved_by), "alone", second_of(i) == UTC_NONE ? json_true() : NULL);
    const struct audit_row row = {.at = c->now,
                                  .person = i->signed_by,
                                  .actor = actor,
                                  .action = "certificate.issue",
                                  .subject = subject,
                                  .application = m->item->application,
                                  .visible = applied,
                                  .detail = detail};
    int64_t seq = detail ? audit_append(c->r, &row) : -1;
    json_decref(detail);
    return seq < 0 ? RECORDS_FAILED : 0;
}

/* ---- the certificate before it (R-VAL-3) ----------------------------------------------------- */

static bool names_all(const json_t *models, const json_t *old)
{
    size_t i, k;
    json_t *m, *n;
    bool all = true;
    json_array_foreach(old, i, m)
    {
        bool found = false;
        json_array_foreach(models, k, n)
        {
            found = found || strcmp(text_of(m, "model"), text_of(n, "model")) == 0;
        }
        all = all && found;
    }
    return all;
}

/* After a major change the old certificate is superseded for the changed models: as a whole when
 * they are all it has. One that keeps others is amended by an officer. */
static int supersede(struct making *m, char *why)
{
    const json_t *data = m->item->data;
    const char *old = text_of(json_object_get(data, "previous"), "number");
    const char *day = text_of(data, "issued_on");
    struct register_state state;
    json_t *before = NULL;
    if (strcmp(text_of(data, "kind"), "major-change") != 0) {
        return 0;
    }
    int rc = register_state(m->c->r, old, day, NULL, NULL, &state, &before);
    bool stands = rc == 0 && (state.status == REGISTER_VALID || state.status == REGISTER_SUSPENDED);
    bool all = names_all(json_object_get(data, "models"), json_object_get(before, "models"));
    json_decref(before);
    if (!stands || !all) {
        return rc == RECORDS_FAILED ? rc : 0;
    }
    const struct register_event e = {.number = old,
                                     .event = "supersede",
                                     .effective_on = day,
                                     .reason = "major-change",
                                     .successor = m->item->number,
                                     .person = UTC_NONE,
                                     .second = UTC_NONE,
                                     .application = m->item->application};
    int64_t entry = register_append(m->c->r, &e, m->c->now, &m->c->key, why);
    return entry >= 0 ? 0 : entry == RECORDS_CONFLICT ? 1 : RECORDS_FAILED;
}

/* In the transaction that issues it: nobody issued it, and rules, records and officers say of it
 * what they said before it was signed. A list takes minutes, and an officer may take his word back
 * meanwhile. RECORDS_CONFLICT: not so. */
static int still_so(struct making *m)
{
    const struct issue_item *i = m->item;
    struct issue_item now = {
        .request = json_incref(i->request), .signed_by = i->signed_by, .login = i->login};
    enum issue_end e = request_read(m->c, &now);
    bool named = e == ISSUE_ISSUED &&
                 json_object_set(now.data, "number", json_object_get(i->data, "number")) == 0 &&
                 json_object_set(now.data, "url", json_object_get(i->data, "url")) == 0;
    bool same = named && json_equal(now.data, i->data) && now.application == i->application &&
                now.prepared_by == i->prepared_by && now.approved_by == i->approved_by;
    issue_item_free(&now);
    return e == ISSUE_BROKEN || (e == ISSUE_ISSUED && !named) ? RECORDS_FAILED
           : same                                             ? 0
                                                              : RECORDS_CONFLICT;
}

static int write_all(struct making *m)
{
    struct issuing *c = m->c;
    struct issue_item *i = m->item;
    char why[REGISTER_WHY] = "";
    const struct register_event e = {.number = i->number,
                                     .event = "issue",
                                     .effective_on = text_of(i->data, "issued_on"),
                                     .data = i->data,
                                     .pdf = m->pdf_hash,
                                     .xml = m->xml_hash,
                                     .person = i->prepared_by,
                                     .second = second_of(i),
                                     .application = i->application};
    int rc = still_so(m);
    rc = rc ? rc : making_rows(m);
    rc = rc ? rc
            : pending_done(c->r, text_of(i->data, "series"), running_of(i->number),
                           text_of(i->data, "registration"));
    if (rc == 0) {
        i->entry = register_append(c->r, &e, c->now, &c->key, why);
        rc = i->entry >= 0 ? 0 : i->entry == RECORDS_CONFLICT ? 1 : RECORDS_FAILED;
    }
    rc = rc ? rc : supersede(m, why);
    (void)snprintf(i->why, sizeof i->why, "%s", why);
    rc = rc ? rc : certify(m);
    rc = rc ? rc
            : request_issued(c->r, text_of(i->data, "registration"), i->sha256, i->number,
                             i->signed_by, c->now);
    return rc ? rc : note(m);
}

static int write_event(struct making *m)
{
    struct records *r = m->c->r;
    if (records_begin(r) != 0) {
        return RECORDS_FAILED;
    }
    int rc = write_all(m);
    return records_commit(r, rc == 0) != 0 ? RECORDS_FAILED : rc;
}

/* ---- together -------------------------------------------------------------------------------- */

/* The certificate is in the register: its files, which can be written again at any time. */
static enum issue_end deliver(struct making *m, enum issue_end good)
{
    struct issue_item *i = m->item;
    if (m->c->out < 0) { /* for the server: it gives them out of the blobs */
        return good;
    }
    return files_write_all(m->c, i->number, i->why) == 0 ? good : ISSUE_BROKEN;
}

/* Somebody else issued it meanwhile, or gave its number up. */
static enum issue_end again(struct making *m)
{
    struct issue_item *i = m->item;
    json_decref(i->data);
    i->data = NULL;
    i->why[0] = 0;
    enum issue_end e = request_read(m->c, i);
    if (e == ISSUE_UNCHANGED) {
        i->entry = i->previous;
        return deliver(m, ISSUE_UNCHANGED);
    }
    if (e == ISSUE_ISSUED) {
        (void)snprintf(i->why, sizeof i->why,
                       "the records changed while it was signed; run the "
                       "request again");
        return ISSUE_REFUSED;
    }
    return e;
}

/* Nothing bears its number: the next certificate gets it. */
static enum issue_end refused(struct making *m)
{
    struct records *r = m->c->r;
    if (records_begin(r) != 0) {
        return ISSUE_REFUSED; /* it stays reserved, and is told so */
    }
    int rc = pending_release(r, text_of(m->item->request, "registration"));
    return records_commit(r, rc == 0) != 0 && rc == 0 ? broken(m) : ISSUE_REFUSED;
}

/* With a number reserved for it. */
static enum issue_end make_numbered(struct making *m, int64_t running)
{
    int rc = put_number(m, running);
    if (rc != 0) {
        return rc == 1 ? ISSUE_REFUSED : broken(m);
    }
    rc = making_files(m);
    if (rc != 0) {
        return rc == 1 ? ISSUE_STOPPED : rc == MAKING_REFUSED ? ISSUE_REFUSED : broken(m);
    }
    rc = making_keep(m);
    rc = rc ? rc : write_event(m);
    if (rc == 0) {
        return deliver(m, ISSUE_ISSUED);
    }
    return rc == RECORDS_CONFLICT || rc == RECORDS_NONE ? again(m)
           : rc == 1                                    ? ISSUE_REFUSED
                                                        : broken(m);
}

static enum issue_end make(struct making *m)
{
    int64_t running = -1;
    int rc = reserve(m, &running);
    if (rc != 0) {
        return rc == RECORDS_CONFLICT ? again(m) : broken(m);
    }
    enum issue_end end = make_numbered(m, running);
    return end == ISSUE_REFUSED ? refused(m) : end;
}

enum issue_end make_certificate(struct issuing *c, struct issue_item *item)
{
    struct making m;
    making_begin(&m, c, item);
    if (item->end == ISSUE_UNCHANGED) {
        item->entry = item->previous;
        item->end = deliver(&m, ISSUE_UNCHANGED);
    } else {
        item->end = make(&m);
    }
    making_end(&m);
    return item->end;
}

/* No number, no QR code, no signature: how it would look. */
enum issue_end make_draft(struct issuing *c, struct issue_item *item, struct buffer *out)
{
    struct making m;
    struct render_place where;
    const struct render_options look = {.watermark = "DRAFT - NOT VALID", .created = c->now};
    making_begin(&m, c, item);
    int rc = render_pdf(c->renderer, item->data, &look, out ? out : &m.pdf, &where, item->why);
    if (rc == 0 && !out) {
        rc = files_write_draft(c, text_of(item->data, "registration"), buffer_span(&m.pdf),
                               item->why);
    }
    making_end(&m);
    item->end = rc == 0 ? ISSUE_DRY : rc == 1 ? ISSUE_REFUSED : ISSUE_BROKEN;
    return item->end;
}
