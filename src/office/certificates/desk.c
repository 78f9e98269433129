/*
 * desk - see desk.h: a thread for each list that is being signed.
 */
#include "office/certificates/desk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/mem.h"
#include "net/fetch_wire.h"
#include "office/certificates/request.h"
#include "office/intake/spawn.h"
#include "records/audit.h"
#include "records/requests.h"

enum {
    WAIT_MS = 15000, /* for the transaction of the request; then the PIN is forgotten */
    LATE_MS = 60000, /* and the row, if it comes until then, is ended */
    LOOK_MS = 20,
    AGAIN_MS = 250, /* the records could not be opened or written */
    SAID_MAX = 1 << 16,
    ARGUMENTS = 96,
    LOGIN = 64,
    ARENA_SIZE = 1 << 18
};

enum slot_state { SLOT_FREE, SLOT_BUSY, SLOT_OVER };

struct slot {
    struct desk *desk;
    enum slot_state state; /* under the lock */
    pthread_t thread;
    pid_t pid; /* of its program; 0 */
    bool has_pin;
    char ticket[DESK_TICKET], pin[DESK_PIN], login[LOGIN];
};

struct desk {
    const char *data;
    const struct office *office;
    pthread_mutex_t lock;
    bool stopping;
    struct slot slots[DESK_LISTS];
};

static void forget(struct slot *s)
{
    OPENSSL_cleanse(s->pin, sizeof s->pin);
    s->has_pin = false;
}

static bool stopping(struct desk *d)
{
    (void)pthread_mutex_lock(&d->lock);
    bool so = d->stopping;
    (void)pthread_mutex_unlock(&d->lock);
    return so;
}

static void pause_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    (void)nanosleep(&t, NULL);
}

/* ---- the program ----------------------------------------------------------------------------- */

struct command {
    struct arena *arena;
    const char *argv[ARGUMENTS];
    size_t count;
};

static void add(struct command *c, const char *word)
{
    if (c->count + 1 < ARGUMENTS) {
        c->argv[c->count++] = word;
    }
}

static void add_pair(struct command *c, const char *option, const char *value)
{
    add(c, option);
    add(c, value);
}

/* The key's name, with {login} as the officer's: letters, digits and . - _ @. */
static const char *key_of(struct arena *a, const char *pattern, const char *login)
{
    struct buffer b;
    buffer_init(&b, 4096);
    while (*pattern) {
        if (strncmp(pattern, "{login}", 7) == 0) {
            buffer_str(&b, login);
            pattern += 7;
        } else {
            buffer_char(&b, *pattern++);
        }
    }
    const char *whole = buffer_cstr(&b);
    const char *kept = whole ? arena_str(a, span_str(whole)) : NULL;
    buffer_free(&b);
    return kept;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n > m && strcmp(name + n - m, ending) == 0;
}

/* Certificates and lists for LT and LTA: as they are in the folder at this moment. */
static void add_evidence(struct command *c, const char *folder)
{
    DIR *d = *folder ? opendir(folder) : NULL;
    struct dirent *e;
    while (d && (e = readdir(d))) {
        bool crl = ends_with(e->d_name, ".crl");
        if (crl || ends_with(e->d_name, ".crt") || ends_with(e->d_name, ".cer")) {
            add_pair(c, crl ? "--crl" : "--cert",
                     arena_printf(c->arena, "%s/%s", folder, e->d_name));
        }
    }
    if (d) {
        (void)closedir(d);
    }
}

static bool make_command(struct slot *s, int64_t signing, struct command *c)
{
    const struct office *o = s->desk->office;
    add(c, "satyapan-issue");
    add_pair(c, "--signing", arena_printf(c->arena, "%lld", (long long)signing));
    add_pair(c, "--parent", arena_printf(c->arena, "%ld", (long)getpid()));
    add_pair(c, "--data", s->desk->data);
    add_pair(c, "--key", key_of(c->arena, o->issue_key, s->login));
    add_pair(c, "--pin-file", s->has_pin ? "/dev/stdin" : "/dev/null");
    add_pair(c, "--format", "json");
    if (*o->issue_tsa_url) {
        add_pair(c, "--tsa", o->issue_tsa_url);
    }
    if (*o->issue_level) {
        add_pair(c, "--level", o->issue_level);
    }
    add_evidence(c, o->issue_evidence);
    for (size_t i = 0; i < c->count; i++) {
        if (!c->argv[i]) {
            return false;
        }
    }
    return c->count + 1 < ARGUMENTS;
}

