/* test_loader — questions to the query thread: newest wins, answers in slices, cancelling, changes.
 */
#include "app_fixture.h"

#include <poll.h>

#include "tui/loader.h"

struct setup {
    struct fixture *fixture;
    struct waker waker;
    struct loader *loader;
};

static struct setup setup_open(size_t traces)
{
    struct setup setup = {.fixture = many_traces(traces)};
    struct err_msg why;
    assert_int_equal(waker_open(&setup.waker, &why), ERR_OK);
    return setup;
}

static void setup_start(struct setup *setup, bool live)
{
    struct err_msg why;
    struct loader_options options = {
        .path = setup->fixture->path,
        .live = live,
        .wake = test_wake,
        .wake_ctx = &setup->waker,
    };
    assert_int_equal(loader_start(&options, &setup->loader, &why), ERR_OK);
}

static void setup_close(struct setup *setup)
{
    loader_stop(setup->loader);
    waker_close(&setup->waker);
    fixture_free(setup->fixture);
}

/* How long a test waits for an answer before it fails. */
enum { PATIENCE_MS = 20000 };

static void wait_for(const struct waker *waker)
{
    struct pollfd fd = {.fd = waker->fd, .events = POLLIN};
    assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
    waker_drain(waker);
}

static struct loader_answer *next_answer(struct setup *setup)
{
    struct loader_answer *answer;
    while ((answer = loader_take(setup->loader)) == NULL) {
        wait_for(&setup->waker);
    }
    return answer;
}

/* The rows of a list question, whatever slices they come in. */
static size_t count_rows(struct setup *setup)
{
    size_t rows = 0;
    for (bool last = false; !last;) {
        struct loader_answer *answer = next_answer(setup);
        assert_int_equal(answer->kind, LOADER_LIST);
        assert_int_equal(answer->code, ERR_OK);
        rows += answer->list.count;
        last = answer->last;
        loader_answer_free(answer);
    }
    return rows;
}

static void a_missing_database_is_refused(void **state)
{
    (void)state;
    struct loader *loader = NULL;
    struct err_msg why = {""};
    struct loader_options options = {.path = "/nonexistent/traces.db"};
    assert_int_not_equal(loader_start(&options, &loader, &why), ERR_OK);
    assert_true(why.text[0] != '\0');
}

static void a_list_comes_complete(void **state)
{
    (void)state;
    struct setup setup = setup_open(300);
    setup_start(&setup, false);
    loader_ask_list(setup.loader, &(struct list_question){.limit = 200});
    assert_true(loader_is_busy(setup.loader));
    assert_int_equal(count_rows(&setup), 200);
    assert_false(loader_is_busy(setup.loader));
    setup_close(&setup);
}

static void the_newest_question_wins(void **state)
{
    (void)state;
    struct setup setup = setup_open(300);
    setup_start(&setup, false);
    for (size_t limit = 1; limit <= 100; limit++) {
        loader_ask_list(setup.loader, &(struct list_question){.limit = limit});
    }
    assert_int_equal(count_rows(&setup), 100);
    assert_null(loader_take(setup.loader));
    setup_close(&setup);
}

static void the_filter_of_a_question_is_copied(void **state)
{
    (void)state;
    struct setup setup = setup_open(100);
    setup_start(&setup, false);
    struct filter filter = {0};
    struct filter_error error;
    assert_int_equal(filter_parse(TEXT("status:error"), &filter, &error), ERR_OK);
    loader_ask_list(setup.loader, &(struct list_question){.filter = &filter, .limit = 200});
    filter_clear(&filter);
    assert_int_equal(count_rows(&setup), 10);
    setup_close(&setup);
}

static void a_forgotten_question_has_no_answer(void **state)
{
    (void)state;
    struct setup setup = setup_open(10);
    setup_start(&setup, false);
    loader_ask_size(setup.loader);
    loader_forget(setup.loader, LOADER_SIZE);
    assert_false(loader_is_busy(setup.loader));
    loader_ask_list(setup.loader, &(struct list_question){.limit = 5});
    assert_int_equal(count_rows(&setup), 5);
    setup_close(&setup);
}

