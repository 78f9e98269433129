/*
 * rounds - see rounds.h.
 */
#include "obtain/broker/rounds.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/fetch_wire.h"
#include "obtain/obtain.h"
#include "obtain/obtain_wire.h"
#include "sandbox/wire.h"
#include "sandbox/zygote.h"

enum {
    TASKS_MAX = 256,
    QUESTIONS_MAX = 64,
    WORKERS_MAX = 12,
    KEEP_GOOD_MS = 300000, /* how long an answer is given again */
    KEEP_BAD_MS = 60000,   /* and how long a failure: back-off */
    TIMEOUT_MAX_MS = 120000,
    FINISH_MS = 2000
};

#define KEEP_BYTES ((size_t)256 << 20)

enum task_state { TASK_FREE, TASK_WAITING, TASK_RUNNING, TASK_DONE };

/* One want. */
struct task {
    enum task_state state;
    uint8_t key[SHA256_SIZE];
    struct span records; /* its part of the first question that asked, owned */
    unsigned users;      /* questions that wait for it or use it */
    pid_t pid;           /* 0: none; the worker may outlive TASK_RUNNING */
    int status, result;  /* result: sealed once done; -1: there is none */
    size_t size;
    bool good; /* something came */
    int64_t since_ms;
};

struct question {
    int channel; /* -1: free */
    bool asked;  /* the wants have come */
    int64_t until_ms;
    struct task *tasks[SP_WANTS_MAX];
    size_t count;
};

struct rounds {
    const struct means *means;
    int socket;
    struct task tasks[TASKS_MAX];
    struct question questions[QUESTIONS_MAX];
    unsigned running;
    size_t kept; /* bytes of results */
};

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static void drop_task(struct rounds *r, struct task *t)
{
    void *p;
    if (t->pid > 0) {
        (void)kill(t->pid, SIGKILL);
        (void)waitpid(t->pid, NULL, 0);
        r->running--;
    }
    close_fd(&t->status);
    close_fd(&t->result);
    memcpy(&p, &t->records.p, sizeof p);
    mem_free(p);
    r->kept -= t->size;
    *t = (struct task){.state = TASK_FREE, .status = -1, .result = -1};
}

/* The task that has been done for the longest and that nobody uses; NULL: none. */
static struct task *oldest(struct rounds *r)
{
    struct task *found = NULL;
    for (size_t i = 0; i < TASKS_MAX; i++) {
        struct task *t = &r->tasks[i];
        if (t->state == TASK_DONE && !t->users && !t->pid &&
            (!found || t->since_ms < found->since_ms)) {
            found = t;
        }
    }
    return found;
}

static void make_room(struct rounds *r)
{
    for (struct task *t; r->kept > KEEP_BYTES && (t = oldest(r)) != NULL;) {
        drop_task(r, t);
    }
}

static struct task *free_task(struct rounds *r)
{
    for (size_t i = 0; i < TASKS_MAX; i++) {
        if (r->tasks[i].state == TASK_FREE) {
            return &r->tasks[i];
        }
    }
    struct task *t = oldest(r);
    if (t) {
        drop_task(r, t);
    }
    return t;
}

/* What was found out lately counts; the rest is asked again. */
static struct task *find_task(struct rounds *r, const uint8_t key[SHA256_SIZE], int64_t now)
{
    for (size_t i = 0; i < TASKS_MAX; i++) {
        struct task *t = &r->tasks[i];
        if (t->state == TASK_FREE || memcmp(t->key, key, SHA256_SIZE) != 0) {
            continue;
        }
        bool old =
            t->state == TASK_DONE && now - t->since_ms > (t->good ? KEEP_GOOD_MS : KEEP_BAD_MS);
        if (!old || t->users || t->pid) {
            return t;
        }
        drop_task(r, t);
    }
    return NULL;
}

static struct task *add_task(struct rounds *r, const uint8_t key[SHA256_SIZE], struct span records)
{
    struct task *t = free_task(r);
    uint8_t *copy = t ? mem_alloc(records.n) : NULL;
    if (!copy) {
        return NULL;
    }
    memcpy(copy, records.p, records.n);
    *t = (struct task){
        .state = TASK_WAITING, .records = span_make(copy, records.n), .status = -1, .result = -1};
    memcpy(t->key, key, SHA256_SIZE);
    return t;
}