/* The PIN, into a pipe that nobody else has; a pipe holds it whole. */
static int pin_pipe(struct slot *s)
{
    int ends[2];
    size_t n = strlen(s->pin);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    bool good = write(ends[1], s->pin, n) == (ssize_t)n;
    (void)close(ends[1]);
    if (!good) {
        (void)close(ends[0]);
        return -1;
    }
    return ends[0];
}

/* Everything it says, to its end. */
static void listen_to(int fd, struct buffer *said)
{
    uint8_t piece[4096];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0 && said->n + (size_t)n < SAID_MAX) {
            buffer_add(said, span_make(piece, (size_t)n));
        }
    }
}

/* Starts it under the lock: who stops the desk sees its number. 0 or -1. */
static int start(struct slot *s, const char *program, const struct command *c, int output,
                 struct spawned *child)
{
    int input = s->has_pin ? pin_pipe(s) : -1;
    int rc = s->has_pin && input < 0 ? -1 : 0;
    forget(s);
    (void)pthread_mutex_lock(&s->desk->lock);
    rc = rc || s->desk->stopping ? -1 : spawn_program(program, c->argv, input, -1, output, child);
    s->pid = rc == 0 ? child->pid : 0;
    (void)pthread_mutex_unlock(&s->desk->lock);
    if (input >= 0) {
        (void)close(input);
    }
    return rc;
}

/* Its exit code; -1: it was ended, or could not be started. */
static int run(struct slot *s, int64_t signing, struct buffer *said)
{
    char path[FETCH_PROGRAM_MAX];
    int out[2], code = -1;
    struct spawned child;
    struct command c = {.arena = arena_new(ARENA_SIZE)};
    bool good = c.arena && fetch_find_program("satyapan-issue", path, sizeof path) &&
                make_command(s, signing, &c) && pipe2(out, O_CLOEXEC) == 0;
    if (good) {
        int rc = start(s, path, &c, out[1], &child);
        (void)close(out[1]);
        if (rc == 0) {
            listen_to(out[0], said);
            code = spawn_wait(&child);
            (void)pthread_mutex_lock(&s->desk->lock);
            s->pid = 0;
            (void)pthread_mutex_unlock(&s->desk->lock);
        }
        (void)close(out[0]);
    }
    arena_free(c.arena);
    return code;
}

/* ---- what came of it ------------------------------------------------------------------------- */

/* The last line it said: why it stopped. */
static void last_line(struct buffer *said, char *out, size_t size)
{
    size_t end = said->n, from;
    while (end && (said->p[end - 1] == '\n' || said->p[end - 1] == ' ')) {
        end--;
    }
    for (from = end; from && said->p[from - 1] != '\n'; from--) {
    }
    size_t n = end - from < size - 1 ? end - from : size - 1;
    if (n) {
        memcpy(out, said->p + from, n);
    }
    out[n] = 0;
}

/* The exit codes of satyapan-issue as words. */
static const char *word_of(int code, const char *detail)
{
    return code == 77
               ? strstr(detail, "lock") && !strstr(detail, "not right") ? "pin-locked" : "wrong-pin"
           : code == 69 ? "unavailable"
           : code == 65 ? "changed"
           : code == 1  ? "refused"
           : code < 0   ? "interrupted"
                        : "failed";
}

static int note(struct records *r, int64_t signing, const char *failure, int64_t now)
{
    char subject[48];
    json_t *row = NULL;
    int rc = signing_get(r, signing, &row);
    (void)snprintf(subject, sizeof subject, "signing:%lld", (long long)signing);
    json_t *detail = rc == 0
                         ? json_pack("{sO sO ss*}", "count", json_object_get(row, "count"),
                                     "issued", json_object_get(row, "issued"), "failure", failure)
                         : NULL;
    const struct audit_row line = {.at = now,
                                   .person = UTC_NONE,
                                   .actor = "satyapan",
                                   .action = "certificate.sign-end",
                                   .subject = subject,
                                   .application = UTC_NONE,
                                   .detail = detail};
    rc = detail && audit_append(r, &line) >= 0 ? 0 : RECORDS_FAILED;
    json_decref(detail);
    json_decref(row);
    return rc;
}

