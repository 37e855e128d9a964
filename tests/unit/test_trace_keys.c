/* test_trace_keys — a trace is found by its id, and stays one row, wherever its id is just now:
 * among those that wait, on its way into the table, in the table, or back after it was deleted. */
#include <stdatomic.h>
#include <time.h>

#include "store_file.h"
#include "store_fixture.h"

enum { RUN_TRACES = 70 * 1000, LATE_TRACES = 5000, ALL_TRACES = RUN_TRACES + LATE_TRACES };

static const struct fixture_span first = {.trace = "the first of all",
                                          .id = "00000000000000aa",
                                          .name = "first",
                                          .duration_ms = 1,
                                          .status = STATUS_COMPLETED};

/* Ids in no order, of every form. */
static void print_id(size_t i, char target[ID_PRINT_BYTES])
{
    unsigned long long mixed = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    snprintf(target, ID_PRINT_BYTES,
             i % 10 == 0   ? "text-%016llx"
             : i % 10 == 1 ? "%016llx"
                           : "%016llx00000000000000ff",
             mixed);
}

static struct writer *start(struct fixture *fixture)
{
    struct writer *writer = NULL;
    struct writer_options options = {
        .path = fixture->path,
        .counters = &fixture->counters,
        .deadline_ns = 600 * NS_PER_S, /* all is submitted at once, and nobody tries again */
    };
    assert_int_equal(writer_start(&options, &writer, NULL), ERR_OK);
    return writer;
}

static void on_done(const struct writer_verdict *verdict, void *ctx)
{
    assert_int_equal(verdict->code, ERR_OK);
    atomic_store((_Atomic bool *)ctx, true);
}

