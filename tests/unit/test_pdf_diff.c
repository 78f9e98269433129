/*
 * test_pdf_diff - what a later revision may and may not change, one row a case.
 *
 * Each row is a signed document, the permissions its signature sets, and one update of it; expected
 * are the findings of the first signature, the class of the change and whether it is allowed.
 */
#include "pdf_maker.h"

struct update {
    unsigned num;
    const char *body; /* "SIG keys": a signature dictionary; "FREE": the object is deleted */
};

struct row {
    const char *name;
    const char *permissions; /* further keys of the signature dictionary */
    struct update updates[6];
    const char
        *expect; /* codes of the first signature, without "pdf."; behind ";" the document's */
    enum sp_modification kind;
    bool allowed;
};

#define P(n)         "/Reference[<</TransformMethod/DocMDP/TransformParams<</P " #n "/V/1.2>>>>]"
#define P_ABSENT     "/Reference[<</TransformMethod/DocMDP/TransformParams<</V/1.2>>>>]"
#define LOCK(params) "/Reference[<</TransformMethod/FieldMDP/TransformParams<<" params ">>>>]"

#define CATALOG_HEAD  "<</Type/Catalog/Pages 2 0 R/AcroForm 10 0 R"
#define CATALOG_PERMS CATALOG_HEAD "/Perms<</DocMDP 9 0 R>>"
#define FORM_FIELDS   "6 0 R 8 0 R 12 0 R 14 0 R 17 0 R 23 0 R"
#define FORM_DR       "/DR<</Font<</F1 5 0 R>>>>"
#define FORM(fields)  "<</Fields[" fields "]/SigFlags 3" FORM_DR ">>"
#define PAGE(annots, more)                                                                         \
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources 18 0 "               \
    "R/Annots[" annots "]" more ">>"
#define PAGE_ANNOTS "6 0 R 7 0 R 8 0 R 12 0 R 14 0 R 17 0 R"
#define TEXT_FIELD(title, value, more)                                                             \
    "<</Type/Annot/Subtype/Widget/FT/Tx/T(" title ")/V(" value                                     \
    ")/Rect[72 600 300 620]/P 3 0 R/AP<</N 11 0 R>>" more ">>"
#define NEW_SIG(rect, more)                                                                        \
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig3)/F 132/Rect[" rect "]/P 3 0 R/V 21 0 R" more ">>"
#define NOTE(kind, more) "<</Type/Annot/Subtype/" kind "/Rect[10 10 90 90]/Contents(x)" more ">>"
#define CADES            "SIG /Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
#define STAMP            "SIG /Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161"
#define STREAM(text)     "<</Length 4>>\nstream\n" text "\nendstream"

