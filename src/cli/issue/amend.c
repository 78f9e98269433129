/*
 * amend - `satyapan register amend`, `correct`, and `confirm` of a change that waits.
 *
 * An amended certificate has the same number and dates, new files and an event; the files before it
 * stay among the blobs, the data before it in the log.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "cli/issue/amending.h"
#include "cli/options.h"
#include "office/given.h"
#include "records/changes.h"

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

struct command {
    struct amending u;
    const char *word, *changes, *level;
    bool prepare;
    json_t *change; /* of the file, or the row of a change that waits */
};

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static enum exit_code read_change(struct command *k)
{
    struct input in;
    json_error_t e;
    enum exit_code code = input_open(k->changes, &in);
    if (code != EXIT_GOOD) {
        return code;
    }
    k->change = json_loadb((const char *)in.bytes, in.size, JSON_REJECT_DUPLICATES, &e);
    input_close(&in);
    if (!k->change) {
        complain("register %s: %s, line %d: %s", k->u.verb, k->changes, e.line, e.text);
        return EXIT_DATA;
    }
    k->u.change = k->change;
    return EXIT_GOOD;
}

/* ---- prepared by one ------------------------------------------------------------------------- */

static enum exit_code prepare(struct amending *u)
{
    struct records *r = u->s->c.r;
    json_t *row = NULL, *data = NULL;
    if (certificate_find(r, u->item.number, &row) == 0) {
        data = json_pack("{sO sO}", "seen", json_object_get(row, "entry"), "change", u->change);
    }
    json_decref(row);
    const struct change asked = {.certificate = u->item.number,
                                 .event = u->event,
                                 .effective_on = u->today,
                                 .reason = u->reason,
                                 .data = data,
                                 .person = UTC_NONE,
                                 .actor = u->actor};
    if (!data || records_begin(r) != 0) {
        json_decref(data);
        return amending_failed(u);
    }
    int64_t id = change_add(r, &asked, u->s->c.now);
    json_decref(data);
    int rc = id < 0 ? (int)id
                    : amending_note(u, "prepare",
                                    json_pack("{ss ss sI}", "event", u->event, "reason", u->reason,
                                              "change", (json_int_t)id));
    if (records_commit(r, rc == 0) != 0) {
        rc = RECORDS_FAILED;
    }
    if (rc == RECORDS_CONFLICT) {
        return amending_refused(u,
                                "such a change is waiting already; see satyapan register changes");
    }
    if (rc != 0) {
        return amending_failed(u);
    }
    (void)printf("%s: %s waits as change %lld; another officer confirms it\n", u->item.number,
                 u->event, (long long)id);
    return EXIT_GOOD;
}

static void put_value(const json_t *value)
{
    if (json_is_integer(value)) {
        (void)fprintf(stderr, "%lld", (long long)json_integer_value(value));
    } else {
        const char *text = json_string_value(value);
        (void)fprintf(stderr, text ? "\"%s\"" : "%s", text ? text : "-");
    }
}

/* What will be another, before it is kept or signed: for eyes, beside the result. */
static int tell_differences(const struct amending *u)
{
    struct register_version now;
    size_t i;
    json_t *row;
    if (register_version(u->s->c.r, u->item.number, INT64_MAX, &now) != 0) {
        return -1;
    }
    json_t *list = amendment_differences(now.data, u->item.data);
    json_array_foreach(list, i, row)
    {
        const json_t *similar = json_object_get(row, "similar");
        (void)fprintf(stderr, "  %s: ", text_of(row, "path"));
        put_value(json_object_get(row, "before"));
        (void)fputs(" -> ", stderr);
        put_value(json_object_get(row, "after"));
        if (similar && json_integer_value(similar) < AMENDMENT_OTHER_NAME) {
            (void)fprintf(stderr, "  ANOTHER NAME, alike: %d %%; is it the same?",
                          (int)json_integer_value(similar));
        }
        (void)fputc('\n', stderr);
    }
    json_decref(list);
    register_version_free(&now);
    return list ? 0 : -1;
}

static enum exit_code change_certificate(struct command *k)
{
    struct amending *u = &k->u;
    bool nothing = false;
    enum exit_code code = amending_apply(u, &nothing);
    if (code == EXIT_GOOD && !nothing && tell_differences(u) != 0) {
        return amending_failed(u);
    }
    if (code != EXIT_GOOD) {
        return code;
    }
    if (k->prepare) {
        return nothing ? amending_refused(u, "nothing would change") : prepare(u);
    }
    if (!u->s->out || (!u->s->key && !nothing)) {
        complain("register %s: it needs --key and --out (or --prepare)", u->verb);
        return EXIT_USAGE;
    }
    code = setup_out(u->s);
    return code != EXIT_GOOD ? code : nothing ? amending_deliver(u, "unchanged") : amending_make(u);
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
                                     .person = u->person,
                                     .second = UTC_NONE,
                                     .application = UTC_NONE};
    if (records_begin(c->r) != 0) {
        return amending_failed(u);
    }
    int rc = change_moved(c->r, u->id);
    int64_t entry =
        rc ? (rc == 1 ? RECORDS_CONFLICT : rc) : register_append(c->r, &e, c->now, &c->key, why);
    (void)snprintf(u->item.why, ISSUE_WHY, "%s", rc == 1 ? AMENDING_MOVED : why);
    rc = entry >= 0 ? amending_end(u, entry) : (int)entry;
    rc = rc ? rc
            : amending_note(u, u->event,
                            json_pack("{ss sI}", "reason", u->reason, "change", (json_int_t)u->id));
    if (records_commit(c->r, rc == 0) != 0 && rc == 0) {
        rc = RECORDS_FAILED;
    }
    return rc == 0                  ? amending_done(u, u->event, entry)
           : rc == RECORDS_CONFLICT ? amending_refused(u, u->item.why)
                                    : amending_failed(u);
}

