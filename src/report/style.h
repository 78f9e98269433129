/*
 * style - the style sheet of the reports (report.css), inside the program.
 */
#ifndef REPORT_STYLE_H
#define REPORT_STYLE_H

#include "base/span.h"

/* Static storage; holds no "</style". */
struct span report_style(void);

#endif
