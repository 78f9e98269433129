/*
 * listen_pages - clients as rows for a spreadsheet (RFC 4180) and as a part of a page. See
 * listen_judge.h; head and end of the page are those of report_html.
 */
#include "report/html.h"
#include "tls/listen_judge.h"

/* ---- CSV ------------------------------------------------------------------------------------- */

static void cell(struct buffer *out, const char *text, char after)
{
    /* A cell that begins so would be a formula to a spreadsheet. */
    bool formula = text && text[0] && strchr("=+-@", text[0]);
    buffer_char(out, '"');
    if (formula) {
        buffer_char(out, '\'');
    }
    for (const char *s = text ? text : ""; *s; s++) {
        if (*s == '"') {
            buffer_char(out, '"');
        }
        buffer_char(out, *s == '\n' || *s == '\r' ? ' ' : *s);
    }
    buffer_char(out, '"');
    if (after == '\n') {
        buffer_char(out, '\r');
    }
    buffer_char(out, after);
}

static void client(struct buffer *out, const struct listen_client *c)
{
    cell(out, c->ip, ',');
    buffer_printf(out, "%u,", c->port);
    cell(out, c->name, ',');
}

void listen_csv_head(struct buffer *out)
{
    buffer_str(out, "ip,port,name,kind,id,result,text\r\n");
}

void listen_csv(const struct listen_report *r, struct buffer *out)
{
    for (size_t i = 0; i < r->cases->count; i++) {
        client(out, r->client);
        buffer_str(out, "case,");
        cell(out, r->results[i].row->id, ',');
        cell(out, verdict_name(r->results[i].verdict), ',');
        cell(out, r->hindi ? r->results[i].row->text_hi : r->results[i].row->text, '\n');
    }
    for (const struct check_finding *f = r->findings.first; f; f = f->next) {
        client(out, r->client);
        buffer_str(out, "finding,");
        cell(out, check_row(f->id)->code, ',');
        cell(out, sp_level_name(check_row(f->id)->level), ',');
        cell(out, r->hindi ? f->text_hi : f->text, '\n');
    }
    for (size_t i = 0; i < r->requirement_count; i++) {
        client(out, r->client);
        buffer_str(out, "requirement,");
        cell(out, r->requirements[i].row->id, ',');
        cell(out, result_name(r->requirements[i].result), ',');
        cell(out, r->requirements[i].because, '\n');
    }
}

/* ---- HTML ------------------------------------------------------------------------------------ */

static void begin_cell(struct html *h, bool hindi)
{
    if (hindi) {
        html_raw(h, "<td lang=\"hi\">");
    } else {
        html_raw(h, "<td lang=\"en\">");
    }
}

static void put_hellos(const struct listen_report *r, struct html *h)
{
    char name[TLS_NAME];
    html_raw(h, "<h3>Hellos</h3><table>\n");
    for (size_t i = 0; i < r->client->print_count; i++) {
        const struct hello_print *p = &r->client->prints[i];
        html_raw(h, "<tr><th><code>");
        html_text(h, p->ja4);
        html_raw(h, "</code></th><td>");
        html_text(h, tls_version_name(p->hello.highest, name));
        html_raw(h, ", ");
        html_number(h, p->seen);
        html_raw(h, " &times;<br>");
        for (size_t k = 0; k < client_count(p->hello.suites); k++) {
            html_raw(h, "<code>");
            html_text(h, tls_suite_name(client_at(p->hello.suites, k), name));
            html_raw(h, "</code> ");
        }
        html_raw(h, "</td></tr>\n");
    }
    html_raw(h, "</table>\n");
}

static void put_cases(const struct listen_report *r, struct html *h)
{
    char name[TLS_NAME];
    html_raw(h, "<h3>Cases</h3><table>\n");
    for (size_t i = 0; i < r->cases->count; i++) {
        const struct case_result *c = &r->results[i];
        html_raw(h, "<tr>");
        html_element(h, "<th>", c->row->id, "</th>");
        html_element(h, "<td>", verdict_name(c->verdict), "</td>");
        begin_cell(h, r->hindi);
        html_text(h, r->hindi ? c->row->text_hi : c->row->text);
        html_raw(h, "<br><small>");
        html_text(h, c->row->cite);
        if (c->alert) {
            html_raw(h, " &middot; alert ");
            html_text(h, tls_alert_name(c->alert, name));
        }
        if (c->why[0]) {
            html_raw(h, " &middot; ");
            html_text(h, c->why);
        }
        html_raw(h, "</small></td></tr>\n");
    }
    html_raw(h, "</table>\n");
}

static void put_findings(const struct listen_report *r, struct html *h)
{
    html_raw(h, "<h3>Findings</h3><table>\n");
    for (const struct check_finding *f = r->findings.first; f; f = f->next) {
        const struct check_row *row = check_row(f->id);
        html_raw(h, "<tr>");
        html_element(h, "<th>", sp_level_name(row->level), "</th>");
        begin_cell(h, r->hindi);
        html_text(h, r->hindi ? f->text_hi : f->text);
        if (*row->hint) {
            html_raw(h, "<br>");
            html_text(h, r->hindi ? row->hint_hi : row->hint);
        }
        html_raw(h, "<br><small>");
        html_text(h, row->code);
        html_raw(h, " &middot; ");
        html_text(h, row->cite);
        html_raw(h, "</small></td></tr>\n");
    }
    html_raw(h, "</table>\n");
}

static void put_requirements(const struct listen_report *r, struct html *h)
{
    html_raw(h, "<h3>Requirements, ");
    if (r->level == POLICY_ALL) {
        html_raw(h, "all levels");
    } else {
        html_raw(h, "level ");
        html_number(h, r->level);
    }
    html_raw(h, "</h3><table>\n");
    for (size_t i = 0; i < r->requirement_count; i++) {
        const struct policy_result *one = &r->requirements[i];
        html_raw(h, "<tr>");
        html_element(h, "<th>", one->row->id, "</th>");
        html_element(h, "<td>", result_name(one->result), "</td>");
        begin_cell(h, r->hindi);
        html_text(h, r->hindi ? one->row->text_hi : one->row->text);
        html_raw(h, "<br><small>");
        html_text(h, one->row->source);
        if (one->because) {
            html_raw(h, " &middot; ");
            html_text(h, one->because);
        }
        html_raw(h, "</small></td></tr>\n");
    }
    html_raw(h, "</table>\n");
}

void listen_html(const struct listen_report *r, struct buffer *out)
{
    struct html page = {out}, *h = &page;
    html_raw(h, "<section><h2>");
    html_text(h, r->client->ip);
    html_raw(h, ", port ");
    html_number(h, r->client->port);
    if (r->client->name[0]) {
        html_raw(h, ", ");
        html_text(h, r->client->name);
    }
    html_raw(h, ": ");
    html_text(h, result_name(r->overall));
    html_raw(h, "</h2>\n");
    put_findings(r, h);
    put_requirements(r, h);
    put_cases(r, h);
    put_hellos(r, h);
    html_raw(h, "<p><small>");
    html_number(h, r->client->attempt_count);
    html_raw(h, " connections, policy ");
    html_text(h, r->policy->version);
    html_raw(h, "</small></p></section>\n");
}
