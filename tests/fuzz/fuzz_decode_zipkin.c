/* fuzz_decode_zipkin — Zipkin v2 bodies from anybody. */
#include "tests/fuzz/fuzz_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_decode(decode_zipkin, data, size);
}
