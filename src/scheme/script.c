/*
 * script - see script.h.
 */
#include "scheme/script.h"

struct range {
    uint32_t first, last;
    enum script script;
};

/* By code point. What lies between is SCRIPT_NONE below U+0370, else SCRIPT_OTHER or a sign. */
static const struct range ranges[] = {
    {0x41, 0x5a, SCRIPT_LATIN},          {0x61, 0x7a, SCRIPT_LATIN},
    {0xaa, 0xaa, SCRIPT_LATIN},          {0xba, 0xba, SCRIPT_LATIN},
    {0xc0, 0xd6, SCRIPT_LATIN},          {0xd8, 0xf6, SCRIPT_LATIN},
    {0xf8, 0x24f, SCRIPT_LATIN},         {0x250, 0x2af, SCRIPT_LATIN},
    {0x370, 0x3ff, SCRIPT_GREEK},        {0x400, 0x52f, SCRIPT_CYRILLIC},
    {0x530, 0x58f, SCRIPT_OTHER},        {0x591, 0x5f4, SCRIPT_HEBREW},
    {0x620, 0x65f, SCRIPT_ARABIC},       {0x66e, 0x6ef, SCRIPT_ARABIC},
    {0x6fa, 0x77f, SCRIPT_ARABIC},       {0x780, 0x8ff, SCRIPT_OTHER},
    {0x900, 0x963, SCRIPT_DEVANAGARI},   {0x970, 0x97f, SCRIPT_DEVANAGARI},
    {0x980, 0x9e5, SCRIPT_BENGALI},      {0x9f0, 0x9ff, SCRIPT_BENGALI},
    {0xa00, 0xa65, SCRIPT_GURMUKHI},     {0xa70, 0xa7f, SCRIPT_GURMUKHI},
    {0xa80, 0xae5, SCRIPT_GUJARATI},     {0xaf0, 0xaff, SCRIPT_GUJARATI},
    {0xb00, 0xb65, SCRIPT_ODIA},         {0xb70, 0xb7f, SCRIPT_ODIA},
    {0xb80, 0xbe5, SCRIPT_TAMIL},        {0xc00, 0xc65, SCRIPT_TELUGU},
    {0xc80, 0xce5, SCRIPT_KANNADA},      {0xd00, 0xd65, SCRIPT_MALAYALAM},
    {0xd70, 0xd7f, SCRIPT_MALAYALAM},    {0xd80, 0xdff, SCRIPT_SINHALA},
    {0xe01, 0xe4e, SCRIPT_THAI},         {0xe80, 0x109f, SCRIPT_OTHER},
    {0x10a0, 0x10ff, SCRIPT_OTHER},      {0x1100, 0x11ff, SCRIPT_HANGUL},
    {0x1200, 0x1cff, SCRIPT_OTHER},      {0x1e00, 0x1eff, SCRIPT_LATIN},
    {0x1f00, 0x1fff, SCRIPT_GREEK},      {0x3040, 0x30ff, SCRIPT_KANA},
    {0x3130, 0x318f, SCRIPT_HANGUL},     {0x3400, 0x4dbf, SCRIPT_HAN},
    {0x4e00, 0x9fff, SCRIPT_HAN},        {0xa4d0, 0xa8df, SCRIPT_OTHER},
    {0xa8e0, 0xa8ff, SCRIPT_DEVANAGARI}, {0xa900, 0xabff, SCRIPT_OTHER},
    {0xac00, 0xd7af, SCRIPT_HANGUL},     {0xe000, 0xf8ff, SCRIPT_PRIVATE},
    {0xf900, 0xfaff, SCRIPT_HAN},        {0xfb00, 0xfb06, SCRIPT_LATIN},
    {0xfb1d, 0xfb4f, SCRIPT_HEBREW},     {0xfb50, 0xfdff, SCRIPT_ARABIC},
    {0xfe70, 0xfefc, SCRIPT_ARABIC},     {0xff21, 0xff3a, SCRIPT_LATIN},
    {0xff41, 0xff5a, SCRIPT_LATIN},      {0xff66, 0xff9f, SCRIPT_KANA},
    {0x20000, 0x323af, SCRIPT_HAN},      {0xf0000, 0x10ffff, SCRIPT_PRIVATE},
};

