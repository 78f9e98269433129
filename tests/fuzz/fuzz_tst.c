/*
 * fuzz_tst - any bytes as an RFC 3161 token over a fixed content.
 */
#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t content[] = "The declaration of the manufacturer.\n";
    harness_verify(data, size, content, sizeof content - 1);
    return 0;
}
