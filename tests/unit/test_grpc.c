/* test_grpc — what gRPC exporters hear: a real receiver on a free port, spoken to in HTTP/2. */
#include "ingest/knocks.h"
#include "tests/unit/grpc_world.h"

#include <zlib.h>

static void gzip_body(struct text_buffer *body, struct text message)
{
    z_stream stream = {.next_in = (z_const Bytef *)message.data, .avail_in = (uInt)message.length};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&stream, message.length);
    char *packed = mem_alloc(room);
    stream.next_out = (Bytef *)packed;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    frame(body, true, text_make(packed, stream.total_out));
    deflateEnd(&stream);
    free(packed);
}

static void ok_comes_after_the_commit(void **state)
{
    struct world world;
    struct text_buffer body = {0};
    open_world(&world, *state, (struct grpc_options){0}, 0);
    request_body(&body, 0, 3, 0);
    struct call call = {.body = text_buffer_text(&body)};
    call_alone(&world, &call);
    assert_answered(&call, 0, "");
    assert_int_equal(count_spans(&world), 3);
    assert_int_equal(call.answer_length, 5);
    assert_memory_equal(call.answer, "\0\0\0\0\0", 5);
    assert_int_equal(atomic_load(&world.place->counters.requests), 1);
    assert_int_equal(atomic_load(&world.place->counters.received), 3);
    text_buffer_free(&body);
    close_world(&world);
}

static void an_empty_request_is_fine(void **state)
{
    struct world world;
    open_world(&world, *state, (struct grpc_options){0}, 0);
    struct call call = {.body = text_make("\0\0\0\0\0", 5)};
    call_alone(&world, &call);
    assert_answered(&call, 0, "");
    close_world(&world);
}

static void gzip_is_taken(void **state)
{
    struct world world;
    struct text_buffer message = {0}, body = {0};
    open_world(&world, *state, (struct grpc_options){0}, 0);
    request_message(&message, 0, 40, 0);
    gzip_body(&body, text_buffer_text(&message));
    struct call call = {.encoding = "gzip", .body = text_buffer_text(&body)};
    call_alone(&world, &call);
    assert_answered(&call, 0, "");
    assert_int_equal(count_spans(&world), 40);
    call = (struct call){.body = text_buffer_text(&body)};
    call_alone(&world, &call);
    assert_answered(&call, 13, "compressed message without grpc-encoding");
    call = (struct call){.encoding = "zstd", .body = text_buffer_text(&body)};
    call_alone(&world, &call);
    assert_answered(&call, 12, "gzip or identity");
    body.data[20] ^= 0x55;
    body.data[21] ^= 0x55;
    call = (struct call){.encoding = "gzip", .body = text_buffer_text(&body)};
    call_alone(&world, &call);
    assert_answered(&call, 3, "gzip");
    text_buffer_free(&message);
    text_buffer_free(&body);
    close_world(&world);
}

static void good_spans_beside_bad_ones_are_stored(void **state)
{
    struct world world;
    struct text_buffer body = {0};
    open_world(&world, *state, (struct grpc_options){0}, 0);
    request_body(&body, 0, 2, 1);
    struct call call = {.body = text_buffer_text(&body)};
    call_alone(&world, &call);
    assert_answered(&call, 0, "");
    assert_int_equal(count_spans(&world), 2);
    /* ExportTraceServiceResponse{partial_success{rejected_spans: 1, error_message: ...}} */
    assert_true(call.answer_length > 12);
    assert_int_equal(call.answer[5], 0x0A);
    assert_memory_equal(call.answer + 7, "\x08\x01\x12", 3);
    assert_int_equal(atomic_load(&world.place->counters.refused[REFUSED_ID]), 1);
    text_buffer_free(&body);
    close_world(&world);
}

