/*
 * check - see check.h.
 */
#include "office/check.h"

#include <unistd.h>

#include "office/facts.h"
#include "trust/trust.h"

/* A trust directory made for a test or a demonstration has no data of the scheme; the program's own
 * has. */
static const char *directory(struct arena *a, const char *given)
{
    char *path = given ? arena_printf(a, "%s/scheme.json", given) : NULL;
    return path && access(path, F_OK) == 0 ? given : trust_directory(a, NULL);
}

int check_data(struct arena *a, const struct office *o, const char *data, struct scheme_data *out,
               char why[SCHEME_DATA_ERROR])
{
    const char *trust = directory(a, o->trust);
    return scheme_data_load(a, trust ? trust : "trust", data, out, why);
}

int check_input(struct arena *a, struct records *r, const json_t *application,
                const struct scheme_data *data, int64_t now, struct scheme_facts *facts,
                struct scheme_input *out)
{
    *out = (struct scheme_input){facts, &data->settings, &data->required, &data->calendar,
                                 date_of_utc(now)};
    return office_facts(a, r, application, facts);
}
