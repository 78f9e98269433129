/*
 * test_language - the language detector on running text of many languages, the search for a
 * registration number, names of organisations, and what must hold for any bytes at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "policy/organisation.h"
#include "scheme/language.h"
#include "scheme/script.h"

/* clang-format off */
#define ENGLISH \
    "This test report may not be reproduced except in full without the written approval " \
    "of the laboratory. The results relate only to the items that were tested. The " \
    "camera was examined for default passwords, and it was found that each unit is " \
    "delivered with its own password which has to be changed when the device is used for " \
    "the first time. Updates of the firmware are signed by the manufacturer and are " \
    "verified before they are installed.\n"
#define HINDI \
    "यह परीक्षण रिपोर्ट प्रयोगशाला की लिखित अनुमति के बिना आंशिक रूप से प्रकाशित नहीं की जा सकती। " \
    "परिणाम केवल उन वस्तुओं से संबंधित हैं जिनका परीक्षण किया गया है। निर्माता ने घोषणा की है कि उपकरण " \
    "में कोई गुप्त खाता नहीं है और सभी अद्यतन हस्ताक्षरित हैं। विक्रेता को तीन महीने में प्रत्येक बदलाव की " \
    "सूचना देनी होगी, अन्यथा प्रमाणपत्र निलंबित किया जा सकता है।\n"
#define MARATHI \
    "हा चाचणी अहवाल प्रयोगशाळेच्या लेखी परवानगीशिवाय अंशतः प्रसिद्ध करता येणार नाही. निकाल फक्त " \
    "चाचणी केलेल्या वस्तूंशी संबंधित आहेत. उत्पादकाने असे जाहीर केले आहे की उपकरणामध्ये कोणतेही गुप्त खाते " \
    "नाही आणि सर्व सुधारणा स्वाक्षरी केलेल्या आहेत. विक्रेत्याने तीन महिन्यांच्या आत प्रत्येक बदलाची " \
    "माहिती दिली पाहिजे, नाहीतर प्रमाणपत्र निलंबित केले जाऊ शकते.\n"
#define NEPALI \
    "यो परीक्षण प्रतिवेदन प्रयोगशालाको लिखित अनुमति बिना आंशिक रूपमा प्रकाशित गर्न सकिँदैन। नतिजाहरू " \
    "परीक्षण गरिएका वस्तुहरूसँग मात्र सम्बन्धित छन्। उत्पादकले उपकरणमा कुनै गोप्य खाता छैन र सबै " \
    "अद्यावधिकहरू हस्ताक्षर गरिएका छन् भनी घोषणा गरेको छ। विक्रेताले तीन महिनाभित्र प्रत्येक " \
    "परिवर्तनको जानकारी दिनुपर्नेछ।\n"
#define SANSKRIT \
    "धर्मक्षेत्रे कुरुक्षेत्रे समवेता युयुत्सवः। मामकाः पाण्डवाश्चैव किमकुर्वत सञ्जय॥ दृष्ट्वा तु पाण्डवानीकं व्यूढं " \
    "दुर्योधनस्तदा। आचार्यमुपसङ्गम्य राजा वचनमब्रवीत्॥ पश्यैतां पाण्डुपुत्राणामाचार्य महतीं चमूम्। व्यूढां " \
    "द्रुपदपुत्रेण तव शिष्येण धीमता॥ अत्र शूरा महेष्वासा भीमार्जुनसमा युधि। युयुधानो विराटश्च द्रुपदश्च " \
    "महारथः॥\n"
#define TAMIL \
    "இந்தச் சோதனை அறிக்கையை ஆய்வகத்தின் எழுத்துப்பூர்வ அனுமதியின்றி பகுதியாக வெளியிடக் கூடாது. " \
    "முடிவுகள் சோதிக்கப்பட்ட பொருட்களுக்கு மட்டுமே பொருந்தும். சாதனத்தில் மறைக்கப்பட்ட கணக்குகள் எதுவும் " \
    "இல்லை என்று உற்பத்தியாளர் அறிவித்துள்ளார். அனைத்துப் புதுப்பிப்புகளும் கையொப்பமிடப்பட்டுள்ளன.\n"
#define BENGALI \
    "এই পরীক্ষার প্রতিবেদন পরীক্ষাগারের লিখিত অনুমতি ছাড়া আংশিকভাবে প্রকাশ করা যাবে না। ফলাফল " \
    "শুধুমাত্র পরীক্ষিত বস্তুর সঙ্গে সম্পর্কিত। প্রস্তুতকারক ঘোষণা করেছেন যে যন্ত্রে কোনো গোপন " \
    "অ্যাকাউন্ট নেই এবং সমস্ত হালনাগাদ স্বাক্ষরিত। বিক্রেতাকে তিন মাসের মধ্যে প্রতিটি পরিবর্তন " \
    "জানাতে হবে।\n"
