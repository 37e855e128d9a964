/* test_client — libtracetui against a receiver that the test plays itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ingest/client/tracetui_client.h"

enum { BODIES = 256, BODY_BYTES = 65536 };

/* A receiver: keeps what it got, answers what it is told to. */
struct receiver {
    int listener;
    char endpoint[64];
    pthread_t thread;
    pthread_mutex_t lock;
    int refuse; /* so many requests are answered 503 first */
    const char *refusal;
    int connections, requests;
    char *bodies[BODIES];
    char head[4096]; /* of the last request */
    int stop;
};

static ssize_t read_request(int file, char *target, size_t size)
{
    size_t length = 0;
    for (;;) {
        ssize_t got = recv(file, target + length, size - 1 - length, 0);
        if (got <= 0) {
            return -1;
        }
        length += (size_t)got;
        target[length] = '\0';
        const char *end = strstr(target, "\r\n\r\n");
        const char *said = strstr(target, "Content-Length: ");
        if (end != NULL && said != NULL &&
            length >= (size_t)(end + 4 - target) + strtoul(said + 16, NULL, 10)) {
            return (ssize_t)length;
        }
    }
}

static void serve_connection(struct receiver *receiver, int file)
{
    char *request = malloc(BODY_BYTES * 16);
    while (read_request(file, request, BODY_BYTES * 16) > 0) {
        pthread_mutex_lock(&receiver->lock);
        const char *body = strstr(request, "\r\n\r\n") + 4;
        snprintf(receiver->head, sizeof receiver->head, "%.*s", (int)(body - request), request);
        int refused = receiver->refuse > 0;
        if (refused) {
            receiver->refuse--;
        } else {
            receiver->bodies[receiver->requests++] = strdup(body);
        }
        const char *answer =
            refused ? receiver->refusal : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        pthread_mutex_unlock(&receiver->lock);
        if (send(file, answer, strlen(answer), MSG_NOSIGNAL) < 0) {
            break;
        }
    }
    free(request);
    close(file);
}

static void *serve(void *context)
{
    struct receiver *receiver = context;
    for (;;) {
        int file = accept(receiver->listener, NULL, NULL);
        if (file < 0 || receiver->stop) {
            if (file >= 0) {
                close(file);
            }
            return NULL;
        }
        receiver->connections++;
        serve_connection(receiver, file);
    }
}

