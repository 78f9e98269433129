/*
 * poll - the command "poll": takes mails, has each judged in a sandboxed child, prints rows.
 *
 * The process that reads the mailbox has ended before the first mail is looked at. A child that
 * wants DKIM keys gets them looked up here and is asked again. What a child says about its own mail
 * is taken; hashes, names of files and whether a mail came before are found out here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/finding.h"
#include "db/files.h"
#include "foreign/mail/address.h"
#include "foreign/mail/commands.h"
#include "foreign/mail/issuer.h"
#include "foreign/mail/judge.h"
#include "foreign/mail/lookup.h"
#include "foreign/mail/source.h"
#include "sandbox/sandbox.h"

enum {
    KEYS_MAX = 64,
    DEFAULT_LIMIT = 100,
    WHY_MAX = 200,
    TRUST_MAX = 4 * 1024 * 1024,
    SEEN_MAX = SOURCE_LIMIT_MAX
};
#define CHILD_ARENA ((size_t)320 * 1024 * 1024)
#define CHILD_REPLY ((size_t)64 * 1024 * 1024)

struct polling {
    struct arena *a;
    const json_t *request;
    struct mail_question q;
    struct mail_key keys[KEYS_MAX];
    struct sp_evidence trust;
    const char *dir;
    int folder;
    const char *seen[SEEN_MAX]; /* of this run */
    size_t seen_count;
};

static int complain(int code, const char *what, const char *more)
{
    (void)fprintf(stderr, "satyapan-mail: %s%s\n", what, more);
    return code;
}

/* ---- the request ---- */

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int take_known(struct polling *p)
{
    const json_t *given = json_object_get(p->request, "known");
    size_t n = json_array_size(given);
    struct mail_known *known = arena_array(p->a, n ? n : 1, sizeof *known);
    if (!known) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(given, i);
        known[i] = (struct mail_known){text_of(one, "token_sha256"), text_of(one, "case"),
                                       text_of(one, "issuer"), text_of(one, "claimed"),
                                       json_is_true(json_object_get(one, "earlier"))};
        if (!known[i].token_sha256 || !known[i].case_id || !known[i].claimed) {
            return 1;
        }
    }
    p->q.known = known;
    p->q.known_count = n;
    return 0;
}

/* A domain as a text, or as {"domain", "subdomains"} (trust/issuers/README.md). */
static int take_domains(struct polling *p, const json_t *given, struct mail_profile *out)
{
    const json_t *list = json_object_get(given, "mail_domains");
    size_t n = json_array_size(list), to = 0;
    const char **domains = arena_array(p->a, n ? n : 1, sizeof *domains);
    bool *below = arena_array(p->a, n ? n : 1, sizeof *below);
    for (size_t i = 0; domains && below && i < n; i++) {
        const json_t *one = json_array_get(list, i);
        const char *text = json_is_string(one) ? json_string_value(one) : text_of(one, "domain");
        char plain[MAIL_DOMAIN];
        if (text && mail_domain_parse(span_str(text), plain)) {
            below[to] = json_is_true(json_object_get(one, "subdomains"));
            domains[to++] = arena_str(p->a, span_str(plain));
        }
    }
    out->domains = domains;
    out->below = below;
    out->domain_count = to;
    return domains && below ? 0 : -1;
}

static int take_profiles(struct polling *p)
{
    const json_t *given = json_object_get(p->request, "profiles");
    size_t n = json_array_size(given);
    struct mail_profile *profiles = arena_array(p->a, n ? n : 1, sizeof *profiles);
    if (!profiles) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(given, i);
        profiles[i].id = text_of(one, "id");
        if (take_domains(p, one, &profiles[i]) != 0 ||
            mail_issuer_names(p->a, one, &profiles[i].names, &profiles[i].name_count) != 0) {
            return -1;
        }
        if (!profiles[i].id) {
            return 1;
        }
    }
    p->q.profiles = profiles;
    p->q.profile_count = n;
    return 0;
}

