/* test_filter_form — queries through the form and back: nothing the user wrote is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/filter_form.h"
#include "tui/form_query.h"
#include "tui/query_edit.h"

static void parse(const char *text, struct filter *filter)
{
    struct filter_error error;
    *filter = (struct filter){0};
    if (filter_parse(text_from(text), filter, &error) != ERR_OK) {
        fail_msg("%s: %s", text, error.text);
    }
}

static void assert_same_query(const char *a, const char *b)
{
    struct filter one;
    struct filter two;
    struct text_buffer first = {0};
    struct text_buffer second = {0};
    parse(a, &one);
    parse(b, &two);
    filter_print(&one, &first);
    filter_print(&two, &second);
    assert_string_equal(first.data != NULL ? first.data : "",
                        second.data != NULL ? second.data : "");
    text_buffer_free(&first);
    text_buffer_free(&second);
    filter_clear(&one);
    filter_clear(&two);
}

static void read_form(const char *query, struct form_query *form)
{
    struct filter filter;
    *form = (struct form_query){0};
    parse(query, &filter);
    form_query_read(form, &filter);
    filter_clear(&filter);
}

static void assert_value(const struct form_query *form, enum form_field field, const char *value)
{
    const char *data = form->values[field].data;
    assert_string_equal(data != NULL ? data : "", value);
}

static void terms_become_fields(void **state)
{
    (void)state;
    struct form_query form;
    read_form("user:alice,bob* op:createGoal status:error dur>250ms spans>=10 service:api since:1h "
              ".http.status_code>=500 \"free text\"",
              &form);
    assert_value(&form, FORM_USER, "alice,bob*");
    assert_value(&form, FORM_OPERATION, "createGoal");
    assert_value(&form, FORM_STATUS, "error");
    assert_value(&form, FORM_DURATION_LEAST, "250ms");
    assert_value(&form, FORM_SPANS_LEAST, "10");
    assert_value(&form, FORM_SERVICE, "api");
    assert_value(&form, FORM_LAST, "1h");
    assert_value(&form, FORM_KEY, "http.status_code");
    assert_value(&form, FORM_COMPARE, ">=");
    assert_value(&form, FORM_VALUE, "500");
    assert_value(&form, FORM_TEXT, "\"free text\"");
    assert_int_equal(form.also.length, 0);
    form_query_clear(&form);
}

static void what_the_form_cannot_show_survives(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "",
        "user:alice",
        "user:alice -user:bob status:error,running",
        "(status:error OR dur>1s) user:alice",
        "status:error OR dur>1s",
        "{service:db span.dur>100ms} {service:api status:error} op:goal",
        "user:alice user:bob",
        "dur:250ms..2s op:=mutation:createGoal",
        "dur>250ms dur<2s",
        "dur<=2s since:14:00 until:-5s",
        "err:UNIQUE has:attr.sql kind:server trace:7f3c",
        "attr.http.status_code=500 attr.db.system=sqlite",
        "type:db,http -type:ui !has:error",
        "\"a \\\" quote\" word",
        "client:web meta.browser=firefox limit:10",
    };
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        struct form_query form;
        struct text_buffer text = {0};
        read_form(queries[i], &form);
        form_query_print(&form, &text);
        struct form_query again;
        struct text_buffer second = {0};
        read_form(text.data != NULL ? text.data : "", &again);
        form_query_print(&again, &second);
        assert_string_equal(text.data != NULL ? text.data : "",
                            second.data != NULL ? second.data : "");
        struct filter before;
        struct filter after;
        parse(queries[i], &before);
        parse(text.data != NULL ? text.data : "", &after);
        const struct filter_node *terms[QUERY_TERMS_LARGEST];
        assert_int_equal(query_terms(&before, terms, ARRAY_LEN(terms)),
                         query_terms(&after, terms, ARRAY_LEN(terms)));
        filter_clear(&before);
        filter_clear(&after);
        text_buffer_free(&text);
        text_buffer_free(&second);
        form_query_clear(&form);
        form_query_clear(&again);
    }
}

static void typed_values_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    struct form_query form = {0};
    struct text_buffer text = {0};
    text_append_cstr(&form.values[FORM_USER], "alice smith");
    text_append_cstr(&form.values[FORM_TEXT], "user:x OR");
    form_query_print(&form, &text);
    assert_string_equal(text.data, "user:\"alice smith\" \"user:x OR\"");
    text_buffer_free(&text);
    form_query_clear(&form);
}

static void boxes_toggle_entries_of_a_list(void **state)
{
    (void)state;
    struct text_buffer list = {0};
    form_list_toggle(&list, TEXT("api"));
    form_list_toggle(&list, TEXT("my db"));
    assert_string_equal(list.data, "api,\"my db\"");
    assert_true(form_list_has(text_buffer_text(&list), TEXT("my db")));
    form_list_toggle(&list, TEXT("api"));
    assert_string_equal(list.data, "\"my db\"");
    text_buffer_free(&list);
}

static void keys_fill_the_form(void **state)
{
    (void)state;
    struct filter_form *form = filter_form_new();
    struct filter filter = {0};
    struct text_buffer text = {0};
    filter_form_open(form, &filter);
    for (const char *key = "bob\t\t\t\t\t x"; *key != '\0'; key++) {
        filter_form_key(form, (uint32_t)(*key == 'x' ? '\t' : *key));
    }
    filter_form_print(form, &text);
    assert_string_equal(text.data, "user:bob status:error");
    assert_int_equal(filter_form_key(form, '\r'), FILTER_FORM_APPLY);
    filter_form_key(form, 24); /* ^X */
    text_buffer_clear(&text);
    filter_form_print(form, &text);
    assert_int_equal(text.length, 0);
    assert_int_equal(filter_form_key(form, 27), FILTER_FORM_CANCEL);
    text_buffer_free(&text);
    filter_form_free(form);
}

static void a_wrong_value_cannot_be_applied(void **state)
{
    (void)state;
    struct filter_form *form = filter_form_new();
    struct filter filter;
    parse("dur>=1s", &filter);
    filter_form_open(form, &filter);
    for (int i = 0; i < 8; i++) {
        filter_form_key(form, '\t'); /* to the duration */
    }
    filter_form_key(form, 'x');
    assert_int_not_equal(filter_form_key(form, '\r'), FILTER_FORM_APPLY);
    filter_clear(&filter);
    filter_form_free(form);
}

static void a_term_is_added_beside_an_or(void **state)
{
    (void)state;
    struct filter filter;
    struct text_buffer text = {0};
    parse("user:a OR user:b", &filter);
    query_with(&filter, TEXT("status:error"), &text);
    assert_same_query(text.data, "(user:a OR user:b) status:error");
    text_buffer_clear(&text);
    filter_clear(&filter);
    parse("user:a status:error", &filter);
    query_with(&filter, TEXT("status:error"), &text);
    assert_string_equal(text.data, "user:a status:error"); /* not twice */
    text_buffer_free(&text);
    filter_clear(&filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_become_fields),
        cmocka_unit_test(what_the_form_cannot_show_survives),
        cmocka_unit_test(typed_values_are_quoted_where_they_must_be),
        cmocka_unit_test(boxes_toggle_entries_of_a_list),
        cmocka_unit_test(keys_fill_the_form),
        cmocka_unit_test(a_wrong_value_cannot_be_applied),
        cmocka_unit_test(a_term_is_added_beside_an_or),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
