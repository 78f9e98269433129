/*
 * renew - `satyapan register renew-timestamps`: evidence and archive time-stamps for PDFs that were
 * issued (EN 319 142-1: B-LT, B-LTA), in bulk.
 *
 * A signature stays checkable beyond the certificates behind it when evidence and a time-stamp are
 * added while those still count, and another time-stamp before the certificate of the last one
 * ends. The file begins with what it was, so the signature, the QR code and the data stay; its
 * SHA-256 is another one, so the event "renew" names it in the log: the proof beside a PDF is
 * always of its very octets. The file before stays among the blobs.
 *
 * What is done is not due any more: after whatever interruption the command is run again. What it
 * does not do: it does not renew the XML twin.
 */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "base/mem.h"
#include "base/number.h"
#include "cli/issue/command.h"
#include "cli/options.h"
#include "db/files.h"
#include "db/rows.h"
#include "records/audit.h"
#include "records/blobs.h"
#include "records/log.h"
#include "scheme/date.h"

static const char help[] =
    "usage: satyapan register renew-timestamps --tsa URL --cert F --crl F [OPTIONS]\n\n"
    "Adds evidence and an archive time-stamp to the PDFs of issued certificates that have none, "
    "or\n"
    "whose last one rests on a certificate that ends soon. Each gets an event \"renew\" in the\n"
    "register; the earlier file is kept. Run it again after an interruption.\n\n"
    "  --level L        LTA (default), or LT: evidence only\n"
    "  --within DAYS    what ends within so many days is due; 90 unless said\n"
    "  --number N       this certificate only\n"
    "  --limit N        at most so many\n"
    "  --dry-run        tells what is due\n"
    "  --out DIR        copies of the new files, as satyapan issue writes them\n"
    "  --tsa, --cert, --crl, --data: as satyapan issue\n"
    "  --format json    one object a line\n\n"
    "Withdrawn certificates are left as they are. Exit: 0 all that was due is done; 69 the\n"
    "authority does not answer.\n";

enum { PDF_MAX = 64 << 20, PAGE = 200, DAY = 86400 };

struct renewing {
    struct issue_setup *s;
    const char *level, *number, *within, *limit_text;
    bool dry, json;
    int64_t days, limit;
    int64_t done, fresh, kept; /* kept: withdrawn */
    char today[DATE_TEXT], why[ISSUE_WHY];
};

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

/* ---- what a file has ------------------------------------------------------------------------- */

/* When the certificate of the one who made a token ends; UTC_NONE: it cannot be told. */
static int64_t token_end(struct span der)
{
    const unsigned char *p = der.p;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);
    STACK_OF(X509) *certs = cms ? CMS_get1_certs(cms) : NULL;
    STACK_OF(CMS_SignerInfo) *signers = cms ? CMS_get0_SignerInfos(cms) : NULL;
    int64_t end = UTC_NONE;
    for (int i = 0; signers && i < sk_X509_num(certs); i++) {
        X509 *x = sk_X509_value(certs, i);
        struct tm tm;
        if (CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(signers, 0), x) == 0 &&
            ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) == 1) {
            end = (int64_t)timegm(&tm);
        }
    }
    sk_X509_pop_free(certs, X509_free);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return end;
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The last place of a text; SIZE_MAX: nowhere. */
static size_t find_last(struct span file, struct span text)
{
    size_t at = SIZE_MAX;
    for (size_t i = span_find(file, text, 0); i != SIZE_MAX; i = span_find(file, text, i + 1)) {
        at = i;
    }
    return at;
}

/* Of the last document time-stamp, as pades.c writes it; UTC_NONE: there is none. The file is ours:
 * its SHA-256 is the register's. */
