/*
 * targets - from "host", "host:port", "[v6]:port", with "/service" behind, to the list of jobs;
 * they are words of the command line or lines of a file.
 *
 * A name is looked up once, before the scan; its first address is used, others are told. What is
 * asked of one address stands together in the list, however its targets were written.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "base/number.h"
#include "cli/tls/command.h"

/* A target as it was written, and its line in the file (0: a word of the command line). */
struct word {
    const char *text;
    size_t line;
};

struct reading {
    struct tls_command *c;
    struct word *words;
    size_t count, capacity;
    struct scan_list *list;
    size_t list_capacity;
};

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

/* What is wrong with a target; the exit code. */
static int refuse(const struct tls_command *c, const struct word *w, const char *why)
{
    if (w->line == 0) {
        complain("%s: %s", w->text, why);
        return EXIT_USAGE;
    }
    complain("%s, line %zu: %s: %s", c->targets_file, w->line, w->text, why);
    return EXIT_DATA;
}

static int parse(struct tls_command *c, const struct word *w, struct parsed *out)
{
    char *port, *text = arena_str(c->a, span_str(w->text)), why[120];
    char *slash = text ? strchr(text, '/') : NULL;
    *out = (struct parsed){.host = text};
    if (!text) {
        return EXIT_INTERNAL;
    }
    if (strpbrk(text, " \t")) {
        return refuse(c, w, "not understood; write one target a line, or as one word");
    }
    if (slash) {
        *slash = 0;
        out->service = service_by_name(slash + 1);
        if (!out->service) {
            return refuse(c, w, "no such service; see satyapan tls --help");
        }
        out->port = out->service->port;
    }
    if (!split(text, &port) || (port && !read_port(port, &out->port))) {
        return refuse(c, w,
                      "not understood; write HOST, HOST:PORT, [ADDRESS]:PORT or HOST:PORT/SERVICE");
    }
    if (!out->service && out->port) {
        out->service = service_by_port(out->port);
    }
    if (out->service && out->port == 0) {
        (void)snprintf(why, sizeof why, "this service has no usual port; write HOST:PORT/%s",
                       out->service->name);
        return refuse(c, w, why);
    }
    return EXIT_GOOD;
}

static void address_text(const struct addrinfo *a, char out[64])
{
    (void)getnameinfo(a->ai_addr, a->ai_addrlen, out, 64, NULL, 0, NI_NUMERICHOST);
}

/* A device may answer otherwise at another address of its name, which is not asked. */
static void tell_others(const char *host, const struct addrinfo *first, const char *asked)
{
    char others[400] = "", one[64];
    size_t used = 0;
    for (const struct addrinfo *a = first->ai_next; a; a = a->ai_next) {
        address_text(a, one);
        int n = snprintf(others + used, sizeof others - used, "%s%s", used ? ", " : "", one);
        used += n > 0 && (size_t)n < sizeof others - used ? (size_t)n : 0;
        others[used] = 0;
    }
    if (used) {
        complain("%s: %s is asked; it has %s too: give each address as a target, with --name %s",
                 host, asked, others, host);
    }
}

static int look_up(const struct tls_command *c, const struct word *w, const char *host,
                   struct scan_target *t)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int rc = getaddrinfo(host, NULL, &hints, &found);
    if (rc != 0) {
        (void)refuse(c, w, gai_strerror(rc));
        return EXIT_NO_INPUT;
    }
    memcpy(&t->address, found->ai_addr, found->ai_addrlen);
    t->address_size = found->ai_addrlen;
    address_text(found, t->ip);
    tell_others(host, found, t->ip);
    freeaddrinfo(found);
    return EXIT_GOOD;
}

