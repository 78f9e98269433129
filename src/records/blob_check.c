/*
 * blob_check - are the documents on the disk what the records say; files that no row names.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/files.h"
#include "records/blob_files.h"
#include "records/inside.h"

int blob_hash_matches(int fd, const char *sha256)
{
    enum { CHUNK = 1 << 18 };
    uint8_t hash[SHA256_SIZE];
    char hex[SHA256_HEX];
    uint8_t *buf = mem_alloc(CHUNK);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = buf && md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
    ssize_t n = 0;
    while (ok && ((n = read(fd, buf, CHUNK)) > 0 || (n < 0 && errno == EINTR))) {
        ok = n < 0 || EVP_DigestUpdate(md, buf, (size_t)n) == 1;
    }
    ok = ok && n == 0 && EVP_DigestFinal_ex(md, hash, NULL) == 1;
    EVP_MD_CTX_free(md);
    mem_free(buf);
    if (!ok) {
        return -1;
    }
    return strcmp(hash_hex(span_make(hash, sizeof hash), false, hex), sha256) == 0 ? 0 : 1;
}

/* NULL: it is whole. */
static const char *fault_of(struct records *r, const char *sha256, int64_t size)
{
    int64_t there;
    int fd = blob_open(r->data, sha256, &there);
    if (fd < 0) {
        return fd == RECORDS_NONE ? "its file is missing" : strerrordesc_np(errno);
    }
    int match = there == size ? blob_hash_matches(fd, sha256) : 1;
    int was = errno;
    (void)close(fd);
    return match == 0      ? NULL
           : match < 0     ? strerrordesc_np(was)
           : there == size ? "its bytes have changed"
                           : "its size has changed";
}

int64_t blob_check(struct records *r,
                   void (*bad)(void *context, const char *sha256, const char *why), void *context)
{
    struct query q = query_begin(r->db, "SELECT sha256, size FROM blob ORDER BY sha256");
    int64_t count = 0;
    while (query_row(&q) == 1) {
        char sha256[SHA256_HEX];
        query_copy_text(&q, 0, sha256, sizeof sha256);
        const char *why = fault_of(r, sha256, query_get_int(&q, 1));
        if (why) {
            bad(context, sha256, why);
            count++;
        }
    }
    return query_end(&q) < 0 ? records_failed(r) : count;
}

/* ---- files without a row --------------------------------------------------------------------- */

enum { ORPHAN_SECONDS = 24 * 3600 };

static bool has_row(struct records *r, const char *sha256)
{
    int64_t one;
    struct query q = query_begin(r->db, "SELECT 1 FROM blob WHERE sha256 = ?");
    query_text(&q, sha256);
    return records_number(r, &q, &one) != RECORDS_NONE; /* when in doubt it has one */
}

static int64_t sweep_part(struct records *r, int blobs, const char *part, int64_t now)
{
    int fd = openat(blobs, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    int64_t count = 0;
    if (!d && fd >= 0) {
        (void)close(fd);
    }
    for (struct dirent *e; d && (e = readdir(d));) {
        char name[BLOB_NAME];
        struct stat st;
        if (blob_name(e->d_name, name) && fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode) && now - st.st_mtime > ORPHAN_SECONDS && !has_row(r, e->d_name)) {
            count += unlinkat(fd, e->d_name, 0) == 0;
        }
    }
    if (d) {
        (void)closedir(d);
    }
    return count;
}

/* One folder a transaction, so that nobody waits long. Inside it no row can appear (blob_keep looks
 * for the file inside one, too), so a file that gets its row meanwhile is never taken away
 * unseen. */
static int64_t sweep_names(struct records *r, int blobs, int64_t now)
{
    int64_t count = 0;
    for (unsigned i = 0; i < 256; i++) {
        char part[3];
        (void)snprintf(part, sizeof part, "%02x", i);
        if (faccessat(blobs, part, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        if (records_begin(r) < 0) {
            return RECORDS_FAILED;
        }
        count += sweep_part(r, blobs, part, now);
        if (records_commit(r, false) < 0) {
            return RECORDS_FAILED;
        }
    }
    return count;
}

int64_t blob_sweep(struct records *r, int64_t now)
{
    char *drafts = records_path(r->data, "/blobs/new");
    int blobs = blob_folder(r->data);
    if (!drafts || blobs < 0) {
        (void)records_wrong(r, "the documents", strerrordesc_np(errno));
    }
    if (drafts) {
        files_sweep(drafts);
    }
    int64_t count = blobs < 0 ? RECORDS_FAILED : sweep_names(r, blobs, now);
    if (blobs >= 0) {
        (void)close(blobs);
    }
    mem_free(drafts);
    return count;
}
