/*
 * hosts - see hosts.h.
 */
#include "net/hosts.h"

#include <errno.h>
#include <stdio.h>

#include "net/url.h"

enum { ARENA_CAP = 1 << 20, LINE_BYTES = 4096 };

int fetch_hosts_init(struct fetch_hosts *hosts)
{
    *hosts = (struct fetch_hosts){.arena = arena_new(ARENA_CAP)};
    return hosts->arena ? 0 : -1;
}

void fetch_hosts_free(struct fetch_hosts *hosts)
{
    arena_free(hosts->arena);
    *hosts = (struct fetch_hosts){.arena = NULL};
}

bool fetch_hosts_contain(const struct fetch_hosts *hosts, const char *host)
{
    for (size_t i = 0; i < hosts->count; i++) {
        if (strcasecmp(hosts->names[i], host) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_checked(struct fetch_hosts *hosts, const char *host)
{
    if (fetch_hosts_contain(hosts, host)) {
        return true;
    }
    void *names = hosts->names;
    if (hosts->count == FETCH_HOSTS_MAX || arena_grow(hosts->arena, &names, &hosts->capacity,
                                                      hosts->count + 1, sizeof *hosts->names)) {
        return false;
    }
    hosts->names = names;
    char *copy = arena_str(hosts->arena, span_str(host));
    if (!copy) {
        return false;
    }
    hosts->names[hosts->count++] = copy;
    return true;
}

bool fetch_hosts_add(struct fetch_hosts *hosts, struct span host)
{
    char name[FETCH_HOST_MAX];
    bool literal;
    return !url_host(host, name, &literal) && add_checked(hosts, name);
}

static struct span trimmed(struct span s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = span_sub(s, 1, s.n);
    }
    while (s.n && strchr(" \t\r\n", s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

/* The third field of "ca,kind,url"; the first two may be quoted. */
static struct span third_field(struct span row)
{
    bool quoted = false;
    unsigned field = 0;
    for (size_t i = 0; i < row.n; i++) {
        quoted ^= row.p[i] == '"';
        if (row.p[i] == ',' && !quoted && ++field == 2) {
            return trimmed(span_sub(row, i + 1, row.n));
        }
    }
    return SPAN_NONE;
}

/* Returns false when memory is out or the list is full: a row without a host is no fault. */
static bool add_row(struct fetch_hosts *hosts, struct span row)
{
    struct url url;
    return url_split(third_field(row), &url) != NULL || add_checked(hosts, url.host);
}

static bool add_line(struct fetch_hosts *hosts, struct span line)
{
    size_t comment = span_find(line, SPAN_LIT("#"), 0);
    struct span host = trimmed(span_sub(line, 0, comment == SIZE_MAX ? line.n : comment));
    return host.n == 0 || fetch_hosts_add(hosts, host);
}

static int load_lines(struct fetch_hosts *hosts, FILE *in, const char *path, char *why, size_t size)
{
    char line[LINE_BYTES];
    bool table = false;
    for (unsigned number = 1; fgets(line, sizeof line, in); number++) {
        struct span text = trimmed(span_str(line));
        if (number == 1 && span_eq(text, SPAN_LIT("ca,kind,url"))) {
            table = true;
            continue;
        }
        if (!(table ? add_row(hosts, text) : add_line(hosts, text))) {
            (void)snprintf(why, size, "%s:%u: not the name or address of a host", path, number);
            return -1;
        }
    }
    if (ferror(in)) {
        (void)snprintf(why, size, "%s: cannot be read", path);
        return -1;
    }
    return 0;
}

int fetch_hosts_load(struct fetch_hosts *hosts, const char *path, char *why, size_t why_size)
{
    FILE *in = fopen(path, "re");
    if (!in) {
        (void)snprintf(why, why_size, "%s: %s", path, strerror(errno));
        return -1;
    }
    int r = load_lines(hosts, in, path, why, why_size);
    (void)fclose(in);
    return r;
}
