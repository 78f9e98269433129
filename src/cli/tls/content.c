/*
 * content - `satyapan tls content`: what a signed test record says, for programs: a line about the
 * unit, then the report of each service, one JSON object a line.
 *
 * The file is a stranger's: CMS (RFC 5652) and JSON are read in the sandboxed child. What it does
 * not do: it does not look at the signature; that is satyapan verify's.
 */
#include <stdio.h>

#include <jansson.h>

#include "base/mem.h"
#include "cli/tls/command.h"
#include "sandbox/sandbox.h"

#include <openssl/cms.h> /* last: its macros have names that asn1/cert.h has, too */

/* The content inside the signature; absent: there is none. */
static struct span content_of(CMS_ContentInfo *cms)
{
    ASN1_OCTET_STRING **content = cms ? CMS_get0_content(cms) : NULL;
    return content && *content
               ? span_make(ASN1_STRING_get0_data(*content), (size_t)ASN1_STRING_length(*content))
               : SPAN_NONE;
}

static int put_line(struct buffer *out, const json_t *value)
{
    char *line = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    buffer_str(out, line ? line : "");
    buffer_char(out, '\n');
    int rc = line && buffer_ok(out) ? 0 : -1;
    mem_free(line);
    return rc;
}

static int put_record(struct buffer *out, const json_t *record)
{
    const char *schema = json_string_value(json_object_get(record, "schema"));
    const json_t *unit = json_object_get(record, "unit");
    const json_t *reports = json_object_get(record, "reports");
    if (!schema || strcmp(schema, "satyapan-tls-record/1") != 0 || !json_is_array(reports)) {
        return EXIT_DATA;
    }
    json_t *nothing = json_null();
    int rc = put_line(out, unit ? unit : nothing);
    for (size_t i = 0; i < json_array_size(reports) && rc == 0; i++) {
        rc = put_line(out, json_array_get(reports, i));
    }
    return rc == 0 ? EXIT_GOOD : EXIT_INTERNAL;
}

static int read_file(void *context, struct buffer *out)
{
    const struct input *in = context;
    const uint8_t *p = in->bytes;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)in->size);
    struct span text = content_of(cms);
    json_t *record =
        text.n ? json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    int code = record ? put_record(out, record) : EXIT_DATA;
    json_decref(record);
    CMS_ContentInfo_free(cms);
    return code;
}

int tls_content_command(struct tls_command *c)
{
    struct input in;
    struct buffer out;
    char why[128] = "";
    int code = (int)input_open(c->words[0], &in);
    if (code) {
        return code;
    }
    buffer_init(&out, SIZE_MAX);
    code = sandbox_warm() == 0 ? sandbox_task(read_file, &in, &out, why, sizeof why) : -1;
    if (code < 0 || code == EXIT_DATA) {
        complain("%s is no signed test record %s", c->words[0], why);
        code = EXIT_DATA;
    } else if (code == EXIT_GOOD && fwrite(out.p, 1, out.n, stdout) != out.n) {
        code = EXIT_IO;
    }
    buffer_free(&out);
    input_close(&in);
    return code;
}
