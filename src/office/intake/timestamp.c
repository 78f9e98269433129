/*
 * timestamp - the work "timestamp": an RFC 3161 time-stamp over a document's SHA-256 at its
 * receipt.
 *
 * The service is the operator's (setting tsa_url); it gets the hash, never the document. Its answer
 * is a stranger's bytes: it is judged as any document, in a child, with the document as its
 * content, and kept when the imprint and the signature are right. Whom it chains to is said in the
 * trail and in what people see; a service of another PKI is no worse a witness. A failure never
 * holds up anything: the job is tried again.
 */
#include <openssl/ts.h>
#include <stdio.h>
#include <unistd.h>

#include "base/hash.h"
#include "net/fetch.h"
#include "net/url.h"
#include "office/intake/inside.h"
#include "records/blobs.h"
#include "records/documents.h"
#include "sandbox/zygote.h"

enum { ANSWER_MAX = 256 * 1024, WHY = 600, TIMEOUT_MS = 25000, CLOCK_SKEW_S = 300 };

struct stamping {
    struct worker *w;
    json_t *version;
    int64_t id;
    struct buffer answer;
    char why[WHY];
};

static enum work_end failed(struct stamping *s, const char *what)
{
    if (what) {
        (void)snprintf(s->why, sizeof s->why, "%s", what);
    }
    return work_fail(s->w, UTC_NONE, s->why);
}

/* ---- the request: RFC 3161 2.4.1, with the certificate wanted -------------------------------- */

static bool set_imprint(TS_REQ *req, const uint8_t hash[SHA256_SIZE])
{
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    uint8_t copy[SHA256_SIZE];
    memcpy(copy, hash, sizeof copy);
    bool good = imprint && algorithm &&
                X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
                TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
                TS_MSG_IMPRINT_set_msg(imprint, copy, sizeof copy) == 1 &&
                TS_REQ_set_msg_imprint(req, imprint) == 1;
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    return good;
}

static bool set_nonce(TS_REQ *req, const uint8_t hash[SHA256_SIZE], int64_t now)
{
    /* Only so that a cache on the way gives no older answer: what counts is the imprint. */
    ASN1_INTEGER *nonce = ASN1_INTEGER_new();
    uint64_t n = 0;
    for (size_t i = 0; i < 7; i++) {
        n = n << 8 | hash[i];
    }
    bool good = nonce && ASN1_INTEGER_set_uint64(nonce, n ^ (uint64_t)now) == 1 &&
                TS_REQ_set_nonce(req, nonce) == 1;
    ASN1_INTEGER_free(nonce);
    return good;
}

/* DER in out; false: memory. */
static bool make_request(struct stamping *s, struct buffer *out)
{
    uint8_t hash[SHA256_SIZE], *der = NULL;
    TS_REQ *req = TS_REQ_new();
    int n = -1;
    if (req && hash_unhex(row_text(s->version, "sha256"), hash, sizeof hash) &&
        TS_REQ_set_version(req, 1) == 1 && set_imprint(req, hash) &&
        set_nonce(req, hash, work_now(s->w)) && TS_REQ_set_cert_req(req, 1) == 1) {
        n = i2d_TS_REQ(req, &der);
    }
    if (n > 0) {
        buffer_add(out, span_make(der, (size_t)n));
    }
    OPENSSL_free(der);
    TS_REQ_free(req);
    return n > 0 && buffer_ok(out);
}

/* ---- the way there --------------------------------------------------------------------------- */

