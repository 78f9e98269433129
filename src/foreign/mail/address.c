/*
 * address - see address.h.
 */
#include "foreign/mail/address.h"

#include <ctype.h>
#include <string.h>

#include <idn2.h>

/* RFC 5322 3.2.3 */
static bool is_atext(uint8_t c)
{
    return isascii(c) && (isalnum(c) || strchr("!#$%&'*+-/=?^_`{|}~", c)) && c;
}

static bool local_part(struct span s)
{
    if (s.n == 0 || s.n >= MAIL_LOCAL || s.p[0] == '.' || s.p[s.n - 1] == '.') {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' ? s.p[i - 1] == '.' : !is_atext(s.p[i])) {
            return false;
        }
    }
    return true;
}

/* Letters, digits, hyphens inside; at least two labels; the last one is not a number. */
static bool host_name(const char *s)
{
    size_t n = strlen(s), label = 0, dots = 0;
    bool digits = true;
    for (size_t i = 0; i < n; i++) {
        bool dot = s[i] == '.';
        if (!isascii((uint8_t)s[i]) || !(dot || isalnum((uint8_t)s[i]) || s[i] == '-') ||
            ((dot || s[i] == '-') && label == 0) || (dot && s[i - 1] == '-') || label > 63) {
            return false;
        }
        digits = dot ? true : digits && isdigit((uint8_t)s[i]);
        label = dot ? 0 : label + 1;
        dots += dot;
    }
    return dots && label && s[n - 1] != '-' && !digits;
}

/* Lower case; false for what no host name has. libidn2 would drop such octets without a word. */
static bool plain_octets(char *s, bool *foreign)
{
    for (; *s; s++) {
        uint8_t c = (uint8_t)*s;
        *foreign = *foreign || c >= 0x80;
        if (c < 0x80 && !isalnum(c) && c != '-' && c != '.') {
            return false;
        }
        *s = c < 0x80 ? (char)tolower(c) : *s;
    }
    return true;
}

bool mail_domain_parse(struct span text, char out[MAIL_DOMAIN])
{
    char given[MAIL_DOMAIN];
    uint8_t *ascii = NULL;
    bool foreign = false;
    if (text.n == 0 || text.n >= sizeof given || memchr(text.p, 0, text.n)) {
        return false;
    }
    memcpy(given, text.p, text.n);
    given[text.n] = 0;
    if (!plain_octets(given, &foreign)) {
        return false;
    }
    /* IDNA 2008 as it is: nothing is mapped to something else. */
    if (foreign &&
        idn2_lookup_u8((const uint8_t *)given, &ascii, IDN2_NO_TR46 | IDN2_NFC_INPUT) != IDN2_OK) {
        return false;
    }
    const char *name = ascii ? (const char *)ascii : given;
    bool good = strlen(name) < MAIL_DOMAIN && host_name(name);
    if (good) {
        memcpy(out, name, strlen(name) + 1);
    }
    idn2_free(ascii);
    return good;
}

const char *mail_address_parse(struct span text, struct mail_address *out)
{
    const uint8_t *at = text.n ? memchr(text.p, '@', text.n) : NULL;
    if (!at) {
        return "is no address";
    }
    struct span local = span_sub(text, 0, (size_t)(at - text.p));
    struct span domain = span_sub(text, local.n + 1, text.n);
    if (!local_part(local)) {
        return "has a local part that programs read in different ways";
    }
    if (!mail_domain_parse(domain, out->domain)) {
        return "has a domain that is no host name";
    }
    memcpy(out->local, local.p, local.n);
    out->local[local.n] = 0;
    return NULL;
}

/* Steps over the name in front of "<". NULL, or what is wrong. */
static const char *skip_name(struct span *s)
{
    bool quoted = false;
    for (size_t i = 0; i < s->n; i++) {
        uint8_t c = s->p[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == '<') {
            *s = span_sub(*s, i, s->n);
            return NULL;
        } else if (!quoted && c == '(') {
            return "has a comment in it";
        } else if (!quoted && (c == ':' || c == ';')) {
            return "is a group";
        } else if (!quoted && (c == ',' || c == '@' || c == '>' || c == ')')) {
            return "names more than one address, or cannot be told apart from that";
        }
    }
    return "ends in the middle";
}

const char *mail_mailbox_parse(struct span value, struct mail_address *out)
{
    struct span s = span_trim(value);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 && s.p[i] != '\t' && s.p[i] != '\r' && s.p[i] != '\n') {
            return "has control characters in it";
        }
    }
    if (!memchr(s.p ? s.p : (const uint8_t *)"", '<', s.n)) {
        return mail_address_parse(s, out);
    }
    const char *why = skip_name(&s);
    if (why) {
        return why;
    }
    const uint8_t *close = memchr(s.p, '>', s.n);
    if (!close || close != s.p + s.n - 1) {
        return "has something behind the address";
    }
    return mail_address_parse(span_sub(s, 1, s.n - 2), out);
}
