/* test_server_refusals — what a receiver does not take, and the words in which it says so. */
#include "tests/unit/server_world.h"

static void bad_spans_are_named(void **state)
{
    (void)state;
    struct place place;
    struct text_buffer body = {0};
    struct heard heard;
    open_place(&place, (struct server_options){0}, 0);
    flat_body(&body, 0, 1);
    body.length -= 2; /* without the closing brackets */
    text_append_cstr(&body, ",{\"id\":\"1\",\"operationName\":\"x\",\"startedAt\":1}]}");
    ask(&place, "POST /api/trace-log", JSON_HEAD, text_buffer_text(&body), &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(
        strstr(heard.body.data, "{\"received\":1,\"refused\":1,\"errors\":[\"spans[1]."));
    text_buffer_free(&heard.body);
    text_buffer_free(&body);

    ask(&place, "POST /api/trace-log", JSON_HEAD, TEXT("{\"spans\":[{}]}"), &heard);
    assert_int_equal(heard.status, 400);
    assert_non_null(
        strstr(heard.body.data,
               "{\"error\":\"spans[0]: id, traceId, operationName, startedAt missing\","));
    assert_non_null(strstr(heard.body.data, "\"received\":0,\"refused\":1,\"errors\":["));
    text_buffer_free(&heard.body);

    ask(&place, "POST /v1/traces", JSON_HEAD,
        TEXT("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{}]}]}]}"), &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(strstr(heard.body.data, "{\"partialSuccess\":{\"rejectedSpans\":\"1\","
                                            "\"errorMessage\":\"resourceSpans[0]."));
    text_buffer_free(&heard.body);

    /* resource_spans{scope_spans{spans{}}}: one span without anything */
    ask(&place, "POST /v1/traces", "Host: localhost\r\nContent-Type: application/x-protobuf\r\n",
        TEXT("\x0a\x04\x12\x02\x12\x00"), &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(strstr(heard.head, "Content-Type: application/x-protobuf\r\n"));
    assert_int_equal(heard.body.data[0], 0x0a);                  /* partial_success */
    assert_memory_equal(heard.body.data + 2, "\x08\x01\x12", 3); /* rejected 1, message */
    text_buffer_free(&heard.body);

    assert_int_equal(counters_refused(&place.counters), 4);
    close_place(&place);
}

static void bad_bodies_are_refused_in_the_senders_words(void **state)
{
    (void)state;
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){0}, 0);
    expect(&place, "POST /api/trace-log", JSON_HEAD, "{\"spans\":3}", 400,
           "{\"error\":\"Invalid payload: spans: an array was expected\"}");
    expect(&place, "POST /api/trace-log", JSON_HEAD, "{\"spans\":[", 400, NULL);
    expect(&place, "POST /api/trace-log", JSON_HEAD, "", 400, NULL);
    expect(&place, "POST /api/v2/spans", JSON_HEAD, "{", 400, NULL);
    ask(&place, "POST /v1/traces", JSON_HEAD, TEXT("["), &heard);
    assert_int_equal(heard.status, 400);
    assert_non_null(strstr(heard.body.data, "{\"code\":3,\"message\":\"Invalid payload: "));
    text_buffer_free(&heard.body);
    ask(&place, "POST /v1/traces", "Host: localhost\r\nContent-Type: application/x-protobuf\r\n",
        TEXT("\xff\xff\xff"), &heard);
    assert_int_equal(heard.status, 400);
    assert_memory_equal(heard.body.data, "\x08\x03\x12", 3); /* code 3, message */
    text_buffer_free(&heard.body);
    close_place(&place);
}

static void other_paths_and_methods(void **state)
{
    (void)state;
    static const char pb[] = "Host: localhost\r\nContent-Type: application/x-protobuf\r\n";
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){0}, 0);
    expect(&place, "GET /healthz", "Host: localhost\r\n", "", 200,
           "{\"status\":\"ok\",\"version\":\"" TRACETUI_VERSION "\"}");
    expect(&place, "GET /nowhere", "Host: localhost\r\n", "", 404,
           "{\"error\":\"no such path: /nowhere; spans go to POST /v1/traces, /api/trace-log, "
           "/api/v1/telemetry/spans or /api/v2/spans\"}");
    expect(&place, "POST /%0d%1b[2J%22", JSON_HEAD, "{}", 404,
           "{\"error\":\"no such path: /??[2J\\\"; spans go to POST /v1/traces, /api/trace-log, "
           "/api/v1/telemetry/spans or /api/v2/spans\"}");
    expect(&place, "GET /healthz%00/other", "Host: localhost\r\n", "", 404,
           "{\"error\":\"no such path: /healthz%00/other; spans go to POST /v1/traces, "
           "/api/trace-log, /api/v1/telemetry/spans or /api/v2/spans\"}");
    expect(&place, "GET /v1/traces", "Host: localhost\r\n", "", 405,
           "{\"code\":12,\"message\":\"/v1/traces takes POST, OPTIONS\"}");
    expect(&place, "POST /v1/logs", JSON_HEAD, "{}", 404,
           "{\"code\":5,\"message\":\"tracetui takes traces only: POST them to /v1/traces\"}");
    ask(&place, "POST /v1/metrics", pb, TEXT("whatever"), &heard);
    assert_int_equal(heard.status, 404);
    assert_memory_equal(heard.body.data, "\x08\x05\x12", 3);
    text_buffer_free(&heard.body);
    ask(&place, "DELETE /healthz", "Host: localhost\r\n", TEXT(""), &heard);
    assert_int_equal(heard.status, 405);
    assert_non_null(strstr(heard.head, "Allow: GET, HEAD, OPTIONS\r\n"));
    text_buffer_free(&heard.body);
    ask(&place, "GET /", "Host: localhost:4318\r\n", TEXT(""), &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(strstr(heard.body.data, "=http://localhost:4318\n"));
    text_buffer_free(&heard.body);

    int socket = dial(&place);
    char byte;
    assert_true(say(socket, TEXT("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n"
                                 "Connection: close\r\n\r\n")));
    while (recv(socket, &byte, 1, 0) == 1) {
    }
    assert_int_equal(byte, '\n'); /* ends with the headers */
    close(socket);
    close_place(&place);
}

