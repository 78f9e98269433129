/*
 * provoke - see provoke.h.
 */
#include "tls/provoke.h"

enum {
    CHANGE_CIPHER = 20,
    ALERT = 21,
    HEARTBEAT = 24,
    BAD_RECORD_MAC = 20,
    DECRYPTION_FAILED = 21
};

void provoke_write(enum provocation what, uint16_t version, struct buffer *out)
{
    static const uint8_t beat[] = {0, 3, 1, 0x40, 0}; /* request, "16384 octets", none */
    static const uint8_t change[] = {0, 1, 1};
    bool heart = what == PROVOKE_HEARTBLEED;
    buffer_char(out, heart ? HEARTBEAT : CHANGE_CIPHER);
    buffer_char(out, (char)(version >> 8));
    buffer_char(out, (char)(version & 0xff));
    buffer_add(out, heart ? span_make(beat, sizeof beat) : span_make(change, sizeof change));
}

/* A heartbeat comes back: it can only hold memory of the device. RFC 6520 4 wants silence. */
static enum known read_heart(struct span got, bool over)
{
    if (got.n >= 5 && got.p[0] == HEARTBEAT) {
        return KNOWN_YES;
    }
    return got.n >= 5 || over ? KNOWN_NO : KNOWN_UNTESTED;
}

/* The first is refused by a sound server. One that took it fails to decrypt the second. */
static enum known read_change(struct span got, unsigned sent, bool over, bool *again)
{
    bool alert = got.n >= 7 && got.p[0] == ALERT;
    if (alert) {
        bool decrypts = got.p[6] == BAD_RECORD_MAC || got.p[6] == DECRYPTION_FAILED;
        return sent > 1 && decrypts ? KNOWN_YES : KNOWN_NO;
    }
    if (!over) {
        return KNOWN_UNTESTED;
    }
    *again = sent == 1 && got.n == 0;
    return *again ? KNOWN_UNTESTED : KNOWN_UNSURE;
}

enum known provoke_read(enum provocation what, struct span got, unsigned sent, bool over,
                        bool *again)
{
    *again = false;
    return what == PROVOKE_HEARTBLEED ? read_heart(got, over) : read_change(got, sent, over, again);
}
