/*
 * verify - `satyapan verify`: options, then a batch, then the form of output asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "base/utc.h"
#include "cli/batch.h"
#include "cli/options.h"
#include "cli/stored.h"
#include "report/render.h"
#include "report/strings.h"

enum { OUTPUT_MAX = 256 << 20, MAX_EVIDENCE = 256 };

enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_HTML, OUTPUT_ETSI };

struct given {
    enum sp_evidence_kind kind;
    const char *path;
};

struct verify {
    struct setup setup;
    struct batch_options batch;
    enum output output;
    enum lang lang;
    const char *profile, *grace, *evidence_dir;
    const char *trust_dir;
    struct obtain_options obtain;
    bool offline;
    struct password password;
    enum exit_code code; /* of the options, told already */
    struct given given[MAX_EVIDENCE];
    size_t given_count;
    size_t told;
    size_t verdicts[SP_REJECTED + 1];
};

enum option_id {
    OPT_PROFILE = 256,
    OPT_TRUST,
    OPT_UNTRUSTED,
    OPT_SPECIAL,
    OPT_DISTRUSTED,
    OPT_CRL,
    OPT_OCSP,
    OPT_CONTENT,
    OPT_AT,
    OPT_RECEIVED,
    OPT_GRACE,
    OPT_OFFLINE,
    OPT_PASSWORD_FILE,
    OPT_DATA,
    OPT_FETCH_TIME,
    OPT_KIND,
    OPT_APPLICANT,
    OPT_FORMAT,
    OPT_LANG,
    OPT_EVIDENCE,
    OPT_JOBS,
    OPT_NO_SANDBOX,
    OPT_TRUST_DIR
};

static const struct option options[] = {
    {"profile", required_argument, NULL, OPT_PROFILE},
    {"trust", required_argument, NULL, OPT_TRUST},
    {"untrusted", required_argument, NULL, OPT_UNTRUSTED},
    {"special", required_argument, NULL, OPT_SPECIAL},
    {"distrusted", required_argument, NULL, OPT_DISTRUSTED},
    {"crl", required_argument, NULL, OPT_CRL},
    {"ocsp", required_argument, NULL, OPT_OCSP},
    {"content", required_argument, NULL, OPT_CONTENT},
    {"at", required_argument, NULL, OPT_AT},
    {"received", required_argument, NULL, OPT_RECEIVED},
    {"grace", required_argument, NULL, OPT_GRACE},
    {"offline", no_argument, NULL, OPT_OFFLINE},
    {"password-file", required_argument, NULL, OPT_PASSWORD_FILE},
    {"data", required_argument, NULL, OPT_DATA},
    {"fetch-time", required_argument, NULL, OPT_FETCH_TIME},
    {"kind", required_argument, NULL, OPT_KIND},
    {"applicant", required_argument, NULL, OPT_APPLICANT},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"lang", required_argument, NULL, OPT_LANG},
    {"evidence", required_argument, NULL, OPT_EVIDENCE},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"no-sandbox", no_argument, NULL, OPT_NO_SANDBOX},
    {"trust-dir", required_argument, NULL, OPT_TRUST_DIR},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const char help[] =
    "usage: satyapan verify [OPTIONS] FILE|DIR|- ...\n\n"
    "  --profile NAME|FILE   india-dsc (default), generic (needs --trust), or a policy file\n"
    "  --trust PATH          trust anchor: file or directory, PEM/DER/p7c/base64 (repeatable)\n"
    "  --untrusted PATH      more certificates, only ever intermediates\n"
    "  --crl PATH --ocsp PATH  revocation data\n"
    "  --special PATH        roots for other purposes: a document path ending there fails\n"
    "  --distrusted PATH     certificates whose paths are refused\n"
    "  --content FILE        the document a detached signature (.p7s) is about; in a folder\n"
    "                        letter.pdf.p7s or letter.p7s is taken with letter.pdf\n"
    "  --at TIME             judge at this time (RFC 3339 or epoch seconds; default now)\n"
    "  --received TIME       when the document was received: proof that it existed\n"
    "  --grace HOURS         how much newer than a proven time revocation data must be\n"
    "  --offline             never touch the network; without it, missing certificates, CRLs and\n"
    "                        OCSP answers are fetched from approved hosts\n"
    "  --data DIR            the directory of satyapan serve: use and keep revocation data there\n"
    "                        (default: $SATYAPAN_DATA, else nothing is kept)\n"
    "  --fetch-time SECONDS  longest wait for each of at most three rounds of fetching (default "
    "8)\n"
    "  --password-file FILE  the password of encrypted PDFs, also inside ZIP files and mails\n"
    "  --kind KIND           declaration (default), certificate, test-report, other\n"
    "  --applicant NAME      compare with the signer's organisation\n"
    "  --format FORMAT       text (default), json (one object a line), html,\n"
    "                        etsi-xml (ETSI TS 119 102-2)\n"
    "  --lang en|hi          language of text and html\n"
    "  --evidence DIR        store what was used, for satyapan replay DIR\n"
    "  --jobs N              documents at a time (default: two a processor)\n"
    "  --trust-dir DIR       trust list to use instead of the installed one\n"
    "  --no-sandbox          verify in this process (not for files of strangers)\n\n"
    "Exit status: 0 accepted, 1 rejected, 2 needs review; several documents: the worst.\n\n"
    "Examples:\n"
    "  satyapan verify declaration.pdf\n"
    "  satyapan verify --format json --lang hi incoming/ > reports.jsonl\n"
    "  satyapan verify --content form.docx form.docx.p7s\n"
    "  satyapan verify --profile generic --trust root.pem --crl crls/ contract.p7m\n"
    "  satyapan verify --password-file statement.password statement.pdf\n";

