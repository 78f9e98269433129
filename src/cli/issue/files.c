/*
 * files - what an officer gets: NUMBER.pdf, .json, .xml and .tlog-proof in one folder, '-' for the
 * slashes of the number.
 *
 * They are copies: the PDF and the XML of the blobs, the data of the log, the proof worked out from
 * it under the head that was signed with the event that names the PDF. So the same certificate
 * gives the same octets whenever they are written again; after an amendment, those of the latest
 * version.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/issue/command.h"
#include "db/files.h"
#include "db/rows.h"
#include "records/blobs.h"
#include "records/log.h"

enum { NAME = 160, FILE_MAX = 64 << 20 };

static void name_of(const char *number, const char *extension, char out[NAME])
{
    (void)snprintf(out, NAME, "%.120s%s", number, extension);
    for (char *p = out; *p; p++) {
        if (*p == '/') {
            *p = '-';
        }
    }
}

/* Whole or not at all for whoever looks; that it is on the disk is made sure once, at the end
 * (files_finish): what is lost by a failure of power is written again from the blobs. */
static int write_file(int folder, const char *name, struct span bytes)
{
    char tmp[32];
    (void)snprintf(tmp, sizeof tmp, "issue-%ld.tmp", (long)getpid());
    int fd = openat(folder, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int rc = fd < 0 ? -1 : files_write(fd, bytes);
    rc = fd >= 0 && close(fd) != 0 ? -1 : rc;
    return rc == 0 ? renameat(folder, tmp, folder, name) : rc;
}

int files_finish(struct issuing *c)
{
    return syncfs(c->out);
}

static int put(struct issuing *c, const char *number, const char *extension, struct span bytes,
               char *why)
{
    char name[NAME];
    name_of(number, extension, name);
    if (files_same(c->out, name, bytes)) {
        return 0;
    }
    if (write_file(c->out, name, bytes) != 0) {
        (void)snprintf(why, ISSUE_WHY,
                       "%s cannot be written: %s; the certificate is in the register, run the "
                       "request again to get its files",
                       name, strerrordesc_np(errno));
        return -1;
    }
    return 0;
}

static int put_blob(struct issuing *c, const char *number, const char *extension, const char *hash,
                    char *why)
{
    char path[SHA256_HEX + 8];
    struct span bytes;
    (void)snprintf(path, sizeof path, "%.2s/%s", *hash ? hash : "--", *hash ? hash : "none");
    char *folder = mem_alloc(strlen(c->data) + 8);
    int fd = -1, rc = -1;
    if (folder) {
        (void)snprintf(folder, strlen(c->data) + 8, "%s/blobs", c->data);
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    mem_free(folder);
    if (fd >= 0 && files_map(fd, path, FILE_MAX, &bytes) == 0) {
        rc = put(c, number, extension, bytes, why);
        files_unmap(bytes);
    } else {
        (void)snprintf(why, ISSUE_WHY, "the file %s of %s is not among the blobs: %s", extension,
                       number, strerrordesc_np(errno));
    }
    (void)(fd >= 0 && close(fd));
    return rc;
}

static int put_proof(struct issuing *c, const char *number, int64_t entry, char *why)
{
    struct buffer b;
    buffer_init(&b, 1 << 20);
    int rc = register_proof_then(c->r, entry, &b);
    rc = rc ? rc : put(c, number, ".tlog-proof", buffer_span(&b), why);
    buffer_free(&b);
    return rc;
}

int files_write_all(struct issuing *c, const char *number, char *why)
{
    struct register_version v;
    int rc = register_version(c->r, number, INT64_MAX, &v);
    char *text = rc == 0 ? rows_canonical(v.data) : NULL;
    rc = rc ? rc : text ? 0 : -1;
    rc = rc ? rc : put_blob(c, number, ".pdf", v.pdf, why);
    rc = rc ? rc : put(c, number, ".json", span_str(text), why);
    rc = rc ? rc : put_blob(c, number, ".xml", v.xml, why);
    rc = rc ? rc : put_proof(c, number, v.entry, why);
    register_version_free(&v);
    mem_free(text);
    return rc;
}

int files_write_draft(struct issuing *c, const char *registration, struct span pdf, char *why)
{
    return put(c, registration, ".draft.pdf", pdf, why);
}
