/*
 * public_certificate - the page of one certificate: what may be relied on is said first and in
 * words, icon and colour; then what it covers, its history with proofs, its files, how to check it
 * oneself.
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/utc.h"
#include "db/rows.h"
#include "http/office/pages_text.h"
#include "http/public/public_view.h"
#include "records/blobs.h"
#include "report/tone.h"

struct certificate {
    const char *number;
    struct public_ask ask;
    json_t *row, *now, *then; /* of the records, today, on the date asked for */
    json_t *history, *amendments;
    struct note_key key;
    bool keyed;
};

/* ---- files ----------------------------------------------------------------------------------- */

static const char *file_name(struct office_request *r, const char *number, const char *ending)
{
    char *name = arena_printf(r->arena, "%s%s", number, ending);
    for (char *p = name; p && *p; p++) {
        *p = *p == '/' ? '-' : *p;
    }
    return name;
}

/* "entry=3": an event of this certificate. INT64_MAX: none is asked for; -1: it is none of them. */
static int64_t asked_entry(struct office_request *r, const struct certificate *c)
{
    const char *asked = office_query(r, "entry");
    size_t i;
    json_t *e;
    int64_t entry = asked ? -1 : INT64_MAX;
    char text[TEXT_SIZE];
    json_array_foreach(c->history, i, e)
    {
        int64_t n = json_integer_value(json_object_get(e, "entry"));
        (void)snprintf(text, sizeof text, "%lld", (long long)n);
        entry = asked && strcmp(asked, text) == 0 ? n : entry;
    }
    return entry;
}

static int give_blob(struct office_request *r, const struct certificate *c, const char *sha256,
                     const char *media, const char *ending)
{
    int64_t size = 0;
    int fd = *sha256 ? blob_open(r->office->data, sha256, &size) : RECORDS_NONE;
    if (fd < 0) {
        return fd == RECORDS_NONE ? public_none(r) : -1;
    }
    r->file = (struct op_file){
        .fd = fd, .size = size, .name = file_name(r, c->number, ending), .media = media};
    return 0;
}

/* The files as they are, or "?file=pdf&entry=3": as they were after an event. Only events of this
 * certificate. The proof that goes with a PDF is that of the event which brought it; with an entry
 * it is that event's own. */
static int give_version(struct office_request *r, const struct certificate *c, const char *file)
{
    struct register_version v;
    char ending[TEXT_SIZE];
    bool pdf = strcmp(file, "pdf") == 0;
    int64_t entry = asked_entry(r, c);
    int rc = entry < 0 ? RECORDS_NONE : register_version(r->records, c->number, entry, &v);
    if (rc != 0) {
        return rc == RECORDS_NONE ? public_none(r) : -1;
    }
    if (entry == INT64_MAX) {
        (void)snprintf(ending, sizeof ending, ".%s", file);
    } else {
        (void)snprintf(ending, sizeof ending, "-%lld.%s", (long long)entry, file);
    }
    if (strcmp(file, "proof") == 0) {
        rc = register_proof(r->records, entry == INT64_MAX && v.entry >= 0 ? v.entry : entry,
                            &r->body);
        rc = rc == RECORDS_NONE ? public_none(r) : rc;
        r->content_type = "text/plain; charset=utf-8";
    } else {
        rc = give_blob(r, c, pdf ? v.pdf : v.xml, pdf ? "application/pdf" : "application/xml",
                       ending);
    }
    register_version_free(&v);
    return rc;
}

static int give_file(struct office_request *r, const struct certificate *c, const char *file)
{
    bool known = strcmp(file, "pdf") == 0 || strcmp(file, "xml") == 0 || strcmp(file, "proof") == 0;
    return known ? give_version(r, c, file) : public_none(r);
}

/* ---- what may be relied on ------------------------------------------------------------------- */

static enum public_word sentence(const char *status)
{
    static const struct {
        const char *status;
        enum public_word word;
    } rows[] = {{"VALID", PW_SAYS_VALID},          {"SUSPENDED", PW_SAYS_SUSPENDED},
                {"WITHDRAWN", PW_SAYS_WITHDRAWN},  {"EXPIRED", PW_SAYS_EXPIRED},
                {"LAPSED", PW_SAYS_LAPSED},        {"NOT_YET_VALID", PW_SAYS_NOT_YET},
                {"SUPERSEDED", PW_SAYS_SUPERSEDED}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].status, status) == 0) {
            return rows[i].word;
        }
    }
    return PW_SAYS_UNKNOWN;
}

