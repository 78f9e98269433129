/*
 * twin - the machine-readable forms of a certificate: canonical JSON, and the same data as XML.
 *
 * JSON: keys sorted, no white space, UTF-8; its SHA-256 is what the register and the QR code name.
 * XML: one element for each key, in the order of fields.c, namespace below, no white space between
 * elements, so that the same data give the same octets. certs/certificate.xsd describes it. What it
 * does not do: check the data (check.c), sign (xades.c).
 */
#include "issue/fields.h"
#include "issue/issue.h"

static int take(const char *text, size_t n, void *context)
{
    struct buffer *out = context;
    buffer_add(out, span_make(text, n));
    return buffer_ok(out) ? 0 : -1;
}

int issue_json(const json_t *data, struct buffer *out)
{
    return json_dump_callback(data, take, out, JSON_SORT_KEYS | JSON_COMPACT) == 0 && buffer_ok(out)
               ? 0
               : -1;
}

/* XML 1.0 2.4; the data have no control characters. CR cannot occur, '"' only in content. */
static void escaped(struct buffer *out, const char *s)
{
    for (; *s; s++) {
        switch (*s) {
        case '&':
            buffer_str(out, "&amp;");
            break;
        case '<':
            buffer_str(out, "&lt;");
            break;
        case '>':
            buffer_str(out, "&gt;");
            break;
        default:
            buffer_char(out, *s);
        }
    }
}

static void put_object(struct buffer *out, const json_t *o, const struct issue_field *of,
                       int depth);

static void put_value(struct buffer *out, const json_t *v, const char *name,
                      const struct issue_field *f, int depth)
{
    buffer_printf(out, "<%s>", name);
    if (json_is_integer(v)) {
        buffer_printf(out, "%lld", (long long)json_integer_value(v));
    } else if (json_is_string(v)) {
        escaped(out, json_string_value(v));
    } else if (f->kind == ISSUE_OBJECT || !json_is_array(v)) {
        put_object(out, v, f->of, depth + 1);
    }
    for (size_t i = 0; i < json_array_size(v); i++) {
        put_value(out, json_array_get(v, i), f->item, f, depth);
    }
    buffer_printf(out, "</%s>", name);
}

static void put_object(struct buffer *out, const json_t *o, const struct issue_field *of, int depth)
{
    for (; of && of->key && depth <= ISSUE_DEPTH; of++) {
        const json_t *v = json_object_get(o, of->key);
        if (v && !json_is_null(v)) {
            put_value(out, v, of->key, of, depth);
        }
    }
}

int issue_xml(const json_t *data, struct buffer *out)
{
    buffer_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<certificate xmlns=\"" ISSUE_XML_NAMESPACE "\" Id=\"certificate\">");
    put_object(out, data, issue_fields, 0);
    buffer_str(out, "</certificate>\n");
    return buffer_ok(out) ? 0 : -1;
}
