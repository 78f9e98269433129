/*
 * report - the words of the contract for the enumerations of report.h, and freeing a report.
 * The words are EN 319 102-1 5.1.3 (indications) and EN 319 122-1/132-1/142-1 (baseline levels).
 */
#include "satyapan/report.h"

#include "base/arena.h"

#define NAME(table, index)                                                                         \
    ((size_t)(index) < sizeof(table) / sizeof *(table) ? (table)[index] : (table)[0])

void sp_report_free(struct sp_report *report)
{
    if (report) {
        arena_free(report->arena); /* the report itself lives in it */
    }
}

const char *sp_verdict_name(enum sp_verdict v)
{
    /* An impossible value must not read as ACCEPTED. */
    static const char *const names[] = {"ACCEPTED", "REVIEW", "REJECTED"};
    return (size_t)v < 3 ? names[v] : names[SP_REVIEW];
}

const char *sp_indication_name(enum sp_indication i)
{
    static const char *const names[] = {"TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"};
    return (size_t)i < 3 ? names[i] : names[SP_INDETERMINATE];
}

const char *sp_kind_name(enum sp_kind k)
{
    static const char *const names[] = {"CMS",          "CAdES", "PAdES", "PDF-PKCS7",
                                        "XMLDSig",      "XAdES", "JWS",   "SMIME",
                                        "DOCTIMESTAMP", "TST",   "ERS"};
    return NAME(names, k);
}

const char *sp_baseline_name(enum sp_baseline b)
{
    static const char *const names[] = {NULL, "B-B", "B-T", "B-LT", "B-LTA"};
    return NAME(names, b);
}

const char *sp_modification_name(enum sp_modification m)
{
    static const char *const names[] = {"none", "lta", "form-fill", "annotations", "other"};
    return (size_t)m < 5 ? names[m] : names[SP_MOD_OTHER];
}

const char *sp_basis_name(enum sp_time_basis b)
{
    static const char *const names[] = {"now", "receipt", "timestamp"};
    return NAME(names, b);
}

const char *sp_evidence_name(enum sp_evidence_kind k)
{
    static const char *const names[] = {"anchor",      "special", "distrusted",
                                        "certificate", "crl",     "ocsp"};
    return NAME(names, k);
}

const char *sp_member_state_name(enum sp_member_state s)
{
    static const char *const names[] = {"signed", "covered",  "signature", "container",
                                        "part",   "unsigned", "unread"};
    return (size_t)s < 7 ? names[s] : names[SP_MEMBER_UNREAD];
}
