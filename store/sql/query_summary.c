/* query_summary — figures and histogram of all matching traces, newest first, in slices. */
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/sql/block_scan.h"
#include "store/sql/distribution.h"
#include "store/sql/reader_private.h"
#include "store/sql/scan.h"
#include "store/sql/segment_scan.h"
#include "store/sql/time_histogram.h"

enum { EXACT_VALUES = 200000 };

struct summary_work {
    struct scan scan;
    int64_t now_ns;
    bool by_segments;
    struct filter filter; /* our copy: the terms of scan.filter point into it */
    int64_t budget_ns;
    size_t buckets;
    struct summary figures; /* counts, and the buckets when the asker chose their width */
    struct distribution durations;
    struct time_histogram histogram;
};

static const char columns[] = "t.start_ns, t.duration_ns, t.status, t.span_count";

static void count_in_given_buckets(struct summary *figures, int64_t start_ns,
                                   enum span_status status, int64_t duration_ns)
{
    int64_t behind;
    if (start_ns < figures->from_ns ||
        __builtin_sub_overflow(start_ns, figures->from_ns, &behind)) {
        return;
    }
    uint64_t at = (uint64_t)(behind / figures->bucket_ns);
    if (at < figures->buckets) {
        summary_bucket_count(&figures->bucket[at], status, duration_ns);
    }
}

static void count_trace(struct summary_work *work, int64_t start_ns, int64_t duration_ns,
                        enum span_status status, int64_t spans)
{
    struct summary *figures = &work->figures;
    figures->total++;
    figures->errors += status == STATUS_ERROR;
    figures->running += status == STATUS_IN_PROGRESS;
    figures->cancelled += status == STATUS_CANCELLED;
    figures->spans += db_count(spans);
    if (status != STATUS_IN_PROGRESS) {
        distribution_add(&work->durations, duration_ns);
    }
    if (figures->bucket_ns > 0) {
        count_in_given_buckets(figures, start_ns, status, duration_ns);
    }
    time_histogram_add(&work->histogram, start_ns, status, duration_ns);
}

static void on_row(sqlite3_stmt *statement, void *ctx)
{
    count_trace(ctx, sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                (enum span_status)sqlite3_column_int(statement, 2),
                sqlite3_column_int64(statement, 3));
}

static void add_sum(const struct block_sum *sum, int64_t value, void *ctx)
{
    struct summary_work *work = ctx;
    struct summary *figures = &work->figures;
    (void)value;
    figures->total += sum->count;
    figures->errors += sum->errors;
    figures->running += sum->running;
    figures->cancelled += sum->cancelled;
    figures->spans += sum->spans;
    (void)distribution_add_part(&work->durations, &sum->ended);
    for (size_t i = sum->bin_count; i-- > 0;) {
        time_histogram_add_bin(&work->histogram, sum->level, sum->bin_numbers[i], &sum->bins[i]);
    }
    time_histogram_reach(&work->histogram, sum->first_ns, sum->last_ns);
}

/* All traces in one step: a million take some tens of milliseconds. Newest first, since the
 * histogram likes it so. */
static enum err count_segments(struct summary_work *work, struct err_msg *why)
{
    struct segment_scan scan = {
        .reader = work->scan.reader,
        .columns =
            1u << COLUMN_START | 1u << COLUMN_DURATION | 1u << COLUMN_STATUS | 1u << COLUMN_SPANS,
    };
    const struct segment_values *found = scan.segment.columns;
    const struct block_scan blocks = {.scan = &scan,
                                      .take = add_sum,
                                      .ctx = work,
                                      .with_starts = true,
                                      .strip_buckets = work->buckets};
    enum err err = segment_scan_begin(&scan, &work->filter, work->now_ns, why);
    if (err == ERR_OK && work->figures.bucket_ns == 0) { /* else bins might lie across buckets */
        err = block_scan_run(&blocks, why);
    }
    for (size_t i = scan.count; i-- > 0 && err == ERR_OK;) {
        err = segment_scan_load(&scan, &scan.pieces[i], why);
        for (size_t row = scan.segment.count; err == ERR_OK && row-- > 0;) {
            if (scan.keep[row]) {
                count_trace(work, found[COLUMN_START].values[row],
                            found[COLUMN_DURATION].values[row],
                            (enum span_status)found[COLUMN_STATUS].values[row],
                            found[COLUMN_SPANS].values[row]);
            }
        }
        work->scan.scanned += (int64_t)scan.segment.count;
    }
    segment_scan_clear(&scan);
    work->scan.done = err == ERR_OK;
    return err;
}

