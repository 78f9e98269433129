/*
 * checks - see checks.h. A row of the table is a question about the suites; the rest is one
 * function for each subject.
 */
#include "tls/checks.h"

#include <stdio.h>

#include "base/template.h"
#include "base/utc.h"
#include "tls/provoke.h"

enum { LIST_MAX = 600, MIN_GROUP = 224, MIN_DH = 2048, BROKEN_DH = 1024 };

static const struct check_row rows[CHECK_COUNT] = {
#define CHECK(id, code, level, cite, en, hi, hint, hint_hi)                                        \
    {code, SP_LEVEL_##level, cite, en, hi, hint, hint_hi},
#include "tls/checks.def"
#undef CHECK
};

const struct check_row *check_row(enum check id)
{
    return &rows[id];
}

enum check check_by_code(const char *code)
{
    int i = 0;
    while (i < CHECK_COUNT && strcmp(rows[i].code, code) != 0) {
        i++;
    }
    return (enum check)i;
}

/* ---- the list -------------------------------------------------------------------------------- */

void checks_init(struct check_list *list, struct arena *a)
{
    *list = (struct check_list){.arena = a};
    list->end = &list->first;
}

static void add(struct check_list *list, enum check id, const char *where, const char *text,
                const char *text_hi)
{
    struct check_finding *f = arena_alloc(list->arena, sizeof *f);
    if (!f) {
        return;
    }
    f->id = id;
    f->where = arena_str(list->arena, span_str(where));
    f->text = text;
    f->text_hi = text_hi;
    if (!f->where || !f->text || !f->text_hi) {
        return;
    }
    *list->end = f;
    list->end = &f->next;
    list->count++;
}

void checks_add(struct check_list *list, enum check id, const char *where, const char *detail,
                const char *second)
{
    const char *const args[] = {detail, second};
    add(list, id, where, template_fill(list->arena, rows[id].text, args, 2, "-"),
        template_fill(list->arena, rows[id].text_hi, args, 2, "-"));
}

void checks_add_words(struct check_list *list, enum check id, const char *where, const char *en,
                      const char *hi)
{
    const char *const words[] = {en, hi};
    add(list, id, where, template_fill(list->arena, rows[id].text, words, 1, "-"),
        template_fill(list->arena, rows[id].text_hi, words + 1, 1, "-"));
}

/* ---- suites ---------------------------------------------------------------------------------- */

static bool is_null(const struct suite *s)
{
    return s->cipher == CI_NULL;
}

static bool is_anon(const struct suite *s)
{
    return s->auth == AU_ANON;
}

static bool is_export(const struct suite *s)
{
    return strstr(s->name, "EXPORT") != NULL;
}

static bool is_rc4(const struct suite *s)
{
    return s->cipher == CI_RC4;
}

static bool is_weak(const struct suite *s)
{
    return s->cipher != CI_NULL && s->bits < 112 && !is_export(s);
}

static bool is_small_block(const struct suite *s)
{
    return s->cipher == CI_TDES || s->cipher == CI_IDEA;
}

static bool has_no_fs(const struct suite *s)
{
    return s->exchange != KX_ECDHE && s->exchange != KX_DHE && s->exchange != KX_ECDHE_PSK &&
           s->exchange != KX_DHE_PSK && s->exchange != KX_TLS13 && s->exchange != KX_CECPQ1 &&
           s->exchange != KX_SRP && s->exchange != KX_ECCPWD && !is_anon(s);
}

/* RFC 7366 is for block ciphers in CBC mode. */
static bool is_cbc(const struct suite *s)
{
    return s->mode == MO_CBC;
}

static const struct {
    enum check id;
    bool (*bad)(const struct suite *s);
} suite_rows[] = {
    {CHECK_NULL_CIPHER, is_null}, {CHECK_ANON, is_anon},        {CHECK_EXPORT, is_export},
    {CHECK_RC4, is_rc4},          {CHECK_WEAK_CIPHER, is_weak}, {CHECK_SWEET32, is_small_block},
    {CHECK_NO_FS, has_no_fs},
};

static bool seen_before(const struct tls_facts *f, size_t version, uint16_t code)
{
    for (size_t i = 0; i < version; i++) {
        if (version_has(&f->versions[i], code)) {
            return true;
        }
    }
    return false;
}

/* Calls for every suite of any version once. */
static size_t collect(const struct tls_facts *f, bool (*bad)(const struct suite *s), char *names)
{
    size_t n = 0, used = 0;
    names[0] = 0;
    for (size_t v = 0; v < f->version_count; v++) {
        for (size_t i = 0; i < f->versions[v].count; i++) {
            const struct suite *s = tls_suite(f->versions[v].suites[i]);
            if (!s || !bad(s) || seen_before(f, v, s->code)) {
                continue;
            }
            int m = snprintf(names + used, LIST_MAX - used, "%s%s", n ? ", " : "", s->name);
            used = m > 0 && used + (size_t)m < LIST_MAX ? used + (size_t)m : used;
            names[used] = 0;
            n++;
        }
    }
    return n;
}

static size_t count_suites(const struct tls_facts *f)
{
    size_t n = 0;
    for (size_t v = 0; v < f->version_count; v++) {
        n += f->versions[v].count;
    }
    return n;
}

static void check_suites(struct check_list *list, const struct tls_facts *f)
{
    char names[LIST_MAX];
    for (size_t i = 0; i < sizeof suite_rows / sizeof *suite_rows; i++) {
        if (collect(f, suite_rows[i].bad, names)) {
            checks_add(list, suite_rows[i].id, "suites", names, NULL);
        }
    }
    size_t bare = 0;
    for (size_t v = 0; v < f->version_count; v++) {
        for (size_t i = 0; i < f->versions[v].count; i++) {
            const struct suite *s = tls_suite(f->versions[v].suites[i]);
            bare += s && has_no_fs(s);
        }
    }
    if (bare && bare == count_suites(f)) {
        checks_add(list, CHECK_ONLY_NO_FS, "suites", NULL, NULL);
    }
    if (f->etm == KNOWN_NO && collect(f, is_cbc, names)) {
        checks_add(list, CHECK_CBC_MAC, "suites", NULL, NULL);
    }
    if (f->order == ORDER_CLIENT) {
        checks_add(list, CHECK_CLIENT_ORDER, "suites", NULL, NULL);
    }
}

/* ---- versions -------------------------------------------------------------------------------- */

static const struct version_facts *row_of(const struct tls_facts *f, uint16_t version)
{
    for (size_t i = 0; i < f->version_count; i++) {
        if (f->versions[i].version == version) {
            return &f->versions[i];
        }
    }
    return NULL;
}

static bool is_there(const struct tls_facts *f, uint16_t version)
{
    const struct version_facts *v = row_of(f, version);
    return v && v->state == KNOWN_YES;
}

static bool has_cbc(const struct version_facts *v)
{
    for (size_t i = 0; v && i < v->count; i++) {
        const struct suite *s = tls_suite(v->suites[i]);
        if (s && is_cbc(s)) {
            return true;
        }
    }
    return false;
}

static void check_versions(struct check_list *list, const struct tls_facts *f)
{
    static const struct {
        uint16_t version;
        enum check id;
    } old[] = {{TLS_SSL2, CHECK_SSL2},
               {TLS_SSL3, CHECK_SSL3},
               {TLS_10, CHECK_TLS10},
               {TLS_11, CHECK_TLS11},
               {DTLS_10, CHECK_TLS11}};
    char name[TLS_NAME];
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        if (is_there(f, old[i].version)) {
            checks_add(list, old[i].id, tls_version_name(old[i].version, name), NULL, NULL);
        }
    }
    bool any = facts_highest(f) != 0;
    bool modern = is_there(f, TLS_12) || is_there(f, TLS_13) || is_there(f, DTLS_12);
    if (any && !modern) {
        checks_add(list, CHECK_NO_MODERN, "protocols", NULL, NULL);
    }
    if (any && !is_there(f, TLS_13) && row_of(f, TLS_13)) {
        checks_add(list, CHECK_NO_TLS13, "protocols", NULL, NULL);
    }
    if (has_cbc(row_of(f, TLS_10)) || has_cbc(row_of(f, TLS_SSL3))) {
        checks_add(list, CHECK_BEAST, "TLSv1.0", NULL, NULL);
    }
    for (size_t i = 0; any && i < f->version_count; i++) {
        const struct version_facts *v = &f->versions[i];
        if (v->state == KNOWN_UNSURE) {
            checks_add(list, CHECK_UNCLEAR, tls_version_name(v->version, name),
                       tls_version_name(v->version, name), v->how);
        }
    }
}

