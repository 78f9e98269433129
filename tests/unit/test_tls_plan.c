/*
 * test_tls_plan - the plan against servers that exist only here: what each has is known exactly,
 * and must come out exactly, however its connections are lost; and how many questions it takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "tls/plan.h"

/* ---- a server -------------------------------------------------------------------------------- */

enum quirk {
    CLIENT_ORDER = 1 << 0,
    CLOSES = 1 << 1,           /* FIN instead of an alert */
    RESETS = 1 << 2,           /* RST instead of an alert */
    LONG_HELLO_KILLS = 1 << 3, /* more than 60 suites: closed */
    NO_EXTENSIONS = 1 << 4,    /* extensions: closed */
    ALWAYS_FIRST = 1 << 5,     /* answers its first suite, offered or not */
    NEGOTIATES = 1 << 6,       /* answers its highest version when a higher one is asked for */
    WANTS_SCSV = 1 << 7,       /* RFC 7507 */
    ALPN_FATAL = 1 << 8,
    NAME_FATAL = 1 << 9,
    SILENT_OLD = 1 << 10, /* no answer to old versions */
    ODD_ALERT = 1 << 12,  /* internal_error where handshake_failure is meant */
    DIES = 1 << 11,       /* no connection from the 20th on */
    DROPS = 1 << 13,      /* says nothing where it means "no" */
    KEEPS_OLD = 1 << 14   /* hellos without extensions may have RC4 */
};

struct sim {
    uint16_t versions[6];
    uint16_t suites[6][80]; /* by version, in its order */
    uint16_t groups[12];
    unsigned quirks, loss; /* of 100 */
    unsigned asked, seed;
    unsigned lost;     /* the answer to this question is, 0: none */
    struct sim *other; /* behind the same address, they take turns */
};

static unsigned draw(struct sim *s)
{
    s->seed ^= s->seed << 13;
    s->seed ^= s->seed >> 17;
    s->seed ^= s->seed << 5;
    return s->seed;
}

static bool has(const uint16_t *list, size_t n, uint16_t code)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == code) {
            return true;
        }
    }
    return false;
}

static void refuse(const struct sim *s, struct answer *a, uint8_t alert)
{
    a->outcome = s->quirks & CLOSES   ? OUTCOME_CLOSED
                 : s->quirks & RESETS ? OUTCOME_RESET
                 : s->quirks & DROPS  ? OUTCOME_TIMEOUT
                                      : OUTCOME_ALERT;
    a->alert = alert;
}

static const uint16_t *suites_of(const struct sim *s, uint16_t version)
{
    for (size_t i = 0; i < 6 && s->versions[i]; i++) {
        if (s->versions[i] == version) {
            return s->suites[i];
        }
    }
    return NULL;
}

/* Its highest version that is not above this one. */
static uint16_t highest(const struct sim *s, uint16_t version)
{
    uint16_t top = 0;
    for (size_t i = 0; i < 6; i++) {
        bool fits = s->versions[i] <= version && s->versions[i] != TLS_13;
        top = fits && s->versions[i] > top ? s->versions[i] : top;
    }
    return top;
}

static bool ecdhe(uint16_t code)
{
    const struct suite *s = tls_suite(code);
    return s->exchange == KX_ECDHE || s->exchange == KX_TLS13;
}

static uint16_t common_group(const struct sim *s, const struct probe *q)
{
    if (q->group_count == 0) { /* RFC 8422 4: the server may take any */
        return s->groups[0];
    }
    for (size_t i = 0; i < 12 && s->groups[i]; i++) {
        if (has(q->groups, q->group_count, s->groups[i])) {
            return s->groups[i];
        }
    }
    return 0;
}

static uint16_t choose(const struct sim *s, const struct probe *q, const uint16_t *mine)
{
    uint16_t group = common_group(s, q);
    const uint16_t *outer = s->quirks & CLIENT_ORDER ? q->suites : mine;
    size_t n = s->quirks & CLIENT_ORDER ? q->suite_count : 80;
    for (size_t i = 0; i < n; i++) {
        bool both = outer[i] && has(mine, 80, outer[i]) && has(q->suites, q->suite_count, outer[i]);
        if (both && (group || !ecdhe(outer[i]) || q->version == TLS_SSL3)) {
            return outer[i];
        }
    }
    return s->quirks & ALWAYS_FIRST ? mine[0] : 0;
}

static void say_hello(const struct sim *s, const struct probe *q, uint16_t version, uint16_t suite,
                      struct answer *a)
{
    a->outcome = OUTCOME_HELLO;
    a->version = version;
    a->suite = suite;
    a->retry_request = version == TLS_13;
    a->group = ecdhe(suite) ? common_group(s, q) : 0;
    a->finished = true;
}

