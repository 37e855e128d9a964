/* test_filter_sql — what each term of the query language finds, and which index answers it. */
#include "store_fixture.h"

#include "store/filter_parser.h"
#include "store/sql/reader_private.h"
#include "store/sql/scan.h"

#define T1 "7f3c09d251b44e0c9a550c1e77ab90f1"
#define T2 "7f3c11d251b44e0c9a550c1e77ab90f2"
#define T3 "3b9ac9ff0000000000000000000000a3"
#define T4 "c0ffee00000000000000000000000004"
#define T5 "550e8400-e29b-41d4-a716-446655440005"
#define T6 "00000000feed0006"
#define T7 "order-4711"

/* Seven traces, ten seconds apart; the number in a span id is the trace's. */
static const struct fixture_span world[] = {
    {.trace = T1,
     .id = "0000000000000101",
     .name = "query:goals",
     .service = "web",
     .type = "graphql",
     .start_ms = 0,
     .duration_ms = 120,
     .status = STATUS_COMPLETED,
     .kind = KIND_CLIENT,
     .user = "alice",
     .session = "s-1",
     .client = "web",
     .metadata = "{\"browser\":\"firefox\",\"screen\":{\"width\":1920}}",
     .attributes = "{\"http.status_code\":200,\"http.url\":\"/graphql\"}",
     .resource = "{\"service.name\":\"web\",\"host.name\":\"laptop\"}"},
    {.trace = T1,
     .id = "0000000000000102",
     .parent = "0000000000000101",
     .name = "resolve goals",
     .service = "api",
     .type = "graphql",
     .start_ms = 10,
     .duration_ms = 90,
     .status = STATUS_COMPLETED,
     .kind = KIND_SERVER},
    {.trace = T1,
     .id = "0000000000000103",
     .parent = "0000000000000102",
     .name = "SELECT goals",
     .service = "db",
     .type = "db",
     .start_ms = 20,
     .duration_ms = 60,
     .status = STATUS_COMPLETED,
     .flags = SPAN_HAS_SQL,
     .attributes = "{\"db.system\":\"sqlite\",\"db.statement\":\"SELECT * FROM goals WHERE "
                   "note = \\\"x\\\"\",\"db.rows\":12,\"db\":{\"cached\":true}}"},
    {.trace = T2,
     .id = "0000000000000201",
     .name = "mutation:createGoal",
     .service = "web",
     .type = "graphql",
     .start_ms = 10000,
     .duration_ms = 1500,
     .status = STATUS_COMPLETED,
     .user = "alice",
     .session = "s-1",
     .client = "web",
     .attributes = "{\"http.status_code\":500}"},
    {.trace = T2,
     .id = "0000000000000202",
     .parent = "0000000000000201",
     .name = "INSERT goals",
     .service = "db",
     .type = "db",
     .start_ms = 10100,
     .duration_ms = 700,
     .status = STATUS_ERROR,
     .message = "UNIQUE constraint failed: goals.id",
     .stack = "at insert (goals.ts:12)",
     .flags = SPAN_HAS_SQL | SPAN_HAS_EVENTS | SPAN_EXCEPTION,
     .attributes = "{\"db.statement\":\"INSERT INTO goals\"}",
     .events = "[{\"name\":\"retry\",\"timestamp_ns\":\"1\"},"
               "{\"name\":\"exception\",\"timestamp_ns\":\"2\"}]"},
    {.trace = T3,
     .id = "0000000000000301",
     .name = "query:goals",
     .service = "web",
     .type = "graphql",
     .start_ms = 20000,
     .duration_ms = 80,
     .status = STATUS_COMPLETED,
     .user = "bob",
     .client = "plugin",
     .attributes = "{\"http.status_code\":\"404\"}",
     .flags = SPAN_HAS_LINKS,
     .links = "[{\"trace_id\":\"" T1 "\",\"span_id\":\"0000000000000101\"}]"},
    {.trace = T4,
     .id = "0000000000000401",
     .name = "cron:cleanup",
     .service = "worker",
     .start_ms = 30000,
     .duration_ms = -1,
     .status = STATUS_IN_PROGRESS},
    {.trace = T5,
     .id = "0000000000000501",
     .name = "query:users",
     .service = "web",
     .type = "graphql",
     .start_ms = 40000,
     .duration_ms = 30,
     .status = STATUS_COMPLETED,
     .user = "bob"},
    {.trace = T5,
     .id = "0000000000000502",
     .parent = "00000000000005ff",
     .name = "lost",
     .service = "cache",
     .start_ms = 40010,
     .duration_ms = 5,
     .status = STATUS_COMPLETED},
    {.trace = T6,
     .id = "0000000000000601",
     .name = "GET /export",
     .service = "web",
     .type = "http",
     .start_ms = 50000,
     .duration_ms = 250,
     .status = STATUS_CANCELLED,
     .user = "bot-1"},
    {.trace = T7,
     .id = "span-1",
     .name = "order \"special\"",
     .service = "shop",
     .start_ms = 60000,
     .duration_ms = 10,
     .status = STATUS_COMPLETED,
     .user = "bot-2",
     .attributes = "{\"note\":\"say \\\"hi\\\" twice\"}"},
};

