/* test_grpc_session — how long a peer may take, without waiting for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <nghttp2/nghttp2.h>
#include <string.h>

#include "ingest/grpc_session.h"
#include "ingest/wire.h"
#include "store/base/clock.h"

#define PATIENCE (60 * NS_PER_S)

struct world {
    struct counters counters;
    struct grpc_service service;
    struct grpc_session *session;
};

static int set_up(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);
    counters_init(&world->counters);
    grpc_service_init(&world->service, -1, 10);
    struct intake_options options = {.counters = &world->counters, .body_limit_bytes = 1 << 20};
    intake_init(&world->service.intake, &world->service.gate, &options);
    world->service.intake.bodies_limit_bytes = 1 << 20;
    world->service.intake.patience_ns = PATIENCE;
    world->session = grpc_session_new(&world->service, "127.0.0.1", NULL);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    grpc_session_free(world->session);
    grpc_service_clear(&world->service);
    counters_clear(&world->counters);
    test_free(world);
    return 0;
}

static ssize_t read_empty_message(nghttp2_session *http2, int32_t stream, uint8_t *buffer,
                                  size_t size, uint32_t *flags, nghttp2_data_source *source,
                                  void *context)
{
    enum { PREFIX_BYTES = 5 };
    (void)http2;
    (void)stream;
    (void)source;
    (void)context;
    assert_true(size >= PREFIX_BYTES);
    memset(buffer, 0, PREFIX_BYTES);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return PREFIX_BYTES;
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .value = (uint8_t *)(uintptr_t)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value)};
}

/* What a client sends that asks with an empty message and gives answers that much window. */
static void write_call(struct text_buffer *bytes, uint32_t window)
{
    const nghttp2_nv headers[] = {pair(":method", "POST"), pair(":scheme", "http"),
                                  pair(":path", WIRE_PATH_GRPC), pair(":authority", "localhost"),
                                  pair("content-type", "application/grpc")};
    const nghttp2_settings_entry settings = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    nghttp2_data_provider body = {.read_callback = read_empty_message};
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_session *http2 = NULL;
    const uint8_t *data = NULL;
    ssize_t length;
    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    assert_int_equal(nghttp2_session_client_new(&http2, callbacks, NULL), 0);
    assert_int_equal(nghttp2_submit_settings(http2, NGHTTP2_FLAG_NONE, &settings, 1), 0);
    assert_true(nghttp2_submit_request(http2, NULL, headers, ARRAY_LEN(headers), &body, NULL) > 0);
    while ((length = nghttp2_session_mem_send(http2, &data)) > 0) {
        text_append(bytes, text_make((const char *)data, (size_t)length));
    }
    nghttp2_session_del(http2);
    nghttp2_session_callbacks_del(callbacks);
}

static void feed(struct world *world, struct text bytes)
{
    assert_true(grpc_session_feed(world->session, bytes));
    while (grpc_session_output(world->session).length > 0) {
    }
}

static void expect_cut_after_patience(struct world *world)
{
    int64_t now_ns = clock_monotonic_ns();
    assert_true(grpc_session_check_time(world->session, now_ns + PATIENCE / 2));
    assert_false(grpc_session_check_time(world->session, now_ns + 2 * PATIENCE));
}

static void who_never_ends_the_headers_is_cut(void **state)
{
    struct world *world = *state;
    struct text_buffer bytes = {0};
    write_call(&bytes, 65535);
    enum { BODY_BYTES = 9 + 5, HEADERS_CUT = 3 };
    feed(world, text_make(bytes.data, bytes.length - BODY_BYTES - HEADERS_CUT));
    expect_cut_after_patience(world);
    text_buffer_free(&bytes);
}

static void who_never_takes_the_answer_is_cut(void **state)
{
    struct world *world = *state;
    struct text_buffer bytes = {0};
    write_call(&bytes, 0);
    feed(world, text_buffer_text(&bytes));
    expect_cut_after_patience(world);
    text_buffer_free(&bytes);
}

static void who_has_the_answer_may_stay(void **state)
{
    struct world *world = *state;
    struct text_buffer bytes = {0};
    write_call(&bytes, 65535);
    feed(world, text_buffer_text(&bytes));
    assert_int_equal(world->counters.calls[0], 1);
    assert_true(grpc_session_check_time(world->session, clock_monotonic_ns() + 2 * PATIENCE));
    assert_int_equal(grpc_session_silence(world->session), GRPC_SILENCE_IDLE);
    text_buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_never_ends_the_headers_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_never_takes_the_answer_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_the_answer_may_stay, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
