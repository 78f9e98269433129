/*
 * upload_disk - see upload_disk.h.
 */
#include "http/office/upload_disk.h"

#include <errno.h>
#include <sys/statvfs.h>

#include "base/mem.h"
#include "base/utf8.h"

/* As much of the text as fits, printable, never half a character. */
static void keep_text(char *out, size_t size, const char *text)
{
    struct buffer clean;
    buffer_init(&clean, 16 * size);
    utf8_clean(&clean, span_str(text));
    size_t n = buffer_ok(&clean) ? clean.n : 0;
    while (n >= size) {
        n--;
        while (n && (clean.p[n] & 0xc0) == 0x80) {
            n--;
        }
    }
    if (n) {
        memcpy(out, clean.p, n);
    }
    out[n] = 0;
    buffer_free(&clean);
}

/* The disk keeps its reserve after so many bytes more. */
static bool disk_has(const struct disk_budget *b, int64_t more)
{
    struct statvfs s;
    if (statvfs(b->data, &s) != 0) {
        return false;
    }
    int64_t each = (int64_t)s.f_frsize, blocks = (int64_t)s.f_bavail;
    int64_t need = b->reserve > INT64_MAX - more ? INT64_MAX : b->reserve + more;
    return each > 0 && blocks >= need / each;
}

enum disk_result disk_room(struct disk_budget *b, int64_t size)
{
    long long held = atomic_load(&b->held);
    if (size > b->each) {
        return DISK_TOO_LARGE;
    }
    if (size > b->all - held) {
        return DISK_BUSY;
    }
    return disk_has(b, size) ? DISK_OK : DISK_NO_SPACE;
}

enum disk_result disk_begin(struct upload_disk *u, struct disk_budget *b, const char *name,
                            const char *media)
{
    *u = (struct upload_disk){.budget = b};
    keep_text(u->name, sizeof u->name, name && *name ? name : "document");
    keep_text(u->media, sizeof u->media, media ? media : "");
    u->piece = mem_alloc(DISK_PIECE);
    return u->piece && blob_begin(b->data, (size_t)b->each, &u->draft) == 0 ? DISK_OK : DISK_FAILED;
}

static enum disk_result reserve(struct upload_disk *u, size_t n)
{
    struct disk_budget *b = u->budget;
    int64_t more = (int64_t)n;
    if (atomic_fetch_add(&b->held, more) > b->all - more) {
        (void)atomic_fetch_sub(&b->held, more);
        return DISK_BUSY;
    }
    u->held += more;
    return DISK_OK;
}

enum disk_result disk_take(struct upload_disk *u, struct span bytes)
{
    if (bytes.n > (size_t)(u->budget->each - u->size)) {
        return DISK_TOO_LARGE;
    }
    u->size += (int64_t)bytes.n;
    enum disk_result r = reserve(u, bytes.n);
    if (r != DISK_OK) {
        return r;
    }
    if (bytes.n > DISK_PIECE - u->filled) { /* the library's pieces are smaller */
        r = disk_write(u);
    }
    if (r != DISK_OK || bytes.n > DISK_PIECE) {
        return r != DISK_OK ? r : DISK_FAILED;
    }
    memcpy(u->piece + u->filled, bytes.p, bytes.n);
    u->filled += bytes.n;
    return DISK_OK;
}

bool disk_wants_write(const struct upload_disk *u)
{
    return u->draft && u->filled >= DISK_FULL;
}

enum disk_result disk_write(struct upload_disk *u)
{
    if (!disk_has(u->budget, (int64_t)u->filled)) {
        return DISK_NO_SPACE;
    }
    int rc = blob_write(u->draft, span_make(u->piece, u->filled));
    u->filled = 0;
    if (rc < 0) {
        return errno == ENOSPC || errno == EDQUOT ? DISK_NO_SPACE : DISK_FAILED;
    }
    return rc == 0 ? DISK_OK : DISK_TOO_LARGE;
}

static void give_back(struct upload_disk *u)
{
    if (u->budget) {
        (void)atomic_fetch_sub(&u->budget->held, u->held);
    }
    mem_free(u->piece);
    u->piece = NULL;
    u->held = 0;
    u->filled = 0;
}

enum disk_result disk_done(struct upload_disk *u, char sha256[SHA256_HEX], int64_t *size)
{
    enum disk_result r = disk_write(u);
    if (r != DISK_OK) {
        disk_drop(u);
        return r;
    }
    int rc = blob_done(u->draft, sha256, size);
    int error = errno;
    u->draft = NULL;
    give_back(u);
    return rc == 0 ? DISK_OK : error == ENOSPC || error == EDQUOT ? DISK_NO_SPACE : DISK_FAILED;
}

void disk_drop(struct upload_disk *u)
{
    if (u->draft) {
        blob_drop(u->draft);
    }
    u->draft = NULL;
    give_back(u);
}
