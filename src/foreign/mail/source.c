/*
 * source - see source.h.
 */
#include "foreign/mail/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/files.h"

enum { LINES_MAX = 4 * 1024 * 1024, MAILBOX_MAX = 100, NAME_MAX_OCTETS = 255 };

/* ---- IMAP ---- */

static struct source_mail *add_mail(struct source *s, size_t limit)
{
    return s->count < limit ? &s->mails[s->count++] : NULL;
}

static bool is_sha256(const char *text)
{
    uint8_t digest[SHA256_SIZE];
    return text && strlen(text) == SHA256_HEX - 1 && hash_unhex(text, digest, sizeof digest);
}

/* One line of the process that has the network. */
static void take_line(struct arena *a, const json_t *line, const char *url, size_t limit,
                      struct source *out)
{
    const char *failed = json_string_value(json_object_get(line, "failed"));
    const char *kind = json_string_value(json_object_get(line, "kind"));
    const char *sha256 = json_string_value(json_object_get(line, "sha256"));
    json_int_t uid = json_integer_value(json_object_get(line, "uid"));
    json_int_t validity = json_integer_value(json_object_get(line, "uidvalidity"));
    if (failed) {
        enum mail_sentence s = kind && strcmp(kind, "tls") == 0     ? MAIL_TLS
                               : kind && strcmp(kind, "login") == 0 ? MAIL_LOGIN
                                                                    : MAIL_UNREACHABLE;
        out->failed = true;
        out->said = (struct mail_said){s, {url, arena_str(a, span_str(failed))}};
        return;
    }
    if (uid < 0 || uid > UINT32_MAX || validity < 0 || validity > UINT32_MAX) {
        return;
    }
    if (validity) {
        out->uidvalidity = (uint32_t)validity;
        out->uid = (uint32_t)uid;
        out->left = (size_t)json_integer_value(json_object_get(line, "left"));
        return;
    }
    struct source_mail *m = sha256 ? add_mail(out, limit) : NULL;
    if (m) {
        *m = (struct source_mail){.uid = (uint32_t)uid};
        m->size = (size_t)json_integer_value(json_object_get(line, "size"));
        if (is_sha256(sha256)) {
            memcpy(m->sha256, sha256, SHA256_HEX);
        }
    }
}

static void read_all(int fd, struct buffer *out)
{
    uint8_t chunk[16384];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return;
        }
        buffer_add(out, span_make(chunk, (size_t)n));
    }
}

static int run_imap(struct arena *a, const struct imap_request *r, struct source *out)
{
    int pipe_ends[2];
    struct buffer lines;
    if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent) {
            imap_run(a, r, pipe_ends[1]);
        }
        _exit(0);
    }
    (void)close(pipe_ends[1]);
    buffer_init(&lines, LINES_MAX);
    if (pid > 0) {
        read_all(pipe_ends[0], &lines);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    (void)close(pipe_ends[0]);
    struct span rest = buffer_span(&lines);
    while (rest.n) {
        size_t end = span_find(rest, SPAN_LIT("\n"), 0);
        struct span line = span_sub(rest, 0, end);
        json_t *row = json_loadb((const char *)line.p, line.n, 0, NULL);
        take_line(a, row, r->server->url, r->limit, out);
        json_decref(row);
        rest = span_sub(rest, end == SIZE_MAX ? rest.n : end + 1, rest.n);
    }
    buffer_free(&lines);
    if (pid < 0 || (!out->failed && out->uidvalidity == 0)) {
        out->failed = true;
        out->said = (struct mail_said){MAIL_UNREACHABLE, {r->server->url, "it ended early"}};
    }
    return 0;
}

/* The name behind the host; letters that need no quoting anywhere. */
static const char *mailbox_of(struct arena *a, const char *url)
{
    const char *path = strstr(url, "://");
    path = path ? strchr(path + 3, '/') : NULL;
    if (!path || !path[1]) {
        return "INBOX";
    }
    for (const char *p = ++path; *p; p++) {
        bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9') || strchr("._-", *p);
        if (!word) {
            return NULL;
        }
    }
    return strlen(path) > MAILBOX_MAX ? NULL : arena_str(a, span_str(path));
}

static int take_imap(struct arena *a, const json_t *request, const json_t *given, int folder,
                     size_t limit, struct source *out, const char **wrong)
{
    struct mail_server server;
    const json_t *state = json_object_get(request, "state");
    json_int_t validity = json_integer_value(json_object_get(state, "uidvalidity"));
    json_int_t uid = json_integer_value(json_object_get(state, "uid"));
    *wrong = mail_server_read(a, given, "imap", &server);
    if (*wrong) {
        return 1;
    }
    struct imap_request r = {.server = &server,
                             .mailbox =
                                 mailbox_of(a, json_string_value(json_object_get(given, "url"))),
                             .limit = limit,
                             .folder = folder};
    *wrong = !r.mailbox                                                              ? "url"
             : validity < 0 || validity > UINT32_MAX || uid < 0 || uid >= UINT32_MAX ? "state"
                                                                                     : NULL;
    r.uidvalidity = (uint32_t)validity;
    r.uid = (uint32_t)uid;
    return *wrong ? 1 : run_imap(a, &r, out);
}

