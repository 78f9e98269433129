/*
 * options - see options.h.
 */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/complain.h"

/* at: the option's row; -1: there is none. */
static void not_understood(const struct option_table *o, const char *word, int at)
{
    const struct option *row = at < 0 ? NULL : &o->rows[at];
    bool value = row && row->has_arg == required_argument && optarg;
    complain("%s%s%s%s is not understood; see satyapan %s --help", value ? "--" : "",
             value ? row->name : "", value ? " " : "", value ? optarg : word, o->command);
}

int options_read(const struct option_table *o, int argc, char **argv)
{
    opterr = 0;
    optind = 1;
    for (int id, at = -1; (id = getopt_long(argc, argv, ":h", o->rows, &at)) != -1; at = -1) {
        if (id == 'h') {
            (void)fputs(o->help, stdout);
            return EXIT_GOOD;
        }
        if (id == ':') {
            complain("%s needs a value; see satyapan %s --help", argv[optind - 1], o->command);
            return EXIT_USAGE;
        }
        if (id == '?' || !o->take(o->context, id)) {
            not_understood(o, argv[optind - 1], id == '?' ? -1 : at);
            return EXIT_USAGE;
        }
    }
    return -1;
}

int options_no_words(int read, const struct option_table *o, int argc, char **argv)
{
    if (read < 0 && optind < argc) {
        complain("\"%s\" is one word too many; see satyapan %s --help", argv[optind], o->command);
        return EXIT_USAGE;
    }
    return read;
}
