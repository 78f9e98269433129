/*
 * listen_judge - see listen_judge.h.
 */
#include "tls/listen_judge.h"

#include <stdio.h>

enum { LIST_MAX = 400 };

/* What is known about one finding. */
enum seen { SEEN_NEVER, SEEN_NA, SEEN_GOOD, SEEN_UNSURE, SEEN_BAD };

struct judging_one {
    enum seen checks[CHECK_COUNT];
};

/* One case, for its finding. */
static enum seen seen_of(const struct case_result *r)
{
    bool rejects = r->row->expect == EXPECT_REJECT;
    switch (r->verdict) {
    case SEEN_ACCEPT:
        return rejects ? SEEN_BAD : SEEN_GOOD;
    case SEEN_REJECT:
    case SEEN_REJECT_AFTER:
    case SEEN_NOT_OFFERED:
        return rejects ? SEEN_GOOD : SEEN_BAD;
    case SEEN_NOT_TESTED:
        return SEEN_NA;
    case SEEN_NO_CONNECTION:
        return SEEN_NEVER;
    default:
        return SEEN_UNSURE;
    }
}

const char *listen_sound(const struct case_result *r)
{
    static const char *const names[] = {"never", "any", "yes", "unsure", "no"};
    enum seen s = seen_of(r);
    bool told = s == SEEN_GOOD || s == SEEN_BAD;
    return told && r->row->expect == EXPECT_ANY ? "any" : names[s];
}

/* Two cases of one finding: a bad one is bad; not all seen is not sure. */
static enum seen join(enum seen a, enum seen b)
{
    if (a == SEEN_BAD || b == SEEN_BAD) {
        return SEEN_BAD;
    }
    if (a == SEEN_NA || a == b) {
        return b;
    }
    return b == SEEN_NA ? a : SEEN_UNSURE;
}

static void add(struct listen_report *r, enum check id, const char *detail, const char *second)
{
    checks_add(&r->findings, id, "client", detail, second);
}

/* The ids of the cases that led to a finding. */
static void add_cases(struct listen_report *r, enum check id)
{
    char list[LIST_MAX] = "";
    size_t used = 0;
    for (size_t i = 0; i < r->cases->count; i++) {
        const struct case_result *c = &r->results[i];
        if (c->row->finding != id || seen_of(c) != SEEN_BAD) {
            continue;
        }
        const char *what = c->row->serve == SERVE_REFUSE ? c->why : c->row->id;
        int n = snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", what);
        used += n > 0 && (size_t)n < sizeof list - used ? (size_t)n : 0;
    }
    add(r, id, list, NULL);
}

static void find_cases(struct listen_report *r, struct judging_one *j)
{
    for (size_t i = 0; i < r->cases->count; i++) {
        const struct listen_case *row = r->results[i].row;
        if (row->finding != CHECK_COUNT) {
            bool first = true;
            for (size_t k = 0; k < i; k++) {
                first &= r->results[k].row->finding != row->finding;
            }
            enum seen s = seen_of(&r->results[i]);
            j->checks[row->finding] = first ? s : join(j->checks[row->finding], s);
        }
    }
    for (int id = 0; id < CHECK_COUNT; id++) {
        if (j->checks[id] == SEEN_BAD) {
            add_cases(r, (enum check)id);
        }
    }
}

static const char *control_reason(const struct listen_report *r, char *out, size_t n)
{
    const struct case_result *c = &r->results[r->cases->control];
    char name[TLS_NAME];
    if (c->alert) {
        (void)snprintf(out, n, "%s, alert %s", verdict_name(c->verdict),
                       tls_alert_name(c->alert, name));
        return out;
    }
    return verdict_name(c->verdict);
}

static void find_doubts(struct listen_report *r)
{
    char why[128];
    if (!r->controlled && r->client->hellos) {
        add(r, CHECK_CLIENT_NO_CONTROL, control_reason(r, why, sizeof why), NULL);
    }
    for (size_t i = 0; i < r->cases->count; i++) {
        const struct case_result *c = &r->results[i];
        if (c->mixed) {
            add(r, CHECK_CLIENT_MIXED, c->row->id, NULL);
        }
        if (c->verdict == SEEN_INCONCLUSIVE && r->controlled) {
            add(r, CHECK_CLIENT_UNCLEAR, c->row->id, c->why);
        }
    }
}

/* What the hellos alone say. */
static void find_in_hellos(struct listen_report *r, struct judging_one *j)
{
    const struct listen_client *c = r->client;
    unsigned flags = 0;
    bool name = false;
    for (size_t i = 0; i < c->print_count; i++) {
        flags |= c->prints[i].hello.flags;
        name |= c->prints[i].hello.name[0] != 0;
    }
    if (flags & CLIENT_EARLY_DATA) {
        add(r, CHECK_CLIENT_EARLY_DATA, NULL, NULL);
    }
    if (flags & CLIENT_COMPRESSION) {
        add(r, CHECK_CLIENT_COMPRESS, NULL, NULL);
    }
    if (c->print_count && !name) {
        add(r, CHECK_CLIENT_NO_SNI, NULL, NULL);
    }
    if (c->plain) {
        j->checks[CHECK_CLIENT_PLAINTEXT] = SEEN_BAD;
        add(r, CHECK_CLIENT_PLAINTEXT, first_pdu_name(c->plain_pdu), NULL);
    } else if (c->hellos && !c->starttls) { /* TLS from the first octet */
        j->checks[CHECK_CLIENT_PLAINTEXT] = SEEN_GOOD;
    }
}

