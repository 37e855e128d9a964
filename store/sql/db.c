/* db — SQLite connections as both sides need them: opening, errors in words, texts and ids. */
#include "store/sql/db.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sql/block_store.h"
#include "store/sql/file_mode.h"
#include "store/sql/retention.h"
#include "store/sql/schema.h"
#include "store/sql/segment_store.h"

enum { READER_BUSY_TIMEOUT_MS = 1000 };

/* Of traces and bodies, which get them one by one. */
static const int64_t number_largest = INT64_C(1) << 60;

/* Of the spans of a trace, far above what a file can hold. */
static const int64_t count_largest = INT64_C(1) << 40;

/* Before the first table: auto_vacuum and page_size cannot be changed later without a rewrite. That
 * is nothing yet, and needed where others have made a file with nothing in it. */
static const char new_file_pragmas[] = "PRAGMA page_size = 8192;"
                                       "PRAGMA auto_vacuum = INCREMENTAL;"
                                       "VACUUM;";

static const char writer_pragmas[] = "PRAGMA journal_mode = WAL;"
                                     "PRAGMA secure_delete = FAST;"
                                     "PRAGMA cache_size = -65536;"
                                     "PRAGMA journal_size_limit = 67108864;"
                                     "PRAGMA temp_store = MEMORY;"
                                     "PRAGMA foreign_keys = OFF;";

static const char reader_pragmas[] = "PRAGMA cache_size = -32768;"
                                     "PRAGMA wal_autocheckpoint = 0;"
                                     "PRAGMA temp_store = MEMORY;"
                                     "PRAGMA mmap_size = 268435456;";

/* ---- errors --------------------------------------------------------------------------------- */

static const struct {
    int rc;
    enum err code;
    const char *text;
} problems[] = {
    {SQLITE_FULL, ERR_FULL, "disk full: free some space on the device of the database"},
    {SQLITE_BUSY, ERR_LOCKED, "database locked: another program keeps it busy, close that one"},
    {SQLITE_LOCKED, ERR_LOCKED, "database locked: another program keeps it busy, close that one"},
    {SQLITE_CORRUPT, ERR_CORRUPT,
     "database damaged: move the file away and start anew; tracetui export saves what it can read"},
    {SQLITE_NOTADB, ERR_CORRUPT,
     "not a database: this file holds something else, choose another one"},
    {SQLITE_READONLY, ERR_IO, "database is read-only: check the owner and mode of file and folder"},
    {SQLITE_PERM, ERR_IO, "no permission: check the owner and mode of file and folder"},
    {SQLITE_AUTH, ERR_IO, "no permission: check the owner and mode of file and folder"},
    {SQLITE_CANTOPEN, ERR_IO, "cannot open the database: check the path and its permissions"},
    {SQLITE_TOOBIG, ERR_LIMIT, "a value is too large for the database"},
    {SQLITE_INTERRUPT, ERR_CANCELLED, "cancelled"},
};

