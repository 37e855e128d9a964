/* test_query_pool — jobs end when their client goes or the pool stops, and no more wait than may.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ingest/query_pool.h"
#include "store/base/clock.h"

enum { JOBS = 64, PATIENCE_S = 20 };

/* There is no database: run hears NULL and why, which is enough here. */
static const char nowhere[] = "/nowhere/traces.db";

struct told {
    struct query_job job;
    _Atomic bool patient; /* runs until it is cancelled */
    _Atomic bool running, cancelled, done;
    char why[256];
};

static void run(struct query_job *job, struct reader *reader, const char *why)
{
    struct told *told = (struct told *)(void *)job;
    assert_null(reader);
    strncpy(told->why, why, sizeof told->why - 1);
    told->running = true;
    int64_t end_ns = clock_monotonic_ns() + PATIENCE_S * NS_PER_S;
    while (told->patient && !job->cancelled && clock_monotonic_ns() < end_ns) {
        usleep(1000);
    }
    told->cancelled = job->cancelled;
}

static void done(struct query_job *job)
{
    ((struct told *)(void *)job)->done = true;
}

static void wait_for(const _Atomic bool *flag)
{
    int64_t end_ns = clock_monotonic_ns() + PATIENCE_S * NS_PER_S;
    while (!*flag) {
        assert_true(clock_monotonic_ns() < end_ns);
        usleep(1000);
    }
}

static struct query_pool *open_pool(void)
{
    struct query_pool *pool = NULL;
    struct err_msg why;
    assert_int_equal(query_pool_start(nowhere, &pool, &why), ERR_OK);
    return pool;
}

static void set_up(struct told *told, int socket, bool patient)
{
    *told = (struct told){.job = {.run = run, .done = done, .socket = socket}, .patient = patient};
}

static void a_job_hears_what_is_wrong_with_the_database(void **state)
{
    (void)state;
    struct query_pool *pool = open_pool();
    struct told told;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    set_up(&told, ends[0], false);
    assert_int_equal(query_pool_submit(pool, &told.job), ERR_OK);
    wait_for(&told.done);
    assert_non_null(strstr(told.why, nowhere));
    assert_false(told.cancelled);
    query_pool_stop(pool);
    query_pool_free(pool);
    close(ends[0]);
    close(ends[1]);
}

static void a_job_ends_when_its_client_goes(void **state)
{
    (void)state;
    struct query_pool *pool = open_pool();
    struct told goes, stays;
    int first[2], second[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, first), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, second), 0);
    set_up(&goes, first[0], true);
    set_up(&stays, second[0], true);
    assert_int_equal(query_pool_submit(pool, &goes.job), ERR_OK);
    assert_int_equal(query_pool_submit(pool, &stays.job), ERR_OK);
    wait_for(&goes.running);
    wait_for(&stays.running);
    close(first[1]);
    wait_for(&goes.done);
    assert_true(goes.cancelled);
    assert_false(stays.done);
    query_pool_stop(pool);
    assert_true(stays.done);
    assert_true(stays.cancelled);
    query_pool_free(pool);
    close(first[0]);
    close(second[0]);
    close(second[1]);
}

static void no_more_wait_than_may(void **state)
{
    (void)state;
    static struct told told[JOBS];
    struct query_pool *pool = open_pool();
    int ends[2];
    size_t taken = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    enum err err = ERR_OK;
    while (err == ERR_OK && taken < JOBS) {
        set_up(&told[taken], ends[0], true);
        err = query_pool_submit(pool, &told[taken].job);
        taken += err == ERR_OK;
    }
    assert_int_equal(err, ERR_BUSY);
    assert_true(taken >= 32);
    query_pool_stop(pool); /* runs out what it took, those that waited too */
    for (size_t i = 0; i < taken; i++) {
        assert_true(told[i].done);
        assert_true(told[i].cancelled);
    }
    assert_int_equal(query_pool_submit(pool, &told[taken].job), ERR_CLOSED);
    query_pool_free(pool);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_hears_what_is_wrong_with_the_database),
        cmocka_unit_test(a_job_ends_when_its_client_goes),
        cmocka_unit_test(no_more_wait_than_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
