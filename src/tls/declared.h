/*
 * declared - what a vendor says about the TLS of a device, and where a scan found otherwise.
 *
 * {"schema":"satyapan-tls-declared/1","services":[{"port":443,"service":"https",
 *   "protocols":["TLSv1.2","TLSv1.3"],"ciphers":["TLS_..."],"groups":["x25519"],
 *   "client_cert":"none|requested|required"}],
 *  "keys":[{"spki_sha256":"...","use":"..."},{"kind":"EC","bits":256,"use":"..."}]}
 *
 * What a service does not say (no "ciphers") is not compared; without "keys" no key is. A key with
 * its hash is one key, one with kind and bits is what every unit has one of.
 */
#ifndef TLS_DECLARED_H
#define TLS_DECLARED_H

#include "tls/certificate.h"
#include "tls/checks.h"

enum { DECLARED_SERVICES = 64, DECLARED_KEYS = 256, DECLARED_ERROR = 160 };

struct declared_service {
    uint16_t port;
    const char *service; /* of service.h, or NULL */
    uint16_t versions[VERSIONS], suites[FACTS_SUITES], groups[HELLO_GROUPS];
    size_t version_count, suite_count, group_count;
    bool has_versions, has_suites, has_groups, has_client;
    enum client_cert client;
};

struct declared_key {
    const char *spki_sha256; /* lower case, or NULL: */
    const char *kind;
    unsigned bits;
};

struct declared {
    struct declared_service services[DECLARED_SERVICES];
    size_t service_count;
    struct declared_key keys[DECLARED_KEYS];
    size_t key_count;
    bool has_keys;
};

/* Reads a declaration. Returns 0; 1 when the file is wrong (one sentence in error[DECLARED_ERROR]);
 * -1 when memory is out. Strings live in the arena. */
int declared_read(struct arena *a, struct span json, struct declared *out, char *error) WARN_UNUSED;

/* Adds a finding for each difference. */
void declared_check(struct check_list *list, const struct declared *d, const struct scan_job *job,
                    const struct cert_facts *certs, size_t cert_count);

#endif
