/*
 * server - see server.h.
 */
#include "foreign/mail/server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PASSWORD_MAX = 1024, URL_MAX = 300, CONNECT_SECONDS = 30, LOW_SPEED_SECONDS = 60 };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text ? text : NULL;
}

/* scheme://host[:port], nothing behind it but "/": no user name, no options. */
static bool plain_url(const char *url, const char *scheme)
{
    size_t n = strlen(scheme);
    if (strlen(url) > URL_MAX || strncmp(url, scheme, n) != 0) {
        return false;
    }
    url += n + (url[n] == 's');
    if (strncmp(url, "://", 3) != 0 || !url[3]) {
        return false;
    }
    for (const char *p = url + 3; *p; p++) {
        bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9') || strchr(".-:[]", *p);
        if (!word) {
            return false;
        }
    }
    return true;
}

const char *mail_server_read(struct arena *a, const json_t *given, const char *scheme,
                             struct mail_server *out)
{
    const char *url = text_of(given, "url");
    *out = (struct mail_server){.ca = text_of(given, "ca"),
                                .user = text_of(given, "user"),
                                .password_file = text_of(given, "password_file")};
    if (!url) {
        return "url";
    }
    /* "imaps://host/INBOX": the mailbox is the caller's business. */
    size_t slash = span_find(span_str(url), SPAN_LIT("/"), strlen(scheme) + 4);
    out->url = arena_str(a, span_sub(span_str(url), 0, slash));
    if (!out->url || !plain_url(out->url, scheme)) {
        return "url";
    }
    return out->user && !out->password_file ? "password_file" : NULL;
}

/* The first line of the file, without its end. */
static const char *read_password(struct arena *a, const char *path)
{
    char *text = arena_alloc(a, PASSWORD_MAX);
    int fd = text ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        return NULL;
    }
    ssize_t n = read(fd, text, PASSWORD_MAX - 1);
    (void)close(fd);
    if (n <= 0) {
        return NULL;
    }
    text[n] = 0;
    text[strcspn(text, "\r\n")] = 0;
    return text;
}

int mail_server_use(struct arena *a, const struct mail_server *server, const char *path, CURL *curl,
                    const char **why)
{
    char *url = arena_printf(a, "%s%s", server->url, path);
    const char *password = NULL;
    *why = "memory is out";
    if (!url) {
        return -1;
    }
    if (server->user) {
        password = read_password(a, server->password_file);
        if (!password) {
            *why = arena_printf(a, "the password file %s cannot be read", server->password_file);
            return -1;
        }
    }
    bool set =
        curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps,imap,imaps") == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_SECONDS) == CURLE_OK;
    if (set && server->ca) {
        /* The operator's CA instead of all others, not beside them. */
        set = curl_easy_setopt(curl, CURLOPT_CAINFO, server->ca) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK;
    }
    if (set && server->user) {
        set = curl_easy_setopt(curl, CURLOPT_USERNAME, server->user) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_PASSWORD, password) == CURLE_OK;
    }
    *why = "libcurl refused a setting";
    return set ? 0 : -1;
}