/* ---- requirements ---------------------------------------------------------------------------- */

static bool is_client_check(enum check id)
{
    return id >= CHECK_CLIENT_NO_CHAIN && id <= CHECK_CLIENT_NO_SNI;
}

/* NULL row results: the requirement is not about clients. */
static bool judge_row(const struct requirement *row, const struct judging_one *j,
                      struct policy_result *out)
{
    bool any = row->needs_client, good = false, unsure = false, never = false;
    *out = (struct policy_result){.row = row, .result = RESULT_NOT_TESTED};
    for (size_t i = 0; i < row->fail_count; i++) {
        enum check id = row->fail[i];
        if (!is_client_check(id) && j->checks[id] != SEEN_BAD) {
            continue;
        }
        any = true;
        if (j->checks[id] == SEEN_BAD) {
            out->result = RESULT_FAIL;
            out->because = check_row(id)->code;
            return true;
        }
        good |= j->checks[id] == SEEN_GOOD;
        unsure |= j->checks[id] == SEEN_UNSURE;
        never |= j->checks[id] == SEEN_NEVER;
    }
    if (unsure || (good && never)) {
        out->result = RESULT_INCONCLUSIVE;
    } else if (good) {
        out->result = RESULT_PASS;
    }
    return any;
}

static void judge_rows(struct listen_report *r, const struct judging_one *j)
{
    bool pass = false, unsure = false, fail = false;
    for (size_t i = 0; i < r->policy->count; i++) {
        const struct requirement *row = &r->policy->rows[i];
        struct policy_result *out = &r->requirements[r->requirement_count];
        bool asked = r->level == POLICY_ALL || (row->levels >> r->level & 1);
        if (!asked || !judge_row(row, j, out)) {
            continue;
        }
        r->requirement_count++;
        fail |= out->result == RESULT_FAIL;
        unsure |= out->result == RESULT_INCONCLUSIVE;
        pass |= out->result == RESULT_PASS;
    }
    bool none = r->requirement_count == 0 && r->controlled;
    r->overall = fail                       ? RESULT_FAIL
                 : unsure || !r->controlled ? RESULT_INCONCLUSIVE
                 : pass || none             ? RESULT_PASS
                                            : RESULT_NOT_TESTED;
}

/* A fault of the device's own key: it breaks requirements, whatever the cases showed. */
static void add_fault(struct listen_report *r, struct judging_one *j, enum check id,
                      const char *detail)
{
    if (detail) {
        j->checks[id] = SEEN_BAD;
        add(r, id, detail, NULL);
    }
}

static int judge_certificate(struct listen_report *r, struct arena *a, struct judging_one *j,
                             const struct report_basis *basis)
{
    struct trust_sets none = {{NULL}};
    struct chain_facts *chain = arena_alloc(a, sizeof *chain);
    struct cert_facts *c = arena_alloc(a, sizeof *c);
    if (!chain || !c) {
        return -1;
    }
    chain->certs[0] = r->client->certificate;
    chain->count = 1;
    r->certificate = c;
    if (certificate_judge(a, chain, &none, basis->known, NULL, r->client->ip, r->now, c) < 0 ||
        (c->leaf && basis->ask && basis->ask(basis->context, a, c, &c->history) < 0)) {
        return -1;
    }
    const char *note = c->known_key.note ? c->known_key.note : c->known_key.source;
    add_fault(r, j, CHECK_CERT_KNOWN_KEY, c->known ? note : NULL);
    add_fault(r, j, CHECK_CERT_SHARED, c->history.same_firm);
    add_fault(r, j, CHECK_CERT_SHARED_FIRMS, c->history.other_firm);
    add_fault(r, j, CHECK_CERT_COMMON_FACTOR, c->history.prime_with);
    return 0;
}

int listen_judge(struct listen_report *r, struct arena *a, const struct listen_client *client,
                 const struct case_list *cases, const struct report_basis *basis)
{
    struct judging_one j = {{SEEN_NEVER}};
    memset(r, 0, sizeof *r);
    r->client = client;
    r->cases = cases;
    r->policy = basis->policy;
    r->level = basis->level;
    r->now = basis->now;
    r->controlled = plan_controlled(client, cases);
    checks_init(&r->findings, a);
    for (size_t i = 0; i < cases->count; i++) {
        plan_result(client, cases, i, &r->results[i]);
    }
    find_cases(r, &j);
    find_in_hellos(r, &j);
    find_doubts(r);
    if (client->certificate.n && judge_certificate(r, a, &j, basis) < 0) {
        return -1;
    }
    judge_rows(r, &j);
    return 0;
}

const char *listen_requirements(const struct tls_policy *policy, enum check finding, char *out,
                                size_t n)
{
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < policy->count && finding != CHECK_COUNT; i++) {
        const struct requirement *row = &policy->rows[i];
        for (size_t k = 0; k < row->fail_count; k++) {
            if (row->fail[k] == finding) {
                int more = snprintf(out + used, n - used, "%s%s", used ? ", " : "", row->id);
                used += more > 0 && (size_t)more < n - used ? (size_t)more : 0;
            }
        }
    }
    return out;
}