/* ISO 15924, and the language where one is usual. */
static const char *const codes[SCRIPT_COUNT][2] = {
    [SCRIPT_NONE] = {"Zyyy", "und"},       [SCRIPT_LATIN] = {"Latn", "und"},
    [SCRIPT_DEVANAGARI] = {"Deva", "und"}, [SCRIPT_BENGALI] = {"Beng", "bn"},
    [SCRIPT_GURMUKHI] = {"Guru", "pa"},    [SCRIPT_GUJARATI] = {"Gujr", "gu"},
    [SCRIPT_ODIA] = {"Orya", "or"},        [SCRIPT_TAMIL] = {"Taml", "ta"},
    [SCRIPT_TELUGU] = {"Telu", "te"},      [SCRIPT_KANNADA] = {"Knda", "kn"},
    [SCRIPT_MALAYALAM] = {"Mlym", "ml"},   [SCRIPT_SINHALA] = {"Sinh", "si"},
    [SCRIPT_THAI] = {"Thai", "th"},        [SCRIPT_GREEK] = {"Grek", "el"},
    [SCRIPT_CYRILLIC] = {"Cyrl", "und"},   [SCRIPT_HEBREW] = {"Hebr", "he"},
    [SCRIPT_ARABIC] = {"Arab", "und"},     [SCRIPT_HAN] = {"Hani", "zh"},
    [SCRIPT_KANA] = {"Jpan", "ja"},        [SCRIPT_HANGUL] = {"Hang", "ko"},
    [SCRIPT_OTHER] = {"Zzzz", "und"},      [SCRIPT_PRIVATE] = {"Qaaa", "und"},
};

static size_t sequence(uint8_t first)
{
    return first < 0x80   ? 1
           : first < 0xc2 ? 0
           : first < 0xe0 ? 2
           : first < 0xf0 ? 3
           : first < 0xf5 ? 4
                          : 0;
}

size_t script_next(struct span text, uint32_t *c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = sequence(text.p[0]);
    *c = 0xfffd;
    if (n == 0 || n > text.n) {
        return 1;
    }
    uint32_t v = n == 1 ? text.p[0] : text.p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((text.p[i] & 0xc0) != 0x80) {
            return 1;
        }
        v = v << 6 | (text.p[i] & 0x3fu);
    }
    if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) {
        return 1;
    }
    *c = v;
    return n;
}

enum script script_of(uint32_t c)
{
    size_t low = 0, high = sizeof ranges / sizeof *ranges;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (c > ranges[mid].last) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < sizeof ranges / sizeof *ranges && c >= ranges[low].first ? ranges[low].script
                                                                          : SCRIPT_NONE;
}

bool script_is_space(uint32_t c)
{
    return c <= 0x20 || c == 0x7f || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200f) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x2060 || c == 0x3000 || c == 0xfeff;
}

/* Signs of the Indian scripts that stand on a letter: the same places in every block. */
static bool is_sign(uint32_t c, enum script script)
{
    uint32_t place = c & 0x7f;
    return script >= SCRIPT_DEVANAGARI && script <= SCRIPT_MALAYALAM && c < 0xd80 &&
           (place < 0x04 || (place >= 0x3a && place <= 0x4f && place != 0x3d) ||
            (place >= 0x51 && place <= 0x57) || place == 0x62 || place == 0x63);
}

bool script_count(struct script_count *count, uint32_t c, enum script script)
{
    /* Ohm, micro, sigma and the like in measurements are no Greek text. */
    bool symbol = script == SCRIPT_GREEK && count->last != SCRIPT_GREEK;
    count->seen += !script_is_space(c);
    count->last = script;
    if (script == SCRIPT_PRIVATE) {
        count->private_use++;
        return false;
    }
    if (script == SCRIPT_NONE || is_sign(c, script)) {
        return false;
    }
    count->letters++;
    count->by[script]++;
    if (script == SCRIPT_LATIN) {
        count->latin++;
    } else if (script == SCRIPT_DEVANAGARI) {
        count->devanagari++;
    } else if (!symbol) {
        count->foreign++;
        if (count->by[script] > count->by[count->foreign_script]) {
            count->foreign_script = script;
        }
    }
    return true;
}

/* Blocks where capitals and small letters alternate: first, last, remainder of a capital by 2. */
static const uint32_t alternate[][3] = {{0x100, 0x137, 0}, {0x139, 0x148, 1},  {0x14a, 0x177, 0},
                                        {0x179, 0x17e, 1}, {0x1a0, 0x1a1, 0},  {0x1af, 0x1b0, 1},
                                        {0x218, 0x21b, 0}, {0x1e00, 0x1eff, 0}};

static uint32_t lower(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7)) {
        return c + 0x20;
    }
    if (c >= 0xff21 && c <= 0xff5a) { /* full width */
        return (c - 0xff21) % 0x20 + 'a';
    }
    for (size_t i = 0; i < sizeof alternate / sizeof *alternate; i++) {
        if (c >= alternate[i][0] && c <= alternate[i][1] && c % 2 == alternate[i][2]) {
            return c == 0x130 ? 'i' : c + 1;
        }
    }
    return c;
}

size_t script_lower(uint32_t c, char *out)
{
    c = lower(c);
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

const char *script_code(const struct script_count *count)
{
    unsigned best = SCRIPT_NONE;
    for (unsigned i = SCRIPT_LATIN; i < SCRIPT_COUNT; i++) {
        best = count->by[i] > count->by[best] ? i : best;
    }
    if (count->private_use > count->by[best]) {
        best = SCRIPT_PRIVATE;
    }
    return codes[best][0];
}

const char *script_language(enum script script)
{
    return codes[script][1];
}