/* ---- does it answer alike ------------------------------------------------------------------ */

static void check_alike(struct check_list *list, const struct tls_facts *f)
{
    char first[TLS_NAME], later[TLS_NAME];
    if (f->changing) {
        checks_add(list, f->nameless ? CHECK_NAMELESS : CHECK_CHANGING, "behaviour",
                   tls_suite_name(f->first, first),
                   f->later ? tls_suite_name(f->later, later) : "an alert");
    }
    const struct full_facts *x = &f->full;
    const struct version_facts *v = row_of(f, x->version);
    if (x->done == KNOWN_YES && v &&
        (v->state == KNOWN_NO || (v->complete && x->suite && !version_has(v, x->suite)))) {
        checks_add(list, CHECK_HANDSHAKE_DIFFERS, "handshake", tls_suite_name(x->suite, first),
                   NULL);
    }
    v = row_of(f, x->old_version);
    if (v && v->state == KNOWN_NO) {
        checks_add(list, CHECK_HANDSHAKE_DIFFERS, "handshake", tls_version_name(v->version, first),
                   NULL);
    }
    bool unsure = f->confirmed; /* said already */
    for (size_t i = 0; i < f->version_count; i++) {
        unsure |= f->versions[i].state == KNOWN_UNSURE;
    }
    if (!unsure) {
        checks_add(list, CHECK_UNCONFIRMED, "behaviour", NULL, NULL);
    }
}