static void base_document(struct maker *m, const char *permissions)
{
    char keys[512];
    bool certified = strstr(permissions, "DocMDP") != NULL;
    make_start(m);
    make_object(m, 1, certified ? CATALOG_PERMS ">>" : CATALOG_HEAD ">>");
    make_object(m, 2, "<</Type/Pages/Kids[3 0 R 13 0 R]/Count 2>>");
    make_object(m, 3, PAGE(PAGE_ANNOTS, ""));
    make_object(m, 4, STREAM("q Q "));
    make_object(m, 5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
    make_object(m, 6, TEXT_FIELD("Remarks", "none", ""));
    make_object(m, 7, NOTE("Text", "/AP<</N 19 0 R>>"));
    make_object(
        m, 8, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig1)/F 132/Rect[0 0 0 0]/P 3 0 R/V 9 0 R>>");
    (void)snprintf(keys, sizeof keys,
                   "/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached%s", permissions);
    make_signature(m, 9, keys);
    make_object(m, 10, FORM(FORM_FIELDS));
    make_object(m, 11, STREAM("q Q "));
    make_object(m, 12,
                "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig2)/F 4/Rect[9 9 99 99]/P 3 0 R/AP<</N "
                "16 0 R>>>>");
    make_object(m, 13, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 20 0 R>>");
    make_object(m, 14,
                "<</Type/Annot/Subtype/Widget/FT/Btn/Ff 65536/T(Go)/Rect[1 1 9 9]/P 3 0 R/AP<</N "
                "16 0 R>>>>");
    make_object(m, 15, "<</Producer(x)>>");
    make_object(m, 16, STREAM("q Q "));
    /* Its appearance is the second page's content: a trap prepared before signing. */
    make_object(m, 17,
                "<</Type/Annot/Subtype/Widget/FT/Tx/T(Trap)/Rect[1 1 9 9]/P 3 0 R/AP<</N 20 0 R>>"
                ">>");
    make_object(m, 18, "<</Font<</F1 5 0 R>>/XObject<</X 30 0 R>>/Pattern 23 0 R>>");
    make_object(m, 23, "<</FT/Tx/T(Dual)/AP 24 0 R>>");
    make_object(m, 24, STREAM("q Q "));
    make_object(m, 19, STREAM("q Q "));
    make_object(m, 20, STREAM("q Q "));
    make_end(m, "/Root 1 0 R/Info 15 0 R");
}

static void apply(struct maker *m, const struct update *list, size_t n)
{
    for (size_t i = 0; i < n && list[i].num; i++) {
        if (strncmp(list[i].body, "SIG ", 4) == 0) {
            make_signature(m, list[i].num, list[i].body + 4);
        } else if (strcmp(list[i].body, "FREE") == 0) {
            make_free(m, list[i].num);
        } else {
            make_object(m, list[i].num, list[i].body);
        }
    }
    make_end(m, "/Root 1 0 R/Info 15 0 R");
}

static const struct row rows[] = {
    /* form filling */
    {"fill", "", {{6, TEXT_FIELD("Remarks", "yes", "")}}, "form-filled", SP_MOD_FORM_FILL, true},
    {"fill, P 2",
     P(2),
     {{6, TEXT_FIELD("Remarks", "yes", "")}},
     "form-filled",
     SP_MOD_FORM_FILL,
     true},
    {"fill, P absent",
     P_ABSENT,
     {{6, TEXT_FIELD("Remarks", "yes", "")}},
     "form-filled",
     SP_MOD_FORM_FILL,
     true},
    {"fill, P 1",
     P(1),
     {{6, TEXT_FIELD("Remarks", "yes", "")}},
     "fill-forbidden",
     SP_MOD_OTHER,
     false},
    {"fill, P out of range is the strictest",
     P(9),
     {{6, TEXT_FIELD("Remarks", "yes", "")}},
     "fill-forbidden",
     SP_MOD_OTHER,
     false},
    {"fill, new appearance",
     "",
     {{6,
       "<</Type/Annot/Subtype/Widget/FT/Tx/T(Remarks)/V(yes)/Rect[72 600 300 620]/P 3 0 R/AP<</N "
       "40 0 R>>>>"},
      {40, STREAM("0 g ")}},
     "form-filled",
     SP_MOD_FORM_FILL,
     true},
    {"appearance stream replaced",
     "",
     {{11, STREAM("0 g ")}},
     "form-filled",
     SP_MOD_FORM_FILL,
     true},
    {"appearance stream replaced, P 1",
     P(1),
     {{11, STREAM("0 g ")}},
     "update-forbidden",
     SP_MOD_OTHER,
     false},
    {"appearance shared with a page",
     "",
     {{20, STREAM("0 g ")}},
     "form-filled update-forbidden",
     SP_MOD_OTHER,
     false},
    /* locks */
    {"lock all",
     LOCK("/Action/All"),
     {{6, TEXT_FIELD("Remarks", "yes", "")}},
     "field-locked",
     SP_MOD_OTHER,
     false},
    {"lock by name",
     LOCK("/Action/Include/Fields[(Remarks)]"),
     {{6, TEXT_FIELD("Remarks", "yes", "")}},
     "field-locked",
     SP_MOD_OTHER,
     false},
    {"the head of a name is not the name",
     LOCK("/Action/Include/Fields[(Remark)]"),
     {{6, TEXT_FIELD("Remarks", "yes", "")}},
     "form-filled",
     SP_MOD_FORM_FILL,
     true},
    {"lock all but others",
     LOCK("/Action/Exclude/Fields[(Trap)]"),
     {{6, TEXT_FIELD("Remarks", "yes", "")}},
     "field-locked",
     SP_MOD_OTHER,
     false},
    {"excluded from the lock",
     LOCK("/Action/Exclude/Fields[(Remarks)]"),
     {{6, TEXT_FIELD("Remarks", "yes", "")}},
     "form-filled",
     SP_MOD_FORM_FILL,
     true},
    {"a lock without action locks all",
     LOCK(""),
     {{6, TEXT_FIELD("Remarks", "yes", "")}},
     "field-locked",
     SP_MOD_OTHER,
     false},
    {"locked appearance stream",
     LOCK("/Action/All"),
     {{11, STREAM("0 g ")}},
     "update-forbidden",
     SP_MOD_OTHER,
     false},
    /* fields */
    {"field flags",
     "",
     {{6, TEXT_FIELD("Remarks", "none", "/Ff 1")}},
     "field-changed",
     SP_MOD_OTHER,
     false},
    {"field renamed",
     "",
     {{6, TEXT_FIELD("Other", "none", "")}},
     "field-changed",
     SP_MOD_OTHER,
     false},
    {"field action",
     "",
     {{6, TEXT_FIELD("Remarks", "none", "/AA<<>>")}},
     "field-changed",
     SP_MOD_OTHER,
     false},
    {"field removed",
     "",
     {{10, FORM("8 0 R 12 0 R 14 0 R 17 0 R 23 0 R")}},
     "field-removed",
     SP_MOD_OTHER,
     false},
    {"push button's picture",
     "",
     {{14, "<</Type/Annot/Subtype/Widget/FT/Btn/Ff 65536/T(Go)/Rect[1 1 9 9]/P 3 0 R/AP<</N 4 0 R>>"
           ">>"}},
     "field-changed",
     SP_MOD_OTHER,
     false},
    {"signed field moved",
     "",
     {{8, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig1)/F 132/Rect[0 0 9 9]/P 3 0 R/V 9 0 R>>"}},
     "signed-field-changed",
     SP_MOD_OTHER,
     false},
    {"unsigned signature field's picture",
     "",
     {{16, STREAM("0 g ")}},
     "update-forbidden",
     SP_MOD_OTHER,
     false},
    {"text field added",
     "",
     {{10, FORM(FORM_FIELDS " 40 0 R")},
      {3, PAGE(PAGE_ANNOTS " 40 0 R", "")},
      {40, TEXT_FIELD("New", "x", "")}},
     "field-added",
     SP_MOD_OTHER,
     false},
    {"unsigned signature field added",
     "",
     {{10, FORM(FORM_FIELDS " 40 0 R")},
      {3, PAGE(PAGE_ANNOTS " 40 0 R", "")},
      {40, NEW_SIG("0 0 0 0", "")}},
     "field-unsigned",
     SP_MOD_OTHER,
     false},
    {"widget outside the form",
     "",
     {{3, PAGE(PAGE_ANNOTS " 40 0 R", "")}, {40, NEW_SIG("0 0 9 9", "")}, {21, CADES}},
     "annotation-active",
     SP_MOD_OTHER,
     false},
    /* further signatures */
    {"second signature",
     "",
     {{10, FORM(FORM_FIELDS " 40 0 R")},
      {3, PAGE(PAGE_ANNOTS " 40 0 R", "")},
      {40, NEW_SIG("9 9 99 99", "")},
      {21, CADES}},
     "signature-added",
     SP_MOD_LTA,
     true},
    {"second signature with an action",
     "",
     {{10, FORM(FORM_FIELDS " 40 0 R")},
      {3, PAGE(PAGE_ANNOTS " 40 0 R", "")},
      {40, NEW_SIG("0 0 0 0", "/AA<<>>")},
      {21, CADES}},
     "field-added",
     SP_MOD_OTHER,
     false},
    {"second signature, visible, after certification",
     P(2),
     {{10, FORM(FORM_FIELDS " 40 0 R")},
      {3, PAGE(PAGE_ANNOTS " 40 0 R", "")},
      {40, NEW_SIG("9 9 99 99", "")},
      {21, CADES}},
     "signature-added signature-visible",
     SP_MOD_OTHER,
     false},
    {"second signature, invisible, after certification",
     P(2),
     {{10, FORM(FORM_FIELDS " 40 0 R")},
      {3, PAGE(PAGE_ANNOTS " 40 0 R", "")},
      {40, NEW_SIG("0 0 0 0", "")},
      {21, CADES}},
     "signature-added",
     SP_MOD_LTA,
     true},
    {"second signature, P 1",
     P(1),
     {{10, FORM(FORM_FIELDS " 40 0 R")},
      {3, PAGE(PAGE_ANNOTS " 40 0 R", "")},
      {40, NEW_SIG("0 0 0 0", "")},
      {21, CADES}},
     "signing-forbidden",
     SP_MOD_OTHER,
     false},
    {"time-stamp, P 1",
     P(1),
     {{10, FORM(FORM_FIELDS " 40 0 R")},
      {3, PAGE(PAGE_ANNOTS " 40 0 R", "")},
      {40, NEW_SIG("0 0 0 0", "")},
      {21, STAMP}},
     "timestamp-added",
     SP_MOD_LTA,
     true},
    {"waiting field signed",
     "",
     {{12, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig2)/F 4/Rect[9 9 99 99]/P 3 0 R/AP<</N "
           "40 0 R>>/V 21 0 R>>"},
      {40, STREAM("0 g ")},
      {21, CADES}},
     "signature-added",
     SP_MOD_LTA,
     true},
    {"waiting field signed, locked",
     LOCK("/Action/Include/Fields[(Sig2)]"),
     {{12, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig2)/F 4/Rect[9 9 99 99]/P 3 0 R/AP<</N "
           "16 0 R>>/V 21 0 R>>"},
      {21, CADES}},
     "signature-added field-locked",
     SP_MOD_OTHER,
     false},
    {"waiting field signed and moved",
     "",
     {{12, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig2)/F 4/Rect[0 0 595 842]/P 3 0 R/AP<</N "
           "16 0 R>>/V 21 0 R>>"},
      {21, CADES}},
     "signature-added field-changed",
     SP_MOD_OTHER,
     false},
    {"waiting field filled with junk",
     "",
     {{12, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sig2)/F 4/Rect[9 9 99 99]/P 3 0 R/AP<</N "
           "16 0 R>>/V 21 0 R>>"},
      {21, "<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<00>>>"}},
     "field-unsigned",
     SP_MOD_OTHER,
     false},
    /* pages and content */
    {"content", "", {{4, STREAM("0 g ")}}, "update-forbidden", SP_MOD_OTHER, false},
    {"content deleted", "", {{4, "FREE"}}, "update-forbidden", SP_MOD_OTHER, false},
    {"font",
     "",
     {{5, "<</Type/Font/Subtype/Type1/BaseFont/Courier>>"}},
     "update-forbidden",
     SP_MOD_OTHER,
     false},
    {"resource that was missing",
     "",
     {{30, STREAM("0 g ")}},
     "update-forbidden",
     SP_MOD_OTHER,
     false},
    {"page turned",
     "",
     {{3, PAGE(PAGE_ANNOTS, "/Rotate 90")}},
     "page-changed",
     SP_MOD_OTHER,
     false},
    {"page removed",
     "",
     {{2, "<</Type/Pages/Kids[3 0 R]/Count 1>>"}},
     "pages-changed",
     SP_MOD_OTHER,
     false},
    {"pages swapped",
     "",
     {{2, "<</Type/Pages/Kids[13 0 R 3 0 R]/Count 2>>"}},
     "pages-changed",
     SP_MOD_OTHER,
     false},
    {"field taken off the page",
     "",
     {{3, PAGE("7 0 R 8 0 R 12 0 R 14 0 R 17 0 R", "")}},
     "page-changed",
     SP_MOD_OTHER,
     false},
    /* catalogue */
    {"open action",
     "",
     {{1, CATALOG_HEAD "/OpenAction<</S/JavaScript>>>>"}},
     "catalog-changed; active-content",
     SP_MOD_OTHER,
     false},
    {"version", "", {{1, CATALOG_HEAD "/Version/2.0>>"}}, "properties-changed", SP_MOD_LTA, true},
    {"extensions",
     "",
     {{1, CATALOG_HEAD "/Extensions<</X 40 0 R>>>>"}, {40, "<<>>"}},
     "properties-changed",
     SP_MOD_LTA,
     true},
    {"metadata",
     "",
     {{1, CATALOG_HEAD "/Metadata 40 0 R>>"},
      {40, "<</Type/Metadata/Subtype/XML/Length 4>>\nstream\n<x/>\nendstream"}},
     "properties-changed",
     SP_MOD_LTA,
     true},
    {"metadata that is none",
     "",
     {{1, CATALOG_HEAD "/Metadata 4 0 R>>"}},
     "catalog-changed",
     SP_MOD_OTHER,
     false},
    {"information", "", {{15, "<</Producer(y)>>"}}, "properties-changed", SP_MOD_LTA, true},
    {"permissions removed",
     P(2),
     {{1, CATALOG_HEAD ">>"}},
     "permissions-changed",
     SP_MOD_OTHER,
     false},
    {"form flag",
     "",
     {{10, "<</Fields[" FORM_FIELDS "]/SigFlags 3/NeedAppearances true" FORM_DR ">>"}},
     "form-changed",
     SP_MOD_OTHER,
     false},
    {"form flags cleared",
     "",
     {{10, "<</Fields[" FORM_FIELDS "]/SigFlags 0" FORM_DR ">>"}},
     "form-changed",
     SP_MOD_OTHER,
     false},
    {"form font added",
     "",
     {{10,
       "<</Fields[" FORM_FIELDS "]/SigFlags 3/DA(/F2 9 Tf)/DR<</Font<</F1 5 0 R/F2 40 0 R>>>>>>"},
      {40, "<</Type/Font>>"}},
     "",
     SP_MOD_NONE,
     true},
    {"form font exchanged",
     "",
     {{10, "<</Fields[" FORM_FIELDS "]/SigFlags 3/DR<</Font<</F1 40 0 R>>>>>>"},
      {40, "<</Type/Font>>"}},
     "form-changed",
     SP_MOD_OTHER,
     false},
    {"form removed",
     "",
     {{1, "<</Type/Catalog/Pages 2 0 R>>"}},
     "hidden-signature catalog-changed field-removed field-removed field-removed field-removed "
     "field-removed field-removed",
     SP_MOD_OTHER,
     false},
    {"signed field dropped",
     "",
     {{10, FORM("6 0 R 12 0 R 14 0 R 17 0 R 23 0 R")}},
     "hidden-signature field-removed",
     SP_MOD_OTHER,
     false},
    {"long-term data",
     P(1),
     {{1, CATALOG_PERMS "/DSS<</Certs[40 0 R]/VRI<</X<</Cert[40 0 R]>>>>>>>>"},
      {40, STREAM("0 g ")}},
     "evidence-added",
     SP_MOD_LTA,
     true},
    /* annotations */
    {"note added",
     "",
     {{3, PAGE(PAGE_ANNOTS " 40 0 R", "")}, {40, NOTE("FreeText", "")}},
     "annotation-added",
     SP_MOD_ANNOTATIONS,
     true},
    {"note added, P 2",
     P(2),
     {{3, PAGE(PAGE_ANNOTS " 40 0 R", "")}, {40, NOTE("FreeText", "")}},
     "annotation-forbidden",
     SP_MOD_OTHER,
     false},
    {"note added, P 3",
     P(3),
     {{3, PAGE(PAGE_ANNOTS " 40 0 R", "")}, {40, NOTE("FreeText", "")}},
     "annotation-permitted",
     SP_MOD_ANNOTATIONS,
     true},
    {"note written into the page",
     "",
     {{3, PAGE(PAGE_ANNOTS NOTE("FreeText", ""), "")}},
     "annotation-added",
     SP_MOD_ANNOTATIONS,
     true},
    {"link added, P 3",
     P(3),
     {{3, PAGE(PAGE_ANNOTS " 40 0 R", "")}, {40, NOTE("Link", "")}},
     "annotation-active",
     SP_MOD_OTHER,
     false},
    {"note with an action",
     "",
     {{3, PAGE(PAGE_ANNOTS " 40 0 R", "")}, {40, NOTE("Text", "/A<<>>")}},
     "annotation-active",
     SP_MOD_OTHER,
     false},
    {"note without a kind",
     "",
     {{3, PAGE(PAGE_ANNOTS " 40 0 R", "")}, {40, "<</Rect[0 0 9 9]>>"}},
     "annotation-active",
     SP_MOD_OTHER,
     false},
    {"note changed, P 3",
     P(3),
     {{7, NOTE("Text", "/C[1 0 0]/AP<</N 19 0 R>>")}},
     "annotation-permitted",
     SP_MOD_ANNOTATIONS,
     true},
    {"note's picture changed, P 3",
     P(3),
     {{19, STREAM("0 g ")}},
     "annotation-permitted",
     SP_MOD_ANNOTATIONS,
     true},
    {"note's picture changed, P 2",
     P(2),
     {{19, STREAM("0 g ")}},
     "update-forbidden",
     SP_MOD_OTHER,
     false},
    {"note turned into another kind",
     P(3),
     {{7, NOTE("Stamp", "/AP<</N 19 0 R>>")}},
     "annotation-active",
     SP_MOD_OTHER,
     false},
    {"note removed, P 3",
     P(3),
     {{3, PAGE("6 0 R 8 0 R 12 0 R 14 0 R 17 0 R", "")}, {7, "FREE"}},
     "annotation-permitted",
     SP_MOD_ANNOTATIONS,
     true},
    {"note removed, P 1",
     P(1),
     {{3, PAGE("6 0 R 8 0 R 12 0 R 14 0 R 17 0 R", "")}},
     "annotation-forbidden",
     SP_MOD_OTHER,
     false},
    {"note whose picture a field shares",
     "",
     {{6,
       "<</Type/Annot/Subtype/Widget/FT/Tx/T(Remarks)/V(none)/Rect[72 600 300 620]/P 3 0 R/AP<</N "
       "19 0 R>>>>"},
      {19, STREAM("0 g ")}},
     "form-filled annotation-added",
     SP_MOD_ANNOTATIONS,
     true},
    /* traps prepared before signing: the base's object 18 names field 23 as drawing resources */
    {"field that is also a list of resources: value",
     "",
     {{23, "<</FT/Tx/T(Dual)/V 16 0 R/AP 24 0 R>>"}},
     "field-changed",
     SP_MOD_OTHER,
     false},
    {"field that is also a list of resources: picture",
     "",
     {{23, "<</FT/Tx/T(Dual)/AP 16 0 R>>"}},
     "field-changed",
     SP_MOD_OTHER,
     false},
    {"field that is also a list of resources: stream",
     "",
     {{24, STREAM("0 g ")}},
     "form-filled update-forbidden",
     SP_MOD_OTHER,
     false},
    {"field moved below another",
     "",
     {{10, FORM("8 0 R 12 0 R 14 0 R 17 0 R 23 0 R 40 0 R")}, {40, "<</T(G)/Kids[6 0 R]>>"}},
     "field-changed",
     SP_MOD_OTHER,
     false},
    /* harmless */
    {"identical copy", "", {{4, STREAM("q Q ")}}, "identical-copy", SP_MOD_LTA, true},
    {"orphan", "", {{40, "<</Foo(bar)>>"}}, "orphan", SP_MOD_OTHER, true},
    {"empty update", P(1), {{0, NULL}}, "", SP_MOD_NONE, true},
};

