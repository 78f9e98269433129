/*
 * kept - what somebody entered into a form while the session ended, or grew too old for it: it goes
 * along through logging in, and stands in the form again afterwards.
 *
 * It travels in the page itself, as hidden fields of the forms for login, second factor and
 * password: nothing is stored for somebody who is nobody yet. Nothing is done with it but to fill
 * in the form; whoever logged in looks at it and sends it. Only a form of our own pages is kept,
 * never a password or PIN. Documents are not kept: they are chosen again.
 */
#ifndef HTTP_OFFICE_KEPT_H
#define HTTP_OFFICE_KEPT_H

#include "http/office/office_request.h"
#include "report/html.h"

/* The request is a form whose fields can be kept: of our own pages, without a document. */
bool kept_wanted(const struct office_request *r);

/* The request's form carries what was kept before. */
bool kept_there(const struct office_request *r);

/* The hidden fields: of the form that came (kept_wanted), or those it carries (kept_there). Nothing
 * when there is neither. */
void kept_fields(const struct office_request *r, struct html *h);

/* The page of the form with what was entered: that of this request (from a page of an earlier
 * session), or the one it carries. 0 or -1. */
int kept_show(struct office_request *r) WARN_UNUSED;

/* ---- pages_login.c: the page for logging in, or for the password, with what was entered */
int kept_login(struct office_request *r) WARN_UNUSED;
int kept_confirm(struct office_request *r) WARN_UNUSED;

#endif
