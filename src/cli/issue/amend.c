/*
 * amend - `satyapan register amend`, `correct`, and `confirm` of a change that waits.
 *
 * An amended certificate has the same number and dates, new files and an event; the files before it
 * stay among the blobs, the data before it in the log. As with issue: files first, on the disk as
 * blobs; then one transaction with event, rows and trail; then the copies. Run again after whatever
 * crash it either finds nothing done and does it, or all done and writes the copies.
 */
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/issue/making.h"
#include "db/rows.h"
#include "records/audit.h"
#include "records/changes.h"
#include "records/log.h"
#include "scheme/date.h"

static const char help[] =
    "usage: satyapan register amend NUMBER --changes FILE.json --reason CODE --key KEY --out DIR\n"
    "       satyapan register correct NUMBER --changes FILE.json --reason CODE --key KEY --out "
    "DIR\n"
    "       satyapan register amend|correct NUMBER --changes FILE.json --reason CODE --prepare\n"
    "       satyapan register confirm ID [--key KEY --out DIR]\n\n"
    "An amendment (R-VAL-4) adds firmware versions, reports or conditions; a correction puts "
    "right\n"
    "what was written wrongly. Number and dates stay. New files come into DIR; the earlier ones "
    "are\n"
    "kept. The file: {\"decision\": \"CB/2026/31\", \"en\": \"...\", \"hi\": \"...\", \"models\":\n"
    "[rows to add], \"reports\": [...], \"conditions\": [...]}, or for a correction \"set\": "
    "{...}.\n\n"
    "  --prepare        keeps the change; another officer's `confirm` carries it out\n"
    "  --key, --pin-file, --tsa, --level, --cert, --crl, --data: as satyapan issue\n"
    "  --format json    one object\n\n"
    "confirm carries out a change that was prepared by somebody else, of whatever kind; "
    "amendments\n"
    "and corrections are signed, so they need --key and --out.\n"
    "Exit: 0 done; 1 refused; 69 the key, token or authority is not there; 77 wrong PIN.\n";

struct amending {
    struct issue_setup *s;
    const char *verb, *word, *changes, *reason, *level;
    bool prepare, json;
    char actor[96], today[DATE_TEXT];
    json_t *change; /* what is asked for */
    int64_t id;     /* of a change that waits; -1 */
    struct issue_item item;
    char event[16];
};

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static enum exit_code failed(const struct amending *u)
{
    complain("register %s: %s", u->verb, records_error(u->s->c.r));
    return EXIT_INTERNAL;
}

static enum exit_code refused(const struct amending *u, const char *why)
{
    complain("register %s: %s", u->verb, why);
    return EXIT_BAD;
}

static enum exit_code done(const struct amending *u, const char *result, int64_t entry)
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

static void who(struct amending *u)
{
    const struct passwd *p = getpwuid(getuid());
    (void)snprintf(u->actor, sizeof u->actor, "operator:%s", p ? p->pw_name : "unknown");
}

static int note(const struct amending *u, const char *what, json_t *detail)
{
    char subject[96], action[48];
    (void)snprintf(subject, sizeof subject, "certificate:%s", u->item.number);
    (void)snprintf(action, sizeof action, "register.%s", what);
    const struct audit_row row = {.at = u->s->c.now,
                                  .person = UTC_NONE,
                                  .actor = u->actor,
                                  .action = action,
                                  .subject = subject,
                                  .application = UTC_NONE,
                                  .detail = detail};
    int64_t seq = detail ? audit_append(u->s->c.r, &row) : -1;
    json_decref(detail);
    return seq < 0 ? RECORDS_FAILED : 0;
}

/* ---- what is asked for ----------------------------------------------------------------------- */

static enum exit_code read_change(struct amending *u)
{
    struct input in;
    json_error_t e;
    enum exit_code code = input_open(u->changes, &in);
    if (code != EXIT_GOOD) {
        return code;
    }
    u->change = json_loadb((const char *)in.bytes, in.size, JSON_REJECT_DUPLICATES, &e);
    input_close(&in);
    if (!u->change) {
        complain("register %s: %s, line %d: %s", u->verb, u->changes, e.line, e.text);
        return EXIT_DATA;
    }
    return EXIT_GOOD;
}

