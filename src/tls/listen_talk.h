/*
 * listen_talk - what a device says once it may: which protocol its first data is of, what a server
 * answers so that the device ends in peace, and STARTTLS of SMTP (RFC 3207) from the server's side.
 *
 * HTTP (RFC 9112), HTTP/2 (RFC 9113 3.4), MQTT 3.1.1 and 5, RTSP (RFC 7826), SMTP (RFC 5321).
 */
#ifndef TLS_LISTEN_TALK_H
#define TLS_LISTEN_TALK_H

#include "tls/listen_plan.h"

/* The protocol of the first octets; PDU_RAW when none is known. */
enum first_pdu talk_pdu(struct span data);

/* The data is more than the opening that a library sends by itself: the preface and settings of
 * HTTP/2 go out before the program has looked at anything. */
bool talk_tells(struct span data);

/* What a server says first on this port after the handshake; empty where the client begins. */
struct span talk_greeting(uint16_t port);

/* Appends a peaceful answer to the first data. Returns true when the connection should be kept a
 * moment for more (MQTT, SMTP), false when it may be closed after it. */
bool talk_answer(enum first_pdu pdu, struct span data, struct buffer *out);

enum mail_step {
    MAIL_MORE,     /* read on */
    MAIL_TLS,      /* TLS begins after out is sent */
    MAIL_IN_CLEAR, /* it goes on without TLS: mail or a password comes */
    MAIL_ENDS      /* it gives up */
};

/* Appends the greeting. */
void mail_greet(struct buffer *out);

/* One line of the client, without its end. offer: STARTTLS is offered. */
enum mail_step mail_line(struct span line, bool offer, struct buffer *out);

#endif
