/*
 * signing - what the server runs for an officer: the list that was confirmed (--signing), or a
 * request as it would look (--preview).
 *
 * The list comes from the records, not from a file: the requests as they were prepared, by whom,
 * and the SHA-256 that the signing officer confirmed. A list that is another one by now is not
 * signed, and nobody signs what he prepared himself, whatever the caller has checked.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <sys/prctl.h>

#include "base/mem.h"
#include "cli/issue/command.h"
#include "db/files.h"
#include "records/requests.h"

static enum exit_code failed(const struct issuing *c)
{
    complain("issue: %s", records_error(c->r));
    return EXIT_INTERNAL;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

/* The server that took the officer's PIN is gone: so is this. */
int signing_with(long parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || (long)getppid() != parent) {
        complain("issue: the server ended");
        return -1;
    }
    return 0;
}

/* ---- the list -------------------------------------------------------------------------------- */

static enum exit_code take_row(struct issue_list *list, const json_t *row, const json_t *signing,
                               struct buffer *lines)
{
    const char *text = text_of(row, "request");
    int64_t prepared = json_integer_value(json_object_get(row, "person"));
    int64_t person = json_integer_value(json_object_get(signing, "person"));
    json_t *request = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!request) {
        return EXIT_INTERNAL;
    }
    list->items[list->count] = (struct issue_item){.line = list->count + 1,
                                                   .request = request,
                                                   .prepared_by = UTC_NONE,
                                                   .approved_by = UTC_NONE,
                                                   .signed_by = person,
                                                   .login = text_of(signing, "login")};
    list->count++;
    buffer_str(lines, text);
    buffer_char(lines, '\n');
    if (prepared == person) {
        complain("issue: %s: who prepared a certificate does not sign it",
                 text_of(row, "registration"));
        return EXIT_PERMISSION;
    }
    return EXIT_GOOD;
}

static enum exit_code check_hash(const struct buffer *lines, const json_t *signing,
                                 struct issue_list *out)
{
    uint8_t hash[SHA256_SIZE];
    if (!buffer_ok(lines) || hash_sha256(buffer_span(lines), hash) != 0) {
        return EXIT_INTERNAL;
    }
    (void)hash_hex(span_make(hash, sizeof hash), false, out->sha256);
    if (strcmp(out->sha256, text_of(signing, "sha256")) != 0) {
        complain("issue: the list is another one than was confirmed");
        return EXIT_DATA;
    }
    return EXIT_GOOD;
}

static enum exit_code take_rows(const json_t *rows, const json_t *signing, struct issue_list *out)
{
    struct buffer lines;
    enum exit_code code = EXIT_GOOD;
    size_t count = json_array_size(rows);
    out->items = mem_alloc((count + 1) * sizeof *out->items);
    buffer_init(&lines, SIZE_MAX);
    for (size_t i = 0; out->items && i < count && code == EXIT_GOOD; i++) {
        code = take_row(out, json_array_get(rows, i), signing, &lines);
    }
    code = code != EXIT_GOOD ? code : out->items ? check_hash(&lines, signing, out) : EXIT_INTERNAL;
    buffer_free(&lines);
    return code;
}

enum exit_code signing_find(struct issuing *c, int64_t id, json_t **signing)
{
    int rc = signing_get(c->r, id, signing);
    if (rc == 0 && strcmp(text_of(*signing, "state"), "running") != 0) {
        complain("issue: this list is not being signed");
        return EXIT_DATA;
    }
    return rc ? failed(c) : EXIT_GOOD;
}

enum exit_code signing_list_read(struct issuing *c, int64_t id, const json_t *signing,
                                 struct issue_list *out)
{
    json_t *rows = NULL;
    *out = (struct issue_list){.items = NULL};
    int rc = signing_requests(c->r, id, &rows);
    enum exit_code code = rc ? failed(c) : take_rows(rows, signing, out);
    json_decref(rows);
    return code;
}

/* ---- a draft --------------------------------------------------------------------------------- */

enum exit_code signing_draw(struct issuing *c, struct issue_item *item)
{
    struct buffer pdf;
    buffer_init(&pdf, (size_t)64 << 20);
    enum issue_end end = make_draft(c, item, &pdf);
    bool good =
        end == ISSUE_DRY && buffer_ok(&pdf) && files_write(STDOUT_FILENO, buffer_span(&pdf)) == 0;
    if (!good) {
        complain("issue: %s", item->why[0] ? item->why : "it cannot be drawn");
    }
    buffer_free(&pdf);
    return good ? EXIT_GOOD : end == ISSUE_REFUSED ? EXIT_BAD : EXIT_INTERNAL;
}

static enum exit_code draw(struct issuing *c, struct issue_item *item)
{
    enum issue_end end = request_read(c, item);
    if (end != ISSUE_ISSUED) {
        complain("issue: %s", end == ISSUE_UNCHANGED ? "it is issued" : item->why);
        return end == ISSUE_BROKEN ? EXIT_INTERNAL : EXIT_BAD;
    }
    return signing_draw(c, item);
}

enum exit_code signing_preview(struct issuing *c, int64_t request)
{
    json_t *row = NULL;
    struct issue_item item = {.signed_by = UTC_NONE};
    c->dry = true;
    if (request_get(c->r, request, &row) != 0) {
        complain("issue: there is no such request");
        return EXIT_NO_INPUT;
    }
    item.request = json_loads(text_of(row, "request"), JSON_REJECT_DUPLICATES, NULL);
    enum exit_code code = item.request ? draw(c, &item) : EXIT_INTERNAL;
    issue_item_free(&item);
    json_decref(row);
    return code;
}
