/*
 * certificate - see people.h: logging in by a certificate that the proxy has seen in the TLS
 * handshake.
 *
 * Nothing of its ASN.1 is read in this process: its SHA-256 finds the person, and `satyapan cert
 * check`, a process of its own that parses in a sandboxed child, says whether it is good now - a
 * path to a trusted root, a key meant for signatures, and not revoked as far as the lists that are
 * held say. The proof that the client has the key is the proxy's (TLS, RFC 8446 4.4.3): its header
 * is believed only where the operator has named it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/base64.h"
#include "base/buffer.h"
#include "office/people/inside.h"
#include "office/people/login.h"

enum { PEM_MAX = 64 * 1024, WORDS = 16, WAIT_SECONDS = 5, GOOD = 0, UNSURE = 2 };

/* ---- the bytes ------------------------------------------------------------------------------- */

/* nginx's $ssl_client_escaped_cert has %0A for line ends. */
static bool unescape(const char *in, struct buffer *out)
{
    uint8_t c;
    for (; *in; in++) {
        bool escaped = *in == '%';
        char hex[3] = {0};
        if (escaped && (!in[1] || !in[2])) {
            return false;
        }
        if (escaped) {
            memcpy(hex, in + 1, 2);
            if (!hash_unhex(hex, &c, 1)) {
                return false;
            }
            in += 2;
        }
        buffer_char(out, escaped ? (char)c : *in);
    }
    return buffer_ok(out);
}

/* What stands between the two lines, as octets; absent when it is not one certificate in PEM
 * (RFC 7468). 0 or -1: memory. */
static int decode(struct arena *a, const char *text, struct span *der)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
    const char *from = strstr(text, begin), *to = from ? strstr(from, end) : NULL;
    struct buffer base64;
    if (!to || strstr(to, begin)) {
        return 0;
    }
    buffer_init(&base64, PEM_MAX);
    for (from += sizeof begin - 1; from < to; from++) {
        if (!strchr("\r\n\t ", *from)) {
            buffer_char(&base64, *from);
        }
    }
    int rc = buffer_ok(&base64) ? base64_decode(a, buffer_span(&base64), BASE64_PADDED, der) : -1;
    buffer_free(&base64);
    return rc;
}

static int read_pem(struct arena *a, const char *pem, struct span *der)
{
    struct buffer text;
    buffer_init(&text, PEM_MAX);
    *der = SPAN_NONE;
    const char *whole = unescape(pem, &text) ? buffer_cstr(&text) : NULL;
    int rc = whole ? decode(a, whole, der) : 0;
    buffer_free(&text);
    return rc;
}

/* ---- is it good ------------------------------------------------------------------------------ */

