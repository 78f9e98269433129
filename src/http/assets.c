/*
 * assets - the style sheets, the script and the icon, inside the program.
 */
#include <pthread.h>
#include <stdio.h>

#include "base/embed.h"
#include "http/pages.h"
#include "report/style.h"

EMBED_FILE(asset_style, "http/assets/style.css");
EMBED_FILE(asset_app, "http/assets/app.js");
EMBED_FILE(asset_office, "http/assets/office.css");
EMBED_FILE(asset_office_app, "http/assets/office.js");
EMBED_FILE(asset_register, "http/assets/register.css");
EMBED_FILE(asset_register_app, "http/assets/register.js");
EMBED_FILE(asset_icon, "http/assets/icon.svg");

enum { ASSETS = 8, ETAG_TEXT = 20 };

static struct asset assets[ASSETS];
static char etags[ASSETS][ETAG_TEXT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

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
    assets[1] = (struct asset){"style.css", css, EMBEDDED(asset_style), NULL};
    assets[2] =
        (struct asset){"app.js", "text/javascript; charset=utf-8", EMBEDDED(asset_app), NULL};
    assets[3] = (struct asset){"icon.svg", "image/svg+xml", EMBEDDED(asset_icon), NULL};
    assets[4] = (struct asset){"office.css", css, EMBEDDED(asset_office), NULL};
    assets[5] = (struct asset){"office.js", "text/javascript; charset=utf-8",
                               EMBEDDED(asset_office_app), NULL};
    assets[6] = (struct asset){"register.css", css, EMBEDDED(asset_register), NULL};
    assets[7] = (struct asset){"register.js", "text/javascript; charset=utf-8",
                               EMBEDDED(asset_register_app), NULL};
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
