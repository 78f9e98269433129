/*
 * facts - empty facts: nothing known, no date set. See facts.h.
 */
#include "scheme/facts.h"

void scheme_document_init(struct scheme_document *d)
{
    *d = (struct scheme_document){.received_on = DATE_NONE,
                                  .on_signature.on = DATE_NONE,
                                  .on_language.on = DATE_NONE,
                                  .on_number.on = DATE_NONE};
}

void scheme_report_init(struct scheme_report *r)
{
    *r = (struct scheme_report){
        .tests_started = DATE_NONE, .tests_ended = DATE_NONE, .issued = DATE_NONE};
}

void scheme_foreign_init(struct scheme_foreign *f)
{
    *f = (struct scheme_foreign){
        .queried_on = DATE_NONE, .decided_on = DATE_NONE, .notified = DATE_NONE};
}

void scheme_payment_init(struct scheme_payment *p)
{
    *p = (struct scheme_payment){.invoiced_on = DATE_NONE, .paid_on = DATE_NONE};
}

void scheme_facts_init(struct scheme_facts *f)
{
    *f = (struct scheme_facts){.kind = SCHEME_FRESH,
                               .level = -1,
                               .received_on = DATE_NONE,
                               .complete_on = DATE_NONE,
                               .registered_on = DATE_NONE,
                               .assessor_on = DATE_NONE,
                               .lab = {.allotted_on = DATE_NONE,
                                       .quotation_on = DATE_NONE,
                                       .work_order_on = DATE_NONE,
                                       .agreement_on = DATE_NONE},
                               .committee.on = DATE_NONE,
                               .change = {.changed_on = DATE_NONE, .reported_on = DATE_NONE},
                               .issued_on = DATE_NONE,
                               .valid_from = DATE_NONE,
                               .valid_to = DATE_NONE,
                               .old_valid_from = DATE_NONE,
                               .old_valid_to = DATE_NONE};
}