static int take_trust(struct polling *p)
{
    const json_t *smime = json_object_get(p->request, "smime");
    const json_t *files = json_object_get(smime, "trust"), *pins = json_object_get(smime, "pins");
    size_t n = json_array_size(pins);
    struct mail_pin *list = arena_array(p->a, n ? n : 1, sizeof *list);
    for (size_t i = 0; list && i < n; i++) {
        const json_t *one = json_array_get(pins, i);
        list[i] = (struct mail_pin){text_of(one, "issuer"), text_of(one, "sha256")};
        if (!list[i].issuer || !list[i].sha256) {
            return 1;
        }
    }
    for (size_t i = 0; i < json_array_size(files); i++) {
        const char *path = json_string_value(json_array_get(files, i));
        struct span bytes; /* kept until the end */
        if (!path || files_map(AT_FDCWD, path, TRUST_MAX, &bytes) != 0) {
            return 1;
        }
        if (sp_evidence_add(&p->trust, SP_EVIDENCE_ANCHOR, bytes.p, bytes.n, "trust") != 0) {
            return -1;
        }
    }
    p->q.smime = (struct mail_smime_trust){&p->trust, list, n};
    return list ? 0 : -1;
}

static bool accepts(const struct polling *p, const char *word, bool otherwise)
{
    const json_t *given = json_object_get(p->request, "accept");
    for (size_t i = 0; i < json_array_size(given); i++) {
        const char *one = json_string_value(json_array_get(given, i));
        if (one && strcmp(one, word) == 0) {
            return true;
        }
    }
    return given ? false : otherwise;
}

/* 0, 1: the member *wrong is wrong, -1: memory. */
static int take_request(struct polling *p, const char **wrong)
{
    const json_t *now = json_object_get(p->request, "now");
    const char *id = text_of(p->request, "authserv_id");
    p->dir = text_of(p->request, "dir");
    p->q.authserv_id = id && *id ? id : NULL;
    p->q.accept_dkim = accepts(p, "dkim", true);
    p->q.accept_smime = accepts(p, "smime", true);
    p->q.accept_dmarc = accepts(p, "dmarc", false);
    p->q.now = json_is_integer(now) ? json_integer_value(now) : (int64_t)time(NULL);
    p->q.keys.items = p->keys;
    *wrong = "known";
    int rc = take_known(p);
    if (rc == 0) {
        *wrong = "profiles";
        rc = take_profiles(p);
    }
    if (rc == 0) {
        *wrong = "smime";
        rc = take_trust(p);
    }
    if (rc == 0 && (!p->dir || files_folder(p->dir) != 0)) {
        *wrong = "dir";
        rc = 1;
    }
    return rc;
}

/* ---- one mail ---- */

struct child_job {
    const struct mail_question *q;
    struct span raw;
};

static int in_child(void *context, struct buffer *out)
{
    const struct child_job *job = context;
    struct arena *a = arena_new(CHILD_ARENA);
    /* Not freed: the process ends. */
    return a && mail_judge(a, job->q, job->raw, out) == 0 ? 0 : 1;
}

/* NULL with why: the child could not answer. *blobs: what stands behind the line. */
static json_t *ask_child(const struct polling *p, struct span raw, struct buffer *answer,
                         struct span *blobs, char why[WHY_MAX])
{
    struct child_job job = {&p->q, raw};
    answer->n = 0;
    why[0] = 0;
    int code = sandbox_task(in_child, &job, answer, why, WHY_MAX);
    size_t end = span_find(buffer_span(answer), SPAN_LIT("\n"), 0);
    if (code != 0 || end == SIZE_MAX) {
        (void)snprintf(why, why[0] ? 0 : WHY_MAX, "memory was out");
        return NULL;
    }
    *blobs = span_sub(buffer_span(answer), end + 1, answer->n);
    json_t *row = json_loadb((const char *)answer->p, end, 0, NULL);
    if (!json_is_object(row)) {
        (void)snprintf(why, WHY_MAX, "its answer cannot be read");
        json_decref(row);
        return NULL;
    }
    return row;
}

/* Letters a name of a key is made of; a child might say anything. */
static bool may_look_up(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++) {
        bool word = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
                    (name[i] >= '0' && name[i] <= '9') || strchr("-_.", name[i]);
        if (!word) {
            return false;
        }
    }
    return n > 0 && n < 254 && strstr(name, "._domainkey.") != NULL;
}

