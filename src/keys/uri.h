/*
 * uri - names of keys: "file:PATH", "register:PATH" and PKCS #11 URIs (RFC 7512) with the
 * attributes token, serial, object, id and module-path.
 */
#ifndef KEYS_URI_H
#define KEYS_URI_H

#include "base/span.h"

enum { KEY_PART = 256 };

struct key_uri {
    bool file;
    bool seed; /* register:PATH[?new=ORIGIN], the key of a register's log */
    char origin[KEY_PART];
    char path[1024];                                                        /* of the file */
    char token[KEY_PART], serial[KEY_PART], object[KEY_PART], module[1024]; /* "": any */
    unsigned char id[KEY_PART];
    size_t id_size;
    bool has_id;
};

/* False: why (static) says what is wrong. A PIN in the URI is refused: it would be seen by
 * everybody who sees the list of processes. */
bool key_uri_parse(const char *text, struct key_uri *out, const char **why) WARN_UNUSED;

#endif