static const char *date_said(const json_t *state, const char *status)
{
    bool until = strcmp(status, "VALID") == 0 || strcmp(status, "EXPIRED") == 0 ||
                 strcmp(status, "LAPSED") == 0;
    bool from = strcmp(status, "NOT_YET_VALID") == 0;
    return public_get(state, until ? "valid_to" : from ? "valid_from" : "status_since");
}

static bool is_alarm(const char *status)
{
    return strcmp(status, "SUSPENDED") == 0 || strcmp(status, "WITHDRAWN") == 0;
}

/* In both languages: whoever holds the print may read only one. */
static void warn(struct public_view *v, const char *status)
{
    html_raw(&v->p.h, "<p class=\"alarm\" role=\"alert\"><strong lang=\"en\">");
    html_element(&v->p.h, "", status, " – ");
    html_element(&v->p.h, "", public_text(false, PW_DO_NOT_RELY), "</strong><strong lang=\"hi\">");
    html_element(&v->p.h, "", public_text(true, PW_DO_NOT_RELY), "</strong></p>");
    html_element(&v->p.h, "<div class=\"across\" aria-hidden=\"true\">", status, "</div>");
}

static void band(struct public_view *v, const struct certificate *c)
{
    char date[TEXT_SIZE], on[TEXT_SIZE], at[UTC_TEXT];
    const char *status = public_get(c->then, "status"), *now = public_get(c->now, "status");
    struct html *h = &v->p.h;
    bool alarming = is_alarm(status) || is_alarm(now);
    if (alarming) {
        warn(v, is_alarm(now) ? now : status);
    }
    html_raw(h, "<section class=\"band verdict");
    tone_class(h, public_tone(status));
    html_raw(h, "\"><h2>");
    public_state(v, status);
    html_element(h, " <span class=\"number\">", c->number, "</span></h2><p class=\"why\">");
    public_fill(v, sentence(status), public_date(v, date_said(c->then, status), date), "");
    html_raw(h, "</p><p>");
    public_fill(v, PW_AS_OF, public_date(v, c->ask.on, on), utc_people(v->r->now, v->hindi, at));
    html_raw(h, "</p></section>");
    if (c->ask.dated && strcmp(now, status) != 0) {
        html_raw(h, "<p class=\"reason");
        tone_class(h, public_tone(now));
        html_raw(h, "\"><strong>");
        public_fill(v, PW_NOT_NOW, public_status_word(v, now), "");
        html_raw(h, "</strong></p>");
    }
}

/* What officers name as the reason; one of their own words stays as it is. */
static const char *reason_text(const struct public_view *v, const char *code)
{
    static const struct {
        const char *code;
        enum public_word word;
    } rows[] = {{"non-conformity", PW_RE_NON_CONFORMITY}, {"holder-request", PW_RE_HOLDER_REQUEST},
                {"corrected", PW_RE_CORRECTED},           {"misuse", PW_RE_MISUSE},
                {"vulnerability", PW_RE_VULNERABILITY},   {"fees", PW_RE_FEES},
                {"firmware-update", PW_RE_FIRMWARE},      {"archival-timestamp", PW_RE_STAMP},
                {"re-certification", PW_RE_AGAIN},        {"major-change", PW_RE_MAJOR}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].code, code) == 0) {
            return public_text(v->hindi, rows[i].word);
        }
    }
    return code;
}

/* ---- what it covers -------------------------------------------------------------------------- */

