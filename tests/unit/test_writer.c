/* test_writer — what is stored, whatever the order; and that every batch is answered. */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "store/base/clock.h"
#include "tests/unit/place.h"

#define AT INT64_C(1700000000000000000)
#define MS INT64_C(1000000)

static struct writer *start(struct place *place)
{
    struct writer *writer = NULL;
    struct err_msg why = {""};
    struct writer_options options = options_of(place);
    enum err err = writer_start(&options, &writer, &why);
    if (err != ERR_OK) {
        fail_msg("%s", why.text);
    }
    return writer;
}

/* Everything people can see, as one text: equal texts are equal databases. */
static char *dump(const struct place *place)
{
    static const char *const queries[] = {
        "SELECT json_array(id, user_id, session_id, root_operation, started_at, ended_at, status,"
        " error_message, error_stack, metadata, service, services, client_type, start_ns,"
        " duration_ns, span_count, error_count, running_count) FROM traces ORDER BY id",
        "SELECT json_array(id, trace_id, parent_span_id, operation_name, operation_type, service,"
        " start_ns, duration_ns, status, error_message, attributes, events, kind, user_id,"
        " session_id, links, error_stack, client_type, client_version, trace_state, resource,"
        " scope_name, scope_version) FROM spans ORDER BY trace_id, id, start_ns, kind",
    };
    struct text_buffer all = {0};
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        sqlite3_stmt *row = NULL;
        assert_int_equal(sqlite3_prepare_v2(db, queries[i], -1, &row, NULL), SQLITE_OK);
        while (sqlite3_step(row) == SQLITE_ROW) {
            text_append_format(&all, "%s\n", (const char *)sqlite3_column_text(row, 0));
        }
        sqlite3_finalize(row);
    }
    sqlite3_close(db);
    return all.data;
}

/* ---- pieces of a trace ---------------------------------------------------------------------- */

enum { PIECES = 9 };

/* One piece of a trace with everything in it that may arrive in a wrong order. */
static void add_piece(struct batch *batch, size_t piece)
{
    static const char trace[] = "0af7651916cd43dd8448eb211c80319c";
    struct span *span;
    struct resource *resource;
    switch (piece) {
    case 0: /* the root, running */
        span = add_span(batch, trace, "0000000000000001", NULL, AT);
        span->status = STATUS_IN_PROGRESS;
        span->end_ns = SPAN_RUNNING;
        span->name = TEXT("GET /");
        span->user = TEXT("alice");
        span->attributes = TEXT("{\"b\":1,\"a\":2}");
        break;
    case 1: /* and finished */
        span = add_span(batch, trace, "0000000000000001", NULL, AT);
        span->name = TEXT("GET /cart");
        span->end_ns = AT + 80 * MS;
        span->session = TEXT("s1");
        span->attributes = TEXT("{\"c\":3,\"a\":22}");
        span->metadata = TEXT("{\"browser\":\"Firefox\"}");
        break;
    case 2: /* a child that failed */
        span = add_span(batch, trace, "0000000000000002", "0000000000000001", AT + 5 * MS);
        span->service = TEXT("data base");
        span->status = STATUS_ERROR;
        span->message = TEXT("late failure");
        span->user = TEXT("bob");
        break;
    case 3: /* an earlier one that failed */
        span = add_span(batch, trace, "0000000000000003", "0000000000000001", AT + 3 * MS);
        span->status = STATUS_ERROR;
        span->message = TEXT("early failure");
        span->stack = TEXT("at main.c:1");
        span->metadata = TEXT("{\"ip\":\"::1\"}");
        break;
    case 4: /* a piece that knows the service later */
        span = add_span(batch, trace, "0000000000000004", "0000000000000001", AT + 9 * MS);
        span->service = TEXT("unknown");
        span->status = STATUS_IN_PROGRESS;
        span->end_ns = SPAN_RUNNING;
        break;
    case 5:
        span = add_span(batch, trace, "0000000000000004", "0000000000000001", AT + 9 * MS);
        span->service = TEXT("mail");
        span->kind = KIND_CLIENT;
        break;
    case 6: /* without parent at first, and earlier than the root */
        span = add_span(batch, trace, "0000000000000005", NULL, AT - 7 * MS);
        span->name = TEXT("page load");
        span->client_type = TEXT("web");
        break;
    case 7: /* but it had one */
        span = add_span(batch, trace, "0000000000000005", "00000000000000ff", AT - 7 * MS);
        span->events = TEXT("[{\"name\":\"x\"}]");
        span->flags |= SPAN_HAS_EVENTS;
        break;
    default: /* the server's half of the failed child */
        span = add_span(batch, trace, "0000000000000002", "0000000000000001", AT + 6 * MS);
        span->flags = SPAN_SERVER_HALF;
        span->kind = KIND_SERVER;
        resource = arena_zero(&batch->arena, 1, sizeof *resource);
        resource->attributes = TEXT("{\"service.name\":\"shop\"}");
        span->resource = resource;
        break;
    }
}

/* Stores the pieces in that order, each in a transaction of its own or all in one. */
static char *store_pieces(struct place *place, const size_t *order, bool one_by_one)
{
    struct writer *writer = start(place);
    struct batch *batch = batch_new();
    for (size_t i = 0; i < PIECES; i++) {
        add_piece(batch, order[i]);
        if (one_by_one || i + 1 == PIECES) {
            assert_int_equal(store_batch(writer, batch).code, ERR_OK);
            batch = i + 1 < PIECES ? batch_new() : NULL;
        }
        if (one_by_one && i == PIECES / 2) { /* nothing may depend on what is in memory */
            writer_stop(writer);
            writer = start(place);
        }
    }
    writer_stop(writer);
    char *result = dump(place);
    unlink(place->path);
    return result;
}

