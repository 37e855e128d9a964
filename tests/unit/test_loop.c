/* test_loop — waking the UI thread, from threads and from signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "tui/loop.h"

static void *wake_twice(void *waker)
{
    waker_wake(waker);
    waker_wake(waker);
    return NULL;
}

static void wakes_end_the_sleep_once(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct waker waker;
    struct err_msg why;
    assert_int_equal(waker_open(&waker, &why), ERR_OK);
    assert_int_equal(loop_poll(ends[0], &waker, 0), 0);

    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake_twice, &waker), 0);
    assert_int_equal(loop_poll(ends[0], &waker, -1), LOOP_WOKEN);
    pthread_join(thread, NULL);
    waker_drain(&waker);
    assert_int_equal(loop_poll(ends[0], &waker, 0), 0);

    assert_int_equal(write(ends[1], "j", 1), 1);
    assert_int_equal(loop_poll(ends[0], &waker, -1), LOOP_KEYS);
    close(ends[1]);
    assert_true((loop_poll(ends[0], &waker, -1) & LOOP_HANGUP) != 0);
    close(ends[0]);
    waker_close(&waker);
}

static void signals_to_stop_wake_the_loop(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct waker waker;
    struct err_msg why;
    assert_int_equal(waker_open(&waker, &why), ERR_OK);
    assert_int_equal(loop_catch_signals(&waker, &why), ERR_OK);
    assert_int_equal(loop_stop_signal(), 0);
    raise(SIGTERM);
    assert_int_equal(loop_stop_signal(), SIGTERM);
    assert_int_equal(loop_poll(ends[0], &waker, -1), LOOP_WOKEN);
    loop_release_signals();
    waker_close(&waker);
    close(ends[0]);
    close(ends[1]);
}

static void a_terminal_that_closes_may_say_so_twice(void **state)
{
    (void)state;
    struct waker waker;
    struct err_msg why;
    assert_int_equal(waker_open(&waker, &why), ERR_OK);
    assert_int_equal(loop_catch_signals(&waker, &why), ERR_OK);
    raise(SIGHUP);
    assert_int_equal(loop_stop_signal(), SIGHUP);
    loop_release_signals();
    raise(SIGHUP); /* would end the test */
    waker_close(&waker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wakes_end_the_sleep_once),
        cmocka_unit_test(signals_to_stop_wake_the_loop),
        cmocka_unit_test(a_terminal_that_closes_may_say_so_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
