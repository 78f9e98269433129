/*
 * seal - see seal.h.
 */
#include "office/people/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "db/files.h"
#include "office/people/secret.h"

enum { NONCE = 12, TAG = 16, SHORT = 1024 };

/* ---- the key --------------------------------------------------------------------------------- */

static int tell(char *why, size_t size, const char *path, const char *what)
{
    (void)snprintf(why, size, "%s: %s", path, what);
    return -1;
}

/* 1: read, 0: there is none, -1. */
static int read_key(const char *path, uint8_t key[SEAL_KEY], char *why, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (fd < 0) {
        return errno == ENOENT ? 0 : tell(why, size, path, strerrordesc_np(errno));
    }
    bool known = fstat(fd, &st) == 0;
    bool whole = known && S_ISREG(st.st_mode) && st.st_size == SEAL_KEY &&
                 read(fd, key, SEAL_KEY) == SEAL_KEY;
    (void)close(fd);
    if (!whole) {
        return tell(why, size, path, "is no key of 32 octets");
    }
    if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        return tell(why, size, path, "others may read this key; it has to be mode 0600");
    }
    return 1;
}

/* Whoever links first wins: two programs at their first start get the same key. */
static int make_key(const char *path, char *why, size_t size)
{
    char tmp[PATH_MAX];
    uint8_t key[SEAL_KEY];
    int n = snprintf(tmp, sizeof tmp, "%s.%ld.tmp", path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof tmp || secret_random(key, sizeof key) != 0) {
        return tell(why, size, path, "a key cannot be made");
    }
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    bool kept = fd >= 0 && write(fd, key, sizeof key) == sizeof key && fsync(fd) == 0;
    OPENSSL_cleanse(key, sizeof key);
    kept = kept && (link(tmp, path) == 0 || errno == EEXIST);
    int error = errno;
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(tmp);
    }
    return kept ? 0 : tell(why, size, path, strerrordesc_np(error));
}

int seal_key(const char *data, uint8_t key[SEAL_KEY], char *why, size_t size)
{
    char folder[PATH_MAX], path[PATH_MAX];
    int n = snprintf(folder, sizeof folder, "%s/keys", data);
    int m = snprintf(path, sizeof path, "%s/keys/office.key", data);
    if (n < 0 || (size_t)n >= sizeof folder || m < 0 || (size_t)m >= sizeof path) {
        return tell(why, size, data, "the name is too long");
    }
    if (files_folder(folder) != 0) {
        return tell(why, size, folder, strerrordesc_np(errno));
    }
    int there = read_key(path, key, why, size);
    if (there == 0 && make_key(path, why, size) == 0) {
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void)!(fd >= 0 && files_sync(fd) == 0);
        (void)close(fd);
        there = read_key(path, key, why, size);
    }
    return there == 1 ? 0 : -1;
}

/* ---- sealing --------------------------------------------------------------------------------- */

static int run(EVP_CIPHER_CTX *c, bool closing, const uint8_t key[SEAL_KEY], const uint8_t *nonce,
               const char *use, struct span in, uint8_t *out, uint8_t *tag)
{
    int n = 0, m = 0;
    bool ok = EVP_CipherInit_ex2(c, EVP_aes_256_gcm(), key, nonce, closing, NULL) == 1 &&
              (closing || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1) &&
              EVP_CipherUpdate(c, NULL, &n, (const uint8_t *)use, (int)strlen(use)) == 1 &&
              EVP_CipherUpdate(c, out, &n, in.p, (int)in.n) == 1 &&
              EVP_CipherFinal_ex(c, out + n, &m) == 1 && (size_t)n + (size_t)m == in.n &&
              (!closing || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1);
    return ok ? 0 : -1;
}

int seal_close(const uint8_t key[SEAL_KEY], const char *use, struct span in, uint8_t *out)
{
    EVP_CIPHER_CTX *c = in.n <= SHORT ? EVP_CIPHER_CTX_new() : NULL;
    int rc = c && secret_random(out, NONCE) == 0
                 ? run(c, true, key, out, use, in, out + NONCE, out + NONCE + in.n)
                 : -1;
    EVP_CIPHER_CTX_free(c);
    return rc;
}

int seal_open(const uint8_t key[SEAL_KEY], const char *use, struct span in, uint8_t *out)
{
    uint8_t tag[TAG];
    if (in.n < SEAL_EXTRA || in.n > SHORT) {
        return -1;
    }
    size_t n = in.n - SEAL_EXTRA;
    memcpy(tag, in.p + NONCE + n, TAG);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int rc = c ? run(c, false, key, in.p, use, span_make(in.p + NONCE, n), out, tag) : -1;
    EVP_CIPHER_CTX_free(c);
    if (rc != 0) {
        memset(out, 0, n);
    }
    return rc;
}
