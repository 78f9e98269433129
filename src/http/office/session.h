/*
 * session - who sends this request, and does he mean it: cookie, token, client address, forged
 * requests.
 *
 * A request either has a token in "Authorization: Bearer" (then its cookie is not looked at, and no
 * forgery is possible: no browser adds that header by itself) or perhaps a cookie. With a cookie
 * every request that is not GET or HEAD must show two things: an Origin (or Sec-Fetch-Site) of
 * ours, and the session's form token, as the field "form_token" or the header "X-Form-Token".
 *
 * OWASP: Cross-Site Request Forgery Prevention; Session Management. RFC 6265bis (__Host-,
 * SameSite); Fetch Metadata Request Headers; RFC 6750 2.1.
 */
#ifndef HTTP_OFFICE_SESSION_H
#define HTTP_OFFICE_SESSION_H

#include <microhttpd.h>

#include "office/office.h"
#include "office/people/people.h"

struct visitor {
    bool has_token; /* a Bearer token was sent */
    bool unsafe;    /* the method may change something */
    bool origin_ok; /* as far as the headers say, the request comes from our own pages */
    char address[PEOPLE_ADDRESS];
    struct people_session session;
    struct people_bearer bearer;
};

/* Looks at the headers and asks the records. 0 or -1: a failure of our own. */
int visitor_read(struct MHD_Connection *c, const char *method, bool behind_proxy, struct people *p,
                 struct records *r, int64_t now, struct visitor *out) WARN_UNUSED;

/* The actor of operations: NULL when nobody is logged in (or not yet completely). */
const struct actor *visitor_actor(const struct visitor *v);

/* Before an operation or a form runs; form_token: the field's value, NULL when there was none (then
 * the header X-Form-Token counts). OP_OK, OP_NOT_LOGGED_IN (a token that is not good),
 * OP_FORGED. */
enum op_problem visitor_judge(struct MHD_Connection *c, const struct visitor *v,
                              const char *form_token);

/* The cookie of a session that may be over; NULL: none. */
const char *visitor_cookie(struct MHD_Connection *c, const struct office *s);

/* The value of a Set-Cookie header: cookie "" takes it away. */
enum { VISITOR_SET_COOKIE = 192 };
void visitor_set_cookie(const struct office *s, const char *cookie, char out[VISITOR_SET_COOKIE]);

#endif
