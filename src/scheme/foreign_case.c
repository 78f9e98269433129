/*
 * foreign_case - see foreign_case.h: what follows from what, as tables.
 */
#include "scheme/foreign_case.h"

/* ---- the state from both ways ---------------------------------------------------------------- */

#define D FOREIGN_DRAFT
#define Q FOREIGN_QUEUED
#define C FOREIGN_WEB_CHECKING
#define S FOREIGN_MAIL_SENDING
#define W FOREIGN_WAITING_REPLY
#define V FOREIGN_VERIFIED
#define M FOREIGN_MISMATCH
#define N FOREIGN_DENIED
#define U FOREIGN_UNCLEAR

/* A positive or negative answer counts at once, whatever the other way still does (R-EXT-2:
 * "negative = FAIL at once"); two that contradict each other need a person. Without an answer the
 * case waits for the way that still works; when none does, a person is needed. */
static const enum foreign_state both[FOREIGN_WEBS][FOREIGN_MAILS] = {
    /* mail:  none, queued, sending, waiting, confirmed, denied, unclear, bounced, disputed */
    [FOREIGN_WEB_NONE] = {D, Q, S, W, V, N, U, U, U},
    [FOREIGN_WEB_QUEUED] = {Q, Q, S, W, V, N, U, Q, U},
    [FOREIGN_WEB_RUNNING] = {C, C, C, C, V, N, U, C, U},
    [FOREIGN_WEB_VERIFIED] = {V, V, V, V, V, U, V, V, U},
    [FOREIGN_WEB_MISMATCH] = {M, M, M, M, U, N, M, M, U},
    [FOREIGN_WEB_INCONCLUSIVE] = {U, Q, S, W, V, N, U, U, U},
};

#undef D
#undef Q
#undef C
#undef S
#undef W
#undef V
#undef M
#undef N
#undef U

/* 1: says yes, -1: says no, 0: says nothing. */
static int web_sign(enum foreign_web w)
{
    return w == FOREIGN_WEB_VERIFIED ? 1 : w == FOREIGN_WEB_MISMATCH ? -1 : 0;
}

static int mail_sign(enum foreign_mail m)
{
    return m == FOREIGN_MAIL_CONFIRMED ? 1 : m == FOREIGN_MAIL_DENIED ? -1 : 0;
}

bool foreign_web_said(enum foreign_web w)
{
    return web_sign(w) != 0;
}

bool foreign_mail_said(enum foreign_mail m)
{
    return mail_sign(m) != 0 || m == FOREIGN_MAIL_DISPUTED;
}

static int word_sign(enum foreign_word d)
{
    return d == FOREIGN_UNDECIDED ? 0 : d == FOREIGN_SAY_VERIFIED ? 1 : -1;
}

static bool opposed(const struct foreign_case *c)
{
    int web = web_sign(c->web), mail = mail_sign(c->mail), word = word_sign(c->decided);
    return word ? web * word < 0 || mail * word < 0 : web * mail < 0;
}

enum foreign_state foreign_state(const struct foreign_case *c, bool *contradiction)
{
    static const enum foreign_state said[] = {FOREIGN_UNCLEAR, FOREIGN_VERIFIED, FOREIGN_MISMATCH,
                                              FOREIGN_DENIED};
    if (contradiction) {
        *contradiction = opposed(c);
    }
    if (c->closed || c->decided) {
        return c->closed ? FOREIGN_CLOSED : said[c->decided];
    }
    if (c->expired) {
        return FOREIGN_EXPIRED;
    }
    enum foreign_state s = both[c->web][c->mail];
    return c->paused && !foreign_answered(s) && s != FOREIGN_UNCLEAR ? FOREIGN_PAUSED : s;
}

bool foreign_answered(enum foreign_state s)
{
    return s == FOREIGN_VERIFIED || s == FOREIGN_MISMATCH || s == FOREIGN_DENIED;
}

/* ---- what happens ---------------------------------------------------------------------------- */

