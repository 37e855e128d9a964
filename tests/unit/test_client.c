/* test_client — batches, retries, bounds, forks and hand-over of the client library. */
#include "tests/unit/client_receiver.h"

#include <limits.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "ingest/client/tracetui_client.h"

static void children_follow_the_thread_stack(void **state)
{
    struct receiver *receiver = *state;
    struct tt_options options = {
        .endpoint = receiver->endpoint, .service = "shop", .token = "s3cret"};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_span *order = tt_start(tracer, "order");
    tt_set_user(order, "alice");
    struct tt_context outer;
    struct tt_context inner;
    tt_context_of(order, &outer);
    struct tt_span *pay = tt_start(tracer, "pay \"now\"\n");
    tt_context_of(pay, &inner);
    assert_string_equal(inner.trace_id, outer.trace_id);
    assert_string_equal(inner.parent_span_id, outer.span_id);
    tt_set_int(pay, "amount", 9007199254740993);
    tt_set_double(pay, "rate", 2);
    tt_set_string(pay, "bad\xFF", "\xC3\xA9");
    tt_set_bool(pay, "paid", true);
    tt_set_bool(pay, "paid", false);
    tt_set_json(pay, "card", "{\"kind\":[1,null]}");
    tt_set_json(pay, "note", "{not json");
    tt_event(pay, "charged");
    tt_end_error(pay, "declined");
    assert_ptr_equal(tt_current(), order);
    tt_end(order);
    assert_null(tt_current());
    tt_close(tracer, 20000);
    assert_int_equal(receiver->requests, 1);
    const char *body = receiver->bodies[0];
    assert_non_null(strstr(body, "\"name\":\"pay \\u0022now\\u0022\\u000a\""));
    assert_non_null(strstr(body, "{\"amount\":9007199254740993,\"rate\":2.0,"
                                 "\"bad\xEF\xBF\xBD\":\"\xC3\xA9\",\"paid\":false,"
                                 "\"card\":{\"kind\":[1,null]},\"note\":\"{not json\"}"));
    assert_non_null(strstr(body, "\"status\":\"error\",\"statusMessage\":\"declined\""));
    assert_int_equal(count_in(body, "\"userId\":\"alice\""), 2);
    assert_non_null(strstr(receiver->head, "POST /api/v1/telemetry/spans HTTP/1.1"));
    assert_non_null(strstr(receiver->head, "Authorization: Bearer s3cret\r\n"));
}

static void batches_share_one_connection(void **state)
{
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint, .batch_spans = 10};
    struct tt_tracer *tracer = tt_open(&options);
    for (int i = 0; i < 95; i++) {
        tt_end(tt_start(tracer, "work"));
    }
    assert_true(tt_flush(tracer, 20000));
    struct tt_stats stats;
    tt_stats(tracer, &stats);
    assert_int_equal(stats.sent, 95);
    assert_int_equal(stats.waiting, 0);
    tt_close(tracer, 1000);
    assert_int_equal(count_received(receiver, "\"spanId\""), 95);
    assert_true(receiver->requests >= 10);
    assert_int_equal(receiver->connections, 1);
}

static void busy_receiver_gets_every_span_once(void **state)
{
    struct receiver *receiver = *state;
    receiver->refuse = 3;
    struct tt_options options = {.endpoint = receiver->endpoint, .batch_spans = 5};
    struct tt_tracer *tracer = tt_open(&options);
    for (int i = 0; i < 20; i++) {
        tt_end(tt_start(tracer, "work"));
    }
    assert_true(tt_flush(tracer, 20000));
    struct tt_stats stats;
    tt_stats(tracer, &stats);
    assert_int_equal(stats.sent, 20);
    assert_int_equal(stats.retries, 3);
    tt_close(tracer, 1000);
    assert_int_equal(count_received(receiver, "\"spanId\""), 20);
}

