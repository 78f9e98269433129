/*
 * refresher - see refresher.h.
 */
#include "http/refresher.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "http/checker.h"

int refresher_init(struct refresher *r, const struct settings *s, const struct trusted *t)
{
    *r = (struct refresher){.settings = s, .trusted = t};
    return refresher_load(r) < 0 ? -1 : 0;
}

int refresher_load(struct refresher *r)
{
    char error[STORE_ERROR];
    struct current *held;
    struct sp_evidence evidence = {0};
    if (current_load(r->settings->data, &held, error) != 0) {
        (void)fprintf(stderr, "satyapan serve: %s\n", error);
        return -1;
    }
    if (sp_evidence_extend(&evidence, &r->trusted->evidence) != 0 ||
        current_add_to(held, &evidence) != 0) {
        sp_evidence_clear(&evidence);
        current_free(held);
        return -1;
    }
    bool same = r->held && current_same(r->held, held);
    sp_evidence_clear(&r->evidence);
    current_free(r->held);
    r->evidence = evidence;
    r->held = held;
    return same ? 0 : 1;
}

bool refresher_changed(const struct refresher *r)
{
    return current_changed(r->settings->data, r->held);
}

/* Beside this program. */
static bool program_path(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    while (n > 0 && out[n - 1] != '/') {
        n--;
    }
    int rest = n > 0 ? snprintf(out + n, size - (size_t)n, "satyapan-revocation") : -1;
    return rest > 0 && (size_t)(n + rest) < size;
}

_Noreturn static void run(const struct refresher *r, pid_t parent)
{
    char path[4096];
    char name[] = "revocation", word[] = "refresh", due[] = "--due", data[] = "--data",
         trust[] = "--trust-dir";
    const struct settings *s = r->settings;
    struct arena *a = arena_new(1 << 16); /* gone with exec */
    char *folder = a ? arena_str(a, span_str(s->data)) : NULL;
    char *list = folder && s->trust ? arena_str(a, span_str(s->trust)) : NULL;
    char *argv[] = {name, word, due, data, folder, list ? trust : NULL, list, NULL};
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    /* What it says is for the log; the server's own output is its address only. */
    if (folder && getppid() == parent && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 &&
        program_path(path, sizeof path)) {
        (void)execv(path, argv);
    }
    _exit(EX_UNAVAILABLE);
}

void refresher_tick(struct refresher *r)
{
    int64_t now = checker_now_ms();
    if (r->settings->offline || r->pid || now < r->next_ms) {
        return;
    }
    r->next_ms = now + (int64_t)r->settings->refresh_minutes * 60000;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        run(r, parent);
    }
    r->pid = pid > 0 ? pid : 0;
}

bool refresher_ended(struct refresher *r, pid_t pid, int status)
{
    if (pid != r->pid || pid == 0) {
        return false;
    }
    r->pid = 0;
    /* What the sources said is in the store; these are failures of our own. */
    if (WIFSIGNALED(status)) {
        (void)fprintf(stderr, "satyapan serve: the refresh was ended by signal %d\n",
                      WTERMSIG(status));
    } else if (WEXITSTATUS(status) >= EX__BASE && WEXITSTATUS(status) != EX_UNAVAILABLE) {
        (void)fprintf(stderr, "satyapan serve: the refresh ended with code %d\n",
                      WEXITSTATUS(status));
    }
    return true;
}

void refresher_stop(struct refresher *r)
{
    if (r->pid) {
        (void)kill(r->pid, SIGTERM);
        while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        r->pid = 0;
    }
    sp_evidence_clear(&r->evidence);
    current_free(r->held);
    r->held = NULL;
}