static void wrong_types_are_refused(void **state)
{
    (void)state;
    struct place place;
    open_place(&place, (struct server_options){0}, 0);
    expect_flat(&place, "Host: localhost\r\nContent-Type: text/plain\r\n", 0, 1, 415, NULL);
    expect_flat(&place, "Host: localhost\r\n", 0, 1, 415,
                "{\"error\":\"Content-Type missing: application/json expected\"}");
    expect_flat(&place, "Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n", 0,
                1, 415, NULL);
    expect_flat(&place, "Host: localhost\r\nContent-Type: application/x-protobuf\r\n", 0, 1, 415,
                NULL);
    expect_flat(&place, JSON_HEAD "Content-Encoding: deflate\r\n", 0, 1, 415, NULL);
    expect(&place, "POST /v1/traces", "Host: localhost\r\nContent-Type: text/plain\r\n", "{}", 415,
           "{\"code\":3,\"message\":\"Content-Type text/plain: application/json or "
           "application/x-protobuf expected\"}");
    expect_flat(&place, "Host: localhost\r\nContent-Type: Application/JSON; charset=utf-8\r\n", 0,
                1, 200, NULL);
    expect_flat(&place, JSON_HEAD "Content-Encoding: identity\r\n", 0, 1, 200, NULL);
    assert_int_equal(atomic_load(&place.counters.refused[REFUSED_TYPE]), 6);
    close_place(&place);
}

static void long_bodies_are_refused(void **state)
{
    (void)state;
    enum { LIMIT_BYTES = 10000 };
    struct place place;
    struct text_buffer body = {0};
    struct text_buffer packed = {0};
    struct heard heard;
    open_place(&place, (struct server_options){.intake.body_limit_bytes = LIMIT_BYTES}, 0);
    for (int i = 0; i < 3 * LIMIT_BYTES; i++) {
        text_append_char(&body, ' ');
    }
    ask(&place, "POST /api/trace-log", JSON_HEAD, text_buffer_text(&body), &heard);
    assert_int_equal(heard.status, 413);
    assert_string_equal(heard.body.data, "{\"error\":\"the body is over 10000 bytes\"}");
    text_buffer_free(&heard.body);

    deflate_text(&packed, text_buffer_text(&body)); /* small outside, large inside */
    ask(&place, "POST /api/trace-log", JSON_HEAD "Content-Encoding: gzip\r\n",
        text_buffer_text(&packed), &heard);
    assert_int_equal(heard.status, 413);
    text_buffer_free(&heard.body);

    /* of unknown length */
    int socket = dial(&place);
    struct text_buffer request = {0};
    text_append_format(
        &request, "POST /api/trace-log HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n%zx\r\n",
        JSON_HEAD, body.length);
    text_append(&request, text_buffer_text(&body));
    text_append_cstr(&request, "\r\n0\r\n\r\n");
    assert_true(say(socket, text_buffer_text(&request)));
    hear(socket, &heard);
    assert_int_equal(heard.status, 413);
    text_buffer_free(&heard.body);
    close(socket);

    /* far too long: told at once */
    socket = dial(&place);
    assert_true(say(socket, TEXT("POST /api/trace-log HTTP/1.1\r\n" JSON_HEAD
                                 "Content-Length: 1000000000000\r\n\r\n")));
    hear(socket, &heard);
    assert_int_equal(heard.status, 413);
    text_buffer_free(&heard.body);
    close(socket);

    assert_int_equal(atomic_load(&place.counters.refused[REFUSED_SIZE]), 4);
    text_buffer_free(&request);
    text_buffer_free(&body);
    text_buffer_free(&packed);
    close_place(&place);
}

