/*
 * answers - the OCSP suite: responders and answers of tests/cases/ocsp.case.
 */
#ifndef GEN_ANSWERS_H
#define GEN_ANSWERS_H

#include "pki.h"

/* After hierarchy_variants. */
void answers_certificates(void);
void answers_write(const char *dir);

#endif