static enum exit_code usage_error(const char *option, const char *value, const char *allowed)
{
    complain("--%s takes %s, not \"%s\"", option, allowed, value);
    return EXIT_USAGE;
}

static enum exit_code set_format(struct verify *v, const char *word)
{
    static const char *const names[] = {"text", "json", "html", "etsi-xml"};
    for (int i = 0; i <= OUTPUT_ETSI; i++) {
        if (strcmp(word, names[i]) == 0) {
            v->output = (enum output)i;
            return EXIT_GOOD;
        }
    }
    return usage_error("format", word, "text, json, html or etsi-xml");
}

static enum exit_code add_given(struct verify *v, enum sp_evidence_kind kind, const char *path)
{
    if (v->given_count == MAX_EVIDENCE) {
        complain("more than %d evidence options; give a directory", MAX_EVIDENCE);
        return EXIT_USAGE;
    }
    v->given[v->given_count++] = (struct given){kind, path};
    return EXIT_GOOD;
}

static enum exit_code set_jobs(struct verify *v, const char *text)
{
    int64_t n;
    if (!number_read(text, 1, 64, &n)) {
        return usage_error("jobs", text, "a number from 1 to 64");
    }
    v->batch.jobs = (size_t)n;
    return EXIT_GOOD;
}

static enum exit_code set_fetch_time(struct verify *v, const char *text)
{
    int64_t n;
    if (!number_read(text, 1, 100, &n)) {
        return usage_error("fetch-time", text, "a number of seconds from 1 to 100");
    }
    v->batch.round_ms = (int)n * 1000;
    return EXIT_GOOD;
}

static enum exit_code set_lang(struct verify *v, const char *text)
{
    v->lang = strcmp(text, "hi") == 0 ? LANG_HI : LANG_EN;
    return v->lang == LANG_HI || strcmp(text, "en") == 0 ? EXIT_GOOD
                                                         : usage_error("lang", text, "en or hi");
}

static enum exit_code set_kind(struct verify *v, const char *text)
{
    return sp_document_kind_parse(text, &v->batch.kind)
               ? EXIT_GOOD
               : usage_error("kind", text, "declaration, certificate, test-report or other");
}

