/* query_groups — figures by operation, user, service, type or error, of all matching traces. */
#include <stdlib.h>

#include "store/sql/block_scan.h"
#include "store/sql/grouping.h"
#include "store/sql/reader_private.h"
#include "store/sql/scan.h"
#include "store/sql/segment_scan.h"
#include "store/sql/segment_types.h"

/* Messages of errors are not in the dictionary: they are known by two hashes. With more of them
 * than anybody reads the rest counts as one without a message. */
enum { MESSAGES_LARGEST = 100000 };

struct message {
    int64_t id, second_id;
    struct text text;
};

struct collection {
    struct grouping grouping;
    enum group_by by;
    struct arena arena;
    struct message *messages;
    size_t count, capacity;
};

/* Columns: name id or message, status, duration (NULL or of no meaning while running). */
static const struct {
    const char *columns;
    enum segment_column column; /* COLUMN_COUNT: segments do not know it; COLUMN_TYPES: by span */
    enum block_dimension dimension; /* BLOCK_ALL: no sums know it */
    const char *query; /* for what is counted by span: NULL where the scan over traces does it */
} rules[] = {
    [GROUP_OPERATION] = {"t.root_operation, t.status, t.duration_ns", COLUMN_OPERATION,
                         BLOCK_OPERATION, NULL},
    [GROUP_USER] = {"t.user, t.status, t.duration_ns", COLUMN_USER, BLOCK_USER, NULL},
    [GROUP_SERVICE] = {"t.service, t.status, t.duration_ns", COLUMN_SERVICE, BLOCK_SERVICE, NULL},
    [GROUP_TYPE] = {"s.type, s.status, s.duration_ns", COLUMN_TYPES, BLOCK_TYPE,
                    " FROM trace t JOIN span s ON s.trace = t.number WHERE 1"},
    [GROUP_ERROR] = {"t.error_message, t.status, t.duration_ns", COLUMN_COUNT, BLOCK_ALL, NULL},
};

static void keep_message(struct collection *collection, struct message message)
{
    if (collection->count == collection->capacity) {
        collection->capacity = collection->capacity != 0 ? collection->capacity * 2 : 64;
        collection->messages =
            mem_grow(collection->messages, collection->capacity * sizeof *collection->messages);
    }
    message.text = arena_copy(&collection->arena, message.text);
    collection->messages[collection->count++] = message;
}

static void on_failed_row(sqlite3_stmt *statement, void *ctx)
{
    struct collection *collection = ctx;
    enum span_status status = (enum span_status)sqlite3_column_int(statement, 1);
    const char *bytes = (const char *)sqlite3_column_text(statement, 0);
    if (status != STATUS_ERROR) {
        return;
    }
    struct message message = {0};
    if (bytes != NULL) {
        message.text = text_make(bytes, (size_t)sqlite3_column_bytes(statement, 0));
        message.text.length = text_cut(message.text, GROUP_MESSAGE_BYTES);
    }
    if (message.text.length > 0) {
        struct text rest = text_make(message.text.data + 1, message.text.length - 1);
        message.id = (int64_t)text_hash(message.text);
        message.second_id = (int64_t)text_hash(rest);
    }
    if (message.id != 0 &&
        grouping_find(&collection->grouping, message.id, message.second_id) == NULL) {
        if (collection->count < MESSAGES_LARGEST) {
            keep_message(collection, message);
        } else {
            message = (struct message){0};
        }
    }
    grouping_add(&collection->grouping, message.id, message.second_id, status,
                 sqlite3_column_int64(statement, 2));
}

static struct text message_of(const struct collection *collection, const struct group *group)
{
    for (size_t i = 0; i < collection->count; i++) {
        const struct message *message = &collection->messages[i];
        if (message->id == group->id && message->second_id == group->second_id) {
            return message->text;
        }
    }
    return (struct text){0};
}

