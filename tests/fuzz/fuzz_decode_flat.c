/* fuzz_decode_flat — flat JSON bodies from anybody. */
#include "tests/fuzz/fuzz_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_decode(decode_flat, data, size);
}
