/*
 * samples_office - OpenDocument and Office Open XML files with signatures, whole and partial ones.
 */
#include <string.h>

#include "samples.h"
#include "xmlsign.h"
#include "zip.h"

#define COUNT(a)    (sizeof(a) / sizeof *(a))
#define MAX_PARTS   12
#define INC11       "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define OFFICE_TYPE "application/vnd.openxmlformats-officedocument."
#define TYPE_DOC    OFFICE_TYPE "wordprocessingml.document.main+xml"
#define TYPE_REL    "application/vnd.openxmlformats-package.relationships+xml"
#define NS_REL      "http://schemas.openxmlformats.org/package/2006/relationships"
#define OFFICE_REL  "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define REL_DOC     OFFICE_REL "officeDocument"
#define REL_CORE                                                                                   \
    "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
#define REL_ATTACHED                                                                               \
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
#define CHOICE "http://schemas.openxmlformats.org/package/2006/digital-signature"

/* A package: its parts, in order. */
struct package {
    struct zip_entry parts[MAX_PARTS];
    size_t count;
};

static void add(struct package *p, const char *name, const char *text)
{
    p->parts[p->count] =
        (struct zip_entry){name, .data = span_str(text), .flags = p->count == 0 ? ZIP_STORED : 0};
    p->count++;
}

static void save(const char *dir, const char *name, const struct package *p)
{
    gen_write(dir, gen_printf("office/%s", name), zip_make(p->parts, p->count, NULL));
}

static struct zip_entry *part(struct package *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->parts[i].name, name) == 0) {
            return &p->parts[i];
        }
    }
    gen_die("no part %s", name);
}

/* ---- OpenDocument ---------------------------------------------------------------------------- */

static const char odf_content[] = "<office:document-content xmlns:office=\"urn:oasis:names:tc:"
                                  "opendocument:xmlns:office:1.0\"><office:body>EC-2100"
                                  "</office:body></office:document-content>";
static const char odf_manifest[] =
    "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\">"
    "</manifest:manifest>";
static const char odf_type[] = "application/vnd.oasis.opendocument.text";

static struct package odf_of(const char *text, size_t references, const struct xades_spec *xades)
{
    struct package p = {.count = 0};
    struct xml_spec spec = {
        .cert = "signer",
        .refs = {{.uri = "content.xml", .octets = text, .transforms = XS_TRANSFORM(INC11)},
                 {.uri = "mimetype", .octets = odf_type},
                 {.uri = "META-INF/manifest.xml",
                  .octets = odf_manifest,
                  .transforms = XS_TRANSFORM(INC11)}},
        .xades = xades};
    for (size_t i = references; i < COUNT(spec.refs); i++) {
        spec.refs[i] = (struct xml_ref){0};
    }
    add(&p, "mimetype", odf_type);
    add(&p, "content.xml", text);
    add(&p, "META-INF/manifest.xml", odf_manifest);
    add(&p, "META-INF/documentsignatures.xml",
        gen_printf("<document-signatures xmlns=\"urn:oasis:names:tc:opendocument:xmlns:"
                   "digitalsignature:1.0\">%s</document-signatures>",
                   xml_sign(&spec)));
    return p;
}

static struct package odf(size_t references, const struct xades_spec *xades)
{
    return odf_of(odf_content, references, xades);
}