static void models(struct public_view *v, const json_t *state)
{
    size_t i;
    json_t *m;
    struct html *h = &v->p.h;
    public_element(v, "<h2 id=\"models\">", PW_COVERS,
                   "</h2><div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                   "aria-labelledby=\"models\"><table class=\"register\"><thead><tr>");
    public_element(v, "<th scope=\"col\">", PW_MODEL, "</th>");
    public_element(v, "<th scope=\"col\">", PW_HARDWARE, "</th>");
    public_element(v, "<th scope=\"col\">", PW_FIRMWARE, "</th>");
    public_element(v, "<th scope=\"col\">", PW_FIRMWARE_HASH, "</th></tr></thead><tbody>");
    json_array_foreach(json_object_get(state, "models"), i, m)
    {
        html_element(h, "<tr><th scope=\"row\">", public_get(m, "model"), "</th>");
        html_element(h, "<td>", public_get(m, "hardware"), "</td>");
        html_element(h, "<td><strong>", public_get(m, "firmware"), "</strong></td>");
        html_element(h, "<td><code>", public_get(m, "firmware_sha256"), "</code></td></tr>");
    }
    html_raw(h, "</tbody></table></div>");
}

static void fact(struct public_view *v, enum public_word name, const char *text)
{
    if (text && *text) {
        public_element(v, "<dt>", name, "</dt>");
        html_element(&v->p.h, "<dd>", text, "</dd>");
    }
}

/* "CB/2026/31 · Firmware 2.5.0 is added." */
static const char *amendment_text(struct public_view *v, const json_t *amendment)
{
    return arena_printf(v->r->arena, "%s · %s", public_get(amendment, "decision"),
                        public_get(amendment, v->hindi ? "hi" : "en"));
}

/* What the certificate says of itself, where it was drawn anew. */
static void fact_amendment(struct public_view *v, const json_t *amendment)
{
    char date[TEXT_SIZE];
    bool corrects = strcmp(public_get(amendment, "kind"), "correction") == 0;
    if (json_is_object(amendment)) {
        fact(v, corrects ? PW_EV_correct : PW_EV_amend,
             arena_printf(v->r->arena, "%s · %s",
                          public_date(v, public_get(amendment, "date"), date),
                          amendment_text(v, amendment)));
    }
}

static const char *in_language(const struct public_view *v, const json_t *o)
{
    const char *hindi = public_get(o, "name_hi");
    return v->hindi && *hindi ? hindi : public_get(o, "name");
}

static void facts(struct public_view *v, const struct certificate *c)
{
    char a[TEXT_SIZE], b[TEXT_SIZE], level[TEXT_SIZE];
    const json_t *s = c->then, *d = json_object_get(s, "data");
    size_t i;
    json_t *one;
    public_element(v, "<h2>", PW_FACTS, "</h2><dl class=\"facts\">");
    fact(v, PW_HOLDER_HEAD, in_language(v, json_object_get(d, "holder")));
    fact(v, PW_PRODUCT, in_language(v, json_object_get(d, "product")));
    (void)snprintf(level, sizeof level, "%lld",
                   (long long)json_integer_value(json_object_get(s, "level")));
    fact(v, PW_LEVEL, level);
    fact(v, PW_ISSUED, public_date(v, public_get(s, "issued_on"), a));
    fact(v, PW_VALID_FROM, public_date(v, public_get(s, "valid_from"), a));
    fact(v, PW_UNTIL, public_date(v, public_get(s, "valid_to"), b));
    fact(v, PW_REGISTRATION, public_get(s, "registration"));
    fact(v, PW_LAB, public_get(json_object_get(d, "lab"), "name"));
    json_array_foreach(json_object_get(d, "standards"), i, one)
    {
        fact(v, PW_STANDARDS, json_string_value(one));
    }
    fact_amendment(v, json_object_get(d, "amendment"));
    fact(v, PW_REASON, reason_text(v, public_get(s, "reason")));
    const char *successor = public_get(s, "successor");
    if (*successor) {
        public_element(v, "<dt>", PW_SUCCESSOR, "</dt><dd><a href=\"");
        public_address(v, successor);
        html_element(&v->p.h, "\">", successor, "</a></dd>");
    }
    html_raw(&v->p.h, "</dl>");
}

/* ---- history --------------------------------------------------------------------------------- */

static void event_name(struct public_view *v, const char *event)
{
    static const struct {
        const char *event;
        enum public_word word;
    } rows[] = {{"issue", PW_EV_issue},         {"amend", PW_EV_amend},
                {"correct", PW_EV_correct},     {"suspend", PW_EV_suspend},
                {"reinstate", PW_EV_reinstate}, {"withdraw", PW_EV_withdraw},
                {"supersede", PW_EV_supersede}, {"renew", PW_EV_renew}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].event, event) == 0) {
            public_say(v, rows[i].word);
            return;
        }
    }
    html_text(&v->p.h, event);
}