static void task_done(struct task *t)
{
    t->state = TASK_DONE;
    t->since_ms = fetch_now_ms();
}

/* The worker has none of what belongs to others. */
static void close_others(struct rounds *r, const struct task *mine)
{
    (void)close(r->socket);
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        close_fd(&r->questions[i].channel);
    }
    for (size_t i = 0; i < TASKS_MAX; i++) {
        if (&r->tasks[i] != mine) {
            close_fd(&r->tasks[i].status);
            close_fd(&r->tasks[i].result);
        }
    }
}

static void start_task(struct rounds *r, struct task *t)
{
    int status[2] = {-1, -1};
    struct target target;
    struct span records = t->records;
    t->result = zygote_memfd("satyapan-obtained");
    if (!target_read(&records, &target) || t->result < 0 || pipe(status) != 0) {
        task_done(t);
        return;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        close_others(r, t);
        (void)close(status[0]);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (getppid() != parent) {
            _exit(1);
        }
        worker_run(r->means, &target, t->result, status[1]);
    }
    (void)close(status[1]);
    if (pid < 0) {
        (void)close(status[0]);
        task_done(t);
        return;
    }
    t->state = TASK_RUNNING;
    t->pid = pid;
    t->status = status[0];
    t->since_ms = fetch_now_ms();
    r->running++;
}

static void start_tasks(struct rounds *r)
{
    for (size_t i = 0; i < TASKS_MAX && r->running < WORKERS_MAX; i++) {
        if (r->tasks[i].state == TASK_WAITING) {
            start_task(r, &r->tasks[i]);
        }
    }
}

/* A result is to be of whole records, so that it spoils no others of an answer. *good: something of
 * the kind asked for is in it. */
static bool check_result(struct span records, bool *good)
{
    struct bundle_record b;
    *good = false;
    while (bundle_next(&records, &b) && b.type != BUNDLE_WANT) {
        *good = *good || b.type == BUNDLE_OBJECT;
    }
    return records.n == 0;
}

/* The worker's records, without the first octets of a bundle; mapped until obtain_unmap. */
static struct span result_of(const struct task *t)
{
    return t->result >= 0 && t->size ? obtain_map(t->result) : SPAN_NONE;
}

/* The worker says it is done, or is gone. */
static void hear_task(struct rounds *r, struct task *t)
{
    char byte = 0;
    ssize_t n = read(t->status, &byte, 1);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (n == 1 && t->state == TASK_RUNNING) {
        int64_t size = zygote_seal(t->result) == 0 ? fetch_sealed_size(t->result) : -1;
        t->size = size > 0 ? (size_t)size : 0;
        struct span records = result_of(t);
        if (!check_result(records, &t->good)) {
            t->size = 0;
            t->good = false;
        }
        obtain_unmap(records);
        r->kept += t->size;
        task_done(t);
        return;
    }
    (void)waitpid(t->pid, NULL, 0);
    t->pid = 0;
    r->running--;
    close_fd(&t->status);
    if (t->state == TASK_RUNNING) {
        task_done(t);
    }
}

static void end_late(struct rounds *r, int64_t now)
{
    for (size_t i = 0; i < TASKS_MAX; i++) {
        struct task *t = &r->tasks[i];
        if (t->pid > 0 && now - t->since_ms > 2 * (int64_t)TARGET_MS) {
            (void)kill(t->pid, SIGKILL); /* its pipe tells the rest */
        }
    }
}

/* ---- answers --------------------------------------------------------------------------------- */

/* An attempt for each address of a want of which nothing is known. */
static int write_failures(int fd, const struct task *t, const char *why)
{
    struct span records = t->records;
    struct bundle_record w;
    while (bundle_next(&records, &w)) {
        const struct bundle_record a = {
            .type = BUNDLE_ATTEMPT, .kind = w.kind, .text = {w.text[0], w.text[1], why}};
        if (bundle_write(fd, &a) != 0) {
            return -1;
        }
    }
    return 0;
}

