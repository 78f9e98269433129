/*
 * main - satyapan-weblink: the process that reads requests and hands them to workers.
 *
 * The workers are forked before any work begins: each is one thread, so it may fork sandboxed
 * children. A worker that dies is replaced; its check gets a result that says so.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/number.h"
#include "base/utc.h"
#include "cli/weblink/weblink.h"
#include "foreign/domain.h"
#include "sandbox/sandbox.h"
#include "satyapan/verify.h"

enum {
    EXIT_USAGE = 64,
    EXIT_DATA = 65,
    EXIT_NOINPUT = 66,
    EXIT_UNAVAILABLE = 69,
    EXIT_INTERNAL = 70,
    JOBS_MAX = 16,
    KNOWN_MAX = 1024,
    RESULT_MAX = 64 << 20
};

static const char help[] =
    "usage: satyapan weblink [OPTIONS] [--request FILE]\n"
    "       satyapan weblink profile FILE.json ...\n\n"
    "Checks links to registers of certificates: reads requests, a JSON object a line, from FILE "
    "or\n"
    "the standard input, and writes a JSON object a line for each: verified, mismatch or\n"
    "inconclusive, the reasons, the snippets, and where the evidence (WARC) lies. \"profile\" "
    "says\n"
    "whether files are issuer profiles.\n\n"
    "  --jobs N        checks at a time, default 4; two requests at a time go to a domain\n"
    "  --delay MS      least pause between two requests to a domain, default that of the profile\n"
    "  --agent TEXT    how we call ourselves to the servers; give an address to reach you\n"
    "  --at TIME       judge the dates of a page as of this time, default now\n"
    "  --known DIR     profiles whose domains are not to be imitated, default trust/issuers\n\n"
    "A request: {\"id\": 1, \"url\": \"https://...\", \"claim\": {\"number\", \"holder\", "
    "\"product\",\n"
    "\"standard\", \"issued\", \"expires\"}, \"profiles\": [approved profiles], \"evidence_dir\": "
    "\"DIR\",\n\"tsa\": null}\n\n"
    "Exit: 0 when every request has a result; 65 a profile is none; 64 and more: not done.\n";

struct worker {
    pid_t pid;
    int fd;
    bool busy;
    struct buffer in;  /* a result, as far as it came */
    struct buffer job; /* the request it works on */
};

struct boss {
    struct weblink_world world;
    struct worker workers[JOBS_MAX];
    struct buffer in; /* requests, as far as they came */
    int input;
    bool ended, failed;
};

static int complain(int code, const char *what)
{
    (void)fprintf(stderr, "satyapan weblink: %s\n", what);
    return code;
}

/* ---- a worker -------------------------------------------------------------------------------- */

static bool write_all(int fd, struct span bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        bytes = span_sub(bytes, (size_t)n, bytes.n);
    }
    return true;
}

/* Reads until a line is whole; its length with the '\n', 0 at the end, -1. */
static ssize_t read_line(int fd, struct buffer *b, size_t most)
{
    uint8_t piece[16384];
    for (;;) {
        size_t end = span_find(buffer_span(b), SPAN_LIT("\n"), 0);
        if (b->n && end != SIZE_MAX) {
            return (ssize_t)end + 1;
        }
        ssize_t n = b->n <= most ? read(fd, piece, sizeof piece) : -1;
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n;
        }
        buffer_add(b, span_make(piece, (size_t)n));
        if (!buffer_ok(b)) {
            return -1;
        }
    }
}

static void take_off(struct buffer *b, size_t n)
{
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
}

_Noreturn static void work(const struct weblink_world *world, int fd)
{
    struct buffer in, out;
    buffer_init(&in, REQUEST_MAX + 65536);
    for (ssize_t n; (n = read_line(fd, &in, REQUEST_MAX)) > 0;) {
        buffer_init(&out, RESULT_MAX);
        if (check_run(world, span_make(in.p, (size_t)n - 1), &out) != 0 ||
            !write_all(fd, buffer_span(&out))) {
            _exit(1);
        }
        buffer_free(&out);
        take_off(&in, (size_t)n);
    }
    _exit(0);
}

