/*
 * routes - the table of addresses, and the answers that need no document.
 */
#include <stdio.h>
#include <time.h>

#include "http/office/office_server.h"
#include "http/office/witnessing.h"
#include "http/office/health.h"
#include "http/openapi.h"
#include "http/request.h"

/* ---- pages ----------------------------------------------------------------------------------- */

static struct page_context page(const struct request *r)
{
    const struct server *s = r->server;
    return (struct page_context){.lang = r->lang,
                                 .demo = s->trusted->evidence.demo,
                                 .samples = s->trusted->samples,
                                 .sample_count = s->trusted->sample_count,
                                 .licensed = s->trusted->licensed,
                                 .licensed_count = s->trusted->licensed_count,
                                 .upload_bytes = s->settings->upload_bytes,
                                 .files = s->settings->files};
}

static int get_home(struct request *r)
{
    const struct page_context c = page(r);
    r->content_type = "text/html; charset=utf-8";
    return page_home(&c, &r->body);
}

/* What is held now; the file is read again when it is another one. NULL: memory. */
static const struct store_source *held(struct server *s, size_t *count)
{
    char error[STORE_ERROR];
    struct current *c;
    if (!s->held || current_changed(s->settings->data, s->held)) {
        if (current_load(s->settings->data, &c, error) != 0) {
            return NULL;
        }
        current_free(s->held);
        s->held = c;
    }
    return current_sources(s->held, count);
}

static int get_status(struct request *r)
{
    struct page_context c = page(r);
    size_t count = 0;
    const struct store_source *sources = held(r->server, &count);
    struct status_notes notes = {.signed_at = UTC_NONE};
    if (r->server->office) {
        struct office_server *o = r->server->office;
        struct witnessing_now w = witnessing_look(o->witnessing);
        notes = (struct status_notes){.alone = !o->office.four_eyes_issue ||
                                               !o->office.four_eyes_operator,
                                      .witnesses = w.wanted,
                                      .failing = w.last != WITNESSED_GOOD,
                                      .alarm = w.last == WITNESSED_ALARM,
                                      .signed_at = w.good_at};
        c.notes = &notes;
    }
    c.status = true;
    r->content_type = "text/html; charset=utf-8";
    return sources || count == 0 ? page_status(&c, sources, count, (int64_t)time(NULL), &r->body)
                                 : -1;
}

/* Somebody reloads or shares the address of a result: results are not kept. */
static int get_verify(struct request *r)
{
    r->status = MHD_HTTP_SEE_OTHER;
    r->location = r->lang == LANG_HI ? "/?lang=hi" : "/?lang=en";
    return 0;
}

static int verified_page(struct request *r)
{
    const struct page_context c = page(r);
    r->content_type = "text/html; charset=utf-8";
    return page_result(&c, r->reports, r->report_count, &r->body);
}

static int get_asset(struct request *r)
{
    const struct asset *a = r->rest[0] ? asset_find(r->rest) : NULL;
    if (!a) {
        r->problem = PROBLEM_NOT_FOUND;
        return 0;
    }
    r->content_type = a->content_type;
    r->borrowed = a->bytes;
    r->etag = a->etag;
    return 0;
}

