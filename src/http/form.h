/*
 * form - the parts of a form become documents, content and words.
 */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "http/multipart.h"
#include "http/problem.h"
#include "http/upload.h"

/* The context is the struct request. A part that cannot be taken sets request.problem. */
extern const struct multipart_sink form_sink;

/* PROBLEM_NONE for UPLOAD_OK. */
enum problem form_problem(enum upload_result u);

#endif