/* The certificate as it would be, into the item. EXIT_BAD: refused; *nothing: it is so already. */
static enum exit_code apply(struct amending *u, bool *nothing)
{
    struct issuing *c = &u->s->c;
    struct issue_item *i = &u->item;
    struct register_version now = {.entry = -1};
    int rc = register_version(c->r, i->number, INT64_MAX, &now);
    if (rc == RECORDS_NONE) {
        complain("register %s: there is no certificate \"%s\" in this register", u->verb,
                 i->number);
        return EXIT_NO_INPUT;
    }
    if (rc != 0) {
        return failed(u);
    }
    rc = issue_amend(now.data, u->change, strcmp(u->event, "correct") == 0, u->today, &i->data,
                     i->why);
    register_version_free(&now);
    *nothing = rc == ISSUE_NOTHING_NEW;
    rc = rc ? rc : issue_check(i->data, &c->scheme.settings, i->why);
    return rc == 0 || *nothing ? EXIT_GOOD : rc < 0 ? EXIT_INTERNAL : refused(u, i->why);
}

/* ---- prepared by one ------------------------------------------------------------------------- */

static enum exit_code prepare(struct amending *u)
{
    struct records *r = u->s->c.r;
    const struct change asked = {.certificate = u->item.number,
                                 .event = u->event,
                                 .effective_on = u->today,
                                 .reason = u->reason,
                                 .data = u->change,
                                 .person = UTC_NONE,
                                 .actor = u->actor};
    if (records_begin(r) != 0) {
        return failed(u);
    }
    int64_t id = change_add(r, &asked, u->s->c.now);
    int rc = id < 0 ? (int)id
                    : note(u, "prepare",
                           json_pack("{ss ss sI}", "event", u->event, "reason", u->reason, "change",
                                     (json_int_t)id));
    if (records_commit(r, rc == 0) != 0) {
        rc = RECORDS_FAILED;
    }
    if (rc == RECORDS_CONFLICT) {
        return refused(u, "such a change is waiting already; see satyapan register changes");
    }
    if (rc != 0) {
        return failed(u);
    }
    (void)printf("%s: %s waits as change %lld; another officer confirms it\n", u->item.number,
                 u->event, (long long)id);
    return EXIT_GOOD;
}

/* ---- the event ------------------------------------------------------------------------------- */

static int end_change(struct amending *u, int64_t entry)
{
    int rc = u->id < 0 ? 0 : change_end(u->s->c.r, u->id, UTC_NONE, u->actor, entry, u->s->c.now);
    if (rc == RECORDS_CONFLICT || rc == RECORDS_NONE) {
        (void)snprintf(u->item.why, ISSUE_WHY, "%s",
                       rc == RECORDS_NONE
                           ? "the change does not wait any more"
                           : "you prepared this change; another officer confirms it");
        rc = RECORDS_CONFLICT;
    }
    return rc;
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
                                     .person = UTC_NONE,
                                     .second = UTC_NONE,
                                     .application = UTC_NONE};
    int rc = still(u, before);
    rc = rc ? rc : making_rows(m);
    if (rc == 0) {
        i->entry = register_append(c->r, &e, c->now, &c->key, why);
        rc = i->entry >= 0 ? 0 : (int)i->entry;
        (void)snprintf(i->why, sizeof i->why, "%s", why);
    }
    rc = rc ? rc : end_change(u, i->entry);
    return rc ? rc
              : note(u, u->event,
                     json_pack("{ss ss ss ss ss}", "reason", u->reason, "pdf", m->pdf_hash, "xml",
                               m->xml_hash, "signer", c->officer, "token",
                               signer_token(c->signer)));
}

static enum exit_code write_event(struct amending *u, struct making *m, const char *before)
{
    struct records *r = u->s->c.r;
    int rc = records_begin(r);
    if (rc == 0) {
        rc = write_all(u, m, before);
        rc = records_commit(r, rc == 0) != 0 && rc == 0 ? RECORDS_FAILED : rc;
    }
    return rc == 0 ? EXIT_GOOD : rc == RECORDS_CONFLICT ? refused(u, u->item.why) : failed(u);
}

/* ---- its files ------------------------------------------------------------------------------- */

