/* query_list — pages of the trace list, by key instead of offset. */
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/sql/block_scan.h"
#include "store/sql/query_trace.h"
#include "store/sql/reader_private.h"
#include "store/sql/scan.h"
#include "store/sql/segment_scan.h"
#include "store/sql/top.h"

struct page {
    struct reader *reader;
    struct list_answer *answer;
    size_t wanted, capacity;
};

static void on_row(sqlite3_stmt *statement, void *ctx)
{
    struct page *page = ctx;
    struct list_answer *answer = page->answer;
    if (answer->count == page->capacity) {
        /* The old array stays in the arena: doubling wastes at most as much again. */
        size_t capacity = page->capacity != 0 ? page->capacity * 2 : 64;
        struct trace_row *rows = arena_zero(&answer->arena, capacity, sizeof *rows);
        for (size_t i = 0; i < answer->count; i++) {
            rows[i] = answer->rows[i];
        }
        answer->rows = rows;
        page->capacity = capacity;
    }
    trace_row_read(page->reader, statement, &answer->arena, &answer->rows[answer->count++]);
}

/* One row more than wanted is read: its being there says that there is more. */
static enum err fill(struct scan *scan, struct page *page, int64_t budget_ns, struct err_msg *why)
{
    int64_t start = clock_monotonic_ns();
    struct list_answer *answer = page->answer;
    for (;;) {
        int64_t missing = (int64_t)(page->wanted + 1 - answer->count);
        enum err err = scan_step(scan, TRACE_COLUMNS, missing, on_row, page, why);
        if (err != ERR_OK || scan->done || answer->count > page->wanted) {
            return err;
        }
        if (budget_ns > 0 && clock_monotonic_ns() - start >= budget_ns) {
            return ERR_OK;
        }
        err = reader_renew(scan->reader, why);
        if (err != ERR_OK) {
            return err;
        }
    }
}

static void reverse(struct trace_row *rows, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct trace_row row = rows[i];
        rows[i] = rows[count - 1 - i];
        rows[count - 1 - i] = row;
    }
}

static void finish(const struct list_question *question, const struct scan *scan,
                   struct list_answer *answer)
{
    bool more = answer->count > question->limit;
    if (more) {
        answer->count = question->limit;
    }
    answer->done = !more && scan->done;
    answer->scanned = scan->scanned;
    if (more && answer->count > 0) {
        answer->next = list_cursor_of(&answer->rows[answer->count - 1], question->sort);
    } else if (more) {
        answer->next = question->after;
    } else if (!scan->done) {
        answer->next = scan->at;
    }
    if (question->backward) {
        reverse(answer->rows, answer->count);
    }
}

/* ---- by segments ---------------------------------------------------------------------------- */

/* What a page is made of when no index gives the order, or the filter leaves few of many. */
struct choice {
    const struct list_question *question;
    struct top top;
    struct top_row after; /* rows come behind this one */
    enum segment_column key;
    const struct name_ranks *ranks; /* of names; NULL where the column is the key */
    int64_t least, largest;         /* keys that the filter leaves possible */
};

static enum err choose_key(struct reader *reader, struct choice *choice, struct err_msg *why)
{
    static const enum segment_column columns[SORT_COUNT] = {
        [SORT_START] = COLUMN_START,         [SORT_DURATION] = COLUMN_DURATION,
        [SORT_SPANS] = COLUMN_SPANS,         [SORT_ERRORS] = COLUMN_ERRORS,
        [SORT_OPERATION] = COLUMN_OPERATION, [SORT_USER] = COLUMN_USER,
    };
    const struct list_cursor *after = &choice->question->after;
    choice->key = columns[choice->question->sort];
    choice->after = (struct top_row){.key = after->key, .number = after->number};
    if (choice->key <= COLUMN_ERRORS) {
        return ERR_OK;
    }
    enum name_kind kind = choice->key == COLUMN_USER ? NAME_USER : NAME_OPERATION;
    enum err err = name_ranks_get(reader, kind, &choice->ranks, why);
    if (err == ERR_OK && after->set) {
        err = name_rank_of_text(reader, kind, after->key_text, &choice->after.key, why);
    }
    return err;
}

/* Where a filter names one user, a list by user need not look for others. */
static void bound_key(const struct segment_filter *filter, struct choice *choice)
{
    segment_filter_bounds(filter, choice->key, &choice->least, &choice->largest);
    if (choice->ranks != NULL) {
        bool one = choice->least == choice->largest;
        choice->least = one ? name_rank(choice->ranks, choice->least) : 0;
        choice->largest = one ? choice->least : name_rank_largest(choice->ranks);
    }
}

static int64_t best_name(const struct choice *choice, const struct segment_piece *piece)
{
    const struct segment_name_range *names =
        choice->key == COLUMN_USER ? &piece->users : &piece->operations;
    int64_t id = choice->top.descending ? names->last : names->first;
    if (id < 0) {
        return choice->top.descending ? choice->largest : choice->least;
    }
    return name_rank(choice->ranks, id);
}

/* The best row that a piece can hold. */
static struct top_row promise(const struct choice *choice, const struct segment_piece *piece)
{
    bool descending = choice->top.descending;
    int64_t key = choice->ranks != NULL ? best_name(choice, piece)
                  : descending          ? piece->zone.largest[choice->key]
                                        : piece->zone.least[choice->key];
    key = key > choice->least ? key : choice->least;
    return (struct top_row){.key = key < choice->largest ? key : choice->largest,
                            .number = descending ? piece->to - 1 : piece->from};
}

static void sort_pieces(const struct choice *choice, struct segment_scan *scan,
                        struct top_row *order)
{
    struct top all = {
        .limit = scan->count, .descending = choice->top.descending, .rows = order, .count = 0};
    for (size_t i = 0; i < scan->count; i++) {
        top_add(&all, (struct top_row){promise(choice, &scan->pieces[i]).key, (int64_t)i});
    }
    top_sort(&all);
}

