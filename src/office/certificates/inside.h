/*
 * inside - what the operations about certificates share.
 */
#ifndef OFFICE_CERTIFICATES_INSIDE_H
#define OFFICE_CERTIFICATES_INSIDE_H

#include "office/certificates/amendment.h"
#include "office/certificates/desk.h"
#include "office/certificates/request.h"
#include "office/op.h"

/* The scheme's data and settings, into the call's arena. 0; 1: a problem is set; -1. */
int inside_scheme(struct op_call *c, struct scheme_data *out) WARN_UNUSED;

/* Judges a request as it would be issued today. The caller gives up q->data. */
enum certify_end inside_judge(struct op_call *c, const struct scheme_data *scheme,
                              struct certify_request *q) WARN_UNUSED;

/* The problem of a request that is not CERTIFY_NEW. Returns 0 or -1. */
int inside_refused(struct op_call *c, enum certify_end end, const struct certify_request *q);

/* A person acts, not a program without one; the problem is set else. */
bool inside_person(struct op_call *c);

/* "reason" of the parameters says something. The problem is set else (*rc to be returned). */
bool inside_reason(struct op_call *c, const char *name, int *rc);

/* The certificate names the one who acts as its signatory; the problem is set else, with which one
 * it is about (NULL: the only one). 0 or -1. */
int inside_signatory(struct op_call *c, const char *which, const char *name);

/* What a certificate would say, within the rules (amendment.h). 0; 1: a problem is set; -1. */
int inside_amendment(struct op_call *c, const struct amendment_ask *ask,
                     struct amendment *out) WARN_UNUSED;

/* A row in the trail about a certificate; detail is taken over (NULL: memory). 0 or -1. */
int inside_trace(struct op_call *c, const char *number, int64_t application, bool visible,
                 json_t *detail) WARN_UNUSED;

/* The answer is this change. 0 or -1. */
int inside_change(struct op_call *c, int64_t id) WARN_UNUSED;

/* An officer asks for an event of a certificate (row: issued_get), which waits for a second one:
 * reason, successor and remark of the parameters, data of the row, detail of the trail beside them
 * (both taken over). The problem is set where such a change waits. 0 or -1. */
int inside_ask(struct op_call *c, const json_t *row, const char *event, json_t *data,
               json_t *detail) WARN_UNUSED;

/* "sha256" of the parameters is this one, and "confirm" its beginning. The problem is set else. 0
 * or -1. */
int inside_confirmed(struct op_call *c, const char hex[SHA256_HEX]);

/* A key is set to sign with here; the problem is set else. */
bool inside_key(struct op_call *c);

/* The PIN of the parameters goes to the desk, for what is signed under this ticket; the problem is
 * set where the desk is full. 0 or -1. */
int inside_desk(struct op_call *c, char ticket[DESK_TICKET]) WARN_UNUSED;

/* ops_signing.c: the answer is this list. 0 or -1. */
int inside_signing(struct op_call *c, int64_t id);

/* The text of a row's column "request" as an object (new); NULL. */
json_t *inside_request(const json_t *row);

/* The answer is this file, to be shown. */
int inside_file(struct op_call *c, int fd, const char *name, const char *media) WARN_UNUSED;

/* clang-format off */
#define PARAM_REQUEST \
    { \
        "request", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the prepared certificate", \
            "तैयार किए गए प्रमाणपत्र की आईडी" \
    }
/* clang-format on */

#endif
