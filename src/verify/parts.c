/*
 * parts - the rows of a container whose files are signed together (ASiC): what each signature is
 * over, and what none is over (OM 05.03.2024, R-SIG-1: nothing of a vendor's is left unsigned).
 */
#include "base/hash.h"
#include "format/asic.h"
#include "verify/members.h"

#define BOX_MEMORY ((size_t)CONTAINER_MEMBER_MAX + ((size_t)16 << 20))

static int hash_member(struct job *job, size_t index, struct sp_member *row)
{
    struct arena *box = arena_new(BOX_MEMORY);
    struct span data;
    uint8_t hash[SHA256_SIZE];
    int rc = box ? container_read(job->container, index, box, &row->findings, &data) : -1;
    if (rc == 0 && data.p) {
        rc = hash_sha256(data, hash);
        row->sha256 = rc ? NULL : hash_hex_str(job->arena, span_make(hash, sizeof hash), false);
        row->format = detect_name(detect_format(data));
        rc = row->sha256 ? rc : -1;
    }
    arena_free(box);
    return rc;
}

enum sp_verdict verify_verdict_of(const struct job *job, const struct extracted *signature)
{
    enum sp_verdict v = SP_REJECTED;
    bool any = false;
    for (size_t i = 0; i < job->unit_count; i++) {
        const struct unit *u = &job->units[i];
        if (u->from == signature && !u->is_timestamp) {
            enum sp_verdict own = conclude_signature(job->policy, u->sig);
            v = !any || own > v ? own : v;
            any = true;
        }
    }
    return v;
}

static void vouch(const struct job *job, const struct asic *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct sp_member *m = &job->report->members[s->covers[i].member];
        size_t signature = s->covers[i].signature;
        bool token = job->extraction.signatures[signature].blob_kind == BLOB_TST;
        enum sp_verdict v = verify_verdict_of(job, &job->extraction.signatures[signature]);
        if (m->state == SP_MEMBER_PART || m->state == SP_MEMBER_UNREAD || token) {
            continue;
        }
        if (m->state != SP_MEMBER_COVERED || v < m->verdict) {
            m->state = SP_MEMBER_COVERED;
            m->verdict = v;
            m->covered_by = job->container->members[s->files[signature]].name;
        }
    }
}

int verify_parts(struct job *job)
{
    struct container *c = job->container;
    struct sp_report *r = job->report;
    r->members = arena_array(job->arena, c->count, sizeof *r->members);
    if (!r->members) {
        return -1;
    }
    r->member_count = c->count;
    for (size_t i = 0; i < c->count; i++) {
        struct sp_member *m = &r->members[i];
        bool part = job->asic->is_part[i];
        *m = (struct sp_member){.name = c->members[i].name,
                                .size = c->members[i].size,
                                .state = part ? SP_MEMBER_PART : SP_MEMBER_UNSIGNED,
                                .verdict = part ? SP_ACCEPTED : SP_REJECTED};
        findings_init(&m->findings);
        if (!part && hash_member(job, i, m)) {
            return -1;
        }
        if (!part && !m->sha256) {
            m->state = SP_MEMBER_UNREAD;
            m->verdict = SP_REVIEW;
        }
    }
    vouch(job, job->asic);
    for (size_t i = 0; i < c->count; i++) {
        struct sp_member *m = &r->members[i];
        if (m->state == SP_MEMBER_UNSIGNED || m->state == SP_MEMBER_UNREAD) {
            finding_add(job->arena, &m->findings,
                        m->state == SP_MEMBER_UNSIGNED ? SP_CONTAINER_UNSIGNED
                                                       : SP_CONTAINER_UNREAD,
                        "member", NULL);
        }
    }
    return 0;
}
