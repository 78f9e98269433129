/*
 * export - `satyapan register export`: the register as files for others.
 *
 *   certificates.json, .csv, status-list.json     with signed notes beside them (.sig)
 *   checkpoint, register.vkey
 *   issuer/URI.xml                 for an issuer of the DigiLocker kind: document (base64 PDF) and
 *                                  data (base64 XML certificate) of each certificate that is valid
 *   issuer/index.csv               URI, number, dates, state, SHA-256 of all of them
 *
 * Each file is whole or not there; what is the same already is left as it is. Memory does not grow
 * with the register. What it does not do: it sends nothing to anybody.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/register/command.h"
#include "db/files.h"
#include "records/log.h"

enum { NAME = 200, PAGE = 200, FILE_MAX = 64 << 20 };

struct exporting {
    struct run *c;
    int folder, issuer, blobs;
    int64_t size; /* entries of the log */
    FILE *index;  /* issuer/index.csv while it is written */
    int64_t documents;
};

static enum exit_code io(const char *name)
{
    complain("export: %s: %s", name, strerrordesc_np(errno));
    return EXIT_IO;
}

static enum exit_code put(int folder, const char *name, struct span bytes)
{
    return files_same(folder, name, bytes) || files_put(folder, name, bytes) == 0 ? EXIT_GOOD
                                                                                  : io(name);
}

/* ---- a large file, in pieces ----------------------------------------------------------------- */

struct writing {
    int fd;
    EVP_MD_CTX *digest;
};

static int write_piece(void *context, struct span piece)
{
    struct writing *w = context;
    return EVP_DigestUpdate(w->digest, piece.p, piece.n) == 1 ? files_write(w->fd, piece) : -1;
}

static enum exit_code put_note(struct exporting *e, const char *name,
                               const uint8_t hash[SHA256_SIZE])
{
    char sig[NAME];
    struct buffer b;
    (void)snprintf(sig, sizeof sig, "%s.sig", name);
    buffer_init(&b, NOTE_MAX);
    int rc = register_dump_note(name, e->c->on, e->size, hash, &e->c->keys.key, &e->c->keys.by, &b);
    enum exit_code code = rc == 0 ? put(e->folder, sig, buffer_span(&b)) : EXIT_INTERNAL;
    buffer_free(&b);
    return code;
}

static enum exit_code put_dump(struct exporting *e, const char *name, bool csv)
{
    char tmp[NAME];
    uint8_t hash[SHA256_SIZE];
    unsigned n = sizeof hash;
    (void)snprintf(tmp, sizeof tmp, "%s.%ld.tmp", name, (long)getpid());
    struct writing w = {openat(e->folder, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644),
                        EVP_MD_CTX_new()};
    const struct register_sink to = {write_piece, &w};
    bool good = w.fd >= 0 && w.digest && EVP_DigestInit_ex(w.digest, EVP_sha256(), NULL) == 1;
    int rc = good ? register_dump(e->c->r, e->c->on, csv, &to) : -1;
    good = rc == 0 && EVP_DigestFinal_ex(w.digest, hash, &n) == 1 && fsync(w.fd) == 0;
    good = w.fd >= 0 && close(w.fd) == 0 && good;
    EVP_MD_CTX_free(w.digest);
    if (!good || renameat(e->folder, tmp, e->folder, name) != 0) {
        enum exit_code code = io(name);
        (void)unlinkat(e->folder, tmp, 0);
        return code;
    }
    return put_note(e, name, hash);
}

/* ---- small files ----------------------------------------------------------------------------- */

static enum exit_code put_made(struct exporting *e, const char *name,
                               int (*make)(struct exporting *e, struct buffer *out))
{
    struct buffer b;
    buffer_init(&b, (size_t)256 << 20);
    int rc = make(e, &b);
    enum exit_code code = rc == RECORDS_NONE          ? EXIT_GOOD
                          : rc != 0 || !buffer_ok(&b) ? failed(e->c)
                                                      : put(e->folder, name, buffer_span(&b));
    buffer_free(&b);
    return code;
}

/* The status list with a signature beside it, as the dumps have one. */
static enum exit_code put_list(struct exporting *e)
{
    struct buffer b;
    uint8_t hash[SHA256_SIZE];
    buffer_init(&b, (size_t)256 << 20);
    buffer_str(&b, "{\"bits\":2,\"lst\":\"");
    int rc = register_status_list(e->c->r, e->c->on, &b);
    buffer_printf(&b, "\",\"on\":\"%s\"}\n", e->c->on);
    rc = rc || !buffer_ok(&b) ? -1 : hash_sha256(buffer_span(&b), hash);
    enum exit_code code = rc ? failed(e->c) : put(e->folder, "status-list.json", buffer_span(&b));
    buffer_free(&b);
    return code == EXIT_GOOD ? put_note(e, "status-list.json", hash) : code;
}