/* A trace that takes long shows its root and some of its spans at once. */
static void first_rows_come_before_the_whole_trace(void **state)
{
    (void)state;
    struct setup setup = setup_open(1);
    struct batch *batch = batch_new();
    for (size_t i = 0; i < READER_LONG_TRACE_SPANS; i++) {
        bool root = i == READER_LONG_TRACE_SPANS - 1; /* the last in the order of ids */
        struct fixture_span span = {
            .trace = "bb0000000000000000000000000000bb",
            .id = arena_format(&batch->arena, "%016zx", i + 1).data,
            .parent = root     ? NULL
                      : i == 0 ? arena_format(&batch->arena, "%016x", READER_LONG_TRACE_SPANS).data
                               : arena_format(&batch->arena, "%016zx", i).data,
            .name = root ? "the root" : "a span",
            .start_ms = root ? 0 : (int64_t)i + 1,
            .duration_ms = 100000 - (int64_t)i,
            .status = STATUS_COMPLETED,
        };
        fixture_add(batch, &span);
    }
    fixture_store(setup.fixture, batch);
    setup_start(&setup, false);
    for (int answers = 0; answers < 2; answers++) {
        bool first = answers == 0;
        if (first) {
            loader_ask_trace(setup.loader, 2, true);
        }
        struct loader_answer *answer = next_answer(&setup);
        assert_int_equal(answer->kind, LOADER_TRACE);
        assert_int_equal(answer->code, ERR_OK);
        assert_int_equal(answer->number, 2);
        assert_int_equal(answer->last, !first);
        const struct trace *trace = answer->trace;
        assert_int_equal(trace->is_partial, first);
        assert_int_equal(trace->count,
                         first ? READER_FIRST_SPANS + 1 : (size_t)READER_LONG_TRACE_SPANS);
        assert_int_equal(trace->row.span_count, READER_LONG_TRACE_SPANS);
        assert_int_equal(trace->roots, 1);
        assert_int_equal(trace->missing_parents, 0);
        assert_true(text_is(trace_span_name(trace, &trace->spans[0]), "the root"));
        loader_answer_free(answer);
    }
    loader_ask_trace(setup.loader, 2, false); /* who has it already wants the whole only */
    struct loader_answer *answer = next_answer(&setup);
    assert_true(answer->last && !answer->trace->is_partial);
    loader_answer_free(answer);
    loader_ask_trace(setup.loader, 1, true); /* a small one is loaded at once */
    answer = next_answer(&setup);
    assert_true(answer->last && !answer->trace->is_partial);
    loader_answer_free(answer);
    setup_close(&setup);
}

static void cancelling_ends_every_question(void **state)
{
    (void)state;
    struct setup setup = setup_open(2000);
    setup_start(&setup, false);
    loader_ask_summary(setup.loader, &(struct summary_question){.buckets = 40});
    loader_ask_list(setup.loader, &(struct list_question){.limit = 2000});
    loader_cancel(setup.loader);
    for (int ended = 0; ended < 2;) {
        struct loader_answer *answer = next_answer(&setup);
        if (answer->last) {
            assert_int_equal(answer->code, ERR_CANCELLED);
            ended++;
        }
        loader_answer_free(answer);
    }
    assert_false(loader_is_busy(setup.loader));
    loader_ask_list(setup.loader, &(struct list_question){.limit = 3}); /* and it goes on */
    assert_int_equal(count_rows(&setup), 3);
    setup_close(&setup);
}

static void a_commit_is_noticed(void **state)
{
    (void)state;
    struct setup setup = setup_open(10);
    setup_start(&setup, true);
    loader_ask_size(setup.loader);
    struct loader_answer *answer = next_answer(&setup);
    assert_int_equal(answer->kind, LOADER_SIZE);
    assert_int_equal(answer->size.traces, 10);
    loader_answer_free(answer);
    struct fixture_span span = {.trace = "aa0000000000000000000000000000bb",
                                .id = "00000000000000c1",
                                .name = "late",
                                .duration_ms = 5};
    struct batch *batch = batch_new();
    fixture_add(batch, &span);
    fixture_store(setup.fixture, batch);
    loader_nudge(setup.loader);
    answer = next_answer(&setup);
    assert_int_equal(answer->kind, LOADER_CHANGED);
    loader_answer_free(answer);
    setup_close(&setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_database_is_refused),
        cmocka_unit_test(a_list_comes_complete),
        cmocka_unit_test(the_newest_question_wins),
        cmocka_unit_test(the_filter_of_a_question_is_copied),
        cmocka_unit_test(a_forgotten_question_has_no_answer),
        cmocka_unit_test(first_rows_come_before_the_whole_trace),
        cmocka_unit_test(cancelling_ends_every_question),
        cmocka_unit_test(a_commit_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