static int64_t last_stamp(struct span file)
{
    size_t at = find_last(file, SPAN_LIT("/SubFilter /ETSI.RFC3161"));
    size_t open = at == SIZE_MAX ? at : span_find(file, SPAN_LIT("/Contents <"), at);
    if (open == SIZE_MAX) {
        return UTC_NONE;
    }
    struct span hex = span_sub(file, open + 11, file.n);
    hex = span_sub(hex, 0, span_find(hex, SPAN_LIT(">"), 0));
    uint8_t *der = mem_alloc(hex.n / 2 + 1);
    size_t n = 0;
    while (der && n < hex.n / 2 && digit(hex.p[2 * n]) >= 0 && digit(hex.p[2 * n + 1]) >= 0) {
        der[n] = (uint8_t)(digit(hex.p[2 * n]) << 4 | digit(hex.p[2 * n + 1]));
        n++;
    }
    int64_t end = der ? token_end(span_make(der, n)) : UTC_NONE;
    mem_free(der);
    return end;
}

static bool is_due(const struct renewing *u, struct span file)
{
    if (u->s->c.level == PADES_LT) {
        return span_find(file, SPAN_LIT("/Type /DSS"), 0) == SIZE_MAX;
    }
    int64_t end = last_stamp(file);
    return end == UTC_NONE || end < u->s->c.now + u->days * DAY;
}

/* ---- the event ------------------------------------------------------------------------------- */

static int note(struct renewing *u, const char *number, const char *pdf, const char *before)
{
    char actor[96], subject[96];
    const struct passwd *p = getpwuid(getuid());
    (void)snprintf(actor, sizeof actor, "operator:%s", p ? p->pw_name : "unknown");
    (void)snprintf(subject, sizeof subject, "certificate:%.80s", number);
    json_t *detail = json_pack("{ss ss}", "pdf", pdf, "before", before);
    const struct audit_row row = {.at = u->s->c.now,
                                  .person = UTC_NONE,
                                  .actor = actor,
                                  .action = "register.renew",
                                  .subject = subject,
                                  .application = UTC_NONE,
                                  .detail = detail};
    int64_t seq = detail ? audit_append(u->s->c.r, &row) : -1;
    json_decref(detail);
    return seq < 0 ? RECORDS_FAILED : 0;
}

/* The certificate may have been changed while the authority was asked: RECORDS_CONFLICT. */
/* A file that is made: on the disk under its hash, before a row names it. */
struct made {
    char sha256[SHA256_HEX]; /* "": the file before stays */
    int64_t size;
};

static int append(struct renewing *u, const char *number, const struct register_version *was,
                  const struct made *pdf, const struct made *xml)
{
    struct issuing *c = &u->s->c;
    struct register_version v;
    char why[REGISTER_WHY] = "";
    const struct register_event e = {.number = number,
                                     .event = "renew",
                                     .effective_on = u->today,
                                     .reason = "archival-timestamp",
                                     .same = was->data_sha256,
                                     .pdf = pdf->sha256,
                                     .xml = xml->sha256[0] ? xml->sha256
                                            : was->xml[0]  ? was->xml
                                                           : NULL,
                                     .person = UTC_NONE,
                                     .second = UTC_NONE,
                                     .application = UTC_NONE};
    int rc = register_version(c->r, number, INT64_MAX, &v);
    if (rc == 0 && (strcmp(v.pdf, was->pdf) != 0 || strcmp(v.data_sha256, was->data_sha256) != 0)) {
        rc = RECORDS_CONFLICT;
    }
    register_version_free(&v);
    rc = rc ? rc : blob_keep(c->r, pdf->sha256, pdf->size, c->now);
    rc = rc || !xml->sha256[0] ? rc : blob_keep(c->r, xml->sha256, xml->size, c->now);
    int64_t entry = rc ? rc : register_append(c->r, &e, c->now, &c->key, why);
    (void)snprintf(u->why, sizeof u->why, "%s", why);
    return entry < 0 ? (int)entry : note(u, number, pdf->sha256, was->pdf);
}

