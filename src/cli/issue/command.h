/*
 * command - what the parts of satyapan-issue share.
 *
 *   request (JSON) -> request_read: complete, within the rules, as its application says
 *     -> a number is reserved (records/pending.h)
 *     -> make.c: XML twin signed, pages, PDF signed; both files kept as blobs, on the disk
 *     -> one transaction: event, certificate, application, audit row; the reservation ends
 *     -> files.c: NUMBER.pdf, .json, .xml, .tlog-proof into the folder
 *
 * Whatever ends the program, the same request again goes on where it stopped: a registration that
 * has its certificate only gets its files again; one that has none gets the number reserved for it.
 */
#ifndef CLI_ISSUE_COMMAND_H
#define CLI_ISSUE_COMMAND_H

#include "cli/commands.h"
#include "cli/input.h"
#include "issue/issue.h"
#include "office/office.h"
#include "register/register.h"
#include "trust/scheme_data.h"

enum { ISSUE_NUMBER = 65 };

/* What the program works with. */
struct issuing {
    struct arena *arena;
    struct office office;
    struct scheme_data scheme;
    const char *data; /* folder of the records */
    struct records *r;
    struct register_key key;
    char site[160]; /* "https://host" */
    struct signer *signer;
    char officer[SHA256_HEX]; /* SHA-256 of the signer's certificate */
    struct renderer *renderer;
    struct stamper stamper;
    bool stamps, dry;
    enum pades_level level;
    struct pades_evidence evidence;
    int out; /* the folder for the files */
    int64_t now;
};

/* How one certificate ended. */
enum issue_end {
    ISSUE_ISSUED,
    ISSUE_UNCHANGED, /* the registration has its certificate already: the same files */
    ISSUE_DRY,
    ISSUE_REFUSED, /* by the rules or the records: why; the others go on */
    ISSUE_STOPPED, /* key, token or TSA: nothing more is tried */
    ISSUE_BROKEN   /* a failure of ours */
};

struct issue_item {
    size_t line;      /* of the list; 0: a single request */
    json_t *request;  /* as it came */
    json_t *data;     /* complete but for number and url; of an issued one: all */
    int64_t previous; /* entry of the event that issued it already, or -1 */
    int64_t application;
    char sha256[SHA256_HEX];          /* of the request, as officers confirm it */
    int64_t prepared_by, approved_by; /* officers; UTC_NONE: nobody in the records */
    int64_t signed_by;                /* the officer whose list it is; UTC_NONE: the operator */
    const char *login;                /* of signed_by; borrowed */
    enum issue_end end;
    int64_t entry;
    char number[ISSUE_NUMBER], why[ISSUE_WHY];
};
void issue_item_free(struct issue_item *item);

/* request.c: fills the item from item->request. ISSUE_ISSUED: it can be issued; ISSUE_UNCHANGED,
 * ISSUE_REFUSED, ISSUE_BROKEN. */
enum issue_end request_read(struct issuing *c, struct issue_item *item);

/* make.c */
enum issue_end make_certificate(struct issuing *c, struct issue_item *item);
/* Watermarked, not kept: into the folder, or into out. */
enum issue_end make_draft(struct issuing *c, struct issue_item *item, struct buffer *out);

/* files.c: the latest files of a certificate that is in the register. 0 or -1 (why). */
int files_write_all(struct issuing *c, const char *number, char *why) WARN_UNUSED;
int files_write_draft(struct issuing *c, const char *registration, struct span pdf,
                      char *why) WARN_UNUSED;
/* All that was written is on the disk. 0 or -1 with errno. */
int files_finish(struct issuing *c) WARN_UNUSED;

/* tsa.c: a service asked through the fetch process. 0; 1 (why): the address is none. */
struct tsa;
int tsa_open(const char *url, struct tsa **out, struct stamper *stamper, char *why) WARN_UNUSED;
void tsa_close(struct tsa *t);

/* list.c: the items of a file; their SHA-256 as hex. An exit code. */
struct issue_list {
    struct issue_item *items;
    size_t count;
    char sha256[SHA256_HEX];
};
enum exit_code list_read(const char *path, bool lines, struct issue_list *out);
void list_free(struct issue_list *list);
/* signing.c: for the server, which this program ends with: 0 or -1. The list of an officer, with
 * its row (new); a draft to stdout. */
int signing_with(long parent) WARN_UNUSED;
enum exit_code signing_find(struct issuing *c, int64_t id, json_t **signing);
enum exit_code signing_list_read(struct issuing *c, int64_t id, const json_t *signing,
                                 struct issue_list *out);
enum exit_code signing_preview(struct issuing *c, int64_t request);
/* The item's data with a watermark, to stdout. */
enum exit_code signing_draw(struct issuing *c, struct issue_item *item);

/* Shows it on stderr and has it confirmed: by the hash, or on the terminal. */
enum exit_code list_confirm(const struct issue_list *list, const char *yes);

/* ---- setup.c: what the commands work with ---------------------------------------------------- */

enum { SETUP_EVIDENCE = 32 };

struct issue_setup {
    const char *key, *pin_file, *tsa, *out, *data;
    const char *certs_at[SETUP_EVIDENCE], *crls_at[SETUP_EVIDENCE];
    size_t cert_count, crl_count;
    struct issuing c;
    struct tsa *service;
    struct input files[2 * SETUP_EVIDENCE];
    size_t file_count;
    struct span certs[SETUP_EVIDENCE], crls[SETUP_EVIDENCE];
};

/* Rows of getopt's table that setup_option takes. */
#define SETUP_OPTIONS                                                                              \
    {"key", required_argument, NULL, 'k'}, {"pin-file", required_argument, NULL, 'p'},             \
        {"tsa", required_argument, NULL, 't'}, {"out", required_argument, NULL, 'o'},              \
        {"data", required_argument, NULL, 'd'}, {"cert", required_argument, NULL, 'c'},            \
    {                                                                                              \
        "crl", required_argument, NULL, 'C'                                                        \
    }

int setup_begin(struct issue_setup *u) WARN_UNUSED;
bool setup_option(struct issue_setup *u, int option, const char *value);
/* NULL, or what is wrong with it. dry: nothing is signed. */
const char *setup_level(struct issue_setup *u, const char *level, bool dry);
enum exit_code setup_records(struct issue_setup *u);
enum exit_code setup_out(struct issue_setup *u);
enum exit_code setup_evidence(struct issue_setup *u);
enum exit_code setup_signer(struct issue_setup *u);
enum exit_code setup_tsa(struct issue_setup *u);
enum exit_code setup_renderer(struct issue_setup *u);
/* What a signature that was not made means: wrong or locked PIN, else unavailable. */
enum exit_code setup_stopped(const struct issue_setup *u);
void setup_close(struct issue_setup *u);

/* signatory.c: the key is the officer's who signs (login; NULL: the operator) and whom the
 * certificate names. EXIT_BAD: it is not. */
enum exit_code signatory_check(struct issuing *c, const char *login, const char *name);

/* amend.c: `register amend`, `correct` and `confirm` of a change that draws and signs. argv[0] is
 * the verb. */
enum exit_code amend_main(int argc, char **argv, struct issue_setup *u);
/* amend_signed.c: the change that a signing is of; as it would look, to stdout. */
enum exit_code amend_signed(struct issue_setup *s, const json_t *signing);
enum exit_code amend_preview(struct issue_setup *s, int64_t change);
/* renew.c: `register renew-timestamps`. */
enum exit_code renew_main(int argc, char **argv, struct issue_setup *u);

#endif
