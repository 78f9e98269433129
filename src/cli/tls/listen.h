/*
 * listen - what the parts of `satyapan tls listen` share.
 */
#ifndef CLI_TLS_LISTEN_H
#define CLI_TLS_LISTEN_H

#include <signal.h>

#include "cli/tls/register.h"
#include "tls/listen_judge.h"

enum { LISTEN_FROM = 64 };

struct listen_command {
    struct tls_command *c;
    struct listen_options options;
    const char *cases_file, *ca_out, *lab_folder, *first;
    const char *from[LISTEN_FROM];
    size_t from_count;
    bool only_ca, list_cases, quiet;
    struct case_list cases;
    struct lab lab;
    struct listen listen;
    struct judging judging;
    struct records *records; /* NULL: no register of devices */
    struct register_question question;
    struct report_basis basis;
    struct buffer out;
    bool broken, fail, unsure;
    struct {
        bool terminal;
        size_t ready; /* sockets that listen */
        size_t lines; /* drawn, to be drawn over */
        int64_t drawn_ms;
        char last[160];
    } table;
};

/* listen_options.c: -1: go on; else the exit code. */
int listen_read_options(struct listen_command *l, int argc, char **argv);

/*
 * listen_reports.c: the report of a client into l->out, l->fail and l->unsure; history: what the
 * register says about its key, NULL: nothing. It takes the device's certificate apart, so it is
 * called in a sandboxed child alone: listen_judge_client makes one, asks the register in between
 * and keeps the key.
 */
void listen_report_write(struct listen_command *l, const struct listen_client *client,
                         const struct key_history *history);
void listen_judge_client(struct listen_command *l, const struct listen_client *client);

/* listen_table.c: what a person sees while it runs, on stderr. */
void listen_table_begin(struct listen_command *l);
void listen_table_event(struct listen_command *l, const struct listen_event *e);
void listen_table_draw(struct listen_command *l, bool now);
void listen_table_clear(struct listen_command *l);
void listen_table_end(const struct listen_command *l); /* what is left, and why */

#endif
