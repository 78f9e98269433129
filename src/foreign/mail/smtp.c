/*
 * smtp - see smtp.h.
 */
#include "foreign/mail/smtp.h"

#include <stdio.h>

#include "base/finding.h"

enum { REPLY_MAX = 300, SEND_SECONDS = 300 };

struct upload {
    struct span left;
    char reply[REPLY_MAX]; /* the server's last line */
    size_t reply_size;
};

static size_t give(char *out, size_t size, size_t count, void *context)
{
    struct upload *u = context;
    size_t room = size * count, n = u->left.n < room ? u->left.n : room;
    memcpy(out, u->left.p, n);
    u->left = span_sub(u->left, n, u->left.n);
    return n;
}

static size_t take_reply(char *line, size_t size, size_t count, void *context)
{
    struct upload *u = context;
    size_t n = size * count;
    while (n && (line[n - 1] == '\r' || line[n - 1] == '\n')) {
        n--;
    }
    u->reply_size = n < REPLY_MAX ? n : REPLY_MAX;
    memcpy(u->reply, line, u->reply_size);
    return size * count;
}

static bool about_tls(CURLcode rc)
{
    return rc == CURLE_USE_SSL_FAILED || rc == CURLE_SSL_CONNECT_ERROR ||
           rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE ||
           rc == CURLE_SSL_ISSUER_ERROR || rc == CURLE_SSL_CIPHER;
}

/* What became of it, from libcurl's code and the server's last word. */
static void judge(struct arena *a, const struct mail_server *server,
                  const struct mail_message *message, const struct upload *u, CURLcode rc,
                  struct mail_sending *out)
{
    const char *said =
        u->reply_size ? finding_clean_text(a, span_make(u->reply, u->reply_size)) : NULL;
    const char *error = curl_easy_strerror(rc);
    bool answered = out->status >= 400 && rc != CURLE_OPERATION_TIMEDOUT;
    out->sent = rc == CURLE_OK;
    if (out->sent) {
        out->said = (struct mail_said){MAIL_SENT, {message->to, said ? said : "250"}};
    } else if (about_tls(rc)) {
        out->said = (struct mail_said){MAIL_TLS, {server->url, error}};
    } else if (rc == CURLE_LOGIN_DENIED) {
        out->said = (struct mail_said){MAIL_LOGIN, {server->url, said ? said : error}};
    } else if (answered && (rc == CURLE_SEND_ERROR || rc == CURLE_WEIRD_SERVER_REPLY ||
                            rc == CURLE_RECV_ERROR || rc == CURLE_UPLOAD_FAILED)) {
        out->permanent = out->status >= 500;
        enum mail_sentence s = out->permanent ? MAIL_REFUSED : MAIL_DEFERRED;
        out->said = (struct mail_said){s, {message->to, said ? said : error}};
    } else {
        out->said = (struct mail_said){MAIL_UNREACHABLE, {server->url, error}};
    }
}

static CURLcode perform(CURL *curl, struct curl_slist *to, const struct mail_message *message,
                        struct upload *u)
{
    bool set = curl_easy_setopt(curl, CURLOPT_MAIL_FROM, message->return_path) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_READFUNCTION, give) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_READDATA, u) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_reply) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_HEADERDATA, u) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SEND_SECONDS) == CURLE_OK &&
               curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)u->left.n) == CURLE_OK;
    return set ? curl_easy_perform(curl) : CURLE_OUT_OF_MEMORY;
}

int mail_smtp_send(struct arena *a, const struct mail_server *server,
                   const struct mail_message *message, struct mail_sending *out)
{
    struct upload u = {.left = message->bytes};
    const char *why = NULL;
    const char *domain = strrchr(message->return_path, '@') + 1;
    char *path = arena_printf(a, "/%s", domain); /* the name in EHLO */
    struct curl_slist *to = curl_slist_append(NULL, message->to);
    CURL *curl = curl_easy_init();
    int rc = -1;
    *out = (struct mail_sending){.sent = false};
    if (!path || !to || !curl) {
        goto out;
    }
    rc = 0;
    if (mail_server_use(a, server, path, curl, &why) != 0) {
        out->said = (struct mail_said){MAIL_UNREACHABLE, {server->url, why}};
        goto out;
    }
    CURLcode code = perform(curl, to, message, &u);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
    judge(a, server, message, &u, code, out);
out:
    curl_easy_cleanup(curl);
    curl_slist_free_all(to);
    return rc;
}
