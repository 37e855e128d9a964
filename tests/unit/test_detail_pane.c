/* test_detail_pane — everything about a span is shown, harmless, and can be taken away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "goal_trace.h"
#include "tui/detail_lines.h"
#include "tui/detail_pane.h"

struct scene {
    struct detail_pane *pane;
    struct canvas canvas;
    struct trace *trace;
    struct text_buffer text;
};

static struct span_body goal_body(void)
{
    return (struct span_body){
        .body = GOAL_INSERT,
        .message = TEXT("UNIQUE constraint failed: goals.slug"),
        .attributes =
            TEXT("{\"sql\":\"INSERT INTO goals (id,slug) VALUES (?,?) RETURNING id\","
                 "\"params\":[\"01JD2\",140],\"db.system\":\"my sqlite\",\"nothing\":null,"
                 "\"evil\":\"a\\u001b[31m\\u202E\",\"odd key\":1,"
                 "\"tree\":\"{\\\"deep\\\":{\\\"list\\\":[1,2,3],\\\"more\\\":\\\"text that is "
                 "long enough to need more than one line of the pane\\\"}}\"}"),
        .events = TEXT("[{\"name\":\"exception\",\"timestamp_ns\":\"1763647401530000000\","
                       "\"attributes\":{\"exception.stacktrace\":\"Error: no\\n    at mine "
                       "(api/a.ts:1)\\n    at theirs (node_modules/b.js:2)\"}}]"),
        .links = TEXT("[{\"trace_id\":\"90aa12ef\",\"span_id\":\"77b1\",\"type\":\"follows\"}]"),
        .user = TEXT("alice"),
        .session = TEXT("2c11-88f0"),
        .resource = TEXT("{\"host.name\":\"prod-7\"}"),
        .dropped_events = 3,
    };
}

static struct scene open_scene(int h, int w)
{
    struct scene scene = {.pane = detail_pane_new(), .trace = goal_trace(NULL, 0)};
    struct span_body body = goal_body();
    canvas_init(&scene.canvas, false);
    canvas_resize(&scene.canvas, h, w);
    detail_pane_ops.layout(scene.pane, h, w);
    detail_pane_set(scene.pane, scene.trace,
                    &scene.trace->spans[goal_index(scene.trace, GOAL_INSERT)], &body);
    return scene;
}

static void close_scene(struct scene *scene)
{
    detail_pane_ops.free(scene->pane);
    canvas_free(&scene->canvas);
    trace_free(scene->trace);
    text_buffer_free(&scene->text);
}

static void act(struct scene *scene, enum action action, int count)
{
    assert_int_equal(detail_pane_ops.act(scene->pane, action, count), PANE_HANDLED);
}

/* The whole pane as text. */
static const char *screen(struct scene *scene)
{
    canvas_clear(&scene->canvas);
    struct rect area = {0, 0, scene->canvas.h, scene->canvas.w};
    detail_pane_ops.draw(scene->pane, &scene->canvas, area);
    text_buffer_clear(&scene->text);
    for (int y = 0; y < scene->canvas.h; y++) {
        canvas_row(&scene->canvas, y, &scene->text);
        text_append_char(&scene->text, '\n');
    }
    text_append_char(&scene->text, '\0');
    return scene->text.data;
}

static void shows(struct scene *scene, const char *expected)
{
    if (strstr(screen(scene), expected) == NULL) {
        fail_msg("\"%s\" is not on the screen:\n%s", expected, scene->text.data);
    }
}

static void facts_and_attributes(void **state)
{
    (void)state;
    struct scene scene = open_scene(50, 80);
    shows(&scene, "─ INSERT goals  db ✗ ─");
    shows(&scene, "Attrs Events·1 SQL Error JSON Links·1 ─ 1/");
    shows(&scene, "error  start +866ms  dur 255ms  self 255ms");
    shows(&scene, " message    UNIQUE constraint failed: goals.slug");
    shows(&scene, " db.system  my sqlite");
    shows(&scene, " nothing    ∅");
    shows(&scene, " evil       a^[[31m<U+202E>");
    shows(&scene, " host.name  prod-7");
    shows(&scene, " user       alice");
    shows(&scene, " dropped    3 events");
    close_scene(&scene);
}

static void tabs_have_their_contents(void **state)
{
    (void)state;
    struct scene scene = open_scene(30, 80);
    act(&scene, ACTION_NEXT_TAB, 1);
    shows(&scene, "+1.12s  exception  +252ms in the span");
    shows(&scene, "at mine (api/a.ts:1)");
    act(&scene, ACTION_NEXT_TAB, 1);
    shows(&scene, "  INSERT INTO goals (id,slug)\n   VALUES (?,?)\n   RETURNING id\n");
    shows(&scene, "?1 \"01JD2\"   ?2 140");
    act(&scene, ACTION_NEXT_TAB, 1);
    shows(&scene, "UNIQUE constraint failed: goals.slug");
    shows(&scene, "    at theirs (node_modules/b.js:2)");
    act(&scene, ACTION_NEXT_TAB, 1);
    shows(&scene, "\"operation_name\": \"INSERT goals\"");
    act(&scene, ACTION_NEXT_TAB, 1);
    shows(&scene, "follows    90aa12ef/77b1   (Enter)");
    struct text trace_id;
    struct text span_id;
    assert_true(detail_pane_link(scene.pane, &trace_id, &span_id));
    assert_true(text_is(trace_id, "90aa12ef") && text_is(span_id, "77b1"));
    act(&scene, ACTION_PREVIOUS_TAB, 5);
    assert_false(detail_pane_link(scene.pane, &trace_id, &span_id));
    close_scene(&scene);
}

