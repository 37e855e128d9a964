/* test_thread — threads without signals, and waiting that ends. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/base/clock.h"
#include "store/base/thread.h"

static void *find_blocked(void *ctx)
{
    sigset_t *blocked = ctx;
    pthread_sigmask(SIG_BLOCK, NULL, blocked);
    return ctx;
}

static void signals_are_for_the_main_thread(void **state)
{
    (void)state;
    sigset_t before, blocked, after;
    pthread_t thread;
    void *result = NULL;
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    assert_int_equal(thread_start(&thread, find_blocked, &blocked, NULL), ERR_OK);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &blocked);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    static const int signals[] = {SIGINT, SIGTERM, SIGWINCH};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        assert_int_equal(sigismember(&blocked, signals[i]), 1);
        assert_int_equal(sigismember(&after, signals[i]), sigismember(&before, signals[i]));
    }
}

struct shared {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
};

static void *be_done(void *ctx)
{
    struct shared *shared = ctx;
    pthread_mutex_lock(&shared->lock);
    shared->done = true;
    pthread_cond_signal(&shared->changed);
    pthread_mutex_unlock(&shared->lock);
    return NULL;
}

static void waiting_ends_with_the_signal_or_the_time(void **state)
{
    (void)state;
    struct shared shared = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;
    thread_condition_init(&shared.changed);
    pthread_mutex_lock(&shared.lock);
    assert_false(thread_wait(&shared.changed, &shared.lock, clock_monotonic_ns()));
    assert_int_equal(thread_start(&thread, be_done, &shared, NULL), ERR_OK);
    while (!shared.done) {
        assert_true(thread_wait(&shared.changed, &shared.lock, INT64_MAX));
    }
    pthread_mutex_unlock(&shared.lock);
    pthread_join(thread, NULL);
    pthread_cond_destroy(&shared.changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_are_for_the_main_thread),
        cmocka_unit_test(waiting_ends_with_the_signal_or_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