static enum exit_code deliver(struct amending *u, const char *result)
{
    struct issuing *c = &u->s->c;
    struct issue_item *i = &u->item;
    if (files_write_all(c, i->number, i->why) != 0 || files_finish(c) != 0) {
        complain("register %s: %s", u->verb, i->why);
        return EXIT_IO;
    }
    return done(u, result, i->entry);
}

static enum exit_code open_all(struct amending *u)
{
    enum exit_code code = setup_renderer(u->s);
    code = code == EXIT_GOOD ? setup_evidence(u->s) : code;
    code = code == EXIT_GOOD ? setup_tsa(u->s) : code;
    return code == EXIT_GOOD ? setup_signer(u->s) : code;
}

/* Before a PIN is asked for: would the register take it? */
static enum exit_code possible(struct amending *u, char before[SHA256_HEX])
{
    struct register_version v;
    json_t *row = NULL;
    int rc = register_version(u->s->c.r, u->item.number, INT64_MAX, &v);
    rc = rc ? rc : certificate_find(u->s->c.r, u->item.number, &row);
    (void)snprintf(before, SHA256_HEX, "%s", v.data_sha256);
    const char *status = text_of(row, "status");
    bool stands = strcmp(status, "VALID") == 0 || strcmp(status, "SUSPENDED") == 0;
    bool over = rc == 0 && strcmp(text_of(v.data, "valid_to"), u->today) < 0;
    register_version_free(&v);
    json_decref(row);
    return rc != 0 ? failed(u)
           : !stands
               ? refused(u, "the certificate is withdrawn or superseded; it cannot be changed")
           : over ? refused(u, "the certificate has ended; it cannot be changed")
                  : EXIT_GOOD;
}

static enum exit_code make(struct amending *u)
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
    return code == EXIT_GOOD ? deliver(u, u->event) : code;
}

static enum exit_code change_certificate(struct amending *u)
{
    bool nothing = false;
    enum exit_code code = apply(u, &nothing);
    if (code != EXIT_GOOD) {
        return code;
    }
    if (u->prepare) {
        return nothing ? refused(u, "nothing would change") : prepare(u);
    }
    if (!u->s->out || (!u->s->key && !nothing)) {
        complain("register %s: it needs --key and --out (or --prepare)", u->verb);
        return EXIT_USAGE;
    }
    code = setup_out(u->s);
    return code != EXIT_GOOD ? code : nothing ? deliver(u, "unchanged") : make(u);
}

/* ---- confirmed by another -------------------------------------------------------------------- */

/* A change that signs nothing. */
static enum exit_code confirm_plain(struct amending *u, const json_t *row)
{
    struct issuing *c = &u->s->c;
    char why[REGISTER_WHY] = "";
    const char *successor = json_string_value(json_object_get(row, "successor"));
    const struct register_event e = {.number = u->item.number,
                                     .event = u->event,
                                     .effective_on = u->today,
                                     .reason = u->reason,
                                     .successor = successor,
                                     .person = UTC_NONE,
                                     .second = UTC_NONE,
                                     .application = UTC_NONE};
    if (records_begin(c->r) != 0) {
        return failed(u);
    }
    int64_t entry = register_append(c->r, &e, c->now, &c->key, why);
    (void)snprintf(u->item.why, ISSUE_WHY, "%s", why);
    int rc = entry >= 0 ? end_change(u, entry) : (int)entry;
    rc = rc ? rc
            : note(u, u->event,
                   json_pack("{ss sI}", "reason", u->reason, "change", (json_int_t)u->id));
    if (records_commit(c->r, rc == 0) != 0 && rc == 0) {
        rc = RECORDS_FAILED;
    }
    return rc == 0                  ? done(u, u->event, entry)
           : rc == RECORDS_CONFLICT ? refused(u, u->item.why)
                                    : failed(u);
}

