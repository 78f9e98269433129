/*
 * status - how old the data of each CA is: a table, or one JSON object a line.
 */
#include "base/json.h"
#include "base/utc.h"
#include "cli/revocation/command.h"
#include "store/current/current.h"

static const struct {
    const char *word;
    int badness; /* colours of words.c */
} states[STORE_STATES] = {[STORE_STATE_GOOD] = {"good", 0},
                          [STORE_STATE_FAILING] = {"failing", 1},
                          [STORE_STATE_STALE] = {"stale", 2},
                          [STORE_STATE_MISSING] = {"missing", 1},
                          [STORE_STATE_ON_DEMAND] = {"on demand", 3}};

static const char *name_of(const struct store_source *s)
{
    return s->ca ? s->ca : s->issuer[0] ? s->issuer : "-";
}

static void put_date(struct json *j, const char *key, int64_t t)
{
    char text[UTC_TEXT];
    json_put_text(j, key, t == UTC_NONE || t <= 0 ? NULL : utc_rfc3339(t, text));
}

static int print_json(const struct revocation *c, const struct store_source *s)
{
    struct buffer b;
    struct json j = {.out = &b};
    buffer_init(&b, 1 << 20);
    json_open(&j, '{');
    json_put_text(&j, "ca", name_of(s));
    json_put_text(&j, "kind", store_kind_name(s->kind));
    json_put_text(&j, "state", states[current_state(s, c->now)].word);
    json_put_text(&j, "url", s->url);
    json_put_text(&j, "origin", s->origin);
    json_put_text(&j, "issuer", s->held ? s->issuer : NULL);
    put_date(&j, "issued", s->held ? s->this_update : UTC_NONE);
    put_date(&j, "valid_until", s->held ? s->next_update : UTC_NONE);
    json_key(&j, "age_seconds");
    if (s->held) {
        json_number(&j, c->now - s->this_update);
    } else {
        json_none(&j);
    }
    json_put_number(&j, "entries", (int64_t)s->entries);
    json_put_number(&j, "bytes", (int64_t)s->size);
    json_put_text(&j, "sha256", s->held ? s->sha256 : NULL);
    put_date(&j, "fetched_at", s->fetched_at);
    put_date(&j, "next_try", s->next_try);
    json_put_number(&j, "failures", s->failures);
    json_put_text(&j, "error", s->error);
    json_close(&j, '}');
    const char *line = buffer_cstr(&b);
    int rc = line ? puts(line) : -1;
    buffer_free(&b);
    return rc < 0 ? -1 : 0;
}

static void print_row(const struct revocation *c, const struct store_source *s)
{
    char issued[WORD_SIZE], until[WORD_SIZE], age[WORD_SIZE], count[WORD_SIZE], next[WORD_SIZE];
    enum store_state state = current_state(s, c->now);
    bool list = s->kind == STORE_CRL && s->held;
    (void)printf("%-24.24s %-11s %-16s  %-16s %7s %11s  %s%-9s%s %-16s  %s",
                 word_safe(c->a, name_of(s)), store_kind_name(s->kind),
                 word_date(s->held ? s->this_update : UTC_NONE, issued),
                 word_date(s->held ? s->next_update : UTC_NONE, until),
                 s->held ? word_age(c->now - s->this_update, age) : "-",
                 list ? word_count(s->entries, count) : "-", word_colour(c, states[state].badness),
                 states[state].word, word_plain(c), word_date(s->next_try, next),
                 word_safe(c->a, s->url ? s->url : "(imported)"));
    if (s->error) {
        (void)printf("\n    %slast error:%s %s", word_colour(c, 1), word_plain(c),
                     word_safe(c->a, s->error));
    }
    (void)putchar('\n');
}

static void print_head(void)
{
    (void)printf("%-24s %-11s %-16s  %-16s %7s %11s  %-9s %-16s  %s\n", "CA", "KIND",
                 "ISSUED (UTC)", "VALID UNTIL", "AGE", "ENTRIES", "STATE", "NEXT TRY", "SOURCE");
}

int revocation_status(struct revocation *c)
{
    char error[STORE_ERROR];
    struct current *held;
    size_t n, counts[STORE_STATES] = {0}, lists = 0;
    if (current_load(c->data, &held, error) != 0) {
        complain("%s", error);
        return EXIT_INTERNAL;
    }
    const struct store_source *rows = current_sources(held, &n);
    if (!c->json && n) {
        print_head();
    }
    for (size_t i = 0; i < n; i++) {
        enum store_state state = current_state(&rows[i], c->now);
        if (rows[i].kind == STORE_CRL) {
            counts[state]++;
            lists++;
        }
        if (!c->json) {
            print_row(c, &rows[i]);
        } else if (print_json(c, &rows[i]) < 0) {
            current_free(held);
            return EXIT_IO;
        }
    }
    if (!c->json && n) {
        (void)printf("%zu lists: %zu good, %zu failing, %zu stale, %zu missing\n", lists,
                     counts[STORE_STATE_GOOD], counts[STORE_STATE_FAILING],
                     counts[STORE_STATE_STALE], counts[STORE_STATE_MISSING]);
    } else if (!n) {
        complain("nothing is held in %s yet; run satyapan revocation refresh", c->data);
    }
    current_free(held);
    return lists && counts[STORE_STATE_GOOD] == lists ? EXIT_GOOD : EXIT_UNSURE;
}
