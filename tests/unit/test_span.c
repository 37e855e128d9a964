/* test_span — ids in their spellings, statuses and kinds by name, the batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/span.h"

static struct id trace_id(const char *text)
{
    struct id id = {0};
    assert_int_equal(id_parse_trace(text_from(text), &id), ERR_OK);
    return id;
}

static struct id span_id(const char *text)
{
    struct id id = {0};
    assert_int_equal(id_parse_span(text_from(text), &id), ERR_OK);
    return id;
}

static void assert_id_prints(struct id id, const char *expected)
{
    char printed[ID_PRINT_BYTES];
    assert_int_equal(id_print(&id, printed), strlen(expected));
    assert_string_equal(printed, expected);
}

static void ids_print_as_they_were_written(void **state)
{
    (void)state;
    assert_id_prints(trace_id("7F3C09D251B44E0C9A550C1E77AB90F1"),
                     "7f3c09d251b44e0c9a550c1e77ab90f1");
    assert_id_prints(trace_id("7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1"),
                     "7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1");
    assert_id_prints(trace_id("9a550c1e77ab90f1"), "9a550c1e77ab90f1");
    assert_id_prints(trace_id(" abc-123-def\n"), "abc-123-def");
    assert_id_prints(span_id("00F067AA0BA902B7"), "00f067aa0ba902b7");
    assert_id_prints(span_id("span one"), "span one");
    assert_id_prints((struct id){0}, "");
}

static void spellings_of_one_id_are_equal(void **state)
{
    (void)state;
    struct id hex = trace_id("7f3c09d251b44e0c9a550c1e77ab90f1");
    struct id uuid = trace_id("7F3C09D2-51B4-4E0C-9A55-0C1E77AB90F1");
    struct id padded = trace_id("00000000000000009a550c1e77ab90f1");
    struct id brief = trace_id("9a550c1e77ab90f1");
    assert_true(id_equals(&hex, &uuid));
    assert_true(id_equals(&padded, &brief));
    assert_false(id_equals(&hex, &brief));
    assert_int_equal(id_hash(&hex), id_hash(&uuid));
    assert_int_equal(id_hash(&padded), id_hash(&brief));
}

static void text_never_equals_bytes(void **state)
{
    (void)state;
    struct id text = span_id("abcdefgh");
    struct id bytes;
    assert_int_equal(id_from_bytes((const uint8_t *)"abcdefgh", 8, &bytes), ERR_OK);
    assert_false(id_equals(&text, &bytes));
    assert_true(id_compare(&text, &bytes) < 0);
    assert_true(id_compare(&bytes, &text) > 0);
    struct id longer = span_id("abcdefghi");
    assert_true(id_compare(&text, &longer) < 0);
}

static void wrong_ids_are_refused(void **state)
{
    (void)state;
    struct id id = {.length = 3};
    char long_id[66];
    memset(long_id, 'x', sizeof long_id);
    assert_int_equal(id_parse_trace(TEXT(""), &id), ERR_PARSE);
    assert_int_equal(id_parse_trace(TEXT("   "), &id), ERR_PARSE);
    assert_int_equal(id_parse_trace(TEXT("0000000000000000"), &id), ERR_PARSE);
    assert_int_equal(id_parse_trace(TEXT("00000000000000000000000000000000"), &id), ERR_PARSE);
    assert_int_equal(id_parse_span(TEXT("00000000-0000-0000-0000-000000000000"), &id), ERR_PARSE);
    assert_int_equal(id_parse_span(TEXT("a\x1b[0m"), &id), ERR_PARSE);
    assert_int_equal(id_parse_span(TEXT("a\xff"), &id), ERR_PARSE);
    assert_int_equal(id_parse_span(TEXT("a\0b"), &id), ERR_PARSE);
    assert_int_equal(id_parse_span(text_make(long_id, 65), &id), ERR_LIMIT);
    assert_int_equal(id_from_bytes((const uint8_t *)"abcdefgh", 7, &id), ERR_PARSE);
    assert_int_equal(id_from_bytes((const uint8_t *)"\0\0\0\0\0\0\0\0", 8, &id), ERR_PARSE);
    assert_int_equal(id.length, 3);
    assert_int_equal(id_parse_span(text_make(long_id, 64), &id), ERR_OK);
    char printed[ID_PRINT_BYTES];
    assert_int_equal(id_print(&id, printed), 64);
}

static void nearly_hex_is_text(void **state)
{
    (void)state;
    assert_int_equal(trace_id("7f3c09d251b44e0c9a550c1e77ab90fg").form, ID_TEXT);
    assert_int_equal(trace_id("7f3c09d251b44e0c").form, ID_SHORT);
    assert_int_equal(trace_id("7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f").form, ID_TEXT);
    assert_int_equal(trace_id("7f3c09d2_51b4-4e0c-9a55-0c1e77ab90f1").form, ID_TEXT);
    assert_int_equal(span_id("7f3c").form, ID_TEXT);
}

static void statuses_have_several_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum span_status status;
    } cases[] = {
        {"in_progress", STATUS_IN_PROGRESS},
        {"Running", STATUS_IN_PROGRESS},
        {"ok", STATUS_COMPLETED},
        {"UNSET", STATUS_COMPLETED},
        {"completed", STATUS_COMPLETED},
        {"error", STATUS_ERROR},
        {"cancelled", STATUS_CANCELLED},
        {"canceled", STATUS_CANCELLED},
    };
    enum span_status status;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(status_parse(text_from(cases[i].name), &status), ERR_OK);
        assert_int_equal(status, cases[i].status);
    }
    assert_int_equal(status_parse(TEXT("fine"), &status), ERR_PARSE);
    for (int i = 0; i < STATUS_COUNT; i++) {
        assert_int_equal(status_parse(text_from(status_name((enum span_status)i)), &status),
                         ERR_OK);
        assert_int_equal(status, i);
    }
}

static void kinds_have_two_names(void **state)
{
    (void)state;
    enum span_kind kind;
    assert_int_equal(kind_parse(TEXT("SPAN_KIND_SERVER"), &kind), ERR_OK);
    assert_int_equal(kind, KIND_SERVER);
    assert_int_equal(kind_parse(TEXT("client"), &kind), ERR_OK);
    assert_int_equal(kind, KIND_CLIENT);
    assert_int_equal(kind_parse(TEXT("SPAN_KIND_"), &kind), ERR_PARSE);
    assert_string_equal(kind_name(KIND_CONSUMER), "consumer");
}

static void a_batch_grows_and_takes_back(void **state)
{
    (void)state;
    struct batch *batch = batch_new();
    for (int i = 0; i < 1000; i++) {
        struct span *span = batch_add(batch);
        assert_int_equal(span->end_ns, SPAN_RUNNING);
        assert_null(span->name.data);
        span->name = arena_format(&batch->arena, "span %d", i);
    }
    batch_drop_last(batch);
    assert_int_equal(batch->count, 999);
    assert_true(text_is(batch->spans[998].name, "span 998"));
    assert_null(batch_add(batch)->name.data);
    assert_true(batch_bytes(batch) > 1000 * sizeof(struct span));
    batch_free(batch);
    batch_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_print_as_they_were_written),
        cmocka_unit_test(spellings_of_one_id_are_equal),
        cmocka_unit_test(text_never_equals_bytes),
        cmocka_unit_test(wrong_ids_are_refused),
        cmocka_unit_test(nearly_hex_is_text),
        cmocka_unit_test(statuses_have_several_names),
        cmocka_unit_test(kinds_have_two_names),
        cmocka_unit_test(a_batch_grows_and_takes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
