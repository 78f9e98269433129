/*
 * keys - see keys.h: the program's end; the key is in satyapan-keyd (keyd/).
 */
#include "keys/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "keys/wire.h"
#include "net/fetch_wire.h"

/* Tokens are slow, and people at a PIN pad slower. */
enum { OPEN_MS = 180000, SIGN_MS = 120000 };

extern char **environ;

struct signer {
    pid_t pid;
    int socket;
    struct keys_wire_ready ready;
    struct keys_wire_ask ask;
    struct keys_wire_answer answer;
    enum keys_result last;
};

static enum keys_result fail(char *why, enum keys_result r, const char *text)
{
    (void)snprintf(why, KEYS_WHY, "%s", text);
    return r;
}

/* ---- the process ----------------------------------------------------------------------------- */

/* With the environment: modules take their configuration from it (SOFTHSM2_CONF). */
static int spawn(const char *program, int socket, pid_t *pid)
{
    char name[] = "satyapan-keyd";
    char *const argv[] = {name, NULL};
    posix_spawn_file_actions_t files;
    if (posix_spawn_file_actions_init(&files) != 0) {
        return -1;
    }
    int e = posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
    e = e ? e : posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    e = e ? e : posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    e = e ? e : posix_spawn(pid, program, &files, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    errno = e;
    return e ? -1 : 0;
}

static int start(struct signer *s)
{
    char path[FETCH_PROGRAM_MAX];
    int pair[2];
    if (!fetch_find_program("satyapan-keyd", path, sizeof path) ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    int rc = spawn(path, pair[1], &s->pid);
    (void)close(pair[1]);
    if (rc != 0) {
        (void)close(pair[0]);
        return -1;
    }
    s->socket = pair[0];
    return 0;
}

/* One whole message of that size. */
static bool receive(int socket, void *out, size_t size, int ms)
{
    struct pollfd p = {.fd = socket, .events = POLLIN};
    int fd = -1, ready;
    while ((ready = poll(&p, 1, ms)) < 0 && errno == EINTR) {
    }
    ssize_t n = ready == 1 ? fetch_wire_receive(socket, out, size, &fd) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    return n == (ssize_t)size;
}

static bool good_ready(const struct keys_wire_ready *r)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < r->count && i < KEYS_CHAIN_MAX; i++) {
        sum += r->sizes[i];
    }
    return r->magic == KEYS_WIRE_MAGIC && r->count <= KEYS_CHAIN_MAX && sum <= sizeof r->certs &&
           r->result <= KEYS_FAILED && r->algorithm <= KEYS_ED25519 &&
           memchr(r->why, 0, sizeof r->why) && memchr(r->token, 0, sizeof r->token);
}

static enum keys_result introduce(struct signer *s, const struct signer_options *o, char *why)
{
    struct keys_wire_open open = {
        .magic = KEYS_WIRE_MAGIC, .has_pin = o->pin >= 0, .prompt = o->prompt};
    (void)snprintf(open.uri, sizeof open.uri, "%s", o->uri);
    if (fetch_wire_send(s->socket, &open, sizeof open, o->pin) != 0 ||
        !receive(s->socket, &s->ready, sizeof s->ready, OPEN_MS) || !good_ready(&s->ready)) {
        return fail(why, KEYS_GONE, "the process that holds the key ended or did not answer");
    }
    return s->ready.result ? fail(why, (enum keys_result)s->ready.result, s->ready.why) : KEYS_OK;
}

enum keys_result signer_open(const struct signer_options *o, struct signer **out, char *why)
{
    struct signer *s = mem_zalloc(sizeof *s);
    *out = NULL;
    if (!s) {
        return fail(why, KEYS_FAILED, "memory ran out");
    }
    s->socket = -1;
    if (strlen(o->uri) >= KEYS_URI) {
        mem_free(s);
        return fail(why, KEYS_NOT_FOUND, "the key's name is too long");
    }
    enum keys_result r =
        start(s) != 0
            ? fail(why, KEYS_FAILED, "the program satyapan-keyd cannot be started; reinstall")
            : introduce(s, o, why);
    if (r) {
        signer_close(s);
        return r;
    }
    *out = s;
    return KEYS_OK;
}

void signer_close(struct signer *s)
{
    if (!s) {
        return;
    }
    if (s->socket >= 0) {
        (void)close(s->socket); /* ends it */
    }
    while (s->pid > 0 && waitpid(s->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    mem_free(s);
}

/* ---- what it says ---------------------------------------------------------------------------- */

size_t signer_chain(const struct signer *s, struct span out[KEYS_CHAIN_MAX])
{
    size_t at = 0;
    for (uint32_t i = 0; i < s->ready.count; i++) {
        out[i] = span_make(s->ready.certs + at, s->ready.sizes[i]);
        at += s->ready.sizes[i];
    }
    return s->ready.count;
}

enum keys_algorithm signer_algorithm(const struct signer *s)
{
    return (enum keys_algorithm)s->ready.algorithm;
}

const char *signer_token(const struct signer *s)
{
    return s->ready.token;
}

static enum keys_result sign(struct signer *s, struct span bytes, uint8_t *out, size_t *size,
                             char *why)
{
    if (bytes.n > sizeof s->ask.bytes) {
        return fail(why, KEYS_FAILED, "too much to sign at once");
    }
    s->ask.magic = KEYS_WIRE_MAGIC;
    s->ask.size = (uint32_t)bytes.n;
    memcpy(s->ask.bytes, bytes.p, bytes.n);
    size_t n = offsetof(struct keys_wire_ask, bytes) + bytes.n;
    const struct keys_wire_answer *a = &s->answer;
    if (fetch_wire_send(s->socket, &s->ask, n, -1) != 0 ||
        !receive(s->socket, &s->answer, sizeof s->answer, SIGN_MS) || a->magic != KEYS_WIRE_MAGIC ||
        a->result > KEYS_FAILED || a->size > sizeof a->signature ||
        !memchr(a->why, 0, sizeof a->why)) {
        return fail(why, KEYS_GONE, "the process that holds the key ended or did not answer");
    }
    if (a->result) {
        return fail(why, (enum keys_result)a->result, a->why);
    }
    memcpy(out, a->signature, a->size);
    *size = a->size;
    return KEYS_OK;
}

enum keys_result signer_sign(struct signer *s, struct span bytes, uint8_t *out, size_t *size,
                             char *why)
{
    s->last = sign(s, bytes, out, size, why);
    return s->last;
}

enum keys_result signer_last(const struct signer *s)
{
    return s ? s->last : KEYS_OK;
}
