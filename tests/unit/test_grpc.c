/* test_grpc — what gRPC exporters hear: a real receiver on a free port, spoken to in HTTP/2. */
#include "tests/unit/grpc_client.h"

#include <zlib.h>

#include "ingest/proto_put.h"

#define NOW_NS INT64_C(1766012400000000000)

struct world {
    struct place *place;
    struct writer *writer;
    struct grpc *grpc;
};

static void open_world(struct world *world, struct place *place, struct grpc_options options,
                       size_t queue_limit_spans)
{
    static const char *const anywhere[] = {"127.0.0.1:0"};
    struct err_msg why = {""};
    struct writer_options store = options_of(place);
    store.queue_limit_spans = queue_limit_spans;
    world->place = place;
    assert_int_equal(writer_start(&store, &world->writer, &why), ERR_OK);
    options.listen = anywhere;
    options.listen_count = 1;
    options.writer = world->writer;
    options.counters = &place->counters;
    if (grpc_start(&options, &world->grpc, &why) != ERR_OK) {
        fail_msg("%s", why.text);
    }
}

static void close_world(struct world *world)
{
    grpc_stop(world->grpc);
    writer_stop(world->writer);
}

static int count_spans(const struct world *world)
{
    return (int)ask(world->place, "SELECT count(*) FROM spans");
}

/* While it is held the writer has to wait, for two seconds at most. */
static sqlite3 *hold_database(const struct world *world)
{
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(world->place->path, &database), SQLITE_OK);
    sqlite3_busy_timeout(database, 1000);
    assert_int_equal(sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return database;
}

