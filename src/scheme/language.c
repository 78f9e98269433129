/*
 * language - letters by script, then the language of each stretch of text. See language.h.
 *
 * The text is cut into stretches of a few hundred letters; in each, the Latin part is judged by its
 * share of common words, the Devanagari part by tell-tale pieces. So a German page in an English
 * report is seen. Legacy fonts: by their names, and by the share of Kruti Dev's common "words".
 */
#include "scheme/language.h"

#include "scheme/script.h"

enum {
    EN = 1 << 0,
    DE = 1 << 1,
    FR = 1 << 2,
    ES = 1 << 3,
    IT = 1 << 4,
    PT = 1 << 5,
    NL = 1 << 6,
    PL = 1 << 7,
    TR = 1 << 8,
    VI = 1 << 9,
    ID = 1 << 10,
    ROMAN = 1 << 11
};
enum { LATIN_LANGUAGES = 12 };
enum { HI, MR, NE, SA, MAI, KOK, DEVA_LANGUAGES };

static const char *const latin_codes[LATIN_LANGUAGES] = {"en", "de", "fr", "es", "it", "pt",
                                                         "nl", "pl", "tr", "vi", "id", "hi-Latn"};
static const char *const deva_codes[DEVA_LANGUAGES] = {"hi", "mr", "ne", "sa", "mai", "kok"};

struct word {
    const char *text;
    unsigned languages;
};

#define WORD(text, languages) {text, languages},
static const struct word common[] = {
#include "scheme/language_words.def"
};
#undef WORD

enum { COMMON = sizeof common / sizeof *common };

struct mark {
    const char *text;
    unsigned language;
};

#define MARK(text, language) {text, language},
static const struct mark marks[] = {
#include "scheme/language_marks.def"
};
#undef MARK

/* Frequent Hindi words as Kruti Dev's letters show them without its font. */
static const char *const kruti[] = {
    "gS",   "gSa",  "ds",   "dh",     "dk", "dks",    "esa",  "ls",    "vkSj",  "fd",
    "ij",   "ugha", "Hkh",  "rks",    "dj", "gks",    "bl",   "ml",    "x;k",   "fd;k",
    "tkrk", "}kjk", "rFkk", "fy,",    "ge", "gekjs",  "djrs", "djuk",  "lHkh",  "vius",
    ";g",   "og",   "Fkk",  "izek.k", "i=", "vkosnu", "mPp",  "gksrk", "mRiknu"};

/* Parts of names of fonts that show one script with the codes of another. */
static const char *const legacy_fonts[] = {
    "krutidev", "kruti",  "devlys",  "chanakya",  "shusha",   "shivaji",   "dvtt",    "dvbtt",
    "dvwtt",    "aps",    "kundli",  "aakriti",   "4cgandhi", "shreedev",  "brhdev",  "walkman",
    "naidunia", "jagran", "bhaskar", "sanskrit9", "ankit",    "amarujala", "agra",    "arjun",
    "hemant",   "bamini", "nudi",    "anufonts",  "sutonny",  "gopika",    "terafont"};

enum {
    STRETCH = 400,     /* letters of a stretch */
    DEVA_BYTES = 4096, /* of its Devanagari, without spaces */
    PART_MIN = 60,     /* letters in a stretch below which a script's part is not judged */
    SCRIPT_MIN = 30,   /* letters of a third script that are enough to name it */
    LITTLE = 150,      /* letters of a document below which nothing is said */
    TOKEN = 24
};

struct detector {
    struct script_count count;
    /* the stretch being read */
    size_t latin, deva, tokens, hits[LATIN_LANGUAGES];
    size_t different[LATIN_LANGUAGES]; /* as hits, each word once */
    bool met[COMMON];
    char deva_text[DEVA_BYTES];
    size_t deva_n;
    char token[TOKEN], raw[TOKEN];
    size_t token_n, raw_n;
    /* letters so far */
    size_t by_latin[LATIN_LANGUAGES], by_deva[DEVA_LANGUAGES], unclear_latin, unclear_deva;
    size_t raw_tokens, kruti_hits;
};

/* ---- Latin ----------------------------------------------------------------------------------- */

/* The place of a word in the table, or COMMON. */
static size_t place_of(const char *token, size_t n)
{
    size_t low = 0, high = COMMON;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = span_cmp(span_str(common[mid].text), span_make(token, n));
        if (c == 0) {
            return mid;
        }
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return COMMON;
}

static void end_token(struct detector *d)
{
    if (!d->token_n) {
        return;
    }
    size_t at = d->token_n <= TOKEN ? place_of(d->token, d->token_n) : COMMON;
    for (unsigned i = 0; at < COMMON && i < LATIN_LANGUAGES; i++) {
        unsigned hit = (common[at].languages >> i) & 1;
        d->hits[i] += hit;
        d->different[i] += hit && !d->met[at];
    }
    if (at < COMMON) {
        d->met[at] = true;
    }
    d->tokens++;
    d->token_n = 0;
}