static void order_of_arrival_does_not_matter(void **state)
{
    size_t order[PIECES];
    uint32_t seed = 7;
    for (size_t i = 0; i < PIECES; i++) {
        order[i] = i;
    }
    char *expected = store_pieces(*state, order, true);
    assert_non_null(strstr(expected, "\"alice\",\"s1\",\"GET /cart\""));
    assert_non_null(strstr(expected, "\"error\",\"early failure\",\"at main.c:1\""));
    assert_non_null(strstr(expected, "\"data_base mail shop\""));
    assert_non_null(strstr(expected, "{\\\"a\\\":22,\\\"b\\\":1,\\\"c\\\":3}"));
    for (size_t round = 0; round < 40; round++) {
        for (size_t i = PIECES - 1; i > 0; i--) {
            seed = seed * 1664525 + 1013904223;
            size_t k = (seed >> 8) % (i + 1);
            size_t other = order[i];
            order[i] = order[k];
            order[k] = other;
        }
        char *found = store_pieces(*state, order, round % 4 != 0);
        assert_string_equal(found, expected);
        free(found);
    }
    free(expected);
}

/* Zipkin's pieces: the first has the name, the last only the duration. */
static void a_nameless_end_does_not_hide_the_name(void **state)
{
    struct place *place = *state;
    for (int first = 0; first < 2; first++) {
        struct writer *writer = start(place);
        for (int i = 0; i < 2; i++) {
            struct batch *batch = batch_new();
            struct span *span = add_span(batch, "t", "a", NULL, AT);
            bool running = i == first;
            span->name = running ? TEXT("GET /cart") : TEXT("unknown");
            span->status = running ? STATUS_IN_PROGRESS : STATUS_COMPLETED;
            span->end_ns = running ? SPAN_RUNNING : AT + MS;
            assert_int_equal(store_batch(writer, batch).code, ERR_OK);
        }
        writer_stop(writer);
        expect_text(place, "SELECT operation_name FROM spans", "GET /cart");
        expect_text(place, "SELECT status FROM spans", "completed");
        unlink(place->path);
    }
}

/* A running span that turns out to have started earlier is known to last less. */
static void running_pieces_do_not_stretch_the_trace(void **state)
{
    struct place *place = *state;
    for (int round = 0; round < 2; round++) {
        struct writer *writer = start(place);
        for (int i = 0; i < 2; i++) {
            struct batch *batch = batch_new();
            struct span *span = add_span(batch, "t", "a", NULL, AT + (i == round ? 10 * MS : 0));
            span->status = STATUS_IN_PROGRESS;
            span->end_ns = SPAN_RUNNING;
            assert_int_equal(store_batch(writer, batch).code, ERR_OK);
        }
        writer_stop(writer);
        assert_int_equal(ask(place, "SELECT duration_ns FROM traces"), 0);
        assert_int_equal(ask(place, "SELECT start_ns FROM traces"), AT);
        unlink(place->path);
    }
}

/* ---- rows against their spans --------------------------------------------------------------- */

static uint32_t roll(uint32_t *seed, uint32_t sides)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % sides;
}

/* Any piece of a few spans of a few traces: running, finished, failed, with and without parent. */
static void add_random_piece(struct batch *batch, uint32_t *seed)
{
    static const char *const services[] = {"shop", "unknown", "mail", "data base"};
    static const char *const users[] = {"", "", "alice", "bob"};
    static const char *const names[] = {"GET /", "GET /cart", "unknown"};
    static const char *const messages[] = {"", "late", "early"};
    static const char *const attributes[] = {"", "{\"a\":1}", "{\"a\":2,\"b\":3}", "{\"c\":[]}"};
    char trace[32], id[32], parent[32];
    snprintf(trace, sizeof trace, "trace-%u", roll(seed, 4));
    snprintf(id, sizeof id, "span-%u", roll(seed, 5));
    snprintf(parent, sizeof parent, "span-%u", roll(seed, 7));
    int64_t start_ns = AT + (int64_t)roll(seed, 50) * MS;
    struct span *span = add_span(batch, trace, id, roll(seed, 3) == 0 ? NULL : parent, start_ns);
    span->service = text_from(services[roll(seed, 4)]);
    span->user = text_from(users[roll(seed, 4)]);
    span->name = text_from(names[roll(seed, 3)]);
    span->status = (uint8_t)roll(seed, STATUS_COUNT);
    span->message = span->status == STATUS_ERROR ? text_from(messages[roll(seed, 3)]) : TEXT("");
    span->attributes = text_from(attributes[roll(seed, 4)]);
    span->metadata = roll(seed, 4) == 0 ? TEXT("{\"ip\":\"::1\"}") : TEXT("");
    span->flags = roll(seed, 8) == 0 ? SPAN_SERVER_HALF : 0;
    span->end_ns = roll(seed, 3) == 0 ? SPAN_RUNNING : start_ns + (int64_t)roll(seed, 40) * MS;
}

