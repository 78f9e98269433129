/*
 * facts - what is known about one application, for the rules of the scheme (rules.h).
 *
 * Plain data that somebody else gathered: borrowed pointers, no database, no clock. Dates are those
 * of date.h (DATE_NONE: not known or not yet), money is whole paise. Start from scheme_facts_init
 * and its like: zero is a date.
 */
#ifndef SCHEME_FACTS_H
#define SCHEME_FACTS_H

#include "scheme/date.h"
#include "scheme/language.h"

/* Bits, so that a rule can say to which kinds it applies. */
enum scheme_kind {
    SCHEME_FRESH = 1,
    SCHEME_RECERTIFICATION = 2,
    SCHEME_CHANGE = 4, /* minor or major: struct scheme_change */
    SCHEME_ANY = 7
};

enum scheme_known { SCHEME_NOT_KNOWN, SCHEME_NO, SCHEME_YES };

enum scheme_author {
    SCHEME_BY_UNKNOWN,
    SCHEME_BY_VENDOR,
    SCHEME_BY_OEM,
    SCHEME_BY_LAB,
    SCHEME_BY_ISSUER, /* of a certificate submitted as evidence */
    SCHEME_BY_OTHER,
    SCHEME_BY_BODY /* the certification body itself */
};

enum scheme_verdict {
    SCHEME_NOT_VERIFIED, /* not looked at yet */
    SCHEME_ACCEPTED,
    SCHEME_REVIEW,
    SCHEME_REJECTED
};

/* An officer's word on one question about one object. */
struct scheme_decision {
    enum { SCHEME_UNDECIDED, SCHEME_ACCEPT, SCHEME_REFUSE, SCHEME_WAIVE } what;
    const char *by, *reason;
    int32_t on;
};

struct scheme_document {
    const char *name; /* shown in sentences */
    const char *kind; /* "F01", "F03", "declaration", "test-report", "certificate",
                         "impact-analysis", ... as in trust/required-documents.json */
    const char *sha256;
    enum scheme_author author;
    bool superseded; /* a newer version is there; no rule looks at it */
    int32_t received_on;
    enum scheme_verdict verdict;         /* of the signature report at receipt (R-SIG-1) */
    enum scheme_known indian_root;       /* the path ends at a pinned RCAI signing root */
    enum scheme_known covered;           /* its SHA-256 is in an accepted signed index */
    bool foreign_case;                   /* its issuer is asked (struct scheme_foreign) */
    struct language_result language;     /* zeroed: not looked at */
    enum scheme_known number_found;      /* registration number in its text; NOT_KNOWN: no text */
    struct scheme_decision on_signature; /* is it considered? */
    struct scheme_decision on_language;  /* of what the detector was not sure */
    struct scheme_decision on_number;
};

enum scheme_report_kind {
    SCHEME_DEVICE_TEST, /* hardware and device evaluation */
    SCHEME_SYSTEM_AUDIT /* audit, vulnerability assessment, penetration test of systems */
};

struct scheme_report {
    const char *number, *issuer; /* issuer: name of the laboratory or organisation */
    enum scheme_report_kind kind;
    int32_t tests_started, tests_ended, issued;
    const char *sha256_applicant, *sha256_body; /* of both copies (R-LAB-3); NULL: not there yet */
};

enum scheme_body { SCHEME_STQC, SCHEME_CERT_IN };

/* An entry of an empanelment list. Both ends count; to DATE_NONE: open. */
struct scheme_empanelled {
    const char *organisation;
    enum scheme_body body;
    int32_t from, to;
};

struct scheme_lab {
    const char *name; /* NULL: none allotted yet */
    bool stqc_own;    /* a laboratory of STQC itself */
    int32_t allotted_on;
    int32_t quotation_on, work_order_on, agreement_on;
};

enum scheme_foreign_state {
    SCHEME_FOREIGN_DRAFT,
    SCHEME_FOREIGN_OPEN, /* asked, looked up or waiting; paused too: the clock runs on */
    SCHEME_FOREIGN_VERIFIED,
    SCHEME_FOREIGN_MISMATCH,
    SCHEME_FOREIGN_DENIED,
    SCHEME_FOREIGN_UNCLEAR, /* a person must decide */
    SCHEME_FOREIGN_EXPIRED
};

struct scheme_foreign {
    const char *number, *issuer;
    bool has_link, has_email, free_mail, common_criteria;
    enum scheme_known issuer_approved; /* link or mail domain belongs to an approved profile */
    enum scheme_foreign_state state;
    int32_t queried_on; /* first weblink check or mail of the body; DATE_NONE: not yet */
    int32_t decided_on; /* when state became VERIFIED, MISMATCH or DENIED */
    int32_t notified;   /* the last day as it was told to the vendor */
    int64_t extra_days; /* of an extension of the window */
    bool reminded;      /* the program itself reminds the issuer */
};

struct scheme_payment {
    const char *invoice, *receipt;
    int64_t paise; /* with GST */
    int32_t invoiced_on, paid_on;
};

struct scheme_committee {
    const char *meeting; /* NULL: not yet before the committee */
    int32_t on;
    enum {
        SCHEME_CC_NONE,
        SCHEME_CC_RECOMMENDED,
        SCHEME_CC_CONDITIONS, /* recommended with conditions */
        SCHEME_CC_DEFERRED,
        SCHEME_CC_NOT_RECOMMENDED
    } decision;
    size_t conditions_open;
};

enum scheme_change_size { SCHEME_SIZE_UNKNOWN, SCHEME_MINOR, SCHEME_MAJOR };

struct scheme_change {
    int32_t changed_on, reported_on;
    enum scheme_known documents;         /* the change came with its documents */
    enum scheme_change_size vendor_says; /* impact analysis */
    enum scheme_change_size body_decided;
};

struct scheme_waiver {
    const char *rule; /* "R-REG-1" */
    const char *by, *reason;
    int32_t on;
};

struct scheme_facts {
    const char *number; /* registration number, NULL: not registered */
    const char *applicant, *product, *series;
    enum scheme_kind kind;
    int level;                   /* -1: not said */
    enum scheme_known connected; /* part of a connected system (R-ROLE-1) */

    int32_t received_on; /* the application; DATE_NONE: a draft */
    int32_t complete_on; /* the submission was found complete */
    int32_t registered_on;
    const char *assessor;
    int32_t assessor_on;
    bool assessor_conflict;
    struct scheme_lab lab;
    struct scheme_committee committee;
    struct scheme_change change;

    /* The certificate as it is prepared or was issued. */
    int32_t issued_on, valid_from, valid_to;
    /* Of the certificate that is renewed or changed. */
    const char *old_certificate;
    int32_t old_valid_from, old_valid_to;
    const char *old_address, *new_address; /* of the OEM */
    const char *const *old_locations, *const *new_locations;
    size_t old_location_count, new_location_count;
    enum scheme_known full_testing; /* scope of testing is that of an initial certification */

    const struct scheme_document *documents;
    const struct scheme_report *reports;
    const struct scheme_empanelled *empanelled;
    const struct scheme_foreign *foreign;
    const struct scheme_payment *payments;
    const struct scheme_waiver *waivers;
    size_t document_count, report_count, empanelled_count, foreign_count, payment_count,
        waiver_count;
};

void scheme_facts_init(struct scheme_facts *facts);
void scheme_document_init(struct scheme_document *document);
void scheme_report_init(struct scheme_report *report);
void scheme_foreign_init(struct scheme_foreign *foreign);
void scheme_payment_init(struct scheme_payment *payment);

#endif