static void test_rows(void **state)
{
    (void)state;
    int failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct maker m;
        struct read r;
        base_document(&m, row->permissions);
        apply(&m, row->updates, 6);
        read_made(&r, &m);
        const struct extracted *s = r.x.count ? &r.x.signatures[0] : NULL;
        const char *own = s ? read_codes(&r, &s->findings) : "no signature";
        const char *all = read_codes(&r, &r.document);
        const char *got = all[0] ? arena_printf(r.arena, "%s; %s", own, all) : own;
        assert_non_null(got);
        bool good = s && strcmp(got, row->expect) == 0 && s->modification == row->kind &&
                    s->modification_allowed == row->allowed && s->has_modification && !s->broken &&
                    !s->covers_whole_document;
        if (!good) {
            printf("FAIL %s: got \"%s\" class %d allowed %d, want \"%s\" class %d allowed %d\n",
                   row->name, got, s ? (int)s->modification : -1, s && s->modification_allowed,
                   row->expect, (int)row->kind, row->allowed);
            failed++;
        }
        read_end(&r);
        buffer_free(&m.b);
    }
    assert_int_equal(failed, 0);
}

/* Two updates of one document; the findings of both signatures. */
static void two_updates(const char *permissions, const struct update *a, size_t an,
                        const struct update *b, size_t bn, const char *first, const char *second)
{
    struct maker m;
    struct read r;
    base_document(&m, permissions);
    apply(&m, a, an);
    apply(&m, b, bn);
    read_made(&r, &m);
    assert_true(r.x.count >= (second ? 2 : 1));
    assert_string_equal(read_codes(&r, &r.x.signatures[0].findings), first);
    if (second) {
        assert_string_equal(read_codes(&r, &r.x.signatures[1].findings), second);
    }
    read_end(&r);
    buffer_free(&m.b);
}

