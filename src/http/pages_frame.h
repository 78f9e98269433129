/*
 * pages_frame - what the pages share: their words in two languages and the frame around the
 * content.
 */
#ifndef HTTP_PAGES_FRAME_H
#define HTTP_PAGES_FRAME_H

#include "http/pages.h"
#include "report/html.h"

enum word_id {
#define WORD(id, en, hi) WORD_##id,
#include "http/pages_words.def"
#undef WORD
    WORD_COUNT
};

struct page {
    struct html h;
    const struct page_context *c;
    enum lang lang;
};

const char *word_get(enum lang lang, enum word_id id);

/* The word, escaped, in the language of the page. */
void page_word(struct page *p, enum word_id id);

/* The same with {0} and {1} filled in. */
void page_fill(struct page *p, enum word_id id, const char *first, const char *second);

/* `<tag>word</tag>`: open and close are literals. */
#define page_element(p, open, id, close)                                                           \
    do {                                                                                           \
        html_raw(&(p)->h, open);                                                                   \
        page_word(p, id);                                                                          \
        html_raw(&(p)->h, close);                                                                  \
    } while (0)

/* "at most 16 documents, 64 MB each", by a word with {0} and {1}. */
void page_limits(struct page *p, enum word_id id);

/* The address of the verify page in a language, as an attribute: ` href="/?lang=hi"`. */
void page_home_link(struct page *p, enum lang lang);

enum lang page_other(enum lang lang);

/* Everything up to and into <main>. about goes into the title before the name of the site.
 * leave: what the link to the other language says in that language, where it loses something;
 * WORD_COUNT: only the name of the language. */
void page_begin(struct page *p, const struct page_context *c, const char *about, enum word_id leave,
                struct buffer *out);

/* The rest; 0 or -1 when the buffer failed. */
int page_end(struct page *p) WARN_UNUSED;

#endif
