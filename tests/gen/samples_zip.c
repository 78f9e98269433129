/*
 * samples_zip - construction files: ZIP files of signed documents, and ZIP files that lie.
 */
#include "declaration.h"
#include "samples.h"
#include "xmlsign.h"
#include "zip.h"

#include "base/hash.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MAKE(...)                                                                                  \
    zip_make((const struct zip_entry[]){__VA_ARGS__},                                              \
             COUNT(((const struct zip_entry[]){__VA_ARGS__})), NULL)
#define MAKE_END(end, ...)                                                                         \
    zip_make((const struct zip_entry[]){__VA_ARGS__},                                              \
             COUNT(((const struct zip_entry[]){__VA_ARGS__})), &(end))

static const struct signer_spec asha = {.cert = "signer", .flags = SI_NO_TIME};
static const struct signer_spec foreign = {.cert = "signer-lookalike", .flags = SI_NO_TIME};
static const struct signer_spec revoked = {.cert = "signer-revoked", .flags = SI_NO_TIME};
static const struct cms_spec attached = {.signers = {&asha}};
static const struct cms_spec detached = {.signers = {&asha}, .flags = CMS_DETACHED};
static const struct cms_spec by_foreign = {.signers = {&foreign},
                                           .certs = "signer-lookalike root-lookalike"};
static const struct cms_spec by_revoked = {.signers = {&revoked}};

static const char *out_dir;
static struct span letter, note, photo, signed_letter, signed_note, signed_pdf;

static void save(const char *name, struct span file)
{
    gen_write(out_dir, gen_printf("zip/%s.zip", name), file);
}

static struct span make_pdf(void)
{
    static const struct pdf_signature signature = {.field = "Signature1", .cms = &detached};
    struct pdf *p = gen_alloc(sizeof *p);
    pdf_start(p, PDF_TABLE);
    pdf_add_page(p, declaration_text);
    pdf_finish_base(p);
    pdf_sign(p, &signature);
    return pdf_bytes(p);
}

static const char *hex_of(struct span data)
{
    uint8_t hash[SHA256_SIZE];
    char text[SHA256_HEX];
    if (hash_sha256(data, hash)) {
        gen_die("SHA-256");
    }
    return gen_printf("%s", hash_hex(span_make(hash, sizeof hash), false, text));
}

static struct span sum_line(struct span data, const char *name)
{
    return span_str(gen_printf("%s  %s\n", hex_of(data), name));
}

static struct span signed_xml(void)
{
    static const struct xml_spec spec = {
        .cert = "signer", .refs = {{.uri = "", .octets = "<a></a>", .transforms = XS_ENVELOPED}}};
    return span_str(xml_put("<a>@</a>", xml_sign(&spec)));
}

static struct span sign(const struct cms_spec *how, struct span data)
{
    return cms_make(how, data);
}

/* ---- good ones ------------------------------------------------------------------------------- */

