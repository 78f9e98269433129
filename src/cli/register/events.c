/*
 * events - what changes the state of a certificate: suspend, reinstate, withdraw, supersede; and
 * changes that wait for a second officer (records/changes.h). Amendments and corrections, which are
 * drawn and signed, are satyapan-issue's, as is confirming.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/register/command.h"
#include "db/rows.h"
#include "office/given.h"
#include "office/office.h"
#include "records/audit.h"
#include "records/changes.h"

enum { ACTOR = 96 };

/* The operator at the command line. */
static const char *actor_name(char out[ACTOR])
{
    const struct passwd *p = getpwuid(getuid());
    (void)snprintf(out, ACTOR, "operator:%s", p ? p->pw_name : "unknown");
    return out;
}

static int note_in_trail(struct run *c, const char *event, const char *number, json_t *detail)
{
    char actor[ACTOR], subject[160], action[64];
    (void)snprintf(subject, sizeof subject, "certificate:%s", number);
    (void)snprintf(action, sizeof action, "register.%s", event);
    const struct audit_row row = {.at = c->now,
                                  .person = UTC_NONE,
                                  .actor = actor_name(actor),
                                  .action = action,
                                  .subject = subject,
                                  .application = UTC_NONE,
                                  .detail = detail};
    int64_t seq = detail ? audit_append(c->r, &row) : -1;
    json_decref(detail);
    return seq < 0 ? RECORDS_FAILED : 0;
}

/* Commits what went well. 0 or a code. */
static int finish(struct run *c, int rc)
{
    return records_commit(c->r, rc == 0) != 0 && rc == 0 ? RECORDS_FAILED : rc;
}

/* ---- prepared -------------------------------------------------------------------------------- */

static enum exit_code prepare(struct run *c)
{
    char actor[ACTOR];
    json_t *row = NULL;
    int found = certificate_find(c->r, c->word, &row);
    json_t *data = found ? NULL : json_pack("{sO}", "seen", json_object_get(row, "entry"));
    json_decref(row);
    const struct change asked = {.certificate = c->word,
                                 .event = c->verb,
                                 .effective_on = c->on,
                                 .reason = c->reason,
                                 .successor = c->by,
                                 .data = data,
                                 .person = UTC_NONE,
                                 .actor = actor_name(actor)};
    if (!data || records_begin(c->r) != 0) {
        json_decref(data);
        return found == RECORDS_NONE ? absent(c->word) : failed(c);
    }
    int64_t id = change_add(c->r, &asked, c->now);
    json_decref(data);
    int rc = id < 0 ? (int)id
                    : note_in_trail(c, "prepare", c->word,
                                    json_pack("{ss ss sI}", "event", c->verb, "reason", c->reason,
                                              "change", (json_int_t)id));
    rc = finish(c, rc);
    if (rc == RECORDS_CONFLICT) {
        complain("such a change of %s is waiting already", c->word);
        return EXIT_BAD;
    }
    if (rc != 0) {
        return failed(c);
    }
    (void)printf("%s: %s waits as change %lld; another officer confirms it\n", c->word, c->verb,
                 (long long)id);
    return EXIT_GOOD;
}

enum exit_code run_changes(struct run *c)
{
    json_t *rows = NULL, *row;
    size_t i;
    if (change_list(c->r, c->number, &rows) != 0) {
        json_decref(rows);
        return failed(c);
    }
    if (c->json) {
        return print_json(rows);
    }
    json_array_foreach(rows, i, row)
    {
        (void)printf("%-5lld %-26s %-10s %-20s %s\n",
                     (long long)json_integer_value(json_object_get(row, "id")),
                     text_of(row, "certificate"), text_of(row, "event"), text_of(row, "reason"),
                     text_of(row, "actor"));
    }
    json_decref(rows);
    return EXIT_GOOD;
}

