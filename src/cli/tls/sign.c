/*
 * sign - `satyapan tls sign`: a test record, signed with the laboratory's key (CMS, with content).
 *
 * The record is JSON: which unit, judged by which policy, the report of every service, and the
 * SHA-256 of each file that the reports were worked out from, so that they can be judged again. The
 * reports are made in the sandboxed child, the key is in a process of its own (keys/keys.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/utc.h"
#include "cli/tls/run.h"
#include "issue/cades.h"

enum { RECORD_MAX = 64 * 1024 * 1024 };

/* ---- the record ------------------------------------------------------------------------------ */

static int put_file(struct tls_command *c, const char *path, struct json *j)
{
    struct input in;
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX];
    const char *slash = strrchr(path, '/');
    int code = (int)input_open(path, &in);
    (void)c;
    if (code) {
        return code;
    }
    code = hash_sha256(span_make(in.bytes, in.size), digest) == 0 ? EXIT_GOOD : EXIT_INTERNAL;
    hash_hex(span_make(digest, sizeof digest), false, hex);
    json_open(j, '{');
    json_put_text(j, "name", slash ? slash + 1 : path);
    json_put_number(j, "size", (int64_t)in.size);
    json_put_text(j, "sha256", hex);
    json_close(j, '}');
    input_close(&in);
    return code;
}

static void put_unit(const struct tls_command *c, struct json *j)
{
    struct device_name unit;
    json_key(j, "unit");
    if (!register_unit(c, &unit)) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_put_text(j, "firm", c->firm);
    json_put_text(j, "model", c->model);
    json_put_text(j, "serial", c->serial);
    json_put_text(j, "firmware", c->firmware);
    json_close(j, '}');
}

static const char *verdict_word(int verdict)
{
    return verdict == EXIT_GOOD ? "pass" : verdict == EXIT_BAD ? "fail" : "inconclusive";
}

/* reports: one JSON object a line. */
static int write_record(struct tls_command *c, int verdict, struct span reports, struct buffer *out)
{
    struct json j = {.out = out};
    char now[UTC_TEXT];
    int code = EXIT_GOOD;
    json_open(&j, '{');
    json_put_text(&j, "schema", "satyapan-tls-record/1");
    json_put_text(&j, "made_at", utc_rfc3339(c->now, now));
    json_put_text(&j, "result", verdict_word(verdict));
    put_unit(c, &j);
    json_key(&j, "files");
    json_open(&j, '[');
    for (size_t i = 0; i < c->word_count && code == EXIT_GOOD; i++) {
        code = put_file(c, c->words[i], &j);
    }
    json_close(&j, ']');
    json_key(&j, "reports");
    json_open(&j, '[');
    while (reports.n) {
        size_t end = span_find(reports, SPAN_LIT("\n"), 0);
        struct span line = span_sub(reports, 0, end == SIZE_MAX ? reports.n : end);
        reports = span_sub(reports, end == SIZE_MAX ? reports.n : end + 1, reports.n);
        buffer_str(out, j.comma ? "," : "");
        buffer_add(out, line);
        j.comma = true;
    }
    json_close(&j, ']');
    json_close(&j, '}');
    buffer_char(out, '\n');
    return code == EXIT_GOOD && !buffer_ok(out) ? EXIT_INTERNAL : code;
}

/* ---- the signature --------------------------------------------------------------------------- */

static int key_code(enum keys_result k)
{
    return k == KEYS_FAILED ? EXIT_INTERNAL : k == KEYS_GONE ? EXIT_UNAVAILABLE : EXIT_DATA;
}

static int open_key(const struct tls_command *c, struct signer **out)
{
    char why[KEYS_WHY] = "";
    struct signer_options o = {.uri = c->key, .pin = -1, .prompt = !c->pin_file};
    if (c->pin_file && (o.pin = open(c->pin_file, O_RDONLY | O_CLOEXEC)) < 0) {
        complain("%s: %s", c->pin_file, strerror(errno));
        return EXIT_NO_INPUT;
    }
    enum keys_result k = signer_open(&o, out, why);
    if (o.pin >= 0) {
        (void)close(o.pin);
    }
    if (k != KEYS_OK) {
        complain("%s", why);
        return key_code(k);
    }
    return EXIT_GOOD;
}

/* A new file, whole or not at all. */
static int write_new(const char *path, struct span bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool good = fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (!good) {
        complain("%s: %s", path, strerror(error));
        if (fd >= 0) {
            (void)unlink(path);
        }
    }
    return good ? EXIT_GOOD : EXIT_IO;
}

static int sign_record(struct tls_command *c, struct span record)
{
    struct signer *signer = NULL;
    struct span cms = SPAN_NONE;
    char why[KEYS_WHY] = "";
    int code = open_key(c, &signer);
    if (code == EXIT_GOOD && cades_sign_content(c->a, signer, record, &cms, why) != 0) {
        complain("the record could not be signed: %s", *why ? why : "memory ran out");
        code = EXIT_INTERNAL;
    }
    signer_close(signer);
    return code ? code : write_new(c->out, cms);
}

int tls_sign_command(struct tls_command *c)
{
    struct buffer reports, record;
    if (!c->key || !c->out) {
        complain("give --key, --out and the files that scans stored");
        return EXIT_USAGE;
    }
    c->format = TLS_JSON;
    buffer_init(&reports, RECORD_MAX);
    buffer_init(&record, RECORD_MAX);
    int verdict = judge_files(c, &reports), code = verdict;
    if (verdict < EXIT_USAGE) {
        code = write_record(c, verdict, buffer_span(&reports), &record);
        code = code ? code : sign_record(c, buffer_span(&record));
    }
    if (code == EXIT_GOOD) {
        (void)printf("%s: %s\n", c->out, verdict_word(verdict));
    }
    buffer_free(&reports);
    buffer_free(&record);
    return code;
}
