/*
 * assets - the style sheets, the script and the icon, inside the program.
 */
#include <pthread.h>
#include <stdio.h>

#include "http/pages.h"
#include "report/style.h"

/* The assembler finds the files through the same -I as the compiler. */
#define INCLUDE_FILE(symbol, file)                                                                 \
    __asm__(".section .rodata\n"                                                                   \
            ".global asset_" #symbol "_start, asset_" #symbol "_end\n"                             \
            "asset_" #symbol "_start:\n"                                                           \
            ".incbin \"http/assets/" file "\"\n"                                                   \
            "asset_" #symbol "_end:\n"                                                             \
            ".byte 0\n"                                                                            \
            ".previous\n");                                                                        \
    extern const uint8_t asset_##symbol##_start[], asset_##symbol##_end[]

INCLUDE_FILE(style, "style.css");
INCLUDE_FILE(app, "app.js");
INCLUDE_FILE(icon, "icon.svg");

enum { ASSETS = 4, ETAG_TEXT = 20 };

static struct asset assets[ASSETS];
static char etags[ASSETS][ETAG_TEXT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static struct span between(const uint8_t *start, const uint8_t *end)
{
    return span_make(start, (size_t)(end - start));
}

/* FNV-1a: tells versions apart, protects nothing. */
static uint64_t fingerprint(struct span s)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (size_t i = 0; i < s.n; i++) {
        h = (h ^ s.p[i]) * 0x100000001b3U;
    }
    return h;
}

static void fill(void)
{
    static const char css[] = "text/css; charset=utf-8";
    assets[0] = (struct asset){"report.css", css, report_style(), NULL};
    assets[1] = (struct asset){"style.css", css, between(asset_style_start, asset_style_end), NULL};
    assets[2] = (struct asset){"app.js", "text/javascript; charset=utf-8",
                               between(asset_app_start, asset_app_end), NULL};
    assets[3] = (struct asset){"icon.svg", "image/svg+xml",
                               between(asset_icon_start, asset_icon_end), NULL};
    for (size_t i = 0; i < ASSETS; i++) {
        (void)snprintf(etags[i], ETAG_TEXT, "\"%016llx\"",
                       (unsigned long long)fingerprint(assets[i].bytes));
        assets[i].etag = etags[i];
    }
}

const struct asset *asset_find(const char *name)
{
    if (pthread_once(&once, fill) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < ASSETS; i++) {
        if (strcmp(assets[i].name, name) == 0) {
            return &assets[i];
        }
    }
    return NULL;
}
