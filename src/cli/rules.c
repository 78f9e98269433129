/*
 * rules - `satyapan rules`: the rules of the scheme, and the settings behind them.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "scheme/rules.h"
#include "trust/scheme_data.h"
#include "trust/trust.h"

static const char help[] =
    "usage: satyapan rules [--lang en|hi] [--format text|json|settings] [--data DIR]\n"
    "                      [--trust-dir DIR] [RULE]\n\n"
    "Prints the rules of the scheme, or one: id, title, source and what it looks at; and the\n"
    "settings that stand where the memorandum is silent. settings prints them as a file to change\n"
    "and to put into the data directory as scheme.json.\n"
    "Example: satyapan rules R-EXT-2\n";

enum form { FORM_TEXT, FORM_JSON, FORM_SETTINGS };

struct request {
    const char *data, *trust_dir, *id;
    enum form form;
    bool hindi;
};

static void kinds_text(unsigned kinds, bool hindi, char *out, size_t size)
{
    static const char *const words[][2] = {
        {"fresh", "नया"}, {"re-certification", "पुनः प्रमाणन"}, {"change", "बदलाव"}};
    size_t n = 0;
    out[0] = 0;
    for (unsigned i = 0; i < 3; i++) {
        if (kinds >> i & 1 && n < size) {
            n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", words[i][hindi]);
        }
    }
}

static void print_rule(const struct scheme_rule *r, bool hindi)
{
    char kinds[160], from[DATE_TEXT];
    kinds_text(r->kinds, hindi, kinds, sizeof kinds);
    (void)date_people(r->from, hindi, from);
    (void)printf("%s  %s\n", r->id, hindi ? r->title_hi : r->title);
    (void)printf(hindi ? "  देखता है: %s\n  लागू: %s (%s से)\n  स्रोत: %s\n\n"
                       : "  Looks at: %s\n  Applies to: %s (since %s)\n  Source: %s\n\n",
                 hindi ? r->needs_hi : r->needs, kinds, from, r->cite);
}

static void print_settings(struct arena *a, const struct scheme_settings *s, bool hindi)
{
    struct scheme_setting_row row;
    (void)puts(hindi ? "सेटिंग" : "Settings");
    for (size_t i = 0; scheme_setting_row(a, s, i, &row); i++) {
        (void)printf("%s = %s\n  %s\n  %s: %s\n\n", row.key, row.value,
                     hindi ? row.text_hi : row.text, hindi ? "स्रोत" : "Source", row.source);
    }
}

static void put_rule(struct json *j, const struct scheme_rule *r)
{
    char day[DATE_TEXT];
    static const char *const words[] = {"fresh", "recertification", "change"};
    json_open(j, '{');
    json_put_text(j, "id", r->id);
    json_put_text(j, "title", r->title);
    json_put_text(j, "title_hi", r->title_hi);
    json_put_text(j, "needs", r->needs);
    json_put_text(j, "needs_hi", r->needs_hi);
    json_put_text(j, "source", r->cite);
    json_put_text(j, "from", date_text(r->from, day));
    json_put_text(j, "to", r->to == DATE_NONE ? NULL : date_text(r->to, day));
    json_key(j, "applications");
    json_open(j, '[');
    for (unsigned i = 0; i < 3; i++) {
        if (r->kinds >> i & 1) {
            json_text(j, words[i]);
        }
    }
    json_close(j, ']');
    json_close(j, '}');
}

static int print_json(struct arena *a, const struct request *r, const struct scheme_settings *s)
{
    struct buffer b;
    struct json j = {.out = &b};
    struct scheme_setting_row row;
    const struct scheme_rule *rule;
    buffer_init(&b, 1 << 20);
    json_open(&j, '{');
    json_put_text(&j, "schema", "satyapan-rules/1");
    json_key(&j, "rules");
    json_open(&j, '[');
    for (size_t i = 0; (rule = scheme_rule_at(i)) != NULL; i++) {
        if (!r->id || strcmp(r->id, rule->id) == 0) {
            put_rule(&j, rule);
        }
    }
    json_close(&j, ']');
    json_key(&j, "settings");
    json_open(&j, '[');
    for (size_t i = 0; !r->id && scheme_setting_row(a, s, i, &row); i++) {
        json_open(&j, '{');
        json_put_text(&j, "key", row.key);
        json_put_text(&j, "value", row.value);
        json_put_text(&j, "source", row.source);
        json_put_text(&j, "text", row.text);
        json_put_text(&j, "text_hi", row.text_hi);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    const char *text = buffer_cstr(&b);
    int rc = text && puts(text) >= 0 ? 0 : -1;
    buffer_free(&b);
    return rc;
}

static int print(struct arena *a, const struct request *r, const struct scheme_settings *s)
{
    const struct scheme_rule *rule;
    if (r->form == FORM_JSON) {
        return print_json(a, r, s);
    }
    if (r->form == FORM_SETTINGS) {
        char *text = scheme_settings_file(a, s);
        return text && puts(text) >= 0 ? 0 : -1;
    }
    for (size_t i = 0; (rule = scheme_rule_at(i)) != NULL; i++) {
        if (!r->id || strcmp(r->id, rule->id) == 0) {
            print_rule(rule, r->hindi);
        }
    }
    if (!r->id) {
        print_settings(a, s, r->hindi);
    }
    return 0;
}

static bool take(void *context, int option)
{
    struct request *r = context;
    if (option == 'd') {
        r->data = optarg;
    } else if (option == 't') {
        r->trust_dir = optarg;
    } else if (option == 'l') {
        r->hindi = strcmp(optarg, "hi") == 0;
        return r->hindi || strcmp(optarg, "en") == 0;
    } else {
        r->form = strcmp(optarg, "json") == 0       ? FORM_JSON
                  : strcmp(optarg, "settings") == 0 ? FORM_SETTINGS
                                                    : FORM_TEXT;
        return r->form != FORM_TEXT || strcmp(optarg, "text") == 0;
    }
    return true;
}

static enum exit_code run(struct arena *a, const struct request *r)
{
    char error[SCHEME_DATA_ERROR];
    struct scheme_data data;
    const char *trust = trust_directory(a, r->trust_dir);
    if (!trust) {
        complain("the trust directory is not there; name it with --trust-dir");
        return EXIT_NO_INPUT;
    }
    int rc = scheme_data_load(a, trust, r->data, &data, error);
    if (rc == 0) {
        rc = print(a, r, &data.settings);
    } else if (rc > 0) {
        complain("%s", error);
        return EXIT_DATA;
    }
    if (rc < 0) {
        complain("memory ran out");
    }
    return rc < 0 ? EXIT_INTERNAL : EXIT_GOOD;
}

int cmd_rules(int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'}, {"trust-dir", required_argument, NULL, 't'},
        {"lang", required_argument, NULL, 'l'}, {"format", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},       {0}};
    struct request r = {.data = "./data"};
    const struct option_table how = {"rules", help, options, take, &r};
    int end = options_read(&how, argc, argv);
    r.id = end < 0 && optind < argc ? argv[optind++] : NULL;
    end = options_no_words(end, &how, argc, argv);
    if (end >= 0) {
        return end;
    }
    if (r.id && !scheme_rule_by_id(r.id)) {
        complain("there is no rule \"%s\"; satyapan rules lists them all", r.id);
        return EXIT_USAGE;
    }
    struct arena *a = arena_new((size_t)16 << 20);
    enum exit_code code = a ? run(a, &r) : EXIT_INTERNAL;
    arena_free(a);
    return (int)code;
}
