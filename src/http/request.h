/*
 * request - one HTTP request from its first line to its answer.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/ask.h"
#include "http/log.h"
#include "http/multipart.h"
#include "http/pages.h"
#include "http/server.h"

struct request;

struct route {
    const char *path;
    bool prefix;       /* what follows the path is a name */
    const char *label; /* for log and metrics */
    /* Makes the answer to GET and HEAD; 0, or -1: memory. May set request.problem. NULL: none. */
    int (*get)(struct request *r);
    /* The answer to POST, once the documents have their reports. NULL: POST is not taken. */
    int (*verified)(struct request *r);
    bool api; /* problems as JSON, parameters strict */
};

struct request {
    struct exchange exchange; /* first */
    struct server *server;
    struct MHD_Connection *connection;
    const struct route *route; /* NULL: there is none */
    unsigned route_number;
    char rest[64]; /* after a prefix; "" when longer */
    char id[LOG_ID];
    char method[8];
    int64_t started_ms, queued_ms;
    enum lang lang;
    struct ask ask;
    enum problem problem;
    unsigned retry;
    bool received, worked; /* the whole request is here; the work is done */
    size_t discarded;      /* bytes of a body nobody wants */

    struct multipart *form;
    struct upload files[FILES_MAX], content, *current;
    size_t file_count;
    bool has_content, unchosen;     /* unchosen: the part's file name is empty */
    bool has_password, in_password; /* it was given; its part is being read */
    uint8_t password[SP_PASSWORD_MAX];
    size_t password_size;
    char field[MULTIPART_NAME]; /* of a form, being read */
    char text[ASK_TEXT];
    size_t text_size;
    struct sp_report *reports[FILES_MAX];
    size_t report_count;

    unsigned status;
    const char *content_type;
    struct buffer body;
    struct span borrowed; /* the body when it is static; p NULL: body */
    const char *etag, *location, *disposition;
};

/* ---- routes.c */
const struct route *route_find(const char *url, unsigned *number, const char **rest);
const char *route_label(unsigned number);

/* The key of the client: behind a proxy, the address the proxy itself saw and added last. */
void request_client(struct MHD_Connection *c, bool behind_proxy, uint8_t key[LIMITER_KEY]);

/* ---- request.c: from the first line to the last byte */
struct request *request_new(struct server *s, struct MHD_Connection *c, const char *url,
                            const char *method);
void request_free(struct request *r);

/* Takes bytes of the body; false: cut the connection. */
bool request_take(struct request *r, struct span bytes) WARN_UNUSED;

/* The body is whole: what is missing is found out here. */
void request_received(struct request *r);

/* The documents wait for their verdict. */
bool request_wants_work(const struct request *r);

/* They cannot: the queue is full. */
void request_refuse_busy(struct request *r);

/* In a worker's thread: verifies the documents, makes the answer. */
void request_work(struct request *r);

/* The answer to what needs no work. */
void request_answer(struct request *r);

/* ---- respond.c: queues the answer */
enum MHD_Result respond(struct request *r);

#endif