/* False: it could not be kept, and is to be tried again. */
static bool finish_once(struct records *r, int64_t signing, int code, const char *detail)
{
    int64_t now = (int64_t)time(NULL);
    const char *failure = code == 0 ? NULL : word_of(code, detail);
    if (records_begin(r) != 0) {
        return false;
    }
    int rc = signing_end(r, signing, code == 0 ? "done" : "stopped", failure,
                         *detail && code != 0 ? detail : NULL, now);
    bool over = rc == RECORDS_CONFLICT; /* somebody ended it */
    rc = rc ? rc : note(r, signing, failure, now);
    return (records_commit(r, rc == 0) == 0 && rc == 0) || over;
}

/* Until it is kept: nobody could sign, change or discard what is in a list that does not end. When
 * the server ends before, the next start does it. */
static void finish(struct slot *s, struct records *r, int64_t signing, int code, const char *detail)
{
    for (bool told = false; !finish_once(r, signing, code, detail); told = true) {
        if (!told) {
            (void)fprintf(stderr, "satyapan: how list %lld ended cannot be kept yet: %s\n",
                          (long long)signing, records_error(r));
        }
        if (stopping(s->desk)) {
            return;
        }
        pause_ms(AGAIN_MS);
    }
}

/* ---- its row --------------------------------------------------------------------------------- */

/* The row of the ticket; the records are opened if they are not. */
static int find_row(struct slot *s, struct records **r, int64_t *signing, bool tell)
{
    char why[RECORDS_WHY];
    if (!*r && records_open(s->desk->data, (int64_t)time(NULL), r, why) != 0) {
        if (tell) {
            (void)fprintf(stderr, "satyapan: a list cannot be signed yet: %s\n", why);
        }
        return RECORDS_FAILED;
    }
    return signing_by_ticket(*r, s->ticket, signing);
}

static int set_running(struct records *r, int64_t signing)
{
    if (records_begin(r) != 0) {
        return RECORDS_FAILED;
    }
    int rc = signing_begin(r, signing);
    return records_commit(r, rc == 0) != 0 ? RECORDS_FAILED : rc;
}

/* Tries for so long, and while the records fail. run: to have it as running. 0; RECORDS_NONE: it
 * never came; RECORDS_FAILED: the server ends, or, of run, the time is over. */
static int await_row(struct slot *s, struct records **r, int64_t *signing, int most, bool run)
{
    int rc = RECORDS_NONE;
    for (int waited = 0, n = 0; (waited < most || (!run && rc != RECORDS_NONE)); n++) {
        rc = stopping(s->desk) ? RECORDS_FAILED : find_row(s, r, signing, run && n == 0);
        rc = rc == 0 && run ? set_running(*r, *signing) : rc;
        if (rc == 0 || stopping(s->desk)) {
            return rc;
        }
        int ms = rc == RECORDS_NONE ? LOOK_MS : AGAIN_MS;
        pause_ms(ms);
        waited += ms;
    }
    return rc;
}

static void sign(struct slot *s)
{
    char detail[512] = "";
    struct records *r = NULL;
    struct buffer said;
    int64_t signing = UTC_NONE;
    if (await_row(s, &r, &signing, WAIT_MS, true) == 0) {
        buffer_init(&said, SAID_MAX);
        int code = run(s, signing, &said);
        if (code > 0) { /* one that was ended had nothing to say about it */
            last_line(&said, detail, sizeof detail);
            certify_clean(detail);
        }
        buffer_free(&said);
        finish(s, r, signing, code, detail);
    } else {
        forget(s); /* too late to sign with it */
        if (await_row(s, &r, &signing, LATE_MS - WAIT_MS, false) == 0) {
            finish(s, r, signing, -1, detail);
        }
    }
    records_close(r);
}

static void *loop(void *context)
{
    struct slot *s = context;
    sign(s);
    forget(s);
    (void)pthread_mutex_lock(&s->desk->lock);
    s->state = SLOT_OVER;
    (void)pthread_mutex_unlock(&s->desk->lock);
    return NULL;
}

/* ---- from outside ---------------------------------------------------------------------------- */

