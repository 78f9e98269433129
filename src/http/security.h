/*
 * security - the headers that tell a browser what an answer may do: one place for all answers.
 *
 * OWASP Secure Headers; Content Security Policy Level 3; RFC 6797 (HSTS). There are no CORS
 * headers: other sites cannot read an answer. Caching is the caller's: no-store for everything
 * behind the login.
 */
#ifndef HTTP_SECURITY_H
#define HTTP_SECURITY_H

#include <microhttpd.h>
#include <stdbool.h>

enum security {
    SECURITY_PAGE,   /* a page of ours, or data */
    SECURITY_OFFICE, /* a page of officers and vendors: may show a document in a frame */
    SECURITY_SHOWN,  /* somebody's document, shown in our frame by the browser's viewer */
    SECURITY_SAVED   /* somebody's document, or data: never shown */
};

/* tls: clients reach us over TLS. Returns 0 or -1. */
int security_headers(struct MHD_Response *m, enum security kind, bool tls)
    __attribute__((warn_unused_result));

#endif
