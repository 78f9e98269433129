/*
 * public_view - parts of the register's public pages.
 */
#ifndef HTTP_PUBLIC_PUBLIC_VIEW_H
#define HTTP_PUBLIC_PUBLIC_VIEW_H

#include "http/pages_frame.h"
#include "http/public/public.h"

enum public_word {
#define PUBLIC_WORD(id, en, hi) PW_##id,
#include "http/public/public_words.def"
#undef PUBLIC_WORD
    PW_COUNT
};

struct public_view {
    struct page p;
    struct page_context c;
    struct office_request *r;
    bool hindi;
};

const char *public_text(bool hindi, enum public_word w);
void public_say(struct public_view *v, enum public_word w);
void public_fill(struct public_view *v, enum public_word w, const char *first, const char *second);

#define public_element(v, open, w, close)                                                          \
    do {                                                                                           \
        html_raw(&(v)->p.h, open);                                                                 \
        public_say(v, w);                                                                          \
        html_raw(&(v)->p.h, close);                                                                \
    } while (0)

/* The frame; the other language is the same page with the same question. -1: memory. */
int public_begin(struct public_view *v, struct office_request *r, const char *title) WARN_UNUSED;

/* The word for people of a code such as "VALID". */
const char *public_status_word(const struct public_view *v, const char *status);

/* 0 good, 1 care, 2 bad, for tone.h; icon and word. */
int public_tone(const char *status);
void public_state(struct public_view *v, const char *status);

/* "22 Nov 2026" into out[64], from "2026-11-22". */
const char *public_date(const struct public_view *v, const char *iso, char *out);

/* /certificate/NUMBER as an attribute's value. */
void public_address(struct public_view *v, const char *number);

/* A text of an object; "". */
const char *public_get(const json_t *o, const char *name);

/* The element the script fills, with its words and the register's key as attributes. number,
 * data_sha256 and status: of the page's certificate, else "". */
void public_checker(struct public_view *v, const struct note_key *k, const char *number,
                    const char *data_sha256, const char *status);

/* The register's public key as it is given to satyapan register check. */
void public_vkey(struct public_view *v, const struct note_key *k);

/* A labelled field of a search. */
void public_field(struct public_view *v, const char *name, enum public_word label, bool date);

#endif
