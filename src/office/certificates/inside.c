/*
 * inside - see inside.h.
 */
#include "office/certificates/inside.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "office/cases.h"
#include "office/check.h"
#include "records/changes.h"
#include "records/requests.h"

enum { REASON_MIN = 10, SHORT = 8, SUBJECT = 96 };

int inside_scheme(struct op_call *c, struct scheme_data *out)
{
    char why[SCHEME_DATA_ERROR];
    int rc = check_data(c->arena, c->office, c->data, out, why);
    if (rc > 0) {
        (void)fprintf(stderr, "satyapan: %s\n", why);
        return op_fail(c, OP_INTERNAL, why, NULL) < 0 ? -1 : 1;
    }
    return rc;
}

enum certify_end inside_judge(struct op_call *c, const struct scheme_data *scheme,
                              struct certify_request *q)
{
    const struct certify with = {c->office, scheme, c->records, c->now};
    return certify_read(&with, q);
}

int inside_refused(struct op_call *c, enum certify_end end, const struct certify_request *q)
{
    char en[ISSUE_WHY], hi[ISSUE_WHY];
    switch (end) {
    case CERTIFY_NEW:
        return 0;
    case CERTIFY_REFUSED:
        return op_fail(c, OP_RULE, q->why, q->why_hi);
    case CERTIFY_ISSUED:
        (void)snprintf(en, sizeof en, "The certificate %s is issued for it already.", q->number);
        (void)snprintf(hi, sizeof hi, "इसके लिए प्रमाणपत्र %s पहले ही जारी हो चुका है।", q->number);
        return op_fail(c, OP_STATE, en, hi);
    case CERTIFY_BROKEN:
        break;
    }
    return -1;
}

bool inside_person(struct op_call *c)
{
    if (c->actor->person == UTC_NONE) {
        (void)op_fail(c, OP_FORBIDDEN, "This needs an officer who is logged in.",
                      "इसके लिए लॉगिन किया हुआ अधिकारी चाहिए।");
    }
    return c->actor->person != UTC_NONE;
}

bool inside_reason(struct op_call *c, const char *name, int *rc)
{
    size_t n = 0;
    for (const char *s = op_text(c, name); s && *s; s++) {
        n += ((unsigned char)*s & 0xc0) != 0x80 && *s != ' ' && *s != '\n';
    }
    if (n < REASON_MIN) {
        *rc = op_fail_field(c, name, "needs at least 10 letters", "में कम से कम 10 अक्षर होने चाहिए");
    }
    return n >= REASON_MIN;
}

int inside_amendment(struct op_call *c, const struct amendment_ask *ask, struct amendment *a)
{
    struct scheme_data scheme;
    int rc = inside_scheme(c, &scheme);
    if (rc) {
        return rc;
    }
    rc = amendment_read(c->records, &scheme.settings, ask, a);
    if (rc == 1) {
        amendment_free(a);
        return op_fail(c, a->closed ? OP_STATE : OP_RULE, arena_str(c->arena, span_str(a->why)),
                       arena_str(c->arena, span_str(a->why_hi))) < 0
                   ? -1
                   : 1;
    }
    return rc < 0 ? -1 : 0;
}

/* ---- changes --------------------------------------------------------------------------------- */

int inside_trace(struct op_call *c, const char *number, int64_t application, bool visible,
                 json_t *detail)
{
    char subject[SUBJECT];
    (void)snprintf(subject, sizeof subject, "certificate:%.80s", number);
    return detail ? op_audit(c, subject, application, visible, detail) : -1;
}

int inside_change(struct op_call *c, int64_t id)
{
    return op_records(c, changed_get(c->records, id, &c->out));
}

static int64_t keep_change(struct op_call *c, const json_t *row, const char *event,
                           const json_t *data)
{
    char today[OFFICE_DATE];
    const struct change n = {.certificate = office_str(row, "number"),
                             .event = event,
                             .effective_on = office_today(c, today),
                             .reason = op_text(c, "reason"),
                             .successor = op_text(c, "successor"),
                             .data = data,
                             .person = c->actor->person,
                             .actor = c->actor->login};
    return data ? change_add(c->records, &n, c->now) : RECORDS_FAILED;
}

