/* test_schema — which files the store opens, which it refuses, and what people see in them. */
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/reader.h"
#include "tests/unit/place.h"

static enum err start(struct place *place, struct writer **ret_writer, struct err_msg *why)
{
    struct writer_options options = options_of(place);
    return writer_start(&options, ret_writer, why);
}

static void start_and_stop(struct place *place)
{
    struct writer *writer = NULL;
    struct err_msg why = {""};
    assert_int_equal(start(place, &writer, &why), ERR_OK);
    writer_stop(writer);
}

static void write_file(const struct place *place, const char *content)
{
    FILE *file = fopen(place->path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void new_file_is_private_and_ours(void **state)
{
    struct place *place = *state;
    struct stat found;
    start_and_stop(place);
    assert_int_equal(stat(place->path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    assert_int_equal(ask(place, "PRAGMA application_id"), 0x74747569);
    assert_int_equal(ask(place, "PRAGMA user_version"), 4);
    assert_int_equal(ask(place, "PRAGMA auto_vacuum"), 2);
    assert_int_equal(ask(place, "PRAGMA page_size"), 8192);
    start_and_stop(place); /* and it opens again */
}

static void missing_directories_are_made(void **state)
{
    struct place *place = *state;
    char parent[300], file[300];
    struct stat found;
    snprintf(parent, sizeof parent, "%s/a", place->directory);
    snprintf(file, sizeof file, "%s/a/b", place->directory);
    struct place deep = *place;
    snprintf(deep.path, sizeof deep.path, "%s/a/b/traces.db", place->directory);
    start_and_stop(&deep);
    assert_int_equal(stat(file, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0700);
    unlink(deep.path);
    assert_int_equal(rmdir(file), 0);
    assert_int_equal(rmdir(parent), 0);
}

static void empty_file_becomes_a_database(void **state)
{
    struct place *place = *state;
    write_file(place, "");
    start_and_stop(place);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 0);
}

static void other_layout_is_refused_and_untouched(void **state)
{
    struct place *place = *state;
    struct writer *writer = NULL;
    struct err_msg why = {""};
    run_sql(place, "CREATE TABLE traces(id TEXT PRIMARY KEY, root_operation TEXT);"
                   "CREATE TABLE spans(id TEXT PRIMARY KEY, trace_id TEXT);"
                   "INSERT INTO traces VALUES('t1', 'checkout');");
    assert_int_equal(start(place, &writer, &why), ERR_VERSION);
    assert_non_null(strstr(why.text, "tracetui import --format sqlite"));
    assert_int_equal(ask(place, "SELECT count(*) FROM sqlite_master WHERE type = 'table'"), 2);
    assert_int_equal(ask(place, "SELECT count(*) FROM traces"), 1);
    assert_int_equal(ask(place, "PRAGMA application_id"), 0);
}

static void database_of_another_application_is_refused(void **state)
{
    struct place *place = *state;
    struct writer *writer = NULL;
    struct err_msg why = {""};
    run_sql(place, "CREATE TABLE recipes(name TEXT)");
    assert_int_equal(start(place, &writer, &why), ERR_VERSION);
    assert_non_null(strstr(why.text, "another application"));
    assert_int_equal(ask(place, "SELECT count(*) FROM sqlite_master"), 1);
}

static void newer_version_is_refused_by_number(void **state)
{
    struct place *place = *state;
    struct writer *writer = NULL;
    struct err_msg why = {""};
    start_and_stop(place);
    run_sql(place, "PRAGMA user_version = 7");
    assert_int_equal(start(place, &writer, &why), ERR_VERSION);
    assert_non_null(strstr(why.text, "version 7"));
    assert_non_null(strstr(why.text, "version 4"));
}

/* Version 1 kept the metadata of a span in its body; the program knows both. */
static void version_1_is_read_and_becomes_the_present_one(void **state)
{
    struct place *place = *state;
    start_and_stop(place);
    run_sql(place, "DROP TRIGGER trace_key_is_gone; DROP TABLE trace_key; DROP TABLE trace_key_end;"
                   "CREATE UNIQUE INDEX trace_id ON trace(id); PRAGMA user_version = 1");
    struct reader *reader = NULL;
    assert_int_equal(reader_open(place->path, &reader, NULL), ERR_OK);
    reader_close(reader);
    assert_int_equal(ask(place, "PRAGMA user_version"), 1);
    start_and_stop(place);
    assert_int_equal(ask(place, "PRAGMA user_version"), 4);
}

static bool has_lock_file(const struct place *place)
{
    char name[320];
    snprintf(name, sizeof name, "%s.lock", place->path);
    return access(name, F_OK) == 0;
}

static void refused_file_gets_no_neighbour(void **state)
{
    struct place *place = *state;
    struct writer *writer = NULL;
    struct err_msg why = {""};
    run_sql(place, "CREATE TABLE contacts(name TEXT)");
    assert_int_equal(start(place, &writer, &why), ERR_VERSION);
    assert_false(has_lock_file(place));
    unlink(place->path);
    start_and_stop(place);
    assert_false(has_lock_file(place));
}

static void wal_of_another_application_stays(void **state)
{
    struct place *place = *state;
    struct writer *writer = NULL;
    struct err_msg why = {""};
    char wal[320];
    struct stat before, after;
    sqlite3 *db = NULL;
    snprintf(wal, sizeof wal, "%s-wal", place->path);
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    assert_int_equal(sqlite3_exec(db,
                                  "PRAGMA journal_mode = WAL; CREATE TABLE contacts(name TEXT);",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(stat(wal, &before), 0);
    assert_int_equal(start(place, &writer, &why), ERR_VERSION);
    assert_int_equal(stat(wal, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
}

static void lock_of_a_killed_owner_is_taken_over(void **state)
{
    struct place *place = *state;
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t owner = fork();
    if (owner == 0) {
        struct writer *writer = NULL;
        struct err_msg why = {""};
        byte = start(place, &writer, &why) == ERR_OK ? 'y' : 'n';
        (void)!write(ready[1], &byte, 1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(writer_owner(place->path, NULL, 0), owner);
    kill(owner, SIGKILL);
    waitpid(owner, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    assert_true(has_lock_file(place));
    assert_int_equal(writer_owner(place->path, NULL, 0), 0);
    start_and_stop(place);
}

static void file_that_is_no_database_is_refused(void **state)
{
    struct place *place = *state;
    struct writer *writer = NULL;
    struct err_msg why = {""};
    write_file(place, "Dear diary, today I was opened by a trace explorer. It was strange.\n");
    assert_int_equal(start(place, &writer, &why), ERR_CORRUPT);
    assert_non_null(strstr(why.text, place->path));
    assert_non_null(strstr(why.text, "not a database"));
}

static void unwritable_place_is_named(void **state)
{
    struct place *place = *state;
    struct writer *writer = NULL;
    struct err_msg why = {""};
    struct writer_options options = {.path = "/proc/no/such/traces.db",
                                     .counters = &place->counters};
    assert_int_equal(writer_start(&options, &writer, &why), ERR_IO);
    assert_non_null(strstr(why.text, "/proc/no"));
}

static void second_writer_is_told_who_writes(void **state)
{
    struct place *place = *state;
    struct writer *writer = NULL, *second = NULL;
    struct err_msg why = {""};
    char pid[32];
    assert_int_equal(writer_owner(place->path, NULL, 0), 0);
    assert_int_equal(start(place, &writer, &why), ERR_OK);
    assert_int_equal(writer_owner(place->path, NULL, 0), getpid());
    assert_int_equal(start(place, &second, &why), ERR_LOCKED);
    snprintf(pid, sizeof pid, "process %d", (int)getpid());
    assert_non_null(strstr(why.text, pid));
    writer_stop(writer);
    assert_int_equal(writer_owner(place->path, NULL, 0), 0);
    start_and_stop(place);
}

struct claimant {
    struct place *place;
    struct writer *writer;
    enum err err;
    atomic_bool done;
};

static void *claim(void *ctx)
{
    struct claimant *claimant = ctx;
    struct err_msg why = {""};
    struct writer_options options = options_of(claimant->place);
    options.tenure = TENURE_CLAIM;
    claimant->err = writer_start(&options, &claimant->writer, &why);
    atomic_store(&claimant->done, true);
    return NULL;
}

static void lent_database_is_given_to_who_claims_it(void **state)
{
    struct place *place = *state;
    struct writer *lender = NULL, *other = NULL;
    struct err_msg why = {""};
    struct writer_options lending = options_of(place);
    struct claimant claimant = {.place = place};
    pthread_t thread;
    lending.tenure = TENURE_LEND;
    assert_int_equal(writer_start(&lending, &lender, &why), ERR_OK);
    assert_false(writer_is_claimed(lender));
    assert_int_equal(start(place, &other, &why), ERR_LOCKED); /* asks for nothing */
    assert_false(writer_is_claimed(lender));

    assert_int_equal(pthread_create(&thread, NULL, claim, &claimant), 0);
    while (!writer_is_claimed(lender) && !atomic_load(&claimant.done)) {
        sched_yield();
    }
    assert_false(atomic_load(&claimant.done));
    writer_stop(lender);
    pthread_join(thread, NULL);
    assert_int_equal(claimant.err, ERR_OK);

    /* Who claimed it keeps it. */
    struct claimant late = {.place = place};
    claim(&late);
    assert_int_equal(late.err, ERR_LOCKED);
    assert_false(writer_is_claimed(claimant.writer));
    writer_stop(claimant.writer);
}

/* ---- the views ------------------------------------------------------------------------------ */

/* Stores one span whose ids are spelled like that; writer_stop has committed it. */
static void store_span(struct place *place, const char *trace, const char *id, const char *parent)
{
    struct writer *writer = NULL;
    struct err_msg why = {""};
    struct batch *batch = batch_new();
    struct span *span = batch_add(batch);
    assert_int_equal(id_parse_trace(text_from(trace), &span->trace), ERR_OK);
    assert_int_equal(id_parse_span(text_from(id), &span->id), ERR_OK);
    if (parent != NULL) {
        assert_int_equal(id_parse_span(text_from(parent), &span->parent), ERR_OK);
    }
    span->name = TEXT("checkout");
    span->type = TEXT("http");
    span->service = TEXT("shop");
    span->status = STATUS_COMPLETED;
    span->start_ns = INT64_C(1700000000000900000);
    span->end_ns = INT64_C(1700000000002400000);
    assert_int_equal(start(place, &writer, &why), ERR_OK);
    assert_int_equal(writer_submit(writer, batch, NULL, NULL), ERR_OK);
    writer_stop(writer);
}

static void ids_print_as_they_came(void **state)
{
    static const struct {
        const char *trace, *id, *parent;
    } cases[] = {
        {"000102030405060708090a0b0c0d0e0f", "0001020304050607", "a0a1a2a3a4a5a6a7"},
        {"b7c09d20-51b4-4e0c-9a55-0c1e77ab90f1", "11c09d20-51b4-4e0c-9a55-0c1e77ab90f1",
         "22c09d20-51b4-4e0c-9a55-0c1e77ab90f1"},
        {"48485a3953bb6124", "48485a3953bb6125", NULL},
        {"abc-123-def", "span-1", "span-0"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char sql[128];
        store_span(*state, cases[i].trace, cases[i].id, cases[i].parent);
        snprintf(sql, sizeof sql, "SELECT id FROM traces LIMIT 1 OFFSET %zu", i);
        expect_text(*state, sql, cases[i].trace);
        snprintf(sql, sizeof sql, "SELECT trace_id FROM spans LIMIT 1 OFFSET %zu", i);
        expect_text(*state, sql, cases[i].trace);
        snprintf(sql, sizeof sql, "SELECT id FROM spans LIMIT 1 OFFSET %zu", i);
        expect_text(*state, sql, cases[i].id);
        snprintf(sql, sizeof sql, "SELECT parent_span_id FROM spans LIMIT 1 OFFSET %zu", i);
        expect_text(*state, sql, cases[i].parent);
    }
}

static void views_speak_milliseconds(void **state)
{
    struct place *place = *state;
    store_span(place, "abc", "root", NULL);
    assert_int_equal(ask(place, "SELECT started_at FROM traces"), INT64_C(1700000000000));
    assert_int_equal(ask(place, "SELECT ended_at FROM traces"), INT64_C(1700000000002));
    assert_int_equal(ask(place, "SELECT duration_ms FROM traces"), 2);
    assert_int_equal(ask(place, "SELECT duration_ns FROM spans"), 1500000);
    expect_text(place, "SELECT status FROM traces", "completed");
    expect_text(place, "SELECT metadata FROM traces", "{}");
    expect_text(place, "SELECT attributes FROM spans", "{}");
    expect_text(place, "SELECT events FROM spans", "[]");
    expect_text(place, "SELECT parent_span_id FROM spans", NULL);
    expect_text(place, "SELECT user_id FROM traces", NULL);
    expect_text(place,
                "SELECT operation_name || ' ' || operation_type || ' ' || service FROM spans",
                "checkout http shop");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(new_file_is_private_and_ours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_directories_are_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(empty_file_becomes_a_database, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_layout_is_refused_and_untouched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(database_of_another_application_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(newer_version_is_refused_by_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(version_1_is_read_and_becomes_the_present_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(refused_file_gets_no_neighbour, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wal_of_another_application_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lock_of_a_killed_owner_is_taken_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(file_that_is_no_database_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unwritable_place_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(second_writer_is_told_who_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lent_database_is_given_to_who_claims_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ids_print_as_they_came, set_up, tear_down),
        cmocka_unit_test_setup_teardown(views_speak_milliseconds, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