/* Words as they stand between spaces, for the legacy fonts whose letters are punctuation too. */
static void end_raw(struct detector *d)
{
    if (d->raw_n) {
        bool hit = false;
        for (size_t i = 0; i < sizeof kruti / sizeof *kruti && d->raw_n <= TOKEN; i++) {
            hit |= span_eq(span_str(kruti[i]), span_make(d->raw, d->raw_n));
        }
        d->raw_tokens++;
        d->kruti_hits += hit;
    }
    d->raw_n = 0;
}

static void judge_latin(struct detector *d)
{
    size_t best = 0, second = 0;
    for (size_t i = 1; i < LATIN_LANGUAGES; i++) {
        best = d->hits[i] > d->hits[best] ? i : best;
    }
    for (size_t i = 0; i < LATIN_LANGUAGES; i++) {
        second = i != best && d->hits[i] > second ? d->hits[i] : second;
    }
    bool clear = d->latin >= PART_MIN && d->different[best] >= 4 &&
                 d->hits[best] * 100 >= d->tokens * 15 && d->hits[best] * 3 >= second * 4;
    if (clear) {
        d->by_latin[best] += d->latin;
    } else {
        d->unclear_latin += d->latin;
    }
}

/* ---- Devanagari ------------------------------------------------------------------------------ */

static size_t occurrences(struct span text, const char *mark)
{
    struct span m = span_str(mark);
    size_t n = 0;
    for (size_t at = span_find(text, m, 0); at != SIZE_MAX; at = span_find(text, m, at + m.n)) {
        n++;
    }
    return n;
}