static int make_head(struct exporting *e, struct buffer *out)
{
    return register_head(e->c->r, out);
}

static int make_key(struct exporting *e, struct buffer *out)
{
    int rc = note_key_write(&e->c->keys.key, out);
    buffer_char(out, '\n');
    return rc;
}

/* ---- documents ------------------------------------------------------------------------------- */

/* in.gov.ISSUER-TYPE-ID; the number's '/' is '_', which no number has. */
static void make_uri(const struct run *c, const char *number, char out[NAME])
{
    (void)snprintf(out, NAME, "%s-%s-%.80s", c->issuer, c->type, number);
    for (char *p = out; *p; p++) {
        *p = *p == '/' ? '_' : *p;
    }
}

static bool put_base64(struct buffer *out, struct span in)
{
    if (in.n > FILE_MAX) {
        return false;
    }
    uint8_t *text = mem_alloc(in.n / 3 * 4 + 8);
    int n = text ? EVP_EncodeBlock(text, in.p, (int)in.n) : -1;
    buffer_add(out, span_make(text, n > 0 ? (size_t)n : 0));
    mem_free(text);
    return n >= 0;
}

static bool put_blob(struct exporting *e, const char *hash, const char *element, struct buffer *out)
{
    char path[SHA256_HEX + 8];
    struct span bytes;
    (void)snprintf(path, sizeof path, "%.2s/%s", hash, hash);
    if (!*hash || files_map(e->blobs, path, FILE_MAX, &bytes) != 0) {
        return false;
    }
    buffer_printf(out, "  <%s>", element);
    bool good = put_base64(out, bytes);
    buffer_printf(out, "</%s>\n", element);
    files_unmap(bytes);
    return good && buffer_ok(out);
}

static enum exit_code put_document(struct exporting *e, const char *number, const char *uri)
{
    struct register_version v;
    struct buffer b;
    char name[NAME + 8];
    if (register_version(e->c->r, number, INT64_MAX, &v) != 0) {
        return failed(e->c);
    }
    buffer_init(&b, (size_t)4 * FILE_MAX);
    buffer_printf(&b,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DocDetails>\n  <URI>%s</URI>\n"
                  "  <DocType>%s</DocType>\n  <DocId>%s</DocId>\n",
                  uri, e->c->type, uri + strlen(e->c->issuer) + strlen(e->c->type) + 2);
    bool good = put_blob(e, v.pdf, "DocContent", &b) && put_blob(e, v.xml, "DataContent", &b);
    buffer_str(&b, "</DocDetails>\n");
    (void)snprintf(name, sizeof name, "%s.xml", uri);
    enum exit_code code = EXIT_GOOD;
    if (!good || !buffer_ok(&b)) {
        complain("export: the files of %s are not among the blobs", number);
        code = EXIT_BAD;
    } else {
        code = put(e->issuer, name, buffer_span(&b));
        e->documents++;
    }
    buffer_free(&b);
    register_version_free(&v);
    return code;
}

/* One that is not valid any more is taken away, so that nobody is given it. */
static enum exit_code drop_document(struct exporting *e, const char *uri)
{
    char name[NAME + 8];
    (void)snprintf(name, sizeof name, "%s.xml", uri);
    return unlinkat(e->issuer, name, 0) == 0 || errno == ENOENT ? EXIT_GOOD : io(name);
}

static enum exit_code one(struct exporting *e, const json_t *row)
{
    struct register_state s;
    char uri[NAME];
    const char *number = text_of(row, "number");
    if (register_state(e->c->r, number, e->c->on, NULL, NULL, &s, NULL) == RECORDS_FAILED) {
        return failed(e->c);
    }
    make_uri(e->c, number, uri);
    (void)fprintf(e->index, "%s,%s,%s,%s,%s,%s,%s\r\n", uri, number, text_of(row, "issued_on"),
                  s.valid_from, s.valid_to, register_status_code(s.status), text_of(row, "pdf"));
    return s.status == REGISTER_VALID ? put_document(e, number, uri) : drop_document(e, uri);
}

