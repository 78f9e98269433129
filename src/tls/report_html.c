/*
 * report_html - all services as one page. See report.h.
 *
 * No script, no request to anybody; the style sheet is that of the verification reports.
 */
#include <stdio.h>

#include "base/utc.h"
#include "report/html.h"
#include "report/style.h"
#include "tls/report.h"

static void row(struct html *h, const char *name, const char *value)
{
    html_raw(h, "<tr>");
    html_element(h, "<th>", name, "</th>");
    html_element(h, "<td>", value, "</td>");
    html_raw(h, "</tr>\n");
}

/* Words of reports in Hindi; what is not among them (names of protocols, codes) stays. */
const char *report_word(const char *word, bool hindi)
{
    static const char *const words[][2] = {{"yes", "हाँ"},
                                           {"no", "नहीं"},
                                           {"not-tested", "जाँचा नहीं गया"},
                                           {"inconclusive", "निर्णय नहीं हो सका"},
                                           {"pass", "उत्तीर्ण"},
                                           {"fail", "अनुत्तीर्ण"},
                                           {"plaintext", "TLS के बिना बोलती है"},
                                           {"closed", "बंद"},
                                           {"filtered", "संपर्क नहीं"},
                                           {"no-answer", "कोई काम का उत्तर नहीं"},
                                           {"no-starttls", "STARTTLS नहीं"},
                                           {"self-signed", "स्व-हस्ताक्षरित"},
                                           {"complete", "पूर्ण"},
                                           {"incomplete", "अपूर्ण"},
                                           {"broken", "टूटी हुई"},
                                           {"TLS of devices", "उपकरणों का TLS"},
                                           {"Address", "पता"},
                                           {"Ended", "समाप्ति का कारण"},
                                           {"Says", "सेवा का परिचय"},
                                           {"Certificate", "प्रमाणपत्र"},
                                           {"chain", "श्रृंखला"},
                                           {"Findings", "निष्कर्ष"},
                                           {"Requirements, all levels", "अपेक्षाएँ, सभी स्तर"},
                                           {"Requirements, level", "अपेक्षाएँ, स्तर"},
                                           {"Hellos", "क्लाइंट के hello"},
                                           {"Cases", "परीक्षण"},
                                           {"port", "पोर्ट"},
                                           {"connections", "कनेक्शन"},
                                           {"policy", "नीति"},
                                           {"s", "सेकंड"}};
    for (size_t i = 0; hindi && i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], word) == 0) {
            return words[i][1];
        }
    }
    return word;
}

void report_html_head(struct buffer *out, bool hindi)
{
    struct html page = {out}, *h = &page;
    const char *title = report_word("TLS of devices", hindi);
    html_raw(h, "<!DOCTYPE html>\n");
    if (hindi) {
        html_raw(h, "<html lang=\"hi\">");
    } else {
        html_raw(h, "<html lang=\"en\">");
    }
    html_raw(h, "<head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    html_element(h, "<title>", title, "</title><style>\n");
    buffer_add(out, report_style());
    html_raw(h, "table{border-collapse:collapse;margin:.5em 0}th,td{text-align:left;"
                "vertical-align:top;padding:.15em .8em .15em 0}\n"
                "</style></head><body><main>");
    html_element(h, "<h1>", title, "</h1>\n");
}

static void put_versions(struct html *h, const struct tls_facts *f, bool hindi)
{
    char name[TLS_NAME], number[TLS_NAME];
    for (size_t i = f->version_count; i-- > 0;) {
        const struct version_facts *v = &f->versions[i];
        html_raw(h, "<tr>");
        html_element(h, "<th>", tls_version_name(v->version, name), "</th>");
        html_raw(h, "<td>");
        html_text(h, report_word(report_version_state(v), hindi));
        if (v->state != KNOWN_YES && v->how[0]) {
            html_raw(h, ", ");
            html_text(h, v->how);
        }
        for (size_t k = 0; k < v->count; k++) {
            html_raw(h, "<br><code>");
            html_text(h, tls_suite_name(v->suites[k], number));
            html_raw(h, "</code>");
        }
        html_raw(h, "</td></tr>\n");
    }
}

static void put_certificate(struct html *h, const struct cert_facts *c, bool hindi)
{
    char from[UTC_TEXT], to[UTC_TEXT];
    if (!c->leaf) {
        row(h, report_word("Certificate", hindi), c->error);
        return;
    }
    html_raw(h, "<tr>");
    html_element(h, "<th>", report_word("Certificate", hindi), "</th><td>");
    html_text(h, c->subject);
    html_raw(h, "<br>");
    html_text(h, c->kind);
    html_raw(h, " ");
    html_number(h, c->bits);
    html_raw(h, ", ");
    html_text(h, utc_rfc3339(c->leaf->not_before, from));
    html_raw(h, " &ndash; ");
    html_text(h, utc_rfc3339(c->leaf->not_after, to));
    html_raw(h, "; ");
    html_text(h, report_word("chain", hindi));
    html_raw(h, " ");
    html_text(h, report_word(chain_form_name(c->form), hindi));
    html_raw(h, "<br>SHA-256 <code>");
    html_text(h, c->sha256);
    html_raw(h, "</code></td></tr>\n");
}

void report_html_cell(struct html *h, bool hindi)
{
    if (hindi) {
        html_raw(h, "<td lang=\"hi\">");
    } else {
        html_raw(h, "<td lang=\"en\">");
    }
}

static void put_finding(const struct check_finding *f, bool hindi, struct html *h)
{
    const struct check_row *c = check_row(f->id);
    html_raw(h, "<tr>");
    html_element(h, "<th>", sp_level_name(c->level), "</th>");
    report_html_cell(h, hindi);
    html_text(h, hindi ? f->text_hi : f->text);
    if (*c->hint) {
        html_raw(h, "<br>");
        html_text(h, hindi ? c->hint_hi : c->hint);
    }
    html_raw(h, "<br><small>");
    html_text(h, c->code);
    html_raw(h, " &middot; ");
    html_text(h, c->cite);
    html_raw(h, "</small></td></tr>\n");
}

/* The worst first. */
void report_html_findings(const struct check_list *list, bool hindi, struct html *h)
{
    static const enum sp_level order[] = {SP_LEVEL_FAIL, SP_LEVEL_REVIEW, SP_LEVEL_WARN,
                                          SP_LEVEL_INFO};
    html_element(h, "<h3>", report_word("Findings", hindi), "</h3><table>\n");
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        for (const struct check_finding *f = list->first; f; f = f->next) {
            if (check_row(f->id)->level == order[i]) {
                put_finding(f, hindi, h);
            }
        }
    }
    html_raw(h, "</table>\n");
}