#define GERMAN \
    "Dieser Prüfbericht darf ohne schriftliche Genehmigung des Prüflabors nicht " \
    "auszugsweise vervielfältigt werden. Die Ergebnisse beziehen sich nur auf die " \
    "geprüften Gegenstände. Der Hersteller hat erklärt, dass das Gerät keine versteckten " \
    "Konten enthält und dass alle Aktualisierungen signiert sind, bevor sie auf dem " \
    "Gerät installiert werden.\n"
#define FRENCH \
    "Ce rapport d'essai ne peut être reproduit, sauf en entier, sans l'autorisation " \
    "écrite du laboratoire. Les résultats ne concernent que les objets soumis à l'essai. " \
    "Le fabricant a déclaré que l'appareil ne contient pas de comptes cachés et que " \
    "toutes les mises à jour sont signées avant d'être installées sur l'appareil.\n"
#define CHINESE \
    "未经实验室书面批准，不得部分复制本测试报告。结果仅与被测样品有关。制造商声明该设" \
    "备不包含隐藏账户，并且所有固件更新在安装之前均经过签名和验证。供应商必须在三个月" \
    "内报告每一项变更，否则证书可能被暂停。本报告中的测试是按照相关标准进行的，测试设" \
    "备均在校准有效期内。未经授权的访问应被拒绝，默认密码必须在首次使用时更改，所有网" \
    "络服务均应在文件中说明并加以保护。\n"
#define KRUTI \
    "ge Hkkjr ds yksx] Hkkjr dks ,d laiw.kZ izHkqRo&laiUu] lektoknh] iaFkfujis{k] " \
    "yksdra=kRed x.kjkT; cukus ds fy, rFkk mlds leLr ukxfjdksa dks lkekftd] vkfFkZd vkSj " \
    "jktuSfrd U;k; izkIr djkus ds fy, n`<+ladYi gksdj viuh bl lafo/kku lHkk esa vkt " \
    "rkjh[k dks vaxhd`r djrs gSa\n"
#define ROMANISED \
    "Yah pramanit kiya jata hai ki upkaran ka parikshan prayogshala mein kiya gaya hai " \
    "aur parinam ke anusar upkaran manak ke anuroop hai. Nirmata ne ghoshna ki hai ki " \
    "upkaran mein koi gupt khata nahi hai aur sabhi adyatan hastakshar ke saath hote " \
    "hain.\n"
/* clang-format on */

struct sample {
    const char *text;
    enum language_class found;
    bool sure;
    const char *code, *script;
};

static const struct sample samples[] = {
    {ENGLISH, LANGUAGE_ENGLISH, true, "en", "Latn"},
    {ENGLISH ENGLISH ENGLISH, LANGUAGE_ENGLISH, true, "en", "Latn"},
    {HINDI, LANGUAGE_HINDI, true, "hi", "Deva"},
    {HINDI ENGLISH, LANGUAGE_BILINGUAL, true, "en", "Latn"},
    {ENGLISH HINDI HINDI HINDI, LANGUAGE_BILINGUAL, true, "hi", "Deva"},
    {MARATHI, LANGUAGE_OTHER, false, "mr", "Deva"},
    {NEPALI, LANGUAGE_OTHER, false, "ne", "Deva"},
    {TAMIL, LANGUAGE_OTHER, false, "ta", "Taml"},
    {BENGALI, LANGUAGE_OTHER, false, "bn", "Beng"},
    {GERMAN, LANGUAGE_OTHER, false, "de", "Latn"},
    {FRENCH, LANGUAGE_OTHER, false, "fr", "Latn"},
    {CHINESE, LANGUAGE_OTHER, false, "zh", "Hani"},
    {ROMANISED, LANGUAGE_OTHER, false, "hi-Latn", "Latn"},
    {KRUTI, LANGUAGE_LEGACY_FONT, false, "und", "Latn"},
    /* a report with a page in another language */
    {ENGLISH ENGLISH ENGLISH GERMAN, LANGUAGE_OTHER, false, "de", "Latn"},
    {ENGLISH ENGLISH CHINESE, LANGUAGE_OTHER, false, "zh", "Latn"},
    {HINDI HINDI MARATHI, LANGUAGE_OTHER, false, "mr", "Deva"},
    {ENGLISH KRUTI KRUTI, LANGUAGE_LEGACY_FONT, false, "und", "Latn"},
    /* nothing to read */
    {"", LANGUAGE_IMAGE_ONLY, false, "und", "Zyyy"},
    {" \n\f\n\xc2\xa0\f", LANGUAGE_IMAGE_ONLY, false, "und", "Zyyy"},
    {"CamScanner", LANGUAGE_TOO_LITTLE, false, "und", "Latn"},
    {"1.0 2.0 3.5\n4.2 7 9\n12:30 2026-11-21\n", LANGUAGE_TOO_LITTLE, false, "und", "Zyyy"},
};

