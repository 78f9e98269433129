/*
 * fetch_wire - the messages between a program, satyapan-fetch and its children.
 *
 * Fixed structures in messages of SOCK_SEQPACKET sockets, which keep their boundaries; both ends
 * are of one build. A program opens with the settings; then, for each batch, it hands over one end
 * of a new socket pair, writes its requests there and reads the replies. Bodies are sealed memory
 * files that travel beside the message (SCM_RIGHTS) and are never copied.
 * A child has spoken with strangers: what comes from it is checked with fetch_wire_reply_ok before
 * use. It does not judge URLs or bytes.
 */
#ifndef NET_FETCH_WIRE_H
#define NET_FETCH_WIRE_H

#include "net/fetch.h"

enum {
    FETCH_WIRE_SETTINGS = 0x53465331, /* "SFS1" */
    FETCH_WIRE_BATCH = 0x53464231,    /* "SFB1" */
    FETCH_WIRE_REQUEST = 0x53465131,  /* "SFQ1" */
    FETCH_WIRE_REPLY = 0x53465231,    /* "SFR1" */
    FETCH_WIRE_HOSTS_MAX = 98304      /* text of all hosts */
};

struct fetch_wire_settings {
    uint32_t magic, hosts_size, web;
    char agent[FETCH_AGENT_MAX];
    struct fetch_policy policy;
    char hosts[FETCH_WIRE_HOSTS_MAX]; /* one a line; sent as far as used */
};

struct fetch_wire_batch {
    uint32_t magic;
};

struct fetch_wire_request {
    uint32_t magic, id, kind, body_size;
    char url[FETCH_URL_MAX], etag[FETCH_ETAG_MAX], last_modified[FETCH_DATE_MAX];
    uint8_t body[FETCH_BODY_MAX]; /* sent as far as used */
};

struct fetch_wire_reply {
    uint32_t magic, id, outcome, hop_count;
    int64_t status, fetched_at, expires, retry_after;
    char etag[FETCH_ETAG_MAX], last_modified[FETCH_DATE_MAX], content_type[FETCH_TYPE_MAX];
    char why[FETCH_WHY_MAX], location[FETCH_URL_MAX];
    struct fetch_hop hops[FETCH_REDIRECTS_MAX + 1];
};

/* Sends one message, with a descriptor unless it is -1. Never waits. 0, or -1 with errno. */
int fetch_wire_send(int socket, const void *message, size_t n, int fd) WARN_UNUSED;

/* Takes one message; *fd is the descriptor beside it, or -1, and the caller's. Returns its size, 0
 * when the other end is gone, -1 with errno (EMSGSIZE: longer than room; its descriptor is closed).
 * Never waits. */
ssize_t fetch_wire_receive(int socket, void *message, size_t room, int *fd) WARN_UNUSED;

/* True when n bytes are such a message; makes its texts end. */
bool fetch_wire_settings_ok(struct fetch_wire_settings *s, size_t n) WARN_UNUSED;
bool fetch_wire_request_ok(struct fetch_wire_request *r, size_t n) WARN_UNUSED;
/* The same, and its texts are printable ASCII afterwards. has_body: a descriptor came beside it. */
bool fetch_wire_reply_ok(struct fetch_wire_reply *r, size_t n, bool has_body) WARN_UNUSED;

/* Every number of a policy in its range. */
bool fetch_policy_ok(const struct fetch_policy *policy) WARN_UNUSED;

/* Copies text, cut to the room; what is not printable ASCII becomes '?'. */
void fetch_text(char *out, size_t size, struct span text);

/* Where a program of libexec is; false with errno. */
enum { FETCH_PROGRAM_MAX = 4096 };
bool fetch_find_program(const char *name, char *out, size_t size) WARN_UNUSED;
/* Runs a program with the socket as its standard input, an empty environment and nothing else of
 * ours but the standard error output. Returns 0, or -1 with errno. */
int fetch_spawn(const char *program, const char *const *argv, int socket, pid_t *pid) WARN_UNUSED;

/* Seals a memory file against any change; 0 or -1. */
int fetch_seal(int fd) WARN_UNUSED;
/* The size of a memory file that is sealed against any change, or -1. */
int64_t fetch_sealed_size(int fd) WARN_UNUSED;

/* Milliseconds of a clock that only goes forward. */
int64_t fetch_now_ms(void);

#endif