/* Nobody answers, or not as TLS does. */
static bool breaks(struct sim *s, const struct probe *q, struct answer *a)
{
    bool bare = q->flags & HELLO_PLAIN || q->version == TLS_SSL3 || q->version == TLS_SSL2;
    if (s->quirks & DIES && s->asked > 20) {
        a->outcome = OUTCOME_UNREACHED;
    } else if (draw(s) % 100 < s->loss) {
        a->outcome = OUTCOME_RESET;
    } else if (s->quirks & LONG_HELLO_KILLS && q->suite_count > 60) {
        a->outcome = OUTCOME_CLOSED;
    } else if ((s->quirks & NO_EXTENSIONS && !bare) || q->version == TLS_SSL2) {
        a->outcome = OUTCOME_CLOSED;
    } else if (s->quirks & SILENT_OLD && q->version < TLS_12) {
        a->outcome = OUTCOME_TIMEOUT;
    }
    return a->outcome != OUTCOME_NONE;
}

static void agree(const struct sim *s, const struct probe *q, uint16_t version, struct answer *a)
{
    uint16_t suite = choose(s, q, suites_of(s, version));
    if (suite) {
        say_hello(s, q, version, suite, a);
    } else {
        refuse(s, a, s->quirks & ODD_ALERT ? 80 : 40);
    }
}

static void serve(struct sim *s, const struct probe *q, struct answer *a)
{
    uint16_t low = q->version == TLS_13 || q->version == TLS_SSL2 ? 0 : highest(s, q->version);
    bool negotiates = s->quirks & NEGOTIATES && low;
    memset(a, 0, sizeof *a);
    s->asked += s->other == NULL;
    if (s->asked && s->asked == s->lost) {
        a->outcome = OUTCOME_TIMEOUT;
        return;
    }
    if (breaks(s, q, a)) {
        return;
    }
    if (s->quirks & KEEPS_OLD && q->flags & HELLO_PLAIN && has(q->suites, q->suite_count, 0x0005)) {
        say_hello(s, q, q->version, 0x0005, a);
    } else if (s->quirks & ALPN_FATAL && q->flags & HELLO_ALPN) {
        refuse(s, a, 120);
    } else if (s->quirks & NAME_FATAL && !(q->flags & HELLO_NO_NAME)) {
        refuse(s, a, 112);
    } else if (!suites_of(s, q->version) && !negotiates) {
        refuse(s, a, 70);
    } else if (q->flags & HELLO_SCSV && s->quirks & WANTS_SCSV) {
        refuse(s, a, 86);
    } else {
        agree(s, q, negotiates ? low : q->version, a);
    }
}

/* ---- the scan of it -------------------------------------------------------------------------- */

static struct tls_facts facts;
static struct plan plan;

static unsigned scan(struct sim *s)
{
    struct arena *a = arena_new(1 << 20);
    struct probe q;
    struct answer answer;
    unsigned pause;
    s->asked = 0;
    facts_init(&facts, a, false);
    plan_start(&plan, &facts, false, true);
    while (plan_next(&plan, &q, &pause)) {
        assert_true(q.suite_count <= HELLO_SUITES && q.group_count <= HELLO_GROUPS);
        serve(s->other && s->asked % 2 ? s->other : s, &q, &answer);
        s->asked += s->other != NULL;
        assert_int_equal(plan_answer(&plan, &answer), 0);
        assert_true(s->asked < 3000);
    }
    arena_free(a);
    facts.arena = NULL;
    return s->asked;
}

/* The facts are the server's. */
static void exact(const struct sim *s)
{
    for (size_t i = 1; i < facts.version_count; i++) {
        const struct version_facts *v = &facts.versions[i];
        const uint16_t *mine = suites_of(s, v->version);
        assert_int_equal(v->state, mine ? KNOWN_YES : KNOWN_NO);
        size_t n = 0;
        for (; mine && mine[n]; n++) {
            assert_true(version_has(v, mine[n]));
            if (!(s->quirks & CLIENT_ORDER)) {
                assert_int_equal(v->suites[n], mine[n]);
            }
        }
        assert_int_equal(v->count, n);
        assert_true(v->complete);
    }
    assert_true(facts.confirmed);
}

static const struct sim camera = {
    .versions = {TLS_12, TLS_13},
    .suites = {{0xc030, 0xc02f, 0xcca8, 0x009f, 0xc028, 0xc014, 0x009d, 0x0035, 0x002f},
               {0x1302, 0x1303, 0x1301}},
    .groups = {0x001d, 0x0017, 0x001e, 0x0019, 0x0018},
    .quirks = WANTS_SCSV | NEGOTIATES,
};

