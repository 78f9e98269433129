/*
 * listing - see listing.h.
 */
#include "office/listing.h"

#include "office/cases.h"

static const char *const states[] = {
    "draft",       "submitted",       "registered", "testing",        "assessment", "committee",
    "recommended", "not-recommended", "certified",  "not-considered", "withdrawn",  NULL};
static const char *const kinds[] = {"fresh", "recertification", "major-change", "minor-change",
                                    NULL};
static const char *const orders[] = {[ORDER_DUE] = "due",
                                     [ORDER_CHANGED] = "changed",
                                     [ORDER_NEWEST] = "newest",
                                     [ORDER_OLDEST] = "oldest",
                                     NULL};

const struct op_param listing_params[] = {
    {"state", OP_IN_QUERY, OP_WORD, false, 0, states, "in this state", "इस स्थिति में"},
    {"kind", OP_IN_QUERY, OP_WORD, false, 0, kinds, "of this kind", "इस प्रकार के"},
    {"series", OP_IN_QUERY, OP_TEXT, false, 20, NULL, "of this series", "इस शृंखला के"},
    {"level", OP_IN_QUERY, OP_INTEGER, false, 9, NULL, "of this level", "इस स्तर के"},
    {"vendor", OP_IN_QUERY, OP_ID, false, 0, NULL, "of this vendor: id of the firm",
     "इस विक्रेता के: फर्म की आईडी"},
    {"owner", OP_IN_QUERY, OP_ID, false, 0, NULL, "that this officer has: id of the person",
     "जो इस अधिकारी के पास हैं: व्यक्ति की आईडी"},
    {"due", OP_IN_QUERY, OP_DATE, false, 0, NULL, "with a deadline until this date",
     "जिनकी समय-सीमा इस तिथि तक है"},
    {"text", OP_IN_QUERY, OP_TEXT, false, 200, NULL,
     "words in number, vendor, product, models, firmware, file names or signers; newest first",
     "संख्या, विक्रेता, उत्पाद, मॉडल, फर्मवेयर, फ़ाइल नाम या हस्ताक्षरकर्ता में शब्द; नवीनतम पहले"},
    {"sort", OP_IN_QUERY, OP_WORD, false, 0, orders,
     "order: nearest deadline, last changed, newest, oldest",
     "क्रम: निकटतम समय-सीमा, अंतिम बदलाव, नवीनतम, प्राचीनतम"},
    PARAM_END};

int listing_filter(struct op_call *c, struct application_filter *out)
{
    const char *sort = op_text(c, "sort");
    *out = (struct application_filter){.state = op_text(c, "state"),
                                       .kind = op_text(c, "kind"),
                                       .series = op_text(c, "series"),
                                       .text = op_text(c, "text"),
                                       .due_until = op_text(c, "due"),
                                       .level = op_int(c, "level"),
                                       .vendor = op_int(c, "vendor"),
                                       .owner = op_int(c, "owner"),
                                       .order = op_text(c, "text") ? ORDER_NEWEST : ORDER_DUE};
    if (office_is_vendor(c)) {
        out->vendor = c->actor->firm == UTC_NONE ? -1 : c->actor->firm;
    }
    for (int i = 0; sort && orders[i]; i++) {
        if (strcmp(sort, orders[i]) == 0) {
            out->order = (enum application_order)i;
        }
    }
    if (out->text && out->order != ORDER_NEWEST) {
        return op_fail_field(c, "sort", "can only be \"newest\" together with text",
                             "पाठ के साथ केवल \"newest\" हो सकता है") < 0
                   ? -1
                   : 1;
    }
    return 0;
}

int listing_hide(const struct op_call *c, json_t *rows)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        if (office_hide(c, row) < 0) {
            return -1;
        }
    }
    return 0;
}
