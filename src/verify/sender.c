/*
 * sender - of signed mail: the address of the From line and those of the signer's certificate.
 *
 * RFC 8550 3. The From line is not signed and proves nothing; that it differs is worth a look. What
 * it does not do: internationalised addresses (RFC 8398) in the certificate.
 */
#include <strings.h>

#include "asn1/der.h"
#include "verify/judging.h"

enum { RFC822_NAME = 1 };

struct addresses {
    struct span wanted;
    struct span first; /* absent: the certificate names none */
    bool found;
};

static void consider(struct addresses *s, struct span address)
{
    if (address.n == 0) {
        return;
    }
    s->first = s->first.p ? s->first : address;
    s->found = s->found ||
               (address.n == s->wanted.n &&
                strncasecmp((const char *)address.p, (const char *)s->wanted.p, address.n) == 0);
}

static void alternative_names(const struct cert *c, struct addresses *s)
{
    const struct cert_ext *ext = cert_ext(c, OID_EXT_SAN);
    struct der names, name;
    struct span rest = ext ? ext->value : SPAN_NONE;
    if (!ext || !der_expect(&rest, DER_SEQUENCE, &names)) {
        return;
    }
    while (der_next(&names.body, &name)) {
        if (name.tag == DER_CONTEXT(RFC822_NAME)) {
            consider(s, name.body);
        }
    }
}

void judge_sender(struct judging *j)
{
    const struct unit *u = j->u;
    struct arena *a = j->job->arena;
    if (!u->from || !u->from->sender || !u->cert || u->is_timestamp || u->counter) {
        return;
    }
    struct addresses s = {.wanted = span_str(u->from->sender)};
    alternative_names(u->cert, &s);
    consider(&s, span_str(cert_name_attr(a, u->cert->subject, OID_AT_EMAIL)));
    if (!s.first.p) {
        judging_add(j, SP_MAIL_SENDER_UNKNOWN, u->from->sender, NULL);
    } else if (!s.found) {
        char *named = finding_clean_text(a, s.first);
        judging_add(j, SP_MAIL_SENDER_DIFFERS, u->from->sender, named ? named : "?");
    }
}