static void test_camera(void **state)
{
    struct sim s = camera;
    (void)state;
    unsigned n = scan(&s);
    exact(&s);
    assert_int_equal(facts.order, ORDER_SERVER);
    assert_int_equal(facts.group_count, 5);
    assert_true(facts.groups_complete);
    assert_int_equal(facts.fallback_scsv, KNOWN_YES);
    assert_false(facts.lossy || facts.unoffered_suite || facts.unoffered_version);
    print_message("camera: %u connections\n", n);
    assert_true(n <= 12 + 2 + 25);
}

static void test_client_order(void **state)
{
    struct sim s = camera;
    (void)state;
    s.quirks |= CLIENT_ORDER;
    (void)scan(&s);
    exact(&s);
    assert_int_equal(facts.order, ORDER_CLIENT);
}

/* Suites of different windows come out in the server's order. */
static void test_rare_suites(void **state)
{
    struct sim s = {.versions = {TLS_10, TLS_12}, .groups = {0x0017}, .quirks = NEGOTIATES};
    size_t n, k = 0;
    const struct suite *rows = tls_suites(&n);
    (void)state;
    for (size_t i = 0; i < n && k < 79; i++) {
        size_t pick = (i * 151) % n; /* shuffled */
        if (tls_suite_fits(&rows[pick], TLS_12) && rows[pick].exchange != KX_NULL) {
            s.suites[1][k++] = rows[pick].code;
        }
    }
    s.suites[0][0] = 0x0005;
    s.suites[0][1] = 0xc0a1;
    s.suites[0][1] = 0x002f;
    unsigned asked = scan(&s);
    exact(&s);
    print_message("79 shuffled suites: %u connections\n", asked);
    assert_true(asked < 450);
}

static void test_quirks(void **state)
{
    static const unsigned quirks[] = {
        CLOSES,     RESETS,    LONG_HELLO_KILLS,          ALPN_FATAL,           NAME_FATAL,
        SILENT_OLD, ODD_ALERT, CLOSES | LONG_HELLO_KILLS, CLIENT_ORDER | CLOSES};
    (void)state;
    for (size_t i = 0; i < sizeof quirks / sizeof *quirks; i++) {
        struct sim s = camera;
        s.quirks = quirks[i];
        unsigned n = scan(&s);
        print_message("quirk %#x: %u connections\n", s.quirks, n);
        exact(&s);
        assert_int_equal(facts.size_intolerant, (s.quirks & LONG_HELLO_KILLS) != 0);
        assert_int_equal(facts.name_refused, (s.quirks & NAME_FATAL) != 0);
        assert_int_equal(facts.group_count, 5);
        assert_false(facts.lossy);
    }
}

/* A tenth of all connections is reset: nothing of that gets into the facts. */
static void test_loss(void **state)
{
    static const unsigned quirks[] = {0, CLOSES, RESETS, WANTS_SCSV | NEGOTIATES};
    unsigned most = 0;
    (void)state;
    for (unsigned seed = 1; seed <= 1000; seed++) {
        struct sim s = camera;
        s.quirks = quirks[seed % 4];
        s.loss = 10;
        s.seed = seed * 7919;
        unsigned n = scan(&s);
        most = n > most ? n : most;
        bool unsure = false;
        for (size_t i = 1; i < facts.version_count; i++) {
            unsure |= facts.versions[i].state == KNOWN_UNSURE || !facts.versions[i].complete;
        }
        if (!unsure) {
            exact(&s);
        }
    }
    print_message("at 10 %% loss: at most %u connections\n", most);
}

/* Each silence costs its whole wait: two for a refusal with a control between, never a wrong "no"
 * when one answer is lost. */
static void test_drops(void **state)
{
    struct sim s = camera, says = camera;
    (void)state;
    s.quirks = DROPS;
    unsigned with_alerts = scan(&says), n = scan(&s);
    exact(&s);
    print_message("silent refusals: %u connections, with alerts %u\n", n, with_alerts);
    assert_true(n <= with_alerts + 2 * 16);
    for (unsigned lost = 1; lost <= n; lost++) {
        s.asked = 0;
        s.lost = lost;
        (void)scan(&s);
        exact(&s);
    }
}

static void test_old_device(void **state)
{
    struct sim s = {.versions = {TLS_SSL3, TLS_10},
                    .suites = {{0x0005, 0x0004, 0x000a}, {0x0005, 0x000a, 0x002f}},
                    .quirks = NO_EXTENSIONS};
    (void)state;
    unsigned n = scan(&s);
    print_message("no extensions: %u connections\n", n);
    assert_int_equal(facts_version(&facts, TLS_10)->state, KNOWN_YES);
    assert_int_equal(facts_version(&facts, TLS_10)->count, 3);
    assert_int_equal(facts_version(&facts, TLS_SSL3)->count, 3);
}

