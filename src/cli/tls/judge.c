/*
 * judge - `satyapan tls judge` prints reports again from what scans stored, without the devices.
 *
 * A record is a stranger's: it is taken apart in the sandboxed child, without a database. So with
 * a register of devices there are two rounds: the first child tells which keys there are, this
 * process asks the register about them, and the second child judges with the answers.
 */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "cli/tls/listen.h"
#include "cli/tls/run.h"
#include "sandbox/sandbox.h"
#include "tls/listen_stored.h"
#include "tls/stored.h"

enum { JUDGE_MEMORY = 64 * 1024 * 1024, KEYS_MAX = 4096, LINE_MAX_HEX = 2 * REGISTER_MODULUS };

/* What the register says, by key. */
struct answers {
    struct {
        char spki_sha256[65];
        struct key_history history;
    } * rows;
    size_t count, capacity;
};

struct judge_run {
    struct run run;
    struct input *files; /* one for each word */
    struct answers answers;
    bool first; /* round: only the keys are wanted */
};

static int write_key(void *context, struct arena *a, const struct cert_facts *cert,
                     struct key_history *out)
{
    struct judge_run *j = context;
    char *hex = hash_hex_str(a, cert->modulus, false);
    (void)out;
    buffer_printf(j->run.into, "%s %s\n", cert->spki_sha256, hex ? hex : "");
    return hex && buffer_ok(j->run.into) ? 0 : -1;
}

static int find_answer(void *context, struct arena *a, const struct cert_facts *cert,
                       struct key_history *out)
{
    const struct judge_run *j = context;
    (void)a;
    for (size_t i = 0; i < j->answers.count; i++) {
        if (strcmp(j->answers.rows[i].spki_sha256, cert->spki_sha256) == 0) {
            *out = j->answers.rows[i].history;
        }
    }
    return 0;
}

static int only_keys(struct run *r, struct scan_job *job)
{
    struct tls_report *report = mem_zalloc(sizeof *report);
    int rc = report ? report_make(report, job, &r->basis) : -1;
    mem_free(report);
    return rc;
}

/* What a device as a client did (tls listen). */
static int judge_listened(struct judge_run *j, struct span text, char *error)
{
    struct run *r = &j->run;
    if (j->first) {
        return EXIT_GOOD; /* its own key is not compared here */
    }
    r->spoke++;
    return tls_judge_listened(r->c, &r->judging, text, &r->out, &r->fail, &r->unsure, error);
}

static int judge_one(struct judge_run *j, struct span text, char *error)
{
    if (listen_is_stored(text)) {
        int code = judge_listened(j, text, error);
        run_print(&j->run);
        return code;
    }
    struct stored *stored = mem_zalloc(sizeof *stored);
    struct arena *a = arena_new(JUDGE_MEMORY);
    int rc = stored && a ? stored_read(a, text, stored, error) : -1;
    if (rc == 0 && j->first) {
        rc = only_keys(&j->run, &stored->job);
    } else if (rc == 0) {
        run_judge(&j->run, &stored->job);
    }
    arena_free(a);
    mem_free(stored);
    return rc > 0 ? EXIT_DATA : rc < 0 ? EXIT_INTERNAL : EXIT_GOOD;
}

/* In the child: what strangers' devices said is taken apart here. Gives the output, or the sentence
 * of what is wrong. */
static int judge_all(void *context, struct buffer *out)
{
    struct judge_run *j = context;
    struct run *r = &j->run;
    char error[STORED_ERROR] = "";
    int code = EXIT_GOOD;
    size_t i = 0;
    r->into = out;
    bool listened =
        r->c->word_count && listen_is_stored(span_make(j->files[0].bytes, j->files[0].size));
    if (!j->first && listened && r->c->format == TLS_CSV) {
        listen_csv_head(&r->out);
        run_print(r);
    } else if (!j->first) {
        run_begin_output(r);
    }
    for (; i < r->c->word_count && code == EXIT_GOOD; i++) {
        struct span rest = span_make(j->files[i].bytes, j->files[i].size);
        do {
            code = judge_one(j, stored_next(&rest), error);
        } while (code == EXIT_GOOD && rest.n);
    }
    if (code == EXIT_DATA) {
        out->n = 0;
        buffer_printf(out, "%s: %s", r->c->words[i - 1], error);
    }
    if (code != EXIT_GOOD || j->first) {
        return code;
    }
    run_end_output(r);
    return run_verdict(r);
}

