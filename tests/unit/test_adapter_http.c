/* test_adapter_http — a real libcurl asks a real libmicrohttpd: one trace through both. */
#include "tests/unit/client_receiver.h"

#include "ingest/client/adapters/tracetui_curl.h"
#include "ingest/client/adapters/tracetui_microhttpd.h"

struct service {
    struct tt_tracer *tracer;
    unsigned status;
    char accepted[64];
    char traceparent[64];
};

static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    static char body[] = "hello";
    struct service *service = ctx;
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)request;
    const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");
    const char *parent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "traceparent");
    snprintf(service->accepted, sizeof service->accepted, "%s", accept != NULL ? accept : "");
    snprintf(service->traceparent, sizeof service->traceparent, "%s",
             parent != NULL ? parent : "none");
    struct tt_span *span = tt_mhd_start(service->tracer, connection, method, url);
    tt_attach(span);
    tt_end(tt_start(service->tracer, "inside"));
    tt_detach(span);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof body - 1, body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = tt_mhd_respond(span, connection, service->status, response);
    MHD_destroy_response(response);
    return result;
}

static size_t swallow(char *bytes, size_t size, size_t count, void *ctx)
{
    (void)bytes;
    (void)ctx;
    return size * count;
}

struct world {
    struct receiver *receiver;
    struct service service;
    struct tt_tracer *tracer;
    struct MHD_Daemon *daemon;
    char url[96];
};

static void open_world(struct world *world, void **state)
{
    world->receiver = *state;
    struct tt_options options = {.endpoint = world->receiver->endpoint, .service = "server"};
    world->service.tracer = tt_open(&options);
    world->service.status = 200;
    options.service = "client";
    options.session = "session 1";
    world->tracer = tt_open(&options);
    world->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer,
                                     &world->service, MHD_OPTION_END);
    assert_non_null(world->daemon);
    snprintf(world->url, sizeof world->url, "http://bob:hunter2@127.0.0.1:%u/goals",
             MHD_get_daemon_info(world->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
}

static void close_world(struct world *world)
{
    MHD_stop_daemon(world->daemon);
    tt_close(world->tracer, 20000);
    tt_close(world->service.tracer, 20000);
}

static CURLcode fetch(struct world *world, const char *url, struct curl_slist *headers)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    CURLcode code = tt_curl_perform(world->tracer, easy, headers);
    curl_easy_cleanup(easy);
    return code;
}

static void one_trace_through_both(void **state)
{
    struct world world = {0};
    open_world(&world, state);
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: text/own");
    struct tt_span *page = tt_start(world.tracer, "page");
    struct tt_context context;
    tt_context_of(page, &context);
    assert_int_equal(fetch(&world, world.url, headers), CURLE_OK);
    tt_end(page);
    curl_slist_free_all(headers);
    close_world(&world);
    assert_string_equal(world.service.accepted, "text/own");
    char trace[80];
    snprintf(trace, sizeof trace, "{\"traceId\":\"%.32s\"", context.trace_id);
    assert_int_equal(count_received(world.receiver, trace), 4);
    assert_int_equal(count_received(world.receiver, "\"sessionId\":\"session 1\""), 4);
    /* the server's span is below the span whose id went out */
    char parent[64];
    assert_memory_equal(world.service.traceparent + 3, context.trace_id, 32);
    snprintf(parent, sizeof parent, "\"parentSpanId\":\"%.16s\",\"name\":\"GET /goals\"",
             world.service.traceparent + 36);
    assert_int_equal(count_received(world.receiver, parent), 1);
    assert_int_equal(count_received(world.receiver, "\"name\":\"http:GET\""), 1);
    assert_int_equal(count_received(world.receiver, "hunter2"), 0);
    assert_int_equal(count_received(world.receiver, "\"http.response.status_code\":200"), 2);
}

static void errors_show_on_both_sides(void **state)
{
    struct world world = {0};
    open_world(&world, state);
    world.service.status = 503;
    assert_int_equal(fetch(&world, world.url, NULL), CURLE_OK);
    assert_int_equal(fetch(&world, "http://127.0.0.1:1/", NULL), CURLE_COULDNT_CONNECT);
    close_world(&world);
    assert_int_equal(count_received(world.receiver, "\"statusMessage\":\"HTTP 503\""), 2);
    assert_int_equal(count_received(world.receiver, "\"statusMessage\":\"Couldn't connect"), 1);
}

static void untraced_programs_work_the_same(void **state)
{
    struct world world = {0};
    open_world(&world, state);
    struct tt_tracer *tracers[] = {world.tracer, world.service.tracer};
    world.tracer = NULL;
    world.service.tracer = NULL;
    assert_int_equal(fetch(&world, world.url, NULL), CURLE_OK);
    assert_string_equal(world.service.traceparent, "none");
    world.tracer = tracers[0];
    world.service.tracer = tracers[1];
    close_world(&world);
}

int main(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_trace_through_both, receiver_setup, receiver_teardown),
        cmocka_unit_test_setup_teardown(errors_show_on_both_sides, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(untraced_programs_work_the_same, receiver_setup,
                                        receiver_teardown),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failures;
}