static void test_store_only_grows(void **state)
{
    (void)state;
    const struct update a[] = {{1, CATALOG_HEAD "/DSS 41 0 R>>"},
                               {41, "<</Certs[40 0 R]/CRLs[42 0 R]>>"},
                               {40, STREAM("0 g ")},
                               {42, STREAM("1 g ")}};
    const struct update grown[] = {{41, "<</Certs[40 0 R 43 0 R]/CRLs[42 0 R]>>"},
                                   {43, STREAM("2 g ")}};
    const struct update shrunk[] = {{41, "<</Certs[40 0 R]>>"}};
    const struct update altered[] = {{42, STREAM("9 g ")}};
    const struct update dropped[] = {{1, CATALOG_HEAD ">>"}};
    two_updates("", a, 4, grown, 2, "evidence-added evidence-added", NULL);
    two_updates("", a, 4, shrunk, 1, "evidence-added dss-changed", NULL);
    two_updates("", a, 4, altered, 1, "evidence-added update-forbidden", NULL);
    two_updates("", a, 4, dropped, 1, "evidence-added dss-changed", NULL);
}

static void test_evidence(void **state)
{
    (void)state;
    struct maker m;
    struct read r;
    const struct update a[] = {
        {1,
         CATALOG_HEAD "/DSS<</Certs[40 0 R]/OCSPs[41 0 R]/VRI<</AB<</Cert[40 0 R]/CRL[42 0 R]>>>>"
                      ">>>>"},
        {40, STREAM("cert")},
        {41, "<</Length 9/Filter/ASCIIHexDecode>>\nstream\n6f637370>\nendstream"},
        {42, STREAM("crl.")},
    };
    base_document(&m, "");
    apply(&m, a, 4);
    read_made(&r, &m);
    assert_int_equal(r.x.evidence_count, 3);
    assert_int_equal(r.x.evidence[0].kind, SP_EVIDENCE_CERT);
    assert_true(span_eq(r.x.evidence[0].der, SPAN_LIT("cert")));
    assert_true(span_eq(r.x.evidence[1].der, SPAN_LIT("ocsp")));
    assert_int_equal(r.x.evidence[1].kind, SP_EVIDENCE_OCSP);
    assert_int_equal(r.x.evidence[2].kind, SP_EVIDENCE_CRL);
    assert_int_equal(r.x.evidence[2].revision, 1);
    read_end(&r);
    buffer_free(&m.b);
}

