/* log_again — what may happen a thousand times a second: each kind is logged when it happens first,
 * then once a minute with how often. However many kinds there are, LOG_AGAIN_KINDS are named at a
 * time and the others are counted: nobody fills the log, whatever he sends. */
#ifndef TRACETUI_STORE_BASE_LOG_AGAIN_H
#define TRACETUI_STORE_BASE_LOG_AGAIN_H

#include <pthread.h>
#include <stdint.h>

enum { LOG_AGAIN_KINDS = 16, LOG_AGAIN_TEXT_BYTES = 256 };

/* Guarded by the lock. */
struct log_again {
    pthread_mutex_t lock;
    struct log_again_kind {
        char text[LOG_AGAIN_TEXT_BYTES]; /* as it was last */
        int64_t next_ns; /* when it may be said again, monotonic; 0 = a free place */
        uint64_t times;  /* not said yet */
    } kinds[LOG_AGAIN_KINDS];
    struct log_again_kind others; /* what found no place; text is not used */
};

void log_again_init(struct log_again *again);
void log_again_clear(struct log_again *again);

/* It has happened (again): "who: what" is logged, or counted. What differs from another one in its
 * numbers alone is of the same kind ("2 of 50 spans refused"). again may be NULL: nothing is
 * logged. Thread: any. */
void log_again(struct log_again *again, const char *who, const char *what);

/* Says what was counted and has waited for its minute: to be called now and then, since what has
 * stopped happening would wait for ever. Thread: any. */
void log_again_remind(struct log_again *again);

/* Says all that is not said yet. Thread: any. */
void log_again_finish(struct log_again *again);

#endif
