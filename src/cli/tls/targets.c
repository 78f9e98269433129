/*
 * targets - from "host", "host:port", "[v6]:port", with "/service" behind, to the list of jobs.
 *
 * A name is looked up once, before the scan; its first address is used.
 */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "base/number.h"
#include "cli/tls/command.h"

struct parsed {
    char *host;
    const struct service *service;
    uint16_t port; /* 0: the usual ports */
};

static bool read_port(const char *text, uint16_t *out)
{
    int64_t n = 0;
    bool good = number_read(text, 1, UINT16_MAX, &n);
    *out = (uint16_t)n;
    return good;
}

/* Cuts "host:port" in two; *port stays NULL without one. */
static bool split(char *text, char **port)
{
    char *colon = strrchr(text, ':');
    *port = NULL;
    if (text[0] == '[') {
        char *close = strchr(text, ']');
        if (!close || (close[1] && close[1] != ':')) {
            return false;
        }
        *port = close[1] ? close + 2 : NULL;
        *close = 0;
        memmove(text, text + 1, strlen(text + 1) + 1);
    } else if (colon && strchr(text, ':') == colon) {
        *colon = 0;
        *port = colon + 1;
    }
    return *text != 0;
}

static int parse(struct tls_command *c, const char *word, struct parsed *out)
{
    char *port, *text = arena_str(c->a, span_str(word));
    char *slash = text ? strchr(text, '/') : NULL;
    *out = (struct parsed){.host = text};
    if (!text) {
        return EXIT_INTERNAL;
    }
    if (slash) {
        *slash = 0;
        out->service = service_by_name(slash + 1);
        if (!out->service) {
            complain("%s: no such service; see satyapan tls --help", word);
            return EXIT_USAGE;
        }
        out->port = out->service->port;
    }
    if (!split(text, &port) || (port && !read_port(port, &out->port))) {
        complain("%s: not understood; write HOST, HOST:PORT, [ADDRESS]:PORT or HOST:PORT/SERVICE",
                 word);
        return EXIT_USAGE;
    }
    if (!out->service && out->port) {
        out->service = service_by_port(out->port);
    }
    if (out->service && out->port == 0) {
        complain("%s: this service has no usual port; write HOST:PORT/%s", word,
                 out->service->name);
        return EXIT_USAGE;
    }
    return EXIT_GOOD;
}

static int look_up(const char *word, const char *host, struct scan_target *t)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int rc = getaddrinfo(host, NULL, &hints, &found);
    if (rc != 0) {
        complain("%s: %s", word, gai_strerror(rc));
        return EXIT_NO_INPUT;
    }
    memcpy(&t->address, found->ai_addr, found->ai_addrlen);
    t->address_size = found->ai_addrlen;
    (void)getnameinfo(found->ai_addr, found->ai_addrlen, t->ip, sizeof t->ip, NULL, 0,
                      NI_NUMERICHOST);
    freeaddrinfo(found);
    return EXIT_GOOD;
}

static bool is_address(const char *host)
{
    uint8_t bytes[16];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static int add_job(struct tls_command *c, struct scan_list *list, size_t *capacity,
                   const struct scan_target *t, const struct service *service, uint16_t port)
{
    void *asks = list->asks;
    if (arena_grow(c->a, &asks, capacity, list->count + 1, sizeof *list->asks) < 0) {
        return EXIT_INTERNAL;
    }
    list->asks = asks;
    list->asks[list->count++] = (struct scan_ask){t, service, port};
    return EXIT_GOOD;
}

static int add_target(struct tls_command *c, struct scan_list *list, size_t *capacity,
                      const char *word, struct scan_target *t)
{
    struct parsed p;
    int code = parse(c, word, &p);
    code = code ? code : look_up(word, p.host, t);
    if (code) {
        return code;
    }
    t->given = word;
    t->host = p.host;
    t->name = c->name ? c->name : is_address(p.host) ? NULL : p.host;
    if (p.service) {
        return add_job(c, list, capacity, t, p.service, p.port);
    }
    for (size_t i = 0; i < c->port_count && code == EXIT_GOOD; i++) {
        code = add_job(c, list, capacity, t, c->ports[i].service, c->ports[i].port);
    }
    return code;
}

int targets_read(struct tls_command *c, struct scan_list *list, struct scan_target **targets,
                 size_t *target_count)
{
    size_t capacity = 0;
    int code = EXIT_GOOD;
    *list = (struct scan_list){0};
    *targets = arena_array(c->a, c->word_count, sizeof **targets);
    if (!*targets) {
        return EXIT_INTERNAL;
    }
    for (size_t i = 0; i < c->word_count && code == EXIT_GOOD; i++) {
        code = add_target(c, list, &capacity, c->words[i], &(*targets)[i]);
    }
    *target_count = c->word_count;
    return code;
}

/* ---- services -------------------------------------------------------------------------------- */

static int add_port(struct tls_command *c, const struct service *s, uint16_t port)
{
    if (c->port_count == COMMAND_PORTS) {
        complain("more than %d services", COMMAND_PORTS);
        return EXIT_DATA;
    }
    c->ports[c->port_count++] = (struct port_row){s, port};
    return EXIT_GOOD;
}

/* "PORT SERVICE", '#' begins a comment. */
static int read_line(struct tls_command *c, char *line, size_t number)
{
    char *save = NULL, *port, *name;
    uint16_t n;
    line[strcspn(line, "#\r")] = 0;
    port = strtok_r(line, " \t", &save);
    name = port ? strtok_r(NULL, " \t", &save) : NULL;
    if (!port) {
        return EXIT_GOOD;
    }
    const struct service *s = name ? service_by_name(name) : NULL;
    if (!s || !read_port(port, &n) || strtok_r(NULL, " \t", &save)) {
        complain("%s, line %zu: write PORT SERVICE", c->services_file, number);
        return EXIT_DATA;
    }
    return add_port(c, s, n);
}

static int read_file(struct tls_command *c)
{
    struct input in;
    int code = (int)input_open(c->services_file, &in);
    if (code) {
        return code;
    }
    char *text = arena_str(c->a, span_make(in.bytes, in.size)), *save = NULL;
    input_close(&in);
    if (!text) {
        return EXIT_INTERNAL;
    }
    size_t number = 0;
    while (text && *text && code == EXIT_GOOD) {
        char *end = strchr(text, '\n');
        if (end) {
            *end = 0;
        }
        code = read_line(c, text, ++number);
        text = end ? end + 1 : NULL;
    }
    (void)save;
    return code;
}

int targets_services(struct tls_command *c)
{
    int code = EXIT_GOOD;
    if (c->services_file) {
        return read_file(c);
    }
    for (const struct service *s = services(); s->name && code == EXIT_GOOD; s++) {
        if (s->by_default) {
            code = add_port(c, s, s->port);
        }
    }
    return code;
}