static int keep(struct renewing *u, const struct buffer *file, struct made *out)
{
    struct blob_draft *d = NULL;
    if (blob_begin(u->s->c.data, PDF_MAX, &d) != 0) {
        return -1;
    }
    if (blob_write(d, buffer_span(file)) != 0) {
        blob_drop(d);
        return -1;
    }
    return blob_done(d, out->sha256, &out->size);
}

/* xml: empty, where the twin stays as it is. */
static enum exit_code write_event(struct renewing *u, const char *number,
                                  const struct register_version *was, const struct buffer *pdf,
                                  const struct buffer *xml)
{
    struct issuing *c = &u->s->c;
    struct made files[2] = {{"", 0}, {"", 0}};
    if (keep(u, pdf, &files[0]) != 0 || (xml->n && keep(u, xml, &files[1]) != 0) ||
        records_begin(c->r) != 0) {
        return EXIT_IO;
    }
    int rc = append(u, number, was, &files[0], &files[1]);
    rc = records_commit(c->r, rc == 0) != 0 && rc == 0 ? RECORDS_FAILED : rc;
    if (rc == RECORDS_CONFLICT) {
        complain("register renew-timestamps: %s: %s", number,
                 u->why[0] ? u->why : "it was changed meanwhile; run the command again");
        return EXIT_BAD;
    }
    return rc == 0 ? EXIT_GOOD : EXIT_INTERNAL;
}

/* ---- one certificate ------------------------------------------------------------------------- */

static void tell(const struct renewing *u, const char *number, const char *result)
{
    if (!u->json) {
        (void)printf("%-26s %s\n", number, result);
    } else {
        json_t *o = json_pack("{ss ss}", "number", number, "result", result);
        char *text = o ? rows_canonical(o) : NULL;
        (void)puts(text ? text : "{}");
        mem_free(text);
        json_decref(o);
    }
    (void)fflush(stdout);
}

/* The XML twin, when it is there and an archive time-stamp is wanted. 0, 1 (u->why), -1. */
static int extend_twin(struct renewing *u, const struct register_version *was, struct buffer *out)
{
    struct issuing *c = &u->s->c;
    char path[SHA256_HEX + 8], folder[4096], hex[SHA256_HEX];
    uint8_t hash[SHA256_SIZE];
    struct span file;
    if (!was->xml[0] || c->level != PADES_LTA) {
        return 0;
    }
    (void)snprintf(folder, sizeof folder, "%s/blobs", c->data);
    (void)snprintf(path, sizeof path, "%.2s/%s", was->xml, was->xml);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 ? files_map(fd, path, PDF_MAX, &file) : -1;
    if (rc == 0) {
        rc = hash_sha256(file, hash);
        if (rc == 0 && strcmp(hash_hex(span_make(hash, sizeof hash), false, hex), was->xml) != 0) {
            rc = 1;
        }
        rc = rc ? rc : xades_extend(file, &c->stamper, &c->evidence, out, u->why);
        files_unmap(file);
    } else {
        rc = 1;
    }
    if (rc == 1 && !u->why[0]) {
        (void)snprintf(u->why, sizeof u->why,
                       "its XML on the disk is not the register's; restore "
                       "it from the backup");
    }
    (void)(fd >= 0 && close(fd));
    return rc;
}

