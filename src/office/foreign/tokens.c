/*
 * tokens - what ties an answer to a case: tokens, Message-IDs, the mails that are to be sent. See
 * foreign.h.
 *
 * HMAC-SHA256 (RFC 2104) under the key of the data folder, cut to 128 bits: whoever has the
 * database alone cannot make one, and a mail sent a second time after a crash is the same mail.
 */
#include <inttypes.h>
#include <stdio.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "office/cases.h"
#include "office/foreign/foreign.h"
#include "office/people/seal.h"
#include "records/jobs.h"

enum { TOKEN_BYTES = 16 };

static int derive(const char *data, const char *use, char out[FOREIGN_TOKEN])
{
    uint8_t key[SEAL_KEY], mac[SHA256_SIZE];
    char why[RECORDS_WHY];
    unsigned n = 0;
    if (seal_key(data, key, why, sizeof why) != 0) {
        (void)fprintf(stderr, "satyapan: %s\n", why);
        return -1;
    }
    bool good = HMAC(EVP_sha256(), key, sizeof key, (const uint8_t *)use, strlen(use), mac, &n) &&
                n == sizeof mac;
    OPENSSL_cleanse(key, sizeof key);
    if (good) {
        (void)hash_hex(span_make(mac, TOKEN_BYTES), false, out);
    }
    OPENSSL_cleanse(mac, sizeof mac);
    return good ? 0 : -1;
}

int foreign_token_make(const char *data, enum foreign_token kind, int64_t id, int64_t round,
                       char out[FOREIGN_TOKEN])
{
    char use[96];
    (void)snprintf(use, sizeof use, "foreign-%s:%" PRId64 ":%" PRId64,
                   kind == FOREIGN_TOKEN_MAIL ? "mail" : "link", id, round);
    return derive(data, use, out);
}

int foreign_token_hash(const char *token, char out[SHA256_HEX])
{
    uint8_t hash[SHA256_SIZE];
    if (hash_sha256(span_str(token), hash) != 0) {
        return -1;
    }
    (void)hash_hex(span_make(hash, sizeof hash), false, out);
    return 0;
}

/* The domain of Message-IDs: of the return address, else of the body's own. */
static const char *id_domain(const struct office *o)
{
    const char *at = strrchr(o->mail_from, '@');
    return *o->verp_domain ? o->verp_domain : at ? at + 1 : "satyapan.invalid";
}

/* Unguessable, and another secret than the token: it is no token for who reads the database. */
static int message_id(const char *data, const struct office *o, int64_t id, int64_t round,
                      int64_t attempt, char out[FOREIGN_MESSAGE_ID])
{
    char use[96], mark[FOREIGN_TOKEN];
    (void)snprintf(use, sizeof use, "foreign-id:%" PRId64 ":%" PRId64 ":%" PRId64, id, round,
                   attempt);
    int n = derive(data, use, mark) == 0 ? snprintf(out, FOREIGN_MESSAGE_ID, "<%s.%" PRId64 "@%s>",
                                                    mark, attempt, id_domain(o))
                                         : -1;
    return n > 0 && n < FOREIGN_MESSAGE_ID ? 0 : -1;
}

struct next {
    int64_t round, attempt;
};

static int next_of(struct records *r, int64_t id, bool reminder, struct next *out)
{
    json_t *last = NULL;
    int rc = foreign_mail_last(r, id, &last);
    *out = (struct next){1, 0};
    if (rc == 0) {
        out->round = office_num(last, "round") + !reminder;
        out->attempt = reminder ? office_num(last, "attempt") + 1 : 0;
    }
    json_decref(last);
    return rc == RECORDS_NONE && !reminder ? 0 : rc;
}

int foreign_mail_want(const struct foreign_by *by, const struct office *office, const char *data,
                      const json_t *row, bool reminder)
{
    struct next n;
    char token[FOREIGN_TOKEN], hash[SHA256_HEX], link[SHA256_HEX], mark[FOREIGN_MESSAGE_ID];
    int64_t id = office_num(row, "id");
    enum foreign_place place;
    json_t *issuer = NULL;
    int rc = next_of(by->r, id, reminder, &n);
    rc = rc ? rc
            : foreign_mail_place(by->r, json_string_value(json_object_get(row, "email")), &place,
                                 &issuer);
    if (rc == 0 && (foreign_token_make(data, FOREIGN_TOKEN_MAIL, id, n.round, token) != 0 ||
                    foreign_token_hash(token, hash) != 0 ||
                    foreign_token_make(data, FOREIGN_TOKEN_LINK, id, n.round, token) != 0 ||
                    foreign_token_hash(token, link) != 0 ||
                    message_id(data, office, id, n.round, n.attempt, mark) != 0)) {
        rc = RECORDS_FAILED;
    }
    OPENSSL_cleanse(token, sizeof token);
    json_t *values =
        rc ? NULL
           : json_pack("{s:I, s:I, s:I, s:O, s:O?, s:s, s:s, s:s, s:s, s:I}", "foreign_case",
                       (json_int_t)id, "round", (json_int_t)n.round, "attempt",
                       (json_int_t)n.attempt, "address", json_object_get(row, "email"), "issuer",
                       json_object_get(issuer, "id"), "message_id", mark, "token_sha256", hash,
                       "link_sha256", link, "state", "waiting", "created_at", (json_int_t)by->now);
    json_decref(issuer);
    int64_t mail = values ? foreign_mail_add(by->r, values) : rc ? rc : RECORDS_FAILED;
    json_decref(values);
    return mail < 0 ? (int)mail : foreign_job(by, row, "foreign-mail", mail, by->now);
}
