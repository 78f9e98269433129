/*
 * listen_pages - clients as rows for a spreadsheet (RFC 4180) and as a part of a page. See
 * listen_judge.h; head and end of the page are those of report_html.
 */
#include "report/html.h"
#include "tls/listen_judge.h"

/* ---- CSV ------------------------------------------------------------------------------------- */

static void client(struct buffer *out, const struct listen_client *c)
{
    report_cell(out, c->ip, ',');
    buffer_printf(out, "%u,", c->port);
    report_cell(out, c->name, ',');
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
        report_cell(out, r->results[i].row->id, ',');
        report_cell(out, verdict_name(r->results[i].verdict), ',');
        report_cell(out, r->hindi ? r->results[i].row->text_hi : r->results[i].row->text, '\n');
    }
    for (const struct check_finding *f = r->findings.first; f; f = f->next) {
        client(out, r->client);
        buffer_str(out, "finding,");
        report_cell(out, check_row(f->id)->code, ',');
        report_cell(out, sp_level_name(check_row(f->id)->level), ',');
        report_cell(out, r->hindi ? f->text_hi : f->text, '\n');
    }
    for (size_t i = 0; i < r->requirement_count; i++) {
        client(out, r->client);
        buffer_str(out, "requirement,");
        report_cell(out, r->requirements[i].row->id, ',');
        report_cell(out, result_name(r->requirements[i].result), ',');
        report_cell(out, r->requirements[i].because, '\n');
    }
}

/* ---- HTML ------------------------------------------------------------------------------------ */

static void put_hellos(const struct listen_report *r, struct html *h)
{
    char name[TLS_NAME];
    html_element(h, "<h3>", report_word("Hellos", r->hindi), "</h3><table>\n");
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
    html_element(h, "<h3>", report_word("Cases", r->hindi), "</h3><table>\n");
    for (size_t i = 0; i < r->cases->count; i++) {
        const struct case_result *c = &r->results[i];
        html_raw(h, "<tr>");
        html_element(h, "<th>", c->row->id, "</th>");
        html_element(h, "<td>", verdict_name(c->verdict), "</td>");
        report_html_cell(h, r->hindi);
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

void listen_html(const struct listen_report *r, struct buffer *out)
{
    struct html page = {out}, *h = &page;
    html_raw(h, "<section><h2>");
    html_text(h, r->client->ip);
    html_raw(h, ", ");
    html_text(h, report_word("port", r->hindi));
    html_raw(h, " ");
    html_number(h, r->client->port);
    if (r->client->name[0]) {
        html_raw(h, ", ");
        html_text(h, r->client->name);
    }
    html_raw(h, ": ");
    html_text(h, report_word(result_name(r->overall), r->hindi));
    html_raw(h, "</h2>\n");
    report_html_findings(&r->findings, r->hindi, h);
    report_html_requirements(r->requirements, r->requirement_count, r->level, r->hindi, h);
    put_cases(r, h);
    put_hellos(r, h);
    html_raw(h, "<p><small>");
    html_number(h, r->client->attempt_count);
    html_raw(h, " ");
    html_text(h, report_word("connections", r->hindi));
    html_raw(h, ", ");
    html_text(h, report_word("policy", r->hindi));
    html_raw(h, " ");
    html_text(h, r->policy->version);
    html_raw(h, "</small></p></section>\n");
}
