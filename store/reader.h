/* reader — the questions one may ask of a store.
 *
 *     struct reader *reader;
 *     if (reader_open("traces.db", &reader, &why) != ERR_OK) { ... }
 *     struct list_question question = {.filter = &filter, .sort = SORT_START, .limit = 200};
 *     struct list_answer answer = {0};
 *     if (reader_list(reader, &question, &answer, &why) == ERR_OK) { ... answer.rows ... }
 *     list_answer_clear(&answer);
 *
 * A reader owns a read-only connection of its own; it never writes and never checkpoints. Every
 * question opens and ends its own short read transaction. Questions that may be slow work in
 * slices: they stop when budget_ns is used up and say where to go on, so that the caller can show
 * what there is, cancel, and let the WAL be reset. Thread: one at a time, except reader_cancel.
 *
 * Errors of every question: ERR_CANCELLED after reader_cancel; ERR_CORRUPT, ERR_IO the file cannot
 * be read, and the text says what to do. Of one trace also ERR_NOT_FOUND: it is no longer stored.
 * The answer is untouched then. Owns: the caller clears answers and ends what it began. */
#ifndef TRACETUI_STORE_READER_H
#define TRACETUI_STORE_READER_H

#include "store/filter.h"
#include "store/trace.h"

struct reader;

/* Errors: ERR_NOT_FOUND no such file; ERR_VERSION, ERR_CORRUPT, ERR_IO with a text that says what
 * to do. */
enum err reader_open(const char *path, struct reader **ret_reader, struct err_msg *why) MUST_CHECK;
void reader_close(struct reader *reader);

/* Makes the running question and every later one return ERR_CANCELLED until reader_resume. Thread:
 * any. */
void reader_cancel(struct reader *reader);
void reader_resume(struct reader *reader);

/* Changes whenever somebody committed (PRAGMA data_version). */
enum err reader_version(struct reader *reader, int64_t *ret_version) MUST_CHECK;

/* Is the file no longer where it was opened? What is committed from then on is not in it. */
bool reader_has_moved(struct reader *reader);

/* ---- the list ------------------------------------------------------------------------------- */

enum list_sort {
    SORT_START,
    SORT_DURATION,
    SORT_SPANS,
    SORT_ERRORS,
    SORT_OPERATION,
    SORT_USER,
    SORT_COUNT
};

/* A place between two rows: the sort key and number of the row before it. */
struct list_cursor {
    bool set;
    int64_t key;          /* start_ns, duration_ns, span_count or error_count */
    struct text key_text; /* operation or user */
    int64_t number;
};

struct list_question {
    const struct filter *filter; /* NULL = all */
    enum list_sort sort;
    bool ascending;           /* default: newest, longest, most first; names: Z first */
    bool backward;            /* the rows before the cursor instead of behind it, nearest last */
    struct list_cursor after; /* not set = from the start */
    size_t limit;             /* rows wanted */
    int64_t now_ns;           /* for relative times */
    int64_t budget_ns;        /* 0 = none */
};

struct list_answer {
    struct arena arena;
    struct trace_row *rows; /* in display order */
    size_t count;
    bool done;               /* no more rows in this direction */
    struct list_cursor next; /* ask again with this when !done (also when the budget ran out) */
    int64_t scanned;         /* traces looked at */
};

enum err reader_list(struct reader *reader, const struct list_question *question,
                     struct list_answer *ret_answer, struct err_msg *why) MUST_CHECK;
void list_answer_clear(struct list_answer *answer);
/* The cursor behind a row; borrows the row's texts. */
struct list_cursor list_cursor_of(const struct trace_row *row, enum list_sort sort);

/* ---- statistics and histogram of all matching traces ----------------------------------------- */

enum { SUMMARY_BUCKETS_LARGEST = 512, SUMMARY_BANDS = 3 };

struct summary_bucket {
    uint32_t count, errors;
    uint32_t bands[SUMMARY_BANDS]; /* < 100 ms, < 1 s, longer */
};

struct summary_question {
    const struct filter *filter;
    int64_t now_ns;
    int64_t budget_ns; /* 0 = none */
    /* the histogram: buckets of bucket_ns from from_ns on; 0 buckets = none. from_ns = 0 and
     * bucket_ns = 0: the reader chooses a window that holds all matches, rounded to pleasant steps.
     */
    size_t buckets;
    int64_t from_ns, bucket_ns;
};

struct summary {
    int64_t total, errors, running, cancelled, spans;
    int64_t sum_ns, min_ns, max_ns, p50_ns, p90_ns, p95_ns, p99_ns; /* of traces that ended */
    bool exact;      /* percentiles come from sorted values, not from the 1 % histogram */
    bool done;       /* false: the budget ran out; the figures cover what was scanned so far */
    int64_t scanned; /* traces looked at one by one, as far as no index answered */
    int64_t first_ns, last_ns; /* starts of the earliest and latest match */
    int64_t from_ns, bucket_ns;
    size_t buckets;
    struct summary_bucket bucket[SUMMARY_BUCKETS_LARGEST];
};

/* Opaque running state, so that a summary can be made in slices. */
struct summary_work;
enum err summary_begin(struct reader *reader, const struct summary_question *question,
                       struct summary_work **ret_work, struct err_msg *why) MUST_CHECK;
/* Scans on for at most budget_ns; ret_summary holds the figures so far. */
enum err summary_step(struct summary_work *work, struct summary *ret_summary,
                      struct err_msg *why) MUST_CHECK;
void summary_end(struct summary_work *work);

/* Number of traces in the store (cheap), spans, and the file's size with its WAL. */
struct store_size {
    int64_t traces, spans, file_bytes, wal_bytes, oldest_ns, newest_ns;
};
enum err reader_size(struct reader *reader, struct store_size *ret_size) MUST_CHECK;