static void take_rows(struct choice *choice, const struct segment_scan *scan)
{
    const int64_t *keys = scan->segment.columns[choice->key].values;
    const int64_t *numbers = scan->segment.columns[COLUMN_NUMBER].values;
    for (size_t i = 0; i < scan->segment.count; i++) {
        if (!scan->keep[i]) {
            continue;
        }
        struct top_row row = {.number = numbers[i]};
        row.key = choice->ranks != NULL ? name_rank(choice->ranks, keys[i]) : keys[i];
        if (top_wants(&choice->top, row) &&
            (!choice->question->after.set || top_before(&choice->top, choice->after, row))) {
            top_add(&choice->top, row);
        }
    }
}

/* Looks at the pieces that promise most first, and at none that cannot hold a better row: where
 * many traces have the best key, that is all but the newest. */
static enum err choose_rows(struct reader *reader, struct choice *choice, int64_t *ret_scanned,
                            struct err_msg *why)
{
    struct segment_scan scan = {.reader = reader};
    struct top_row *order = NULL;
    enum err err = choose_key(reader, choice, why);
    scan.columns = 1u << COLUMN_NUMBER | 1u << choice->key;
    if (err == ERR_OK) {
        err = segment_scan_begin(&scan, choice->question->filter, choice->question->now_ns, why);
    }
    if (err == ERR_OK) {
        err = block_scan_narrow(&scan, why);
    }
    bound_key(&scan.filter, choice);
    if (err == ERR_OK && scan.count > 0) {
        order = mem_alloc(scan.count * sizeof *order);
        sort_pieces(choice, &scan, order);
    }
    for (size_t i = 0; i < scan.count && err == ERR_OK; i++) {
        const struct segment_piece *piece = &scan.pieces[order[i].number];
        if (piece->is_done || !top_wants(&choice->top, promise(choice, piece))) {
            continue;
        }
        err = segment_scan_load(&scan, piece, why);
        if (err == ERR_OK) {
            take_rows(choice, &scan);
            *ret_scanned += (int64_t)scan.segment.count;
        }
    }
    free(order);
    segment_scan_clear(&scan);
    return err;
}

static enum err list_by_segments(struct reader *reader, const struct list_question *question,
                                 struct list_answer *answer, struct err_msg *why)
{
    struct choice choice = {
        .question = question,
        .top = {.limit = question->limit + 1,
                .descending = question->ascending == question->backward},
    };
    struct scan scan = {.done = true};
    enum err err = choose_rows(reader, &choice, &scan.scanned, why);
    top_sort(&choice.top);
    answer->rows = arena_zero(&answer->arena, choice.top.count, sizeof *answer->rows);
    for (size_t i = 0; i < choice.top.count && err == ERR_OK; i++) {
        err = trace_row_find(reader, choice.top.rows[i].number, &answer->arena,
                             &answer->rows[answer->count++], why);
    }
    top_clear(&choice.top);
    if (err == ERR_OK) {
        finish(question, &scan, answer);
    }
    return err;
}

/* Whether to leave the indexes: where they do not give the order, or leave most to be tested. */
static enum err leave_indexes(const struct scan *scan, const struct list_question *question,
                              bool *ret_leave, struct err_msg *why)
{
    const struct filter_sql *filter = &scan->filter;
    bool in_order = question->sort == SORT_START;
    bool short_enough = false;
    *ret_leave = false;
    if ((in_order && !filter->has_rest) || !segment_scan_can(scan->reader, question->filter)) {
        return ERR_OK;
    }
    enum err err = scan_is_short(scan, SHORT_TRACES, &short_enough, why);
    *ret_leave = !short_enough;
    return err;
}

enum err reader_list(struct reader *reader, const struct list_question *question,
                     struct list_answer *ret_answer, struct err_msg *why)
{
    struct list_answer answer = {0};
    struct scan scan = {
        .reader = reader,
        .sort = question->sort,
        .descending = question->ascending == question->backward,
        .at = question->after,
    };
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    err = filter_sql_build(reader, question->filter, question->now_ns, &scan.filter, why);
    bool by_segments = false;
    if (err == ERR_OK) {
        err = leave_indexes(&scan, question, &by_segments, why);
    }
    if (err == ERR_OK && by_segments) {
        err = list_by_segments(reader, question, &answer, why);
    } else if (err == ERR_OK) {
        struct page page = {.reader = reader, .answer = &answer, .wanted = question->limit};
        err = fill(&scan, &page, question->budget_ns, why);
        finish(question, &scan, &answer);
    }
    reader_end(reader);
    scan_clear(&scan);
    if (err != ERR_OK) {
        list_answer_clear(&answer);
        return err;
    }
    *ret_answer = answer;
    return ERR_OK;
}

void list_answer_clear(struct list_answer *answer)
{
    arena_clear(&answer->arena);
    *answer = (struct list_answer){0};
}

struct list_cursor list_cursor_of(const struct trace_row *row, enum list_sort sort)
{
    struct list_cursor cursor = {.set = true, .number = row->number};
    switch (sort) {
    case SORT_START:
        cursor.key = row->start_ns;
        break;
    case SORT_DURATION:
        cursor.key = row->duration_ns;
        break;
    case SORT_SPANS:
        cursor.key = row->span_count;
        break;
    case SORT_ERRORS:
        cursor.key = row->error_count;
        break;
    case SORT_OPERATION:
        cursor.key_text = row->root_operation;
        break;
    case SORT_USER:
        cursor.key_text = row->user;
        break;
    case SORT_COUNT:
        break;
    }
    return cursor;
}
