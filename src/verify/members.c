/*
 * members - the files of a construction file (a plain ZIP): each is verified as a document of its
 * own, in memory that is freed before the next one; only its row is kept.
 *
 * "x.p7s" beside "x" is the signature over it, also beside "x.pdf". A member may be a container
 * itself, down to CONTAINER_DEPTH_MAX. What covers what is decided afterwards, in cover.c.
 */
#include <strings.h>

#include "asn1/armor.h"
#include "base/finding.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/cms.h"
#include "format/hashlist.h"
#include "verify/keeper.h"
#include "verify/members.h"

/* From here on a container's members are only listed, when the caller can give them out in
 * parts. */
enum { LARGE_COUNT = 8, SENTENCE_WORDS = 5 };
#define LARGE_SIZE ((uint64_t)8 * 1024 * 1024)

#define BOX_MEMORY ((size_t)2 * CONTAINER_MEMBER_MAX + ((size_t)16 << 20))

static int list_rows(struct job *job)
{
    const struct container *c = job->container;
    struct sp_report *r = job->report;
    const struct sp_document *d = job->document;
    size_t first = d->part == SP_PART_MEMBERS ? d->first : 0;
    size_t last = d->part == SP_PART_MEMBERS && d->count < c->count ? first + d->count : c->count;
    last = last > c->count ? c->count : last;
    size_t count = first < last ? last - first : 0;
    r->members = arena_array(job->arena, count, sizeof *r->members);
    if (!r->members) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const struct container_member *m = &c->members[first + i];
        struct sp_member *row = &r->members[i];
        row->name = m->name;
        row->size = m->size;
        row->state = m->directory ? SP_MEMBER_PART : SP_MEMBER_UNREAD;
        row->verdict = m->directory ? SP_ACCEPTED : SP_REVIEW;
        findings_init(&row->findings);
    }
    r->member_count = count;
    return 0;
}

static bool is_large(const struct container *c)
{
    uint64_t total = 0;
    for (size_t i = 0; i < c->count; i++) {
        total += c->members[i].size;
    }
    return c->count > LARGE_COUNT || total > LARGE_SIZE;
}

/* A signature without the content it is over, as DER or in armour. */
static int is_detached(struct arena *box, struct span data, bool *detached)
{
    struct armor_item *items;
    size_t count;
    struct cms *cms = NULL;
    const char *why;
    if (armor_decode(box, data, &items, &count) ||
        (count > 0 && cms_parse(box, items[0].der, &cms, &why))) {
        return -1;
    }
    *detached = cms && cms->signer_count > 0 && !cms->econtent.p;
    return 0;
}

/* The member this one is the signature of, by its name: letter.pdf.p7s of letter.pdf; letter.p7s,
 * when there is nothing in it, of the one other letter.*. SIZE_MAX: none. Returns 0 or -1. */
static int signed_by_name(const struct container *c, size_t index, struct arena *box,
                          struct span data, size_t *other)
{
    struct span raw = c->members[index].raw, stem = span_sub(raw, 0, container_signature_stem(raw));
    bool detached = false;
    *other = stem.n ? container_find(c, stem) : SIZE_MAX;
    if (stem.n && *other == SIZE_MAX) {
        *other = container_stem(c, stem);
        if (*other != SIZE_MAX && is_detached(box, data, &detached)) {
            return -1;
        }
        *other = detached ? *other : SIZE_MAX;
    }
    *other = *other != SIZE_MAX && c->members[*other].directory ? SIZE_MAX : *other;
    return 0;
}

static bool has_own_failure(const struct sp_findings *list)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        if (f->reason <= SP_ENGINE_INTERNAL || f->reason == SP_CONTAINER_DEPTH ||
            f->reason == SP_CONTAINER_LIMIT) {
            return true;
        }
    }
    return false;
}

/* Nothing but that it is no signed file: its row says so in better words. */
static bool is_trivial(const struct sp_findings *list)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        if (f->reason != SP_FORMAT_UNKNOWN && f->reason != SP_FORMAT_NO_SIGNATURE &&
            f->reason != SP_FORMAT_EMPTY) {
            return false;
        }
    }
    return true;
}

/* AppleDouble says more about a file, so that file is there: dir/._name, which also stands in a
 * folder __MACOSX, is about dir/name, a file or a folder. */
