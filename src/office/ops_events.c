/*
 * ops_events - what happens to an application while somebody looks on, as server-sent events. The
 * HTTP server runs the stream (http/office/stream.c); here is only who may have it.
 */
#include "office/op.h"
#include "records/applications.h"

static int run_events(struct op_call *c)
{
    int64_t firm;
    return op_records(c, application_vendor(c->records, op_int(c, "application"), &firm));
}

static const struct op_param of_application[] = {
    {"application", OP_IN_PATH, OP_ID, true, 0, NULL, "Application", "आवेदन"},
    {0},
};
static const enum op_problem stream_problems[] = {OP_NOT_FOUND, OP_RATE, OP_OK};

const struct op ops_events[] = {
    {"application.events", "GET", "/api/v1/applications/{application}/events",
     "Follow an application: verdicts, progress and decisions as they come (server-sent events)",
     "आवेदन पर नज़र रखें: निर्णय और प्रगति, जैसे-जैसे वे आएँ (server-sent events)", ROLE_ANY,
     OP_READ | OP_STREAM, 0, NULL, of_application, run_events, stream_problems},
    {0},
};
