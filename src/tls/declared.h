/*
 * declared - what a vendor says about the TLS of a device, and where a scan found otherwise.
 *
 * Lines "PORT/SERVICE WORD VALUE...", as the pages of the register of devices take them:
 *
 *   443/https protocols TLSv1.2 TLSv1.3
 *   443/https ciphers TLS_AES_128_GCM_SHA256
 *   443/https groups x25519 secp256r1
 *   443/https key 0f1e...                 SHA-256 of the public key; more than one is fine
 *   443/https client-cert required        none, requested, required
 *   23/telnet closed
 *
 * '#' begins a comment. What is not said of a service is not compared; a service of which nothing
 * is said must not be there.
 */
#ifndef TLS_DECLARED_H
#define TLS_DECLARED_H

#include "tls/certificate.h"
#include "tls/checks.h"

enum { DECLARED_SERVICES = 64, DECLARED_KEYS = 8, DECLARED_ERROR = 160 };

struct declared_service {
    uint16_t port;
    bool datagram;
    uint16_t versions[VERSIONS], suites[FACTS_SUITES], groups[HELLO_GROUPS];
    size_t version_count, suite_count, group_count;
    bool has_client, closed;
    enum client_cert client;
    char keys[DECLARED_KEYS][65]; /* SHA-256, lower case */
    size_t key_count;
};

struct declared {
    struct declared_service services[DECLARED_SERVICES];
    size_t service_count;
};

/* Reads a declaration. Returns 0, or 1 when it is wrong (one sentence in error[DECLARED_ERROR]). */
int declared_read(struct span text, struct declared *out, char *error) WARN_UNUSED;

/* Adds a finding for each difference. */
void declared_check(struct check_list *list, const struct declared *d, const struct scan_job *job,
                    const struct cert_facts *certs, size_t cert_count);

#endif
