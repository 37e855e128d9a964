/* test_blocks — sums of blocks answer as the segments do, and go when they must.
 *
 * A block has a quarter of a million traces, so one store is made for all tests, and each of them
 * goes on with what the one before has left. Each question is asked twice: with the sums, and with
 * the sums out of the way. */
#include <sqlite3.h>
#include <time.h>

#include "live_store.h"

enum { TRACES = 64 * 4096 + 9000, BATCH_SPANS = 10000, PAGE = 120 };

static struct fixture *fixture;
static uint64_t state = 31;

static uint64_t next_random(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return state >> 33;
}

/* ---- making --------------------------------------------------------------------------------- */

/* Four hundred seconds of traces; a user of its own in one of them. */
static void add_span(struct batch *batch, uint64_t trace, uint64_t span)
{
    static const char *const services[] = {"web", "api", "db", "mail"};
    uint64_t chance = next_random();
    bool brief = trace > 99000 && trace < 99600;
    struct fixture_span row = {
        .trace = arena_format(&batch->arena, "%032llx", (unsigned long long)trace + 1).data,
        .id = arena_format(&batch->arena, "%016llx", (unsigned long long)span + 1).data,
        .parent = span > 0 ? "0000000000000001" : NULL,
        .name =
            arena_format(&batch->arena, "operation %llu", (unsigned long long)(chance % 9)).data,
        .type = chance % 3 == 0 ? "http" : "db",
        .service = services[chance / 9 % 64 == 0 ? 3 : chance / 9 % 3],
        .start_ms = (int64_t)trace * 3 / 2 + (int64_t)(chance / 64 % 60),
        .duration_ms = chance % 70 == 0 ? -1 : (int64_t)(chance / 128 % 40 * (chance / 5000 % 50)),
        .status = chance % 70 == 0   ? STATUS_IN_PROGRESS
                  : chance % 31 == 1 ? STATUS_ERROR
                  : chance % 37 == 1 ? STATUS_CANCELLED
                                     : STATUS_COMPLETED,
        .user = brief             ? "brief"
                : chance % 7 == 0 ? NULL
                                  : arena_format(&batch->arena, "user %llu",
                                                 (unsigned long long)(chance / 7 % 90))
                                        .data,
    };
    fixture_add(batch, &row);
}

/* A first span of each new trace, or a second one of each old one. */
static void send(struct writer *writer, uint64_t from, uint64_t to, uint64_t step, uint64_t span)
{
    struct batch *batch = batch_new();
    for (uint64_t trace = from; trace < to; trace += step) {
        add_span(batch, trace, span);
        if (batch->count == BATCH_SPANS) {
            live_submit(writer, batch);
            batch = batch_new();
        }
    }
    live_submit(writer, batch);
}

/* damage(X): the blob with some bytes in the place of others. */
static void damage(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct text_buffer damaged = {0};
    const char *bytes = sqlite3_value_blob(values[0]);
    size_t length = (size_t)sqlite3_value_bytes(values[0]);
    size_t kept = next_random() % 80;
    size_t rest = next_random() % 90;
    text_append(&damaged, text_make(bytes, kept < length ? kept : length));
    for (uint64_t added = next_random() % 4; added > 0; added--) {
        text_append_char(&damaged, (char)next_random());
    }
    if (rest < length) {
        text_append(&damaged, text_make(bytes + rest, length - rest));
    }
    sqlite3_result_blob(context, damaged.data != NULL ? damaged.data : "", (int)damaged.length,
                        SQLITE_TRANSIENT);
    text_buffer_free(&damaged);
}