/* ---- Maildir and files ---- */

/* Copies one file to the blobs. Returns 0, 1: it is gone or cannot be read, -1: our failure. */
static int take_file(int at, const char *path, int folder, struct source_mail *m)
{
    struct span bytes;
    uint8_t digest[SHA256_SIZE];
    if (files_map(at, path, MAIL_SIZE_MAX, &bytes) != 0) {
        return errno == EFBIG ? 0 : 1; /* too large: a row says so */
    }
    m->size = bytes.n;
    int rc = hash_sha256(bytes, digest);
    if (rc == 0) {
        (void)hash_hex(span_make(digest, sizeof digest), false, m->sha256);
        rc = files_put(folder, m->sha256, bytes);
    }
    files_unmap(bytes);
    return rc == 0 ? 0 : -1;
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* Names in new/, in order of arrival (a Maildir's names begin with the time). */
static size_t list_new(struct arena *a, int dir, char ***out)
{
    void *names = NULL;
    size_t n = 0, room = 0;
    int fd = openat(dir, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *e;
    while (d && (e = readdir(d)) != NULL) {
        if (e->d_name[0] != '.' && arena_grow(a, &names, &room, n + 1, sizeof **out) == 0) {
            ((char **)names)[n++] = arena_str(a, span_str(e->d_name));
        }
    }
    if (d) {
        (void)closedir(d);
    } else if (fd >= 0) {
        (void)close(fd);
    }
    *out = names;
    if (n) {
        qsort(names, n, sizeof **out, by_name);
    }
    return d ? n : SIZE_MAX;
}

static int take_maildir(struct arena *a, const char *path, int folder, size_t limit,
                        struct source *out)
{
    char **names = NULL;
    out->maildir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t n = out->maildir >= 0 ? list_new(a, out->maildir, &names) : SIZE_MAX;
    if (n == SIZE_MAX) {
        out->failed = true;
        out->said = (struct mail_said){MAIL_UNREACHABLE, {path, "it is no Maildir"}};
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        char *at = names[i] ? arena_printf(a, "new/%s", names[i]) : NULL;
        struct source_mail *m = at ? add_mail(out, limit) : NULL;
        if (!at) {
            return -1;
        }
        if (!m) {
            out->left++;
            continue;
        }
        *m = (struct source_mail){.name = names[i], .path = at};
        int rc = take_file(out->maildir, at, folder, m);
        if (rc < 0) {
            return -1;
        }
        out->count -= rc == 1;
    }
    return 0;
}

static int take_files(const json_t *files, int folder, size_t limit, struct source *out)
{
    for (size_t i = 0; i < json_array_size(files); i++) {
        const char *path = json_string_value(json_array_get(files, i));
        struct source_mail *m = path ? add_mail(out, limit) : NULL;
        if (!m) {
            out->left++;
            continue;
        }
        *m = (struct source_mail){.path = path};
        int rc = take_file(AT_FDCWD, path, folder, m);
        if (rc < 0) {
            return -1;
        }
        if (rc == 1) {
            out->count--;
            out->failed = true;
            out->said = (struct mail_said){MAIL_UNREACHABLE, {path, "it cannot be read"}};
        }
    }
    return 0;
}

int source_take(struct arena *a, const json_t *request, int folder, size_t limit,
                struct source *out, const char **wrong)
{
    const json_t *from = json_object_get(request, "source");
    const json_t *imap = json_object_get(from, "imap"), *files = json_object_get(from, "files");
    const char *maildir = json_string_value(json_object_get(from, "maildir"));
    *out = (struct source){.maildir = -1};
    *wrong = NULL;
    out->mails = arena_array(a, limit, sizeof *out->mails);
    if (!out->mails) {
        return -1;
    }
    if (imap) {
        return take_imap(a, request, imap, folder, limit, out, wrong);
    }
    if (maildir) {
        return take_maildir(a, maildir, folder, limit, out);
    }
    if (json_is_array(files)) {
        return take_files(files, folder, limit, out);
    }
    *wrong = "source";
    return 1;
}

void source_done(const struct source *s, const struct source_mail *mail)
{
    char to[NAME_MAX_OCTETS + 16];
    if (s->maildir < 0 || !mail->name) {
        return;
    }
    bool flags = strstr(mail->name, ":2,") != NULL;
    int n = snprintf(to, sizeof to, "cur/%s%s", mail->name, flags ? "" : ":2,S");
    if (n > 0 && (size_t)n < sizeof to) {
        /* Should it fail, the mail comes again and is known by its fingerprint. */
        (void)!renameat(s->maildir, mail->path, s->maildir, to);
    }
}