static int setup(void **state)
{
    struct receiver *receiver = calloc(1, sizeof *receiver);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    receiver->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    receiver->refusal = "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";
    pthread_mutex_init(&receiver->lock, NULL);
    assert_int_equal(bind(receiver->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(receiver->listener, 16), 0);
    getsockname(receiver->listener, (struct sockaddr *)&address, &size);
    snprintf(receiver->endpoint, sizeof receiver->endpoint, "http://127.0.0.1:%d",
             ntohs(address.sin_port));
    pthread_create(&receiver->thread, NULL, serve, receiver);
    *state = receiver;
    return 0;
}

static int teardown(void **state)
{
    struct receiver *receiver = *state;
    receiver->stop = 1;
    shutdown(receiver->listener, SHUT_RDWR);
    pthread_join(receiver->thread, NULL);
    close(receiver->listener);
    for (int i = 0; i < receiver->requests; i++) {
        free(receiver->bodies[i]);
    }
    pthread_mutex_destroy(&receiver->lock);
    free(receiver);
    return 0;
}

static size_t count_in(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static size_t count_received(struct receiver *receiver, const char *part)
{
    size_t count = 0;
    pthread_mutex_lock(&receiver->lock);
    for (int i = 0; i < receiver->requests; i++) {
        count += count_in(receiver->bodies[i], part);
    }
    pthread_mutex_unlock(&receiver->lock);
    return count;
}

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
    tt_event(pay, "charged");
    tt_end_error(pay, "declined");
    assert_ptr_equal(tt_current(), order);
    tt_end(order);
    assert_null(tt_current());
    tt_close(tracer, 3000);
    assert_int_equal(receiver->requests, 1);
    const char *body = receiver->bodies[0];
    assert_non_null(strstr(body, "\"name\":\"pay \\u0022now\\u0022\\u000a\""));
    assert_non_null(
        strstr(body, "\"amount\":9007199254740993,\"rate\":2.0,\"bad\xEF\xBF\xBD\":\"\xC3\xA9\""));
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
    assert_true(tt_flush(tracer, 5000));
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
    assert_true(tt_flush(tracer, 10000));
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
    assert_true(tt_flush(tracer, 5000));
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
    assert_true(tt_flush(tracer, 5000));
    assert_int_equal(count_received(receiver, "\"status\":\"in_progress\""), 1);
    tt_end(import);
    assert_true(tt_flush(tracer, 5000));
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
    tt_flush(tracer, 300);
    struct tt_stats stats;
    tt_stats(tracer, &stats);
    assert_int_equal(stats.sent, 0);
    tt_close(tracer, 300);
}

static void child_process_sends_only_its_own(void **state)
{
#ifdef __SANITIZE_THREAD__
    skip(); /* the sanitizer itself supports no threads after a fork */
#endif
    struct receiver *receiver = *state;
    struct tt_options options = {.endpoint = receiver->endpoint};
    struct tt_tracer *tracer = tt_open(&options);
    tt_end(tt_start(tracer, "before"));
    pid_t child = fork();
    if (child == 0) {
        tt_end(tt_start(tracer, "in child"));
        tt_close(tracer, 3000);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    tt_end(tt_start(tracer, "after"));
    tt_close(tracer, 3000);
    assert_int_equal(count_received(receiver, "\"before\""), 1);
    assert_int_equal(count_received(receiver, "\"in child\""), 1);
    assert_int_equal(count_received(receiver, "\"after\""), 1);
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
    tt_close(tracer, 3000);
    assert_int_equal(count_received(receiver, "\"job\""), 1);
}

static const char *header_of(const char *name, void *ctx)
{
    const char *const(*headers)[2] = ctx;
    for (; (*headers)[0] != NULL; headers++) {
        if (strcmp((*headers)[0], name) == 0) {
            return (*headers)[1];
        }
    }
    return NULL;
}

static bool read_traceparent(const char *value, struct tt_context *context)
{
    const char *headers[][2] = {{"traceparent", value}, {NULL, NULL}};
    return tt_context_from_headers(header_of, headers, context);
}

static void traceparent_is_read_by_the_letter(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    };
    struct tt_context context;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(read_traceparent(wrong[i], &context));
    }
    assert_true(
        read_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", &context));
    assert_false(context.sampled);
    assert_true(
        read_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", &context));
    assert_string_equal(context.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_string_equal(context.span_id, "00f067aa0ba902b7");
    assert_true(context.sampled);
}

static void context_survives_json(void **state)
{
    (void)state;
    struct tt_context context = {
        .trace_id = "abc-123-def", .span_id = "span-456", .session = "s \"1\"", .sampled = true};
    struct tt_context back;
    char json[512];
    size_t length = tt_context_to_json(&context, json, sizeof json);
    assert_int_equal(length, strlen(json));
    assert_true(tt_context_from_json(json, &back));
    assert_string_equal(back.trace_id, context.trace_id);
    assert_string_equal(back.session, context.session);
    assert_false(tt_context_from_json("{\"traceId\":\"x\"", &back));
    assert_false(tt_context_from_json("{}", &back));
    assert_false(tt_context_from_json("{\"traceId\":\"x\"} y", &back));
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
        cmocka_unit_test_setup_teardown(children_follow_the_thread_stack, setup, teardown),
        cmocka_unit_test_setup_teardown(batches_share_one_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(busy_receiver_gets_every_span_once, setup, teardown),
        cmocka_unit_test_setup_teardown(refused_batches_are_counted_not_repeated, setup, teardown),
        cmocka_unit_test_setup_teardown(running_span_is_announced_then_completed, setup, teardown),
        cmocka_unit_test_setup_teardown(child_process_sends_only_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(span_moves_to_another_thread, setup, teardown),
        cmocka_unit_test(dead_receiver_costs_bounded_memory_and_time),
        cmocka_unit_test(traceparent_is_read_by_the_letter),
        cmocka_unit_test(context_survives_json),
        cmocka_unit_test(endpoints_that_are_none_are_refused),
        cmocka_unit_test(seed_makes_the_same_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
