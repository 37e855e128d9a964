/* writer — the one thread that changes the database: batches in, transactions out, answers back.
 *
 * Whoever has spans puts a request at the end of a list and goes on. The thread takes all that
 * waits, up to a limit, writes it in one transaction and answers each request after COMMIT; a
 * request alone is written at once. If a transaction fails nothing of it stays, and its requests
 * are tried one by one, so that a bad one harms only itself; a full disk or a foreign lock concerns
 * all, so all are refused at once. The thread never gives up: the next batch tries again. What
 * waits too long meanwhile, in the queue or at work, is answered by the watchman of writer_queue.c.
 * Between two transactions, and every few seconds when idle, the thread does one slice of its
 * chores: writer_chores.c. */
#include "store/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "store/base/clock.h"
#include "store/base/thread.h"
#include "store/sql/db.h"
#include "store/sql/file_link.h"
#include "store/sql/lock.h"
#include "store/writer_private.h"

static const int64_t sync_ns = NS_PER_S / 2; /* leaves the disk as long again */
enum { SAVE_PATIENCE_MS = 1000 };            /* readers hold on to the WAL for less */

enum err writer_submit(struct writer *writer, struct batch *batch, writer_done_fn done, void *ctx)
{
    struct queue_request request = {
        .batch = batch,
        .spans = batch->count,
        .bytes = batch_bytes(batch),
        .done = done,
        .ctx = ctx,
    };
    return queue_submit(writer->queue, &request);
}

enum err writer_prune(struct writer *writer, int64_t cutoff_ns, writer_done_fn done, void *ctx)
{
    struct queue_request request = {.cutoff_ns = cutoff_ns, .done = done, .ctx = ctx};
    return queue_submit(writer->queue, &request);
}

/* ---- what is wrong --------------------------------------------------------------------------- */

static void set_state(struct writer *writer, const char *text)
{
    pthread_mutex_lock(&writer->mutex);
    snprintf(writer->state, sizeof writer->state, "%s", text);
    pthread_mutex_unlock(&writer->mutex);
}

void writer_report_failure(struct writer *writer, enum err err, const struct err_msg *why,
                           size_t batches)
{
    struct err_msg text;
    if (err != ERR_LIMIT) {
        (void)err_set(&text, err, "%s; spans are being refused", why->text);
        set_state(writer, text.text);
        outage_failed(&writer->outage, text.text, batches, clock_monotonic_ns());
    }
}

void writer_report_success(struct writer *writer)
{
    set_state(writer, "");
    outage_succeeded(&writer->outage, clock_monotonic_ns());
}

bool writer_state(struct writer *writer, char target[256])
{
    pthread_mutex_lock(&writer->mutex);
    bool stores = writer->state[0] == '\0';
    memcpy(target, stores ? writer->strain : writer->state, sizeof writer->state);
    pthread_mutex_unlock(&writer->mutex);
    if (stores && queue_is_stuck(writer->queue)) {
        snprintf(target, sizeof writer->state, "the disk does not answer; spans are being refused");
        stores = false;
    }
    return stores;
}

static int64_t bytes_of(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 ? about.st_size : 0;
}

struct writer_load writer_load(struct writer *writer)
{
    return (struct writer_load){
        .lag_ns = queue_lag_ns(writer->queue),
        .file_bytes = bytes_of(writer->path),
        .wal_bytes = bytes_of(writer->wal_path),
    };
}

uint64_t writer_generation(const struct writer *writer)
{
    return atomic_load(&writer->generation);
}

int64_t writer_oldest_ns(const struct writer *writer)
{
    return writer != NULL ? atomic_load(&writer->oldest_ns) : 0;
}

const char *writer_end(const struct writer *writer)
{
    return atomic_load(&writer->end);
}

void writer_announce(struct writer *writer)
{
    atomic_fetch_add(&writer->generation, 1);
    if (writer->options.on_commit != NULL) {
        writer->options.on_commit(writer->options.on_commit_ctx);
    }
}

/* ---- storing --------------------------------------------------------------------------------- */

/* One transaction for a run of the group. */
static enum err store_run(struct writer *writer, size_t start, size_t count, struct err_msg *why)
{
    struct counters *counters = writer->options.counters;
    int64_t began_ns = clock_monotonic_ns();
    for (size_t i = start; i < start + count; i++) {
        writer->parts[i] = (struct write_part){.batch = writer->group.requests[i]->batch};
    }
    if (writer->lost) {
        return err_set(why, ERR_LOCKED,
                       "another process writes this database since its lock file was removed:"
                       " restart tracetui");
    }
    const char *missing = writer->missing;
    enum err err = ERR_OK;
    if (missing == NULL) {
        err = write_parts(writer->write, &writer->parts[start], count, why);
        missing = writer_find_missing(writer); /* what went there meanwhile nobody finds */
    }
    if (err == ERR_OK && missing != NULL) {
        err = err_set(why, ERR_IO, "%s: restart tracetui", missing);
    }
    if (err == ERR_OK) {
        atomic_store(&counters->commit_ns, clock_monotonic_ns() - began_ns);
        atomic_fetch_add(&counters->commits, 1);
        if (writer->sync_due_ns == 0 && writer->options.durability == DURABILITY_NORMAL) {
            writer->sync_due_ns = clock_monotonic_ns() + sync_ns;
        }
    }
    return err;
}

