/*
 * sign_xml - a certificate's data as a signed XML twin (issue/xades.c), for tests: what comes out
 * is judged by other programs.
 *
 * usage: sign_xml DATA.json OUT KEY PIN-FILE     Exit 0; 1 with a sentence; 2: a failure.
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "issue/issue.h"
#include "satyapan/verify.h"

int main(int argc, char **argv)
{
    char why[ISSUE_WHY] = "";
    struct signer *s = NULL;
    struct buffer xml, out;
    json_t *data = argc == 5 ? json_load_file(argv[1], JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (!data || sp_init()) {
        return 2;
    }
    struct signer_options open_with = {.uri = argv[3], .pin = open(argv[4], O_RDONLY | O_CLOEXEC)};
    if (signer_open(&open_with, &s, why) != KEYS_OK) {
        (void)fprintf(stderr, "%s\n", why);
        return 1;
    }
    buffer_init(&xml, SIZE_MAX);
    buffer_init(&out, SIZE_MAX);
    int rc = issue_xml(data, &xml);
    rc = rc ? rc : xades_sign(buffer_span(&xml), s, NULL, time(NULL), &out, why);
    signer_close(s);
    if (rc != 0) {
        (void)fprintf(stderr, "%s\n", why[0] ? why : "failed");
        return rc < 0 ? 2 : 1;
    }
    FILE *f = fopen(argv[2], "wb");
    bool good = f && fwrite(out.p, 1, out.n, f) == out.n && fclose(f) == 0;
    buffer_free(&xml);
    buffer_free(&out);
    json_decref(data);
    return good ? 0 : 2;
}