static void let_go(sqlite3 *database)
{
    assert_int_equal(sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

/* ---- messages ------------------------------------------------------------------------------- */

static void put_fixed64(struct text_buffer *message, unsigned field, uint64_t value)
{
    text_append_char(message, (char)(field << 3 | 1));
    for (int shift = 0; shift < 64; shift += 8) {
        text_append_char(message, (char)(value >> shift));
    }
}

/* One of the spans of an ExportTraceServiceRequest; a bad one has no id. */
static void put_span(struct text_buffer *spans, int number, bool bad)
{
    char id[9];
    struct text_buffer span = {0};
    snprintf(id, sizeof id, "s%07d", number);
    proto_put_bytes(&span, 1, TEXT("0123456789abcdef"));
    if (!bad) {
        proto_put_bytes(&span, 2, text_make(id, 8));
    }
    proto_put_bytes(&span, 5, TEXT("GET /"));
    put_fixed64(&span, 7, (uint64_t)NOW_NS);
    put_fixed64(&span, 8, (uint64_t)NOW_NS + 1000);
    proto_put_bytes(spans, 2, text_buffer_text(&span));
    text_buffer_free(&span);
}

/* Spans from..from+count-1, then bad ones. */
static void request_message(struct text_buffer *message, int from, int count, int bad)
{
    struct text_buffer scope = {0}, resource = {0};
    for (int i = 0; i < count + bad; i++) {
        put_span(&scope, from + i, i >= count);
    }
    proto_put_bytes(&resource, 2, text_buffer_text(&scope));
    proto_put_bytes(message, 1, text_buffer_text(&resource));
    text_buffer_free(&scope);
    text_buffer_free(&resource);
}

static void frame(struct text_buffer *target, bool compressed, struct text message)
{
    text_append_char(target, (char)compressed);
    for (int shift = 24; shift >= 0; shift -= 8) {
        text_append_char(target, (char)(message.length >> shift));
    }
    text_append(target, message);
}

static void request_body(struct text_buffer *body, int from, int count, int bad)
{
    struct text_buffer message = {0};
    request_message(&message, from, count, bad);
    frame(body, false, text_buffer_text(&message));
    text_buffer_free(&message);
}

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

/* Asks on a connection of its own. */
static void call_alone(const struct world *world, struct call *call)
{
    struct client client;
    client_open(&client, world->grpc);
    client_ask(&client, call);
    client_wait(&client, call);
    client_close(&client);
}

static void assert_answered(const struct call *call, int status, const char *part)
{
    assert_true(call->closed);
    assert_int_equal(call->http_status, 200);
    assert_int_equal(call->status, status);
    if (strstr(call->message, part) == NULL) {
        fail_msg("[%s] is not in [%s]", part, call->message);
    }
}

/* ---- tests ---------------------------------------------------------------------------------- */

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
    open_world(&world, *state, (struct grpc_options){.ingest_token = "open sesame"}, 0);
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

/* 600 kB of spans, more than any first window, then limits before and after inflating. */
static void sizes_are_bounded(void **state)
{
    struct world world;
    struct text_buffer message = {0}, body = {0}, packed = {0};
    open_world(&world, *state, (struct grpc_options){.body_limit_bytes = 700000}, 0);
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

/* 100 calls at once on one connection, answered in whatever order. */
static void calls_share_a_connection(void **state)
{
    enum { CALLS = 100 };
    static struct call calls[CALLS];
    struct text_buffer bodies[CALLS] = {0};
    struct world world;
    struct client client;
    open_world(&world, *state, (struct grpc_options){0}, 0);
    client_open(&client, world.grpc);
    for (int i = 0; i < CALLS; i++) {
        request_body(&bodies[i], i * 10, 10, 0);
        calls[i] = (struct call){.body = text_buffer_text(&bodies[i])};
        client_ask(&client, &calls[i]);
    }
    for (int i = 0; i < CALLS; i++) {
        client_wait(&client, &calls[i]);
        assert_answered(&calls[i], 0, "");
        text_buffer_free(&bodies[i]);
    }
    assert_int_equal(count_spans(&world), CALLS * 10);
    client_close(&client);
    close_world(&world);
}

struct sender {
    const struct world *world;
    int number;
    bool fine;
};

static void *send_some(void *context)
{
    struct sender *sender = context;
    struct client client;
    client_open(&client, sender->world->grpc);
    sender->fine = true;
    for (int i = 0; i < 20; i++) {
        struct text_buffer body = {0};
        request_body(&body, sender->number * 1000 + i * 10, 10, 0);
        struct call call = {.body = text_buffer_text(&body)};
        client_ask(&client, &call);
        client_wait(&client, &call);
        sender->fine &= call.closed && call.status == 0;
        text_buffer_free(&body);
    }
    client_close(&client);
    return NULL;
}

static void sixteen_connections_at_once(void **state)
{
    enum { SENDERS = 16 };
    struct world world;
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    open_world(&world, *state, (struct grpc_options){0}, 0);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.world = &world, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, send_some, &senders[i]), 0);
    }
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(senders[i].fine);
    }
    assert_int_equal(count_spans(&world), SENDERS * 200);
    close_world(&world);
}

/* Both the reset of a call and the end of a connection, while the writer has the batch. */
static void who_leaves_early_harms_nobody(void **state)
{
    struct world world;
    struct client client, other;
    struct text_buffer body = {0}, more = {0};
    open_world(&world, *state, (struct grpc_options){0}, 0);
    request_body(&body, 0, 5, 0);
    request_body(&more, 5, 5, 0);
    sqlite3 *database = hold_database(&world);
    struct call reset = {.body = text_buffer_text(&body)};
    struct call stays = {.body = text_buffer_text(&body)};
    struct call cut = {.body = text_buffer_text(&more)};
    client_open(&client, world.grpc);
    client_open(&other, world.grpc);
    client_ask(&client, &reset);
    client_ask(&client, &stays);
    client_ask(&other, &cut);
    client_run(&other, 100);
    client_run(&client, 100);
    assert_false(stays.closed);
    nghttp2_submit_rst_stream(client.http2, NGHTTP2_FLAG_NONE, reset.stream, NGHTTP2_CANCEL);
    client_run(&client, 50);
    client_close(&other);
    let_go(database);
    client_wait(&client, &stays);
    assert_answered(&stays, 0, "");
    assert_int_equal(reset.status, -1);
    client_close(&client);
    close_world(&world);
    assert_int_equal(count_spans(&world), 10);
    text_buffer_free(&body);
    text_buffer_free(&more);
}

