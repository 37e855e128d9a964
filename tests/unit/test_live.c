/* test_live — readers beside a writer that stores and deletes: nobody is told to wait. */
#include <stdatomic.h>

#include "store/base/clock.h"
#include "store/reader.h"
#include "tests/unit/place.h"

enum { READERS = 2, BATCHES = 120, BATCH_SPANS = 250 };

#define AT INT64_C(1700000000000000000)

struct viewer {
    const struct place *place;
    atomic_bool *stop;
    size_t asked;
    enum err failed; /* the first answer that was no answer */
    struct err_msg why;
};

static enum err look(struct viewer *viewer, struct reader *reader)
{
    struct list_question question = {.limit = 100, .now_ns = AT};
    struct list_answer answer = {0};
    struct store_size size;
    enum err err = reader_list(reader, &question, &answer, &viewer->why);
    list_answer_clear(&answer);
    if (err == ERR_OK) {
        err = reader_size(reader, &size);
    }
    viewer->asked++;
    return err;
}

static void *view(void *argument)
{
    struct viewer *viewer = argument;
    while (!atomic_load(viewer->stop) && viewer->failed == ERR_OK) {
        struct reader *reader = NULL; /* a connection of its own each time, as `ls` in a loop */
        viewer->failed = reader_open(viewer->place->path, &reader, &viewer->why);
        for (size_t i = 0; i < 20 && viewer->failed == ERR_OK; i++) {
            viewer->failed = look(viewer, reader);
        }
        reader_close(reader);
    }
    return NULL;
}

static void readers_never_wait_for_the_writer(void **state)
{
    struct place *place = *state;
    struct writer *writer = NULL;
    struct err_msg why = {""};
    struct writer_options options = options_of(place);
    options.deadline_ns = 60 * NS_PER_S;
    assert_int_equal(writer_start(&options, &writer, &why), ERR_OK);
    atomic_bool stop = false;
    struct viewer viewers[READERS];
    pthread_t threads[READERS];
    for (size_t i = 0; i < READERS; i++) {
        viewers[i] = (struct viewer){.place = place, .stop = &stop};
        assert_int_equal(pthread_create(&threads[i], NULL, view, &viewers[i]), 0);
    }
    for (int64_t i = 0; i < BATCHES; i++) {
        struct batch *batch = batch_new();
        for (int64_t k = 0; k < BATCH_SPANS; k++) {
            char trace[32], id[32];
            snprintf(trace, sizeof trace, "trace-%d", (int)(i * 10 + k % 10));
            snprintf(id, sizeof id, "span-%d", (int)k);
            add_span(batch, trace, id, NULL, AT + i * NS_PER_S);
        }
        assert_int_equal(store_batch(writer, batch).code, ERR_OK);
        if (i % 10 == 9) {
            assert_int_equal(prune_before(writer, AT + (i - 5) * NS_PER_S).code, ERR_OK);
        }
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
        if (viewers[i].failed != ERR_OK) {
            fail_msg("reader %zu: %s", i, viewers[i].why.text);
        }
        assert_true(viewers[i].asked > 0);
    }
    struct reader *reader = NULL;
    struct store_size size;
    assert_int_equal(reader_open(place->path, &reader, &why), ERR_OK);
    assert_int_equal(reader_size(reader, &size), ERR_OK);
    assert_int_equal(size.traces, ask(place, "SELECT count(*) FROM traces"));
    assert_int_equal(size.traces, 60);
    reader_close(reader);
    writer_stop(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(readers_never_wait_for_the_writer, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
