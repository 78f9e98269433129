/*
 * qr - see qr.h. One path of unit squares: no style, so that the policy of the pages may stay
 * strict.
 */
#include "http/office/qr.h"

#include <qrencode.h>

enum { QUIET = 4, PIXELS = 5 };

static void squares(struct html *h, const QRcode *code)
{
    uint64_t width = (uint64_t)code->width;
    for (uint64_t y = 0; y < width; y++) {
        for (uint64_t x = 0; x < width; x++) {
            if (code->data[y * width + x] & 1) {
                html_raw(h, "M");
                html_number(h, x + QUIET);
                html_raw(h, " ");
                html_number(h, y + QUIET);
                html_raw(h, "h1v1h-1z");
            }
        }
    }
}

int qr_svg(struct html *h, const char *text, const char *label)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (!code) {
        return -1;
    }
    uint64_t side = (uint64_t)code->width + 2 * (uint64_t)QUIET;
    html_raw(h, "<svg class=\"qr\" role=\"img\" shape-rendering=\"crispEdges\"");
    html_attr(h, "aria-label", label);
    html_raw(h, " width=\"");
    html_number(h, side * PIXELS);
    html_raw(h, "\" height=\"");
    html_number(h, side * PIXELS);
    html_raw(h, "\" viewBox=\"0 0 ");
    html_number(h, side);
    html_raw(h, " ");
    html_number(h, side);
    html_raw(h, "\"><path fill=\"#fff\" d=\"M0 0h");
    html_number(h, side);
    html_raw(h, "v");
    html_number(h, side);
    html_raw(h, "H0z\"/><path fill=\"#000\" d=\"");
    squares(h, code);
    html_raw(h, "\"/></svg>");
    QRcode_free(code);
    return 0;
}
