/*
 * file - a key in a PKCS#12 file (RFC 7292), for small sites and for tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "keys/keyd/holder.h"

enum { FILE_MOST = 1 << 20 };

/* Others must not be able to read it. */
static enum keys_result check_private(int fd, const char *path, char *why)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MOST) {
        return holder_fail(why, KEYS_NOT_FOUND, "%s is no PKCS#12 file", path);
    }
    if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        return holder_fail(why, KEYS_UNSUITED,
                           "%s can be read by others than its owner; chmod 600 it first", path);
    }
    return KEYS_OK;
}

static PKCS12 *load(const char *path, enum keys_result *r, char *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        *r = holder_fail(why, KEYS_NOT_FOUND, "%s: %s", path, strerrordesc_np(errno));
        return NULL;
    }
    *r = check_private(fd, path, why);
    BIO *b = *r ? NULL : BIO_new_fd(fd, BIO_NOCLOSE);
    PKCS12 *p = b ? d2i_PKCS12_bio(b, NULL) : NULL;
    BIO_free(b);
    (void)close(fd);
    if (*r == KEYS_OK && !p) {
        *r = holder_fail(why, KEYS_NOT_FOUND, "%s is no PKCS#12 file (.p12, .pfx)", path);
    }
    return p;
}

enum keys_result file_open(const struct key_uri *uri, const struct pin *pin, struct holder *h,
                           char *why)
{
    enum keys_result r;
    PKCS12 *p = load(uri->path, &r, why);
    if (!p) {
        return r;
    }
    if (PKCS12_verify_mac(p, pin->text, -1) != 1) {
        r = holder_fail(why, KEYS_WRONG_PIN, "the password of %s is not right", uri->path);
    } else if (PKCS12_parse(p, pin->text, &h->file_key, &h->certificate, &h->others) != 1) {
        r = holder_fail(why, KEYS_FAILED,
                        "%s cannot be taken apart: it uses a cipher that this machine does not "
                        "offer; make it anew with openssl pkcs12 -export",
                        uri->path);
    } else if (!h->file_key || !h->certificate) {
        r = holder_fail(why, KEYS_NOT_FOUND, "%s has no key with a certificate", uri->path);
    }
    PKCS12_free(p);
    ERR_clear_error();
    return r;
}
