/*
 * obtain_main - satyapan-obtain: the store and the fetch process for the programs that verify.
 *
 * Its standard input is the socket it is asked over (obtain.h). It holds no key, and reads what
 * came from strangers in a sandboxed child only.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "obtain/broker/rounds.h"
#include "sandbox/sandbox.h"
#include "satyapan/verify.h"
#include "trust/trust.h"

#define MAIN_MEMORY ((size_t)64 << 20)

struct options {
    const char *trust, *data;
    bool refresh;
    struct sp_evidence more; /* of --anchor and --certificate */
};

static int fail(const char *what, const char *detail)
{
    (void)fprintf(stderr, "satyapan-obtain: %s%s%s\n", what, detail ? ": " : "",
                  detail ? detail : "");
    return EX_DATAERR;
}

/* A file of the operator's own, small. */
static int add_file(struct arena *a, struct sp_evidence *e, enum sp_evidence_kind kind,
                    const char *path)
{
    enum { FILE_MAX = 4 << 20 };
    FILE *in = fopen(path, "re");
    uint8_t *bytes = in ? arena_alloc(a, FILE_MAX) : NULL;
    size_t n = bytes ? fread(bytes, 1, FILE_MAX, in) : 0;
    bool good = bytes && n > 0 && n < FILE_MAX && !ferror(in);
    if (in) {
        (void)fclose(in);
    }
    return good && sp_evidence_add(e, kind, bytes, n, path) == 0 ? 0 : fail("cannot read", path);
}

static int read_options(struct arena *a, int argc, char **argv, struct options *o)
{
    static const struct option options[] = {
        {"trust", required_argument, NULL, 't'},       {"data", required_argument, NULL, 'd'},
        {"refresh", no_argument, NULL, 'r'},           {"anchor", required_argument, NULL, 'a'},
        {"certificate", required_argument, NULL, 'c'}, {0}};
    int c, rc = 0;
    while (rc == 0 && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 't':
            o->trust = optarg;
            break;
        case 'd':
            o->data = optarg;
            break;
        case 'r':
            o->refresh = true;
            break;
        case 'a':
            rc = add_file(a, &o->more, SP_EVIDENCE_ANCHOR, optarg);
            break;
        case 'c':
            rc = add_file(a, &o->more, SP_EVIDENCE_CERT, optarg);
            break;
        default:
            rc = EX_USAGE;
        }
    }
    return rc;
}

/* The allow-list: hosts of the trust list's endpoints, and the operator's own file if there is
 * one. */
static int load_hosts(struct arena *a, const struct options *o, struct fetch_hosts *hosts)
{
    char why[512];
    struct stat st;
    const char *listed = o->trust ? arena_printf(a, "%s/endpoints.csv", o->trust) : NULL;
    const char *own = o->data ? arena_printf(a, "%s/fetch-hosts.txt", o->data) : NULL;
    if (fetch_hosts_init(hosts) != 0) {
        return fail("memory is out", NULL);
    }
    const char *files[] = {listed, own};
    for (size_t i = 0; i < 2; i++) {
        if (files[i] && stat(files[i], &st) == 0 &&
            fetch_hosts_load(hosts, files[i], why, sizeof why) != 0) {
            return fail(why, NULL);
        }
    }
    return 0;
}

static int serve(struct arena *a, const struct options *o, struct sp_evidence *evidence)
{
    static struct means means; /* workers and the loop use it to the end */
    struct fetch_policy policy = fetch_policy_default;
    policy.concurrent = 8;
    policy.per_host = 4;
    policy.limits[FETCH_CRL].total_ms = TARGET_MS;
    means = (struct means){.trust = evidence, .data = o->data, .refresh = o->refresh};
    if (load_hosts(a, o, &means.hosts) != 0) {
        return EX_DATAERR;
    }
    const struct fetcher_options fetch = {.hosts = &means.hosts, .policy = &policy};
    if (fetcher_start(&fetch, &means.fetcher) != 0) {
        return fail("the fetch process cannot be started", strerrordesc_np(errno));
    }
    int rc = rounds_run(&means, STDIN_FILENO);
    fetcher_stop(&means.fetcher);
    fetch_hosts_free(&means.hosts);
    return rc;
}

int main(int argc, char **argv)
{
    char error[TRUST_ERROR];
    struct options o = {.trust = NULL};
    struct trust *trust = NULL;
    struct sp_evidence evidence = {0};
    struct arena *a = arena_new(MAIN_MEMORY);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole group; this ends with its program */
    if (!a || sp_init() != 0) {
        return fail("memory is out", NULL);
    }
    int rc = read_options(a, argc, argv, &o);
    if (rc == 0 && o.trust && trust_load(o.trust, &trust, error) != 0) {
        rc = fail(error, NULL);
    }
    if (rc == 0 && ((trust && trust_add_to(trust, &evidence) != 0) ||
                    sp_evidence_extend(&evidence, &o.more) != 0)) {
        rc = fail("memory is out", NULL);
    }
    rc = rc ? rc : serve(a, &o, &evidence);
    sp_evidence_clear(&evidence);
    sp_evidence_clear(&o.more);
    trust_free(trust);
    arena_free(a);
    return rc;
}
