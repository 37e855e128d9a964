/* query_api — the admin REST API over store/reader.h. */
#include "ingest/query_api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/parameters.h"
#include "ingest/pruning.h"
#include "store/base/clock.h"
#include "store/base/json.h"
#include "store/trace_json.h"
#include "store/trace_out.h"

enum {
    PIECE_BYTES = 256 << 10,
    PAGE_ROWS = 200,
    GROUPS_LARGEST = 20,
};

static const int64_t slice_ns = 250 * NS_PER_MS;
static const int64_t count_ns = 2 * NS_PER_S; /* what `total` may take */

struct query {
    struct query_asked asked;
    struct parameters parameters;
    struct query_head head;
    int64_t now_ns;
    bool more;

    /* the list */
    struct list_cursor at;    /* where to look on */
    struct list_cursor after; /* behind the last row that was wanted */
    size_t skip, wanted;
    bool begun;

    /* one trace */
    struct trace *trace;
    struct trace_out out;

    struct export *export;
};

static const char json_type[] = "application/json";

/* ---- from the arguments --------------------------------------------------------------------- */

static const unsigned groups_of[] = {
    [QUERY_NONE] = 0,
    [QUERY_LIST] = PARAMETERS_FILTER | PARAMETERS_PAGE,
    [QUERY_ONE] = 0,
    [QUERY_STATS] = PARAMETERS_FILTER,
    [QUERY_EXPORT] = PARAMETERS_FILTER | PARAMETERS_FORMAT,
    [QUERY_CLEANUP] = PARAMETERS_AGE,
};

unsigned query_new(const struct query_asked *asked, struct query **ret_query, struct err_msg *why)
{
    struct query *query = mem_zero(1, sizeof *query);
    query->asked = *asked;
    query->now_ns = clock_now_ns();
    query->head = (struct query_head){.status = 200, .content_type = json_type};
    if (parameters_read(asked->arguments, groups_of[asked->kind], &query->parameters, why) !=
        ERR_OK) {
        free(query);
        return 400;
    }
    query->more = true;
    query->at = query->parameters.cursor;
    query->skip = query->parameters.offset;
    query->wanted =
        query->parameters.limit != 0 ? query->parameters.limit : PARAMETERS_PAGE_DEFAULT;
    *ret_query = query;
    return 0;
}

void query_free(struct query *query)
{
    if (query == NULL) {
        return;
    }
    export_free(query->export);
    trace_out_clear(&query->out);
    trace_free(query->trace);
    parameters_clear(&query->parameters);
    free(query);
}

bool query_has_more(const struct query *query)
{
    return query->more;
}

const struct query_head *query_head(const struct query *query)
{
    return &query->head;
}

/* ---- the list ------------------------------------------------------------------------------- */

/* Counts all that match, or as many as can be counted in the time there is. */
static enum err append_total(struct query *query, struct reader *reader, struct text_buffer *piece,
                             struct err_msg *why)
{
    struct summary_question question = {
        .filter = &query->parameters.filter, .now_ns = query->now_ns, .budget_ns = slice_ns};
    struct summary_work *work = NULL;
    struct summary *summary = mem_zero(1, sizeof *summary);
    int64_t end_ns = clock_monotonic_ns() + count_ns;
    enum err err = summary_begin(reader, &question, &work, why);
    while (err == ERR_OK && !summary->done && clock_monotonic_ns() < end_ns) {
        err = summary_step(work, summary, why);
    }
    text_append_format(piece, "\"total\":%" PRId64 ",\"total_is_exact\":%s", summary->total,
                       summary->done ? "true" : "false");
    summary_end(work);
    free(summary);
    return err;
}

