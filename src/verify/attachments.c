/*
 * attachments - the files of a mail as documents of their own, and what the mail's signatures do
 * for them (RFC 8551; OM 05.03.2024, R-SIG-1: whatever is submitted is signed).
 *
 * A file inside a signed part is covered by that signature; its own signatures are judged all the
 * same. In a mail that nobody signed the files are what those of a ZIP are: signed, listed by a
 * signed list, or refused. A file outside the signed part of a signed mail may have been added on
 * the way: that is for a person to look at. Text that nobody signed is told too. An invitation, a
 * business card or the like that came with a signed file is told as such text is: it is no document
 * of the submission, and people read it.
 */
#include "format/smime.h"
#include "verify/members.h"

static bool brings_message(const struct unit *u)
{
    return u->from && u->from->kind == SP_KIND_SMIME && !u->from->content.p && u->cms &&
           !u->counter && u->content_known && u->content.p;
}

static int look_inside(struct job *job)
{
    for (size_t i = 0; i < job->unit_count; i++) {
        const struct unit *u = &job->units[i];
        bool again = i > 0 && u->from == job->units[i - 1].from; /* another signer of the same */
        if (brings_message(u) && !again &&
            smime_inside(job->arena, u->content, u->from, &job->extraction)) {
            return -1;
        }
    }
    return 0;
}

/* Transport Neutral Encapsulation (MS-OXTNEF): files packed as only Outlook reads them. */
static bool is_packed(struct span bytes)
{
    return span_starts(bytes, SPAN_LIT("\x78\x9f\x3e\x22"));
}

static int file_row(struct job *job, const struct extracted_file *file, struct sp_member *row)
{
    *row = (struct sp_member){
        .name = file->name, .size = file->bytes.n, .state = SP_MEMBER_UNREAD, .verdict = SP_REVIEW};
    findings_init(&row->findings);
    if (!file->bytes.p) {
        return 0;
    }
    if (verify_member_data(job, row, file->bytes, SPAN_NONE)) {
        return -1;
    }
    if (file->by) {
        verify_vouch(job->arena, row, file->by_name, verify_verdict_of(job, file->by));
    } else if (row->state == SP_MEMBER_UNSIGNED && is_packed(file->bytes)) {
        row->state = SP_MEMBER_UNREAD;
        row->verdict = SP_REVIEW;
        finding_add(job->arena, &row->findings, SP_MAIL_PACKED, "member", file->name, NULL);
    } else if (row->state == SP_MEMBER_UNSIGNED && job->unit_count) {
        row->verdict = SP_REVIEW;
    }
    return 0;
}

static bool any_signed(const struct sp_report *r)
{
    bool any = false;
    for (size_t i = 0; i < r->member_count; i++) {
        any = any || (r->members[i].state != SP_MEMBER_UNSIGNED &&
                      r->members[i].state != SP_MEMBER_UNREAD);
    }
    return any;
}

static void soften_beside(struct job *job)
{
    struct sp_report *r = job->report;
    bool any = any_signed(r);
    for (size_t i = 0; any && i < r->member_count; i++) {
        struct sp_member *row = &r->members[i];
        if (row->state == SP_MEMBER_UNSIGNED && job->extraction.files[i].beside) {
            row->verdict = SP_REVIEW;
            row->report = NULL;
            findings_init(&row->findings);
            finding_add(job->arena, &row->findings, SP_MAIL_FILE_UNSIGNED, "member", NULL);
        }
    }
}

int verify_attachments(struct job *job)
{
    struct sp_report *r = job->report;
    if (look_inside(job)) {
        return -1;
    }
    size_t count = job->extraction.file_count;
    if (count == 0) {
        return 0;
    }
    if (job->shared->budget->depth > CONTAINER_DEPTH_MAX) {
        char *n = arena_printf(job->arena, "%d", CONTAINER_DEPTH_MAX);
        finding_add(job->arena, &r->findings, SP_CONTAINER_DEPTH, "document", n, NULL);
        return n ? 0 : -1;
    }
    r->members = arena_array(job->arena, count, sizeof *r->members);
    if (!r->members) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (file_row(job, &job->extraction.files[i], &r->members[i])) {
            return -1;
        }
    }
    r->member_count = count;
    enum sp_reason unsigned_row = job->unit_count ? SP_MAIL_FILE_UNSIGNED : SP_CONTAINER_UNSIGNED;
    if (verify_cover(job->arena, r, unsigned_row)) {
        return -1;
    }
    soften_beside(job);
    return 0;
}
