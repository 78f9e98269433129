/*
 * template - sentences in which {0} to {3} stand for what is said about this case.
 *
 * The texts of all tables of reasons and words are written so; this is the one place that fills
 * them.
 */
#ifndef BASE_TEMPLATE_H
#define BASE_TEMPLATE_H

#include "base/arena.h"
#include "base/buffer.h"

enum { TEMPLATE_ARGS = 4, TEMPLATE_MAX = 1024 * 1024 };

/* The text with its places filled from args[count], as they are; otherwise stands for one that is
 * NULL or missing. NULL when memory ran out (counted by mem) or it exceeds TEMPLATE_MAX. */
char *template_fill(struct arena *a, const char *text, const char *const *args, size_t count,
                    const char *otherwise) WARN_UNUSED;

#endif
