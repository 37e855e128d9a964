/* test_heads — attributes that begin alike are stored in two parts and read as one text. */
#include "store/reader.h"
#include "store/sql/heads.h"
#include "store/sql/names.h"
#include "tests/unit/place.h"

#define ALIKE                                                                                      \
    "{\"http.request.method\":\"GET\",\"http.route\":\"/teams/{team}/"                             \
    "goals\",\"note\":\"gr\xc3\xbc\xc3\x9f\""
#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"

enum { SPANS = 60, START_NS = 1000000000 };

static struct writer *start(struct place *place)
{
    struct writer *writer = NULL;
    struct writer_options options = options_of(place);
    assert_int_equal(writer_start(&options, &writer, NULL), ERR_OK);
    return writer;
}

/* Spans that differ in the end of their attributes alone. */
static void store_alike(struct place *place, int first, int count)
{
    struct writer *writer = start(place);
    struct batch *batch = batch_new();
    for (int i = first; i < first + count; i++) {
        char id[20];
        snprintf(id, sizeof id, "%016x", i + 1);
        struct span *span = add_span(batch, TRACE, id, NULL, START_NS + i);
        span->attributes = arena_format(&batch->arena, ALIKE ",\"request.id\":\"r%d, : \"}", i);
    }
    struct writer_verdict verdict = store_batch(writer, batch);
    assert_int_equal(verdict.stored, count);
    writer_stop(writer);
}

#define WRONG_ONES                                                                                 \
    "SELECT count(*) FROM spans WHERE attributes IS NOT '" ALIKE                                   \
    ",\"request.id\":\"r' || (start_ns - 1000000000) || ', : \"}'"

static void what_many_begin_with_is_stored_once(void **state)
{
    struct place *place = *state;
    store_alike(place, 0, SPANS);
    assert_int_equal(ask(place, WRONG_ONES), 0);
    assert_true(ask(place, "SELECT count(*) FROM body WHERE attributes LIKE '%http.route%'") < 20);
    assert_int_equal(ask(place, "SELECT count(*) FROM name WHERE kind = 8"), 1);
    assert_int_equal(store_file_check(place->path).problems, 0);
    store_alike(place, SPANS, SPANS); /* another writer knows it from the file */
    assert_int_equal(ask(place, WRONG_ONES), 0);
    assert_true(ask(place, "SELECT count(*) FROM body WHERE attributes LIKE '%http.route%'") < 20);
    assert_int_equal(ask(place, "SELECT count(*) FROM name WHERE kind = 8"), 1);
}

/* How many traces the query finds: there is but one. */
static size_t found(const struct place *place, const char *query)
{
    struct reader *reader = NULL;
    struct filter filter;
    struct filter_error error;
    struct list_answer answer = {0};
    assert_int_equal(reader_open(place->path, &reader, NULL), ERR_OK);
    assert_int_equal(filter_parse(text_from(query), &filter, &error), ERR_OK);
    struct list_question question = {.filter = &filter, .limit = 10};
    assert_int_equal(reader_list(reader, &question, &answer, NULL), ERR_OK);
    size_t count = answer.count;
    list_answer_clear(&answer);
    filter_clear(&filter);
    reader_close(reader);
    return count;
}

static void both_parts_are_searched(void **state)
{
    struct place *place = *state;
    store_alike(place, 0, SPANS);
    assert_int_equal(found(place, "attr.http.route=\"/teams/{team}/goals\" attr.request.id=x"), 0);
    assert_int_equal(found(place, "{attr.http.request.method=GET attr.request.id=\"r59, : \"}"), 1);
    assert_int_equal(found(place, "has:attr.request.id"), 1);
    assert_int_equal(found(place, "\"r59,\""), 1);
    assert_int_equal(found(place, "\"teams\""), 1);
}

static void a_second_piece_is_merged_with_the_whole(void **state)
{
    struct place *place = *state;
    store_alike(place, 0, SPANS);
    struct writer *writer = start(place);
    struct batch *batch = batch_new();
    struct span *span = add_span(batch, TRACE, "000000000000003c", NULL, START_NS + 59);
    span->attributes = TEXT("{\"more\":1}");
    assert_int_equal(store_batch(writer, batch).updated, 1);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM spans WHERE start_ns = 1000000059"
                                " AND attributes->>'more' = 1"
                                " AND attributes LIKE '%\"http.request.method\":\"GET\"%'"
                                " AND attributes LIKE '%\"request.id\":\"r59, : \"%'"),
                     1);
    assert_int_equal(store_file_check(place->path).problems, 0);
}

static void a_lost_head_is_a_problem(void **state)
{
    struct place *place = *state;
    store_alike(place, 0, SPANS);
    run_sql(place, "DELETE FROM name WHERE kind = 8");
    assert_int_equal(store_file_check(place->path).problems, 1);
}

/* Looks the text up so often that it is known. */
static int64_t learned(struct heads *heads, struct text text, size_t *ret_length)
{
    int64_t head = 0;
    for (int i = 0; i < 20 && head == 0; i++) {
        assert_int_equal(heads_find(heads, text, &head, ret_length, NULL), ERR_OK);
    }
    return head;
}

static void what_was_rolled_back_is_learned_again(void **state)
{
    struct place *place = *state;
    struct names *names = NULL;
    struct heads *heads = NULL;
    sqlite3 *db = NULL;
    size_t length = 0;
    struct text text = TEXT(ALIKE "}");
    writer_stop(start(place));
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(names_open(db, &names, NULL), ERR_OK);
    assert_int_equal(heads_open(db, names, &heads, NULL), ERR_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
    assert_int_not_equal(learned(heads, text, &length), 0);
    assert_int_equal(length, text.length);
    assert_int_equal(sqlite3_exec(db, "ROLLBACK; BEGIN", NULL, NULL, NULL), SQLITE_OK);
    names_forget(names);
    heads_forget(heads);
    int64_t head = learned(heads, text, &length);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    heads_close(heads);
    names_close(names);
    sqlite3_close(db);
    assert_int_equal(ask(place, "SELECT id FROM name WHERE kind = 8"), head);
}

static void short_and_rare_texts_stay_whole(void **state)
{
    struct place *place = *state;
    struct writer *writer = start(place);
    struct batch *batch = batch_new();
    for (int i = 0; i < SPANS; i++) {
        char id[20];
        snprintf(id, sizeof id, "%016x", i + 1);
        struct span *span = add_span(batch, TRACE, id, NULL, START_NS + i);
        span->attributes =
            i % 2 == 0 ? TEXT("{\"a\":1,\"b\":2}")
                       : arena_format(&batch->arena, "{\"%d is the key\":\"of a long text\"}", i);
    }
    (void)store_batch(writer, batch);
    writer_stop(writer);
    assert_int_equal(ask(place, "SELECT count(*) FROM body WHERE attributes LIKE '{%}'"), SPANS);
    assert_int_equal(ask(place, "SELECT count(*) FROM name WHERE kind = 8"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_many_begin_with_is_stored_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(both_parts_are_searched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_piece_is_merged_with_the_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_head_is_a_problem, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_rolled_back_is_learned_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(short_and_rare_texts_stay_whole, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
