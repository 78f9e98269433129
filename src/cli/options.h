/*
 * options - reads the options of a command (getopt_long) and tells what is wrong in one sentence.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

struct option_table {
    const char *command; /* "tls scan": as in "see satyapan tls scan --help" */
    const char *help;    /* what --help prints; its option is 'h' */
    const struct option *rows;
    bool (*take)(void *context, int option); /* takes optarg; false: it is not understood */
    void *context;
};

/* argv[0] is the command's word. -1: they are all taken, the words begin at optind. Otherwise the
 * exit code: --help was printed, or it was said what is not understood. */
int options_read(const struct option_table *o, int argc, char **argv);

/* What options_read gave; but when a word is left that nothing takes, EXIT_USAGE after saying
 * so. */
int options_no_words(int read, const struct option_table *o, int argc, char **argv);

#endif