static void refused_batches_are_counted_not_repeated(void **state)
{
    struct receiver *receiver = *state;
    receiver->refuse = 1;
    receiver->refusal = "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n";
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    tt_end(tt_start(tracer, "work"));
    assert_true(tt_flush(tracer, 20000));
    struct tt_stats stats;
    tt_stats(tracer, &stats);
    assert_int_equal(stats.failed, 1);
    assert_int_equal(stats.waiting, 0);
    tt_close(tracer, 1000);
}

static void running_span_is_announced_then_completed(void **state)
{
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_span *import = tt_start(tracer, "import");
    assert_true(tt_flush(tracer, 20000));
    assert_int_equal(count_received(receiver, "\"status\":\"in_progress\""), 1);
    tt_end(import);
    assert_true(tt_flush(tracer, 20000));
    assert_int_equal(count_received(receiver, "\"status\":\"ok\""), 1);
    tt_close(tracer, 1000);
}

static void dead_receiver_costs_bounded_memory_and_time(void **state)
{
    (void)state;
    struct tt_options options = {
        .endpoint = "http://127.0.0.1:1", .memory_bytes = 100000, .batch_spans = 10};
    struct tt_tracer *tracer = tt_open(&options);
    for (int i = 0; i < 5000; i++) {
        tt_end(tt_start(tracer, "work"));
    }
    assert_false(tt_flush(tracer, 300));
    struct tt_stats stats;
    tt_stats(tracer, &stats);
    assert_int_equal(stats.sent, 0);
    assert_true(stats.dropped > 4000);
    assert_int_equal(stats.dropped + stats.waiting, 5000);
    tt_close(tracer, 300);
}

static void note_result(const struct tt_result *result, void *ctx)
{
    struct tt_result *sum = ctx;
    sum->spans += result->delivered ? result->spans : 0;
    sum->dropped += result->dropped;
}

/* Until the first batch is on its way, so that what is in it does not depend on the scheduler. */
static void wait_for_first_request(struct tt_tracer *tracer)
{
    struct tt_stats stats = {0};
    for (int i = 0; i < 20000 && stats.requests == 0; i++) {
        usleep(1000);
        tt_stats(tracer, &stats);
    }
    assert_true(stats.requests > 0);
}

static void oldest_spans_make_room_and_are_reported(void **state)
{
    struct receiver *receiver = *state;
    receiver->refuse = INT_MAX; /* until all spans are there */
    struct tt_result sum = {0};
    struct tt_options options = {.endpoint = receiver->endpoint,
                                 .memory_bytes = 100000,
                                 .batch_spans = 50,
                                 .on_result = note_result,
                                 .ctx = &sum};
    struct tt_tracer *tracer = tt_open(&options);
    char name[32];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "work %d.", i);
        tt_end(tt_start(tracer, name));
        if (i == 49) {
            wait_for_first_request(tracer);
        }
    }
    pthread_mutex_lock(&receiver->lock);
    receiver->refuse = 0;
    pthread_mutex_unlock(&receiver->lock);
    assert_true(tt_flush(tracer, 20000));
    tt_close(tracer, 1000);
    assert_true(sum.dropped > 1000);
    assert_int_equal(sum.dropped + sum.spans, 5000);
    assert_int_equal(count_received(receiver, "work 4999."), 1);
    assert_int_equal(count_received(receiver, "work 2000."), 0);
}

static void receiver_that_asks_for_a_minute_is_left_alone(void **state)
{
    struct receiver *receiver = *state;
    receiver->refuse = 1000;
    receiver->refusal = "HTTP/1.1 429 Slow\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n";
    struct tt_options options = {.endpoint = receiver->endpoint, .batch_ms = 10};
    struct tt_tracer *tracer = tt_open(&options);
    tt_end(tt_start(tracer, "work"));
    wait_for_first_request(tracer);
    assert_false(tt_flush(tracer, 700)); /* three tries of its own would fit */
    struct tt_stats stats;
    tt_stats(tracer, &stats);
    assert_int_equal(stats.requests, 1);
    tt_close(tracer, 1);
}

