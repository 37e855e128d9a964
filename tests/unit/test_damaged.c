/* test_damaged — a file in which somebody has changed numbers: no arithmetic goes wrong, and what
 * is new is stored and found all the same. */
#include <inttypes.h>

#include "store/trace.h"
#include "store_file.h"
#include "store_fixture.h"

static const struct fixture_span rows[] = {
    {.trace = "7ace0000000000000000000000000001", .id = "00000000000000a1", .name = "root"},
    {.trace = "7ace0000000000000000000000000001",
     .id = "00000000000000a2",
     .parent = "00000000000000a1",
     .name = "runs",
     .duration_ms = -1},
    {.trace = "7ace0000000000000000000000000001",
     .id = "00000000000000a3",
     .parent = "00000000000000a1",
     .name = "child",
     .start_ms = 5,
     .duration_ms = 5},
    {.trace = "7ace0000000000000000000000000002",
     .id = "00000000000000b1",
     .parent = "00000000000000ff",
     .name = "orphan",
     .duration_ms = 7},
};

/* The same spans again, each a little different, and a new trace. */
static const struct fixture_span later[] = {
    {.trace = "7ace0000000000000000000000000001",
     .id = "00000000000000a1",
     .name = "root",
     .duration_ms = 50},
    {.trace = "7ace0000000000000000000000000001",
     .id = "00000000000000a2",
     .parent = "00000000000000a1",
     .name = "runs",
     .duration_ms = 60},
    {.trace = "7ace0000000000000000000000000001",
     .id = "00000000000000a3",
     .name = "child",
     .service = "other",
     .duration_ms = 4},
    {.trace = "7ace0000000000000000000000000003", .id = "00000000000000c1", .name = "new"},
};

static const int64_t numbers[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};

static void look_at(struct reader *reader, const char *id)
{
    struct err_msg why = {""};
    struct trace *trace = NULL;
    int64_t number = 0;
    assert_int_equal(reader_find(reader, text_from(id), &number, &why), ERR_OK);
    assert_int_equal(reader_trace(reader, number, NULL, NULL, &trace, &why), ERR_OK);
    assert_true(trace->count > 0);
    trace_free(trace);
}

static void look_at_all(const struct fixture *fixture, bool more)
{
    struct reader *reader = NULL;
    struct err_msg why = {""};
    struct list_answer list = {0};
    struct list_question question = {.limit = 20, .now_ns = FIXTURE_START_NS};
    struct summary summary;
    struct summary_work *work = NULL;
    struct summary_question sum = {.now_ns = FIXTURE_START_NS, .buckets = 20};
    assert_int_equal(reader_open(fixture->path, &reader, &why), ERR_OK);
    assert_int_equal(reader_list(reader, &question, &list, &why), ERR_OK);
    assert_int_equal(list.count, more ? 3 : 2);
    list_answer_clear(&list);
    assert_int_equal(summary_begin(reader, &sum, &work, &why), ERR_OK);
    (void)!summary_step(work, &summary, &why);
    summary_end(work);
    look_at(reader, rows[0].trace);
    look_at(reader, rows[3].trace);
    if (more) {
        look_at(reader, later[3].trace);
    }
    reader_close(reader);
}

/* Changes a fresh store, looks at it, has the writer add to it, and looks again. */
static void survive(const char *damage)
{
    struct fixture *fixture = fixture_new(rows, ARRAY_LEN(rows));
    struct batch *batch = batch_new();
    for (size_t i = 0; i < ARRAY_LEN(later); i++) {
        fixture_add(batch, &later[i]);
    }
    store_file_run(fixture->path, damage);
    look_at_all(fixture, false);
    fixture_store(fixture, batch);
    look_at_all(fixture, true);
    fixture_free(fixture);
}

static void times_that_cannot_be(void **state)
{
    static const char *const places[] = {
        "UPDATE span SET start_ns = %" PRId64,
        "UPDATE span SET duration_ns = %" PRId64,
        "UPDATE span SET start_ns = %" PRId64 " WHERE parent IS NULL",
        "UPDATE span SET duration_ns = %" PRId64 " WHERE parent IS NOT NULL",
        "UPDATE trace SET start_ns = %" PRId64,
        "UPDATE trace SET duration_ns = %" PRId64,
        "UPDATE trace SET created_at = %" PRId64,
        "UPDATE trace SET ranks = x'00', start_ns = %" PRId64, /* added up anew */
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        for (size_t k = 0; k < ARRAY_LEN(numbers); k++) {
            char damage[160];
            snprintf(damage, sizeof damage, places[i], numbers[k]);
            survive(damage);
        }
    }
}

static void no_end_of_the_keys(void **state)
{
    (void)state;
    survive("DELETE FROM trace_key_end");
    survive("INSERT INTO trace_key_end VALUES(-7)");
}

static void numbers_that_leave_no_room_are_refused(void **state)
{
    static const char *const places[] = {
        "UPDATE trace_key_end SET number = 9223372036854775807",
        "UPDATE trace SET number = 9223372036854775807 WHERE number = 1",
        "INSERT INTO trace_gone VALUES(9223372036854775806)",
        "INSERT INTO body(id) VALUES(9223372036854775807)",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct fixture *fixture = fixture_new(rows, ARRAY_LEN(rows));
        struct writer_options options = {.path = fixture->path, .counters = &fixture->counters};
        struct writer *writer = NULL;
        struct err_msg why = {""};
        store_file_run(fixture->path, places[i]);
        assert_int_equal(writer_start(&options, &writer, &why), ERR_CORRUPT);
        assert_non_null(strstr(why.text, "database damaged"));
        fixture_free(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_that_cannot_be),
        cmocka_unit_test(no_end_of_the_keys),
        cmocka_unit_test(numbers_that_leave_no_room_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
