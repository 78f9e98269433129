/*
 * service - see service.h.
 */
#include "tls/service.h"

#include <stdio.h>

static const struct service rows[] = {
    {"https", 443, START_TLS, TALK_HTTP, "h2,http/1.1", true},
    {"https-alt", 8443, START_TLS, TALK_HTTP, "h2,http/1.1", true},
    {"rtsps", 322, START_TLS, TALK_RTSP, NULL, true},
    {"mqtts", 8883, START_TLS, TALK_MQTT, "mqtt", true},
    {"sips", 5061, START_TLS, TALK_SIP, "sip/2", true},
    {"coaps", 5684, START_DTLS, TALK_COAP, "coap", true},
    {"syslog-tls", 6514, START_TLS, TALK_NONE, NULL, true},
    {"ldaps", 636, START_TLS, TALK_NONE, NULL, false},
    {"ftps", 990, START_TLS, TALK_BANNER, NULL, false},
    {"smtps", 465, START_TLS, TALK_BANNER, NULL, false},
    {"ftp", 21, START_FTP, TALK_BANNER, NULL, true},
    {"smtp", 25, START_SMTP, TALK_BANNER, NULL, false},
    {"submission", 587, START_SMTP, TALK_BANNER, NULL, false},
    {"ldap", 389, START_LDAP, TALK_NONE, NULL, false},
    {"http", 80, START_PLAIN, TALK_HTTP, NULL, true},
    {"rtsp", 554, START_PLAIN, TALK_RTSP, NULL, true},
    {"mqtt", 1883, START_PLAIN, TALK_MQTT, NULL, true},
    {"coap", 5683, START_DATAGRAM, TALK_COAP, NULL, true},
    {"telnet", 23, START_PLAIN, TALK_BANNER, NULL, true},
    {"onvif", 0, START_PLAIN, TALK_ONVIF, NULL, false},
    {"onvifs", 0, START_TLS, TALK_ONVIF, "http/1.1", false},
    {"tls", 0, START_TLS, TALK_NONE, NULL, false},
    {"dtls", 0, START_DTLS, TALK_NONE, NULL, false},
    {0},
};

const struct service *services(void)
{
    return rows;
}

const struct service *service_by_name(const char *name)
{
    for (const struct service *s = rows; s->name; s++) {
        if (strcmp(s->name, name) == 0) {
            return s;
        }
    }
    return NULL;
}

const struct service *service_by_port(uint16_t port)
{
    for (const struct service *s = rows; s->name; s++) {
        if (s->port == port && port) {
            return s;
        }
    }
    return service_by_name("tls");
}

/* ---- STARTTLS -------------------------------------------------------------------------------- */

