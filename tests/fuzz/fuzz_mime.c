/*
 * fuzz_mime - any bytes as a mail: parts, boundaries, encodings, through the whole verifier.
 */
#include "harness.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] =
        "From: a@b.invalid\r\nContent-Type: multipart/signed; boundary=cut\r\n";
    harness_verify(data, size, NULL, 0);
    /* The same as what follows the header of a signed mail. */
    uint8_t *mail = malloc(sizeof head - 1 + size);
    if (mail) {
        memcpy(mail, head, sizeof head - 1);
        if (size) {
            memcpy(mail + sizeof head - 1, data, size);
        }
        harness_verify(mail, sizeof head - 1 + size, NULL, 0);
        free(mail);
    }
    return 0;
}
