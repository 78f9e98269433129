/*
 * decide - from the facts of a mail to confirmed, denied or unclear, with all reasons.
 */
#include "foreign/domain.h"
#include "foreign/mail/judge_inside.h"
#include "foreign/name.h"

void judging_say(struct judging *j, enum mail_sentence s, const char *first, const char *second)
{
    if (j->said_count < SAID_MAX) {
        j->said[j->said_count++] = (struct mail_said){s, {first, second}};
    }
}

/* What kind of mail: false when it is no reply, and so decides nothing. */
static bool decide_kind(struct judging *j)
{
    const struct mail_bounce *b = &j->kind.bounce;
    const char *status = b->status ? b->status : "?";
    const char *said = b->diagnostic ? b->diagnostic : b->recipient ? b->recipient : "?";
    if (!j->known) {
        judging_say(j, MAIL_STRAY, NULL, NULL);
        return false;
    }
    if (j->kind.class == MAIL_CLASS_BOUNCE) {
        enum mail_sentence s = b->permanent   ? MAIL_BOUNCE_PERMANENT
                               : b->delivered ? MAIL_BOUNCE_DELIVERED
                               : b->status    ? MAIL_BOUNCE_TEMPORARY
                                              : MAIL_BOUNCE_UNKNOWN;
        judging_say(j, s, status, said);
        return false;
    }
    if (j->kind.class == MAIL_CLASS_AUTO) {
        judging_say(j, j->kind.list ? MAIL_LIST : MAIL_AUTO_REPLY, j->kind.why, NULL);
        return false;
    }
    return true;
}

static bool decide_form(struct judging *j)
{
    bool good = !j->head.odd && !j->parts->limit && !j->more_tokens;
    if (j->head.odd) {
        judging_say(j, MAIL_AMBIGUOUS, j->head.odd, NULL);
    }
    if (j->parts->limit) {
        judging_say(j, MAIL_LIMIT, j->parts->limit, NULL);
    }
    if (j->more_tokens) {
        judging_say(j, MAIL_TWO_REQUESTS, NULL, NULL);
    }
    if (j->parts->encrypted) {
        judging_say(j, MAIL_ENCRYPTED, NULL, NULL);
    }
    return good;
}

static void say_look_alike(struct judging *j)
{
    const char *how = NULL;
    const char *other =
        domain_lookalike(j->a, j->from.domain, j->profile->domains, j->profile->domain_count, &how);
    if (other) {
        judging_say(j, MAIL_LOOK_ALIKE, j->from.domain, other);
    }
}

static bool decide_domain(struct judging *j)
{
    if (j->from_fault) {
        judging_say(j, MAIL_FROM_MALFORMED, j->from_fault, j->from_text);
        return false;
    }
    if (!j->profile) {
        judging_say(j, MAIL_NO_PROFILE, j->known->issuer, NULL);
        return false;
    }
    if (!j->from_approved) {
        judging_say(j, MAIL_OTHER_DOMAIN, j->from.domain, j->profile->id);
        say_look_alike(j);
    }
    return j->from_approved;
}

/* The approved profile is that of the body the document names. */
static bool decide_issuer(struct judging *j)
{
    if (!j->profile ||
        name_of_body(j->a, j->known->claimed, j->profile->names, j->profile->name_count)) {
        return j->profile != NULL;
    }
    judging_say(j, MAIL_OTHER_ISSUER, j->known->claimed, j->profile->id);
    return false;
}

static void say_dkim(struct judging *j)
{
    static const enum mail_sentence sentences[] = {
        [DKIM_PASSED] = MAIL_DKIM_PASSED, [DKIM_FAILED] = MAIL_DKIM_FAILED,
        [DKIM_WEAK] = MAIL_DKIM_WEAK,     [DKIM_OTHER] = MAIL_DKIM_OTHER,
        [DKIM_WANTED] = MAIL_DKIM_NO_KEY, [DKIM_UNAVAILABLE] = MAIL_DKIM_NO_KEY};
    for (size_t i = 0; i < j->dkim.count; i++) {
        const struct mail_dkim *d = &j->dkim.items[i];
        const char *domain = d->domain ? d->domain : "?";
        if (j->by && d->outcome != DKIM_PASSED) {
            continue; /* one that holds is enough */
        }
        judging_say(j, sentences[d->outcome], domain,
                    d->outcome == DKIM_PASSED ? d->algorithm : d->why);
    }
}