/* LDAPMessage 1, ExtendedRequest 1.3.6.1.4.1.1466.20037 (RFC 4511 4.14.1). */
static const char ldap_start[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
                                 "1.3.6.1.4.1.1466.20037";

void dialogue_begin(struct dialogue *d, enum service_start start)
{
    memset(d, 0, sizeof *d);
    d->start = start;
}

/* The last line of a reply is complete: three digits and a blank (RFC 959 4.2). *code is its
 * number. */
static bool reply_done(const struct dialogue *d, int *code)
{
    size_t end = d->n, start;
    if (end == 0 || d->line[end - 1] != '\n') {
        return false;
    }
    for (start = end - 1; start > 0 && d->line[start - 1] != '\n'; start--) {
    }
    const char *line = d->line + start;
    if (end - start < 4 || line[3] == '-' || strspn(line, "0123456789") != 3) {
        return false;
    }
    *code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
    return true;
}

static enum dialogue_step send_line(struct dialogue *d, const char *line, struct buffer *out)
{
    d->turn++;
    d->n = 0;
    buffer_str(out, line);
    return DIALOGUE_SEND;
}

static enum dialogue_step step_ftp(struct dialogue *d, struct buffer *out)
{
    int code;
    if (!reply_done(d, &code)) {
        return DIALOGUE_READ;
    }
    if (d->turn == 0) {
        service_banner(span_make(d->line, d->n), d->banner, sizeof d->banner);
        return code == 220 ? send_line(d, "AUTH TLS\r\n", out) : DIALOGUE_NONE;
    }
    return code == 234 ? DIALOGUE_TLS : DIALOGUE_NONE;
}

static enum dialogue_step step_smtp(struct dialogue *d, struct buffer *out)
{
    int code;
    if (!reply_done(d, &code)) {
        return DIALOGUE_READ;
    }
    if (d->turn == 0) {
        service_banner(span_make(d->line, d->n), d->banner, sizeof d->banner);
        return code == 220 ? send_line(d, "EHLO satyapan\r\n", out) : DIALOGUE_NONE;
    }
    if (d->turn == 1) {
        d->line[d->n] = 0;
        return code == 250 && strstr(d->line, "STARTTLS") ? send_line(d, "STARTTLS\r\n", out)
                                                          : DIALOGUE_NONE;
    }
    return code == 220 ? DIALOGUE_TLS : DIALOGUE_NONE;
}

/* ExtendedResponse with resultCode success; whatever else comes is no. */
static enum dialogue_step step_ldap(struct dialogue *d, struct buffer *out)
{
    if (d->turn == 0) {
        d->turn = 1;
        buffer_add(out, span_make(ldap_start, sizeof ldap_start - 1));
        return DIALOGUE_SEND;
    }
    const uint8_t *p = (const uint8_t *)d->line;
    size_t head = d->n > 1 && p[1] == 0x84 ? 6 : 2; /* Active Directory writes long lengths */
    if (d->n < head + 8) {
        return DIALOGUE_READ;
    }
    size_t inner = p[head + 4] == 0x84 ? 9 : 5;
    if (d->n < head + inner + 3) {
        return DIALOGUE_READ;
    }
    bool good =
        p[0] == 0x30 && p[head + 3] == 0x78 && p[head + inner] == 0x0a && p[head + inner + 2] == 0;
    return good ? DIALOGUE_TLS : DIALOGUE_NONE;
}

enum dialogue_step dialogue_step(struct dialogue *d, struct span bytes, struct buffer *out)
{
    size_t room = sizeof d->line - 1 - d->n;
    if (bytes.n > room) {
        return DIALOGUE_NONE;
    }
    if (bytes.n) {
        memcpy(d->line + d->n, bytes.p, bytes.n);
        d->n += bytes.n;
    }
    switch (d->start) {
    case START_FTP:
        return step_ftp(d, out);
    case START_SMTP:
        return step_smtp(d, out);
    case START_LDAP:
        return step_ldap(d, out);
    default:
        return DIALOGUE_TLS;
    }
}

/* ---- first messages -------------------------------------------------------------------------- */

static const char onvif_body[] =
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>"
    "<GetSystemDateAndTime xmlns=\"http://www.onvif.org/ver10/device/wsdl\"/>"
    "</s:Body></s:Envelope>";

void service_message(enum service_talk talk, const char *host, struct buffer *out)
{
    switch (talk) {
    case TALK_HTTP:
        buffer_printf(out,
                      "GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: satyapan\r\nAccept: */*\r\n"
                      "Connection: close\r\n\r\n",
                      host);
        break;
    case TALK_ONVIF:
        buffer_printf(out,
                      "POST /onvif/device_service HTTP/1.1\r\nHost: %s\r\nUser-Agent: satyapan\r\n"
                      "Content-Type: application/soap+xml\r\nContent-Length: %zu\r\n"
                      "Connection: close\r\n\r\n%s",
                      host, sizeof onvif_body - 1, onvif_body);
        break;
    case TALK_RTSP:
        buffer_printf(out, "OPTIONS rtsp://%s/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", host);
        break;
    case TALK_MQTT: /* CONNECT, MQTT 3.1.1, clean session, client id "satyapan" */
        buffer_add(out, SPAN_LIT("\x10\x14\0\x04MQTT\x04\x02\0\x0a\0\x08satyapan"));
        break;
    case TALK_SIP:
        buffer_printf(
            out,
            "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/TLS satyapan.invalid;branch=z9hG4bKs\r\n"
            "Max-Forwards: 70\r\nTo: <sip:%s>\r\nFrom: <sip:satyapan.invalid>;tag=s\r\n"
            "Call-ID: satyapan\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
            host, host);
        break;
    case TALK_COAP: /* confirmable GET /.well-known/core, message 0x5350 (RFC 7252 3, RFC 6690) */
        buffer_add(out, SPAN_LIT("\x40\x01SP\xbb.well-known\x04"
                                 "core"));
        break;
    default:
        break;
    }
}

/* An answer to our message: acknowledgement or reset with its number, or a response (2.xx to 5.xx)
 * that comes by itself. */
static bool coap_answered(struct span b)
{
    bool version = b.n >= 4 && b.p[0] >> 6 == 1;
    unsigned type = b.n ? b.p[0] >> 4 & 3 : 0, class = b.n > 1 ? b.p[1] >> 5 : 0;
    bool ours = version && type >= 2 && b.p[2] == 'S' && b.p[3] == 'P';
    return ours || (version && class >= 2 && class <= 5);
}

bool service_answered(enum service_talk talk, struct span b)
{
    switch (talk) {
    case TALK_HTTP:
    case TALK_ONVIF:
        return span_starts(b, SPAN_LIT("HTTP/"));
    case TALK_RTSP:
        return span_starts(b, SPAN_LIT("RTSP/"));
    case TALK_SIP:
        return span_starts(b, SPAN_LIT("SIP/"));
    case TALK_MQTT:
        return b.n >= 4 && b.p[0] == 0x20;
    case TALK_COAP:
        return coap_answered(b);
    case TALK_BANNER:
        return b.n > 0;
    default:
        return false;
    }
}

void service_banner(struct span bytes, char *out, size_t n)
{
    size_t i = 0;
    for (; i < bytes.n && i + 1 < n; i++) {
        if (bytes.p[i] < 0x20 || bytes.p[i] > 0x7e) {
            break;
        }
        out[i] = (char)bytes.p[i];
    }
    out[i] = 0;
}
