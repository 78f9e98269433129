/*
 * import - CRLs, OCSP answers and issuers from files. Each object is told what became of it.
 *
 * Two rounds: a list whose issuer is in a file that comes later is taken in the second one.
 */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utc.h"
#include "cli/input.h"
#include "cli/progress.h"
#include "cli/revocation/command.h"

struct import {
    struct revocation *c;
    struct progress progress;
    const char *path;
    bool last_round, again; /* again: an issuer was missing in this file */
    size_t counts[STORE_FAILED + 1];
};

static int badness_of(enum store_outcome o)
{
    return o == STORE_STORED ? 0 : o == STORE_SAME || o == STORE_OLDER ? 3 : 2;
}

static void print_json(const struct import *m, const struct store_result *r)
{
    char text[UTC_TEXT];
    struct buffer b;
    struct json j = {.out = &b};
    buffer_init(&b, 1 << 16);
    json_open(&j, '{');
    json_put_text(&j, "file", m->path);
    json_put_text(&j, "outcome", store_outcome_name(r->outcome));
    json_put_text(&j, "kind", store_kind_name(r->kind));
    json_put_text(&j, "issuer", r->issuer[0] ? r->issuer : NULL);
    json_put_text(&j, "sha256", r->sha256[0] ? r->sha256 : NULL);
    json_put_text(&j, "issued",
                  r->this_update == UTC_NONE ? NULL : utc_rfc3339(r->this_update, text));
    json_put_text(&j, "valid_until",
                  r->next_update == UTC_NONE ? NULL : utc_rfc3339(r->next_update, text));
    json_put_number(&j, "entries", (int64_t)r->entries);
    json_put_text(&j, "why", r->why[0] ? r->why : NULL);
    json_close(&j, '}');
    const char *line = buffer_cstr(&b);
    (void)puts(line ? line : "{}");
    buffer_free(&b);
}

static void print_text(const struct import *m, const struct store_result *r)
{
    const struct revocation *c = m->c;
    char date[WORD_SIZE], count[WORD_SIZE];
    (void)printf("%s%-14s%s %-11s %s", word_colour(c, badness_of(r->outcome)),
                 store_outcome_name(r->outcome), word_plain(c), store_kind_name(r->kind),
                 word_safe(c->a, m->path));
    if (r->issuer[0]) {
        (void)printf("  %s", word_safe(c->a, r->issuer));
    }
    if (r->kind == STORE_CRL && r->this_update != UTC_NONE) {
        (void)printf(", issued %s, %s entries", word_date(r->this_update, date),
                     word_count(r->entries, count));
    }
    (void)printf("%s%s\n", r->why[0] ? ": " : "", word_safe(c->a, r->why));
}

static void tell(void *context, const struct store_result *r)
{
    struct import *m = context;
    if (r->outcome == STORE_UNKNOWN_ISSUER && !m->last_round) {
        m->again = true;
        return;
    }
    progress_clear(&m->progress);
    m->counts[r->outcome]++;
    if (m->c->json) {
        print_json(m, r);
    } else if (!m->c->quiet || badness_of(r->outcome) == 2) {
        print_text(m, r);
    }
}

/* Returns an exit code of our own failures. */
static int import_file(struct import *m, const char *path)
{
    char error[STORE_ERROR];
    struct input in;
    m->path = path;
    m->again = false;
    int code = (int)input_open(path, &in);
    if (code != EXIT_GOOD) {
        return code;
    }
    if (store_put_any(m->c->store, span_make(in.bytes, in.size), NULL, tell, m, error) != 0) {
        progress_clear(&m->progress);
        complain("%s: %s", path, error);
        code = EXIT_IO;
    }
    input_close(&in);
    progress_step(&m->progress);
    return code;
}

/* Files in which something waits for its issuer are kept in the list for the last round. */
static int import_round(struct import *m, struct path_list *list)
{
    int worst = EXIT_GOOD;
    size_t left = 0;
    for (size_t i = 0; i < list->count; i++) {
        int code = import_file(m, list->paths[i]);
        worst = code ? code : worst;
        if (m->again && code == EXIT_GOOD) {
            char *path = list->paths[left];
            list->paths[left++] = list->paths[i];
            list->paths[i] = path;
        }
        if (code == EXIT_IO) {
            break; /* no room on the disk, or no database: the next file fares no better */
        }
    }
    m->last_round = true;
    for (size_t i = left; i < list->count; i++) {
        mem_free(list->paths[i]);
    }
    list->count = left;
    return worst;
}

static int finish(const struct import *m, int code)
{
    const size_t *n = m->counts;
    size_t bad =
        n[STORE_UNREADABLE] + n[STORE_UNKNOWN_ISSUER] + n[STORE_BAD_SIGNATURE] + n[STORE_UNUSABLE];
    if (!m->c->json && !m->c->quiet) {
        (void)printf("%zu stored, %zu held already, %zu older kept as evidence, %zu refused\n",
                     n[STORE_STORED], n[STORE_SAME], n[STORE_OLDER], bad);
    }
    return code ? code : bad ? EXIT_BAD : EXIT_GOOD;
}

int revocation_import(struct revocation *c)
{
    struct import m = {.c = c};
    struct path_list list = {0};
    int code = revocation_open(c);
    for (size_t i = 0; code == EXIT_GOOD && i < c->file_count; i++) {
        code = (int)input_list(c->files[i], &list);
    }
    if (code == EXIT_GOOD) {
        progress_start(&m.progress, list.count);
        code = import_round(&m, &list);
        if (code == EXIT_GOOD && list.count) {
            progress_start(&m.progress, list.count);
            code = import_round(&m, &list);
        }
        progress_clear(&m.progress);
        if (store_publish(c->store) != 0 && code == EXIT_GOOD) {
            complain("%s/revocation/current cannot be written", c->data);
            code = EXIT_IO;
        }
        code = finish(&m, code);
    }
    path_list_free(&list);
    return code;
}
