/* test_app — the whole screen without a terminal: keys in, a canvas out, answers from a real store.
 */
#include "app_screen.h"

#include "tui/keys.h"

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

static void the_arrow_keys_choose_what_is_filtered_by(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    press(setup, KEY_CODE_RIGHT);
    assert_shows(setup, "i only op:=op-49");
    press(setup, KEY_CODE_RIGHT);
    assert_shows(setup, "i only user:bob");
    type(setup, "i");
    assert_shows(setup, "17 of 50");
    type(setup, "ux");
    assert_shows(setup, "33 of 50");
    press(setup, 27);
    type(setup, "uq"); /* the column is left first, then q quits */
    assert_true(app_wants_quit(setup->app));
    setup_free(setup);
}

static void following_goes_on_after_a_trace_was_read(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 45, 160);
    assert_shows(setup, "FOLLOW");
    type(setup, "\r");
    press(setup, 27);
    assert_shows(setup, "FOLLOW");
    type(setup, "/");
    press(setup, 27);
    assert_shows(setup, "FOLLOW");
    type(setup, "\r}"); /* moved meanwhile: stays there */
    type(setup, "q");
    assert_hides(setup, "FOLLOW");
    assert_shows(setup, "START");
    setup_free(setup);
}

static void traces_are_grouped(void **state)
{
    (void)state;
    static const int sizes[][2] = {{24, 80}, {45, 160}, {8, 40}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct setup *setup = setup_new(50, NULL, sizes[i][0], sizes[i][1]);
        type(setup, "D");
        assert_shows(setup, "OPERATION");
        assert_shows(setup, "op-");
        type(setup, "D");
        assert_shows(setup, "USER");
        assert_true(row_with(setup, "alice") < row_with(setup, "carol"));
        type(setup, "\r");
        assert_shows(setup, "17 of 50");
        assert_shows(setup, "user:alice");
        type(setup, ":top service\r");
        assert_shows(setup, "SERVICE");
        type(setup, "q");
        assert_shows(setup, "DUR");
        assert_false(app_wants_quit(setup->app));
        setup_free(setup);
    }
}

static void a_moment_can_be_gone_to(void **state)
{
    (void)state;
    struct setup *setup = setup_new(500, NULL, 24, 80);
    type(setup, ":goto 2025-11-20T14:01:00.500\r"); /* the fixture begins at 14:00 */
    assert_shows(setup, "op-60 ");
    assert_hides(setup, "op-61 ");
    type(setup, "k");
    assert_shows(setup, "op-61 ");
    type(setup, ":goto 2020-01-01\r");
    assert_shows(setup, "op-0 ");
    setup_free(setup);
}

static void the_keys_can_be_searched(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    type(setup, "?/reverse");
    assert_shows(setup, "reverse");
    assert_hides(setup, "half a page");
    type(setup, "\rq");
    assert_hides(setup, "Keys:");
    type(setup, "?");
    assert_shows(setup, "half a page");
    setup_free(setup);
}

static void earlier_queries_are_searched(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    type(setup, "/user:alice\r");
    type(setup, ":since\r"); /* the same query again: once in the history */
    press(setup, '/');
    press(setup, 21); /* ^U */
    type(setup, "status:error\r");
    assert_shows(setup, "5 of 50");
    press(setup, '/');
    press(setup, 18); /* ^R */
    assert_shows(setup, "^R older");
    type(setup, "ali");
    assert_shows(setup, "history with \"ali\"");
    assert_shows(setup, "17 of 50");
    press(setup, 27);
    assert_shows(setup, "5 of 50");
    press(setup, 18);
    type(setup, "ali\r");
    assert_shows(setup, "17 of 50");
    assert_hides(setup, "history with");
    setup_free(setup);
}

static void a_form_can_be_saved(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, "user:alice", 24, 80);
    char path[160];
    snprintf(path, sizeof path, "%s/filters", setup->fixture->directory);
    setup->options.filters_path = path;
    type(setup, "f");
    assert_shows(setup, "F2 save");
    press(setup, KEY_CODE_F2);
    assert_shows(setup, "save as");
    type(setup, "mine\r");
    press(setup, 27);
    type(setup, "B");
    assert_shows(setup, "'1 mine");
    assert_int_equal(unlink(path), 0);
    setup_free(setup);
}