static void *stop_it(void *context)
{
    grpc_stop(context);
    return NULL;
}

/* The open call is answered, the half-sent one is given up, and all is over in good time. */
static void stopping_answers_who_waits(void **state)
{
    struct world world;
    struct client client;
    struct text_buffer body = {0};
    pthread_t stopper;
    open_world(&world, *state, (struct grpc_options){0}, 0);
    request_body(&body, 0, 5, 0);
    sqlite3 *database = hold_database(&world);
    struct call waits = {.body = text_buffer_text(&body)};
    struct call half = {.body = text_make("\0\0\0\0\7ab", 7), .open = true};
    client_open(&client, world.grpc);
    client_ask(&client, &waits);
    client_ask(&client, &half);
    client_run(&client, 100);
    int64_t begin_ns = clock_monotonic_ns();
    assert_int_equal(pthread_create(&stopper, NULL, stop_it, world.grpc), 0);
    client_run(&client, 200);
    assert_true(client.goaway);
    assert_false(waits.closed);
    let_go(database);
    client_wait(&client, &waits);
    assert_answered(&waits, 0, "");
    client_wait(&client, &half);
    assert_true(client.ended);
    pthread_join(stopper, NULL);
    assert_true(clock_monotonic_ns() - begin_ns < 3 * NS_PER_S);
    client_close(&client);
    writer_stop(world.writer);
    assert_int_equal(count_spans(&world), 5);
    text_buffer_free(&body);
}

/* Stopping is quick when nobody waits, even while peers stay connected. */
static void stopping_is_quick(void **state)
{
    struct world world;
    struct client client;
    open_world(&world, *state, (struct grpc_options){0}, 0);
    int mute = dial(world.grpc);
    client_open(&client, world.grpc);
    client_run(&client, 50);
    int64_t begin_ns = clock_monotonic_ns();
    close_world(&world);
    assert_true(clock_monotonic_ns() - begin_ns < NS_PER_S);
    client_run(&client, 50);
    assert_true(client.goaway && client.ended);
    client_close(&client);
    close(mute);
}

static void the_silent_are_cut(void **state)
{
    struct world world;
    struct client client, mute;
    open_world(&world, *state, (struct grpc_options){.timeout_s = 1, .idle_s = 2}, 0);
    struct call half = {.body = text_make("\0\0\0\0\7ab", 7), .open = true};
    client_open(&client, world.grpc);
    client_open(&mute, world.grpc);
    client_ask(&client, &half);
    int64_t begin_ns = clock_monotonic_ns();
    client_wait(&client, &half);
    assert_true(client.ended);
    assert_in_range(clock_monotonic_ns() - begin_ns, NS_PER_S / 2, 4 * NS_PER_S);
    char byte;
    assert_int_equal(recv(mute.socket, &byte, 1, 0), 0);
    client_close(&client);
    client_close(&mute);
    /* idle, without calls: told so before the connection ends */
    client_open(&client, world.grpc);
    client_run(&client, 4500);
    assert_true(client.goaway && client.ended);
    client_close(&client);
    close_world(&world);
}

static void resets_wear_out_their_welcome(void **state)
{
    struct world world;
    struct client client;
    open_world(&world, *state, (struct grpc_options){0}, 0);
    client_open(&client, world.grpc);
    for (int i = 0; i < 2000 && !client.ended; i++) {
        struct call call = {.open = true};
        client_ask(&client, &call);
        (void)nghttp2_session_send(client.http2);
        nghttp2_submit_rst_stream(client.http2, NGHTTP2_FLAG_NONE, call.stream, NGHTTP2_CANCEL);
        (void)nghttp2_session_send(client.http2);
        client_step(&client, 0);
        if (nghttp2_session_check_request_allowed(client.http2) == 0) {
            break;
        }
    }
    client_run(&client, 500);
    assert_true(client.goaway || client.ended);
    client_close(&client);
    struct call call = {.body = text_make("\0\0\0\0\0", 5)};
    call_alone(&world, &call);
    assert_answered(&call, 0, "");
    close_world(&world);
}

