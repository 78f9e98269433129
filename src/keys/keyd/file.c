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
static bool is_private(int fd, const char *path, char *why)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MOST) {
        (void)holder_fail(why, KEYS_NOT_FOUND, "%s is no PKCS#12 file", path);
        return false;
    }
    if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        (void)holder_fail(why, KEYS_UNSUITED,
                          "%s can be read by others than its owner; chmod 600 it first", path);
        return false;
    }
    return true;
}

static PKCS12 *load(const char *path, enum keys_result *r, char *why)
{
    PKCS12 *p = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    *r = KEYS_NOT_FOUND;
    if (fd < 0) {
        *r = holder_fail(why, KEYS_NOT_FOUND, "%s: %s", path, strerrordesc_np(errno));
        return NULL;
    }
    bool good = is_private(fd, path, why);
    BIO *b = good ? BIO_new_fd(fd, BIO_NOCLOSE) : NULL;
    p = b ? d2i_PKCS12_bio(b, NULL) : NULL;
    BIO_free(b);
    (void)close(fd);
    if (good && !p) {
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
    r = KEYS_OK;
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