/* Stores the pieces in an order and in batches that the seed decides; some twice. */
static char *store_shuffled(struct place *place, uint32_t world, uint32_t seed)
{
    enum { RANDOM_PIECES = 60 };
    uint32_t pieces[RANDOM_PIECES];
    for (uint32_t i = 0; i < RANDOM_PIECES; i++) {
        uint32_t k = roll(&seed, i + 1);
        pieces[i] = pieces[k];
        pieces[k] = world * 1000 + i;
    }
    struct writer *writer = start(place);
    for (size_t i = 0; i < RANDOM_PIECES;) {
        struct batch *batch = batch_new();
        for (uint32_t left = 1 + roll(&seed, 9); left > 0 && i < RANDOM_PIECES; left--) {
            uint32_t piece = pieces[i++], again = pieces[roll(&seed, (uint32_t)i)];
            add_random_piece(batch, &piece);
            add_random_piece(batch, &again);
        }
        assert_int_equal(store_batch(writer, batch).code, ERR_OK);
        if (roll(&seed, 6) == 0) {
            writer_stop(writer);
            writer = start(place);
        }
    }
    writer_stop(writer);
    assert_int_equal(
        ask(place, "SELECT count(*) FROM traces t WHERE span_count <> (SELECT count(*) FROM spans s"
                   " WHERE s.trace_id = t.id) OR error_count <> (SELECT count(*) FROM spans s WHERE"
                   " s.trace_id = t.id AND s.status = 'error') OR running_count <> (SELECT count(*)"
                   " FROM spans s WHERE s.trace_id = t.id AND s.status = 'in_progress')"
                   " OR start_ns <> (SELECT min(start_ns) FROM spans s WHERE s.trace_id = t.id)"
                   " OR duration_ns <> (SELECT max(start_ns + coalesce(duration_ns, 0)) -"
                   " min(start_ns) FROM spans s WHERE s.trace_id = t.id)"),
        0);
    char *result = dump(place);
    unlink(place->path);
    return result;
}

static void rows_are_what_their_spans_say(void **state)
{
    for (uint32_t world = 0; world < 12; world++) {
        char *expected = store_shuffled(*state, world, 1);
        for (uint32_t seed = 2; seed < 7; seed++) {
            char *found = store_shuffled(*state, world, seed * 77 + world);
            assert_string_equal(found, expected);
            free(found);
        }
        free(expected);
    }
}

/* Pieces of one span, each with attributes of its own: what they make together is bounded, and so
 * is the time. */
static void one_id_for_all_spans_ends_in_time(void **state)
{
    enum { MANY = 30 * 1000 };
    struct place *place = *state;
    struct writer_options options = options_of(place);
    struct writer *writer = NULL;
    struct err_msg why = {""};
    options.deadline_ns = 60 * 1000 * MS; /* sanitisers are slow */
    assert_int_equal(writer_start(&options, &writer, &why), ERR_OK);
    struct batch *batch = batch_new();
    for (size_t i = 0; i < MANY; i++) {
        struct span *span = add_span(batch, "t", "a", NULL, AT);
        span->attributes = arena_format(
            &batch->arena, "{\"key-%zu\":\"a value that takes some room, as hostile ones do\"}", i);
    }
    int64_t began_ns = clock_monotonic_ns();
    struct writer_verdict verdict = store_batch(writer, batch);
    assert_int_equal(verdict.code, ERR_OK);
    assert_int_equal(verdict.stored, 1);
    assert_int_equal(verdict.updated + verdict.duplicate, MANY - 1);
    assert_true(clock_monotonic_ns() - began_ns < 20 * 1000 * MS);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT span_count FROM traces"), 1);
    assert_true(ask(place, "SELECT length(attributes) FROM spans") < 3 << 20);
    assert_int_equal(ask(place, "SELECT json_valid(attributes) FROM spans"), 1);
}

static void same_again_is_a_duplicate(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    for (size_t round = 0; round < 3; round++) {
        struct batch *batch = batch_new();
        for (size_t i = 0; i < PIECES; i++) {
            add_piece(batch, i);
        }
        struct writer_verdict verdict = store_batch(writer, batch);
        assert_int_equal(verdict.code, ERR_OK);
        assert_int_equal(verdict.stored, round == 0 ? 6 : 0);
        assert_int_equal(verdict.updated, round == 0 ? 3 : 0);
        assert_int_equal(verdict.duplicate, round == 0 ? 0 : PIECES);
    }
    writer_stop(writer);
    assert_int_equal(place->counters.stored, 6);
    assert_int_equal(place->counters.updated, 3);
    assert_int_equal(place->counters.duplicate, 2 * PIECES);
    assert_int_equal(ask(place, "SELECT version FROM trace"), 1);
}

/* Stores one span and says how many were late in all. */
static uint64_t late_after(struct place *place, struct writer *writer, const char *id,
                           const char *parent, bool running)
{
    struct batch *batch = batch_new();
    struct span *span = add_span(batch, "late", id, parent, AT);
    if (running) {
        span->end_ns = SPAN_RUNNING;
        span->status = STATUS_IN_PROGRESS;
    }
    assert_int_equal(store_batch(writer, batch).code, ERR_OK);
    return place->counters.late;
}

static void spans_of_a_complete_trace_are_late(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    assert_int_equal(late_after(place, writer, "child", "root", false), 0);
    assert_int_equal(late_after(place, writer, "runs", "root", true), 0);
    assert_int_equal(late_after(place, writer, "root", NULL, false), 0);
    assert_int_equal(late_after(place, writer, "more", "root", false), 0); /* one still runs */
    assert_int_equal(late_after(place, writer, "runs", "root", false), 0);
    assert_int_equal(late_after(place, writer, "one", "root", false), 1);
    assert_int_equal(late_after(place, writer, "one", "root", false), 1); /* a duplicate */
    assert_int_equal(late_after(place, writer, "two", "root", true), 2);
    assert_int_equal(late_after(place, writer, "three", "root", false), 2); /* that one runs */
    writer_stop(writer);
    writer = start(place); /* the row says it, too */
    assert_int_equal(late_after(place, writer, "two", "root", false), 2);
    assert_int_equal(late_after(place, writer, "four", "root", false), 3);
    writer_stop(writer);
}

