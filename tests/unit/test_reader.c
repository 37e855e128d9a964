/* test_reader — lists, summaries, groups, names, trees and bodies of a small store. */
#include <pthread.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "store_fixture.h"

enum { TRACES = 250, LONG_TRACE_SPANS = 30 };

#define LONG_TRACE   "abcdef00000000000000000000000001"
#define LONG_OTHER   "abcdef00000000000000000000000002"
#define RESOURCE     "{\"service.name\":\"api\",\"host.name\":\"node-1\"}"
#define LAST_TRACE_S (TRACES - 1)

static const char *const users[] = {"alice", "bob", "carol", NULL};
static const char *const operations[] = {"query:goals", "query:users", "mutation:createGoal"};

/* Trace i starts i seconds after the start (in pairs at the same moment, to test ties), takes
 * i + 1 ms, is an error when i % 10 is 3; the last one is still running. */
static void add_trace(struct batch *batch, int i)
{
    struct fixture_span row = {
        .trace = arena_format(&batch->arena, "%032x", 0x1000 + i).data,
        .id = "00000000000000aa",
        .name = operations[i % 3],
        .service = i % 2 == 0 ? "web" : "api",
        .type = i % 5 == 0 ? "http" : "graphql",
        .start_ms = INT64_C(1000) * (i / 2 * 2),
        .duration_ms = i == TRACES - 1 ? -1 : i + 1,
        .status = i == TRACES - 1 ? STATUS_IN_PROGRESS
                  : i % 10 == 3   ? STATUS_ERROR
                                  : STATUS_COMPLETED,
        .user = users[i % 4],
        .message = i % 10 == 3 ? "it broke" : NULL,
    };
    fixture_add(batch, &row);
}

static void add_long_trace(struct batch *batch)
{
    for (int i = 0; i < LONG_TRACE_SPANS; i++) {
        struct fixture_span row = {
            .trace = LONG_TRACE,
            .id = arena_format(&batch->arena, "%016x", i + 1).data,
            .parent = i > 0 ? arena_format(&batch->arena, "%016x", i).data : NULL,
            .name = i == 0 ? "root" : "step",
            .service = i % 2 == 0 ? "api" : "db",
            .type = "service",
            .start_ms = -5000 + i,
            .duration_ms = 100 - i,
            .status = STATUS_COMPLETED,
            .user = i == 0 ? "dave" : NULL,
            .attributes = i == 7 ? "{\"step\":7}" : NULL,
            .events = i == 7 ? "[{\"name\":\"seven\",\"timestamp_ns\":\"1\"}]" : NULL,
            .message = i == 7 ? "lucky" : NULL,
            .flags = i == 7 ? SPAN_HAS_EVENTS : 0,
            .resource = RESOURCE,
        };
        fixture_add(batch, &row);
    }
    fixture_add(batch, &(struct fixture_span){.trace = LONG_OTHER,
                                              .id = "0000000000000001",
                                              .name = "single",
                                              .start_ms = -6000,
                                              .duration_ms = 1,
                                              .status = STATUS_COMPLETED});
}

