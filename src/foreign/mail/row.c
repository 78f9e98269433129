/*
 * row - the answer about one mail as JSON, and its attachments behind it.
 */
#include "base/finding.h"
#include "base/hash.h"
#include "base/utc.h"
#include "foreign/mail/judge_inside.h"

enum { SHOWN_MAX = 16384 };

static const char *text_of(const struct judging *j, const char *name)
{
    const struct mail_field *f = mail_head_find(&j->head, name, 0);
    struct span s = f ? mail_unfold(j->a, f->value) : SPAN_NONE;
    return s.p ? finding_clean_text(j->a, span_sub(s, 0, 998)) : NULL;
}

/* ---- when it came: the date our own server wrote, which is the topmost Received line ---- */

static bool number_at(struct span s, size_t *at, int *out)
{
    size_t from = *at;
    *out = 0;
    while (*at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9' && *at - from < 4) {
        *out = *out * 10 + (s.p[(*at)++] - '0');
    }
    bool any = *at > from;
    while (*at < s.n && (s.p[*at] == ' ' || s.p[*at] == ':')) {
        (*at)++;
    }
    return any;
}

/* "Sat, 21 Nov 2026 10:00:00 +0530" (RFC 5322 3.3, without the obsolete forms). */
static int64_t read_date(struct span s)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int day, month = 0, year, hour, minute, second, zone;
    size_t comma = span_find(s, SPAN_LIT(","), 0), at = 0;
    int64_t t;
    s = span_sub(s, comma == SIZE_MAX ? 0 : comma + 1, s.n);
    while (s.n && s.p[0] == ' ') {
        s = span_sub(s, 1, s.n);
    }
    if (!number_at(s, &at, &day) || at + 4 > s.n) {
        return UTC_NONE;
    }
    for (int i = 1; i <= 12; i++) {
        month = memcmp(s.p + at, months + 3 * (i - 1), 3) == 0 ? i : month;
    }
    at += 4;
    if (!number_at(s, &at, &year) || !number_at(s, &at, &hour) || !number_at(s, &at, &minute) ||
        !number_at(s, &at, &second) || at >= s.n || (s.p[at] != '+' && s.p[at] != '-')) {
        return UTC_NONE;
    }
    int sign = s.p[at++] == '-' ? 1 : -1;
    if (!number_at(s, &at, &zone) || !utc_make(year, month, day, hour, minute, second, &t)) {
        return UTC_NONE;
    }
    return t + sign * (int64_t)(zone / 100 * 60 + zone % 100) * 60;
}

static void write_received(const struct judging *j, struct json *out)
{
    const struct mail_field *f = mail_head_find(&j->head, "Received", 0);
    struct span s = f ? mail_unfold(j->a, f->value) : SPAN_NONE;
    const uint8_t *semicolon = s.n ? memrchr(s.p, ';', s.n) : NULL;
    int64_t t = semicolon ? read_date(span_sub(s, (size_t)(semicolon - s.p) + 1, s.n)) : UTC_NONE;
    json_key(out, "received_at");
    if (t == UTC_NONE || t > j->q->now || t < 0) {
        json_none(out);
    } else {
        json_number(out, t);
    }
}

