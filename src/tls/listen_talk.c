/*
 * listen_talk - see listen_talk.h.
 */
#include "tls/listen_talk.h"

#include <strings.h>

static bool starts(struct span data, const char *word)
{
    size_t n = strlen(word);
    return data.n >= n && memcmp(data.p, word, n) == 0;
}

static bool starts_any_case(struct span data, const char *word)
{
    size_t n = strlen(word);
    return data.n >= n && strncasecmp((const char *)data.p, word, n) == 0;
}

/* CONNECT: its packet type, a length, then the protocol's name. */
static bool is_mqtt(struct span d)
{
    if (d.n < 2 || d.p[0] != 0x10) {
        return false;
    }
    size_t at = 1;
    while (at < d.n && at < 4 && (d.p[at] & 0x80)) {
        at++;
    }
    struct span name = span_sub(d, at + 1, d.n);
    return span_starts(name, SPAN_LIT("\0\4MQTT")) || span_starts(name, SPAN_LIT("\0\6MQIsdp"));
}

static bool has_method(struct span d)
{
    static const char *const methods[] = {"GET ",     "POST ",    "PUT ",   "HEAD ", "DELETE ",
                                          "OPTIONS ", "CONNECT ", "PATCH ", "TRACE "};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (starts(d, methods[i])) {
            return true;
        }
    }
    return false;
}

static bool is_rtsp(struct span d)
{
    struct span line = d;
    size_t end = span_find(d, SPAN_LIT("\r\n"), 0);
    line.n = end == SIZE_MAX ? d.n : end;
    return span_find(line, SPAN_LIT(" RTSP/"), 0) != SIZE_MAX;
}

enum first_pdu talk_pdu(struct span d)
{
    if (starts(d, "PRI * HTTP/2")) {
        return PDU_HTTP2;
    }
    if (is_rtsp(d)) {
        return PDU_RTSP;
    }
    if (has_method(d)) {
        return PDU_HTTP;
    }
    if (is_mqtt(d)) {
        return PDU_MQTT;
    }
    if (starts_any_case(d, "EHLO") || starts_any_case(d, "HELO") || starts_any_case(d, "LHLO")) {
        return PDU_SMTP;
    }
    return d.n ? PDU_RAW : PDU_NONE;
}

bool talk_tells(struct span d)
{
    enum { PREFACE = 24, FRAME_HEAD = 9, HEADERS = 1 };
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    size_t common = d.n < PREFACE ? d.n : PREFACE;
    if (d.n < 4 || memcmp(d.p, preface, common) != 0) {
        return d.n > 0 && !(d.n < 4 && memcmp(d.p, preface, d.n) == 0);
    }
    for (size_t at = PREFACE; at + FRAME_HEAD <= d.n;) {
        size_t n = (size_t)d.p[at] << 16 | (size_t)d.p[at + 1] << 8 | d.p[at + 2];
        if (d.p[at + 3] == HEADERS) {
            return true;
        }
        at += FRAME_HEAD + n;
    }
    return false;
}

struct span talk_greeting(uint16_t port)
{
    switch (port) {
    case 465:
        return SPAN_LIT("220 laboratory ESMTP\r\n");
    case 990:
        return SPAN_LIT("220 laboratory\r\n");
    case 993:
        return SPAN_LIT("* OK laboratory\r\n");
    case 995:
        return SPAN_LIT("+OK laboratory\r\n");
    default:
        return SPAN_LIT("");
    }
}

/* MQTT 5 says so after the name of the protocol. */
static bool is_mqtt5(struct span d)
{
    size_t at = span_find(d, SPAN_LIT("\0\4MQTT"), 0);
    return at != SIZE_MAX && at + 6 < d.n && d.p[at + 6] >= 5;
}

static void answer_rtsp(struct span d, struct buffer *out)
{
    size_t at = span_find(d, SPAN_LIT("CSeq:"), 0);
    buffer_str(out, "RTSP/1.0 200 OK\r\nCSeq: ");
    struct span n = at == SIZE_MAX ? SPAN_NONE : span_sub(d, at + 5, 12);
    bool any = false;
    for (size_t i = 0; i < n.n && (n.p[i] == ' ' || (n.p[i] >= '0' && n.p[i] <= '9')); i++) {
        if (n.p[i] != ' ') {
            buffer_char(out, (char)n.p[i]);
            any = true;
        }
    }
    buffer_str(out, any ? "\r\nPublic: OPTIONS\r\n\r\n" : "1\r\nPublic: OPTIONS\r\n\r\n");
}

bool talk_answer(enum first_pdu pdu, struct span data, struct buffer *out)
{
    switch (pdu) {
    case PDU_HTTP:
        buffer_str(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return false;
    case PDU_RTSP:
        answer_rtsp(data, out);
        return false;
    case PDU_MQTT:
        buffer_add(out, is_mqtt5(data) ? SPAN_LIT("\x20\x03\x00\x00\x00")
                                       : SPAN_LIT("\x20\x02\x00\x00"));
        return true;
    case PDU_SMTP:
        buffer_str(out, "250 laboratory\r\n");
        return true;
    default:
        return pdu == PDU_RAW;
    }
}

void mail_greet(struct buffer *out)
{
    buffer_str(out, "220 laboratory ESMTP\r\n");
}

enum mail_step mail_line(struct span line, bool offer, struct buffer *out)
{
    if (starts_any_case(line, "EHLO") || starts_any_case(line, "LHLO")) {
        buffer_str(out, offer ? "250-laboratory\r\n250-STARTTLS\r\n250 8BITMIME\r\n"
                              : "250-laboratory\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n");
        return MAIL_MORE;
    }
    if (starts_any_case(line, "HELO") || starts_any_case(line, "NOOP") ||
        starts_any_case(line, "RSET")) {
        buffer_str(out, "250 laboratory\r\n");
        return MAIL_MORE;
    }
    if (starts_any_case(line, "STARTTLS")) {
        buffer_str(out, offer ? "220 go ahead\r\n" : "454 not now\r\n");
        return offer ? MAIL_TLS : MAIL_MORE;
    }
    if (starts_any_case(line, "MAIL") || starts_any_case(line, "AUTH")) {
        buffer_str(out, "421 laboratory closes\r\n");
        return MAIL_IN_CLEAR;
    }
    buffer_str(out, "221 laboratory closes\r\n");
    return MAIL_ENDS;
}
