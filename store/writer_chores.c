/* writer_chores — what the writer thread does between two transactions: a slice at a time, it
 * deletes what retention no longer keeps, gives pages back, keeps the WAL short, and puts in order
 * what the readers want. */
#include <inttypes.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/sql/db.h"
#include "store/sql/trace_keys.h"
#include "store/sql/traces.h"
#include "store/writer_private.h"

enum { WAL_REST_BYTES = 4 << 20 }; /* a longer one is emptied when nobody sends anything */
enum { SUMS_SHARE = 20 };

/* SQLite starts the WAL anew when at some moment nobody reads it. Viewers enough, and that moment
 * never comes: from a length on the writer waits for those who read, new ones read the file. What
 * came in during a long wait is not written at once but a little before each of the next waits.
 * Who reads for longer than all of them, as a backup does, is not waited for any more. */
static const struct wal_level {
    int64_t bytes;
    int patience_ms;
    int64_t pause_ns; /* until the next wait */
    size_t spans;     /* at most so many between two waits; 0 = as many as there are */
} wal_levels[] = {
    {64 << 20, 100, NS_PER_S / 4, 0},
    {52 << 20, 3000, 0, 1000},
    {40 << 20, 1000, 0, 2000},
    {24 << 20, 100, NS_PER_S / 4, 0},
    {0, 0, 0, 0},
};

static const int64_t chore_report_ns = 60 * NS_PER_S;

/* What can wait did not work: worth a line, but not all the time, and not beside a larger trouble.
 */
static void report_chore(struct writer *writer, const char *consequence, const struct err_msg *why)
{
    if (!writer->outage.going_on && clock_monotonic_ns() >= writer->next_report_ns) {
        writer->next_report_ns = clock_monotonic_ns() + chore_report_ns;
        log_line("store: %s: %s", consequence, why->text);
    }
}

/* ---- deleting -------------------------------------------------------------------------------- */

static void count_deleted(struct writer *writer, const struct retention_slice *slice)
{
    if (slice->traces > 0) {
        atomic_fetch_add(&writer->options.counters->pruned_traces, slice->traces);
        writer_announce(writer);
    }
}

bool writer_make_room(struct writer *writer)
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
    struct queue_request *request = queue_first_prune(writer->queue);
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

/* ---- the write-ahead log --------------------------------------------------------------------- */

enum err writer_checkpoint(struct writer *writer, int patience_ms)
{
    return wal_empty(writer->db, patience_ms, &writer->wal, NULL);
}

/* Nothing is lost: what is not in the file is in the WAL. But that grows, until the disk is full.
 * When spans are refused already, that is enough to know. */
void writer_report_wal(struct writer *writer, bool at_once)
{
    struct err_msg text = {""};
    int64_t now_ns = clock_monotonic_ns();
    if (writer->wal.err == ERR_OK) {
        outage_succeeded(&writer->swell, now_ns);
    } else if (writer->swell.going_on || !writer->outage.going_on) {
        (void)err_set(&text, writer->wal.err, "%s; the WAL keeps what comes in, and grows",
                      writer->wal.why.text);
        outage_failed(&writer->swell, text.text, 0, now_ns);
    }
    pthread_mutex_lock(&writer->mutex);
    memcpy(writer->strain, text.text, sizeof writer->strain);
    pthread_mutex_unlock(&writer->mutex);
    outage_check(&writer->swell, at_once, now_ns);
}

/* Also when the file is to shrink: it does so only then. And to see whether it can be written
 * again. */
static void truncate_wal(struct writer *writer)
{
    int64_t limit_bytes = writer->options.size_limit_bytes;
    struct writer_load load = writer_load(writer);
    if (load.wal_bytes > WAL_REST_BYTES || writer->wal.err != ERR_OK ||
        (limit_bytes > 0 && load.file_bytes > limit_bytes)) {
        writer_checkpoint(writer, 0);
    }
}

static const struct wal_level *wal_level(struct writer *writer)
{
    int64_t length = writer_load(writer).wal_bytes;
    const struct wal_level *level = wal_levels;
    while (length < level->bytes) {
        level++;
    }
    return level;
}

static void bound_wal(struct writer *writer)
{
    const struct wal_level *level = wal_level(writer);
    if (level->bytes > 0 && clock_monotonic_ns() >= writer->next_wal_ns) {
        writer_sync_now(writer); /* the wait must not make it late */
        writer_checkpoint(writer, level->patience_ms);
        writer->next_wal_ns = clock_monotonic_ns() + level->pause_ns;
        level = wal_level(writer);
    }
    writer->group.limit_spans = level->spans;
}

/* ---- all of it ------------------------------------------------------------------------------- */

int64_t writer_cutoff_ns(struct writer *writer)
{
    if (writer->options.retention_ns <= 0) {
        return INT64_MIN;
    }
    struct age_clock *clock = &writer->age_clock;
    bool doubted = age_clock_doubts(clock);
    int64_t wall_ns = clock_now_ns();
    int64_t now_ns = age_clock_now(clock, wall_ns, clock_boot_ns());
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

/* One slice of what is due; true when there is more to do at once. */
static bool sweep(struct writer *writer, bool idle)
{
    struct retention_slice slice = {0};
    struct err_msg why = {""};
    /* Also where all is kept: a writer before us may not have come to the end. */
    enum err err = delete_slice(writer, writer_cutoff_ns(writer), &slice, &why);
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

/* One slice of the sums of a block. Where many traces change after their time, segments are built
 * anew all the time, and each takes the sums of its block with it: so beside other work these may
 * take one part in SUMS_SHARE of the time only. */
static void build_sums(struct writer *writer, bool idle)
{
    struct err_msg why = {""};
    bool more = false;
    int64_t start_ns = clock_monotonic_ns();
    if (start_ns < writer->next_sums_ns && !(idle && writer->more_sums)) {
        return;
    }
    enum err err = block_store_build(writer->blocks, &more, &why);
    int64_t now_ns = clock_monotonic_ns();
    writer->next_sums_ns = now_ns + (more ? SUMS_SHARE * (now_ns - start_ns) : writer_sweep_ns);
    writer->more_sums = more;
    if (err != ERR_OK) {
        report_chore(writer, "reading stays slower", &why);
    } else if (more && idle) {
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
        writer->next_keys_ns = clock_monotonic_ns() + writer_sweep_ns;
    } else if (more) {
        writer->next_sweep_ns = 0;
    }
}

void writer_keep_house(struct writer *writer, bool idle)
{
    bound_wal(writer);
    serve_prune(writer);
    if (clock_monotonic_ns() >= writer->next_sweep_ns) {
        bool more = sweep(writer, idle);
        writer->next_sweep_ns = more ? 0 : clock_monotonic_ns() + writer_sweep_ns;
    }
    build_segment(writer);
    build_sums(writer, idle);
    merge_keys(writer, idle);
}

void writer_refuse_prunes(struct writer *writer, enum err err, const char *text)
{
    struct queue_request *request;
    while ((request = queue_first_prune(writer->queue)) != NULL) {
        struct writer_verdict verdict = {.code = err, .stored = request->deleted, .text = text};
        queue_remove_prune(writer->queue);
        queue_answer(writer->queue, request, &verdict);
    }
}