static int start_worker(struct boss *b, int index)
{
    struct worker *w = &b->workers[index];
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        struct weblink_world world = b->world;
        world.worker = index + 1;
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
            _exit(1);
        }
        for (int i = 0; i < JOBS_MAX; i++) {
            if (i != index && b->workers[i].pid > 0) {
                (void)close(b->workers[i].fd);
            }
        }
        (void)close(pair[0]);
        work(&world, pair[1]);
    }
    (void)close(pair[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        return -1;
    }
    *w = (struct worker){.pid = pid, .fd = pair[0]};
    buffer_init(&w->in, RESULT_MAX);
    buffer_init(&w->job, REQUEST_MAX + 65536);
    return 0;
}

static void end_worker(struct worker *w)
{
    (void)close(w->fd);
    while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    buffer_free(&w->in);
    buffer_free(&w->job);
    w->pid = 0;
}

/* ---- the first process ----------------------------------------------------------------------- */

/* The check of a worker that died has a result, too. */
static void say_lost(struct boss *b, const struct worker *w)
{
    struct arena *a = arena_new((size_t)64 << 20);
    struct weblink_request *request = a ? arena_alloc(a, sizeof *request) : NULL;
    struct visits *visits = a ? arena_alloc(a, sizeof *visits) : NULL;
    struct foreign_findings findings;
    struct buffer out;
    char why[WEBLINK_WHY];
    if (!visits) {
        b->failed = true;
        arena_free(a);
        return;
    }
    (void)!request_read(a, span_make(w->job.p, w->job.n), request, why);
    foreign_findings_init(&findings, a);
    foreign_found(&findings, FOREIGN_ENGINE, "check", "the process that made it ended", NULL);
    const struct check_result r = {
        .request = request, .findings = &findings, .visits = visits, .final_url = request->url};
    buffer_init(&out, RESULT_MAX);
    struct json j = {.out = &out};
    result_json(&j, &r);
    buffer_char(&out, '\n');
    b->failed = b->failed || !write_all(STDOUT_FILENO, buffer_span(&out));
    buffer_free(&out);
    arena_free(a);
}

static void take_result(struct boss *b, int index)
{
    struct worker *w = &b->workers[index];
    ssize_t n = read_line(w->fd, &w->in, RESULT_MAX);
    if (n > 0) {
        b->failed = b->failed || !write_all(STDOUT_FILENO, span_make(w->in.p, (size_t)n));
        take_off(&w->in, (size_t)n);
        w->busy = false;
        return;
    }
    if (w->busy) {
        say_lost(b, w);
    }
    polite_forget(b->world.polite, index + 1);
    end_worker(w);
    b->failed = b->failed || start_worker(b, index) != 0;
}

/* Gives lines that are whole to workers that are free. */
static void hand_out(struct boss *b)
{
    for (int i = 0; i < b->world.options->jobs; i++) {
        struct worker *w = &b->workers[i];
        size_t end = span_find(buffer_span(&b->in), SPAN_LIT("\n"), 0);
        while (b->in.n && end == 0) {
            take_off(&b->in, 1);
            end = span_find(buffer_span(&b->in), SPAN_LIT("\n"), 0);
        }
        if (w->busy || !b->in.n || end == SIZE_MAX) {
            continue;
        }
        w->job.n = 0;
        buffer_add(&w->job, span_make(b->in.p, end));
        w->busy = write_all(w->fd, span_make(b->in.p, end + 1));
        if (w->busy) {
            take_off(&b->in, end + 1);
        }
    }
}

static void take_input(struct boss *b)
{
    uint8_t piece[65536];
    ssize_t n = read(b->input, piece, sizeof piece);
    if (n < 0 && errno == EINTR) {
        return;
    }
    b->ended = n <= 0;
    if (n > 0) {
        buffer_add(&b->in, span_make(piece, (size_t)n));
    } else if (b->in.n && b->in.p[b->in.n - 1] != '\n') {
        buffer_char(&b->in, '\n'); /* the last line without its end */
    }
    b->failed = b->failed || !buffer_ok(&b->in);
}