static void finished_span_is_not_reopened(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    struct batch *finished = batch_new(), *running = batch_new();
    add_span(finished, "t", "a", NULL, AT);
    struct span *span = add_span(running, "t", "a", NULL, AT);
    span->status = STATUS_IN_PROGRESS;
    span->end_ns = SPAN_RUNNING;
    assert_int_equal(store_batch(writer, finished).stored, 1);
    assert_int_equal(store_batch(writer, running).duplicate, 1);
    writer_stop(writer);
    expect_text(place, "SELECT status FROM traces", "completed");
    assert_int_equal(ask(place, "SELECT running_count FROM traces"), 0);
    assert_int_equal(ask(place, "SELECT duration_ms FROM spans"), 10);
}

static void running_trace_has_no_end(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    struct batch *batch = batch_new();
    add_span(batch, "t", "b", "a", AT + MS);
    struct span *span = add_span(batch, "t", "a", NULL, AT);
    span->status = STATUS_IN_PROGRESS;
    span->end_ns = SPAN_RUNNING;
    assert_int_equal(store_batch(writer, batch).stored, 2);
    writer_stop(writer);
    expect_text(place, "SELECT status FROM traces", "in_progress");
    expect_text(place, "SELECT ended_at FROM traces", NULL);
    expect_text(place, "SELECT duration_ms FROM traces", NULL);
    assert_int_equal(ask(place, "SELECT duration_ns FROM traces"), 11 * MS);
}

static void cancelled_root_cancels_the_trace(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    struct batch *batch = batch_new();
    add_span(batch, "t", "a", NULL, AT)->status = STATUS_CANCELLED;
    add_span(batch, "t", "b", "a", AT + MS);
    add_span(batch, "u", "a", NULL, AT);
    add_span(batch, "u", "b", "a", AT + MS)->status = STATUS_CANCELLED;
    add_span(batch, "v", "b", "a", AT + MS)->status = STATUS_CANCELLED;
    assert_int_equal(store_batch(writer, batch).stored, 5);
    writer_stop(writer);
    expect_text(place, "SELECT group_concat(id || ':' || status) FROM traces",
                "t:cancelled,u:completed,v:cancelled");
}

static void spellings_of_one_trace_meet(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    struct batch *batch = batch_new();
    add_span(batch, "b7c09d20-51b4-4e0c-9a55-0c1e77ab90f1", "a", NULL, AT);
    add_span(batch, "B7C09D2051B44E0C9A550C1E77AB90F1", "b", "a", AT);
    add_span(batch, "48485a3953bb6124", "c", NULL, AT);
    add_span(batch, "000000000000000048485a3953bb6124", "d", "c", AT);
    assert_int_equal(store_batch(writer, batch).stored, 4);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 2);
    assert_int_equal(ask(place, "SELECT sum(span_count) FROM traces"), 4);
}

/* ---- answers -------------------------------------------------------------------------------- */

static void count_answer(const struct writer_verdict *verdict, void *ctx)
{
    _Atomic size_t *stored = ctx;
    atomic_fetch_add(stored, verdict->code == ERR_OK ? verdict->stored : 0);
}

static void stop_stores_and_answers_everything(void **state)
{
    enum { BATCHES = 300, SPANS = 20 };
    struct place *place = *state;
    struct writer *writer = start(place);
    _Atomic size_t stored = 0;
    for (size_t i = 0; i < BATCHES; i++) {
        struct batch *batch = batch_new();
        for (size_t k = 0; k < SPANS; k++) {
            char trace[32], id[32];
            snprintf(trace, sizeof trace, "trace-%zu", i % 7);
            snprintf(id, sizeof id, "span-%zu-%zu", i, k);
            add_span(batch, trace, id, NULL, AT + (int64_t)i);
        }
        assert_int_equal(writer_submit(writer, batch, count_answer, &stored), ERR_OK);
    }
    writer_stop(writer);
    assert_int_equal(stored, BATCHES * SPANS);
    assert_int_equal(place->counters.queued, 0);
    assert_true(place->counters.commits <= BATCHES);
    assert_int_equal(ask(place, "SELECT count(*) FROM spans"), BATCHES * SPANS);
    assert_int_equal(ask(place, "SELECT sum(span_count) FROM traces"), BATCHES * SPANS);
}

/* Keeps the writer busy inside an answer until the test says go. */
struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool entered, open;
};

static void wait_at_gate(const struct writer_verdict *verdict, void *ctx)
{
    struct gate *gate = ctx;
    (void)verdict;
    pthread_mutex_lock(&gate->mutex);
    gate->entered = true;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open) {
        pthread_cond_wait(&gate->changed, &gate->mutex);
    }
    pthread_mutex_unlock(&gate->mutex);
}

static struct batch *batch_of(const char *trace, size_t count)
{
    struct batch *batch = batch_new();
    for (size_t i = 0; i < count; i++) {
        char id[32];
        snprintf(id, sizeof id, "span-%zu", i);
        add_span(batch, trace, id, NULL, AT);
    }
    return batch;
}

