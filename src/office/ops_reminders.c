/*
 * ops_reminders - what the deadlines ask officers to do, when its day has come.
 *
 * The rows are written by the work "deadlines" (intake/deadlines.c) and, as notices, by the intake
 * of documents. What it does not do: write to anybody.
 */
#include "office/cases.h"
#include "office/intake/answers.h"
#include "records/scheme_rows.h"

static int run_list(struct op_call *c)
{
    char today[OFFICE_DATE];
    const char *until = op_text(c, "until");
    int64_t after;
    json_t *rows = NULL;
    if (!answers_after(c, &after)) {
        return 0;
    }
    int rc = reminder_list(c->records, op_int(c, "application"),
                           until ? until : office_today(c, today), after, (int)c->limit + 1, &rows);
    return rc ? op_records(c, rc) : answers_page(c, rows);
}

static int done(struct op_call *c, const json_t *row)
{
    char subject[ANSWERS_SUBJECT];
    int64_t id = office_num(row, "id");
    int rc = reminder_done(c->records, id, c->now);
    if (rc == RECORDS_CONFLICT) {
        return op_fail(c, OP_STATE, "The reminder does not wait any more.",
                       "यह अनुस्मारक अब लंबित नहीं है।");
    }
    if (rc) {
        return op_records(c, rc);
    }
    json_t *detail =
        json_pack("{s:O, s:O, s:O}", "kind", json_object_get(row, "kind"), "rule",
                  json_object_get(row, "rule"), "due_on", json_object_get(row, "due_on"));
    if (!detail || op_audit(c, answers_subject("reminder", id, subject),
                            office_num(row, "application"), false, detail) < 0) {
        return -1;
    }
    return op_records(c, reminder_get(c->records, id, &c->out));
}

static int run_done(struct op_call *c)
{
    json_t *row = NULL;
    int rc = reminder_get(c->records, op_int(c, "reminder"), &row);
    rc = rc ? op_records(c, rc) : done(c, row);
    json_decref(row);
    return rc;
}

static const struct op_param list_params[] = {{"until", OP_IN_QUERY, OP_DATE, false, 0, NULL,
                                               "Those whose day has come by then (today)",
                                               "जिनका दिन तब तक आ गया हो (आज)"},
                                              {"application", OP_IN_QUERY, OP_ID, false, 0, NULL,
                                               "Only of this application", "केवल इस आवेदन के"},
                                              PARAM_END};
static const struct op_param done_params[] = {
    {"reminder", OP_IN_PATH, OP_ID, true, 0, NULL, "Reminder", "अनुस्मारक"}, PARAM_END};
static const enum op_problem done_problems[] = {OP_STATE, OP_OK};

const struct op ops_reminders[] = {
    {"reminder.list", "GET", "/api/v1/reminders", "Reminders whose day has come",
     "अनुस्मारक जिनका दिन आ गया है", ROLE_OFFICER, OP_READ | OP_PAGED, 0, "reminder", list_params,
     run_list, NULL},
    {"reminder.done", "POST", "/api/v1/reminders/{reminder}/done", "A reminder was acted upon",
     "अनुस्मारक पर कार्रवाई हो गई", ROLE_INTAKE | ROLE_ASSESSOR, 0, 0, "reminder", done_params,
     run_done, done_problems},
    {.id = NULL}};