static enum exit_code set_option(struct verify *v, int id, const char *arg)
{
    switch ((enum option_id)id) {
    case OPT_PROFILE:
        v->profile = arg;
        return EXIT_GOOD;
    case OPT_TRUST:
        return add_given(v, SP_EVIDENCE_ANCHOR, arg);
    case OPT_UNTRUSTED:
        return add_given(v, SP_EVIDENCE_CERT, arg);
    case OPT_SPECIAL:
        return add_given(v, SP_EVIDENCE_SPECIAL, arg);
    case OPT_DISTRUSTED:
        return add_given(v, SP_EVIDENCE_DISTRUSTED, arg);
    case OPT_CRL:
        return add_given(v, SP_EVIDENCE_CRL, arg);
    case OPT_OCSP:
        return add_given(v, SP_EVIDENCE_OCSP, arg);
    case OPT_CONTENT:
        v->batch.content = arg;
        return EXIT_GOOD;
    case OPT_AT:
        return setup_time("--at", arg, &v->setup.clock.now);
    case OPT_RECEIVED:
        return setup_time("--received", arg, &v->setup.clock.received);
    case OPT_GRACE:
        v->grace = arg;
        return EXIT_GOOD;
    case OPT_KIND:
        return set_kind(v, arg);
    case OPT_APPLICANT:
        v->batch.applicant = arg;
        return EXIT_GOOD;
    case OPT_FORMAT:
        return set_format(v, arg);
    case OPT_LANG:
        return set_lang(v, arg);
    case OPT_EVIDENCE:
        v->evidence_dir = arg;
        return EXIT_GOOD;
    case OPT_JOBS:
        return set_jobs(v, arg);
    case OPT_NO_SANDBOX:
        v->batch.no_sandbox = true;
        return EXIT_GOOD;
    case OPT_TRUST_DIR:
        v->trust_dir = arg;
        return EXIT_GOOD;
    case OPT_OFFLINE:
        v->offline = true;
        return EXIT_GOOD;
    case OPT_PASSWORD_FILE:
        return password_read(arg, &v->password);
    case OPT_DATA:
        v->obtain.data = arg;
        return EXIT_GOOD;
    case OPT_FETCH_TIME:
        return set_fetch_time(v, arg);
    }
    return EXIT_GOOD;
}

static unsigned terminal_width(void)
{
    struct winsize w;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40;
    return known ? w.ws_col > 120 ? 120 : w.ws_col : 80;
}

static int to_stdout(void *context, struct span piece)
{
    (void)context;
    return fwrite(piece.p, 1, piece.n, stdout) == piece.n ? 0 : -1;
}

static int render(const struct verify *v, const struct sp_report *report, struct buffer *out)
{
    const char *no_color = getenv("NO_COLOR");
    bool colour = isatty(STDOUT_FILENO) && !(no_color && *no_color);
    int rc = -1;
    switch (v->output) {
    case OUTPUT_TEXT:
        rc = report_text(report, v->lang, colour, terminal_width(), out);
        break;
    case OUTPUT_JSON:
        rc = report_json_send(report, to_stdout, NULL);
        buffer_char(out, '\n');
        break;
    case OUTPUT_HTML:
        rc = report_html(report, v->lang, out);
        break;
    case OUTPUT_ETSI:
        rc = report_etsi(report, out);
        break;
    }
    return rc || !buffer_ok(out) ? -1 : 0;
}

static enum exit_code tell(const struct sandbox_job *job, const struct sp_report *report,
                           void *context)
{
    struct verify *v = context;
    struct buffer out;
    buffer_init(&out, OUTPUT_MAX);
    enum exit_code code = EXIT_GOOD;
    v->verdicts[report->verdict]++;
    if (v->output == OUTPUT_TEXT && v->told++ > 0) {
        buffer_char(&out, '\n');
    }
    int rc = render(v, report, &out);
    if (rc && !ferror(stdout)) {
        complain("%s: memory ran out while the report was written", report->name);
        code = EXIT_INTERNAL;
    } else if (rc || to_stdout(NULL, buffer_span(&out)) || fflush(stdout)) {
        complain("standard output cannot be written");
        code = EXIT_IO;
    }
    buffer_free(&out);
    if (code == EXIT_GOOD && v->evidence_dir) {
        code = stored_write(v->evidence_dir, job, report);
    }
    return code;
}

/* After several documents, how they came out. */
static void tell_summary(const struct verify *v)
{
    char n[4][24];
    size_t counts[] = {v->told, v->verdicts[SP_ACCEPTED], v->verdicts[SP_REVIEW],
                       v->verdicts[SP_REJECTED]};
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(n[i], sizeof n[i], "%zu", counts[i]);
    }
    const char *line =
        string_fill(v->setup.arena, v->lang, STR_SUMMARY, n[0], n[1], n[2], n[3], NULL);
    if (v->told > 1 && line) {
        (void)printf("\n%s\n", line);
    }
}

static enum exit_code check_times(const struct verify *v)
{
    if (v->setup.clock.received != SP_NO_TIME && v->setup.clock.received > v->setup.clock.now) {
        complain("--received is later than the time of validation; correct it, or give --at");
        return EXIT_USAGE;
    }
    return EXIT_GOOD;
}

