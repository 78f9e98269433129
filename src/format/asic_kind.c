/*
 * asic_kind - which kind of container a ZIP file is, and names inside it.
 *
 * EN 319 162-1 4.3.3, 4.4.3 (mimetype, META-INF); OpenDocument 1.3 part 2, 3.3; ECMA-376-2.
 */
#include "format/asic.h"

static bool has_part(const struct container *c, const char *start, const char *end)
{
    struct span head = span_str(start), tail = span_str(end);
    for (size_t i = 0; i < c->count; i++) {
        struct span n = c->members[i].raw;
        if (span_starts(n, head) && n.n >= head.n + tail.n &&
            span_eq(span_sub(n, n.n - tail.n, tail.n), tail)) {
            return true;
        }
    }
    return false;
}

static bool is_there(const struct container *c, const char *name)
{
    return container_find(c, span_str(name)) != SIZE_MAX;
}

enum container_kind container_kind(const struct container *c)
{
    size_t i = container_find(c, SPAN_LIT("mimetype"));
    struct span type = i == SIZE_MAX ? SPAN_NONE : container_stored(c, i);
    if (span_starts(type, SPAN_LIT("application/vnd.etsi.asic-s"))) {
        return CONTAINER_ASIC_S;
    }
    if (span_starts(type, SPAN_LIT("application/vnd.etsi.asic-e"))) {
        return CONTAINER_ASIC_E;
    }
    if (span_starts(type, SPAN_LIT("application/vnd.oasis.opendocument"))) {
        return CONTAINER_ODF;
    }
    if (is_there(c, "[Content_Types].xml")) {
        return CONTAINER_OOXML;
    }
    if (has_part(c, "META-INF/ASiCManifest", ".xml")) {
        return CONTAINER_ASIC_E;
    }
    if (is_there(c, "META-INF/signature.p7s") || is_there(c, "META-INF/timestamp.tst")) {
        return CONTAINER_ASIC_S;
    }
    return has_part(c, "META-INF/signatures", ".xml") ? CONTAINER_ASIC_E : CONTAINER_PLAIN;
}

size_t asic_member(const struct container *c, const char *uri)
{
    uint8_t name[CONTAINER_NAME_MAX];
    struct span s = span_str(uri);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        int value = s.p[i];
        if (s.p[i] == '%') {
            if (i + 2 >= s.n || hex_digit(s.p[i + 1]) < 0 || hex_digit(s.p[i + 2]) < 0) {
                return SIZE_MAX;
            }
            value = hex_digit(s.p[i + 1]) * 16 + hex_digit(s.p[i + 2]);
            i += 2;
        }
        if (n == sizeof name) {
            return SIZE_MAX;
        }
        name[n++] = (uint8_t)value;
    }
    return n ? container_find(c, span_make(name, n)) : SIZE_MAX;
}
