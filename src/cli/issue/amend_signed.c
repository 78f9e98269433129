/*
 * amend_signed - for the server: an amendment or correction that an officer confirmed and signs
 * (--signing), or as it would look (--preview-change).
 *
 * The change comes from the records: what was asked for, by whom, and the SHA-256 that the signing
 * officer confirmed. One that is another by now is not signed, and nobody signs what he asked for
 * himself, whatever the caller has checked.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/issue/amending.h"
#include "records/changes.h"

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static int64_t number_of(const json_t *o, const char *key)
{
    const json_t *n = json_object_get(o, key);
    return json_is_integer(n) ? json_integer_value(n) : UTC_NONE;
}

static enum exit_code take_row(struct amending *u, const json_t *row)
{
    if (strcmp(text_of(row, "state"), "waiting") != 0) {
        complain("the change does not wait any more");
        return EXIT_DATA;
    }
    u->id = number_of(row, "id");
    u->person = number_of(row, "person");
    u->reason = text_of(row, "reason");
    u->change = amendment_change(row);
    (void)snprintf(u->event, sizeof u->event, "%s", text_of(row, "event"));
    (void)snprintf(u->item.number, sizeof u->item.number, "%s", text_of(row, "certificate"));
    return EXIT_GOOD;
}

/* Who signs is another one than asked, and signs what he confirmed. */
static enum exit_code check_hand(const struct amending *u, const json_t *row, const json_t *signing)
{
    if (change_same_hand(row, u->second, u->actor)) {
        complain("%s: who asked for a change does not sign it", u->item.number);
        return EXIT_PERMISSION;
    }
    if (strcmp(u->sha256, text_of(signing, "sha256")) != 0) {
        complain("%s: the change is another one than was confirmed", u->item.number);
        return EXIT_DATA;
    }
    return EXIT_GOOD;
}

static enum exit_code sign(struct amending *u, const json_t *row, const json_t *signing)
{
    bool nothing = false;
    enum exit_code code = take_row(u, row);
    u->second = number_of(signing, "person");
    (void)snprintf(u->actor, sizeof u->actor, "%s", text_of(signing, "login"));
    code = code == EXIT_GOOD ? amending_apply(u, &nothing) : code;
    code = code == EXIT_GOOD ? check_hand(u, row, signing) : code;
    if (code == EXIT_GOOD && nothing) {
        return amending_refused(u, "nothing would change");
    }
    return code == EXIT_GOOD ? amending_make(u) : code;
}

/* 0, or why not. */
static enum exit_code find(struct amending *u, int64_t id, json_t **row)
{
    int rc = change_find(u->s->c.r, id, row);
    if (rc == RECORDS_NONE) {
        complain("there is no change %lld", (long long)id);
        return EXIT_NO_INPUT;
    }
    return rc == 0 ? EXIT_GOOD : amending_failed(u);
}

enum exit_code amend_signed(struct issue_setup *s, const json_t *signing)
{
    struct amending u;
    json_t *row = NULL;
    amending_begin(&u, s, "sign");
    u.json = true;
    enum exit_code code = find(&u, number_of(signing, "change"), &row);
    code = code == EXIT_GOOD ? sign(&u, row, signing) : code;
    json_decref(row);
    issue_item_free(&u.item);
    return code;
}

enum exit_code amend_preview(struct issue_setup *s, int64_t id)
{
    struct amending u;
    json_t *row = NULL;
    bool nothing = false;
    amending_begin(&u, s, "preview");
    s->c.dry = true;
    enum exit_code code = find(&u, id, &row);
    code = code == EXIT_GOOD ? take_row(&u, row) : code;
    code = code == EXIT_GOOD ? amending_apply(&u, &nothing) : code;
    code = code == EXIT_GOOD && nothing ? EXIT_BAD : code;
    code = code == EXIT_GOOD ? signing_draw(&s->c, &u.item) : code;
    json_decref(row);
    issue_item_free(&u.item);
    return code;
}
