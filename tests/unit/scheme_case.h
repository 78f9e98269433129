/*
 * scheme_case - an application's facts as text, for test_scheme. See tests/scheme/README.md.
 *
 * A line is "word: key=value; key=value". Anything unknown ends the test: a misspelt fact would
 * otherwise be a fact that is not there.
 */
#ifndef TESTS_SCHEME_CASE_H
#define TESTS_SCHEME_CASE_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "scheme/rules.h"

enum { ROOM = 16 };

struct expectation {
    char rule[16], result[16], until[16], level[8], code[48];
    int items; /* -1: not said */
};

struct scheme_case {
    char file[64], name[64];
    struct arena *a;
    int32_t today;
    struct scheme_facts facts;
    struct scheme_settings settings;
    struct scheme_document documents[ROOM];
    struct scheme_report reports[ROOM];
    struct scheme_empanelled empanelled[ROOM];
    struct scheme_foreign foreign[ROOM];
    struct scheme_payment payments[ROOM];
    struct scheme_waiver waivers[ROOM];
    const char *old_locations[ROOM], *new_locations[ROOM];
    char setting[1024]; /* JSON of the settings that differ */
    struct expectation expect[ROOM];
    size_t expect_count;
};

enum field_type {
    FIELD_DATE,
    FIELD_TEXT,
    FIELD_INT,
    FIELD_PAISE, /* 64 bits */
    FIELD_TRUTH,
    FIELD_WORD,  /* an enum: its words, separated by spaces, from 0 on; "-" stands for none */
    FIELD_LISTED /* texts separated by "|" */
};

struct field {
    const char *key;
    enum field_type type;
    size_t offset;
    const char *words;
};

static _Noreturn void broken(const struct scheme_case *c, const char *what, const char *which)
{
    (void)fprintf(stderr, "%s: case %s: %s \"%s\"\n", c->file, c->name, what, which);
    exit(70);
}

static int word_at(const struct scheme_case *c, const char *words, const char *word)
{
    size_t n = strlen(word);
    int at = 0;
    for (const char *p = words; *p; at++) {
        size_t len = strcspn(p, " ");
        if (len == n && memcmp(p, word, n) == 0) {
            return at;
        }
        p += len + (p[len] == ' ');
    }
    broken(c, "no such word:", word);
}

#define KNOWN "- no yes"

static const struct field application_fields[] = {
#define F(member) offsetof(struct scheme_facts, member)
    {"kind", FIELD_WORD, F(kind), "- fresh recertification - change"},
    {"number", FIELD_TEXT, F(number), NULL},
    {"product", FIELD_TEXT, F(product), NULL},
    {"series", FIELD_TEXT, F(series), NULL},
    {"level", FIELD_INT, F(level), NULL},
    {"connected", FIELD_WORD, F(connected), KNOWN},
    {"received", FIELD_DATE, F(received_on), NULL},
    {"complete", FIELD_DATE, F(complete_on), NULL},
    {"registered", FIELD_DATE, F(registered_on), NULL},
    {"assessor", FIELD_TEXT, F(assessor), NULL},
    {"assessor_on", FIELD_DATE, F(assessor_on), NULL},
    {"conflict", FIELD_TRUTH, F(assessor_conflict), NULL},
    {"lab", FIELD_TEXT, F(lab.name), NULL},
    {"stqc_own", FIELD_TRUTH, F(lab.stqc_own), NULL},
    {"allotted", FIELD_DATE, F(lab.allotted_on), NULL},
    {"quotation", FIELD_DATE, F(lab.quotation_on), NULL},
    {"work_order", FIELD_DATE, F(lab.work_order_on), NULL},
    {"agreement", FIELD_DATE, F(lab.agreement_on), NULL},
    {"meeting", FIELD_TEXT, F(committee.meeting), NULL},
    {"committee_on", FIELD_DATE, F(committee.on), NULL},
    {"decision", FIELD_WORD, F(committee.decision),
     "- recommended conditions deferred not-recommended"},
    {"conditions", FIELD_PAISE, F(committee.conditions_open), NULL},
    {"changed", FIELD_DATE, F(change.changed_on), NULL},
    {"reported", FIELD_DATE, F(change.reported_on), NULL},
    {"change_documents", FIELD_WORD, F(change.documents), KNOWN},
    {"vendor_says", FIELD_WORD, F(change.vendor_says), "- minor major"},
    {"body_decided", FIELD_WORD, F(change.body_decided), "- minor major"},
    {"issued", FIELD_DATE, F(issued_on), NULL},
    {"valid_from", FIELD_DATE, F(valid_from), NULL},
    {"valid_to", FIELD_DATE, F(valid_to), NULL},
    {"old_certificate", FIELD_TEXT, F(old_certificate), NULL},
    {"old_valid_from", FIELD_DATE, F(old_valid_from), NULL},
    {"old_valid_to", FIELD_DATE, F(old_valid_to), NULL},
    {"old_address", FIELD_TEXT, F(old_address), NULL},
    {"new_address", FIELD_TEXT, F(new_address), NULL},
    {"full_testing", FIELD_WORD, F(full_testing), KNOWN},
#undef F
    {0}};