static void write_dkim(const struct judging *j, struct json *out)
{
    static const char *const words[] = {"pass",         "fail",   "weak",
                                        "other-domain", "wanted", "unavailable"};
    json_key(out, "dkim");
    json_open(out, '[');
    for (size_t i = 0; i < j->dkim.count; i++) {
        const struct mail_dkim *d = &j->dkim.items[i];
        json_open(out, '{');
        json_put_text(out, "domain", d->domain);
        json_put_text(out, "selector", d->selector);
        json_put_text(out, "algorithm", d->algorithm);
        json_put_number(out, "bits", d->bits);
        json_put_text(out, "result", words[d->outcome]);
        json_put_text(out, "why", d->why);
        json_put_text(out, "key_record", d->key_record);
        json_put_truth(out, "dnssec", d->secure);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void write_auth(const struct judging *j, struct json *out)
{
    const struct mail_authres *r = &j->results;
    json_key(out, "auth");
    json_open(out, '{');
    write_dkim(j, out);
    json_put_text(out, "spf", r->ours ? r->spf : NULL);
    json_put_text(out, "dmarc", r->ours ? r->dmarc : NULL);
    json_key(out, "smime");
    if (j->smime.present) {
        json_open(out, '{');
        json_put_text(out, "result", j->smime.passed ? "pass" : "fail");
        json_put_text(out, "why", j->smime.why);
        json_put_text(out, "signer", j->smime.signer);
        json_put_text(out, "certificate_sha256", j->smime.sha256);
        json_close(out, '}');
    } else {
        json_none(out);
    }
    json_put_truth(out, "aligned", j->aligned);
    json_put_text(out, "by", j->by);
    json_close(out, '}');
}

static void write_bounce(const struct judging *j, struct json *out)
{
    const struct mail_bounce *b = &j->kind.bounce;
    json_key(out, "bounce");
    if (j->kind.class != MAIL_CLASS_BOUNCE) {
        json_none(out);
        return;
    }
    json_open(out, '{');
    json_put_text(out, "action", b->action);
    json_put_text(out, "status", b->status);
    json_put_truth(out, "permanent", b->permanent);
    json_put_text(out, "recipient", b->recipient);
    json_put_text(out, "diagnostic", b->diagnostic);
    json_close(out, '}');
}

/* Of mails about a request of ours only: nobody else fills our disk with more than one file. */
static bool is_attachment(const struct judging *j, const struct mail_part *p)
{
    return j->known && p->kind == MAIL_PART_FILE && p->bytes.p && p->bytes.n;
}

static void write_attachments(const struct judging *j, struct json *out)
{
    json_key(out, "attachments");
    json_open(out, '[');
    for (size_t i = 0; i < j->parts->count; i++) {
        const struct mail_part *p = &j->parts->items[i];
        if (is_attachment(j, p)) {
            json_open(out, '{');
            json_put_text(out, "name", p->name);
            json_put_text(out, "type", p->type);
            json_put_number(out, "size", (int64_t)p->bytes.n);
            json_close(out, '}');
        }
    }
    json_close(out, ']');
}

/* Keys that would help, each once. */
static void write_wants(const struct judging *j, struct json *out)
{
    json_key(out, "wants");
    json_open(out, '[');
    for (size_t i = 0; i < j->dkim.count; i++) {
        bool before = false;
        for (size_t k = 0; k < i; k++) {
            before = before || strcmp(j->dkim.items[i].key_name, j->dkim.items[k].key_name) == 0;
        }
        if (j->dkim.items[i].outcome == DKIM_WANTED && !before) {
            json_text(out, j->dkim.items[i].key_name);
        }
    }
    json_close(out, ']');
}

/* The plain text, else the HTML as its reader sees it. */
static const char *shown_text(const struct judging *j)
{
    const struct mail_part *found = NULL;
    for (size_t i = 0; i < j->parts->count; i++) {
        const struct mail_part *p = &j->parts->items[i];
        if (p->kind == MAIL_PART_TEXT && p->text.p && (!found || (found->html && !p->html))) {
            found = p;
        }
    }
    struct span text = found ? span_sub(found->text, 0, SHOWN_MAX) : span_make("", 0);
    /* Whole characters. */
    while (found && text.n && text.n < found->text.n && (text.p[text.n] & 0xc0) == 0x80) {
        text.n--;
    }
    return arena_str(j->a, text);
}

static bool write_reasons(const struct judging *j, struct json *out)
{
    bool good = true;
    json_key(out, "reasons");
    json_open(out, '[');
    for (size_t i = 0; i < j->said_count; i++) {
        json_open(out, '{');
        good = mail_sentence_json(j->a, &j->said[i], out) && good;
        json_close(out, '}');
    }
    json_close(out, ']');
    return good;
}

/* The same answer that comes again; one that nobody vouched for is never the same as one that is
 * authenticated. */
static const char *fingerprint(const struct judging *j)
{
    const char *id = text_of(j, "Message-ID");
    uint8_t digest[SHA256_SIZE];
    char body[SHA256_HEX];
    if (hash_sha256(j->head.body, digest) != 0) {
        return NULL;
    }
    (void)hash_hex(span_make(digest, sizeof digest), false, body);
    char *all = arena_printf(j->a, "%s\n%s\n%s\n%s", id ? id : "", j->from_text ? j->from_text : "",
                             body, j->by ? j->by : "");
    if (!all || hash_sha256(span_str(all), digest) != 0) {
        return NULL;
    }
    return hash_hex_str(j->a, span_make(digest, sizeof digest), false);
}

int judging_write(const struct judging *j, struct buffer *out)
{
    static const char *const classes[] = {"reply", "auto-reply", "bounce"};
    static const char *const outcomes[] = {"unclear", "confirmed", "denied"};
    struct json json = {.out = out};
    json_open(&json, '{');
    json_put_text(&json, "class", j->known ? classes[j->kind.class] : "stray");
    json_put_text(&json, "case", j->known ? j->known->case_id : NULL);
    json_put_text(&json, "request", j->known ? j->known->token_sha256 : NULL);
    json_put_text(&json, "fingerprint", fingerprint(j));
    json_put_text(&json, "from", j->from_text);
    json_put_text(&json, "from_domain", j->from_fault ? NULL : j->from.domain);
    json_put_text(&json, "profile", j->from_approved ? j->profile->id : NULL);
    json_put_text(&json, "subject", text_of(j, "Subject"));
    json_put_text(&json, "date", text_of(j, "Date"));
    write_received(j, &json);
    json_put_text(&json, "message_id", text_of(j, "Message-ID"));
    write_auth(j, &json);
    json_put_text(&json, "result", outcomes[j->outcome]);
    json_put_truth(&json, "retry", j->retry && !j->by);
    bool good = write_reasons(j, &json);
    write_bounce(j, &json);
    json_put_text(&json, "text", shown_text(j));
    write_attachments(j, &json);
    write_wants(j, &json);
    json_close(&json, '}');
    buffer_char(out, '\n');
    for (size_t i = 0; i < j->parts->count; i++) {
        if (is_attachment(j, &j->parts->items[i])) {
            buffer_add(out, j->parts->items[i].bytes);
        }
    }
    return good && buffer_ok(out) ? 0 : -1;
}