/* Each of these could be read in another way by a proxy in front of us. */
static void doubtful_framing_is_refused(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "Host: localhost\r\nHost: localhost\r\nContent-Length: 2\r\n",
        "Host: localhost\r\nContent-Length: 2\r\nContent-Length: 7\r\n",
        "Host: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n",
        "Host: localhost\r\nTransfer-Encoding: identity\r\n",
        "Host: localhost\r\nContent-Length : 2\r\n",
        "Content-Length: 2\r\n",
    };
    struct place place;
    open_place(&place, (struct server_options){0}, 0);
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        struct text_buffer request = {0};
        struct heard heard;
        int socket = dial(&place);
        text_append_format(&request,
                           "POST /api/trace-log HTTP/1.1\r\nContent-Type: application/json\r\n"
                           "%s\r\n{}",
                           heads[i]);
        assert_true(say(socket, text_buffer_text(&request)));
        hear(socket, &heard);
        assert_int_equal(heard.status, 400);
        text_buffer_free(&heard.body);
        hear(socket, &heard); /* and the connection ends */
        assert_int_equal(heard.status, 0);
        close(socket);
        text_buffer_free(&request);
    }
    close_place(&place);
}

static void foreign_pages_are_kept_out(void **state)
{
    (void)state;
    static const char *const origins[] = {"http://localhost:3000"};
    static const char type[] = "Content-Type: application/json\r\n";
    static const char *const hosts[] = {"localhost", "LOCALHOST:1", "127.0.0.1:4318", "[::1]:4318",
                                        "[::1]"};
    struct place place;
    struct heard heard;
    char head[256];
    open_place(&place, (struct server_options){.cors_origins = origins, .cors_count = 1}, 0);
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        snprintf(head, sizeof head, "%sHost: %s\r\n", type, hosts[i]);
        expect_flat(&place, head, 0, 1, 200, NULL);
    }
    snprintf(head, sizeof head, "%sHost: evil.example:4318\r\n", type);
    expect_flat(&place, head, 0, 1, 403, NULL);
    snprintf(head, sizeof head, "%sHost: localhost.evil.example\r\n", type);
    expect_flat(&place, head, 0, 1, 403, NULL);
    expect_flat(&place, JSON_HEAD "Origin: http://evil.example\r\n", 0, 1, 403, NULL);
    expect_flat(&place, JSON_HEAD "Origin: null\r\n", 0, 1, 403, NULL);
    assert_int_equal(atomic_load(&place.counters.refused[REFUSED_ACCESS]), 4);

    expect_flat(&place, JSON_HEAD "Origin: http://localhost:3000\r\n", 0, 1, 200, NULL);
    ask(&place, "OPTIONS /api/trace-log",
        "Host: localhost\r\nOrigin: http://localhost:3000\r\n"
        "Access-Control-Request-Method: POST\r\n",
        TEXT(""), &heard);
    assert_int_equal(heard.status, 204);
    assert_non_null(strstr(heard.head, "Access-Control-Allow-Origin: http://localhost:3000\r\n"));
    assert_non_null(strstr(heard.head, "Access-Control-Allow-Methods: POST"));
    assert_non_null(strstr(heard.head, "Access-Control-Allow-Headers: Content-Type"));
    assert_non_null(strstr(heard.head, "Access-Control-Allow-Credentials: true\r\n"));
    text_buffer_free(&heard.body);
    /* navigator.sendBeacon of a text */
    expect_flat(&place,
                "Host: localhost\r\nContent-Type: text/plain;charset=UTF-8\r\n"
                "Origin: http://localhost:3000\r\n",
                0, 1, 200, NULL);
    expect_flat(&place, "Host: localhost\r\nContent-Type: text/plain\r\n", 0, 1, 415, NULL);
    close_place(&place);
}

