/*
 * smime_check - see smime_check.h.
 */
#include "foreign/mail/smime_check.h"

#include <strings.h>

#include "base/finding.h"
#include "satyapan/verify.h"

static bool pinned(const struct mail_smime_trust *trust, const char *issuer, const char *sha256)
{
    for (size_t i = 0; issuer && sha256 && i < trust->pin_count; i++) {
        if (strcmp(trust->pins[i].issuer, issuer) == 0 &&
            strcasecmp(trust->pins[i].sha256, sha256) == 0) {
            return true;
        }
    }
    return false;
}

static const char *first_finding(struct arena *a, const struct sp_report *r)
{
    const struct sp_finding *worst = NULL;
    for (size_t i = 0; i < r->signature_count; i++) {
        for (const struct sp_finding *f = r->signatures[i]->findings.first; f; f = f->next) {
            worst = !worst || f->level > worst->level ? f : worst;
        }
    }
    for (const struct sp_finding *f = r->findings.first; f; f = f->next) {
        worst = !worst || f->level > worst->level ? f : worst;
    }
    return worst ? arena_str(a, span_str(worst->text)) : "the verification gave no reason";
}

static bool same_address(const char *text, const struct mail_address *from)
{
    struct mail_address inner;
    return mail_mailbox_parse(span_str(text), &inner) == NULL &&
           strcasecmp(inner.local, from->local) == 0 && strcmp(inner.domain, from->domain) == 0;
}

static const char *objection(struct arena *a, const struct sp_report *r,
                             const struct mail_parts *parts, const struct mail_address *from,
                             const char *issuer, const struct mail_smime_trust *trust)
{
    const struct sp_signature *s = r->signature_count == 1 ? r->signatures[0] : NULL;
    if (!s || s->kind != SP_KIND_SMIME || !(parts->signed_whole || parts->opaque.p)) {
        return "it is not one signature over the whole mail";
    }
    if (s->intact != SP_YES || !s->signer) {
        return first_finding(a, r);
    }
    if (finding_has(&s->findings, SP_MAIL_SENDER_DIFFERS) ||
        finding_has(&s->findings, SP_MAIL_SENDER_UNKNOWN)) {
        return "its certificate does not name the From address";
    }
    if (parts->inner_from && !same_address(parts->inner_from, from)) {
        return "the From line inside the signed part is another one";
    }
    if (!s->covers_whole_document) {
        return "it covers a part of the mail only";
    }
    return r->verdict == SP_ACCEPTED || pinned(trust, issuer, s->signer->sha256)
               ? NULL
               : first_finding(a, r);
}

int mail_smime_check(struct arena *a, const struct mail_head *h, const struct mail_parts *parts,
                     const struct mail_address *from, const char *issuer,
                     const struct mail_smime_trust *trust, int64_t now, struct mail_smime *out)
{
    static const struct sp_evidence none = {0};
    const struct sp_document document = {
        .name = "mail", .bytes = h->bytes.p, .size = h->bytes.n, .kind = SP_DOC_OTHER};
    const struct sp_clock clock = {.now = now, .received = SP_NO_TIME};
    struct sp_report *r = NULL;
    *out = (struct mail_smime){.present = parts->signed_whole || parts->opaque.p};
    if (!out->present) {
        return 0;
    }
    if (sp_verify(&document, trust->evidence ? trust->evidence : &none,
                  sp_policy_builtin("generic"), &clock, &r) != 0) {
        return -1;
    }
    out->why = objection(a, r, parts, from, issuer, trust);
    out->passed = out->why == NULL;
    if (r->signature_count && r->signatures[0]->signer) {
        out->signer = arena_str(a, span_str(r->signatures[0]->signer->subject));
        out->sha256 = arena_str(a, span_str(r->signatures[0]->signer->sha256));
    }
    sp_report_free(r);
    return 0;
}