/* The files given as evidence: those that say what is trusted, or the others. */
static enum exit_code add_evidence(struct verify *v, bool trust)
{
    enum exit_code code = EXIT_GOOD;
    for (size_t i = 0; i < v->given_count && code == EXIT_GOOD; i++) {
        enum sp_evidence_kind kind = v->given[i].kind;
        bool of_trust = kind == SP_EVIDENCE_ANCHOR || kind == SP_EVIDENCE_SPECIAL ||
                        kind == SP_EVIDENCE_DISTRUSTED;
        if (of_trust == trust) {
            code = setup_evidence(&v->setup, kind, v->given[i].path);
        }
    }
    return code;
}

/* Where what is missing may come from. The trust list's endpoints count even when other anchors
 * were given; without them only the operator's own hosts do. */
static void prepare_obtain(struct verify *v)
{
    const char *data = getenv("SATYAPAN_DATA");
    v->obtain.trust = trust_directory(v->setup.arena, v->trust_dir);
    if (!v->obtain.data && data && *data) {
        v->obtain.data = data;
    }
    v->batch.obtain = v->offline ? NULL : &v->obtain;
}

/* Policy, trust list and evidence, once all options are known. */
static enum exit_code prepare(struct verify *v, bool many)
{
    enum exit_code code = setup_policy(&v->setup, v->profile);
    code = code || !v->grace ? code : setup_grace(&v->setup, v->grace);
    bool anchors = false;
    for (size_t i = 0; i < v->given_count; i++) {
        anchors = anchors || v->given[i].kind == SP_EVIDENCE_ANCHOR;
    }
    if (code == EXIT_GOOD && !anchors && !v->setup.policy->india) {
        complain("profile %s needs trust anchors: --trust PATH", v->setup.policy->name);
        return EXIT_USAGE;
    }
    if (code == EXIT_GOOD && (!anchors || v->trust_dir)) {
        code = setup_trust(&v->setup, v->trust_dir);
    }
    code = code ? code : add_evidence(v, true);
    code = code || !many ? code : setup_prepare(&v->setup);
    code = code ? code : add_evidence(v, false);
    prepare_obtain(v);
    code = code || !v->obtain.data ? code : setup_data(&v->setup, v->obtain.data);
    return code ? code : check_times(v);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static enum exit_code run(struct verify *v, char **paths, int count)
{
    struct path_list list = {0};
    enum exit_code listed = EXIT_GOOD;
    for (int i = 0; i < count; i++) {
        size_t first = list.count;
        listed = batch_worse(listed, input_list(paths[i], &list));
        if (!v->batch.content && is_folder(paths[i])) {
            listed = batch_worse(listed, pair_files(&list, first));
        }
    }
    if (v->output >= OUTPUT_HTML && list.count > 1) {
        complain("--format %s writes one document for one file; for several use text or json",
                 v->output == OUTPUT_HTML ? "html" : "etsi-xml");
        path_list_free(&list);
        return EXIT_USAGE;
    }
    enum exit_code code = prepare(v, list.count > 1);
    if (code == EXIT_GOOD && list.count == 0 && listed == EXIT_GOOD) {
        complain("no files there to verify");
        listed = EXIT_NO_INPUT;
    }
    if (code == EXIT_GOOD) {
        v->batch.setup = &v->setup;
        v->batch.password = &v->password;
        v->batch.report = tell;
        v->batch.context = v;
        code = batch_worse(listed, batch_verify(&list, &v->batch));
        tell_summary(v);
    }
    path_list_free(&list);
    return code;
}

static bool take(void *context, int option)
{
    struct verify *v = context;
    if (v->code == EXIT_GOOD) {
        v->code = set_option(v, option, optarg);
    }
    return true;
}

int cmd_verify(int argc, char **argv)
{
    static struct verify v;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    v.profile = "india-dsc";
    v.batch.round_ms = OBTAIN_ROUND_MS;
    /* Two a processor: a child spends part of its short life being born and buried. */
    v.batch.jobs = processors > 0 && processors < 32 ? (size_t)processors * 2 : 1;
    enum exit_code code = setup_init(&v.setup);
    v.setup.clock.now = (int64_t)time(NULL);
    const struct option_table how = {"verify", help, options, take, &v};
    int end = code == EXIT_GOOD ? options_read(&how, argc, argv) : (int)code;
    if (end < 0 && v.code == EXIT_GOOD && optind == argc) {
        complain("verify: name a file, a directory, or - for standard input; see satyapan verify "
                 "--help");
        end = EXIT_USAGE;
    }
    if (end < 0) {
        end = v.code != EXIT_GOOD ? (int)v.code : (int)run(&v, argv + optind, argc - optind);
    }
    password_wipe(&v.password);
    setup_free(&v.setup);
    return end;
}
