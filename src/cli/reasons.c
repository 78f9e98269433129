/*
 * reasons - `satyapan reasons`: the table of every reason a report can give, from reasons.def.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "satyapan/reasons.h"

static const char help[] =
    "usage: satyapan reasons [--format text|json|mdoc] [CODE]\n\n"
    "Prints every reason a report can give, or one: code, level, source of the rule, meaning and "
    "what\n"
    "to do, in English and Hindi. mdoc is the manual page satyapan-reasons(7).\n";

static void print_text(const struct sp_reason_row *r)
{
    (void)printf("%s  [%s]%s%s\n  %s\n  %s\n", r->code, sp_level_name(r->level),
                 r->subindication ? "  " : "", r->subindication ? r->subindication : "", r->text,
                 r->text_hi);
    if (*r->hint) {
        (void)printf("  What to do: %s\n  क्या करें: %s\n", r->hint, r->hint_hi);
    }
    (void)printf("  Source: %s\n\n", r->cite);
}

static void print_json(const struct sp_reason_row *r)
{
    json_t *j =
        json_pack("{s:s,s:s,s:s?,s:s,s:s,s:s,s:s,s:s}", "code", r->code, "level",
                  sp_level_name(r->level), "subindication", r->subindication, "cite", r->cite,
                  "text", r->text, "text_hi", r->text_hi, "hint", r->hint, "hint_hi", r->hint_hi);
    char *line = j ? json_dumps(j, JSON_COMPACT) : NULL;
    (void)printf("%s\n", line ? line : "{}");
    mem_free(line);
    json_decref(j);
}

/* Running text for mdoc: a leading period or quote would be a request, a backslash an escape. */
static void print_roff(const char *s)
{
    if (*s == '.' || *s == '\'') {
        (void)fputs("\\&", stdout);
    }
    for (; *s; s++) {
        (void)fputs(*s == '\\' ? "\\e" : (char[]){*s, 0}, stdout);
    }
    (void)putchar('\n');
}

static void print_mdoc(const struct sp_reason_row *r)
{
    (void)printf(".It Sy %s Pq %s%s%s\n", r->code, sp_level_name(r->level),
                 r->subindication ? ", " : "", r->subindication ? r->subindication : "");
    print_roff(r->text);
    if (*r->hint) {
        (void)puts(".br");
        print_roff(r->hint);
    }
    (void)puts(".br");
    print_roff(r->cite);
}

static void mdoc_head(void)
{
    (void)puts(
        ".Dd November 21, 2026\n.Dt SATYAPAN-REASONS 7\n.Os\n.Sh NAME\n.Nm satyapan-reasons\n"
        ".Nd reasons that satyapan reports can give\n.Sh DESCRIPTION\nEvery finding of a report "
        "has one of these codes.\nThe level is the one of the table; a policy may set another.\n"
        "Numbers in braces stand for the details of the case.\n.Bl -tag -width Ds");
}

typedef void print_row(const struct sp_reason_row *r);

static bool take_format(void *context, int option)
{
    print_row **print = context;
    *print = strcmp(optarg, "json") == 0   ? print_json
             : strcmp(optarg, "mdoc") == 0 ? print_mdoc
             : strcmp(optarg, "text") == 0 ? print_text
                                           : NULL;
    return option == 'f' && *print;
}

int cmd_reasons(int argc, char **argv)
{
    static const struct option options[] = {
        {"format", required_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'}, {0}};
    print_row *print = print_text;
    const struct option_table how = {"reasons", help, options, take_format, &print};
    int end = options_read(&how, argc, argv);
    const char *code = end < 0 && optind < argc ? argv[optind++] : NULL;
    end = options_no_words(end, &how, argc, argv);
    if (end >= 0) {
        return end;
    }
    if (code && sp_reason_by_code(code) == SP_REASON_COUNT) {
        complain("there is no reason \"%s\"; satyapan reasons lists them all", code);
        return EXIT_USAGE;
    }
    if (print == print_mdoc) {
        mdoc_head();
    }
    for (unsigned i = 0; i < SP_REASON_COUNT; i++) {
        const struct sp_reason_row *r = sp_reason_row((enum sp_reason)i);
        if (!code || strcmp(code, r->code) == 0) {
            print(r);
        }
    }
    if (print == print_mdoc) {
        (void)puts(".El\n.Sh SEE ALSO\n.Xr satyapan 1");
    }
    return EXIT_GOOD;
}
