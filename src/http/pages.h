/*
 * pages - the server's HTML pages and its style sheet and script, as bytes ready to send.
 *
 * Every page is complete without JavaScript, in English or Hindi. Everything that comes from
 * outside is escaped by construction (report/html.h).
 */
#ifndef HTTP_PAGES_H
#define HTTP_PAGES_H

#include "http/trusted.h"
#include "report/render.h"

struct page_context {
    enum lang lang;
    bool demo;                    /* demonstration trust is loaded: a banner says so */
    const struct sample *samples; /* offered on the home page in a demonstration */
    size_t sample_count;
    size_t upload_bytes; /* largest document, for the text */
    unsigned files;      /* most documents at a time */
    bool status;         /* the page of revocation data: the other language is that page, too */
    const char *here; /* "/register?": percent-encoded, to be followed by a parameter; NULL: home */
    bool checker;     /* of the register: with its style and the script that checks codes */
    const char *const *licensed; /* names of the licensed CAs, for that page */
    size_t licensed_count;
    const struct status_notes *notes; /* of the register of certificates; NULL: none */
};

/* Who has to act for a certificate, and who signs the log's head, for the page of the state. */
struct status_notes {
    bool alone; /* one at the command line may act without a second */
    bool witnesses, failing,
        alarm;         /* there are some; they did not all sign; one says it is a fork */
    int64_t signed_at; /* UTC when all had signed; UTC_NONE */
};

/* The verify page: one sentence, one drop area, one button. Returns 0 or -1 (memory). */
int page_home(const struct page_context *c, struct buffer *out) WARN_UNUSED;

/* The result of one or more documents. */
int page_result(const struct page_context *c, struct sp_report *const *reports, size_t count,
                struct buffer *out) WARN_UNUSED;

/* A mistake as a page: HTTP status, and what to do next. retry_seconds 0: no such line. */
int page_problem(const struct page_context *c, unsigned status, unsigned retry_seconds,
                 struct buffer *out) WARN_UNUSED;

/* How old the revocation data of each CA is. now: for ages; sources: lists and others. */
struct store_source;
int page_status(const struct page_context *c, const struct store_source *sources, size_t count,
                int64_t now, struct buffer *out) WARN_UNUSED;

/* A file under /assets/: NULL when there is none of that name. Static storage. */
struct asset {
    const char *name, *content_type;
    struct span bytes;
    const char *etag;
};
const struct asset *asset_find(const char *name);

#endif