static bool all_idle(const struct boss *b)
{
    for (int i = 0; i < b->world.options->jobs; i++) {
        if (b->workers[i].busy) {
            return false;
        }
    }
    return true;
}

static int run(struct boss *b)
{
    struct pollfd p[JOBS_MAX + 1];
    int jobs = b->world.options->jobs;
    for (int i = 0; i < jobs; i++) {
        if (start_worker(b, i) != 0) {
            return -1;
        }
    }
    while (!b->failed && !(b->ended && all_idle(b) && b->in.n == 0)) {
        bool room = b->in.n < REQUEST_MAX;
        p[0] = (struct pollfd){.fd = b->ended || !room ? -1 : b->input, .events = POLLIN};
        for (int i = 0; i < jobs; i++) {
            p[1 + i] = (struct pollfd){.fd = b->workers[i].fd, .events = POLLIN};
        }
        if (poll(p, (nfds_t)jobs + 1, -1) < 0 && errno != EINTR) {
            return -1;
        }
        if (p[0].revents) {
            take_input(b);
        }
        for (int i = 0; i < jobs; i++) {
            if (p[1 + i].revents) {
                take_result(b, i);
            }
        }
        hand_out(b);
        if (!room && all_idle(b)) {
            return -1; /* a line longer than any request */
        }
    }
    for (int i = 0; i < jobs; i++) {
        end_worker(&b->workers[i]);
    }
    return b->failed ? -1 : 0;
}

/* ---- known domains --------------------------------------------------------------------------- */

static struct span load(struct arena *a, const char *path)
{
    uint8_t *bytes = arena_alloc(a, 65537);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t got = 1;
    while (fd >= 0 && bytes && got > 0 && n < 65537) {
        got = read(fd, bytes + n, 65537 - n);
        n += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0 && bytes ? span_make(bytes, n) : SPAN_NONE;
}

static bool is_json(const char *name)
{
    size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

/* Domains of all profiles of a folder; what is no profile is left out, and said. */
static size_t load_known(struct arena *a, const char *folder, const char **out)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        char why[PROFILE_WHY];
        struct profile p;
        const char *path = is_json(e->d_name) ? arena_printf(a, "%s/%s", folder, e->d_name) : NULL;
        struct span bytes = path ? load(a, path) : SPAN_NONE;
        if (!bytes.p) {
            continue;
        }
        if (profile_parse(a, bytes, &p, why) != 0) {
            (void)fprintf(stderr, "satyapan weblink: %s: %s\n", path, why);
            continue;
        }
        for (size_t i = 0; i < p.domains.count && n < KNOWN_MAX; i++) {
            out[n++] = p.domains.items[i];
        }
    }
    if (d) {
        (void)closedir(d);
    }
    return n;
}

/* trust/issuers beside the program as make builds it, or below share as make install puts it. */
static const char *known_folder(struct arena *a)
{
    static const char *const places[] = {"../../../trust/issuers",
                                         "../../share/satyapan/trust/issuers"};
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    while (n > 0 && self[n - 1] != '/') {
        n--;
    }
    for (size_t i = 0; n > 0 && i < sizeof places / sizeof *places; i++) {
        const char *path = arena_printf(a, "%.*s%s", (int)n, self, places[i]);
        if (path && access(path, R_OK) == 0) {
            return path;
        }
    }
    return NULL;
}

/* ---- commands -------------------------------------------------------------------------------- */

static int check_profiles(struct arena *a, char **files, int count)
{
    int rc = 0;
    for (int i = 0; i < count; i++) {
        char why[PROFILE_WHY];
        struct profile p;
        struct span bytes = load(a, files[i]);
        int one = bytes.p ? profile_parse(a, bytes, &p, why) : 1;
        if (!bytes.p) {
            (void)snprintf(why, sizeof why, "%s", strerrorname_np(errno));
        }
        (void)printf("%s: %s\n", files[i], one ? why : p.name);
        rc = one ? EXIT_DATA : rc;
    }
    return count ? rc : complain(EXIT_USAGE, "name the files");
}