static void the_window_of_time_is_part_of_the_query(void **state)
{
    (void)state;
    struct setup *setup = setup_new(200, "user:alice", 45, 160);
    type(setup, "+");
    assert_shows(setup, "since:2025-11-20T14:0");
    assert_shows(setup, "until:2025-11-20T14:0");
    type(setup, "HL-.");
    assert_shows(setup, "since:");
    type(setup, "0");
    assert_hides(setup, "since:2025");
    assert_shows(setup, "67 of 200");
    type(setup, "u");
    assert_shows(setup, "since:2025");
    setup_free(setup);
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
    type(setup, ":delete bad\rB");
    assert_shows(setup, "no saved filters");
    assert_int_equal(unlink(path), 0);
    setup_free(setup);
}

static void every_size_is_drawn(void **state)
{
    (void)state;
    struct setup *setup = setup_new(50, NULL, 24, 80);
    for (int h = 1; h <= 200; h += h < 50 ? 3 : 37) {
        for (int w = 1; w <= 500; w += w < 200 ? 13 : 99) {
            canvas_resize(&setup->canvas, h, w);
            app_resize(setup->app, h, w);
            app_draw(setup->app, &setup->canvas);
            app_key(setup->app, h % 2 == 0 ? '\r' : w % 2 == 0 ? 'q' : 'D');
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
    assert_shows(setup, "--listen"); /* nobody does here */
    setup_free(setup);
    setup = setup_new(0, NULL, 24, 80);
    setup->options.address = "http://127.0.0.1:4711";
    type(setup, "y1");
    assert_shows(setup, "tracetui send-test");
    assert_shows(setup, "curl http://127.0.0.1:4711/api/trace-log \\");
    assert_non_null(strstr(setup->copied, "\"endedAt\":'$(date +%s250)'}]}'"));
    setup_free(setup);
}

static void another_process_receives(struct app_status *ret_status, void *ctx)
{
    *ret_status = (struct app_status){.role = "read-only: ingest by pid 812"};
    snprintf(ret_status->address, sizeof ret_status->address, "%s", (const char *)ctx);
}

static void a_viewer_copies_the_address_of_who_receives(void **state)
{
    (void)state;
    char address[64] = "http://127.0.0.1:14318";
    struct setup *setup = setup_new(0, NULL, 24, 80);
    setup->options.status = another_process_receives;
    setup->options.status_ctx = address;
    settle(setup);
    assert_shows(setup, "send-test --listen 127.0.0.1:14318");
    type(setup, "y2");
    assert_string_equal(setup->copied, "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:14318");
    type(setup, "y1");
    assert_non_null(strstr(setup->copied, "curl http://127.0.0.1:14318/api/trace-log"));
    type(setup, "I");
    assert_shows(setup, "in another process: http://127.0.0.1:14318");
    type(setup, "q");
    address[0] = setup->copied[0] = '\0';
    settle(setup);
    type(setup, "y1");
    assert_shows(setup, "no address to copy: nobody is known to receive");
    assert_string_equal(setup->copied, "");
    setup_free(setup);
}

static void a_file_of_no_known_kind_is_not_written(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, NULL, 24, 160);
    char path[200];
    char command[256];
    snprintf(path, sizeof path, "%s/list.xml", setup->fixture->directory);
    snprintf(command, sizeof command, ":w %s\r", path);
    type(setup, command);
    assert_shows(setup, "nothing is written: the name ends in .json, .csv or .txt");
    assert_int_not_equal(access(path, F_OK), 0);
    setup_free(setup);
}

static void what_is_refused_is_said_and_counted(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, NULL, 24, 80);
    struct counters counters;
    counters_init(&counters);
    app_free(setup->app);
    setup->options.counters = &counters;
    counters_refuse(&counters, REFUSED_TIME, 3, "spans[0]: no start");
    setup->app = app_new(&setup->options, setup->loader);
    app_resize(setup->app, 24, 80);
    settle(setup);
    assert_shows(setup, "\xE2\x9C\x97 3 refused");
    assert_shows(setup, "refused: spans[0]: no start");
    type(setup, "I");
    assert_shows(setup, "  time                      3  a time is missing");
    assert_shows(setup, "duplicate");
    type(setup, "q");
    assert_hides(setup, "duplicate");
    setup_free(setup);
    counters_clear(&counters);
}

static void a_viewer_has_no_receiver(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, NULL, 24, 80);
    type(setup, ":status\r");
    assert_shows(setup, "no receiver in this process");
    assert_shows(setup, "WAL");
    setup_free(setup);
}

static void commands_are_listed_completed_and_corrected(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, NULL, 24, 80);
    type(setup, ":he\t\r");
    assert_shows(setup, ":goto 14:03");
    type(setup, "q:sotr\r");
    assert_shows(setup, "try :sort");
    setup_free(setup);
}