/* What the disk failed to keep it may never have, whatever it says the next time. But we can read
 * it still, and write it again: into the database. */
static enum err save_all(struct writer *writer, struct err_msg *why)
{
    enum err err = wal_empty(writer->db, SAVE_PATIENCE_MS, &writer->wal, why);
    return err == ERR_BUSY ? err_set(why, ERR_IO,
                                     "the disk did not keep what was written, which is tried again")
                           : err;
}

/* With durability normal a commit waits for no disk: what came since the last sync, at most a
 * second, is lost when the power goes. So nothing is acknowledged while a sync is overdue. */
static enum err sync_if_due(struct writer *writer, struct err_msg *why)
{
    bool due = writer->sync_due_ns != 0 && clock_monotonic_ns() >= writer->sync_due_ns;
    if (!due && !writer->wal.lost) {
        return ERR_OK;
    }
    enum err err = wal_sync(writer->db, why);
    if (err == ERR_OK && writer->wal.lost && !writer->lost) {
        err = save_all(writer, why);
    }
    writer->wal.lost = err != ERR_OK;
    writer->sync_due_ns = err == ERR_OK ? 0 : clock_monotonic_ns() + sync_ns;
    return err;
}

void writer_sync_at_rest(struct writer *writer)
{
    struct err_msg why = {""};
    bool failed = writer->wal.lost;
    enum err err = sync_if_due(writer, &why);
    if (err != ERR_OK) {
        writer_report_failure(writer, err, &why, 0);
    } else if (failed) {
        writer_report_success(writer);
    }
}

void writer_sync_now(struct writer *writer)
{
    if (writer->sync_due_ns != 0) {
        writer->sync_due_ns = clock_monotonic_ns();
        writer_sync_at_rest(writer);
    }
}

static void answer_run(struct writer *writer, size_t start, size_t count, enum err err,
                       const struct err_msg *why)
{
    struct counters *counters = writer->options.counters;
    if (err == ERR_OK) {
        writer_report_success(writer);
    } else {
        writer_report_failure(writer, err, why, count);
    }
    for (size_t i = start; i < start + count; i++) {
        const struct write_part *part = &writer->parts[i];
        struct writer_verdict verdict = {.code = err, .text = why->text};
        if (err == ERR_OK) {
            verdict.stored = part->stored;
            verdict.updated = part->updated;
            verdict.duplicate = part->duplicate;
            atomic_fetch_add(&counters->stored, part->stored);
            atomic_fetch_add(&counters->updated, part->updated);
            atomic_fetch_add(&counters->duplicate, part->duplicate);
            atomic_fetch_add(&counters->late, part->late);
        }
        queue_answer(writer->queue, writer->group.requests[i], &verdict);
    }
    if (err == ERR_OK) {
        writer_announce(writer);
    }
}

enum { DISK_ROOM_BYTES = 64 << 20 }; /* a disk with as much is not full */

/* SQLite calls it a full disk as well when the file may not grow. */
static bool is_at_limit(const struct writer *writer)
{
    struct statvfs disk;
    return writer->options.size_limit_bytes > 0 && statvfs(writer->path, &disk) == 0 &&
           disk.f_bavail > DISK_ROOM_BYTES / disk.f_frsize;
}

static enum err store_making_room(struct writer *writer, size_t start, size_t count,
                                  struct err_msg *why)
{
    enum err err = store_run(writer, start, count, why);
    if (err == ERR_FULL && writer_make_room(writer)) {
        err = store_run(writer, start, count, why);
    }
    if (err == ERR_FULL && is_at_limit(writer)) {
        err_set(why, ERR_FULL,
                "these spans do not fit into a database of %" PRId64 " MB: send fewer"
                " at once, or let it be larger",
                writer->options.size_limit_bytes / 1000000);
    }
    return err;
}

/* Would each batch alone fail likewise? At the limit of its size the file may have room for one
 * after the other. */
static bool concerns_all(const struct writer *writer, enum err err)
{
    return err == ERR_LOCKED || (err == ERR_FULL && !is_at_limit(writer));
}

