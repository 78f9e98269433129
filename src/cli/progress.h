/*
 * progress - a bar on stderr for work that takes longer than a second; nothing when it is no
 * terminal.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    size_t total, done;
    int64_t started_ms, drawn_ms;
    bool enabled, drawn, terminal;
};

void progress_start(struct progress *p, size_t total);
void progress_step(struct progress *p);

/* Says on the terminal what is waited for, until the next step; nothing when it is no terminal. */
void progress_say(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* It turned out that there is more to do. */
void progress_more(struct progress *p, size_t more);

/* Takes the bar away, before output or at the end. */
void progress_clear(struct progress *p);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t progress_now_ms(void);

#endif