static struct language_result detect(const char *text)
{
    struct language_result r;
    language_detect(span_str(text), NULL, 0, &r);
    return r;
}

static void test_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *s = &samples[i];
        struct language_result r = detect(s->text);
        if (r.found != s->found || r.sure != s->sure || strcmp(r.code, s->code) != 0 ||
            strcmp(r.script, s->script) != 0) {
            fail_msg("sample %zu (%.40s): %s %s %s %s, %d %%", i, s->text, language_word(r.found),
                     r.sure ? "sure" : "unsure", r.code, r.script, r.confidence);
        }
    }
}

/* What is neither Hindi nor English is never passed as one, whatever it is taken for. */
static void test_sanskrit_is_not_hindi(void **state)
{
    (void)state;
    struct language_result r = detect(SANSKRIT);
    assert_false(r.sure);
    assert_true(r.found != LANGUAGE_HINDI && r.found != LANGUAGE_ENGLISH);
}

/* A text layer puts spaces into Devanagari words. */
static void test_stray_spaces(void **state)
{
    char text[8192];
    size_t n = 0;
    (void)state;
    for (const char *p = HINDI HINDI; *p && n + 8 < sizeof text; p++) {
        if (((unsigned char)*p & 0xc0) != 0x80 && n % 5 == 0) {
            text[n++] = ' ';
        }
        text[n++] = *p;
    }
    text[n] = 0;
    struct language_result r = detect(text);
    assert_int_equal(r.found, LANGUAGE_HINDI);
    assert_true(r.sure);
}

static void test_tables(void **state)
{
    (void)state;
    /* Rows of a measurement: mostly numbers; the sentences around make it English. */
    char text[16384];
    size_t n = (size_t)snprintf(text, sizeof text, "%s", ENGLISH ENGLISH);
    for (int i = 0; i < 60; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "4.%d  %d.%d Ω  %d µA  OK\n", i, i, i * 7,
                              i * 3);
    }
    struct language_result r = detect(text);
    assert_int_equal(r.found, LANGUAGE_ENGLISH);
    assert_true(r.sure);
    /* The rows alone say nothing. */
    n = 0;
    for (int i = 0; i < 60; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "4.%d  %d.%d  %d\n", i, i, i * 7, i * 3);
    }
    r = detect(text);
    assert_int_equal(r.found, LANGUAGE_TOO_LITTLE);
    assert_false(r.sure);
}

static void test_fonts(void **state)
{
    static const char *const kruti[] = {"ABCDEF+Arial", "QWERTY+KrutiDev010"};
    static const char *const plain[] = {"ABCDEF+Arial", "Mangal", "NotoSansDevanagari-Regular"};
    struct language_result r;
    (void)state;
    language_detect(span_str(ENGLISH), kruti, 2, &r);
    assert_int_equal(r.found, LANGUAGE_LEGACY_FONT);
    assert_string_equal(r.legacy_font, kruti[1]);
    assert_false(r.sure);
    language_detect(span_str(ENGLISH), plain, 3, &r);
    assert_int_equal(r.found, LANGUAGE_ENGLISH);
    assert_null(r.legacy_font);
    /* A scan with a stamp in such a font is a scan. */
    language_detect(span_str(""), kruti, 2, &r);
    assert_int_equal(r.found, LANGUAGE_IMAGE_ONLY);
    /* A font of its own in the private use area. */
    char text[4096];
    size_t n = 0;
    for (int i = 0; i < 300; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "\xef\x80%c%s", 0x80 + i % 0x40,
                              i % 6 ? "" : " ");
    }
    language_detect(span_make(text, n), NULL, 0, &r);
    assert_int_equal(r.found, LANGUAGE_LEGACY_FONT);
}

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint64_t random64(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * 0x2545f4914f6cdd1du;
}

/* Any bytes: it returns, counts no more letters than bytes, and noise is never sure. */
static void test_any_bytes(void **state)
{
    uint8_t bytes[3000];
    (void)state;
    for (int round = 0; round < 300; round++) {
        size_t n = (size_t)(random64() % sizeof bytes);
        uint8_t mask = round % 3 == 0 ? 0xff : round % 3 == 1 ? 0x7f : 0xef;
        for (size_t i = 0; i < n; i++) {
            bytes[i] = (uint8_t)random64() & mask;
        }
        struct language_result r;
        language_detect(span_make(bytes, n), NULL, 0, &r);
        assert_true(r.letters <= n);
        assert_false(r.sure);
        assert_true(r.found != LANGUAGE_UNKNOWN);
        (void)regnumber_find(span_make(bytes, n), "STQC/ER/1");
    }
}

