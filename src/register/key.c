/*
 * key - the Ed25519 key of the register's signed heads; see register.h. The file and the private
 * half are satyapan-keyd's (keys/keyd/seed.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/files.h"
#include "keys/keys.h"
#include "register/inside.h"

enum { PATH = 900, VKEY_MAX = 512 };

const char register_key_gone[] = "the process that holds the register's key ended or did not sign; "
                                 "nothing was entered, try again";

static int tell(char *why, const char *text, const char *detail)
{
    (void)snprintf(why, REGISTER_WHY, "keys/register.key: %s%s%s", text, *detail ? ": " : "",
                   detail);
    return -1;
}

static int sign(void *context, struct span text, uint8_t out[NOTE_SIGNATURE])
{
    uint8_t signature[KEYS_SIGNATURE_MAX];
    char why[KEYS_WHY];
    size_t n = 0;
    if (signer_sign(context, text, signature, &n, why) != KEYS_OK || n != NOTE_SIGNATURE) {
        return -1;
    }
    memcpy(out, signature, n);
    return 0;
}

static int take_key(const char *origin, struct register_key *out, char *why)
{
    struct span vkey[KEYS_CHAIN_MAX];
    if (signer_chain(out->process, vkey) != 1 || note_key_parse(vkey[0], &out->key) != 0) {
        return tell(why, "the process that holds it gave no public key", "");
    }
    out->by = (struct note_signer){sign, out->process};
    return !origin || strcmp(origin, out->key.name) == 0
               ? 0
               : tell(why, "it is the key of another origin", out->key.name);
}

int register_key_open(const char *data, const char *origin, bool make, struct register_key *out,
                      char *why)
{
    char path[PATH], uri[PATH + NOTE_NAME + 32];
    *out = (struct register_key){.key = {.type = NOTE_ED25519}};
    why[0] = 0;
    if (strlen(data) > PATH - 32) {
        return tell(why, "its folder has too long a name", "");
    }
    (void)snprintf(path, sizeof path, "%s/keys", data);
    if (make && files_folder(path) != 0) {
        return tell(why, "its folder cannot be made", strerrordesc_np(errno));
    }
    (void)snprintf(uri, sizeof uri, "register:%s/register.key%s%.255s", path,
                   make && origin ? "?new=" : "", make && origin ? origin : "");
    const struct signer_options with = {.uri = uri, .pin = -1};
    int rc = signer_open(&with, &out->process, why) == KEYS_OK ? take_key(origin, out, why) : -1;
    out->last = rc == 0 ? mem_zalloc(sizeof *out->last) : NULL;
    if (rc == 0 && !out->last) {
        rc = tell(why, "memory ran out", "");
    }
    if (rc != 0) {
        register_key_forget(out);
    }
    return rc;
}

void register_key_forget(struct register_key *k)
{
    signer_close(k->process);
    mem_free(k->last);
    k->process = NULL;
    k->last = NULL;
    k->by = (struct note_signer){NULL, NULL};
}

int register_key_public(const char *data, struct note_key *out)
{
    char path[PATH], text[VKEY_MAX];
    (void)snprintf(path, sizeof path, "%.860s/keys/register.vkey", data);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
    bool absent = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
    (void)(fd >= 0 && close(fd));
    struct span line = span_make(text, n > 0 ? strcspn(text, "\n") : 0);
    if (n > 0 && memchr(text, '\n', (size_t)n)) {
        return note_key_parse(line, out) == 0 ? 0 : RECORDS_FAILED;
    }
    return absent ? RECORDS_NONE : RECORDS_FAILED;
}
