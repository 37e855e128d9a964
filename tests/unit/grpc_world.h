/* grpc_world — a gRPC receiver with its writer, and messages for it, for the tests. */
#ifndef TRACETUI_TESTS_UNIT_GRPC_WORLD_H
#define TRACETUI_TESTS_UNIT_GRPC_WORLD_H

#include "ingest/proto_put.h"
#include "tests/unit/grpc_client.h"

#define NOW_NS INT64_C(1766012400000000000)

struct world {
    struct place *place;
    struct writer *writer;
    struct grpc *grpc;
};

static inline void open_world(struct world *world, struct place *place, struct grpc_options options,
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
    options.intake.writer = world->writer;
    options.intake.counters = &place->counters;
    if (grpc_start(&options, &world->grpc, &why) != ERR_OK) {
        fail_msg("%s", why.text);
    }
}

static inline void close_world(struct world *world)
{
    grpc_stop(world->grpc);
    writer_stop(world->writer);
}

static inline int count_spans(const struct world *world)
{
    return (int)ask(world->place, "SELECT count(*) FROM spans");
}

/* While it is held the writer has to wait, for two seconds at most. */
static inline sqlite3 *hold_database(const struct world *world)
{
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(world->place->path, &database), SQLITE_OK);
    sqlite3_busy_timeout(database, 1000);
    assert_int_equal(sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return database;
}

static inline void let_go(sqlite3 *database)
{
    assert_int_equal(sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

/* ---- messages ------------------------------------------------------------------------------- */

static inline void put_fixed64(struct text_buffer *message, unsigned field, uint64_t value)
{
    text_append_char(message, (char)(field << 3 | 1));
    for (int shift = 0; shift < 64; shift += 8) {
        text_append_char(message, (char)(value >> shift));
    }
}

/* One of the spans of an ExportTraceServiceRequest; a bad one has no id. */
static inline void put_span(struct text_buffer *spans, int number, bool bad)
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
static inline void request_message(struct text_buffer *message, int from, int count, int bad)
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

static inline void frame(struct text_buffer *target, bool compressed, struct text message)
{
    text_append_char(target, (char)compressed);
    for (int shift = 24; shift >= 0; shift -= 8) {
        text_append_char(target, (char)(message.length >> shift));
    }
    text_append(target, message);
}

static inline void request_body(struct text_buffer *body, int from, int count, int bad)
{
    struct text_buffer message = {0};
    request_message(&message, from, count, bad);
    frame(body, false, text_buffer_text(&message));
    text_buffer_free(&message);
}

/* Asks on a connection of its own. */
static inline void call_alone(const struct world *world, struct call *call)
{
    struct client client;
    client_open(&client, world->grpc);
    client_ask(&client, call);
    client_wait(&client, call);
    client_close(&client);
}

static inline void assert_answered(const struct call *call, int status, const char *part)
{
    assert_true(call->closed);
    assert_int_equal(call->http_status, 200);
    assert_int_equal(call->status, status);
    if (strstr(call->message, part) == NULL) {
        fail_msg("[%s] is not in [%s]", part, call->message);
    }
}

#endif
