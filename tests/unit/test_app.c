/* test_app — the whole screen without a terminal: keys in, a canvas out, answers from a real store.
 */
#include "app_fixture.h"

#include <poll.h>

#include "tui/keys.h"

struct setup {
    struct fixture *fixture;
    struct waker waker;
    struct loader *loader;
    struct app_options options;
    struct app *app;
    struct canvas canvas;
    char copied[256];
};

static void keep_copy(struct text text, struct err_msg *message, void *ctx)
{
    struct setup *setup = ctx;
    snprintf(setup->copied, sizeof setup->copied, "%.*s", TEXT_ARGS(text));
    snprintf(message->text, sizeof message->text, "copied");
}

/* Lets answers come until nothing is open any more. */
static void settle(struct setup *setup)
{
    for (int i = 0; i < 10000; i++) {
        app_take_answers(setup->app);
        app_tick(setup->app);
        app_draw(setup->app, &setup->canvas);
        if (app_is_settled(setup->app)) {
            return;
        }
        struct pollfd fd = {.fd = setup->waker.fd, .events = POLLIN};
        poll(&fd, 1, 20);
        waker_drain(&setup->waker);
    }
    fail_msg("the app does not settle");
}

static struct setup *setup_new(size_t traces, const char *query, int h, int w)
{
    struct setup *setup = mem_zero(1, sizeof *setup);
    struct err_msg why = {""};
    setup->fixture = many_traces(traces);
    assert_int_equal(waker_open(&setup->waker, &why), ERR_OK);
    struct loader_options options = {
        .path = setup->fixture->path,
        .wake = test_wake,
        .wake_ctx = &setup->waker,
    };
    assert_int_equal(loader_start(&options, &setup->loader, &why), ERR_OK);
    setup->options = (struct app_options){
        .db_path = setup->fixture->path,
        .query = query,
        .host_name = "host",
        .host = {.copy = keep_copy, .ctx = setup},
    };
    setup->app = app_new(&setup->options, setup->loader);
    canvas_init(&setup->canvas, false);
    canvas_resize(&setup->canvas, h, w);
    app_resize(setup->app, h, w);
    settle(setup);
    return setup;
}

static void setup_free(struct setup *setup)
{
    app_free(setup->app);
    loader_stop(setup->loader);
    waker_close(&setup->waker);
    canvas_free(&setup->canvas);
    fixture_free(setup->fixture);
    free(setup);
}

static void type(struct setup *setup, const char *keys)
{
    for (; *keys != '\0'; keys++) {
        app_key(setup->app, (unsigned char)*keys);
    }
    settle(setup);
}

/* Row of the screen that holds the text, -1 if none. */
static int row_with(const struct setup *setup, const char *text)
{
    int found = -1;
    for (int y = 0; y < setup->canvas.h && found < 0; y++) {
        struct text_buffer row = {0};
        canvas_row(&setup->canvas, y, &row);
        found = row.data != NULL && strstr(row.data, text) != NULL ? y : -1;
        text_buffer_free(&row);
    }
    return found;
}

static void assert_shows(const struct setup *setup, const char *text)
{
    if (row_with(setup, text) < 0) {
        for (int y = 0; y < setup->canvas.h; y++) {
            struct text_buffer row = {0};
            canvas_row(&setup->canvas, y, &row);
            print_message("%s\n", row.data != NULL ? row.data : "");
            text_buffer_free(&row);
        }
        fail_msg("not on the screen: %s", text);
    }
}

static void the_newest_trace_is_on_top(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    assert_shows(setup, "op-49");
    assert_shows(setup, "50 traces");
    assert_shows(setup, "50 of 50");
    assert_true(row_with(setup, "op-49") < row_with(setup, "op-48"));
    setup_free(setup);
}

static void a_trace_opens_and_closes(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    type(setup, "j\r");
    assert_shows(setup, "2/50");
    assert_shows(setup, "SELECT goals");
    type(setup, "}");
    assert_shows(setup, "3/50");
    assert_shows(setup, "op-47");
    type(setup, "q");
    assert_shows(setup, "START");
    assert_false(app_wants_quit(setup->app));
    type(setup, "q");
    assert_true(app_wants_quit(setup->app));
    setup_free(setup);
}

static void a_query_filters_and_escape_restores(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    type(setup, "jj/status:error");
    assert_shows(setup, "5 of 50");
    app_key(setup->app, 27);
    settle(setup);
    assert_shows(setup, "50 of 50");
    assert_shows(setup, "3/50"); /* and the selection */
    type(setup, "/status:error\r");
    assert_shows(setup, "5 of 50");
    assert_shows(setup, "it broke");
    type(setup, "u");
    assert_shows(setup, "50 of 50");
    type(setup, "U");
    assert_shows(setup, "5 of 50");
    setup_free(setup);
}

static void a_wrong_term_is_explained_and_the_result_kept(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, "status:error", 24, 80);
    type(setup, "/dur>250mss\r");
    assert_shows(setup, "mss");
    assert_shows(setup, "us ms s m h d");
    assert_shows(setup, "5 of 50");
    setup_free(setup);
}