static void any_page_may_send_but_not_unasked(void **state)
{
    (void)state;
    static const char *const origins[] = {"*"};
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){.cors_origins = origins, .cors_count = 1}, 0);
    ask(&place, "OPTIONS /api/trace-log", "Host: localhost\r\nOrigin: http://any.example\r\n",
        TEXT(""), &heard);
    assert_int_equal(heard.status, 204);
    assert_non_null(strstr(heard.head, "Access-Control-Allow-Origin: http://any.example\r\n"));
    assert_null(strstr(heard.head, "Access-Control-Allow-Credentials"));
    text_buffer_free(&heard.body);
    expect_flat(&place,
                "Host: localhost\r\nContent-Type: text/plain\r\nOrigin: http://any.example\r\n", 0,
                1, 415, NULL);
    close_place(&place);
}

static void public_hosts_are_ours(void **state)
{
    (void)state;
    static const char *const hosts[] = {"traces.example"};
    static const char *const all[] = {"0.0.0.0:0"};
    static const char type[] = "Content-Type: application/json\r\n";
    static const struct {
        const char *host;
        int on_loopback, open;
    } cases[] = {
        {"traces.example", 200, 200},     {"Traces.Example.:443", 200, 200},
        {"localhost:1", 200, 200},        {"10.1.2.3:4318", 403, 200},
        {"[2001:db8::1]:4318", 403, 200}, {"evil.example", 403, 403},
        {"a.traces.example", 403, 403},   {"10.1.2.3.evil.example", 403, 403},
    };
    for (int open = 0; open < 2; open++) {
        struct place place;
        char head[256];
        struct server_options options = {
            .intake.public_hosts = hosts, .intake.public_host_count = 1, .intake.insecure = true};
        options.listen = open ? all : NULL;
        options.listen_count = (size_t)open;
        open_place(&place, options, 0);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            snprintf(head, sizeof head, "%sHost: %s\r\n", type, cases[i].host);
            expect_flat(&place, head, 0, 1, open ? cases[i].open : cases[i].on_loopback, NULL);
        }
        close_place(&place);
    }
}

static void token_is_asked_for(void **state)
{
    (void)state;
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){.intake.ingest_token = "sesame-open"}, 0);
    expect_flat(&place, JSON_HEAD "Authorization: Bearer sesame-open\r\n", 0, 1, 200, NULL);
    expect_flat(&place, JSON_HEAD "Authorization: Bearer sesame-opem\r\n", 0, 1, 401, NULL);
    expect_flat(&place, JSON_HEAD "Authorization: Bearer sesame-open1\r\n", 0, 1, 401, NULL);
    expect_flat(&place, JSON_HEAD "Authorization: Bearer \r\n", 0, 1, 401, NULL);
    expect_flat(&place, JSON_HEAD "Authorization: Basic sesame-open\r\n", 0, 1, 401, NULL);
    ask(&place, "POST /v1/traces", JSON_HEAD, TEXT("{}"), &heard);
    assert_int_equal(heard.status, 401);
    assert_non_null(strstr(heard.head, "WWW-Authenticate: Bearer\r\n"));
    assert_non_null(strstr(heard.body.data, "{\"code\":16,"));
    text_buffer_free(&heard.body);
    expect(&place, "GET /healthz", "Host: localhost\r\n", "", 200, NULL);
    close_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_spans_are_named),
        cmocka_unit_test(bad_bodies_are_refused_in_the_senders_words),
        cmocka_unit_test(other_paths_and_methods),
        cmocka_unit_test(wrong_types_are_refused),
        cmocka_unit_test(long_bodies_are_refused),
        cmocka_unit_test(doubtful_framing_is_refused),
        cmocka_unit_test(foreign_pages_are_kept_out),
        cmocka_unit_test(any_page_may_send_but_not_unasked),
        cmocka_unit_test(public_hosts_are_ours),
        cmocka_unit_test(token_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
