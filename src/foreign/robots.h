/*
 * robots - what a site asks of programs (RFC 9309), and how long to wait between two requests
 * (Crawl-delay, which is older than the RFC and not in it). Pure.
 */
#ifndef FOREIGN_ROBOTS_H
#define FOREIGN_ROBOTS_H

#include "base/span.h"

struct robots_answer {
    bool allowed;
    int delay_ms; /* 0: it does not say */
};

/* file: the body of robots.txt; agent: our name in small letters; path: with its query. */
struct robots_answer robots_ask(struct span file, const char *agent, const char *path);

#endif