static enum exit_code extend(struct renewing *u, const char *number,
                             const struct register_version *was, struct span file)
{
    struct issuing *c = &u->s->c;
    struct buffer out, twin;
    const struct pades_options how = {
        .level = c->level, .now = c->now, .stamper = &c->stamper, .evidence = &c->evidence};
    buffer_init(&out, PDF_MAX);
    buffer_init(&twin, PDF_MAX);
    u->why[0] = 0;
    int64_t before = last_stamp(file);
    int rc = pades_extend(file, &how, &out, u->why);
    if (rc == 0 && c->level == PADES_LTA && before != UTC_NONE &&
        last_stamp(buffer_span(&out)) <= before) {
        (void)snprintf(u->why, sizeof u->why,
                       "the authority's certificate ends no later than that of the time-stamp the "
                       "file has: nothing would be gained. Ask one with a newer certificate");
        rc = 1;
    }
    rc = rc ? rc : extend_twin(u, was, &twin);
    enum exit_code code = rc == 0   ? write_event(u, number, was, &out, &twin)
                          : rc == 1 ? EXIT_UNAVAILABLE
                                    : EXIT_INTERNAL;
    buffer_free(&out);
    buffer_free(&twin);
    if (rc == 1) {
        complain("register renew-timestamps: %s: %s", number, u->why);
    }
    if (code == EXIT_GOOD && c->out >= 0 && files_write_all(c, number, u->why) != 0) {
        complain("register renew-timestamps: %s", u->why);
        code = EXIT_IO;
    }
    return code;
}

static enum exit_code check_file(struct renewing *u, const char *number,
                                 const struct register_version *v, struct span file)
{
    uint8_t hash[SHA256_SIZE];
    char hex[SHA256_HEX];
    if (hash_sha256(file, hash) != 0) {
        return EXIT_INTERNAL;
    }
    if (strcmp(hash_hex(span_make(hash, sizeof hash), false, hex), v->pdf) != 0) {
        complain("register renew-timestamps: %s: the PDF on the disk is not the register's; "
                 "restore it from the backup",
                 number);
        return EXIT_BAD;
    }
    if (!is_due(u, file)) {
        u->fresh++;
        return EXIT_GOOD;
    }
    enum exit_code code = u->dry ? EXIT_GOOD : extend(u, number, v, file);
    if (code == EXIT_GOOD) {
        u->done++;
        tell(u, number, u->dry ? "due" : "renewed");
    }
    return code;
}

