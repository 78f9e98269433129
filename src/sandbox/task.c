/*
 * task - work that is not a verification, in the same kind of child.
 */
#include <errno.h>
#include <stdio.h>

#include "sandbox/child.h"

struct task {
    struct sandbox_job job; /* first: the child's work gets a pointer to it; not used itself */
    sandbox_work work;
    void *context;
};

/* The answer: one octet, the code, then the output. */
static int run_task(const struct sandbox_job *job, struct buffer *answer)
{
    const struct task *t = (const struct task *)job;
    struct buffer out;
    buffer_init(&out, answer->max - 1);
    int code = t->work(t->context, &out);
    buffer_char(answer, (char)(unsigned char)code);
    buffer_add(answer, buffer_span(&out));
    return buffer_ok(&out) && buffer_ok(answer) ? 0 : -1;
}

int sandbox_task_while(sandbox_work work, void *context, void (*meanwhile)(void *with), void *with,
                       struct buffer *out, char *why, size_t size)
{
    struct task task = {.work = work, .context = context};
    struct sandbox_child child;
    struct buffer answer;
    buffer_init(&answer, sandbox_limits_default.reply);
    if (child_start(&task.job, run_task, &sandbox_limits_default, &child) != 0) {
        (void)snprintf(why, size, "fork: %s", strerrorname_np(errno));
        return -1;
    }
    if (meanwhile) {
        meanwhile(with);
    }
    (void)!child_wait(&child);
    int code = -1;
    if (child_answer(&child, &answer, why, size) == 0 && answer.n > 0) {
        code = answer.p[0];
        buffer_add(out, span_sub(buffer_span(&answer), 1, answer.n));
    }
    buffer_free(&answer);
    return code;
}

int sandbox_task(sandbox_work work, void *context, struct buffer *out, char *why, size_t size)
{
    return sandbox_task_while(work, context, NULL, NULL, out, why, size);
}
