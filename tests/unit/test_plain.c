/* test_plain — what ls and show print as text: nothing wider than asked, nothing harmful. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/base/clock.h"
#include "tui/plain.h"

#define MOMENT_NS (INT64_C(1763647400) * NS_PER_S + 412 * NS_PER_MS) /* 2025-11-20 14:03:20.412 */

static struct trace_row row_with(const char *operation)
{
    struct trace_row row = {
        .root_operation = text_from(operation),
        .service = TEXT("web"),
        .services = TEXT("api web"),
        .user = TEXT("alice"),
        .status = STATUS_ERROR,
        .start_ns = MOMENT_NS,
        .duration_ns = 1280 * NS_PER_MS,
        .span_count = 4,
        .error_count = 1,
    };
    assert_int_equal(id_parse_trace(TEXT("7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1"), &row.id), ERR_OK);
    return row;
}

/* What a writer printed; the caller frees it. */
struct capture {
    FILE *file;
    char *text;
    size_t length;
};

static void capture_start(struct capture *capture)
{
    *capture = (struct capture){0};
    capture->file = open_memstream(&capture->text, &capture->length);
    assert_non_null(capture->file);
}

static void assert_captured(struct capture *capture, const char *expected)
{
    assert_int_equal(fclose(capture->file), 0);
    assert_string_equal(capture->text, expected);
    free(capture->text);
}

static void the_table_fits_eighty_columns(void **state)
{
    (void)state;
    struct plain_style style = {.width = 80};
    struct trace_row row = row_with("mutation:createGoalWithAVeryLongName");
    struct capture capture;
    capture_start(&capture);
    plain_list_header(capture.file, &style);
    plain_list_row(capture.file, &style, &row);
    assert_captured(
        &capture,
        "  START               DUR  SPANS  ERR  OPERATION          USER          TRACE\n"
        "\xE2\x9C\x97 11-20 14:03:20    1.28s      4    1  mutation:createGo\xE2\x80\xA6 alice"
        "         7f3c09d2\n");
}

static void a_running_trace_shows_its_time_so_far(void **state)
{
    (void)state;
    struct plain_style style = {.width = 110, .ascii = true};
    struct trace_row row = row_with("import");
    struct capture capture;
    row.status = STATUS_IN_PROGRESS;
    row.running_count = 1;
    row.error_count = 0;
    capture_start(&capture);
    plain_list_row(capture.file, &style, &row);
    assert_captured(&capture, "> 2025-11-20 14:03:20.412   1.28s+      4       import"
                              "                                  alice         7f3c09d2\n");
}

static void a_query_error_points_at_the_term(void **state)
{
    (void)state;
    struct filter filter = {0};
    struct filter_error error;
    struct text query = TEXT("user:\xC3\xA9mile dur>250mss since:1h");
    assert_int_not_equal(filter_parse(query, &filter, &error), ERR_OK);
    struct capture capture;
    capture_start(&capture);
    plain_query_error(capture.file, query, &error);
    assert_captured(&capture, "tracetui: query: unknown unit \"mss\": use us ms s m h d\n"
                              "  user:\xC3\xA9mile dur>250mss since:1h\n"
                              "             ^^^^^^^^^^\n");
}

static void errors_cannot_move_the_cursor(void **state)
{
    (void)state;
    struct capture capture;
    capture_start(&capture);
    plain_error(capture.file, "show", "\x1b[2Jgone");
    assert_int_equal(fclose(capture.file), 0);
    assert_null(strchr(capture.text, 0x1b));
    free(capture.text);
}

static void add(struct trace *trace, const char *id, const char *parent, const char *name,
                int64_t start_ms, int64_t duration_ms, enum span_status status)
{
    struct id own = {0};
    struct id above = {0};
    assert_int_equal(id_parse_span(text_from(id), &own), ERR_OK);
    if (parent != NULL) {
        assert_int_equal(id_parse_span(text_from(parent), &above), ERR_OK);
    }
    struct trace_span *span = trace_add(trace, &own, &above);
    span->name = trace_name(trace, text_from(name));
    span->service = trace_name(trace, TEXT("api"));
    span->type = trace_name(trace, TEXT("service"));
    span->status = status;
    span->start_ns = MOMENT_NS + start_ms * NS_PER_MS;
    span->duration_ns = duration_ms >= 0 ? duration_ms * NS_PER_MS : SPAN_RUNNING;
}