static int set_up(void **state)
{
    static const struct fixture_span first = {.trace = "00000000000000000000000000000fff",
                                              .id = "00000000000000aa",
                                              .name = "first",
                                              .start_ms = -9000,
                                              .duration_ms = 1,
                                              .status = STATUS_COMPLETED};
    struct fixture *fixture = fixture_new(&first, 1);
    struct batch *batch = batch_new();
    for (int i = 0; i < TRACES; i++) {
        add_trace(batch, i);
    }
    add_long_trace(batch);
    fixture_store(fixture, batch);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

enum { ALL_TRACES = TRACES + 3 };

static struct filter parsed(const char *source)
{
    struct filter filter = {0};
    struct filter_error error;
    if (filter_parse(text_from(source), &filter, &error) != ERR_OK) {
        fail_msg("%s: %s", source, error.text);
    }
    return filter;
}

/* ---- the list ------------------------------------------------------------------------------- */

/* Reads all pages; returns the numbers in the order in which they came. */
static size_t read_pages(struct reader *reader, struct list_question question, int64_t *numbers)
{
    size_t count = 0;
    struct list_answer answer = {0};
    struct arena cursors = {0}; /* a cursor's text must live until the next page is asked for */
    do {
        list_answer_clear(&answer);
        assert_int_equal(reader_list(reader, &question, &answer, NULL), ERR_OK);
        assert_true(answer.count <= question.limit);
        for (size_t i = 0; i < answer.count; i++) {
            size_t at = question.backward ? answer.count - 1 - i : i;
            assert_true(count < ALL_TRACES);
            numbers[count++] = answer.rows[at].number;
        }
        question.after = answer.next;
        question.after.key_text = arena_copy(&cursors, answer.next.key_text);
    } while (!answer.done);
    list_answer_clear(&answer);
    arena_clear(&cursors);
    return count;
}

/* Every order, both ways, from both ends: each row comes exactly once. */
static void pages_hold_every_trace_once(void **state)
{
    struct fixture *fixture = *state;
    int64_t forward[ALL_TRACES];
    int64_t backward[ALL_TRACES];
    for (int sort = 0; sort < SORT_COUNT; sort++) {
        for (int ascending = 0; ascending < 2; ascending++) {
            struct list_question question = {
                .sort = (enum list_sort)sort, .ascending = ascending, .limit = 7};
            assert_int_equal(read_pages(fixture->reader, question, forward), ALL_TRACES);
            question.backward = true;
            question.limit = 50;
            assert_int_equal(read_pages(fixture->reader, question, backward), ALL_TRACES);
            for (size_t i = 0; i < ALL_TRACES; i++) {
                assert_int_equal(forward[i], backward[ALL_TRACES - 1 - i]);
            }
        }
    }
}

static void list_is_sorted(void **state)
{
    struct fixture *fixture = *state;
    struct list_answer answer = {0};
    struct list_question question = {.sort = SORT_DURATION, .limit = ALL_TRACES};
    assert_int_equal(reader_list(fixture->reader, &question, &answer, NULL), ERR_OK);
    for (size_t i = 1; i < answer.count; i++) {
        assert_true(answer.rows[i - 1].duration_ns >= answer.rows[i].duration_ns);
    }
    assert_true(answer.done);
    list_answer_clear(&answer);
    question = (struct list_question){.sort = SORT_USER, .ascending = true, .limit = ALL_TRACES};
    assert_int_equal(reader_list(fixture->reader, &question, &answer, NULL), ERR_OK);
    for (size_t i = 1; i < answer.count; i++) {
        assert_true(text_compare(answer.rows[i - 1].user, answer.rows[i].user) <= 0);
    }
    list_answer_clear(&answer);
}

static void newest_row_has_all_its_fields(void **state)
{
    struct fixture *fixture = *state;
    struct list_answer answer = {0};
    struct list_question question = {.limit = 2};
    assert_int_equal(reader_list(fixture->reader, &question, &answer, NULL), ERR_OK);
    const struct trace_row *row = &answer.rows[0];
    assert_true(text_is(row->root_operation, operations[LAST_TRACE_S % 3]));
    assert_true(text_is(row->service, "api"));
    assert_true(text_is(row->services, "api"));
    assert_true(text_is(row->user, "bob"));
    assert_int_equal(row->status, STATUS_IN_PROGRESS);
    assert_int_equal(row->running_count, 1);
    assert_int_equal(row->start_ns, FIXTURE_START_NS + (LAST_TRACE_S - 1) * NS_PER_S);
    assert_true(row->has_root);
    char id[ID_PRINT_BYTES];
    id_print(&row->id, id);
    assert_string_equal(id, "000000000000000000000000000010f9");
    assert_false(answer.done);
    list_answer_clear(&answer);
}

/* A budget that is over at once still makes progress, and nothing is lost or doubled. */
static void slices_find_what_one_pass_finds(void **state)
{
    struct fixture *fixture = *state;
    int64_t numbers[ALL_TRACES];
    int64_t sliced[ALL_TRACES];
    struct filter filter = parsed("service:api OR broke");
    for (int ascending = 0; ascending < 2; ascending++) {
        struct list_question question = {.filter = &filter, .ascending = ascending, .limit = 20};
        size_t count = read_pages(fixture->reader, question, numbers);
        assert_in_range(count, 100, 200);
        question.budget_ns = 1;
        assert_int_equal(read_pages(fixture->reader, question, sliced), count);
        assert_memory_equal(numbers, sliced, count * sizeof numbers[0]);
    }
    filter_clear(&filter);
}

static void cancelled_reader_refuses_until_resumed(void **state)
{
    struct fixture *fixture = *state;
    struct list_question question = {.limit = 5};
    struct list_answer answer = {0};
    struct err_msg why;
    reader_cancel(fixture->reader);
    assert_int_equal(reader_list(fixture->reader, &question, &answer, &why), ERR_CANCELLED);
    reader_resume(fixture->reader);
    assert_int_equal(reader_list(fixture->reader, &question, &answer, &why), ERR_OK);
    assert_int_equal(answer.count, 5);
    list_answer_clear(&answer);
}

static void *cancel_soon(void *ctx)
{
    usleep(2000);
    reader_cancel(ctx);
    return NULL;
}

/* Wherever the cancel of another thread falls, inside a question or between two, it is seen. */
static void cancel_of_another_thread_is_seen(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;
    struct filter filter = parsed("(a.*b.*c.*d OR \"nowhere\") -x OR \"neither\"");
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, fixture->reader), 0);
    enum err err = ERR_OK;
    while (err == ERR_OK) {
        struct list_question question = {.filter = &filter, .limit = 5};
        struct list_answer answer = {0};
        err = reader_list(fixture->reader, &question, &answer, NULL);
        if (err == ERR_OK) {
            list_answer_clear(&answer);
        }
    }
    pthread_join(thread, NULL);
    assert_int_equal(err, ERR_CANCELLED);
    reader_resume(fixture->reader);
    filter_clear(&filter);
}

