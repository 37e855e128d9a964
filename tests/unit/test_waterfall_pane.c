/* test_waterfall_pane — what the user sees of a trace, and where the keys take the cursor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "goal_trace.h"
#include "tui/critical_path.h"
#include "tui/waterfall_pane.h"

struct scene {
    struct waterfall_pane *pane;
    struct canvas canvas;
    struct text_buffer line;
};

static struct scene open_scene(int h, int w, bool ascii)
{
    struct scene scene = {.pane = waterfall_pane_new(ascii)};
    canvas_init(&scene.canvas, ascii);
    canvas_resize(&scene.canvas, h, w);
    waterfall_pane_ops.layout(scene.pane, h, w);
    waterfall_pane_set_trace(scene.pane, goal_trace(NULL, 0), GOAL_START_NS + 1280 * NS_PER_MS);
    return scene;
}

static void close_scene(struct scene *scene)
{
    waterfall_pane_ops.free(scene->pane);
    canvas_free(&scene->canvas);
    text_buffer_free(&scene->line);
}

static void act(struct scene *scene, enum action action, int count)
{
    assert_int_equal(waterfall_pane_ops.act(scene->pane, action, count), PANE_HANDLED);
}

static const char *line(struct scene *scene, int y)
{
    canvas_clear(&scene->canvas);
    struct rect area = {0, 0, scene->canvas.h, scene->canvas.w};
    waterfall_pane_ops.draw(scene->pane, &scene->canvas, area);
    text_buffer_clear(&scene->line);
    canvas_row(&scene->canvas, y, &scene->line);
    text_append_char(&scene->line, '\0');
    return scene->line.data;
}

static const char *selected(const struct scene *scene)
{
    static char name[64]; /* of the test program only */
    struct text text =
        trace_span_name(waterfall_pane_trace(scene->pane), waterfall_pane_selected(scene->pane));
    snprintf(name, sizeof name, "%.*s", TEXT_ARGS(text));
    return name;
}

static void rows_look_as_promised(void **state)
{
    (void)state;
    struct scene scene = open_scene(18, 80, false);
    assert_non_null(strstr(line(&scene, 0), "self █ child ━ event • run ▶"));
    assert_non_null(strstr(line(&scene, 1), " SPAN"));
    assert_non_null(strstr(line(&scene, 1), "500ms          1.00s"));
    assert_string_equal(
        line(&scene, 2),
        "▌·▾web click SaveGoal            █━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   1.28s");
    assert_string_equal(
        line(&scene, 8),
        "  │   │ └─▸db  SELECT goals ×37    ▌▌▌▌▌▌▌▌▌▌▌▌▌                           390ms");
    assert_non_null(strstr(line(&scene, 14), "notify.push"));
    assert_non_null(strstr(line(&scene, 14), "▶"));
    assert_non_null(strstr(line(&scene, 14), "413ms+"));
    close_scene(&scene);
}

static void ascii_needs_no_other_characters(void **state)
{
    (void)state;
    struct scene scene = open_scene(45, 160, true);
    for (int y = 0; y < 45; y++) {
        for (const char *at = line(&scene, y); *at != '\0'; at++) {
            assert_in_range((unsigned char)*at, 0x20, 0x7E);
        }
    }
    assert_non_null(strstr(line(&scene, 11), "`->db  SELECT goals x37"));
    close_scene(&scene);
}

static void keys_move_along_the_tree(void **state)
{
    (void)state;
    struct scene scene = open_scene(20, 100, false);
    act(&scene, ACTION_NEXT_ERROR, 1);
    assert_string_equal(selected(&scene), "INSERT goals");
    act(&scene, ACTION_PREVIOUS_SIBLING, 1);
    assert_string_equal(selected(&scene), "credits.charge");
    act(&scene, ACTION_NEXT_SIBLING, 2);
    assert_string_equal(selected(&scene), "notify.push");
    act(&scene, ACTION_PARENT, 1);
    assert_string_equal(selected(&scene), "graphql:createGoal");
    act(&scene, ACTION_RIGHT, 1);
    assert_string_equal(selected(&scene), "auth.verifySession");
    act(&scene, ACTION_LEFT, 1); /* closes */
    act(&scene, ACTION_DOWN, 1);
    assert_string_equal(selected(&scene), "quota.check");
    act(&scene, ACTION_ROOT, 1);
    assert_string_equal(selected(&scene), "click SaveGoal");
    act(&scene, ACTION_LAST, 1);
    assert_string_equal(selected(&scene), "render Toast");
    act(&scene, ACTION_FIRST, 3);
    assert_string_equal(selected(&scene), "graphql:createGoal");
    act(&scene, ACTION_HOTTEST, 1);
    assert_string_equal(selected(&scene), "POST push.example.com");
    act(&scene, ACTION_HOTTEST, 1);
    assert_string_equal(selected(&scene), "UPDATE credits");
    assert_int_equal(waterfall_pane_ops.act(scene.pane, ACTION_BACK, 1), PANE_CLOSE);
    assert_int_equal(waterfall_pane_ops.act(scene.pane, ACTION_FOLLOW, 1), PANE_IGNORED);
    close_scene(&scene);
}

