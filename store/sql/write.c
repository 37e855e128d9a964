/* write — batches of spans into rows, one transaction at a time.
 *
 * Spans are sorted by trace and id first, so that each page of the clustered table is visited once
 * a transaction. A span is inserted on trust; only when its key exists already the stored piece is
 * read, merged with the new one, and written back if that changed anything. */
#include "store/sql/write.h"

#include <stdlib.h>

#include "store/sql/db.h"
#include "store/sql/heads.h"
#include "store/sql/merge.h"
#include "store/sql/names.h"
#include "store/sql/piece.h"
#include "store/sql/span_rows.h"
#include "store/sql/traces.h"

enum { METADATA_NAMES_BYTES = 256 }; /* larger objects are not likely to come again */

enum { PIECES_AT_ONCE = 8 }; /* of one span: from here on they are merged before they are stored */

struct item {
    struct trace_entry *trace;
    const struct span *span;
    const struct span_names *names;
    size_t part;
};

struct write {
    sqlite3 *db;
    struct names *names;
    struct heads *heads;
    struct traces *traces;
    struct span_rows *rows;
    sqlite3_stmt *find;
    sqlite3_stmt *version; /* changes when another connection has written */
    int64_t version_seen;
    struct arena pieces; /* stored pieces and merged texts of this transaction */
    struct item *items;
    struct span_names *names_of; /* of the items, in order of arrival */
    size_t count, capacity;
};

enum err write_open(sqlite3 *db, struct write **ret_write, struct err_msg *why)
{
    struct write *write = mem_zero(1, sizeof *write);
    write->db = db;
    enum err err = names_open(db, &write->names, why);
    if (err == ERR_OK) {
        err = heads_open(db, write->names, &write->heads, why);
    }
    if (err == ERR_OK) {
        err = traces_open(db, &write->traces, why);
    }
    if (err == ERR_OK) {
        err = span_rows_open(db, &write->rows, why);
    }
    if (err == ERR_OK) {
        err = db_prepare(db, piece_sql, &write->find, why);
    }
    if (err == ERR_OK) {
        err = db_prepare(db, "PRAGMA data_version", &write->version, why);
    }
    if (err != ERR_OK) {
        write_close(write);
        return err;
    }
    *ret_write = write;
    return ERR_OK;
}

void write_close(struct write *write)
{
    if (write == NULL) {
        return;
    }
    sqlite3_finalize(write->find);
    sqlite3_finalize(write->version);
    span_rows_close(write->rows);
    heads_close(write->heads);
    names_close(write->names);
    traces_close(write->traces);
    arena_clear(&write->pieces);
    free(write->items);
    free(write->names_of);
    free(write);
}

struct traces *write_traces(struct write *write)
{
    return write->traces;
}

/* ---- one span ------------------------------------------------------------------------------- */

static struct text small_metadata(const struct span *span)
{
    return span->metadata.length <= METADATA_NAMES_BYTES ? span->metadata : (struct text){0};
}

static enum err get_names(struct write *write, const struct span *span,
                          struct span_names *ret_names, struct err_msg *why)
{
    struct span_names ids;
    const struct {
        enum name_kind kind;
        struct text text;
        int64_t *id;
    } wanted[] = {
        {NAME_OPERATION, span->name, &ids.name},
        {NAME_SERVICE, span->service, &ids.service},
        {NAME_TYPE, span->type, &ids.type},
        {NAME_USER, span->user, &ids.user},
        {NAME_SESSION, span->session, &ids.session},
        {NAME_CLIENT, span->client_type, &ids.client},
        {NAME_METADATA, small_metadata(span), &ids.metadata},
    };
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        enum err err = names_get(write->names, wanted[i].kind, wanted[i].text, wanted[i].id, why);
        if (err != ERR_OK) {
            return err;
        }
    }
    enum err err = names_get_resource(write->names, span->resource, &ids.resource, why);
    if (err == ERR_OK) {
        err = names_get_scope(write->names, span->scope, &ids.scope, why);
    }
    if (err == ERR_OK) {
        err = heads_find(write->heads, span->attributes, &ids.head, &ids.head_bytes, why);
    }
    if (err == ERR_OK) {
        *ret_names = ids;
    }
    return err;
}

static struct span_fact fact_of(const struct span *span, const struct span_names *names)
{
    return (struct span_fact){
        .id = span->id,
        .server_half = piece_side(span) != 0,
        .has_parent = !id_is_none(&span->parent),
        .status = (uint8_t)span_rows_status(span),
        .start_ns = span->start_ns,
        .end_ns = span->end_ns,
        .name = names->name,
        .service = names->service,
        .user = names->user,
        .session = names->session,
        .client = names->client,
        .service_name = span->service,
        .message = span->message,
        .stack = span->stack,
        .metadata = span->metadata,
    };
}

/* ---- merging with a stored piece ------------------------------------------------------------ */

static enum err replace_piece(struct write *write, struct trace_entry *trace, int64_t body,
                              const struct span *old_span, const struct span *new_span,
                              struct err_msg *why)
{
    struct span_names old_names, new_names;
    enum err err = get_names(write, old_span, &old_names, why);
    if (err == ERR_OK) {
        err = get_names(write, new_span, &new_names, why);
    }
    if (err == ERR_OK) {
        err = span_rows_update(write->rows, trace->number, body, new_span, &new_names, why);
    }
    if (err == ERR_OK) {
        struct span_fact old_fact = fact_of(old_span, &old_names);
        struct span_fact new_fact = fact_of(new_span, &new_names);
        traces_change_span(trace, &old_fact, &new_fact);
    }
    return err;
}