void report_html_requirements(const struct policy_result *results, size_t count, unsigned level,
                              bool hindi, struct html *h)
{
    if (level == POLICY_ALL) {
        html_element(h, "<h3>", report_word("Requirements, all levels", hindi), "");
    } else {
        html_element(h, "<h3>", report_word("Requirements, level", hindi), " ");
        html_number(h, level);
    }
    html_raw(h, "</h3><table>\n");
    for (size_t i = 0; i < count; i++) {
        const struct policy_result *one = &results[i];
        html_raw(h, "<tr>");
        html_element(h, "<th>", one->row->id, "</th>");
        html_element(h, "<td>", report_word(result_name(one->result), hindi), "</td>");
        report_html_cell(h, hindi);
        html_text(h, hindi ? one->row->text_hi : one->row->text);
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

void tls_report_html(const struct tls_report *r, struct buffer *out)
{
    struct html page = {out}, *h = &page;
    const struct scan_job *job = r->job;
    char seconds[24];
    html_raw(h, "<section><h2>");
    html_text(h, job->target->given);
    html_raw(h, ", ");
    html_text(h, report_word("port", r->hindi));
    html_raw(h, " ");
    html_number(h, job->port);
    html_raw(h, ", ");
    html_text(h, job->service->name);
    html_raw(h, ": ");
    html_text(h, report_word(job->state == SCAN_TLS ? result_name(r->overall)
                                                    : scan_state_name(job->state),
                             r->hindi));
    html_raw(h, "</h2>\n<table>\n");
    row(h, report_word("Address", r->hindi), job->target->ip);
    if (job->ended) {
        row(h, report_word("Ended", r->hindi), job->ended);
    }
    if (job->banner[0]) {
        row(h, report_word("Says", r->hindi), job->banner);
    }
    if (job->state == SCAN_TLS) {
        put_versions(h, &job->facts, r->hindi);
        for (size_t i = 0; i < r->cert_count; i++) {
            put_certificate(h, &r->certs[i], r->hindi);
        }
    }
    html_raw(h, "</table>\n");
    report_html_findings(&r->findings, r->hindi, h);
    report_html_requirements(r->results, r->result_count, r->level, r->hindi, h);
    (void)snprintf(seconds, sizeof seconds, "%.2f", (double)job->total_ms / 1000);
    html_raw(h, "<p><small>");
    html_number(h, job->connections);
    html_raw(h, " ");
    html_text(h, report_word("connections", r->hindi));
    html_raw(h, ", ");
    html_text(h, seconds);
    html_raw(h, " ");
    html_text(h, report_word("s", r->hindi));
    html_raw(h, ", ");
    html_text(h, report_word("policy", r->hindi));
    html_raw(h, " ");
    html_text(h, r->policy->version);
    html_raw(h, "</small></p></section>\n");
}

void report_html_end(struct buffer *out)
{
    struct html page = {out}, *h = &page;
    html_raw(h, "</main></body></html>\n");
}
