/*
 * check - one link from the request to the result: fetch, evaluate, control, decide, evidence.
 */
#include <stdio.h>
#include <time.h>

#include "cli/weblink/weblink.h"
#include "foreign/domain.h"
#include "net/url.h"

#define CHECK_MEMORY ((size_t)256 << 20)
enum { SECONDS_A_DAY = 86400, KNOWN_MAX = 4096 };

struct check {
    struct arena *a;
    const struct weblink_world *w;
    struct weblink_request *request;
    struct visits *visits;
    struct weblink_facts facts;
    struct check_result result;
    struct evaluation page, control;
    struct claim made_up;
    struct address_match address;
    const struct profile *profile; /* for reading: the approved one, or none's */
    int64_t today;
};

static const struct profile no_profile = {.answers = "page"};

/* ---- whose address it is --------------------------------------------------------------------- */

static const struct profile *profile_of(const struct weblink_request *r, const char *host)
{
    char domain[FETCH_HOST_MAX];
    if (!domain_registrable(host, domain)) {
        return NULL;
    }
    for (size_t i = 0; i < r->profile_count; i++) {
        const struct profile *p = &r->profiles[i];
        if (profile_lists(&p->domains, domain) &&
            (!p->hosts.count || profile_lists(&p->hosts, host))) {
            return p;
        }
    }
    return NULL;
}

/* Fills domain, profile, look-alike of the facts from an address. */
static void set_owner(struct check *c, const char *url)
{
    struct url parts;
    char domain[FETCH_HOST_MAX];
    const char *known[KNOWN_MAX], *how;
    size_t n = 0;
    if (url_split(span_str(url), &parts) != NULL) {
        return;
    }
    bool named = domain_registrable(parts.host, domain);
    c->facts.domain = arena_str(c->a, span_str(named ? domain : parts.host));
    c->facts.profile = profile_of(c->request, parts.host);
    c->facts.https = parts.https;
    for (size_t i = 0; i < c->request->profile_count; i++) {
        const struct profile_list *list = &c->request->profiles[i].domains;
        for (size_t k = 0; k < list->count && n < KNOWN_MAX; k++) {
            known[n++] = list->items[k];
        }
    }
    for (size_t i = 0; i < c->w->known_count && n < KNOWN_MAX; i++) {
        known[n++] = c->w->known[i];
    }
    c->facts.lookalike =
        c->facts.profile ? NULL : domain_lookalike(c->a, parts.host, known, n, &how);
}

/* ---- the page -------------------------------------------------------------------------------- */

static int evaluate_hop(struct check *c, const struct hop *hop, const struct claim *first,
                        const struct claim *second, struct evaluation *out, struct span *raw,
                        char why[WEBLINK_WHY])
{
    struct evaluate_job job = {.profile = c->profile,
                               .claims = {first, second},
                               .claim_count = second ? 2 : 1,
                               .status = hop->status,
                               .head = hop->web.head,
                               .wire = hop->web.body,
                               .today = c->today};
    return child_evaluate(c->a, &job, out, raw, why);
}

static int look_at_page(struct check *c)
{
    struct visit v;
    char why[WEBLINK_WHY] = "";
    int pause = c->facts.profile ? c->facts.profile->pause_ms : 0;
    if (visit_run(c->a, c->w, c->visits, c->result.final_url, "page", pause, &v) != 0) {
        return -1;
    }
    c->result.final_url = v.url;
    c->result.retry_after = v.retry_after;
    c->facts.failure = v.failure;
    c->facts.failure_detail = v.detail;
    set_owner(c, v.url);
    c->profile = c->facts.profile ? c->facts.profile : &no_profile;
    if (v.failure != FOREIGN_REASONS || !v.last) {
        return 0;
    }
    if (profile_address(c->a, c->profile, v.url, &c->address) != 0) {
        return -1;
    }
    c->facts.fit = c->address.fit;
    const struct claim *second = c->address.fit == ADDRESS_LIST ? &c->made_up : NULL;
    int rc =
        evaluate_hop(c, v.last, &c->request->claim, second, &c->page, &c->result.page_raw, why);
    if (rc != 0) {
        c->facts.failure = FOREIGN_ENGINE;
        c->facts.failure_detail = arena_str(c->a, span_str(why));
        return rc < 0 || !c->facts.failure_detail ? -1 : 0;
    }
    c->facts.page = c->result.page = &c->page;
    return 0;
}

/* ---- the control ----------------------------------------------------------------------------- */

static int control_failed(struct check *c, const char *why)
{
    c->facts.control_failed = arena_str(c->a, span_str(why));
    return c->facts.control_failed ? 0 : -1;
}