/* One certificate for each kind of key is usual; more of them are several devices, or keys that
 * are made anew. */
static void check_one_certificate(struct check_list *list, const struct cert_facts *certs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char count[16];
        size_t others = 0;
        bool before = false;
        for (size_t k = 0; k < n; k++) {
            bool other = certs[i].leaf && certs[k].leaf &&
                         strcmp(certs[i].kind, certs[k].kind) == 0 &&
                         strcmp(certs[i].sha256, certs[k].sha256) != 0;
            others += other;
            before |= other && k < i;
        }
        if (others && !before) {
            (void)snprintf(count, sizeof count, "%zu", others + 1);
            checks_add(list, CHECK_CERTS_CHANGE, "certificate", certs[i].kind, count);
        }
    }
}

/* ---- key exchange and behaviour -------------------------------------------------------------- */

static void check_groups(struct check_list *list, const struct tls_facts *f)
{
    char weak[LIST_MAX] = "", pq[LIST_MAX] = "";
    for (size_t i = 0; i < f->group_count; i++) {
        const struct group *g = tls_group(f->groups[i]);
        char *to = !g                                           ? NULL
                   : g->kind == GROUP_PQ                        ? pq
                   : g->kind == GROUP_EC && g->bits < MIN_GROUP ? weak
                                                                : NULL;
        if (to && strlen(to) + strlen(g->name) + 3 < LIST_MAX) {
            size_t n = strlen(to);
            (void)snprintf(to + n, LIST_MAX - n, "%s%s", n ? ", " : "", g->name);
        }
    }
    if (*weak) {
        checks_add(list, CHECK_WEAK_GROUP, "groups", weak, NULL);
    }
    if (*pq) {
        checks_add(list, CHECK_PQ, "groups", pq, NULL);
    }
}

static void check_dh(struct check_list *list, const struct tls_facts *f)
{
    char bits[16];
    (void)snprintf(bits, sizeof bits, "%u", f->dh_bits);
    if (f->dh_bits && f->dh_bits <= BROKEN_DH) {
        checks_add(list, CHECK_DH_BROKEN, "dh", bits, NULL);
    } else if (f->dh_bits && f->dh_bits < MIN_DH) {
        checks_add(list, CHECK_DH_SHORT, "dh", bits, NULL);
    }
    if (f->dh_prime.n && !f->dh_name && dh_is_composite(f->dh_prime)) {
        checks_add(list, CHECK_DH_COMPOSITE, "dh", bits, NULL);
    }
    if (f->dh_name) {
        checks_add(list, CHECK_DH_KNOWN, "dh", f->dh_name, NULL);
    }
    if (f->dh_reused || f->ec_reused) {
        checks_add(list, CHECK_KEY_REUSE, "key-exchange", f->dh_reused ? "DHE" : "ECDHE", NULL);
    }
}

