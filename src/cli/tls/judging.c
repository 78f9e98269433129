/*
 * judging - what services are judged by: trust anchors in three sets, known device keys, the
 * policy.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/tls/command.h"

static const char *const system_stores[] = {
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

static int open_file(struct judging *j, const char *path, struct span *out)
{
    struct input *in = &j->files[j->file_count];
    int code = (int)input_open(path, in);
    if (code == EXIT_GOOD) {
        j->file_count++;
        *out = span_make(in->bytes, in->size);
    }
    return code;
}

static int add_anchor(struct judging *j, enum trust_set set, struct span bytes, const char *source)
{
    j->sets.sets[set] = &j->evidence[set];
    return sp_evidence_add(&j->evidence[set], SP_EVIDENCE_ANCHOR, bytes.p, bytes.n, source) == 0
               ? EXIT_GOOD
               : EXIT_INTERNAL;
}

/* The special purpose hierarchy of the CCA India is what issues TLS certificates. */
static int load_cca(struct tls_command *c, struct judging *j)
{
    char error[TRUST_ERROR];
    size_t n;
    const char *dir = trust_directory(c->a, c->trust_dir);
    if (!dir) {
        complain("the trust list was not found; reinstall, or give --trust-dir");
        return EXIT_UNAVAILABLE;
    }
    c->trust_dir = dir;
    if (trust_load(dir, &j->trust, error) != 0) {
        complain("%s", error);
        return EXIT_DATA;
    }
    const struct trust_entry *e = trust_entries(j->trust, &n);
    int code = EXIT_GOOD;
    for (size_t i = 0; i < n && code == EXIT_GOOD; i++) {
        if (strcmp(e[i].purpose, "special") == 0 && strcmp(e[i].role, "anchor") == 0) {
            code = add_anchor(j, TRUST_CCA, e[i].der, "cca");
        }
    }
    return code;
}

static int load_system(struct judging *j)
{
    for (size_t i = 0; i < sizeof system_stores / sizeof *system_stores; i++) {
        struct span bytes;
        if (access(system_stores[i], R_OK) == 0) {
            int code = open_file(j, system_stores[i], &bytes);
            return code ? code : add_anchor(j, TRUST_SYSTEM, bytes, "system");
        }
    }
    return EXIT_GOOD;
}

static int load_lab(struct tls_command *c, struct judging *j)
{
    int code = EXIT_GOOD;
    for (size_t i = 0; i < c->lab_count && code == EXIT_GOOD; i++) {
        struct span bytes;
        code = open_file(j, c->lab[i], &bytes);
        code = code ? code : add_anchor(j, TRUST_LAB, bytes, "laboratory");
    }
    return code;
}

/* Adds a list of known keys. */
static int load_list(struct tls_command *c, struct judging *j, const char *path)
{
    struct span text;
    size_t bad;
    int code = open_file(j, path, &text);
    if (code) {
        return code;
    }
    if (known_keys_read(c->a, text, &j->known, &bad) < 0) {
        return EXIT_INTERNAL;
    }
    if (bad) {
        complain("%s, line %zu: write KIND HEX SOURCE NOTE", path, bad);
        return EXIT_DATA;
    }
    return EXIT_GOOD;
}

/* A file of the trust directory that need not be there: its path, or NULL. */
static const char *optional(struct tls_command *c, const char *name)
{
    const char *path = arena_printf(c->a, "%s/%s", c->trust_dir, name);
    return path && access(path, R_OK) == 0 ? path : NULL;
}

/* The names of the lists in badkeys' blocklist. */
static int load_block_names(struct tls_command *c, struct judging *j, const char *path)
{
    struct span text;
    int code = open_file(j, path, &text);
    json_t *root = code ? NULL : json_loadb((const char *)text.p, text.n, 0, NULL);
    const json_t *lists = json_object_get(root, "blocklists");
    for (size_t i = 0; i < json_array_size(lists) && code == EXIT_GOOD; i++) {
        const json_t *one = json_array_get(lists, i);
        json_int_t id = json_integer_value(json_object_get(one, "id"));
        const char *name = json_string_value(json_object_get(one, "name"));
        if (name && id >= 0 && id < BKHASH_LISTS) {
            j->known.block_names[id] = arena_str(c->a, span_str(name));
            code = j->known.block_names[id] ? EXIT_GOOD : EXIT_INTERNAL;
        }
    }
    json_decref(root);
    return code;
}