static void test_ignores_the_offer(void **state)
{
    struct sim s = camera;
    (void)state;
    s.quirks = ALWAYS_FIRST;
    (void)scan(&s);
    assert_true(facts.unoffered_suite);
    assert_false(facts_version(&facts, TLS_12)->complete);
    assert_int_equal(facts_version(&facts, TLS_12)->state, KNOWN_YES);
}

/* A device that goes away leaves no "no" behind. */
static void test_dies(void **state)
{
    struct sim s = camera;
    (void)state;
    s.quirks = DIES;
    (void)scan(&s);
    assert_non_null(plan.ended);
    assert_false(facts.confirmed);
    assert_int_equal(facts_version(&facts, TLS_10)->state, KNOWN_UNSURE);
    assert_false(facts.groups_complete);
}

/* Nothing in the facts that would make anybody look. */
static bool looks_good(void)
{
    bool good = !facts.changing && facts.confirmed;
    for (size_t i = 0; i < facts.version_count; i++) {
        const struct version_facts *v = &facts.versions[i];
        good &= v->state == (v->version == TLS_12 || v->version == TLS_13 ? KNOWN_YES : KNOWN_NO);
        for (size_t k = 0; k < v->count; k++) {
            const struct suite *s = tls_suite(v->suites[k]);
            good &= s->bits >= 128 && s->cipher != CI_RC4 && s->auth != AU_ANON;
        }
    }
    return good;
}

/* Two devices behind one address that take turns: what only one of them has is found. */
static void test_turns(void **state)
{
    static const struct {
        uint16_t version, suite;
    } weak[] = {{TLS_SSL3, 0x0005}, {TLS_SSL3, 0x000a}, {TLS_10, 0x002f}, {TLS_10, 0x0005},
                {TLS_11, 0xc013},   {TLS_11, 0x0035},   {TLS_11, 0x000a}, {TLS_12, 0x0005},
                {TLS_12, 0x0003},   {TLS_12, 0x0034},   {TLS_12, 0xc011}, {TLS_12, 0x000a}};
    static const unsigned quirks[] = {NEGOTIATES, WANTS_SCSV | NEGOTIATES,
                                      CLIENT_ORDER | NEGOTIATES};
    struct sim same = camera, twin = camera;
    (void)state;
    same.other = &twin;
    unsigned n = scan(&same);
    exact(&same);
    assert_true(looks_good());
    print_message("two alike in turns: %u connections\n", n);
    for (size_t i = 0; i < sizeof weak / sizeof *weak * 6; i++) {
        struct sim good = camera, bad = camera;
        size_t at = i / 6;
        good.quirks = bad.quirks = quirks[i % 3];
        bool of12 = weak[at].version == TLS_12;
        bad.versions[2] = of12 ? 0 : weak[at].version;
        bad.suites[of12 ? 0 : 2][of12 ? 9 : 0] = weak[at].suite;
        struct sim *first = i % 6 < 3 ? &good : &bad;
        first->other = i % 6 < 3 ? &bad : &good;
        (void)scan(first);
        if (looks_good()) {
            fail_msg("%#x with suite %#x is not found, case %zu", weak[at].version, weak[at].suite,
                     i % 6);
        }
    }
}

/* What old clients get, and today's do not. */
static void test_old_form(void **state)
{
    struct sim s = camera;
    (void)state;
    s.quirks |= KEEPS_OLD;
    (void)scan(&s);
    assert_true(facts.old_form);
    assert_true(version_has(facts_version(&facts, TLS_12), 0x0005));
    assert_int_equal(facts_version(&facts, TLS_11)->state, KNOWN_YES);
    assert_true(facts_version(&facts, TLS_12)->complete);
}

static void test_nobody_there(void **state)
{
    struct sim s = {.loss = 100, .seed = 1};
    (void)state;
    unsigned n = scan(&s);
    assert_true(n < 60);
    for (size_t i = 0; i < facts.version_count; i++) {
        assert_int_equal(facts.versions[i].state, KNOWN_UNSURE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_camera),      cmocka_unit_test(test_client_order),
        cmocka_unit_test(test_rare_suites), cmocka_unit_test(test_quirks),
        cmocka_unit_test(test_loss),        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_old_device),  cmocka_unit_test(test_ignores_the_offer),
        cmocka_unit_test(test_dies),        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_turns),       cmocka_unit_test(test_old_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
