/* err — what a function answers when it can fail, and the text that explains it. */
#ifndef TRACETUI_STORE_BASE_ERR_H
#define TRACETUI_STORE_BASE_ERR_H

#define MUST_CHECK     __attribute__((warn_unused_result))
#define PRINTF_LIKE(f) __attribute__((format(printf, f, (f) + 1)))
#define ARRAY_LEN(a)   (sizeof(a) / sizeof((a)[0]))

enum err {
    ERR_OK = 0,
    ERR_PARSE,       /* the input is not what it claims to be */
    ERR_LIMIT,       /* the input is larger or deeper than a named limit */
    ERR_NOT_FOUND,   /* nothing there has that name */
    ERR_AMBIGUOUS,   /* more than one thing has that name */
    ERR_BUSY,        /* no room just now: try again later */
    ERR_LOCKED,      /* another process owns it */
    ERR_FULL,        /* no space left on the device */
    ERR_IO,          /* the system refused; the text holds its reason */
    ERR_CORRUPT,     /* the file is damaged */
    ERR_VERSION,     /* the file comes from a newer program */
    ERR_CANCELLED,   /* somebody asked us to stop */
    ERR_CLOSED,      /* the other side is shutting down */
    ERR_UNSUPPORTED, /* understood, but not offered */
    ERR_COUNT
};

/* Room for one line of human text. Always terminated; cut on a UTF-8 border. */
struct err_msg {
    char text[256];
};

/* Writes the text into why (which may be NULL) and returns code, so that
 * `return err_set(why, ERR_PARSE, "spans[%zu].traceId: missing", i);` reads as one thought. */
enum err err_set(struct err_msg *why, enum err code, const char *format, ...) PRINTF_LIKE(3);

/* The code as a lower-case word ("parse", "limit", ...), for logs and counters. */
const char *err_name(enum err code);

/* Called once by die_oom before it prints; the screen registers the function that gives the
 * terminal back. Thread: any, but set it before threads start. */
void err_on_exit(void (*restore)(void));

/* Says on stderr that memory ran out, restores the terminal, exits 1. */
_Noreturn void die_oom(void);

/* malloc, calloc and realloc that never return NULL. */
void *mem_alloc(unsigned long size) __attribute__((malloc, returns_nonnull));
void *mem_zero(unsigned long count, unsigned long size) __attribute__((malloc, returns_nonnull));
void *mem_grow(void *old, unsigned long size) __attribute__((returns_nonnull));

#endif