static void keep_text(const struct tt_result *result, void *ctx)
{
    snprintf(ctx, 256, "%s", result->text);
}

static void refusal_is_told_in_the_receivers_words(void **state)
{
    struct receiver *receiver = *state;
    receiver->refuse = 1;
    receiver->refusal =
        "HTTP/1.1 100 Continue\r\n\r\n"
        "HTTP/1.1 401 Who\r\nContent-Length: 23\r\n\r\n{\"error\":\"no\n token\"}!!";
    char text[256] = "";
    struct tt_options options = {
        .endpoint = receiver->endpoint, .on_result = keep_text, .ctx = text};
    struct tt_tracer *tracer = tt_open(&options);
    tt_end(tt_start(tracer, "work"));
    assert_true(tt_flush(tracer, 20000));
    assert_string_equal(text, "401 {\"error\":\"no  token\"}!!");
    tt_close(tracer, 1000);
}

static void running_span_is_announced_though_the_receiver_was_busy(void **state)
{
    struct receiver *receiver = *state;
    receiver->refuse = 2;
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_span *import = tt_start(tracer, "import");
    assert_true(tt_flush(tracer, 20000));
    assert_int_equal(count_received(receiver, "\"status\":\"in_progress\""), 1);
    tt_end(import);
    tt_close(tracer, 20000);
    assert_int_equal(count_received(receiver, "\"status\":\"ok\""), 1);
}

static void span_that_runs_longer_than_a_batch_is_shown_unasked(void **state)
{
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint, .batch_ms = 20};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_span *import = tt_start(tracer, "import");
    for (int i = 0; i < 1000 && count_received(receiver, "in_progress") == 0; i++) {
        usleep(10000);
    }
    assert_int_equal(count_received(receiver, "in_progress"), 1);
    tt_end(import);
    tt_close(tracer, 20000);
}