static enum exit_code each_document(struct exporting *e)
{
    struct certificate_search s = {.limit = PAGE};
    char after[160] = "";
    enum exit_code worst = EXIT_GOOD;
    for (size_t n = PAGE; worst <= EXIT_BAD && n == PAGE;) {
        json_t *page = NULL, *row;
        size_t i;
        s.after = after[0] ? after : NULL;
        if (certificate_search(e->c->r, &s, &page) != 0) {
            return failed(e->c);
        }
        n = json_array_size(page);
        json_array_foreach(page, i, row)
        {
            enum exit_code code = worst <= EXIT_BAD ? one(e, row) : EXIT_GOOD;
            worst = code > worst ? code : worst;
            (void)snprintf(after, sizeof after, "%s", text_of(row, "number"));
        }
        json_decref(page);
    }
    return worst;
}

static enum exit_code put_documents(struct exporting *e)
{
    static const char name[] = "index.csv.tmp";
    int fd = openat(e->issuer, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    e->index = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!e->index) {
        (void)(fd >= 0 && close(fd));
        return io(name);
    }
    (void)fputs("uri,number,issued_on,valid_from,valid_to,status,pdf_sha256\r\n", e->index);
    enum exit_code code = each_document(e);
    bool good = fflush(e->index) == 0 && !ferror(e->index) && fsync(fd) == 0;
    good = fclose(e->index) == 0 && good;
    if (code > EXIT_BAD || !good || renameat(e->issuer, name, e->issuer, "index.csv") != 0) {
        code = code > EXIT_BAD ? code : io(name);
        (void)unlinkat(e->issuer, name, 0);
    }
    return code;
}

/* ---- together -------------------------------------------------------------------------------- */

/* "in.gov.body", "IOTSC": what stands in an address. */
static bool good_word(const char *s, const char *more)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++) {
        bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
                      (s[i] >= '0' && s[i] <= '9');
        if (!letter && !strchr(more, s[i])) {
            return false;
        }
    }
    return n > 0 && n <= 60 && s[0] != '.';
}

static enum exit_code open_folders(struct exporting *e)
{
    char path[4096];
    const char *out = e->c->out;
    if ((mkdir(out, 0755) != 0 && errno != EEXIST) ||
        (e->folder = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        return io(out);
    }
    if (!e->c->issuer) {
        return EXIT_GOOD;
    }
    (void)snprintf(path, sizeof path, "%s/blobs", e->c->data);
    e->blobs = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if ((mkdirat(e->folder, "issuer", 0755) != 0 && errno != EEXIST) ||
        (e->issuer = openat(e->folder, "issuer", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) <
            0) {
        return io("issuer");
    }
    return EXIT_GOOD;
}

static enum exit_code write_all(struct exporting *e)
{
    e->size = log_size(e->c->r);
    enum exit_code code = e->size < 0 ? failed(e->c) : put_dump(e, "certificates.json", false);
    code = code == EXIT_GOOD ? put_dump(e, "certificates.csv", true) : code;
    code = code == EXIT_GOOD ? put_list(e) : code;
    code = code == EXIT_GOOD ? put_made(e, "checkpoint", make_head) : code;
    code = code == EXIT_GOOD ? put_made(e, "register.vkey", make_key) : code;
    if (code == EXIT_GOOD && log_size(e->c->r) != e->size) {
        complain("export: an event was added meanwhile; run it again");
        code = EXIT_UNSURE;
    }
    return code == EXIT_GOOD && e->c->issuer ? put_documents(e) : code;
}

enum exit_code run_export(struct run *c)
{
    struct exporting e = {.c = c, .folder = -1, .issuer = -1, .blobs = -1};
    c->type = c->type ? c->type : "IOTSC";
    if (!c->out || c->dated) {
        complain("export needs --out DIR; it is of today");
        return EXIT_USAGE;
    }
    if ((c->issuer && !good_word(c->issuer, ".")) || !good_word(c->type, "")) {
        complain("--issuer is like in.gov.body, --type like IOTSC: letters, digits, dots");
        return EXIT_USAGE;
    }
    enum exit_code code = open_key(c);
    code = code == EXIT_GOOD ? open_folders(&e) : code;
    code = code == EXIT_GOOD ? write_all(&e) : code;
    if (e.folder >= 0 && syncfs(e.folder) != 0 && code == EXIT_GOOD) {
        code = io(c->out);
    }
    if (code == EXIT_GOOD) {
        (void)printf("%s: of %lld entries, %lld documents\n", c->out, (long long)e.size,
                     (long long)e.documents);
    }
    register_key_forget(&c->keys);
    (void)(e.folder >= 0 && close(e.folder));
    (void)(e.issuer >= 0 && close(e.issuer));
    (void)(e.blobs >= 0 && close(e.blobs));
    return code;
}
