/*
 * wire - what a program and satyapan-keyd say to each other over a socket of whole messages.
 *
 *   program: keys_wire_open, with the PIN's descriptor if there is one    keyd: keys_wire_ready
 *   program: keys_wire_ask                                                keyd: keys_wire_answer
 *   ... until the program closes the socket, which ends keyd.
 */
#ifndef KEYS_WIRE_H
#define KEYS_WIRE_H

#include "keys/keys.h"

enum {
    KEYS_WIRE_MAGIC = 0x4B455931, /* "KEY1" */
    KEYS_URI = 1024,
    KEYS_TOKEN = 128,
    KEYS_CERTS = 64 << 10, /* octets of all certificates together */
    KEYS_BYTES = 64 << 10  /* longest text to be signed: attributes and SignedInfo are short */
};

struct keys_wire_open {
    uint32_t magic;
    bool has_pin, prompt;
    char uri[KEYS_URI];
};

struct keys_wire_ready {
    uint32_t magic, result, algorithm, count;
    char why[KEYS_WHY], token[KEYS_TOKEN];
    uint32_t sizes[KEYS_CHAIN_MAX];
    uint8_t certs[KEYS_CERTS];
};

struct keys_wire_ask {
    uint32_t magic, size;
    uint8_t bytes[KEYS_BYTES];
};

struct keys_wire_answer {
    uint32_t magic, result, size;
    char why[KEYS_WHY];
    uint8_t signature[KEYS_SIGNATURE_MAX];
};

#endif