static bool has_its_file(const struct container *c, struct span name, size_t base)
{
    uint8_t about[CONTAINER_NAME_MAX + 1];
    struct span top = SPAN_LIT("__MACOSX/");
    size_t skip = span_starts(name, top) && base >= top.n ? top.n : 0, n = base - skip;
    if (name.n > CONTAINER_NAME_MAX || name.n < base + 2) {
        return false;
    }
    memcpy(about, name.p + skip, n);
    memcpy(about + n, name.p + base + 2, name.n - base - 2);
    n += name.n - base - 2;
    if (container_find(c, span_make(about, n)) != SIZE_MAX) {
        return true;
    }
    about[n++] = '/';
    for (size_t i = 0; i < c->count; i++) {
        if (span_starts(c->members[i].raw, span_make(about, n))) {
            return true;
        }
    }
    return false;
}

/* Attributes of files are short; a sentence or a tag is for people who open the file. */
static bool holds_sentence(struct span s)
{
    static const char empty_fork[] = "This resource fork intentionally left blank";
    size_t words = 0, in_word = 0, tag = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (span_starts(span_sub(s, i, s.n), span_str(empty_fork))) {
            i += sizeof empty_fork - 2;
            words = in_word = tag = 0;
            continue;
        }
        bool shown = s.p[i] > ' ' && s.p[i] != 0x7f;
        bool letter = (s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z';
        tag = s.p[i] == '<'                                            ? 1
              : tag && (shown || s.p[i] == ' ') && (letter || tag > 1) ? tag + 1
                                                                       : 0;
        words = shown ? words + !in_word : s.p[i] == ' ' && in_word ? words : 0;
        in_word = shown;
        if (words >= SENTENCE_WORDS || (tag > 2 && s.p[i] == '>')) {
            return true;
        }
    }
    return false;
}

static bool ends_with(struct span name, const char *const *endings)
{
    for (; *endings; endings++) {
        size_t n = strlen(*endings);
        if (name.n > n && strncasecmp((const char *)name.p + name.n - n, *endings, n) == 0) {
            return true;
        }
    }
    return false;
}

/* By these names programs show any octets as text or as a page. */
static bool is_shown_as_text(struct span name)
{
    static const char *const endings[] = {".txt", ".htm",  ".html", ".xhtml", ".svg", ".xml", ".md",
                                          ".csv", ".json", ".eml",  ".mht",   ".rtf", ".log", NULL};
    return ends_with(name, endings);
}

/* The name of a page or picture on what is something else. A browser shows all text of a file as a
 * page, programs for PDF find the last one in an archive or message, wherever it stands. */
bool verify_misnamed(const char *format, struct span name, struct span data)
{
    static const char *const page[] = {".htm", ".html", ".xhtml", ".shtml", ".mht", ".mhtml", NULL};
    static const char *const other[] = {".svg", ".xml",  ".txt", ".md",   ".csv", ".rtf",
                                        ".pdf", ".doc",  ".xls", ".ppt",  ".png", ".jpg",
                                        ".gif", ".jpeg", ".tif", ".tiff", NULL};
    static const char *const office[] = {".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", NULL};
    bool der = strcmp(format, "CMS") == 0 && data.n && data.p[0] == 0x30;
    bool archive = span_starts(data, SPAN_LIT("PK"));
    return ends_with(name, page) || ((der || archive) && ends_with(name, other)) ||
           (der && ends_with(name, office));
}

/* What macOS and Windows put beside files by themselves, known by name and content: AppleDouble
 * (RFC 1740), .DS_Store, Thumbs.db (a compound file). Anything else under these names is a file as
 * any other, and so is what can be read as a document behind that beginning. */
