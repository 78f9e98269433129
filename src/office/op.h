/*
 * op - an operation of the certification body: one row, from which come the HTTP API with its
 * OpenAPI description, the forms of the pages and the commands.
 *
 * Whoever calls - a page, a program, the command line - goes through op_call: is this actor
 * allowed, are the parameters what the row says, run inside one transaction with an audit row,
 * answer. There is no second way to a change of the records.
 *
 * A vendor sees only its own firm's applications: operations with an application in their path or
 * whose subject belongs to one are refused with OP_NOT_FOUND (not "forbidden": others' ids are not
 * told apart from ids that do not exist).
 */
#ifndef OFFICE_OP_H
#define OFFICE_OP_H

#include "base/arena.h"
#include "records/records.h"

/* Who. Bits; a person may have several. */
enum role {
    ROLE_INTAKE = 1,
    ROLE_ASSESSOR = 2,
    ROLE_COMMITTEE = 4,
    ROLE_SIGNER = 8,
    ROLE_ADMIN = 16,
    ROLE_VENDOR = 32, /* with a firm */
    ROLE_OFFICER = ROLE_INTAKE | ROLE_ASSESSOR | ROLE_COMMITTEE | ROLE_SIGNER | ROLE_ADMIN,
    ROLE_ANY = ROLE_OFFICER | ROLE_VENDOR
};

struct actor {
    int64_t person; /* UTC_NONE: the program itself, or the operator at the command line */
    unsigned roles;
    int64_t firm; /* of a vendor; UTC_NONE */
    char login[64];
    char name[128];
    const char *scopes; /* of an API token; NULL: everything the roles allow */
    const char *address;
    bool stale;             /* the password was shown too long ago for OP_FRESH */
    const uint8_t *session; /* key of the session; NULL: token, command line */
};

enum op_type {
    OP_TEXT, /* one line */
    OP_LONG, /* lines */
    OP_INTEGER,
    OP_TRUTH,
    OP_DATE,  /* 2026-11-21 */
    OP_TIME,  /* RFC 3339 */
    OP_PAISE, /* whole paise */
    OP_WORD,  /* one of words */
    OP_SHA256,
    OP_ID,      /* a positive integer */
    OP_PASSWORD /* one line that is not shown, not kept and not logged */
};

enum op_place { OP_IN_PATH, OP_IN_QUERY, OP_IN_BODY };

struct op_param {
    const char *name;
    enum op_place place;
    enum op_type type;
    bool required;
    size_t max;               /* characters, or the largest number; 0: the type's own: 200, 10,000
                                 characters, 2^53 - 1. There are no negative numbers. */
    const char *const *words; /* of OP_WORD; NULL-terminated */
    const char *en, *hi;      /* label of the field, description in OpenAPI */
};

enum op_flag {
    OP_READ = 1,  /* changes nothing: GET, no transaction that writes */
    OP_PAGED = 2, /* ?limit= and ?after=; the answer is {"items": [], "next": "..."|null} */
    OP_UPLOAD =
        4,       /* the request's body, or the part "file" of a form, is a document: call->upload */
    OP_OPEN = 8, /* nobody needs to be logged in */
    OP_AUDIT_READ = 16, /* a reading that is noted in the audit trail: once an hour for a person
                           and subject, before the answer goes out */
    OP_FILE = 32,       /* the answer is a file: call->file */
    OP_STREAM = 64,     /* server-sent events; http/ runs it */
    OP_FRESH = 128,     /* wants the password again when it was shown long ago: OP_CONFIRM */
    OP_SECRET = 256,    /* parameters or answer hold a secret: no copy is kept for repetitions */
    OP_REHEARSED = 512  /* takes long to judge: run before without the lock of who writes, unless
                           the same request was answered already; see call->pass */
};

/* What went wrong, for people: status and code of a problem (RFC 9457), rows in
 * office/problem.def. */
enum op_problem {
    OP_OK,
#define OP_PROBLEM(id, status, code, en, hi) OP_##id,
#include "office/problem.def"
#undef OP_PROBLEM
    OP_PROBLEM_COUNT
};

struct op_upload {
    char sha256[SHA256_HEX]; /* the blob is on the disk, without a row */
    int64_t size;
    const char *name; /* of the file */
    const char *media;
};

struct op_file {
    int fd; /* -1: none; closed by the caller of op_call */
    int64_t size;
    const char *name, *media;
    bool shown; /* shown, not saved */
};

struct people;
struct desk;

/* Of OP_REHEARSED: run twice. In the rehearsal everything is judged and nothing changed; behind it,
 * in the transaction, what takes long need not be judged again. OP_ONLY: of all others. */