static void full_queue_is_busy_and_waiting_batches_share_a_commit(void **state)
{
    struct place *place = *state;
    struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false};
    struct writer_options options = options_of(place);
    struct writer *writer = NULL;
    struct err_msg why = {""};
    _Atomic size_t stored = 0;
    options.queue_limit_spans = 10;
    assert_int_equal(writer_start(&options, &writer, &why), ERR_OK);
    assert_int_equal(writer_submit(writer, batch_of("gate", 1), wait_at_gate, &gate), ERR_OK);
    pthread_mutex_lock(&gate.mutex);
    while (!gate.entered) {
        pthread_cond_wait(&gate.changed, &gate.mutex);
    }
    pthread_mutex_unlock(&gate.mutex);
    assert_int_equal(writer_submit(writer, batch_of("one", 4), count_answer, &stored), ERR_OK);
    assert_int_equal(writer_submit(writer, batch_of("two", 4), count_answer, &stored), ERR_OK);
    assert_int_equal(place->counters.queued, 8);
    struct batch *refused = batch_of("three", 4);
    assert_int_equal(writer_submit(writer, refused, count_answer, &stored), ERR_BUSY);
    batch_free(refused);
    pthread_mutex_lock(&gate.mutex);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.mutex);
    writer_stop(writer);
    assert_int_equal(stored, 8);
    assert_int_equal(place->counters.commits, 2);
}

