/*
 * settings - what the server was told: options, configuration file, limits.
 */
#ifndef HTTP_SETTINGS_H
#define HTTP_SETTINGS_H

#include "base/arena.h"

enum { FILES_MAX = 32 };

struct settings {
    const char *address; /* numeric */
    unsigned port;
    const char *data, *config, *demo, *trust; /* the latter three may be NULL */
    size_t upload_bytes;                      /* largest document */
    size_t memory_bytes;                      /* all documents held at one moment */
    unsigned workers;                         /* documents checked at the same time */
    unsigned queue;                           /* requests that may wait beyond those */
    unsigned rate_per_minute, rate_burst;     /* per client address; 0: no limit */
    unsigned connections;
    unsigned files; /* documents in one form, at most FILES_MAX */
    unsigned upload_seconds;
    unsigned fetch_seconds;   /* for what one document wants; 0: nothing is fetched for documents */
    unsigned refresh_minutes; /* between looks for revocation data that is due */
    bool offline;             /* nothing is fetched */
    bool behind_proxy;        /* the client is the last address of X-Forwarded-For */
};

/* Reads the command line, then the configuration file it names. Strings live in the arena or in
 * argv. Returns -1 to go on, else the exit code (help and mistakes are told by it). */
int settings_read(struct arena *a, int argc, char **argv, struct settings *out) WARN_UNUSED;

#endif