enum err db_error(sqlite3 *db, int rc, struct err_msg *why)
{
    int primary = rc & 0xff;
    if (primary == SQLITE_OK || primary == SQLITE_ROW || primary == SQLITE_DONE) {
        return ERR_OK;
    }
    if (primary == SQLITE_NOMEM) {
        die_oom();
    }
    int reason = db != NULL ? sqlite3_system_errno(db) : 0;
    if (primary == SQLITE_IOERR && (reason == ENOSPC || reason == EDQUOT)) {
        return db_error(NULL, SQLITE_FULL, why); /* fsync and ftruncate report it this way */
    }
    if (primary == SQLITE_CANTOPEN && (reason == EMFILE || reason == ENFILE)) {
        return err_set(why, ERR_IO, "cannot open the database: %s", strerror(reason));
    }
    for (size_t i = 0; i < ARRAY_LEN(problems); i++) {
        if (problems[i].rc == primary) {
            return err_set(why, problems[i].code, "%s", problems[i].text);
        }
    }
    if (primary == SQLITE_IOERR) {
        return err_set(why, ERR_IO, "cannot read or write the database: %s",
                       reason != 0 ? strerror(reason) : sqlite3_errstr(rc));
    }
    return err_set(why, ERR_IO, "database: %s",
                   db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

/* The same with the path in front, for everything that fails while a file is opened. */
static enum err open_error(enum err err, const char *path, struct err_msg *why)
{
    if (why != NULL && err != ERR_VERSION && err != ERR_NOT_FOUND) {
        struct err_msg reason = *why;
        size_t length = strcspn(reason.text, ";"); /* what cannot be opened cannot be exported */
        return err_set(why, err, "%s: %.*s", path, (int)length, reason.text);
    }
    return err;
}

/* ---- opening -------------------------------------------------------------------------------- */

/* Reading takes the files of the WAL: where they are missing SQLite makes them, or fails. */
static bool lacks_wal(sqlite3 *db, const char *path)
{
    int rc = sqlite3_errcode(db) & 0xff;
    int reason = sqlite3_system_errno(db);
    return (rc == SQLITE_CANTOPEN || rc == SQLITE_READONLY) && reason != EMFILE &&
           reason != ENFILE && access(path, R_OK) == 0;
}

/* Makes the file; SQLite gives the same mode to the WAL. Never opens an existing one: closing it
 * would drop the locks of other connections of this process. */
static enum err make_file(const char *path, struct err_msg *why)
{
    int file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, file_mode(path));
    if (file < 0 && errno != EEXIST) {
        int reason = errno;
        return err_set(why, reason == ENOSPC ? ERR_FULL : ERR_IO, "cannot create %s: %s", path,
                       strerror(reason));
    }
    if (file >= 0) {
        close(file);
    }
    return ERR_OK;
}

/* Who may only read cannot make the WAL's files: in a folder that is shared with a group they stay
 * when the last connection closes. */
static void keep_wal_for_group(sqlite3 *db, const char *path)
{
    int keep = (file_mode(path) & S_IRGRP) != 0;
    if (keep) {
        sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    }
}

static enum err set_up_writer(sqlite3 *db, const char *path, enum db_mode mode, struct err_msg *why)
{
    int64_t version = 0;
    /* Whatever waits in the WAL of a file that is not ours stays there. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    enum err err = schema_check(db, path, &version, why);
    if (err == ERR_OK) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    }
    if (err == ERR_OK && sqlite3_db_readonly(db, "main") == 1) {
        err = err_set(why, ERR_IO, "file is read-only: check its owner and mode");
    }
    if (err == ERR_OK && version == 0) {
        err = db_run(db, new_file_pragmas, why);
    }
    if (err == ERR_OK) {
        keep_wal_for_group(db, path);
        err = db_run(db, writer_pragmas, why);
    }
    if (err == ERR_OK) {
        err = db_run(db,
                     mode == DB_WRITE_DURABLE ? "PRAGMA synchronous = FULL"
                                              : "PRAGMA synchronous = NORMAL",
                     why);
    }
    if (err == ERR_OK) {
        err = version == 0 ? schema_create(db, why) : schema_upgrade(db, version, why);
    }
    if (err == ERR_OK) {
        err = segment_store_create(db, why);
    }
    if (err == ERR_OK) {
        err = block_store_create(db, why);
    }
    if (err == ERR_OK) {
        err = retention_create(db, why);
    }
    return err;
}

static enum err set_up_reader(sqlite3 *db, const char *path, struct err_msg *why)
{
    int64_t version = 0;
    enum err err = db_run(db, reader_pragmas, why);
    if (err == ERR_OK) {
        err = schema_check(db, path, &version, why);
    }
    if (err == ERR_OK && version == 0) {
        err = err_set(why, ERR_NOT_FOUND, "%s holds no traces yet", path);
    }
    if (err == ERR_OK) {
        err = schema_view_keys(db, version, why);
    }
    if (err == ERR_OK) {
        err = db_run(db, "PRAGMA query_only = 1", why);
    }
    return err;
}

/* SQLite would count each of its allocations under a lock, for figures that nobody asks for: 5 % of
 * what the writer does. */
static void set_up_library(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* To SQLite "file:traces.db" and ":memory:" are no names of files; to us, and to the lock, they
 * are.
 */
static int open_file(const char *path, int flags, sqlite3 **ret_db)
{
    struct text_buffer name = {0};
    text_append_cstr(&name, path[0] == '/' ? "" : "./");
    text_append_cstr(&name, path);
    int rc = sqlite3_open_v2(name.data, ret_db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    text_buffer_free(&name);
    return rc;
}

void db_distrust(sqlite3 *db)
{
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
}

enum err db_open(const char *path, enum db_mode mode, sqlite3 **ret_db, struct err_msg *why)
{
    sqlite3 *db = NULL;
    struct err_msg local;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_library);
    why = why != NULL ? why : &local;
    if (mode == DB_READ && access(path, F_OK) != 0) {
        return err_set(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    }
    if (mode != DB_READ) {
        enum err err = make_file(path, why);
        if (err != ERR_OK) {
            return err;
        }
    }
    int flags = mode == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    enum err err = db_error(db, open_file(path, flags, &db), why);
    if (err == ERR_OK) {
        sqlite3_extended_result_codes(db, 1);
        sqlite3_busy_timeout(db, mode == DB_READ ? READER_BUSY_TIMEOUT_MS : DB_WRITER_PATIENCE_MS);
        db_distrust(db);
        err = mode == DB_READ ? set_up_reader(db, path, why) : set_up_writer(db, path, mode, why);
    }
    if (err != ERR_OK && mode == DB_READ && lacks_wal(db, path)) {
        err = err_set(why, err,
                      "its folder is read-only, and reading makes files beside it:"
                      " copy it to a folder of yours");
    }
    if (err != ERR_OK) {
        sqlite3_close(db);
        return open_error(err, path, why);
    }
    *ret_db = db;
    return ERR_OK;
}

void db_close(sqlite3 *db)
{
    sqlite3_close(db);
}

bool db_has_moved(sqlite3 *db)
{
    int moved = 0;
    return sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
           moved != 0;
}

/* ---- statements ----------------------------------------------------------------------------- */

enum err db_run(sqlite3 *db, const char *sql, struct err_msg *why)
{
    return db_error(db, sqlite3_exec(db, sql, NULL, NULL, NULL), why);
}

void db_rollback(sqlite3 *db)
{
    /* Some errors end the transaction by themselves; rolling back again is then no problem. */
    if (sqlite3_get_autocommit(db) == 0) {
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
}

enum err db_get_i64(sqlite3 *db, const char *sql, int64_t *ret_value, struct err_msg *why)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    enum err err = db_error(db, rc, why);
    if (err == ERR_OK && rc != SQLITE_ROW) {
        err = err_set(why, ERR_NOT_FOUND, "no row");
    }
    if (err == ERR_OK) {
        *ret_value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return err;
}

enum err db_get_next(sqlite3 *db, const char *sql, int64_t *ret_next, struct err_msg *why)
{
    int64_t largest = 0;
    enum err err = db_get_i64(db, sql, &largest, why);
    if (err == ERR_OK && (largest < 0 || largest > number_largest)) {
        return db_error(NULL, SQLITE_CORRUPT, why);
    }
    if (err == ERR_OK) {
        *ret_next = largest + 1;
    }
    return err;
}

enum err db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement, struct err_msg *why)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    enum err err = db_error(db, rc, why);
    if (err == ERR_OK) {
        *ret_statement = statement;
    }
    return err;
}

enum err db_prepare_all(sqlite3 *db, const struct db_statement *statements, size_t count,
                        struct err_msg *why)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = db_prepare(db, statements[i].sql, statements[i].place, why);
    }
    return err;
}

enum err db_step_reset(sqlite3_stmt *statement, struct err_msg *why)
{
    int rc = sqlite3_step(statement);
    enum err err = db_error(sqlite3_db_handle(statement), rc, why);
    sqlite3_reset(statement);
    return err;
}

/* Binding can only fail for lack of memory, a wrong index, or a text over SQLite's limit of a
 * gigabyte, which no message reaches. */
static void check_bind(int rc)
{
    if (rc == SQLITE_NOMEM) {
        die_oom();
    }
}

void db_bind_text(sqlite3_stmt *statement, int parameter, struct text text)
{
    check_bind(text.length == 0 ? sqlite3_bind_null(statement, parameter)
                                : sqlite3_bind_text64(statement, parameter, text.data, text.length,
                                                      SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_string(sqlite3_stmt *statement, int parameter, struct text text)
{
    check_bind(sqlite3_bind_text64(statement, parameter, text.data != NULL ? text.data : "",
                                   text.length, SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_i64(sqlite3_stmt *statement, int parameter, int64_t value)
{
    check_bind(sqlite3_bind_int64(statement, parameter, value));
}

void db_bind_nonzero(sqlite3_stmt *statement, int parameter, int64_t value)
{
    check_bind(value == 0 ? sqlite3_bind_null(statement, parameter)
                          : sqlite3_bind_int64(statement, parameter, value));
}

void db_bind_blob(sqlite3_stmt *statement, int parameter, const void *bytes, size_t length)
{
    check_bind(sqlite3_bind_blob64(statement, parameter, bytes, length, SQLITE_STATIC));
}

void db_bind_value(sqlite3_stmt *statement, int parameter, const sqlite3_value *value)
{
    check_bind(sqlite3_bind_value(statement, parameter, value));
}

void db_bind_id(sqlite3_stmt *statement, int parameter, const struct id *id)
{
    if (id->form == ID_TEXT) {
        db_bind_string(statement, parameter, text_make((const char *)id->bytes, id->length));
    } else if (id->length == 0) {
        check_bind(sqlite3_bind_null(statement, parameter));
    } else {
        db_bind_blob(statement, parameter, id->bytes, id->length);
    }
}

struct text db_column_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *data = sqlite3_column_text(statement, column);
    if (data == NULL && sqlite3_errcode(sqlite3_db_handle(statement)) == SQLITE_NOMEM) {
        die_oom();
    }
    return text_make((const char *)data, (size_t)sqlite3_column_bytes(statement, column));
}

int64_t db_column_start(sqlite3_stmt *statement, int column)
{
    int64_t start_ns = sqlite3_column_int64(statement, column);
    return start_ns > 0 ? start_ns : 0;
}

int64_t db_column_duration(sqlite3_stmt *statement, int column, int64_t start_ns)
{
    int64_t duration_ns = sqlite3_column_int64(statement, column);
    int64_t largest_ns = INT64_MAX - start_ns;
    return duration_ns < 0 ? 0 : duration_ns < largest_ns ? duration_ns : largest_ns;
}

int64_t db_count(int64_t stored)
{
    return stored < 0 ? 0 : stored < count_largest ? stored : count_largest;
}

int64_t db_column_count(sqlite3_stmt *statement, int column)
{
    return db_count(sqlite3_column_int64(statement, column));
}

int64_t db_column_ended_duration(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? SPAN_RUNNING
               : db_column_duration(statement, column, 0);
}

struct id db_column_id(sqlite3_stmt *statement, int column, enum id_form form)
{
    struct id id = {.form = ID_NONE};
    int type = sqlite3_column_type(statement, column);
    if (type == SQLITE_NULL) {
        return id;
    }
    const void *bytes = sqlite3_column_blob(statement, column);
    size_t length = (size_t)sqlite3_column_bytes(statement, column);
    id.length = (uint8_t)(length < ID_LARGEST_BYTES ? length : ID_LARGEST_BYTES);
    if (id.length > 0) {
        memcpy(id.bytes, bytes, id.length);
    }
    id.form = (uint8_t)(type == SQLITE_BLOB ? form : ID_TEXT);
    return id;
}