/* A process of its own for this one request, which may speak to this one host. */
static bool post(struct stamping *s, const char *url, struct span request)
{
    struct fetch_hosts hosts;
    struct fetcher f;
    struct fetch_reply reply = {.bytes = SPAN_NONE};
    struct url parsed;
    bool good = false;
    if (fetch_hosts_init(&hosts) != 0) {
        return false;
    }
    const struct fetcher_options options = {.hosts = &hosts};
    (void)snprintf(s->why, sizeof s->why, "the address of the time-stamp service is none");
    if (url_split(span_str(url), &parsed) == NULL &&
        fetch_hosts_add(&hosts, span_str(parsed.host))) {
        (void)snprintf(s->why, sizeof s->why, "the process that fetches cannot be started");
        if (fetcher_start(&options, &f) == 0) {
            struct fetch_request r = {.url = url, .kind = FETCH_TIMESTAMP, .body = request};
            good = fetcher_get(&f, &r, 1, TIMEOUT_MS, &reply) == 0 && reply.outcome == FETCH_OK &&
                   reply.bytes.n <= ANSWER_MAX;
            if (good) {
                buffer_add(&s->answer, reply.bytes);
            }
            (void)snprintf(s->why, sizeof s->why, "time-stamp service: %s",
                           *reply.why ? reply.why : "no answer of a time-stamp service");
            fetch_reply_free(&reply);
            fetcher_stop(&f);
        }
    }
    fetch_hosts_free(&hosts);
    return good && buffer_ok(&s->answer);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static int sealed_copy(struct span bytes)
{
    int fd = zygote_memfd("time-stamp");
    if (fd >= 0 && (write(fd, bytes.p, bytes.n) != (ssize_t)bytes.n || zygote_seal(fd) != 0)) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* Imprint and value are right, and its clock agrees with ours. NULL: it is not to be kept. */
static const struct sp_signature *stamp_of(struct stamping *s, const struct sp_report *r)
{
    const struct sp_signature *t = r->signature_count == 1 ? r->signatures[0] : NULL;
    if (!t || t->kind != SP_KIND_TST) {
        (void)snprintf(s->why, sizeof s->why, "the service's answer is no time-stamp");
        return NULL;
    }
    if (t->intact != SP_YES || t->indication == SP_TOTAL_FAILED) {
        (void)snprintf(s->why, sizeof s->why,
                       "the time-stamp is not over this document, or broken");
        return NULL;
    }
    if (t->claimed_time == SP_NO_TIME || t->claimed_time > work_now(s->w) + CLOCK_SKEW_S) {
        (void)snprintf(s->why, sizeof s->why, "the time-stamp is from the future");
        return NULL;
    }
    return t;
}

static int keep_all(struct stamping *s, const struct sp_signature *t)
{
    char subject[64], when[UTC_TEXT];
    struct worker *w = s->w;
    (void)snprintf(subject, sizeof subject, "version:%lld", (long long)s->id);
    int rc = work_ours(w) ? 0 : RECORDS_CONFLICT;
    rc = rc ? rc : version_token(w->records, s->id, buffer_span(&s->answer), t->claimed_time);
    rc = rc == RECORDS_NONE ? 0 : rc; /* it has one already */
    rc = rc ? rc
            : work_audit(w, "document.timestamped", subject, true,
                         json_pack("{s:s, s:s?, s:s, s:s?, s:s}", "time",
                                   utc_rfc3339(t->claimed_time, when), "authority",
                                   t->signer ? t->signer->common_name : NULL, "indication",
                                   sp_indication_name(t->indication), "sub_indication",
                                   t->subindication, "sha256", row_text(s->version, "sha256")));
    return rc ? rc : job_finish(w->records, w->job, work_now(w));
}

static enum work_end keep(struct stamping *s, const struct sp_report *r)
{
    const struct sp_signature *t = stamp_of(s, r);
    if (!t) {
        return failed(s, NULL);
    }
    if (records_begin(s->w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = keep_all(s, t);
    if (records_commit(s->w->records, rc == 0) != 0) {
        return WORK_BROKEN;
    }
    return rc == 0 ? WORK_DONE : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}

static bool stop(void *context)
{
    return !work_alive(context);
}

/* Judged as any document, with the received one as its content. */
static enum work_end judge(struct stamping *s, int content)
{
    struct worker *w = s->w;
    int fd = sealed_copy(buffer_span(&s->answer));
    struct office_document d = {.fd = fd,
                                .size = (int64_t)s->answer.n,
                                .name = "time-stamp.tsr",
                                .kind = SP_DOC_OTHER,
                                .received = SP_NO_TIME,
                                .now = work_now(w),
                                .content = content,
                                .content_size = row_int(s->version, "size")};
    struct office_watch watch = {.context = w, .stop = stop};
    struct office_verified out = {0};
    buffer_init(&out.evidence, SIZE_MAX);
    int rc = fd < 0 ? -1 : w->o->verifier->verify(w->o->verifier->context, &d, &watch, &out);
    enum work_end end = w->lost  ? WORK_LOST
                        : rc > 0 ? WORK_LATER
                        : rc < 0 ? failed(s, "memory or descriptors ran out")
                                 : keep(s, out.report);
    sp_report_free(out.report);
    buffer_free(&out.evidence);
    if (fd >= 0) {
        (void)close(fd);
    }
    return end;
}

/* ---- the work -------------------------------------------------------------------------------- */

static enum work_end stamp(struct stamping *s)
{
    const char *url = s->w->o->office->tsa_url;
    struct buffer request;
    int64_t size = 0;
    if (!url || !*url || s->w->o->offline) {
        return failed(s, "no time-stamp service may be asked (tsa_url, --offline)");
    }
    buffer_init(&request, FETCH_BODY_MAX);
    bool good = make_request(s, &request) && post(s, url, buffer_span(&request));
    buffer_free(&request);
    if (!good) {
        return failed(s, NULL);
    }
    int content = blob_open(s->w->o->data, row_text(s->version, "sha256"), &size);
    if (content < 0) {
        return failed(s, "the document is not on the disk");
    }
    enum work_end end = judge(s, content);
    (void)close(content);
    return end;
}

enum work_end timestamp_work(struct worker *w)
{
    struct stamping s = {.w = w, .why = "the request could not be made"};
    if (work_version(w, &s.version) != 0) {
        return failed(&s, "there is no such version");
    }
    s.id = row_int(s.version, "id");
    buffer_init(&s.answer, ANSWER_MAX);
    enum work_end end = stamp(&s);
    buffer_free(&s.answer);
    json_decref(s.version);
    return end;
}
