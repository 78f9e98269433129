/*
 * hindi - what issue_check and issue_amend say (issue/check.c, issue/amend.c), in Hindi.
 *
 * Its sentences are "PLACE: SENTENCE" or "PLACE: SENTENCE (RULE, SOURCE)"; the place is a path in
 * the data and stays. A sentence that is not in the table is that of a rule: its title says it.
 */
#include "office/certificates/request.h"

#include <stdio.h>

#include "scheme/rules.h"

enum { NUMBERS = 3, PLACE = 80, SENTENCE = 360 };

/* en: the sentence as it stands there, %zu as %d. tests/e2e/issue_form.py wants a row for each. */
static const struct {
    const char *en, *hi;
} rows[] = {
    {"is missing", "अनुपस्थित है"},
    {"is empty", "रिक्त है"},
    {"is not known", "ज्ञात नहीं है"},
    {"must be a text", "पाठ होना चाहिए"},
    {"must be a list", "सूची होनी चाहिए"},
    {"must be an object", "ऑब्जेक्ट होना चाहिए"},
    {"has %d characters; %d to %d are possible", "में %d अक्षर हैं; %d से %d तक हो सकते हैं"},
    {"has %d entries; %d to %d are possible", "में %d प्रविष्टियाँ हैं; %d से %d तक हो सकती हैं"},
    {"must be a whole number from %d to %d", "%d से %d तक की पूर्ण संख्या होनी चाहिए"},
    {"begins or ends with a space", "के आरंभ या अंत में रिक्त स्थान है"},
    {"holds a control character, or one that changes the direction of what follows",
     "में नियंत्रण वर्ण है, या ऐसा वर्ण जो आगे के पाठ की दिशा बदलता है"},
    {"holds a character that is not seen", "में ऐसा वर्ण है जो दिखाई नहीं देता"},
    {"holds a space that is not the usual one", "में ऐसा रिक्त स्थान है जो सामान्य नहीं है"},
    {"holds a mark that belongs to no letter, or too many on one",
     "में ऐसी मात्रा या चिह्न है जो किसी अक्षर का नहीं है, या एक अक्षर पर बहुत अधिक चिह्न हैं"},
    {"has a word of letters of two scripts that look the same",
     "में ऐसा शब्द है जिसमें दो लिपियों के एक जैसे दिखने वाले अक्षर हैं"},
    {"holds a letter or sign that looks like another one; use that of the keyboard",
     "में ऐसा अक्षर या चिह्न है जो किसी दूसरे जैसा दिखता है; कुंजीपटल वाला लिखें"},
    {"is no date of the calendar as YYYY-MM-DD", "YYYY-MM-DD रूप में कैलेंडर की तिथि नहीं है"},
    {"is no SHA-256: 64 hexadecimal digits, lower case",
     "SHA-256 नहीं है: 64 हेक्साडेसिमल अंक, छोटे अक्षरों में"},
    {"is no address: https://, a host, no spaces, no fragment",
     "सही पता नहीं है: https://, होस्ट, बिना रिक्त स्थान"},
    {"may have capital letters and digits, in parts between / or -",
     "में केवल बड़े अक्षर और अंक हो सकते हैं, / या - के बीच"},
    {"ends before it begins", "आरंभ से पहले समाप्त होता है"},
    {"is the number of this certificate", "इसी प्रमाणपत्र की संख्या है"},
    {"is later than the issue", "जारी होने की तिथि के बाद की है"},
    {"is earlier than the issue", "जारी होने की तिथि से पहले की है"},
    {"is later than the amendment", "संशोधन की तिथि के बाद की है"},
    {"the series has no such level", "इस शृंखला में ऐसा स्तर नहीं है"},
    {"a certificate of this kind names the one before it",
     "इस प्रकार के प्रमाणपत्र में पिछले प्रमाणपत्र का उल्लेख आवश्यक है"},
    {"it is still valid, so this is a re-certification and no fresh one",
     "यह अभी मान्य है, इसलिए यह पुनः प्रमाणन है, नया प्रमाणन नहीं"},
    {"a certificate is issued only after the committee's recommendation",
     "प्रमाणपत्र समिति की अनुशंसा के बाद ही जारी होता है"},
    {"the committee's recommendation is later than the issue",
     "समिति की अनुशंसा जारी होने की तिथि के बाद की है"},
    {"is the same model, hardware and firmware as models[%d]",
     "वही मॉडल, हार्डवेयर और फ़र्मवेयर है जो models[%d] में है"},
    {"must be one of %s", "इनमें से एक होना चाहिए: %s"},
    {"must end with the series and a running number (/%s/001)",
     "के अंत में शृंखला और क्रम संख्या होनी चाहिए (/%s/001)"},
    /* issue_amend */
    {"the certificate has no such model and hardware; an amendment adds firmware versions, another "
     "device is a major change",
     "प्रमाणपत्र में ऐसा मॉडल और हार्डवेयर नहीं है; संशोधन से फ़र्मवेयर संस्करण जोड़े जाते हैं, दूसरा उपकरण "
     "बड़ा बदलाव है"},
    {"the certificate has this firmware with other particulars; a correction puts them right",
     "प्रमाणपत्र में यह फ़र्मवेयर दूसरे विवरण के साथ है; उसे सुधार से ठीक किया जाता है"},
    {"a correction does not change it; withdraw the certificate and issue another one",
     "इसे सुधार से नहीं बदला जा सकता; प्रमाणपत्र वापस लें और दूसरा जारी करें"},
    {"a correction does not change what is covered; amend the certificate",
     "सुधार से यह नहीं बदलता कि प्रमाणपत्र किन पर लागू है; प्रमाणपत्र में संशोधन करें"},
    {"a correction neither adds a manufacturing location nor takes one away; that is a change",
     "सुधार से न तो कोई निर्माण स्थल जोड़ा जाता है, न हटाया जाता है; वह बदलाव है"},
    {"is not known in a correction", "सुधार में ज्ञात नहीं है"},
    {"is not known in an amendment", "संशोधन में ज्ञात नहीं है"},
    {"nothing would change; all of it is in the certificate already",
     "कुछ नहीं बदलेगा; यह सब प्रमाणपत्र में पहले से है"},
    {"the body's decision and what is new, in English and Hindi, must be there",
     "निकाय का निर्णय, और क्या नया है यह अंग्रेज़ी और हिंदी में, आवश्यक है"},
    /* amendment_read */
    {"nothing would change", "कुछ नहीं बदलेगा"},
    {"the certificate is withdrawn or superseded; it cannot be changed",
     "प्रमाणपत्र वापस लिया गया या प्रतिस्थापित है; उसे बदला नहीं जा सकता"},
    {"the certificate has ended; it cannot be changed",
     "प्रमाणपत्र समाप्त हो चुका है; उसे बदला नहीं जा सकता"},
};

