/*
 * json - writes JSON (RFC 8259) into a buffer, key by key.
 *
 * For reports, which every child of the sandbox writes: no tree is built. The nesting is the
 * caller's; commas are put by themselves. What it does not do: read JSON (json_in.h, jansson).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buffer.h"

struct json {
    struct buffer *out;
    bool comma; /* something stands before in this object or array */
    /* May be NULL. Otherwise it takes what was written, piece by piece after the end of an object,
     * so that out stays small; the last piece stays in out. Returns 0, or -1: that fails out. */
    int (*send)(void *context, struct span piece);
    void *context;
};

/* bracket: '{' or '['; and its closing one. */
void json_open(struct json *j, char bracket);
void json_close(struct json *j, char bracket);

/* A key of ours: letters, digits, '_' and '-', not escaped. */
void json_key(struct json *j, const char *key);

/* Strings: control characters escaped, bytes that are no UTF-8 become U+FFFD. NULL is null. */
void json_text(struct json *j, const char *s);
void json_number(struct json *j, int64_t n);
void json_truth(struct json *j, bool b);
void json_none(struct json *j);

/* Octets from the start of s that a string holds as they are: printable UTF-8, no '"', no '\\'. */
size_t json_plain(struct span s);

/* Key and value in one. */
void json_put_text(struct json *j, const char *key, const char *s);
void json_put_number(struct json *j, const char *key, int64_t n);
void json_put_truth(struct json *j, const char *key, bool b);
void json_put_none(struct json *j, const char *key);

/* What a finding says, in both languages, as every report writes it: the members of CONTRACT's F
 * into the open object. where may be NULL: the member is left out. */
struct json_finding {
    const char *code, *level, *where, *cite, *text, *text_hi, *hint, *hint_hi;
};
void json_put_finding(struct json *j, const struct json_finding *f);

#endif