static void nothing_found_says_what_to_leave_out(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, "status:error user:nobody", 24, 80);
    assert_shows(setup, "0 traces.");
    assert_shows(setup, "Without user:nobody: 5.");
    setup_free(setup);
}

static void the_list_pages_to_its_end_and_back(void **state)
{
    (void)state;
    struct setup *setup = setup_new(1500, NULL, 24, 80);
    type(setup, "G");
    assert_shows(setup, "op-0 ");
    type(setup, "g");
    assert_shows(setup, "op-1499");
    type(setup, "1000G");
    assert_shows(setup, "1000/1500");
    assert_shows(setup, "op-500");
    setup_free(setup);
}

static void a_message_leaves_the_keys_on_the_screen(void **state)
{
    (void)state;
    static const int sizes[][2] = {{24, 80}, {45, 160}, {10, 60}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct setup *setup = setup_new(50, NULL, sizes[i][0], sizes[i][1]);
        type(setup, "yl");
        assert_shows(setup, "copied");
        assert_int_equal(row_with(setup, "? help"), sizes[i][0] - 1);
        assert_int_equal(row_with(setup, "q quit"), sizes[i][0] - 1);
        type(setup, "\r");
        type(setup, "yl");
        assert_shows(setup, "copied");
        assert_int_equal(row_with(setup, "q back"), sizes[i][0] - 1);
        setup_free(setup);
    }
}

static void values_become_terms(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    type(setup, "i");
    assert_shows(setup, "1 of 50");
    type(setup, "ux");
    assert_shows(setup, "49 of 50");
    setup_free(setup);
}

static void the_form_shows_and_changes_the_query(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, "user:alice", 24, 80);
    type(setup, "f");
    assert_shows(setup, "[alice");
    type(setup, "\t\t\t\t\t \r"); /* to the box of status error */
    assert_shows(setup, "user:alice status:error");
    assert_shows(setup, "2 of 50");
    setup_free(setup);
}

static void ids_are_copied(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    type(setup, "yl");
    assert_string_equal(setup->copied, "tracetui show 00000000000000000000000000001031");
    setup_free(setup);
}

static void a_whole_trace_is_copied_as_json(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    type(setup, "yJ");
    assert_non_null(strstr(setup->copied, "\"trace_id\":\"00000000000000000000000000001031\""));
    setup_free(setup);
}

static void marks_lead_back_to_a_trace(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    type(setup, "jjmajjjj'a");
    assert_shows(setup, "op-47");
    assert_shows(setup, "SELECT goals");
    setup_free(setup);
}

static void a_saved_filter_is_kept_in_its_file(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, "status:error", 24, 80);
    char path[160];
    snprintf(path, sizeof path, "%s/filters", setup->fixture->directory);
    setup->options.filters_path = path;
    type(setup, ":save bad\r");
    assert_shows(setup, "saved as bad");
    type(setup, ":since 100d\r:load bad\r");
    assert_shows(setup, "5 of 50");
    type(setup, "B");
    assert_shows(setup, "'1 bad");
    assert_int_equal(unlink(path), 0);
    setup_free(setup);
}

static void every_size_is_drawn(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    for (int h = 1; h <= 60; h += 3) {
        for (int w = 1; w <= 220; w += 13) {
            canvas_resize(&setup->canvas, h, w);
            app_resize(setup->app, h, w);
            app_draw(setup->app, &setup->canvas);
            app_key(setup->app, h % 2 == 0 ? '\r' : 'q');
            app_key(setup->app, '?');
            app_draw(setup->app, &setup->canvas);
            app_key(setup->app, 'z');
            app_key(setup->app, 'f');
            app_draw(setup->app, &setup->canvas);
            app_key(setup->app, 27);
        }
    }
    settle(setup);
    setup_free(setup);
}

static void an_empty_store_explains_how_to_send(void **state)
{
    (void)state;
    struct setup *setup = setup_new(0, NULL, 24, 80);
    assert_shows(setup, "No spans yet.");
    assert_shows(setup, "tracetui send-test");
    setup_free(setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_trace_is_on_top),
        cmocka_unit_test(a_trace_opens_and_closes),
        cmocka_unit_test(a_query_filters_and_escape_restores),
        cmocka_unit_test(a_wrong_term_is_explained_and_the_result_kept),
        cmocka_unit_test(nothing_found_says_what_to_leave_out),
        cmocka_unit_test(the_list_pages_to_its_end_and_back),
        cmocka_unit_test(a_message_leaves_the_keys_on_the_screen),
        cmocka_unit_test(values_become_terms),
        cmocka_unit_test(the_form_shows_and_changes_the_query),
        cmocka_unit_test(ids_are_copied),
        cmocka_unit_test(a_whole_trace_is_copied_as_json),
        cmocka_unit_test(marks_lead_back_to_a_trace),
        cmocka_unit_test(a_saved_filter_is_kept_in_its_file),
        cmocka_unit_test(every_size_is_drawn),
        cmocka_unit_test(an_empty_store_explains_how_to_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