static void wait_for(_Atomic bool *done)
{
    while (!atomic_load(done)) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static void submit(struct writer *writer, struct batch *batch, _Atomic bool *done)
{
    while (writer_submit(writer, batch, done != NULL ? on_done : NULL, done) == ERR_BUSY) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

/* One span each; they are stored when it returns, since batches are stored in their order. */
static void submit_traces(struct writer *writer, size_t from, size_t to)
{
    _Atomic bool done = false;
    struct batch *batch = batch_new();
    for (size_t i = from; i < to; i++) {
        char id[ID_PRINT_BYTES];
        print_id(i, id);
        struct fixture_span row = first;
        row.trace = id;
        row.start_ms = (int64_t)i;
        fixture_add(batch, &row);
        if (batch->count == 1000) {
            submit(writer, batch, NULL);
            batch = batch_new();
        }
    }
    submit(writer, batch, &done);
    wait_for(&done);
}

/* Ids get into the table beside the work: the writer needs a moment. */
static void wait_until(struct fixture *fixture, const char *sql)
{
    while (store_file_ask(fixture->path, sql) == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

static void check_found(struct fixture *fixture, size_t from, size_t to, size_t step)
{
    for (size_t i = from; i < to; i += step) {
        char id[ID_PRINT_BYTES];
        int64_t number = 0;
        print_id(i, id);
        assert_int_equal(reader_find(fixture->reader, text_from(id), &number, NULL), ERR_OK);
        id[14] = '\0';
        assert_int_equal(reader_find(fixture->reader, text_from(id), &number, NULL), ERR_OK);
    }
}

static void check_whole(struct fixture *fixture, int64_t traces)
{
    struct check_report report = store_file_check(fixture->path);
    assert_int_equal(report.problems, 0);
    assert_int_equal(report.traces, traces);
    assert_int_equal(report.spans, traces);
}

static void prune(struct writer *writer, size_t traces)
{
    _Atomic bool done = false;
    int64_t cutoff_ns = FIXTURE_START_NS + (int64_t)traces * NS_PER_MS;
    assert_int_equal(writer_prune(writer, cutoff_ns, on_done, &done), ERR_OK);
    wait_for(&done);
}

static void traces_are_found_and_never_doubled(void **unused)
{
    (void)unused;
    struct fixture *fixture = fixture_new(&first, 1);
    struct writer *writer = start(fixture);
    submit_traces(writer, 0, RUN_TRACES);
    submit_traces(writer, 0, RUN_TRACES); /* again, while ids move */
    wait_until(fixture, "SELECT number FROM trace_key_end");
    submit_traces(writer, RUN_TRACES, ALL_TRACES);
    submit_traces(writer, 0, ALL_TRACES);
    check_found(fixture, 0, RUN_TRACES, 4001);
    check_found(fixture, RUN_TRACES, ALL_TRACES, 501);
    check_whole(fixture, ALL_TRACES + 1);
    writer_stop(writer);

    writer = start(fixture);
    submit_traces(writer, 0, ALL_TRACES);
    prune(writer, RUN_TRACES / 2);
    writer_stop(writer);
    check_found(fixture, RUN_TRACES / 2, ALL_TRACES, 4001);
    check_whole(fixture, ALL_TRACES - RUN_TRACES / 2);

    writer = start(fixture);
    submit_traces(writer, 0, ALL_TRACES); /* the deleted ones come back */
    writer_stop(writer);
    check_found(fixture, 0, ALL_TRACES, 4001);
    check_whole(fixture, ALL_TRACES);
    fixture_free(fixture);
}

/* All ids of the table belong to traces that are gone, and their numbers would be free. */
static void numbers_in_the_table_are_not_given_again(void **unused)
{
    (void)unused;
    struct fixture *fixture = fixture_new(&first, 1);
    struct writer *writer = start(fixture);
    submit_traces(writer, 0, RUN_TRACES);
    wait_until(fixture, "SELECT number FROM trace_key_end");
    prune(writer, ALL_TRACES);
    writer_stop(writer);
    store_file_run(fixture->path,
                   "DELETE FROM trace_segment; DELETE FROM trace_column; DELETE FROM trace_stale");
    writer = start(fixture);
    submit_traces(writer, 0, 20);
    writer_stop(writer);
    check_found(fixture, 0, 20, 1);
    check_whole(fixture, 20);
    fixture_free(fixture);
}

#define BACK_TO_VERSION_2                                                                          \
    "DROP TRIGGER trace_key_is_gone; DROP TABLE trace_key; DROP TABLE trace_key_end;"              \
    "CREATE UNIQUE INDEX trace_id ON trace(id); PRAGMA user_version = 2;"

static void version_2_is_read_and_gets_its_table(void **unused)
{
    (void)unused;
    struct fixture *fixture = fixture_new(&first, 1);
    struct writer *writer = start(fixture);
    submit_traces(writer, 0, 20);
    writer_stop(writer);
    reader_close(fixture->reader);
    store_file_run(fixture->path, BACK_TO_VERSION_2);
    assert_int_equal(reader_open(fixture->path, &fixture->reader, NULL), ERR_OK);
    check_found(fixture, 0, 20, 1);
    check_whole(fixture, 21);
    writer = start(fixture);
    submit_traces(writer, 0, 40);
    writer_stop(writer);
    check_found(fixture, 0, 20, 1); /* with the reader of before, too */
    check_whole(fixture, 41);
    fixture_free(fixture);
}

/* Too many to wait in memory. */
static void a_large_file_of_version_2_gets_its_table_at_once(void **unused)
{
    (void)unused;
    struct fixture *fixture = fixture_new(&first, 1);
    store_file_run(
        fixture->path,
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
        " INSERT INTO trace(number, id, id_form, root_operation, service, status,"
        " start_ns, duration_ns, span_count, error_count, running_count, services,"
        " has_root, cancelled_count, ranks, version, created_at)"
        " SELECT i, randomblob(16), 1, 1, 1, 1, i, 1, 1, 0, 0, '', 1, 0, x'', 1, 1"
        " FROM n;" BACK_TO_VERSION_2);
    struct writer *writer = start(fixture);
    writer_stop(writer);
    assert_int_equal(store_file_ask(fixture->path, "SELECT count(*) FROM trace_key"), 300000);
    assert_int_equal(store_file_ask(fixture->path, "SELECT number FROM trace_key_end"), 300000);
    fixture_free(fixture);
}

static void a_wrong_table_is_a_problem(void **unused)
{
    (void)unused;
    struct fixture *fixture = fixture_new(&first, 1);
    store_file_run(fixture->path, "UPDATE trace_key_end SET number = 1");
    assert_int_equal(store_file_check(fixture->path).problems, 1);
    store_file_run(fixture->path, "INSERT INTO trace_key SELECT id, number, id_form FROM trace;"
                                  "INSERT INTO trace_key VALUES('a stranger', 99, 4)");
    assert_int_equal(store_file_check(fixture->path).problems, 1);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traces_are_found_and_never_doubled),
        cmocka_unit_test(numbers_in_the_table_are_not_given_again),
        cmocka_unit_test(version_2_is_read_and_gets_its_table),
        cmocka_unit_test(a_large_file_of_version_2_gets_its_table_at_once),
        cmocka_unit_test(a_wrong_table_is_a_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