static void change(const char *sql)
{
    sqlite3 *db = store_file_open(fixture->path);
    sqlite3_create_function(db, "damage", 1, SQLITE_UTF8, NULL, damage, NULL, NULL);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static const char whole_blocks[] = "SELECT count(*) FROM trace_block WHERE dimensions = 127";

/* Sums are made beside the work: the writer needs a moment. */
static void wait_until(const char *sql, int64_t count)
{
    while (live_count(fixture, sql) != count) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
}

static int make_store(void **unused)
{
    static const struct fixture_span first = {.trace = "ffffffff0000000000000000000000ff",
                                              .id = "00000000000000aa",
                                              .name = "first",
                                              .type = "ui",
                                              .duration_ms = 1,
                                              .status = STATUS_COMPLETED};
    (void)unused;
    fixture = fixture_new(&first, 1);
    struct writer *writer = live_start(fixture);
    send(writer, 0, TRACES, 1, 0);
    wait_until(whole_blocks, 1);
    writer_stop(writer);
    return 0;
}

static int remove_store(void **unused)
{
    (void)unused;
    fixture_free(fixture);
    return 0;
}

/* ---- asking twice --------------------------------------------------------------------------- */

static const char *const questions[] = {
    "",
    "user:=\"user 7\"",
    "user:brief",
    "user:nobody",
    "op:=\"operation 3\"",
    "status:error",
    "has:error",
    "service:mail",
    "since:2025-11-20T14:01:40Z",
    "until:2025-11-20T14:03:20Z user:=\"user 8\"",
    "since:2025-11-20T14:00:00Z status:error",
    "since:2025-11-20T13:00:00Z until:2025-11-20T15:00:00Z op:=\"operation 1\"",
    "user:=\"user 9\" dur>1s",
};

static const enum list_sort sorts[] = {SORT_DURATION, SORT_USER};

/* All that is asked with one filter. */
struct answers {
    struct summary summary;
    struct group_answer groups[GROUP_TYPE + 1];
    struct list_answer lists[ARRAY_LEN(sorts)][2];
};

static void summarize(const struct filter *filter, struct summary *summary)
{
    struct summary_question question = {.filter = filter, .buckets = 100};
    struct summary_work *work = NULL;
    assert_int_equal(summary_begin(fixture->reader, &question, &work, NULL), ERR_OK);
    while (!summary->done) {
        assert_int_equal(summary_step(work, summary, NULL), ERR_OK);
    }
    summary_end(work);
}

static struct answers *ask(const struct filter *filter)
{
    struct answers *answers = mem_zero(1, sizeof *answers);
    summarize(filter, &answers->summary);
    for (int by = 0; by <= GROUP_TYPE; by++) {
        assert_int_equal(reader_groups(fixture->reader, filter, (enum group_by)by, 0, 500,
                                       &answers->groups[by], NULL),
                         ERR_OK);
    }
    for (int i = 0; i < 2 * (int)ARRAY_LEN(sorts); i++) {
        struct list_question question = {
            .filter = filter, .sort = sorts[i / 2], .ascending = i % 2 != 0, .limit = PAGE};
        assert_int_equal(
            reader_list(fixture->reader, &question, &answers->lists[i / 2][i % 2], NULL), ERR_OK);
    }
    return answers;
}

static void free_answers(struct answers *answers)
{
    for (int by = 0; by <= GROUP_TYPE; by++) {
        group_answer_clear(&answers->groups[by]);
    }
    for (int i = 0; i < 2 * (int)ARRAY_LEN(sorts); i++) {
        list_answer_clear(&answers->lists[i / 2][i % 2]);
    }
    free(answers);
}

static void assert_near(int64_t found, int64_t expected)
{
    assert_true(llabs(found - expected) <= expected / 100 + 1);
}

static void compare_summaries(const struct summary *found, const struct summary *expected)
{
    assert_int_equal(found->total, expected->total);
    assert_int_equal(found->errors, expected->errors);
    assert_int_equal(found->running, expected->running);
    assert_int_equal(found->cancelled, expected->cancelled);
    assert_int_equal(found->spans, expected->spans);
    assert_int_equal(found->sum_ns, expected->sum_ns);
    assert_int_equal(found->min_ns, expected->min_ns);
    assert_int_equal(found->max_ns, expected->max_ns);
    assert_near(found->p50_ns, expected->p50_ns);
    assert_near(found->p90_ns, expected->p90_ns);
    assert_near(found->p95_ns, expected->p95_ns);
    assert_near(found->p99_ns, expected->p99_ns);
    assert_int_equal(found->first_ns, expected->first_ns);
    assert_int_equal(found->last_ns, expected->last_ns);
    assert_int_equal(found->from_ns, expected->from_ns);
    assert_int_equal(found->bucket_ns, expected->bucket_ns);
    assert_int_equal(found->buckets, expected->buckets);
    assert_memory_equal(found->bucket, expected->bucket, sizeof found->bucket);
}

static void compare_groups(const struct group_answer *found, const struct group_answer *expected)
{
    assert_int_equal(found->count, expected->count);
    for (size_t i = 0; i < found->count; i++) {
        const struct group_row *a = &found->rows[i];
        const struct group_row *b = &expected->rows[i];
        assert_true(text_equals(a->name, b->name));
        assert_int_equal(a->count, b->count);
        assert_int_equal(a->errors, b->errors);
        assert_int_equal(a->ended, b->ended);
        assert_int_equal(a->sum_ns, b->sum_ns);
        assert_int_equal(a->min_ns, b->min_ns);
        assert_int_equal(a->max_ns, b->max_ns);
        assert_near(a->p50_ns, b->p50_ns);
        assert_near(a->p99_ns, b->p99_ns);
    }
}

static void compare_lists(const struct list_answer *found, const struct list_answer *expected)
{
    assert_int_equal(found->count, expected->count);
    assert_int_equal(found->done, expected->done);
    for (size_t i = 0; i < found->count; i++) {
        assert_int_equal(found->rows[i].number, expected->rows[i].number);
        assert_int_equal(found->rows[i].version, expected->rows[i].version);
    }
}

static struct store_size size_now(void)
{
    struct store_size size;
    assert_int_equal(reader_size(fixture->reader, &size), ERR_OK);
    return size;
}

/* With the sums that there are, and without. */
static void check_question(const char *query)
{
    struct filter filter = {0};
    struct filter_error error;
    assert_int_equal(filter_parse(text_from(query), &filter, &error), ERR_OK);
    struct answers *found = ask(&filter);
    change("UPDATE trace_block SET dimensions = dimensions + 128 * dimensions;"
           "UPDATE trace_block SET dimensions = dimensions & ~127");
    struct answers *expected = ask(&filter);
    change("UPDATE trace_block SET dimensions = dimensions / 128");
    compare_summaries(&found->summary, &expected->summary);
    for (int by = 0; by <= GROUP_TYPE; by++) {
        compare_groups(&found->groups[by], &expected->groups[by]);
    }
    for (int i = 0; i < 2 * (int)ARRAY_LEN(sorts); i++) {
        compare_lists(&found->lists[i / 2][i % 2], &expected->lists[i / 2][i % 2]);
    }
    free_answers(found);
    free_answers(expected);
    filter_clear(&filter);
}

static void check_everything(void)
{
    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        check_question(questions[i]);
    }
    struct store_size size = size_now();
    assert_int_equal(size.traces, live_count(fixture, "SELECT count(*) FROM trace"));
    assert_int_equal(size.spans, live_count(fixture, "SELECT count(*) FROM span"));
    assert_int_equal(store_file_check(fixture->path).problems, 0);
}

