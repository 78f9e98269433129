/*
 * settings - see settings.h. The configuration is JSON:
 *   {"limits": {"upload_bytes": 67108864, "queue": 64, ...}, "behind_proxy": false}
 * An unknown key is a mistake of the operator and said so, not skipped.
 */
#include "http/settings.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include <arpa/inet.h>
#include <jansson.h>

#include "base/number.h"

static const struct settings defaults = {
    .address = "127.0.0.1",
    .port = 8080,
    .data = "data",
    .upload_bytes = (size_t)64 << 20,
    .memory_bytes = (size_t)512 << 20,
    .workers = 4,
    .queue = 64,
    .rate_per_minute = 120,
    .rate_burst = 60,
    .connections = 1024,
    .files = 16,
    .upload_seconds = 120,
    .fetch_seconds = 20,
    .refresh_minutes = 5,
};

static int usage(FILE *out)
{
    (void)fputs(
        "usage: satyapan serve [--listen ADDR:PORT] [--data DIR] [--config FILE] [--trust DIR]\n"
        "                      [--demo DIR] [--offline]\n\n"
        "Serves the verify page and the HTTP API. Uploaded documents are held in memory only.\n\n"
        "  --listen ADDR:PORT  default 127.0.0.1:8080; [::1]:8080 for IPv6; port 0: any free one\n"
        "  --data DIR          the server's own files, default ./data\n"
        "  --config FILE       JSON: {\"limits\": {\"upload_bytes\", \"memory_bytes\", "
        "\"workers\",\n"
        "                      \"queue\", \"rate_per_minute\", \"rate_burst\", \"connections\",\n"
        "                      \"files\", \"upload_seconds\", \"fetch_seconds\"},\n"
        "                      \"behind_proxy\": true|false,\n"
        "                      \"offline\": true|false, \"refresh_minutes\": 5}\n"
        "  --trust DIR         trust list, default beside the program\n"
        "  --demo DIR          also trust the invented PKI in DIR/trust; every page says so\n"
        "  --offline           fetch nothing; without it revocation lists of the licensed CAs are\n"
        "                      kept fresh in DIR/revocation, and what a document lacks is "
        "fetched\n\n"
        "Examples:\n"
        "  satyapan serve\n"
        "  satyapan serve --listen 0.0.0.0:80 --config /etc/satyapan/serve.json\n",
        out);
    return out == stdout ? EX_OK : EX_USAGE;
}

static int wrong(int code, const char *what, const char *detail)
{
    (void)fprintf(stderr, "satyapan serve: %s: %s\n", what, detail);
    return code;
}

/* ---- the configuration file ------------------------------------------------------------------ */

struct limit {
    const char *key;
    size_t offset;
    bool wide; /* size_t, not unsigned */
    long long min, max;
};

#define LIMIT(field, wide_, min_, max_)                                                            \
    {                                                                                              \
#field, offsetof(struct settings, field), wide_, min_, max_                                \
    }

static const struct limit limits[] = {
    LIMIT(upload_bytes, true, 1024, (long long)1 << 32),
    LIMIT(memory_bytes, true, 1 << 20, (long long)1 << 40),
    LIMIT(workers, false, 1, 64),
    LIMIT(queue, false, 0, 10000),
    LIMIT(rate_per_minute, false, 0, 1000000),
    LIMIT(rate_burst, false, 1, 1000000),
    LIMIT(connections, false, 8, 60000),
    LIMIT(files, false, 1, FILES_MAX),
    LIMIT(upload_seconds, false, 1, 86400),
    LIMIT(fetch_seconds, false, 0, 120),
};

static const struct limit *find_limit(const char *key)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (strcmp(limits[i].key, key) == 0) {
            return &limits[i];
        }
    }
    return NULL;
}

static int set_limit(struct settings *s, const char *key, const json_t *value)
{
    const struct limit *l = find_limit(key);
    json_int_t n = json_integer_value(value);
    if (!l) {
        return wrong(EX_DATAERR, "unknown limit in the configuration", key);
    }
    if (!json_is_integer(value) || n < l->min || n > l->max) {
        return wrong(EX_DATAERR, "limit is no whole number in its range", key);
    }
    size_t wide = (size_t)n;
    unsigned narrow = (unsigned)n;
    char *field = (char *)s + l->offset;
    memcpy(field, l->wide ? (const void *)&wide : (const void *)&narrow,
           l->wide ? sizeof wide : sizeof narrow);
    return -1;
}