/* What stands in a sentence for the %d and the one %s of its row. */
struct parts {
    int numbers[NUMBERS];
    struct span words;
};

/* The rest of the text is words, and then what follows %s. */
static bool fits_words(const char *after, struct span text, struct parts *out)
{
    struct span end = span_str(after);
    if (text.n <= end.n || !span_eq(span_sub(text, text.n - end.n, end.n), end)) {
        return false;
    }
    out->words = span_sub(text, 0, text.n - end.n);
    return true;
}

/* The sentence fits the row. */
static bool fits(const char *pattern, const char *text, size_t n, struct parts *out)
{
    size_t at = 0, found = 0;
    while (*pattern) {
        if (pattern[0] == '%' && pattern[1] == 'd') {
            int value = 0;
            size_t digits = 0;
            while (at < n && text[at] >= '0' && text[at] <= '9' && digits < 7) {
                value = 10 * value + (text[at++] - '0');
                digits++;
            }
            if (!digits || found == NUMBERS) {
                return false;
            }
            out->numbers[found++] = value;
            pattern += 2;
        } else if (pattern[0] == '%' && pattern[1] == 's') {
            return fits_words(pattern + 2, span_make(text + at, n - at), out);
        } else if (at >= n || text[at++] != *pattern++) {
            return false;
        }
    }
    return at == n;
}

/* The pattern with the parts in it. */
static void fill(const char *pattern, const struct parts *with, char *out, size_t size)
{
    size_t at = 0, used = 0;
    while (*pattern && at + 16 < size) {
        if (pattern[0] == '%' && pattern[1] == 'd' && used < NUMBERS) {
            int n = snprintf(out + at, size - at, "%d", with->numbers[used++]);
            at += n > 0 ? (size_t)n : 0;
            pattern += 2;
        } else if (pattern[0] == '%' && pattern[1] == 's') {
            size_t room = size - at - 1, most = with->words.n < room ? with->words.n : room;
            memcpy(out + at, with->words.p, most);
            at += most;
            pattern += 2;
        } else {
            out[at++] = *pattern++;
        }
    }
    out[at] = 0;
}

/* "(R-VAL-1, OM ...)" at the end: the rule. NULL: there is none. */
static const struct scheme_rule *rule_of(const char *tail)
{
    char id[16];
    size_t n = *tail == '(' ? strcspn(tail + 1, ",)") : 0;
    if (n == 0 || n >= sizeof id) {
        return NULL;
    }
    memcpy(id, tail + 1, n);
    id[n] = 0;
    return scheme_rule_by_id(id);
}

void certify_hindi(const char *why, char out[ISSUE_WHY])
{
    const char *colon = strstr(why, ": "), *text = colon ? colon + 2 : why;
    const char *tail = strstr(text, " (R-");
    size_t n = tail ? (size_t)(tail - text) : strlen(text);
    const struct scheme_rule *rule = tail ? rule_of(tail + 1) : NULL;
    char sentence[SENTENCE] = "";
    struct parts parts = {.words = SPAN_NONE};
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !sentence[0]; i++) {
        if (fits(rows[i].en, text, n, &parts)) {
            fill(rows[i].hi, &parts, sentence, sizeof sentence);
        }
    }
    int place = colon ? (int)(text - why) : 0;
    place = place > PLACE ? PLACE : place;
    if (!sentence[0]) {
        (void)snprintf(sentence, sizeof sentence, "%s", rule ? rule->title_hi : text);
    }
    (void)snprintf(out, ISSUE_WHY, "%.*s%s%.60s", place, why, sentence, tail ? tail : "");
    certify_clean(out);
}