static void judge_deva(struct detector *d)
{
    struct span text = span_make(d->deva_text, d->deva_n);
    size_t hits[DEVA_LANGUAGES] = {0}, best = 0, second = 0;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        hits[marks[i].language] += occurrences(text, marks[i].text);
    }
    for (size_t i = 1; i < DEVA_LANGUAGES; i++) {
        best = hits[i] > hits[best] ? i : best;
    }
    for (size_t i = 0; i < DEVA_LANGUAGES; i++) {
        second = i != best && hits[i] > second ? hits[i] : second;
    }
    bool clear = d->deva >= PART_MIN && hits[best] >= 3 && hits[best] * 100 >= d->deva * 2 &&
                 hits[best] >= second * 2;
    if (clear) {
        d->by_deva[best] += d->deva;
    } else {
        d->unclear_deva += d->deva;
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

static void end_stretch(struct detector *d)
{
    end_token(d);
    judge_latin(d);
    judge_deva(d);
    d->latin = d->deva = d->tokens = d->deva_n = 0;
    memset(d->hits, 0, sizeof d->hits);
    memset(d->different, 0, sizeof d->different);
    memset(d->met, 0, sizeof d->met);
}

static void add_deva(struct detector *d, struct span bytes, bool letter)
{
    end_token(d);
    d->deva += letter;
    if (d->deva_n + bytes.n <= DEVA_BYTES) {
        memcpy(d->deva_text + d->deva_n, bytes.p, bytes.n);
        d->deva_n += bytes.n;
    }
}

static void add_latin(struct detector *d, uint32_t c)
{
    char small[4];
    size_t n = script_lower(c, small);
    d->latin++;
    if (d->token_n + n <= TOKEN) {
        memcpy(d->token + d->token_n, small, n);
        d->token_n += n;
    } else {
        d->token_n = TOKEN + 1; /* too long for a common word */
    }
}

static void add_raw(struct detector *d, struct span bytes)
{
    if (d->raw_n + bytes.n <= TOKEN) {
        memcpy(d->raw + d->raw_n, bytes.p, bytes.n);
        d->raw_n += bytes.n;
    } else {
        d->raw_n = TOKEN + 1;
    }
}

static void add(struct detector *d, uint32_t c, struct span bytes)
{
    enum script script = script_of(c);
    bool letter = script_count(&d->count, c, script);
    if (script_is_space(c)) {
        end_raw(d);
    } else {
        add_raw(d, bytes);
    }
    if (script == SCRIPT_DEVANAGARI) {
        add_deva(d, bytes, letter);
    } else if (script == SCRIPT_LATIN) {
        add_latin(d, c);
    } else {
        end_token(d);
    }
    if (d->latin + d->deva >= STRETCH && (script != SCRIPT_LATIN || !d->token_n)) {
        end_stretch(d);
    }
}

static void read_text(struct detector *d, struct span text)
{
    while (text.n) {
        uint32_t c;
        size_t n = script_next(text, &c);
        add(d, c, span_sub(text, 0, n));
        text = span_sub(text, n, text.n);
    }
    end_raw(d);
    end_stretch(d);
}

/* ---- fonts ----------------------------------------------------------------------------------- */

/* The letters and digits of a font's name, small, without the subset's prefix ("ABCDEF+"). */
static size_t font_key(const char *name, char *out, size_t room)
{
    size_t n = 0;
    if (strlen(name) > 7 && name[6] == '+') {
        name += 7;
    }
    for (; *name && n < room; name++) {
        char c = *name;
        if (c >= 'A' && c <= 'Z') {
            out[n++] = (char)(c - 'A' + 'a');
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            out[n++] = c;
        }
    }
    return n;
}

static const char *legacy_font(const char *const *fonts, size_t count)
{
    char key[64];
    for (size_t i = 0; i < count; i++) {
        struct span name = span_make(key, font_key(fonts[i], key, sizeof key));
        for (size_t k = 0; k < sizeof legacy_fonts / sizeof *legacy_fonts; k++) {
            if (span_starts(name, span_str(legacy_fonts[k]))) {
                return fonts[i];
            }
        }
    }
    return NULL;
}

/* ---- what it comes to ------------------------------------------------------------------------ */

struct sums {
    size_t english, hindi, foreign, unclear, all;
    const char *foreign_code;
};

static struct sums sum(const struct detector *d)
{
    struct sums s = {.english = d->by_latin[0],
                     .hindi = d->by_deva[HI],
                     .unclear = d->unclear_latin + d->unclear_deva,
                     .all = d->count.letters,
                     .foreign_code = "und"};
    size_t most = 0;
    for (size_t i = 1; i < LATIN_LANGUAGES; i++) {
        s.foreign += d->by_latin[i];
        if (d->by_latin[i] > most) {
            most = d->by_latin[i];
            s.foreign_code = latin_codes[i];
        }
    }
    for (size_t i = 1; i < DEVA_LANGUAGES; i++) {
        s.foreign += d->by_deva[i];
        if (d->by_deva[i] > most) {
            most = d->by_deva[i];
            s.foreign_code = deva_codes[i];
        }
    }
    if (d->count.foreign > most) {
        s.foreign_code = script_language(d->count.foreign_script);
    }
    s.foreign += d->count.foreign;
    return s;
}

static int percent(size_t part, size_t whole)
{
    return whole ? (int)(part * 100 / whole) : 0;
}

static void set(struct language_result *out, enum language_class found, const char *code,
                int confidence, bool sure)
{
    out->found = found;
    out->code = code;
    out->confidence = confidence;
    out->sure = sure;
}

/* A Hindi or English text: sure when most of it was recognised and hardly anything is foreign. */
static void set_accepted(struct language_result *out, const struct sums *s)
{
    int known = percent(s->english + s->hindi, s->all), foreign = percent(s->foreign, s->all);
    int english = percent(s->english, s->english + s->hindi);
    bool sure = known >= 60 && foreign < 2;
    if (english > 90) {
        set(out, LANGUAGE_ENGLISH, "en", known, sure);
    } else if (english < 10) {
        set(out, LANGUAGE_HINDI, "hi", known, sure);
    } else {
        set(out, LANGUAGE_BILINGUAL, english >= 50 ? "en" : "hi", known, sure);
    }
}

static void conclude(const struct detector *d, struct language_result *out)
{
    struct sums s = sum(d);
    int kruti_share = percent(d->kruti_hits, d->raw_tokens);
    if (d->count.seen == 0) {
        set(out, LANGUAGE_IMAGE_ONLY, "und", 100, false);
    } else if (out->legacy_font || (kruti_share >= 10 && d->kruti_hits >= 5) ||
               percent(d->count.private_use, s.all + d->count.private_use) >= 5) {
        set(out, LANGUAGE_LEGACY_FONT, "und", out->legacy_font ? 95 : 80, false);
    } else if (d->count.foreign >= SCRIPT_MIN && percent(d->count.foreign, s.all) >= 5) {
        set(out, LANGUAGE_OTHER, s.foreign_code, percent(d->count.foreign, s.all), false);
    } else if (s.all >= LITTLE && percent(s.foreign, s.all) >= 5) {
        set(out, LANGUAGE_OTHER, s.foreign_code, percent(s.foreign, s.all), false);
    } else if (s.all >= LITTLE && percent(s.english + s.hindi, s.all) >= 10) {
        set_accepted(out, &s);
    } else if (s.unclear >= (size_t)STRETCH * 2) {
        set(out, LANGUAGE_OTHER, "und", percent(s.unclear, s.all), false);
    } else {
        set(out, LANGUAGE_TOO_LITTLE, "und", 0, false);
    }
}

void language_detect(struct span text, const char *const *fonts, size_t font_count,
                     struct language_result *out)
{
    struct detector d;
    memset(&d, 0, sizeof d);
    *out = (struct language_result){.code = "und", .legacy_font = legacy_font(fonts, font_count)};
    read_text(&d, text);
    out->letters = d.count.letters;
    out->latin = d.count.latin;
    out->devanagari = d.count.devanagari;
    out->other = d.count.letters - d.count.latin - d.count.devanagari;
    out->script = script_code(&d.count);
    conclude(&d, out);
}

static const char *const words[] = {"unknown", "english",     "hindi",      "bilingual",
                                    "other",   "legacy-font", "image-only", "too-little-text"};

enum { WORDS = sizeof words / sizeof *words };

const char *language_word(enum language_class c)
{
    return words[c];
}

bool language_by_word(const char *word, enum language_class *out)
{
    for (unsigned i = 0; i < WORDS; i++) {
        if (strcmp(words[i], word) == 0) {
            *out = (enum language_class)i;
            return true;
        }
    }
    return false;
}
