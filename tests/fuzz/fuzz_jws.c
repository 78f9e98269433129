/*
 * fuzz_jws - any bytes as a JSON signature through the whole verifier, alone and with content.
 */
#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t content[] = "Declaration of the Manufacturer\n";
    bool detached = size > 0 && (data[size - 1] & 1);
    harness_verify(data, size, detached ? content : NULL, detached ? sizeof content - 1 : 0);
    return 0;
}
