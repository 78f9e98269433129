/*
 * blobs - see blobs.h.
 */
#include "records/blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/files.h"
#include "records/blob_files.h"
#include "records/inside.h"

enum { PART = 4 }; /* "ab/" and a NUL */

struct blob_draft {
    int blobs, fd; /* the folder DATA/blobs; the draft */
    char tmp[64];  /* "new/..." in it; "": no more there */
    EVP_MD_CTX *hash;
    uint64_t size, max;
};

bool blob_name(const char *sha256, char out[BLOB_NAME])
{
    size_t n = sha256 ? strspn(sha256, "0123456789abcdef") : 0;
    if (n != SHA256_HEX - 1 || sha256[n]) {
        return false;
    }
    (void)snprintf(out, BLOB_NAME, "%.2s/%s", sha256, sha256);
    return true;
}

int blob_folder(const char *data)
{
    char *path = records_path(data, "/blobs");
    int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;
    mem_free(path);
    return fd;
}

/* ---- on the way in --------------------------------------------------------------------------- */

static int start(struct blob_draft *d, const char *data)
{
    static atomic_uint number;
    d->blobs = blob_folder(data);
    (void)snprintf(d->tmp, sizeof d->tmp, "new/%ld.%u.tmp", (long)getpid(),
                   atomic_fetch_add(&number, 1));
    if (d->blobs >= 0) {
        d->fd =
            openat(d->blobs, d->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    }
    if (d->fd < 0) {
        d->tmp[0] = 0;
        return -1;
    }
    d->hash = EVP_MD_CTX_new();
    return d->hash && EVP_DigestInit_ex(d->hash, EVP_sha256(), NULL) ? 0 : -1;
}

int blob_begin(const char *data, size_t max, struct blob_draft **out)
{
    struct blob_draft *d = mem_zalloc(sizeof *d);
    *out = NULL;
    if (!d) {
        return -1;
    }
    *d = (struct blob_draft){.blobs = -1, .fd = -1, .max = max};
    if (start(d, data) < 0) {
        int was = errno;
        blob_drop(d);
        errno = was;
        return -1;
    }
    *out = d;
    return 0;
}

int blob_write(struct blob_draft *d, struct span bytes)
{
    if (bytes.n > d->max - d->size) {
        return 1;
    }
    if (EVP_DigestUpdate(d->hash, bytes.p, bytes.n) != 1) {
        errno = ENOMEM;
        return -1;
    }
    d->size += bytes.n;
    return files_write(d->fd, bytes);
}

/* The folder "ab", and its name, are on the disk. */
static int part_folder(int blobs, const char *part)
{
    if (mkdirat(blobs, part, 0700) == 0) {
        return fsync(blobs);
    }
    return errno == EEXIST ? 0 : -1;
}

static int sync_part(int blobs, const char *part)
{
    int fd = openat(blobs, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    int rc = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0) {
        (void)close(fd);
    }
    return rc;
}

/* A file of that name is replaced: the new bytes are known to be right. */
static int name_it(struct blob_draft *d, const char *sha256)
{
    char name[BLOB_NAME], part[PART] = {sha256[0], sha256[1]};
    if (!blob_name(sha256, name) || part_folder(d->blobs, part) < 0 ||
        renameat(d->blobs, d->tmp, d->blobs, name) != 0) {
        return -1;
    }
    d->tmp[0] = 0;
    return sync_part(d->blobs, part);
}

int blob_done(struct blob_draft *d, char sha256[SHA256_HEX], int64_t *size)
{
    uint8_t hash[SHA256_SIZE];
    int rc = -1;
    errno = ENOMEM;
    if (EVP_DigestFinal_ex(d->hash, hash, NULL) == 1 && fchmod(d->fd, 0400) == 0 &&
        fsync(d->fd) == 0) {
        (void)hash_hex(span_make(hash, sizeof hash), false, sha256);
        *size = (int64_t)d->size;
        rc = name_it(d, sha256);
    }
    int was = errno;
    blob_drop(d);
    errno = was;
    return rc;
}

void blob_drop(struct blob_draft *d)
{
    if (!d) {
        return;
    }
    if (d->tmp[0]) {
        (void)unlinkat(d->blobs, d->tmp, 0);
    }
    if (d->fd >= 0) {
        (void)close(d->fd);
    }
    if (d->blobs >= 0) {
        (void)close(d->blobs);
    }
    EVP_MD_CTX_free(d->hash);
    mem_free(d);
}

/* ---- rows ------------------------------------------------------------------------------------ */

int blob_keep(struct records *r, const char *sha256, int64_t size, int64_t now)
{
    int64_t there;
    int fd = blob_open(r->data, sha256, &there);
    if (fd >= 0) {
        (void)close(fd);
    }
    if (fd < 0 || there != size) {
        (void)records_wrong(r, "a document", "its file is not there");
        return fd < 0 ? fd : RECORDS_FAILED;
    }
    struct query q = query_begin(r->db, "INSERT INTO blob(sha256, size, created_at) VALUES(?, ?, ?)"
                                        " ON CONFLICT DO NOTHING");
    query_text(&q, sha256);
    query_int(&q, size);
    query_int(&q, now);
    int rc = records_do(r, &q);
    return rc < 0 ? rc : 0;
}

int blob_put(struct records *r, struct span bytes, int64_t now, char sha256[SHA256_HEX])
{
    struct blob_draft *d;
    int64_t size;
    int rc = blob_begin(r->data, bytes.n, &d);
    if (rc == 0 && (rc = blob_write(d, bytes)) != 0) {
        blob_drop(d);
    } else if (rc == 0) {
        rc = blob_done(d, sha256, &size);
    }
    if (rc != 0) {
        return records_wrong(r, "a document", strerrordesc_np(errno));
    }
    return blob_keep(r, sha256, size, now);
}

int blob_open(const char *data, const char *sha256, int64_t *size)
{
    char name[BLOB_NAME];
    struct stat st;
    if (!blob_name(sha256, name)) {
        return RECORDS_NONE;
    }
    int blobs = blob_folder(data);
    int fd = blobs < 0 ? -1 : openat(blobs, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int was = errno;
    if (blobs >= 0) {
        (void)close(blobs);
    }
    if (fd < 0) {
        errno = was;
        return blobs >= 0 && was == ENOENT ? RECORDS_NONE : RECORDS_FAILED;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return RECORDS_FAILED;
    }
    *size = st.st_size;
    return fd;
}