/* Runs a round in a child of its own. Returns its exit code; what it wrote is in out. */
static int in_child(struct judge_run *j, struct buffer *out)
{
    char why[128] = "";
    int code = sandbox_task(judge_all, j, out, why, sizeof why);
    if (code < 0) {
        complain("it could not be judged: %s", why);
        return EXIT_INTERNAL;
    }
    if (code == EXIT_DATA) {
        complain("%s", buffer_cstr(out));
    }
    return code;
}

/* ---- the first round ------------------------------------------------------------------------- */

/* "SPKI MODULUS" in hexadecimal; whatever else a child that was taken over writes is refused. */
static int ask_line(struct judge_run *j, struct span line)
{
    uint8_t bytes[REGISTER_MODULUS], digest[SHA256_SIZE];
    char hex[LINE_MAX_HEX + 1] = "";
    struct cert_facts cert = {0};
    struct arena *a = j->run.c->a;
    size_t n = line.n > 65 ? line.n - 65 : 0;
    void *rows = j->answers.rows;
    if (line.n < 65 || line.p[64] != ' ' || n > LINE_MAX_HEX || j->answers.count == KEYS_MAX) {
        return EXIT_INTERNAL;
    }
    memcpy(cert.spki_sha256, line.p, 64);
    memcpy(hex, line.p + 65, n);
    if (!hash_unhex(cert.spki_sha256, digest, sizeof digest) || !hash_unhex(hex, bytes, n / 2) ||
        arena_grow(a, &rows, &j->answers.capacity, j->answers.count + 1, sizeof *j->answers.rows) <
            0) {
        return EXIT_INTERNAL;
    }
    j->answers.rows = rows;
    cert.modulus = n ? span_make(bytes, n / 2) : SPAN_NONE;
    size_t at = j->answers.count++;
    memcpy(j->answers.rows[at].spki_sha256, cert.spki_sha256, 65);
    j->answers.rows[at].history = (struct key_history){0};
    return register_ask(&j->run.question, a, &cert, &j->answers.rows[at].history) == 0 ? EXIT_GOOD
                                                                                       : EXIT_IO;
}

static int ask_register(struct judge_run *j)
{
    struct buffer keys;
    j->first = true;
    j->run.basis.ask = write_key;
    j->run.basis.context = j;
    buffer_init(&keys, SIZE_MAX);
    int code = in_child(j, &keys);
    for (struct span rest = buffer_span(&keys); code == EXIT_GOOD && rest.n;) {
        size_t end = span_find(rest, SPAN_LIT("\n"), 0);
        code = end == SIZE_MAX ? EXIT_INTERNAL : ask_line(j, span_sub(rest, 0, end));
        rest = span_sub(rest, end == SIZE_MAX ? rest.n : end + 1, rest.n);
    }
    buffer_free(&keys);
    j->first = false;
    j->run.basis.ask = find_answer;
    return code;
}

int judge_files(struct tls_command *c, struct buffer *out)
{
    struct judge_run j = {0};
    size_t opened = 0;
    int code = run_open(&j.run, c, false);
    j.files = arena_array(c->a, c->word_count, sizeof *j.files);
    code = !j.files ? EXIT_INTERNAL : code;
    while (code == EXIT_GOOD && opened < c->word_count) {
        code = (int)input_open(c->words[opened], &j.files[opened]);
        opened += code == EXIT_GOOD;
    }
    if (code == EXIT_GOOD && sandbox_warm() != 0) {
        complain("it could not be judged: the sandbox is not there");
        code = EXIT_INTERNAL;
    }
    code = code == EXIT_GOOD && j.run.records ? ask_register(&j) : code;
    code = code == EXIT_GOOD ? in_child(&j, out) : code;
    while (opened) {
        input_close(&j.files[--opened]);
    }
    run_close(&j.run);
    return code;
}

int tls_judge_command(struct tls_command *c)
{
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    int code = judge_files(c, &out);
    if (code < EXIT_USAGE &&
        (!buffer_ok(&out) || (out.n && fwrite(out.p, 1, out.n, stdout) != out.n))) {
        complain("the reports could not be written");
        code = EXIT_IO;
    }
    buffer_free(&out);
    return code;
}