static const char *sample_type(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {{".pdf", "application/pdf"},
                 {".txt", "text/plain; charset=utf-8"},
                 {".p7s", "application/pkcs7-signature"},
                 {".p7m", "application/pkcs7-mime"}};
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (n > 4 && strcmp(name + n - 4, types[i].ending) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

static int get_sample(struct request *r)
{
    const struct trusted *t = r->server->trusted;
    for (size_t i = 0; i < t->sample_count; i++) {
        if (strcmp(t->samples[i].name, r->rest) == 0) {
            r->content_type = sample_type(r->rest);
            r->borrowed = t->samples[i].bytes;
            r->disposition = "attachment";
            return 0;
        }
    }
    r->problem = PROBLEM_NOT_FOUND;
    return 0;
}

/* ---- for programs ---------------------------------------------------------------------------- */

static int verified_api(struct request *r)
{
    if (r->ask.etsi) {
        r->content_type = "application/xml";
        return report_etsi(r->reports[0], &r->body);
    }
    r->content_type = "application/json";
    if (report_json(r->reports[0], &r->body) != 0) {
        return -1;
    }
    buffer_char(&r->body, '\n');
    return buffer_ok(&r->body) ? 0 : -1;
}

static int get_openapi(struct request *r)
{
    r->content_type = "application/json";
    r->borrowed = openapi_document();
    return r->borrowed.p ? 0 : -1;
}

static int get_health(struct request *r)
{
    r->content_type = "text/plain; charset=utf-8";
    r->borrowed = SPAN_LIT("ok\n");
    return 0;
}

/* Ready: documents would be taken now. */
static int get_ready(struct request *r)
{
    struct server *s = r->server;
    unsigned waiting, running;
    work_count(&s->work, &waiting, &running);
    r->content_type = "text/plain; charset=utf-8";
    r->borrowed = SPAN_LIT("ready\n");
    if (!checker_ready(&s->checker) || health_trouble(s->office->health)) {
        r->problem = PROBLEM_STARTING;
        r->retry = 1;
    } else if (waiting + running >= s->settings->workers + s->settings->queue) {
        r->problem = PROBLEM_BUSY;
        r->retry = 1;
    }
    return 0;
}

static int get_metrics(struct request *r)
{
    struct server *s = r->server;
    struct metrics_now now = {.held = atomic_load(&s->budget.held),
                              .zygote_starts = checker_starts(&s->checker),
                              .ready = checker_ready(&s->checker)};
    work_count(&s->work, &now.waiting, &now.running);
    fetching_count(&s->fetching, &now.obtain_starts, &now.fetching);
    now.rounds = atomic_load(&s->fetching.rounds);
    now.fetched = atomic_load(&s->fetching.objects);
    now.not_fetched = atomic_load(&s->fetching.failures);
    r->content_type = "text/plain; version=0.0.4; charset=utf-8";
    size_t count = 0;
    const struct store_source *sources = held(s, &count);
    if (metrics_write(&s->metrics, &now, route_label, &r->body) < 0 ||
        metrics_revocation(sources, count, (int64_t)time(NULL), &r->body) < 0) {
        return -1;
    }
    office_server_metrics(s->office, &r->body);
    return buffer_ok(&r->body) ? 0 : -1;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct route routes[] = {
    {"/", false, "/", get_home, NULL, false},
    {"/verify", false, "/verify", get_verify, verified_page, false},
    {"/status", false, "/status", get_status, NULL, false},
    {"/assets/", true, "/assets/", get_asset, NULL, false},
    {"/samples/", true, "/samples/", get_sample, NULL, false},
    {"/api/v1/verify", false, "/api/v1/verify", NULL, verified_api, true},
    {"/api/v1/openapi.json", false, "/api/v1/openapi.json", get_openapi, NULL, true},
    {"/api/", true, "/api/", NULL, NULL, true},
    {"/healthz", false, "/healthz", get_health, NULL, true},
    {"/readyz", false, "/readyz", get_ready, NULL, true},
    {"/metrics", false, "/metrics", get_metrics, NULL, true},
};

#define ROUTES (sizeof routes / sizeof *routes)

_Static_assert(ROUTES < METRICS_ROUTES, "room for every route and one for none");

const struct route *route_find(const char *url, unsigned *number, const char **rest)
{
    for (unsigned i = 0; i < ROUTES; i++) {
        size_t n = strlen(routes[i].path);
        if (routes[i].prefix ? strncmp(url, routes[i].path, n) == 0
                             : strcmp(url, routes[i].path) == 0) {
            *number = i;
            *rest = routes[i].prefix ? url + n : "";
            return &routes[i];
        }
    }
    *number = (unsigned)ROUTES;
    return NULL;
}

const char *route_label(unsigned number)
{
    return number < ROUTES ? routes[number].label : number == ROUTES ? "other" : NULL;
}