static int write_task(int fd, const struct task *t, size_t *total, struct obtain_answer *answer)
{
    struct span records = t->state == TASK_DONE ? result_of(t) : SPAN_NONE;
    int rc;
    if (records.n && *total + records.n < BUNDLE_MAX) {
        *total += records.n;
        rc = wire_write(fd, records);
        answer->objects += t->good;
        answer->failures += !t->good;
    } else {
        answer->failures++;
        rc = write_failures(fd, t,
                            t->state != TASK_DONE ? "no answer within the time given"
                            : records.n           ? "too much came for one document"
                                                  : "the program that fetches failed");
    }
    obtain_unmap(records);
    return rc;
}

static void end_question(struct question *q)
{
    for (size_t i = 0; i < q->count; i++) {
        q->tasks[i]->users--;
    }
    close_fd(&q->channel);
    *q = (struct question){.channel = -1};
}

static void answer(struct question *q)
{
    struct obtain_answer message = {.magic = OBTAIN_ANSWER};
    size_t total = 64;
    int fd = zygote_memfd("satyapan-evidence");
    int rc = fd < 0 ? -1 : bundle_start(fd);
    for (size_t i = 0; i < q->count && rc == 0; i++) {
        rc = write_task(fd, q->tasks[i], &total, &message);
    }
    if (rc == 0 && zygote_seal(fd) == 0) {
        (void)!fetch_wire_send(q->channel, &message, sizeof message, fd);
    }
    close_fd(&fd);
    end_question(q);
}

static bool is_complete(const struct question *q)
{
    for (size_t i = 0; i < q->count; i++) {
        if (q->tasks[i]->state != TASK_DONE) {
            return false;
        }
    }
    return true;
}

static void answer_all(struct rounds *r, int64_t now)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        struct question *q = &r->questions[i];
        if (q->channel >= 0 && q->asked && (is_complete(q) || now >= q->until_ms)) {
            answer(q);
        } else if (q->channel >= 0 && !q->asked && now >= q->until_ms) {
            end_question(q);
        }
    }
}

/* ---- questions ------------------------------------------------------------------------------- */

/* Finds or makes the tasks; false when there is no room or the wants are malformed. */
static bool take_wants(struct rounds *r, struct question *q, struct span whole, int64_t now)
{
    struct span rest;
    if (!bundle_open(whole, &rest)) {
        return false;
    }
    while (rest.n) {
        struct target target;
        uint8_t key[SHA256_SIZE];
        struct span from = rest;
        if (q->count == SP_WANTS_MAX || !target_read(&rest, &target) ||
            target_key(&target, key) != 0) {
            return false;
        }
        struct task *t = find_task(r, key, now);
        t = t ? t : add_task(r, key, span_sub(from, 0, from.n - rest.n));
        if (!t) {
            return false;
        }
        t->users++;
        q->tasks[q->count++] = t;
    }
    return true;
}

static void hear_question(struct rounds *r, struct question *q, int64_t now)
{
    struct obtain_wants m = {0};
    int fd;
    ssize_t n = fetch_wire_receive(q->channel, &m, sizeof m, &fd);
    if (n < 0 && errno == EAGAIN) {
        return;
    }
    struct span whole = fd >= 0 ? obtain_map(fd) : SPAN_NONE;
    bool good = n == (ssize_t)sizeof m && m.magic == OBTAIN_WANTS && !q->asked &&
                take_wants(r, q, whole, now);
    obtain_unmap(whole);
    close_fd(&fd);
    if (!good) {
        end_question(q); /* gone, or not of our kind */
        return;
    }
    int64_t most = m.timeout_ms < 0 ? 0 : m.timeout_ms;
    q->asked = true;
    q->until_ms = now + (most > TIMEOUT_MAX_MS ? TIMEOUT_MAX_MS : most);
}

static struct question *free_question(struct rounds *r)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (r->questions[i].channel < 0) {
            return &r->questions[i];
        }
    }
    return NULL;
}