static const struct field document_fields[] = {
#define F(member) offsetof(struct scheme_document, member)
    {"name", FIELD_TEXT, F(name), NULL},
    {"kind", FIELD_TEXT, F(kind), NULL},
    {"author", FIELD_WORD, F(author), "- vendor oem lab issuer other"},
    {"superseded", FIELD_TRUTH, F(superseded), NULL},
    {"received", FIELD_DATE, F(received_on), NULL},
    {"verdict", FIELD_WORD, F(verdict), "- ACCEPTED REVIEW REJECTED"},
    {"india", FIELD_WORD, F(indian_root), KNOWN},
    {"covered", FIELD_WORD, F(covered), KNOWN},
    {"foreign_case", FIELD_TRUTH, F(foreign_case), NULL},
    {"language", FIELD_WORD, F(language.found),
     "- english hindi bilingual other legacy-font image-only too-little-text"},
    {"sure", FIELD_TRUTH, F(language.sure), NULL},
    {"code", FIELD_TEXT, F(language.code), NULL},
    {"number", FIELD_WORD, F(number_found), KNOWN},
    {"signature", FIELD_WORD, F(on_signature.what), "- accept refuse waive"},
    {"signature_by", FIELD_TEXT, F(on_signature.by), NULL},
    {"signature_why", FIELD_TEXT, F(on_signature.reason), NULL},
    {"language_decision", FIELD_WORD, F(on_language.what), "- accept refuse waive"},
    {"language_by", FIELD_TEXT, F(on_language.by), NULL},
    {"language_why", FIELD_TEXT, F(on_language.reason), NULL},
    {"number_decision", FIELD_WORD, F(on_number.what), "- accept refuse"},
    {"number_by", FIELD_TEXT, F(on_number.by), NULL},
#undef F
    {0}};

static const struct field report_fields[] = {
#define F(member) offsetof(struct scheme_report, member)
    {"number", FIELD_TEXT, F(number), NULL},
    {"issuer", FIELD_TEXT, F(issuer), NULL},
    {"kind", FIELD_WORD, F(kind), "device audit"},
    {"started", FIELD_DATE, F(tests_started), NULL},
    {"ended", FIELD_DATE, F(tests_ended), NULL},
    {"issued", FIELD_DATE, F(issued), NULL},
    {"applicant", FIELD_TEXT, F(sha256_applicant), NULL},
    {"body", FIELD_TEXT, F(sha256_body), NULL},
#undef F
    {0}};

static const struct field empanelled_fields[] = {
#define F(member) offsetof(struct scheme_empanelled, member)
    {"organisation", FIELD_TEXT, F(organisation), NULL},
    {"by", FIELD_WORD, F(body), "stqc cert-in"},
    {"from", FIELD_DATE, F(from), NULL},
    {"to", FIELD_DATE, F(to), NULL},
#undef F
    {0}};

static const struct field foreign_fields[] = {
#define F(member) offsetof(struct scheme_foreign, member)
    {"number", FIELD_TEXT, F(number), NULL},
    {"link", FIELD_TRUTH, F(has_link), NULL},
    {"email", FIELD_TRUTH, F(has_email), NULL},
    {"free_mail", FIELD_TRUTH, F(free_mail), NULL},
    {"common_criteria", FIELD_TRUTH, F(common_criteria), NULL},
    {"approved", FIELD_WORD, F(issuer_approved), KNOWN},
    {"state", FIELD_WORD, F(state), "draft open verified mismatch denied unclear expired"},
    {"queried", FIELD_DATE, F(queried_on), NULL},
    {"decided", FIELD_DATE, F(decided_on), NULL},
    {"notified", FIELD_DATE, F(notified), NULL},
#undef F
    {0}};

static const struct field payment_fields[] = {
#define F(member) offsetof(struct scheme_payment, member)
    {"invoice", FIELD_TEXT, F(invoice), NULL},
    {"receipt", FIELD_TEXT, F(receipt), NULL},
    {"paise", FIELD_PAISE, F(paise), NULL},
    {"invoiced", FIELD_DATE, F(invoiced_on), NULL},
    {"paid", FIELD_DATE, F(paid_on), NULL},
#undef F
    {0}};

