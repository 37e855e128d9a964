/* test_adapter_sqlite — the statements of a real SQLite connection as spans. */
#include "tests/unit/client_receiver.h"

#include "ingest/client/adapters/sql_text.h"
#include "ingest/client/adapters/tracetui_sqlite.h"

struct world {
    struct receiver *receiver;
    struct tt_tracer *tracer;
    sqlite3 *db;
    struct tt_sqlite *traced;
};

static struct world open_world(void **state)
{
    struct world world = {.receiver = *state};
    struct tt_options options = {.endpoint = world.receiver->endpoint};
    world.tracer = tt_open(&options);
    assert_int_equal(sqlite3_open(":memory:", &world.db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(world.db,
                                  "CREATE TABLE t(a UNIQUE, b);"
                                  "CREATE TABLE log(a);"
                                  "CREATE TRIGGER copy AFTER INSERT ON t BEGIN"
                                  " INSERT INTO log VALUES (new.a); END;"
                                  "INSERT INTO t VALUES (1, 'x'), (2, 'y')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    world.traced = tt_sqlite_trace(world.tracer, world.db);
    assert_non_null(world.traced);
    return world;
}

/* What arrived, all bodies in one text; the caller frees it. */
static char *close_world(struct world *world)
{
    assert_int_equal(sqlite3_close(world->db), SQLITE_OK);
    tt_close(world->tracer, 20000);
    enum { TEXT_BYTES = 1 << 18 };
    char *text = calloc(1, TEXT_BYTES);
    size_t length = 0;
    for (int i = 0; i < world->receiver->requests && length < TEXT_BYTES; i++) {
        length +=
            (size_t)snprintf(text + length, TEXT_BYTES - length, "%s", world->receiver->bodies[i]);
    }
    return text;
}

static void holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("%s is not in %s", part, text);
    }
}

static void statements_are_children_with_rows_and_masked_sql(void **state)
{
    struct world world = open_world(state);
    struct tt_span *page = tt_start(world.tracer, "page");
    struct tt_context context;
    tt_context_of(page, &context);
    sqlite3_stmt *select = NULL;
    sqlite3_prepare_v2(world.db, "SELECT b FROM t WHERE b <> 'secret' AND a < 4711", -1, &select,
                       NULL);
    while (tt_sqlite_step(world.traced, select) == SQLITE_ROW) {
    }
    assert_ptr_equal(tt_current(), page);
    sqlite3_finalize(select);
    tt_sqlite_exec(world.traced, world.db, "UPDATE t SET b = b; COMMIT", NULL, NULL, NULL);
    tt_end(page);
    char *text = close_world(&world);
    char parent[64];
    snprintf(parent, sizeof parent, "\"parentSpanId\":\"%.16s\"", context.span_id);
    assert_int_equal(count_in(text, parent), 3);
    holds(text, "\"name\":\"db:SELECT\",\"operationType\":\"db\"");
    holds(text, "\"sql\":\"SELECT b FROM t WHERE b <> ? AND a < ?\",\"rowCount\":2");
    holds(text, "\"sql\":\"UPDATE t SET b = b;\",\"rowCount\":2");
    holds(text, "\"name\":\"db:COMMIT\"");
    holds(text, "cannot commit - no transaction is active");
    assert_null(strstr(text, "secret"));
    free(text);
}

static void failures_show_through_step_and_exec(void **state)
{
    struct world world = open_world(state);
    sqlite3_stmt *insert = NULL;
    sqlite3_prepare_v2(world.db, "INSERT INTO t VALUES (1, 'z')", -1, &insert, NULL);
    assert_int_equal(tt_sqlite_step(world.traced, insert), SQLITE_CONSTRAINT);
    sqlite3_finalize(insert);
    char *message = NULL;
    assert_int_equal(tt_sqlite_exec(world.traced, world.db,
                                    "INSERT INTO t VALUES (7, 'z'); DELETE FROM nowhere", NULL,
                                    NULL, &message),
                     SQLITE_ERROR);
    sqlite3_free(message);
    assert_int_equal(sqlite3_exec(world.db, "INSERT INTO t VALUES (1, 'z')", NULL, NULL, NULL),
                     SQLITE_CONSTRAINT); /* not through us: a span, but no error */
    char *text = close_world(&world);
    assert_int_equal(count_in(text, "\"status\":\"error\",\"statusMessage\":\"UNIQUE constraint"),
                     1);
    holds(text, "\"sqlite.code\":2067");
    assert_int_equal(count_in(text, "\"statusMessage\":\"no such table: nowhere\""), 1);
    assert_int_equal(count_in(text, "\"name\":\"db:INSERT\""), 3); /* the triggers' are not told */
    free(text);
}

static void interleaved_and_abandoned_statements_end_once(void **state)
{
    struct world world = open_world(state);
    sqlite3_stmt *outer = NULL;
    sqlite3_stmt *inner = NULL;
    sqlite3_prepare_v2(world.db, "SELECT a FROM t", -1, &outer, NULL);
    sqlite3_prepare_v2(world.db, "WITH x AS (SELECT 1) SELECT * FROM x", -1, &inner, NULL);
    assert_int_equal(tt_sqlite_step(world.traced, outer), SQLITE_ROW);
    assert_int_equal(tt_sqlite_step(world.traced, inner), SQLITE_ROW);
    sqlite3_reset(outer); /* after one of two rows */
    assert_int_equal(tt_sqlite_step(world.traced, outer), SQLITE_ROW);
    sqlite3_finalize(outer);
    sqlite3_finalize(inner);
    char *text = close_world(&world);
    assert_int_equal(count_in(text, "\"status\":\"ok\""), 3);
    assert_int_equal(count_in(text, "\"rowCount\":1"), 3);
    assert_int_equal(count_in(text, "db:SELECT"), 3);
    free(text);
}

static void untraced_program_works_the_same(void **state)
{
    struct world world = open_world(state);
    struct tt_sqlite *none = tt_sqlite_trace(NULL, world.db); /* replaces the traced one */
    assert_non_null(none);
    assert_int_equal(tt_sqlite_exec(none, world.db, "SELECT 1", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(tt_sqlite_exec(NULL, world.db, "SELECT 1", NULL, NULL, NULL), SQLITE_OK);
    free(world.traced); /* SQLite does not tell of its end */
    free(close_world(&world));
}

static void masks(const char *sql, const char *expected)
{
    char target[SQL_TEXT_BYTES];
    sql_mask(sql, target);
    assert_string_equal(target, expected);
}

static void verb_is(const char *sql, const char *expected)
{
    char target[SQL_VERB_BYTES];
    sql_verb(sql, target);
    assert_string_equal(target, expected);
}

static void literals_are_masked_names_stay(void **state)
{
    (void)state;
    masks("SELECT 'it''s', x'00ff', X'A', 1, -1.5e-3, .5, 0x1F, \"col 1\", `b2`, t1.c2",
          "SELECT ?, ?, ?, ?, -?, ?, ?, \"col 1\", `b2`, t1.c2");
    masks("a=?1 AND b=:name2 AND c=@p3 AND d=$q4 AND e='open", "a=?1 AND b=:name2 AND c=@p3 AND "
                                                               "d=$q4 AND e=?");
    masks("", "");
    char large[4000];
    char target[SQL_TEXT_BYTES];
    memset(large, 0, sizeof large);
    for (size_t i = 0; i < 600; i++) {
        memcpy(large + i * 3, "\xE2\x82\xAC", 3);
    }
    sql_mask(large, target);
    assert_int_equal(strlen(target), 500 * 3 + 3);
    assert_string_equal(target + 1500, "...");
    verb_is("-- why\n /* and */ ( select 1)", "SELECT");
    verb_is("", "QUERY");
    verb_is("/* open", "QUERY");
    verb_is("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNO");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(statements_are_children_with_rows_and_masked_sql,
                                        receiver_setup, receiver_teardown),
        cmocka_unit_test_setup_teardown(failures_show_through_step_and_exec, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test_setup_teardown(interleaved_and_abandoned_statements_end_once,
                                        receiver_setup, receiver_teardown),
        cmocka_unit_test_setup_teardown(untraced_program_works_the_same, receiver_setup,
                                        receiver_teardown),
        cmocka_unit_test(literals_are_masked_names_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
