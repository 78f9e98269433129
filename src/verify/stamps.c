/*
 * stamps - the time-stamps of one signature: what each is worth, and the proofs they give.
 */
#include "verify/judging.h"

#include "base/utc.h"

enum { MAX_STAMPS = 64 };

int stamp_list_add(struct arena *a, struct stamp_list *list, enum stamp_kind kind,
                   struct span token, struct span message)
{
    if (list->count >= MAX_STAMPS) {
        return 0;
    }
    struct stamp_item *item = arena_alloc(a, sizeof *item);
    if (!item) {
        return -1;
    }
    *item = (struct stamp_item){kind, token, message, NULL};
    *list->end = item;
    list->end = &item->next;
    list->count++;
    return 0;
}

/* One finding per time-stamp says what it is worth. */
static void report_stamp(struct judging *j, const struct stamp_answer *s)
{
    char text[FINDING_TIME];
    const char *who = s->view.authority ? s->view.authority : "?";
    if (s->trusted) {
        judging_add(j, SP_TIMESTAMP_GOOD, who, finding_time(s->view.time, text));
    } else {
        judging_add(j, s->genuine ? SP_TIMESTAMP_UNTRUSTED : SP_TIMESTAMP_BROKEN,
                    s->genuine ? who : s->why, s->why);
    }
}

static int add_view(struct judging *j, const struct sp_timestamp *view)
{
    struct sp_signature *sig = j->u->sig;
    size_t capacity = sig->timestamp_count;
    struct sp_timestamp *list = arena_array(j->job->arena, capacity + 1, sizeof *list);
    if (!list) {
        return -1;
    }
    for (size_t i = 0; i < sig->timestamp_count; i++) {
        list[i] = sig->timestamps[i];
    }
    list[sig->timestamp_count++] = *view;
    sig->timestamps = list;
    return 0;
}

static int one_stamp(struct judging *j, struct span token, struct span message, const char *kind,
                     int64_t *best)
{
    struct stamp_answer answer;
    char *at =
        arena_printf(j->job->arena, "%s.timestamp[%zu]", j->u->sig->id, j->u->sig->timestamp_count);
    struct stamp_question q = {token, message, kind, j->u->proven_at, at};
    if (!at || verify_stamp(j->job, &q, &answer) || add_view(j, &answer.view)) {
        return -1;
    }
    report_stamp(j, &answer);
    if (answer.trusted && (*best == UTC_NONE || answer.view.time < *best)) {
        *best = answer.view.time;
    }
    return 0;
}

int judge_stamps(struct judging *j)
{
    static const char *const kinds[] = {
        [STAMP_CONTENT] = "content", [STAMP_SIGNATURE] = "signature"};
    struct stamp_list list = {.end = &list.first};
    if (!j->u->ops->stamps) {
        return 0;
    }
    if (j->u->ops->stamps(j, &list)) {
        return -1;
    }
    for (const struct stamp_item *s = list.first; s; s = s->next) {
        int64_t *best = s->kind == STAMP_CONTENT ? &j->content_stamp : &j->signature_stamp;
        if (one_stamp(j, s->token, s->message, kinds[s->kind], best)) {
            return -1;
        }
    }
    if (j->signature_stamp != UTC_NONE && j->content_stamp != UTC_NONE &&
        j->content_stamp > j->signature_stamp) {
        judging_add(j, SP_TIMESTAMP_ORDER,
                    "the content time-stamp is later than the signature time-stamp", NULL);
    }
    return 0;
}
