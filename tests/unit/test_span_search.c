/* test_span_search — which spans of a trace a query is about, and finding them in slices. */
#include "store_fixture.h"

#include "store/filter_spans.h"

#define TRACE "7f3c09d251b44e0c9a550c1e77ab90f1"

/* The last digit of an id is the span's in the tests. */
static const struct fixture_span world[] = {
    {.trace = TRACE,
     .id = "0000000000000001",
     .name = "mutation:createGoal",
     .service = "web",
     .type = "graphql",
     .duration_ms = 120,
     .status = STATUS_ERROR,
     .user = "alice",
     .message = "createGoal failed",
     .attributes = "{\"http.status_code\":500,\"http.url\":\"/graphql\"}"},
    {.trace = TRACE,
     .id = "0000000000000002",
     .parent = "0000000000000001",
     .name = "SELECT goals",
     .service = "db",
     .type = "db",
     .start_ms = 10,
     .duration_ms = 5,
     .status = STATUS_COMPLETED,
     .flags = SPAN_HAS_SQL,
     .attributes = "{\"db.statement\":\"SELECT * FROM goals\"}"},
    {.trace = TRACE,
     .id = "0000000000000003",
     .parent = "0000000000000001",
     .name = "INSERT goals",
     .service = "db",
     .type = "db",
     .start_ms = 20,
     .duration_ms = 60,
     .status = STATUS_ERROR,
     .message = "UNIQUE constraint failed: goals.id",
     .flags = SPAN_HAS_SQL,
     .attributes = "{\"db.statement\":\"INSERT INTO goals\"}"},
    {.trace = TRACE,
     .id = "0000000000000004",
     .parent = "0000000000000001",
     .name = "render",
     .service = "web",
     .start_ms = 90,
     .duration_ms = 10,
     .status = STATUS_COMPLETED,
     .user = "alice",
     .attributes = "{\"template\":\"goal \\\"new\\\"\"}"},
};

