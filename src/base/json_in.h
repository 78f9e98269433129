/*
 * json_in - reads back what json.h wrote: the same keys in the same order, and nothing else.
 *
 * For reports that a child of the sandbox sends. The caller says what comes next; whatever else
 * comes turns the reader bad, for good. So there is no tree, no nesting to bound and no key that
 * nobody asked for; one pass, no allocation. What it does not do: read anybody else's JSON (no
 * white space, no fractions, no other escapes than ours; jansson does that).
 */
#ifndef BASE_JSON_IN_H
#define BASE_JSON_IN_H

#include "base/buffer.h"

struct json_in {
    struct span rest;
    bool comma; /* something was read before in this object or array */
    bool bad;
};

/* bracket: '{' or '['; and its closing one. */
void json_in_open(struct json_in *j, char bracket);
void json_in_close(struct json_in *j, char bracket);

/* In an array: another item comes. */
bool json_in_more(const struct json_in *j);

/* This key comes next. json_in_has only asks: true when it does. */
void json_in_key(struct json_in *j, const char *key);
bool json_in_has(const struct json_in *j, const char *key);

/* Values. Numbers are at least 0; json_in_none takes null if it comes and says so. */
bool json_in_none(struct json_in *j);
bool json_in_truth(struct json_in *j);
uint64_t json_in_number(struct json_in *j, uint64_t max);

/* A string: the octets between its quotation marks, borrowed. With escapes only json_in_decode
 * makes it text. Absent when there is no string. */
struct span json_in_string(struct json_in *j, bool *escapes);

/* Appends the string to out: escapes undone. False when it holds anything json_text would not have
 * written: octets that are no printable UTF-8, U+0000, another escape. */
bool json_in_decode(struct span raw, struct buffer *out);

/* True when raw has no escapes and json_text would have written it so. */
bool json_in_plain(struct span raw);

/* Nothing went wrong and nothing is left. */
bool json_in_done(const struct json_in *j);

#endif
