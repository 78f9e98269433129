/*
 * result - a check as one line of JSON.
 */
#include "base/hash.h"
#include "base/utc.h"
#include "cli/weblink/weblink.h"

static void put_or_none(struct json *j, const char *key, const char *text)
{
    if (text) {
        json_put_text(j, key, text);
    } else {
        json_put_none(j, key);
    }
}

static const char *reason_of(const struct check_result *r)
{
    static const enum sp_level levels[] = {
        [WEBLINK_INCONCLUSIVE] = SP_LEVEL_REVIEW, [WEBLINK_MISMATCH] = SP_LEVEL_FAIL};
    const struct foreign_finding *f =
        r->outcome == WEBLINK_VERIFIED ? NULL : foreign_first(r->findings, levels[r->outcome]);
    return f ? foreign_reason_row(f->id)->code : NULL;
}

static void put_snippets(struct json *j, const struct check_result *r)
{
    json_key(j, "snippets");
    json_open(j, '[');
    for (int i = 0; r->page && r->page->match_count && i < PARTS; i++) {
        const struct snippet *s = &r->page->matches[0].parts[i];
        if (s->text) {
            json_open(j, '{');
            json_put_text(j, "field", part_name((enum part)i));
            json_put_text(j, "match", answer_name(s->answer));
            json_put_text(j, "label", s->label);
            json_put_text(j, "text", s->text);
            json_put_number(j, "offset", s->offset);
            json_put_text(j, "xpath", s->where);
            json_close(j, '}');
        }
    }
    json_close(j, ']');
}

static void put_page(struct json *j, const struct evaluation *e)
{
    json_key(j, "page");
    if (!e) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_put_text(j, "class", page_class_name(e->class));
    put_or_none(j, "detail", e->detail);
    put_or_none(j, "kind", e->kind);
    put_or_none(j, "charset", e->charset);
    put_or_none(j, "title", e->title);
    json_put_text(j, "sha256", e->sha256);
    json_put_number(j, "size", e->size);
    json_close(j, '}');
}

static void put_hops(struct json *j, const struct visits *v)
{
    json_key(j, "hops");
    json_open(j, '[');
    for (size_t i = 0; i < v->count; i++) {
        const struct hop *h = &v->hops[i];
        json_open(j, '{');
        json_put_text(j, "purpose", h->purpose);
        json_put_text(j, "url", h->url);
        put_or_none(j, "ip", *h->ip ? h->ip : NULL);
        json_put_number(j, "status", h->status);
        put_or_none(j, "tls", *h->web.tls ? h->web.tls : NULL);
        put_or_none(j, "why", *h->reply.why ? h->reply.why : NULL);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void put_control(struct json *j, const struct check_result *r)
{
    json_key(j, "control");
    if (!r->control_url && !r->control) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    put_or_none(j, "url", r->control_url);
    put_or_none(j, "class", r->control ? page_class_name(r->control->class) : NULL);
    if (r->control) {
        json_put_truth(j, "matched", r->echoed);
    } else {
        json_put_none(j, "matched");
    }
    json_close(j, '}');
}

static void put_warc(struct json *j, const struct check_result *r)
{
    json_key(j, "warc");
    if (!r->warc_path) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_put_text(j, "path", r->warc_path);
    json_put_text(j, "sha256", r->warc_sha256);
    json_put_number(j, "size", (int64_t)r->warc_size);
    put_or_none(j, "timestamp", r->token_path);
    json_close(j, '}');
}

void result_json(struct json *j, const struct check_result *r)
{
    char when[UTC_TEXT];
    json_open(j, '{');
    put_or_none(j, "id", r->request->id);
    json_put_text(j, "outcome", weblink_outcome_name(r->outcome));
    put_or_none(j, "reason", reason_of(r));
    json_key(j, "findings");
    foreign_findings_json(j, r->findings);
    put_snippets(j, r);
    put_page(j, r->page);
    put_hops(j, r->visits);
    put_or_none(j, "final_url", r->final_url);
    put_or_none(j, "profile", r->profile);
    put_control(j, r);
    put_warc(j, r);
    json_put_text(j, "checked_at", utc_rfc3339(r->checked_at, when));
    if (r->retry_after > 0) {
        json_put_number(j, "retry_after", r->retry_after);
    } else {
        json_put_none(j, "retry_after");
    }
    json_close(j, '}');
}