static int load_keys(struct tls_command *c, struct judging *j)
{
    static const char *const lists[] = {"device-keys.txt", "device-keys.local.txt"};
    int code = EXIT_GOOD;
    if (c->keys_file) {
        return load_list(c, j, c->keys_file);
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists && code == EXIT_GOOD; i++) {
        const char *path = optional(c, lists[i]);
        code = path ? load_list(c, j, path) : EXIT_GOOD;
    }
    const char *block = optional(c, "badkeys-blocklist.dat");
    const char *names = optional(c, "badkeysdata.json");
    if (code == EXIT_GOOD && block) {
        code = open_file(j, block, &j->known.block);
    }
    return code == EXIT_GOOD && names ? load_block_names(c, j, names) : code;
}

/* A file made before a finding was: what nobody named does not count, which has to be told. */
static int tell_unnamed(struct tls_command *c, const struct judging *j)
{
    char error[POLICY_ERROR];
    struct tls_policy *builtin = arena_alloc(c->a, sizeof *builtin);
    if (!builtin || policy_read(c->a, policy_builtin(), builtin, error) != 0) {
        return EXIT_INTERNAL;
    }
    const char *codes = policy_unnamed(c->a, &j->policy, builtin);
    if (codes) {
        complain(
            "%s (version %s) names no requirement for findings that the built-in policy %s has "
            "one for; they count in no result: %s. Add them to its requirements, or to its "
            "list \"left_out\".",
            c->policy_file, j->policy.version, builtin->version, codes);
    }
    return EXIT_GOOD;
}

static int load_policy(struct tls_command *c, struct judging *j)
{
    char error[POLICY_ERROR];
    struct span json = policy_builtin();
    int code = c->policy_file ? open_file(j, c->policy_file, &json) : EXIT_GOOD;
    if (code) {
        return code;
    }
    int rc = policy_read(c->a, json, &j->policy, error);
    if (rc > 0) {
        complain("%s: %s", c->policy_file ? c->policy_file : "built-in policy", error);
    }
    code = rc > 0 ? EXIT_DATA : rc < 0 ? EXIT_INTERNAL : EXIT_GOOD;
    return code || !c->policy_file ? code : tell_unnamed(c, j);
}

static int load_declared(struct tls_command *c, struct judging *j)
{
    char error[DECLARED_ERROR];
    struct span text;
    if (!c->declared_file) {
        return EXIT_GOOD;
    }
    int code = open_file(j, c->declared_file, &text);
    if (code) {
        return code;
    }
    j->declared = arena_alloc(c->a, sizeof *j->declared);
    int rc = j->declared ? declared_read(text, j->declared, error) : -1;
    if (rc > 0) {
        complain("%s: %s", c->declared_file, error);
    }
    return rc > 0 ? EXIT_DATA : rc < 0 ? EXIT_INTERNAL : EXIT_GOOD;
}

int judging_open(struct tls_command *c, struct judging *j)
{
    memset(j, 0, sizeof *j);
    int code = load_cca(c, j);
    code = code ? code : load_system(j);
    code = code ? code : load_lab(c, j);
    code = code ? code : load_keys(c, j);
    code = code ? code : load_policy(c, j);
    code = code ? code : load_declared(c, j);
    for (size_t i = 0; i < TRUST_SETS && code == EXIT_GOOD; i++) {
        if (j->sets.sets[i] && sp_evidence_prepare(&j->evidence[i]) != 0) {
            code = EXIT_INTERNAL;
        }
    }
    return code;
}

void judging_close(struct judging *j)
{
    for (size_t i = 0; i < TRUST_SETS; i++) {
        sp_evidence_clear(&j->evidence[i]);
    }
    for (size_t i = 0; i < j->file_count; i++) {
        input_close(&j->files[i]);
    }
    trust_free(j->trust);
}