static void write_good(void)
{
    save("signed",
         MAKE({"declaration.pdf", .data = signed_pdf, .flags = ZIP_STORED},
              {"docs/", .flags = ZIP_STORED}, {"docs/letter.p7m", .data = signed_letter}));
    save("streamed", MAKE({"declaration.pdf", .data = signed_pdf, .flags = ZIP_DESCRIPTOR},
                          {"letter.p7m", .data = signed_letter, .flags = ZIP_DESCRIPTOR}));
    save("size-in-front",
         MAKE({"letter.p7m", .data = signed_letter, .flags = ZIP_DESCRIPTOR | ZIP_SIZE_IN_FRONT}));
    save("wide", MAKE_END(((struct zip_end){.wide = true}),
                          {"declaration.pdf", .data = signed_pdf, .flags = ZIP_WIDE}));
    save("comment", MAKE_END(((struct zip_end){.comment = SPAN_LIT("made by Example Cameras")}),
                             {"letter.p7m", .data = signed_letter}));
    save("hindi-names", MAKE({"घोषणा.pdf", .data = signed_pdf}));
    save("old-names", MAKE({"d\x82"
                            "claration.pdf",
                            .data = signed_pdf, .flags = ZIP_NOT_UTF8}));
    save("case-twins", MAKE({"A.p7m", .data = signed_letter}, {"a.p7m", .data = signed_note}));
    save("pair",
         MAKE({"letter.txt", .data = letter}, {"letter.txt.p7s", .data = sign(&detached, letter)}));
    struct span apart = sign(&detached, letter), other = sign(&attached, note);
    save("pair-stem", MAKE({"letter.txt", .data = letter}, {"letter.p7s", .data = apart}));
    save("pair-capitals", MAKE({"letter.txt", .data = letter}, {"letter.txt.P7S", .data = apart}));
    save("pair-stem-of-two", MAKE({"letter.txt", .data = letter}, {"letter.csv", .data = note},
                                  {"letter.p7s", .data = apart}));
    save("pair-stem-full", MAKE({"letter.pdf", .data = signed_pdf}, {"letter.p7s", .data = other}));
    struct span inner = MAKE({"declaration.pdf", .data = signed_pdf});
    save("nested", MAKE({"inner.zip", .data = inner}, {"letter.p7m", .data = signed_letter}));
}

static void write_lists(void)
{
    struct span both = CAT(sum_line(photo, "photo.png"), sum_line(note, "./notes/note.txt"));
    save("list-p7m", MAKE({"photo.png", .data = photo}, {"notes/note.txt", .data = note},
                          {"index.p7m", .data = sign(&attached, both)}));
    save("list-pair",
         MAKE({"photo.png", .data = photo}, {"notes/note.txt", .data = note},
              {"SHA256SUMS", .data = both}, {"SHA256SUMS.p7s", .data = sign(&detached, both)}));
    struct span csv =
        span_str(gen_printf("File name;Version;SHA-256\r\n\"photo.png\";1;%s\r\n", hex_of(photo)));
    save("list-csv", MAKE({"photo.png", .data = photo}, {"index.csv", .data = csv},
                          {"index.csv.p7s", .data = sign(&detached, csv)}));
    struct span tagged = span_str(gen_printf("SHA256 (photo.png) = %s\n", hex_of(photo)));
    save("list-tag",
         MAKE({"photo.png", .data = photo}, {"index.p7m", .data = sign(&attached, tagged)}));
    struct span manifest = sum_line(photo, "data/photo.png");
    struct span tags = sum_line(manifest, "manifest-sha256.txt");
    save("list-bagit",
         MAKE({"data/photo.png", .data = photo}, {"manifest-sha256.txt", .data = manifest},
              {"tagmanifest-sha256.txt", .data = tags},
              {"tagmanifest-sha256.txt.p7s", .data = sign(&detached, tags)}));
    struct span inner = MAKE({"photo.png", .data = photo}, {"note.txt", .data = note});
    save("list-nested", MAKE({"annex.zip", .data = inner},
                             {"index.p7m", .data = sign(&attached, sum_line(inner, "annex.zip"))}));
    /* A mail nobody signed, with a file attached: its text is one of the octets the list names. */
    struct span mail = span_str(
        gen_printf("From: ravi@example.invalid\r\nMIME-Version: 1.0\r\n"
                   "Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\n"
                   "Content-Type: text/plain\r\n\r\nThe parts are attached.\r\n--cut\r\n"
                   "Content-Type: text/csv; name=parts.csv\r\n\r\npart,count\r\n--cut--\r\n"));
    save("mail-unlisted", MAKE({"letter.eml", .data = mail}));
    save("list-mail", MAKE({"letter.eml", .data = mail},
                           {"index.p7m", .data = sign(&attached, sum_line(mail, "letter.eml"))}));
    struct span theirs = sign(&by_foreign, letter);
    save("list-third-party",
         MAKE({"report.p7m", .data = theirs},
              {"index.p7m", .data = sign(&attached, sum_line(theirs, "report.p7m"))}));
    struct span loose = CAT(both, SPAN_LIT("and everything else\n"));
    save("list-loose", MAKE({"photo.png", .data = photo}, {"notes/note.txt", .data = note},
                            {"index.p7m", .data = sign(&attached, loose)}));
}

