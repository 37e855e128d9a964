/* err — what a function answers when it can fail, and the text that explains it. */
#include "store/base/err.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/text.h"

static const char *const names[ERR_COUNT] = {
    [ERR_OK] = "ok",
    [ERR_PARSE] = "parse",
    [ERR_LIMIT] = "limit",
    [ERR_NOT_FOUND] = "not_found",
    [ERR_AMBIGUOUS] = "ambiguous",
    [ERR_BUSY] = "busy",
    [ERR_LOCKED] = "locked",
    [ERR_FULL] = "full",
    [ERR_IO] = "io",
    [ERR_CORRUPT] = "corrupt",
    [ERR_VERSION] = "version",
    [ERR_CANCELLED] = "cancelled",
    [ERR_CLOSED] = "closed",
    [ERR_UNSUPPORTED] = "unsupported",
};

/* Global because die_oom can be reached from any depth, where nothing can be passed. */
static void (*restore_terminal)(void);

enum err err_set(struct err_msg *why, enum err code, const char *format, ...)
{
    if (why != NULL) {
        va_list args;
        va_start(args, format);
        int wanted = vsnprintf(why->text, sizeof why->text, format, args);
        va_end(args);
        if (wanted >= (int)sizeof why->text) {
            size_t kept =
                text_cut(text_make(why->text, sizeof why->text - 1), sizeof why->text - 4);
            snprintf(why->text + kept, sizeof why->text - kept, "\xE2\x80\xA6");
        }
    }
    return code;
}

const char *err_name(enum err code)
{
    return code >= 0 && code < ERR_COUNT ? names[code] : "unknown";
}

void err_on_exit(void (*restore)(void))
{
    restore_terminal = restore;
}

_Noreturn void die_oom(void)
{
    /* Memory is scarce for all threads: the second one must not end the program under the hands
     * of the first. */
    static atomic_flag is_ending = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&is_ending)) {
        pause();
    }
    if (restore_terminal != NULL) {
        restore_terminal();
    }
    fputs("tracetui: out of memory\n", stderr);
    _Exit(1);
}

void *mem_alloc(unsigned long size)
{
    void *memory = malloc(size != 0 ? size : 1);
    if (memory == NULL) {
        die_oom();
    }
    return memory;
}

void *mem_zero(unsigned long count, unsigned long size)
{
    void *memory = calloc(count != 0 ? count : 1, size != 0 ? size : 1);
    if (memory == NULL) {
        die_oom();
    }
    return memory;
}

void *mem_grow(void *old, unsigned long size)
{
    void *memory = realloc(old, size != 0 ? size : 1);
    if (memory == NULL) {
        die_oom();
    }
    return memory;
}
