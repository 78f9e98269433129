/*
 * password - see password.h.
 */
#include "cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static enum exit_code refused(const char *path)
{
    int error = errno;
    complain("%s: %s", path, strerror(error));
    return error == ENOENT || error == ENOTDIR ? EXIT_NO_INPUT
           : error == EACCES || error == EPERM ? EXIT_PERMISSION
                                               : EXIT_IO;
}

/* Up to n octets; -1 with errno. */
static ssize_t read_all(int fd, uint8_t *p, size_t n)
{
    size_t have = 0;
    while (have < n) {
        ssize_t got = read(fd, p + have, n - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        have += (size_t)got;
    }
    return (ssize_t)have;
}

enum exit_code password_read(const char *path, struct password *out)
{
    uint8_t text[SP_PASSWORD_MAX + 3]; /* with a line end, and one octet too many */
    *out = (struct password){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t got = fd < 0 ? -1 : read_all(fd, text, sizeof text);
    enum exit_code code = got < 0 ? refused(path) : EXIT_GOOD;
    if (fd >= 0) {
        (void)close(fd);
    }
    size_t n = got > 0 ? (size_t)got : 0;
    n -= n > 0 && text[n - 1] == '\n';
    n -= n > 0 && n < (size_t)got && text[n - 1] == '\r';
    if (code == EXIT_GOOD && (n == 0 || n > SP_PASSWORD_MAX)) {
        complain("%s: %s", path,
                 n ? "is too large to be a password; it holds the password and nothing else"
                   : "holds no password; documents that open without one need no file");
        code = EXIT_DATA;
    }
    if (code == EXIT_GOOD) {
        memcpy(out->text, text, n);
        out->size = n;
    }
    explicit_bzero(text, sizeof text);
    return code;
}

void password_wipe(struct password *p)
{
    explicit_bzero(p, sizeof *p);
}

void password_lend(const struct password *p, struct sp_document *d)
{
    d->password = p && p->size ? p->text : NULL;
    d->password_size = p ? p->size : 0;
}
