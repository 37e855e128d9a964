/* log_again — a few things that may happen a thousand times a second: each is logged when it
 * happens first, then once a minute with how often. */
#ifndef TRACETUI_STORE_BASE_LOG_AGAIN_H
#define TRACETUI_STORE_BASE_LOG_AGAIN_H

#include <pthread.h>
#include <stdint.h>

enum { LOG_AGAIN_TEXTS = 4, LOG_AGAIN_TEXT_BYTES = 160 };

struct log_again {
    const char *prefix; /* constant, as all below is guarded by the lock */
    pthread_mutex_t lock;
    struct log_again_text {
        char text[LOG_AGAIN_TEXT_BYTES];
        int64_t next_ns; /* monotonic; 0 = a free place */
        uint64_t times;  /* not said yet */
    } texts[LOG_AGAIN_TEXTS];
};

/* prefix must live as long. */
void log_again_init(struct log_again *again, const char *prefix);
void log_again_clear(struct log_again *again);

/* It has happened (again). Thread: any. */
void log_again(struct log_again *again, const char *text);

#endif
