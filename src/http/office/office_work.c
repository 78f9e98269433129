/*
 * office_work - see office_work.h.
 */
#include "http/office/office_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/base64.h"
#include "http/office/intake.h"
#include "http/office/kept.h"
#include "http/office/office_body.h"
#include "http/office/stream.h"
#include "http/public/public.h"
#include "office/quota.h"

static void fail(struct office_request *r, enum op_problem p)
{
    r->problem = r->problem ? r->problem : p;
}

/* ---- who asks -------------------------------------------------------------------------------- */

static const char *form_token(const struct office_request *r)
{
    return r->kind == OFFICE_API ? NULL : office_field(r, "form_token");
}

static void identify(struct office_request *r)
{
    struct office_server *o = r->office;
    if (r->known) {
        return;
    }
    if (visitor_read(r->connection, r->method, o->server->settings->behind_proxy, o->people,
                     r->records, r->now, &r->visitor) != 0) {
        fail(r, OP_INTERNAL);
        return;
    }
    r->actor = visitor_actor(&r->visitor);
    r->known = true;
    const char *flash = MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND, "flash");
    if (flash && r->kind == OFFICE_PAGE) {
        r->done = op_find(flash);
        r->clear_flash = true;
    }
    if (r->actor && !r->visitor.has_token && !office_query(r, "lang")) {
        r->lang = r->visitor.session.hindi ? LANG_HI : LANG_EN;
    }
}

/* Until the one-time password is changed and the second factor is there, only the account is. */
static bool is_held_back(const struct office_request *r)
{
    const struct people_session *s = &r->visitor.session;
    bool held = r->actor && !r->visitor.has_token && (s->must_change || s->must_enrol);
    return held && !(r->op && (strncmp(r->op->id, "account.", 8) == 0 ||
                               strncmp(r->op->id, "session.", 8) == 0));
}

static void judge(struct office_request *r)
{
    if (is_held_back(r) && r->kind != OFFICE_PAGE) {
        fail(r, OP_FORBIDDEN);
        r->detail = "First change the one-time password and set up the second factor.";
        r->detail_hi = "पहले एक-बारगी पासवर्ड बदलें और दूसरा कारक स्थापित करें।";
    }
    if (r->op && !op_allowed(r->op, r->actor)) {
        fail(r, r->actor ? OP_FORBIDDEN : OP_NOT_LOGGED_IN);
    }
}

/* A vendor who has too much already need not send more: it would lie on the disk for a day. */
static void judge_quota(struct office_request *r)
{
    const char *text =
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Content-Length");
    fail(r,
         quota_judge(r->records, &r->office->office, r->actor, text ? strtoll(text, NULL, 10) : 0));
    if (r->problem == OP_TOO_LARGE) {
        r->detail = quota_detail;
        r->detail_hi = quota_detail_hi;
    }
}

