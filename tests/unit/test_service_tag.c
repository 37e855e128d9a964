/* test_service_tag — tags are short, unique and the same in every run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "goal_trace.h"
#include "tui/service_tag.h"

static struct trace *trace_of(const char *const *services, size_t count)
{
    struct trace *trace = trace_new();
    for (size_t i = 0; i < count; i++) {
        struct goal_span span = {(unsigned)i + 1, 0, services[i],      "x", "t",
                                 (int64_t)i,      1, STATUS_COMPLETED, 0};
        goal_add(trace, &span);
    }
    trace_build(trace);
    return trace;
}

static const struct service_tag *tag_of(const struct service_tags *tags, struct trace *trace,
                                        const char *service)
{
    return &tags->by_name[trace_name(trace, text_from(service))];
}

static void tags_read_like_the_names(void **state)
{
    (void)state;
    static const char *const services[] = {"web", "api", "db", "redis", "http"};
    struct trace *trace = trace_of(services, ARRAY_LEN(services));
    struct service_tags tags = {0};
    service_tags_set(&tags, trace);
    assert_string_equal(tag_of(&tags, trace, "web")->tag, "web");
    assert_string_equal(tag_of(&tags, trace, "db")->tag, "db ");
    assert_string_equal(tag_of(&tags, trace, "redis")->tag, "rds");
    assert_string_equal(tag_of(&tags, trace, "http")->tag, "htp");
    service_tags_clear(&tags);
    trace_free(trace);
}

static void tags_are_unique_and_hues_differ(void **state)
{
    (void)state;
    static const char *const services[] = {"goal-store", "gals-star", "gls", "\xF0\x9F\x92\xA5",
                                           "",           "GLS",       "a",   "goal-stores"};
    struct trace *trace = trace_of(services, ARRAY_LEN(services));
    struct service_tags tags = {0};
    service_tags_set(&tags, trace);
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        const struct service_tag *left = tag_of(&tags, trace, services[i]);
        assert_int_equal(strlen(left->tag), SERVICE_TAG_LENGTH);
        for (size_t k = 0; k < i; k++) {
            const struct service_tag *right = tag_of(&tags, trace, services[k]);
            assert_string_not_equal(left->tag, right->tag);
            assert_int_not_equal(left->hue, right->hue);
        }
    }
    service_tags_clear(&tags);
    trace_free(trace);
}

static void the_order_of_arrival_does_not_matter(void **state)
{
    (void)state;
    static const char *const one[] = {"orders", "ordres", "redis"};
    static const char *const other[] = {"redis", "ordres", "orders"};
    struct trace *a = trace_of(one, ARRAY_LEN(one));
    struct trace *b = trace_of(other, ARRAY_LEN(other));
    struct service_tags left = {0};
    struct service_tags right = {0};
    service_tags_set(&left, a);
    service_tags_set(&right, b);
    for (size_t i = 0; i < ARRAY_LEN(one); i++) {
        assert_string_equal(tag_of(&left, a, one[i])->tag, tag_of(&right, b, one[i])->tag);
        assert_int_equal(tag_of(&left, a, one[i])->hue, tag_of(&right, b, one[i])->hue);
    }
    service_tags_clear(&left);
    service_tags_clear(&right);
    trace_free(a);
    trace_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_read_like_the_names),
        cmocka_unit_test(tags_are_unique_and_hues_differ),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
