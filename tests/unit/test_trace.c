/* test_trace — spans to tree: nothing is lost, everything ends, times add up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/base/clock.h"
#include "store/trace.h"

static struct id number_id(uint64_t number)
{
    char digits[17];
    struct id id = {0};
    if (number == 0) {
        return id;
    }
    snprintf(digits, sizeof digits, "%016llx", (unsigned long long)number);
    assert_int_equal(id_parse_span(text_from(digits), &id), ERR_OK);
    return id;
}

/* Span `number` below span `parent` (0 = root). */
static struct trace_span *add(struct trace *trace, uint64_t number, uint64_t parent,
                              int64_t start_ns, int64_t duration_ns)
{
    struct id id = number_id(number);
    struct id parent_id = number_id(parent);
    struct trace_span *span = trace_add(trace, &id, &parent_id);
    span->start_ns = start_ns;
    span->duration_ns = duration_ns;
    span->status = duration_ns == SPAN_RUNNING ? STATUS_IN_PROGRESS : STATUS_COMPLETED;
    span->name = trace_name(trace, TEXT("work"));
    span->service = trace_name(trace, TEXT("api"));
    span->type = trace_name(trace, TEXT("service"));
    span->body = (int64_t)number;
    return span;
}

static const struct trace_span *find(const struct trace *trace, uint64_t number)
{
    struct id id = number_id(number);
    int32_t index = trace_find(trace, &id, false);
    assert_int_not_equal(index, TRACE_NO_SPAN);
    return &trace->spans[index];
}

/* "1(2(3)4)": the bodies in pre-order; synthetic spans are 0. */
static void assert_shape(const struct trace *trace, const char *expected)
{
    struct text_buffer shape = {0};
    size_t open = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        for (; open > span->depth; open--) {
            text_append_char(&shape, ')');
        }
        if (span->depth > open) {
            text_append_char(&shape, '(');
            open++;
        } else if (i > 0 && shape.data[shape.length - 1] != ')') {
            text_append_char(&shape, ' ');
        }
        text_append_format(&shape, "%lld", (long long)span->body);
    }
    for (; open > 0; open--) {
        text_append_char(&shape, ')');
    }
    assert_string_equal(shape.data != NULL ? shape.data : "", expected);
    text_buffer_free(&shape);
}

/* Spans whose parents are not read yet are shown below the root, in the order of their starts. */
static void of_a_partial_trace_all_hangs_below_the_root(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    add(trace, 1, 0, 0, 1000);
    add(trace, 3, 99, 30, 10);
    add(trace, 2, 98, 20, 50);
    add(trace, 4, 3, 31, 5);
    trace->is_partial = true;
    trace_build(trace);
    assert_shape(trace, "1(2 3(4))");
    assert_int_equal(trace->missing_parents, 0);
    assert_int_equal(trace->orphans, 0);
    trace_free(trace);
}

static void an_empty_trace_is_fine(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    trace_build(trace);
    assert_int_equal(trace->count, 0);
    trace_free(trace);
    trace_free(NULL);
}

static void children_hang_below_their_parents_in_order(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    add(trace, 4, 1, 50, 10);
    add(trace, 3, 2, 20, 5);
    add(trace, 2, 1, 10, 30);
    add(trace, 5, 1, 10, 20); /* shorter than 2: behind it */
    add(trace, 1, 0, 0, 100);
    trace_build(trace);
    assert_shape(trace, "1(2(3)5 4)");
    assert_int_equal(trace->spans[0].subtree_end, 5);
    assert_int_equal(trace->spans[1].subtree_end, 3);
    assert_int_equal(trace->spans[2].parent, 1);
    assert_int_equal(trace->roots, 1);
    assert_int_equal(trace->depth_largest, 2);
    assert_int_equal(trace->start_ns, 0);
    assert_int_equal(trace->end_ns, 100);
    assert_int_equal(trace->skewed, 0);
    trace_free(trace);
}