/* ---- figures -------------------------------------------------------------------------------- */

static struct summary summarise(struct reader *reader, struct summary_question question,
                                const char *query)
{
    struct filter filter = parsed(query);
    struct summary_work *work = NULL;
    struct summary summary = {0};
    question.filter = &filter;
    assert_int_equal(summary_begin(reader, &question, &work, NULL), ERR_OK);
    filter_clear(&filter); /* the work keeps its own */
    do {
        assert_int_equal(summary_step(work, &summary, NULL), ERR_OK);
    } while (!summary.done);
    summary_end(work);
    return summary;
}

static void summary_counts_everything(void **state)
{
    struct fixture *fixture = *state;
    struct summary summary =
        summarise(fixture->reader, (struct summary_question){.buckets = 60}, "op:query,mutation");
    assert_int_equal(summary.total, TRACES);
    assert_int_equal(summary.errors, TRACES / 10);
    assert_int_equal(summary.running, 1);
    assert_int_equal(summary.spans, TRACES);
    assert_int_equal(summary.min_ns, NS_PER_MS);
    assert_int_equal(summary.max_ns, 249 * NS_PER_MS);
    assert_int_equal(summary.p50_ns, 125 * NS_PER_MS); /* of 1..249 ms */
    assert_int_equal(summary.p99_ns, 247 * NS_PER_MS);
    assert_int_equal(summary.sum_ns, 249 * 250 / 2 * NS_PER_MS);
    assert_true(summary.exact);
    assert_int_equal(summary.first_ns, FIXTURE_START_NS);
    assert_int_equal(summary.last_ns, FIXTURE_START_NS + 248 * NS_PER_S);
}