enum op_pass { OP_ONLY, OP_REHEARSAL, OP_BEHIND };

struct op_call {
    const struct op *op;
    const struct actor *actor;
    struct records *records;
    struct arena *arena;
    const char *data;            /* the data folder */
    const struct office *office; /* settings, scheme data: office/office.h */
    struct people *people;       /* office/people/people.h; NULL: no operation about people */
    struct desk *desk;           /* office/certificates/desk.h; NULL: nothing is signed here */
    int64_t now;
    enum op_pass pass;
    const json_t
        *in; /* an object: every parameter, checked, defaults absent. null: given, and empty
                         (of a parameter that is not required): the value is to be taken away */
    struct op_upload upload;
    const char *key;   /* Idempotency-Key; NULL: none */
    int64_t limit;     /* OP_PAGED: 1..200 */
    const char *after; /* OP_PAGED: opaque, from the last answer; NULL: the beginning */
    /* ---- what the operation gives ---- */
    json_t *out; /* owned by the caller of op_call; NULL: nothing to say (204) */
    json_t
        *errors; /* owned by the caller: NULL, or [{"field", "why", "why_hi"}] for OP_BAD_PARAMETER
                       and for rules; what is in it before the call makes the call fail */
    struct op_file file;
    enum op_problem problem;
    const char *detail; /* one sentence more for the problem: which field, why; arena */
    const char *detail_hi;
    unsigned status;  /* 0: 200, or 201 where the row says so, or 204 */
    unsigned audited; /* rows written by op_audit */
    bool replayed;    /* the answer is the one to the same request before (key) */
    bool unchanged; /* set by an operation that found nothing to change: no audit row is missing */
};

struct op {
    const char *id; /* "application.create": group, dot, verb; scopes of tokens are groups */
    const char *method, *path; /* "/api/v1/applications/{application}" */
    const char *en, *hi;       /* what it does, one line */
    unsigned roles;            /* one of them is enough */
    unsigned flags;
    unsigned status;               /* of a success; 0: 200 */
    const char *answer;            /* name of the answer's schema, office/schemas.json */
    const struct op_param *params; /* ends with name NULL; may be NULL */
    /* Returns 0 (also with call->problem set: then nothing is kept) or -1: a failure of our own. */
    int (*run)(struct op_call *c);
    const enum op_problem
        *problems; /* those it may give beside the general ones; ends with OP_OK */
};

/* All operations: tables of office/ops_*.c, in order. */
const struct op *op_at(size_t i); /* NULL: past the last */
const struct op *op_find(const char *id);

/* Checks the actor and the parameters, runs inside a transaction, commits when there is no problem.
 * Returns 0, or -1: a failure of our own (then nothing was kept; call->problem is OP_INTERNAL). */
int op_call(struct op_call *c) WARN_UNUSED;

/* Gives up what belongs to the caller: answer, errors, file. */
void op_call_clear(struct op_call *c);

/* The actor may call it at all (an item of a menu is shown or not). */
bool op_allowed(const struct op *op, const struct actor *a);

/* ---- for operations ---- */
const char *op_text(const struct op_call *c, const char *name); /* NULL: absent */
int64_t op_int(const struct op_call *c, const char *name);      /* UTC_NONE: absent */

/* The parameter is there and true. */
bool op_truth(const struct op_call *c, const char *name);

/* The parameter was given, perhaps as null (to be taken away). */
bool op_given(const struct op_call *c, const char *name);

/* Sets the problem; returns 0, to be returned. detail: copied; NULL: nothing more to say. */
int op_fail(struct op_call *c, enum op_problem p, const char *detail, const char *detail_hi);

/* OP_BAD_PARAMETER about one field, for what the row cannot say: "is before submitted_on". May be
 * called for several fields. Returns 0, or -1: memory. */
int op_fail_field(struct op_call *c, const char *field, const char *why, const char *why_hi);

/* Status, code and sentence of a problem. */
unsigned op_problem_status(enum op_problem p);
const char *op_problem_code(enum op_problem p);
const char *op_problem_title(enum op_problem p, bool hindi);

/* A code of records.h as a problem: RECORDS_NONE is OP_NOT_FOUND, RECORDS_CONFLICT is OP_CONFLICT.
 * Returns -1 for RECORDS_FAILED, else 0. */
int op_records(struct op_call *c, int64_t code);

/* The audit row of a change; detail is taken over. A change without one is undone by op_call, and
 * is an error of ours (OP_INTERNAL). A reading with OP_AUDIT_READ gets a row by itself where it
 * writes none. */
int op_audit(struct op_call *c, const char *subject, int64_t application, bool visible,
             json_t *detail) WARN_UNUSED;

#endif