/* ---- tests ---------------------------------------------------------------------------------- */

/* Whether a block's traces were not looked at one by one. */
static bool uses_sums(const char *query)
{
    struct filter filter = {0};
    struct filter_error error;
    struct summary summary = {0};
    assert_int_equal(filter_parse(text_from(query), &filter, &error), ERR_OK);
    summarize(&filter, &summary);
    filter_clear(&filter);
    return summary.scanned < 64 * 4096;
}

static void sums_answer_as_segments_do(void **unused)
{
    (void)unused;
    assert_true(uses_sums("") && uses_sums("user:=\"user 7\"") && uses_sums("status:error") &&
                uses_sums("service:mail") && uses_sums("op:=\"operation 3\"") &&
                uses_sums("since:2025-11-20T14:00:00Z status:error"));
    check_everything();
}

/* The segments know what must be taken out of the sums: these stay. */
static void late_spans_and_deletions_show_at_once(void **unused)
{
    (void)unused;
    struct writer *writer = live_start(fixture);
    send(writer, 99, TRACES, 700, 1);
    writer_stop(writer);
    assert_true(live_count(fixture, "SELECT count(*) FROM trace_stale") > 300);
    assert_true(uses_sums("") && uses_sums("status:error") && uses_sums("op:=\"operation 3\""));
    check_everything();

    writer = live_start(fixture);
    live_prune(writer, 900);
    writer_stop(writer);
    assert_true(live_count(fixture, "SELECT count(*) FROM trace_stale") > 700);
    assert_int_equal(live_count(fixture, whole_blocks), 1);
    check_question("");
    check_question("user:=\"user 7\"");
    check_question("service:mail");
}

