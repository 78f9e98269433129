/*
 * record - from the bytes of a connection to handshake messages: TLS, SSL 2.0 and DTLS records.
 *
 * RFC 8446 5.1, RFC 5246 6.2.1, RFC 6347 4.1 and 4.2.2, draft-hickman-netscape-ssl-00 1.1. Each
 * byte is looked at once, however it is cut. A hostile server can make an answer long, never
 * endless: the limits are in hello.h. What is not done: ciphertext; the first flight has none that
 * matters here.
 */
#include "tls/hello.h"

#include <stdio.h>

enum {
    CHANGE_CIPHER = 20,
    ALERT = 21,
    HANDSHAKE = 22,
    APPLICATION = 23,
    RECORD_HEAD = 5,
    DATAGRAM_HEAD = 13,
    MESSAGE_HEAD = 4,
    PART_HEAD = 12,
    RECORD_MAX = 16384 + 2048,
    SERVER_HELLO = 2,
    SERVER_HELLO2 = 4
};

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static size_t get24(const uint8_t *p)
{
    return (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
}

const char *outcome_name(enum outcome o)
{
    static const char *const names[] = {"none",    "hello",       "alert",     "closed",
                                        "reset",   "timeout",     "malformed", "not-tls",
                                        "refused", "unreachable", "starttls"};
    return names[o];
}

void reader_init(struct reader *r)
{
    memset(r, 0, sizeof *r);
    buffer_init(&r->raw, READER_MAX);
    buffer_init(&r->hands, READER_MAX);
}

void reader_start(struct reader *r, const struct probe *p)
{
    struct buffer raw = r->raw, hands = r->hands;
    memset(r, 0, sizeof *r);
    r->raw = raw;
    r->hands = hands;
    r->raw.n = r->hands.n = 0;
    r->raw.failed = r->raw.full = r->hands.failed = r->hands.full = false;
    r->probe = p;
}

void reader_free(struct reader *r)
{
    buffer_free(&r->raw);
    buffer_free(&r->hands);
}

void reader_broken(struct reader *r, const char *why)
{
    if (!r->closed) {
        (void)snprintf(r->answer.why, sizeof r->answer.why, "%s", why);
        r->answer.outcome = OUTCOME_MALFORMED;
        r->closed = true;
    }
}

static void not_tls(struct reader *r)
{
    (void)snprintf(r->answer.why, sizeof r->answer.why, "the answer is not TLS");
    r->answer.outcome = OUTCOME_NOT_TLS;
    r->closed = true;
}

/* ---- handshake messages ---------------------------------------------------------------------- */

static bool count_message(struct reader *r)
{
    if (++r->messages > READER_MESSAGES) {
        reader_broken(r, "the handshake does not end");
        return false;
    }
    return true;
}

/* Complete messages of the stream so far. */
static void take_messages(struct reader *r)
{
    while (!r->closed && r->hands.n - r->hands_next >= MESSAGE_HEAD) {
        const uint8_t *p = r->hands.p + r->hands_next;
        size_t n = get24(p + 1);
        if (n > READER_MESSAGE) {
            reader_broken(r, "a handshake message is too long");
            return;
        }
        if (r->hands.n - r->hands_next - MESSAGE_HEAD < n || !count_message(r)) {
            return;
        }
        r->hands_next += MESSAGE_HEAD + n;
        answer_message(r, p[0], span_make(p + MESSAGE_HEAD, n));
    }
}

/* RFC 5246 7.2.2: these are always fatal, whatever level a server writes. */
static bool is_fatal(uint8_t alert)
{
    static const uint8_t fatal[] = {10, 20, 22, 30, 40, 47, 50, 51, 70, 71, 80, 86, 109, 120};
    return memchr(fatal, alert, sizeof fatal) != NULL;
}

/* An alert may come in two records of one octet each (RFC 5246 6.2.1). */
static void take_alert(struct reader *r, struct span body)
{
    uint8_t both[2] = {r->alert_level, body.n ? body.p[0] : 0};
    if (body.n == 1 && !r->alert_half) {
        r->alert_half = true;
        r->alert_level = body.p[0];
        return;
    }
    if (body.n == 0) {
        reader_broken(r, "an alert is empty");
        return;
    }
    body = r->alert_half ? span_make(both, 2) : body;
    r->alert_half = false;
    r->answer.alert = body.p[1];
    if (body.p[0] == 1 && body.p[1] != 0 && !is_fatal(body.p[1])) {
        /* a warning, e.g. unrecognized_name: go on reading */
        if (++r->warnings > READER_WARNINGS) {
            reader_broken(r, "warnings without end");
        }
        return;
    }
    if (r->answer.outcome == OUTCOME_NONE) {
        r->answer.outcome = body.p[1] == 0 ? OUTCOME_CLOSED : OUTCOME_ALERT;
    }
    r->closed = true;
}

static void add_hands(struct reader *r, struct span body)
{
    /* answer_message hands out pointers into hands, which must not move: no growing after this. */
    buffer_add(&r->hands, body);
    if (!buffer_ok(&r->hands)) {
        reader_broken(r, "the handshake is too long");
    }
}

static void take_record(struct reader *r, uint8_t type, struct span body)
{
    if (++r->records > READER_RECORDS) {
        reader_broken(r, "records without end");
    } else if (type == ALERT) {
        take_alert(r, body);
    } else if (type == HANDSHAKE) {
        add_hands(r, body);
        take_messages(r);
    } else if (type == APPLICATION && r->answer.outcome == OUTCOME_HELLO) {
        r->closed = true; /* TLS 1.3: the rest is encrypted */
    } else if (type != CHANGE_CIPHER || r->answer.outcome != OUTCOME_HELLO) {
        reader_broken(r, "a record of an unexpected type");
    }
}

/* ---- streams --------------------------------------------------------------------------------- */

/* BearSSL writes version 0 into the alert by which it refuses SSL 3.0. */
static bool has_head(struct span rest)
{
    bool alert = rest.p[0] == ALERT && (rest.n < 5 || get16(rest.p + 3) == 2);
    return rest.p[0] >= CHANGE_CIPHER && rest.p[0] <= APPLICATION &&
           (rest.n < 2 || rest.p[1] == 3 || (alert && rest.p[1] == 0));
}

static void take_stream(struct reader *r)
{
    while (!r->closed && r->raw.n > r->raw_next) {
        struct span rest = span_make(r->raw.p + r->raw_next, r->raw.n - r->raw_next);
        if (!has_head(rest)) {
            if (r->records == 0) {
                not_tls(r);
            } else {
                reader_broken(r, "a record has no TLS header");
            }
            return;
        }
        if (rest.n < RECORD_HEAD) {
            return;
        }
        size_t n = get16(rest.p + 3);
        if (n > RECORD_MAX) {
            reader_broken(r, "a record is longer than allowed");
            return;
        }
        if (rest.n - RECORD_HEAD < n) {
            return;
        }
        r->answer.record_version = (uint16_t)get16(rest.p + 1);
        r->raw_next += RECORD_HEAD + n;
        take_record(r, rest.p[0], span_make(rest.p + RECORD_HEAD, n));
    }
}

/* SSL 2.0: one SERVER-HELLO is all there is before keys. A TLS alert is an answer too. */
static void take_ssl2(struct reader *r)
{
    struct span all = buffer_span(&r->raw);
    if (all.n < 3) {
        return;
    }
    if (all.p[0] >= CHANGE_CIPHER && all.p[0] <= APPLICATION && all.p[1] == 3) {
        take_stream(r);
        return;
    }
    bool short_head = (all.p[0] & 0x80) != 0;
    size_t head = short_head ? 2 : 3;
    size_t n = get16(all.p) & (short_head ? 0x7fffU : 0x3fffU);
    if (all.n <= head) {
        return;
    }
    if (n > READER_MESSAGE || all.p[head] > SERVER_HELLO2 + 4) {
        not_tls(r);
    } else if (all.n - head >= n && n > 0) {
        r->records = 1;
        answer_message(r, all.p[head], span_make(all.p + head + 1, n - 1));
        r->closed = true;
    }
}

/* ---- datagrams ------------------------------------------------------------------------------- */

/* One fragment; RFC 6347 4.2.3. Fragments are taken in order only: a server sends them so, and one
 * that was lost is asked for by sending the hello again. */
static bool take_part(struct reader *r, struct span body, size_t *used)
{
    if (body.n < PART_HEAD) {
        reader_broken(r, "a handshake fragment is cut short");
        return false;
    }
    size_t size = get24(body.p + 1), off = get24(body.p + 6), n = get24(body.p + 9);
    unsigned seq = get16(body.p + 4);
    if (size > READER_MESSAGE || n > body.n - PART_HEAD || off > size || n > size - off) {
        reader_broken(r, "a handshake fragment has wrong lengths");
        return false;
    }
    if (++r->parts > READER_DATAGRAM_PARTS) {
        reader_broken(r, "fragments without end");
        return false;
    }
    *used = PART_HEAD + n;
    if (r->answer.outcome == OUTCOME_NONE && body.p[0] == SERVER_HELLO && !r->part.open &&
        off == 0) {
        r->next_seq = (uint16_t)seq; /* 0 or 1 after a HelloVerifyRequest, as the server pleases */
    }
    bool first = seq == r->next_seq && !r->part.open && off == 0;
    bool next = seq == r->next_seq && r->part.open && off == r->part.have && size == r->part.size &&
                body.p[0] == r->part.type;
    if (!first && !next) {
        return true; /* a repetition, or out of order */
    }
    if (first) {
        r->part.type = body.p[0];
        r->part.size = size;
        r->part.have = 0;
        r->part.open = true;
        r->hands_next = r->hands.n;
    }
    add_hands(r, span_sub(body, PART_HEAD, n));
    r->part.have += n;
    if (!r->closed && r->part.have == size && count_message(r)) {
        r->part.open = false;
        r->next_seq++;
        answer_message(r, r->part.type, span_make(r->hands.p + r->hands_next, size));
    }
    return true;
}

static void take_parts(struct reader *r, struct span body)
{
    while (!r->closed && body.n) {
        size_t used = 0;
        if (!take_part(r, body, &used)) {
            return;
        }
        body = span_sub(body, used, body.n);
    }
}

static void take_datagram(struct reader *r, struct span d)
{
    while (!r->closed && d.n) {
        if (d.n < DATAGRAM_HEAD || d.p[0] < CHANGE_CIPHER || d.p[0] > APPLICATION ||
            d.p[1] != 0xfe) {
            if (r->records == 0) {
                not_tls(r);
            }
            return;
        }
        size_t n = get16(d.p + 11);
        if (n > d.n - DATAGRAM_HEAD) {
            reader_broken(r, "a datagram is cut short");
            return;
        }
        struct span body = span_sub(d, DATAGRAM_HEAD, n);
        r->answer.record_version = (uint16_t)get16(d.p + 1);
        if (++r->records > READER_RECORDS) {
            reader_broken(r, "records without end");
        } else if (get16(d.p + 3) != 0) {
            return; /* another epoch: encrypted */
        } else if (d.p[0] == ALERT) {
            take_alert(r, body);
        } else if (d.p[0] == HANDSHAKE) {
            take_parts(r, body);
        }
        d = span_sub(d, DATAGRAM_HEAD + n, d.n);
    }
}

/* ---- both ------------------------------------------------------------------------------------ */

bool reader_take(struct reader *r, struct span bytes)
{
    size_t before = r->raw.n;
    if (r->closed) {
        return true;
    }
    /* Room for everything at once, so that spans into these buffers stay where they are. */
    if (before == 0 &&
        !(buffer_reserve(&r->raw, READER_MAX) && buffer_reserve(&r->hands, READER_MAX))) {
        reader_broken(r, "out of memory");
        return true;
    }
    buffer_add(&r->raw, bytes);
    if (!buffer_ok(&r->raw)) {
        reader_broken(r, "the answer is too long");
    } else if (tls_is_datagram(r->probe->version)) {
        take_datagram(r, span_make(r->raw.p + before, bytes.n));
    } else if (r->probe->version == TLS_SSL2) {
        take_ssl2(r);
    } else {
        take_stream(r);
    }
    return r->closed;
}

void reader_end(struct reader *r, enum outcome how)
{
    struct answer *a = &r->answer;
    if (!r->closed && a->outcome == OUTCOME_NONE) {
        bool cut = r->raw.n > 0 && (how == OUTCOME_CLOSED || how == OUTCOME_RESET);
        a->outcome = how;
        if (cut && r->warnings == 0) {
            (void)snprintf(a->why, sizeof a->why, "the answer ends in the middle");
        }
    }
    r->closed = true;
}
