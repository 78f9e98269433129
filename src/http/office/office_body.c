/*
 * office_body - see office_body.h.
 */
#include "http/office/office_body.h"

#include "base/mem.h"
#include "office/params.h"

enum { DEPTH_MAX = 8, FIELDS_MAX = 300 };

enum op_problem office_disk_problem(enum disk_result d)
{
    static const enum op_problem problems[] = {[DISK_OK] = OP_OK,
                                               [DISK_TOO_LARGE] = OP_TOO_LARGE,
                                               [DISK_BUSY] = OP_BUSY,
                                               [DISK_NO_SPACE] = OP_STORAGE,
                                               [DISK_FAILED] = OP_INTERNAL};
    return problems[d];
}

int office_body_word(json_t *words, struct span name, struct span text, struct office_request *r)
{
    char key[MULTIPART_NAME];
    bool bad = name.n >= sizeof key || (name.n && memchr(name.p, 0, name.n)) ||
               json_object_size(words) >= FIELDS_MAX;
    size_t n = bad ? 0 : name.n;
    if (n) {
        memcpy(key, name.p, n);
    }
    key[n] = 0;
    if (bad || json_object_get(words, key)) {
        return params_error(&r->errors, bad ? "?" : key,
                            bad ? "cannot be a name" : "is given twice",
                            bad ? "नाम नहीं हो सकता" : "दो बार दिया गया है");
    }
    json_t *value = text.n == 0 || !memchr(text.p, 0, text.n)
                        ? json_stringn((const char *)text.p, text.n)
                        : NULL;
    json_t *kept = value ? value : json_string("\x7f");
    /* A name that is no UTF-8 cannot be a key. */
    return json_object_set_new(words, key, kept) == 0
               ? 0
               : params_error(&r->errors, "?", "cannot be a name", "नाम नहीं हो सकता");
}

/* ---- a multipart form ------------------------------------------------------------------------ */

static int stop(struct office_request *r, enum op_problem p)
{
    r->problem = r->problem ? r->problem : p;
    return p ? -1 : 0;
}

static int begin(void *context, const struct multipart_part *part)
{
    struct office_request *r = context;
    bool document = strcmp(part->name, "file") == 0 && r->op && r->op->flags & OP_UPLOAD;
    memcpy(r->field, part->name, sizeof r->field);
    r->in_file = document;
    r->unchosen = part->is_file && part->filename[0] == 0;
    r->in.n = 0;
    if (!document) {
        return stop(r, part->is_file ? OP_BODY : OP_OK);
    }
    if (r->upload.draft) {
        return stop(r, OP_BODY); /* one document in a request */
    }
    return stop(
        r, office_disk_problem(disk_begin(&r->upload, &r->office->disk, part->filename, NULL)));
}

static int data(void *context, struct span bytes)
{
    struct office_request *r = context;
    if (r->in_file) {
        return stop(r, office_disk_problem(disk_take(&r->upload, bytes)));
    }
    if (bytes.n > OFFICE_FIELD_MAX - r->in.n) {
        return stop(r, OP_TOO_LARGE);
    }
    buffer_add(&r->in, bytes);
    return stop(r, buffer_ok(&r->in) ? OP_OK : OP_INTERNAL);
}

static int end(void *context)
{
    struct office_request *r = context;
    if (!r->in_file) {
        struct span text = r->in.n ? buffer_span(&r->in) : SPAN_LIT("");
        return stop(r, office_body_word(r->form, span_str(r->field), text, r) == 0 ? OP_OK
                                                                                   : OP_INTERNAL);
    }
    if (r->unchosen && r->upload.size == 0) {
        disk_drop(&r->upload);
    }
    r->in_file = false;
    return 0;
}