static void histogram_has_pleasant_buckets(void **state)
{
    struct fixture *fixture = *state;
    struct summary summary =
        summarise(fixture->reader, (struct summary_question){.buckets = 60}, "op:query,mutation");
    assert_int_equal(summary.bucket_ns, 5 * NS_PER_S);
    assert_int_equal(summary.from_ns, FIXTURE_START_NS);
    assert_int_equal(summary.buckets, 50);
    int64_t count = 0;
    int64_t errors = 0;
    for (size_t i = 0; i < summary.buckets; i++) {
        count += summary.bucket[i].count;
        errors += summary.bucket[i].errors;
    }
    assert_int_equal(count, summary.total);
    assert_int_equal(errors, summary.errors);
    assert_int_equal(summary.bucket[0].count, 6); /* pairs at 0, 2 and 4 s */
    assert_int_equal(summary.bucket[0].bands[0], 6);
    assert_int_equal(summary.bucket[48].bands[1], summary.bucket[48].count);
}

static void histogram_keeps_the_asked_window(void **state)
{
    struct fixture *fixture = *state;
    struct summary_question question = {
        .buckets = 4, .from_ns = FIXTURE_START_NS + 10 * NS_PER_S, .bucket_ns = 2 * NS_PER_S};
    struct summary summary = summarise(fixture->reader, question, "");
    assert_int_equal(summary.total, ALL_TRACES);
    assert_int_equal(summary.buckets, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(summary.bucket[i].count, 2);
    }
}

static void summary_in_slices_is_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct summary_question question = {.buckets = 60};
    struct summary whole = summarise(fixture->reader, question, "service:api");
    question.budget_ns = 1;
    struct summary sliced = summarise(fixture->reader, question, "service:api");
    assert_memory_equal(&whole, &sliced, sizeof whole);
}

static void summary_of_nothing_is_empty(void **state)
{
    struct fixture *fixture = *state;
    struct summary summary =
        summarise(fixture->reader, (struct summary_question){.buckets = 60}, "user:nobody");
    assert_int_equal(summary.total, 0);
    assert_int_equal(summary.buckets, 0);
    assert_int_equal(summary.p50_ns, 0);
}

static void groups_are_counted(void **state)
{
    struct fixture *fixture = *state;
    struct group_answer answer = {0};
    struct filter filter = parsed("op:query,mutation");
    assert_int_equal(reader_groups(fixture->reader, &filter, GROUP_USER, 0, 10, &answer, NULL),
                     ERR_OK);
    assert_int_equal(answer.count, 4); /* one of them has no name */
    assert_true(text_is(answer.rows[0].name, "alice"));
    assert_int_equal(answer.rows[0].count, 63);
    assert_int_equal(answer.rows[0].min_ns, NS_PER_MS);
    assert_int_equal(answer.rows[0].max_ns, 249 * NS_PER_MS);
    assert_int_equal(answer.rows[0].p50_ns, 125 * NS_PER_MS);
    group_answer_clear(&answer);
    assert_int_equal(reader_groups(fixture->reader, &filter, GROUP_TYPE, 0, 1, &answer, NULL),
                     ERR_OK);
    assert_int_equal(answer.count, 1); /* the limit */
    assert_true(text_is(answer.rows[0].name, "graphql"));
    assert_int_equal(answer.rows[0].count, 200);
    assert_int_equal(answer.rows[0].errors, 25);
    group_answer_clear(&answer);
    assert_int_equal(reader_groups(fixture->reader, &filter, GROUP_ERROR, 0, 10, &answer, NULL),
                     ERR_OK);
    assert_true(answer.count > 0);
    int64_t failed = 0;
    for (size_t i = 0; i < answer.count; i++) {
        assert_int_equal(answer.rows[i].count, answer.rows[i].errors); /* nothing but failures */
        failed += answer.rows[i].count;
    }
    assert_int_equal(failed, 25);
    group_answer_clear(&answer);
    filter_clear(&filter);
}