static void on_row(sqlite3_stmt *statement, void *ctx)
{
    struct collection *collection = ctx;
    grouping_add(&collection->grouping, sqlite3_column_int64(statement, 0), 0,
                 (enum span_status)sqlite3_column_int(statement, 1),
                 db_column_ended_duration(statement, 2));
}

static enum err collect_spans(struct scan *scan, struct collection *collection, struct err_msg *why)
{
    enum group_by by = collection->by;
    struct query query = {0};
    sqlite3_stmt *statement = NULL;
    query_add(&query, "SELECT ");
    query_add(&query, rules[by].columns);
    query_add(&query, rules[by].query);
    query_add_query(&query, &scan->filter.anchor);
    query_add_query(&query, &scan->filter.rest);
    int rc = query_prepare(&query, scan->reader->db, &statement);
    rc = rc == SQLITE_OK ? sqlite3_step(statement) : rc;
    for (; rc == SQLITE_ROW; rc = sqlite3_step(statement)) {
        on_row(statement, collection);
    }
    enum err err = reader_error(scan->reader, rc, why);
    sqlite3_finalize(statement);
    query_clear(&query);
    return err;
}

/* The spans of one trace by type. */
static enum err add_spans(struct reader *reader, int64_t number, struct collection *collection,
                          struct err_msg *why)
{
    sqlite3_stmt *spans;
    enum err err = reader_statement(reader, READ_SPANS, &spans, why);
    if (err != ERR_OK) {
        return err;
    }
    db_bind_i64(spans, 1, number);
    int rc;
    while ((rc = sqlite3_step(spans)) == SQLITE_ROW) {
        grouping_add(&collection->grouping, sqlite3_column_int64(spans, 1), 0,
                     (enum span_status)sqlite3_column_int(spans, 2),
                     db_column_ended_duration(spans, 3));
    }
    err = reader_error(reader, rc, why);
    sqlite3_reset(spans);
    return err;
}

/* The traces that are kept of the piece loaded last. */
static enum err add_types(struct segment_scan *scan, const struct segment_piece *piece,
                          struct collection *collection, struct err_msg *why)
{
    const struct segment *segment = &scan->segment;
    enum err err = ERR_OK;
    size_t kept = 0;
    for (size_t row = 0; row < segment->count; row++) {
        kept += scan->keep[row] != 0;
    }
    if (piece->kind == PIECE_STORED && kept > 0 && kept == segment->count &&
        segment_types_known(segment)) {
        return segment_types_add(segment, &collection->grouping)
                   ? ERR_OK
                   : err_set(why, ERR_CORRUPT, "database damaged: a segment");
    }
    for (size_t row = 0; kept > 0 && row < segment->count && err == ERR_OK; row++) {
        if (scan->keep[row]) {
            err = add_spans(scan->reader, segment->columns[COLUMN_NUMBER].values[row], collection,
                            why);
        }
    }
    return err;
}

static void add_sum(const struct block_sum *sum, int64_t value, void *ctx)
{
    struct collection *collection = ctx;
    (void)!grouping_add_part(&collection->grouping, value, sum->count, sum->errors, &sum->ended);
}

static enum err collect_segments(struct reader *reader, const struct filter *filter, int64_t now_ns,
                                 struct collection *collection, struct err_msg *why)
{
    enum segment_column column = rules[collection->by].column;
    struct segment_scan scan = {
        .reader = reader,
        .columns = column == COLUMN_TYPES
                       ? 1u << COLUMN_NUMBER | 1u << COLUMN_TYPES | 1u << COLUMN_TYPE_BUCKETS
                       : 1u << column | 1u << COLUMN_DURATION | 1u << COLUMN_STATUS,
    };
    const struct segment_values *columns = scan.segment.columns;
    const struct block_scan blocks = {
        .scan = &scan, .take = add_sum, .ctx = collection, .by = rules[collection->by].dimension};
    enum err err = segment_scan_begin(&scan, filter, now_ns, why);
    if (err == ERR_OK && blocks.by != BLOCK_ALL) {
        err = block_scan_run(&blocks, why);
    }
    for (size_t i = 0; i < scan.count && err == ERR_OK; i++) {
        err = segment_scan_load(&scan, &scan.pieces[i], why);
        if (err == ERR_OK && column == COLUMN_TYPES) {
            err = add_types(&scan, &scan.pieces[i], collection, why);
            continue;
        }
        for (size_t row = 0; err == ERR_OK && row < scan.segment.count; row++) {
            if (scan.keep[row]) {
                grouping_add(&collection->grouping, columns[column].values[row], 0,
                             (enum span_status)columns[COLUMN_STATUS].values[row],
                             columns[COLUMN_DURATION].values[row]);
            }
        }
    }
    segment_scan_clear(&scan);
    return err;
}

