/*
 * session - see session.h.
 */
#include "http/office/session.h"

#include <netdb.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>

#include <arpa/inet.h>

static const char *header(struct MHD_Connection *c, const char *name)
{
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* With the prefix a browser takes it only over TLS, for this very host and all of it: no page of
 * another host of the domain can set one (RFC 6265bis 4.1.3.2). It cannot be had without TLS. */
static const char *cookie_name(const struct office *s)
{
    return s->behind_tls ? "__Host-satyapan" : "satyapan";
}

/* ---- from where ------------------------------------------------------------------------------ */

/* What the proxy added last; only a numeric address is one. */
static bool forwarded(struct MHD_Connection *c, char out[PEOPLE_ADDRESS])
{
    const char *list = header(c, "X-Forwarded-For"), *last = list ? strrchr(list, ',') : NULL;
    struct in6_addr scratch;
    last = last ? last + 1 : list;
    last = last ? last + strspn(last, " \t") : "";
    (void)snprintf(out, PEOPLE_ADDRESS, "%s", last);
    out[strcspn(out, " \t")] = 0;
    return inet_pton(AF_INET, out, &scratch) == 1 || inet_pton(AF_INET6, out, &scratch) == 1;
}

static void read_address(struct MHD_Connection *c, bool behind_proxy, char out[PEOPLE_ADDRESS])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (behind_proxy && forwarded(c, out)) {
        return;
    }
    const struct sockaddr *a = info ? info->client_addr : NULL;
    socklen_t size =
        a && a->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    if (!a || getnameinfo(a, size, out, PEOPLE_ADDRESS, NULL, 0, NI_NUMERICHOST) != 0) {
        (void)snprintf(out, PEOPLE_ADDRESS, "unknown");
    }
}

/* ---- from which page ------------------------------------------------------------------------- */

/* The origin of our own pages, as the client calls us. */
static bool is_ours(struct MHD_Connection *c, const struct office *s, const char *origin)
{
    const char *host = header(c, "Host"), *scheme = s->behind_tls ? "https://" : "http://";
    size_t n = strlen(scheme);
    return host && *host && strncmp(origin, scheme, n) == 0 && strcasecmp(origin + n, host) == 0;
}

/* One of the two headers has to say so, and neither may say otherwise. A browser sends one of them
 * with everything that is not GET. */
static bool from_our_page(struct MHD_Connection *c, const struct office *s)
{
    const char *site = header(c, "Sec-Fetch-Site"), *origin = header(c, "Origin");
    bool site_says = site && strcmp(site, "same-origin") == 0;
    bool origin_says = origin && is_ours(c, s, origin);
    /* "null" says nothing: a strict Referrer-Policy makes it of our own pages, too. */
    bool origin_denies = origin && !origin_says && strcmp(origin, "null") != 0;
    return (site_says || (origin_says && !site)) && !origin_denies;
}

/* ---- who ------------------------------------------------------------------------------------- */

static const char *bearer(struct MHD_Connection *c)
{
    const char *value = header(c, "Authorization");
    if (!value || strncasecmp(value, "Bearer ", 7) != 0) {
        return NULL;
    }
    return value + 7 + strspn(value + 7, " ");
}

const char *visitor_cookie(struct MHD_Connection *c, const struct office *s)
{
    return MHD_lookup_connection_value(c, MHD_COOKIE_KIND, cookie_name(s));
}

int visitor_read(struct MHD_Connection *c, const char *method, bool behind_proxy, struct people *p,
                 struct records *r, int64_t now, struct visitor *out)
{
    const struct office *s = people_settings(p);
    const char *token = bearer(c);
    const char *cookie = token ? NULL : visitor_cookie(c, s);
    memset(out, 0, sizeof *out);
    out->unsafe = strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
    out->origin_ok = from_our_page(c, s);
    out->has_token = token != NULL;
    read_address(c, behind_proxy, out->address);
    if (token && people_token_find(p, r, token, out->address, now, &out->bearer) != 0) {
        return -1;
    }
    return people_session_find(p, r, cookie, out->address, now, &out->session);
}

const struct actor *visitor_actor(const struct visitor *v)
{
    if (v->has_token) {
        return v->bearer.good ? &v->bearer.actor : NULL;
    }
    return v->session.stage == PEOPLE_FULL ? &v->session.actor : NULL;
}

enum op_problem visitor_judge(struct MHD_Connection *c, const struct visitor *v,
                              const char *form_token)
{
    if (v->has_token) {
        return v->bearer.good ? OP_OK : OP_NOT_LOGGED_IN;
    }
    if (!v->unsafe || v->session.stage == PEOPLE_NOBODY) {
        return OP_OK;
    }
    const char *shown = form_token ? form_token : header(c, "X-Form-Token");
    return v->origin_ok && people_form_ok(&v->session, shown) ? OP_OK : OP_FORGED;
}

/* SameSite=Strict: who follows a link of a mail to an application logs in once more or reloads; who
 * is led there by a stranger's page has no session there at all. */
void visitor_set_cookie(const struct office *s, const char *cookie, char out[VISITOR_SET_COOKIE])
{
    (void)snprintf(out, VISITOR_SET_COOKIE, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
                   cookie_name(s), cookie, s->behind_tls ? "; Secure" : "",
                   *cookie ? "" : "; Max-Age=0");
}
