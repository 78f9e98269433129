/*
 * report_csv - one finding or requirement a line, for a spreadsheet. RFC 4180. See report.h.
 */
#include "tls/report.h"

void report_cell(struct buffer *out, const char *text, char after)
{
    /* A cell that begins so would be a formula to a spreadsheet. */
    bool formula = text && strchr("=+-@", text[0]) && text[0];
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

static void service(struct buffer *out, const struct scan_job *job)
{
    report_cell(out, job->target->given, ',');
    report_cell(out, job->target->ip, ',');
    buffer_printf(out, "%u,", job->port);
    report_cell(out, job->service->name, ',');
    report_cell(out, scan_state_name(job->state), ',');
}

void report_csv_head(struct buffer *out)
{
    buffer_str(out, "target,ip,port,service,state,kind,id,result,text\r\n");
}

void report_csv(const struct tls_report *r, struct buffer *out)
{
    if (!r->findings.first && r->job->state != SCAN_TLS) {
        service(out, r->job);
        buffer_str(out, "state,,,");
        report_cell(out, r->job->ended, '\n');
    }
    for (const struct check_finding *f = r->findings.first; f; f = f->next) {
        service(out, r->job);
        buffer_str(out, "finding,");
        report_cell(out, check_row(f->id)->code, ',');
        report_cell(out, sp_level_name(check_row(f->id)->level), ',');
        report_cell(out, r->hindi ? f->text_hi : f->text, '\n');
    }
    for (size_t i = 0; i < r->result_count; i++) {
        service(out, r->job);
        buffer_str(out, "requirement,");
        report_cell(out, r->results[i].row->id, ',');
        report_cell(out, result_name(r->results[i].result), ',');
        report_cell(out, r->results[i].because, '\n');
    }
}
