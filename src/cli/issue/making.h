/*
 * making - the files of one certificate while they are made: data, QR code, XML twin and pages,
 * both signed, then on the disk as blobs.
 */
#ifndef CLI_ISSUE_MAKING_H
#define CLI_ISSUE_MAKING_H

#include "cli/issue/command.h"
#include "issue/qr.h"

struct making {
    struct issuing *c;
    struct issue_item *item;
    struct buffer json, xml, signed_xml, pdf, signed_pdf;
    char qr[QR_TEXT];
    uint8_t hash[SHA256_SIZE]; /* of the data */
    char pdf_hash[SHA256_HEX], xml_hash[SHA256_HEX];
    int64_t pdf_size, xml_size;
};

/* item->data is complete, item->number is its number. */
void making_begin(struct making *m, struct issuing *c, struct issue_item *item);
void making_end(struct making *m);

/* Draws and signs. 0; 1: key, token, authority (item->why); MAKING_REFUSED: what is asked for
 * cannot be drawn (why); -1. */
enum { MAKING_REFUSED = 2 };
int making_files(struct making *m) WARN_UNUSED;
/* The files are on the disk under their hashes before anything names them. 0 or -1 (item->why). */
int making_keep(struct making *m) WARN_UNUSED;
/* Inside the transaction: the rows of the two blobs. */
int making_rows(struct making *m) WARN_UNUSED;

#endif