static void orphans_hang_below_a_stand_in(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    add(trace, 1, 0, 0, 100);
    add(trace, 2, 0x77, 40, 10);
    add(trace, 3, 0x77, 20, 10);
    add(trace, 4, 0x88, 60, SPAN_RUNNING);
    trace_build(trace);
    assert_shape(trace, "1 0(3 2)0(4)");
    assert_int_equal(trace->missing_parents, 2);
    assert_int_equal(trace->orphans, 3);
    assert_int_equal(trace->roots, 1);
    const struct trace_span *missing = &trace->spans[1];
    assert_true((missing->flags & TRACE_SPAN_SYNTHETIC) != 0);
    assert_true(text_is(trace_span_name(trace, missing), "missing parent 00000000"));
    assert_int_equal(missing->start_ns, 20);
    assert_int_equal(missing->duration_ns, 30);
    assert_int_equal(missing->body, 0);
    assert_int_equal(trace->spans[4].duration_ns, SPAN_RUNNING);
    assert_int_equal(trace->running, 1);
    trace_free(trace);
}

static void a_cycle_is_cut_at_its_earliest_span(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    add(trace, 1, 3, 30, 10);
    add(trace, 2, 1, 10, 10);
    add(trace, 3, 2, 20, 10);
    add(trace, 4, 2, 25, 10); /* hangs on the cycle */
    add(trace, 5, 5, 90, 1);  /* its own parent */
    trace_build(trace);
    assert_shape(trace, "2(3(1)4)5");
    assert_int_equal(trace->cycles, 2);
    assert_true((find(trace, 2)->flags & TRACE_SPAN_CYCLE) != 0);
    assert_true((find(trace, 5)->flags & TRACE_SPAN_CYCLE) != 0);
    assert_false((find(trace, 3)->flags & TRACE_SPAN_CYCLE) != 0);
    trace_free(trace);
}

static void self_time_is_what_no_child_covers(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    add(trace, 1, 0, 0, 100);
    add(trace, 2, 1, 10, 20);
    add(trace, 3, 1, 20, 20); /* overlaps 2: 10..40 together */
    add(trace, 4, 1, 90, 50); /* ends after its parent: clipped */
    add(trace, 5, 2, 5, 10);  /* starts before its parent: clipped to 10..15 */
    trace_build(trace);
    assert_int_equal(find(trace, 1)->self_ns, 60);
    assert_int_equal(find(trace, 2)->self_ns, 15);
    assert_int_equal(find(trace, 3)->self_ns, 20);
    assert_true((find(trace, 4)->flags & TRACE_SPAN_SKEW) != 0);
    assert_true((find(trace, 5)->flags & TRACE_SPAN_SKEW) != 0);
    assert_int_equal(trace->skewed, 2);
    trace_free(trace);
}

static void errors_and_running_spans_show_in_their_ancestors(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    add(trace, 1, 0, 0, 100);
    add(trace, 2, 1, 10, 20);
    add(trace, 3, 2, 12, 1)->status = STATUS_ERROR;
    add(trace, 4, 1, 40, SPAN_RUNNING);
    trace_build(trace);
    assert_true((find(trace, 1)->flags & TRACE_SPAN_ERROR_BELOW) != 0);
    assert_true((find(trace, 2)->flags & TRACE_SPAN_ERROR_BELOW) != 0);
    assert_false((find(trace, 3)->flags & TRACE_SPAN_ERROR_BELOW) != 0);
    assert_true((find(trace, 1)->flags & TRACE_SPAN_RUNNING_BELOW) != 0);
    assert_false((find(trace, 2)->flags & TRACE_SPAN_RUNNING_BELOW) != 0);
    assert_int_equal(trace->errors, 1);
    assert_int_equal(trace->running, 1);
    assert_int_equal(trace_span_end_ns(find(trace, 4), 70), 70);
    assert_int_equal(trace_span_end_ns(find(trace, 4), 10), 40);
    trace_free(trace);
}