static int set_up(void **state)
{
    *state = fixture_new(world, ARRAY_LEN(world));
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

/* The spans found in the fixture's first trace, as digits. */
static void search(struct fixture *fixture, const struct filter *filter, char digits[16])
{
    struct span_search *search = NULL;
    struct spans_found found = {0};
    struct arena arena = {0};
    struct trace *trace = NULL;
    struct err_msg why = {""};
    assert_int_equal(reader_trace(fixture->reader, 1, NULL, NULL, &trace, &why), ERR_OK);
    if (span_search_begin(fixture->reader, 1, filter, FIXTURE_START_NS, &search, &why) != ERR_OK ||
        span_search_step(search, NS_PER_S, &arena, &found, &why) != ERR_OK) {
        fail_msg("%s", why.text);
    }
    assert_true(found.done);
    size_t length = 0;
    for (size_t i = 0; i < found.count; i++) {
        for (size_t k = 0; k < trace->count; k++) {
            if (trace->spans[k].body == found.bodies[i]) {
                struct id id = trace_span_id(trace, &trace->spans[k]);
                digits[length++] = (char)('0' + id.bytes[id.length - 1]);
            }
        }
    }
    digits[length] = '\0';
    span_search_end(search);
    trace_free(trace);
    arena_clear(&arena);
}

static void a_query_is_about_the_spans_that_answer_it(void **state)
{
    static const struct {
        const char *query, *spans; /* NULL: about no span */
    } cases[] = {
        {"", NULL},
        {"user:alice status:error dur>1ms", NULL},
        {"-service:db", NULL},
        {"-goals", NULL},
        {"-(service:db OR goals)", NULL},
        {"service:db", "23"},
        {"user:alice service:db span.dur>50ms", "3"},
        {"{service:db status:error}", "3"},
        {"{service:web} {span:select}", "124"},
        {"span:select OR err:created", "2"},
        {"span:select OR user:bob", "2"},
        {"(user:bob OR (span:select OR type:graphql)) -span:nothing", "12"},
        {"err:UNIQUE", "3"},
        {"attr.http.status_code=500", "1"},
        {"sql:goals", "23"},
        {"goals", "23"},
        {"creategoal", "1"},
        {"has:sql status:error", "23"},
        {"kind:server", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct filter filter = {0};
        struct filter spans = {0};
        struct filter_error error;
        char digits[16];
        assert_int_equal(filter_parse(text_from(cases[i].query), &filter, &error), ERR_OK);
        filter_of_spans(&filter, &spans);
        assert_int_equal(spans.root != NULL, cases[i].spans != NULL);
        if (spans.root != NULL) {
            search(*state, &spans, digits);
            if (strcmp(digits, cases[i].spans) != 0) {
                fail_msg("%s: found \"%s\" instead of \"%s\"", cases[i].query, digits,
                         cases[i].spans);
            }
        }
        filter_clear(&spans);
        filter_clear(&filter);
    }
}

/* What is typed to be found is no query: quotes, stars and colons stand for themselves. */
static void a_text_is_taken_as_it_stands(void **state)
{
    static const struct {
        const char *text, *spans;
    } cases[] = {
        {"insert INTO", "3"}, {"goal \"new\"", "4"}, {"* FROM", "2"},
        {"user:alice", ""},   {"/graphql", "1"},     {"') OR (1=1", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct filter spans = {0};
        char digits[16];
        filter_of_text(text_from(cases[i].text), &spans);
        search(*state, &spans, digits);
        assert_string_equal(digits, cases[i].spans);
        filter_clear(&spans);
    }
}

/* Ids of all kinds and both halves of a shared one, so that each place to stop at is passed. */
static void slices_lose_no_span(void **state)
{
    (void)state;
    enum { SPANS = 1000 };
    struct fixture *fixture = fixture_new(NULL, 0);
    struct batch *batch = batch_new();
    for (size_t i = 0; i < SPANS; i++) {
        const char *format = i % 3 == 0 ? "text-%zu" : "%016zx";
        char id[40];
        snprintf(id, sizeof id, format, i / 2 + 1);
        struct fixture_span span = {.trace = TRACE,
                                    .id = id,
                                    .name = "a span",
                                    .start_ms = (int64_t)i,
                                    .duration_ms = 1,
                                    .status = STATUS_COMPLETED,
                                    .kind = i % 2 == 0 ? KIND_CLIENT : KIND_SERVER,
                                    .flags = i % 2 == 0 ? 0 : SPAN_SERVER_HALF,
                                    .attributes = "{\"answer\":42}"};
        fixture_add(batch, &span);
    }
    fixture_store(fixture, batch);
    struct filter filter = {0};
    struct span_search *search = NULL;
    struct err_msg why = {""};
    filter_of_text(TEXT("answer"), &filter);
    assert_int_equal(
        span_search_begin(fixture->reader, 1, &filter, FIXTURE_START_NS, &search, &why), ERR_OK);
    filter_clear(&filter); /* the search has a copy */
    struct trace *trace = NULL;
    assert_int_equal(reader_trace(fixture->reader, 1, NULL, NULL, &trace, &why), ERR_OK);
    size_t total = 0;
    size_t steps = 0;
    for (struct spans_found found = {0}; !found.done; steps++) {
        struct arena arena = {0};
        assert_int_equal(span_search_step(search, 0, &arena, &found, &why), ERR_OK);
        total += found.count;
        arena_clear(&arena);
    }
    assert_int_equal(total, trace->count);
    assert_true(steps > 10);
    trace_free(trace);
    span_search_end(search);
    fixture_free(fixture);
}

static void a_cancelled_search_says_so(void **state)
{
    struct fixture *fixture = *state;
    struct filter filter = {0};
    struct span_search *search = NULL;
    struct spans_found found = {0};
    struct arena arena = {0};
    struct err_msg why = {""};
    filter_of_text(TEXT("goals"), &filter);
    assert_int_equal(
        span_search_begin(fixture->reader, 1, &filter, FIXTURE_START_NS, &search, &why), ERR_OK);
    reader_cancel(fixture->reader);
    assert_int_equal(span_search_step(search, 0, &arena, &found, &why), ERR_CANCELLED);
    reader_resume(fixture->reader);
    assert_int_equal(span_search_step(search, NS_PER_S, &arena, &found, &why), ERR_OK);
    assert_int_equal(found.count, 2);
    span_search_end(search);
    filter_clear(&filter);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_is_about_the_spans_that_answer_it),
        cmocka_unit_test(a_text_is_taken_as_it_stands),
        cmocka_unit_test(slices_lose_no_span),
        cmocka_unit_test(a_cancelled_search_says_so),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