int inside_ask(struct op_call *c, const json_t *row, const char *event, json_t *data,
               json_t *detail)
{
    int64_t id = keep_change(c, row, event, data);
    json_decref(data);
    if (id < 0) {
        json_decref(detail);
        return id == RECORDS_CONFLICT
                   ? op_fail(c, OP_STATE, "Such a change waits for a second officer already.",
                             "ऐसा बदलाव पहले से दूसरे अधिकारी की प्रतीक्षा में है।")
                   : op_records(c, id);
    }
    json_t *more = json_pack("{sI ss ss ss}", "change", (json_int_t)id, "event", event, "reason",
                             op_text(c, "reason"), "remark", op_text(c, "remark"));
    int rc = more && detail ? json_object_update(detail, more) : -1;
    json_decref(more);
    rc = rc == 0 ? inside_trace(c, office_str(row, "number"), office_num(row, "application"), false,
                                detail)
                 : -1;
    return rc < 0 ? -1 : inside_change(c, id);
}

/* ---- signing --------------------------------------------------------------------------------- */

int inside_signatory(struct op_call *c, const char *which, const char *name)
{
    name = name ? name : "";
    if (strcmp(name, c->actor->name) == 0) {
        return 0;
    }
    const char *before = which ? which : "", *gap = which ? ": " : "";
    const char *en = arena_printf(
        c->arena, "%s%sit names \"%s\" as the signatory, and you are \"%s\"; prepare it again",
        before, gap, name, c->actor->name);
    const char *hi = arena_printf(
        c->arena, "%s%sइसमें हस्ताक्षरकर्ता \"%s\" लिखा है, और आप \"%s\" हैं; इसे फिर से तैयार करें", before,
        gap, name, c->actor->name);
    return en && hi ? op_fail(c, OP_STATE, en, hi) : -1;
}

int inside_confirmed(struct op_call *c, const char hex[SHA256_HEX])
{
    const char *confirm = op_text(c, "confirm");
    if (strcmp(hex, op_text(c, "sha256")) != 0) {
        return op_fail(c, OP_CONFLICT, "The list is another one than was shown. Look at it again.",
                       "सूची अब वह नहीं है जो दिखाई गई थी। इसे फिर से देखें।");
    }
    if (confirm && (strlen(confirm) < SHORT || strncasecmp(hex, confirm, strlen(confirm)) != 0)) {
        return op_fail_field(c, "confirm", "is not the beginning of the SHA-256 that is shown",
                             "दिखाए गए SHA-256 का आरंभ नहीं है");
    }
    return 0;
}

bool inside_key(struct op_call *c)
{
    if (c->desk && *c->office->issue_key) {
        return true;
    }
    (void)op_fail(c, OP_STATE,
                  "No key is set at this server (issue_key); approve the certificates, and "
                  "sign them with satyapan issue.",
                  "इस सर्वर पर कोई कुंजी निर्धारित नहीं है (issue_key); प्रमाणपत्र अनुमोदित करें और satyapan "
                  "issue से हस्ताक्षर करें।");
    return false;
}

int inside_desk(struct op_call *c, char ticket[DESK_TICKET])
{
    int rc = desk_take(c->desk, op_text(c, "pin"), c->actor->login, ticket);
    return rc > 0 ? op_fail(c, OP_BUSY, "Other lists are being signed; wait until one is done.",
                            "अन्य सूचियों पर हस्ताक्षर हो रहे हैं; किसी एक के पूरा होने तक प्रतीक्षा करें।")
           : rc   ? -1
                  : 0;
}

json_t *inside_request(const json_t *row)
{
    const char *text = json_string_value(json_object_get(row, "request"));
    return text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

int inside_file(struct op_call *c, int fd, const char *name, const char *media)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
        (void)close(fd);
        return -1;
    }
    c->file =
        (struct op_file){.fd = fd, .size = st.st_size, .name = name, .media = media, .shown = true};
    return 0;
}
