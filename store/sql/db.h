/* db — SQLite connections as both sides need them: opening, errors in words, texts and ids. */
#ifndef TRACETUI_STORE_SQL_DB_H
#define TRACETUI_STORE_SQL_DB_H

#include <sqlite3.h>
#include <stdbool.h>

#include "store/span.h"

enum db_mode {
    DB_READ,         /* query_only, never checkpoints */
    DB_WRITE,        /* synchronous=NORMAL: safe against crashes of the program */
    DB_WRITE_DURABLE /* synchronous=FULL: also against power cuts, for every commit */
};

enum { DB_WRITER_PATIENCE_MS = 2000 }; /* with others who lock the database */

/* Opens the file and checks that it is ours; a writer makes the file and its tables when
 * missing. Errors: ERR_NOT_FOUND (readers: no file yet, or nothing in it); ERR_VERSION
 * not our layout: the file was not touched; ERR_CORRUPT, ERR_FULL, ERR_IO, ERR_LOCKED. */
enum err db_open(const char *path, enum db_mode mode, sqlite3 **ret_db,
                 struct err_msg *why) MUST_CHECK;
void db_close(sqlite3 *db); /* NULL is fine; all statements must be finalized */

/* True when the file is no longer where it was opened: what is written now is lost. */
bool db_has_moved(sqlite3 *db);

/* Files come from strangers too: their schema may call nothing dangerous. */
void db_distrust(sqlite3 *db);

/* Translates a result code: the text says what happened and what to do. SQLITE_OK, _ROW and _DONE
 * give ERR_OK. SQLITE_INTERRUPT gives ERR_CANCELLED. */
enum err db_error(sqlite3 *db, int rc, struct err_msg *why) MUST_CHECK;

/* Runs statements without parameters and without results. */
enum err db_run(sqlite3 *db, const char *sql, struct err_msg *why) MUST_CHECK;

/* Ends the transaction if one is open, undoing it. */
void db_rollback(sqlite3 *db);

/* The first column of the first row; ERR_NOT_FOUND without a row. */
enum err db_get_i64(sqlite3 *db, const char *sql, int64_t *ret_value,
                    struct err_msg *why) MUST_CHECK;
/* The number behind the one the query gives, the largest so far. Errors: ERR_CORRUPT no such
 * numbers come from us. */
enum err db_get_next(sqlite3 *db, const char *sql, int64_t *ret_next,
                     struct err_msg *why) MUST_CHECK;

/* A statement that will be used often (SQLITE_PREPARE_PERSISTENT). */
enum err db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement,
                    struct err_msg *why) MUST_CHECK;

/* The same for several, up to the first that fails. Owns: the caller finalizes what is there. */
struct db_statement {
    sqlite3_stmt **place;
    const char *sql;
};
enum err db_prepare_all(sqlite3 *db, const struct db_statement *statements, size_t count,
                        struct err_msg *why) MUST_CHECK;

/* Steps a statement without results and resets it. Bindings stay. */
enum err db_step_reset(sqlite3_stmt *statement, struct err_msg *why) MUST_CHECK;

/* Parameters count from 1. Texts and ids must live until the statement is reset or bound anew. */
void db_bind_text(sqlite3_stmt *statement, int parameter, struct text text);   /* empty: NULL */
void db_bind_string(sqlite3_stmt *statement, int parameter, struct text text); /* empty: '' */
void db_bind_i64(sqlite3_stmt *statement, int parameter, int64_t value);
void db_bind_nonzero(sqlite3_stmt *statement, int parameter, int64_t value); /* 0: NULL */
void db_bind_blob(sqlite3_stmt *statement, int parameter, const void *bytes, size_t length);
/* A copy of the value. */
void db_bind_value(sqlite3_stmt *statement, int parameter, const sqlite3_value *value);
/* TEXT for ID_TEXT, NULL for none, else BLOB. */
void db_bind_id(sqlite3_stmt *statement, int parameter, const struct id *id);

/* Columns count from 0. The text is borrowed until the next step or reset; NULL gives the absent
 * text. */
struct text db_column_text(sqlite3_stmt *statement, int column);
/* Times as they are in every row of ours, whatever a damaged one says: start >= 0, duration >= 0,
 * and their sum fits. So nothing behind here need fear to add or subtract them. */
int64_t db_column_start(sqlite3_stmt *statement, int column);
int64_t db_column_duration(sqlite3_stmt *statement, int column, int64_t start_ns);
/* A count as in every row of ours, whatever a damaged one says: from 0 to 2^40, so that sums of
 * them fit. The second reads it from a column. */
int64_t db_count(int64_t stored);
int64_t db_column_count(sqlite3_stmt *statement, int column);
/* A duration alone: SPAN_RUNNING for the NULL of a span that has not ended. */
int64_t db_column_ended_duration(sqlite3_stmt *statement, int column);
/* form: how a BLOB prints; TEXT gives ID_TEXT and NULL ID_NONE whatever form says. Blobs and texts
 * that are too long for an id are cut. */
struct id db_column_id(sqlite3_stmt *statement, int column, enum id_form form);

#endif
