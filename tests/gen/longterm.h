/*
 * longterm - a hierarchy with a past: certificates that expired or were revoked years ago, and what
 * was said about them when. For documents that must be judged long after they were signed.
 */
#ifndef GEN_LONGTERM_H
#define GEN_LONGTERM_H

#include "ades.h"

/* Issues the certificates; before anything of this header. */
void longterm_certificates(void);

/* The CRL of an issuer as it was on that day: valid for 30 days. */
struct span longterm_crl(const char *issuer, const char *when);

/* Certificates and the CRLs of today, for the command line. */
void longterm_write(const char *dir);

#endif
