/*
 * html - what a reader of an HTML mail sees, as lines of text (libxml2's HTML parser).
 *
 * Quotations (blockquote, the marks of common programs) become lines that begin with '>', what
 * follows such a program's head of a quoted mail comes behind a line of underscores; scripts,
 * styles and what is hidden are left out. What it does not do: layout, style sheets, images.
 */
#ifndef FOREIGN_MAIL_HTML_H
#define FOREIGN_MAIL_HTML_H

#include "base/buffer.h"

/* html is UTF-8. Appends the text. False: it cannot be read, or is too deep. */
bool mail_html_text(struct span html, struct buffer *out) WARN_UNUSED;

#endif