enum exit_code run_drop(struct run *c)
{
    char actor[ACTOR];
    json_t *row = NULL;
    int64_t id;
    if (!number_read(c->word, 1, INT64_MAX, &id)) {
        complain("\"%s\" is no change; see satyapan register changes", c->word);
        return EXIT_USAGE;
    }
    if (records_begin(c->r) != 0) {
        return failed(c);
    }
    int rc = change_find(c->r, id, &row);
    rc = rc ? rc : change_end(c->r, id, UTC_NONE, actor_name(actor), -1, c->now);
    rc = rc ? rc
            : note_in_trail(
                  c, "drop", text_of(row, "certificate"),
                  json_pack("{ss sI}", "event", text_of(row, "event"), "change", (json_int_t)id));
    rc = finish(c, rc);
    json_decref(row);
    if (rc == RECORDS_NONE) {
        complain("no change %" PRId64 " is waiting", id);
        return EXIT_NO_INPUT;
    }
    return rc == 0 ? EXIT_GOOD : failed(c);
}

/* ---- at once --------------------------------------------------------------------------------- */

/* A successor is a certificate of this register. */
static enum exit_code check_successor(struct run *c)
{
    json_t *row = NULL;
    if (strcmp(c->verb, "supersede") != 0) {
        return c->by ? EXIT_USAGE : EXIT_GOOD;
    }
    if (!c->by) {
        complain("supersede needs --by NUMBER, the certificate that takes its place");
        return EXIT_USAGE;
    }
    if (strcmp(c->by, c->word) == 0) {
        complain("a certificate does not take its own place");
        return EXIT_BAD;
    }
    int rc = certificate_find(c->r, c->by, &row);
    json_decref(row);
    return rc == 0 ? EXIT_GOOD : rc == RECORDS_NONE ? absent(c->by) : failed(c);
}

static enum exit_code check_asked(struct run *c, bool *two)
{
    struct office office;
    char why[OFFICE_WHY];
    struct arena *a = arena_new(1 << 20);
    int rc = a ? office_read(a, c->data, &office, why) : -1;
    *two = rc == 0 && office.four_eyes_operator &&
           (change_pair(c->r) != 0 || office_given(c->data, "four_eyes_operator"));
    arena_free(a);
    if (rc != 0) {
        complain("%s", a ? why : "memory ran out");
        return EXIT_DATA;
    }
    if (!c->reason || !*c->reason) {
        complain("%s needs --reason CODE", c->verb);
        return EXIT_USAGE;
    }
    return check_successor(c);
}

static enum exit_code at_once(struct run *c)
{
    char why[REGISTER_WHY] = "";
    enum exit_code code = open_key(c);
    if (code != EXIT_GOOD) {
        return code;
    }
    const struct register_event e = {.number = c->word,
                                     .event = c->verb,
                                     .effective_on = c->on,
                                     .reason = c->reason,
                                     .successor = c->by,
                                     .person = UTC_NONE,
                                     .second = UTC_NONE,
                                     .application = UTC_NONE};
    if (records_begin(c->r) != 0) {
        return failed(c);
    }
    int64_t entry = register_append(c->r, &e, c->now, &c->keys, why);
    int rc = entry < 0
                 ? (int)entry
                 : note_in_trail(c, c->verb, c->word,
                                 json_pack("{ss ss ss* sb}", "reason", c->reason, "effective_on",
                                           c->on, "successor", c->by, "alone", true));
    rc = finish(c, rc);
    register_key_forget(&c->keys);
    if (rc == RECORDS_CONFLICT) {
        complain("%s", why);
        return EXIT_BAD;
    }
    if (rc != 0) {
        return failed(c);
    }
    (void)printf("%s: %s on %s, entry %lld\n", c->word, c->verb, c->on, (long long)entry);
    return EXIT_GOOD;
}

enum exit_code run_event(struct run *c)
{
    bool two = false;
    enum exit_code code = check_asked(c, &two);
    if (code != EXIT_GOOD) {
        return code;
    }
    if (two && !c->prepare) {
        complain("two officers are wanted here (four_eyes_operator): --prepare it");
        return EXIT_BAD;
    }
    return c->prepare ? prepare(c) : at_once(c);
}