static int serve(struct boss *b)
{
    struct fetch_hosts none;
    struct fetcher fetcher;
    struct fetch_policy policy = fetch_policy_default;
    policy.concurrent = 2 * b->world.options->jobs;
    if (fetch_hosts_init(&none) != 0) {
        return complain(EXIT_INTERNAL, "memory ran out");
    }
    const struct fetcher_options options = {
        .hosts = &none, .policy = &policy, .web = true, .agent = b->world.options->agent};
    if (fetcher_start(&options, &fetcher) != 0) {
        fetch_hosts_free(&none);
        return complain(EXIT_UNAVAILABLE, "the process that fetches cannot be started; reinstall");
    }
    b->world.fetcher = &fetcher;
    b->world.polite = polite_new();
    buffer_init(&b->in, 2 * REQUEST_MAX);
    int rc = b->world.polite && run(b) == 0
                 ? 0
                 : complain(EXIT_INTERNAL, "it could not be brought to its end");
    buffer_free(&b->in);
    fetcher_stop(&fetcher);
    fetch_hosts_free(&none);
    return rc;
}

static int number(const char *text, int least, int most)
{
    int64_t n;
    return number_read(text, least, most, &n) ? (int)n : -1;
}

static int take_option(struct weblink_options *o, struct boss *b, int option)
{
    switch (option) {
    case 'j':
        o->jobs = number(optarg, 1, JOBS_MAX);
        return o->jobs < 0 ? complain(EXIT_USAGE, "--jobs takes a number from 1 to 16") : 0;
    case 'd':
        o->delay_ms = number(optarg, 0, 60000);
        return o->delay_ms < 0 ? complain(EXIT_USAGE, "--delay takes 0 to 60000") : 0;
    case 'a':
        o->agent = optarg;
        return strlen(optarg) < FETCH_AGENT_MAX ? 0 : complain(EXIT_USAGE, "--agent is too long");
    case 'k':
        o->known = optarg;
        return 0;
    case 't':
        return utc_parse(span_str(optarg), &o->at) ? 0 : complain(EXIT_USAGE, "--at takes a time");
    case 'r':
        b->input = open(optarg, O_RDONLY | O_CLOEXEC);
        return b->input < 0 ? complain(EXIT_NOINPUT, "the file of requests cannot be read") : 0;
    default:
        return complain(EXIT_USAGE, "see satyapan weblink --help");
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"jobs", 1, NULL, 'j'},    {"delay", 1, NULL, 'd'},
                                            {"agent", 1, NULL, 'a'},   {"known", 1, NULL, 'k'},
                                            {"request", 1, NULL, 'r'}, {"at", 1, NULL, 't'},
                                            {"help", 0, NULL, 'h'},    {0}};
    static struct weblink_options o = {.jobs = 4,
                                       .at = UTC_NONE,
                                       .agent = "Satyapan/" SATYAPAN_VERSION
                                                " (verification of certificates)"};
    static struct boss b = {.input = STDIN_FILENO};
    static const char *known[KNOWN_MAX];
    int option, rc = 0;
    while (rc == 0 && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            return fputs(help, stdout) < 0 ? EXIT_INTERNAL : 0;
        }
        rc = take_option(&o, &b, option);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    struct arena *a = arena_new((size_t)64 << 20);
    if (rc == 0 && (!a || sp_init() != 0 || domain_init() != 0 || sandbox_warm() != 0)) {
        rc = complain(EXIT_INTERNAL, "the libraries cannot be set up");
    }
    bool profiles = rc == 0 && optind < argc && strcmp(argv[optind], "profile") == 0;
    if (profiles) {
        rc = check_profiles(a, argv + optind + 1, argc - optind - 1);
    } else if (rc == 0 && optind < argc) {
        rc = complain(EXIT_USAGE, "see satyapan weblink --help");
    } else if (rc == 0) {
        o.known = o.known ? o.known : known_folder(a);
        b.world = (struct weblink_world){.options = &o, .known = known};
        b.world.known_count = o.known ? load_known(a, o.known, known) : 0;
        rc = serve(&b);
    }
    arena_free(a);
    return rc;
}
