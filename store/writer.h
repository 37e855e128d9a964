/* writer — the one thread that changes the database: batches in, transactions out,
 * acknowledgements.
 *
 *     static void stored(const struct writer_verdict *verdict, void *ctx) { ... resume the request
 * ... }
 *
 *     struct writer *writer;
 *     struct writer_options options = {.path = "traces.db", .counters = &counters};
 *     if (writer_start(&options, &writer, &why) != ERR_OK) { ... why.text ... }
 *     if (writer_submit(writer, batch, stored, request) != ERR_OK) { batch is still ours: answer
 * 503 } writer_stop(writer);       // drains, commits, checkpoints, answers everybody, joins
 *
 * Group commit: what waits in the queue when a commit ends goes into the next one; when nobody else
 * waits, a batch is committed at once. A verdict of ERR_OK is given only after COMMIT returned. */
#ifndef TRACETUI_STORE_WRITER_H
#define TRACETUI_STORE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "store/counters.h"
#include "store/span.h"

struct writer;

enum durability { DURABILITY_NORMAL, DURABILITY_FULL };

/* Of the database: kept; kept until somebody claims it (ask writer_is_claimed several times a
 * second, and stop); kept, and claimed from a writer that lends it. */
enum tenure { TENURE_KEEP, TENURE_LEND, TENURE_CLAIM };

struct writer_options {
    const char *path;
    enum durability durability;
    enum tenure tenure;
    int64_t retention_ns;     /* traces that started longer ago are deleted in slices; 0 = keep.
                                 A clock that leaps ahead deletes none for a day: age_clock.h */
    int64_t size_limit_bytes; /* oldest traces are deleted to stay below; 0 = none */
    struct counters *counters;
    void (*on_commit)(void *ctx); /* may be NULL; writer thread; must return at once */
    void *on_commit_ctx;
    /* limits, 0 = the defaults in writer_queue.c */
    size_t queue_limit_spans;
    size_t queue_limit_bytes;
    int64_t
        deadline_ns; /* a batch not stored by then is answered ERR_BUSY, and may yet be stored */
};

struct writer_verdict {
    enum err code; /* ERR_OK, ERR_BUSY (deadline passed), ERR_FULL, ERR_IO,
                      ERR_CORRUPT, ... */
    size_t stored, updated, duplicate;
    const char *text; /* for people; valid during the call */
};
/* Thread: writer, or its watchman. Must return quickly; may submit again. */
typedef void (*writer_done_fn)(const struct writer_verdict *verdict, void *ctx);

/* Creates the file (mode 0600; 0640 in a set-group-ID folder) and directories as needed, takes the
 * lock file (path + ".lock"), migrates the schema, starts the thread. With TENURE_CLAIM it may wait
 * for 5 s. Errors: ERR_LOCKED another process writes (the text names its pid); ERR_VERSION,
 * ERR_CORRUPT, ERR_FULL, ERR_IO: the text says what to do. */
enum err writer_start(const struct writer_options *options, struct writer **ret_writer,
                      struct err_msg *why) MUST_CHECK;

/* Hands a batch over; done is called exactly once if ERR_OK is returned. done may be NULL.
 * Errors: ERR_BUSY the queue is full; ERR_CLOSED stopping. The caller keeps the batch then.
 * Thread: any. Never waits for the disk. */
enum err writer_submit(struct writer *writer, struct batch *batch, writer_done_fn done,
                       void *ctx) MUST_CHECK;

/* Deletes traces that started before cutoff_ns, and the oldest down to size_limit_bytes, slice by
 * slice, between commits, and gives their space back; done gets their number in verdict.stored.
 * Errors as submit. */
enum err writer_prune(struct writer *writer, int64_t cutoff_ns, writer_done_fn done,
                      void *ctx) MUST_CHECK;

/* What is wrong right now, in words for the screen ("disk full: ..."), or "" while all is well;
 * true if spans are stored all the same. Thread: any. */
bool writer_state(struct writer *writer, char target[256]);

/* How long the oldest batch in the queue or at work has waited, and what the files take now.
 * Thread: any; asks the system for the sizes, not the database. */
struct writer_load {
    int64_t lag_ns, file_bytes, wal_bytes;
};
struct writer_load writer_load(struct writer *writer);

/* Traces that started before this would leave within seconds, as those of the retention do; 0 = all
 * are kept. writer may be NULL. Thread: any. */
int64_t writer_oldest_ns(const struct writer *writer);

/* Grows with each commit. Thread: any. */
uint64_t writer_generation(const struct writer *writer);

/* Why nothing will be stored any more, in words: another process has taken the place of a lock file
 * that somebody removed, or a file of the database has not been where it was for 5 s. Stop, and
 * start again. NULL: all is well, or may be again. Thread: any. */
const char *writer_end(const struct writer *writer);

/* NULL is fine. Thread: the one that started it. */
void writer_stop(struct writer *writer);

/* Tells other processes where spans are received, one address a line. */
void writer_note_addresses(struct writer *writer, const char *lines);
/* Who holds the lock of this database: its pid, or 0. addresses may be NULL with a size of 0. */
int writer_owner(const char *path, char *addresses, size_t addresses_size);
/* Does another process claim the database? Only for TENURE_LEND. Thread: any. */
bool writer_is_claimed(const struct writer *writer);

#endif
