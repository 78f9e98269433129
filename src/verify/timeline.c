/*
 * timeline - judges all that is in a document in the order that long-term validation needs.
 *
 * EN 319 102-1 5.6.3: the time-stamps from the latest to the earliest, so that each can prove that
 * the earlier ones, the signatures and the evidence existed when it was made; the signatures last.
 * The order follows the times the tokens name. That is safe: a token that lies about its time can
 * only lose proofs by it, as it is trusted for other reasons than its place in the order.
 */
#include "verify/judging.h"

#include <stdlib.h>

#include "base/utc.h"

/* A time-stamp inside a signature, or a document time-stamp, which is a signature of its own. */
struct event {
    int64_t time;
    size_t order; /* of arrival */
    struct judging *judging;
    struct stamp_item *stamp; /* NULL: a document time-stamp */
};

struct timeline {
    struct job *job;
    struct judging *judgings; /* one a unit */
    struct event *events;
    size_t count, capacity;
};

static int latest_first(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->time != y->time) {
        return x->time > y->time ? -1 : 1;
    }
    return x->order > y->order ? -1 : x->order < y->order;
}

static int add_event(struct timeline *t, struct judging *j, struct stamp_item *stamp)
{
    if (arena_grow(t->job->arena, (void **)&t->events, &t->capacity, t->count + 1,
                   sizeof *t->events)) {
        return -1;
    }
    int64_t time = stamp ? stamp->view.time : j->u->token ? j->u->token->time : UTC_NONE;
    t->events[t->count] = (struct event){time, t->count, j, stamp};
    t->count++;
    return 0;
}

static int begin_all(struct timeline *t)
{
    for (size_t i = 0; i < t->job->unit_count; i++) {
        struct judging *j = &t->judgings[i];
        if (judge_begin(j, t->job, &t->job->units[i])) {
            return -1;
        }
        for (struct stamp_item *s = j->stamps.first; s; s = s->next) {
            if (add_event(t, j, s)) {
                return -1;
            }
        }
        if (t->job->units[i].is_timestamp && add_event(t, j, NULL)) {
            return -1;
        }
    }
    return 0;
}

/* The receipt proves that the document existed, with all that is in it. */
static int prove_receipt(struct timeline *t)
{
    const struct job *job = t->job;
    struct poe_proof proof = {job->clock->received, SP_BASIS_RECEIPT, NULL};
    if (!job->policy->receipt_is_proof || job->clock->received == SP_NO_TIME) {
        return 0;
    }
    for (size_t i = 0; i < job->held_count; i++) {
        if (poe_add(&t->job->proofs, job->held[i].der, &proof)) {
            return -1;
        }
    }
    return 0;
}

/* A document time-stamp is over all earlier revisions and what they brought. */
static int prove_document(struct timeline *t, const struct unit *u)
{
    enum sp_indication indication;
    const char *sub;
    struct job *job = t->job;
    conclude_list(job->policy, &u->sig->findings, &indication, &sub, NULL);
    if (indication != SP_TOTAL_PASSED || u->sig->intact != SP_YES || !u->token || !u->cert) {
        return 0;
    }
    struct poe_proof proof = {u->token->time, SP_BASIS_TIMESTAMP,
                              cert_name_attr(job->arena, u->cert->subject, OID_AT_COMMON_NAME)};
    u->sig->claimed_time = u->token->time;
    for (size_t i = 0; u->from && i < job->held_count; i++) {
        if (job->held[i].revision < u->from->revision &&
            stamps_prove(job, job->held[i].der, &proof)) {
            return -1;
        }
    }
    for (size_t i = 0; u->from && i < job->unit_count; i++) {
        const struct unit *v = &job->units[i];
        if (v->cert && t->judgings[i].level.bound && v->from &&
            v->from->revision < u->from->revision && stamps_prove_cert(job, v->cert, &proof)) {
            return -1;
        }
    }
    return 0;
}

static int judge_events(struct timeline *t)
{
    if (t->count > 1) {
        qsort(t->events, t->count, sizeof *t->events, latest_first);
    }
    for (size_t i = 0; i < t->count; i++) {
        struct event *e = &t->events[i];
        int rc = e->stamp ? stamps_judge(e->judging, e->stamp)
                          : judge_finish(e->judging) || prove_document(t, e->judging->u);
        if (rc) {
            return -1;
        }
    }
    return 0;
}

int verify_timeline(struct job *job)
{
    struct timeline t = {.job = job};
    t.judgings = arena_array(job->arena, job->unit_count, sizeof *t.judgings);
    if (!t.judgings || begin_all(&t) || prove_receipt(&t) || judge_events(&t)) {
        return -1;
    }
    for (size_t i = 0; i < job->unit_count; i++) {
        if (!job->units[i].is_timestamp && judge_finish(&t.judgings[i])) {
            return -1;
        }
    }
    return 0;
}