enum { LIST_VALUES = 190 };

static const int64_t now_ns = FIXTURE_START_NS + 70 * NS_PER_S;

static int set_up(void **state)
{
    *state = fixture_new(world, ARRAY_LEN(world));
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static struct filter parsed(const char *source)
{
    struct filter filter = {0};
    struct filter_error error;
    if (filter_parse(text_from(source), &filter, &error) != ERR_OK) {
        fail_msg("%s: %s", source, error.text);
    }
    return filter;
}

/* The matches as digits, oldest first: "127". */
static void found(struct fixture *fixture, const char *source, char digits[16])
{
    struct filter filter = parsed(source);
    struct list_question question = {
        .filter = &filter, .ascending = true, .limit = 10, .now_ns = now_ns};
    struct list_answer answer = {0};
    struct err_msg why = {""};
    if (reader_list(fixture->reader, &question, &answer, &why) != ERR_OK) {
        fail_msg("%s: %s", source, why.text);
    }
    assert_true(answer.done);
    size_t i = 0;
    for (; i < answer.count; i++) {
        int64_t tens = (answer.rows[i].start_ns - FIXTURE_START_NS) / (10 * NS_PER_S);
        digits[i] = (char)('1' + tens);
    }
    digits[i] = '\0';
    list_answer_clear(&answer);
    filter_clear(&filter);
}

static void each_term_finds_its_traces(void **state)
{
    static const struct {
        const char *query, *traces;
    } cases[] = {
        {"", "1234567"},
        {"user:alice", "12"},
        {"user:Alice", ""},
        {"user:alice,bob", "1235"},
        {"user:bot*", "67"},
        {"-user:bot*", "12345"},
        {"user!=alice", "34567"},
        {"user:nobody", ""},
        {"-user:nobody", "1234567"},
        {"user:alice OR user:bob", "1235"},
        {"-(user:alice OR user:bob)", "467"},
        {"user=~^bot-[0-9]$", "67"},
        {"user!~^bot", "12345"},
        {"session:s-1", "12"},
        {"client:plugin", "3"},
        {"op:goal", "123"},
        {"op:=query:goals", "13"},
        {"op:query*", "135"},
        {"status:error", "2"},
        {"status:running", "4"},
        {"status:ok", "1357"},
        {"status:error,cancelled", "26"},
        {"-status:ok", "246"},
        {"dur>250ms", "2"},
        {"dur>=250ms", "26"},
        {"dur:50ms..250ms", "136"},
        {"dur:..50ms", "457"},
        {"dur=30ms", "5"},
        {"spans>1", "125"},
        {"spans:1", "3467"},
        {"errors>=1", "2"},
        {"err:unique", "2"},
        {"-err:unique", "134567"},
        {"meta.browser=firefox", "1"},
        {"meta.screen.width>1000", "1"},
        {"since:30s", "567"},
        {"until:-50s", "123"},
        {"since:2025-11-20T14:00:35Z until:2025-11-20T14:00:45Z", "5"},
        {"at:2025-11-20T14:00:40Z", "234567"},
        {"since:14:00:50", "67"},
        {"service:db", "12"},
        {"service:db,cache", "125"},
        {"-service:web", "47"},
        {"service:db span:select", "1"},
        {"service:web span:select", ""},
        {"{service:web} {span:select}", "1"},
        {"{service:db -status:error}", "1"},
        {"{service:db status:error}", "2"},
        {"{service:web status:error}", ""},
        {"type:db", "12"},
        {"kind:server", "1"},
        {"span.dur>500ms", "2"},
        {"type:db span.dur>500ms", "2"},
        {"sql:goals", "12"},
        {"sql:insert", "2"},
        {"event:exception", "2"},
        {"event:missing", ""},
        {"attr.http.status_code=500", "2"},
        {"attr.http.status_code=500.0", "2"},
        {".http.status_code>=400", "23"},
        {".http.status_code!=200", "23"},
        {".http.status_code>=200 .http.status_code<500", "13"},
        {".http.status_code=500,404", "23"},
        {".http.status_code:500,404", "23"},
        {".http.status_code!=500,404", "1"},
        {".http.status_code:400..499", "3"},
        {".http.status_code:404..500", "23"},
        {".http.status_code=404..500", "23"},
        {".http.status_code:400..", "23"},
        {".http.status_code:..404", "13"},
        {"-.http.status_code:404..500", "14567"},
        {".db.rows:9..100", "1"},
        {".db.rows:12.5..100", ""},
        {"meta.screen.width:1000..2000", "1"},
        {"user=alice,bob", "1235"},
        {"user!=alice,bob", "467"},
        {"status=error,cancelled", "26"},
        {"dur=30ms,250ms", "56"},
        {"service=db,cache", "125"},
        {".db.system=sqlite", "1"},
        {".db.system=~^sql", "1"},
        {".db.cached=true", "1"},
        {".db.rows>9", "1"},
        {".host.name=laptop", "1"},
        {".host.name!=laptop", ""},
        {"-.host.name=laptop", "234567"},
        {"has:error", "2"},
        {"-has:error", "134567"},
        {"has:orphan", "5"},
        {"has:user", "123567"},
        {"has:session", "12"},
        {"has:sql", "12"},
        {"has:events", "2"},
        {"has:links", "3"},
        {"has:stack", "2"},
        {"has:attr.db.system", "1"},
        {"has:attr.http.status_code", "123"},
        {"has:attr.host.name", "1"},
        {"-has:attr.host.name", "234567"},
        {"trace:7f3c", "12"},
        {"trace:7f3c0", "1"},
        {"trace:7F3C09D2", "1"},
        {"trace:7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1", "1"},
        {T1, "1"},
        {"trace:550e8400-e29b-41d4", "5"},
        {"trace:550e8400e29b41d4a716446655440005", "5"},
        {"trace:00000000feed0006", "6"},
        {"trace:00000000fee", "6"},
        {"trace:order-4", "7"},
        {"trace:order-5", ""},
        {"-trace:7f3c", "34567"},
        {"trace:7f3c0,order", "17"},
        {"goals", "123"},
        {"UNIQUE", "2"},
        {"sqlite", "1"},
        {"\"say \\\"hi\\\"\"", "7"},
        {"special", "7"},
        {"-goals", "4567"},
        {"{unique}", "2"},
        {"user:alice dur>1s status:error service:db since:2h", "2"},
        {"limit:5", "1234567"},
        {"user:alice limit:1", "12"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char digits[16];
        found(*state, cases[i].query, digits);
        if (strcmp(digits, cases[i].traces) != 0) {
            fail_msg("%s: found \"%s\" instead of \"%s\"", cases[i].query, digits, cases[i].traces);
        }
    }
}

/* Values that try to leave their quotes stay values. */
static void values_are_never_sql(void **state)
{
    char digits[16];
    found(*state, "user:\"' OR 1=1 --\"", digits);
    assert_string_equal(digits, "");
    found(*state, "attr.\"x') OR 1 --\"=1", digits);
    assert_string_equal(digits, "");
    found(*state, "\"') OR (1=1\"", digits);
    assert_string_equal(digits, "");
}

/* More names than fit into the text of a statement travel as one array. */
static void many_matching_names_work(void **state)
{
    char digits[16];
    found(*state, "span:e,s,o", digits); /* nearly every name holds one of these letters */
    assert_string_equal(digits, "1234567");
}

/* Lists far longer than anyone types. */
static void long_lists_work(void **state)
{
    static const struct {
        const char *start, *item, *traces;
    } cases[] = {
        {"dur:30ms", ",30ms", "5"},     {"has:sql", ",sql", "12"},
        {"trace:7f3c", ",7f3c", "12"},  {"status:error", ",error", "2"},
        {"user:alice", ",alice", "12"}, {"spans:2", ",2", "25"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text_buffer source = {0};
        char digits[16];
        text_append_cstr(&source, cases[i].start);
        for (int more = 1; more < LIST_VALUES; more++) {
            text_append_cstr(&source, cases[i].item);
        }
        found(*state, source.data, digits);
        assert_string_equal(digits, cases[i].traces);
        text_buffer_free(&source);
    }
}

/* Terms of every kind, joined at random: whatever the parser accepts can be asked. */
static void every_query_is_valid_sql(void **state)
{
    static const char *const pieces[] = {
        "user:alice",
        "user:a*",
        "-user:bob",
        "user=~^a",
        "user!~b$",
        "session:s",
        "op:goal",
        "op:=x",
        "status:error",
        "-status:ok",
        "dur>1ms",
        "dur:1ms..",
        "spans:1..2",
        "errors!=0",
        "err:x*",
        "-err:u",
        "trace:7f3c",
        "client:web",
        "meta.a>1",
        "since:1h",
        "until:14:00",
        "at:14:00",
        "text",
        "\"a b\"",
        "-goals",
        "service:db",
        "service!=db",
        "span:x",
        "type:db",
        "kind:server",
        "event:e?",
        "span.dur<=1s",
        "sql:~x",
        ".a=1",
        ".a.b!=x",
        "attr.x=~y",
        "has:orphan",
        "-has:sql",
        "has:attr.x",
        "has:stack,user",
        "{service:db -status:error}",
        "{text err:x}",
        "-{has:sql,error .a=1}",
    };
    unsigned seed = 5;
    for (int round = 0; round < 2000; round++) {
        struct text_buffer source = {0};
        char digits[16];
        size_t count = 1 + (size_t)rand_r(&seed) % 5;
        for (size_t i = 0; i < count; i++) {
            const char *piece = pieces[(size_t)rand_r(&seed) % ARRAY_LEN(pieces)];
            bool brackets = rand_r(&seed) % 3 == 0;
            text_append_cstr(&source, i == 0 ? "" : rand_r(&seed) % 3 == 0 ? " OR " : " ");
            text_append_format(&source, brackets ? "-(%s OR text)" : "%s", piece);
        }
        found(*state, source.data, digits);
        text_buffer_free(&source);
    }
}

/* Asks what the list does not: groups, and the figures of all. */
static void sum_up(struct fixture *fixture, const char *source)
{
    struct filter filter = parsed(source);
    struct group_answer groups = {0};
    struct summary_question question = {.filter = &filter, .now_ns = now_ns, .buckets = 10};
    struct summary_work *work = NULL;
    struct summary summary;
    struct err_msg why = {""};
    if (reader_groups(fixture->reader, &filter, GROUP_USER, now_ns, 10, &groups, &why) != ERR_OK ||
        summary_begin(fixture->reader, &question, &work, &why) != ERR_OK ||
        summary_step(work, &summary, &why) != ERR_OK) {
        fail_msg("%s: %s", source, why.text);
    }
    summary_end(work);
    group_answer_clear(&groups);
    filter_clear(&filter);
}

/* Each bracket has around it all it may have: OR, AND, a negation; the last one is about spans. */
static void brackets_nest_as_deep_as_they_may(void **state)
{
    static const char *const openings[] = {"a OR b (", "a OR b -(", "-(a OR b ",
                                           "user:a OR {b} -("};
    const int outer = FILTER_DEPTH_LARGEST - 3; /* { ( and has: of two are three more */
    static const char innermost[] = "-has:sql OR a OR {-err:x service:a (b OR -has:stack,attr.a)}";
    for (size_t i = 0; i < ARRAY_LEN(openings); i++) {
        char digits[16];
        struct text_buffer source = {0};
        for (int depth = 0; depth < outer; depth++) {
            text_append_cstr(&source, openings[i]);
        }
        text_append_cstr(&source, innermost);
        for (int depth = 0; depth < outer; depth++) {
            text_append_cstr(&source, ")");
        }
        found(*state, source.data, digits);
        sum_up(*state, source.data);
        text_buffer_free(&source);
    }
}

/* ---- plans ---------------------------------------------------------------------------------- */

static struct text_buffer plan_of(struct fixture *fixture, const char *source, enum list_sort sort)
{
    struct filter filter = parsed(source);
    struct reader *reader = fixture->reader;
    struct scan scan = {
        .reader = reader,
        .sort = sort,
        .descending = true,
        .at = {.set = true, .key = INT64_MAX, .number = 1},
    };
    assert_int_equal(filter_sql_build(reader, &filter, now_ns, &scan.filter, NULL), ERR_OK);
    struct query query = {0};
    query_add(&query, "EXPLAIN QUERY PLAN ");
    scan_query(&scan, "t.number, t.duration_ns, t.services", NULL, 100, &query);
    sqlite3_stmt *statement = NULL;
    assert_int_equal(query_prepare(&query, reader->db, &statement), SQLITE_OK);
    struct text_buffer plan = {0};
    while (sqlite3_step(statement) == SQLITE_ROW) {
        text_append(&plan, db_column_text(statement, 3));
        text_append_char(&plan, '\n');
    }
    sqlite3_finalize(statement);
    query_clear(&query);
    scan_clear(&scan);
    filter_clear(&filter);
    return plan;
}

static void hot_questions_use_their_index(void **state)
{
    static const struct {
        const char *query;
        enum list_sort sort;
        const char *index;
    } cases[] = {
        {"", SORT_START, "trace_start"},
        {"since:1h", SORT_START, "trace_start"},
        {"user:alice", SORT_START, "trace_start"},
        {"user:alice since:1h", SORT_START, "trace_start"},
        {"session:s-1", SORT_START, "trace_start"},
        {"op:=query:goals", SORT_START, "trace_operation"},
        {"op:createGoal", SORT_START, "trace_operation"},
        {"status:error", SORT_START, "trace_error"},
        {"has:error", SORT_START, "trace_error"},
        {"status:error since:1h", SORT_START, "trace_error"},
        {"status:running", SORT_START, "trace_running"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text_buffer plan = plan_of(*state, cases[i].query, cases[i].sort);
        char wanted[80];
        snprintf(wanted, sizeof wanted, "INDEX %s", cases[i].index);
        if (strstr(plan.data, wanted) == NULL || strstr(plan.data, "TEMP B-TREE") != NULL) {
            fail_msg("%s: %s", cases[i].query, plan.data);
        }
        text_buffer_free(&plan);
    }
}

/* The longest of the last hour: the hour is read and sorted, not every trace by duration. */
static void windows_are_read_by_start(void **state)
{
    struct text_buffer plan = plan_of(*state, "since:1h", SORT_DURATION);
    if (strstr(plan.data, "INDEX trace_start (start_ns>?)") == NULL) {
        fail_msg("%s", plan.data);
    }
    text_buffer_free(&plan);
}

/* A trace by its id is found through the ids, not by looking at every trace. */
static void ids_are_looked_up(void **state)
{
    struct text_buffer plan = plan_of(*state, "trace:7f3c", SORT_START);
    if (strstr(plan.data, "SEARCH trace_key USING PRIMARY KEY (id>? AND id<?)") == NULL ||
        strstr(plan.data, "SEARCH trace USING INTEGER PRIMARY KEY (rowid>?)") == NULL ||
        strstr(plan.data, "SCAN t ") != NULL || strstr(plan.data, "SCAN t\n") != NULL) {
        fail_msg("%s", plan.data);
    }
    text_buffer_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_term_finds_its_traces),
        cmocka_unit_test(values_are_never_sql),
        cmocka_unit_test(many_matching_names_work),
        cmocka_unit_test(long_lists_work),
        cmocka_unit_test(every_query_is_valid_sql),
        cmocka_unit_test(brackets_nest_as_deep_as_they_may),
        cmocka_unit_test(hot_questions_use_their_index),
        cmocka_unit_test(windows_are_read_by_start),
        cmocka_unit_test(ids_are_looked_up),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
