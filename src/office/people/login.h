/*
 * login - inside office/people: the end of logging in, whatever was shown.
 */
#ifndef OFFICE_PEOPLE_LOGIN_H
#define OFFICE_PEOPLE_LOGIN_H

#include "office/people/inside.h"

/* Inside a transaction. seen: the person of that certificate, id 0: there is none; good: it is
 * good. */
int login_judge_certificate(struct people *p, struct records *r, const struct person *seen,
                            const char *sha256, bool good, const struct people_try *in,
                            struct people_entry *out) WARN_UNUSED;

/* Ends the transaction; what is not kept was not done. */
void login_finish(struct records *r, int rc, struct people_entry *out);

#endif
