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
#include "store/sql/traces.h"

enum { METADATA_NAMES_BYTES = 256 }; /* larger objects are not likely to come again */

enum { PIECES_AT_ONCE = 8 }; /* of one span: from here on they are merged before they are stored */

/* The numbers of a span's names. */
struct span_names {
    int64_t name, service, type, user, session, client, metadata, resource, scope;
    int64_t head; /* of its attributes */
    size_t head_bytes;
};

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
    sqlite3_stmt *add_span, *add_body, *add_plain_body, *find, *update_span, *update_body;
    int64_t next_body;
    struct text_buffer attributes; /* of a body as its row holds them */
    struct arena pieces;           /* stored pieces and merged texts of this transaction */
    struct item *items;
    struct span_names *names_of; /* of the items, in order of arrival */
    size_t count, capacity;
};

/* The parameters of add_span and update_span. */
enum span_parameter {
    S_TRACE = 1,
    S_ID,
    S_SIDE,
    S_PARENT,
    S_START,
    S_DURATION,
    S_NAME,
    S_SERVICE,
    S_TYPE,
    S_STATUS,
    S_KIND,
    S_FLAGS,
    S_BODY,
};

static const char sql_add_span[] =
    "INSERT INTO span(trace, id, side, parent, start_ns, duration_ns, name, service, type, status,"
    " kind, flags, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
    " ON CONFLICT DO NOTHING";

static const char sql_update_span[] =
    "UPDATE span SET parent = ?4, start_ns = ?5, duration_ns = ?6, name = ?7, service = ?8,"
    " type = ?9, status = ?10, kind = ?11, flags = ?12"
    " WHERE trace = ?1 AND id = ?2 AND side = ?3";

/* The parameters of add_body and update_body; the first of them are all of add_plain_body. */
enum body_parameter {
    B_ID = 1,
    B_USER,
    B_SESSION,
    B_CLIENT_TYPE,
    B_METADATA,
    B_ATTRIBUTES,
    B_RESOURCE,
    B_SCOPE,
    B_MESSAGE,
    B_STACK,
    B_CLIENT_VERSION,
    B_EVENTS,
    B_LINKS,
    B_TRACE_STATE,
    B_OTLP_FLAGS,
    B_DROPPED_ATTRIBUTES,
    B_DROPPED_EVENTS,
    B_DROPPED_LINKS,
};

static const char sql_add_body[] =
    "INSERT INTO body(id, user, session, client_type, metadata, attributes, resource, scope,"
    " message, stack, client_version, events, links, trace_state, otlp_flags, dropped_attributes,"
    " dropped_events, dropped_links)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

/* Most spans have nothing else: the ten values that would be NULL cost as much as any. */
static const char sql_add_plain_body[] =
    "INSERT INTO body(id, user, session, client_type, metadata, attributes, resource, scope)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

static const char sql_update_body[] =
    "UPDATE body SET user = ?2, session = ?3, client_type = ?4, metadata = ?5, attributes = ?6,"
    " resource = ?7, scope = ?8, message = ?9, stack = ?10, client_version = ?11, events = ?12,"
    " links = ?13, trace_state = ?14, otlp_flags = ?15, dropped_attributes = ?16,"
    " dropped_events = ?17, dropped_links = ?18 WHERE id = ?1";

