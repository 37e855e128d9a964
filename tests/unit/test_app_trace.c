/* test_app_trace — an open trace: it grows while it is looked at, and other views lead in and back.
 */
#include "app_screen.h"

#include <cmocka.h>

#define OPEN_TRACE "00000000000000000000000000001001"

static void add_span(struct setup *setup, const char *id, const char *parent, const char *name)
{
    struct batch *batch = batch_new();
    struct fixture_span span = {.trace = OPEN_TRACE,
                                .id = id,
                                .parent = parent,
                                .name = name,
                                .service = "late",
                                .start_ms = 1020,
                                .duration_ms = 30,
                                .status = STATUS_COMPLETED};
    fixture_add(batch, &span);
    fixture_store(setup->fixture, batch);
    loader_nudge(setup->loader);
}

static void wait_for(struct setup *setup, const char *text)
{
    for (int i = 0; i < 1000 && row_with(setup, text) < 0; i++) {
        struct pollfd fd = {.fd = setup->waker.fd, .events = POLLIN};
        poll(&fd, 1, 20);
        waker_drain(&setup->waker);
        settle(setup);
    }
    assert_shows(setup, text);
}

static void an_open_trace_grows_under_a_cursor_that_stays(void **state)
{
    (void)state;
    /* the open trace is not in the list, which the query keeps empty of it */
    struct setup *setup = setup_new(3, "op:op-2", 24, 80);
    type(setup, ":goto " OPEN_TRACE "\r");
    assert_shows(setup, "op-1");
    add_span(setup, "00000000000000b1", "00000000000000a2", "below the select");
    wait_for(setup, "below the select");
    press(setup, 'j');
    assert_shows(setup, "SELECT goals");
    press(setup, 'h'); /* folded */
    assert_hides(setup, "below the select");
    int row = row_with(setup, "SELECT goals (+1)");
    assert_true(row > 0);
    add_span(setup, "00000000000000b2", "00000000000000a1", "before the select");
    add_span(setup, "00000000000000b3", "00000000000000a2", "below it, too");
    wait_for(setup, "(+2)");
    assert_hides(setup, "below the select"); /* still folded */
    assert_hides(setup, "below it, too");
    /* the cursor is on it still */
    type(setup, "l");
    assert_shows(setup, "below it, too");
    setup_free(setup);
}

/* A trace of its own: its SQL stands in an attribute of the third span, folded away at first. */
static void add_haystack(struct setup *setup)
{
    static const char *const attributes[] = {
        NULL, "{\"db.statement\":\"SELECT 1\"}",
        "{\"db.statement\":\"DELETE FROM straw\",\"answer\":42}",
        "{\"db.statement\":\"DELETE FROM needle\"}"};
    static const char *const parents[] = {NULL, "00000000000000d0", "00000000000000d0",
                                          "00000000000000d2"};
    static const char *const ids[] = {"00000000000000d0", "00000000000000d1", "00000000000000d2",
                                      "00000000000000d3"};
    struct batch *batch = batch_new();
    for (size_t i = 0; i < 4; i++) {
        struct fixture_span span = {.trace = "000000000000000000000000000000d0",
                                    .id = ids[i],
                                    .parent = parents[i],
                                    .name = i == 0   ? "haystack"
                                            : i == 3 ? "deep"
                                                     : "straw",
                                    .service = "farm",
                                    .start_ms = 200000 + (int64_t)i,
                                    .duration_ms = 30 - (int64_t)i,
                                    .status = i == 3 ? STATUS_ERROR : STATUS_COMPLETED,
                                    .message = i == 3 ? "UNIQUE constraint" : NULL,
                                    .attributes = attributes[i]};
        fixture_add(batch, &span);
    }
    fixture_store(setup->fixture, batch);
}

static void finding_looks_into_attributes(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, "op:haystack", 30, 120);
    add_haystack(setup);
    press(setup, 'R');
    type(setup, "\r");
    type(setup, "/needle\r");
    assert_shows(setup, "1 match (n N)");
    assert_true(row_with(setup, "DELETE FROM needle") >
                row_with(setup, "Attributes")); /* details */
    type(setup, "/delete from\r");
    assert_shows(setup, "2 matches (n N)");
    press(setup, 'n');
    assert_shows(setup, "DELETE FROM straw");
    press(setup, 'n');
    assert_shows(setup, "DELETE FROM needle");
    press(setup, '&'); /* matches and what is above them */
    assert_true(row_with(setup, "frm deep") == row_with(setup, "frm haystack") + 2);
    type(setup, "/pitchfork\r");
    assert_shows(setup, "no match");
    setup_free(setup);
}

static void what_is_looked_for_is_looked_for_again_when_its_trace_is_opened_and_grows(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, "op:haystack", 45, 160);
    add_haystack(setup);
    press(setup, 'R');
    type(setup, "\t/needle\r"); /* in the preview */
    assert_shows(setup, "1 match (n N)");
    int row = row_with(setup, "2025-11-20 ");
    app_click(setup->app, row, 10); /* the query is about no span: there is no other search */
    settle(setup);
    struct batch *batch = batch_new();
    struct fixture_span span = {.trace = "000000000000000000000000000000d0",
                                .id = "00000000000000d4",
                                .parent = "00000000000000d0",
                                .name = "late",
                                .service = "farm",
                                .start_ms = 200020,
                                .duration_ms = 1,
                                .status = STATUS_COMPLETED,
                                .attributes = "{\"db.statement\":\"a second needle\"}"};
    fixture_add(batch, &span);
    fixture_store(setup->fixture, batch);
    loader_nudge(setup->loader);
    wait_for(setup, "frm late");
    type(setup, "gnn");
    assert_shows(setup, "a second needle");
    setup_free(setup);
}

