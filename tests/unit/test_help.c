/* test_help — the help overlay and the footer show the key table at every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tui/footer.h"
#include "tui/help_pane.h"

enum { H_LARGEST = 40, W_LARGEST = 160 };

/* All rows of the canvas, a line each. */
static void dump(const struct canvas *canvas, struct text_buffer *target)
{
    text_buffer_clear(target);
    for (int y = 0; y < canvas->h; y++) {
        canvas_row(canvas, y, target);
        text_append_char(target, '\n');
    }
}

static void footer(struct text_buffer *target, int w, enum key_scope scope, struct key_state keys,
                   const char *corner)
{
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 1, w);
    footer_draw(&canvas, (struct rect){0, 0, 1, w}, keys_standard(), scope, &keys, corner);
    dump(&canvas, target);
    canvas_free(&canvas);
}

static void help_lists_every_key_once_over_its_pages(void **state)
{
    (void)state;
    size_t count = keys_standard()->count;
    const struct key_binding *table = keys_standard()->rows;
    static const struct rect sizes[] = {{0, 0, 8, 40}, {0, 0, 20, 76}, {2, 3, 36, 150}};
    struct text_buffer all = {0};
    struct text_buffer page = {0};
    for (int scope = KEYS_LIST; scope < KEYS_SCOPE_COUNT; scope++) {
        for (size_t size = 0; size < ARRAY_LEN(sizes); size++) {
            struct rect area = sizes[size];
            struct help_view view = {.map = keys_standard(), .scope = (enum key_scope)scope};
            int pages = help_pane_pages(&view, area.h, area.w);
            text_buffer_clear(&all);
            for (view.page = 0; view.page < pages; view.page++) {
                struct canvas canvas;
                canvas_init(&canvas, false);
                canvas_resize(&canvas, H_LARGEST, W_LARGEST);
                help_pane_draw(&view, &canvas, area);
                dump(&canvas, &page);
                text_append(&all, text_buffer_text(&page));
                canvas_free(&canvas);
            }
            for (size_t i = 0; i < count; i++) {
                if (keys_binding_holds(keys_standard(), &table[i], view.scope) &&
                    strstr(all.data, table[i].keys) == NULL) {
                    fail_msg("%s is missing", table[i].keys);
                }
            }
            assert_non_null(strstr(all.data, "Signs"));
        }
    }
    text_buffer_free(&page);
    text_buffer_free(&all);
}

static void labels_fit_eighty_columns(void **state)
{
    (void)state;
    size_t count = keys_standard()->count;
    const struct key_binding *table = keys_standard()->rows;
    for (size_t i = 0; i < count; i++) {
        if (canvas_width(text_from(table[i].label)) > 19) {
            fail_msg("%s", table[i].label);
        }
    }
}

static void help_can_be_searched(void **state)
{
    (void)state;
    struct help_view view = {
        .map = keys_standard(), .scope = KEYS_WATERFALL, .page = 99, .filter = TEXT("SIBLING")};
    assert_int_equal(help_pane_pages(&view, 20, 76), 1);
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 20, 76);
    help_pane_draw(&view, &canvas, (struct rect){0, 0, 20, 76});
    struct text_buffer shown = {0};
    dump(&canvas, &shown);
    assert_non_null(strstr(shown.data, "next sibling"));
    assert_non_null(strstr(shown.data, "previous sibling"));
    assert_null(strstr(shown.data, "parent"));
    view.filter = TEXT("zzz\x1b");
    help_pane_draw(&view, &canvas, (struct rect){0, 0, 20, 76});
    dump(&canvas, &shown);
    assert_non_null(strstr(shown.data, "no key matches \"zzz^[\""));
    text_buffer_free(&shown);
    canvas_free(&canvas);
}

static void footer_at_eighty_columns(void **state)
{
    (void)state;
    struct text_buffer row = {0};
    footer(&row, 80, KEYS_LIST, (struct key_state){0}, "q quit");
    assert_string_equal(row.data, " Enter open  / filter  f form  F follow  s sort  t time  y copy"
                                  "  ? help  q quit\n");
    text_buffer_free(&row);
}

static void footer_keeps_help_at_every_width(void **state)
{
    (void)state;
    struct text_buffer row = {0};
    for (int w = 0; w <= W_LARGEST; w++) {
        for (int scope = KEYS_ALL; scope < KEYS_SCOPE_COUNT; scope++) {
            footer(&row, w, (enum key_scope)scope, (struct key_state){0}, NULL);
            if (w >= 20) {
                assert_non_null(strstr(row.data, "? help"));
                assert_non_null(strstr(row.data, "q back"));
                assert_null(strstr(row.data, "…"));
            }
        }
    }
    text_buffer_free(&row);
}

static void footer_shows_what_is_being_typed(void **state)
{
    (void)state;
    struct text_buffer row = {0};
    footer(&row, 80, KEYS_LIST, (struct key_state){.count = 12}, "q quit");
    assert_non_null(strstr(row.data, " 12\n"));
    assert_null(strstr(row.data, "q quit"));
    footer(&row, 100, KEYS_WATERFALL, (struct key_state){.prefix = 'z'}, "q quit");
    assert_string_equal(row.data,
                        " z  M close all  R open all  1-9 depth  e errors  g groups  c chains"
                        "  O open below  C close below\n");
    text_buffer_free(&row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_lists_every_key_once_over_its_pages),
        cmocka_unit_test(labels_fit_eighty_columns),
        cmocka_unit_test(help_can_be_searched),
        cmocka_unit_test(footer_at_eighty_columns),
        cmocka_unit_test(footer_keeps_help_at_every_width),
        cmocka_unit_test(footer_shows_what_is_being_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
