/* test_grpc_life — connections and calls of gRPC as they come, wait, vanish and are ended. */
#include "tests/unit/grpc_world.h"

/* 300 calls at once on one connection, answered in whatever order; the client is told to have 100
 * under way at most. */
static void calls_share_a_connection(void **state)
{
    enum { CALLS = 300, AT_ONCE = 100 };
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
    assert_int_equal(
        nghttp2_session_get_remote_settings(client.http2, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS),
        AT_ONCE);
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

/* The caller hears that it was too late; what the writer had is stored, and trying again harms
 * nothing. */
static void a_deadline_is_kept_and_no_span_lost(void **state)
{
    struct world world;
    struct client client;
    struct text_buffer body = {0};
    open_world(&world, *state, (struct grpc_options){0}, 0);
    request_body(&body, 0, 5, 0);
    sqlite3 *database = hold_database(&world);
    struct call late = {.body = text_buffer_text(&body), .timeout = "200m"};
    struct call half = {.body = text_make("\0\0\0\0\7ab", 7), .open = true, .timeout = "100000u"};
    struct call patient = {.body = text_buffer_text(&body), .timeout = "1H"};
    client_open(&client, world.grpc);
    client_ask(&client, &late);
    client_ask(&client, &half);
    client_ask(&client, &patient);
    client_wait(&client, &late);
    client_wait(&client, &half);
    assert_answered(&late, 4, "the deadline has passed");
    assert_answered(&half, 4, "the deadline has passed");
    assert_false(patient.closed);
    let_go(database);
    client_wait(&client, &patient);
    assert_answered(&patient, 0, "");
    struct call again = {.body = text_buffer_text(&body), .timeout = "nonsense"};
    client_ask(&client, &again);
    client_wait(&client, &again);
    assert_answered(&again, 0, "");
    client_close(&client);
    close_world(&world);
    assert_int_equal(count_spans(&world), 5);
    text_buffer_free(&body);
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
    while (atomic_load(&world.place->counters.received) < 5) {
        client_step(&client, 20);
    }
    int64_t begin_ns = clock_monotonic_ns();
    assert_int_equal(pthread_create(&stopper, NULL, stop_it, world.grpc), 0);
    client_wait_goaway(&client);
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
    client_run(&client, PATIENCE_MS);
    assert_true(client.goaway && client.ended);
    client_close(&client);
    close(mute);
}

static void the_silent_are_cut(void **state)
{
    struct world world;
    struct client client, mute;
    open_world(&world, *state, (struct grpc_options){.intake.timeout_s = 1, .idle_s = 2}, 0);
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
    client_run(&client, PATIENCE_MS);
    assert_true(client.goaway && client.ended);
    client_close(&client);
    close_world(&world);
}

/* A frame that never ends keeps no connection that has nothing else to say. */
static void who_trickles_is_idle(void **state)
{
    static const char greeting[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" /* no settings */
                                   "\0\0\0\4\0\0\0\0\0"
                                   "\0\x40\0\x20\0\0\0\0\0"; /* 16384 bytes of a kind unknown */
    struct world world;
    char heard[512];
    ssize_t length = -1;
    open_world(&world, *state, (struct grpc_options){.idle_s = 1}, 0);
    int trickle = dial(world.grpc);
    assert_int_equal(send(trickle, greeting, sizeof greeting - 1, 0), sizeof greeting - 1);
    for (int i = 0; i < 200 && length != 0; i++) {
        (void)send(trickle, "x", 1, MSG_NOSIGNAL);
        usleep(50 * 1000);
        length = recv(trickle, heard, sizeof heard, MSG_DONTWAIT);
        length = length < 0 && errno != EAGAIN ? 0 : length;
    }
    assert_int_equal(length, 0);
    close(trickle);
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
                                   .intake.writer = world.writer,
                                   .intake.counters = &world.place->counters};
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
        TEST(calls_share_a_connection),
        TEST(sixteen_connections_at_once),
        TEST(who_leaves_early_harms_nobody),
        TEST(stopping_answers_who_waits),
        TEST(stopping_is_quick),
        TEST(the_silent_are_cut),
        TEST(who_trickles_is_idle),
        TEST(resets_wear_out_their_welcome),
        TEST(too_many_connections_are_closed),
        TEST(http_is_sent_to_its_own_port),
        TEST(a_deadline_is_kept_and_no_span_lost),
        TEST(addresses_are_as_careful_as_those_of_http),
        TEST(a_port_in_use_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