static void what_is_wrong_is_said(void **state)
{
    struct world world;
    open_world(&world, *state, (struct grpc_options){0}, 0);
    const struct {
        struct call call;
        int http_status, status;
        const char *part;
    } cases[] = {
        {{.body = text_make("\0\0\0\0\2\xFF\xFF", 7)}, 200, 3, ""},
        {{.body = text_make("\0\0\0\0\3ab", 7)}, 200, 13, "cut off"},
        {{.body = text_make("\0\0\0", 3)}, 200, 13, "cut off"},
        {{.body = text_make("", 0)}, 200, 13, "cut off"},
        {{.body = text_make("\0\0\0\0\0\0\0\0\0\0", 10)}, 200, 13, "more than one"},
        {{.body = text_make("\7\0\0\0\0", 5)}, 200, 13, "flags"},
        {{.body = text_make("\0\xFF\xFF\xFF\xFF", 5)}, 200, 8, "20971520 bytes"},
        {{.path = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"}, 200, 12, "traces"},
        {{.path = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"}, 200, 12, ""},
        {{.type = "application/json"}, 415, -1, ""},
        {{.type = "application/grpc-web"}, 415, -1, ""},
        {{.method = "GET"}, 405, -1, ""},
        {{.authority = "evil.example"}, 200, 7, "Host"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct call call = cases[i].call;
        call_alone(&world, &call);
        assert_true(call.closed);
        assert_int_equal(call.http_status, cases[i].http_status);
        assert_int_equal(call.status, cases[i].status);
        assert_non_null(strstr(call.message, cases[i].part));
        assert_string_equal(call.details, "");
        assert_int_equal(call.reset, NGHTTP2_NO_ERROR);
    }
    assert_int_equal(atomic_load(&world.place->counters.requests), ARRAY_LEN(cases));
    close_world(&world);
}

static void charset_and_subtype_are_taken(void **state)
{
    static const char *const types[] = {"application/grpc+proto", "application/grpc; x=y"};
    struct world world;
    open_world(&world, *state, (struct grpc_options){0}, 0);
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct call call = {.type = types[i], .body = text_make("\0\0\0\0\0", 5)};
        call_alone(&world, &call);
        assert_answered(&call, 0, "");
    }
    close_world(&world);
}

static void a_token_is_asked_for(void **state)
{
    struct world world;
    open_world(&world, *state, (struct grpc_options){.intake.ingest_token = "open sesame"}, 0);
    struct call call = {.body = text_make("\0\0\0\0\0", 5)};
    call_alone(&world, &call);
    assert_answered(&call, 16, "Bearer");
    call = (struct call){.authorization = "Bearer open sesamf", .body = text_make("\0\0\0\0\0", 5)};
    call_alone(&world, &call);
    assert_answered(&call, 16, "Bearer");
    call = (struct call){.authorization = "Bearer open sesame", .body = text_make("\0\0\0\0\0", 5)};
    call_alone(&world, &call);
    assert_answered(&call, 0, "");
    close_world(&world);
}

/* What is guessed over HTTP counts here, too: both ask the same knocks. */
static void who_guesses_tokens_is_shut_out(void **state)
{
    struct world world;
    struct knocks knocks;
    struct text nothing = text_make("\0\0\0\0\0", 5);
    knocks_init(&knocks);
    open_world(
        &world, *state,
        (struct grpc_options){.intake.ingest_token = "open sesame", .intake.knocks = &knocks}, 0);
    for (size_t i = 0; i < 2 * (size_t)KNOCKS_ALLOWED; i++) {
        struct call call = {.authorization = "Bearer open sesamf", .body = nothing};
        call_alone(&world, &call);
        bool often = i >= KNOCKS_ALLOWED;
        assert_answered(&call, often ? 8 : 16, often ? "too many wrong tokens" : "Bearer");
    }
    struct call tokenless = {.body = nothing};
    call_alone(&world, &tokenless);
    assert_answered(&tokenless, 16, "Bearer");
    struct call call = {.authorization = "Bearer open sesame", .body = nothing};
    call_alone(&world, &call);
    assert_answered(&call, 0, "");
    close_world(&world);
    knocks_clear(&knocks);
}

/* 600 kB of spans, more than any first window, then limits before and after inflating. */
static void sizes_are_bounded(void **state)
{
    struct world world;
    struct text_buffer message = {0}, body = {0}, packed = {0};
    open_world(&world, *state, (struct grpc_options){.intake.body_limit_bytes = 700000}, 0);
    request_message(&message, 0, 10000, 0);
    frame(&body, false, text_buffer_text(&message));
    assert_in_range(body.length, 400000, 700000);
    struct call call = {.body = text_buffer_text(&body)};
    call_alone(&world, &call);
    assert_answered(&call, 0, "");
    assert_int_equal(count_spans(&world), 10000);
    request_message(&message, 0, 10000, 0);
    gzip_body(&packed, text_buffer_text(&message));
    assert_true(packed.length < 300000);
    call = (struct call){.encoding = "gzip", .body = text_buffer_text(&packed)};
    call_alone(&world, &call);
    assert_answered(&call, 8, "inflated");
    text_buffer_clear(&body);
    frame(&body, false, text_buffer_text(&message));
    call = (struct call){.body = text_buffer_text(&body)};
    call_alone(&world, &call);
    assert_answered(&call, 8, "over 700000 bytes");
    assert_int_equal(atomic_load(&world.place->counters.refused[REFUSED_SIZE]), 2);
    text_buffer_free(&message);
    text_buffer_free(&body);
    text_buffer_free(&packed);
    close_world(&world);
}

/* Clients take an answer that comes before they have sent everything for a broken connection. 3 MB
 * are more than the windows of a call and of a connection that nobody reads. */
static void a_refusal_waits_for_the_end_of_the_request(void **state)
{
    static char rest[3000000];
    const struct call cases[] = {
        {.path = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", .status = 12},
        {.status = 16},
        {.authorization = "Bearer open sesame", .encoding = "zstd", .status = 12},
        {.authorization = "Bearer open sesame", .status = 8},
    };
    struct world world;
    struct client client;
    struct grpc_options options = {.intake.ingest_token = "open sesame",
                                   .intake.body_limit_bytes = 1 << 20};
    open_world(&world, *state, options, 0);
    memcpy(rest, "\0\0\x2D\xC6\xBB", 5); /* the length of what follows */
    client_open(&client, world.grpc);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct call call = cases[i];
        int expected = call.status;
        call.body = text_make(rest, sizeof rest);
        call.open = true;
        client_ask(&client, &call);
        client_run(&client, 200);
        assert_int_equal(call.sent_bytes, sizeof rest);
        assert_int_equal(call.http_status, 0);
        assert_false(call.closed);
        call.open = false;
        assert_int_equal(nghttp2_session_resume_data(client.http2, call.stream), 0);
        client_wait(&client, &call);
        assert_answered(&call, expected, "");
        assert_int_equal(call.reset, NGHTTP2_NO_ERROR);
    }
    client_close(&client);
    close_world(&world);
}

/* Neither a request that is far too long nor one that never ends. */
static void a_refusal_does_not_wait_for_ever(void **state)
{
    static char rest[6000000];
    struct world world;
    struct client client;
    open_world(&world, *state, (struct grpc_options){.intake.body_limit_bytes = 1 << 20}, 0);
    client_open(&client, world.grpc);
    struct call endless = {.path = "/nowhere", .open = true};
    int64_t begin_ns = clock_monotonic_ns();
    client_ask(&client, &endless);
    client_run(&client, 50);
    struct call large = {.path = "/nowhere", .body = text_make(rest, sizeof rest), .open = true};
    client_ask(&client, &large);
    client_wait(&client, &large);
    assert_answered(&large, 12, "");
    assert_in_range(large.sent_bytes, 4 << 20, sizeof rest - 1);
    struct call announced = {.body = text_make("\0\xFF\xFF\xFF\xFF", 5), .open = true};
    client_ask(&client, &announced);
    client_wait(&client, &announced);
    assert_answered(&announced, 8, "over 1048576 bytes");
    assert_true(clock_monotonic_ns() - begin_ns < 4 * NS_PER_S);
    assert_false(endless.closed);
    client_wait(&client, &endless);
    assert_answered(&endless, 12, "");
    assert_in_range(clock_monotonic_ns() - begin_ns, 5 * NS_PER_S, 9 * NS_PER_S);
    client_close(&client);
    close_world(&world);
}

static void long_headers_are_refused(void **state)
{
    static char token[9000];
    struct world world;
    open_world(&world, *state, (struct grpc_options){0}, 0);
    memset(token, 'x', sizeof token - 1);
    struct call call = {.authorization = token, .body = text_make("\0\0\0\0\0", 5)};
    call_alone(&world, &call);
    assert_answered(&call, 8, "headers");
    close_world(&world);
}

static void a_full_queue_asks_to_come_again(void **state)
{
    struct world world;
    struct client client;
    struct text_buffer body = {0};
    open_world(&world, *state, (struct grpc_options){0}, 2);
    request_body(&body, 0, 3, 0);
    sqlite3 *database = hold_database(&world);
    struct call calls[3];
    client_open(&client, world.grpc);
    for (int i = 0; i < 3; i++) { /* one with the writer, one in the queue, one too many */
        calls[i] = (struct call){.body = text_buffer_text(&body)};
        client_ask(&client, &calls[i]);
        client_run(&client, 100);
    }
    assert_answered(&calls[2], 14, "queue is full");
    /* google.rpc.Status{code: 14, ...}: 08 0E 12 is CA4S in base64 */
    assert_memory_equal(calls[2].details, "CA4S", 4);
    assert_null(strchr(calls[2].details, '='));
    let_go(database);
    for (int i = 0; i < 2; i++) {
        client_wait(&client, &calls[i]);
        assert_answered(&calls[i], 0, "");
    }
    client_close(&client);
    text_buffer_free(&body);
    close_world(&world);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ok_comes_after_the_commit),
        TEST(an_empty_request_is_fine),
        TEST(gzip_is_taken),
        TEST(good_spans_beside_bad_ones_are_stored),
        TEST(what_is_wrong_is_said),
        TEST(charset_and_subtype_are_taken),
        TEST(a_token_is_asked_for),
        TEST(who_guesses_tokens_is_shut_out),
        TEST(sizes_are_bounded),
        TEST(a_refusal_waits_for_the_end_of_the_request),
        TEST(a_refusal_does_not_wait_for_ever),
        TEST(long_headers_are_refused),
        TEST(a_full_queue_asks_to_come_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
