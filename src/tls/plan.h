/*
 * plan - which hello is asked next, given the answers so far; what the answers mean together.
 *
 * A pure state machine: no socket, no clock, no randomness. The same answers give the same
 * questions, so that a recorded scan can be judged again and a test can play a server. What it
 * promises:
 *   - a suite, group or version counts as there only when the server answered with it;
 *   - an alert is a "no" only when the device still answers a good hello at the end of the scan
 *     (facts.confirmed);
 *   - what was refused is asked once more as old clients ask: few suites, no extensions;
 *   - the first good hello is asked again at the end, as a whole: answered otherwise, the device
 *     does not answer alike (facts.changing);
 *   - of two devices that take turns behind one address each gets the first good hello, and each
 *     the questions of old clients about what the other one refused;
 *   - silence, a closed connection or a reset is a "no" only when it comes again, while a control
 *     hello of the same shape with something known to be good is answered; otherwise it is
 *     "inconclusive".
 */
#ifndef TLS_PLAN_H
#define TLS_PLAN_H

#include "tls/facts.h"

/* Raise it when other questions are asked, or in another order: records of before are then judged
 * by the facts they hold (stored.h). tests/tls/recorded.scan tells when it was forgotten. */
enum { PLAN_EDITION = 6 };

enum plan_stage {
    PLAN_VERSIONS,
    PLAN_SSL2,
    PLAN_AGAIN, /* versions that were unclear before something good was known */
    PLAN_SCSV,
    PLAN_GROUPS13,
    PLAN_GROUPS12,
    PLAN_GROUPS_DHE,
    PLAN_ORDER,
    PLAN_OLD,  /* hellos of old clients */
    PLAN_LAST, /* the first good hello again, which also offers compression */
    PLAN_END
};

enum { PLAN_TURNS = 5, PLAN_OLD_FOUND = 32 };

enum plan_asking { ASK_QUESTION, ASK_CONTROL, ASK_SMALL };

struct plan {
    struct tls_facts *facts;
    bool datagram, has_name;
    enum plan_stage stage;
    size_t turn; /* of the versions */
    /* Suites of one version: windows of candidates. */
    uint16_t candidates[FACTS_SUITES];
    size_t candidate_count, window, window_size, window_mark;
    bool go_back;    /* connections were found to get lost: look again at what was sure */
    bool open;       /* a version is being worked on */
    bool merging;    /* the window's suites are being put in order among the earlier ones */
    bool ordering;   /* who decides is being asked */
    bool merge_near; /* only the neighbour is being compared */
    size_t merge_item, merge_pos, merge_low, merge_high;
    /* The question, and what is done to make sure of its answer. */
    struct probe question;
    bool pending;
    enum plan_asking asking;
    unsigned tries, controls;
    enum outcome soft; /* how the question was not answered last */
    bool control_passed;
    struct probe good;  /* answered before */
    struct probe first; /* the whole hello that showed it, and the suite it was answered with */
    uint16_t first_suite, nameless; /* nameless: the answer to it without a name, if another */
    unsigned asks;                  /* hellos so far; odd and even ones go to two devices */
    bool first_seen[2];             /* the first hello was answered as an even, an odd one */
    bool refused[PLAN_TURNS], refused_odd[PLAN_TURNS]; /* of each version: the first refusal */
    bool old_done[PLAN_TURNS];
    struct {
        uint16_t version, suite;
    } old_found[PLAN_OLD_FOUND]; /* by them; facts at the end, as they are in no order */
    size_t old_count;
    bool old_question, filling; /* an old client's hello; one to change between odd and even */
    size_t old_turn;
    unsigned dead; /* control hellos in a row that got nothing */
    bool has_good, alpn_off, names_suites, srp_off;
    bool closes, resets, drops; /* made sure: its way to say no; drops: it says nothing */
    bool alerts_ok[256];        /* odd alerts that were made sure to mean "no" */
    size_t size_ok;             /* hellos with so many suites are known to be survived */
    unsigned shape;             /* 0; 1: small hellos; 2: small and without extensions */
    unsigned silent;            /* questions in a row without any use, before anything good */
    unsigned unreached;         /* connections in a row that did not come about */
    unsigned negatives;         /* since the last good answer */
    const char *ended;          /* why it ended early, or NULL */
    enum outcome ended_by;
};

/* Facts are initialised with facts_init for the same transport. */
void plan_start(struct plan *p, struct tls_facts *facts, bool datagram, bool has_name);

/* The next hello and how long to wait before it (milliseconds). False: done. */
bool plan_next(struct plan *p, struct probe *out, unsigned *pause_ms);

/* The answer to it. Returns 0, or -1 when memory is out. */
int plan_answer(struct plan *p, const struct answer *a) WARN_UNUSED;

/* The device's time or connections are used up: what is open becomes inconclusive. */
void plan_stop(struct plan *p, const char *why, enum outcome by);

#endif