/* Appends the rows of a page that are wanted. True when one more was there. */
static bool append_rows(struct query *query, const struct list_answer *page,
                        struct text_buffer *piece)
{
    for (size_t i = 0; i < page->count; i++) {
        if (query->skip > 0) {
            query->skip--;
        } else if (query->wanted > 0) {
            text_append_cstr(piece, query->begun ? "," : "");
            trace_json_admin_row(&page->rows[i], piece);
            query->begun = true;
            query->wanted--;
            if (query->wanted == 0) {
                query->after = list_cursor_of(&page->rows[i], SORT_START);
            }
        } else {
            return true;
        }
    }
    return false;
}

static enum err append_page_end(struct query *query, struct reader *reader, bool is_last,
                                struct text_buffer *piece, struct err_msg *why)
{
    size_t limit = query->parameters.limit;
    text_append_cstr(piece, "],");
    enum err err = append_total(query, reader, piece, why);
    text_append_format(piece, ",\"limit\":%zu,\"offset\":%zu,\"next_cursor\":",
                       limit != 0 ? limit : PARAMETERS_PAGE_DEFAULT, query->parameters.offset);
    if (is_last) {
        text_append_cstr(piece, "null}");
    } else {
        text_append_char(piece, '"');
        parameters_print_cursor(&query->after, piece);
        text_append_cstr(piece, "\"}");
    }
    return err;
}

/* Rows until the piece is full or the page is. One row more than wanted says whether to go on. */
static enum err work_list(struct query *query, struct reader *reader, struct text_buffer *piece,
                          struct err_msg *why)
{
    struct list_question question = {
        .filter = &query->parameters.filter, .now_ns = query->now_ns, .budget_ns = slice_ns};
    if (!query->begun && query->skip == query->parameters.offset) {
        text_append_cstr(piece, "{\"traces\":[");
    }
    while (piece->length < PIECE_BYTES) {
        struct list_answer page = {0};
        size_t left = query->skip + query->wanted + 1;
        question.after = query->at;
        question.limit = left < PAGE_ROWS ? left : PAGE_ROWS;
        enum err err = reader_list(reader, &question, &page, why);
        if (err != ERR_OK) {
            return err;
        }
        bool another = append_rows(query, &page, piece);
        bool ended = another || page.done;
        query->at = page.next; /* sorted by start: no text in it */
        list_answer_clear(&page);
        if (ended) {
            query->more = false;
            return append_page_end(query, reader, !another, piece, why);
        }
    }
    return ERR_OK;
}

/* ---- one trace ------------------------------------------------------------------------------ */

static enum err not_found(struct err_msg *why)
{
    return err_set(why, ERR_NOT_FOUND, "Trace not found");
}

/* Only the whole id, in any of its spellings. */
static enum err find_trace(struct query *query, struct reader *reader, int64_t *ret_number,
                           struct trace_row *ret_row, struct arena *arena, struct err_msg *why)
{
    struct id id;
    if (id_parse_trace(query->asked.id, &id) != ERR_OK) {
        return not_found(why);
    }
    enum err err = reader_find(reader, query->asked.id, ret_number, why);
    if (err == ERR_OK) {
        err = reader_trace_row(reader, *ret_number, arena, ret_row);
    }
    if (err == ERR_NOT_FOUND || err == ERR_AMBIGUOUS ||
        (err == ERR_OK && !id_equals(&id, &ret_row->id))) {
        return not_found(why);
    }
    return err;
}

static enum err begin_one(struct query *query, struct reader *reader, struct err_msg *why)
{
    static const struct trace_out_choice everything;
    struct arena arena = {0};
    struct trace_row row = {0};
    int64_t number = 0;
    enum err err = find_trace(query, reader, &number, &row, &arena, why);
    arena_clear(&arena);
    if (err != ERR_OK) {
        return err;
    }
    snprintf(query->head.etag, sizeof query->head.etag, "\"%" PRId64 "-%" PRId64 "-%" PRIx64 "\"",
             number, row.version, (uint64_t)row.created_ms);
    if (text_contains_nocase(query->asked.if_none_match, text_from(query->head.etag))) {
        query->head.status = 304;
        query->more = false;
        return ERR_OK;
    }
    err = reader_trace(reader, number, NULL, NULL, &query->trace, why);
    if (err == ERR_OK) {
        trace_out_begin(&query->out, query->trace, TRACE_OUT_ADMIN, &everything);
    }
    return err == ERR_NOT_FOUND ? not_found(why) : err;
}

