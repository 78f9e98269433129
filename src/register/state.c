/*
 * state - what a certificate's state is on a date: from its events, then from its dates.
 *
 * An event counts from its effective date on. Of two on one day the later entry counts.
 */
#include <stdio.h>

#include "register/inside.h"

static const struct {
    const char *code, *en, *hi;
} words[] = {
    [REGISTER_UNKNOWN] = {"UNKNOWN", "Unknown", "अज्ञात"},
    [REGISTER_NOT_YET] = {"NOT_YET_VALID", "Not yet valid", "अभी मान्य नहीं"},
    [REGISTER_VALID] = {"VALID", "Valid", "मान्य"},
    [REGISTER_SUSPENDED] = {"SUSPENDED", "Suspended", "निलंबित"},
    [REGISTER_WITHDRAWN] = {"WITHDRAWN", "Withdrawn", "वापस लिया गया"},
    [REGISTER_EXPIRED] = {"EXPIRED", "Expired", "समाप्त"},
    [REGISTER_SUPERSEDED] = {"SUPERSEDED", "Superseded", "प्रतिस्थापित"},
    [REGISTER_LAPSED] = {"LAPSED", "Lapsed", "व्यपगत"},
};

const char *register_status_code(enum register_status s)
{
    return words[s].code;
}

const char *register_status_word(enum register_status s, bool hindi)
{
    return hindi ? words[s].hi : words[s].en;
}

/* ---- the events up to a date ----------------------------------------------------------------- */

struct replay {
    const char *on;
    struct register_state *state;
    json_t *data; /* in force */
    char status[16];
};

static void copy(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text ? text : "");
}

static int take_data(struct replay *p, const char *text)
{
    json_t *data = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!data) {
        return -1;
    }
    json_decref(p->data);
    p->data = data;
    copy(p->state->valid_from, sizeof p->state->valid_from,
         json_string_value(json_object_get(data, "valid_from")));
    copy(p->state->valid_to, sizeof p->state->valid_to,
         json_string_value(json_object_get(data, "valid_to")));
    return 0;
}

static int take_event(void *context, const struct log_entry *e)
{
    struct replay *p = context;
    if (strcmp(e->effective_on, p->on) > 0) {
        return 0;
    }
    json_t *o = json_loadb((const char *)e->octets.p, e->octets.n, 0, NULL);
    const char *status = json_string_value(json_object_get(o, "status"));
    int rc = o && status ? 0 : -1;
    if (rc == 0 && strcmp(status, p->status) != 0) {
        copy(p->status, sizeof p->status, status);
        copy(p->state->since, sizeof p->state->since, e->effective_on);
        copy(p->state->reason, sizeof p->state->reason,
             json_string_value(json_object_get(o, "reason")));
    }
    const char *successor = json_string_value(json_object_get(o, "successor"));
    if (successor) {
        copy(p->state->successor, sizeof p->state->successor, successor);
    }
    if (rc == 0 && e->data) {
        rc = take_data(p, e->data);
    }
    json_decref(o);
    return rc;
}

/* ---- models ---------------------------------------------------------------------------------- */

static bool covers(const json_t *data, const char *model, const char *firmware)
{
    size_t i;
    json_t *m;
    bool found = !model && !firmware;
    json_array_foreach(json_object_get(data, "models"), i, m)
    {
        const char *name = json_string_value(json_object_get(m, "model"));
        const char *version = json_string_value(json_object_get(m, "firmware"));
        found = found || ((!model || (name && strcmp(name, model) == 0)) &&
                          (!firmware || (version && strcmp(version, firmware) == 0)));
    }
    return found;
}

/* ---- from the dates -------------------------------------------------------------------------- */

static enum register_status by_dates(const struct register_state *s, const char *on)
{
    return strcmp(on, s->valid_from) < 0 ? REGISTER_NOT_YET
           : strcmp(on, s->valid_to) > 0 ? REGISTER_EXPIRED
                                         : REGISTER_VALID;
}

static enum register_status judge(const struct replay *p)
{
    const struct register_state *s = p->state;
    if (!p->status[0]) {
        return REGISTER_UNKNOWN;
    }
    if (strcmp(p->status, "WITHDRAWN") == 0) {
        return REGISTER_WITHDRAWN;
    }
    if (strcmp(p->status, "SUPERSEDED") == 0) {
        return REGISTER_SUPERSEDED;
    }
    enum register_status dated = by_dates(s, p->on);
    return dated == REGISTER_VALID && strcmp(p->status, "SUSPENDED") == 0 ? REGISTER_SUSPENDED
                                                                          : dated;
}

/* R-VAL-2: a re-certification that was decided after the end has the continuation's dates; between
 * the end and the day it was issued the certificate had lapsed. */
static enum register_status lapsed(struct records *r, const char *number, const char *on)
{
    json_t *row = NULL;
    enum register_status s = REGISTER_EXPIRED;
    if (certificate_continues(r, number, &row) != 0) {
        return s;
    }
    const char *issued = json_string_value(json_object_get(row, "issued_on"));
    if (issued && strcmp(on, issued) < 0) {
        s = REGISTER_LAPSED;
    }
    json_decref(row);
    return s;
}

int register_state(struct records *r, const char *number, const char *on, const char *model,
                   const char *firmware, struct register_state *out, json_t **data)
{
    struct replay p = {.on = on, .state = out};
    *out = (struct register_state){.status = REGISTER_UNKNOWN};
    if (data) {
        *data = NULL;
    }
    int rc = log_walk(r, number, 0, take_event, &p);
    if (rc == 0) {
        out->status = judge(&p);
        if (out->status != REGISTER_UNKNOWN && !covers(p.data, model, firmware)) {
            out->status = REGISTER_UNKNOWN;
        }
        if (out->status == REGISTER_EXPIRED) {
            out->status = lapsed(r, number, on);
        }
        if (data && p.data) {
            *data = json_incref(p.data);
        }
    }
    json_decref(p.data);
    return rc == 0 ? p.status[0] ? 0 : RECORDS_NONE : RECORDS_FAILED;
}

/* ---- history --------------------------------------------------------------------------------- */

static int add_history(void *context, const struct log_entry *e)
{
    json_t *o = json_loadb((const char *)e->octets.p, e->octets.n, 0, NULL);
    if (!o || json_object_set_new(o, "entry", json_integer(e->entry)) != 0) {
        json_decref(o);
        return -1;
    }
    return json_array_append_new(context, o);
}

int register_history(struct records *r, const char *number, json_t **out)
{
    *out = json_array();
    if (!*out || log_walk(r, number, 0, add_history, *out) != 0) {
        json_decref(*out);
        *out = NULL;
        return RECORDS_FAILED;
    }
    return json_array_size(*out) ? 0 : RECORDS_NONE;
}

static int add_amendment(void *context, const struct log_entry *e)
{
    char key[24];
    json_t *data = e->data ? json_loads(e->data, JSON_REJECT_DUPLICATES, NULL) : NULL;
    json_t *amendment = json_object_get(data, "amendment");
    int rc = e->data && !data ? -1 : 0;
    (void)snprintf(key, sizeof key, "%lld", (long long)e->entry);
    if (amendment) {
        rc = json_object_set(context, key, amendment);
    }
    json_decref(data);
    return rc;
}

int register_amendments(struct records *r, const char *number, json_t **out)
{
    *out = json_object();
    if (*out && log_walk(r, number, 0, add_amendment, *out) == 0) {
        return 0;
    }
    json_decref(*out);
    *out = NULL;
    return RECORDS_FAILED;
}