/* Another program that keeps the database locked stands for a disk that hangs. */
static void nobody_waits_for_a_disk_that_hangs(void **state)
{
    struct place *place = *state;
    struct writer_options options = options_of(place);
    struct writer *writer = NULL;
    struct err_msg why = {""};
    char text[256];
    sqlite3 *blocker = NULL;
    options.deadline_ns = 400 * MS;
    assert_int_equal(writer_start(&options, &writer, &why), ERR_OK);
    assert_int_equal(sqlite3_open(place->path, &blocker), SQLITE_OK);
    assert_int_equal(sqlite3_exec(blocker, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct waiter at_work = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, {0}};
    struct waiter queued = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, {0}};
    int64_t began_ns = clock_monotonic_ns();
    assert_int_equal(writer_submit(writer, batch_of("t", 3), waiter_done, &at_work), ERR_OK);
    while (atomic_load(&place->counters.queued) > 0) { /* until the writer has it */
        usleep(1000);
    }
    assert_int_equal(writer_submit(writer, batch_of("u", 3), waiter_done, &queued), ERR_OK);
    assert_int_equal(waiter_wait(&at_work).code, ERR_BUSY);
    (void)writer_state(writer, text);
    assert_non_null(strstr(text, "does not answer"));
    assert_int_equal(waiter_wait(&queued).code, ERR_BUSY);
    /* SQLite would wait for two seconds. */
    assert_true(clock_monotonic_ns() - began_ns < 1900 * MS);
    assert_int_equal(sqlite3_exec(blocker, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(blocker);
    writer_stop(writer);
    /* what was at work got through after all; its sender's next try finds it there */
    assert_int_equal(ask(place, "SELECT count(*) FROM spans"), 3);
    assert_int_equal(place->counters.queued, 0);
}

static void count_call(void *ctx)
{
    atomic_fetch_add((_Atomic size_t *)ctx, 1);
}

static void every_commit_is_announced(void **state)
{
    struct place *place = *state;
    struct writer_options options = options_of(place);
    struct writer *writer = NULL;
    struct err_msg why = {""};
    _Atomic size_t calls = 0;
    options.on_commit = count_call;
    options.on_commit_ctx = (void *)&calls;
    assert_int_equal(writer_start(&options, &writer, &why), ERR_OK);
    assert_int_equal(writer_generation(writer), 0);
    for (size_t i = 0; i < 3; i++) {
        (void)store_batch(writer, batch_of("t", i + 1));
    }
    writer_stop(writer);
    assert_int_equal(calls, 3);
}

/* A file size limit stands for a disk that is full: the system refuses to let the file grow. */
static void writer_recovers_when_space_returns(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    struct rlimit before, tight;
    char text[256];
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(store_batch(writer, batch_of("first", 10)).code, ERR_OK);
    (void)writer_state(writer, text);
    assert_string_equal(text, "");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = before;
    tight.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    struct writer_verdict verdict = store_batch(writer, batch_of("second", 1000));
    (void)writer_state(writer, text);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_not_equal(verdict.code, ERR_OK);
    assert_int_equal(verdict.stored, 0);
    assert_non_null(strstr(text, "spans are being refused"));
    assert_int_equal(store_batch(writer, batch_of("second", 1000)).stored, 1000);
    (void)writer_state(writer, text);
    assert_string_equal(text, "");
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 2);
    assert_int_equal(ask(place, "SELECT sum(span_count) FROM traces"), 1010);
    expect_text(place, "PRAGMA integrity_check", "ok");
}

/* What is allocated, when the writer has put away what it was working on: it answers first, but is
 * through with that when it answers the next one. Sanitizers have memory of their own: 0. */
static int64_t held_bytes(struct writer *writer)
{
    assert_int_not_equal(store_batch(writer, batch_of("last", 1)).code, ERR_OK);
    struct mallinfo2 info = mallinfo2();
    return (int64_t)(info.uordblks + info.hblkhd);
}

/* Senders try again and again, with other traces each time. */
static void a_full_disk_does_not_fill_the_memory(void **state)
{
    enum { ROUNDS = 20, TRACES = 20 * 1000 };
    struct place *place = *state;
    struct writer_options options = options_of(place);
    struct writer *writer = NULL;
    struct err_msg why = {""};
    struct rlimit before, tight;
    int64_t first_bytes = 0;
    int64_t last_bytes = 0;
    options.deadline_ns = 3600 * NS_PER_S; /* a batch that is answered early is held for longer */
    assert_int_equal(writer_start(&options, &writer, &why), ERR_OK);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = before;
    tight.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    for (size_t round = 0; round < ROUNDS; round++) {
        struct batch *batch = batch_new();
        for (size_t i = 0; i < TRACES; i++) {
            char trace[32];
            snprintf(trace, sizeof trace, "trace-%zu-%zu", round, i);
            add_span(batch, trace, "a", NULL, AT);
        }
        assert_int_not_equal(store_batch(writer, batch).code, ERR_OK);
        last_bytes = held_bytes(writer);
        first_bytes = round < 2 ? last_bytes : first_bytes;
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(last_bytes - first_bytes < 1 << 20);
    assert_int_equal(store_batch(writer, batch_of("trace-1-1", 3)).stored, 3);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 1);
}

/* The writer keeps its file by this function, and gets ours. */
static _Atomic bool disk_keeps_nothing;
static _Atomic bool disk_loses_next; /* and says so once, as Linux does */
static _Atomic int database_refuses; /* every write, with this errno */
static _Atomic ino_t database_file;
static _Atomic size_t database_syncs, syncs;

int fdatasync(int file)
{
    struct stat about;
    if (disk_keeps_nothing || atomic_exchange(&disk_loses_next, false)) {
        errno = EIO;
        return -1;
    }
    syncs++;
    database_syncs += fstat(file, &about) == 0 && about.st_ino == database_file;
    return (int)syscall(SYS_fdatasync, file);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset)
{
    struct stat about;
    if (database_refuses != 0 && fstat(file, &about) == 0 && about.st_ino == database_file) {
        errno = database_refuses;
        return -1;
    }
    return syscall(SYS_pwrite64, file, bytes, length, offset);
}

static void find_database(const struct place *place)
{
    struct stat about;
    assert_int_equal(stat(place->path, &about), 0);
    database_file = about.st_ino;
}

/* The next sync of any file fails; those of the database are counted. */
static void lose_next(const struct place *place)
{
    find_database(place);
    database_syncs = 0;
    disk_loses_next = true;
}

enum { LARGE_SPANS = 2000 };

/* More than the WAL may hold for long. */
static struct batch *large_batch(const char *trace)
{
    enum { BYTES = 10 * 1000 };
    struct batch *batch = batch_of(trace, LARGE_SPANS);
    for (size_t i = 0; i < batch->count; i++) {
        batch->spans[i].message =
            arena_format(&batch->arena, "%zu%*s", i, BYTES, "of a long message");
    }
    return batch;
}

/* Waits until the screen says this, "" that all is well; returns whether spans are stored. */
static bool wait_for_state(struct writer *writer, const char *expected)
{
    char text[256] = "";
    bool stores = false;
    for (size_t i = 0; i < 2000; i++) {
        stores = writer_state(writer, text);
        if (expected[0] == '\0' ? text[0] == '\0' : strstr(text, expected) != NULL) {
            return stores;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    fail_msg("[%s] never came: [%s]", expected, text);
    return stores;
}

/* The last second's, which somebody who reads keeps out of the database. */
static void what_is_acknowledged_is_on_the_disk_in_the_end(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    sqlite3 *reader = NULL;
    writer_stop(writer);
    writer = start(place);
    assert_int_equal(sqlite3_open(place->path, &reader), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT * FROM trace", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(store_batch(writer, batch_of("t", 1)).code, ERR_OK);
    syncs = 0;
    writer_stop(writer);
    assert_true(syncs > 0);
    sqlite3_close(reader);
}

/* Syncing the same pages again would do nothing: they have to come into the database. */
static void what_the_disk_lost_is_written_elsewhere(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    assert_int_equal(store_batch(writer, batch_of("first", 3)).code, ERR_OK);
    lose_next(place);
    while (disk_loses_next) {
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    while (store_batch(writer, batch_of("second", 5)).code != ERR_OK) {
    }
    assert_true(database_syncs > 0);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM spans"), 8);
}

/* SQLite empties a long WAL within the commit, and tells nobody if that fails. */
static void a_loss_within_a_commit_is_noticed(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    struct batch *batch = large_batch("large");
    lose_next(place);
    assert_int_equal(store_batch(writer, batch).code, ERR_OK);
    assert_false(disk_loses_next);
    assert_true(database_syncs > 0);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM spans"), LARGE_SPANS);
}

/* The WAL keeps all, and grows. */
static void a_file_that_cannot_be_written_is_told(void **state)
{
    static const struct {
        int reason;
        const char *text;
    } cases[] = {
        {ENOSPC, "disk full: free some space on the device of the database; the WAL keeps"},
        {EIO, "cannot read or write the database: Input/output error; the WAL keeps"},
    };
    struct place *place = *state;
    struct writer *writer = start(place);
    find_database(place);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char trace[32];
        snprintf(trace, sizeof trace, "large-%zu", i);
        database_refuses = cases[i].reason;
        assert_int_equal(store_batch(writer, large_batch(trace)).code, ERR_OK);
        assert_true(wait_for_state(writer, cases[i].text));
        assert_int_equal(store_batch(writer, batch_of("small", i + 1)).code, ERR_OK);
        assert_true(wait_for_state(writer, cases[i].text));
        database_refuses = 0;
        assert_true(wait_for_state(writer, "")); /* though nobody sends anything */
    }
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM spans"), 2 * LARGE_SPANS + 2);
}

/* A sync that fails refuses what was committed already: it is there, but nobody was promised that,
 * and when it comes again it was there before. */
static void what_was_refused_after_its_commit_counts_once(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    char text[256] = "";
    assert_int_equal(store_batch(writer, batch_of("first", 3)).code, ERR_OK);
    disk_keeps_nothing = true;
    for (size_t i = 0; i < 1000 && text[0] == '\0'; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
        (void)writer_state(writer, text);
    }
    assert_non_null(strstr(text, "the disk does not keep what is written"));
    assert_int_equal(store_batch(writer, batch_of("second", 5)).code, ERR_IO);
    assert_int_equal(store_batch(writer, batch_of("second", 5)).code, ERR_IO);
    assert_int_equal(place->counters.stored, 3);
    assert_int_equal(place->counters.updated + place->counters.duplicate, 0);
    disk_keeps_nothing = false;
    struct writer_verdict verdict = store_batch(writer, batch_of("second", 5));
    assert_int_equal(verdict.code, ERR_OK);
    assert_int_equal(verdict.stored + verdict.updated + verdict.duplicate, 5);
    writer_stop(writer);
    assert_int_equal(place->counters.stored + place->counters.duplicate, 8);
    assert_int_equal(ask(place, "SELECT count(*) FROM spans"), 8);
}

/* Two would give the same numbers to different traces. */
static void a_link_to_the_database_leads_to_the_same_lock(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place), *second = NULL;
    struct writer_options options = options_of(place);
    char link[320];
    snprintf(link, sizeof link, "%s/link", place->directory);
    assert_int_equal(symlink("traces.db", link), 0);
    options.path = link;
    assert_int_equal(writer_start(&options, &second, NULL), ERR_LOCKED);
    assert_int_equal(writer_owner(link, NULL, 0), getpid());
    writer_stop(writer);
    assert_int_equal(writer_start(&options, &second, NULL), ERR_OK);
    assert_int_equal(writer_owner(place->path, NULL, 0), getpid());
    assert_int_equal(store_batch(second, batch_of("t", 1)).code, ERR_OK);
    assert_true(writer_load(second).wal_bytes > 0);
    writer_stop(second);
    unlink(link);
}

/* Each name would have a lock and a WAL of its own. */
static void a_database_with_two_names_is_refused(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place), *second = NULL;
    struct writer_options options = options_of(place);
    struct err_msg why = {""};
    char other[320];
    snprintf(other, sizeof other, "%s/other", place->directory);
    assert_int_equal(link(place->path, other), 0);
    options.path = other;
    assert_int_equal(writer_start(&options, &second, &why), ERR_IO);
    assert_non_null(strstr(why.text, "hard links"));
    assert_int_equal(store_batch(writer, batch_of("t", 1)).code, ERR_OK);
    writer_stop(writer);
    assert_int_equal(writer_start(&options, &second, &why), ERR_IO);
    unlink(place->path);
    assert_int_equal(writer_start(&options, &second, &why), ERR_OK);
    assert_int_equal(store_batch(second, batch_of("t", 1)).duplicate, 1);
    writer_stop(second);
    unlink(other);
}

/* Of one user, perhaps, who has asked for it. */
static void what_others_delete_can_come_again(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    assert_int_equal(store_batch(writer, batch_of("t", 1)).stored, 1);
    run_sql(place, "DELETE FROM trace; DELETE FROM span; DELETE FROM body; DELETE FROM name");
    assert_int_equal(store_batch(writer, batch_of("t", 2)).stored, 2);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT span_count FROM traces"), 2);
    assert_int_equal(ask(place, "SELECT count(*) FROM spans WHERE operation_name = 'work'"), 2);
}

static void every_name_is_one_of_a_file(void **state)
{
    static const char *const names[] = {"file:traces.db", ":memory:"};
    struct place *place = *state;
    char folder[300];
    assert_non_null(getcwd(folder, sizeof folder));
    assert_int_equal(chdir(place->directory), 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct writer *writer = NULL;
        struct writer_options options = {.path = names[i], .counters = &place->counters};
        struct stat about;
        assert_int_equal(writer_start(&options, &writer, NULL), ERR_OK);
        assert_int_equal(store_batch(writer, batch_of("t", 1)).code, ERR_OK);
        writer_stop(writer);
        assert_int_equal(stat(names[i], &about), 0);
        assert_true(about.st_size > 0);
        unlink(names[i]);
    }
    assert_int_equal(access("traces.db", F_OK), -1);
    assert_int_equal(chdir(folder), 0);
}

static void file_that_went_away_is_noticed(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    char text[256];
    assert_int_equal(store_batch(writer, batch_of("t", 1)).code, ERR_OK);
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(store_batch(writer, batch_of("u", 1)).code, ERR_IO);
    (void)writer_state(writer, text);
    assert_non_null(strstr(text, "moved or deleted"));
    writer_stop(writer);
}

/* Somebody looks into it, or makes a copy. */
static void a_file_that_comes_back_is_written_again(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    char away[320];
    snprintf(away, sizeof away, "%s/away", place->directory);
    assert_int_equal(store_batch(writer, batch_of("t", 1)).code, ERR_OK);
    assert_int_equal(rename(place->path, away), 0);
    assert_false(wait_for_state(writer, "file was moved or deleted")); /* and nobody sends */
    assert_int_equal(store_batch(writer, batch_of("u", 1)).code, ERR_IO);
    assert_int_equal(rename(away, place->path), 0);
    assert_true(wait_for_state(writer, ""));
    assert_int_equal(store_batch(writer, batch_of("u", 1)).code, ERR_OK);
    assert_null(writer_end(writer));
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 2);
}

static void wait_for_the_end(struct writer *writer, const char *expected)
{
    for (size_t i = 0; i < 2000 && writer_end(writer) == NULL; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    assert_non_null(writer_end(writer));
    assert_string_equal(writer_end(writer), expected);
}

/* Whoever stays away has all there was, and leaves nothing to the next one of its name. */
static void a_file_that_stays_away_is_the_end(void **state)
{
    static const char *const suffixes[] = {"-wal", "-shm"};
    struct place *place = *state, moved = *place;
    struct writer *writer = start(place);
    char name[320];
    snprintf(moved.path, sizeof moved.path, "%s/moved", place->directory);
    assert_int_equal(store_batch(writer, batch_of("t", 1)).code, ERR_OK);
    assert_int_equal(rename(place->path, moved.path), 0);
    wait_for_the_end(writer, "database file was moved or deleted");
    writer_stop(writer);
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        snprintf(name, sizeof name, "%s%s", place->path, suffixes[i]);
        assert_int_equal(access(name, F_OK), -1);
    }
    assert_int_equal(ask(&moved, "SELECT count(*) FROM traces"), 1);
    unlink(moved.path);

    writer = start(place);
    assert_int_equal(store_batch(writer, batch_of("t", 1)).stored, 1);
    snprintf(name, sizeof name, "%s-wal", place->path);
    assert_int_equal(unlink(name), 0);
    wait_for_the_end(writer, "database file's WAL was moved or deleted");
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 1);
}

