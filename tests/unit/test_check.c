/* test_check — the file is looked through while others write it. */
#include <sqlite3.h>

#include "store/check.h"
#include "tests/unit/place.h"

#define AT INT64_C(1700000000000000000)

enum { TRACES = 9000 };

/* A span for each trace. */
static void store_spans(struct writer *writer, const char *id)
{
    struct batch *batch = batch_new();
    for (size_t i = 0; i < TRACES; i++) {
        char trace[32];
        snprintf(trace, sizeof trace, "trace-%zu", i);
        add_span(batch, trace, id, NULL, AT + (int64_t)i);
    }
    assert_int_equal(store_batch(writer, batch).code, ERR_OK);
}

struct meanwhile {
    struct writer *writer;
    sqlite3 *other;
    size_t problems;
    int frames, copied;
};

static void write_and_look(const char *problem, void *ctx)
{
    struct meanwhile *meanwhile = ctx;
    assert_non_null(strstr(problem, "counts differ from its spans"));
    if (meanwhile->problems++ == 0) {
        store_spans(meanwhile->writer, "b");
    } else {
        sqlite3_wal_checkpoint_v2(meanwhile->other, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                  &meanwhile->frames, &meanwhile->copied);
    }
}

/* The first and the last trace are wrong: between them all that came in meanwhile can leave the
 * log, and nothing of it is taken for damage. */
static void check_does_not_hold_the_log(void **state)
{
    struct place *place = *state;
    struct meanwhile meanwhile = {.frames = -1, .copied = -2};
    struct check_report report;
    struct writer_options options = options_of(place);
    assert_int_equal(writer_start(&options, &meanwhile.writer, NULL), ERR_OK);
    store_spans(meanwhile.writer, "a");
    writer_stop(meanwhile.writer);
    run_sql(place, "UPDATE trace SET span_count = span_count + 5"
                   " WHERE number IN (1, (SELECT max(number) FROM trace))");
    assert_int_equal(writer_start(&options, &meanwhile.writer, NULL), ERR_OK);
    assert_int_equal(sqlite3_open(place->path, &meanwhile.other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(meanwhile.other, "SELECT count(*) FROM trace", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(store_check(place->path, write_and_look, &meanwhile, &report, NULL), ERR_OK);
    assert_int_equal(report.problems, 2);
    assert_int_equal(report.traces, TRACES);
    assert_int_equal(report.spans, 2 * TRACES);
    assert_true(meanwhile.frames > 0);
    assert_int_equal(meanwhile.frames, meanwhile.copied);
    sqlite3_close(meanwhile.other);
    writer_stop(meanwhile.writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(check_does_not_hold_the_log, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