static int look_at_control(struct check *c)
{
    struct visit v;
    char why[WEBLINK_WHY] = "";
    if (c->address.fit == ADDRESS_LIST) {
        c->control = c->page;
        c->control.matches[0] = c->page.matches[1];
        c->control.match_count = c->page.match_count > 1 ? 1 : 0;
        c->facts.control = c->result.control = &c->control;
        return 0;
    }
    const char *value = weblink_mutate(c->a, c->address.value);
    const char *url =
        value ? profile_address_with(c->a, c->result.final_url, &c->address, value) : NULL;
    if (!url || visit_run(c->a, c->w, c->visits, url, "control", c->profile->pause_ms, &v) != 0) {
        return -1;
    }
    c->result.control_url = v.url;
    if (v.failure != FOREIGN_REASONS || !v.last) {
        return control_failed(c, *v.detail ? v.detail : foreign_reason_row(v.failure)->text);
    }
    int rc = evaluate_hop(c, v.last, &c->made_up, &c->request->claim, &c->control,
                          &c->result.control_raw, why);
    if (rc != 0) {
        return rc < 0 ? -1 : control_failed(c, why);
    }
    c->facts.control = c->result.control = &c->control;
    return 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool is_complete(const struct claim *c)
{
    return c->number && c->holder && c->issuer;
}

static int run_parts(struct check *c)
{
    const struct weblink_request *r = c->request;
    c->facts.arena = c->a;
    c->facts.claim = &r->claim;
    c->facts.failure = FOREIGN_REASONS;
    c->result.final_url = r->url;
    int rc = domain_ascii_url(c->a, r->url, &c->result.final_url);
    if (rc != 0) {
        c->facts.failure = FOREIGN_ADDRESS_REFUSED;
        c->facts.failure_detail = "its host is none";
        return rc < 0 ? -1 : 0;
    }
    set_owner(c, c->result.final_url);
    /* What imitates an issuer is not asked at all. */
    if (c->facts.lookalike || !is_complete(&r->claim)) {
        return 0;
    }
    c->made_up = r->claim;
    c->made_up.number = weblink_mutate(c->a, r->claim.number);
    if (!c->made_up.number || look_at_page(c) != 0) {
        return -1;
    }
    return weblink_wants_control(&c->facts) ? look_at_control(c) : 0;
}

static int keep_evidence(struct check *c, struct foreign_findings *findings)
{
    char why[WEBLINK_WHY] = "";
    if (!c->request->evidence_dir) {
        return 0;
    }
    int rc = evidence_write(c->a, &c->result, why);
    if (rc > 0) {
        foreign_found(findings, FOREIGN_ENGINE, "evidence", why, NULL);
        c->result.outcome = WEBLINK_INCONCLUSIVE; /* without evidence nothing is verified */
        return 0;
    }
    if (rc == 0 && c->request->tsa) {
        rc = evidence_stamp(c->a, &c->result, why);
        if (rc > 0) {
            foreign_found(findings, FOREIGN_NO_TIMESTAMP, "evidence", why, NULL);
            rc = 0;
        }
    }
    return rc;
}

static int run_check(struct check *c, struct foreign_findings *findings)
{
    if (run_parts(c) != 0) {
        return -1;
    }
    c->result.findings = findings;
    c->result.profile = c->facts.profile ? c->facts.profile->id : NULL;
    c->result.outcome = weblink_decide(&c->facts, findings);
    c->result.echoed = foreign_has(findings, FOREIGN_ECHO);
    return keep_evidence(c, findings);
}

/* A failure of ours is a result as well: nobody is to wait for one. */
static void apologise(struct check *c, struct foreign_findings *findings, const char *why)
{
    foreign_findings_init(findings, c->a);
    foreign_found(findings, FOREIGN_ENGINE, "check", why, NULL);
    c->result.findings = findings;
    c->result.outcome = WEBLINK_INCONCLUSIVE;
}

int check_run(const struct weblink_world *w, struct span line, struct buffer *out)
{
    struct foreign_findings findings;
    char why[WEBLINK_WHY] = "";
    struct arena *a = arena_new(CHECK_MEMORY);
    struct check *c = a ? arena_alloc(a, sizeof *c) : NULL;
    struct weblink_request *request = a ? arena_alloc(a, sizeof *request) : NULL;
    struct visits *visits = a ? arena_alloc(a, sizeof *visits) : NULL;
    if (!c || !request || !visits) {
        arena_free(a);
        return -1;
    }
    *c = (struct check){.a = a, .w = w, .request = request, .visits = visits};
    foreign_findings_init(&findings, a);
    int rc = request_read(a, line, request, why);
    c->result.request = request;
    c->result.visits = visits;
    c->result.checked_at = (int64_t)time(NULL);
    int64_t at = w->options->at == UTC_NONE ? c->result.checked_at : w->options->at;
    c->today = at / SECONDS_A_DAY;
    c->result.final_url = request->url;
    if (rc != 0) {
        apologise(c, &findings, rc < 0 ? "memory ran out" : why);
    } else if (run_check(c, &findings) != 0) {
        apologise(c, &findings, "memory ran out, or the process that fetches is gone");
    }
    struct json j = {.out = out};
    result_json(&j, &c->result);
    buffer_char(out, '\n');
    visits_free(visits);
    arena_free(a);
    return buffer_ok(out) ? 0 : -1;
}
