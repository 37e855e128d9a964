/* query_list — pages of the trace list, by key instead of offset. */
#include "store/base/clock.h"
#include "store/sql/query_trace.h"
#include "store/sql/reader_private.h"
#include "store/sql/scan.h"

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
    if (err == ERR_OK) {
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
