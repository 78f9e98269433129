/*
 * command - what the parts of satyapan-tls share.
 */
#ifndef CLI_TLS_COMMAND_H
#define CLI_TLS_COMMAND_H

#include "cli/commands.h"
#include "cli/input.h"
#include "tls/report.h"
#include "trust/trust.h"

enum tls_format { TLS_TEXT, TLS_JSON, TLS_CSV, TLS_HTML, TLS_CBOM };

enum { COMMAND_PORTS = 256, COMMAND_LAB = 32 };

/* A port and what is spoken there. */
struct port_row {
    const struct service *service;
    uint16_t port;
};

struct tls_command {
    struct arena *a;
    struct scan_options scan;
    enum tls_format format;
    unsigned level;
    bool colour, hindi, quiet, with_parent;
    int64_t now;
    const char *trust_dir, *policy_file, *services_file, *keys_file, *name, *declared_file,
        *transcripts, *record, *targets_file;
    /* tls device */
    const char *data, *firm, *model, *serial, *firmware;
    /* tls sign */
    const char *key, *pin_file, *out;
    const char *lab[COMMAND_LAB];
    size_t lab_count;
    const char *const *words; /* targets */
    size_t word_count;
    struct port_row ports[COMMAND_PORTS]; /* asked of a target without a port */
    size_t port_count;
};

int tls_scan_command(struct tls_command *c);
int tls_judge_command(struct tls_command *c);
int tls_content_command(struct tls_command *c);
int tls_key_rows_command(struct tls_command *c);

/* judge.c: the reports of the words' files in the command's format, into out. Returns the exit code
 * of the verdict, or of a failure, which was told. */
int judge_files(struct tls_command *c, struct buffer *out) WARN_UNUSED;

/* scan.c: a server that is killed leaves nothing behind that goes on. */
void tls_end_with_parent(void);

/* compare.c: what changed between two runs. */
int tls_compare_command(struct tls_command *c);

/* sign.c: a signed test record of what scans stored. */
int tls_sign_command(struct tls_command *c);

/* device.c; word: add, list, show, compare. */
int tls_device_command(struct tls_command *c, const char *word);

/* listen.c: the words after "listen" are its own. */
int tls_listen_command(struct tls_command *c, int argc, char **argv);

/* targets.c: reads the words into jobs. Returns an exit code. */
int targets_read(struct tls_command *c, struct scan_list *list, struct scan_target **targets,
                 size_t *target_count) WARN_UNUSED;

/* The ports of a target without one: the services of a file, else the usual ones. */
int targets_services(struct tls_command *c) WARN_UNUSED;

/* judging.c: trust sets, known keys and policy. Returns an exit code. */
struct judging {
    struct trust *trust;
    struct sp_evidence evidence[TRUST_SETS];
    struct trust_sets sets;
    struct known_keys known;
    struct tls_policy policy;
    struct declared *declared; /* NULL: nothing is declared */
    struct input files[COMMAND_LAB + 8];
    size_t file_count;
};
int judging_open(struct tls_command *c, struct judging *j) WARN_UNUSED;
void judging_close(struct judging *j);

/* listen.c: the report of a record that listen kept, appended to out. Returns 0; EXIT_DATA with a
 * sentence in error[STORED_ERROR], or another exit code of failure. */
int tls_judge_listened(struct tls_command *c, const struct judging *judging, struct span file,
                       struct buffer *out, bool *fail, bool *unsure, char *error) WARN_UNUSED;

#endif
