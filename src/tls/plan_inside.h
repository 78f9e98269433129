/*
 * plan_inside - the plan from the inside: what its three files share.
 */
#ifndef TLS_PLAN_INSIDE_H
#define TLS_PLAN_INSIDE_H

#include "tls/plan.h"

/* Turns of the last stage: once more, unless the next one makes it both an odd and an even hello;
 * without the name there is; with it. */
enum { LAST_EXTRA, LAST_NAMELESS, LAST_AGAIN, LAST_DONE };

/* How a question ended once it is sure. */
enum verdict { VERDICT_HELLO, VERDICT_NO, VERDICT_UNSURE, VERDICT_SHAPE };

static inline bool is_13(uint16_t version)
{
    return version == TLS_13;
}

/* plan_ask.c */
uint16_t plan_turn_version(const struct plan *p);
void plan_next_stage(struct plan *p);

/* Finds the next question; false at the end. */
bool plan_arrange(struct plan *p);

/* The version below 1.3 whose suites show groups, and those suites; false: there is none. */
bool plan_add_ecdhe(const struct plan *p, struct probe *q, bool *only_ecdsa);

/* plan_learn.c */
void plan_teach(struct plan *p, enum verdict verdict, const struct answer *a);
bool plan_old_has(const struct plan *p, uint16_t version, uint16_t suite);
bool plan_offers(const struct probe *q, uint16_t suite);
size_t plan_merge_middle(const struct plan *p);
void plan_merge_window(struct plan *p, struct version_facts *v);
void plan_merge_place(struct plan *p, struct version_facts *v);
void plan_next_window(struct plan *p, struct version_facts *v);
void plan_window_done(struct plan *p, struct version_facts *v);
void plan_version_done(struct plan *p, struct version_facts *v, bool complete);

/* plan.c: connections get lost on the way: what a lost one told before is asked again. */
void plan_found_lossy(struct plan *p);

/* plan.c: the end; what nothing good followed becomes unclear. */
void plan_finish(struct plan *p, const char *why);

#endif
