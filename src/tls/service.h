/*
 * service - what runs on a port: how TLS begins there, and the smallest message that its protocol
 * answers.
 *
 * STARTTLS of FTP (RFC 4217), SMTP (RFC 3207) and LDAP (RFC 4511 4.14); first messages of HTTP,
 * RTSP, MQTT, SIP, CoAP (RFC 7252). Nothing is sent that changes anything on a device.
 */
#ifndef TLS_SERVICE_H
#define TLS_SERVICE_H

#include "base/buffer.h"

enum service_start {
    START_TLS, /* TLS from the first octet */
    START_DTLS,
    START_FTP,     /* after AUTH TLS */
    START_SMTP,    /* after STARTTLS */
    START_LDAP,    /* after the StartTLS operation */
    START_PLAIN,   /* no TLS: only what it says is read */
    START_DATAGRAM /* the same over UDP */
};

enum service_talk {
    TALK_NONE,
    TALK_BANNER,
    TALK_HTTP,
    TALK_RTSP,
    TALK_MQTT,
    TALK_SIP,
    TALK_ONVIF,
    TALK_COAP
};

struct service {
    const char *name;
    uint16_t port;
    enum service_start start;
    enum service_talk talk;
    const char *alpn; /* comma-separated, or NULL */
    bool by_default;
};

/* All rows, ended by one without a name. The first row of a port is the one meant by its number. */
const struct service *services(void);
const struct service *service_by_name(const char *name);

/* What is meant by "host:port" alone: the row of the port, or plain TLS. */
const struct service *service_by_port(uint16_t port);

/* ---- the plain dialogue before TLS ----------------------------------------------------------- */

enum dialogue_step {
    DIALOGUE_READ, /* more must come */
    DIALOGUE_SEND, /* send what is in out, then read */
    DIALOGUE_TLS,  /* TLS begins now */
    DIALOGUE_NONE  /* the server does not offer it */
};

struct dialogue {
    enum service_start start;
    unsigned turn;
    char line[512]; /* what came, the newest; also kept as the banner */
    size_t n;
    char banner[96];
};

void dialogue_begin(struct dialogue *d, enum service_start start);

/* Before anything was read (bytes absent), then with each piece. What to send is appended to
 * out. */
enum dialogue_step dialogue_step(struct dialogue *d, struct span bytes, struct buffer *out);

/* The first message of the protocol; nothing for TALK_NONE and TALK_BANNER. */
void service_message(enum service_talk talk, const char *host, struct buffer *out);

/* Is it an answer of that protocol. */
bool service_answered(enum service_talk talk, struct span bytes);

/* Printable start of what a service said, for reports. out has n bytes. */
void service_banner(struct span bytes, char *out, size_t n);

#endif