static enum exit_code confirm_row(struct command *k, const json_t *row)
{
    struct amending *u = &k->u;
    const char *event = text_of(row, "event");
    const json_t *person = json_object_get(row, "person");
    (void)snprintf(u->event, sizeof u->event, "%s", event);
    (void)snprintf(u->item.number, sizeof u->item.number, "%s", text_of(row, "certificate"));
    u->reason = text_of(row, "reason");
    u->change = amendment_change(row);
    u->person = json_is_integer(person) ? json_integer_value(person) : UTC_NONE;
    if (strcmp(text_of(row, "state"), "waiting") != 0) {
        return amending_refused(u, "the change does not wait any more");
    }
    if (change_same_hand(row, UTC_NONE, u->actor)) {
        return amending_refused(u, "you prepared this change; another officer confirms it");
    }
    bool draws = strcmp(event, "amend") == 0 || strcmp(event, "correct") == 0;
    return draws ? change_certificate(k) : confirm_plain(u, row);
}

static enum exit_code confirm(struct command *k)
{
    struct amending *u = &k->u;
    int64_t id;
    if (!number_read(k->word, 1, INT64_MAX, &id)) {
        complain("register confirm: \"%s\" is no change; see satyapan register changes", k->word);
        return EXIT_USAGE;
    }
    u->id = id;
    int rc = change_find(u->s->c.r, id, &k->change);
    if (rc == RECORDS_NONE) {
        complain("register confirm: there is no change %" PRId64, id);
        return EXIT_NO_INPUT;
    }
    return rc == 0 ? confirm_row(k, k->change) : amending_failed(u);
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum exit_code wrong(void)
{
    complain(
        "register amend and correct want a number, --changes and --reason; register confirm the "
        "number of a change; see satyapan register amend --help");
    return EXIT_USAGE;
}

static bool take(void *context, int option)
{
    struct command *k = context;
    struct amending *u = &k->u;
    const char **const texts[] = {['g'] = &k->changes, ['r'] = &u->reason, ['l'] = &k->level};
    if (option == 'P') {
        k->prepare = true;
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

/* -1: go on; else the exit code. */
static int read_options(int argc, char **argv, struct command *k)
{
    static const struct option options[] = {{"changes", required_argument, NULL, 'g'},
                                            {"reason", required_argument, NULL, 'r'},
                                            {"level", required_argument, NULL, 'l'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"prepare", no_argument, NULL, 'P'},
                                            {"help", no_argument, NULL, 'h'},
                                            SETUP_OPTIONS,
                                            {0}};
    const struct option_table how = {"register amend", help, options, take, k};
    int code = options_read(&how, argc, argv);
    if (code >= 0) {
        return code;
    }
    const struct amending *u = &k->u;
    bool confirms = strcmp(u->verb, "confirm") == 0;
    k->word = optind + 1 == argc ? argv[optind] : NULL;
    if (!k->word || (!confirms && (!k->changes || !u->reason || !*u->reason)) ||
        (confirms && (k->changes || u->reason || k->prepare))) {
        return (int)wrong();
    }
    const char *bad = setup_level(u->s, k->level, false);
    if (bad) {
        complain("register %s: %s", u->verb, bad);
        return EXIT_USAGE;
    }
    return -1;
}

static enum exit_code run(struct command *k)
{
    struct amending *u = &k->u;
    enum exit_code code = setup_records(u->s);
    if (code != EXIT_GOOD) {
        return code;
    }
    if (strcmp(u->verb, "confirm") == 0) {
        return confirm(k);
    }
    if (strlen(k->word) >= sizeof u->item.number) {
        return wrong();
    }
    (void)snprintf(u->event, sizeof u->event, "%s", u->verb);
    (void)snprintf(u->item.number, sizeof u->item.number, "%s", k->word);
    code = read_change(k);
    if (code == EXIT_GOOD && !k->prepare && u->s->c.office.four_eyes_operator &&
        (change_pair(u->s->c.r) != 0 || office_given(u->s->data, "four_eyes_operator"))) {
        return amending_refused(u,
                                "two officers are wanted here (four_eyes_operator): --prepare it");
    }
    return code == EXIT_GOOD ? change_certificate(k) : code;
}

enum exit_code amend_main(int argc, char **argv, struct issue_setup *s)
{
    struct command k = {.word = NULL};
    amending_begin(&k.u, s, argv[0]);
    int code = read_options(argc, argv, &k);
    code = code < 0 ? (int)run(&k) : code;
    json_decref(k.change);
    issue_item_free(&k.u.item);
    return (enum exit_code)code;
}
