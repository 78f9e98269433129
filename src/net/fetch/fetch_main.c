/*
 * fetch_main - satyapan-fetch: started by net/fetch.c with a socket as its standard input.
 *
 * Order matters: libraries are set up while files may still be opened freely, then the rights go,
 * then the first message is read. Nobody calls this program by hand.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "net/fetch/broker.h"
#include "net/fetch/lockdown.h"

enum { SETTINGS_MS = 10000, EXIT_USAGE = 64, EXIT_INTERNAL = 70 };

static int complain(const char *what)
{
    (void)fprintf(stderr, "satyapan-fetch: %s\n", what);
    return EXIT_INTERNAL;
}

static bool is_packet_socket(int fd)
{
    int type = 0;
    socklen_t n = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET;
}

/* The resolver's patience, and no search list: names are asked for as they stand. No variable of
 * whoever started us counts (proxies, certificate files, configuration). */
static int set_environment(void)
{
    return clearenv() || setenv("RES_OPTIONS", "timeout:3 attempts:2", 1) ||
           setenv("LOCALDOMAIN", ".", 1);
}

static int take_hosts(const struct fetch_wire_settings *s, struct fetch_hosts *hosts)
{
    struct span rest = span_make(s->hosts, s->hosts_size);
    if (fetch_hosts_init(hosts) != 0) {
        return -1;
    }
    while (rest.n) {
        size_t end = span_find(rest, SPAN_LIT("\n"), 0);
        end = end == SIZE_MAX ? rest.n : end;
        if (!fetch_hosts_add(hosts, span_sub(rest, 0, end))) {
            return -1;
        }
        rest = span_sub(rest, end + 1, rest.n);
    }
    return 0;
}

static int take_settings(struct fetch_wire_settings *s, struct fetch_hosts *hosts)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    int fd = -1;
    if (poll(&p, 1, SETTINGS_MS) != 1) {
        return -1;
    }
    ssize_t n = fetch_wire_receive(STDIN_FILENO, s, sizeof *s, &fd);
    if (fd >= 0) {
        (void)close(fd);
    }
    return n > 0 && fetch_wire_settings_ok(s, (size_t)n) ? take_hosts(s, hosts) : -1;
}

int main(void)
{
    static struct fetch_wire_settings settings;
    struct fetch_hosts hosts;
    if (!is_packet_socket(STDIN_FILENO)) {
        (void)fputs("satyapan-fetch is a part of satyapan and is started by it\n", stderr);
        return EXIT_USAGE;
    }
    /* Ctrl-C reaches the whole group; this process ends when its program does. */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_NAME, "satyapan-fetch", 0, 0, 0);
    if (set_environment() != 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return complain("libcurl could not be set up");
    }
    if (lockdown_broker(-1) != 0) {
        return complain("rights could not be given up");
    }
    if (take_settings(&settings, &hosts) != 0) {
        return complain("no usable settings came");
    }
    const struct transfer_setup setup = {&settings.policy, &hosts, settings.web != 0,
                                         settings.agent};
    /* Nothing is to be flushed, and what libraries do at the end may need rights that are gone. */
    _exit(broker_run(STDIN_FILENO, &setup));
}
