/*
 * settings - the work "settings": a change of the settings in files - of the scheme (scheme.json)
 * and of the server (office.json) - becomes a row of the trail, with the old value and the new one.
 *
 * The operator changes the files; those of the scheme count at once, those of the server from its
 * next start. The first time, what differs from this program's defaults is noted. A file that is
 * wrong changes nothing: nothing is judged by it (trust/scheme_data.h).
 */
#include "office/check.h"
#include "office/intake/inside.h"
#include "records/settings.h"

enum { EVERY_S = 300 };

/* As JSON values by their keys. NULL: memory. */
static json_t *of_scheme(struct arena *a, const struct scheme_settings *s)
{
    struct scheme_setting_row row;
    json_t *out = json_object();
    int bad = !out;
    for (size_t i = 0; !bad && scheme_setting_row(a, s, i, &row); i++) {
        bad |= json_object_set_new(out, row.key, json_loads(row.value, JSON_DECODE_ANY, NULL));
    }
    if (bad) {
        json_decref(out);
        return NULL;
    }
    return out;
}

/* {key: {"from", "to"}} of what differs; a key that is gone has no "to". NULL: memory. */
static json_t *differences(const json_t *old, const json_t *now)
{
    const char *key;
    json_t *value, *out = json_object();
    int bad = !out;
    json_object_foreach((json_t *)(uintptr_t)now, key, value)
    {
        json_t *was = json_object_get(old, key);
        if (!json_equal(was, value)) {
            bad |=
                json_object_set_new(out, key, json_pack("{s:O?, s:O}", "from", was, "to", value));
        }
    }
    json_object_foreach((json_t *)(uintptr_t)old, key, value)
    {
        if (!json_object_get(now, key)) {
            bad |= json_object_set_new(out, key, json_pack("{s:O}", "from", value));
        }
    }
    if (bad) {
        json_decref(out);
        return NULL;
    }
    return out;
}

/* now, defaults: taken over; NULL: memory. */
static int compare(struct worker *w, const char *name, json_t *now, json_t *defaults)
{
    json_t *seen = NULL, *changes = NULL;
    int rc = now && defaults ? setting_get(w->records, name, &seen) : RECORDS_FAILED;
    bool first = rc == RECORDS_NONE;
    rc = first ? 0 : rc;
    if (rc == 0) {
        changes = differences(first ? defaults : seen, now);
        rc = changes ? 0 : RECORDS_FAILED;
    }
    if (rc == 0 && (first || json_object_size(changes))) {
        rc = setting_put(w->records, name, now);
    }
    if (rc == 0 && json_object_size(changes)) {
        rc = work_audit(w, "setting.changed", name, false, json_pack("{s:O}", "changes", changes));
    }
    json_decref(changes);
    json_decref(seen);
    json_decref(now);
    json_decref(defaults);
    return rc;
}

static int look(struct worker *w, const struct scheme_settings *scheme)
{
    struct scheme_settings defaults;
    struct office office;
    int64_t now = work_now(w);
    scheme_settings_default(&defaults);
    office_defaults(&office);
    int rc = work_ours(w) ? 0 : RECORDS_CONFLICT;
    if (rc == 0 && scheme) {
        rc = compare(w, "scheme.json", of_scheme(w->arena, scheme), of_scheme(w->arena, &defaults));
    }
    rc = rc ? rc : compare(w, "office.json", office_json(w->o->office), office_json(&office));
    if (rc == 0 &&
        job_add(w->records, w->job->kind, w->job->key, UTC_NONE, NULL, now + EVERY_S, now) < 0) {
        rc = RECORDS_FAILED;
    }
    return rc ? rc : job_finish(w->records, w->job, now);
}

enum work_end settings_work(struct worker *w)
{
    char why[SCHEME_DATA_ERROR];
    struct scheme_data data;
    int read = check_data(w->arena, w->o->office, w->o->data, &data, why);
    if (read < 0 || records_begin(w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = look(w, read == 0 ? &data.settings : NULL);
    rc = records_commit(w->records, rc == 0) != 0 ? RECORDS_FAILED : rc;
    return rc == 0 ? WORK_DONE : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}
