/* writer_private — the writer, for its own files: writer.c stores, writer_chores.c keeps house,
 * writer_files.c looks whether all files are there. */
#ifndef TRACETUI_STORE_WRITER_PRIVATE_H
#define TRACETUI_STORE_WRITER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "store/age_clock.h"
#include "store/outage.h"
#include "store/sql/block_store.h"
#include "store/sql/retention.h"
#include "store/sql/segment_store.h"
#include "store/sql/wal.h"
#include "store/sql/write.h"
#include "store/writer_queue.h"

struct writer {
    /* set by writer_start, constant afterwards */
    struct writer_options options;
    char *path, *wal_path, *shm_path;
    ino_t wal_file, shm_file; /* 0: there is none */
    pthread_t thread;
    int lock;
    struct queue *queue;

    pthread_mutex_t mutex;
    char state[256];  /* any thread, under mutex: why spans are refused */
    char strain[256]; /* the same: what is wrong while they are stored */

    /* writer thread only */
    sqlite3 *db;
    struct write *write;
    struct retention *retention;
    struct segment_store *segments;
    struct block_store *blocks;
    struct queue_group group;
    struct write_part parts[QUEUE_GROUP_REQUESTS];
    struct outage outage; /* spans are refused */
    struct outage swell;  /* the WAL cannot be emptied */
    struct wal_health wal;
    struct age_clock age_clock;
    int64_t next_sweep_ns;
    int64_t next_wal_ns;
    int64_t next_keys_ns; /* after a failure */
    int64_t next_sums_ns; /* unless there are more and nobody sends anything */
    bool more_sums;
    int64_t next_report_ns;
    int64_t sync_due_ns; /* 0 = every commit is on the disk */
    bool lost;           /* the lock: another process writes */
    const char *missing; /* which file is not where it was opened; NULL = all are */
    int64_t missing_ns;  /* since when */

    /* writer thread writes, any reads */
    _Atomic uint64_t generation;
    _Atomic int64_t oldest_ns;
    _Atomic(const char *) end;
};

/* ---- writer.c; thread: writer ---------------------------------------------------------------- */

/* A failure that the next batch would meet as well: the state and the log say so. */
void writer_report_failure(struct writer *writer, enum err err, const struct err_msg *why,
                           size_t batches);
/* All is well, or was mended. */
void writer_report_success(struct writer *writer);
/* Readers will see something new. */
void writer_announce(struct writer *writer);
/* Puts on the disk what is due there, when nobody waits for an answer. */
void writer_sync_at_rest(struct writer *writer);
/* And what is not due there yet. */
void writer_sync_now(struct writer *writer);

/* ---- writer_chores.c; thread: writer, or the one that starts it ------------------------------ */

static const int64_t writer_sweep_ns = 2 * NS_PER_S;

/* Traces that started before this are old; INT64_MIN: none is. */
int64_t writer_cutoff_ns(struct writer *writer);
/* The file is at its largest: the oldest traces go, before the next one comes. False when the disk
 * is full for another reason, or nothing is left. */
bool writer_make_room(struct writer *writer);
/* As wal_empty; the result is in writer->wal, too. */
enum err writer_checkpoint(struct writer *writer, int patience_ms);
/* Tells the log and the screen when the WAL cannot be emptied, and when it can again; at_once: this
 * is the end. */
void writer_report_wal(struct writer *writer, bool at_once);
/* One slice of everything that is due; idle: nobody sends anything. */
void writer_keep_house(struct writer *writer, bool idle);
/* Answers all who asked for traces to be deleted. */
void writer_refuse_prunes(struct writer *writer, enum err err, const char *text);

/* ---- writer_files.c; thread: writer, or the one that starts it ------------------------------- */

/* To be called when the database is open. */
void writer_remember_files(struct writer *writer);
/* Which file is missing just now, in words; NULL = none. */
const char *writer_find_missing(const struct writer *writer);
/* Keeps the lock, and does what can be done for a file that is missing: sets lost, missing, end. */
void writer_look_for_files(struct writer *writer);
/* At the end, when the WAL is empty: where the database was moved away, what lies beside its place
 * would spoil the next one there. Who reads the old one has them open. */
void writer_leave_files(struct writer *writer);

#endif
