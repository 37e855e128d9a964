/* test_retention — old traces leave whole, young ones stay, and the file gets smaller. */
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "store/check.h"
#include "store/sql/db.h"
#include "store/sql/retention.h"
#include "store/sql/write.h"
#include "tests/unit/place.h"

#define NOW INT64_C(1700000000000000000)
#define DAY (INT64_C(86400) * 1000 * 1000 * 1000)

static int set_up_clock(void **state)
{
    setenv("TRACETUI_NOW", "1700000000000000000", 1);
    return set_up(state);
}

/* One trace with count spans, each with half a kilobyte of attributes that begin like no others. */
static struct batch *trace_of(size_t number, size_t count, int64_t start_ns)
{
    struct batch *batch = batch_new();
    char trace[32], id[32], filler[400];
    memset(filler, 'x', sizeof filler);
    snprintf(trace, sizeof trace, "trace-%zu", number);
    for (size_t i = 0; i < count; i++) {
        snprintf(id, sizeof id, "span-%zu", i);
        struct span *span = add_span(batch, trace, id, i == 0 ? NULL : "span-0", start_ns);
        span->attributes = arena_format(&batch->arena, "{\"%s\":\"%s\",\"filler\":\"%.*s\"}", trace,
                                        id, (int)sizeof filler, filler);
    }
    return batch;
}

static struct writer *start(struct place *place, int64_t retention_ns, int64_t size_limit_bytes)
{
    struct writer *writer = NULL;
    struct err_msg why = {""};
    struct writer_options options = options_of(place);
    options.retention_ns = retention_ns;
    options.size_limit_bytes = size_limit_bytes;
    assert_int_equal(writer_start(&options, &writer, &why), ERR_OK);
    return writer;
}

/* Fills the place with one trace a day, the newest from now. */
static void fill(struct place *place, size_t days, size_t spans)
{
    struct writer *writer = start(place, 0, 0);
    for (size_t i = 0; i < days; i++) {
        assert_int_equal(store_batch(writer, trace_of(i, spans, NOW - (int64_t)i * DAY)).stored,
                         spans);
    }
    writer_stop(writer);
}

static void wait_for_pruned(struct place *place, uint64_t count)
{
    for (size_t i = 0; i < 1000 && atomic_load(&place->counters.pruned_traces) < count; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    assert_int_equal(place->counters.pruned_traces, count);
}

/* The row of a large trace leaves at once, its spans follow. */
static void wait_for_spans(const struct place *place, int64_t count)
{
    for (size_t i = 0; i < 1000 && ask(place, "SELECT count(*) FROM span") > count; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    assert_int_equal(ask(place, "SELECT count(*) FROM span"), count);
}

static void expect_no_remains(const struct place *place)
{
    assert_int_equal(ask(place, "SELECT count(*) FROM span WHERE trace NOT IN"
                                " (SELECT number FROM trace)"),
                     0);
    assert_int_equal(ask(place, "SELECT count(*) FROM body WHERE id NOT IN"
                                " (SELECT body FROM span)"),
                     0);
    expect_text(place, "PRAGMA integrity_check", "ok");
}

static void old_traces_leave_at_start(void **state)
{
    struct place *place = *state;
    fill(place, 10, 5);
    struct writer *writer = start(place, 7 * DAY, 0);
    wait_for_pruned(place, 2); /* 0 to 7 days old is kept */
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 8);
    assert_int_equal(ask(place, "SELECT min(start_ns) FROM traces"), NOW - 7 * DAY);
    expect_no_remains(place);
}

/* A host that starts with a wrong clock: nothing is old by that, until a day has passed. */
static void a_clock_that_leapt_ahead_deletes_nothing(void **state)
{
    struct place *place = *state;
    fill(place, 10, 5);
    setenv("TRACETUI_NOW", "4000000000000000000", 1);
    struct writer *writer = start(place, 8 * DAY + DAY / 2, 0);
    wait_for_pruned(place, 1); /* what is old by the clock that was right */
    assert_int_equal(store_batch(writer, trace_of(99, 5, NOW)).stored, 5);
    writer_stop(writer);
    assert_int_equal(place->counters.pruned_traces, 1);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 10);
}

/* The clocks of a machine that slept. */
static _Atomic time_t slept_s;

int clock_gettime(clockid_t id, struct timespec *time)
{
    int failed = (int)syscall(SYS_clock_gettime, id, time);
    time->tv_sec += id == CLOCK_MONOTONIC ? 0 : slept_s;
    return failed;
}