enum err summary_begin(struct reader *reader, const struct summary_question *question,
                       struct summary_work **ret_work, struct err_msg *why)
{
    struct summary_work *work = mem_zero(1, sizeof *work);
    if (question->filter != NULL) {
        filter_copy(question->filter, &work->filter);
    }
    work->scan = (struct scan){
        .reader = reader, .sort = SORT_START, .descending = true, .always_in_ranges = true};
    work->budget_ns = question->budget_ns;
    work->now_ns = question->now_ns;
    work->buckets =
        question->buckets < SUMMARY_BUCKETS_LARGEST ? question->buckets : SUMMARY_BUCKETS_LARGEST;
    work->durations.exact_limit = EXACT_VALUES;
    if (question->bucket_ns > 0) {
        work->figures.from_ns = question->from_ns;
        work->figures.bucket_ns = question->bucket_ns;
        work->figures.buckets = work->buckets;
    }
    enum err err = reader_begin(reader, why);
    if (err == ERR_OK) {
        err = filter_sql_build(reader, &work->filter, question->now_ns, &work->scan.filter, why);
        if (err == ERR_OK && segment_scan_can(reader, &work->filter)) {
            bool is_short = false;
            err = scan_is_short(&work->scan, SHORT_TRACES, &is_short, why);
            work->by_segments = !is_short;
        }
        reader_end(reader);
    }
    if (err != ERR_OK) {
        summary_end(work);
        return err;
    }
    *ret_work = work;
    return ERR_OK;
}

static void report(struct summary_work *work, struct summary *ret_summary)
{
    struct distribution *durations = &work->durations;
    *ret_summary = work->figures;
    ret_summary->sum_ns = durations->sum;
    ret_summary->min_ns = durations->least;
    ret_summary->max_ns = durations->largest;
    ret_summary->p50_ns = distribution_percentile(durations, 50);
    ret_summary->p90_ns = distribution_percentile(durations, 90);
    ret_summary->p95_ns = distribution_percentile(durations, 95);
    ret_summary->p99_ns = distribution_percentile(durations, 99);
    ret_summary->exact = distribution_is_exact(durations);
    ret_summary->done = work->scan.done;
    ret_summary->scanned = work->scan.scanned;
    ret_summary->first_ns = work->histogram.first_ns;
    ret_summary->last_ns = work->histogram.last_ns;
    if (work->figures.bucket_ns == 0) {
        time_histogram_fill(&work->histogram, work->buckets, ret_summary);
    }
}

enum err summary_step(struct summary_work *work, struct summary *ret_summary, struct err_msg *why)
{
    struct scan *scan = &work->scan;
    int64_t start = clock_monotonic_ns();
    enum err err = reader_begin(scan->reader, why);
    if (err != ERR_OK) {
        return err;
    }
    if (work->by_segments && !scan->done) {
        err = count_segments(work, why);
    }
    while (!scan->done && err == ERR_OK) {
        err = scan_step(scan, columns, -1, on_row, work, why);
        if (work->budget_ns > 0 && clock_monotonic_ns() - start >= work->budget_ns) {
            break;
        }
        if (err == ERR_OK) {
            err = reader_renew(scan->reader, why);
        }
    }
    reader_end(scan->reader);
    if (err == ERR_OK) {
        report(work, ret_summary);
    }
    return err;
}

void summary_end(struct summary_work *work)
{
    if (work == NULL) {
        return;
    }
    scan_clear(&work->scan);
    filter_clear(&work->filter);
    distribution_clear(&work->durations);
    time_histogram_clear(&work->histogram);
    free(work);
}
