/*
 * obtain_wire - the messages between a program and satyapan-obtain; both ends are of one build.
 *
 * A program sends obtain_call with one end of a new socket pair; over that pair it sends
 * obtain_wants with a sealed bundle of wants, and gets obtain_answer with a sealed bundle of
 * evidence.
 */
#ifndef OBTAIN_OBTAIN_WIRE_H
#define OBTAIN_OBTAIN_WIRE_H

#include <stdint.h>

enum {
    OBTAIN_CALL = 0x534f4331,  /* "SOC1" */
    OBTAIN_WANTS = 0x534f5731, /* "SOW1" */
    OBTAIN_ANSWER = 0x534f4131 /* "SOA1" */
};

struct obtain_call {
    uint32_t magic;
};

struct obtain_wants {
    uint32_t magic;
    int32_t timeout_ms;
};

struct obtain_answer {
    uint32_t magic, objects, failures;
};

#endif
