/*
 * state - in which states of an application which operation is allowed, for officers and for the
 * vendor; what to do where it is not.
 *
 * An operation without a row is allowed in every state. The states are those of records/schema.c.
 */
#include "office/cases.h"

enum state {
    S_DRAFT = 1,
    S_SUBMITTED = 2,
    S_REGISTERED = 4,
    S_TESTING = 8,
    S_ASSESSMENT = 16,
    S_COMMITTEE = 32,
    S_RECOMMENDED = 64,
    S_NOT_RECOMMENDED = 128,
    S_CERTIFIED = 256,
    S_NOT_CONSIDERED = 512,
    S_WITHDRAWN = 1024
};

enum {
    S_EARLY = S_DRAFT | S_SUBMITTED,
    S_RUNNING = S_REGISTERED | S_TESTING | S_ASSESSMENT | S_COMMITTEE,
    S_OPEN = S_EARLY | S_RUNNING,
    S_LIVING = S_OPEN | S_RECOMMENDED
};

static const struct {
    const char *name, *en, *hi;
} states[] = {
    {"draft", "a draft", "मसौदा"},
    {"submitted", "submitted", "जमा"},
    {"registered", "registered", "पंजीकृत"},
    {"testing", "in testing", "परीक्षण में"},
    {"assessment", "in assessment", "मूल्यांकन में"},
    {"committee", "before the committee", "समिति के समक्ष"},
    {"recommended", "recommended", "अनुशंसित"},
    {"not-recommended", "not recommended", "अनुशंसित नहीं"},
    {"certified", "certified", "प्रमाणित"},
    {"not-considered", "not considered", "विचार नहीं किया गया"},
    {"withdrawn", "withdrawn", "वापस लिया गया"},
};

struct rule {
    const char *op;
    unsigned officer, vendor; /* states */
    const char *en, *hi;      /* what to do where it is another state */
};

/* clang-format off */
#define EDIT_EN \
    "A vendor changes a draft only; afterwards write to the certification body, which changes it " \
    "until the committee has decided."
#define EDIT_HI \
    "विक्रेता केवल मसौदा बदल सकता है; उसके बाद प्रमाणन निकाय को लिखें, जो समिति के निर्णय तक बदलाव कर सकता " \
    "है।"
#define FEE_EN "Fees are recorded from submission until the application is closed."
#define FEE_HI "शुल्क आवेदन जमा होने से लेकर उसके बंद होने तक दर्ज किया जाता है।"
#define FOREIGN_EN \
    "Foreign certificates are entered until the committee has decided, and verified between " \
    "submission and the decision."
#define FOREIGN_HI \
    "विदेशी प्रमाणपत्र समिति के निर्णय तक दर्ज किए जाते हैं, और आवेदन जमा होने तथा निर्णय के बीच सत्यापित होते हैं।"
/* clang-format on */

