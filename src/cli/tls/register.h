/*
 * register - the register of device keys as scans and `satyapan tls device` use it: the records
 * (DATA/office.db), which a laboratory without a certification body has too, for its devices alone.
 *
 * DATA/devices.jsonl, where the register was before, is taken over once.
 */
#ifndef CLI_TLS_REGISTER_H
#define CLI_TLS_REGISTER_H

#include "cli/tls/command.h"
#include "records/devices.h"

/* ask: *out is NULL when there is no register; else it is made. Returns an exit code. */
int register_open(struct tls_command *c, bool ask, struct records **out) WARN_UNUSED;

/* Calls take for each line of JSON of a file; it returns an exit code. */
int register_lines(struct tls_command *c, const char *path,
                   int (*take)(struct tls_command *c, void *context, const json_t *o),
                   void *context) WARN_UNUSED;

/* The unit that --firm, --model and --serial name; false: none of them is given. */
bool register_unit(const struct tls_command *c, struct device_name *out);

/* For struct report_basis: what the register says about a key. */
struct register_question {
    struct records *records;
    struct device_name unit;
    bool named; /* unit is the one that is scanned */
};
int register_ask(void *context, struct arena *a, const struct cert_facts *cert,
                 struct key_history *out) WARN_UNUSED;

/* Keeps a key of the unit, and notes with which others it has a prime in common. 1: it is new to
 * the register, 0, or -1. A transaction of its own. */
int register_keep(struct records *r, const struct device_name *unit, const char *firmware,
                  const struct device_key *key, int64_t now) WARN_UNUSED;

/* From the DER of a SubjectPublicKeyInfo: kind, bits, modulus (into room[REGISTER_MODULUS]) and
 * spki. False: it is none. */
enum { REGISTER_MODULUS = 2048 };
bool register_read_key(struct span spki, uint8_t *room, struct device_key *out);

/* Compares all RSA keys, so that device_faults knows what keys of before the last comparison
 * share. Returns an exit code. */
int register_find_primes(struct tls_command *c, struct records *r) WARN_UNUSED;

#endif
