/*
 * decide - verified, mismatch, or inconclusive: from what was fetched and what is on the page.
 *
 * Verified needs all of it: the final address has a form of the approved profile of the body that
 * is claimed, came over verified
 * TLS, number, holder, product or standard, status and dates stand in one record, nothing speaks
 * against it, and a page asked for with a made-up number does not show that number. Mismatch needs
 * a record of that number that clearly says something else. Everything else is inconclusive. Pure.
 */
#ifndef FOREIGN_DECIDE_H
#define FOREIGN_DECIDE_H

#include "foreign/evaluate.h"
#include "foreign/reasons.h"

enum weblink_outcome { WEBLINK_INCONCLUSIVE, WEBLINK_MISMATCH, WEBLINK_VERIFIED };

const char *weblink_outcome_name(enum weblink_outcome outcome);

struct weblink_facts {
    struct arena *arena; /* for the time of the decision */
    const struct claim *claim;
    /* Why there is no page; FOREIGN_REASONS: there is one. Its place and detail. */
    enum foreign_reason failure;
    const char *failure_detail;
    const char *domain;            /* registrable domain of the final address */
    const struct profile *profile; /* the approved one it is in; NULL: none */
    const char *lookalike;         /* the known domain it looks like; NULL: none */
    bool https;                    /* verified */
    enum address_fit fit;
    const struct evaluation *page; /* NULL: none */
    /* The page with a made-up number: its first match is that of the made-up number, its second
     * that of the claimed one. For a list: the same page, the made-up number only. */
    const struct evaluation *control;
    const char *control_failed; /* why there is none; NULL: there is one, or it was not needed */
};

/* True when a control page is needed for the outcome. */
bool weblink_wants_control(const struct weblink_facts *facts);

enum weblink_outcome weblink_decide(const struct weblink_facts *facts,
                                    struct foreign_findings *findings);

/* The number, or name in an address, with every digit another one (the same for the same letters
 * and digits, whatever stands between). NULL: memory. */
const char *weblink_mutate(struct arena *a, const char *number);

#endif
