/*
 * fuzz_cms - any bytes as a CMS file (also PEM, base64, S/MIME) through the whole verifier.
 */
#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    harness_verify(data, size, NULL, 0);
    return 0;
}
