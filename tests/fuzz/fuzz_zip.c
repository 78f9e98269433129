/*
 * fuzz_zip - any bytes as a ZIP file through the whole verifier: directory, members, nested ones.
 */
#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    harness_verify(data, size, NULL, 0);
    return 0;
}