int office_body_form(struct office_request *r, const char *type)
{
    static const struct multipart_sink sink = {begin, data, end};
    return multipart_new(type, &sink, r, &r->multipart);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static enum op_problem take_memory(struct office_request *r, struct span bytes, size_t all)
{
    if (bytes.n > r->in.max - r->in.n) {
        return OP_TOO_LARGE;
    }
    if (atomic_fetch_add(&r->office->held, bytes.n) > all) {
        (void)atomic_fetch_sub(&r->office->held, bytes.n);
        return OP_BUSY;
    }
    r->held += bytes.n;
    buffer_add(&r->in, bytes);
    return buffer_ok(&r->in) ? OP_OK : OP_INTERNAL;
}

enum op_problem office_body_take(struct office_request *r, struct span bytes, size_t all)
{
    switch (r->body_kind) {
    case BODY_JSON:
    case BODY_WORDS:
        return take_memory(r, bytes, all);
    case BODY_FORM:
        return multipart_feed(r->multipart, bytes) == 0 ? OP_OK : r->problem ? r->problem : OP_BODY;
    case BODY_RAW:
        break;
    case BODY_NONE:
        return OP_BODY;
    }
    if (!r->upload.draft) {
        const char *type = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                       MHD_HTTP_HEADER_CONTENT_TYPE);
        enum disk_result d =
            disk_begin(&r->upload, &r->office->disk, office_query(r, "filename"), type);
        if (d != DISK_OK) {
            return office_disk_problem(d);
        }
    }
    return office_disk_problem(disk_take(&r->upload, bytes));
}

/* ---- the whole body -------------------------------------------------------------------------- */

/* application/x-www-form-urlencoded: plus is a space, %XX a byte; in place. */
static struct span decode(uint8_t *p, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        int high = p[i] == '%' && i + 2 < n ? hex_digit(p[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(p[i + 2]) : -1;
        if (low >= 0) {
            p[out++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else {
            p[out++] = p[i] == '+' ? ' ' : p[i];
        }
    }
    return span_make(p, out);
}

int office_body_words(struct office_request *r, json_t *words, struct span text)
{
    struct span own = arena_dup(r->arena, text.n ? text : SPAN_LIT("&"));
    uint8_t *p = (uint8_t *)(uintptr_t)own.p, *last = p ? p + own.n : p;
    while (p < last) {
        uint8_t *and = memchr(p, '&', (size_t)(last - p)), *stop_at = and? and : last;
        uint8_t *equal = memchr(p, '=', (size_t)(stop_at - p)), *name_end = equal ? equal : stop_at;
        struct span name = decode(p, (size_t)(name_end - p));
        struct span value = equal ? decode(equal + 1, (size_t)(stop_at - equal) - 1) : SPAN_LIT("");
        if (stop_at > p && office_body_word(words, name, value, r) != 0) {
            return -1;
        }
        p = stop_at + 1;
    }
    return own.p ? 0 : -1;
}

enum op_problem office_body_finish(struct office_request *r)
{
    if (r->body_kind == BODY_WORDS) {
        return office_body_words(r, r->form, buffer_span(&r->in)) == 0 ? OP_OK : OP_INTERNAL;
    }
    if (r->body_kind == BODY_FORM && !multipart_complete(r->multipart)) {
        return OP_BODY;
    }
    if (!r->upload.draft) {
        return OP_OK;
    }
    enum disk_result d = disk_done(&r->upload, r->sha256, &r->upload_size);
    (void)atomic_fetch_add(&r->office->metrics.uploads, d == DISK_OK);
    (void)atomic_fetch_add(&r->office->metrics.upload_bytes,
                           d == DISK_OK ? (unsigned long)r->upload_size : 0);
    return office_disk_problem(d);
}

/* Brackets are not nested deeper than anything here is. */
static bool is_shallow(struct span s)
{
    int depth = 0;
    bool text = false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (text) {
            i += c == '\\';
            text = c != '"';
        } else if (c == '"') {
            text = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
        }
        if (depth > DEPTH_MAX) {
            return false;
        }
    }
    return true;
}

json_t *office_body_json(struct office_request *r)
{
    json_error_t error;
    if (r->in.n == 0) {
        return json_object();
    }
    struct span s = buffer_span(&r->in);
    json_t *root =
        is_shallow(s) ? json_loadb((const char *)s.p, s.n, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (!json_is_object(root)) {
        json_decref(root);
        r->problem = OP_BODY;
        r->detail = "The body must be one JSON object, without a name twice.";
        r->detail_hi = "मुख्य भाग एक JSON ऑब्जेक्ट होना चाहिए, जिसमें कोई नाम दो बार न हो।";
        return NULL;
    }
    return root;
}
