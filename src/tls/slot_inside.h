/*
 * slot_inside - a slot from the inside: what its files share. Each file is one thing that happens
 * on a connection; slot.c is the machine that goes from one to the next.
 */
#ifndef TLS_SLOT_INSIDE_H
#define TLS_SLOT_INSIDE_H

#include "tls/slot.h"

enum { SLOT_OUT_MAX = 8192, SLOT_TALK_MAX = 16 * 1024 };

static inline bool slot_is_datagram(const struct slot *s)
{
    enum service_start start = s->job->service->start;
    return start == START_DTLS || start == START_DATAGRAM;
}

/* ---- slot.c: what comes next ----------------------------------------------------------------- */

/* Has the next question, or the next kind of work. */
enum slot_result slot_next_work(struct slot *s, int64_t now);

/* ---- slot_wire.c: the socket, time, politeness ----------------------------------------------- */

/* Time since the last call is put on the account of what was being done. */
void slot_account(struct slot *s, enum scan_cost next, int64_t now);

/* Begins to connect. Returns 0, or the errno. */
int slot_connect(struct slot *s);
int slot_connect_error(const struct slot *s);
void slot_shut(struct slot *s);

/* What an errno of a connection means. */
enum outcome slot_outcome(int error);

/* Sends what is left in out. Returns 0, or the errno. */
int slot_flush(struct slot *s);

/* Reads once. Returns the bytes (n 0: nothing now), or an outcome that ends the connection. */
struct span slot_read(struct slot *s, uint8_t *bytes, size_t max, enum outcome *how);

void slot_begin_drain(struct slot *s, int64_t now);
enum slot_result slot_drain(struct slot *s, bool ready, int64_t now);
void slot_begin_pause(struct slot *s, unsigned ms, int64_t now);

/* ---- slot_hello.c: one question and its answer ----------------------------------------------- */

void slot_begin_answer(struct slot *s, int64_t now);
enum slot_result slot_answer(struct slot *s, bool ready, int64_t now);

/* There was no connection: for the plan that is an answer like any other. */
enum slot_result slot_no_connection(struct slot *s, enum outcome how, int64_t now);

/* The answer is in the reader: tell the plan. */
enum slot_result slot_answered(struct slot *s, int64_t now);

/* ---- slot_talk.c: plain dialogues, before TLS or without it ---------------------------------- */

enum slot_result slot_begin_dialogue(struct slot *s, int64_t now);
enum slot_result slot_dialogue(struct slot *s, bool ready, int64_t now);
enum slot_result slot_begin_talk(struct slot *s, int64_t now);
enum slot_result slot_talk(struct slot *s, bool ready, int64_t now);

/* ---- slot_full.c: complete handshakes -------------------------------------------------------- */

enum slot_result slot_begin_full(struct slot *s, int64_t now);
enum slot_result slot_full(struct slot *s, int64_t now);
void slot_drop_full(struct slot *s);

/* A complete handshake that was lost on the way is tried again, like a hello: true when it is. */
bool slot_full_again(struct slot *s, int64_t now);

/* ---- slot_provoke.c: --intrusive ------------------------------------------------------------- */

/* The next provocation that applies, and the pause before it; false: there is none left. */
bool slot_next_provocation(struct slot *s, unsigned *pause_ms);

/* The server's first flight is read (or is not): now. */
enum slot_result slot_begin_provoke(struct slot *s, int64_t now);
enum slot_result slot_provoke(struct slot *s, bool ready, int64_t now);

/* The renegotiated handshake ended like this; the device could not be reached for a provocation. */
enum slot_result slot_renegotiated(struct slot *s, enum known how, int64_t now);
enum slot_result slot_not_provoked(struct slot *s, int64_t now);

#endif