static void baselines_say_what_is_usual(void **state)
{
    struct fixture *fixture = *state;
    const struct baseline_key keys[] = {
        {TEXT("db"), TEXT("step")},
        {TEXT("api"), TEXT("step")},
        {TEXT("db"), TEXT("query:goals")}, /* of other services only */
        {TEXT("web"), TEXT("no such operation")},
        {TEXT("api"), TEXT("query:goals")},
    };
    struct baseline found[ARRAY_LEN(keys)];
    for (int round = 0; round < 2; round++) { /* the second time the sample is there */
        memset(found, 0xff, sizeof found);
        assert_int_equal(reader_baselines(fixture->reader, keys, ARRAY_LEN(keys), found, NULL),
                         ERR_OK);
        assert_int_equal(found[0].count, 15); /* 71, 73, ... 99 ms */
        assert_int_equal(found[0].p50_ns, 85 * NS_PER_MS);
        assert_int_equal(found[0].p95_ns, 99 * NS_PER_MS);
        assert_int_equal(found[1].count, 14);
        assert_int_equal(found[2].count, 0);
        assert_int_equal(found[3].count, 0);
        assert_int_equal(found[3].p95_ns, 0);
        assert_int_equal(found[4].count, 41); /* the 42nd of them still runs */
    }
}

static void names_come_most_frequent_first(void **state)
{
    struct fixture *fixture = *state;
    struct arena arena = {0};
    struct name_count names[8];
    size_t count = 0;
    assert_int_equal(
        reader_names(fixture->reader, FIELD_USER, TEXT("A"), 8, &arena, names, &count, NULL),
        ERR_OK);
    assert_int_equal(count, 3); /* alice, carol, dave */
    assert_true(text_is(names[0].name, "alice"));
    assert_int_equal(names[0].count, 63);
    assert_true(text_is(names[2].name, "dave"));
    assert_int_equal(
        reader_names(fixture->reader, FIELD_SERVICE, TEXT(""), 2, &arena, names, &count, NULL),
        ERR_OK);
    assert_int_equal(count, 2);
    assert_true(text_is(names[0].name, "api"));
    arena_clear(&arena);
}

static void size_follows_the_store(void **state)
{
    struct fixture *fixture = *state;
    struct store_size size = {0};
    assert_int_equal(reader_size(fixture->reader, &size), ERR_OK);
    assert_int_equal(size.traces, ALL_TRACES);
    assert_int_equal(size.spans, TRACES + LONG_TRACE_SPANS + 2);
    assert_int_equal(size.oldest_ns, FIXTURE_START_NS - 9 * NS_PER_S);
    assert_int_equal(size.newest_ns, FIXTURE_START_NS + 248 * NS_PER_S);
    assert_true(size.file_bytes > 0);
    assert_int_equal(reader_size(fixture->reader, &size), ERR_OK);
    assert_int_equal(size.traces, ALL_TRACES);
}

/* ---- one trace ------------------------------------------------------------------------------ */

static void count_progress(size_t loaded, void *ctx)
{
    *(size_t *)ctx = loaded;
}