static void store_group(struct writer *writer)
{
    struct err_msg why = {""};
    size_t count = writer->group.count;
    if (count == 0) {
        return;
    }
    enum err err = store_making_room(writer, 0, count, &why);
    bool stored = err == ERR_OK;
    if (stored) {
        err = sync_if_due(writer, &why);
    }
    if (stored || count == 1 || concerns_all(writer, err)) {
        answer_run(writer, 0, count, err, &why);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        why = (struct err_msg){""};
        err = store_making_room(writer, i, 1, &why);
        if (err == ERR_OK) {
            err = sync_if_due(writer, &why);
        }
        answer_run(writer, i, 1, err, &why);
    }
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* When there is something to do even if nobody asks for anything. */
static int64_t next_duty_ns(const struct writer *writer)
{
    return writer->sync_due_ns != 0 && writer->sync_due_ns < writer->next_sweep_ns
               ? writer->sync_due_ns
               : writer->next_sweep_ns;
}

static void *writer_main(void *argument)
{
    struct writer *writer = argument;
    while (queue_take(writer->queue, next_duty_ns(writer), &writer->group)) {
        bool idle = writer->group.count == 0;
        writer_look_for_files(writer);
        store_group(writer);
        writer_sync_at_rest(writer);
        if (!writer->lost && writer->missing == NULL) {
            writer_keep_house(writer, idle);
        } else {
            writer_refuse_prunes(writer, writer->lost ? ERR_LOCKED : ERR_IO,
                                 writer->lost ? "another process writes this database"
                                              : writer->missing);
            writer->next_sweep_ns = clock_monotonic_ns() + writer_sweep_ns;
        }
        outage_check(&writer->outage, false, clock_monotonic_ns());
        writer_report_wal(writer, false);
    }
    outage_check(&writer->outage, true, clock_monotonic_ns());
    writer_refuse_prunes(writer, ERR_CLOSED,
                         "stopped before it was done"); /* nobody adds any more */
    writer_sync_now(writer); /* readers may keep the checkpoint from doing it */
    if (!writer->lost && writer_checkpoint(writer, 0) == ERR_OK) {
        writer_leave_files(writer);
    }
    writer_report_wal(writer, true);
    return NULL;
}

/* ---- starting and stopping ------------------------------------------------------------------- */

static char *join(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *joined = mem_alloc(size);
    snprintf(joined, size, "%s%s", path, suffix);
    return joined;
}

static void free_writer(struct writer *writer)
{
    block_store_close(writer->blocks);
    segment_store_close(writer->segments);
    retention_close(writer->retention);
    write_close(writer->write);
    db_close(writer->db);
    lock_release(writer->path, writer->lock);
    queue_stop(writer->queue);
    pthread_mutex_destroy(&writer->mutex);
    free(writer->path);
    free(writer->wal_path);
    free(writer->shm_path);
    free(writer);
}

static enum err open_store(struct writer *writer, struct err_msg *why)
{
    enum db_mode mode = writer->options.durability == DURABILITY_FULL ? DB_WRITE_DURABLE : DB_WRITE;
    enum tenure tenure = writer->options.tenure;
    enum err err = file_link_check(writer->path, why);
    if (err == ERR_OK) {
        err = tenure == TENURE_CLAIM
                  ? lock_claim(writer->path, &writer->lock, why)
                  : lock_take(writer->path, tenure == TENURE_LEND, &writer->lock, why);
    }
    if (err == ERR_OK) {
        err = db_open(writer->path, mode, &writer->db, why);
    }
    if (err == ERR_OK) {
        wal_empty_often(writer->db, &writer->wal);
        err = write_open(writer->db, &writer->write, why);
    }
    if (err == ERR_OK) {
        err = retention_open(writer->db, write_traces(writer->write), &writer->retention, why);
    }
    if (err == ERR_OK) {
        err = segment_store_open(writer->db, &writer->segments, why);
    }
    if (err == ERR_OK) {
        err = block_store_open(writer->db, &writer->blocks, why);
    }
    if (err == ERR_OK && writer->options.size_limit_bytes > 0) {
        err = retention_cap(writer->retention, writer->options.size_limit_bytes, why);
    }
    writer_remember_files(writer);
    int64_t last_ns = 0;
    if (err == ERR_OK) {
        err = retention_last_ns(writer->retention, &last_ns, why);
    }
    age_clock_start(&writer->age_clock, last_ns, clock_now_ns(), clock_boot_ns());
    (void)writer_cutoff_ns(writer);
    return err;
}

enum err writer_start(const struct writer_options *options, struct writer **ret_writer,
                      struct err_msg *why)
{
    struct writer *writer = mem_zero(1, sizeof *writer);
    writer->options = *options;
    writer->path = file_link_follow(options->path);
    writer->wal_path = join(writer->path, "-wal");
    writer->shm_path = join(writer->path, "-shm");
    writer->options.path = writer->path;
    writer->lock = -1;
    pthread_mutex_init(&writer->mutex, NULL);
    enum err err = open_store(writer, why);
    if (err == ERR_OK) {
        err = queue_start(&writer->options, &writer->queue, why);
    }
    if (err == ERR_OK) {
        err = thread_start(&writer->thread, writer_main, writer, why);
    }
    if (err != ERR_OK) {
        free_writer(writer);
        return err;
    }
    *ret_writer = writer;
    return ERR_OK;
}

void writer_stop(struct writer *writer)
{
    if (writer == NULL) {
        return;
    }
    queue_close(writer->queue);
    pthread_join(writer->thread, NULL);
    free_writer(writer);
}

void writer_note_addresses(struct writer *writer, const char *lines)
{
    lock_note(writer->lock, lines);
}

int writer_owner(const char *path, char *addresses, size_t addresses_size)
{
    return lock_owner(path, addresses, addresses_size);
}

bool writer_is_claimed(const struct writer *writer)
{
    return lock_is_claimed(writer->lock);
}
