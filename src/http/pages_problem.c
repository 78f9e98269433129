/*
 * pages_problem - a mistake as a page: what happened, what it means for the document, what to do.
 * The statuses are those of RFC 9110 15.5 and 15.6, and 429 of RFC 6585.
 */
#include <stdio.h>

#include "http/pages_frame.h"

struct problem {
    unsigned status;
    enum word_id title, what, next;
};

#define PROBLEM(status)                                                                            \
    {                                                                                              \
        status, WORD_P##status, WORD_P##status##_WHAT, WORD_P##status##_NEXT                       \
    }

static const struct problem problems[] = {PROBLEM(400), PROBLEM(404), PROBLEM(405),
                                          PROBLEM(411), PROBLEM(413), PROBLEM(415),
                                          PROBLEM(429), PROBLEM(503), PROBLEM(500)};

/* A status without a row is told as the general one of its class. */
static const struct problem *find(unsigned status)
{
    static const struct problem theirs = PROBLEM(400), ours = PROBLEM(500);
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        if (problems[i].status == status) {
            return &problems[i];
        }
    }
    return status < 500 ? &theirs : &ours;
}

int page_problem(const struct page_context *c, unsigned status, unsigned retry_seconds,
                 struct buffer *out)
{
    const struct problem *problem = find(status);
    struct page p;
    char number[16];
    page_begin(&p, c, word_get(c->lang, problem->title), WORD_COUNT, out);
    page_element(&p, "<h1 tabindex=\"-1\">", problem->title, "</h1><p class=\"why\">");
    page_limits(&p, problem->what);
    page_element(&p, "</p><p class=\"next\"><strong>", WORD_PROBLEM_NEXT, ":</strong> ");
    page_word(&p, problem->next);
    if (retry_seconds) {
        (void)snprintf(number, sizeof number, "%u", retry_seconds);
        html_raw(&p.h, " ");
        page_fill(&p, WORD_PROBLEM_RETRY, number, "");
    }
    html_raw(&p.h, "</p><p class=\"actions\"><a class=\"button\"");
    page_home_link(&p, p.lang);
    page_element(&p, ">", WORD_PROBLEM_BACK, "</a></p><p class=\"small\">");
    (void)snprintf(number, sizeof number, "%u", status);
    page_fill(&p, WORD_PROBLEM_CODE, number, "");
    html_raw(&p.h, "</p>");
    return page_end(&p);
}
