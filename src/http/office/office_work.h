/*
 * office_work - what threads do with a request about records: ask who it is, write what arrived,
 * make the answer.
 */
#ifndef HTTP_OFFICE_OFFICE_WORK_H
#define HTTP_OFFICE_OFFICE_WORK_H

#include "http/office/office_request.h"

/* One turn of a thread, by the request's phase. Ends with the connection resumed. */
void office_work(struct work_item *item);

/* The problem as the answer, in the form the request wants: JSON for programs, else a page. */
void office_answer_problem(struct office_request *r);

/* ---- api.c: the answer to a program; 0 or -1 */
int office_api(struct office_request *r);
int office_api_problem(struct office_request *r);

/* ---- form_post.c: the answer to a form */
int office_form(struct office_request *r);
/* The page that the form is on, as it says itself or as the browser does; NULL: not known, or none
 * of ours. */
const char *office_form_page(const struct office_request *r);
/* The page of that address (of ours) with what is in r->form, r->failed and r->errors. */
int office_form_again(struct office_request *r, const char *address);

/* ---- pages.c */
int office_problem_page(struct office_request *r);

/* ---- reply.c: queues the answer */
int office_reply(struct office_request *r);

#endif