/* True when a key came to those at hand. */
static bool look_up(struct polling *p, const json_t *row)
{
    const json_t *wants = json_object_get(row, "wants");
    size_t before = p->q.keys.count;
    for (size_t i = 0; i < json_array_size(wants); i++) {
        const char *name = json_string_value(json_array_get(wants, i));
        if (!name || !may_look_up(name) || p->q.keys.count == KEYS_MAX) {
            continue;
        }
        const char *own = arena_str(p->a, span_str(name));
        if (own && mail_lookup(p->a, own, &p->keys[p->q.keys.count]) == 0) {
            p->q.keys.count++;
        }
    }
    return p->q.keys.count > before;
}

static int keep_blob(const struct polling *p, struct span bytes, char hex[SHA256_HEX])
{
    uint8_t digest[SHA256_SIZE];
    if (hash_sha256(bytes, digest) != 0) {
        return -1;
    }
    (void)hash_hex(span_make(digest, sizeof digest), false, hex);
    return files_put(p->folder, hex, bytes);
}

static int set_path(const struct polling *p, json_t *to, const char *key, const char *hex)
{
    char *path = arena_printf(p->a, "%s/%s", p->dir, hex);
    return path ? json_object_set_new(to, key, json_string(path)) : -1;
}

static int keep_attachments(const struct polling *p, json_t *row, struct span blobs)
{
    json_t *list = json_object_get(row, "attachments");
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        char hex[SHA256_HEX];
        json_int_t size = json_integer_value(json_object_get(one, "size"));
        size_t n = size < 0 || (size_t)size > blobs.n ? blobs.n : (size_t)size;
        if (keep_blob(p, span_sub(blobs, 0, n), hex) != 0 ||
            json_object_set_new(one, "sha256", json_string(hex)) != 0 ||
            set_path(p, one, "path", hex) != 0) {
            return -1;
        }
        blobs = span_sub(blobs, n, blobs.n);
    }
    return 0;
}

static json_t *reason(struct arena *a, const struct mail_said *said)
{
    char *en = mail_sentence_text(a, said, false), *hi = mail_sentence_text(a, said, true);
    const struct mail_row *r = mail_row(said->sentence);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "code", r->code, "level", r->level,
                     "cite", r->cite, "text", en ? en : "", "text_hi", hi ? hi : "", "hint",
                     r->hint, "hint_hi", r->hint_hi);
}

/* A mail nobody could look into: an officer has to. */
static json_t *row_without(const struct polling *p, const struct mail_said *said)
{
    return json_pack("{s:s, s:n, s:n, s:s, s:b, s:[o], s:[]}", "class", "reply", "case",
                     "fingerprint", "result", "unclear", "retry", false, "reasons",
                     reason(p->a, said), "attachments");
}