/* What operating systems add by themselves, and what only looks like it. */
static void write_system_files(void)
{
    struct span apple = SPAN_LIT("\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ");
    struct span store = SPAN_LIT("\x00\x00\x00\x01"
                                 "Bud1\x00\x00\x10\x00");
    save("system-files", MAKE({"letter.p7m", .data = signed_letter}, {".DS_Store", .data = store},
                              {"__MACOSX/._letter.p7m", .data = apple}));
    save("system-alone", MAKE({"letter.p7m", .data = signed_letter},
                              {"._notice.html", .data = CAT(apple, SPAN_LIT("<h1>Notice"))}));
    save("system-names", MAKE({"letter.p7m", .data = signed_letter}, {".DS_Store", .data = note},
                              {"__MACOSX/._letter.p7m", .data = note}));
    save("system-listed",
         MAKE({".DS_Store", .data = store},
              {"index.p7m", .data = sign(&attached, sum_line(store, ".DS_Store"))}));
    save("system-two-kinds",
         MAKE({"letter.p7m", .data = signed_letter},
              {"._letter.pdf", .data = CAT(apple, SPAN_LIT("%PDF-1.7\n%%EOF\n"))}));
    struct span about = CAT(apple, SPAN_LIT("com.apple.quarantine\x00q/0081;5f8a1b2c;Google Chrome;"
                                            "This resource fork intentionally left blank   "));
    struct span sentence = CAT(apple, SPAN_LIT("We withdraw all of this letter."));
    struct span tag = CAT(apple, SPAN_LIT("<h1>Withdrawn</h1>"));
    struct span pem = gen_pem("PKCS7", signed_letter);
    save("system-beside-text", MAKE({"letter.txt", .data = pem}, {"._letter.txt", .data = about}));
    save("system-sentence", MAKE({"letter.txt", .data = pem}, {"._letter.txt", .data = sentence}));
    save("system-tag", MAKE({"letter.html", .data = pem}, {"._letter.html", .data = tag}));
    save("misnamed", MAKE({"letter.pdf", .data = signed_letter}));
    save("system-only", MAKE({".DS_Store", .data = store}));
}

/* ---- lists that do not cover
 * ------------------------------------------------------------------ */

