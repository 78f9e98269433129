/*
 * report_sample - reports made by hand, for the tests of the renderers.
 */
#ifndef TESTS_REPORT_SAMPLE_H
#define TESTS_REPORT_SAMPLE_H

#include "satyapan/report.h"

/* Every field set: an accepted PAdES signature with a timestamp and a document timestamp. */
struct sp_report *sample_accepted(void);

/* Altered after signing, signer named `<script>`, a revoked certificate, four findings. */
struct sp_report *sample_rejected(void);

/* No signature at all; a file name that is neither UTF-8 nor free of control characters. */
struct sp_report *sample_unsigned(void);

/* Issuer missing, only a claimed time, demonstration trust. */
struct sp_report *sample_review(void);

#endif
