/* thread — threads that leave the signals to the main one, and waiting by the monotonic clock. */
#include "store/base/thread.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "store/base/clock.h"

enum err thread_start(pthread_t *ret_thread, void *(*run)(void *ctx), void *ctx,
                      struct err_msg *why)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* a thread inherits the mask */
    int failed = pthread_create(ret_thread, NULL, run, ctx);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed != 0 ? err_set(why, ERR_IO, "cannot start a thread: %s", strerror(failed))
                       : ERR_OK;
}

void thread_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool thread_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ns)
{
    struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S),
                             .tv_nsec = (long)(until_ns % NS_PER_S)};
    return pthread_cond_timedwait(condition, lock, &until) == 0;
}
