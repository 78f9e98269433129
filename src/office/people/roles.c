/*
 * roles - roles as words, and a person as people see it.
 */
#include "office/people/inside.h"

static const struct {
    const char *word;
    unsigned role;
} rows[] = {{"intake", ROLE_INTAKE}, {"assessor", ROLE_ASSESSOR}, {"committee", ROLE_COMMITTEE},
            {"signer", ROLE_SIGNER}, {"admin", ROLE_ADMIN},       {"vendor", ROLE_VENDOR}};

enum { ROWS = sizeof rows / sizeof *rows };

static unsigned find(const char *word, size_t n)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strlen(rows[i].word) == n && memcmp(rows[i].word, word, n) == 0) {
            return rows[i].role;
        }
    }
    return 0;
}

bool roles_read(const char *text, unsigned *out)
{
    *out = 0;
    for (const char *s = text + strspn(text, " ,"); *s; s += strspn(s, " ,")) {
        size_t n = strcspn(s, " ,");
        unsigned role = find(s, n);
        if (role == 0) {
            return false;
        }
        *out |= role;
        s += n;
    }
    return *out != 0;
}

json_t *roles_json(unsigned roles)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < ROWS; i++) {
        if (roles & rows[i].role && json_array_append_new(list, json_string(rows[i].word)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *people_json(const struct person *p)
{
    json_t *o = person_json(p);
    if (o && json_object_set_new(o, "roles", roles_json(p->roles)) < 0) {
        json_decref(o);
        return NULL;
    }
    return o;
}
