/*
 * pages_all - every page about the records: each writes itself into the view, from operations.
 *
 * They return 0 (perhaps with view_problem written) or -1: a failure of our own. Which address is
 * which page says the table in pages_office.c.
 */
#ifndef HTTP_OFFICE_PAGES_ALL_H
#define HTTP_OFFICE_PAGES_ALL_H

#include "http/office/pages_rules.h"

int page_queue(struct view *v) WARN_UNUSED; /* officers: the queue; vendors: my applications */
int page_search(struct view *v) WARN_UNUSED;
int page_application(struct view *v) WARN_UNUSED;
int page_application_print(struct view *v) WARN_UNUSED;
int page_rules_print(struct view *v) WARN_UNUSED;
int page_data(struct view *v) WARN_UNUSED; /* what can be changed: data, models, locations, fees */
int page_new(struct view *v) WARN_UNUSED;
int page_upload(struct view *v) WARN_UNUSED;
int page_document(struct view *v) WARN_UNUSED;
int page_file(struct view *v) WARN_UNUSED;
int page_firms(struct view *v) WARN_UNUSED;
int page_firm(struct view *v) WARN_UNUSED;
int page_labs(struct view *v) WARN_UNUSED;
int page_lab(struct view *v) WARN_UNUSED;
int page_confirm(struct view *v) WARN_UNUSED; /* proposals that wait for a second officer */
int page_deadlines(struct view *v) WARN_UNUSED;
int page_foreign(struct view *v) WARN_UNUSED;      /* the board of foreign certificates */
int page_foreign_case(struct view *v) WARN_UNUSED; /* one of them */
int page_issuers(struct view *v) WARN_UNUSED;
int page_issuer(struct view *v) WARN_UNUSED;
int page_settings(struct view *v) WARN_UNUSED;
int page_audit(struct view *v) WARN_UNUSED;
int page_statistics(struct view *v) WARN_UNUSED;

/* ---- pages_certificates.c: issued ones, lists to be signed */
int page_certificates(struct view *v) WARN_UNUSED;
int page_certificates_csv(struct view *v) WARN_UNUSED;
int page_sign(struct view *v) WARN_UNUSED;
int page_signing(struct view *v) WARN_UNUSED;
int page_signings(struct view *v) WARN_UNUSED;
/* ---- pages_certify.c: one certificate, before it is signed and after */
int page_certify(struct view *v) WARN_UNUSED; /* of {application}: prepare it */
int page_request(struct view *v) WARN_UNUSED;
int page_certificate(struct view *v) WARN_UNUSED;

/* ---- pages_amend.c: a certificate drawn and signed anew */
int page_amend(struct view *v) WARN_UNUSED; /* of {certificate}: asked for */
int page_correct(struct view *v) WARN_UNUSED;
int page_amendment(struct view *v) WARN_UNUSED; /* {change}: before and after, signed */

/* A change of a certificate that waits, with the forms of the second officer. */
void page_change(struct view *v, const json_t *change);

int page_devices(struct view *v) WARN_UNUSED; /* units under test */
int page_device(struct view *v) WARN_UNUSED;
int page_scan(struct view *v) WARN_UNUSED; /* a run */
int page_scan_service(struct view *v) WARN_UNUSED;
int page_scan_compare(struct view *v) WARN_UNUSED;
int page_scan_declared(struct view *v) WARN_UNUSED;

/* The units of an application and their runs, inside its page. */
void page_units(struct view *v, const json_t *application);

/* A file beside its report, inside another page. */
void page_file_body(struct view *v, int64_t id);

/* Forms for the second officer of a proposed decision; nothing for others. */
void page_second_officer(struct view *v, const json_t *decision);

/* Where the same bytes came before. */
void page_duplicates(struct view *v, const json_t *rows);

/* A table of files with verdict and decision, each leading to its page. */
void page_files_table(struct view *v, const json_t *items);

/* The queue as CSV, with the filters of the address. */
int page_queue_csv(struct view *v) WARN_UNUSED;

/* The application of {application}, or NULL and the problem written (*rc to be returned). */
const json_t *page_the_application(struct view *v, int *rc);

/* `<a href="/office/applications/ID">`, with what follows the id ("/rules"); not closed. */
void page_application_link(struct view *v, int64_t id, const char *rest);

/* What the application's state asks of the reader; OW_COUNT: nothing. */
enum office_word page_asks(const struct view *v, const json_t *a);

/* Number of the application or, without one, what it is ("Draft"). */
const char *page_application_name(struct view *v, const json_t *a);

#endif