/* What of a stale trace cannot be taken out: the first, the last, the shortest and the longest. */
static void the_ends_of_a_sum_change(void **unused)
{
    static const char *const ends[] = {
        "SELECT number FROM trace WHERE number < 262144 ORDER BY duration_ns DESC LIMIT 1",
        "SELECT number FROM trace WHERE number < 262144 ORDER BY start_ns DESC LIMIT 1",
    };
    (void)unused;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        uint64_t trace =
            (uint64_t)live_count(fixture, ends[i]) - 2; /* numbers begin with 1, at the first */
        struct writer *writer = live_start(fixture);
        send(writer, trace, trace + 1, 1, 2);
        writer_stop(writer);
        check_question("");
        check_question("status:error");
    }
}

static enum err summary_of_all(void)
{
    struct summary_question question = {.buckets = 100};
    struct summary summary = {0};
    struct summary_work *work = NULL;
    enum err err = summary_begin(fixture->reader, &question, &work, NULL);
    while (err == ERR_OK && !summary.done) {
        err = summary_step(work, &summary, NULL);
    }
    summary_end(work);
    return err;
}

/* Also that the sums are what is read at all. */
static void what_is_wrong_in_sums_is_found(void **unused)
{
    static const char *const damages[] = {
        "UPDATE trace_sum SET figures = zeroblob(12)",
        "UPDATE trace_sum SET figures = x'80'",
        "UPDATE trace_sum SET durations = x'0105'",
        "UPDATE trace_sum SET starts = x'FFFFFFFFFFFFFFFFFF00000000'",
        "UPDATE trace_sum SET ranges = x'7F'",
        "DELETE FROM trace_sum WHERE id = 1 << 28 | 2",
    };
    (void)unused;
    change("CREATE TABLE good AS SELECT * FROM trace_sum");
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        change(damages[i]);
        assert_int_equal(summary_of_all(), i < 4 ? ERR_CORRUPT : ERR_OK);
        if (i >= 4) { /* takes a while */
            assert_int_equal(store_file_check(fixture->path).problems, 1);
        }
        change("DELETE FROM trace_sum; INSERT INTO trace_sum SELECT * FROM good");
    }
    change("DROP TABLE good");
}

/* Bytes from anybody: an answer or an error, and nothing worse. */
static void damaged_sums_are_no_danger(void **unused)
{
    static const char *const columns[] = {"figures", "ranges", "durations", "starts"};
    (void)unused;
    change("CREATE TABLE good AS SELECT * FROM trace_sum WHERE (id >> 28 & 7) <> 3");
    for (int i = 0; i < 60; i++) {
        char sql[200];
        struct summary_question question = {.buckets = 100};
        struct filter filter = {0};
        struct filter_error error;
        struct summary_work *work = NULL;
        struct summary summary;
        struct group_answer groups = {0};
        struct list_answer list = {0};
        const char *column = columns[i % 4];
        snprintf(sql, sizeof sql, "UPDATE trace_sum SET %s = damage(%s) WHERE (id >> 28 & 7) <> 3",
                 column, column);
        change(sql);
        assert_int_equal(filter_parse(text_from(i % 3 == 0 ? "status:error" : ""), &filter, &error),
                         ERR_OK);
        question.filter = &filter;
        assert_int_equal(summary_begin(fixture->reader, &question, &work, NULL), ERR_OK);
        (void)!summary_step(work, &summary, NULL);
        summary_end(work);
        if (reader_groups(fixture->reader, NULL, GROUP_OPERATION, 0, 9, &groups, NULL) == ERR_OK) {
            group_answer_clear(&groups);
        }
        struct list_question page = {.filter = &filter, .sort = SORT_DURATION, .limit = 9};
        if (reader_list(fixture->reader, &page, &list, NULL) == ERR_OK) {
            list_answer_clear(&list);
        }
        filter_clear(&filter);
        change("INSERT OR REPLACE INTO trace_sum SELECT * FROM good");
    }
    change("DROP TABLE good");
    check_question("");
}

