/*
 * qr - a text as a QR code (ISO/IEC 18004) in SVG, by libqrencode.
 */
#ifndef HTTP_OFFICE_QR_H
#define HTTP_OFFICE_QR_H

#include "report/html.h"

/* Black on white whatever the colours of the page are, with the quiet zone. label: for screen
 * readers, escaped here. Returns 0, or -1: memory, or too long. */
int qr_svg(struct html *h, const char *text, const char *label) WARN_UNUSED;

#endif
