/*
 * command - what the parts of satyapan-register share.
 */
#ifndef CLI_REGISTER_COMMAND_H
#define CLI_REGISTER_COMMAND_H

#include "cli/commands.h"
#include "register/register.h"

struct run {
    const char *verb, *word, *on, *model, *firmware, *holder, *number, *reason, *earlier, *data;
    const char *by, *out, *issuer, *type;
    bool json, key, prepare, dated, latest;
    struct records *r;
    struct register_key keys;
    int64_t now;
};

/* main.c */
enum exit_code print_json(json_t *o); /* taken over */
enum exit_code failed(const struct run *c);
enum exit_code absent(const char *number);
enum exit_code open_key(struct run *c);
const char *text_of(const json_t *o, const char *key); /* "-" */

/* events.c: what changes the state of a certificate. */
enum exit_code run_event(struct run *c);
enum exit_code run_changes(struct run *c);
enum exit_code run_drop(struct run *c);

/* export.c */
enum exit_code run_export(struct run *c);

/* witness.c */
enum exit_code run_witness(struct run *c);

#endif