/* So many changes in one segment that it is built anew, and the sums with it. */
static void sums_are_made_anew_with_a_segment(void **unused)
{
    (void)unused;
    int64_t before =
        live_count(fixture, "SELECT count(*) FROM trace_stale WHERE number / 4096 = 9");
    struct writer *writer = live_start(fixture);
    send(writer, 9 * 4096, 10 * 4096, 1, 3);
    wait_until("SELECT count(*) FROM trace_stale WHERE number / 4096 = 9", 0);
    assert_true(before < 2048);
    wait_until(whole_blocks, 1);
    writer_stop(writer);
    check_everything();
}

/* The program of an earlier version knows no sums: those that it makes untrue are gone. */
static void a_segment_takes_the_sums_with_it(void **unused)
{
    (void)unused;
    change("BEGIN; CREATE TABLE kept AS SELECT * FROM trace_segment WHERE id = 5;"
           "DELETE FROM trace_segment WHERE id = 5;"
           "INSERT INTO trace_segment SELECT * FROM kept; DROP TABLE kept; COMMIT");
    assert_int_equal(live_count(fixture, "SELECT count(*) FROM trace_block"), 0);
    assert_int_equal(live_count(fixture, "SELECT count(*) FROM trace_sum"), 0);
    check_question("status:error");
    struct writer *writer = live_start(fixture);
    wait_until(whole_blocks, 1);
    writer_stop(writer);
}

static void retention_takes_a_block_away(void **unused)
{
    (void)unused;
    struct writer *writer = live_start(fixture);
    live_prune(writer, 12000); /* the first segment, and some of the second */
    wait_until("SELECT count(*) FROM trace_segment WHERE id < 1", 0);
    writer_stop(writer);
    assert_int_equal(live_count(fixture, "SELECT count(*) FROM trace_block"), 0);
    assert_int_equal(live_count(fixture, "SELECT count(*) FROM trace_sum"), 0);
    check_question("");
    check_question("status:error");
}

/* A viewer of a file that no writer of this version has opened. */
static void a_file_without_sums_is_fine(void **unused)
{
    (void)unused;
    change("DROP TRIGGER trace_block_is_gone; DROP TABLE trace_sum; DROP TABLE trace_block");
    reader_close(fixture->reader);
    assert_int_equal(reader_open(fixture->path, &fixture->reader, NULL), ERR_OK);
    assert_int_equal(summary_of_all(), ERR_OK);
    assert_int_equal(size_now().traces, live_count(fixture, "SELECT count(*) FROM trace"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_answer_as_segments_do),
        cmocka_unit_test(late_spans_and_deletions_show_at_once),
        cmocka_unit_test(the_ends_of_a_sum_change),
        cmocka_unit_test(what_is_wrong_in_sums_is_found),
        cmocka_unit_test(damaged_sums_are_no_danger),
        cmocka_unit_test(sums_are_made_anew_with_a_segment),
        cmocka_unit_test(a_segment_takes_the_sums_with_it),
        cmocka_unit_test(retention_takes_a_block_away),
        cmocka_unit_test(a_file_without_sums_is_fine),
    };
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
