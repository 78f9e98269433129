/*
 * recheck - the work "recheck".
 */
#include "office/intake/inside.h"

enum work_end recheck_work(struct worker *w)
{
    return work_fail(w, UTC_NONE, "not there yet");
}
