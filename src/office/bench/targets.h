/*
 * targets - which addresses of the bench are asked, and which never are.
 *
 * What people write - "192.168.1.20", "192.168.1.20:8443/https", "[fd00::7]:322" - is read strictly
 * and written anew, so that what reaches a command line is made of an address, a number and a word
 * of ours. Names are refused: an address that was looked up may be another one a moment later.
 * A server that asks addresses for people is also a way into its own network: only the networks of
 * the setting scan_networks are asked, and addresses of this machine, of a cloud's metadata service
 * and of many receivers only under the conditions of bench_refuses.
 *
 * What it does not do: it opens nothing.
 */
#ifndef OFFICE_BENCH_TARGETS_H
#define OFFICE_BENCH_TARGETS_H

#include "base/arena.h"

enum {
    BENCH_TARGETS = 16,   /* of a unit */
    BENCH_SERVICES = 256, /* that are asked in one run */
    BENCH_ADDRESS = 16
};

/* A sentence for people, in both languages. */
struct bench_why {
    const char *en, *hi;
};

/* An address; IPv4 as the IPv6 address that holds it (RFC 4291 2.5.5.2). */
struct bench_address {
    uint8_t bytes[BENCH_ADDRESS];
};

struct bench_target {
    struct bench_address address;
    const char *text;    /* of the address, as inet_ntop writes it */
    uint16_t port;       /* 0: the usual services */
    const char *service; /* NULL: the usual one of the port */
};

struct bench_targets {
    struct bench_target list[BENCH_TARGETS];
    size_t count;
};

/* Words separated by blanks, commas and line breaks. 0; 1: why; -1: memory. */
int bench_targets_read(struct arena *a, const char *text, struct bench_targets *out,
                       struct bench_why *why) WARN_UNUSED;

/* The same again, one a line. NULL: memory. */
const char *bench_targets_text(struct arena *a, const struct bench_targets *t);

/* Every service that is asked, as "192.0.2.7:443/https". Returns how many words, or -1: memory. */
int bench_words(struct arena *a, const struct bench_targets *t, const char *words[BENCH_SERVICES]);

/* A name that a certificate may be for: letters, digits, dots, hyphens. */
bool bench_name(const char *name);

/* ---- where scans may go ---------------------------------------------------------------------- */

struct bench_network {
    struct bench_address address;
    unsigned bits; /* of 128 */
};

enum { BENCH_NETWORKS = 64, BENCH_OWN = 128 };

struct bench_reach {
    struct bench_network networks[BENCH_NETWORKS];
    size_t network_count;
    struct bench_address own[BENCH_OWN]; /* of this machine */
    size_t own_count;
};

/* "10.0.0.0/8 fe80::/10" and the addresses of this machine. 0; 1: the setting is wrong; -1. */
int bench_reach_read(const char *networks, struct bench_reach *out) WARN_UNUSED;

/*
 * Why an address is not asked; NULL: it is. Never: none, many receivers (224/4, ff00::/8,
 * 255.255.255.255). Only where the setting names loopback: loopback. Only where it names exactly
 * that one address: another address of this machine, 169.254.169.254 and fd00:ec2::254 (metadata of
 * clouds). Else those of its networks.
 */
const struct bench_why *bench_refuses(const struct bench_reach *r, const struct bench_address *a);

/* The first target that is refused, and why; NULL: none. */
const struct bench_target *bench_refused(const struct bench_reach *r, const struct bench_targets *t,
                                         const struct bench_why **why);

#endif
