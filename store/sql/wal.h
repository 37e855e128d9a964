/* wal — the write-ahead log of the writer's connection: how commits come to the disk, and from the
 * log into the file. Thread: writer. */
#ifndef TRACETUI_STORE_SQL_WAL_H
#define TRACETUI_STORE_SQL_WAL_H

#include <sqlite3.h>
#include <stdbool.h>

#include "store/base/err.h"

/* How it went so far; {0} is well. */
struct wal_health {
    bool lost;          /* the disk did not keep what was written; who mends that clears it */
    enum err err;       /* the file could not be written the last time; ERR_OK: it could */
    struct err_msg why; /* with that */
};

/* Empties the log into the file; waits at most so long for readers that need it, else does what it
 * can. Errors: ERR_BUSY not all of it is in the file yet, for their sake; ERR_FULL, ERR_IO, ...: it
 * cannot be written. Nothing is lost by any of them but where health says so. */
enum err wal_empty(sqlite3 *db, int patience_ms, struct wal_health *health,
                   struct err_msg *why) MUST_CHECK;

/* The same as far as readers let it, by itself, whenever a commit makes the log long. health must
 * live as long as db. */
void wal_empty_often(sqlite3 *db, struct wal_health *health);

/* Waits until the disk has every commit, as it does by itself with DB_WRITE_DURABLE. Errors:
 * ERR_FULL, ERR_IO: it does not have them, and may never. */
enum err wal_sync(sqlite3 *db, struct err_msg *why) MUST_CHECK;

#endif