enum {
    NO = -1, /* the event leaves it as it is */
    /* states, as bits */
    ANSWERED = 1 << FOREIGN_VERIFIED | 1 << FOREIGN_MISMATCH | 1 << FOREIGN_DENIED,
    ASKING = 1 << FOREIGN_QUEUED | 1 << FOREIGN_WEB_CHECKING | 1 << FOREIGN_MAIL_SENDING |
             1 << FOREIGN_WAITING_REPLY,
    OPEN = 1 << FOREIGN_DRAFT | ASKING | 1 << FOREIGN_UNCLEAR,
    PAUSED = 1 << FOREIGN_PAUSED,
    EXPIRED = 1 << FOREIGN_EXPIRED,
    LIVING = OPEN | PAUSED | ANSWERED | EXPIRED,
    CLOSED = 1 << FOREIGN_CLOSED
};

struct row {
    const char *word;
    int from; /* states in which it may happen */
    int web, mail, decided, paused, expired, closed;
};

#define WEB(event, word, from, to)  [FOREIGN_##event] = {word, from, to, NO, NO, NO, NO, NO}
#define MAIL(event, word, from, to) [FOREIGN_##event] = {word, from, NO, to, NO, NO, NO, NO}
/* An officer's word ends a pause and an expiry as well. */
#define WORD(event, word, to) [FOREIGN_##event] = {word, LIVING, NO, NO, to, 0, 0, NO}
#define FLAGS(event, word, from, paused, expired, closed)                                          \
    [FOREIGN_##event] = {word, from, NO, NO, NO, paused, expired, closed}

/* clang-format off */
static const struct row rows[FOREIGN_EVENTS] = {
    WEB(ASK_WEB, "ask-web", OPEN, FOREIGN_WEB_QUEUED),
    WEB(WEB_BEGINS, "web-begins", OPEN | ANSWERED, FOREIGN_WEB_RUNNING),
    WEB(WEB_WAITS, "web-waits", LIVING, FOREIGN_WEB_QUEUED),
    WEB(WEB_SAYS_VERIFIED, "web-verified", LIVING, FOREIGN_WEB_VERIFIED),
    WEB(WEB_SAYS_MISMATCH, "web-mismatch", LIVING, FOREIGN_WEB_MISMATCH),
    WEB(WEB_SAYS_NOTHING, "web-inconclusive", LIVING, FOREIGN_WEB_INCONCLUSIVE),
    MAIL(ASK_MAIL, "ask-mail", OPEN, FOREIGN_MAIL_QUEUED),
    MAIL(MAIL_BEGINS, "mail-begins", OPEN | ANSWERED, FOREIGN_MAIL_RUNNING),
    MAIL(MAIL_RETRIES, "mail-retries", LIVING, FOREIGN_MAIL_QUEUED),
    MAIL(MAIL_IS_SENT, "mail-sent", LIVING, FOREIGN_MAIL_WAITING),
    MAIL(MAIL_SAYS_CONFIRMED, "mail-confirmed", LIVING, FOREIGN_MAIL_CONFIRMED),
    MAIL(MAIL_SAYS_DENIED, "mail-denied", LIVING, FOREIGN_MAIL_DENIED),
    MAIL(MAIL_SAYS_NOTHING, "mail-unclear", LIVING, FOREIGN_MAIL_UNCLEAR),
    MAIL(MAIL_COMES_BACK, "mail-bounced", LIVING, FOREIGN_MAIL_BOUNCED),
    WORD(DECIDE_VERIFIED, "decide-verified", FOREIGN_SAY_VERIFIED),
    WORD(DECIDE_MISMATCH, "decide-mismatch", FOREIGN_SAY_MISMATCH),
    WORD(DECIDE_DENIED, "decide-denied", FOREIGN_SAY_DENIED),
    FLAGS(PAUSE, "pause", 1 << FOREIGN_DRAFT | ASKING, 1, NO, NO),
    FLAGS(RESUME, "resume", PAUSED, 0, NO, NO),
    FLAGS(EXPIRE, "expire", OPEN | PAUSED, NO, 1, NO),
    FLAGS(UNEXPIRE, "unexpire", EXPIRED, NO, 0, NO),
    FLAGS(CLOSE, "close", LIVING, NO, NO, 1),
    FLAGS(REOPEN, "reopen", CLOSED, NO, NO, 0),
};
/* clang-format on */
#undef WEB
#undef MAIL
#undef WORD
#undef FLAGS

/* An answer stands: what only happens on the way to one does not take it away. */
static bool web_may(enum foreign_web now, int to)
{
    return web_sign(now) == 0 || to > FOREIGN_WEB_RUNNING;
}

/* Something vague or a bounce after a clear answer (a reminder that crossed it) changes nothing; a
 * second clear answer that says the opposite is a dispute, which no further mail ends. */
static enum foreign_mail mail_to(enum foreign_mail now, enum foreign_mail to)
{
    int said = mail_sign(now), says = mail_sign(to);
    if (now == FOREIGN_MAIL_DISPUTED || (said && !says)) {
        return now;
    }
    return said && said != says ? FOREIGN_MAIL_DISPUTED : to;
}

bool foreign_happens(struct foreign_case *c, enum foreign_event event)
{
    const struct row *row = &rows[event];
    if (!(row->from >> foreign_state(c, NULL) & 1)) {
        return false;
    }
    if (row->web != NO && web_may(c->web, row->web)) {
        c->web = (enum foreign_web)row->web;
    }
    if (row->mail != NO) {
        c->mail = mail_to(c->mail, (enum foreign_mail)row->mail);
    }
    c->decided = row->decided == NO ? c->decided : (enum foreign_word)row->decided;
    c->paused = row->paused == NO ? c->paused : row->paused == 1;
    c->expired = row->expired == NO ? c->expired : row->expired == 1;
    c->closed = row->closed == NO ? c->closed : row->closed == 1;
    return true;
}

/* ---- words ----------------------------------------------------------------------------------- */

static const char *const states[FOREIGN_STATES] = {
    "draft",    "queued", "web_checking", "mail_sending", "waiting_reply",      "verified",
    "mismatch", "denied", "unclear",      "paused",       "expired_unverified", "closed"};
static const char *const webs[FOREIGN_WEBS] = {"none",     "queued",   "checking",
                                               "verified", "mismatch", "inconclusive"};
static const char *const mails[FOREIGN_MAILS] = {"none",    "queued",    "sending",
                                                 "waiting", "confirmed", "denied",
                                                 "unclear", "bounced",   "disputed"};
static const char *const says[] = {NULL, "verified", "mismatch", "denied"};

static bool find(const char *const *words, size_t count, const char *word, size_t *out)
{
    for (*out = 0; word && *out < count; ++*out) {
        if (words[*out] && strcmp(words[*out], word) == 0) {
            return true;
        }
    }
    return false;
}

const char *foreign_state_word(enum foreign_state s)
{
    return states[s];
}

const char *foreign_web_word(enum foreign_web w)
{
    return webs[w];
}

const char *foreign_mail_word(enum foreign_mail m)
{
    return mails[m];
}

const char *foreign_say_word(enum foreign_word d)
{
    return says[d];
}

const char *foreign_event_word(enum foreign_event e)
{
    return rows[e].word;
}

bool foreign_state_read(const char *word, enum foreign_state *out)
{
    size_t i;
    bool found = find(states, FOREIGN_STATES, word, &i);
    *out = found ? (enum foreign_state)i : FOREIGN_DRAFT;
    return found;
}

bool foreign_web_read(const char *word, enum foreign_web *out)
{
    size_t i;
    bool found = find(webs, FOREIGN_WEBS, word, &i);
    *out = found ? (enum foreign_web)i : FOREIGN_WEB_NONE;
    return found;
}

bool foreign_mail_read(const char *word, enum foreign_mail *out)
{
    size_t i;
    bool found = find(mails, FOREIGN_MAILS, word, &i);
    *out = found ? (enum foreign_mail)i : FOREIGN_MAIL_NONE;
    return found;
}

bool foreign_say_read(const char *word, enum foreign_word *out)
{
    size_t i;
    bool found = find(says, sizeof says / sizeof *says, word, &i);
    *out = found ? (enum foreign_word)i : FOREIGN_UNDECIDED;
    return found || !word;
}