#define SECOND(permissions)                                                                        \
    {                                                                                              \
        {10, FORM(FORM_FIELDS " 40 0 R")}, {3, PAGE(PAGE_ANNOTS " 40 0 R", "")},                   \
            {40, NEW_SIG("0 0 0 0", "")}, {21, CADES permissions},                                 \
    }

static void test_serial_signatures(void **state)
{
    (void)state;
    const struct update second[] = SECOND("");
    const struct update content[] = {{4, STREAM("0 g ")}};
    two_updates("", second, 4, content, 1, "signature-added update-forbidden", "update-forbidden");
    two_updates("", content, 1, second, 4, "update-forbidden signature-added", "");
    struct maker m;
    struct read r;
    base_document(&m, "");
    apply(&m, second, 4);
    read_made(&r, &m);
    assert_int_equal(r.x.signatures[0].relies_on_count, 1);
    assert_int_equal(r.x.signatures[0].relies_on[0], 1);
    assert_true(r.x.signatures[1].covers_whole_document);
    assert_int_equal(r.x.signatures[1].revision, 1);
    assert_string_equal(r.x.signatures[1].field, "Sig3");
    read_end(&r);
    buffer_free(&m.b);
}

static void test_certification_order(void **state)
{
    (void)state;
    const struct update late[] = SECOND(P(2));
    const struct update nothing[] = {{0, NULL}};
    two_updates("", late, 4, nothing, 0, "signature-added", "certified-late");
    two_updates(P(2), late, 4, nothing, 0, "signature-added", "certified-twice");
}

/* A lock of a later signature binds from then on; so does /Lock of its field. */
static void test_field_lock_of_second(void **state)
{
    (void)state;
    const struct update a[] = {
        {10, FORM(FORM_FIELDS " 40 0 R")},
        {3, PAGE(PAGE_ANNOTS " 40 0 R", "")},
        {40, NEW_SIG("0 0 0 0", "/Lock<</Action/Include/Fields[(Remarks)]>>")},
        {21, CADES}};
    const struct update fill[] = {{6, TEXT_FIELD("Remarks", "yes", "")}};
    two_updates("", a, 4, fill, 1, "signature-added field-locked", "field-locked");
    two_updates("", fill, 1, a, 4, "form-filled signature-added", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_store_only_grows),
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_serial_signatures),
        cmocka_unit_test(test_certification_order),
        cmocka_unit_test(test_field_lock_of_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
