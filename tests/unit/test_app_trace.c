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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_trace_grows_under_a_cursor_that_stays),
        cmocka_unit_test(a_link_leads_there_and_two_quotes_back),
        cmocka_unit_test(a_diff_leads_into_a_trace_and_back),
        cmocka_unit_test(the_hottest_span_of_a_group_is_opened),
        cmocka_unit_test(a_call_of_the_map_filters_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
