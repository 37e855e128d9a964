/* test_arena — memory of one message: aligned, apart, handed over whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/base/arena.h"

static void memory_is_aligned_and_does_not_overlap(void **state)
{
    (void)state;
    enum { BLOCKS = 2000 };
    struct arena arena = {0};
    static unsigned char *blocks[BLOCKS];
    static size_t sizes[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        sizes[i] = i * 37 % 5000;
        if (i % 3 == 0) {
            blocks[i] = (unsigned char *)arena_bytes(&arena, sizes[i]);
        } else {
            blocks[i] = arena_alloc(&arena, sizes[i]);
            assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        }
        memset(blocks[i], (int)(i & 0xFF), sizes[i]);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(blocks[i][k], i & 0xFF);
        }
    }
    arena_clear(&arena);
    assert_int_equal(arena.used_bytes, 0);
}

static void large_blocks_leave_the_room_of_small_ones(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *first = arena_bytes(&arena, 16);
    memset(arena_alloc(&arena, 3 << 20), 1, 3 << 20);
    char *second = arena_bytes(&arena, 16);
    assert_ptr_equal(second, first + 16);
    int *zeros = arena_zero(&arena, 100000, sizeof *zeros);
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(zeros[i], 0);
    }
    arena_clear(&arena);
}

static void copies_are_terminated(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct text copy = arena_copy(&arena, text_make("abcdef", 3));
    assert_string_equal(copy.data, "abc");
    assert_null(arena_copy(&arena, (struct text){0}).data);
    assert_non_null(arena_copy(&arena, TEXT("")).data);
    struct text formatted = arena_format(&arena, "%s-%d", "x", 7);
    assert_true(text_is(formatted, "x-7"));
    arena_clear(&arena);
}

static void taking_moves_everything(void **state)
{
    (void)state;
    struct arena source = {0};
    struct arena target = {0};
    struct text first = arena_copy(&source, TEXT("first"));
    arena_take(&target, &source);
    assert_null(source.chunks);
    struct text second = arena_copy(&source, TEXT("second"));
    arena_bytes(&source, 100000);
    size_t sum = target.used_bytes + source.used_bytes;
    arena_take(&target, &source);
    arena_take(&target, &source);
    assert_int_equal(target.used_bytes, sum);
    assert_string_equal(first.data, "first");
    assert_string_equal(second.data, "second");
    assert_string_equal(arena_copy(&target, TEXT("third")).data, "third");
    arena_clear(&source);
    arena_clear(&target);
    arena_clear(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_does_not_overlap),
        cmocka_unit_test(large_blocks_leave_the_room_of_small_ones),
        cmocka_unit_test(copies_are_terminated),
        cmocka_unit_test(taking_moves_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