/* Returns false when the program is gone. */
static bool hear_call(struct rounds *r, int64_t now)
{
    struct obtain_call m = {0};
    int fd;
    ssize_t n = fetch_wire_receive(r->socket, &m, sizeof m, &fd);
    if (n < 0 && (errno == EAGAIN || errno == EMSGSIZE)) {
        return true; /* none, or one too long to be a call */
    }
    struct question *q = free_question(r);
    if (n == (ssize_t)sizeof m && m.magic == OBTAIN_CALL && fd >= 0 && q) {
        *q = (struct question){.channel = fd, .until_ms = now + TIMEOUT_MAX_MS};
    } else {
        close_fd(&fd);
    }
    return n > 0;
}

/* ---- the loop -------------------------------------------------------------------------------- */

struct watch {
    struct pollfd fds[1 + TASKS_MAX + QUESTIONS_MAX];
    struct task *tasks[TASKS_MAX];
    struct question *questions[QUESTIONS_MAX];
    nfds_t task_count, question_count;
    int timeout_ms;
};

static void watch_all(struct rounds *r, struct watch *w, int64_t now)
{
    nfds_t n = 0;
    w->task_count = w->question_count = 0;
    w->timeout_ms = r->running ? 1000 : -1;
    w->fds[n++] = (struct pollfd){.fd = free_question(r) ? r->socket : -1, .events = POLLIN};
    for (size_t i = 0; i < TASKS_MAX; i++) {
        if (r->tasks[i].status >= 0) {
            w->tasks[w->task_count++] = &r->tasks[i];
            w->fds[n++] = (struct pollfd){.fd = r->tasks[i].status, .events = POLLIN};
        }
    }
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        struct question *q = &r->questions[i];
        if (q->channel >= 0) {
            int64_t left = q->until_ms > now ? q->until_ms - now : 0;
            w->timeout_ms = w->timeout_ms < 0 || left < w->timeout_ms ? (int)left : w->timeout_ms;
            w->questions[w->question_count++] = q;
            w->fds[n++] = (struct pollfd){.fd = q->channel, .events = POLLIN};
        }
    }
}

/* Workers that have answered and still put into the store what they brought may finish that. */
static void let_finish(struct rounds *r)
{
    int64_t until = fetch_now_ms() + FINISH_MS;
    for (size_t i = 0; i < TASKS_MAX; i++) {
        struct task *t = &r->tasks[i];
        while (t->state == TASK_DONE && t->pid > 0 && fetch_now_ms() < until) {
            struct pollfd p = {.fd = t->status, .events = POLLIN};
            if (poll(&p, 1, (int)(until - fetch_now_ms())) > 0) {
                hear_task(r, t);
            }
        }
    }
}

static void end_all(struct rounds *r)
{
    let_finish(r);
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (r->questions[i].channel >= 0) {
            end_question(&r->questions[i]);
        }
    }
    for (size_t i = 0; i < TASKS_MAX; i++) {
        if (r->tasks[i].state != TASK_FREE) {
            drop_task(r, &r->tasks[i]);
        }
    }
}

int rounds_run(const struct means *m, int socket)
{
    static struct rounds r;
    static struct watch w;
    bool here = true;
    r.means = m;
    r.socket = socket;
    for (size_t i = 0; i < TASKS_MAX; i++) {
        r.tasks[i].status = r.tasks[i].result = -1;
    }
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        r.questions[i].channel = -1;
    }
    while (here) {
        int64_t now = fetch_now_ms();
        watch_all(&r, &w, now);
        nfds_t count = 1 + w.task_count + w.question_count;
        if (poll(w.fds, count, w.timeout_ms) < 0 && errno != EINTR) {
            break;
        }
        now = fetch_now_ms();
        for (nfds_t i = 0; i < w.task_count; i++) {
            if (w.fds[1 + i].revents) {
                hear_task(&r, w.tasks[i]);
            }
        }
        for (nfds_t i = 0; i < w.question_count; i++) {
            if (w.fds[1 + w.task_count + i].revents) {
                hear_question(&r, w.questions[i], now);
            }
        }
        if (w.fds[0].revents) {
            here = hear_call(&r, now);
        }
        start_tasks(&r);
        answer_all(&r, now);
        end_late(&r, now);
        make_room(&r);
    }
    end_all(&r);
    return 0;
}
