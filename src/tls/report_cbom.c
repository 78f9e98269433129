/* report_cbom - see report.h. */
#include "tls/report.h"
void report_cbom(const struct tls_report *r, bool first, struct buffer *out)
{
    (void)r;
    (void)first;
    (void)out;
}
void report_cbom_head(struct buffer *out, int64_t now)
{
    (void)now;
    (void)out;
}
void report_cbom_end(struct buffer *out)
{
    (void)out;
}