static void check_behaviour(struct check_list *list, const struct tls_facts *f)
{
    bool old = facts_highest(f) && facts_highest(f) != TLS_13;
    bool has12 = is_there(f, TLS_12) || is_there(f, DTLS_12);
    const struct {
        enum check id;
        bool seen;
    } flags[] = {
        {CHECK_COMPRESSION, f->compression == KNOWN_YES},
        {CHECK_RENEGOTIATION, f->secure_renegotiation == KNOWN_NO},
        {CHECK_TLS12_THERE, is_there(f, TLS_12)},
        {CHECK_NO_EMS, has12 && f->ems == KNOWN_NO},
        {CHECK_NO_SCSV, f->fallback_scsv == KNOWN_NO && (old || f->sentinel != KNOWN_YES)},
        {CHECK_NO_SENTINEL, is_there(f, TLS_13) && f->sentinel == KNOWN_NO},
        {CHECK_SHA1_EXCHANGE, f->sha1_exchange},
        {CHECK_HEARTBEAT, f->heartbeat == KNOWN_YES},
        {CHECK_HEARTBLEED, f->provoked[PROVOKE_HEARTBLEED] == KNOWN_YES},
        {CHECK_CCS, f->provoked[PROVOKE_CCS] == KNOWN_YES},
        {CHECK_ROBOT, f->provoked[PROVOKE_ROBOT] == KNOWN_YES},
        {CHECK_CLIENT_RENEGOTIATION, f->provoked[PROVOKE_RENEGOTIATION] == KNOWN_YES},
        {CHECK_STOPPED, f->provoked[PROVOKE_ALIVE] == KNOWN_NO},
        {CHECK_EARLY_DATA, f->full.early_data == KNOWN_YES},
        {CHECK_UNOFFERED, f->unoffered_suite || f->unoffered_version},
        {CHECK_INTOLERANT, f->size_intolerant},
        {CHECK_OLD_FORM, f->old_form},
        {CHECK_NO_HSTS, f->full.http_status > 0 && !f->full.hsts},
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (flags[i].seen) {
            checks_add(list, flags[i].id, "behaviour", NULL, NULL);
        }
    }
}

/* ---- certificates ---------------------------------------------------------------------------- */