static void sleep_is_not_a_clock_that_leapt_ahead(void **state)
{
    struct place *place = *state;
    unsetenv("TRACETUI_NOW");
    struct writer *writer = start(place, 8 * DAY, 0);
    int64_t start_ns = (int64_t)time(NULL) * 1000 * 1000 * 1000 - 7 * DAY;
    assert_int_equal(store_batch(writer, trace_of(1, 5, start_ns)).stored, 5);
    slept_s = 2 * 86400;
    wait_for_pruned(place, 1);
    slept_s = 0;
    writer_stop(writer);
}

static void without_retention_all_stays(void **state)
{
    struct place *place = *state;
    fill(place, 400, 1);
    writer_stop(start(place, 0, 0));
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 400);
}

static void what_would_leave_at_once_is_known(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place, 0, 0);
    assert_true(writer_oldest_ns(writer) == 0);
    writer_stop(writer);
    writer = start(place, 3 * DAY, 0);
    assert_true(writer_oldest_ns(writer) == NOW - 3 * DAY);
    writer_stop(writer);
}

static void prune_by_hand_tells_the_number(void **state)
{
    struct place *place = *state;
    fill(place, 10, 5);
    struct writer *writer = start(place, 0, 0);
    struct writer_verdict verdict = prune_before(writer, NOW - 3 * DAY);
    assert_int_equal(verdict.code, ERR_OK);
    assert_int_equal(verdict.stored, 6);
    assert_int_equal(prune_before(writer, NOW - 3 * DAY).stored, 0);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 4);
    expect_no_remains(place);
}

static void large_trace_leaves_in_slices(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place, 0, 0);
    assert_int_equal(store_batch(writer, trace_of(1, 12000, NOW - 2 * DAY)).stored, 12000);
    assert_int_equal(store_batch(writer, trace_of(2, 10, NOW)).stored, 10);
    assert_int_equal(prune_before(writer, NOW - DAY).stored, 1);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM spans"), 10);
    expect_no_remains(place);
}

static void tell_nobody(const char *problem, void *ctx)
{
    (void)ctx;
    print_error("%s\n", problem);
}

/* Between two slices readers may come, and late spans: neither meets half of a trace. */
static void half_a_trace_is_never_seen(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place, 0, 0);
    assert_int_equal(store_batch(writer, trace_of(1, 12000, NOW - 2 * DAY)).stored, 12000);
    assert_int_equal(store_batch(writer, trace_of(2, 10, NOW)).stored, 10);
    writer_stop(writer);

    sqlite3 *db = NULL;
    struct write *write = NULL;
    struct retention *retention = NULL;
    struct retention_slice slice = {0};
    assert_int_equal(db_open(place->path, DB_WRITE, &db, NULL), ERR_OK);
    assert_int_equal(write_open(db, &write, NULL), ERR_OK);
    assert_int_equal(retention_open(db, write_traces(write), &retention, NULL), ERR_OK);
    assert_int_equal(retention_cut(retention, NOW - DAY, &slice, NULL), ERR_OK);
    assert_true(slice.more);
    assert_int_equal(slice.traces, 1);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 1);
    assert_int_equal(ask(place, "SELECT count(*) FROM spans"), 10);
    assert_true(ask(place, "SELECT count(*) FROM span") > 5000);
    retention_close(retention);
    write_close(write);
    db_close(db);

    struct check_report report = {0};
    assert_int_equal(store_check(place->path, tell_nobody, NULL, &report, NULL), ERR_OK);
    assert_int_equal(report.problems, 0);
    writer = start(place, 0, 0); /* it ended there: the next one goes on */
    assert_int_equal(store_batch(writer, trace_of(1, 3, NOW)).stored, 3);
    assert_int_equal(ask(place, "SELECT span_count FROM traces WHERE id = 'trace-1'"), 3);
    wait_for_spans(place, 13);
    writer_stop(writer);
    expect_no_remains(place);
}

/* Another program has the database locked: what has nothing to do does not wait for it. */
static void nothing_to_delete_waits_for_nobody(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place, 0, 0);
    assert_int_equal(store_batch(writer, trace_of(1, 10, NOW)).stored, 10);
    writer_stop(writer);

    sqlite3 *db = NULL, *other = NULL;
    struct write *write = NULL;
    struct retention *retention = NULL;
    struct retention_slice slice = {.more = true};
    assert_int_equal(db_open(place->path, DB_WRITE, &db, NULL), ERR_OK);
    assert_int_equal(write_open(db, &write, NULL), ERR_OK);
    assert_int_equal(retention_open(db, write_traces(write), &retention, NULL), ERR_OK);
    assert_int_equal(db_open(place->path, DB_WRITE, &other, NULL), ERR_OK);
    assert_int_equal(db_run(other, "BEGIN IMMEDIATE", NULL), ERR_OK);
    assert_int_equal(retention_cut(retention, NOW - DAY, &slice, NULL), ERR_OK);
    assert_false(slice.more);
    assert_int_equal(db_run(other, "ROLLBACK", NULL), ERR_OK);
    db_close(other);
    retention_close(retention);
    write_close(write);
    db_close(db);
}

