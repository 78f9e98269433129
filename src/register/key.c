/*
 * key - the Ed25519 key of the register's signed heads: DATA/keys/register.key, two lines, the vkey
 * and the seed in hex.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "db/files.h"
#include "register/register.h"

enum { FILE_MAX = 1024 };

static int tell(char *why, const char *text, const char *detail)
{
    (void)snprintf(why, REGISTER_WHY, "keys/register.key: %s%s%s", text, *detail ? ": " : "",
                   detail);
    return -1;
}

static int public_of(const char *origin, const uint8_t seed[NOTE_KEY], struct note_key *out)
{
    uint8_t public[NOTE_KEY];
    size_t n = sizeof public;
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, NOTE_KEY);
    bool ok = k && EVP_PKEY_get_raw_public_key(k, public, &n) == 1 && n == NOTE_KEY;
    EVP_PKEY_free(k);
    return ok ? note_key_make(origin, NOTE_ED25519, public, out) : -1;
}

static int make_key(int folder, const char *origin, struct register_key *out, char *why)
{
    struct buffer b;
    char hex[2 * NOTE_KEY + 1];
    buffer_init(&b, FILE_MAX);
    if (RAND_priv_bytes(out->seed, NOTE_KEY) != 1) {
        return tell(why, "no random numbers", "");
    }
    int rc = public_of(origin, out->seed, &out->key);
    if (rc != 0) {
        return rc < 0 ? tell(why, "libcrypto failed", "")
                      : tell(why, "the origin must be a name without spaces or '+'", origin);
    }
    rc = note_key_write(&out->key, &b);
    buffer_printf(&b, "\n%s\n", hash_hex(span_make(out->seed, NOTE_KEY), false, hex));
    if (rc == 0 && buffer_ok(&b)) {
        rc = files_put(folder, "register.key", buffer_span(&b)) == 0 ? files_sync(folder) : -1;
    }
    if (rc != 0) {
        (void)tell(why, "cannot be written", strerrordesc_np(errno));
    }
    if (b.p) {
        OPENSSL_cleanse(b.p, b.n);
    }
    OPENSSL_cleanse(hex, sizeof hex);
    buffer_free(&b);
    return rc;
}

static int read_key(int fd, const char *origin, struct register_key *out, char *why)
{
    char text[FILE_MAX] = "";
    struct note_key again;
    struct stat st;
    ssize_t n = read(fd, text, sizeof text - 1);
    size_t line = strcspn(text, "\n");
    if (fstat(fd, &st) != 0 || st.st_mode & (S_IRWXG | S_IRWXO)) {
        return tell(why, "it can be read by others than its owner", "chmod 600 it");
    }
    char *seed = text + line + 1;
    bool good = n > 0 && text[line] && strlen(seed) == 2 * NOTE_KEY + 1 &&
                note_key_parse(span_make(text, line), &out->key) == 0;
    if (good) {
        seed[2 * NOTE_KEY] = 0; /* the line's end */
        good = hash_unhex(seed, out->seed, NOTE_KEY) &&
               public_of(out->key.name, out->seed, &again) == 0 &&
               memcmp(again.key, out->key.key, NOTE_KEY) == 0;
    }
    OPENSSL_cleanse(text, sizeof text);
    if (!good) {
        return tell(why, "it is damaged; restore it from the backup", "");
    }
    return !origin || strcmp(origin, out->key.name) == 0
               ? 0
               : tell(why, "it is the key of another origin", out->key.name);
}

int register_key_open(const char *data, const char *origin, bool make, struct register_key *out,
                      char *why)
{
    char path[4096];
    *out = (struct register_key){.key = {.type = NOTE_ED25519}};
    why[0] = 0;
    (void)snprintf(path, sizeof path, "%s/keys", data);
    if (make && files_folder(path) != 0) {
        return tell(why, "its folder cannot be made", strerrordesc_np(errno));
    }
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = folder < 0 ? -1 : openat(folder, "register.key", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int rc = fd >= 0 ? read_key(fd, origin, out, why)
             : make && folder >= 0 && errno == ENOENT && origin
                 ? make_key(folder, origin, out, why)
                 : tell(why, "it cannot be read", strerrordesc_np(errno));
    (void)(fd >= 0 && close(fd));
    (void)(folder >= 0 && close(folder));
    return rc;
}

void register_key_forget(struct register_key *k)
{
    OPENSSL_cleanse(k->seed, sizeof k->seed);
}