static enum err merge_span(struct write *write, struct trace_entry *trace, const struct span *span,
                           struct write_part *part, struct err_msg *why)
{
    struct span old_span;
    int64_t body = 0;
    enum err err =
        piece_read(write->find, trace->number, span, &write->pieces, &old_span, &body, why);
    if (err != ERR_OK) {
        return err;
    }
    struct span new_span = span_merge(&old_span, span, &write->pieces);
    if (span_same(&old_span, &new_span)) {
        part->duplicate++;
        return ERR_OK;
    }
    part->updated++;
    return replace_piece(write, trace, body, &old_span, &new_span, why);
}

static enum err put_span(struct write *write, struct trace_entry *trace, const struct span *span,
                         const struct span_names *names, struct write_part *part,
                         struct err_msg *why)
{
    bool added;
    enum err err = span_rows_add(write->rows, trace->number, span, names, &added, why);
    if (err != ERR_OK) {
        return err;
    }
    if (!added) {
        return merge_span(write, trace, span, part, why);
    }
    struct span_fact fact = fact_of(span, names);
    traces_add_span(trace, &fact);
    part->stored++;
    part->late += trace->was_complete;
    return ERR_OK;
}

/* ---- the transaction ------------------------------------------------------------------------ */

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left;
    const struct item *b = right;
    if (a->trace != b->trace) {
        return a->trace->number < b->trace->number ? -1 : 1;
    }
    int by_id = id_compare(&a->span->id, &b->span->id);
    return by_id != 0 ? by_id : piece_side(a->span) - piece_side(b->span);
}

/* Finds the trace and the names of each span, and sorts the spans for insertion. Names are looked
 * up in order of arrival: neighbours in a batch share most of them, neighbours in a trace do not.
 */
static enum err collect(struct write *write, const struct write_part *parts, size_t count,
                        struct err_msg *why)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += parts[i].batch->count;
    }
    if (total > write->capacity) {
        write->items = mem_grow(write->items, total * sizeof *write->items);
        write->names_of = mem_grow(write->names_of, total * sizeof *write->names_of);
        write->capacity = total;
    }
    write->count = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < parts[i].batch->count; k++) {
            struct span_names *names = &write->names_of[write->count];
            struct item item = {.span = &parts[i].batch->spans[k], .names = names, .part = i};
            enum err err = traces_get(write->traces, &item.span->trace, &item.trace, why);
            if (err == ERR_OK) {
                err = get_names(write, item.span, names, why);
            }
            if (err != ERR_OK) {
                return err;
            }
            write->items[write->count++] = item;
        }
    }
    if (write->count > 1) {
        qsort(write->items, write->count, sizeof *write->items, compare_items);
    }
    return ERR_OK;
}

/* How many pieces of the span at that place there are. */
static size_t run_length(const struct write *write, size_t start)
{
    size_t end = start + 1;
    while (end < write->count && compare_items(&write->items[start], &write->items[end]) == 0) {
        end++;
    }
    return end - start;
}

/* Stores many pieces of one span as what they are together. */
static enum err put_run(struct write *write, const struct item *items, size_t count,
                        struct write_part *parts, struct err_msg *why)
{
    const struct span **pieces = arena_zero(&write->pieces, count, sizeof *pieces);
    for (size_t i = 0; i < count; i++) {
        pieces[i] = items[i].span;
        parts[items[i].part].updated += i > 0;
    }
    struct span whole = span_merge_all(pieces, count, &write->pieces);
    struct span_names names;
    enum err err = get_names(write, &whole, &names, why);
    return err != ERR_OK
               ? err
               : put_span(write, items[0].trace, &whole, &names, &parts[items[0].part], why);
}

static enum err put_parts(struct write *write, struct write_part *parts, size_t count,
                          struct err_msg *why)
{
    enum err err = collect(write, parts, count, why);
    for (size_t i = 0, run; i < write->count && err == ERR_OK; i += run) {
        const struct item *item = &write->items[i];
        run = run_length(write, i);
        if (run < PIECES_AT_ONCE) {
            run = 1;
            err = put_span(write, item->trace, item->span, item->names, &parts[item->part], why);
        } else {
            err = put_run(write, item, run, parts, why);
        }
    }
    if (err == ERR_OK) {
        err = traces_write(write->traces, why);
    }
    return err;
}

/* All that is remembered of the rows. */
static void forget(struct write *write)
{
    names_forget(write->names);
    heads_forget(write->heads);
    traces_forget(write->traces);
}

/* Nobody else should write, but people have sqlite3 in their hands: what they delete must not be
 * taken for stored. */
static enum err look_for_others(struct write *write, struct err_msg *why)
{
    int rc = sqlite3_step(write->version);
    int64_t version = sqlite3_column_int64(write->version, 0);
    enum err err = db_error(write->db, rc, why);
    sqlite3_reset(write->version);
    if (err == ERR_OK && version != write->version_seen) {
        write->version_seen = version;
        forget(write);
    }
    return err;
}

enum err write_parts(struct write *write, struct write_part *parts, size_t count,
                     struct err_msg *why)
{
    for (size_t i = 0; i < count; i++) {
        parts[i].stored = parts[i].updated = parts[i].duplicate = parts[i].late = 0;
    }
    names_trim(write->names);
    traces_begin(write->traces);
    enum err err = db_run(write->db, "BEGIN IMMEDIATE", why);
    if (err == ERR_OK) {
        err = look_for_others(write, why);
    }
    if (err == ERR_OK) {
        err = put_parts(write, parts, count, why);
    }
    if (err == ERR_OK) {
        err = db_run(write->db, "COMMIT", why);
    }
    if (err != ERR_OK) {
        db_rollback(write->db);
        forget(write);
    }
    arena_clear(&write->pieces);
    return err;
}
