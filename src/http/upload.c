/*
 * upload - see upload.h.
 */
#include "http/upload.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/utf8.h"
#include "sandbox/zygote.h"

void upload_init(struct upload *u)
{
    *u = (struct upload){.fd = -1};
}

/* As much of the name as fits, never half a character. */
static void set_name(struct upload *u, const char *name)
{
    struct buffer clean;
    buffer_init(&clean, (size_t)16 * UPLOAD_NAME);
    utf8_clean(&clean, span_str(name));
    size_t n = buffer_ok(&clean) ? clean.n : 0;
    while (n >= sizeof u->name) {
        n--;
        while (n && (clean.p[n] & 0xc0) == 0x80) {
            n--;
        }
    }
    if (n) {
        memcpy(u->name, clean.p, n);
    }
    u->name[n] = 0;
    buffer_free(&clean);
}

enum upload_result upload_open(struct upload *u, const char *name)
{
    upload_init(u);
    set_name(u, *name ? name : "document");
    u->fd = zygote_memfd("satyapan-upload");
    return u->fd < 0 ? UPLOAD_FAILED : UPLOAD_OK;
}

static bool reserve(struct upload_budget *budget, size_t n)
{
    size_t held = atomic_load(&budget->held);
    do {
        if (n > budget->all || held > budget->all - n) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&budget->held, &held, held + n));
    return true;
}

enum upload_result upload_add(struct upload *u, struct upload_budget *budget, struct span bytes)
{
    if (bytes.n > budget->each || u->size > budget->each - bytes.n) {
        return UPLOAD_TOO_LARGE;
    }
    if (!reserve(budget, bytes.n)) {
        return UPLOAD_NO_ROOM;
    }
    u->size += bytes.n;
    while (bytes.n) {
        ssize_t n = write(u->fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return UPLOAD_FAILED;
        }
        bytes = span_sub(bytes, (size_t)n, bytes.n);
    }
    return UPLOAD_OK;
}

enum upload_result upload_seal(struct upload *u)
{
    return zygote_seal(u->fd) == 0 ? UPLOAD_OK : UPLOAD_FAILED;
}

void upload_close(struct upload *u, struct upload_budget *budget)
{
    if (u->fd >= 0) {
        (void)close(u->fd);
        (void)atomic_fetch_sub(&budget->held, u->size);
    }
    upload_init(u);
}