static bool decide_sender(struct judging *j)
{
    const struct mail_authres *r = &j->results;
    say_dkim(j);
    if (j->smime.present) {
        judging_say(j, j->smime.passed ? MAIL_SMIME_PASSED : MAIL_SMIME_FAILED,
                    j->smime.passed ? j->smime.signer : j->smime.why, NULL);
    }
    if (r->forged) {
        judging_say(j, MAIL_RESULTS_FORGED, j->q->authserv_id, NULL);
    }
    if (j->by) {
        return true;
    }
    if (r->ours && r->dmarc && strcmp(r->dmarc, "pass") == 0) {
        judging_say(j, MAIL_DMARC_ONLY, j->from.domain, NULL);
    } else if (j->dkim.count == 0 && !j->smime.present) {
        judging_say(j, MAIL_UNSIGNED, j->from.domain, NULL);
    }
    return false;
}

/* What is authenticated has to hold the token, and to say how it is read. */
static bool decide_coverage(struct judging *j)
{
    if (!j->by) {
        return false;
    }
    bool structure = j->structure_covered || !j->parts->stray;
    if (!j->token_covered) {
        judging_say(j, MAIL_TOKEN_UNSIGNED, NULL, NULL);
    }
    if (!structure) {
        judging_say(j, MAIL_STRUCTURE_UNSIGNED, NULL, NULL);
    }
    return j->token_covered && structure;
}

static enum mail_outcome decide_answer(struct judging *j)
{
    const struct mail_result *r = &j->answer;
    if (r->confirmed && r->denied) {
        judging_say(j, MAIL_BOTH_RESULTS, NULL, NULL);
    } else if (r->other) {
        judging_say(j, MAIL_OTHER_RESULT, NULL, NULL);
    } else if (j->texts_disagree) {
        judging_say(j, MAIL_TEXTS_DISAGREE, NULL, NULL);
    } else if (r->confirmed && r->over) {
        judging_say(j, MAIL_CONFIRMED_BUT, r->over, NULL);
    } else if (r->confirmed || r->denied) {
        return r->confirmed ? MAIL_CONFIRMED_BY_ISSUER : MAIL_DENIED_BY_ISSUER;
    } else if (r->quoted) {
        judging_say(j, MAIL_QUOTED_RESULT, NULL, NULL);
    } else {
        judging_say(j, r->hindi ? MAIL_HINDI_ANSWER : MAIL_NO_RESULT, NULL, NULL);
    }
    return MAIL_UNCLEAR;
}

void judging_decide(struct judging *j)
{
    j->outcome = MAIL_UNCLEAR;
    if (!decide_kind(j)) {
        return;
    }
    bool good = decide_form(j);
    bool domain = decide_domain(j);
    bool issuer = decide_issuer(j);
    bool sender = domain && decide_sender(j);
    bool covered = sender && decide_coverage(j);
    enum mail_outcome outcome = decide_answer(j);
    if (j->known->earlier) {
        judging_say(j, MAIL_EARLIER_REQUEST, NULL, NULL);
    }
    if (outcome == MAIL_UNCLEAR || !good || !covered || !issuer) {
        return;
    }
    if (j->known->earlier && outcome == MAIL_CONFIRMED_BY_ISSUER) {
        return; /* what was asked anew is answered anew; a "no" holds */
    }
    j->outcome = outcome;
    judging_say(j, outcome == MAIL_CONFIRMED_BY_ISSUER ? MAIL_ANSWER_CONFIRMED : MAIL_ANSWER_DENIED,
                j->from_text, j->by);
}