/* ---- groups (stats --by, :top) ---- */

/* GROUP_ERROR: failed traces by their message, cut at GROUP_MESSAGE_BYTES. */
enum group_by { GROUP_OPERATION, GROUP_USER, GROUP_SERVICE, GROUP_TYPE, GROUP_ERROR };
enum { GROUP_MESSAGE_BYTES = 200 };
struct group_row {
    struct text name;
    int64_t count, errors;
    int64_t ended; /* of them: the figures below are theirs */
    int64_t sum_ns, min_ns, p50_ns, p95_ns, p99_ns, max_ns;
};
struct group_answer {
    struct arena arena;
    struct group_row *rows; /* most first */
    size_t count;
};
enum err reader_groups(struct reader *reader, const struct filter *filter, enum group_by by,
                       int64_t now_ns, size_t limit, struct group_answer *ret_answer,
                       struct err_msg *why) MUST_CHECK;
void group_answer_clear(struct group_answer *answer);

/* ---- what is usual ---- */

struct baseline_key {
    struct text service, operation; /* of a span */
};
struct baseline {
    int64_t count; /* spans in the sample; 0 = this operation is not in it, and the rest is 0 */
    int64_t p50_ns, p95_ns;
};
/* How long the spans of each operation usually take, so that one can be called "x4.2 p95". From a
 * sample of the newest traces, some tens of thousands of ended spans, at most 64 of one
 * trace. The reader keeps it for some seconds: the first call costs about 20 ms, the others
 * microseconds. Percentiles of a small count say little: look at it. */
enum err reader_baselines(struct reader *reader, const struct baseline_key *keys, size_t count,
                          struct baseline *ret_baselines, struct err_msg *why) MUST_CHECK;

/* ---- one trace ---- */

/* Finds a trace by its id in any spelling, or by a unique prefix of 4 or more characters.
 * Errors: ERR_NOT_FOUND; ERR_AMBIGUOUS (the text lists the first few). */
enum err reader_find(struct reader *reader, struct text id_or_prefix, int64_t *ret_number,
                     struct err_msg *why) MUST_CHECK;

/* Loads the row and all skeletons and builds the tree. Owns: the caller trace_free's it.
 * on_progress (may be NULL) hears how many spans were read so far. */
enum err reader_trace(struct reader *reader, int64_t number,
                      void (*on_progress)(size_t loaded, void *ctx), void *ctx,
                      struct trace **ret_trace, struct err_msg *why) MUST_CHECK;

/* Some first rows of a trace that takes long to load: the root and READER_FIRST_SPANS spans in the
 * order of their ids; is_partial says so. *ret_trace is NULL where that is of no use: the trace is
 * soon loaded, or its root is not known. */
enum { READER_FIRST_SPANS = 1000, READER_LONG_TRACE_SPANS = 30000 };
enum err reader_trace_first(struct reader *reader, int64_t number, struct trace **ret_trace,
                            struct err_msg *why) MUST_CHECK;

/* The row alone: cheap, to see whether version moved. */
enum err reader_trace_row(struct reader *reader, int64_t number, struct arena *arena,
                          struct trace_row *ret_row) MUST_CHECK;

/* What a skeleton leaves out. Texts as in struct span; all in the answer's arena. */
struct span_body {
    int64_t body; /* key */
    struct text message, stack, attributes, events, links, trace_state, user, session, client_type,
        client_version, metadata; /* metadata: a JSON object */
    struct text resource, scope_name, scope_version,
        scope_attributes; /* resource, scope_attributes: JSON objects */
    struct text resource_schema_url, scope_schema_url;
    uint32_t otlp_flags, dropped_attributes, dropped_events, dropped_links;
};
/* One body per key, in the order asked; unknown keys give an empty body with body = 0.
 * Owns: texts live in arena, which the caller clears. */
enum err reader_bodies(struct reader *reader, const int64_t *keys, size_t count,
                       struct arena *arena, struct span_body *ret_bodies,
                       struct err_msg *why) MUST_CHECK;

/* Which spans of a trace satisfy a filter of filter_spans.h, in slices. The reader must outlive the
 * search. */
struct span_search;
struct spans_found {
    int64_t *bodies; /* keys, in the order of the spans' ids; in the arena of the step */
    size_t count;
    bool done; /* false: the budget ran out, there may be more */
};
enum err span_search_begin(struct reader *reader, int64_t number, const struct filter *filter,
                           int64_t now_ns, struct span_search **ret_search,
                           struct err_msg *why) MUST_CHECK;
/* Those found on the way, for at most budget_ns. */
enum err span_search_step(struct span_search *search, int64_t budget_ns, struct arena *arena,
                          struct spans_found *ret_found, struct err_msg *why) MUST_CHECK;
void span_search_end(struct span_search *search); /* NULL is fine */

/* The client_type of spans alone, for their bodies' keys; empty where none is known. Owns: borrowed
 * from the reader until the next question. */
enum err reader_client_types(struct reader *reader, const int64_t *keys, size_t count,
                             struct text *ret_types, struct err_msg *why) MUST_CHECK;

/* ---- names for completion and the form ---- */

struct name_count {
    struct text name;
    int64_t count; /* traces or spans that carry it, approximate */
};
/* field: FIELD_USER, FIELD_OP, FIELD_SERVICE, FIELD_TYPE, FIELD_SPAN, FIELD_SESSION. Most frequent
 * first, at most limit. */
enum err reader_names(struct reader *reader, enum filter_field field, struct text contains,
                      size_t limit, struct arena *arena, struct name_count *ret_names,
                      size_t *ret_count, struct err_msg *why) MUST_CHECK;

#endif