static enum exit_code confirm_row(struct amending *u, const json_t *row)
{
    const char *event = text_of(row, "event"), *actor = text_of(row, "actor");
    (void)snprintf(u->event, sizeof u->event, "%s", event);
    (void)snprintf(u->item.number, sizeof u->item.number, "%s", text_of(row, "certificate"));
    u->reason = text_of(row, "reason");
    u->change = json_incref(json_object_get(row, "data"));
    if (strcmp(text_of(row, "state"), "waiting") != 0) {
        return refused(u, "the change does not wait any more");
    }
    if (!json_is_integer(json_object_get(row, "person")) && strcmp(actor, u->actor) == 0) {
        return refused(u, "you prepared this change; another officer confirms it");
    }
    bool draws = strcmp(event, "amend") == 0 || strcmp(event, "correct") == 0;
    return draws ? change_certificate(u) : confirm_plain(u, row);
}

static enum exit_code confirm(struct amending *u)
{
    char *end = NULL;
    json_t *row = NULL;
    long long id = strtoll(u->word, &end, 10);
    if (!*u->word || *end || id <= 0) {
        complain("register confirm: \"%s\" is no change; see satyapan register changes", u->word);
        return EXIT_USAGE;
    }
    u->id = id;
    int rc = change_find(u->s->c.r, id, &row);
    if (rc == RECORDS_NONE) {
        complain("register confirm: there is no change %lld", id);
        return EXIT_NO_INPUT;
    }
    enum exit_code code = rc == 0 ? confirm_row(u, row) : failed(u);
    json_decref(row);
    return code;
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum exit_code wrong(void)
{
    (void)fputs(help, stderr);
    return EXIT_USAGE;
}

static bool take(struct amending *u, int option)
{
    const char **const texts[] = {['g'] = &u->changes, ['r'] = &u->reason, ['l'] = &u->level};
    if (option == 'P') {
        u->prepare = true;
    } else if (option == 'f') {
        u->json = strcmp(optarg, "json") == 0;
        return u->json || strcmp(optarg, "text") == 0;
    } else if (option > 0 && option < (int)(sizeof texts / sizeof *texts) && texts[option]) {
        *texts[option] = optarg;
    } else {
        return setup_option(u->s, option, optarg);
    }
    return true;
}

static enum exit_code read_options(int argc, char **argv, struct amending *u)
{
    static const struct option options[] = {{"changes", required_argument, NULL, 'g'},
                                            {"reason", required_argument, NULL, 'r'},
                                            {"level", required_argument, NULL, 'l'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"prepare", no_argument, NULL, 'P'},
                                            {"help", no_argument, NULL, 'h'},
                                            SETUP_OPTIONS,
                                            {0}};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(help, stdout);
            exit(EXIT_GOOD);
        }
        if (!take(u, option)) {
            return wrong();
        }
    }
    bool confirms = strcmp(u->verb, "confirm") == 0;
    u->word = optind + 1 == argc ? argv[optind] : NULL;
    if (!u->word || (!confirms && (!u->changes || !u->reason || !*u->reason)) ||
        (confirms && (u->changes || u->reason || u->prepare))) {
        return wrong();
    }
    const char *bad = setup_level(u->s, u->level, false);
    if (bad) {
        complain("register %s: %s", u->verb, bad);
        return EXIT_USAGE;
    }
    return EXIT_GOOD;
}

static enum exit_code run(struct amending *u)
{
    enum exit_code code = setup_records(u->s);
    if (code != EXIT_GOOD) {
        return code;
    }
    (void)date_text(date_of_utc(u->s->c.now), u->today);
    if (strcmp(u->verb, "confirm") == 0) {
        return confirm(u);
    }
    if (strlen(u->word) >= sizeof u->item.number) {
        return wrong();
    }
    (void)snprintf(u->event, sizeof u->event, "%s", u->verb);
    (void)snprintf(u->item.number, sizeof u->item.number, "%s", u->word);
    code = read_change(u);
    if (code == EXIT_GOOD && !u->prepare && u->s->c.office.four_eyes_operator) {
        return refused(u, "two officers are wanted here (four_eyes_operator): --prepare it");
    }
    return code == EXIT_GOOD ? change_certificate(u) : code;
}

enum exit_code amend_main(int argc, char **argv, struct issue_setup *s)
{
    struct amending u = {.s = s, .verb = argv[0], .id = -1};
    u.item.entry = -1;
    u.item.application = UTC_NONE;
    who(&u);
    enum exit_code code = read_options(argc, argv, &u);
    code = code == EXIT_GOOD ? run(&u) : code;
    json_decref(u.change);
    issue_item_free(&u.item);
    return code;
}
