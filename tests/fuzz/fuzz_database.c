/* fuzz_database — a database that somebody has damaged, or made, opened by a viewer.
 *
 * The input is a list of changes to a good file, eight bytes each: where (4, modulo its size), how
 * many bytes less one (1, at most 3), and the bytes (3). With one byte behind them the writer, the
 * checker and the importer try the file as well. With two bytes they are changes of rows instead:
 * which (1), and the number that is written there (7). */
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>

#include "store/check.h"
#include "store/foreign.h"
#include "store/trace.h"
#include "tests/fuzz/fuzz_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHANGE_BYTES = 8, FILE_LARGEST_BYTES = 1 << 20, BODIES_ASKED = 8 };

static char folder[] = "/dev/shm/fuzz-database-XXXXXX";
static char path[64];
static uint8_t good[FILE_LARGEST_BYTES];
static size_t good_bytes;

static void remove_store(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char name[96];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
    rmdir(folder);
}

/* Segments of traces that are all gone, and sums that say otherwise: a store that has these by
 * itself is too large to be tried often. */
static void add_block(void)
{
    static const char sql[] =
        "CREATE TEMP TABLE of_64 AS WITH RECURSIVE n(i) AS"
        " (SELECT 320 UNION ALL SELECT i + 1 FROM n WHERE i < 383) SELECT i FROM n;"
        "INSERT INTO trace_segment(id) SELECT i FROM of_64;"
        "INSERT INTO trace_column SELECT i * 16 + c.id, 0, 0, 0, 0, NULL FROM of_64,"
        " (SELECT i - 320 AS id FROM of_64 WHERE i < 333) AS c;"
        "INSERT INTO trace_block VALUES(5, 9, 3, 2, 0);"
        /* One trace of 5 ns and three spans. */
        "INSERT INTO trace_sum SELECT (5 * 8 + column1) << 28 | column1,"
        " x'01000000030A0A010505050101', zeroblob(128), x'0501', x'0000010000' FROM (VALUES(0), "
        "(1));";
    sqlite3 *db = NULL;
    check(sqlite3_open(path, &db) == SQLITE_OK);
    check(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
}

static void make_good(void)
{
    check(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/traces.db", folder);
    atexit(remove_store);
    fuzz_store_make(path);
    add_block();
    int file = open(path, O_RDONLY);
    ssize_t length = read(file, good, sizeof good);
    check(file >= 0 && length > 0 && (size_t)length < sizeof good);
    good_bytes = (size_t)length;
    close(file);
}

static void write_damaged(const uint8_t *data, size_t size)
{
    static uint8_t damaged[FILE_LARGEST_BYTES];
    memcpy(damaged, good, good_bytes);
    for (size_t at = 0; at + CHANGE_BYTES <= size; at += CHANGE_BYTES) {
        uint32_t where;
        memcpy(&where, data + at, sizeof where);
        size_t start = where % good_bytes;
        for (size_t i = 0; i <= data[at + 4] % 3U && start + i < good_bytes; i++) {
            damaged[start + i] = data[at + 5 + i];
        }
    }
    int file = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
    check(file >= 0 && write(file, damaged, good_bytes) == (ssize_t)good_bytes);
    close(file);
}

/* What flips of bytes rarely make: numbers of any size in a file that SQLite finds whole. */
static void change_rows(const uint8_t *data, size_t size)
{
    static const char *const changes[] = {
        "UPDATE span SET start_ns = ?1",
        "UPDATE span SET start_ns = ?1 WHERE parent IS NULL",
        "UPDATE span SET duration_ns = ?1",
        "UPDATE span SET duration_ns = ?1 WHERE parent IS NULL",
        "UPDATE span SET status = ?1",
        "UPDATE span SET kind = ?1",
        "UPDATE span SET flags = ?1",
        "UPDATE span SET name = ?1",
        "UPDATE span SET body = ?1",
        "UPDATE trace SET start_ns = ?1",
        "UPDATE trace SET duration_ns = ?1",
        "UPDATE trace SET status = ?1",
        "UPDATE trace SET span_count = ?1",
        "UPDATE trace SET created_at = ?1",
        "UPDATE trace SET ranks = zeroblob(1)",
        "UPDATE trace SET number = ?1 WHERE number = 1",
        "UPDATE trace_key_end SET number = ?1",
        "DELETE FROM trace_key_end",
        "INSERT INTO trace_gone VALUES(?1)",
        "UPDATE body SET id = ?1 WHERE id = 1",
        "UPDATE trace_block SET id = ?1",
        "UPDATE trace_block SET level = ?1",
        "UPDATE trace_block SET dimensions = ?1, next_dimension = ?1, next_value = ?1",
        "UPDATE trace_sum SET id = ?1 WHERE id % 2 = 0",
        "UPDATE trace_sum SET figures = CAST(?1 AS BLOB) || substr(figures, 5)",
        "UPDATE trace_sum SET durations = CAST(?1 AS BLOB)",
        "UPDATE trace_segment SET start_least = ?1, start_largest = ?1",
        "UPDATE trace_column SET least = ?1, count = 1",
    };
    sqlite3 *db = NULL;
    check(sqlite3_open(path, &db) == SQLITE_OK);
    for (size_t at = 0; at + CHANGE_BYTES <= size; at += CHANGE_BYTES) {
        sqlite3_stmt *change = NULL;
        uint64_t number = 0;
        for (size_t i = 1; i < CHANGE_BYTES; i++) {
            number = number << 8 | data[at + i];
        }
        number <<= data[at] & 8; /* to the sign, or not */
        check(sqlite3_prepare_v2(db, changes[data[at] % (sizeof changes / sizeof changes[0])], -1,
                                 &change, NULL) == SQLITE_OK);
        sqlite3_bind_int64(change, 1, (int64_t)number);
        sqlite3_step(change);
        sqlite3_finalize(change);
    }
    sqlite3_close(db);
}

static void look_at_trace(struct reader *reader, int64_t number)
{
    struct err_msg why = {""};
    struct trace *trace = NULL;
    if (reader_trace(reader, number, NULL, NULL, &trace, &why) != ERR_OK) {
        return;
    }
    struct arena arena = {0};
    int64_t keys[BODIES_ASKED];
    size_t count = 0;
    for (; count < BODIES_ASKED && count < trace->count; count++) {
        keys[count] = trace->spans[count].body;
    }
    struct span_body bodies[BODIES_ASKED];
    (void)!reader_bodies(reader, keys, count, &arena, bodies, &why);
    arena_clear(&arena);
    trace_free(trace);
}

static void look_at_all(struct reader *reader)
{
    struct err_msg why = {""};
    struct store_size size;
    (void)!reader_size(reader, &size);
    struct list_answer list = {0};
    struct list_question question = {.limit = 20, .now_ns = FUZZ_NOW_NS};
    if (reader_list(reader, &question, &list, &why) == ERR_OK) {
        for (size_t i = 0; i < list.count; i++) {
            look_at_trace(reader, list.rows[i].number);
        }
        list_answer_clear(&list);
    }
    struct summary summary;
    struct summary_work *work = NULL;
    struct summary_question sum = {.now_ns = FUZZ_NOW_NS, .buckets = 20};
    if (summary_begin(reader, &sum, &work, &why) == ERR_OK) {
        (void)!summary_step(work, &summary, &why);
        summary_end(work);
    }
    struct group_answer groups = {0};
    if (reader_groups(reader, NULL, GROUP_OPERATION, FUZZ_NOW_NS, 10, &groups, &why) == ERR_OK) {
        group_answer_clear(&groups);
    }
}

static enum err drop(struct text body, size_t first, void *ctx, struct err_msg *why)
{
    (void)body;
    (void)first;
    (void)ctx;
    (void)why;
    return ERR_OK;
}

static void hear(const char *problem, void *ctx)
{
    (void)ctx;
    check(problem[0] != '\0');
}

/* The other ways a file comes in. */
static void try_others(void)
{
    struct err_msg why = {""};
    struct check_report report;
    struct counters counters;
    struct writer *writer = NULL;
    (void)!foreign_read(path, drop, NULL, &why);
    (void)!store_check(path, hear, NULL, &report, &why);
    counters_init(&counters);
    struct writer_options options = {.path = path, .counters = &counters};
    if (writer_start(&options, &writer, &why) == ERR_OK) {
        fuzz_store_send(writer);
        writer_stop(writer);
    }
    counters_clear(&counters);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader *reader = NULL;
    struct err_msg why = {""};
    if (good_bytes == 0) {
        make_good();
    }
    bool rows = size % CHANGE_BYTES == 2;
    write_damaged(data, rows ? 0 : size);
    if (rows) {
        change_rows(data, size);
    }
    if (reader_open(path, &reader, &why) == ERR_OK) {
        look_at_all(reader);
        reader_close(reader);
    } else {
        check(why.text[0] != '\0');
    }
    if (rows || size % CHANGE_BYTES == 1) {
        try_others();
    }
    return 0;
}
