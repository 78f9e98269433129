/*
 * qr - what a certificate's QR code says: its page's address, and behind '#' a payload that can be
 * checked without a network by whoever has the register's public key.
 *
 *   https://host/certificate/NUMBER#BASE64URL(payload)
 *   payload: octet 1 (version), key id (4, as in note.h), as_of (4), valid_to (4; days since
 *            1970-01-01, big-endian), SHA-256 of the data (32, of issue_json), length of the number
 *            (1), the number, Ed25519 signature (64)
 *
 * Signed is "satyapan-qr/1\n", the address without '#', "\n", and the payload before the signature:
 * no other address can carry it, and no signed note (tlog/note.h) begins so. The fragment never
 * reaches a server. What it cannot say: what happened after as_of; that is the register's.
 */
#ifndef ISSUE_QR_H
#define ISSUE_QR_H

#include "scheme/date.h"
#include "tlog/note.h"

enum { QR_URL = 161, QR_NUMBER = 65, QR_TEXT = 512, QR_WHY = 160 };

struct qr_claim {
    char url[QR_URL]; /* without fragment */
    char number[QR_NUMBER];
    int32_t as_of, valid_to; /* of date.h: a day on which it is valid, and until when */
    uint8_t data[SHA256_SIZE];
};

/* The text for the QR code. 1: address or number are too long or empty; -1. */
int qr_make(const struct qr_claim *c, const struct note_key *key, const struct note_signer *by,
            struct buffer *out) WARN_UNUSED;

/* Reads a text and checks the signature. 0: it is the key's; 1: it is not (why[QR_WHY]: one
 * sentence); -1. */
int qr_check(struct span text, const struct note_key *key, struct qr_claim *out,
             char *why) WARN_UNUSED;

#endif
