/* test_server — spans come in at a real receiver, until it is stopped. */
#include <pthread.h>

#include "tests/unit/server_world.h"

/* ---- spans come in --------------------------------------------------------------------------- */

static void answer_comes_after_commit(void **state)
{
    (void)state;
    struct place place;
    open_place(&place, (struct server_options){0}, 0);
    for (int i = 0; i < 20; i++) {
        expect_flat(&place, JSON_HEAD, i * 3, 3, 200, "{\"received\":3}");
        assert_int_equal(count_spans(&place), (i + 1) * 3);
    }
    expect_flat(&place, JSON_HEAD, 0, 3, 200, "{\"received\":3}"); /* the same again */
    assert_int_equal(count_spans(&place), 60);
    assert_int_equal(atomic_load(&place.counters.received), 63);
    close_place(&place);
}

static void every_path_takes_its_protocol(void **state)
{
    (void)state;
    struct place place;
    open_place(&place, (struct server_options){0}, 0);
    struct text_buffer body = {0};
    text_append_format(&body,
                       "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                       "\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"b7ad6b7169203331\","
                       "\"name\":\"GET\",\"startTimeUnixNano\":\"%lld000000\","
                       "\"endTimeUnixNano\":\"%lld000000\"}]}]}]}",
                       (long long)now_ms(), (long long)now_ms() + 9);
    expect(&place, "POST /v1/traces", JSON_HEAD, body.data, 200, "{}");
    assert_int_equal(count_spans(&place), 1);

    text_buffer_clear(&body);
    text_append_format(&body,
                       "[{\"traceId\":\"0af7651916cd43dd\",\"id\":\"b7ad6b7169203332\","
                       "\"name\":\"get\",\"timestamp\":%lld000,\"duration\":500}]",
                       (long long)now_ms());
    expect(&place, "POST /api/v2/spans", JSON_HEAD, body.data, 202, "");
    assert_int_equal(count_spans(&place), 2);

    text_buffer_clear(&body);
    text_append_format(&body,
                       "[{\"traceId\":\"0af7651916cd43de\",\"spanId\":\"b7ad6b7169203333\","
                       "\"name\":\"sync\",\"startTimeMs\":%lld,\"endTimeMs\":%lld}]",
                       (long long)now_ms(), (long long)now_ms() + 4);
    expect(&place, "POST /api/v1/telemetry/spans", JSON_HEAD, body.data, 200, "{\"received\":1}");
    assert_int_equal(count_spans(&place), 3);
    text_buffer_free(&body);

    expect(&place, "POST /v1/traces", "Host: localhost\r\nContent-Type: application/x-protobuf\r\n",
           "", 200, "");
    expect(&place, "POST /v1/traces", JSON_HEAD, "{}", 200, "{}");
    expect(&place, "POST /api/trace-log", JSON_HEAD, "{\"spans\":[]}", 200, "{\"received\":0}");
    expect(&place, "POST /api/v2/spans", JSON_HEAD, "[]", 202, "");
    close_place(&place);
}

static void gzip_is_taken(void **state)
{
    (void)state;
    struct place place;
    struct text_buffer body = {0};
    struct text_buffer packed = {0};
    struct heard heard;
    open_place(&place, (struct server_options){0}, 0);
    flat_body(&body, 0, 50);
    deflate_text(&packed, text_buffer_text(&body));
    ask(&place, "POST /api/trace-log", JSON_HEAD "Content-Encoding: gzip\r\n",
        text_buffer_text(&packed), &heard);
    assert_int_equal(heard.status, 200);
    assert_string_equal(heard.body.data, "{\"received\":50}");
    text_buffer_free(&heard.body);
    assert_int_equal(count_spans(&place), 50);

    ask(&place, "POST /api/trace-log", JSON_HEAD "Content-Encoding: gzip\r\n",
        text_make(packed.data, packed.length - 9), &heard);
    assert_int_equal(heard.status, 400);
    assert_string_equal(heard.body.data, "{\"error\":\"Invalid payload: gzip: cut off\"}");
    text_buffer_free(&heard.body);
    text_buffer_free(&body);
    text_buffer_free(&packed);
    close_place(&place);
}

static void chunks_are_joined(void **state)
{
    (void)state;
    struct place place;
    struct text_buffer body = {0};
    struct text_buffer request = {0};
    struct heard heard;
    open_place(&place, (struct server_options){0}, 0);
    flat_body(&body, 0, 4);
    text_append_cstr(&request, "POST /api/trace-log HTTP/1.1\r\n" JSON_HEAD
                               "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < body.length; at += 7) {
        size_t length = body.length - at < 7 ? body.length - at : 7;
        text_append_format(&request, "%zx\r\n", length);
        text_append(&request, text_make(body.data + at, length));
        text_append_cstr(&request, "\r\n");
    }
    text_append_cstr(&request, "0\r\n\r\n");
    int socket = dial(&place);
    assert_true(say(socket, text_buffer_text(&request)));
    hear(socket, &heard);
    assert_int_equal(heard.status, 200);
    assert_string_equal(heard.body.data, "{\"received\":4}");
    close(socket);
    text_buffer_free(&heard.body);
    text_buffer_free(&body);
    text_buffer_free(&request);
    close_place(&place);
}

