/*
 * child - strangers' bytes are read here: in sandboxed children, and by poppler in its cage.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/text/text.h"
#include "cli/weblink/weblink.h"
#include "foreign/decode.h"
#include "foreign/robots.h"
#include "sandbox/sandbox.h"

#define CHILD_MEMORY ((size_t)440 << 20)
#define OUTPUT_MAX   ((size_t)48 << 20)
#define TEXT_MAX     ((size_t)16 << 20)

enum { DONE, WANTS_TEXT, NO_MEMORY, NOT_ALLOWED };

/* ---- inside ---------------------------------------------------------------------------------- */

static int work_evaluate(void *context, struct buffer *out)
{
    const struct evaluate_job *job = context;
    struct arena *a = arena_new(CHILD_MEMORY);
    struct evaluation e;
    struct span pdf;
    if (!a || evaluate(a, job, &e, &pdf) != 0) {
        return NO_MEMORY;
    }
    if (pdf.p) {
        buffer_add(out, pdf);
        return WANTS_TEXT;
    }
    struct json j = {.out = out};
    evaluation_json(&j, &e);
    return DONE;
}

struct robots_job {
    struct span head, body;
    const char *path;
};

static int work_robots_text(void *context, struct buffer *out)
{
    const struct robots_job *job = context;
    struct arena *a = arena_new(CHILD_MEMORY);
    struct decoded d;
    if (!a || decode_answer(a, job->head, job->body, &d) != 0) {
        return NO_MEMORY;
    }
    buffer_add(out, span_sub(d.wrong ? SPAN_NONE : d.body, 0, POLITE_ROBOTS_MAX));
    return DONE;
}

static int work_robots(void *context, struct buffer *out)
{
    const struct robots_job *job = context;
    struct robots_answer r = robots_ask(job->body, "satyapan", job->path);
    buffer_printf(out, "%d", r.delay_ms);
    return r.allowed ? DONE : NOT_ALLOWED;
}

/* ---- outside --------------------------------------------------------------------------------- */

struct span child_robots_text(struct arena *a, struct span head, struct span wire)
{
    struct robots_job job = {.head = head, .body = wire};
    struct buffer out;
    char why[WEBLINK_WHY];
    struct span text = SPAN_NONE;
    buffer_init(&out, POLITE_ROBOTS_MAX);
    if (sandbox_task(work_robots_text, &job, &out, why, sizeof why) == DONE && out.n) {
        text = arena_dup(a, buffer_span(&out));
    }
    buffer_free(&out);
    return text;
}

bool child_robots(struct span body, const char *path, int *delay_ms)
{
    struct robots_job job = {.body = body, .path = path};
    struct buffer out;
    char why[WEBLINK_WHY];
    buffer_init(&out, 64);
    int code = sandbox_task(work_robots, &job, &out, why, sizeof why);
    *delay_ms = 0;
    for (size_t i = 0; i < out.n && out.p[i] >= '0' && out.p[i] <= '9' && i < 7; i++) {
        *delay_ms = *delay_ms * 10 + (out.p[i] - '0');
    }
    buffer_free(&out);
    return code == DONE;
}

/* Poppler's text of a PDF in memory. 0, 1 with why, -1. */
static int pdf_text(struct span pdf, struct buffer *out, char *why)
{
    static const char *const words[] = {"pdftotext", "-q", "-layout", "-enc",
                                        "UTF-8",     "-",  "-",       NULL};
    int fd = memfd_create("pdf", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < pdf.n) {
        ssize_t n = write(fd, pdf.p + done, pdf.n - done);
        if (n <= 0) {
            break;
        }
        done += (size_t)n;
    }
    int rc = done == pdf.n ? cage_exec("/usr/bin/pdftotext", words, fd, out, why) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    return rc;
}

static int run(struct evaluate_job *job, struct buffer *out, char why[WEBLINK_WHY])
{
    buffer_init(out, OUTPUT_MAX);
    return sandbox_task(work_evaluate, job, out, why, WEBLINK_WHY);
}

int child_evaluate(struct arena *a, struct evaluate_job *job, struct evaluation *out,
                   struct span *raw, char why[WEBLINK_WHY])
{
    struct buffer answer, text;
    int code = run(job, &answer, why);
    buffer_init(&text, TEXT_MAX);
    if (code == WANTS_TEXT) {
        char wrong[CAGE_WHY] = "";
        int rc = pdf_text(buffer_span(&answer), &text, wrong);
        buffer_free(&answer);
        buffer_init(&answer, OUTPUT_MAX);
        if (rc == 0) {
            job->text = span_make(text.p ? text.p : (const uint8_t *)"", text.n);
            code = run(job, &answer, why);
            job->text = SPAN_NONE;
        } else {
            (void)snprintf(why, WEBLINK_WHY, "the PDF: %s", wrong);
            code = -1;
        }
    }
    int rc = 1;
    if (code == DONE) {
        *raw = arena_dup(a, buffer_span(&answer));
        rc = raw->p ? evaluation_read(a, *raw, out) : -1;
        (void)snprintf(why, WEBLINK_WHY, "what the child said cannot be read");
    } else if (code == NO_MEMORY) {
        (void)snprintf(why, WEBLINK_WHY, "it takes more memory than a page may");
    }
    buffer_free(&text);
    buffer_free(&answer);
    return rc;
}