static void child_process_sends_only_its_own(void **state)
{
#ifdef __SANITIZE_THREAD__
    skip(); /* the sanitizer itself supports no threads after a fork */
#endif
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_span *parent = tt_start(tracer, "parent");
    struct tt_context context;
    tt_context_of(parent, &context);
    tt_end(tt_start(tracer, "before"));
    pid_t child = fork();
    if (child == 0) {
        struct tt_context own;
        struct tt_span *span = tt_start(tracer, "in child");
        tt_context_of(span, &own);
        bool below = strcmp(own.parent_span_id, context.span_id) == 0;
        tt_end(span);
        tt_end(parent); /* not ours to send */
        tt_close(tracer, 20000);
        _exit(below ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    tt_end(tt_start(tracer, "after"));
    tt_end(parent);
    tt_close(tracer, 20000);
    assert_int_equal(count_received(receiver, "\"before\""), 1);
    assert_int_equal(count_received(receiver, "\"in child\""), 1);
    assert_int_equal(count_received(receiver, "\"after\""), 1);
    assert_int_equal(count_received(receiver, "\"parent\""), 1);
}

static void program_that_just_exits_loses_nothing(void **state)
{
#ifdef __SANITIZE_THREAD__
    skip();
#endif
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint, .exit_ms = 10000};
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct tt_tracer *tracer = tt_open(&options);
        tt_end(tt_start(tracer, "last words"));
        tt_start(tracer, "never ended");
        exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(count_received(receiver, "\"last words\""), 1);
    assert_int_equal(count_received(receiver, "\"in_progress\""), 1);
}

static void *end_elsewhere(void *context)
{
    tt_attach(context);
    tt_end(context);
    return NULL;
}

static void span_moves_to_another_thread(void **state)
{
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_span *job = tt_detach(tt_start(tracer, "job"));
    assert_null(tt_current());
    pthread_t thread;
    pthread_create(&thread, NULL, end_elsewhere, job);
    pthread_join(thread, NULL);
    tt_close(tracer, 20000);
    assert_int_equal(count_received(receiver, "\"job\""), 1);
}

struct job {
    struct tt_tracer *tracer;
    struct tt_span *span;
    atomic_int strays;
};

static void *work_below(void *context)
{
    struct job *job = context;
    struct tt_span *parent = job->span;
    struct tt_context below;
    struct tt_context above;
    tt_attach(parent);
    tt_context_of(parent, &above);
    for (int i = 0; i < 100; i++) {
        struct tt_span *part = tt_start(job->tracer, "part");
        tt_context_of(part, &below);
        if (strcmp(below.parent_span_id, above.span_id) != 0) {
            job->strays++;
        }
        tt_end(part);
    }
    tt_detach(parent);
    return NULL;
}

static void threads_share_a_parent(void **state)
{
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    struct job job = {.tracer = tracer, .span = tt_start(tracer, "job")};
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++) {
        pthread_create(&threads[i], NULL, work_below, &job);
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(job.strays, 0);
    assert_ptr_equal(tt_current(), job.span);
    tt_end(job.span);
    tt_close(tracer, 20000);
    assert_int_equal(count_received(receiver, "\"part\""), 800);
}

static void *leave_spans_open(void *context)
{
    tt_start(context, "left");
    tt_start(context, "left");
    return NULL;
}

static void thread_that_ends_inside_its_spans_leaks_nothing(void **state)
{
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    pthread_t thread;
    pthread_create(&thread, NULL, leave_spans_open, tracer);
    pthread_join(thread, NULL);
    tt_close(tracer, 20000);
    assert_int_equal(count_received(receiver, "in_progress"), 2);
}

static int succeed(void *ctx)
{
    (void)ctx;
    return 0;
}

static int return_7(void *ctx)
{
    (void)ctx;
    return 7;
}

static void call_is_a_span(void **state)
{
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    assert_int_equal(tt_trace_call(tracer, "good", "service", succeed, NULL), 0);
    assert_int_equal(tt_trace_call(tracer, "bad", NULL, return_7, NULL), 7);
    assert_int_equal(tt_trace_call(NULL, "untraced", NULL, return_7, NULL), 7);
    tt_close(tracer, 20000);
    assert_int_equal(count_received(receiver, "\"returned 7\""), 1);
    assert_int_equal(count_received(receiver, "\"operationType\":\"service\""), 1);
}

static void details_of_a_span_arrive(void **state)
{
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint,
                                 .service = "api",
                                 .client_type = "plugin",
                                 .client_version = "2.1",
                                 .session = "s1"};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_span *span = tt_start_at(tracer, NULL, "draft", 1500000000000000001);
    struct tt_context context = {.trace_id = "abc-123", .span_id = "def"};
    tt_set_name(span, "final");
    tt_set_service(span, "mixer");
    tt_set_kind(span, TT_PRODUCER);
    tt_set_client_type(span, "ios");
    struct tt_context sent;
    assert_true(tt_context_of(span, &sent));
    assert_string_equal(sent.client_type, "ios"); /* what a server behind it hears */
    tt_event_at(span, "knob", 1500000000000000002, "{\"turn\":1}");
    tt_event_at(span, "lever", 1500000000000000003, "not an object");
    tt_exception(span, "Oops", "it \"broke\"", NULL, 1500000000000000004);
    tt_link(span, &context);
    tt_end_at(span, TT_CANCELLED, NULL, 1500000000250000001);
    tt_close(tracer, 20000);
    static const char *const parts[] = {
        "\"name\":\"final\"",
        "\"service\":\"mixer\"",
        "\"kind\":\"producer\"",
        "\"startTimeMs\":1500000000000,\"startNs\":\"1500000000000000001\"",
        "\"endTimeMs\":1500000000250,\"endNs\":\"1500000000250000001\",\"durationMs\":250",
        "\"status\":\"cancelled\"",
        "\"sessionId\":\"s1\",\"clientType\":\"ios\",\"clientVersion\":\"2.1\"",
        "{\"name\":\"knob\",\"timestampNs\":\"1500000000000000002\",\"attributes\":{\"turn\":1}}",
        "{\"name\":\"lever\",\"timestampNs\":\"1500000000000000003\"}",
        "\"exception.message\":\"it \\u0022broke\\u0022\"",
        "\"links\":[{\"traceId\":\"abc-123\",\"spanId\":\"def\"}]",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strstr(receiver->bodies[0], parts[i]) == NULL) {
            fail_msg("%s is not in %s", parts[i], receiver->bodies[0]);
        }
    }
}