/* As a program that is killed would leave it. */
static int64_t traces_of_file(const struct place *place)
{
    struct place copy = {.directory = ""};
    char command[700];
    snprintf(copy.path, sizeof copy.path, "%s/copy", place->directory);
    snprintf(command, sizeof command, "cp %s %s", place->path, copy.path);
    assert_int_equal(system(command), 0);
    int64_t count = ask(&copy, "SELECT count(*) FROM traces");
    unlink(copy.path);
    return count;
}

static void what_was_in_a_deleted_wal_is_saved(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    char wal[320], text[256];
    snprintf(wal, sizeof wal, "%s-wal", place->path);
    assert_int_equal(store_batch(writer, batch_of("t", 1)).code, ERR_OK);
    assert_int_equal(unlink(wal), 0);
    assert_int_equal(store_batch(writer, batch_of("u", 1)).code, ERR_IO);
    (void)writer_state(writer, text);
    assert_non_null(strstr(text, "WAL was moved or deleted"));
    assert_int_equal(traces_of_file(place), 1);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 1);
}

/* Waits until somebody owns the database again. */
static void wait_for_owner(const struct place *place)
{
    for (size_t i = 0; i < 1000 && writer_owner(place->path, NULL, 0) == 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    assert_int_equal(writer_owner(place->path, NULL, 0), getpid());
}

static void a_lock_file_that_was_deleted_is_made_anew(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place), *second = NULL;
    struct writer_options options = options_of(place);
    char lock[320], addresses[64] = "";
    snprintf(lock, sizeof lock, "%s.lock", place->path);
    writer_note_addresses(writer, "http://127.0.0.1:1\n");
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(store_batch(writer, batch_of("t", 1)).code, ERR_OK);
    assert_int_equal(writer_start(&options, &second, NULL), ERR_LOCKED);
    assert_int_equal(writer_owner(place->path, addresses, sizeof addresses), getpid());
    assert_string_equal(addresses, "http://127.0.0.1:1\n");
    assert_int_equal(unlink(lock), 0);
    wait_for_owner(place); /* and when nothing comes in */
    writer_stop(writer);
    assert_int_equal(access(lock, F_OK), -1);
}

