/*
 * amending - see amending.h.
 */
#include "cli/issue/amending.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/issue/making.h"
#include "db/rows.h"
#include "records/audit.h"
#include "records/changes.h"
#include "records/log.h"

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

void amending_begin(struct amending *u, struct issue_setup *s, const char *verb)
{
    const struct passwd *p = getpwuid(getuid());
    *u = (struct amending){.s = s,
                           .verb = verb,
                           .id = -1,
                           .person = UTC_NONE,
                           .second = UTC_NONE,
                           .application = UTC_NONE};
    u->item.entry = -1;
    u->item.application = UTC_NONE;
    (void)snprintf(u->actor, sizeof u->actor, "operator:%s", p ? p->pw_name : "unknown");
    (void)date_text(date_of_utc(s->c.now), u->today);
}

enum exit_code amending_failed(const struct amending *u)
{
    complain("register %s: %s", u->verb, records_error(u->s->c.r));
    return EXIT_INTERNAL;
}

enum exit_code amending_refused(const struct amending *u, const char *why)
{
    complain("register %s: %s", u->verb, why);
    return EXIT_BAD;
}

enum exit_code amending_done(const struct amending *u, const char *result, int64_t entry)
{
    const struct issue_item *i = &u->item;
    if (!u->json) {
        (void)printf("%s %s\n", i->number, result);
        return EXIT_GOOD;
    }
    json_t *o = json_pack("{ss ss so}", "number", i->number, "result", result, "entry",
                          entry >= 0 ? json_integer(entry) : json_null());
    char *text = o ? rows_canonical(o) : NULL;
    (void)puts(text ? text : "{}");
    mem_free(text);
    json_decref(o);
    return text ? EXIT_GOOD : EXIT_INTERNAL;
}

/* ---- the trail ------------------------------------------------------------------------------- */

int amending_note(const struct amending *u, const char *what, json_t *detail)
{
    char subject[96], action[48];
    (void)snprintf(subject, sizeof subject, "certificate:%s", u->item.number);
    (void)snprintf(action, sizeof action, "register.%s", what);
    const struct audit_row row = {.at = u->s->c.now,
                                  .person = u->second,
                                  .actor = u->actor,
                                  .action = action,
                                  .subject = subject,
                                  .application = u->application,
                                  .detail = detail};
    int64_t seq = detail ? audit_append(u->s->c.r, &row) : -1;
    json_decref(detail);
    return seq < 0 ? RECORDS_FAILED : 0;
}

/* ---- what it would be ------------------------------------------------------------------------ */

enum exit_code amending_apply(struct amending *u, bool *nothing)
{
    struct issuing *c = &u->s->c;
    struct issue_item *i = &u->item;
    struct amendment a;
    const struct amendment_ask ask = {.number = i->number,
                                      .event = u->event,
                                      .reason = u->reason,
                                      .today = u->today,
                                      .change = u->change};
    int rc = amendment_read(c->r, &c->scheme.settings, &ask, &a);
    *nothing = false;
    if (rc == RECORDS_NONE) {
        complain("register %s: there is no certificate \"%s\" in this register", u->verb,
                 i->number);
        return EXIT_NO_INPUT;
    }
    if (rc < 0) {
        return amending_failed(u);
    }
    *nothing = a.nothing;
    i->data = json_incref(a.after);
    (void)snprintf(i->why, sizeof i->why, "%s", a.why);
    (void)snprintf(u->sha256, sizeof u->sha256, "%s", a.sha256);
    amendment_free(&a);
    return rc == 0 || *nothing ? EXIT_GOOD : amending_refused(u, i->why);
}

/* ---- the event ------------------------------------------------------------------------------- */

int amending_end(struct amending *u, int64_t entry)
{
    int rc = u->id < 0 ? 0 : change_end(u->s->c.r, u->id, u->second, u->actor, entry, u->s->c.now);
    if (rc == RECORDS_CONFLICT || rc == RECORDS_NONE) {
        (void)snprintf(u->item.why, ISSUE_WHY, "%s",
                       rc == RECORDS_NONE
                           ? "the change does not wait any more"
                           : "you prepared this change; another officer confirms it");
        rc = RECORDS_CONFLICT;
    }
    return rc;
}

static int unmoved(struct amending *u)
{
    int rc = u->id < 0 ? 0 : change_moved(u->s->c.r, u->id);
    if (rc == 1) {
        (void)snprintf(u->item.why, ISSUE_WHY, "%s", AMENDING_MOVED);
    }
    return rc == 1 ? RECORDS_CONFLICT : rc;
}

/* The data are as they were when the files were made: nobody amended in between. */
static int still(struct amending *u, const char *before)
{
    struct register_version v;
    int rc = register_version(u->s->c.r, u->item.number, INT64_MAX, &v);
    if (rc == 0 && strcmp(v.data_sha256, before) != 0) {
        (void)snprintf(u->item.why, ISSUE_WHY,
                       "the certificate was changed by somebody else meanwhile; run it again");
        rc = RECORDS_CONFLICT;
    }
    register_version_free(&v);
    return rc;
}