static void a_trace_opens_as_a_tree(void **state)
{
    struct fixture *fixture = *state;
    struct trace *trace = NULL;
    int64_t number = 0;
    size_t progress = 0;
    assert_int_equal(reader_find(fixture->reader, TEXT(LONG_TRACE), &number, NULL), ERR_OK);
    assert_int_equal(reader_trace(fixture->reader, number, count_progress, &progress, &trace, NULL),
                     ERR_OK);
    assert_int_equal(trace->count, LONG_TRACE_SPANS);
    assert_true(text_is(trace->row.user, "dave"));
    assert_int_equal(trace->roots, 1);
    for (size_t i = 0; i < trace->count; i++) {
        assert_int_equal(trace->spans[i].depth, i);
        assert_true(
            text_is(trace_span_service(trace, &trace->spans[i]), i % 2 == 0 ? "api" : "db"));
        assert_int_equal(trace->spans[i].duration_ns, (100 - (int64_t)i) * NS_PER_MS);
    }
    assert_true(text_is(trace_span_name(trace, &trace->spans[0]), "root"));
    struct span_body bodies[3];
    struct arena arena = {0};
    int64_t keys[] = {trace->spans[7].body, 999999, trace->spans[8].body};
    assert_int_equal(reader_bodies(fixture->reader, keys, 3, &arena, bodies, NULL), ERR_OK);
    assert_int_equal(bodies[0].body, keys[0]);
    assert_true(text_is(bodies[0].message, "lucky"));
    assert_true(text_is(bodies[0].attributes, "{\"step\":7}"));
    assert_true(text_is(bodies[0].resource, RESOURCE));
    assert_int_equal(bodies[1].body, 0);
    assert_true(text_is_empty(bodies[2].message));
    arena_clear(&arena);
    trace_free(trace);
}

