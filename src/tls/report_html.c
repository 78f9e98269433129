/* report_html - see report.h. */
#include "tls/report.h"
void report_html_head(struct buffer *out)
{
    (void)out;
}
void report_html(const struct tls_report *r, struct buffer *out)
{
    (void)r;
    (void)out;
}
void report_html_end(struct buffer *out)
{
    (void)out;
}