static enum err work_one(struct query *query, struct reader *reader, struct text_buffer *piece,
                         struct err_msg *why)
{
    enum err err = query->trace == NULL ? begin_one(query, reader, why) : ERR_OK;
    while (err == ERR_OK && query->more && piece->length < PIECE_BYTES) {
        err = trace_out_next(&query->out, reader, piece, why);
        query->more = !query->out.done;
    }
    return err;
}

/* ---- figures -------------------------------------------------------------------------------- */

/* Milliseconds, or null where nothing has ended. */
static void append_ms(struct text_buffer *piece, const char *key, int64_t ns, int64_t ended)
{
    text_append_format(piece, ",\"%s\":", key);
    if (ended == 0) {
        text_append_cstr(piece, "null");
        return;
    }
    text_append_format(piece, "%" PRId64 ".%06" PRId64, ns / NS_PER_MS, ns % NS_PER_MS);
}

static enum err append_figures(struct query *query, struct reader *reader,
                               struct text_buffer *piece, struct err_msg *why)
{
    struct summary_question question = {
        .filter = &query->parameters.filter, .now_ns = query->now_ns, .budget_ns = slice_ns};
    struct summary_work *work = NULL;
    struct summary *summary = mem_zero(1, sizeof *summary);
    enum err err = summary_begin(reader, &question, &work, why);
    while (err == ERR_OK && !summary->done) {
        err = summary_step(work, summary, why);
    }
    int64_t ended = summary->total - summary->running;
    text_append_format(piece, "{\"stats\":{\"total\":%" PRId64 ",\"errors\":%" PRId64,
                       summary->total, summary->errors);
    append_ms(piece, "avg_duration", ended > 0 ? summary->sum_ns / ended : 0, ended);
    append_ms(piece, "max_duration", summary->max_ns, ended);
    append_ms(piece, "min_duration", summary->min_ns, ended);
    append_ms(piece, "p50", summary->p50_ns, ended);
    append_ms(piece, "p95", summary->p95_ns, ended);
    append_ms(piece, "p99", summary->p99_ns, ended);
    text_append_char(piece, '}');
    summary_end(work);
    free(summary);
    return err;
}

static const struct {
    enum group_by by;
    const char *list, *name;
} groupings[] = {
    {GROUP_OPERATION, "byOperation", "root_operation"},
    {GROUP_USER, "byUser", "user_id"},
    {GROUP_SERVICE, "byService", "service"},
};

static enum err append_groups(struct query *query, struct reader *reader, size_t which,
                              struct text_buffer *piece, struct err_msg *why)
{
    struct group_answer groups = {0};
    enum err err = reader_groups(reader, &query->parameters.filter, groupings[which].by,
                                 query->now_ns, GROUPS_LARGEST, &groups, why);
    text_append_format(piece, ",\"%s\":[", groupings[which].list);
    for (size_t i = 0; i < groups.count && err == ERR_OK; i++) {
        const struct group_row *row = &groups.rows[i];
        text_append_format(piece, "%s{\"%s\":", i > 0 ? "," : "", groupings[which].name);
        if (row->name.length > 0) {
            json_append_string(piece, row->name);
        } else {
            text_append_cstr(piece, "null");
        }
        text_append_format(piece, ",\"count\":%" PRId64, row->count);
        append_ms(piece, "avg_duration", row->ended > 0 ? row->sum_ns / row->ended : 0, row->ended);
        text_append_format(piece, ",\"errors\":%" PRId64 "}", row->errors);
    }
    text_append_char(piece, ']');
    group_answer_clear(&groups);
    return err;
}

