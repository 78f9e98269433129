/*
 * witnessing - the log's latest head is shown to the witnesses of DATA/witnesses.txt again and
 * again: a thread runs satyapan-register witness every few minutes (witness_minutes).
 *
 * What came of it is told on /status and /metrics; an alarm of a witness - this log does not
 * continue what it has seen - also in the server's log, each time.
 */
#ifndef HTTP_OFFICE_WITNESSING_H
#define HTTP_OFFICE_WITNESSING_H

#include "base/buffer.h"
#include "office/office.h"

struct witnessing;

enum witnessed { WITNESSED_NOT_YET, WITNESSED_GOOD, WITNESSED_FAILED, WITNESSED_ALARM };

struct witnessing_now {
    bool wanted;         /* there are witnesses, and the setting is not 0 */
    enum witnessed last; /* how the last attempt ended */
    int64_t at, good_at; /* UTC of the last attempt and of the last good one; UTC_NONE */
};

/* data, office: borrowed. NULL: no thread. */
struct witnessing *witnessing_start(const char *data, const struct office *office);
void witnessing_stop(struct witnessing *w);

/* w NULL: nothing is wanted. */
struct witnessing_now witnessing_look(struct witnessing *w);
void witnessing_metrics(struct witnessing *w, struct buffer *out);

#endif