static bool is_address(const char *host)
{
    uint8_t bytes[16];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static int add_job(struct reading *r, const struct scan_target *t, const struct service *service,
                   uint16_t port)
{
    struct scan_list *list = r->list;
    void *asks = list->asks;
    if (arena_grow(r->c->a, &asks, &r->list_capacity, list->count + 1, sizeof *list->asks) < 0) {
        return EXIT_INTERNAL;
    }
    list->asks = asks;
    list->asks[list->count++] = (struct scan_ask){t, service, port};
    return EXIT_GOOD;
}

static int add_target(struct reading *r, const struct word *w, struct scan_target *t)
{
    struct tls_command *c = r->c;
    struct parsed p;
    int code = parse(c, w, &p);
    code = code ? code : look_up(c, w, p.host, t);
    if (code) {
        return code;
    }
    t->given = w->text;
    t->host = p.host;
    t->name = c->name ? c->name : is_address(p.host) ? NULL : p.host;
    if (p.service) {
        return add_job(r, t, p.service, p.port);
    }
    for (size_t i = 0; i < c->port_count && code == EXIT_GOOD; i++) {
        code = add_job(r, t, c->ports[i].service, c->ports[i].port);
    }
    return code;
}

/* ---- one device, one connection -------------------------------------------------------------- */

struct placed {
    struct scan_ask ask;
    size_t at, first; /* in the list; of the first one of this address */
};

static int by_address(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int way = strcmp(x->ask.target->ip, y->ask.target->ip);
    return way ? way : x->at < y->at ? -1 : 1;
}

static int by_first(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    return x->first != y->first ? (x->first < y->first ? -1 : 1) : x->at < y->at ? -1 : 1;
}

/* Brings together what is asked of one address, in the order of the targets. */
static int put_together(struct tls_command *c, struct scan_list *list)
{
    struct placed *rows = arena_array(c->a, list->count ? list->count : 1, sizeof *rows);
    if (!rows) {
        return EXIT_INTERNAL;
    }
    for (size_t i = 0; i < list->count; i++) {
        rows[i] = (struct placed){list->asks[i], i, i};
    }
    qsort(rows, list->count, sizeof *rows, by_address);
    for (size_t i = 1; i < list->count; i++) {
        bool same = strcmp(rows[i].ask.target->ip, rows[i - 1].ask.target->ip) == 0;
        rows[i].first = same ? rows[i - 1].first : rows[i].at;
    }
    qsort(rows, list->count, sizeof *rows, by_first);
    for (size_t i = 0; i < list->count; i++) {
        list->asks[i] = rows[i].ask;
    }
    return EXIT_GOOD;
}

/* ---- files of lines -------------------------------------------------------------------------- */

/* Calls for each line without its comment and the blanks around it, unless nothing is left. */
static int each_line(struct tls_command *c, const char *path,
                     int (*take)(void *context, char *line, size_t number), void *context)
{
    struct input in;
    int code = (int)input_open(path, &in);
    if (code) {
        return code;
    }
    struct span all = span_make(in.bytes, in.size);
    all = span_starts(all, SPAN_LIT("\xef\xbb\xbf")) ? span_sub(all, 3, all.n) : all;
    char *text = arena_str(c->a, all);
    input_close(&in);
    if (!text) {
        return EXIT_INTERNAL;
    }
    for (size_t number = 1; text && *text && code == EXIT_GOOD; number++) {
        char *end = strchr(text, '\n');
        if (end) {
            *end = 0;
        }
        text[strcspn(text, "#\r")] = 0;
        text += strspn(text, " \t");
        size_t n = strlen(text);
        while (n && (text[n - 1] == ' ' || text[n - 1] == '\t')) {
            text[--n] = 0;
        }
        code = n ? take(context, text, number) : EXIT_GOOD;
        text = end ? end + 1 : NULL;
    }
    return code;
}

static int add_word(void *context, char *text, size_t line)
{
    struct reading *r = context;
    for (const char *s = text; *s; s++) {
        if (line && ((unsigned char)*s < ' ' || (unsigned char)*s > '~') && *s != '\t') {
            complain("%s, line %zu: has a character that no address has", r->c->targets_file, line);
            return EXIT_DATA;
        }
    }
    void *words = r->words;
    if (arena_grow(r->c->a, &words, &r->capacity, r->count + 1, sizeof *r->words) < 0) {
        return EXIT_INTERNAL;
    }
    r->words = words;
    r->words[r->count++] = (struct word){text, line};
    return EXIT_GOOD;
}

static int read_words(struct reading *r)
{
    struct tls_command *c = r->c;
    int code = EXIT_GOOD;
    for (size_t i = 0; i < c->word_count && code == EXIT_GOOD; i++) {
        char *text = arena_str(c->a, span_str(c->words[i]));
        code = text ? add_word(r, text, 0) : EXIT_INTERNAL;
    }
    code = code || !c->targets_file ? code : each_line(c, c->targets_file, add_word, r);
    if (code == EXIT_GOOD && r->count == 0) {
        complain("%s: there is no target in it", c->targets_file);
        return EXIT_DATA;
    }
    return code;
}

int targets_read(struct tls_command *c, struct scan_list *list, struct scan_target **targets,
                 size_t *target_count)
{
    struct reading r = {.c = c, .list = list};
    *list = (struct scan_list){0};
    int code = read_words(&r);
    *targets = code ? NULL : arena_array(c->a, r.count, sizeof **targets);
    if (!*targets) {
        return code ? code : EXIT_INTERNAL;
    }
    for (size_t i = 0; i < r.count && code == EXIT_GOOD; i++) {
        code = add_target(&r, &r.words[i], &(*targets)[i]);
    }
    *target_count = r.count;
    return code || c->scan.services_at_once ? code : put_together(c, list);
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

/* "PORT SERVICE" */
static int add_service(void *context, char *line, size_t number)
{
    struct tls_command *c = context;
    char *save = NULL, *port = strtok_r(line, " \t", &save), *name = strtok_r(NULL, " \t", &save);
    uint16_t n;
    const struct service *s = name ? service_by_name(name) : NULL;
    if (!s || !read_port(port, &n) || strtok_r(NULL, " \t", &save)) {
        complain("%s, line %zu: write PORT SERVICE", c->services_file, number);
        return EXIT_DATA;
    }
    return add_port(c, s, n);
}

int targets_services(struct tls_command *c)
{
    int code = EXIT_GOOD;
    if (c->services_file) {
        return each_line(c, c->services_file, add_service, c);
    }
    for (const struct service *s = services(); s->name && code == EXIT_GOOD; s++) {
        if (s->by_default) {
            code = add_port(c, s, s->port);
        }
    }
    return code;
}
