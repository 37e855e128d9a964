/* writer — the one thread that changes the database: batches in, transactions out, answers back.
 *
 * Whoever has spans puts a request at the end of a list and goes on. The thread takes all that
 * waits, up to a limit, writes it in one transaction and answers each request after COMMIT; a
 * request alone is written at once. If a transaction fails nothing of it stays, and its requests
 * are tried one by one, so that a bad one harms only itself; a full disk or a foreign lock concerns
 * all, so all are refused at once. The thread never gives up: the next batch tries again. What
 * waits too long meanwhile, in the queue or at work, is answered by the watchman of writer_queue.c.
 * Between two transactions, and every few seconds when idle, the thread does one slice of
 * housekeeping: deleting what retention no longer keeps, giving pages back, emptying the WAL. */
#include "store/writer.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "store/age_clock.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/outage.h"
#include "store/sql/db.h"
#include "store/sql/lock.h"
#include "store/sql/retention.h"
#include "store/sql/segment_store.h"
#include "store/sql/trace_keys.h"
#include "store/sql/traces.h"
#include "store/sql/write.h"
#include "store/writer_queue.h"

/* SQLite starts the WAL anew when at some moment nobody reads it. Viewers enough, and that moment
 * never comes: from a length on the writer waits for those who read, new ones read the file. */
enum {
    WAL_LIMIT_BYTES = 4 << 20, /* at rest */
    WAL_LONG_BYTES = 24 << 20,
    WAL_LONG_PATIENCE_MS = 100,
    WAL_LARGEST_BYTES = 40 << 20,
    WAL_LARGEST_PATIENCE_MS = 1000,
    WAL_URGENT_BYTES = 52 << 20,
    WAL_URGENT_PATIENCE_MS = 3000, /* before requests that wait meanwhile are refused */
};
static const int64_t wal_pause_ns = NS_PER_S / 4; /* between two such waits */

static const int64_t sweep_ns = 2 * NS_PER_S;
static const int64_t sync_ns = NS_PER_S / 2; /* leaves the disk as long again */
static const int64_t chore_report_ns = 60 * NS_PER_S;

struct writer {
    /* set by writer_start, constant afterwards */
    struct writer_options options;
    char *path, *wal_path;
    pthread_t thread;
    int lock;
    struct queue *queue;

    pthread_mutex_t mutex;
    char state[256]; /* any thread, under mutex */

    /* writer thread only */
    sqlite3 *db;
    struct write *write;
    struct retention *retention;
    struct segment_store *segments;
    struct queue_group group;
    struct write_part parts[QUEUE_GROUP_REQUESTS];
    struct outage outage;
    struct age_clock age_clock;
    int64_t next_sweep_ns;
    int64_t next_wal_ns;
    int64_t next_keys_ns; /* after a failure */
    int64_t next_report_ns;
    int64_t sync_due_ns; /* 0 = every commit is on the disk */
    bool sync_failed;

    /* writer thread writes, any reads */
    _Atomic uint64_t generation;
    _Atomic int64_t oldest_ns;
    atomic_bool lost; /* the lock: another process writes */
};