static enum exit_code one(struct renewing *u, const json_t *row)
{
    struct register_version v;
    const char *number = text_of(row, "number");
    struct span file;
    char path[SHA256_HEX + 8], folder[4096];
    if (strcmp(text_of(row, "status"), "WITHDRAWN") == 0 || !*text_of(row, "pdf")) {
        u->kept++;
        return EXIT_GOOD;
    }
    if (register_version(u->s->c.r, number, INT64_MAX, &v) != 0) {
        return EXIT_INTERNAL;
    }
    (void)snprintf(folder, sizeof folder, "%s/blobs", u->s->c.data);
    (void)snprintf(path, sizeof path, "%.2s/%s", v.pdf, v.pdf);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum exit_code code = EXIT_BAD;
    if (fd >= 0 && files_map(fd, path, PDF_MAX, &file) == 0) {
        code = check_file(u, number, &v, file);
        files_unmap(file);
    } else {
        complain("register renew-timestamps: %s: its PDF is not among the blobs", number);
    }
    (void)(fd >= 0 && close(fd));
    register_version_free(&v);
    return code;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* A file that is damaged does not hold up the others; an authority that is gone does. */
static enum exit_code all(struct renewing *u)
{
    struct certificate_search s = {.number = u->number, .limit = PAGE};
    char after[160] = "";
    enum exit_code worst = EXIT_GOOD;
    bool more = true;
    while (more) {
        json_t *page = NULL, *row;
        size_t i;
        s.after = after[0] ? after : NULL;
        if (certificate_search(u->s->c.r, &s, &page) != 0) {
            return EXIT_INTERNAL;
        }
        more = json_array_size(page) == PAGE;
        json_array_foreach(page, i, row)
        {
            enum exit_code code = u->done < u->limit && worst <= EXIT_BAD ? one(u, row) : EXIT_GOOD;
            worst = code > worst ? code : worst;
        }
        more = more && worst <= EXIT_BAD && u->done < u->limit;
        (void)snprintf(after, sizeof after, "%s",
                       text_of(json_array_get(page, json_array_size(page) - 1), "number"));
        json_decref(page);
    }
    return worst;
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum exit_code wrong(const char *text)
{
    complain("register renew-timestamps: %s; see --help", text);
    return EXIT_USAGE;
}

static bool take(void *context, int option)
{
    struct renewing *u = context;
    const char **const texts[] = {
        ['l'] = &u->level, ['N'] = &u->number, ['w'] = &u->within, ['L'] = &u->limit_text};
    if (option == 'n') {
        u->dry = true;
    } else if (option == 'f') {
        u->json = strcmp(optarg, "json") == 0;
        return u->json || strcmp(optarg, "text") == 0;
    } else if (option > 0 && option < (int)(sizeof texts / sizeof *texts) && texts[option]) {
        *texts[option] = optarg;
    } else {
        return setup_option(u->s, option, optarg);
    }
    return true;
}

static bool number_of(const char *text, int64_t otherwise, int64_t most, int64_t *out)
{
    *out = otherwise;
    return !text || number_read(text, 0, most, out);
}

/* -1: go on; else the exit code. */
static int read_options(int argc, char **argv, struct renewing *u)
{
    static const struct option options[] = {{"level", required_argument, NULL, 'l'},
                                            {"within", required_argument, NULL, 'w'},
                                            {"number", required_argument, NULL, 'N'},
                                            {"limit", required_argument, NULL, 'L'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"dry-run", no_argument, NULL, 'n'},
                                            {"help", no_argument, NULL, 'h'},
                                            SETUP_OPTIONS,
                                            {0}};
    const struct option_table how = {"register renew-timestamps", help, options, take, u};
    int code = options_read(&how, argc, argv);
    if (code >= 0) {
        return code;
    }
    if (optind < argc) {
        return (int)wrong("there is a word too many");
    }
    if (!number_of(u->within, 90, 36500, &u->days) ||
        !number_of(u->limit_text, INT64_MAX, INT64_MAX - 1, &u->limit)) {
        return (int)wrong("--within and --limit are whole numbers");
    }
    const char *level = u->level ? u->level : "LTA";
    if (strcmp(level, "LT") != 0 && strcmp(level, "LTA") != 0) {
        return (int)wrong("--level is LT or LTA");
    }
    u->s->c.level = strcmp(level, "LT") == 0 ? PADES_LT : PADES_LTA;
    if (!u->dry && ((u->s->c.level == PADES_LTA && !u->s->tsa) || !u->s->cert_count)) {
        return (int)wrong("it needs --tsa, and --cert and --crl for what is added");
    }
    return -1;
}

static enum exit_code run(struct renewing *u)
{
    enum exit_code code = setup_records(u->s);
    code = code == EXIT_GOOD && u->s->out ? setup_out(u->s) : code;
    if (!u->dry) {
        code = code == EXIT_GOOD ? setup_evidence(u->s) : code;
        code = code == EXIT_GOOD ? setup_tsa(u->s) : code;
    }
    if (code != EXIT_GOOD) {
        return code;
    }
    (void)date_text(date_of_utc(u->s->c.now), u->today);
    code = all(u);
    if (u->number && code == EXIT_GOOD && u->done + u->fresh + u->kept == 0) {
        complain("register renew-timestamps: there is no certificate \"%s\"", u->number);
        return EXIT_NO_INPUT;
    }
    if (u->s->c.out >= 0 && files_finish(&u->s->c) != 0) {
        return EXIT_IO;
    }
    if (!u->json) {
        (void)printf("%lld %s, %lld not due, %lld left as they are\n", (long long)u->done,
                     u->dry ? "due" : "renewed", (long long)u->fresh, (long long)u->kept);
    }
    return code;
}

enum exit_code renew_main(int argc, char **argv, struct issue_setup *s)
{
    struct renewing u = {.s = s};
    int code = read_options(argc, argv, &u);
    return code < 0 ? run(&u) : (enum exit_code)code;
}