static const struct field waiver_fields[] = {
#define F(member) offsetof(struct scheme_waiver, member)
    {"rule", FIELD_TEXT, F(rule), NULL},
    {"by", FIELD_TEXT, F(by), NULL},
    {"reason", FIELD_TEXT, F(reason), NULL},
    {"on", FIELD_DATE, F(on), NULL},
#undef F
    {0}};

static const char *keep(struct scheme_case *c, const char *text)
{
    char *s = arena_str(c->a, span_str(text));
    if (!s) {
        broken(c, "memory", text);
    }
    return s;
}

static int32_t case_date(struct scheme_case *c, const char *value)
{
    int32_t day;
    if (!date_parse(span_str(value), &day)) {
        broken(c, "no date:", value);
    }
    return day;
}

static void set_field(struct scheme_case *c, const struct field *f, void *object, const char *value)
{
    char *at = (char *)object + f->offset;
    const char *text;
    int64_t n = strtoll(value, NULL, 10);
    int word;
    bool truth = strcmp(value, "yes") == 0;
    switch (f->type) {
    case FIELD_DATE:
        memcpy(at, &(int32_t){case_date(c, value)}, sizeof(int32_t));
        return;
    case FIELD_TEXT:
        text = keep(c, value);
        memcpy(at, &text, sizeof text);
        return;
    case FIELD_INT:
        memcpy(at, &(int){(int)n}, sizeof(int));
        return;
    case FIELD_PAISE:
        memcpy(at, &n, sizeof n);
        return;
    case FIELD_TRUTH:
        if (!truth && strcmp(value, "no") != 0) {
            broken(c, "neither yes nor no:", value);
        }
        memcpy(at, &truth, sizeof truth);
        return;
    default:
        word = word_at(c, f->words, value);
        memcpy(at, &word, sizeof word);
        return;
    }
}

static void set_key(struct scheme_case *c, const struct field *fields, void *object,
                    const char *key, const char *value)
{
    for (const struct field *f = fields; f->key; f++) {
        if (strcmp(f->key, key) == 0) {
            set_field(c, f, object, value);
            return;
        }
    }
    broken(c, "unknown key", key);
}

/* "a|b|c" */
static size_t set_list(struct scheme_case *c, const char *value, const char *out[ROOM])
{
    size_t n = 0;
    for (const char *p = value; *p && n < ROOM;) {
        size_t len = strcspn(p, "|");
        char one[256];
        (void)snprintf(one, sizeof one, "%.*s", (int)len, p);
        out[n++] = keep(c, one);
        p += len + (p[len] == '|');
    }
    return n;
}

/* The next "key=value" of a line; false at its end. */
static bool next_pair(struct scheme_case *c, char **line, char **key, char **value)
{
    while (**line == ' ') {
        ++*line;
    }
    if (!**line) {
        return false;
    }
    *key = *line;
    char *end = strstr(*line, "; ");
    *line = end ? end + 2 : *line + strlen(*line);
    if (end) {
        *end = 0;
    }
    char *equals = strchr(*key, '=');
    if (!equals) {
        broken(c, "not key=value:", *key);
    }
    *equals = 0;
    *value = equals + 1;
    return true;
}

static void read_object(struct scheme_case *c, char *line, const struct field *fields, void *object)
{
    char *key, *value;
    while (next_pair(c, &line, &key, &value)) {
        set_key(c, fields, object, key, value);
    }
}

static void read_application(struct scheme_case *c, char *line)
{
    char *key, *value;
    while (next_pair(c, &line, &key, &value)) {
        if (strcmp(key, "old_locations") == 0) {
            c->facts.old_location_count = set_list(c, value, c->old_locations);
        } else if (strcmp(key, "new_locations") == 0) {
            c->facts.new_location_count = set_list(c, value, c->new_locations);
        } else {
            set_key(c, application_fields, &c->facts, key, value);
        }
    }
}

static void read_setting(struct scheme_case *c, char *line)
{
    char *key, *value;
    while (next_pair(c, &line, &key, &value)) {
        size_t n = strlen(c->setting);
        (void)snprintf(c->setting + n, sizeof c->setting - n, ",\"%s\":{\"value\":%s}", key, value);
    }
}