static void without_descriptors_nothing_is_said_of_permissions(void **state)
{
    (void)state;
    const struct fixture_span row = {
        .trace = LONG_TRACE, .id = "0000000000000001", .name = "step", .duration_ms = 1};
    struct fixture *fixture = fixture_new(&row, 1);
    struct reader *reader = NULL;
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (int left = 0; left < 2; left++) { /* for the database, but not for its WAL */
        struct err_msg why = {""};
        int next = dup(STDERR_FILENO);
        close(next);
        none = (struct rlimit){.rlim_cur = (rlim_t)(next + left), .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        assert_int_equal(reader_open(fixture->path, &reader, &why), ERR_IO);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_non_null(strstr(why.text, "Too many open files"));
    }
    fixture_free(fixture);
}

/* Its rows may mean something else. */
static void rows_of_a_newer_program_are_not_read(void **state)
{
    (void)state;
    const struct fixture_span row = {
        .trace = LONG_TRACE, .id = "0000000000000001", .name = "step", .duration_ms = 1};
    struct fixture *fixture = fixture_new(&row, 1);
    struct list_question question = {.limit = 10};
    struct list_answer answer = {0};
    struct err_msg why = {""};
    sqlite3 *other = NULL;
    assert_int_equal(reader_list(fixture->reader, &question, &answer, &why), ERR_OK);
    list_answer_clear(&answer);
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(reader_list(fixture->reader, &question, &answer, &why), ERR_VERSION);
    assert_non_null(strstr(why.text, "newer tracetui"));
    assert_int_equal(sqlite3_exec(other, "PRAGMA user_version = 4", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(reader_list(fixture->reader, &question, &answer, &why), ERR_OK);
    list_answer_clear(&answer);
    sqlite3_close(other);
    fixture_free(fixture);
}

/* What happens in the file while a trace is being read. */
struct meanwhile {
    sqlite3 *other;
    bool copied_all;
};

static void write_and_wait(size_t loaded, void *ctx)
{
    struct meanwhile *meanwhile = ctx;
    if (loaded == 10000) {
        assert_int_equal(sqlite3_exec(meanwhile->other,
                                      "PRAGMA wal_autocheckpoint = 0;"
                                      "INSERT INTO name(kind, text) VALUES(9, 'meanwhile')",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        usleep(300 * 1000); /* longer than a snapshot is held */
    } else if (loaded == 20000) {
        int frames = -1, copied = -2;
        sqlite3_wal_checkpoint_v2(meanwhile->other, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames,
                                  &copied);
        meanwhile->copied_all = frames == copied;
    }
}

static void a_long_read_does_not_hold_the_log(void **state)
{
    enum { SPANS = 30000 };
    struct fixture_span *rows = mem_zero(SPANS, sizeof *rows);
    char(*ids)[17] = mem_zero(SPANS, sizeof *ids);
    for (int i = 0; i < SPANS; i++) {
        snprintf(ids[i], sizeof ids[i], "%016x", i + 1);
        rows[i] = (struct fixture_span){.trace = LONG_TRACE,
                                        .id = ids[i],
                                        .name = "step",
                                        .start_ms = i,
                                        .duration_ms = 1,
                                        .status = STATUS_COMPLETED};
    }
    struct fixture *fixture = fixture_new(rows, SPANS);
    struct meanwhile meanwhile = {0};
    struct trace *trace = NULL;
    int64_t number = 0;
    (void)state;
    assert_int_equal(sqlite3_open(fixture->path, &meanwhile.other), SQLITE_OK);
    assert_int_equal(reader_find(fixture->reader, TEXT(LONG_TRACE), &number, NULL), ERR_OK);
    assert_int_equal(
        reader_trace(fixture->reader, number, write_and_wait, &meanwhile, &trace, NULL), ERR_OK);
    assert_true(meanwhile.copied_all);
    assert_int_equal(trace->count, SPANS);
    assert_int_equal(trace->roots, SPANS);
    trace_free(trace);
    sqlite3_close(meanwhile.other);
    fixture_free(fixture);
    free(ids);
    free(rows);
}

static void ids_are_found_by_any_spelling_and_prefix(void **state)
{
    struct fixture *fixture = *state;
    struct err_msg why = {""};
    int64_t number = 0;
    int64_t other = 0;
    assert_int_equal(reader_find(fixture->reader, TEXT(LONG_TRACE), &number, &why), ERR_OK);
    assert_int_equal(
        reader_find(fixture->reader, TEXT(" ABCDEF00-0000-0000-0000-000000000001"), &other, &why),
        ERR_OK);
    assert_int_equal(number, other);
    assert_int_equal(reader_find(fixture->reader, TEXT("abcd"), &other, &why), ERR_AMBIGUOUS);
    assert_non_null(strstr(why.text, LONG_TRACE));
    assert_non_null(strstr(why.text, LONG_OTHER));
    assert_int_equal(reader_find(fixture->reader, TEXT("abc"), &other, &why), ERR_NOT_FOUND);
    assert_int_equal(reader_find(fixture->reader, TEXT("abce"), &other, &why), ERR_NOT_FOUND);
    assert_int_equal(reader_find(fixture->reader, TEXT("%_%_"), &other, &why), ERR_NOT_FOUND);
    assert_int_equal(reader_find(fixture->reader, TEXT("\xff\xfe\xfd\xfc"), &other, &why),
                     ERR_NOT_FOUND);
}

/* The zeros in front of a short id count when it is looked for, and are not printed. */
static void a_prefix_of_zeros_finds_a_trace_once(void **state)
{
    (void)state;
    static const struct fixture_span rows[] = {
        {.trace = "0000abcdabcdabcd", .id = "a", .name = "first", .status = STATUS_COMPLETED},
    };
    struct fixture *fixture = fixture_new(rows, ARRAY_LEN(rows));
    int64_t number = 0;
    assert_int_equal(reader_find(fixture->reader, TEXT("0000"), &number, NULL), ERR_OK);
    assert_int_equal(number, 1);
    fixture_free(fixture);
}

static void a_whole_id_wins_over_longer_ones(void **state)
{
    (void)state;
    static const struct fixture_span rows[] = {
        {.trace = "order-1", .id = "a", .name = "first", .status = STATUS_COMPLETED},
        {.trace = "order-10", .id = "a", .name = "tenth", .status = STATUS_COMPLETED},
    };
    struct fixture *fixture = fixture_new(rows, ARRAY_LEN(rows));
    struct arena arena = {0};
    struct trace_row row;
    int64_t number = 0;
    assert_int_equal(reader_find(fixture->reader, TEXT("order-1"), &number, NULL), ERR_OK);
    assert_int_equal(reader_trace_row(fixture->reader, number, &arena, &row), ERR_OK);
    assert_true(text_is(row.root_operation, "first"));
    assert_int_equal(reader_find(fixture->reader, TEXT("order"), &number, NULL), ERR_AMBIGUOUS);
    arena_clear(&arena);
    fixture_free(fixture);
}

static void a_trace_that_is_gone_is_not_found(void **state)
{
    struct fixture *fixture = *state;
    struct trace *trace = NULL;
    struct trace_row row;
    struct arena arena = {0};
    assert_int_equal(reader_trace(fixture->reader, 123456, NULL, NULL, &trace, NULL),
                     ERR_NOT_FOUND);
    assert_int_equal(reader_trace_row(fixture->reader, 123456, &arena, &row), ERR_NOT_FOUND);
    arena_clear(&arena);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void files_of_others_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct reader *reader = NULL;
    struct err_msg why = {""};
    char path[200];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/other.db", fixture->directory);
    assert_int_equal(reader_open(path, &reader, &why), ERR_NOT_FOUND);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE traces(id TEXT); CREATE TABLE spans(id TEXT)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(reader_open(path, &reader, &why), ERR_VERSION);
    assert_non_null(strstr(why.text, "import"));
    unlink(path);
}

static void version_moves_with_each_commit(void **state)
{
    struct fixture *fixture = *state;
    int64_t before = 0;
    int64_t same = 0;
    int64_t after = 0;
    assert_int_equal(reader_version(fixture->reader, &before), ERR_OK);
    assert_int_equal(reader_version(fixture->reader, &same), ERR_OK);
    assert_int_equal(before, same);
    struct batch *batch = batch_new();
    fixture_add(batch, &(struct fixture_span){.trace = LONG_OTHER,
                                              .id = "0000000000000002",
                                              .parent = "0000000000000001",
                                              .name = "late",
                                              .start_ms = -6000,
                                              .duration_ms = 1,
                                              .status = STATUS_COMPLETED});
    fixture_store(fixture, batch);
    assert_int_equal(reader_version(fixture->reader, &after), ERR_OK);
    assert_int_not_equal(before, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_hold_every_trace_once),
        cmocka_unit_test(list_is_sorted),
        cmocka_unit_test(newest_row_has_all_its_fields),
        cmocka_unit_test(slices_find_what_one_pass_finds),
        cmocka_unit_test(cancelled_reader_refuses_until_resumed),
        cmocka_unit_test(cancel_of_another_thread_is_seen),
        cmocka_unit_test(summary_counts_everything),
        cmocka_unit_test(histogram_has_pleasant_buckets),
        cmocka_unit_test(histogram_keeps_the_asked_window),
        cmocka_unit_test(summary_in_slices_is_the_same),
        cmocka_unit_test(summary_of_nothing_is_empty),
        cmocka_unit_test(groups_are_counted),
        cmocka_unit_test(baselines_say_what_is_usual),
        cmocka_unit_test(names_come_most_frequent_first),
        cmocka_unit_test(size_follows_the_store),
        cmocka_unit_test(a_trace_opens_as_a_tree),
        cmocka_unit_test(rows_of_a_newer_program_are_not_read),
        cmocka_unit_test(without_descriptors_nothing_is_said_of_permissions),
        cmocka_unit_test(a_long_read_does_not_hold_the_log),
        cmocka_unit_test(ids_are_found_by_any_spelling_and_prefix),
        cmocka_unit_test(a_prefix_of_zeros_finds_a_trace_once),
        cmocka_unit_test(a_whole_id_wins_over_longer_ones),
        cmocka_unit_test(a_trace_that_is_gone_is_not_found),
        cmocka_unit_test(files_of_others_are_refused),
        cmocka_unit_test(version_moves_with_each_commit),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
