/*
 * note - text signed by keys: C2SP signed-note v1, with Ed25519 keys (type 01) and the cosignatures
 * of witnesses (type 04, C2SP tlog-cosignature v1).
 *
 * A public key is written "name+hash+base64(type || key)" (vkey); a signature line is
 * "— name base64(id || signature)", the id 4 octets of SHA-256(name || 0A || type || key).
 * Functions that read return 0, 1 when the text is not that, or -1: memory.
 */
#ifndef TLOG_NOTE_H
#define TLOG_NOTE_H

#include "base/buffer.h"
#include "base/hash.h"

enum {
    NOTE_NAME = 256,
    NOTE_ID = 4,
    NOTE_KEY = 32,
    NOTE_SIGNATURE = 64,
    NOTE_LINES = 64,   /* signatures of one note; the specification wants at least 16 */
    NOTE_MAX = 1 << 20 /* octets of one note */
};

enum note_type { NOTE_ED25519 = 1, NOTE_COSIGNATURE = 4 };

struct note_key {
    char name[NOTE_NAME];
    enum note_type type;
    uint8_t id[NOTE_ID], key[NOTE_KEY];
};

/* Reads a vkey. Another type than the two is not one of ours: 1. */
int note_key_parse(struct span vkey, struct note_key *out) WARN_UNUSED;

/* From a name and an Ed25519 public key. 1: the name has spaces, '+', or is too long. */
int note_key_make(const char *name, enum note_type type, const uint8_t key[NOTE_KEY],
                  struct note_key *out) WARN_UNUSED;
int note_key_write(const struct note_key *k, struct buffer *out) WARN_UNUSED;

struct note_line {
    struct span name;
    struct span signature; /* base64, id first */
};

/* A note taken apart; everything is borrowed from it. */
struct note {
    struct span text; /* with its last newline, without the empty line */
    struct note_line lines[NOTE_LINES];
    size_t count;
};

int note_parse(struct span bytes, struct note *out) WARN_UNUSED;

/* The key signed the text. 1: yes; 0: it did not, or a line in its name does not verify; -1:
 * memory. *at: of a cosignature its time, UTC seconds; may be NULL. */
int note_signed(const struct note *n, const struct note_key *key, int64_t *at) WARN_UNUSED;

/* Who has the private half of a key: signs a text. 0 or -1. */
struct note_signer {
    int (*sign)(void *context, struct span text, uint8_t out[NOTE_SIGNATURE]);
    void *context;
};
/* A signer whose context is the Ed25519 seed, NOTE_KEY octets. */
int note_seed_sign(void *seed, struct span text, uint8_t out[NOTE_SIGNATURE]) WARN_UNUSED;

/* Appends the signature line of the key. */
int note_sign_by(struct span text, const struct note_key *key, const struct note_signer *by,
                 struct buffer *out) WARN_UNUSED;
/* The same with the Ed25519 seed. */
int note_sign(struct span text, const struct note_key *key, const uint8_t seed[NOTE_KEY],
              struct buffer *out) WARN_UNUSED;

/* A witness's: the message has the time in front. */
int note_cosign(struct span text, const struct note_key *key, const uint8_t seed[NOTE_KEY],
                int64_t at, struct buffer *out) WARN_UNUSED;

#endif
