/*
 * issuer - see issuer.h.
 */
#include "foreign/mail/issuer.h"

static void add(const char **names, size_t *count, const json_t *text)
{
    if (json_is_string(text)) {
        names[(*count)++] = json_string_value(text);
    }
}

int mail_issuer_names(struct arena *a, const json_t *profile, const char *const **names,
                      size_t *count)
{
    const json_t *aliases = json_object_get(profile, "aliases");
    const json_t *accreditation = json_object_get(profile, "accreditation");
    const char *body = json_string_value(json_object_get(accreditation, "body"));
    const json_t *number = json_object_get(accreditation, "number");
    const char **list = arena_array(a, json_array_size(aliases) + 4, sizeof *list);
    *names = list;
    *count = 0;
    if (!list) {
        return -1;
    }
    add(list, count, json_object_get(profile, "name"));
    add(list, count, json_object_get(profile, "name_hi"));
    for (size_t i = 0; i < json_array_size(aliases); i++) {
        add(list, count, json_array_get(aliases, i));
    }
    if (body && json_is_string(number)) {
        add(list, count, number);
        list[*count] = arena_printf(a, "%s %s", body, json_string_value(number));
        return list[(*count)++] ? 0 : -1;
    }
    return 0;
}
