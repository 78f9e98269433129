/*
 * generic - commands from the operations' rows: satyapan GROUP VERB [path values] [--name value]...
 *
 * "application show 12" is the operation application.show with its path's value; what the row says
 * of a parameter is said by --help. new stands for create.
 */
#ifndef CLI_OFFICE_GENERIC_H
#define CLI_OFFICE_GENERIC_H

#include "office/op.h"

/* The operation of those words; NULL: there is none for commands. */
const struct op *generic_find(const char *group, const char *verb);

/* The group has operations. */
bool generic_group(const char *group);

/* argv[0] is the group. Returns an exit code. */
int generic_run(const struct op *op, int argc, char **argv);

/* What the group's verbs are, or what one takes. */
void generic_help(const char *group, const char *verb);

#endif
