/*
 * text - the work "text".
 */
#include "office/intake/inside.h"

enum work_end text_work(struct worker *w)
{
    return work_fail(w, UTC_NONE, "not there yet");
}
