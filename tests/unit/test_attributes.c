/* test_attributes — what is kept of attributes that are too long, and what that costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/attributes.h"
#include "ingest/wire.h"

enum { ITEMS = 1000, ITEM_BYTES = 60000 };

/* Every byte takes six as JSON, so the whole would be 360 MB. */
static void a_long_list_is_cut_before_it_is_written(void **state)
{
    (void)state;
    static char item[ITEM_BYTES];
    struct arena arena = {0};
    struct text_buffer json = {0};
    struct attributes attributes = {0};
    memset(item, 1, sizeof item);
    struct value list = value_list(&arena);
    struct value map = value_map(&arena);
    for (int i = 0; i < ITEMS; i++) {
        values_add(list.list, &arena, value_string(text_make(item, sizeof item)));
        attributes_add(map.map, &arena, arena_format(&arena, "k%d", i),
                       value_string(text_make(item, sizeof item)));
    }
    attributes_add(&attributes, &arena, TEXT("list"), list);
    attributes_add(&attributes, &arena, TEXT("map"), map);
    attributes_add(&attributes, &arena, TEXT("last"), value_int(7));
    assert_int_equal(attributes_append(&json, &attributes, WIRE_SPAN_LIMIT_BYTES), 2);
    struct text text = text_buffer_text(&json);
    assert_true(text_starts_with(text, "{\"list\":\"[\\\"\\\\u0001"));
    assert_true(text_equals(text_make(text.data + text.length - 9, 9), TEXT("\"last\":7}")));
    assert_true(json.capacity <= 2 * WIRE_SPAN_LIMIT_BYTES);
    text_buffer_free(&json);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_list_is_cut_before_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