static void who_lost_the_lock_writes_no_more(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place), *second = NULL;
    struct writer_options options = options_of(place);
    char lock[320], text[256];
    snprintf(lock, sizeof lock, "%s.lock", place->path);
    assert_int_equal(store_batch(writer, batch_of("t", 1)).code, ERR_OK);
    enum err err = ERR_LOCKED;
    while (err == ERR_LOCKED) { /* the first one may have made it anew already */
        unlink(lock);
        err = writer_start(&options, &second, NULL);
    }
    assert_int_equal(err, ERR_OK);
    assert_int_equal(store_batch(writer, batch_of("u", 1)).code, ERR_LOCKED);
    assert_int_equal(prune_before(writer, INT64_MAX).code, ERR_LOCKED);
    (void)writer_state(writer, text);
    assert_non_null(strstr(text, "spans are being refused"));
    assert_int_equal(store_batch(second, batch_of("v", 1)).code, ERR_OK);
    writer_stop(writer);
    wait_for_owner(place); /* it left the lock of the other */
    writer_stop(second);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(order_of_arrival_does_not_matter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(same_again_is_a_duplicate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spans_of_a_complete_trace_are_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(finished_span_is_not_reopened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(running_trace_has_no_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancelled_root_cancels_the_trace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spellings_of_one_trace_meet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stop_stores_and_answers_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full_queue_is_busy_and_waiting_batches_share_a_commit,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_waits_for_a_disk_that_hangs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_nameless_end_does_not_hide_the_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(running_pieces_do_not_stretch_the_trace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_are_what_their_spans_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_id_for_all_spans_ends_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_commit_is_announced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writer_recovers_when_space_returns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_does_not_fill_the_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_acknowledged_is_on_the_disk_in_the_end, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_the_disk_lost_is_written_elsewhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_loss_within_a_commit_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_written_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_refused_after_its_commit_counts_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_link_to_the_database_leads_to_the_same_lock, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_database_with_two_names_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_others_delete_can_come_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_name_is_one_of_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(file_that_went_away_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_comes_back_is_written_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_stays_away_is_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_in_a_deleted_wal_is_saved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lock_file_that_was_deleted_is_made_anew, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_lost_the_lock_writes_no_more, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
