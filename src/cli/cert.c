/*
 * cert - `satyapan cert check|show|lint`: options and files. The work is in cert_run.h's functions.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/utc.h"
#include "sandbox/sandbox.h"
#include "cli/cert_run.h"
#include "cli/input.h"
#include "cli/options.h"
#include "trust/trust.h"

enum { MAX_OUTPUT = 16 * 1024 * 1024 };

static const char check_usage[] =
    "usage: satyapan cert check [OPTIONS] LEAF\n\n"
    "  --trust PATH        trusted roots (file or directory; default: the CCA India trust list)\n"
    "  --untrusted PATH    other certificates that may be needed for the path\n"
    "  --crl PATH          CRLs; the whole path then needs revocation answers\n"
    "  --ocsp PATH         OCSP answers; likewise\n"
    "  --at TIME           judge at this time (RFC 3339 or epoch seconds), which counts as proven\n"
    "  --purpose WORD      sign, tls-server, tls-client or any (default any)\n"
    "  --eku NAME          the leaf and its CAs must allow this extended key usage\n"
    "  --host NAME  --ip ADDRESS  --email ADDRESS\n"
    "  --policy OID  --explicit-policy  --inhibit-mapping  --inhibit-any-policy\n"
    "  --depth N           at most N intermediates\n"
    "  --partial-chain     a trusted certificate that is no root ends the path, too\n"
    "  --verbose           every path that was tried, and what was against it\n"
    "  --format text|json  json always has every path, in \"paths\"\n\n"
    "Exit: 0 valid, 1 not valid, 2 cannot tell.\n"
    "Example: satyapan cert check --crl crls/ --at 2025-01-01 signer.pem\n";

static const char file_usage[] = "usage: satyapan cert show|lint [--format text|json] FILE\n"
                                 "Example: satyapan cert show signer.pem\n";

/* All that is freed at the end. */
struct request {
    struct cert_check_job job;
    struct sp_evidence evidence;
    struct input *inputs;
    size_t input_count;
    struct path_list paths; /* owns the names shown as sources */
    struct trust *trust;
    bool trust_given;
    enum exit_code code; /* of the options, told already */
};

static void release(struct request *r)
{
    for (size_t i = 0; i < r->input_count; i++) {
        input_close(&r->inputs[i]);
    }
    mem_free(r->inputs);
    sp_evidence_clear(&r->evidence);
    path_list_free(&r->paths);
    trust_free(r->trust);
}

static struct input *new_input(struct request *r)
{
    struct input *p = mem_realloc(r->inputs, (r->input_count + 1) * sizeof *p);
    if (!p) {
        return NULL;
    }
    r->inputs = p;
    p[r->input_count] = (struct input){0};
    return &p[r->input_count++];
}

/* Adds every file at a path as evidence of this kind. */
static enum exit_code add_path(struct request *r, enum sp_evidence_kind kind, const char *path)
{
    size_t first = r->paths.count;
    enum exit_code code = input_list(path, &r->paths);
    for (size_t i = first; code == EXIT_GOOD && i < r->paths.count; i++) {
        struct input *in = new_input(r);
        if (!in) {
            return EXIT_INTERNAL;
        }
        code = input_open(r->paths.paths[i], in);
        if (code == EXIT_GOOD &&
            sp_evidence_add(&r->evidence, kind, in->bytes, in->size, r->paths.paths[i]) < 0) {
            code = EXIT_INTERNAL;
        }
    }
    return code;
}

static enum exit_code wrong(const char *option, const char *value)
{
    complain("cert check: %s cannot be \"%s\"; see satyapan cert check --help", option, value);
    return EXIT_USAGE;
}

static enum exit_code set_purpose(struct request *r, const char *value)
{
    struct chain_options *o = &r->job.options;
    r->job.purpose = strcmp(value, "sign") == 0 ? CHAIN_SIGN : CHAIN_ANY;
    o->tls_server = strcmp(value, "tls-server") == 0;
    o->tls_client = strcmp(value, "tls-client") == 0;
    bool known =
        r->job.purpose == CHAIN_SIGN || o->tls_server || o->tls_client || strcmp(value, "any") == 0;
    return known ? EXIT_GOOD : wrong("--purpose", value);
}

static enum exit_code set_depth(struct request *r, const char *value)
{
    int64_t n;
    if (!number_read(value, 0, 1000, &n)) {
        return wrong("--depth", value);
    }
    r->job.options.depth = (int)n;
    return EXIT_GOOD;
}

static enum exit_code set_time(struct request *r, const char *value)
{
    r->job.time_given = true;
    return utc_parse(span_str(value), &r->job.time) ? EXIT_GOOD : wrong("--at", value);
}

static enum exit_code add_policy(struct request *r, const char *value)
{
    struct chain_options *o = &r->job.options;
    bool dotted = *value && strspn(value, "0123456789.") == strlen(value);
    if (!dotted || o->policy_count == CHAIN_MAX_POLICIES) {
        return wrong("--policy", value);
    }
    o->policies[o->policy_count++] = value;
    return EXIT_GOOD;
}

