/* test_segments — what is answered from segments is what the rows say, whatever happened to them.
 *
 * Random spans come in random order; some arrive late, some traces are pruned, the writer is
 * stopped and started. Each time all questions are asked, and answered again by looking at every
 * row. */
#include <sqlite3.h>
#include <time.h>

#include "live_store.h"

enum { TRACES = 10500, BATCH_SPANS = 500, USERS = 40, OPERATIONS = 7, PAGE = 170, PAGES = 3 };

static const char *const services[] = {"web", "api", "db", "cache", "mail"};
static const char *const types[] = {"ui", "db", "http"};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* ---- making --------------------------------------------------------------------------------- */

static void add_random_span(struct batch *batch, uint64_t trace, uint64_t id, uint64_t *state)
{
    uint64_t chance = next_random(state);
    bool root = id == 0;
    struct fixture_span row = {
        .trace = arena_format(&batch->arena, "%032llx", (unsigned long long)(trace + 1)).data,
        .id = arena_format(&batch->arena, "%016llx", (unsigned long long)(id + 1)).data,
        .parent = root ? NULL : "0000000000000001",
        .name =
            arena_format(&batch->arena, "operation %llu", (unsigned long long)(chance % OPERATIONS))
                .data,
        .type = types[chance / 19 % ARRAY_LEN(types)],
        .service = services[chance / 7 % (chance % 97 == 0 ? 5 : 4)],
        .start_ms = (int64_t)(trace * 50 + next_random(state) % 400),
        /* some fail before they end */
        .duration_ms = chance % 50 == 0 || chance % 39 == 1 ? -1 : (int64_t)(chance / 11 % 900),
        .status = chance % 50 == 0   ? STATUS_IN_PROGRESS
                  : chance % 13 == 1 ? STATUS_ERROR
                  : chance % 17 == 1 ? STATUS_CANCELLED
                                     : STATUS_COMPLETED,
        .user =
            chance % 5 == 0
                ? NULL
                : arena_format(&batch->arena, "user %llu",
                               (unsigned long long)(chance / 3 % USERS / 2 * 2 + trace / 4096 % 2))
                      .data,
        .session = chance % 3 == 0 ? "a session" : NULL,
    };
    fixture_add(batch, &row);
}

/* Spans of random traces among the first ones; each has a root or gets it later. */
static void submit_random(struct writer *writer, uint64_t from, uint64_t to, size_t spans,
                          uint64_t *state)
{
    struct batch *batch = batch_new();
    for (size_t i = 0; i < spans; i++) {
        add_random_span(batch, from + next_random(state) % (to - from), next_random(state) % 4,
                        state);
        if (batch->count == BATCH_SPANS) {
            live_submit(writer, batch);
            batch = batch_new();
        }
    }
    live_submit(writer, batch);
}