static void write_bad_lists(void)
{
    struct span right = sum_line(photo, "photo.png"), wrong = sum_line(note, "photo.png");
    save("unsigned-member",
         MAKE({"letter.p7m", .data = signed_letter}, {"photo.png", .data = photo}));
    save("list-unsigned", MAKE({"photo.png", .data = photo}, {"SHA256SUMS", .data = right}));
    save("list-revoked",
         MAKE({"photo.png", .data = photo}, {"index.p7m", .data = sign(&by_revoked, right)}));
    save("list-altered", MAKE({"photo.png", .data = photo}, {"SHA256SUMS", .data = right},
                              {"SHA256SUMS.p7s", .data = sign(&detached, wrong)}));
    save("list-mismatch",
         MAKE({"photo.png", .data = photo}, {"index.p7m", .data = sign(&attached, wrong)}));
    save("list-two-values", MAKE({"photo.png", .data = photo},
                                 {"index.p7m", .data = sign(&attached, CAT(wrong, right))}));
    save("list-missing",
         MAKE({"photo.png", .data = photo},
              {"index.p7m", .data = sign(&attached, CAT(right, sum_line(note, "note.txt")))}));
    save("list-outside",
         MAKE({"photo.png", .data = photo},
              {"d/index.p7m", .data = sign(&attached, sum_line(photo, "../photo.png"))}));
    save("list-other-case",
         MAKE({"photo.png", .data = photo},
              {"index.p7m", .data = sign(&attached, sum_line(photo, "Photo.png"))}));
    save("list-itself", MAKE({"photo.png", .data = photo},
                             {"SHA256SUMS", .data = CAT(right, sum_line(right, "SHA256SUMS"))}));
    save("altered-member",
         MAKE({"a.p7m", .data = pdf_patch(signed_letter, "firmware 4.7.2", "firmware 4.7.3")},
              {"b.p7m", .data = signed_note}));
    save("pair-other",
         MAKE({"note.txt", .data = note}, {"note.txt.p7s", .data = sign(&detached, letter)}));
    /* A signed file of another kind under the name of a signature: it says nothing of the photo. */
    struct span asic =
        MAKE({"mimetype", .data = SPAN_LIT("application/vnd.etsi.asic-s+zip"), .flags = ZIP_STORED},
             {"letter.txt", .data = letter},
             {"META-INF/signature.p7s", .data = sign(&detached, letter)});
    save("pair-shown-alike", MAKE({"d\x82"
                                   "claration.pdf",
                                   .data = signed_pdf, .flags = ZIP_NOT_UTF8},
                                  {"d\x83"
                                   "claration.pdf",
                                   .data = photo, .flags = ZIP_NOT_UTF8},
                                  {"d\x82"
                                   "claration.pdf.p7s",
                                   .data = sign(&detached, signed_pdf), .flags = ZIP_NOT_UTF8}));
    save("pair-pdf", MAKE({"photo.png", .data = photo}, {"photo.png.p7s", .data = signed_pdf}));
    save("pair-asic", MAKE({"photo.png", .data = photo}, {"photo.png.sig", .data = asic}));
    save("pair-xml", MAKE({"photo.png", .data = photo}, {"photo.png.sig", .data = signed_xml()}));
    save("nested-unsigned", MAKE({"inner.zip", .data = MAKE({"x/photo.png", .data = photo})},
                                 {"letter.p7m", .data = signed_letter}));
}

/* ---- names ----------------------------------------------------------------------------------- */

static void write_names(void)
{
    static const struct {
        const char *file, *name;
    } names[] = {{"name-slip", "../declaration.p7m"},
                 {"name-inner-slip", "a/../../b.p7m"},
                 {"name-absolute", "/etc/passwd"},
                 {"name-drive", "C:letter.p7m"},
                 {"name-backslash", "..\\letter.p7m"},
                 {"name-windows-slip", "a\\..\\..\\letter.p7m"},
                 {"name-windows-both", "a\\b/letter.p7m"},
                 {"name-windows-absolute", "\\letter.p7m"},
                 {"name-control", "let\nter.p7m"},
                 {"name-empty-part", "a//b.p7m"},
                 {"name-dot", "./a.p7m"},
                 {"name-turned", "letter\xe2\x80\xaem7p.exe"},
                 {"name-not-text", "l\xff.p7m"}};
    for (size_t i = 0; i < COUNT(names); i++) {
        save(names[i].file, MAKE({names[i].name, .data = signed_letter}));
    }
    save("name-windows", MAKE({"docs\\", .flags = ZIP_STORED}, {"docs\\letter.txt", .data = letter},
                              {"docs\\letter.txt.p7s", .data = sign(&detached, letter)}));
    save("name-windows-unix", MAKE({"docs\\letter.p7m", .data = signed_letter, .mode = 0100644}));
    save("name-windows-twice", MAKE({"docs\\letter.p7m", .data = signed_letter},
                                    {"docs/letter.p7m", .data = signed_note}));
    save("name-nul", MAKE({"letter.p7m\0.exe", .name_n = 15, .data = signed_letter}));
    save("name-empty", MAKE({"", .data = signed_letter}));
    save("name-path-field", MAKE({"letter.p7m", .path_extra = "other.p7m", .data = signed_letter}));
    save("name-twice", MAKE({"a.p7m", .data = signed_letter}, {"b.p7m", .data = signed_note},
                            {"a.p7m", .data = signed_note}));
    save("name-file-and-folder", MAKE({"a", .data = signed_letter}, {"a-b", .data = signed_note},
                                      {"a/b.p7m", .data = signed_note}));
    save("name-link", MAKE({"letter.p7m", .data = signed_letter},
                           {"link.p7m", .data = SPAN_LIT("/etc/passwd"), .mode = 0120777}));
    save("name-local", MAKE({"letter.p7m", .local_name = "letter.exe", .data = signed_letter}));
}