enum err write_open(sqlite3 *db, struct write **ret_write, struct err_msg *why)
{
    struct write *write = mem_zero(1, sizeof *write);
    const struct {
        sqlite3_stmt **statement;
        const char *sql;
    } statements[] = {
        {&write->add_span, sql_add_span},
        {&write->add_body, sql_add_body},
        {&write->add_plain_body, sql_add_plain_body},
        {&write->find, piece_sql},
        {&write->update_span, sql_update_span},
        {&write->update_body, sql_update_body},
    };
    write->db = db;
    enum err err = names_open(db, &write->names, why);
    if (err == ERR_OK) {
        err = heads_open(db, write->names, &write->heads, why);
    }
    if (err == ERR_OK) {
        err = traces_open(db, &write->traces, why);
    }
    if (err == ERR_OK) {
        err = db_get_next(db, "SELECT coalesce(max(id), 0) FROM body", &write->next_body, why);
    }
    for (size_t i = 0; i < ARRAY_LEN(statements) && err == ERR_OK; i++) {
        err = db_prepare(db, statements[i].sql, statements[i].statement, why);
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
    sqlite3_stmt *const statements[] = {write->add_span, write->add_body,    write->add_plain_body,
                                        write->find,     write->update_span, write->update_body};
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        sqlite3_finalize(statements[i]);
    }
    heads_close(write->heads);
    names_close(write->names);
    traces_close(write->traces);
    arena_clear(&write->pieces);
    text_buffer_free(&write->attributes);
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

/* What has ended is not in progress, whatever its sender says. */
static enum span_status status_of(const struct span *span)
{
    bool over = span->status == STATUS_IN_PROGRESS && span->end_ns != SPAN_RUNNING;
    return over ? STATUS_COMPLETED : (enum span_status)span->status;
}

static void bind_span(sqlite3_stmt *statement, int64_t trace, const struct span *span,
                      const struct span_names *names)
{
    int64_t flags = span->flags;
    flags |= span->id.form == ID_UUID ? ROW_ID_UUID : 0;
    flags |= span->parent.form == ID_UUID ? ROW_PARENT_UUID : 0;
    db_bind_i64(statement, S_TRACE, trace);
    db_bind_id(statement, S_ID, &span->id);
    db_bind_i64(statement, S_SIDE, piece_side(span));
    db_bind_id(statement, S_PARENT, &span->parent);
    db_bind_i64(statement, S_START, span->start_ns);
    if (span->end_ns == SPAN_RUNNING) {
        db_bind_nonzero(statement, S_DURATION, 0);
    } else {
        db_bind_i64(statement, S_DURATION, span->end_ns - span->start_ns);
    }
    db_bind_i64(statement, S_NAME, names->name);
    db_bind_i64(statement, S_SERVICE, names->service);
    db_bind_i64(statement, S_TYPE, names->type);
    db_bind_i64(statement, S_STATUS, status_of(span));
    db_bind_i64(statement, S_KIND, span->kind);
    db_bind_i64(statement, S_FLAGS, flags);
}

/* Whether the span has only what a plain body holds. */
static bool is_plain(const struct span *span)
{
    return span->message.length == 0 && span->stack.length == 0 &&
           span->client_version.length == 0 && span->events.length == 0 &&
           span->links.length == 0 && span->trace_state.length == 0 && span->otlp_flags == 0 &&
           span->dropped_attributes == 0 && span->dropped_events == 0 && span->dropped_links == 0;
}

static void bind_attributes(struct write *write, sqlite3_stmt *statement, struct text attributes,
                            const struct span_names *names)
{
    if (names->head != 0) {
        text_buffer_clear(&write->attributes);
        heads_print(&write->attributes, names->head, names->head_bytes, attributes);
        attributes = text_buffer_text(&write->attributes);
    }
    db_bind_text(statement, B_ATTRIBUTES, attributes);
}

static void bind_plain_body(struct write *write, sqlite3_stmt *statement, int64_t id,
                            const struct span *span, const struct span_names *names)
{
    db_bind_i64(statement, B_ID, id);
    db_bind_nonzero(statement, B_USER, names->user);
    db_bind_nonzero(statement, B_SESSION, names->session);
    db_bind_nonzero(statement, B_CLIENT_TYPE, names->client);
    if (names->metadata != 0) {
        db_bind_i64(statement, B_METADATA, names->metadata);
    } else {
        db_bind_text(statement, B_METADATA, span->metadata);
    }
    bind_attributes(write, statement, span->attributes, names);
    db_bind_nonzero(statement, B_RESOURCE, names->resource);
    db_bind_nonzero(statement, B_SCOPE, names->scope);
}

static void bind_body(struct write *write, sqlite3_stmt *statement, int64_t id,
                      const struct span *span, const struct span_names *names)
{
    bind_plain_body(write, statement, id, span, names);
    db_bind_text(statement, B_MESSAGE, span->message);
    db_bind_text(statement, B_STACK, span->stack);
    db_bind_text(statement, B_CLIENT_VERSION, span->client_version);
    db_bind_text(statement, B_EVENTS, span->events);
    db_bind_text(statement, B_LINKS, span->links);
    db_bind_text(statement, B_TRACE_STATE, span->trace_state);
    db_bind_nonzero(statement, B_OTLP_FLAGS, span->otlp_flags);
    db_bind_nonzero(statement, B_DROPPED_ATTRIBUTES, span->dropped_attributes);
    db_bind_nonzero(statement, B_DROPPED_EVENTS, span->dropped_events);
    db_bind_nonzero(statement, B_DROPPED_LINKS, span->dropped_links);
}

static enum err add_body(struct write *write, const struct span *span,
                         const struct span_names *names, struct err_msg *why)
{
    int64_t id = write->next_body++;
    if (is_plain(span)) {
        bind_plain_body(write, write->add_plain_body, id, span, names);
        return db_step_reset(write->add_plain_body, why);
    }
    bind_body(write, write->add_body, id, span, names);
    return db_step_reset(write->add_body, why);
}

static struct span_fact fact_of(const struct span *span, const struct span_names *names)
{
    return (struct span_fact){
        .id = span->id,
        .server_half = piece_side(span) != 0,
        .has_parent = !id_is_none(&span->parent),
        .status = (uint8_t)status_of(span),
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
        bind_span(write->update_span, trace->number, new_span, &new_names);
        err = db_step_reset(write->update_span, why);
    }
    if (err == ERR_OK) {
        bind_body(write, write->update_body, body, new_span, &new_names);
        err = db_step_reset(write->update_body, why);
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
    bind_span(write->add_span, trace->number, span, names);
    db_bind_i64(write->add_span, S_BODY, write->next_body);
    enum err err = db_step_reset(write->add_span, why);
    if (err != ERR_OK) {
        return err;
    }
    if (sqlite3_changes(write->db) == 0) {
        return merge_span(write, trace, span, part, why);
    }
    err = add_body(write, span, names, why);
    if (err != ERR_OK) {
        return err;
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
        err = put_parts(write, parts, count, why);
    }
    if (err == ERR_OK) {
        err = db_run(write->db, "COMMIT", why);
    }
    if (err != ERR_OK) {
        db_rollback(write->db);
        names_forget(write->names);
        heads_forget(write->heads);
        traces_forget(write->traces);
    }
    arena_clear(&write->pieces);
    return err;
}
