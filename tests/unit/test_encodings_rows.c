/* test_encodings_rows — 10,000 generated bodies, sent as protobuf, as JSON and over gRPC: the rows
 * of the three databases are the same. */
#include "ingest/decode.h"
#include "tests/unit/grpc_world.h"
#include "tests/unit/otlp_bodies.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { BODIES = 1000 }; /* the same paths, in bearable time */
#else
enum { BODIES = 10000 };
#endif
enum { CALLS = 200 };

/* All bodies through one decoder into the place; returns how many spans were refused. */
static size_t store_decoded(struct place *place, bool json)
{
    struct decode_context context = {.now_ns = NOW_NS};
    struct writer_options options = options_of(place);
    struct writer *writer = NULL;
    struct err_msg why = {""};
    size_t refused = 0;
    assert_int_equal(writer_start(&options, &writer, &why), ERR_OK);
    for (uint64_t i = 1; i <= BODIES; i++) {
        struct decode_report report = {.received = 0};
        struct both body = body_of(i);
        struct text text = text_buffer_text(json ? &body.json : &body.pb);
        struct batch *batch = batch_new();
        decode_fn decode = json ? decode_otlp_json : decode_otlp_pb;
        assert_int_equal(decode(&context, text, batch, &report, &why), ERR_OK);
        refused += report.refused;
        if (batch->count == 0) {
            batch_free(batch);
        } else if (i % CALLS == 0) { /* waits: the queue is never full */
            assert_int_equal(store_batch(writer, batch).code, ERR_OK);
        } else {
            assert_int_equal(writer_submit(writer, batch, NULL, NULL), ERR_OK);
        }
        free_both(&body);
    }
    writer_stop(writer);
    return refused;
}

/* The same over the wire, some hundred calls at a time on one connection. */
static size_t store_called(struct place *place)
{
    static struct call calls[CALLS];
    static struct text_buffer bodies[CALLS];
    struct world world;
    struct client client;
    open_world(&world, place, (struct grpc_options){0}, 0);
    client_open(&client, world.grpc);
    for (uint64_t first = 1; first <= BODIES; first += CALLS) {
        for (size_t i = 0; i < CALLS; i++) {
            struct both body = body_of(first + i);
            text_buffer_clear(&bodies[i]);
            frame(&bodies[i], false, text_buffer_text(&body.pb));
            free_both(&body);
            calls[i] = (struct call){.body = text_buffer_text(&bodies[i])};
            client_ask(&client, &calls[i]);
        }
        for (size_t i = 0; i < CALLS; i++) {
            client_wait(&client, &calls[i]);
            assert_answered(&calls[i], 0, "");
        }
    }
    client_close(&client);
    close_world(&world);
    for (size_t i = 0; i < CALLS; i++) {
        text_buffer_free(&bodies[i]);
    }
    return (size_t)counters_refused(&place->counters);
}

/* Rows of the first that the second has not. */
static int64_t count_strangers(const struct place *one, const struct place *other, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(one->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "ATTACH ?1 AS other", -1, &statement, NULL), SQLITE_OK);
    sqlite3_bind_text(statement, 1, other->path, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

#define TRACE_COLUMNS                                                                              \
    "id, user_id, session_id, root_operation, started_at, ended_at, duration_ms, status,"          \
    " error_message, error_stack, metadata, service, services, client_type, start_ns,"             \
    " duration_ns, span_count, error_count, running_count"
#define SPAN_COLUMNS                                                                               \
    "id, trace_id, parent_span_id, operation_name, operation_type, service, started_at, ended_at," \
    " duration_ms, status, error_message, attributes, events, kind, start_ns, duration_ns,"        \
    " user_id, session_id, links, error_stack, client_type, client_version, trace_state,"          \
    " resource, scope_name, scope_version"

static void assert_same_rows(const struct place *one, const struct place *other)
{
    static const char *const queries[] = {
        "SELECT count(*) FROM (SELECT " TRACE_COLUMNS " FROM main.traces EXCEPT"
        " SELECT " TRACE_COLUMNS " FROM other.traces)",
        "SELECT count(*) FROM (SELECT " SPAN_COLUMNS " FROM main.spans EXCEPT"
        " SELECT " SPAN_COLUMNS " FROM other.spans)",
        "SELECT (SELECT count(*) FROM main.spans) - (SELECT count(*) FROM other.spans)",
        "SELECT (SELECT count(*) FROM main.traces) - (SELECT count(*) FROM other.traces)",
    };
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        assert_int_equal(count_strangers(one, other, queries[i]), 0);
        assert_int_equal(count_strangers(other, one, queries[i]), 0);
    }
}

static void three_ways_give_the_same_rows(void **unused)
{
    (void)unused;
    void *places[3];
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        assert_int_equal(set_up(&places[i]), 0);
    }
    size_t refused = store_decoded(places[0], false);
    assert_int_equal(store_decoded(places[1], true), refused);
    assert_int_equal(store_called(places[2]), refused);
    assert_true(ask(places[0], "SELECT count(*) FROM spans") > BODIES);
    assert_same_rows(places[0], places[1]);
    assert_same_rows(places[0], places[2]);
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        assert_int_equal(tear_down(&places[i]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_ways_give_the_same_rows),
    };
    setenv("TRACETUI_NOW", "1766012400000000000", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