static void a_server_half_hangs_below_its_client_half(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    add(trace, 1, 0, 0, 100);
    struct trace_span *server = add(trace, 2, 1, 20, 50);
    server->flags = SPAN_SERVER_HALF;
    server->service = trace_name(trace, TEXT("db"));
    server->body = 20;
    add(trace, 2, 1, 10, 80);
    struct trace_span *inside = add(trace, 3, 2, 30, 10);
    inside->service = trace_name(trace, TEXT("db"));
    add(trace, 4, 2, 12, 1);                                             /* of the client */
    add(trace, 5, 2, 60, 1)->service = trace_name(trace, TEXT("third")); /* else the server's */
    trace_build(trace);
    assert_shape(trace, "1(2(4 20(3 5)))");
    struct id shared = number_id(2);
    assert_int_equal(trace->spans[trace_find(trace, &shared, true)].body, 20);
    assert_int_equal(trace->spans[trace_find(trace, &shared, false)].body, 2);
    trace_free(trace);
}

static void spellings_of_one_id_meet(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    struct id id;
    struct id parent;
    assert_int_equal(id_parse_span(TEXT("7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1"), &id), ERR_OK);
    trace_add(trace, &id, NULL)->body = 1;
    assert_int_equal(id_parse_span(TEXT("child"), &id), ERR_OK);
    assert_int_equal(id_parse_span(TEXT("7F3C09D251B44E0C9A550C1E77AB90F1"), &parent), ERR_OK);
    trace_add(trace, &id, &parent)->body = 2;
    for (size_t i = 0; i < trace->count; i++) {
        trace->spans[i].name = trace_name(trace, TEXT("x"));
    }
    trace_build(trace);
    assert_shape(trace, "1(2)");
    struct id read = trace_span_id(trace, &trace->spans[1]);
    assert_true(id_equals(&read, &id));
    read = trace_span_parent_id(trace, &trace->spans[1]);
    assert_true(id_equals(&read, &parent));
    trace_free(trace);
}

static void a_deep_chain_needs_no_stack(void **state)
{
    (void)state;
    enum { DEEP = 200000 };
    struct trace *trace = trace_new();
    for (uint64_t i = DEEP; i > 0; i--) {
        add(trace, i, i - 1, (int64_t)i, 2 * DEEP - (int64_t)i);
    }
    trace_build(trace);
    assert_int_equal(trace->count, DEEP);
    assert_int_equal(trace->depth_largest, DEEP - 1);
    assert_int_equal(trace->spans[DEEP - 1].depth, UINT16_MAX);
    assert_int_equal(trace->spans[0].subtree_end, DEEP);
    trace_free(trace);
}

static void extreme_times_do_not_overflow(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    add(trace, 1, 0, 0, INT64_MAX);
    add(trace, 2, 1, INT64_MAX, INT64_MAX);
    add(trace, 3, 9, INT64_MAX - 1, 1);
    trace_build(trace);
    assert_int_equal(trace->count, 4);
    assert_true(trace->end_ns == INT64_MAX);
    trace_free(trace);
}

/* ---- against a naive model ---- */

static uint64_t random_state = 7;

static uint64_t any(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

/* Nanoseconds of the span that no child covers, counted one by one. */
static int64_t naive_self(const struct trace *trace, size_t index)
{
    const struct trace_span *span = &trace->spans[index];
    int64_t self = 0;
    int64_t end_ns = trace_span_end_ns(span, trace->end_ns);
    for (int64_t ns = span->start_ns; ns < end_ns; ns++) {
        bool covered = false;
        for (size_t i = 0; i < trace->count; i++) {
            covered |= trace->spans[i].parent == (int32_t)index && trace->spans[i].start_ns <= ns &&
                       ns < trace_span_end_ns(&trace->spans[i], trace->end_ns);
        }
        self += !covered;
    }
    return self;
}

static void check_tree(const struct trace *trace, size_t stored)
{
    size_t seen = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        seen += (span->flags & TRACE_SPAN_SYNTHETIC) == 0;
        assert_true(span->subtree_end > i && span->subtree_end <= trace->count);
        assert_true(span->parent < (int32_t)i);
        if (span->parent == TRACE_NO_SPAN) {
            assert_int_equal(span->depth, 0);
        } else {
            const struct trace_span *parent = &trace->spans[span->parent];
            assert_int_equal(span->depth, parent->depth + 1);
            assert_true(span->subtree_end <= parent->subtree_end);
            struct id wanted = trace_span_parent_id(trace, span);
            struct id got = trace_span_id(trace, parent);
            assert_true(id_equals(&wanted, &got));
        }
        if (i > 0 && trace->spans[i - 1].subtree_end == i && span->depth > 0) {
            size_t sibling = i - 1; /* the previous sibling starts no later */
            while (trace->spans[sibling].depth > span->depth) {
                sibling = (size_t)trace->spans[sibling].parent;
            }
            assert_true(trace->spans[sibling].start_ns <= span->start_ns);
        }
        if ((span->flags & TRACE_SPAN_SYNTHETIC) == 0) {
            assert_int_equal(span->self_ns, naive_self(trace, i));
        }
    }
    assert_int_equal(seen, stored);
    assert_int_equal(trace->count, stored + trace->missing_parents);
}