static void a_trace_opens_at_the_span_of_the_query(void **state)
{
    (void)state;
    static const char *const queries[] = {"attr.db.statement:*needle", "{span:deep}", "err:UNIQUE",
                                          "needle", "-needless span:deep"};
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        struct setup *setup = setup_new(3, NULL, 30, 120);
        add_haystack(setup);
        press(setup, 'R');
        type(setup, "/");
        type(setup, queries[i]);
        type(setup, "\r\r");
        assert_shows(setup, "1 span matches the query (n N)");
        assert_shows(setup, "DELETE FROM needle");
        press(setup, 27); /* nothing was looked for: the list again */
        assert_shows(setup, "1 of 3");
        setup_free(setup);
    }
}

static void what_the_query_says_of_the_trace_leads_nowhere(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, "op:op-1 -span:nothing status:ok", 30, 120);
    type(setup, "\r");
    assert_hides(setup, "the query");
    assert_hides(setup, "query 1/");
    setup_free(setup);
}

static void a_link_leads_there_and_two_quotes_back(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, NULL, 24, 80);
    struct batch *batch = batch_new();
    struct fixture_span span = {
        .trace = "0000000000000000000000000000feed",
        .id = "00000000000000c1",
        .name = "follower",
        .service = "web",
        .start_ms = 100000,
        .duration_ms = 30,
        .status = STATUS_COMPLETED,
        .links = "[{\"trace_id\":\"" OPEN_TRACE "\",\"span_id\":\"00000000000000a2\","
                 "\"attributes\":{}}]",
        .flags = SPAN_HAS_LINKS,
    };
    fixture_add(batch, &span);
    fixture_store(setup->fixture, batch);
    type(setup, "R");
    type(setup, "g");
    type(setup, "\r");
    type(setup, "\r[");
    type(setup, "\r");
    assert_shows(setup, "op-1");
    assert_shows(setup, "SELECT goals  db"); /* the linked span is the selected one */
    type(setup, "''");
    assert_shows(setup, "follower");
    setup_free(setup);
}

static void a_diff_leads_into_a_trace_and_back(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, NULL, 24, 80);
    type(setup, "d");
    assert_shows(setup, "mark a trace");
    type(setup, "majd");
    assert_shows(setup, "OWN TIME");
    type(setup, "g]");
    assert_shows(setup, "only in A"); /* the roots have different names */
    type(setup, "\r");
    assert_shows(setup, "SPAN ");
    assert_hides(setup, "OWN TIME");
    type(setup, "q");
    assert_shows(setup, "OWN TIME");
    type(setup, "q");
    assert_shows(setup, "OPERATION");
    assert_hides(setup, "OWN TIME");
    setup_free(setup);
}

static void the_hottest_span_of_a_group_is_opened(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, NULL, 24, 80);
    type(setup, "\rD");
    assert_shows(setup, "2 operations, 2 spans");
    type(setup, "j\r");
    assert_hides(setup, "2 operations");
    assert_shows(setup, "SPAN ");
    type(setup, "W");
    assert_shows(setup, "with all below");
    type(setup, "q");
    assert_shows(setup, "SPAN ");
    setup_free(setup);
}

static void a_call_of_the_map_filters_the_list(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, NULL, 24, 80);
    type(setup, "W");
    assert_shows(setup, "WHO CALLS WHOM");
    assert_shows(setup, "of 3 traces");
    type(setup, "j\r");
    assert_shows(setup, "{service:web} {service:db}");
    setup_free(setup);
}

/* Ids are any text: the shell that the line is pasted into must run one command. */
static void command_lines_are_one_command(void **state)
{
    (void)state;
    static const struct {
        const char *trace, *span, *list, *show, *open;
    } cases[] = {
        {"a-trace_1.x", "b1", "tracetui show a-trace_1.x", "tracetui show a-trace_1.x --span b1",
         "tracetui --open a-trace_1.x --span b1"},
        {"x'; touch y #", "$(touch z)", "tracetui show 'x'\\''; touch y #'",
         "tracetui show 'x'\\''; touch y #' --span '$(touch z)'",
         "tracetui --open 'x'\\''; touch y #' --span '$(touch z)'"},
        {"--help", "-v", "tracetui show -- --help", "tracetui show --span -v -- --help",
         "tracetui --open --help --span -v"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct setup *setup = setup_new(0, NULL, 24, 80);
        struct batch *batch = batch_new();
        struct fixture_span span = {.trace = cases[i].trace,
                                    .id = cases[i].span,
                                    .name = "newest",
                                    .service = "web",
                                    .duration_ms = 30,
                                    .status = STATUS_COMPLETED};
        fixture_add(batch, &span);
        fixture_store(setup->fixture, batch);
        type(setup, "R");
        type(setup, "yl");
        assert_string_equal(setup->copied, cases[i].list);
        type(setup, "\r");
        type(setup, "yl");
        assert_string_equal(setup->copied, cases[i].show);
        type(setup, "yo");
        assert_string_equal(setup->copied, cases[i].open);
        setup_free(setup);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_trace_grows_under_a_cursor_that_stays),
        cmocka_unit_test(finding_looks_into_attributes),
        cmocka_unit_test(what_is_looked_for_is_looked_for_again_when_its_trace_is_opened_and_grows),
        cmocka_unit_test(a_trace_opens_at_the_span_of_the_query),
        cmocka_unit_test(what_the_query_says_of_the_trace_leads_nowhere),
        cmocka_unit_test(a_link_leads_there_and_two_quotes_back),
        cmocka_unit_test(a_diff_leads_into_a_trace_and_back),
        cmocka_unit_test(the_hottest_span_of_a_group_is_opened),
        cmocka_unit_test(a_call_of_the_map_filters_the_list),
        cmocka_unit_test(command_lines_are_one_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
