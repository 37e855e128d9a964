/* fuzz_check — what must hold whatever the input: else the target stops, and says where. */
#ifndef TRACETUI_TESTS_FUZZ_CHECK_H
#define TRACETUI_TESTS_FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define check(holds) ((holds) ? (void)0 : check_failed(__FILE__, __LINE__, #holds))

static inline _Noreturn void check_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

#endif
