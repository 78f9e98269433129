/*
 * commands - what the command-line programs share: the table's functions and the exit codes.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/complain.h"

/* Exit codes (sysexits.h numbers from 64 on). Of several documents the worst: 1 over 2 over 0. */
enum exit_code {
    EXIT_GOOD = 0,      /* accepted, valid */
    EXIT_BAD = 1,       /* rejected, not valid */
    EXIT_UNSURE = 2,    /* review, cannot tell */
    EXIT_USAGE = 64,    /* wrong options */
    EXIT_DATA = 65,     /* a data file given by the operator is wrong */
    EXIT_NO_INPUT = 66, /* the file is not there */
    EXIT_UNAVAILABLE = 69,
    EXIT_INTERNAL = 70, /* our own failure */
    EXIT_IO = 74,
    EXIT_PERMISSION = 77
};

/* Each takes the words from its own name on and returns an exit code. */
/* `register check`: register_check.c. */
enum exit_code register_check(int argc, char **argv);

int cmd_verify(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_cert(int argc, char **argv);
int cmd_trust(int argc, char **argv);
int cmd_policy(int argc, char **argv);
int cmd_reasons(int argc, char **argv);
int cmd_calendar(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_completion(int argc, char **argv);

/* Becomes libexec/satyapan/satyapan-NAME; returns an exit code when there is none. */
int run_program(const char *name, char **argv);

#endif