static void a_group_opens_and_closes(void **state)
{
    (void)state;
    struct scene scene = open_scene(30, 100, false);
    act(&scene, ACTION_FIRST, 7);
    const struct row_group *group = waterfall_pane_selected_group(scene.pane);
    assert_non_null(group);
    assert_int_equal(group->count, GOAL_SELECTS);
    act(&scene, ACTION_RIGHT, 1);
    act(&scene, ACTION_RIGHT, 1);
    assert_null(waterfall_pane_selected_group(scene.pane));
    assert_string_equal(selected(&scene), "SELECT goals");
    act(&scene, ACTION_LEFT, 1);
    assert_non_null(waterfall_pane_selected_group(scene.pane));
    act(&scene, ACTION_FOLD_GROUPS, 1);
    assert_null(waterfall_pane_selected_group(scene.pane));
    close_scene(&scene);
}

static void zoom_shows_a_part_and_says_so(void **state)
{
    (void)state;
    struct scene scene = open_scene(18, 80, false);
    act(&scene, ACTION_NEXT_ERROR, 1);
    act(&scene, ACTION_FIT_ROW, 1);
    assert_non_null(strstr(line(&scene, 2), "‹"));
    assert_non_null(strstr(line(&scene, 2), "›"));
    assert_non_null(strstr(line(&scene, 0), "×4."));
    act(&scene, ACTION_FIT, 1);
    assert_null(strstr(line(&scene, 2), "‹"));
    assert_non_null(strstr(line(&scene, 0), "×1.0"));
    close_scene(&scene);
}

static void find_marks_and_hides(void **state)
{
    (void)state;
    struct scene scene = open_scene(20, 100, false);
    assert_int_equal(waterfall_pane_find(scene.pane, TEXT("audit")), 2);
    assert_string_equal(selected(&scene), "audit.log");
    act(&scene, ACTION_NEXT_MATCH, 1);
    assert_string_equal(selected(&scene), "XADD audit");
    assert_non_null(strstr(line(&scene, 0), "match 2 of 2 (n N)"));
    act(&scene, ACTION_ONLY_MATCHES, 1);
    struct text_buffer status = {0};
    waterfall_pane_status(scene.pane, &status);
    text_append_char(&status, '\0');
    assert_non_null(strstr(status.data, "5 of 53 spans shown (matches only)"));
    assert_non_null(strstr(status.data, "find \"audit\" 2/2"));
    text_buffer_free(&status);
    act(&scene, ACTION_BACK, 1); /* ends the search first */
    assert_string_equal(selected(&scene), "XADD audit");
    assert_int_equal(waterfall_pane_find(scene.pane, TEXT("nowhere")), 0);
    close_scene(&scene);
}

static void an_unusual_bar_is_named(void **state)
{
    (void)state;
    struct scene scene = open_scene(20, 100, false);
    struct text_buffer status = {0};
    waterfall_pane_status(scene.pane, &status);
    text_append_char(&status, '\0');
    assert_null(strstr(status.data, "bar:"));
    act(&scene, ACTION_EMPHASIS, 1);
    text_buffer_clear(&status);
    waterfall_pane_status(scene.pane, &status);
    text_append_char(&status, '\0');
    assert_non_null(strstr(status.data, "bar: critical (c)"));
    text_buffer_free(&status);
    close_scene(&scene);
}

static void events_stand_on_their_bars(void **state)
{
    (void)state;
    struct scene scene = open_scene(20, 80, false);
    int64_t keys[8];
    assert_int_equal(waterfall_pane_wanted_bodies(scene.pane, keys, 8), 2);
    struct span_body bodies[2] = {{.body = keys[0]}, {.body = keys[1]}};
    bodies[0].events = TEXT("[{\"name\":\"lock\",\"timestamp_ns\":\"1763647401030000000\"},"
                            "{\"name\":\"no time\"},{\"timestamp_ns\":\"junk\"}]");
    bodies[1].events = TEXT("not JSON");
    waterfall_pane_give_events(scene.pane, keys, bodies, 2);
    assert_int_equal(waterfall_pane_wanted_bodies(scene.pane, keys, 8), 0);
    assert_non_null(strstr(line(&scene, 11), "UPDATE credits"));
    assert_non_null(strstr(line(&scene, 11), "█•█"));
    act(&scene, ACTION_EVENTS, 1);
    assert_null(strstr(line(&scene, 11), "•"));
    close_scene(&scene);
}

