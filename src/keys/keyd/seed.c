/*
 * seed - the Ed25519 key of a register's log: two lines, the vkey (C2SP signed-note) and the seed
 * in hex. Made when it is asked for and not there; the vkey also stands alone beside it, for those
 * who may not read the key.
 *
 * It signs four things and nothing else: a head of its own log (C2SP tlog-checkpoint), which never
 * goes back while the process lives; the line of a dump; a QR code; a status list (JWT).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "db/files.h"
#include "keys/keyd/holder.h"
#include "tlog/checkpoint.h"

enum { SEED_MAX = 1024, PATH = 1024 };

struct seed {
    struct note_key key;
    uint64_t size; /* of the largest head signed so far */
    struct merkle_hash root;
    bool signed_any;
};
static struct seed seed; /* the process's one key */

static enum keys_result tell(char *why, enum keys_result r, const char *text, const char *detail)
{
    return holder_fail(why, r, "keys/register.key: %s%s%s", text, *detail ? ": " : "", detail);
}

/* ---- the file -------------------------------------------------------------------------------- */

static int public_of(const char *origin, const uint8_t bytes[NOTE_KEY], struct holder *h,
                     struct note_key *out)
{
    uint8_t public[NOTE_KEY];
    size_t n = sizeof public;
    EVP_PKEY_free(h->file_key);
    h->file_key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, NOTE_KEY);
    bool ok =
        h->file_key && EVP_PKEY_get_raw_public_key(h->file_key, public, &n) == 1 && n == NOTE_KEY;
    return ok ? note_key_make(origin, NOTE_ED25519, public, out) : -1;
}

/* The public line alone; whoever reads it need not read the key. */
static int put_public(int folder, const struct note_key *key)
{
    struct buffer b;
    buffer_init(&b, SEED_MAX);
    int rc = note_key_write(key, &b);
    buffer_char(&b, '\n');
    if (rc == 0 && (!buffer_ok(&b) || (!files_same(folder, "register.vkey", buffer_span(&b)) &&
                                       files_put(folder, "register.vkey", buffer_span(&b)) != 0))) {
        rc = -1;
    }
    buffer_free(&b);
    return rc;
}

static enum keys_result make(int folder, const char *origin, struct holder *h, char *why)
{
    struct buffer b;
    uint8_t bytes[NOTE_KEY];
    char hex[2 * NOTE_KEY + 1];
    if (RAND_priv_bytes(bytes, NOTE_KEY) != 1) {
        return tell(why, KEYS_FAILED, "no random numbers", "");
    }
    int rc = public_of(origin, bytes, h, &seed.key);
    if (rc != 0) {
        return rc < 0 ? tell(why, KEYS_FAILED, "libcrypto failed", "")
                      : tell(why, KEYS_UNSUITED, "the origin must be a name without spaces or '+'",
                             origin);
    }
    buffer_init(&b, SEED_MAX);
    rc = note_key_write(&seed.key, &b);
    buffer_printf(&b, "\n%s\n", hash_hex(span_make(bytes, NOTE_KEY), false, hex));
    if (rc == 0 && buffer_ok(&b)) {
        rc = files_put(folder, "register.key", buffer_span(&b)) == 0 ? files_sync(folder) : -1;
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse(hex, sizeof hex);
    if (b.p) {
        OPENSSL_cleanse(b.p, b.n);
    }
    buffer_free(&b);
    return rc == 0 ? KEYS_OK : tell(why, KEYS_FAILED, "cannot be written", strerrordesc_np(errno));
}

static enum keys_result read_key(int fd, struct holder *h, char *why)
{
    char text[SEED_MAX] = "";
    uint8_t bytes[NOTE_KEY];
    struct note_key again;
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_mode & (S_IRWXG | S_IRWXO)) {
        return tell(why, KEYS_UNSUITED, "it can be read by others than its owner", "chmod 600 it");
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    size_t line = strcspn(text, "\n");
    char *hex = text + line + 1;
    bool good = n > 0 && text[line] && strlen(hex) == 2 * NOTE_KEY + 1 &&
                note_key_parse(span_make(text, line), &seed.key) == 0;
    if (good) {
        hex[2 * NOTE_KEY] = 0; /* the line's end */
        good = hash_unhex(hex, bytes, NOTE_KEY) &&
               public_of(seed.key.name, bytes, h, &again) == 0 &&
               memcmp(again.key, seed.key.key, NOTE_KEY) == 0;
    }
    OPENSSL_cleanse(text, sizeof text);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return good ? KEYS_OK
                : tell(why, KEYS_UNSUITED, "it is damaged; restore it from the backup", "");
}

enum keys_result seed_open(const char *path, const char *origin, struct holder *h, char *why)
{
    char name[PATH];
    (void)snprintf(name, sizeof name, "%s", path);
    char *slash = strrchr(name, '/');
    if (!slash) {
        return tell(why, KEYS_NOT_FOUND, "its name must be a path", "");
    }
    *slash = 0;
    int folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = folder < 0 ? -1 : openat(folder, slash + 1, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int e = errno;
    enum keys_result r = fd >= 0 ? read_key(fd, h, why)
                         : folder >= 0 && e == ENOENT && origin
                             ? make(folder, origin, h, why)
                             : tell(why, KEYS_NOT_FOUND, "it cannot be read", strerrordesc_np(e));
    /* Who cannot write there has it beside the key already, or reads the key. */
    if (r == KEYS_OK && put_public(folder, &seed.key) != 0 && errno != EROFS && errno != EACCES) {
        r = tell(why, KEYS_FAILED, "register.vkey cannot be written", strerrordesc_np(errno));
    }
    (void)(fd >= 0 && close(fd));
    (void)(folder >= 0 && close(folder));
    h->public_key = h->file_key;
    h->seed = r == KEYS_OK;
    return r;
}

int seed_vkey(struct buffer *out)
{
    return note_key_write(&seed.key, out);
}

/* ---- what it signs --------------------------------------------------------------------------- */

/* "eyJ....eyJ...": header and claims of a JWT, one line. */
static bool is_token(struct span text)
{
    size_t dots = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';
        dots += c == '.';
        if (!letter && c != '.') {
            return false;
        }
    }
    return dots == 1 && span_starts(text, SPAN_LIT("eyJ"));
}

static enum keys_result check_head(struct span text, char *why)
{
    struct checkpoint head;
    if (checkpoint_parse(text, &head) != 0 || head.extended ||
        !span_eq(head.origin, span_str(seed.key.name))) {
        return holder_fail(why, KEYS_UNSUITED, "the register's key does not sign this");
    }
    if (seed.signed_any &&
        (head.size < seed.size ||
         (head.size == seed.size && memcmp(head.root.h, seed.root.h, sizeof seed.root.h) != 0))) {
        return holder_fail(why, KEYS_UNSUITED,
                           "a head of the log that goes back behind one signed already");
    }
    seed.signed_any = true;
    seed.size = head.size;
    seed.root = head.root;
    return KEYS_OK;
}

enum keys_result seed_allows(struct span text, char *why)
{
    return span_starts(text, SPAN_LIT("satyapan-register-dump/1\n")) ||
                   span_starts(text, SPAN_LIT("satyapan-qr/1\n")) || is_token(text)
               ? KEYS_OK
               : check_head(text, why);
}
