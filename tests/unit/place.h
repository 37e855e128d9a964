/* place — a database in a directory of its own for a test, asked as strangers would ask it. */
#ifndef TRACETUI_TESTS_UNIT_PLACE_H
#define TRACETUI_TESTS_UNIT_PLACE_H

/* cmocka.h needs the first four, in front of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/writer.h"
#include "tests/unit/store_file.h"

struct place {
    char directory[256];
    char path[300];
    struct counters counters;
};

static inline int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    const char *base = getenv("TMPDIR");
    snprintf(place->directory, sizeof place->directory, "%s/tt-unit-XXXXXX",
             base != NULL ? base : "/tmp");
    if (mkdtemp(place->directory) == NULL) {
        free(place);
        return -1;
    }
    snprintf(place->path, sizeof place->path, "%s/traces.db", place->directory);
    counters_init(&place->counters);
    *state = place;
    return 0;
}

static inline int tear_down(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock", "-journal"};
    struct place *place = *state;
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        char name[320];
        snprintf(name, sizeof name, "%s%s", place->path, suffixes[i]);
        unlink(name);
    }
    counters_clear(&place->counters);
    int failed = rmdir(place->directory);
    free(place);
    return failed;
}

/* Options for the writer of this place; the test may change them. */
static inline struct writer_options options_of(struct place *place)
{
    return (struct writer_options){.path = place->path, .counters = &place->counters};
}

/* Runs SQL as an application of its own would. */
static inline void run_sql(const struct place *place, const char *sql)
{
    store_file_run(place->path, sql);
}

static inline int64_t ask(const struct place *place, const char *sql)
{
    return store_file_ask(place->path, sql);
}

static inline void expect_text(const struct place *place, const char *sql, const char *expected)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const char *value = (const char *)sqlite3_column_text(statement, 0);
    if (expected == NULL) {
        assert_null(value);
    } else {
        assert_non_null(value);
        assert_string_equal(value, expected);
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

/* ---- waiting for the writer ----------------------------------------------------------------- */

struct waiter {
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    bool done;
    struct writer_verdict verdict; /* text is not kept */
};

static inline void waiter_done(const struct writer_verdict *verdict, void *ctx)
{
    struct waiter *waiter = ctx;
    pthread_mutex_lock(&waiter->mutex);
    waiter->verdict = *verdict;
    waiter->verdict.text = NULL;
    waiter->done = true;
    pthread_cond_signal(&waiter->answered);
    pthread_mutex_unlock(&waiter->mutex);
}

static inline struct writer_verdict waiter_wait(struct waiter *waiter)
{
    pthread_mutex_lock(&waiter->mutex);
    while (!waiter->done) {
        pthread_cond_wait(&waiter->answered, &waiter->mutex);
    }
    pthread_mutex_unlock(&waiter->mutex);
    return waiter->verdict;
}

/* Submits and waits for the answer. */
static inline struct writer_verdict store_batch(struct writer *writer, struct batch *batch)
{
    struct waiter waiter = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, {0}};
    assert_int_equal(writer_submit(writer, batch, waiter_done, &waiter), ERR_OK);
    return waiter_wait(&waiter);
}

static inline struct writer_verdict prune_before(struct writer *writer, int64_t cutoff_ns)
{
    struct waiter waiter = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, {0}};
    assert_int_equal(writer_prune(writer, cutoff_ns, waiter_done, &waiter), ERR_OK);
    return waiter_wait(&waiter);
}

/* A finished span of 10 ms, complete but for what the test is about. parent may be NULL. */
static inline struct span *add_span(struct batch *batch, const char *trace, const char *id,
                                    const char *parent, int64_t start_ns)
{
    struct span *span = batch_add(batch);
    assert_int_equal(id_parse_trace(text_from(trace), &span->trace), ERR_OK);
    assert_int_equal(id_parse_span(text_from(id), &span->id), ERR_OK);
    if (parent != NULL) {
        assert_int_equal(id_parse_span(text_from(parent), &span->parent), ERR_OK);
    }
    span->name = TEXT("work");
    span->type = TEXT("http");
    span->service = TEXT("shop");
    span->status = STATUS_COMPLETED;
    span->start_ns = start_ns;
    span->end_ns = start_ns + 10 * 1000 * 1000;
    return span;
}

#endif