static void late_span_of_a_deleted_trace_starts_it_anew(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place, 0, 0);
    assert_int_equal(store_batch(writer, trace_of(1, 20, NOW - 2 * DAY)).stored, 20);
    assert_int_equal(prune_before(writer, NOW - DAY).stored, 1);
    assert_int_equal(store_batch(writer, trace_of(1, 3, NOW)).stored, 3);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT span_count FROM traces"), 3);
    expect_no_remains(place);
}

static void size_limit_drops_the_oldest(void **state)
{
    enum { LIMIT = 4 << 20 };
    struct place *place = *state;
    fill(place, 40, 500);
    int64_t used_before = ask(place, "SELECT page_count * page_size FROM pragma_page_count,"
                                     " pragma_page_size");
    assert_true(used_before > 2 * LIMIT);
    struct writer *writer = start(place, 0, LIMIT);
    int64_t used = used_before;
    for (size_t i = 0; i < 500 && used > LIMIT; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
        used = ask(place, "SELECT (page_count - freelist_count) * page_size FROM"
                          " pragma_page_count, pragma_freelist_count, pragma_page_size");
    }
    writer_stop(writer);
    assert_true(used <= LIMIT);
    int64_t left = ask(place, "SELECT count(*) FROM traces");
    assert_in_range(left, 1, 39);
    assert_int_equal(ask(place, "SELECT max(start_ns) FROM traces"), NOW);
    assert_int_equal(ask(place, "SELECT min(start_ns) FROM traces"), NOW - (left - 1) * DAY);
    expect_no_remains(place);
}

/* A slice would be more than there is. */
static void a_small_database_loses_no_more_than_it_must(void **state)
{
    enum { TRACES = 300 };
    struct place *place = *state;
    fill(place, TRACES, 10);
    int64_t used = ask(place, "SELECT page_count * page_size FROM pragma_page_count,"
                              " pragma_page_size");
    struct writer *writer = start(place, 0, used / 4 * 3);
    assert_int_equal(prune_before(writer, INT64_MIN).code, ERR_OK);
    writer_stop(writer);
    assert_in_range(ask(place, "SELECT count(*) FROM traces"), TRACES / 2, TRACES * 3 / 4);
    expect_no_remains(place);
}

static int64_t file_bytes(const struct place *place)
{
    struct stat about;
    assert_int_equal(stat(place->path, &about), 0);
    return about.st_size;
}

/* Ten times what fits, as fast as it goes: nothing is refused, and the newest is there. */
static void the_file_never_exceeds_its_limit(void **state)
{
    enum { LIMIT = 6 << 20, TRACES = 250, SPANS = 500 };
    struct place *place = *state;
    struct writer *writer = start(place, 0, LIMIT);
    for (size_t i = 0; i < TRACES; i++) {
        struct batch *batch = trace_of(i, SPANS, NOW + (int64_t)i * 1000);
        assert_int_equal(store_batch(writer, batch).code, ERR_OK);
        assert_in_range(file_bytes(place), 0, LIMIT);
    }
    writer_stop(writer);
    assert_in_range(file_bytes(place), LIMIT / 2, LIMIT);
    assert_int_equal(ask(place, "SELECT max(start_ns) FROM traces"), NOW + (TRACES - 1) * 1000);
    assert_in_range(ask(place, "SELECT count(*) FROM traces"), 5, TRACES / 5);
    expect_no_remains(place);
}

/* The disk has room: what is said is about the limit. */
static void more_than_the_limit_at_once_is_not_a_full_disk(void **state)
{
    struct place *place = *state;
    char text[256];
    struct writer *writer = start(place, 0, 1 << 20);
    assert_int_equal(store_batch(writer, trace_of(1, 20000, NOW)).code, ERR_FULL);
    (void)writer_state(writer, text);
    assert_non_null(strstr(text, "do not fit into a database of 1 MB"));
    assert_int_equal(store_batch(writer, trace_of(2, 10, NOW)).stored, 10);
    writer_stop(writer);
}

static void count_stored(const struct writer_verdict *verdict, void *ctx)
{
    atomic_fetch_add((_Atomic size_t *)ctx, verdict->code == ERR_OK);
}

/* Many senders at once, none of whom sends too much: what waits is not refused for being larger
 * together than the limit. */