/* Many requests written at once on one connection are answered one by one, in their order. */
static void pipelined_requests_keep_their_order(void **state)
{
    (void)state;
    enum { REQUESTS = 12 };
    struct place place;
    struct text_buffer all = {0};
    open_place(&place, (struct server_options){0}, 0);
    for (int i = 0; i < REQUESTS; i++) {
        struct text_buffer body = {0};
        flat_body(&body, i * 100, i + 1);
        text_append_format(&all, "POST /api/trace-log HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
                           JSON_HEAD, body.length, body.data);
        text_buffer_free(&body);
    }
    int socket = dial(&place);
    assert_true(say(socket, text_buffer_text(&all)));
    for (int i = 0; i < REQUESTS; i++) {
        struct heard heard;
        char expected[32];
        hear(socket, &heard);
        snprintf(expected, sizeof expected, "{\"received\":%d}", i + 1);
        assert_int_equal(heard.status, 200);
        assert_string_equal(heard.body.data, expected);
        text_buffer_free(&heard.body);
    }
    close(socket);
    text_buffer_free(&all);
    close_place(&place);
}

/* ---- starting and stopping ------------------------------------------------------------------- */

static void taken_port_is_reported(void **state)
{
    (void)state;
    struct place first;
    struct place second;
    struct server *third = NULL;
    struct err_msg why;
    char taken[32];
    char expected[128];
    open_place(&first, (struct server_options){0}, 0);
    assert_string_equal(server_problem(first.server), "");
    snprintf(taken, sizeof taken, "127.0.0.1:%u", first.port);
    const char *both[] = {taken, "127.0.0.1:0"};
    open_place(&second, (struct server_options){.listen = both, .listen_count = 2}, 0);
    snprintf(expected, sizeof expected,
             "%s is in use by another program; --listen ADDRESS:PORT picks another", taken);
    assert_string_equal(server_problem(second.server), expected);
    assert_int_not_equal(second.port, first.port);

    struct server_options only = {.listen = both,
                                  .listen_count = 1,
                                  .intake.writer = first.writer,
                                  .intake.counters = &first.counters};
    assert_int_equal(server_start(&only, &third, &why), ERR_BUSY);
    assert_string_equal(why.text, expected);
    close_place(&second);
    close_place(&first);
}

static void wrong_addresses_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } cases[] = {
        {"4318", ERR_PARSE},
        {"localhost", ERR_PARSE},
        {"localhost:70000", ERR_PARSE},
        {"::1:4318", ERR_PARSE},
        {"127.0.0.1:", ERR_PARSE},
        {"0.0.0.0:0", ERR_UNSUPPORTED},
        {"[::]:0", ERR_UNSUPPORTED},
        {"256.0.0.1.:0", ERR_NOT_FOUND},
    };
    struct counters counters;
    counters_init(&counters);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct server *server = NULL;
        struct err_msg why = {""};
        struct server_options options = {
            .listen = &cases[i].text, .listen_count = 1, .intake.counters = &counters};
        assert_int_equal(server_start(&options, &server, &why), cases[i].err);
        assert_true(why.text[0] != '\0');
    }
    counters_clear(&counters);
}

static void other_machines_are_let_in_when_said(void **state)
{
    (void)state;
    static const char *const all[] = {"0.0.0.0:0"};
    struct place place;
    open_place(&place,
               (struct server_options){
                   .listen = all, .listen_count = 1, .intake.ingest_token = "12345678"},
               0);
    expect_flat(&place,
                "Host: box.example\r\nContent-Type: application/json\r\n"
                "Authorization: bearer 12345678\r\n",
                0, 1, 200, NULL);
    close_place(&place);
}

struct sender {
    pthread_t thread;
    const struct place *place;
    int number;
    int accepted; /* spans that were answered with 200 */
};

static void *send_many(void *ctx)
{
    struct sender *sender = ctx;
    for (int i = 0;; i++) {
        struct text_buffer body = {0};
        struct text_buffer request = {0};
        struct heard heard = {0};
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(sender->place->port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        flat_body(&body, (sender->number << 20) + i * 5, 5);
        text_append_format(&request,
                           "POST /api/trace-log HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
                           JSON_HEAD, body.length, body.data);
        int opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(opened, (const struct sockaddr *)&address, sizeof address) == 0 &&
            say(opened, text_buffer_text(&request))) {
            hear(opened, &heard);
        }
        close(opened);
        text_buffer_free(&body);
        text_buffer_free(&request);
        text_buffer_free(&heard.body);
        if (heard.status != 200) {
            return NULL;
        }
        sender->accepted += 5;
    }
}

/* Stopped under load: whoever heard 200 finds its spans, and nobody hangs. */
static void stopping_loses_nothing(void **state)
{
    (void)state;
    enum { SENDERS = 16 };
    struct place place;
    struct sender senders[SENDERS];
    open_place(&place, (struct server_options){0}, 0);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.place = &place, .number = i};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]), 0);
    }
    while (atomic_load(&place.counters.stored) < (uint64_t)SENDERS * 5) {
        usleep(1000);
    }
    server_stop(place.server);
    place.server = NULL;
    int64_t accepted = 0;
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        accepted += senders[i].accepted;
    }
    assert_true(accepted > 0);
    assert_true(count_spans(&place) >= accepted);
    assert_true(count_spans(&place) <= accepted + SENDERS * 5);
    close_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_comes_after_commit),
        cmocka_unit_test(every_path_takes_its_protocol),
        cmocka_unit_test(gzip_is_taken),
        cmocka_unit_test(chunks_are_joined),
        cmocka_unit_test(pipelined_requests_keep_their_order),
        cmocka_unit_test(taken_port_is_reported),
        cmocka_unit_test(wrong_addresses_are_refused),
        cmocka_unit_test(other_machines_are_let_in_when_said),
        cmocka_unit_test(stopping_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
