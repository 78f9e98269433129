/*
 * results - what a report says about each file, as rows of the records.
 *
 * A document is one file with the path ""; a construction file (ZIP) gives a row for each file in
 * it, those of containers inside it too: "folder/inner.zip!/a.pdf". Folders have no row.
 */
#ifndef OFFICE_INTAKE_RESULTS_H
#define OFFICE_INTAKE_RESULTS_H

#include "base/arena.h"
#include "records/documents.h"
#include "satyapan/report.h"

struct results {
    struct file_row *rows;
    size_t count, capacity;
    const char *crls; /* SHA-256 of the CRLs it rests on, separated by spaces */
};

/* All rows of a finished report. named: an applicant was compared. Strings live in the arena or the
 * report. Returns 0 or -1 (memory). */
int results_all(struct arena *a, const struct sp_report *r, bool named,
                struct results *out) WARN_UNUSED;

/* While members are pending: rows of [first, first + count) that are final already; with listed,
 * all members that are not (state "listed", no verdict). */
int results_some(struct arena *a, const struct sp_report *r, size_t first, size_t count, bool named,
                 bool listed, struct results *out) WARN_UNUSED;

/* A failure of our own spoiled the report as a whole, or (members) only that of some files: its
 * code and sentence, NULL: none. */
const char *results_failure(struct arena *a, const struct sp_report *r, bool members);

/* The reason stands somewhere in the report, members included. */
bool results_has(const struct sp_report *r, enum sp_reason reason);

/* The part of a stored report (parsed JSON) about the file with this path, borrowed; NULL: none. */
const json_t *results_part(const json_t *report, const char *path);

/* The path of a file as the indexes of members, outermost first. Returns how many; 0 for "" or when
 * there is no such file. */
enum { RESULTS_DEPTH_MAX = 8 };
size_t results_indexes(const json_t *report, const char *path, size_t indexes[RESULTS_DEPTH_MAX]);

#endif
