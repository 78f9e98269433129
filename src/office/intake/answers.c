/*
 * answers - see answers.h.
 */
#include "office/intake/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "office/intake/inside.h"

bool answers_is_vendor(const struct op_call *c)
{
    return !(c->actor->roles & ROLE_OFFICER);
}

bool answers_may(struct op_call *c, int code, json_t **row, int *rc)
{
    bool own = code == 0 && (!answers_is_vendor(c) || row_int(*row, "vendor") == c->actor->firm);
    if (own) {
        return true;
    }
    json_decref(*row);
    *row = NULL;
    *rc = op_records(c, code == 0 ? RECORDS_NONE : code);
    return false;
}

void answers_for_vendor(const struct op_call *c, json_t *row)
{
    if (answers_is_vendor(c) && row_int(row, "received_by") != c->actor->person) {
        (void)json_object_set_new(row, "received_by", json_null());
        (void)json_object_set_new(row, "received_by_name", json_null());
    }
}

bool answers_after(struct op_call *c, int64_t *after)
{
    char *end = NULL;
    *after = c->after ? strtoll(c->after, &end, 10) : UTC_NONE;
    if (c->after && (end == c->after || *end || *after < 0)) {
        (void)!op_fail_field(c, "after", "is not from an earlier answer", "किसी पिछले उत्तर से नहीं है");
        return false;
    }
    return true;
}

int answers_page(struct op_call *c, json_t *rows)
{
    char next[32];
    bool more = json_array_size(rows) > (size_t)c->limit;
    if (more) {
        (void)json_array_remove(rows, (size_t)c->limit);
        const json_t *last = json_array_get(rows, (size_t)c->limit - 1);
        (void)snprintf(next, sizeof next, "%lld", (long long)row_int(last, "id"));
    }
    c->out = json_pack("{s:o, s:s?}", "items", rows, "next", more ? next : NULL);
    return c->out ? 0 : -1;
}

int answers_all(struct op_call *c, json_t *rows)
{
    c->out = json_pack("{s:o}", "items", rows);
    return c->out ? 0 : -1;
}

int answers_bytes(struct op_call *c, struct span bytes, const char *name, const char *media,
                  bool shown)
{
    int fd = memfd_create("answer", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < bytes.n) {
        ssize_t n = write(fd, bytes.p + done, bytes.n - done);
        if (n <= 0) {
            (void)close(fd);
            return -1;
        }
        done += (size_t)n;
    }
    if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0) {
        return -1;
    }
    c->file = (struct op_file){
        .fd = fd, .size = (int64_t)bytes.n, .name = name, .media = media, .shown = shown};
    return 0;
}

const char *answers_subject(const char *what, int64_t id, char out[ANSWERS_SUBJECT])
{
    (void)snprintf(out, ANSWERS_SUBJECT, "%s:%lld", what, (long long)id);
    return out;
}
