/*
 * version - the files and data of a certificate as its events have them; see register.h.
 */
#include <stdio.h>

#include "base/mem.h"
#include "register/inside.h"

struct search {
    int64_t until; /* the last entry that counts */
    struct register_version *out;
};

static void keep(char out[SHA256_HEX], const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    if (s) {
        (void)snprintf(out, SHA256_HEX, "%s", s);
    }
}

static int take(void *context, const struct log_entry *e)
{
    struct search *s = context;
    struct register_version *v = s->out;
    if (e->entry > s->until) {
        return 1;
    }
    json_t *o = json_loadb((const char *)e->octets.p, e->octets.n, 0, NULL);
    json_t *data = e->data ? json_loads(e->data, JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool good = o && (data || !e->data);
    if (good && json_is_string(json_object_get(o, "pdf_sha256"))) {
        v->entry = e->entry;
    }
    if (good) {
        keep(v->pdf, o, "pdf_sha256");
        keep(v->xml, o, "xml_sha256");
        keep(v->data_sha256, o, "data_sha256");
        (void)snprintf(v->event, sizeof v->event, "%s", e->event);
    }
    if (good && data) {
        json_decref(v->data);
        v->data = data;
    }
    json_decref(o);
    return good ? 0 : -1;
}

int register_version(struct records *r, const char *number, int64_t until,
                     struct register_version *out)
{
    *out = (struct register_version){.entry = -1};
    struct search s = {until, out};
    int rc = log_walk(r, number, 0, take, &s);
    if (rc >= 0 && out->data) {
        return 0;
    }
    register_version_free(out);
    return rc >= 0 ? RECORDS_NONE : RECORDS_FAILED;
}

void register_version_free(struct register_version *v)
{
    json_decref(v->data);
    v->data = NULL;
}
