/* store_file — what a test asks of a store's file, and does to it, behind the program's back. */
#ifndef TRACETUI_TESTS_UNIT_STORE_FILE_H
#define TRACETUI_TESTS_UNIT_STORE_FILE_H

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/check.h"

enum { STORE_FILE_PATIENCE_MS = 5000 }; /* while a writer is at work */

static inline sqlite3 *store_file_open(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, STORE_FILE_PATIENCE_MS);
    return db;
}

static inline void store_file_run(const char *path, const char *sql)
{
    char *problem = NULL;
    sqlite3 *db = store_file_open(path);
    if (sqlite3_exec(db, sql, NULL, NULL, &problem) != SQLITE_OK) {
        fail_msg("%s: %s", sql, problem);
    }
    sqlite3_close(db);
}

/* The first column of the only row. */
static inline int64_t store_file_ask(const char *path, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *db = store_file_open(path);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

static inline void store_file_tell(const char *problem, void *ctx)
{
    (void)ctx;
    print_error("%s\n", problem);
}

static inline struct check_report store_file_check(const char *path)
{
    struct check_report report;
    assert_int_equal(store_check(path, store_file_tell, NULL, &report, NULL), ERR_OK);
    return report;
}

#endif
