/*
 * harness - what the harnesses over sp_verify share: a fixed policy, a fixed clock, no evidence.
 */
#ifndef FUZZ_HARNESS_H
#define FUZZ_HARNESS_H

#include <stdint.h>
#include <stdlib.h>

#include "satyapan/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Verifies the bytes, with detached content when it is not NULL, and drops the report. An accepted
 * document would be a fault: nothing is trusted here. */
static inline void harness_verify(const uint8_t *data, size_t size, const uint8_t *content,
                                  size_t content_size)
{
    static int ready = -1;
    if (ready < 0) {
        ready = sp_init();
    }
    struct sp_document document = {.name = "input",
                                   .bytes = data,
                                   .size = size,
                                   .content = content,
                                   .content_size = content_size,
                                   .kind = SP_DOC_DECLARATION};
    struct sp_evidence evidence = {0};
    struct sp_clock clock = {.now = 1795242600, .received = SP_NO_TIME};
    struct sp_report *report = NULL;
    if (ready == 0 &&
        sp_verify(&document, &evidence, sp_policy_builtin("india-dsc"), &clock, &report) == 0) {
        if (report->verdict == SP_ACCEPTED) {
            abort();
        }
        sp_report_free(report);
    }
}

#endif