static int set_key(struct settings *s, const char *key, json_t *value)
{
    if (strcmp(key, "behind_proxy") == 0 && json_is_boolean(value)) {
        s->behind_proxy = json_is_true(value);
        return -1;
    }
    if (strcmp(key, "offline") == 0 && json_is_boolean(value)) {
        s->offline = s->offline || json_is_true(value);
        return -1;
    }
    json_int_t minutes = json_integer_value(value);
    if (strcmp(key, "refresh_minutes") == 0 && minutes >= 1 && minutes <= 1440) {
        s->refresh_minutes = (unsigned)minutes;
        return -1;
    }
    if (strcmp(key, "limits") != 0 || !json_is_object(value)) {
        return wrong(EX_DATAERR, "unknown key or wrong type in the configuration", key);
    }
    const char *name;
    json_t *number;
    json_object_foreach(value, name, number)
    {
        int rc = set_limit(s, name, number);
        if (rc >= 0) {
            return rc;
        }
    }
    return -1;
}

static int read_config(struct settings *s)
{
    json_error_t error;
    json_t *root = json_load_file(s->config, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        (void)fprintf(stderr, "satyapan serve: %s, line %d: %s\n", s->config, error.line,
                      error.text);
        return EX_DATAERR;
    }
    int rc = json_is_object(root) ? -1 : wrong(EX_DATAERR, s->config, "is no JSON object");
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        if (rc < 0) {
            rc = set_key(s, key, value);
        }
    }
    json_decref(root);
    return rc;
}

/* ---- the command line ------------------------------------------------------------------------ */

static bool is_numeric_address(const char *s)
{
    struct in6_addr scratch;
    return inet_pton(AF_INET, s, &scratch) == 1 || inet_pton(AF_INET6, s, &scratch) == 1;
}

/* "127.0.0.1:8080" or "[::1]:8080". */
static int set_listen(struct arena *a, struct settings *s, const char *text)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    bool bracket = colon && text[0] == '[' && colon > text + 2 && colon[-1] == ']';
    if (!colon || !number_read(colon + 1, 0, UINT16_MAX, &port)) {
        return wrong(EX_USAGE, "--listen wants ADDRESS:PORT", text);
    }
    struct span address = span_make(text + bracket, (size_t)(colon - text) - 2U * bracket);
    s->address = arena_str(a, address);
    s->port = (unsigned)port;
    if (!s->address || !is_numeric_address(s->address)) {
        return wrong(EX_USAGE, "--listen wants a numeric address", text);
    }
    return -1;
}

int settings_read(struct arena *a, int argc, char **argv, struct settings *out)
{
    static const struct option options[] = {
        {"listen", required_argument, NULL, 'l'}, {"data", required_argument, NULL, 'd'},
        {"config", required_argument, NULL, 'c'}, {"trust", required_argument, NULL, 't'},
        {"demo", required_argument, NULL, 'D'},   {"offline", no_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},         {0}};
    int c, rc = -1;
    *out = defaults;
    opterr = 0;
    while (rc < 0 && (c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 'l':
            rc = set_listen(a, out, optarg);
            break;
        case 'd':
            out->data = optarg;
            break;
        case 'c':
            out->config = optarg;
            break;
        case 't':
            out->trust = optarg;
            break;
        case 'D':
            out->demo = optarg;
            break;
        case 'o':
            out->offline = true;
            break;
        case 'h':
            rc = usage(stdout);
            break;
        default:
            rc =
                wrong(EX_USAGE, "not understood, or it lacks its value (see satyapan serve --help)",
                      argv[optind - 1]);
        }
    }
    if (rc < 0 && optind < argc) {
        rc = wrong(EX_USAGE, "unexpected word", argv[optind]);
    }
    return rc < 0 && out->config ? read_config(out) : rc;
}
