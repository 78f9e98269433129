/*
 * trusted - the evidence the server judges by: the trust list and, for a demonstration, its PKI.
 */
#ifndef HTTP_TRUSTED_H
#define HTTP_TRUSTED_H

#include "http/settings.h"
#include "obtain/obtain.h"
#include "satyapan/evidence.h"

/* A sample document of the demonstration, offered on the page. */
struct sample {
    const char *name; /* letters, digits, '.', '-' and '_' only */
    struct span bytes;
};

struct trusted {
    struct sp_evidence evidence;
    struct obtain_options obtain; /* where the trust list and the demonstration's own are */
    struct sample *samples;
    size_t sample_count, sample_capacity;
    const char **licensed; /* names of the licensed CAs */
    size_t licensed_count;
};

/* Loads what the settings name. Everything lives as long as the arena. Returns 0, or -1 after
 * saying on stderr what is wrong. */
int trusted_load(struct arena *a, const struct settings *s, struct trusted *out) WARN_UNUSED;

#endif