static bool is_system_file(const struct container *c, struct span name, struct span data)
{
    static const struct {
        const char *name, *start;
        size_t n;
        bool ends_otherwise; /* only the name's beginning is fixed */
    } kinds[] = {{"._", "\x00\x05\x16\x07\x00\x02\x00\x00", 8, true},
                 {".DS_Store",
                  "\x00\x00\x00\x01"
                  "Bud1",
                  8, false},
                 {"Thumbs.db", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, false}};
    size_t base = name.n;
    while (base > 0 && name.p[base - 1] != '/') {
        base--;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct span own = span_sub(name, base, name.n - base), fixed = span_str(kinds[i].name);
        own = kinds[i].ends_otherwise && own.n > fixed.n ? span_sub(own, 0, fixed.n) : own;
        if (span_eq(own, fixed) && data.n >= kinds[i].n &&
            memcmp(data.p, kinds[i].start, kinds[i].n) == 0) {
            return !kinds[i].ends_otherwise || (has_its_file(c, name, base) &&
                                                !(is_shown_as_text(name) && holds_sentence(data)));
        }
    }
    return false;
}

/* It was given the file of its name, but its signatures are about something else. */
static bool is_about_itself(const struct sp_report *child)
{
    bool itself = finding_has(&child->findings, SP_FORMAT_CONTENT_UNUSED);
    for (size_t i = 0; i < child->signature_count; i++) {
        itself = itself || finding_has(&child->signatures[i]->findings, SP_XML_CONTENT_UNUSED);
    }
    return itself;
}

static void classify(struct sp_member *row, const struct sp_report *child)
{
    row->signs = is_about_itself(child) ? NULL : row->signs;
    row->verdict = child->verdict;
    if (child->signature_count > 0) {
        row->state = row->signs ? SP_MEMBER_SIGNATURE : SP_MEMBER_SIGNED;
    } else if (child->member_count > 0) {
        row->state = SP_MEMBER_CONTAINER;
    } else if (has_own_failure(&child->findings)) {
        row->state = SP_MEMBER_UNREAD;
        row->verdict = SP_REVIEW;
    } else {
        row->state = SP_MEMBER_UNSIGNED;
        row->verdict = SP_REJECTED;
    }
}

/* Takes over into the row what the child's report and its content say. */
static int take(struct job *job, struct sp_member *row, const struct sp_report *child,
                struct span text)
{
    struct keeper *k = keeper_for(job->report);
    struct sp_member found = *row;
    classify(row, child);
    row->sha256 = k ? keeper_text(k, child->sha256) : NULL;
    row->format = k ? keeper_text(k, child->format) : NULL;
    bool plain = row->state == SP_MEMBER_UNSIGNED && is_trivial(&child->findings);
    row->report = k && !plain ? keeper_report(k, child) : NULL;
    keeper_wants(job->report, child);
    if (text.p && hashlist_parse(child->arena, text, &found.listed, &found.listed_count,
                                 &found.unlisted_lines)) {
        return -1;
    }
    if (k && text.p && found.listed_count) {
        struct sp_member copy = {.name = row->name};
        findings_init(&found.findings);
        found.report = NULL;
        keeper_member(k, &copy, &found);
        row->listed = copy.listed;
        row->listed_count = copy.listed_count;
        row->unlisted_lines = copy.unlisted_lines;
    }
    return !k || keeper_failed(k) ? -1 : 0;
}

/* What a list of hashes may stand in: the signed content of a message, or the file itself. */
static struct span list_text(const struct sp_report *child, struct span data, struct span inner)
{
    if (child->signature_count > 0) {
        return inner;
    }
    return strcmp(child->format, "unknown") == 0 || strcmp(child->format, "CMS") == 0 ? data
                                                                                      : SPAN_NONE;
}

int verify_member_data(struct job *job, struct sp_member *row, struct span data,
                       struct span content)
{
    struct sp_document d = {.name = row->name,
                            .bytes = data.p,
                            .size = data.n,
                            .content = content.p,
                            .content_size = content.n,
                            .kind = job->document->kind,
                            .applicant = job->document->applicant,
                            .password = job->document->password,
                            .password_size = job->document->password_size};
    struct verify_shared shared = {.budget = job->shared->budget};
    struct sp_report *child = NULL;
    uint64_t before = mem_failures();
    job->shared->budget->depth++;
    int rc = verify_document(&d, job->evidence, job->policy, job->clock, &shared, &child);
    job->shared->budget->depth--;
    if (rc == 0) {
        /* A child that ran out of memory says so itself; that is not ours. */
        job->forgiven += mem_failures() - before;
        if (!child->sha256) {
            uint8_t hash[SHA256_SIZE];
            rc = hash_sha256(data, hash);
            child->sha256 =
                rc ? NULL : hash_hex_str(child->arena, span_make(hash, sizeof hash), false);
        }
        rc = rc ? rc : take(job, row, child, list_text(child, data, shared.content));
        if (rc == 0 && (child->signature_count > 0 || child->member_count > 0) &&
            verify_misnamed(child->format, span_str(row->name), data)) {
            finding_add(job->arena, &row->findings, SP_CONTAINER_MISNAMED, "member", row->name,
                        row->format, NULL);
            row->verdict = row->verdict == SP_ACCEPTED ? SP_REVIEW : row->verdict;
        }
    }
    sp_report_free(child);
    return rc;
}