enum err writer_submit(struct writer *writer, struct batch *batch, writer_done_fn done, void *ctx)
{
    struct request request = {
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
    struct request request = {.cutoff_ns = cutoff_ns, .done = done, .ctx = ctx};
    return queue_submit(writer->queue, &request);
}

/* ---- what is wrong -------------------------------------------------------------------------- */

static void set_state(struct writer *writer, const char *text)
{
    pthread_mutex_lock(&writer->mutex);
    snprintf(writer->state, sizeof writer->state, "%s", text);
    pthread_mutex_unlock(&writer->mutex);
}

/* A failure that the next batch would meet as well. */
static void report_failure(struct writer *writer, enum err err, const struct err_msg *why,
                           size_t batches)
{
    struct err_msg text;
    if (err != ERR_LIMIT) {
        (void)err_set(&text, err, "%s; spans are being refused", why->text);
        set_state(writer, text.text);
        outage_failed(&writer->outage, text.text, batches, clock_monotonic_ns());
    }
}

static void report_success(struct writer *writer)
{
    set_state(writer, "");
    outage_succeeded(&writer->outage, clock_monotonic_ns());
}

/* What can wait did not work: worth a line, but not all the time, and not beside a larger trouble.
 */
static void report_chore(struct writer *writer, const char *consequence, const struct err_msg *why)
{
    if (!writer->outage.going_on && clock_monotonic_ns() >= writer->next_report_ns) {
        writer->next_report_ns = clock_monotonic_ns() + chore_report_ns;
        log_line("store: %s: %s", consequence, why->text);
    }
}

void writer_state(struct writer *writer, char target[256])
{
    pthread_mutex_lock(&writer->mutex);
    memcpy(target, writer->state, sizeof writer->state);
    pthread_mutex_unlock(&writer->mutex);
    if (target[0] == '\0' && queue_is_stuck(writer->queue)) {
        snprintf(target, sizeof writer->state, "the disk does not answer; spans are being refused");
    }
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

bool writer_is_lost(const struct writer *writer)
{
    return atomic_load(&writer->lost);
}

static void announce(struct writer *writer)
{
    atomic_fetch_add(&writer->generation, 1);
    if (writer->options.on_commit != NULL) {
        writer->options.on_commit(writer->options.on_commit_ctx);
    }
}

/* ---- storing -------------------------------------------------------------------------------- */

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
    if (db_has_moved(writer->db)) {
        return err_set(why, ERR_IO, "database file was moved or deleted: restart tracetui");
    }
    enum err err = write_parts(writer->write, &writer->parts[start], count, why);
    if (err == ERR_OK) {
        atomic_store(&counters->commit_ns, clock_monotonic_ns() - began_ns);
        atomic_fetch_add(&counters->commits, 1);
        if (writer->sync_due_ns == 0 && writer->options.durability == DURABILITY_NORMAL) {
            writer->sync_due_ns = clock_monotonic_ns() + sync_ns;
        }
    }
    return err;
}

/* With durability normal a commit waits for no disk: what came since the last sync, at most a
 * second, is lost when the power goes. So nothing is acknowledged while a sync is overdue. */
static enum err sync_if_due(struct writer *writer, struct err_msg *why)
{
    if (writer->sync_due_ns == 0 ||
        (!writer->sync_failed && clock_monotonic_ns() < writer->sync_due_ns)) {
        return ERR_OK;
    }
    enum err err = db_sync(writer->db, why);
    writer->sync_failed = err != ERR_OK;
    writer->sync_due_ns = err == ERR_OK ? 0 : clock_monotonic_ns() + sync_ns;
    return err;
}

/* The same when nobody waits for an answer. */
static void sync_at_rest(struct writer *writer)
{
    struct err_msg why = {""};
    bool failed = writer->sync_failed;
    enum err err = sync_if_due(writer, &why);
    if (err != ERR_OK) {
        report_failure(writer, err, &why, 0);
    } else if (failed && !writer->sync_failed) {
        report_success(writer);
    }
}

static void answer_run(struct writer *writer, size_t start, size_t count, enum err err,
                       const struct err_msg *why)
{
    struct counters *counters = writer->options.counters;
    if (err == ERR_OK) {
        report_success(writer);
    } else {
        report_failure(writer, err, why, count);
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
        announce(writer);
    }
}

static void count_deleted(struct writer *writer, const struct retention_slice *slice)
{
    if (slice->traces > 0) {
        atomic_fetch_add(&writer->options.counters->pruned_traces, slice->traces);
        announce(writer);
    }
}

/* The file is at its largest: the oldest traces go, before the next one comes. False when the disk
 * is full for another reason, or nothing is left. */
static bool make_room(struct writer *writer)
{
    int64_t limit_bytes = writer->options.size_limit_bytes;
    struct retention_slice slice = {.more = limit_bytes > 0};
    struct err_msg why = {""};
    size_t spans = 0;
    enum err err = ERR_OK;
    while (err == ERR_OK && slice.more) {
        err = retention_shrink(writer->retention, limit_bytes, &slice, &why);
        if (err == ERR_OK) {
            spans += slice.spans;
            count_deleted(writer, &slice);
        }
    }
    return err == ERR_OK && spans > 0;
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
    if (err == ERR_FULL && make_room(writer)) {
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

/* ---- housekeeping --------------------------------------------------------------------------- */

/* One slice of what is too old, and when that is gone of what is too much. ret_slice gets what was
 * deleted, after a failure too. */
static enum err delete_slice(struct writer *writer, int64_t cutoff_ns,
                             struct retention_slice *ret_slice, struct err_msg *why)
{
    int64_t limit_bytes = writer->options.size_limit_bytes;
    struct retention_slice old = {0}, surplus = {0};
    enum err err = retention_cut(writer->retention, cutoff_ns, &old, why);
    if (err == ERR_OK && limit_bytes > 0 && !old.more) {
        err = retention_shrink(writer->retention, limit_bytes, &surplus, why);
    }
    *ret_slice = (struct retention_slice){
        .traces = old.traces + surplus.traces,
        .spans = old.spans + surplus.spans,
        .more = old.more || surplus.more,
        .large = surplus.large,
    };
    count_deleted(writer, ret_slice);
    return err;
}

/* One slice of the first prune request; answers it when nothing is left. */
static void serve_prune(struct writer *writer)
{
    struct request *request = queue_first_prune(writer->queue);
    if (request == NULL) {
        return;
    }
    struct retention_slice slice = {0};
    struct err_msg why = {""};
    enum err err = delete_slice(writer, request->cutoff_ns, &slice, &why);
    bool more = slice.more;
    request->deleted += slice.traces;
    if (err == ERR_OK && !more) { /* who asked wants the space, too */
        err = retention_vacuum(writer->retention, slice.large, &more, &why);
    }
    if (err != ERR_OK || !more) {
        queue_remove_prune(writer->queue);
        struct writer_verdict verdict = {.code = err, .stored = request->deleted, .text = why.text};
        queue_answer(writer->queue, request, &verdict);
    }
}

/* Also when the file is to shrink: it does so only then. */
static void truncate_wal(struct writer *writer)
{
    int64_t limit_bytes = writer->options.size_limit_bytes;
    if (bytes_of(writer->wal_path) > WAL_LIMIT_BYTES ||
        (limit_bytes > 0 && bytes_of(writer->path) > limit_bytes)) {
        db_checkpoint(writer->db, 0);
    }
}

/* How long to wait for readers before it grows further. */
static int wal_patience_ms(int64_t length)
{
    return length > WAL_URGENT_BYTES    ? WAL_URGENT_PATIENCE_MS
           : length > WAL_LARGEST_BYTES ? WAL_LARGEST_PATIENCE_MS
                                        : WAL_LONG_PATIENCE_MS;
}

static void bound_wal(struct writer *writer)
{
    int64_t length = bytes_of(writer->wal_path);
    if (length > WAL_LONG_BYTES && clock_monotonic_ns() >= writer->next_wal_ns) {
        if (writer->sync_due_ns != 0) { /* the wait must not make a sync late */
            writer->sync_due_ns = clock_monotonic_ns();
            sync_at_rest(writer);
        }
        db_checkpoint(writer->db, wal_patience_ms(length));
        writer->next_wal_ns = clock_monotonic_ns() + wal_pause_ns;
    }
}

/* Traces that started before this are old. */
static int64_t retention_cutoff_ns(struct writer *writer)
{
    if (writer->options.retention_ns <= 0) {
        return INT64_MIN;
    }
    struct age_clock *clock = &writer->age_clock;
    bool doubted = age_clock_doubts(clock);
    int64_t wall_ns = clock_now_ns();
    int64_t now_ns = age_clock_now(clock, wall_ns, clock_monotonic_ns());
    if (!doubted && age_clock_doubts(clock)) {
        log_line("store: the system's clock is %" PRId64 " hours ahead of what was stored last:"
                 " for a day traces age without that",
                 (wall_ns - now_ns) / (3600 * NS_PER_S));
    } else if (doubted && !age_clock_doubts(clock)) {
        log_line("store: traces age by the system's clock again");
    }
    atomic_store(&writer->oldest_ns, now_ns - writer->options.retention_ns);
    return now_ns - writer->options.retention_ns;
}

int64_t writer_oldest_ns(const struct writer *writer)
{
    return writer != NULL ? atomic_load(&writer->oldest_ns) : 0;
}

/* One slice of what is due; true when there is more to do at once. */
static bool sweep(struct writer *writer, bool idle)
{
    struct retention_slice slice = {0};
    struct err_msg why = {""};
    /* Also where all is kept: a writer before us may not have come to the end. */
    enum err err = delete_slice(writer, retention_cutoff_ns(writer), &slice, &why);
    bool more = slice.more;
    if (err == ERR_OK) {
        bool stale = false;
        err = segment_store_renew(writer->segments, &stale, &why);
        more = more || stale;
    }
    if (err == ERR_OK && (idle || slice.large) && !more) {
        err = retention_vacuum(writer->retention, slice.large, &more, &why);
        truncate_wal(writer);
    }
    if (err != ERR_OK) {
        report_chore(writer, "old traces stay", &why);
        return false;
    }
    return more;
}

/* When there is something to do even if nobody asks for anything. */
static int64_t next_duty_ns(const struct writer *writer)
{
    return writer->sync_due_ns != 0 && writer->sync_due_ns < writer->next_sweep_ns
               ? writer->sync_due_ns
               : writer->next_sweep_ns;
}

/* One slice of what readers want to have column by column. */
static void build_segment(struct writer *writer)
{
    struct err_msg why = {""};
    bool more = false;
    enum err err = segment_store_build(writer->segments, &more, &why);
    if (err != ERR_OK) {
        report_chore(writer, "reading stays slower", &why);
    } else if (more) {
        writer->next_sweep_ns = 0;
    }
}

/* One slice of the new ids. */
static void merge_keys(struct writer *writer, bool idle)
{
    struct err_msg why = {""};
    bool more = false;
    if (clock_monotonic_ns() < writer->next_keys_ns) {
        return;
    }
    enum err err = trace_keys_merge(traces_keys(write_traces(writer->write)), idle, &more, &why);
    if (err != ERR_OK) {
        report_chore(writer, "opening a trace stays slower", &why);
        writer->next_keys_ns = clock_monotonic_ns() + sweep_ns;
    } else if (more) {
        writer->next_sweep_ns = 0;
    }
}

static void keep_house(struct writer *writer, bool idle)
{
    bound_wal(writer);
    serve_prune(writer);
    if (clock_monotonic_ns() >= writer->next_sweep_ns) {
        bool more = sweep(writer, idle);
        writer->next_sweep_ns = more ? 0 : clock_monotonic_ns() + sweep_ns;
    }
    build_segment(writer);
    merge_keys(writer, idle);
}

static void refuse_prunes(struct writer *writer, enum err err, const char *text)
{
    struct request *request;
    while ((request = queue_first_prune(writer->queue)) != NULL) {
        struct writer_verdict verdict = {.code = err, .stored = request->deleted, .text = text};
        queue_remove_prune(writer->queue);
        queue_answer(writer->queue, request, &verdict);
    }
}

/* Without our lock file anybody may become a second writer. What we remember of the rows may be
 * wrong from then on, so there is no way back. */
static void keep_lock(struct writer *writer)
{
    struct err_msg why = {""};
    if (!writer->lost && !db_has_moved(writer->db) &&
        lock_keep(writer->path, writer->lock, &why) == ERR_LOCKED) {
        writer->lost = true;
        report_failure(writer, ERR_LOCKED, &why, 0);
    }
}

static void *writer_main(void *argument)
{
    struct writer *writer = argument;
    while (queue_take(writer->queue, next_duty_ns(writer), &writer->group)) {
        bool idle = writer->group.count == 0;
        keep_lock(writer);
        store_group(writer);
        sync_at_rest(writer);
        if (!writer->lost) {
            keep_house(writer, idle);
        } else {
            refuse_prunes(writer, ERR_LOCKED, "another process writes this database");
            writer->next_sweep_ns = clock_monotonic_ns() + sweep_ns;
        }
        outage_check(&writer->outage, false, clock_monotonic_ns());
    }
    outage_check(&writer->outage, true, clock_monotonic_ns());
    refuse_prunes(writer, ERR_CLOSED, "stopped before it was done"); /* nobody adds any more */
    if (!writer->lost) {
        db_checkpoint(writer->db, 0);
    }
    return NULL;
}

/* ---- starting and stopping ------------------------------------------------------------------ */

static char *join(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *joined = mem_alloc(size);
    snprintf(joined, size, "%s%s", path, suffix);
    return joined;
}

static void free_writer(struct writer *writer)
{
    segment_store_close(writer->segments);
    retention_close(writer->retention);
    write_close(writer->write);
    db_close(writer->db);
    lock_release(writer->path, writer->lock);
    queue_stop(writer->queue);
    pthread_mutex_destroy(&writer->mutex);
    free(writer->path);
    free(writer->wal_path);
    free(writer);
}

static enum err open_store(struct writer *writer, struct err_msg *why)
{
    enum db_mode mode = writer->options.durability == DURABILITY_FULL ? DB_WRITE_DURABLE : DB_WRITE;
    enum tenure tenure = writer->options.tenure;
    enum err err = tenure == TENURE_CLAIM
                       ? lock_claim(writer->path, &writer->lock, why)
                       : lock_take(writer->path, tenure == TENURE_LEND, &writer->lock, why);
    if (err == ERR_OK) {
        err = db_open(writer->path, mode, &writer->db, why);
    }
    if (err == ERR_OK) {
        err = write_open(writer->db, &writer->write, why);
    }
    if (err == ERR_OK) {
        err = retention_open(writer->db, write_traces(writer->write), &writer->retention, why);
    }
    if (err == ERR_OK) {
        err = segment_store_open(writer->db, &writer->segments, why);
    }
    if (err == ERR_OK && writer->options.size_limit_bytes > 0) {
        err = retention_cap(writer->retention, writer->options.size_limit_bytes, why);
    }
    int64_t last_ns = 0;
    if (err == ERR_OK) {
        err = retention_last_ns(writer->retention, &last_ns, why);
    }
    age_clock_start(&writer->age_clock, last_ns, clock_now_ns(), clock_monotonic_ns());
    (void)retention_cutoff_ns(writer);
    return err;
}

/* Signals belong to the main thread: the writer inherits a mask that blocks them all. */
static enum err start_thread(struct writer *writer, struct err_msg *why)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int failed = pthread_create(&writer->thread, NULL, writer_main, writer);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return failed != 0 ? err_set(why, ERR_IO, "cannot start a thread: %s", strerror(failed))
                       : ERR_OK;
}

enum err writer_start(const struct writer_options *options, struct writer **ret_writer,
                      struct err_msg *why)
{
    struct writer *writer = mem_zero(1, sizeof *writer);
    writer->options = *options;
    writer->path = join(options->path, "");
    writer->wal_path = join(options->path, "-wal");
    writer->options.path = writer->path;
    writer->lock = -1;
    pthread_mutex_init(&writer->mutex, NULL);
    enum err err = open_store(writer, why);
    if (err == ERR_OK) {
        err = queue_start(&writer->options, &writer->queue, why);
    }
    if (err == ERR_OK) {
        err = start_thread(writer, why);
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

int writer_owner_pid(const char *path)
{
    return lock_owner(path, NULL, 0);
}

bool writer_is_claimed(const struct writer *writer)
{
    return lock_is_claimed(writer->lock);
}
