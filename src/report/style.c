/*
 * style - takes report.css into the program, so that a report needs no other file.
 */
#include "report/style.h"

#include "base/embed.h"

EMBED_FILE(report_css, "report/report.css");

struct span report_style(void)
{
    return EMBEDDED(report_css);
}
