/* wal — the write-ahead log of the writer's connection: how commits come to the disk, and from the
 * log into the file. */
#include "store/sql/wal.h"

#include <errno.h>
#include <string.h>

#include "store/sql/db.h"

/* A checkpoint every 2,000 pages of 8 KiB keeps the WAL near 16 MiB; a reader that stands still can
 * make it longer, the size limit gives the surplus back afterwards. More often costs more: the
 * checkpoint waits for the disk, and pages that change again and again are written each time. */
enum { LONG_PAGES = 2000 };

/* The system tells of a failure once; when it is asked again all seems well. */
static enum err not_kept(int reason, struct err_msg *why)
{
    if (reason == ENOSPC || reason == EDQUOT) {
        return db_error(NULL, SQLITE_FULL, why);
    }
    return err_set(why, ERR_IO, "the disk does not keep what is written: %s", strerror(reason));
}

/* SQLITE_BUSY says nothing of the disk: readers were in the way, of all or of the rest. */
static enum err judge(sqlite3 *db, int rc, struct wal_health *health, struct err_msg *why)
{
    int primary = rc & 0xff;
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
        return ERR_BUSY;
    }
    if (rc == SQLITE_IOERR_FSYNC) {
        health->lost = true;
        return not_kept(sqlite3_system_errno(db), why);
    }
    health->err = db_error(db, rc, &health->why);
    return health->err == ERR_OK ? ERR_OK : err_set(why, health->err, "%s", health->why.text);
}

enum err wal_empty(sqlite3 *db, int patience_ms, struct wal_health *health, struct err_msg *why)
{
    sqlite3_busy_timeout(db, patience_ms);
    int rc = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db, DB_WRITER_PATIENCE_MS);
    return judge(db, rc, health, why);
}

/* As SQLite does it, which keeps failures to itself. */
static int on_commit(void *ctx, sqlite3 *db, const char *name, int pages)
{
    if (pages >= LONG_PAGES) {
        int rc = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        (void)judge(db, rc, ctx, NULL);
    }
    return SQLITE_OK;
}

void wal_empty_often(sqlite3 *db, struct wal_health *health)
{
    sqlite3_wal_hook(db, on_commit, health);
}

enum err wal_sync(sqlite3 *db, struct err_msg *why)
{
    sqlite3_file *wal = NULL;
    errno = 0;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) != SQLITE_OK ||
        wal == NULL || wal->pMethods == NULL ||
        wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) == SQLITE_OK) {
        return ERR_OK; /* without a WAL everything is in the file */
    }
    return not_kept(errno, why);
}
