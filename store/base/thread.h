/* thread — threads that leave the signals to the main one, and waiting by the monotonic clock. */
#ifndef TRACETUI_STORE_BASE_THREAD_H
#define TRACETUI_STORE_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/base/err.h"

/* Runs it on a thread of its own that gets no signals. Owns: ctx is borrowed until pthread_join.
 * Errors: ERR_IO. */
enum err thread_start(pthread_t *ret_thread, void *(*run)(void *ctx), void *ctx,
                      struct err_msg *why) MUST_CHECK;

/* A condition that thread_wait may wait for; pthread_cond_destroy ends it. */
void thread_condition_init(pthread_cond_t *condition);

/* Waits, with the lock, until the condition is signalled; false when it is until_ns of
 * clock_monotonic_ns before. As with pthread_cond_wait nothing may have happened all the same. */
bool thread_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ns);

#endif