/* The words are searched by halving: their order must be that of their bytes. */
static void test_word_table(void **state)
{
    static const char *const texts[] = {
#define WORD(text, languages) text,
#include "scheme/language_words.def"
#undef WORD
    };
    (void)state;
    for (size_t i = 1; i < sizeof texts / sizeof *texts; i++) {
        if (span_cmp(span_str(texts[i - 1]), span_str(texts[i])) >= 0) {
            fail_msg("%s does not stand behind %s", texts[i], texts[i - 1]);
        }
    }
}

static void test_words(void **state)
{
    enum language_class c;
    (void)state;
    for (int i = LANGUAGE_UNKNOWN; i <= LANGUAGE_TOO_LITTLE; i++) {
        assert_true(language_by_word(language_word((enum language_class)i), &c));
        assert_int_equal(c, i);
    }
    assert_false(language_by_word("klingon", &c));
}

/* ---- the registration number ---------------------------------------------------------------- */

static void test_regnumber(void **state)
{
    static const struct {
        const char *text;
        bool found;
    } rows[] = {
        {"Registration STQC/IOTSCS/2026/0042 of", true},
        {"STQC/IOTSCS/2026/0042", true},
        {"stqc/iotscs/2026/0042.", true},
        {"(STQC / IOTSCS / 2026 / 0042)", true},
        {"STQC/IOTSCS/\n  2026/0042", true},
        {"STQC/IOT-\nSCS/2026/0042", true},
        {"संख्या STQC/IOTSCS/२०२६/००४२ के अनुसार", true},
        {"\xef\xbc\xb3\xef\xbc\xb4QC/IOTSCS/2026/0042", true},
        {"STQC/IOTSCS/2026/0042/TR/1", true}, /* a reference that goes on */
        {"STQC/IOTSCS/2026/00421", false},
        {"XSTQC/IOTSCS/2026/0042", false},
        {"STQC/IOTSCS/2026/0042A", false},
        {"STQC/IOTSCS/2026/0042.5", false},
        {"STQC/IOTSCS/2026/042", false},
        {"STQC/IOTSCS/2026/0043", false},
        {"STQC-IOTSCS-2026-0042", false},
        {"", false},
        {"STQC/IOTSCS/2026/", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (regnumber_find(span_str(rows[i].text), "STQC/IOTSCS/2026/0042") != rows[i].found) {
            fail_msg("%s: %s", rows[i].text, rows[i].found ? "not found" : "found");
        }
    }
    /* Kinds of dashes are one. */
    assert_true(regnumber_find(span_str("No. ER\xe2\x80\x93"
                                        "12\xe2\x80\x91"
                                        "7"),
                               "ER-12-7"));
    assert_false(regnumber_find(span_str("anything"), ""));
    assert_false(regnumber_find(span_str("anything"), NULL));
    assert_false(regnumber_find(span_str("anything"), " \n"));
}

/* ---- organisations --------------------------------------------------------------------------- */

static void test_organisation(void **state)
{
    (void)state;
    assert_true(organisation_match("Acme Devices Pvt. Ltd.", "ACME DEVICES PRIVATE LIMITED"));
    assert_true(organisation_match("M/s. Acme Devices", "Acme Devices LLP"));
    assert_true(organisation_match("Acme (India) Limited", "ACME-INDIA LTD"));
    assert_true(organisation_match("Rao & Sons", "Rao and Sons"));
    assert_true(organisation_match("Devices, Acme", "Acme Devices"));
    assert_true(organisation_match("\xef\xbc\xa1"
                                   "cme\xc2\xa0"
                                   "Devices",
                                   "Acme Devices"));
    assert_true(organisation_match("Müller GmbH", "MÜLLER GMBH"));
    assert_false(organisation_match("Acme Devices", "Acme Device"));
    assert_false(organisation_match("Acme Devices", "Acme Devices Holding"));
    assert_false(organisation_match("Acme", "Apex"));
    assert_true(organisation_match("Acme Co., Ltd.", "Acme Private Limited"));
    assert_true(organisation_match("Acme Corp.", "Acme Corporation, Inc."));
    assert_false(organisation_match("Acme Devices LLP", "Acme Devices Private Limited"));
    assert_false(organisation_match("Acme GmbH", "Acme Ltd."));
    assert_false(organisation_match("", "Acme"));
    assert_false(organisation_match("Private Limited", "Pvt Ltd"));
    assert_false(organisation_match(NULL, "Acme"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),      cmocka_unit_test(test_sanskrit_is_not_hindi),
        cmocka_unit_test(test_stray_spaces), cmocka_unit_test(test_tables),
        cmocka_unit_test(test_fonts),        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_word_table),   cmocka_unit_test(test_words),
        cmocka_unit_test(test_regnumber),    cmocka_unit_test(test_organisation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