/* ---- headers --------------------------------------------------------------------------------- */

static void write_headers(void)
{
    const struct zip_entry good = {"letter.p7m", .data = signed_letter};
    const struct zip_entry other = {"note.p7m", .data = signed_note};
    const struct zip_entry hidden = {"hidden.p7m", .data = signed_note, .flags = ZIP_HIDDEN};
    save("hidden-member", MAKE(good, hidden));
    save("hidden-first", MAKE(hidden, good));
    save("overlap-same", MAKE(good, {"letter.p7m2", .local_name = "letter.p7m",
                                     .data = signed_letter, .flags = ZIP_GHOST}));
    /* The first claims the second's header and content as the end of its own content. */
    save("overlap-quoted",
         MAKE({"a.bin", .data = photo, .flags = ZIP_STORED, .packed_more = 60, .size_more = 60},
              {"b.bin", .data = photo, .flags = ZIP_STORED}));
    save("encrypted", MAKE(good, {"secret.pdf", .data = signed_pdf, .set_flags = 1}));
    save("encrypted-aes", MAKE(good, {"secret.pdf", .data = signed_pdf, .method = 99}));
    save("flags-local",
         MAKE(good, {"note.p7m", .data = signed_note, .set_flags = 1, .flags = ZIP_LOCAL_ONLY}));
    save("method-bzip2", MAKE(good, {"note.p7m", .data = signed_note, .method = 12}));
    save("size-more", MAKE(good, {"note.p7m", .data = signed_note, .size_more = 100}));
    save("size-less", MAKE(good, {"note.p7m", .data = signed_note, .size_more = -10}));
    save("size-stored",
         MAKE({"note.p7m", .data = signed_note, .flags = ZIP_STORED, .size_more = 5}));
    save("packed-more", MAKE({"note.p7m", .data = signed_note, .packed_more = 1 << 20}));
    save("checksum", MAKE(good, {"note.p7m", .data = signed_note, .crc_xor = 1}));
    save("checksum-stored",
         MAKE(good, {"note.p7m", .data = signed_note, .crc_xor = 1, .flags = ZIP_STORED}));
    save("descriptor",
         MAKE({"note.p7m", .data = signed_note, .flags = ZIP_DESCRIPTOR | ZIP_BAD_DESCRIPTOR}));
    save("lie-in-front",
         MAKE({"note.p7m", .data = signed_note, .flags = ZIP_DESCRIPTOR | ZIP_LIE_IN_FRONT}));
    save("dot-folder", MAKE({"./note.p7m", .data = signed_note}));
    save("folder-content", MAKE(good, {"docs/", .data = signed_note}));
    save("before", MAKE_END(((struct zip_end){.before = SPAN_LIT("MZ this is a program")}), good));
    save("gap", MAKE_END(((struct zip_end){.gap = SPAN_LIT("nobody's bytes")}), good, other));
    save("gap-end", MAKE_END(((struct zip_end){.gap_end = SPAN_LIT("nobody's bytes")}), good));
    save("after", MAKE_END(((struct zip_end){.after = SPAN_LIT("nobody's bytes")}), good));
    save("two-archives", CAT(MAKE(good), MAKE(other)));
    save("archive-comment", MAKE_END(((struct zip_end){.comment = MAKE(other)}), good));
    save("entries-more", MAKE_END(((struct zip_end){.entries_more = 1}), good));
    save("entries-less", MAKE_END(((struct zip_end){.entries_more = -1}), good, other));
    save("wide-entries", MAKE_END(((struct zip_end){.wide = true, .wide_entries_more = 1}), good));
    save("wide-sizes", MAKE({"note.p7m", .data = signed_note, .flags = ZIP_WIDE, .size_more = 9}));
    save("cut-off", span_sub(MAKE(good, other), 0, MAKE(good, other).n - 7));
    save("no-directory", span_sub(MAKE(good, other), 0, 300));
}