/* Segments are built beside the work: the writer needs a moment. */
static void wait_for_segments(struct fixture *fixture, int64_t count)
{
    while (live_count(fixture, "SELECT count(*) FROM trace_segment") < count) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

/* ---- looking at every row ------------------------------------------------------------------- */

struct everything {
    struct list_answer answer; /* all traces, by start: an index gives them */
};

static bool any_row(const struct trace_row *row)
{
    return row->number > 0;
}
static bool of_user(const struct trace_row *row)
{
    return text_is(row->user, "user 7");
}
static bool failed(const struct trace_row *row)
{
    return row->status == STATUS_ERROR;
}
static bool is_slow_and_not_of_user(const struct trace_row *row)
{
    return row->duration_ns > 700 * NS_PER_MS && !text_is(row->user, "user 7");
}
static bool of_operations(const struct trace_row *row)
{
    return text_is(row->root_operation, "operation 3") ||
           text_is(row->root_operation, "operation 5");
}
static bool has_service(const struct trace_row *row, const char *name)
{
    return text_contains_nocase(row->services, text_from(name));
}
static bool with_mail(const struct trace_row *row)
{
    return has_service(row, "mail");
}
static bool without_web_late(const struct trace_row *row)
{
    return !has_service(row, "web") && row->start_ns >= FIXTURE_START_NS + 300 * NS_PER_S;
}
static bool many_or_anonymous(const struct trace_row *row)
{
    return row->span_count >= 4 || row->user.length == 0;
}

static const struct question {
    const char *query;
    bool (*holds)(const struct trace_row *row);
} questions[] = {
    {"", any_row},
    {"user:=\"user 7\"", of_user},
    {"status:error", failed},
    {"dur>700ms -user:\"user 7\"", is_slow_and_not_of_user},
    {"op:\"operation 3\",\"operation 5\"", of_operations},
    {"service:mail", with_mail},
    {"-service:web since:2025-11-20T14:05:00Z", without_web_late},
    {"spans>=4 OR -has:user", many_or_anonymous},
};

static int64_t sign(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Ascending, by key and number. */
static int64_t compare_rows(const struct trace_row *a, const struct trace_row *b,
                            enum list_sort sort)
{
    int64_t order = 0;
    switch (sort) {
    case SORT_START:
        order = sign(a->start_ns, b->start_ns);
        break;
    case SORT_DURATION:
        order = sign(a->duration_ns, b->duration_ns);
        break;
    case SORT_SPANS:
        order = sign(a->span_count, b->span_count);
        break;
    case SORT_ERRORS:
        order = sign(a->error_count, b->error_count);
        break;
    case SORT_OPERATION:
        order = text_compare(a->root_operation, b->root_operation);
        break;
    case SORT_USER:
        order = text_compare(a->user, b->user);
        break;
    case SORT_COUNT:
        break;
    }
    return order != 0 ? order : sign(a->number, b->number);
}

static enum list_sort sort_in_use; /* qsort has no context */

static int compare_in_use(const void *left, const void *right)
{
    return (int)compare_rows(*(const struct trace_row *const *)left,
                             *(const struct trace_row *const *)right, sort_in_use);
}

/* The matches in ascending order. */
static size_t expected_rows(const struct everything *all, const struct question *question,
                            enum list_sort sort, const struct trace_row **rows)
{
    size_t count = 0;
    for (size_t i = 0; i < all->answer.count; i++) {
        if (question->holds(&all->answer.rows[i])) {
            rows[count++] = &all->answer.rows[i];
        }
    }
    sort_in_use = sort;
    qsort(rows, count, sizeof *rows, compare_in_use);
    return count;
}

static void assert_same_row(const struct trace_row *found, const struct trace_row *expected)
{
    assert_int_equal(found->number, expected->number);
    assert_int_equal(found->span_count, expected->span_count);
    assert_int_equal(found->version, expected->version);
}

/* Goes some pages forward, and one back. */
static void check_list(struct fixture *fixture, const struct filter *filter,
                       const struct trace_row **rows, size_t count, enum list_sort sort,
                       bool ascending)
{
    struct list_question question = {
        .filter = filter, .sort = sort, .ascending = ascending, .limit = PAGE};
    struct list_answer answer = {0};
    struct arena cursors = {0};
    size_t at = 0;
    for (int page = 0; page < PAGES && at < count; page++) {
        assert_int_equal(reader_list(fixture->reader, &question, &answer, NULL), ERR_OK);
        assert_int_equal(answer.count, count - at < PAGE ? count - at : PAGE);
        for (size_t i = 0; i < answer.count; i++, at++) {
            assert_same_row(&answer.rows[i], rows[ascending ? at : count - 1 - at]);
        }
        assert_int_equal(answer.done, at == count);
        if (!answer.done) {
            question.after = answer.next;
            question.after.key_text = arena_copy(&cursors, answer.next.key_text);
        }
        list_answer_clear(&answer);
    }
    if (at < count) {
        question.backward = true;
        question.limit = 20;
        assert_int_equal(reader_list(fixture->reader, &question, &answer, NULL), ERR_OK);
        assert_int_equal(answer.count, 20);
        for (size_t i = 0; i < answer.count; i++) {
            size_t place = at - 1 - 20 + i;
            assert_same_row(&answer.rows[i], rows[ascending ? place : count - 1 - place]);
        }
        list_answer_clear(&answer);
    }
    arena_clear(&cursors);
}

static void check_summary(struct fixture *fixture, const struct filter *filter,
                          const struct trace_row **rows, size_t count)
{
    struct summary_question question = {.filter = filter, .buckets = 60};
    struct summary_work *work = NULL;
    struct summary found = {0}, expected = {0};
    int64_t durations[TRACES];
    size_t ended = 0, in_buckets = 0;
    assert_int_equal(summary_begin(fixture->reader, &question, &work, NULL), ERR_OK);
    while (!found.done) {
        assert_int_equal(summary_step(work, &found, NULL), ERR_OK);
    }
    summary_end(work);
    for (size_t i = 0; i < count; i++) { /* by duration */
        expected.errors += rows[i]->status == STATUS_ERROR;
        expected.running += rows[i]->status == STATUS_IN_PROGRESS;
        expected.cancelled += rows[i]->status == STATUS_CANCELLED;
        expected.spans += rows[i]->span_count;
        if (rows[i]->status != STATUS_IN_PROGRESS) {
            durations[ended++] = rows[i]->duration_ns;
            expected.sum_ns += rows[i]->duration_ns;
        }
    }
    for (size_t i = 0; i < found.buckets; i++) {
        in_buckets += found.bucket[i].count;
    }
    assert_int_equal(found.total, count);
    assert_int_equal(in_buckets, count);
    assert_int_equal(found.errors, expected.errors);
    assert_int_equal(found.running, expected.running);
    assert_int_equal(found.cancelled, expected.cancelled);
    assert_int_equal(found.spans, expected.spans);
    assert_int_equal(found.sum_ns, expected.sum_ns);
    assert_int_equal(found.max_ns, ended > 0 ? durations[ended - 1] : 0);
    assert_int_equal(found.p95_ns, ended > 0 ? durations[(ended * 95 + 99) / 100 - 1] : 0);
}

static struct text name_in_row(const struct trace_row *row, enum group_by by)
{
    return by == GROUP_OPERATION ? row->root_operation
           : by == GROUP_USER    ? row->user
                                 : row->service;
}

static void check_groups(struct fixture *fixture, const struct filter *filter,
                         const struct trace_row **rows, size_t count, enum group_by by)
{
    struct group_answer answer = {0};
    int64_t total = 0;
    assert_int_equal(reader_groups(fixture->reader, filter, by, 0, 1000, &answer, NULL), ERR_OK);
    for (size_t g = 0; g < answer.count; g++) {
        const struct group_row *group = &answer.rows[g];
        int64_t traces = 0, errors = 0, largest = 0;
        for (size_t i = 0; i < count; i++) {
            if (text_equals(name_in_row(rows[i], by), group->name)) {
                bool ended = rows[i]->status != STATUS_IN_PROGRESS;
                traces++;
                errors += rows[i]->status == STATUS_ERROR;
                largest = ended && rows[i]->duration_ns > largest ? rows[i]->duration_ns : largest;
            }
        }
        assert_int_equal(group->count, traces);
        assert_int_equal(group->errors, errors);
        assert_int_equal(group->max_ns, largest);
        total += traces;
    }
    assert_int_equal(total, count);
    group_answer_clear(&answer);
}

/* Of any filter: what SQLite counts over the spans of the traces that match. */
static void check_types(struct fixture *fixture, const struct filter *filter,
                        const struct trace_row **rows, size_t count)
{
    struct group_answer answer = {0};
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL, *figures = NULL;
    assert_int_equal(sqlite3_open_v2(fixture->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    assert_int_equal(
        sqlite3_exec(db, "CREATE TEMP TABLE wanted(number INTEGER PRIMARY KEY)", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO wanted VALUES(?1)", -1, &insert, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < count; i++) {
        sqlite3_bind_int64(insert, 1, rows[i]->number);
        assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT count(*), sum(status = 2), count(duration_ns),"
                           " sum(duration_ns), max(duration_ns) FROM wanted w"
                           " JOIN span s ON s.trace = w.number JOIN name n ON n.id = s.type"
                           " WHERE n.text = ?1",
                           -1, &figures, NULL),
        SQLITE_OK);
    assert_int_equal(reader_groups(fixture->reader, filter, GROUP_TYPE, 0, 1000, &answer, NULL),
                     ERR_OK);
    assert_true(answer.count == (count > 0 ? ARRAY_LEN(types) : 0));
    for (size_t g = 0; g < answer.count; g++) {
        const struct group_row *group = &answer.rows[g];
        sqlite3_bind_text(figures, 1, group->name.data, (int)group->name.length, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(figures), SQLITE_ROW);
        assert_int_equal(group->count, sqlite3_column_int64(figures, 0));
        assert_int_equal(group->errors, sqlite3_column_int64(figures, 1));
        assert_int_equal(group->ended, sqlite3_column_int64(figures, 2));
        assert_int_equal(group->sum_ns, sqlite3_column_int64(figures, 3));
        assert_int_equal(group->max_ns, sqlite3_column_int64(figures, 4));
        assert_true(group->p50_ns <= group->p95_ns && group->p95_ns <= group->p99_ns);
        sqlite3_reset(figures);
    }
    sqlite3_finalize(figures);
    sqlite3_close(db);
    group_answer_clear(&answer);
}

static void check_everything(struct fixture *fixture)
{
    struct everything all = {0};
    struct list_question question = {.limit = 2 * TRACES};
    struct store_size size;
    assert_int_equal(reader_list(fixture->reader, &question, &all.answer, NULL), ERR_OK);
    const struct trace_row **rows = mem_alloc(all.answer.count * sizeof(const struct trace_row *));
    for (size_t q = 0; q < ARRAY_LEN(questions); q++) {
        struct filter filter = {0};
        struct filter_error error;
        assert_int_equal(filter_parse(text_from(questions[q].query), &filter, &error), ERR_OK);
        for (int sort = 0; sort < SORT_COUNT; sort++) {
            size_t count = expected_rows(&all, &questions[q], (enum list_sort)sort, rows);
            check_list(fixture, &filter, rows, count, (enum list_sort)sort, true);
            check_list(fixture, &filter, rows, count, (enum list_sort)sort, false);
        }
        size_t count = expected_rows(&all, &questions[q], SORT_DURATION, rows);
        check_summary(fixture, &filter, rows, count);
        check_groups(fixture, &filter, rows, count, GROUP_OPERATION);
        check_groups(fixture, &filter, rows, count, GROUP_USER);
        check_groups(fixture, &filter, rows, count, GROUP_SERVICE);
        check_types(fixture, &filter, rows, count);
        filter_clear(&filter);
    }
    assert_int_equal(reader_size(fixture->reader, &size), ERR_OK);
    assert_int_equal(size.traces, all.answer.count);
    assert_int_equal(store_file_check(fixture->path).problems, 0);
    free(rows);
    list_answer_clear(&all.answer);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static struct fixture *fixture_with_traces(uint64_t *state)
{
    static const struct fixture_span first = {.trace = "ffffffff0000000000000000000000ff",
                                              .id = "00000000000000aa",
                                              .name = "first",
                                              .type = "ui",
                                              .start_ms = -9000,
                                              .duration_ms = 1,
                                              .status = STATUS_COMPLETED};
    struct fixture *fixture = fixture_new(&first, 1);
    struct writer *writer = live_start(fixture);
    for (uint64_t from = 0; from < TRACES; from += 300) {
        submit_random(writer, from, from + 300, 900, state);
    }
    wait_for_segments(fixture, 2);
    writer_stop(writer);
    return fixture;
}

static void segments_answer_as_the_rows_do(void **unused)
{
    (void)unused;
    uint64_t state = 20;
    struct fixture *fixture = fixture_with_traces(&state);
    check_everything(fixture);
    fixture_free(fixture);
}

static void late_spans_and_deletions_show_at_once(void **unused)
{
    (void)unused;
    uint64_t state = 21;
    struct fixture *fixture = fixture_with_traces(&state);
    struct writer *writer = live_start(fixture);
    submit_random(writer, 0, TRACES, 800, &state);
    live_prune(writer,
               40000); /* some 800 traces of the first segment, and not those with late starts */
    writer_stop(writer);
    assert_true(live_count(fixture, "SELECT count(*) FROM trace_stale") > 1000);
    check_everything(fixture);

    writer = live_start(fixture);
    submit_random(writer, 0, 4000, 12000, &state); /* so many that the first is built anew */
    writer_stop(writer);
    writer = live_start(fixture);
    while (live_count(fixture, "SELECT count(*) FROM trace_stale WHERE number < 4096") >= 2048) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    writer_stop(writer);
    check_everything(fixture);
    fixture_free(fixture);
}

/* A database whose segments were built by a version that did not add up types, or did not know the
 * first and last names. */
static void segments_of_an_earlier_version_learn(void **unused)
{
    (void)unused;
    uint64_t state = 23;
    struct fixture *fixture = fixture_with_traces(&state);
    store_file_run(fixture->path, "DELETE FROM trace_column WHERE id % 16 >= 13 AND id < 16");
    store_file_run(fixture->path, "ALTER TABLE trace_segment DROP COLUMN user_last;"
                                  "ALTER TABLE trace_segment DROP COLUMN user_first;"
                                  "ALTER TABLE trace_segment DROP COLUMN operation_last;"
                                  "ALTER TABLE trace_segment DROP COLUMN operation_first;");
    check_everything(fixture);
    struct writer *writer = live_start(fixture);
    while (live_count(fixture, "SELECT count(*) FROM trace_segment WHERE user_last > 0") < 2 ||
           live_count(fixture,
                      "SELECT count(*) FROM trace_column WHERE id % 16 = 13 AND count > 0") < 2) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    writer_stop(writer);
    check_everything(fixture);
    fixture_free(fixture);
}

/* What `check` is for: what is wrong in a segment is found. */
static void what_is_wrong_in_a_segment_is_found(void **unused)
{
    static const char *const damages[] = {
        "UPDATE trace_column SET least = least + 1 WHERE id = 14",
        "UPDATE trace_segment SET user_first = user_first + 1 WHERE id = 0",
    };
    (void)unused;
    uint64_t state = 24;
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        struct fixture *fixture = fixture_with_traces(&state);
        store_file_run(fixture->path, damages[i]);
        assert_int_equal(store_file_check(fixture->path).problems, 1);
        fixture_free(fixture);
    }
}

/* Numbers of traces that are gone are not given again where a segment would hide the new ones. */
static void what_comes_after_all_was_deleted_is_seen(void **unused)
{
    (void)unused;
    uint64_t state = 22;
    struct fixture *fixture = fixture_with_traces(&state);
    struct writer *writer = live_start(fixture);
    live_prune(writer, 60 * TRACES + 1000);
    writer_stop(writer);
    check_everything(fixture);
    writer = live_start(fixture);
    submit_random(writer, 0, 3000, 5000, &state);
    writer_stop(writer);
    assert_true(live_count(fixture, "SELECT count(*) FROM trace") > 2000);
    check_everything(fixture);
    fixture_free(fixture);
}

static enum err list(struct fixture *fixture, const char *query, enum list_sort sort)
{
    struct filter filter = {0};
    struct filter_error error;
    struct list_answer answer = {0};
    struct list_question question = {.filter = &filter, .sort = sort, .limit = 10};
    assert_int_equal(filter_parse(text_from(query), &filter, &error), ERR_OK);
    enum err err = reader_list(fixture->reader, &question, &answer, NULL);
    list_answer_clear(&answer);
    filter_clear(&filter);
    return err;
}

/* A file may come from anybody: its numbers are no sizes, and no places in memory. */
static void numbers_that_cannot_be_are_damage(void **unused)
{
    (void)unused;
    uint64_t state = 23;
    struct fixture *fixture = fixture_with_traces(&state);
    assert_int_equal(list(fixture, "service:*", SORT_DURATION), ERR_OK);
    store_file_run(fixture->path,
                   "UPDATE name SET id = -6400000000 WHERE kind = 2 AND text = 'mail'");
    assert_int_equal(list(fixture, "service:*", SORT_DURATION), ERR_CORRUPT);
    store_file_run(fixture->path,
                   "UPDATE name SET id = 4611686018427387904 WHERE kind = 2 AND text = 'mail'");
    assert_int_equal(list(fixture, "service:*", SORT_DURATION), ERR_CORRUPT);
    assert_int_equal(list(fixture, "", SORT_USER), ERR_CORRUPT);

    assert_int_equal(list(fixture, "", SORT_DURATION), ERR_OK);
    store_file_run(fixture->path, "UPDATE trace SET number = 9223372036854775807"
                                  " WHERE number = (SELECT max(number) FROM trace)");
    assert_int_equal(list(fixture, "", SORT_DURATION), ERR_CORRUPT);
    store_file_run(fixture->path, "INSERT INTO trace_segment(id) VALUES(4611686018427387904)");
    assert_int_equal(list(fixture, "", SORT_DURATION), ERR_CORRUPT);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_answer_as_the_rows_do),
        cmocka_unit_test(late_spans_and_deletions_show_at_once),
        cmocka_unit_test(segments_of_an_earlier_version_learn),
        cmocka_unit_test(what_is_wrong_in_a_segment_is_found),
        cmocka_unit_test(what_comes_after_all_was_deleted_is_seen),
        cmocka_unit_test(numbers_that_cannot_be_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
