/*
 * uri - see uri.h.
 */
#include "keys/uri.h"

#include <stdio.h>

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Takes %XX away. Returns the octets, or SIZE_MAX: not well formed, or longer than the room. */
static size_t unescape(struct span in, unsigned char *out, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        int c = in.p[i];
        if (c == '%') {
            int high = i + 2 < in.n ? hex((char)in.p[i + 1]) : -1;
            int low = high >= 0 ? hex((char)in.p[i + 2]) : -1;
            c = low >= 0 ? high * 16 + low : -1;
            i += 2;
        }
        if (c < 0 || n + 1 >= room) {
            return SIZE_MAX;
        }
        out[n++] = (unsigned char)c;
    }
    return n;
}

static bool take_text(struct span value, char *out, size_t room)
{
    unsigned char raw[1024];
    size_t n = unescape(value, raw, room < sizeof raw ? room : sizeof raw);
    if (n == SIZE_MAX || memchr(raw, 0, n)) {
        return false;
    }
    memcpy(out, raw, n);
    out[n] = 0;
    return true;
}

static bool take_id(struct span value, struct key_uri *out)
{
    out->id_size = unescape(value, out->id, sizeof out->id);
    out->has_id = out->id_size != SIZE_MAX && out->id_size > 0;
    return out->has_id;
}

/* One attribute. */
static bool take(struct span name, struct span value, struct key_uri *out, const char **why)
{
    *why = "a value in it is not well formed or too long";
    if (span_eq(name, SPAN_LIT("token"))) {
        return take_text(value, out->token, sizeof out->token);
    }
    if (span_eq(name, SPAN_LIT("serial"))) {
        return take_text(value, out->serial, sizeof out->serial);
    }
    if (span_eq(name, SPAN_LIT("object"))) {
        return take_text(value, out->object, sizeof out->object);
    }
    if (span_eq(name, SPAN_LIT("id"))) {
        return take_id(value, out);
    }
    if (span_eq(name, SPAN_LIT("module-path"))) {
        return take_text(value, out->module, sizeof out->module);
    }
    if (span_eq(name, SPAN_LIT("pin-value")) || span_eq(name, SPAN_LIT("pin-source"))) {
        *why = "it must not carry a PIN; use --pin-file";
        return false;
    }
    *why =
        "it has an attribute that is not known; known are token, serial, object, id, module-path";
    /* What tokens print about themselves may stand there and says nothing more. */
    return span_eq(name, SPAN_LIT("manufacturer")) || span_eq(name, SPAN_LIT("model")) ||
           span_eq(name, SPAN_LIT("type"));
}

static size_t part_end(struct span rest)
{
    size_t i = 0;
    while (i < rest.n && !strchr(";?&", rest.p[i])) {
        i++;
    }
    return i;
}

static bool take_seed(struct span rest, struct key_uri *out)
{
    size_t new = span_find(rest, SPAN_LIT("?new="), 0);
    struct span path = span_sub(rest, 0, new);
    struct span origin = new == SIZE_MAX ? SPAN_LIT("") : span_sub(rest, new + 5, rest.n);
    if (path.n == 0 || path.n >= sizeof out->path || origin.n >= sizeof out->origin) {
        return false;
    }
    memcpy(out->path, path.p, path.n);
    memcpy(out->origin, origin.p, origin.n);
    out->seed = true;
    return true;
}

bool key_uri_parse(const char *text, struct key_uri *out, const char **why)
{
    struct span rest = span_str(text);
    *out = (struct key_uri){.file = false};
    *why = "a key is named file:PATH or pkcs11:token=...;object=...";
    if (span_starts(rest, SPAN_LIT("file:")) && rest.n > 5 && rest.n - 5 < sizeof out->path) {
        out->file = true;
        memcpy(out->path, rest.p + 5, rest.n - 4);
        return true;
    }
    if (span_starts(rest, SPAN_LIT("register:"))) {
        return take_seed(span_sub(rest, 9, rest.n), out);
    }
    if (!span_starts(rest, SPAN_LIT("pkcs11:"))) {
        return false;
    }
    rest = span_sub(rest, 7, rest.n);
    while (rest.n) {
        size_t end = part_end(rest), equals = span_find(span_sub(rest, 0, end), SPAN_LIT("="), 0);
        if (equals == SIZE_MAX || equals > end) {
            return false;
        }
        if (!take(span_sub(rest, 0, equals), span_sub(rest, equals + 1, end - equals - 1), out,
                  why)) {
            return false;
        }
        rest = span_sub(rest, end + 1, rest.n);
    }
    return true;
}