static void history(struct public_view *v, const struct certificate *c)
{
    size_t i;
    json_t *e;
    char date[TEXT_SIZE], entry[TEXT_SIZE];
    struct html *h = &v->p.h;
    public_element(v, "<h2 id=\"history\">", PW_HISTORY,
                   "</h2><div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                   "aria-labelledby=\"history\"><table class=\"register\"><thead><tr>");
    public_element(v, "<th scope=\"col\">", PW_DATE, "</th><th scope=\"col\">");
    public_element(v, "", PW_EVENT, "</th><th scope=\"col\">");
    public_element(v, "", PW_REASON, "</th><th scope=\"col\">");
    public_element(v, "", PW_PROOF, "</th></tr></thead><tbody>");
    json_array_foreach(c->history, i, e)
    {
        (void)snprintf(entry, sizeof entry, "%lld",
                       (long long)json_integer_value(json_object_get(e, "entry")));
        html_element(h, "<tr><td class=\"date\">",
                     public_date(v, public_get(e, "effective_on"), date),
                     "</td><th scope=\"row\">");
        event_name(v, public_get(e, "event"));
        html_element(h, "</th><td>", reason_text(v, public_get(e, "reason")), "");
        const json_t *amendment = json_object_get(c->amendments, entry);
        if (amendment) {
            html_element(h, "<br><span class=\"small\">", amendment_text(v, amendment), "</span>");
        }
        html_raw(h, "</td><td><a href=\"/certificate/");
        public_path(h->out, c->number);
        html_element(h, "?file=proof&amp;entry=", entry, "\">");
        public_fill(v, PW_ENTRY, entry, "");
        html_raw(h, "</a>");
        const char *pdf = public_get(e, "pdf_sha256");
        if (*pdf && strcmp(pdf, public_get(c->row, "pdf")) != 0) {
            html_raw(h, "<br><a href=\"/certificate/");
            public_path(h->out, c->number);
            html_element(h, "?file=pdf&amp;entry=", entry, "\">");
            public_element(v, "", PW_FILE_OLD, "</a>");
        }
        html_raw(h, "</td></tr>");
    }
    html_raw(h, "</tbody></table></div>");
}

/* ---- checking -------------------------------------------------------------------------------- */

static void date_form(struct public_view *v, const struct certificate *c)
{
    struct html *h = &v->p.h;
    public_element(v, "<h2>", PW_OTHER_DATE,
                   "</h2><form method=\"get\" class=\"noprint\" action=\"");
    public_address(v, c->number);
    html_raw(h, "\"><input type=\"hidden\" name=\"lang\"");
    html_attr(h, "value", v->hindi ? "hi" : "en");
    html_raw(h, "><div class=\"field inline\"><label for=\"on\">");
    public_element(v, "", PW_DATE, "</label><input id=\"on\" name=\"on\" type=\"date\" required");
    html_attr(h, "value", c->ask.on);
    public_element(v, "><button>", PW_SHOW, "</button></div></form>");
}

static void file_link(struct public_view *v, const struct certificate *c, const char *query,
                      enum public_word label)
{
    html_raw(&v->p.h, "<li><a href=\"/certificate/");
    public_path(v->p.h.out, c->number);
    html_element(&v->p.h, "?file=", query, "\">");
    public_element(v, "", label, "</a></li>");
}

static void files(struct public_view *v, const struct certificate *c)
{
    public_element(v, "<h2>", PW_DOWNLOADS, "</h2><ul>");
    if (json_is_string(json_object_get(c->row, "pdf"))) {
        file_link(v, c, "pdf", PW_FILE_PDF);
    }
    if (json_is_string(json_object_get(c->row, "xml"))) {
        file_link(v, c, "xml", PW_FILE_XML);
    }
    html_raw(&v->p.h, "<li><a href=\"/api/v1/certificates/");
    public_path(v->p.h.out, c->number);
    public_element(v, "\">", PW_FILE_JSON, "</a></li>");
    file_link(v, c, "proof", PW_FILE_PROOF);
    html_raw(&v->p.h, "</ul>");
}

