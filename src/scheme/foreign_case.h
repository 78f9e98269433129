/*
 * foreign_case - the states of a foreign certificate that is verified by weblink or by mail.
 *
 * Sources: OM 05.03.2024 (R-EXT-1, R-EXT-2) and "The clock" of the scheme. Web and mail run beside
 * each other, each with a state of its own; the state of the case follows from both, from an
 * officer's decision and from the clock, by the tables of foreign_case.c. Where the two ways
 * contradict each other a person decides. What it does not do: dates (foreign_clock.h), records.
 */
#ifndef SCHEME_FOREIGN_CASE_H
#define SCHEME_FOREIGN_CASE_H

#include "base/span.h"

enum foreign_state {
    FOREIGN_DRAFT,
    FOREIGN_QUEUED,
    FOREIGN_WEB_CHECKING,
    FOREIGN_MAIL_SENDING,
    FOREIGN_WAITING_REPLY,
    FOREIGN_VERIFIED,
    FOREIGN_MISMATCH,
    FOREIGN_DENIED,
    FOREIGN_UNCLEAR, /* a person must decide */
    FOREIGN_PAUSED,  /* nothing goes out; the clock runs on */
    FOREIGN_EXPIRED,
    FOREIGN_CLOSED, /* no longer part of the application */
    FOREIGN_STATES
};

enum foreign_web {
    FOREIGN_WEB_NONE,
    FOREIGN_WEB_QUEUED,
    FOREIGN_WEB_RUNNING,
    FOREIGN_WEB_VERIFIED,
    FOREIGN_WEB_MISMATCH,
    FOREIGN_WEB_INCONCLUSIVE,
    FOREIGN_WEBS
};

enum foreign_mail {
    FOREIGN_MAIL_NONE,
    FOREIGN_MAIL_QUEUED,
    FOREIGN_MAIL_RUNNING, /* being sent */
    FOREIGN_MAIL_WAITING,
    FOREIGN_MAIL_CONFIRMED,
    FOREIGN_MAIL_DENIED,
    FOREIGN_MAIL_UNCLEAR,
    FOREIGN_MAIL_BOUNCED,
    FOREIGN_MAIL_DISPUTED, /* it said yes and no: only a person ends that */
    FOREIGN_MAILS
};

enum foreign_word {
    FOREIGN_UNDECIDED,
    FOREIGN_SAY_VERIFIED,
    FOREIGN_SAY_MISMATCH,
    FOREIGN_SAY_DENIED
};

struct foreign_case {
    enum foreign_web web;
    enum foreign_mail mail;
    enum foreign_word decided; /* by an officer: counts more than both */
    bool paused, expired, closed;
};

/* The state that follows. contradiction (may be NULL): the ways, or a way and the officer, say the
 * opposite. */
enum foreign_state foreign_state(const struct foreign_case *c, bool *contradiction);

enum foreign_event {
    FOREIGN_ASK_WEB, /* a weblink check is wanted */
    FOREIGN_WEB_BEGINS,
    FOREIGN_WEB_WAITS, /* it did not get through; it is tried again */
    FOREIGN_WEB_SAYS_VERIFIED,
    FOREIGN_WEB_SAYS_MISMATCH,
    FOREIGN_WEB_SAYS_NOTHING,
    FOREIGN_ASK_MAIL,
    FOREIGN_MAIL_BEGINS,
    FOREIGN_MAIL_RETRIES,
    FOREIGN_MAIL_IS_SENT,
    FOREIGN_MAIL_SAYS_CONFIRMED,
    FOREIGN_MAIL_SAYS_DENIED,
    FOREIGN_MAIL_SAYS_NOTHING, /* an answer that does not say it */
    FOREIGN_MAIL_COMES_BACK,
    FOREIGN_DECIDE_VERIFIED,
    FOREIGN_DECIDE_MISMATCH,
    FOREIGN_DECIDE_DENIED,
    FOREIGN_PAUSE,
    FOREIGN_RESUME,
    FOREIGN_EXPIRE,
    FOREIGN_UNEXPIRE, /* the last day moved, or a clock was wrong */
    FOREIGN_CLOSE,
    FOREIGN_REOPEN,
    FOREIGN_EVENTS
};

/* True: it happened (perhaps without changing anything); false: not in this state, c is as it was.
 * What a way says is never refused while the case is not closed: it is on the record, and a
 * contradiction is seen, whatever was decided. */
bool foreign_happens(struct foreign_case *c, enum foreign_event event);

/* Words of the records: "waiting_reply", "inconclusive"; the other way: false for no such word. */
const char *foreign_state_word(enum foreign_state s);
const char *foreign_web_word(enum foreign_web w);
const char *foreign_mail_word(enum foreign_mail m);
const char *foreign_say_word(enum foreign_word d); /* NULL: undecided */
const char *foreign_event_word(enum foreign_event e);
bool foreign_state_read(const char *word, enum foreign_state *out);
bool foreign_web_read(const char *word, enum foreign_web *out);
bool foreign_mail_read(const char *word, enum foreign_mail *out);
bool foreign_say_read(const char *word, enum foreign_word *out); /* NULL: undecided */

/* The way has said yes or no (or both): that stands. */
bool foreign_web_said(enum foreign_web w);
bool foreign_mail_said(enum foreign_mail m);

/* Answered: nothing more is asked. */
bool foreign_answered(enum foreign_state s);

#endif
