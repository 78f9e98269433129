/*
 * setup - see setup.h.
 */
#include "cli/setup.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/utc.h"
#include "store/current/current.h"

#define SETUP_MEMORY ((size_t)64 * 1024 * 1024)

enum exit_code setup_init(struct setup *s)
{
    *s = (struct setup){.arena = arena_new(SETUP_MEMORY)};
    s->clock.received = SP_NO_TIME;
    if (!s->arena) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    return EXIT_GOOD;
}

void setup_free(struct setup *s)
{
    for (size_t i = 0; i < s->file_count; i++) {
        input_close(&s->files[i]);
    }
    sp_evidence_clear(&s->evidence);
    current_free(s->current);
    trust_free(s->trust);
    sp_policy_free(s->owned_policy);
    arena_free(s->arena);
}

static enum exit_code policy_from(struct setup *s, const char *name, const char *text, size_t size)
{
    char error[256];
    struct sp_policy *policy = NULL;
    uint64_t before = mem_failures();
    int rc = sp_policy_from_json(text, size, &policy, error, sizeof error);
    if (mem_failures() != before) { /* no fault of the text's, whatever the error says */
        sp_policy_free(policy);
        complain("%s: memory ran out", name);
        return EXIT_INTERNAL;
    }
    if (rc) {
        complain("%s: %s", name, error);
        return EXIT_DATA;
    }
    sp_policy_free(s->owned_policy);
    s->policy = s->owned_policy = policy;
    return EXIT_GOOD;
}

enum exit_code setup_policy(struct setup *s, const char *name_or_path)
{
    struct input in;
    s->policy = sp_policy_builtin(name_or_path);
    if (s->policy) {
        return EXIT_GOOD;
    }
    if (!strchr(name_or_path, '/') && !strchr(name_or_path, '.')) {
        complain("there is no profile \"%s\"; use india-dsc, generic or a policy file",
                 name_or_path);
        return EXIT_USAGE;
    }
    enum exit_code code = input_open(name_or_path, &in);
    if (code == EXIT_GOOD) {
        code = policy_from(s, name_or_path, (const char *)in.bytes, in.size);
        input_close(&in);
    }
    return code;
}

enum exit_code setup_grace(struct setup *s, const char *hours)
{
    int64_t n;
    if (!number_read(hours, 0, 24 * 365, &n)) {
        complain("--grace takes a whole number of hours, not \"%s\"", hours);
        return EXIT_USAGE;
    }
    if (!s->owned_policy) {
        uint64_t before = mem_failures();
        char *text = sp_policy_to_json(s->policy);
        bool whole = text && mem_failures() == before;
        enum exit_code code = whole ? policy_from(s, "policy", text, strlen(text)) : EXIT_INTERNAL;
        if (!whole) {
            complain("policy: memory ran out");
        }
        mem_free(text);
        if (code) {
            return code;
        }
    }
    s->owned_policy->grace_seconds = (int64_t)n * 3600;
    return EXIT_GOOD;
}

static enum exit_code add_file(struct setup *s, enum sp_evidence_kind kind, const char *path)
{
    struct input in;
    enum exit_code code = input_open(path, &in);
    if (code) {
        return code;
    }
    const char *slash = strrchr(path, '/');
    char *source = arena_printf(s->arena, "supplied: %s", slash ? slash + 1 : path);
    if (!source ||
        arena_grow(s->arena, (void **)&s->files, &s->file_capacity, s->file_count + 1, sizeof in) ||
        sp_evidence_add(&s->evidence, kind, in.bytes, in.size, source)) {
        input_close(&in);
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    s->files[s->file_count++] = in;
    return EXIT_GOOD;
}

enum exit_code setup_evidence(struct setup *s, enum sp_evidence_kind kind, const char *path)
{
    struct path_list list = {0};
    enum exit_code code = input_list(path, &list);
    for (size_t i = 0; i < list.count && code == EXIT_GOOD; i++) {
        code = add_file(s, kind, list.paths[i]);
    }
    path_list_free(&list);
    return code;
}

enum exit_code setup_trust(struct setup *s, const char *dir)
{
    char error[TRUST_ERROR];
    const char *path = trust_directory(s->arena, dir);
    if (!path) {
        complain(
            "the trust list was not found%s%s; reinstall, or set SATYAPAN_TRUST to its directory",
            dir ? " in " : "", dir ? dir : "");
        return EXIT_UNAVAILABLE;
    }
    if (trust_load(path, &s->trust, error)) {
        complain("%s; nothing is verified with a trust list that is not as pinned", error);
        return EXIT_DATA;
    }
    if (trust_add_to(s->trust, &s->evidence)) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    return EXIT_GOOD;
}

enum exit_code setup_data(struct setup *s, const char *data)
{
    char error[STORE_ERROR];
    if (current_load(data, &s->current, error) != 0 ||
        current_add_to(s->current, &s->evidence) != 0) {
        complain("%s", s->current ? "memory ran out" : error);
        return EXIT_INTERNAL;
    }
    return EXIT_GOOD;
}

enum exit_code setup_prepare(struct setup *s)
{
    if (sp_evidence_prepare(&s->evidence)) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    return EXIT_GOOD;
}

enum exit_code setup_time(const char *option, const char *text, int64_t *out)
{
    if (utc_parse(span_str(text), out)) {
        return EXIT_GOOD;
    }
    complain("%s takes a time like 2026-11-21T10:00:00Z or seconds since 1970, not \"%s\"", option,
             text);
    return EXIT_USAGE;
}
