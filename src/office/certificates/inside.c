/*
 * inside - see inside.h.
 */
#include "office/certificates/inside.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "office/check.h"

enum { REASON_MIN = 10 };

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