/* bin/satyapan beside libexec/satyapan/ (installed) or above libexec/ (as make builds it). */
static bool find_program(char *out, size_t size)
{
    static const char *const places[] = {"satyapan", "../../satyapan", "../../bin/satyapan"};
    char self[PATH_MAX - 64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    while (n > 0 && self[n - 1] != '/') {
        n--;
    }
    for (size_t i = 0; n > 0 && i < sizeof places / sizeof *places; i++) {
        (void)snprintf(out, size, "%.*s%s", (int)n, self, places[i]);
        if (access(out, X_OK) == 0) {
            return true;
        }
    }
    return false;
}

static int spawn(const char *const *words, int input, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    char *const *argv, *envp[] = {NULL};
    memcpy(&argv, &words, sizeof argv); /* posix_spawn changes none of them */
    if (posix_spawn_file_actions_init(&files) != 0) {
        return -1;
    }
    int e = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    e = e ? e : posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    e = e ? e : posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    e = e ? e : posix_spawn(pid, words[0], &files, NULL, argv, envp);
    (void)posix_spawn_file_actions_destroy(&files);
    return e ? -1 : 0;
}

/* The exit code of `satyapan cert check`, or -1. */
static int check(const char *const *words, struct span der)
{
    int fd = memfd_create("certificate", MFD_CLOEXEC), status = 0;
    pid_t pid = 0;
    bool ready =
        fd >= 0 && write(fd, der.p, der.n) == (ssize_t)der.n && lseek(fd, 0, SEEK_SET) == 0;
    bool ran = ready && spawn(words, fd, &pid) == 0;
    while (ran && waitpid(pid, &status, 0) < 0) {
        ran = errno == EINTR;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return ran && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What is trusted: a trust list, the program's own (folder NULL), or a demonstration's. */
struct roots {
    const char *folder, *roots, *others, *lists;
};

/* lists: folder of CRLs, or NULL. */
static int check_with(const char *program, const struct roots *t, const char *lists,
                      struct span der)
{
    char roots[PATH_MAX], others[PATH_MAX];
    const char *words[WORDS] = {program, "cert", "check", "--purpose", "sign"};
    size_t n = 5;
    if (t->folder) {
        (void)snprintf(roots, sizeof roots, "%s/%s", t->folder, t->roots);
        (void)snprintf(others, sizeof others, "%s/%s", t->folder, t->others);
        words[n++] = "--trust";
        words[n++] = roots;
        words[n++] = "--untrusted";
        words[n++] = others;
    }
    if (lists) {
        words[n++] = "--crl";
        words[n++] = lists;
    }
    words[n] = "/dev/stdin";
    return check(words, der);
}

/* A list that is held and names it ends the matter; where none is held, its path alone counts. */
static bool is_good_under(const char *program, const struct roots *t, struct span der)
{
    const char *lists = t->lists;
    int code = access(lists, R_OK) == 0 ? check_with(program, t, lists, der) : UNSURE;
    return code == GOOD || (code == UNSURE && check_with(program, t, NULL, der) == GOOD);
}

static bool is_good(const struct people *p, struct span der)
{
    char program[PATH_MAX], lists[PATH_MAX], others[PATH_MAX];
    (void)snprintf(lists, sizeof lists, "%s/revocation/crl", p->data);
    if (!find_program(program, sizeof program)) {
        (void)fprintf(stderr, "satyapan serve: certificates cannot be checked: no program\n");
        return false;
    }
    (void)snprintf(others, sizeof others, "%s/crl", p->demo ? p->demo : "");
    const struct roots listed = {p->trust, "roots", "intermediates", lists};
    const struct roots demo = {p->demo, "anchor.pem", "intermediates.pem", others};
    return is_good_under(program, &listed, der) || (p->demo && is_good_under(program, &demo, der));
}

/* ---- logging in ------------------------------------------------------------------------------ */

static void enter(struct people *p, struct records *r, const char *sha256, struct span der,
                  const struct people_try *in, struct people_entry *out)
{
    struct person seen = {.id = 0};
    int found = person_by_certificate(r, sha256, &seen);
    bool known = found == 0;
    if ((!known && found != RECORDS_NONE) || !gate_enter(&p->scrypt, WAIT_SECONDS)) {
        out->result = PEOPLE_BUSY;
        out->retry = WAIT_SECONDS;
        return;
    }
    bool good = known && is_good(p, der);
    gate_leave(&p->scrypt);
    if (records_begin(r) == 0) {
        login_finish(r, login_judge_certificate(p, r, &seen, sha256, good, in, out), out);
    }
}

void people_certificate(struct people *p, struct records *r, const char *pem,
                        const struct people_try *in, struct people_entry *out)
{
    struct arena *a = arena_new(4 * PEM_MAX);
    struct span der = SPAN_NONE;
    uint8_t hash[SHA256_SIZE];
    char sha256[SHA256_HEX];
    *out = (struct people_entry){.result = PEOPLE_FAILED};
    if (a && read_pem(a, pem, &der) == 0 && der.p && hash_sha256(der, hash) == 0) {
        enter(p, r, hash_hex(span_make(hash, sizeof hash), false, sha256), der, in, out);
    } else if (a && !der.p) {
        out->result = PEOPLE_WRONG;
    }
    arena_free(a);
}