static enum err work_stats(struct query *query, struct reader *reader, struct text_buffer *piece,
                           struct err_msg *why)
{
    enum err err = append_figures(query, reader, piece, why);
    for (size_t i = 0; i < ARRAY_LEN(groupings) && err == ERR_OK; i++) {
        err = append_groups(query, reader, i, piece, why);
    }
    text_append_char(piece, '}');
    query->more = false;
    return err;
}

/* ---- export --------------------------------------------------------------------------------- */

static const struct {
    const char *content_type, *file_name;
} downloads[EXPORT_FORMAT_COUNT] = {
    [EXPORT_JSON] = {"application/x-ndjson", "traces.jsonl"},
    [EXPORT_CSV] = {"text/csv; charset=utf-8; header=present", "traces.csv"},
    [EXPORT_OTLP] = {"application/x-ndjson", "traces.otlp.jsonl"},
};

static enum err work_export(struct query *query, struct reader *reader, struct text_buffer *piece,
                            struct err_msg *why)
{
    if (query->export == NULL) {
        struct export_question question = {
            .filter = &query->parameters.filter,
            .format = query->parameters.format,
            .ascending = true,
            .limit = query->parameters.limit,
            .now_ns = query->now_ns,
        };
        query->export = export_new(&question);
        query->head.content_type = downloads[question.format].content_type;
        query->head.file_name = downloads[question.format].file_name;
    }
    enum err err = export_next(query->export, reader, piece, why);
    query->more = !export_is_done(query->export);
    return err;
}

/* ---- cleanup -------------------------------------------------------------------------------- */

static enum err work_cleanup(struct query *query, const _Atomic bool *cancelled,
                             struct text_buffer *piece, struct err_msg *why)
{
    int64_t cutoff_ns = query->now_ns - query->parameters.older_than_ns;
    size_t deleted = 0;
    query->more = false;
    enum err err = pruning_run(query->asked.writer, cutoff_ns, cancelled, &deleted, why);
    if (err == ERR_OK) {
        text_append_format(piece, "{\"deleted\":%zu}", deleted);
    }
    return err;
}

/* ---- a piece -------------------------------------------------------------------------------- */

static enum err work(struct query *query, struct reader *reader, const _Atomic bool *cancelled,
                     struct text_buffer *piece, struct err_msg *why)
{
    switch (query->asked.kind) {
    case QUERY_LIST:
        return work_list(query, reader, piece, why);
    case QUERY_ONE:
        return work_one(query, reader, piece, why);
    case QUERY_STATS:
        return work_stats(query, reader, piece, why);
    case QUERY_EXPORT:
        return work_export(query, reader, piece, why);
    case QUERY_CLEANUP:
        return work_cleanup(query, cancelled, piece, why);
    case QUERY_NONE:
        break;
    }
    return ERR_UNSUPPORTED;
}

static unsigned status_of(enum err err)
{
    switch (err) {
    case ERR_NOT_FOUND:
        return 404;
    case ERR_BUSY:
    case ERR_CANCELLED:
    case ERR_CLOSED:
    case ERR_FULL:
        return 503;
    default:
        return 500;
    }
}

bool query_refuse(struct query *query, const char *why)
{
    query->more = false;
    query->head.status = 503;
    (void)err_set(&query->head.why, ERR_BUSY, "%s", why);
    return false;
}

bool query_work(struct query *query, struct reader *reader, const _Atomic bool *cancelled,
                struct text_buffer *piece)
{
    struct err_msg why = {""};
    enum err err = work(query, reader, cancelled, piece, &why);
    if (err == ERR_OK) {
        return true;
    }
    query->more = false;
    query->head.status = status_of(err);
    (void)err_set(&query->head.why, err, "%s",
                  err == ERR_CANCELLED ? "given up: it took too long, or the receiver is stopping"
                                       : why.text);
    return false;
}