static void write_odf_linked(const char *dir)
{
    static const struct {
        const char *name, *inner;
    } rows[] = {{"linked-picture", "<image x:href=\"https://example.org/p.png\"></image>"},
                {"linked-neighbour", "<image x:href=\"../p.png\"></image>"},
                {"linked-inside", "<image x:href=\"Pictures/p.png\"></image>"},
                {"linked-page", "<a x:href=\"https://stqc.gov.in\"></a>"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct package p =
            odf_of(gen_printf("<content xmlns:x=\"http://www.w3.org/1999/xlink\">%s</content>",
                              rows[i].inner),
                   3, NULL);
        save(dir, gen_printf("%s.odt", rows[i].name), &p);
    }
}

static void write_odf(const char *dir)
{
    write_odf_linked(dir);
    static const struct xades_spec xades = {.when = -2 * HOUR};
    struct package p = odf(3, NULL);
    save(dir, "signed.odt", &p);
    add(&p, "Pictures/new.png", "added after signing");
    save(dir, "added.odt", &p);
    p = odf(3, &xades);
    save(dir, "xades.odt", &p);
    part(&p, "content.xml")->data = SPAN_LIT("<content>EC-9999</content>");
    save(dir, "altered.odt", &p);
    p = odf(1, NULL);
    save(dir, "content-only.odt", &p);
    p = odf(3, NULL);
    p.count--;
    save(dir, "unsigned.odt", &p);
}

/* ---- Office Open XML ------------------------------------------------------------------------- */

static const char word[] = "<w:document xmlns:w=\"urn:w\"><w:body>EC-2100</w:body></w:document>";
static const char word_type[] = "?ContentType=" TYPE_DOC;

static const char *relationship(const char *id, const char *type, const char *target)
{
    return gen_printf("<Relationship Id=\"%s\" Target=\"%s\" TargetMode=\"Internal\" "
                      "Type=\"%s\"></Relationship>",
                      id, target, type);
}

static const char *relationships(const char *inner)
{
    return gen_printf("<Relationships xmlns=\"" NS_REL "\">%s</Relationships>", inner);
}

static const char *list_reference(const char *uri, const char *transforms, const char *octets)
{
    struct span digest = gen_base64(digest_of(DIGEST_SHA256, span_str(octets)), 1000);
    return gen_printf(
        "<ds:Reference URI=\"%s\">%s<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/"
        "xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>%.*s</ds:DigestValue></ds:Reference>",
        uri, transforms, (int)digest.n - 1, (const char *)digest.p);
}

static const char choose[] =
    "<ds:Transforms><ds:Transform Algorithm=\"http://schemas.openxmlformats.org/package/2006/"
    "RelationshipTransform\"><mdssi:RelationshipReference xmlns:mdssi=\"" CHOICE
    "\" SourceId=\"rId1\"></mdssi:RelationshipReference></ds:Transform><ds:Transform "
    "Algorithm=\"" INC11 "\"></ds:Transform></ds:Transforms>";

/* What Office writes: a manifest of the parts in an object, which is signed. blanks: what stands
 * for white space in the list of relationships (xmlsec 1.2, and so LibreOffice, keeps some). */
static const char *package_signature(const char *blanks, const char *more)
{
    const char *object = gen_printf(
        "<ds:Object xmlns:ds=\"" XS_DS "\" Id=\"idPackageObject\"><ds:Manifest>%s%s%s"
        "</ds:Manifest></ds:Object>",
        list_reference("/_rels/.rels?ContentType=" TYPE_REL, choose,
                       relationships(gen_printf(
                           "%s%s", blanks, relationship("rId1", REL_DOC, "word/document.xml")))),
        list_reference(gen_printf("/word/document.xml%s", word_type), "", word), more);
    struct xml_spec spec = {.cert = "signer",
                            .id = "idPackageSignature",
                            .refs = {{.uri = "#idPackageObject",
                                      .octets = object,
                                      .attributes = " Type=\"" XS_DS "Object\""}},
                            .objects = object};
    return xml_sign(&spec);
}

static struct package ooxml(const char *more_relationships, const char *more_references)
{
    struct package p = {.count = 0};
    add(&p, "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
        "<Default Extension=\"rels\" ContentType=\"" TYPE_REL "\"/><Default Extension=\"xml\" "
        "ContentType=\"application/xml\"/><Override PartName=\"/word/document.xml\" "
        "ContentType=\"" TYPE_DOC "\"/></Types>");
    add(&p, "_rels/.rels",
        relationships(gen_printf("%s%s%s", more_relationships,
                                 relationship("rId2", REL_CORE, "docProps/core.xml"),
                                 relationship("rId1", REL_DOC, "word/document.xml"))));
    add(&p, "word/document.xml", word);
    add(&p, "docProps/core.xml", "<title>any</title>");
    add(&p, "_xmlsignatures/origin.sigs", "");
    add(&p, "_xmlsignatures/sig1.xml", package_signature("", more_references));
    return p;
}

/* As LibreOffice 7.4 signs: a line end in the list, of which the digest keeps a trace. */
static struct package libreoffice(const char *target)
{
    struct package p = ooxml("", "");
    part(&p, "_rels/.rels")->data =
        span_str(relationships(gen_printf("%s\n", relationship("rId1", REL_DOC, target))));
    part(&p, "_xmlsignatures/sig1.xml")->data = span_str(package_signature("<text></text>", ""));
    return p;
}

/* What the document shows and links to, all of it signed. */
static void write_linked(const char *dir)
{
    static const struct {
        const char *name, *type, *target;
    } rows[] = {{"linked-picture", "image", "https://example.org/p.png"},
                {"linked-template", "attachedTemplate", "https://example.org/t.dotm"},
                {"linked-own-template", "attachedTemplate", "file:///C:/Templates/letter.dotx"},
                {"linked-page", "hyperlink", "https://stqc.gov.in"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *list = relationships(
            gen_printf("<Relationship Id=\"rId1\" Target=\"%s\" TargetMode=\"External\" "
                       "Type=\"" OFFICE_REL "%s\"></Relationship>",
                       rows[i].target, rows[i].type));
        struct package p =
            ooxml("", list_reference("/word/_rels/document.xml.rels?ContentType=" TYPE_REL, choose,
                                     list));
        add(&p, "word/_rels/document.xml.rels", list);
        save(dir, gen_printf("%s.docx", rows[i].name), &p);
    }
    static const char
        bin[] = "macros",
        bin_types[] =
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
            "<Default Extension=\"rels\" ContentType=\"" TYPE_REL "\"/><Default Extension=\"bin\" "
            "ContentType=\"application/vnd.ms-office.vbaProject\"/><Override "
            "PartName=\"/word/document.xml\" ContentType=\"" TYPE_DOC "\"/></Types>";
    struct package p = ooxml("", list_reference("/word/vbaProject.bin?ContentType=application/"
                                                "vnd.ms-office.vbaProject",
                                                "", bin));
    part(&p, "[Content_Types].xml")->data = span_str(bin_types);
    add(&p, "word/vbaProject.bin", bin);
    save(dir, "macros.docm", &p);
}

static void write_ooxml(const char *dir)
{
    struct package p = ooxml("", "");
    save(dir, "signed.docx", &p);
    part(&p, "word/document.xml")->data = SPAN_LIT("<w:document xmlns:w=\"urn:w\"/>");
    save(dir, "altered.docx", &p);
    p = ooxml("", "");
    add(&p, "word/footnotes.xml", "<w:footnotes xmlns:w=\"urn:w\">not signed</w:footnotes>");
    save(dir, "added.docx", &p);
    /* Beside the signatures, or named as a property: who opens the file as a ZIP finds it. */
    static const char *const names[] = {"_xmlsignatures/letter.pdf", "_xmlsignatures/letter.xml",
                                        "docProps/thumbnail.pdf"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        p = ooxml("", "");
        add(&p, names[i], "<p>Not signed.</p>");
        save(dir, gen_printf("beside-%zu.docx", i), &p);
    }
    /* A template that nobody signed is attached through a new relationship. */
    p = ooxml(relationship("rId9", REL_ATTACHED, "https://example.org/t.dotm"), "");
    save(dir, "relationship-added.docx", &p);
    p = ooxml("", "");
    part(&p, "[Content_Types].xml")->data =
        SPAN_LIT("<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                 "<Default Extension=\"rels\" ContentType=\"" TYPE_REL "\"/>"
                 "<Default Extension=\"xml\" ContentType=\"text/html\"/></Types>");
    save(dir, "content-type.docx", &p);
    p = ooxml("", list_reference("/word/gone.xml?ContentType=application/xml", "", "gone"));
    save(dir, "missing-part.docx", &p);
    p = libreoffice("word/document.xml");
    save(dir, "libreoffice.docx", &p);
    p = libreoffice("word/other.xml");
    save(dir, "libreoffice-altered.docx", &p);
    p = libreoffice("word/document.xml");
    part(&p, "_rels/.rels")->data = span_str(relationships(
        gen_printf("%s<text></text>", relationship("rId1", REL_DOC, "word/document.xml"))));
    save(dir, "libreoffice-element.docx", &p);
    write_linked(dir);
    p = ooxml("", "");
    p.count--;
    save(dir, "unsigned.docx", &p);
}

void samples_office(const char *dir)
{
    write_odf(dir);
    write_ooxml(dir);
}
