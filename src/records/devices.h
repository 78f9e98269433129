/*
 * devices - units under test, the keys they were seen with, and who else has the same key.
 *
 * A unit is a firm, a model and a serial number; what they are compared by ignores case. A key is
 * kept once, with its modulus when it is an RSA key; each place where a unit showed it is a row of
 * its own that is never taken back. OWASP ASVS 4.0.3 C.2 (keys of its own in every unit) and C.23
 * (good random numbers) are judged from it.
 *
 * What it does not do: it computes nothing about keys. Which RSA keys have a prime in common is
 * told to it (tls/shared_prime.h).
 */
#ifndef RECORDS_DEVICES_H
#define RECORDS_DEVICES_H

#include "records/applications.h"
#include "records/records.h"

struct device_name {
    const char *firm, *model, *serial;
};

/* Inside a transaction. The unit's id, a new one's too. firmware NULL and application UTC_NONE
 * leave what is there. */
int64_t device_save(struct records *r, const struct device_name *name, const char *firmware,
                    int64_t application, int64_t now) WARN_UNUSED;

/* Rows of the table; RECORDS_NONE. */
int device_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
int device_find(struct records *r, const struct device_name *name, int64_t *id) WARN_UNUSED;

/* Changes firmware, application, note of the version that was seen. */
int device_update(struct records *r, int64_t id, int64_t version, const json_t *values,
                  int64_t now) WARN_UNUSED;

struct device_filter {
    const char *firm, *model, *serial; /* beginnings; NULL: any */
    int64_t application;               /* UTC_NONE: any */
};

/* Units by firm, model, serial, each with "keys": how many it was seen with, and "shared": how many
 * of them another unit has too or have a prime in common with another key. */
int device_list(struct records *r, const struct device_filter *filter, const char *after,
                int64_t limit, json_t **out, char next[RECORDS_MARK]) WARN_UNUSED;

/* ---- keys ------------------------------------------------------------------------------------ */

struct device_key {
    const char *spki_sha256; /* lower-case hexadecimal */
    const char *kind;        /* "RSA", "EC", ... */
    unsigned bits;
    struct span spki, modulus; /* DER; big-endian, absent when it is no RSA key */
    const char *service;       /* "443/https" */
    const char *certificate;   /* SHA-256, hexadecimal; "" for a bare key */
    const char *firmware;
};

/* Inside a transaction: the unit was seen with the key. 1: it was not in the register before, from
 * whichever unit; 0; or a code. */
int device_key_save(struct records *r, int64_t device, const struct device_key *key,
                    int64_t now) WARN_UNUSED;

/* Two RSA keys were found to have a prime in common. Inside a transaction. */
int device_key_shares(struct records *r, const char *spki_sha256, const char *other) WARN_UNUSED;

/* The row of a key without its octets; RECORDS_NONE. */
int device_key_get(struct records *r, const char *spki_sha256, json_t **out) WARN_UNUSED;

/* Where a unit's keys were seen: rows {spki_sha256, kind, bits, shares, service, certificate,
 * firmware, first_at, last_at, units}; units: how many have the key. */
int device_keys(struct records *r, int64_t device, json_t **out) WARN_UNUSED;

/* The units that have a key: rows {id, firm, model, serial}, the first seen first. */
int device_key_units(struct records *r, const char *spki_sha256, json_t **out) WARN_UNUSED;

/* How many units of a model were seen with a key. */
int device_units(struct records *r, const char *firm, const char *model, int64_t *out) WARN_UNUSED;

/* Calls take for each RSA modulus of the register, once each. It returns 0 to go on, else its
 * result is returned. The octets are borrowed for the call. */
int device_moduli(struct records *r,
                  int (*take)(void *context, const char *spki_sha256, struct span modulus),
                  void *context) WARN_UNUSED;

/* What compares units: rows {code, spki_sha256, other_spki_sha256, firm, model, serial, other_firm,
 * other_model, other_serial}; code: "tls.key-shared-between-units",
 * "tls.key-shared-between-firms" or "tls.shared-prime". Each unit once for a key that others have:
 * beside the first that had it. */
int device_faults(struct records *r, json_t **out) WARN_UNUSED;

#endif