static int verify_member(struct job *job, size_t index, struct sp_member *row)
{
    struct container *c = job->container;
    struct arena *box = arena_new(BOX_MEMORY);
    struct span data, content = SPAN_NONE;
    int rc = box ? container_read(c, index, box, &row->findings, &data) : -1;
    size_t other = SIZE_MAX;
    if (rc == 0 && data.p) {
        rc = signed_by_name(c, index, box, data, &other);
    }
    if (rc == 0 && other != SIZE_MAX) {
        rc = container_read(c, other, box, &row->findings, &content);
        row->signs = c->members[other].name;
    }
    if (rc == 0 && data.p) {
        rc = verify_member_data(job, row, data, content);
    }
    if (rc == 0 && data.p && row->state == SP_MEMBER_UNSIGNED &&
        strcmp(row->format, "unknown") == 0 && is_system_file(c, c->members[index].raw, data)) {
        finding_add(job->arena, &row->findings, SP_CONTAINER_SYSTEM, "member", row->name, NULL);
    }
    arena_free(box);
    return rc;
}

int verify_members(struct job *job)
{
    const struct sp_document *d = job->document;
    struct container *c = job->container;
    struct sp_report *r = job->report;
    if (list_rows(job)) {
        return -1;
    }
    if (c->sound && d->part == SP_PART_OPEN && is_large(c)) {
        r->pending = r->member_count;
        return 0;
    }
    size_t first = d->part == SP_PART_MEMBERS ? d->first : 0;
    for (size_t i = 0; i < r->member_count; i++) {
        const struct container_member *m = &c->members[first + i];
        if (c->sound && m->readable && verify_member(job, first + i, &r->members[i])) {
            return -1;
        }
    }
    if (d->part == SP_PART_MEMBERS) {
        r->pending = r->member_count ? r->member_count : 1;
        return 0;
    }
    return verify_cover(job->arena, r, SP_CONTAINER_UNSIGNED);
}

/* The row as the part has it; what it points to lives as long as the part. What vouches for a file
 * is decided from all rows, afterwards: no part says that, and none makes a file no file. */
static void take_row(struct sp_member *row, const struct sp_member *from)
{
    bool ours = from->state != SP_MEMBER_COVERED &&
                (from->state == SP_MEMBER_PART) == (row->state == SP_MEMBER_PART);
    if (ours && strcmp(from->name, row->name) == 0 && from->size == row->size) {
        *row = *from;
        findings_settle(&row->findings);
    }
}

int sp_verify_members_add(struct sp_report *listed, size_t first, size_t count,
                          struct sp_report *part)
{
    struct keeper *k = keeper_for(listed);
    if (!k || first > listed->member_count || count > listed->member_count - first) {
        sp_report_free(part);
        return k ? 0 : -1;
    }
    if (part->member_count != count) {
        for (size_t i = 0; i < count; i++) {
            keeper_findings(k, &listed->members[first + i].findings, &part->findings);
        }
        sp_report_free(part);
        return keeper_failed(k) ? -1 : 0;
    }
    keeper_wants(listed, part);
    if (keeper_adopt(k, part)) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        take_row(&listed->members[first + i], &part->members[i]);
    }
    return keeper_failed(k) ? -1 : 0;
}

int sp_verify_members_done(struct sp_report *listed, const struct sp_policy *policy)
{
    uint64_t before = mem_failures();
    listed->pending = 0;
    if (verify_cover(listed->arena, listed, SP_CONTAINER_UNSIGNED)) {
        return -1;
    }
    conclude_report(policy, listed->arena, listed);
    return mem_failures() == before ? 0 : -1;
}