static const struct rule rules[] = {
    {"application.set", S_OPEN, S_DRAFT, EDIT_EN, EDIT_HI},
    {"application.add-model", S_OPEN, S_DRAFT, EDIT_EN, EDIT_HI},
    {"application.set-model", S_LIVING, S_DRAFT, EDIT_EN, EDIT_HI},
    {"application.remove-model", S_OPEN, S_DRAFT, EDIT_EN, EDIT_HI},
    {"application.add-location", S_OPEN, S_DRAFT, EDIT_EN, EDIT_HI},
    {"application.remove-location", S_OPEN, S_DRAFT, EDIT_EN, EDIT_HI},
    {"application.submit", S_DRAFT, S_DRAFT, "It was submitted already; nothing is to be done.",
     "यह पहले ही जमा हो चुका है; कुछ करना आवश्यक नहीं है।"},
    {"application.return", S_SUBMITTED, 0,
     "Only what was submitted and not yet registered can be "
     "returned to the vendor.",
     "केवल जमा किया गया और अभी तक पंजीकृत न हुआ आवेदन विक्रेता को लौटाया जा सकता है।"},
    {"application.confirm-complete", S_SUBMITTED | S_RUNNING, 0,
     "It must be submitted first, and not yet be closed.",
     "पहले इसे जमा करना होगा, और यह बंद नहीं होना चाहिए।"},
    {"application.register", S_SUBMITTED, 0, "It must be submitted first, and is registered once.",
     "पहले इसे जमा करना होगा, और पंजीकरण एक ही बार होता है।"},
    {"application.allot-lab", S_REGISTERED | S_TESTING, 0,
     "Register it first; a laboratory is allotted until the reports are in.",
     "पहले इसे पंजीकृत करें; रिपोर्टें आने तक प्रयोगशाला आवंटित की जा सकती है।"},
    {"application.record-agreement", S_REGISTERED | S_TESTING | S_ASSESSMENT, 0,
     "Register it and allot a laboratory first.", "पहले इसे पंजीकृत करें और प्रयोगशाला आवंटित करें।"},
    {"application.begin-testing", S_REGISTERED, 0,
     "Testing begins once, after registration and the agreement with the laboratory.",
     "परीक्षण एक ही बार, पंजीकरण और प्रयोगशाला से करार के बाद शुरू होता है।"},
    {"application.appoint-assessor", S_RUNNING, 0,
     "Register it first; an assessor is appointed until the committee has decided.",
     "पहले इसे पंजीकृत करें; समिति के निर्णय तक मूल्यांकक नियुक्त किया जा सकता है।"},
    {"application.begin-assessment", S_TESTING, 0, "Testing must have begun first.",
     "पहले परीक्षण शुरू होना चाहिए।"},
    {"application.present", S_ASSESSMENT, 0, "It must be in assessment first.",
     "पहले यह मूल्यांकन में होना चाहिए।"},
    {"application.decide", S_COMMITTEE, 0, "The assessor must present it to the committee first.",
     "पहले मूल्यांकक को इसे समिति के समक्ष प्रस्तुत करना होगा।"},
    {"application.close-conditions", S_RECOMMENDED, 0,
     "Only a recommended application has conditions to close.",
     "केवल अनुशंसित आवेदन की शर्तें पूरी की जा सकती हैं।"},
    {"certificate.prepare", S_RECOMMENDED, 0,
     "A certificate is prepared once the committee has recommended it, and issued once (R-CC-1).",
     "प्रमाणपत्र समिति की अनुशंसा के बाद तैयार होता है, और एक ही बार जारी होता है (R-CC-1)।"},
    {"application.withdraw", S_LIVING, S_LIVING, "It is closed already.", "यह पहले ही बंद है।"},
    {"application.not-consider", S_LIVING & ~S_DRAFT, 0,
     "Only an application that was submitted and is not yet closed can be not considered.",
     "केवल जमा किए गए और अभी तक बंद न हुए आवेदन पर ही विचार से इनकार हो सकता है।"},
    {"application.undo",
     S_TESTING | S_ASSESSMENT | S_COMMITTEE | S_RECOMMENDED | S_NOT_RECOMMENDED | S_NOT_CONSIDERED |
         S_WITHDRAWN,
     0,
     "A registration number is given once and a certificate is in the register: what comes before "
     "can "
     "be taken back. What was submitted is returned to the vendor instead.",
     "पंजीकरण संख्या एक ही बार दी जाती है और प्रमाणपत्र पंजी में है: इनके बीच के चरण वापस लिए जा सकते हैं। जमा "
     "आवेदन "
     "विक्रेता को लौटाया जाता है।"},
    {"application.analyse-change", S_OPEN, S_EARLY,
     "The vendor's analysis comes before registration; afterwards write to the certification body.",
     "विक्रेता का विश्लेषण पंजीकरण से पहले दिया जाता है; उसके बाद प्रमाणन निकाय को लिखें।"},
    {"application.decide-change", S_OPEN & ~S_DRAFT, 0,
     "The vendor must submit the change first; it is decided before the committee's decision.",
     "पहले विक्रेता को बदलाव जमा करना होगा; इसका निर्णय समिति के निर्णय से पहले होता है।"},
    {"application.assign", S_LIVING, 0, "It is closed; nobody needs to work on it.",
     "यह बंद है; किसी को इस पर काम नहीं करना है।"},
    {"file.set", S_OPEN, 0, "What a file is stays as it was when the application was decided.",
     "आवेदन पर निर्णय के समय फ़ाइल का जो विवरण था, वही रहता है।"},
    {"rule.waive", S_OPEN & ~S_DRAFT, 0, "A rule is waived between submission and the decision.",
     "नियम से छूट आवेदन जमा होने और निर्णय के बीच दी जाती है।"},
    {"report.set", S_OPEN & ~S_DRAFT, 0, "Reports are entered between submission and the decision.",
     "रिपोर्टें आवेदन जमा होने और निर्णय के बीच दर्ज की जाती हैं।"},
    {"foreign.open", S_LIVING, S_EARLY | S_RUNNING, FOREIGN_EN, FOREIGN_HI},
    {"foreign.set", S_LIVING, S_EARLY | S_RUNNING, FOREIGN_EN, FOREIGN_HI},
    {"foreign.check", S_LIVING & ~S_DRAFT, 0, FOREIGN_EN, FOREIGN_HI},
    {"foreign.mail", S_LIVING & ~S_DRAFT, 0, FOREIGN_EN, FOREIGN_HI},
    {"foreign.attach", S_LIVING & ~S_DRAFT, 0, FOREIGN_EN, FOREIGN_HI},
    {"foreign.decide", S_LIVING & ~S_DRAFT, 0, FOREIGN_EN, FOREIGN_HI},
    {"foreign.confirm", S_LIVING & ~S_DRAFT, 0, FOREIGN_EN, FOREIGN_HI},
    {"foreign.reject", S_LIVING & ~S_DRAFT, 0, FOREIGN_EN, FOREIGN_HI},
    {"foreign.pause", S_LIVING, 0, FOREIGN_EN, FOREIGN_HI},
    {"foreign.resume", S_LIVING, 0, FOREIGN_EN, FOREIGN_HI},
    {"foreign.extend", S_LIVING, 0, FOREIGN_EN, FOREIGN_HI},
    {"foreign.close", S_LIVING, 0, FOREIGN_EN, FOREIGN_HI},
    {"foreign.reopen", S_LIVING, 0, FOREIGN_EN, FOREIGN_HI},
    {"payment.propose", S_LIVING & ~S_DRAFT, 0, FEE_EN, FEE_HI},
    {"payment.invoice", S_LIVING & ~S_DRAFT, 0, FEE_EN, FEE_HI},
    {"payment.receive", S_LIVING & ~S_DRAFT, 0, FEE_EN, FEE_HI},
};

static const struct rule *rule_of(const char *op)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(rules[i].op, op) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

static size_t state_of(const char *name)
{
    size_t i = 0;
    while (i + 1 < sizeof states / sizeof *states && strcmp(states[i].name, name) != 0) {
        i++;
    }
    return i;
}

static bool allowed(const struct rule *rule, bool vendor, size_t state)
{
    return !rule || (vendor ? rule->vendor : rule->officer) >> state & 1U;
}

bool office_possible(const struct op *op, const struct actor *a, const char *state)
{
    bool vendor = a && !(a->roles & ROLE_OFFICER);
    return op_allowed(op, a) && allowed(rule_of(op->id), vendor, state_of(state));
}

int office_may(struct op_call *c, const json_t *application)
{
    const struct rule *rule = rule_of(c->op->id);
    size_t state = state_of(office_str(application, "state"));
    if (allowed(rule, office_is_vendor(c), state)) {
        return 0;
    }
    const char *en =
        arena_printf(c->arena, "The application is %s. %s", states[state].en, rule->en);
    const char *hi = arena_printf(c->arena, "आवेदन की स्थिति: %s। %s", states[state].hi, rule->hi);
    return en && hi && op_fail(c, OP_STATE, en, hi) == 0 ? 1 : -1;
}