static void check_cert_profile(struct check_list *list, const struct cert_facts *c)
{
    const struct {
        bool seen;
        const char *en, *hi;
    } faults[] = {
        {c->malformed, "an extension is malformed", "एक एक्सटेंशन विकृत है"},
        {c->reversed, "it ends before it begins", "यह आरम्भ होने से पहले ही समाप्त होता है"},
        {c->old_version, "it is not version 3", "यह संस्करण 3 का नहीं है"},
        {c->is_ca, "it is a CA certificate", "यह CA का प्रमाणपत्र है"},
        {c->wrong_eku, "its extended key usage has no serverAuth",
         "इसके extended key usage में serverAuth नहीं है"},
        {c->wrong_usage, "its key usage does not fit", "इसका key usage उपयुक्त नहीं है"},
        {c->unknown_critical, "it has a critical extension that is not known",
         "इसमें एक अज्ञात critical एक्सटेंशन है"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (faults[i].seen) {
            checks_add_words(list, CHECK_CERT_PROFILE, "certificate", faults[i].en, faults[i].hi);
            return;
        }
    }
}

static void check_key(struct check_list *list, const struct cert_facts *c)
{
    char bits[16], text[256];
    bool rsa = strcmp(c->kind, "RSA") == 0, ec = strcmp(c->kind, "EC") == 0;
    (void)snprintf(bits, sizeof bits, "%u", c->bits);
    if ((rsa && c->bits < 2048) || (ec && c->bits < 224) || strcmp(c->kind, "DSA") == 0) {
        checks_add(list, CHECK_CERT_KEY_SHORT, "certificate", c->kind, bits);
    }
    if (c->known) {
        (void)snprintf(text, sizeof text, "%.40s; %.200s", c->known_key.source, c->known_key.note);
        checks_add(list, CHECK_CERT_KNOWN_KEY, "certificate", text, NULL);
    }
    if (c->roca) {
        checks_add(list, CHECK_CERT_ROCA, "certificate", NULL, NULL);
    }
    if (c->fermat) {
        checks_add(list, CHECK_CERT_FERMAT, "certificate", NULL, NULL);
    }
    if (c->tiny_exponent) {
        checks_add(list, CHECK_CERT_EXPONENT, "certificate", NULL, NULL);
    }
}

static void check_history(struct check_list *list, const struct key_history *h)
{
    const struct {
        enum check id;
        const char *unit;
    } rows_of[] = {{CHECK_CERT_SHARED, h->same_firm},
                   {CHECK_CERT_SHARED_FIRMS, h->other_firm},
                   {CHECK_CERT_COMMON_FACTOR, h->prime_with},
                   {CHECK_CERT_IN_REGISTER, h->unit}};
    for (size_t i = 0; i < sizeof rows_of / sizeof *rows_of; i++) {
        if (rows_of[i].unit) {
            checks_add(list, rows_of[i].id, "certificate", rows_of[i].unit, NULL);
        }
    }
}

static void check_trust(struct check_list *list, const struct cert_facts *c,
                        const struct scan_target *t)
{
    bool trusted = false;
    for (size_t i = 0; i < TRUST_SETS; i++) {
        trusted |= c->trust[i] == TRUST_YES;
    }
    if (c->form == CHAIN_BROKEN) {
        checks_add(list, CHECK_CHAIN_SENT_BROKEN, "certificate", NULL, NULL);
    }
    if (!trusted) {
        checks_add(list, CHECK_CERT_NO_ANCHOR, "certificate", NULL, NULL);
    }
    if (!c->name_matches && !c->ip_matches) {
        checks_add(list, CHECK_CERT_NAME, "certificate", t->host, NULL);
    }
    if (c->no_san) {
        checks_add(list, CHECK_CERT_NO_SAN, "certificate", NULL, NULL);
    }
}

static void check_certificate(struct check_list *list, const struct cert_facts *c,
                              const struct scan_target *t)
{
    char when[UTC_TEXT];
    if (!c->leaf) {
        checks_add(list, CHECK_CERT_UNREADABLE, "certificate", c->error, NULL);
        return;
    }
    if (c->expired) {
        checks_add(list, CHECK_CERT_EXPIRED, "certificate", utc_rfc3339(c->leaf->not_after, when),
                   NULL);
    }
    if (c->not_yet) {
        checks_add(list, CHECK_CERT_NOT_YET, "certificate", utc_rfc3339(c->leaf->not_before, when),
                   NULL);
    }
    if (c->weak_signature) {
        checks_add(list, CHECK_CERT_WEAK_SIGNATURE, "certificate", c->signature, NULL);
    }
    check_key(list, c);
    check_history(list, &c->history);
    check_trust(list, c, t);
    check_cert_profile(list, c);
    if (c->long_life) {
        checks_add(list, CHECK_CERT_LONG_LIFE, "certificate", NULL, NULL);
    }
    if (c->low_serial) {
        checks_add(list, CHECK_CERT_SERIAL, "certificate", NULL, NULL);
    }
}

void checks_run(struct check_list *list, const struct scan_job *job, const struct cert_facts *certs,
                size_t cert_count)
{
    const struct tls_facts *f = &job->facts;
    if (job->state == SCAN_PLAIN || job->state == SCAN_UNSUPPORTED) {
        checks_add(list, CHECK_PLAINTEXT, "service", job->service->name, NULL);
        return;
    }
    if (job->state == SCAN_SILENT) {
        checks_add(list, CHECK_SILENT, "service",
                   job->ended ? job->ended : "no version is agreed on", NULL);
        return;
    }
    if (job->state != SCAN_TLS) {
        return;
    }
    check_versions(list, f);
    check_suites(list, f);
    check_groups(list, f);
    check_dh(list, f);
    check_behaviour(list, f);
    check_alike(list, f);
    check_one_certificate(list, certs, cert_count);
    for (size_t i = 0; i < cert_count; i++) {
        check_certificate(list, &certs[i], job->target);
    }
}
