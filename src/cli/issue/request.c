/*
 * request - the items of a list, judged as the officers' pages do it (office/certificates), and who
 * prepared and approved them.
 *
 * Where the body asks for it (four_eyes_issue), a request is taken only as two officers have it in
 * the records: one prepared it, another approved it, and its hash is still the one they saw.
 */
#include <stdio.h>

#include "cli/issue/command.h"
#include "office/certificates/request.h"
#include "office/given.h"
#include "records/changes.h"
#include "records/requests.h"

void issue_item_free(struct issue_item *item)
{
    json_decref(item->request);
    json_decref(item->data);
}

/* ---- who prepared it ------------------------------------------------------------------------- */

static int64_t number_of(const json_t *row, const char *key)
{
    const json_t *v = json_object_get(row, key);
    return json_is_integer(v) ? json_integer_value(v) : UTC_NONE;
}

/* Two officers stand behind the request as it is. */
static bool take_officers(struct issue_item *item, const json_t *row)
{
    const char *sha256 = json_string_value(json_object_get(row, "sha256"));
    const char *state = json_string_value(json_object_get(row, "state"));
    if (!sha256 || strcmp(sha256, item->sha256) != 0) {
        return false;
    }
    item->prepared_by = number_of(row, "person");
    if (item->signed_by == UTC_NONE && state && strcmp(state, "approved") == 0) {
        item->approved_by = number_of(row, "second");
    }
    return item->approved_by != UTC_NONE || item->signed_by != UTC_NONE;
}

/* 0; 1: refused (why); -1. */
static int find_officers(struct issuing *c, struct issue_item *item)
{
    json_t *row = NULL;
    const char *registration = json_string_value(json_object_get(item->data, "registration"));
    int rc = request_open(c->r, registration, &row);
    bool two = rc == 0 && take_officers(item, row);
    json_decref(row);
    if (rc == RECORDS_FAILED) {
        return -1;
    }
    if (!two && (item->signed_by != UTC_NONE ||
                 (c->office.four_eyes_issue &&
                  (change_pair(c->r) != 0 || office_given(c->data, "four_eyes_issue"))))) {
        (void)snprintf(item->why, sizeof item->why,
                       "the body asks for two officers (four_eyes_issue), and no other officer has "
                       "approved this request, SHA-256 %.64s; prepare and approve it at "
                       "/office/certificates",
                       item->sha256);
        return 1;
    }
    return 0;
}

/* ---- the item -------------------------------------------------------------------------------- */

enum issue_end request_read(struct issuing *c, struct issue_item *item)
{
    static const enum issue_end ends[] = {[CERTIFY_NEW] = ISSUE_ISSUED,
                                          [CERTIFY_ISSUED] = ISSUE_UNCHANGED,
                                          [CERTIFY_REFUSED] = ISSUE_REFUSED,
                                          [CERTIFY_BROKEN] = ISSUE_BROKEN};
    const struct certify with = {&c->office, &c->scheme, c->r, c->now};
    struct certify_request q = {.request = item->request};
    enum issue_end end = ends[certify_read(&with, &q)];
    json_decref(item->data);
    item->data = q.data;
    item->application = q.application;
    item->previous = q.previous;
    item->entry = -1;
    item->prepared_by = item->approved_by = UTC_NONE;
    (void)snprintf(item->number, sizeof item->number, "%s", q.number);
    (void)snprintf(item->why, sizeof item->why, "%s", q.why);
    if (end == ISSUE_ISSUED && !c->dry) {
        int rc = certify_hash(item->request, item->sha256, NULL);
        rc = rc ? rc : find_officers(c, item);
        end = rc < 0 ? ISSUE_BROKEN : rc ? ISSUE_REFUSED : end;
    }
    return end;
}
