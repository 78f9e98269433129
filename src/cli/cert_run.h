/*
 * cert_run - the computing half of `satyapan cert`: bytes in, text out. It reads no file.
 */
#ifndef CLI_CERT_RUN_H
#define CLI_CERT_RUN_H

#include "base/buffer.h"
#include "chain/options.h"
#include "cli/commands.h"

struct cert_check_job {
    struct span leaf; /* a file: DER, PEM, bare base64 */
    const struct sp_evidence *evidence;
    struct chain_options options;
    enum chain_purpose purpose;
    int64_t time, now;
    bool time_given, revocation; /* revocation: the whole path needs answers */
    bool json, verbose;          /* verbose: text tells of every path that was tried */
};

/* Each returns an exit code; the text is in out. */
enum exit_code cert_check_run(const struct cert_check_job *job, struct buffer *out);
enum exit_code cert_show_run(struct span file, bool json, struct buffer *out);
enum exit_code cert_lint_run(struct span file, bool json, struct buffer *out);

/* The first certificate of a file. Returns EXIT_GOOD, or EXIT_DATA with *why, or EXIT_INTERNAL. */
enum exit_code cert_first(struct arena *a, struct span file, struct cert **out, const char **why);

#endif