static void too_many_connections_are_closed(void **state)
{
    struct world world;
    struct client first, second;
    open_world(&world, *state, (struct grpc_options){.connection_limit = 1}, 0);
    client_open(&first, world.grpc);
    client_run(&first, 50);
    client_open(&second, world.grpc);
    client_run(&second, 500);
    assert_true(second.ended);
    client_close(&second);
    client_close(&first);
    close_world(&world);
}

static void http_is_sent_to_its_own_port(void **state)
{
    static const char request[] = "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char heard[1024] = "";
    size_t length = 0;
    struct world world;
    open_world(&world, *state, (struct grpc_options){0}, 0);
    int socket = dial(world.grpc);
    assert_int_equal(send(socket, request, sizeof request - 1, 0), sizeof request - 1);
    for (;;) {
        ssize_t fresh = recv(socket, heard + length, sizeof heard - 1 - length, 0);
        if (fresh <= 0) {
            break;
        }
        length += (size_t)fresh;
    }
    close(socket);
    heard[length] = '\0';
    assert_memory_equal(heard, "HTTP/1.1 400 ", 13);
    const char *body = strstr(heard, "\r\n\r\n");
    assert_non_null(body);
    assert_int_equal(strlen(body + 4), strtoul(strstr(heard, "Content-Length: ") + 16, NULL, 10));
    close_world(&world);
}

static void addresses_are_as_careful_as_those_of_http(void **state)
{
    struct grpc *grpc = NULL;
    struct err_msg why;
    (void)state;
    const char *const open[] = {"0.0.0.0:0"};
    struct grpc_options options = {.listen = open, .listen_count = 1};
    assert_int_equal(grpc_start(&options, &grpc, &why), ERR_UNSUPPORTED);
    const char *const wrong[] = {"localhost"};
    options.listen = wrong;
    assert_int_equal(grpc_start(&options, &grpc, &why), ERR_PARSE);
}

static void a_port_in_use_is_named(void **state)
{
    struct world world;
    struct grpc *second = NULL;
    struct err_msg why;
    char url[GRPC_TEXT_BYTES];
    open_world(&world, *state, (struct grpc_options){0}, 0);
    assert_true(grpc_describe(world.grpc, 0, url));
    assert_false(grpc_describe(world.grpc, 1, url));
    const char *const taken[] = {url + strlen("grpc://"), "127.0.0.1:0"};
    struct grpc_options options = {.listen = taken,
                                   .listen_count = 1,
                                   .writer = world.writer,
                                   .counters = &world.place->counters};
    assert_int_equal(grpc_start(&options, &second, &why), ERR_BUSY);
    assert_non_null(strstr(why.text, "--grpc"));
    options.listen_count = 2;
    assert_int_equal(grpc_start(&options, &second, &why), ERR_OK);
    assert_non_null(strstr(grpc_problem(second), "in use by another program"));
    grpc_stop(second);
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
        TEST(sizes_are_bounded),
        TEST(long_headers_are_refused),
        TEST(a_full_queue_asks_to_come_again),
        TEST(calls_share_a_connection),
        TEST(sixteen_connections_at_once),
        TEST(who_leaves_early_harms_nobody),
        TEST(stopping_answers_who_waits),
        TEST(stopping_is_quick),
        TEST(the_silent_are_cut),
        TEST(resets_wear_out_their_welcome),
        TEST(too_many_connections_are_closed),
        TEST(http_is_sent_to_its_own_port),
        TEST(addresses_are_as_careful_as_those_of_http),
        TEST(a_port_in_use_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