static void read_expectation(struct scheme_case *c, char *line)
{
    struct expectation *e = &c->expect[c->expect_count++];
    char *key, *value, *rest = strstr(line, "; ");
    *e = (struct expectation){.items = -1};
    if (rest) {
        *rest = 0;
        rest += 2;
    }
    if (c->expect_count == ROOM || sscanf(line, " %15s %15s", e->rule, e->result) != 2) {
        broken(c, "no expectation:", line);
    }
    while (rest && next_pair(c, &rest, &key, &value)) {
        if (strcmp(key, "until") == 0) {
            (void)snprintf(e->until, sizeof e->until, "%s", value);
        } else if (strcmp(key, "level") == 0) {
            (void)snprintf(e->level, sizeof e->level, "%s", value);
        } else if (strcmp(key, "code") == 0) {
            (void)snprintf(e->code, sizeof e->code, "%s", value);
        } else if (strcmp(key, "items") == 0) {
            e->items = (int)strtol(value, NULL, 10);
        } else {
            broken(c, "unknown key", key);
        }
    }
}

/* A line of a case: "word: ...". */
static void read_line(struct scheme_case *c, const char *word, char *rest)
{
    struct scheme_facts *f = &c->facts;
    if (strcmp(word, "today") == 0) {
        c->today = case_date(c, rest);
    } else if (strcmp(word, "application") == 0) {
        read_application(c, rest);
    } else if (strcmp(word, "setting") == 0) {
        read_setting(c, rest);
    } else if (strcmp(word, "expect") == 0) {
        read_expectation(c, rest);
    } else if (strcmp(word, "document") == 0 && f->document_count < ROOM) {
        scheme_document_init(&c->documents[f->document_count]);
        read_object(c, rest, document_fields, &c->documents[f->document_count++]);
    } else if (strcmp(word, "report") == 0 && f->report_count < ROOM) {
        scheme_report_init(&c->reports[f->report_count]);
        read_object(c, rest, report_fields, &c->reports[f->report_count++]);
    } else if (strcmp(word, "empanelled") == 0 && f->empanelled_count < ROOM) {
        c->empanelled[f->empanelled_count] =
            (struct scheme_empanelled){.from = DATE_NONE, .to = DATE_NONE};
        read_object(c, rest, empanelled_fields, &c->empanelled[f->empanelled_count++]);
    } else if (strcmp(word, "foreign") == 0 && f->foreign_count < ROOM) {
        scheme_foreign_init(&c->foreign[f->foreign_count]);
        read_object(c, rest, foreign_fields, &c->foreign[f->foreign_count++]);
    } else if (strcmp(word, "payment") == 0 && f->payment_count < ROOM) {
        scheme_payment_init(&c->payments[f->payment_count]);
        read_object(c, rest, payment_fields, &c->payments[f->payment_count++]);
    } else if (strcmp(word, "waiver") == 0 && f->waiver_count < ROOM) {
        c->waivers[f->waiver_count] = (struct scheme_waiver){.on = DATE_NONE};
        read_object(c, rest, waiver_fields, &c->waivers[f->waiver_count++]);
    } else {
        broken(c, "unknown line", word);
    }
}

static void begin_case(struct scheme_case *c, const char *file, const char *name)
{
    memset(c, 0, sizeof *c);
    (void)snprintf(c->file, sizeof c->file, "%s", file);
    (void)snprintf(c->name, sizeof c->name, "%s", name);
    c->a = arena_new((size_t)16 << 20);
    if (!date_make(2026, 11, 21, &c->today)) {
        broken(c, "today", "");
    }
    scheme_facts_init(&c->facts);
    c->facts.documents = c->documents;
    c->facts.reports = c->reports;
    c->facts.empanelled = c->empanelled;
    c->facts.foreign = c->foreign;
    c->facts.payments = c->payments;
    c->facts.waivers = c->waivers;
    c->facts.old_locations = c->old_locations;
    c->facts.new_locations = c->new_locations;
}

/* Calls run for every case of a file. A case begins with "case NAME" and ends at the next. */
static size_t read_cases(const char *path, void (*run)(struct scheme_case *c))
{
    static struct scheme_case c;
    char line[2048], *colon;
    size_t n = 0;
    FILE *f = fopen(path, "r");
    begin_case(&c, path, "-");
    if (!f) {
        broken(&c, "cannot be read", path);
    }
    while (fgets(line, sizeof line, f)) {
        char *p = line + strspn(line, " \t");
        p[strcspn(p, "\r\n")] = 0;
        if (!*p || *p == '#') {
            continue;
        }
        if (strncmp(p, "case ", 5) == 0) {
            if (n++) {
                run(&c);
            }
            arena_free(c.a);
            begin_case(&c, path, p + 5);
        } else if ((colon = strchr(p, ':')) == NULL) {
            broken(&c, "no \"word: ...\":", p);
        } else {
            *colon = 0;
            read_line(&c, p, colon + 1 + (colon[1] == ' '));
        }
    }
    if (n) {
        run(&c);
    }
    arena_free(c.a);
    (void)fclose(f);
    return n;
}

#endif