/* Any links: missing ones, cycles of any shape, self parents, the same id twice. */
static void any_links_give_a_tree_with_every_span(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct trace *trace = trace_new();
        size_t count = any(12) + 1;
        for (size_t i = 0; i < count; i++) {
            add(trace, any(count) + 1, any(count + 3), (int64_t)any(40),
                any(8) == 0 ? SPAN_RUNNING : (int64_t)any(40));
        }
        trace_build(trace);
        check_tree(trace, count);
        trace_free(trace);
    }
}

/* The order of arrival does not show. */
static void the_tree_does_not_depend_on_the_order_of_arrival(void **state)
{
    (void)state;
    enum { SPANS = 40 };
    for (int round = 0; round < 200; round++) {
        struct {
            uint64_t id, parent;
            int64_t start_ns, duration_ns;
        } rows[SPANS];
        for (uint64_t i = 0; i < SPANS; i++) {
            rows[i].id = i + 1;
            rows[i].parent = any(SPANS + 5);
            rows[i].start_ns = (int64_t)any(10);
            rows[i].duration_ns = (int64_t)any(10);
        }
        struct trace *first = trace_new();
        struct trace *second = trace_new();
        for (size_t i = 0; i < SPANS; i++) {
            add(first, rows[i].id, rows[i].parent, rows[i].start_ns, rows[i].duration_ns);
        }
        for (size_t i = SPANS; i > 0; i--) {
            size_t other = any(i); /* shuffle while adding */
            add(second, rows[other].id, rows[other].parent, rows[other].start_ns,
                rows[other].duration_ns);
            rows[other] = rows[i - 1];
        }
        trace_build(first);
        trace_build(second);
        assert_int_equal(first->count, second->count);
        for (size_t i = 0; i < first->count; i++) {
            assert_int_equal(first->spans[i].body, second->spans[i].body);
            assert_int_equal(first->spans[i].parent, second->spans[i].parent);
            assert_int_equal(first->spans[i].self_ns, second->spans[i].self_ns);
            assert_int_equal(first->spans[i].flags, second->spans[i].flags);
        }
        trace_free(first);
        trace_free(second);
    }
}

static void many_names_are_kept_once(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    char name[32];
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "name %u", i);
        assert_int_equal(trace_name(trace, text_from(name)), i);
    }
    assert_int_equal(trace_name(trace, TEXT("name 77")), 77);
    assert_int_equal(trace->name_count, 5000);
    trace_free(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_trace_is_fine),
        cmocka_unit_test(of_a_partial_trace_all_hangs_below_the_root),
        cmocka_unit_test(children_hang_below_their_parents_in_order),
        cmocka_unit_test(orphans_hang_below_a_stand_in),
        cmocka_unit_test(a_cycle_is_cut_at_its_earliest_span),
        cmocka_unit_test(self_time_is_what_no_child_covers),
        cmocka_unit_test(errors_and_running_spans_show_in_their_ancestors),
        cmocka_unit_test(a_server_half_hangs_below_its_client_half),
        cmocka_unit_test(spellings_of_one_id_meet),
        cmocka_unit_test(a_deep_chain_needs_no_stack),
        cmocka_unit_test(extreme_times_do_not_overflow),
        cmocka_unit_test(any_links_give_a_tree_with_every_span),
        cmocka_unit_test(the_tree_does_not_depend_on_the_order_of_arrival),
        cmocka_unit_test(many_names_are_kept_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
