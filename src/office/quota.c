/*
 * quota - see quota.h.
 */
#include "office/quota.h"

#include "records/documents.h"

const char quota_detail[] =
    "Your firm's documents have reached the amount that is kept here for one firm. Ask the "
    "certification body for more room.";
const char quota_detail_hi[] =
    "आपकी फ़र्म के दस्तावेज़ एक फ़र्म के लिए रखी जाने वाली मात्रा तक पहुँच गए हैं। प्रमाणन निकाय से अधिक स्थान माँगें।";

enum op_problem quota_judge(struct records *r, const struct office *office,
                            const struct actor *actor, int64_t more)
{
    struct documents_held held;
    if (!actor || actor->roles & ROLE_OFFICER || actor->firm == UTC_NONE) {
        return OP_OK;
    }
    if (documents_held(r, actor->firm, &held) != 0) {
        return OP_INTERNAL;
    }
    bool full = held.versions >= office->vendor_versions || held.bytes > office->vendor_bytes ||
                more > office->vendor_bytes - held.bytes;
    return full ? OP_TOO_LARGE : OP_OK;
}