static struct trace *small_trace(void)
{
    struct trace *trace = trace_new();
    trace->row = row_with("createGoal");
    trace->row.error_message = TEXT("UNIQUE constraint failed");
    add(trace, "a", NULL, "createGoal", 0, 1280, STATUS_COMPLETED);
    add(trace, "b", "a", "auth", 100, 300, STATUS_COMPLETED);
    add(trace, "c", "b", "SELECT user", 120, 10, STATUS_COMPLETED);
    add(trace, "d", "a", "INSERT goals", 900, 200, STATUS_ERROR);
    trace_build(trace);
    return trace;
}

static void the_tree_shows_nesting_bars_and_errors(void **state)
{
    (void)state;
    struct plain_style style = {.width = 80};
    struct plain_tree tree = {0};
    struct trace *trace = small_trace();
    struct capture capture;
    capture_start(&capture);
    plain_tree_write(capture.file, &style, trace, &tree);
    assert_int_equal(fclose(capture.file), 0);
    const char *const expected[] = {
        "7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1  2025-11-20 14:03:20.412\n",
        "createGoal  alice  error  1.28s  4 spans  1 error  1 service\n",
        "\xE2\x9C\x97 UNIQUE constraint failed\n",
        "  SPAN ",
        "\xC2\xB7 api createGoal",
        "\xE2\x94\x9C\xE2\x94\x80"
        "api auth",
        "\xE2\x94\x82 \xE2\x94\x94\xE2\x94\x80"
        "api SELECT user",
        "\xE2\x9C\x97 \xE2\x94\x94\xE2\x94\x80"
        "api INSERT goals",
        "200ms\n",
    };
    const char *at = capture.text;
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        const char *found = strstr(at, expected[i]);
        if (found == NULL) {
            fail_msg("not printed: %s\n%s", expected[i], capture.text);
        }
        at = found;
    }
    free(capture.text);
    trace_free(trace);
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void errors_and_depth_select_spans(void **state)
{
    (void)state;
    struct plain_style style = {.width = 80, .ascii = true};
    struct trace *trace = small_trace();
    const struct {
        struct plain_tree tree;
        size_t spans;
    } cases[] = {{{0}, 4}, {{.errors_only = true}, 2}, {{.depth = 1}, 1}, {{.depth = 2}, 3}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct capture capture;
        capture_start(&capture);
        plain_tree_write(capture.file, &style, trace, &cases[i].tree);
        assert_int_equal(fclose(capture.file), 0);
        assert_int_equal(count_lines(capture.text), 5 + cases[i].spans);
        free(capture.text);
    }
    trace_free(trace);
}

static void a_deep_hostile_trace_prints_line_by_line(void **state)
{
    (void)state;
    enum { DEEP = 3000 };
    struct plain_style style = {.width = 60, .ascii = true};
    struct plain_tree tree = {0};
    struct trace *trace = trace_new();
    char id[16];
    char parent[16];
    trace->row = row_with("\x1b]0;title\x07");
    for (int i = 0; i < DEEP; i++) {
        snprintf(id, sizeof id, "n%d", i);
        snprintf(parent, sizeof parent, "n%d", i - 1);
        add(trace, id, i > 0 ? parent : NULL, "evil\x1b[31m\r\nname", i, i % 7 == 0 ? -1 : 5,
            STATUS_COMPLETED);
    }
    trace_build(trace);
    struct capture capture;
    capture_start(&capture);
    plain_tree_write(capture.file, &style, trace, &tree);
    assert_int_equal(fclose(capture.file), 0);
    assert_int_equal(count_lines(capture.text), DEEP + 4);
    for (const char *at = capture.text; *at != '\0'; at++) {
        assert_true((*at >= ' ' && *at < 0x7f) || *at == '\n');
    }
    free(capture.text);
    trace_free(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_fits_eighty_columns),
        cmocka_unit_test(a_running_trace_shows_its_time_so_far),
        cmocka_unit_test(a_query_error_points_at_the_term),
        cmocka_unit_test(errors_cannot_move_the_cursor),
        cmocka_unit_test(the_tree_shows_nesting_bars_and_errors),
        cmocka_unit_test(errors_and_depth_select_spans),
        cmocka_unit_test(a_deep_hostile_trace_prints_line_by_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