/* Under the lock. NULL: all are busy. */
static struct slot *free_slot(struct desk *d)
{
    for (size_t i = 0; i < DESK_LISTS; i++) {
        struct slot *s = &d->slots[i];
        if (s->state == SLOT_OVER) {
            (void)pthread_join(s->thread, NULL); /* it has nothing more to do */
            s->state = SLOT_FREE;
        }
        if (s->state == SLOT_FREE) {
            return s;
        }
    }
    return NULL;
}

static int fill(struct slot *s, const char *pin, const char *login)
{
    uint8_t random[DESK_TICKET / 2];
    if (RAND_bytes(random, sizeof random) != 1) {
        return -1;
    }
    (void)hash_hex(span_make(random, sizeof random), false, s->ticket);
    s->has_pin = pin && *pin;
    (void)snprintf(s->pin, sizeof s->pin, "%s", pin ? pin : "");
    (void)snprintf(s->login, sizeof s->login, "%s", login);
    s->pid = 0;
    return 0;
}

int desk_take(struct desk *d, const char *pin, const char *login, char ticket[DESK_TICKET])
{
    int rc = 1;
    (void)pthread_mutex_lock(&d->lock);
    struct slot *s = d->stopping ? NULL : free_slot(d);
    if (s) {
        rc = fill(s, pin, login) == 0 && pthread_create(&s->thread, NULL, loop, s) == 0 ? 0 : -1;
        s->state = rc == 0 ? SLOT_BUSY : SLOT_FREE;
        memcpy(ticket, s->ticket, DESK_TICKET);
        if (rc != 0) {
            forget(s);
        }
    }
    (void)pthread_mutex_unlock(&d->lock);
    return rc;
}

/* What a server before this one left. */
static int tidy(const char *data, char *why)
{
    struct records *r;
    int64_t now = (int64_t)time(NULL);
    if (records_open(data, now, &r, why) != 0) {
        return -1;
    }
    int rc = records_begin(r);
    rc = rc ? rc : signing_interrupted(r, now);
    if (records_commit(r, rc == 0) != 0 || rc != 0) {
        (void)snprintf(why, RECORDS_WHY, "%s", records_error(r));
        rc = -1;
    }
    records_close(r);
    return rc;
}

struct desk *desk_start(const char *data, const struct office *office, char *why)
{
    struct desk *d = mem_zalloc(sizeof *d);
    if (!d || tidy(data, why) != 0) {
        mem_free(d);
        return NULL;
    }
    d->data = data;
    d->office = office;
    (void)pthread_mutex_init(&d->lock, NULL);
    (void)mlock(d->slots, sizeof d->slots); /* where the limits allow it */
    for (size_t i = 0; i < DESK_LISTS; i++) {
        d->slots[i].desk = d;
    }
    return d;
}

void desk_stop(struct desk *d)
{
    if (!d) {
        return;
    }
    (void)pthread_mutex_lock(&d->lock);
    d->stopping = true;
    for (size_t i = 0; i < DESK_LISTS; i++) {
        if (d->slots[i].pid > 0) {
            (void)kill(d->slots[i].pid, SIGKILL);
        }
    }
    (void)pthread_mutex_unlock(&d->lock);
    for (size_t i = 0; i < DESK_LISTS; i++) {
        if (d->slots[i].state != SLOT_FREE) {
            (void)pthread_join(d->slots[i].thread, NULL);
        }
    }
    (void)munlock(d->slots, sizeof d->slots);
    OPENSSL_cleanse(d->slots, sizeof d->slots);
    (void)pthread_mutex_destroy(&d->lock);
    mem_free(d);
}

int desk_preview(const char *data, const char *what, int64_t row, int *code)
{
    char path[FETCH_PROGRAM_MAX], id[24], parent[24];
    struct spawned child;
    *code = -1;
    (void)snprintf(id, sizeof id, "%lld", (long long)row);
    (void)snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *const arguments[] = {"satyapan-issue", what,     id,   "--parent",
                                     parent,           "--data", data, NULL};
    int fd = memfd_create("preview", MFD_CLOEXEC);
    if (fd >= 0 && fetch_find_program("satyapan-issue", path, sizeof path) &&
        spawn_program(path, arguments, -1, -1, fd, &child) == 0) {
        *code = spawn_wait(&child);
    }
    if (*code != 0 && fd >= 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}
