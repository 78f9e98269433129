/*
 * jws_parts - what the files of the JWS reader share (internal to format/jws*.c).
 */
#ifndef FORMAT_JWS_PARTS_H
#define FORMAT_JWS_PARTS_H

#include <jansson.h>

#include "base/base64.h"
#include "format/jws.h"

/* One signature while it is read. */
struct jws_reader {
    struct arena *a;
    struct jws *jws;
    struct extracted *sig;
    bool nomem;
};

/* The signature cannot be relied on, and why (static or arena text). */
void jws_malformed(struct jws_reader *r, const char *why);

/* A JSON value from text, freed with the arena; NULL when it is none, has a member twice, or memory
 * is out. */
json_t *jws_json(struct jws_reader *r, struct span text);

/* Octets of a member's text; absent when it is no string of that form. */
struct span jws_octets(struct jws_reader *r, const json_t *text, enum base64_form form);

void jws_value_add(struct jws_reader *r, enum jws_value_kind kind, struct span der);

/* jws_header.c: reads both headers; protected may be NULL. */
void jws_header(struct jws_reader *r, const json_t *protected, const json_t *unprotected);

/* jws_etsi.c: the additions of JAdES: etsiU, sigD, and the tokens of a time-stamp container. */
void jws_unsigned(struct jws_reader *r, const json_t *etsiu);
void jws_objects_read(struct jws_reader *r, const json_t *sigd);
/* Some name or text in it has white space: words for people. */
bool jws_has_words(const json_t *value);
void jws_tokens(struct jws_reader *r, const json_t *container, enum jws_value_kind kind);

#endif