static enum err collect(struct scan *scan, struct collection *collection, struct err_msg *why)
{
    enum err err = ERR_OK;
    enum group_by by = collection->by;
    if (rules[by].query != NULL) {
        return collect_spans(scan, collection, why);
    }
    while (!scan->done && err == ERR_OK) {
        err = scan_step(scan, rules[by].columns, -1, by == GROUP_ERROR ? on_failed_row : on_row,
                        collection, why);
        if (err == ERR_OK) {
            err = reader_renew(scan->reader, why);
        }
    }
    return err;
}

static void report(struct reader *reader, struct collection *collection, size_t limit,
                   struct group_answer *answer)
{
    struct grouping *grouping = &collection->grouping;
    if (grouping->count == 0) {
        return;
    }
    grouping_sort(grouping);
    answer->count = grouping->count < limit ? grouping->count : limit;
    answer->rows = arena_zero(&answer->arena, answer->count, sizeof *answer->rows);
    for (size_t i = 0; i < answer->count; i++) {
        struct group *group = &grouping->groups[i];
        answer->rows[i] = (struct group_row){
            .name = arena_copy(&answer->arena, collection->by == GROUP_ERROR
                                                   ? message_of(collection, group)
                                                   : reader_name(reader, group->id)),
            .count = group->count,
            .errors = group->errors,
            .ended = group->durations.count,
            .sum_ns = group->durations.sum,
            .min_ns = group->durations.least,
            .p50_ns = distribution_percentile(&group->durations, 50),
            .p95_ns = distribution_percentile(&group->durations, 95),
            .p99_ns = distribution_percentile(&group->durations, 99),
            .max_ns = group->durations.largest,
        };
    }
}

enum err reader_groups(struct reader *reader, const struct filter *filter, enum group_by by,
                       int64_t now_ns, size_t limit, struct group_answer *ret_answer,
                       struct err_msg *why)
{
    struct group_answer answer = {0};
    struct collection collection = {.by = by};
    struct scan scan = {.reader = reader, .sort = SORT_START, .descending = true};
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    err = filter_sql_build(reader, filter, now_ns, &scan.filter, why);
    bool is_short = true;
    if (err == ERR_OK && rules[by].column != COLUMN_COUNT && segment_scan_can(reader, filter)) {
        err = scan_is_short(&scan, SHORT_TRACES, &is_short, why);
    }
    if (err == ERR_OK && by == GROUP_ERROR && scan.filter.strength <= ANCHOR_STATUS) {
        query_add(&scan.filter.anchor, " AND t.status = 2"); /* leads to them by their index */
        scan.filter.strength = ANCHOR_STATUS;
    }
    if (err == ERR_OK) {
        err = is_short ? collect(&scan, &collection, why)
                       : collect_segments(reader, filter, now_ns, &collection, why);
    }
    if (err == ERR_OK) {
        report(reader, &collection, limit, &answer);
        *ret_answer = answer;
    }
    reader_end(reader);
    scan_clear(&scan);
    grouping_clear(&collection.grouping);
    arena_clear(&collection.arena);
    free(collection.messages);
    return err;
}

void group_answer_clear(struct group_answer *answer)
{
    arena_clear(&answer->arena);
    *answer = (struct group_answer){0};
}
