/* expression — compiling: what the parser gives, and the classes of its characters. */
#include "store/base/expression.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/expression_program.h"

static int compare_runes(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* A class begins where a range begins, and behind its end. */
static void find_classes(struct expression *expression, const struct expression_range *ranges,
                         size_t count)
{
    uint32_t *first = mem_alloc((2 * count + 1) * sizeof *first);
    size_t firsts = 0;
    first[firsts++] = 0;
    for (size_t i = 0; i < count; i++) {
        first[firsts++] = ranges[i].first;
        if (ranges[i].last != UINT32_MAX) {
            first[firsts++] = ranges[i].last + 1;
        }
    }
    qsort(first, firsts, sizeof *first, compare_runes);
    size_t kept = 1;
    for (size_t i = 1; i < firsts; i++) {
        if (first[i] != first[kept - 1]) {
            first[kept++] = first[i];
        }
    }
    expression->class_first = first;
    expression->class_count = kept;
    for (uint32_t c = 0; c < ARRAY_LEN(expression->class_of_ascii); c++) {
        expression->class_of_ascii[c] = (uint16_t)expression_class_of(expression, c);
    }
}

static void fill_sets(struct expression *expression, const struct expression_range *ranges,
                      size_t count)
{
    size_t classes = expression->class_count;
    expression->set_has_class = mem_zero(expression->set_count + 1, classes);
    for (size_t i = 0; i < count; i++) {
        uint8_t *has = expression->set_has_class + ranges[i].set * classes;
        size_t last = expression_class_of(expression, ranges[i].last);
        for (size_t c = expression_class_of(expression, ranges[i].first); c <= last; c++) {
            has[c] = 1;
        }
    }
    /* the last set, or one of nothing behind it */
    size_t words = expression->set_count - (expression->has_words ? 1 : 0);
    expression->class_is_word = expression->set_has_class + words * classes;
}

size_t expression_class_of(const struct expression *expression, uint32_t rune)
{
    size_t low = 0;
    size_t high = expression->class_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (expression->class_first[middle] <= rune) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

enum err expression_compile(struct text source, struct expression **ret_expression,
                            struct err_msg *why)
{
    if (source.length > EXPRESSION_LARGEST_BYTES) {
        return err_set(why, ERR_LIMIT, "the expression is longer than %d bytes",
                       EXPRESSION_LARGEST_BYTES);
    }
    struct expression_range ranges[EXPRESSION_RANGES];
    size_t count = 0;
    struct expression *expression = mem_zero(1, sizeof *expression);
    enum err err = expression_parse(source, expression, ranges, &count, why);
    if (err != ERR_OK) {
        free(expression);
        return err;
    }
    find_classes(expression, ranges, count);
    fill_sets(expression, ranges, count);
    *ret_expression = expression;
    return ERR_OK;
}

void expression_free(struct expression *expression)
{
    if (expression == NULL) {
        return;
    }
    for (size_t i = 0; i < EXPRESSION_SPARES; i++) {
        expression_states_free(atomic_load(&expression->spares[i]));
    }
    free(expression->class_first);
    free(expression->set_has_class);
    free(expression);
}
