/*
 * progress - see progress.h.
 */
#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { AFTER_MS = 1000, EVERY_MS = 100, WIDTH = 30 };

int64_t progress_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_start(struct progress *p, size_t total)
{
    *p = (struct progress){
        .total = total, .started_ms = progress_now_ms(), .terminal = isatty(STDERR_FILENO)};
    p->enabled = total > 1 && p->terminal;
}

void progress_more(struct progress *p, size_t more)
{
    p->total += more;
    p->enabled = p->total > 1 && isatty(STDERR_FILENO);
}

static void draw(struct progress *p, int64_t now)
{
    double seconds = (double)(now - p->started_ms) / 1000;
    double rate = seconds > 0 ? (double)p->done / seconds : 0;
    double left = rate > 0 ? (double)(p->total - p->done) / rate : 0;
    int filled = (int)(p->done * WIDTH / p->total);
    (void)fprintf(stderr, "\r\033[K[%.*s%*s] %zu/%zu  %.1f/s  %02d:%02d left", filled,
                  "##############################", WIDTH - filled, "", p->done, p->total, rate,
                  (int)left / 60, (int)left % 60);
    (void)fflush(stderr);
    p->drawn = true;
    p->drawn_ms = now;
}

void progress_step(struct progress *p)
{
    p->done++;
    int64_t now = p->enabled ? progress_now_ms() : 0;
    if (p->enabled && now - p->started_ms >= AFTER_MS && now - p->drawn_ms >= EVERY_MS) {
        draw(p, now);
    }
}

void progress_say(struct progress *p, const char *fmt, ...)
{
    va_list ap;
    if (!p->terminal) {
        return;
    }
    va_start(ap, fmt);
    (void)fputs("\r\033[K", stderr);
    (void)vfprintf(stderr, fmt, ap);
    (void)fflush(stderr);
    va_end(ap);
    p->drawn = true;
}

void progress_clear(struct progress *p)
{
    if (p->drawn) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        p->drawn = false;
    }
}