static void a_turn_round_is_said(void **state)
{
    (void)state;
    struct setup *setup = setup_new(11, "op:op-10", 45, 160);
    type(setup, "e");
    assert_shows(setup, "no failed trace further down");
    type(setup, "\re");
    assert_shows(setup, "this is the only error");
    type(setup, "C");
    assert_shows(setup, "colour by type");
    type(setup, "c");
    assert_shows(setup, "the critical path");
    setup_free(setup);
}

static void the_preview_pairs_a_span_with_its_own_message(void **state)
{
    (void)state;
    struct setup *setup = setup_new(0, NULL, 24, 80);
    struct batch *batch = batch_new();
    struct fixture_span root = {.trace = "0000000000000000000000000000feed",
                                .id = "00000000000000a1",
                                .name = "checkout",
                                .service = "web",
                                .duration_ms = 100,
                                .status = STATUS_ERROR,
                                .message = "payment failed"};
    struct fixture_span child = {.trace = root.trace,
                                 .id = "00000000000000a2",
                                 .parent = root.id,
                                 .name = "charge card",
                                 .service = "pay",
                                 .start_ms = 10,
                                 .duration_ms = 50,
                                 .status = STATUS_ERROR,
                                 .message = "card declined"};
    fixture_add(batch, &root);
    fixture_add(batch, &child);
    fixture_store(setup->fixture, batch);
    type(setup, "R");
    assert_shows(setup, "charge card  card declined  +10.0ms");
    setup_free(setup);
}

/* Takes answers without drawing until there is something to draw and nothing is open. */
static void wait_until_dirty(struct setup *setup)
{
    for (int i = 0; i < 1000; i++) {
        app_take_answers(setup->app);
        app_tick(setup->app);
        if (app_is_dirty(setup->app) && !loader_is_busy(setup->loader)) {
            return;
        }
        struct pollfd fd = {.fd = setup->waker.fd, .events = POLLIN};
        poll(&fd, 1, 20);
        waker_drain(&setup->waker);
    }
    fail_msg("nothing changes");
}

/* Frames that nobody waits for must not come between a key and its answer. */
static void what_comes_by_itself_is_not_awaited(void **state)
{
    (void)state;
    struct setup *setup = setup_new(300, NULL, 24, 80);
    struct batch *batch = batch_new();
    struct fixture_span span = {.trace = "000000000000000000000000000000ee",
                                .id = "00000000000000e1",
                                .name = "newest",
                                .service = "web",
                                .start_ms = 900000,
                                .duration_ms = 30,
                                .status = STATUS_COMPLETED};
    fixture_add(batch, &span);
    fixture_store(setup->fixture, batch);
    loader_nudge(setup->loader);
    wait_until_dirty(setup);
    assert_false(app_is_awaited(setup->app));
    settle(setup);
    assert_shows(setup, "newest");
    app_key(setup->app, 'G'); /* rows that are not there yet */
    wait_until_dirty(setup);
    assert_true(app_is_awaited(setup->app));
    settle(setup);
    assert_shows(setup, "op-0");
    assert_false(app_is_awaited(setup->app));
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
        cmocka_unit_test(the_arrow_keys_choose_what_is_filtered_by),
        cmocka_unit_test(following_goes_on_after_a_trace_was_read),
        cmocka_unit_test(traces_are_grouped),
        cmocka_unit_test(a_moment_can_be_gone_to),
        cmocka_unit_test(the_keys_can_be_searched),
        cmocka_unit_test(earlier_queries_are_searched),
        cmocka_unit_test(a_form_can_be_saved),
        cmocka_unit_test(the_window_of_time_is_part_of_the_query),
        cmocka_unit_test(values_become_terms),
        cmocka_unit_test(the_form_shows_and_changes_the_query),
        cmocka_unit_test(ids_are_copied),
        cmocka_unit_test(a_whole_trace_is_copied_as_json),
        cmocka_unit_test(marks_lead_back_to_a_trace),
        cmocka_unit_test(a_saved_filter_is_kept_in_its_file),
        cmocka_unit_test(every_size_is_drawn),
        cmocka_unit_test(an_empty_store_explains_how_to_send),
        cmocka_unit_test(what_is_refused_is_said_and_counted),
        cmocka_unit_test(a_viewer_has_no_receiver),
        cmocka_unit_test(a_viewer_copies_the_address_of_who_receives),
        cmocka_unit_test(a_file_of_no_known_kind_is_not_written),
        cmocka_unit_test(commands_are_listed_completed_and_corrected),
        cmocka_unit_test(a_turn_round_is_said),
        cmocka_unit_test(the_preview_pairs_a_span_with_its_own_message),
        cmocka_unit_test(what_comes_by_itself_is_not_awaited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
