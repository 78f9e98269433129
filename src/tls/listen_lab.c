/*
 * listen_lab - keys and CA on the disk. See listen_lab.h.
 */
#include "tls/listen_lab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

enum { PATH_ROOM = 4096, DAY = 86400, CA_BACK = 400, CA_FORTH = 3650 };

static int complain(char *error, const char *path, const char *what)
{
    (void)snprintf(error, LAB_ERROR, "%.180s: %.60s", path, what);
    return 1;
}

/* The file has its name once it is whole and on the disk: a program that is killed leaves either
 * all of it or nothing that the next one stumbles over. bytes is taken over. */
static bool create(const char *path, mode_t mode, BIO *bytes)
{
    char made[PATH_ROOM];
    char *p = NULL;
    long n = bytes ? BIO_get_mem_data(bytes, &p) : 0;
    int room = snprintf(made, sizeof made, "%s.new", path);
    if (n > 0 && room > 0 && (size_t)room < sizeof made) {
        (void)unlink(made);
        int fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        bool good = fd >= 0 && write(fd, p, (size_t)n) == n && fsync(fd) == 0;
        good = fd >= 0 && close(fd) == 0 && good;
        BIO_free(bytes);
        return good && rename(made, path) == 0;
    }
    BIO_free(bytes);
    errno = ENOMEM;
    return false;
}

/* A key of the disk, made when it is not there. bits 0: P-256. */
static int keep_key(const char *folder, const char *name, bool may_make, EVP_PKEY **out,
                    char *error)
{
    char path[PATH_ROOM];
    bool ec = strstr(name, "-ec") != NULL;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (access(path, F_OK) == 0) {
        BIO *in = BIO_new_file(path, "r");
        *out = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
        BIO_free(in);
        return *out ? 0 : complain(error, path, "is not a readable private key");
    }
    if (!may_make) {
        return complain(error, path, "is missing although the CA is there");
    }
    *out = ec ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
    BIO *bio = *out ? BIO_new(BIO_s_secmem()) : NULL;
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, *out, NULL, NULL, 0, NULL, NULL) != 1) {
        BIO_free(bio);
        return -1;
    }
    return create(path, 0600, bio) ? 0 : complain(error, path, strerror(errno));
}

static int extend(X509 *x, X509V3_CTX *ctx, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
    int rc = e && X509_add_ext(x, e, -1) == 1 ? 0 : -1;
    X509_EXTENSION_free(e);
    return rc;
}

static int sign_root(X509 *x, EVP_PKEY *key, int64_t now)
{
    X509V3_CTX ctx;
    X509_NAME *name = X509_get_subject_name(x);
    const unsigned char org[] = "Satyapan laboratory", cn[] = "Satyapan laboratory test CA";
    ASN1_INTEGER *serial = X509_get_serialNumber(x);
    BIGNUM *random = BN_new();
    bool good = random && BN_rand(random, 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                BN_to_ASN1_INTEGER(random, serial) != NULL;
    BN_free(random);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    good = good && X509_set_version(x, X509_VERSION_3) == 1 && X509_set_pubkey(x, key) == 1 &&
           X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, org, -1, -1, 0) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, cn, -1, -1, 0) == 1 &&
           X509_set_issuer_name(x, name) == 1 &&
           ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(now - (int64_t)CA_BACK * DAY)) &&
           ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(now + (int64_t)CA_FORTH * DAY)) &&
           extend(x, &ctx, NID_basic_constraints, "critical,CA:TRUE") == 0 &&
           extend(x, &ctx, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature") == 0 &&
           extend(x, &ctx, NID_subject_key_identifier, "hash") == 0 &&
           X509_sign(x, key, EVP_sha256()) > 0;
    return good ? 0 : -1;
}

static int make_ca(const char *path, EVP_PKEY *key, int64_t now, X509 **out, char *error)
{
    X509 *x = X509_new();
    if (!x || sign_root(x, key, now) < 0) {
        X509_free(x);
        return -1;
    }
    *out = x;
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || PEM_write_bio_X509(bio, x) != 1) {
        BIO_free(bio);
        return -1;
    }
    return create(path, 0644, bio) ? 0 : complain(error, path, strerror(errno));
}

static int read_ca(const char *path, const EVP_PKEY *key, int64_t now, X509 **out, char *error)
{
    time_t t = (time_t)now;
    BIO *in = BIO_new_file(path, "r");
    *out = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    BIO_free(in);
    if (!*out || X509_check_private_key(*out, key) != 1) {
        return complain(error, path, "is not the certificate of ca.key");
    }
    if (X509_cmp_time(X509_get0_notAfter(*out), &t) < 0) {
        return complain(error, path, "has ended; move the folder away to make a new CA");
    }
    return 0;
}

static int open_kept(const char *folder, int64_t now, struct lab *lab, char *error)
{
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, "%s/ca.pem", folder);
    lab->made = access(path, F_OK) != 0;
    int rc = keep_key(folder, "ca.key", lab->made, &lab->ca_key, error);
    rc = rc ? rc : keep_key(folder, "server.key", true, &lab->server, error);
    rc = rc ? rc : keep_key(folder, "server-ec.key", true, &lab->server_ec, error);
    if (rc) {
        return rc;
    }
    return lab->made ? make_ca(path, lab->ca_key, now, &lab->ca, error)
                     : read_ca(path, lab->ca_key, now, &lab->ca, error);
}

int lab_open(const char *folder, int64_t now, struct lab *out, char *error)
{
    memset(out, 0, sizeof *out);
    if (strlen(folder) > PATH_ROOM - 64) {
        return complain(error, folder, "the path is too long");
    }
    if (mkdir(folder, 0700) < 0 && errno != EEXIST) {
        return complain(error, folder, strerror(errno));
    }
    /* Two programs that find nothing make one CA. */
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        int rc = complain(error, folder, strerror(errno));
        if (lock >= 0) {
            (void)close(lock);
        }
        return rc;
    }
    int rc = open_kept(folder, now, out, error);
    (void)close(lock);
    return rc;
}

int lab_prepare(struct lab *lab)
{
    lab->other = EVP_RSA_gen(2048);
    lab->middle = EVP_RSA_gen(2048);
    lab->weak = EVP_RSA_gen(1024);
    lab->other_ec = EVP_EC_gen("P-256");
    return lab->other && lab->middle && lab->weak && lab->other_ec ? 0 : -1;
}

void lab_close(struct lab *lab)
{
    X509_free(lab->ca);
    EVP_PKEY_free(lab->ca_key);
    EVP_PKEY_free(lab->server);
    EVP_PKEY_free(lab->server_ec);
    EVP_PKEY_free(lab->other);
    EVP_PKEY_free(lab->other_ec);
    EVP_PKEY_free(lab->middle);
    EVP_PKEY_free(lab->weak);
    memset(lab, 0, sizeof *lab);
}
