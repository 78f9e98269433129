/*
 * send - the commands "preview" and "send".
 */
#include <stdio.h>

#include "base/hash.h"

#include "foreign/mail/commands.h"
#include "foreign/mail/issuer.h"
#include "foreign/mail/smtp.h"
#include "foreign/name.h"
#include "foreign/normal.h"
#include "trust/trust.h"

enum { ROW_MAX = 1024 * 1024 };

static int print_row(struct buffer *row)
{
    buffer_char(row, '\n');
    bool good = buffer_ok(row) && fwrite(row->p, 1, row->n, stdout) == row->n;
    buffer_free(row);
    return good ? 0 : MAIL_EXIT_INTERNAL;
}

static int complain(const char *what)
{
    (void)fprintf(stderr, "satyapan-mail: %s\n", what);
    return MAIL_EXIT_INTERNAL;
}

const char *mail_templates(struct arena *a, const json_t *request)
{
    const char *given = json_string_value(json_object_get(request, "template_dir"));
    const char *trust = given ? NULL : trust_directory(a, NULL);
    return given ? given : trust ? arena_printf(a, "%s/mail", trust) : NULL;
}

/* 0, 1: refused, -1: complained. */
static int compose(struct arena *a, const json_t *request, struct mail_message *message,
                   struct mail_said *fault)
{
    const char *why = NULL, *templates = mail_templates(a, request);
    if (!templates) {
        (void)complain("the folder trust/mail is not there");
        return -1;
    }
    int rc = mail_compose(a, request, templates, message, fault, &why);
    if (rc < 0) {
        (void)complain(why ? why : "memory is out");
    }
    return rc;
}

/* Whether the profile the address belongs to is that of the body that the case names. */
static int put_named(struct arena *a, const json_t *request, struct json *j)
{
    const json_t *profile = json_object_get(request, "profile");
    const char *claimed =
        json_string_value(json_object_get(json_object_get(request, "case"), "issuer"));
    const char *const *names;
    size_t n;
    if (!json_is_object(profile)) {
        return 0;
    }
    if (normal_init() != 0 || mail_issuer_names(a, profile, &names, &n) != 0) {
        return -1;
    }
    json_put_truth(j, "issuer_named", claimed && name_of_body(a, claimed, names, n));
    return 0;
}

static int answer_sending(struct arena *a, const json_t *request, const struct mail_sending *done,
                          const struct mail_message *message)
{
    struct buffer row;
    char hex[SHA256_HEX];
    uint8_t digest[SHA256_SIZE];
    buffer_init(&row, ROW_MAX);
    struct json j = {.out = &row};
    json_open(&j, '{');
    json_put_truth(&j, "sent", done->sent);
    json_put_truth(&j, "permanent", done->permanent);
    bool good = mail_sentence_json(a, &done->said, &j);
    json_key(&j, "status");
    if (done->status) {
        json_number(&j, done->status);
    } else {
        json_none(&j);
    }
    json_put_text(&j, "why", mail_sentence_text(a, &done->said, false));
    if (message->bytes.p && hash_sha256(message->bytes, digest) == 0) {
        json_put_text(&j, "bytes_sha256", hash_hex(span_make(digest, sizeof digest), false, hex));
    }
    good = put_named(a, request, &j) == 0 && good;
    json_close(&j, '}');
    return good ? print_row(&row) : MAIL_EXIT_INTERNAL;
}

int mail_send(struct arena *a, const json_t *request)
{
    struct mail_message message;
    struct mail_sending done = {.sent = false};
    struct mail_server server;
    const json_t *smtp = json_object_get(request, "smtp");
    int rc = compose(a, request, &message, &done.said);
    if (rc < 0) {
        return MAIL_EXIT_INTERNAL;
    }
    const char *wrong = mail_server_read(a, smtp, "smtp", &server);
    if (rc == 1) { /* for good: it would be refused the same way each time */
        done.permanent = true;
        message.bytes = SPAN_NONE;
    } else if (wrong) {
        (void)fprintf(stderr, "satyapan-mail: smtp.%s is wrong\n", wrong);
        return MAIL_EXIT_USAGE;
    } else if (mail_smtp_send(a, &server, &message, &done) != 0) {
        return MAIL_EXIT_INTERNAL;
    }
    return answer_sending(a, request, &done, &message);
}

int mail_preview(struct arena *a, const json_t *request)
{
    struct mail_message message;
    struct mail_sending done = {.permanent = true};
    int rc = compose(a, request, &message, &done.said);
    if (rc != 0) {
        message.bytes = SPAN_NONE;
        return rc < 0 ? MAIL_EXIT_INTERNAL : answer_sending(a, request, &done, &message);
    }
    struct buffer row;
    buffer_init(&row, ROW_MAX);
    struct json j = {.out = &row};
    json_open(&j, '{');
    json_key(&j, "headers");
    json_open(&j, '{');
    json_put_text(&j, "from", message.from);
    json_put_text(&j, "to", message.to);
    json_put_text(&j, "reply_to", message.reply_to);
    json_put_text(&j, "return_path", message.return_path);
    json_put_text(&j, "subject", message.subject);
    json_put_text(&j, "message_id", message.message_id);
    json_close(&j, '}');
    json_put_text(&j, "text", arena_str(a, message.text));
    json_put_text(&j, "mail", arena_str(a, message.bytes));
    json_close(&j, '}');
    return print_row(&row);
}