static void the_cursor_stays_on_its_span_when_the_trace_grows(void **state)
{
    (void)state;
    const struct goal_span extra[] = {
        {300, 1, "web", "early", "ui", 1, 2, STATUS_COMPLETED, 0},
        {301, 6, "db", "SELECT goals", "db", 470000, 5, STATUS_COMPLETED, 0}};
    struct scene scene = open_scene(20, 100, false);
    act(&scene, ACTION_NEXT_ERROR, 1);
    waterfall_pane_set_trace(scene.pane, goal_trace(extra, ARRAY_LEN(extra)),
                             GOAL_START_NS + 1300 * NS_PER_MS);
    assert_string_equal(selected(&scene), "INSERT goals");
    waterfall_pane_set_trace(scene.pane, NULL, 0);
    assert_null(waterfall_pane_selected(scene.pane));
    assert_string_equal(line(&scene, 2), "");
    close_scene(&scene);
}

static void any_size_can_be_drawn(void **state)
{
    (void)state;
    for (int w = 0; w < 240; w += 7) {
        for (int h = 0; h < 60; h += 3) {
            struct scene scene = open_scene(h, w, false);
            if (h > 0 && w > 0) {
                line(&scene, 0);
            }
            waterfall_pane_ops.act(scene.pane, ACTION_PAGE_DOWN, 1);
            waterfall_pane_ops.act(scene.pane, ACTION_WIDER, 9);
            waterfall_pane_ops.act(scene.pane, ACTION_NARROWER, 99);
            close_scene(&scene);
        }
    }
}

static void any_keys_can_be_pressed(void **state)
{
    (void)state;
    uint32_t seed = 7;
    struct scene scene = open_scene(24, 80, false);
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1664525 + 1013904223;
        enum action action = (enum action)((seed >> 8) % ACTION_COUNT);
        int count = (seed >> 20) % 16 == 0 ? 100000 : 1 + (int)((seed >> 24) % 3);
        waterfall_pane_ops.act(scene.pane, action, count);
        if (i % 500 == 0) {
            waterfall_pane_find(scene.pane, i % 1000 == 0 ? TEXT("a") : TEXT("credits"));
            waterfall_pane_ops.layout(scene.pane, 3 + (int)(seed >> 27), 40 + (int)(seed >> 25));
            waterfall_pane_ops.layout(scene.pane, 24, 80);
            waterfall_pane_set_trace(scene.pane, goal_trace(NULL, 0), GOAL_START_NS);
        }
        assert_non_null(waterfall_pane_selected(scene.pane));
    }
    line(&scene, 0);
    close_scene(&scene);
}

static void the_critical_path_follows_who_finished_last(void **state)
{
    (void)state;
    static const struct goal_span spans[] = {
        {1, 0, "a", "root", "t", 0, 100, STATUS_COMPLETED, 0},
        {2, 1, "a", "first", "t", 10, 20, STATUS_COMPLETED, 0},
        {3, 1, "a", "beside", "t", 35, 20, STATUS_COMPLETED, 0},
        {4, 1, "a", "last", "t", 40, 50, STATUS_COMPLETED, 0},
    };
    struct trace *trace = trace_new();
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        goal_add(trace, &spans[i]);
    }
    trace_build(trace);
    struct critical_path path = {0};
    const struct critical_part *parts;
    critical_path_set(&path, trace, trace->end_ns);
    assert_int_equal(path.total_ns, 100 * NS_PER_US);
    assert_int_equal(path.spans, 3);
    assert_int_equal(critical_path_of(&path, goal_index(trace, 1), &parts), 3);
    assert_int_equal(critical_path_of(&path, goal_index(trace, 3), &parts), 0);
    assert_int_equal(critical_path_of(&path, goal_index(trace, 4), &parts), 1);
    critical_path_clear(&path);
    trace_free(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_look_as_promised),
        cmocka_unit_test(ascii_needs_no_other_characters),
        cmocka_unit_test(keys_move_along_the_tree),
        cmocka_unit_test(a_group_opens_and_closes),
        cmocka_unit_test(zoom_shows_a_part_and_says_so),
        cmocka_unit_test(find_marks_and_hides),
        cmocka_unit_test(an_unusual_bar_is_named),
        cmocka_unit_test(events_stand_on_their_bars),
        cmocka_unit_test(the_cursor_stays_on_its_span_when_the_trace_grows),
        cmocka_unit_test(any_size_can_be_drawn),
        cmocka_unit_test(any_keys_can_be_pressed),
        cmocka_unit_test(the_critical_path_follows_who_finished_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