/* Before a document is taken in. The token of a form is a field of it and comes later. */
static void judge_early(struct office_request *r)
{
    identify(r);
    if (!r->problem && r->kind == OFFICE_API) {
        fail(r, visitor_judge(r->connection, &r->visitor, NULL));
    }
    if (!r->problem) {
        judge(r);
    }
    if (!r->problem && r->op && r->op->flags & OP_UPLOAD) {
        judge_quota(r);
    }
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void set_form_key(struct office_request *r)
{
    uint8_t random[16];
    if (getrandom(random, sizeof random, 0) == (ssize_t)sizeof random) {
        (void)hash_hex(span_make(random, sizeof random), false, r->form_key);
    }
}

/* The address has no character that would be one of another address or of a header. */
static bool is_plain(const char *url)
{
    return strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~") ==
           strlen(url);
}

/* To the page for logging in, and back here. */
static int to_login(struct office_request *r)
{
    char location[LOCATION];
    (void)snprintf(location, sizeof location, "/office/login?next=%s", r->url);
    bool fits = is_plain(r->url) && strlen(location) < sizeof location - 1;
    return office_redirect(r, fits ? location : "/office/login");
}

static int run_page(struct office_request *r)
{
    bool post = strcmp(r->method, "POST") == 0;
    if (r->page->roles && !r->actor && !post) {
        return to_login(r);
    }
    if (r->page->roles && (!r->actor || !(r->actor->roles & r->page->roles))) {
        fail(r, r->actor ? OP_FORBIDDEN : OP_NOT_LOGGED_IN);
        return 0;
    }
    if (is_held_back(r) && r->page->roles && strncmp(r->url, "/office/account", 15) != 0) {
        return office_redirect(r, "/office/account");
    }
    return post ? r->page->post(r) : r->page->get(r);
}

/* A form of our own pages that came too late: nothing is done, and nothing that was entered is
 * lost. False: it is to be answered as any other. */
static bool came_late(struct office_request *r, int *rc)
{
    bool post = r->kind == OFFICE_FORM ||
                (r->kind == OFFICE_PAGE && r->page->roles && strcmp(r->method, "POST") == 0);
    if (!post || !r->known || (!kept_wanted(r) && !(kept_there(r) && r->visitor.origin_ok))) {
        return false;
    }
    if (!r->actor) {
        r->problem = OP_OK;
        *rc = kept_login(r);
        return true;
    }
    if (kept_there(r) || r->problem != OP_FORGED || is_held_back(r)) {
        return false;
    }
    r->problem = OP_OK;
    *rc = kept_show(r);
    r->status = op_problem_status(OP_FORGED);
    return true;
}

static int run(struct office_request *r)
{
    int rc;
    fail(r, office_body_finish(r));
    if (r->problem) {
        return 0;
    }
    if (r->kind == OFFICE_PUBLIC) {
        return r->public->get(r);
    }
    identify(r);
    if (!r->problem) {
        fail(r, visitor_judge(r->connection, &r->visitor, form_token(r)));
    }
    set_form_key(r);
    if (came_late(r, &rc)) {
        return rc;
    }
    if (r->problem) {
        return 0;
    }
    switch (r->kind) {
    case OFFICE_API:
        judge(r);
        return r->problem ? 0 : office_api(r);
    case OFFICE_FORM:
        judge(r);
        return r->problem ? 0 : office_form(r);
    case OFFICE_PAGE:
        return run_page(r);
    case OFFICE_PUBLIC: /* above */
    case OFFICE_NOTHING:
        break;
    }
    fail(r, OP_NOT_FOUND);
    return 0;
}

void office_answer_problem(struct office_request *r)
{
    r->status = op_problem_status(r->problem);
    r->location[0] = 0;
    buffer_free(&r->body);
    buffer_init(&r->body, SIZE_MAX);
    bool public = r->kind == OFFICE_PUBLIC, api = r->kind == OFFICE_API;
    r->cache = NULL;
    int rc = api || (public && r->public->api) ? office_api_problem(r)
             : public                          ? public_problem_page(r)
                                               : office_problem_page(r);
    if (rc != 0) {
        buffer_free(&r->body);
        buffer_init(&r->body, SIZE_MAX);
        r->content_type = "text/plain; charset=utf-8";
    }
}

static int64_t microseconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Who may see what has perhaps changed. Not for those who are nobody: they could do it for ever. */
static bool changes_people(const struct office_request *r)
{
    static const char *const groups[] = {"person.", "account.", "session.", "token."};
    bool found = r->kind == OFFICE_PAGE && r->actor && strcmp(r->method, "POST") == 0;
    for (size_t i = 0; r->op && !(r->op->flags & OP_READ) && i < sizeof groups / sizeof *groups;
         i++) {
        found |= !r->problem && strncmp(r->op->id, groups[i], strlen(groups[i])) == 0;
    }
    return found;
}

static void answer(struct office_request *r)
{
    int64_t began = microseconds();
    if (run(r) != 0) {
        r->problem = OP_INTERNAL;
        r->detail = r->detail_hi = NULL;
    }
    if (r->problem && !r->status) {
        office_answer_problem(r);
    }
    r->status = r->status ? r->status : MHD_HTTP_OK;
    office_metrics_note(&r->office->metrics, r->op, r->status, microseconds() - began);
    r->phase = PHASE_DONE;
    if (changes_people(r)) {
        streams_renew(r->office->streams);
    }
    if (r->op && !r->problem && !(r->op->flags & OP_READ)) {
        office_intake_wake(r->office->intake);
    }
}

/* Both at once: who sees the request free may suspend the connection again. */
static void give_back(struct office_request *r)
{
    struct MHD_Connection *c = r->connection;
    pthread_mutex_t *turn = &r->office->turn;
    (void)pthread_mutex_lock(turn);
    r->busy = false;
    MHD_resume_connection(c);
    (void)pthread_mutex_unlock(turn);
}

void office_work(struct work_item *item)
{
    struct office_request *r = (struct office_request *)(void *)item;
    if (r->writing) {
        r->writing = false;
        fail(r, office_disk_problem(disk_write(&r->upload)));
        if (r->problem) {
            disk_drop(&r->upload);
        }
    } else {
        r->records = office_records_take(r->office);
        if (!r->records) {
            fail(r, OP_INTERNAL);
            r->phase = r->phase == PHASE_RUN ? PHASE_DONE : r->phase;
        } else if (r->phase == PHASE_RUN) {
            answer(r);
        } else {
            judge_early(r);
        }
        office_records_give(r->office, r->records);
        r->records = NULL;
    }
    give_back(r);
}
