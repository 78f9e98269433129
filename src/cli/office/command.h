/*
 * command - what the parts of satyapan-office share.
 */
#ifndef CLI_OFFICE_COMMAND_H
#define CLI_OFFICE_COMMAND_H

#include "cli/commands.h"
#include "records/records.h"

/* Opens the records of a data folder; create: make them when they are not there. EXIT_GOOD, or an
 * exit code after saying why. */
int office_open(const char *data, bool create, struct records **out) WARN_UNUSED;

/* The exit code for a failure of ours with that errno (0: not the system's). */
int office_failure(int error);

/* Each takes the words from its command's name on ("audit", "verify", ...); an exit code. */
int office_audit_verify(int argc, char **argv);
int office_records_check(int argc, char **argv);
int office_records_sweep(int argc, char **argv);
int office_records_index(int argc, char **argv);
int office_backup(int argc, char **argv);

#endif
