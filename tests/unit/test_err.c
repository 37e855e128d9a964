/* test_err — texts of errors, and the end of a program without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/err.h"

static void a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    struct err_msg why;
    char name[300];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    name[251] = '\xC3'; /* an umlaut where the text is cut */
    name[252] = '\xA4';
    assert_int_equal(err_set(&why, ERR_LIMIT, "%s", name), ERR_LIMIT);
    assert_int_equal(strlen(why.text), 251 + 3);
    assert_string_equal(why.text + 251, "\xE2\x80\xA6");
}

/* ---- out of memory -------------------------------------------------------------------------- */

enum { SLOW_US = 100 * 1000 };

static _Atomic int restoring;
static int terminal;

/* As the screen does it: who comes second finds the terminal given back already. */
static void restore_slowly(void)
{
    if (atomic_fetch_add(&restoring, 1) == 0) {
        usleep(SLOW_US);
        (void)!write(terminal, "shell", 5);
    }
}

static void *run_out(void *unused)
{
    (void)unused;
    die_oom();
}

/* Memory is scarce for all threads at once. */
static void two_threads_without_memory_give_the_terminal_back(void **state)
{
    (void)state;
    int ends[2], status = 0;
    char back[16] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        pthread_t other;
        terminal = ends[1];
        err_on_exit(restore_slowly);
        (void)!freopen("/dev/null", "w", stderr);
        pthread_create(&other, NULL, run_out, NULL);
        die_oom();
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_int_equal(read(ends[0], back, sizeof back - 1), 5);
    assert_string_equal(back, "shell");
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(two_threads_without_memory_give_the_terminal_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
