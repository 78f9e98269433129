/*
 * mail_main - satyapan-mail: mails to issuers of foreign certificates, and their answers.
 *
 *   satyapan-mail preview   the request as it would be sent
 *   satyapan-mail send      sends it, once
 *   satyapan-mail poll      takes mails that came in and says what each is
 *
 * One JSON object on standard input, one on each line of the output. A program of its own because
 * it has the network; it has no database and no key. Run by the jobs of the certification body.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "foreign/mail/commands.h"
#include "base/buffer.h"
#include "satyapan/verify.h"

/* A request names every mail whose answer may still come: some 200 octets each. */
enum { REQUEST_MAX = 48 << 20, ARENA_MAX = 128 << 20, CHUNK = 65536 };

static const struct {
    const char *name;
    int (*run)(struct arena *a, const json_t *request);
} commands[] = {
    {"preview", mail_preview},
    {"send", mail_send},
    {"poll", mail_poll},
};

static int complain(int code, const char *what)
{
    (void)fprintf(stderr, "satyapan-mail: %s\n", what);
    return code;
}

static json_t *read_request(void)
{
    struct buffer in;
    buffer_init(&in, REQUEST_MAX);
    for (;;) {
        uint8_t chunk[CHUNK];
        ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);
        if (n <= 0) {
            break;
        }
        buffer_add(&in, span_make(chunk, (size_t)n));
    }
    json_error_t error;
    json_t *request = buffer_ok(&in)
                          ? json_loadb((const char *)in.p, in.n, JSON_REJECT_DUPLICATES, &error)
                          : NULL;
    buffer_free(&in);
    return request;
}

int main(int argc, char **argv)
{
    if (sp_init() != 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return complain(MAIL_EXIT_INTERNAL, "a library cannot be started");
    }
    for (size_t i = 0; argc == 2 && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) != 0) {
            continue;
        }
        json_t *request = read_request();
        struct arena *a = arena_new(ARENA_MAX);
        int rc = !a                         ? MAIL_EXIT_INTERNAL
                 : !json_is_object(request) ? complain(MAIL_EXIT_USAGE, "no JSON object came")
                                            : commands[i].run(a, request);
        json_decref(request);
        arena_free(a);
        return rc == 0 && fflush(stdout) != 0 ? MAIL_EXIT_INTERNAL : rc;
    }
    return complain(MAIL_EXIT_USAGE,
                    "a part of satyapan: preview | send | poll, one JSON object on "
                    "standard input");
}