static void what_waits_together_may_be_more_than_the_limit(void **state)
{
    enum { BATCHES = 60 };
    struct place *place = *state;
    struct batch *batches[BATCHES];
    _Atomic size_t stored = 0;
    struct writer *writer = start(place, 0, 1 << 20);
    for (size_t i = 0; i < BATCHES; i++) {
        batches[i] = trace_of(i, 100, NOW + (int64_t)i);
    }
    for (size_t i = 0; i < BATCHES; i++) {
        assert_int_equal(writer_submit(writer, batches[i], count_stored, (void *)&stored), ERR_OK);
    }
    writer_stop(writer);
    assert_int_equal(stored, BATCHES);
    assert_in_range(file_bytes(place), 0, 1 << 20);
    assert_int_equal(ask(place, "SELECT max(start_ns) FROM traces"), NOW + BATCHES - 1);
    expect_no_remains(place);
}

/* A limit below what is stored: the file shrinks to it. */
static void a_lower_limit_gives_space_back(void **state)
{
    enum { LIMIT = 8 << 20 };
    struct place *place = *state;
    fill(place, 40, 500);
    assert_true(file_bytes(place) > LIMIT);
    struct writer *writer = start(place, 0, LIMIT);
    for (size_t i = 0; i < 1000 && file_bytes(place) > LIMIT; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    assert_in_range(file_bytes(place), 1, LIMIT);
    writer_stop(writer);
    expect_no_remains(place);
}

static void prune_by_hand_gives_space_back(void **state)
{
    struct place *place = *state;
    fill(place, 40, 500);
    int64_t before = file_bytes(place);
    struct writer *writer = start(place, 0, 0);
    assert_int_equal(prune_before(writer, NOW - 5 * DAY + 1).stored, 35);
    writer_stop(writer);
    assert_true(file_bytes(place) < before - before / 4);
}

/* As one that .dump or a VACUUM of somebody else's has made. */
static void a_file_that_cannot_shrink_is_pruned_all_the_same(void **state)
{
    struct place *place = *state;
    fill(place, 40, 500);
    run_sql(place, "PRAGMA auto_vacuum = NONE; VACUUM");
    struct writer *writer = start(place, 0, 0);
    assert_int_equal(prune_before(writer, NOW - 5 * DAY + 1).stored, 35);
    writer_stop(writer);
    expect_no_remains(place);
}

/* sqlite3 makes such a page when it is asked for the journal's mode alone. */
static void a_file_of_one_empty_page_shrinks_like_ours(void **state)
{
    struct place *place = *state;
    run_sql(place, "PRAGMA journal_mode = WAL");
    fill(place, 1, 1);
    assert_int_equal(ask(place, "PRAGMA auto_vacuum"), 2);
}

static void size_limit_leaves_no_half_traces(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place, 0, 0);
    assert_int_equal(store_batch(writer, trace_of(1, 12000, NOW - DAY)).stored, 12000);
    assert_int_equal(store_batch(writer, trace_of(2, 10, NOW)).stored, 10);
    writer_stop(writer);
    int64_t used = ask(place, "SELECT page_count * page_size FROM pragma_page_count,"
                              " pragma_page_size");
    writer = start(place, 0, used - 100 * 1000); /* the first slice already makes room enough */
    wait_for_pruned(place, 1);
    wait_for_spans(place, 10);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT sum(span_count) FROM traces"), 10);
    assert_int_equal(ask(place, "SELECT count(*) FROM spans"), 10);
    expect_no_remains(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(old_traces_leave_at_start, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_that_leapt_ahead_deletes_nothing, set_up_clock,
                                        tear_down),
        cmocka_unit_test_setup_teardown(sleep_is_not_a_clock_that_leapt_ahead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_retention_all_stays, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(what_would_leave_at_once_is_known, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(prune_by_hand_tells_the_number, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(large_trace_leaves_in_slices, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(half_a_trace_is_never_seen, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(nothing_to_delete_waits_for_nobody, set_up_clock,
                                        tear_down),
        cmocka_unit_test_setup_teardown(late_span_of_a_deleted_trace_starts_it_anew, set_up_clock,
                                        tear_down),
        cmocka_unit_test_setup_teardown(size_limit_drops_the_oldest, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(size_limit_leaves_no_half_traces, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(the_file_never_exceeds_its_limit, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(more_than_the_limit_at_once_is_not_a_full_disk,
                                        set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(a_small_database_loses_no_more_than_it_must, set_up_clock,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_waits_together_may_be_more_than_the_limit,
                                        set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(a_lower_limit_gives_space_back, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(prune_by_hand_gives_space_back, set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_shrink_is_pruned_all_the_same,
                                        set_up_clock, tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_one_empty_page_shrinks_like_ours, set_up_clock,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