/* ---- bombs ----------------------------------------------------------------------------------- */

static void write_bombs(void)
{
    size_t n = (size_t)12 << 20;
    struct span zeros = span_make(gen_alloc(n), n);
    struct span bomb = MAKE({"zeros.bin", .data = zeros});
    save("bomb", bomb);
    save("bomb-nested", MAKE({"a.zip", .data = MAKE({"b.zip", .data = bomb})}));
    save("bomb-declared", MAKE({"small.bin", .data = note, .size_more = (int64_t)300 << 20},
                               {"letter.p7m", .data = signed_letter}));
    struct span deep = MAKE({"letter.p7m", .data = signed_letter});
    for (int i = 0; i < 6; i++) {
        deep = MAKE({"deeper.zip", .data = deep});
    }
    save("deep", deep);
    struct zip_entry *many = gen_alloc(10001 * sizeof *many);
    for (size_t i = 0; i < 10001; i++) {
        many[i] = (struct zip_entry){.name = gen_printf("%zu", i), .data = SPAN_LIT("")};
        many[i].flags = ZIP_STORED;
    }
    save("too-many", zip_make(many, 10001, NULL));
    struct zip_entry *large = gen_alloc(8 * sizeof *large);
    for (size_t i = 0; i < 8; i++) {
        /* Each below the limit of one, together above the limit of all. */
        large[i] = (struct zip_entry){.name = gen_printf("%zu.bin", i), .data = letter};
        large[i].flags = ZIP_STORED;
        large[i].method = 8;
        large[i].size_more = (int64_t)150 << 20;
        large[i].data = span_make(zeros.p, (size_t)1 << 20);
    }
    save("too-large", zip_make(large, 8, NULL));
}

/* A large one: its members are given out in parts. */
static void write_large(void)
{
    struct zip_entry list[40];
    for (size_t i = 0; i < COUNT(list); i++) {
        list[i] = (struct zip_entry){.name = gen_printf("letters/%02zu.p7m", i),
                                     .data = i % 2 ? signed_letter : signed_note};
    }
    save("large", zip_make(list, COUNT(list), NULL));
    list[17].data = photo;
    list[30].data = pdf_patch(signed_note, "calibrated", "calibrate!");
    save("large-mixed", zip_make(list, COUNT(list), NULL));
}

/* Signed files whose name makes programs show something else of them. */
static void write_misnamed(void)
{
    struct span pem = gen_pem("PKCS7", signed_letter);
    struct span zip = MAKE({"letter.p7m", .data = signed_letter});
    gen_write(out_dir, "misnamed/letter.html", pem);
    gen_write(out_dir, "misnamed/letter.txt", pem);
    gen_write(out_dir, "misnamed/letter.pdf", signed_letter);
    gen_write(out_dir, "misnamed/signed.XHTML", signed_xml());
    gen_write(out_dir, "misnamed/declaration.htm", signed_pdf);
    gen_write(out_dir, "misnamed/archive.pdf", zip);
    save("misnamed-inner", MAKE({"inner.pdf", .data = zip}));
}

void samples_zip(const char *dir)
{
    out_dir = dir;
    letter = span_str(declaration_letter);
    note = SPAN_LIT("The test bench was calibrated on the day of the test.\n");
    photo = SPAN_LIT("\x89PNG\r\n\x1a\nthe picture of a camera, 1280 x 720, not signed at all\n");
    signed_letter = sign(&attached, letter);
    signed_note = sign(&attached, note);
    signed_pdf = make_pdf();
    write_good();
    write_lists();
    write_system_files();
    write_bad_lists();
    write_names();
    write_headers();
    write_bombs();
    write_large();
    write_misnamed();
}