static int write_all(struct amending *u, struct making *m, const char *before)
{
    struct issuing *c = &u->s->c;
    struct issue_item *i = &u->item;
    char why[REGISTER_WHY] = "";
    const struct register_event e = {.number = i->number,
                                     .event = u->event,
                                     .effective_on = u->today,
                                     .reason = u->reason,
                                     .data = i->data,
                                     .pdf = m->pdf_hash,
                                     .xml = m->xml_hash,
                                     .person = u->person,
                                     .second = u->second,
                                     .application = u->application};
    int rc = still(u, before);
    rc = rc ? rc : unmoved(u);
    rc = rc ? rc : making_rows(m);
    if (rc == 0) {
        i->entry = register_append(c->r, &e, c->now, &c->key, why);
        rc = i->entry >= 0 ? 0 : (int)i->entry;
        (void)snprintf(i->why, sizeof i->why, "%s", why);
    }
    rc = rc ? rc : amending_end(u, i->entry);
    return rc ? rc
              : amending_note(u, u->event,
                              json_pack("{ss ss ss ss ss so*}", "reason", u->reason, "pdf",
                                        m->pdf_hash, "xml", m->xml_hash, "signer", c->officer,
                                        "token", signer_token(c->signer), "alone",
                                        u->id < 0 ? json_true() : NULL));
}

static enum exit_code write_event(struct amending *u, struct making *m, const char *before)
{
    struct records *r = u->s->c.r;
    int rc = records_begin(r);
    if (rc == 0) {
        rc = write_all(u, m, before);
        rc = records_commit(r, rc == 0) != 0 && rc == 0 ? RECORDS_FAILED : rc;
    }
    return rc == 0                  ? EXIT_GOOD
           : rc == RECORDS_CONFLICT ? amending_refused(u, u->item.why)
                                    : amending_failed(u);
}

/* ---- its files ------------------------------------------------------------------------------- */

enum exit_code amending_deliver(struct amending *u, const char *result)
{
    struct issuing *c = &u->s->c;
    struct issue_item *i = &u->item;
    if (c->out < 0) { /* for the server: it gives them out of the blobs */
        return amending_done(u, result, i->entry);
    }
    if (files_write_all(c, i->number, i->why) != 0 || files_finish(c) != 0) {
        complain("register %s: %s", u->verb, i->why);
        return EXIT_IO;
    }
    return amending_done(u, result, i->entry);
}

static enum exit_code check_signatory(struct amending *u)
{
    const json_t *who = json_object_get(u->item.data, "signatory");
    return signatory_check(&u->s->c, u->second == UTC_NONE ? NULL : u->actor, text_of(who, "name"));
}

static enum exit_code open_all(struct amending *u)
{
    enum exit_code code = setup_renderer(u->s);
    code = code == EXIT_GOOD ? setup_evidence(u->s) : code;
    code = code == EXIT_GOOD ? setup_tsa(u->s) : code;
    code = code == EXIT_GOOD ? setup_signer(u->s) : code;
    return code == EXIT_GOOD ? check_signatory(u) : code;
}

/* Before a PIN is asked for: is it what was asked for, and whose? */
static enum exit_code possible(struct amending *u, char before[SHA256_HEX])
{
    struct register_version v;
    json_t *row = NULL;
    int rc = register_version(u->s->c.r, u->item.number, INT64_MAX, &v);
    rc = rc ? rc : certificate_find(u->s->c.r, u->item.number, &row);
    (void)snprintf(before, SHA256_HEX, "%s", v.data_sha256);
    const json_t *application = json_object_get(row, "application");
    u->application = json_is_integer(application) ? json_integer_value(application) : UTC_NONE;
    register_version_free(&v);
    json_decref(row);
    rc = rc ? rc : unmoved(u);
    return rc == RECORDS_CONFLICT ? amending_refused(u, u->item.why)
           : rc                   ? amending_failed(u)
                                  : EXIT_GOOD;
}

enum exit_code amending_make(struct amending *u)
{
    struct making m;
    char before[SHA256_HEX] = "";
    enum exit_code code = possible(u, before);
    code = code == EXIT_GOOD ? open_all(u) : code;
    if (code != EXIT_GOOD) {
        return code;
    }
    making_begin(&m, &u->s->c, &u->item);
    int rc = making_files(&m);
    rc = rc ? rc : making_keep(&m);
    if (rc != 0) {
        complain("register %s: %s", u->verb, u->item.why);
        code = rc == 1 ? setup_stopped(u->s) : rc == MAKING_REFUSED ? EXIT_BAD : EXIT_INTERNAL;
    }
    code = code == EXIT_GOOD ? write_event(u, &m, before) : code;
    making_end(&m);
    return code == EXIT_GOOD ? amending_deliver(u, u->event) : code;
}