static enum exit_code add_email(struct request *r, const char *value)
{
    struct chain_options *o = &r->job.options;
    if (o->email_count == CHAIN_MAX_EMAILS) {
        return wrong("--email", value);
    }
    o->emails[o->email_count++] = value;
    return EXIT_GOOD;
}

static enum exit_code set_format(bool *json, const char *value)
{
    *json = strcmp(value, "json") == 0;
    return *json || strcmp(value, "text") == 0 ? EXIT_GOOD : wrong("--format", value);
}

enum option_id {
    OPT_TRUST = 1,
    OPT_UNTRUSTED,
    OPT_CRL,
    OPT_OCSP,
    OPT_AT,
    OPT_PURPOSE,
    OPT_EKU,
    OPT_HOST,
    OPT_IP,
    OPT_EMAIL,
    OPT_POLICY,
    OPT_EXPLICIT,
    OPT_INHIBIT_MAP,
    OPT_INHIBIT_ANY,
    OPT_DEPTH,
    OPT_PARTIAL,
    OPT_VERBOSE,
    OPT_FORMAT
};

static const struct option check_options[] = {
    {"trust", required_argument, NULL, OPT_TRUST},
    {"untrusted", required_argument, NULL, OPT_UNTRUSTED},
    {"crl", required_argument, NULL, OPT_CRL},
    {"ocsp", required_argument, NULL, OPT_OCSP},
    {"at", required_argument, NULL, OPT_AT},
    {"purpose", required_argument, NULL, OPT_PURPOSE},
    {"eku", required_argument, NULL, OPT_EKU},
    {"host", required_argument, NULL, OPT_HOST},
    {"ip", required_argument, NULL, OPT_IP},
    {"email", required_argument, NULL, OPT_EMAIL},
    {"policy", required_argument, NULL, OPT_POLICY},
    {"explicit-policy", no_argument, NULL, OPT_EXPLICIT},
    {"inhibit-mapping", no_argument, NULL, OPT_INHIBIT_MAP},
    {"inhibit-any-policy", no_argument, NULL, OPT_INHIBIT_ANY},
    {"depth", required_argument, NULL, OPT_DEPTH},
    {"partial-chain", no_argument, NULL, OPT_PARTIAL},
    {"verbose", no_argument, NULL, OPT_VERBOSE},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* Options that bring files or have to be parsed. */
static enum exit_code apply_value(struct request *r, enum option_id id, char *value)
{
    switch (id) {
    case OPT_TRUST:
        r->trust_given = true;
        return add_path(r, SP_EVIDENCE_ANCHOR, value);
    case OPT_UNTRUSTED:
        return add_path(r, SP_EVIDENCE_CERT, value);
    case OPT_CRL:
        r->job.revocation = true;
        return add_path(r, SP_EVIDENCE_CRL, value);
    case OPT_OCSP:
        r->job.revocation = true;
        return add_path(r, SP_EVIDENCE_OCSP, value);
    case OPT_AT:
        return set_time(r, value);
    case OPT_PURPOSE:
        return set_purpose(r, value);
    case OPT_EMAIL:
        return add_email(r, value);
    case OPT_POLICY:
        return add_policy(r, value);
    case OPT_DEPTH:
        return set_depth(r, value);
    case OPT_FORMAT:
        return set_format(&r->job.json, value);
    default:
        return EXIT_USAGE;
    }
}

static enum exit_code apply_option(struct request *r, enum option_id id, char *value)
{
    struct chain_options *o = &r->job.options;
    switch (id) {
    case OPT_EKU:
        o->eku = value;
        return EXIT_GOOD;
    case OPT_HOST:
        o->host = value;
        return EXIT_GOOD;
    case OPT_IP:
        o->ip = value;
        return EXIT_GOOD;
    case OPT_EXPLICIT:
        o->explicit_policy = true;
        return EXIT_GOOD;
    case OPT_INHIBIT_MAP:
        o->inhibit_mapping = true;
        return EXIT_GOOD;
    case OPT_INHIBIT_ANY:
        o->inhibit_any = true;
        return EXIT_GOOD;
    case OPT_PARTIAL:
        o->partial_chain = true;
        return EXIT_GOOD;
    case OPT_VERBOSE:
        r->job.verbose = true;
        return EXIT_GOOD;
    default:
        return apply_value(r, id, value);
    }
}

/* Without --trust the pinned CCA hierarchy is used. */
static enum exit_code default_trust(struct request *r)
{
    char error[TRUST_ERROR];
    struct arena *a = arena_new(1 << 16);
    char *dir = a ? trust_directory(a, NULL) : NULL;
    enum exit_code code = EXIT_GOOD;
    if (!dir || trust_load(dir, &r->trust, error) < 0) {
        complain("cert check: %s; give --trust PATH", dir ? error : "there is no trust list");
        code = EXIT_DATA;
    }
    if (code == EXIT_GOOD && trust_add_to(r->trust, &r->evidence) < 0) {
        code = EXIT_INTERNAL;
    }
    arena_free(a);
    return code;
}

static enum exit_code finish(struct buffer *out, enum exit_code code)
{
    struct span s = buffer_span(out);
    if (code == EXIT_INTERNAL || !buffer_ok(out)) {
        complain("cert: memory ran out, or another failure of our own; this says nothing about the "
                 "certificate");
        code = EXIT_INTERNAL;
    } else if (fwrite(s.p, 1, s.n, stdout) != s.n || fflush(stdout) != 0) {
        complain("cannot write the answer: %s", strerror(errno));
        code = EXIT_IO;
    }
    buffer_free(out);
    return code;
}

/* Certificates of strangers are parsed where they can do no harm. */
static enum exit_code in_sandbox(sandbox_work work, void *job, struct buffer *out)
{
    char why[128] = "";
    int code = sandbox_task(work, job, out, why, sizeof why);
    if (code < 0) {
        complain("the check could not be finished (%s); this says nothing about the certificate",
                 why);
        return EXIT_INTERNAL;
    }
    return (enum exit_code)code;
}

static int check_work(void *job, struct buffer *out)
{
    return (int)cert_check_run(job, out);
}

struct file_job {
    enum exit_code (*run)(struct span file, bool json, struct buffer *out);
    struct span file;
    bool json;
};

static int file_work(void *context, struct buffer *out)
{
    const struct file_job *job = context;
    return (int)job->run(job->file, job->json, out);
}

static enum exit_code run_check(struct request *r, char **files)
{
    struct buffer out;
    struct input *leaf = new_input(r);
    if (!leaf) {
        return EXIT_INTERNAL;
    }
    enum exit_code code = input_open(files[0], leaf);
    if (code == EXIT_GOOD && !r->trust_given) {
        code = default_trust(r);
    }
    if (code != EXIT_GOOD) {
        return code;
    }
    r->job.now = (int64_t)time(NULL);
    if (!r->job.time_given) {
        r->job.time = r->job.now;
    } else if (r->job.now < r->job.time) {
        r->job.now = r->job.time;
    }
    leaf = &r->inputs[r->input_count - 1];
    r->job.leaf = span_make(leaf->bytes, leaf->size);
    r->job.evidence = &r->evidence;
    buffer_init(&out, MAX_OUTPUT);
    return finish(&out, in_sandbox(check_work, &r->job, &out));
}

static int one_file(const char *command)
{
    complain("%s takes one certificate; see satyapan %s --help", command, command);
    return EXIT_USAGE;
}

static bool take_check(void *context, int option)
{
    struct request *r = context;
    if (r->code == EXIT_GOOD) {
        r->code = apply_option(r, (enum option_id)option, optarg);
    }
    return true;
}

static int cert_check(int argc, char **argv)
{
    struct request r = {
        .job = {.purpose = CHAIN_ANY, .options = {.depth = -1, .policies_wanted = true}}};
    const struct option_table how = {"cert check", check_usage, check_options, take_check, &r};
    int code = options_read(&how, argc, argv);
    code = code < 0 && r.code != EXIT_GOOD ? (int)r.code : code;
    if (code < 0) {
        code = optind == argc - 1 ? (int)run_check(&r, argv + optind) : one_file("cert check");
    }
    release(&r);
    return code;
}

static bool take_format(void *context, int option)
{
    bool *json = context;
    *json = option == OPT_FORMAT && strcmp(optarg, "json") == 0;
    return *json || strcmp(optarg, "text") == 0;
}

static int cert_file(int argc, char **argv, const char *command,
                     enum exit_code (*run)(struct span file, bool json, struct buffer *out))
{
    static const struct option options[] = {
        {"format", required_argument, NULL, OPT_FORMAT}, {"help", no_argument, NULL, 'h'}, {0}};
    bool json = false;
    struct input in = {0};
    struct buffer out;
    const struct option_table how = {command, file_usage, options, take_format, &json};
    int end = options_read(&how, argc, argv);
    if (end < 0 && optind != argc - 1) {
        end = one_file(command);
    }
    if (end >= 0) {
        return end;
    }
    enum exit_code code = input_open(argv[optind], &in);
    if (code == EXIT_GOOD) {
        buffer_init(&out, MAX_OUTPUT);
        struct file_job job = {run, span_make(in.bytes, in.size), json};
        code = finish(&out, in_sandbox(file_work, &job, &out));
        input_close(&in);
    }
    return (int)code;
}

int cmd_cert(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "check") == 0) {
        return cert_check(argc - 1, argv + 1);
    }
    if (strcmp(word, "show") == 0) {
        return cert_file(argc - 1, argv + 1, "cert show", cert_show_run);
    }
    if (strcmp(word, "lint") == 0) {
        return cert_file(argc - 1, argv + 1, "cert lint", cert_lint_run);
    }
    if (strcmp(word, "--help") == 0) {
        (void)printf("%s\n%s", check_usage, file_usage);
        return EXIT_GOOD;
    }
    complain("cert wants check, show or lint; see satyapan cert --help");
    return EXIT_USAGE;
}