/* So that the command can be copied as it stands. */
static void put_key(struct public_view *v, const struct certificate *c)
{
    struct buffer key;
    buffer_init(&key, NOTE_MAX);
    if (c->keyed && note_key_write(&c->key, &key) == 0) {
        html_span(&v->p.h, buffer_span(&key));
    } else {
        html_raw(&v->p.h, "…");
    }
    buffer_free(&key);
}

static void yourself(struct public_view *v, const struct certificate *c)
{
    struct html *h = &v->p.h;
    public_element(v, "<h2>", PW_YOURSELF, "</h2><ol><li>");
    public_element(v, "", PW_YOURSELF_1, "</li><li><a href=\"/?lang=");
    html_text(h, v->hindi ? "hi" : "en");
    public_element(v, "\">", PW_YOURSELF_2, "</a></li><li>");
    public_element(v, "", PW_YOURSELF_3, " <code>satyapan register check ");
    html_element(h, "", file_name(v->r, c->number, ".pdf"), " --proof ");
    html_element(h, "", file_name(v->r, c->number, ".proof"), " --key ");
    put_key(v, c);
    html_raw(h, "</code></li><li><a href=\"/api/v1/certificates.json\">certificates.json</a>, "
                "<a href=\"/api/v1/certificates.json.sig\">certificates.json.sig</a>: ");
    public_element(v, "", PW_YOURSELF_4, " <code>--register certificates.json</code></li></ol>");
    if (c->keyed) {
        public_element(v, "<p class=\"small\">", PW_KEY, ": ");
        public_vkey(v, &c->key);
        html_raw(h, "</p>");
    }
}

/* ---- together -------------------------------------------------------------------------------- */

/* What the QR code carries the hash of: the data now in force. */
static int data_hash(const json_t *state, char hex[SHA256_HEX])
{
    uint8_t hash[SHA256_SIZE];
    char *text = rows_canonical(json_object_get(state, "data"));
    int rc = text ? hash_sha256(span_str(text), hash) : -1;
    if (rc == 0) {
        (void)hash_hex(span_make(hash, sizeof hash), false, hex);
    }
    mem_free(text);
    return rc;
}

static int show(struct office_request *r, const struct certificate *c)
{
    struct public_view v;
    char hex[SHA256_HEX] = "";
    const char *title =
        arena_printf(r->arena, r->lang == LANG_HI ? "प्रमाणपत्र %s" : "Certificate %s", c->number);
    int rc = public_begin(&v, r, title);
    rc |= data_hash(c->now, hex);
    html_element(&v.p.h, "<h1>", title, "</h1>");
    band(&v, c);
    if (c->keyed) {
        public_checker(&v, &c->key, c->number, hex, public_get(c->now, "status"));
    }
    models(&v, c->then);
    facts(&v, c);
    date_form(&v, c);
    history(&v, c);
    files(&v, c);
    yourself(&v, c);
    return page_end(&v.p) == 0 ? rc : -1;
}

static int load(struct office_request *r, struct certificate *c)
{
    char today[PUBLIC_DATE];
    int rc = certificate_find(r->records, c->number, &c->row);
    rc = rc == 0 ? register_history(r->records, c->number, &c->history) : rc;
    rc = rc == 0 ? register_amendments(r->records, c->number, &c->amendments) : rc;
    if (rc != 0) {
        return rc;
    }
    public_today(r, today);
    c->then = public_row(r->records, c->row, c->ask.on, true);
    c->now = public_row(r->records, c->row, today, true);
    rc = public_key(r, &c->key);
    c->keyed = rc == 0;
    return c->then && c->now && rc != RECORDS_FAILED ? 0 : RECORDS_FAILED;
}

int public_certificate_page(struct office_request *r)
{
    struct certificate c = {.number = public_number(r->arena, r->rest)};
    const char *wrong, *file = office_query(r, "file");
    if (!public_ask_read(r, &c.ask, &wrong)) {
        return public_bad(r, wrong);
    }
    int rc = load(r, &c);
    rc = rc == RECORDS_NONE ? public_none(r)
         : rc != 0          ? -1
         : file             ? give_file(r, &c, file)
                            : show(r, &c);
    json_decref(c.row);
    json_decref(c.now);
    json_decref(c.then);
    json_decref(c.history);
    json_decref(c.amendments);
    return rc;
}
