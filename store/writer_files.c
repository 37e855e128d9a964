/* writer_files — are the database, its WAL and its lock still the files that the writer opened? */
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/sql/db.h"
#include "store/sql/lock.h"
#include "store/writer_private.h"

/* Who moves a file away and back again is done by then. */
static const int64_t away_ns = 5 * NS_PER_S;

static const char lock_is_taken[] =
    "its lock file was removed and another process has taken its place";
static const char file_has_moved[] = "database file was moved or deleted";
static const char wal_has_moved[] = "database file's WAL was moved or deleted";

static ino_t file_at(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 ? about.st_ino : 0;
}

/* Both are made when the database is opened, and stay the same files until it is closed. */
void writer_remember_files(struct writer *writer)
{
    writer->wal_file = file_at(writer->wal_path);
    writer->shm_file = file_at(writer->shm_path);
}

const char *writer_find_missing(const struct writer *writer)
{
    if (db_has_moved(writer->db)) {
        return file_has_moved;
    }
    return file_at(writer->wal_path) != writer->wal_file ? wal_has_moved : NULL;
}

/* Without our lock file anybody may become a second writer. What we remember of the rows may be
 * wrong from then on, so there is no way back. */
static void keep_lock(struct writer *writer)
{
    struct err_msg why = {""};
    if (lock_keep(writer->path, writer->lock, &why) == ERR_LOCKED) {
        writer->lost = true;
        atomic_store(&writer->end, lock_is_taken);
        writer_report_failure(writer, ERR_LOCKED, &why, 0);
    }
}

/* What is written now nobody finds, so nothing is, but for what the WAL holds: that comes into the
 * file, wherever it is. It is as good as lost only when the file itself is: readers of a file that
 * stays without its WAL are waited for. */
static void bear_missing(struct writer *writer, const char *missing)
{
    struct err_msg why;
    int64_t now_ns = clock_monotonic_ns();
    enum err err = err_set(&why, ERR_IO, "%s: restart tracetui", missing);
    writer_report_failure(writer, err, &why, 0);
    if (writer->missing == NULL) {
        writer->missing_ns = now_ns;
    }
    writer->missing = missing;
    err = writer_checkpoint(writer, 0);
    bool done = err == ERR_OK || (missing == file_has_moved && err != ERR_BUSY);
    if (done && now_ns - writer->missing_ns >= away_ns) {
        atomic_store(&writer->end, missing);
    }
}

void writer_look_for_files(struct writer *writer)
{
    const char *missing = writer->lost ? NULL : writer_find_missing(writer);
    if (!writer->lost && missing != file_has_moved) {
        keep_lock(writer);
    }
    if (writer->lost) {
        return;
    }
    if (missing != NULL) {
        bear_missing(writer, missing);
    } else if (writer->missing != NULL) {
        writer->missing = NULL;
        atomic_store(&writer->end, NULL);
        writer_report_success(writer);
    }
}

/* Where the WAL is another one, so may be whoever uses the rest. */
void writer_leave_files(struct writer *writer)
{
    bool ours = writer->wal_file != 0 && file_at(writer->wal_path) == writer->wal_file;
    if (ours && db_has_moved(writer->db)) {
        unlink(writer->wal_path);
        if (file_at(writer->shm_path) == writer->shm_file) {
            unlink(writer->shm_path);
        }
    }
}
