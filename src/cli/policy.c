/*
 * policy - `satyapan policy`: every switch of a policy, its value, its source and what it does.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "asn1/strength.h"
#include "base/mem.h"
#include "base/utc.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/setup.h"

static const char help[] =
    "usage: satyapan policy [--profile NAME|FILE] [--format text|json|file|mdoc] [--lang en|hi]\n\n"
    "Prints every switch of a policy: value, meaning, source of the rule; and until when which\n"
    "algorithm counts. file prints a policy file to change and give to --profile; mdoc is the\n"
    "manual page satyapan-policy(5).\n"
    "Example: satyapan policy --format file > our-policy.json\n";

struct request {
    const char *profile, *format;
    bool hindi;
};

/* The value of a switch as the policy file has it. */
static json_t *values_of(const struct sp_policy *policy)
{
    char *text = sp_policy_to_json(policy);
    json_t *root = text ? json_loads(text, 0, NULL) : NULL;
    mem_free(text);
    return root;
}

static char *value_text(const json_t *values, const struct sp_switch *s)
{
    return json_dumps(json_object_get(values, s->key), JSON_COMPACT | JSON_ENCODE_ANY);
}

static const char *until_text(int64_t until, char *out)
{
    if (until == STRENGTH_NEVER || until == STRENGTH_FOREVER) {
        return until == STRENGTH_NEVER ? "never" : "no end set";
    }
    (void)utc_rfc3339(until, out);
    out[10] = 0; /* the date */
    return out;
}

static int print_text(const struct sp_policy *policy, const json_t *values, bool hindi)
{
    struct strength_row row;
    const struct sp_switch *s;
    char day[UTC_TEXT];
    (void)printf("%s\n\n", policy->name);
    for (size_t i = 0; (s = sp_policy_switch(i)) != NULL; i++) {
        char *value = value_text(values, s);
        if (!value) {
            return -1;
        }
        (void)printf("%s = %s%s%s\n  %s\n  %s: %s\n\n", s->key, value, s->unit ? " " : "",
                     s->unit ? s->unit : "", hindi ? s->text_hi : s->text,
                     hindi ? "स्रोत" : "Source", s->source);
        mem_free(value);
    }
    (void)puts(hindi ? "एल्गोरिदम (इस तिथि से भरोसे योग्य नहीं)" : "Algorithms (not relied on from)");
    for (size_t i = 0; strength_row(i, &row); i++) {
        (void)printf("  %-22s %-12s %s\n", row.name, until_text(row.until, day), row.source);
    }
    return 0;
}

static int print_json(const struct sp_policy *policy, const json_t *values)
{
    const struct sp_switch *s;
    json_t *list = json_array();
    int rc = list ? 0 : -1;
    for (size_t i = 0; (s = sp_policy_switch(i)) != NULL; i++) {
        rc |= json_array_append_new(list, json_pack("{ss sO ss? ss ss ss}", "key", s->key, "value",
                                                    json_object_get(values, s->key), "unit",
                                                    s->unit, "text", s->text, "text_hi", s->text_hi,
                                                    "source", s->source));
    }
    json_t *o = rc ? NULL
                   : json_pack("{ss ss sO}", "schema", "satyapan-policy/1", "name", policy->name,
                               "switches", list);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    (void)printf("%s\n", text ? text : "");
    rc = text ? 0 : -1;
    mem_free(text);
    json_decref(o);
    json_decref(list);
    return rc;
}

/* mdoc wants each sentence on a line of its own. */
static void print_sentences(const char *s)
{
    for (; *s; s++) {
        (void)putchar(s[0]);
        if (s[0] == '.' && s[1] == ' ') {
            (void)putchar('\n');
            s++;
        }
    }
    (void)putchar('\n');
}

static int print_mdoc(const json_t *india, const json_t *generic)
{
    const struct sp_switch *s;
    struct strength_row row;
    char day[UTC_TEXT];
    (void)puts(".Dd November 21, 2026\n.Dt SATYAPAN-POLICY 5\n.Os\n.Sh NAME\n.Nm satyapan-policy\n"
               ".Nd the switches of a policy file\n.Sh DESCRIPTION\nA policy file is a JSON object "
               "with a\n.Qq base\n(india-dsc or generic) and the switches to change.\n"
               "Behind each name: its value in india-dsc, then in generic.\n.Bl -tag -width Ds");
    for (size_t i = 0; (s = sp_policy_switch(i)) != NULL; i++) {
        char *a = value_text(india, s), *b = value_text(generic, s);
        (void)printf(".It Sy %s Pq %s ; %s\n", s->key, a ? a : "", b ? b : "");
        print_sentences(s->text);
        (void)printf(".br\n%s\n", s->source);
        mem_free(a);
        mem_free(b);
    }
    (void)puts(".El\n.Sh ALGORITHMS\nFrom this date on an algorithm does not count, unless an "
               "earlier time is proven.\n.Bl -tag -width Ds");
    for (size_t i = 0; strength_row(i, &row); i++) {
        (void)printf(".It Sy %s Pq %s\n%s\n", row.name, until_text(row.until, day), row.source);
    }
    (void)puts(".El\n.Sh SEE ALSO\n.Xr satyapan 1 ,\n.Xr satyapan-reasons 7");
    return 0;
}

static int print(const struct request *r, const struct sp_policy *policy)
{
    json_t *values = values_of(policy), *generic = values_of(sp_policy_builtin("generic"));
    int rc = -1;
    if (values && generic && strcmp(r->format, "file") == 0) {
        char *text = sp_policy_to_file(policy);
        rc = text && puts(text) >= 0 ? 0 : -1;
        mem_free(text);
    } else if (values && generic) {
        rc = strcmp(r->format, "json") == 0   ? print_json(policy, values)
             : strcmp(r->format, "mdoc") == 0 ? print_mdoc(values, generic)
                                              : print_text(policy, values, r->hindi);
    }
    json_decref(values);
    json_decref(generic);
    return rc;
}

static bool take(void *context, int option)
{
    struct request *r = context;
    if (option == 'p') {
        r->profile = optarg;
        return true;
    }
    if (option == 'l') {
        r->hindi = strcmp(optarg, "hi") == 0;
        return r->hindi || strcmp(optarg, "en") == 0;
    }
    r->format = optarg;
    return strcmp(optarg, "text") == 0 || strcmp(optarg, "json") == 0 ||
           strcmp(optarg, "file") == 0 || strcmp(optarg, "mdoc") == 0;
}

int cmd_policy(int argc, char **argv)
{
    static const struct option options[] = {{"profile", required_argument, NULL, 'p'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"lang", required_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct request r = {"india-dsc", "text", false};
    struct setup s;
    const struct option_table how = {"policy", help, options, take, &r};
    int end = options_no_words(options_read(&how, argc, argv), &how, argc, argv);
    if (end >= 0) {
        return end;
    }
    enum exit_code code = setup_init(&s);
    if (code == EXIT_GOOD) {
        code = setup_policy(&s, r.profile);
    }
    if (code == EXIT_GOOD && print(&r, s.policy) < 0) {
        complain("memory ran out");
        code = EXIT_INTERNAL;
    }
    setup_free(&s);
    return (int)code;
}
