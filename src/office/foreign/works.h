/*
 * works - what the kinds of work on foreign certificates share: a program that does the network
 * work is run, its rows are read, files it made are taken in.
 *
 * satyapan-weblink and satyapan-mail have the network and parse what strangers sent; they have no
 * database and no keys. What they say is data: a row that is not as it must be is our failure,
 * never an answer.
 */
#ifndef OFFICE_FOREIGN_WORKS_H
#define OFFICE_FOREIGN_WORKS_H

#include "office/foreign/foreign.h"
#include "office/intake/inside.h"

enum work_end foreign_web_work(struct worker *w);        /* web_work.c: "foreign-web" */
enum work_end foreign_mail_work(struct worker *w);       /* mail_work.c: "foreign-mail" */
enum work_end foreign_poll_work(struct worker *w);       /* poll_work.c: "foreign-poll" */
enum work_end foreign_clock_work(struct worker *w);      /* clock_work.c: "foreign-clock" */
enum work_end foreign_attachment_work(struct worker *w); /* attach_work.c: "foreign-attachment" */

enum program_end {
    PROGRAM_DONE,
    PROGRAM_MISSING, /* it is not installed */
    PROGRAM_STOPPED, /* the work is wanted no more */
    PROGRAM_FAILED   /* of our own, or it said nothing that can be read */
};

/* Runs libexec/NAME ARGUMENT (NULL: none) with the request on its standard input; *rows (new) is
 * the array of its lines. The lease is kept meanwhile. */
enum program_end program_run(struct worker *w, const char *name, const char *argument,
                             const json_t *request, json_t **rows);

/* A folder for one run (0700), "" when it could not be made; and away with it. */
enum { PROGRAM_FOLDER = 512 };
void program_folder(struct worker *w, char out[PROGRAM_FOLDER]);
void program_folder_remove(const char *folder);
/* Those that a crash left, after a day. */
void program_folder_sweep(struct worker *w);

/* A file that the program made in the folder - a plain file, never a link - becomes a blob; its row
 * comes with blob_keep. 0; 1: there is no such file, or another one than sha256 (NULL: any); -1. */
int program_file(struct worker *w, const char *folder, const char *path, const char *sha256,
                 char hex[SHA256_HEX], int64_t *size) WARN_UNUSED;

/* The job waits for a program that is not installed (NULL: for the network, which is off); the try
 * does not count. */
enum work_end program_wait(struct worker *w, const char *name);

/* Who the works are, for foreign_apply. data is read into the job's arena; false: noted. */
bool works_by(struct worker *w, const char *action, struct scheme_data *data,
              struct foreign_by *out);

#endif