static void endless_span_stops_growing(void **state)
{
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_span *span = tt_start(tracer, "loop");
    char value[1001];
    memset(value, 'x', 1000);
    value[1000] = '\0';
    for (int i = 0; i < 3000; i++) {
        tt_event(span, value);
    }
    tt_end(span);
    tt_close(tracer, 1);
}

static void spans_that_never_end_are_bounded(void **state)
{
    (void)state;
    struct tt_options options = {.endpoint = "http://127.0.0.1:1", .memory_bytes = 20000};
    struct tt_tracer *tracer = tt_open(&options);
    for (int i = 0; i < 5000; i++) {
        tt_start_at(tracer, NULL, "leak", 0);
    }
    struct tt_stats stats;
    tt_stats(tracer, &stats);
    assert_int_equal(stats.started, 5000);
    assert_true(stats.dropped > 4800);
    tt_close(tracer, 1);
}

static void endpoints_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"https://x",  "127.0.0.1:4318", "http://",
                                        "http://h:0", "http://h:99999", "http://h/ x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct tt_options options = {.endpoint = wrong[i]};
        assert_null(tt_open(&options));
    }
}

static void seed_makes_the_same_ids(void **state)
{
    (void)state;
    struct tt_context contexts[2];
    for (int i = 0; i < 2; i++) {
        struct tt_options options = {.endpoint = "http://127.0.0.1:1", .random_seed = 7};
        struct tt_tracer *tracer = tt_open(&options);
        struct tt_span *span = tt_start_at(tracer, NULL, "x", 1000);
        tt_context_of(span, &contexts[i]);
        tt_close(tracer, 1);
    }
    assert_string_equal(contexts[0].trace_id, contexts[1].trace_id);
    assert_string_equal(contexts[0].span_id, contexts[1].span_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(children_follow_the_thread_stack, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(batches_share_one_connection, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(busy_receiver_gets_every_span_once, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(refused_batches_are_counted_not_repeated, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(running_span_is_announced_then_completed, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test(dead_receiver_costs_bounded_memory_and_time),
        cmocka_unit_test_setup_teardown(oldest_spans_make_room_and_are_reported, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(receiver_that_asks_for_a_minute_is_left_alone,
                                        receiver_setup, receiver_teardown),
        cmocka_unit_test_setup_teardown(refusal_is_told_in_the_receivers_words, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(running_span_is_announced_though_the_receiver_was_busy,
                                        receiver_setup, receiver_teardown),
        cmocka_unit_test_setup_teardown(span_that_runs_longer_than_a_batch_is_shown_unasked,
                                        receiver_setup, receiver_teardown),
        cmocka_unit_test_setup_teardown(child_process_sends_only_its_own, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(program_that_just_exits_loses_nothing, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(span_moves_to_another_thread, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(threads_share_a_parent, receiver_setup, receiver_teardown),
        cmocka_unit_test_setup_teardown(thread_that_ends_inside_its_spans_leaks_nothing,
                                        receiver_setup, receiver_teardown),
        cmocka_unit_test_setup_teardown(call_is_a_span, receiver_setup, receiver_teardown),
        cmocka_unit_test_setup_teardown(details_of_a_span_arrive, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(endless_span_stops_growing, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test(spans_that_never_end_are_bounded),
        cmocka_unit_test(endpoints_that_are_none_are_refused),
        cmocka_unit_test(seed_makes_the_same_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