static void wide_panes_show_the_rest_beside(void **state)
{
    (void)state;
    struct scene scene = open_scene(14, 160);
    shows(&scene, "│  SQL");
    shows(&scene, "│  STACK");
    close_scene(&scene);
}

static void lines_become_terms(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *term;
    } cases[] = {
        {"db.system", "attr.db.system=\"my sqlite\""},
        {"odd key", "attr.\"odd key\"=1"},
        {"user", "user:alice"},
        {"status", "status:error"},
        {"tree", ""},
    };
    struct scene scene = open_scene(50, 80);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text_buffer term = {0};
        act(&scene, ACTION_FIRST, 1);
        detail_pane_find(scene.pane, TEXT("")); /* the next search starts at the top */
        assert_true(detail_pane_find(scene.pane, text_from(cases[i].line)) > 0);
        detail_pane_term(scene.pane, &term);
        text_append_char(&term, '\0');
        assert_string_equal(term.data, cases[i].term);
        text_buffer_free(&term);
    }
    close_scene(&scene);
}

static void json_folds(void **state)
{
    (void)state;
    struct scene scene = open_scene(50, 80);
    shows(&scene, "\"deep\": {");
    act(&scene, ACTION_FOLD_ALL, 1);
    shows(&scene, "tree       {…1}");
    act(&scene, ACTION_UNFOLD_ALL, 1);
    shows(&scene, "\"list\": [");
    act(&scene, ACTION_RAW, 1);
    shows(&scene, "tree       \"{\\\"deep\\\"");
    close_scene(&scene);
}

static void values_can_be_taken(void **state)
{
    (void)state;
    struct scene scene = open_scene(40, 80);
    struct text_buffer text = {0};
    detail_pane_find(scene.pane, TEXT("evil"));
    detail_pane_value(scene.pane, &text);
    assert_int_equal(text.data[1], 0x1B); /* copied as it was sent */
    text_buffer_clear(&text);
    detail_pane_sql(scene.pane, &text);
    assert_true(text_starts_with(text_buffer_text(&text), "INSERT INTO"));
    text_buffer_clear(&text);
    detail_pane_json(scene.pane, &text);
    assert_true(text_starts_with(text_buffer_text(&text), "{\"id\":"));
    text_buffer_free(&text);
    close_scene(&scene);
}

static void loading_and_empty(void **state)
{
    (void)state;
    struct scene scene = open_scene(10, 80);
    detail_pane_set(scene.pane, scene.trace, &scene.trace->spans[0], NULL);
    shows(&scene, "loading…");
    detail_pane_set(scene.pane, NULL, NULL, NULL);
    assert_null(strstr(screen(&scene), "Attrs"));
    close_scene(&scene);
}

static void broken_bodies_and_any_keys_do_no_harm(void **state)
{
    (void)state;
    static const char *const junk[] = {"",         "{",          "[",
                                       "{\"a\":",  "[[[[[[[[",   "nul",
                                       "\"",       "{\"a\":1}x", "{\"a\":[{\"b\":\"\\uD800\"}]}",
                                       "\xFF\xFE", "{\"\":\"\"}"};
    uint32_t seed = 3;
    struct scene scene = open_scene(12, 80);
    for (int i = 0; i < 4000; i++) {
        seed = seed * 1664525 + 1013904223;
        if (i % 8 == 0) {
            struct text text = text_from(junk[(seed >> 8) % ARRAY_LEN(junk)]);
            struct text other = text_from(junk[(seed >> 16) % ARRAY_LEN(junk)]);
            struct span_body body = {.body = i,
                                     .attributes = text,
                                     .events = other,
                                     .links = text,
                                     .resource = other,
                                     .stack = text};
            detail_pane_set(scene.pane, scene.trace,
                            &scene.trace->spans[(seed >> 12) % scene.trace->count], &body);
            detail_pane_ops.layout(scene.pane, (int)(seed >> 28), (int)(seed >> 24));
        }
        detail_pane_ops.act(scene.pane, (enum action)((seed >> 10) % ACTION_COUNT),
                            1 + (int)((seed >> 5) % 5));
        struct rect area = {0, 0, scene.canvas.h, scene.canvas.w};
        detail_pane_ops.draw(scene.pane, &scene.canvas, area);
    }
    close_scene(&scene);
}

/* Took minutes when each tab measured the line from its beginning. */
static void a_line_of_tabs_is_short_work(void **state)
{
    (void)state;
    struct detail_lines lines = {0};
    struct text_buffer text = {0};
    while (text.length < DETAIL_TEXT_LARGEST / 4) {
        text_append_cstr(&text, "ab\tabcde\t\t");
    }
    detail_lines_paragraph(&lines, INK(TONE_NORMAL), 36, text_buffer_text(&text));
    struct text line = detail_lines_text(&lines, 0);
    line = text_make(line.data + strspn(line.data, " "), 29);
    assert_true(text_is(line, "ab  abcde       ab  abcde    "));
    text_buffer_free(&text);
    detail_lines_free(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_and_attributes),
        cmocka_unit_test(tabs_have_their_contents),
        cmocka_unit_test(wide_panes_show_the_rest_beside),
        cmocka_unit_test(lines_become_terms),
        cmocka_unit_test(json_folds),
        cmocka_unit_test(values_can_be_taken),
        cmocka_unit_test(loading_and_empty),
        cmocka_unit_test(broken_bodies_and_any_keys_do_no_harm),
        cmocka_unit_test(a_line_of_tabs_is_short_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