static bool came_before(struct polling *p, const char *fingerprint)
{
    const json_t *given = json_object_get(p->request, "seen");
    for (size_t i = 0; i < json_array_size(given); i++) {
        const char *one = json_string_value(json_array_get(given, i));
        if (one && strcmp(one, fingerprint) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < p->seen_count; i++) {
        if (strcmp(p->seen[i], fingerprint) == 0) {
            return true;
        }
    }
    if (p->seen_count < SEEN_MAX) {
        const char *own = arena_str(p->a, span_str(fingerprint));
        p->seen[p->seen_count] = own;
        p->seen_count += own != NULL;
    }
    return false;
}

/* Counted once: what comes again decides nothing. */
static int mark_duplicate(struct polling *p, json_t *row)
{
    static const struct mail_said said = {MAIL_DUPLICATE, {NULL, NULL}};
    const char *fingerprint = text_of(row, "fingerprint");
    const char *class = text_of(row, "class");
    if (!fingerprint || !class || strcmp(class, "reply") != 0 || !came_before(p, fingerprint)) {
        return 0;
    }
    return json_object_set_new(row, "class", json_string("duplicate")) ||
                   json_object_set_new(row, "result", json_string("unclear")) ||
                   json_array_append_new(json_object_get(row, "reasons"), reason(p->a, &said))
               ? -1
               : 0;
}

static json_t *judge_file(struct polling *p, const struct source_mail *m, struct buffer *answer)
{
    struct span raw, blobs = SPAN_NONE;
    char why[WHY_MAX];
    if (files_map(p->folder, m->sha256, MAIL_SIZE_MAX, &raw) != 0) {
        return NULL;
    }
    json_t *row = ask_child(p, raw, answer, &blobs, why);
    if (row && look_up(p, row)) {
        json_decref(row);
        row = ask_child(p, raw, answer, &blobs, why);
    }
    files_unmap(raw);
    if (!row) {
        char *text = finding_clean_text(p->a, span_str(why));
        const struct mail_said said = {MAIL_UNREADABLE, {text, NULL}};
        return row_without(p, &said);
    }
    if (keep_attachments(p, row, blobs) != 0 || mark_duplicate(p, row) != 0) {
        json_decref(row);
        return NULL;
    }
    return row;
}

static int finish_row(const struct polling *p, const struct source_mail *m, json_t *row)
{
    bool kept = m->sha256[0] != 0;
    (void)json_object_del(row, "wants");
    if (json_object_set_new(row, "uid", m->uid ? json_integer(m->uid) : json_null()) ||
        json_object_set_new(row, "name", m->name ? json_string(m->name) : json_null()) ||
        json_object_set_new(row, "size", json_integer((json_int_t)m->size)) ||
        json_object_set_new(row, "raw_sha256", kept ? json_string(m->sha256) : json_null()) ||
        (kept && set_path(p, row, "raw_path", m->sha256) != 0)) {
        return -1;
    }
    return json_dumpf(row, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF && fflush(stdout) == 0
               ? 0
               : -1;
}

/* ---- all of them ---- */

static int print_end(const struct polling *p, const struct source *s)
{
    json_t *end = json_pack(
        "{s:{s:I, s:I}, s:I, s:o, s:o}", "state", "uidvalidity", (json_int_t)s->uidvalidity, "uid",
        (json_int_t)s->uid, "left", (json_int_t)s->left, "failed",
        s->failed ? json_string(mail_sentence_text(p->a, &s->said, false)) : json_null(), "reason",
        s->failed ? reason(p->a, &s->said) : json_null());
    int rc = end && json_dumpf(end, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF ? 0 : -1;
    json_decref(end);
    return rc;
}

static int judge_all(struct polling *p, struct source *s)
{
    struct buffer answer;
    int rc = 0;
    buffer_init(&answer, CHILD_REPLY);
    for (size_t i = 0; i < s->count && rc == 0; i++) {
        const struct source_mail *m = &s->mails[i];
        const struct mail_said large = {MAIL_TOO_LARGE, {MAIL_SIZE_MAX_TEXT, NULL}};
        json_t *row = m->sha256[0] ? judge_file(p, m, &answer) : row_without(p, &large);
        rc = row ? finish_row(p, m, row) : -1;
        json_decref(row);
        if (rc == 0) {
            source_done(s, m);
            s->uid = m->uid > s->uid ? m->uid : s->uid;
        }
    }
    buffer_free(&answer);
    return rc;
}

int mail_poll(struct arena *a, const json_t *request)
{
    struct polling *p = arena_alloc(a, sizeof *p);
    const json_t *limit = json_object_get(request, "limit");
    json_int_t most = json_is_integer(limit) ? json_integer_value(limit) : DEFAULT_LIMIT;
    const char *wrong = "limit";
    struct source source;
    if (!p) {
        return MAIL_EXIT_INTERNAL;
    }
    p->a = a;
    p->request = request;
    int rc = most < 1 || most > SOURCE_LIMIT_MAX ? 1 : take_request(p, &wrong);
    p->folder = rc == 0 ? open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (rc == 0 && p->folder < 0) {
        return complain(MAIL_EXIT_INTERNAL, "cannot be opened: ", p->dir);
    }
    rc = rc ? rc : source_take(a, request, p->folder, (size_t)most, &source, &wrong);
    if (rc == 1) {
        return complain(MAIL_EXIT_USAGE, "wrong in the request: ", wrong);
    }
    if (rc < 0) {
        return complain(MAIL_EXIT_INTERNAL, "mails could not be taken", "");
    }
    if (source.count && (sandbox_warm() != 0 || mail_judge_warm() != 0)) {
        return complain(MAIL_EXIT_INTERNAL, "a library cannot be started", "");
    }
    rc = judge_all(p, &source);
    rc = rc ? rc : print_end(p, &source);
    sp_evidence_clear(&p->trust);
    if (source.maildir >= 0) {
        (void)close(source.maildir);
    }
    (void)close(p->folder);
    return rc ? complain(MAIL_EXIT_INTERNAL, "an answer could not be kept or written", "") : 0;
}
