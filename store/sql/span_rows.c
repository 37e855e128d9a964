/* span_rows — a span's two rows: what places it in its trace, and its body. */
#include "store/sql/span_rows.h"

#include <stdlib.h>

#include "store/sql/db.h"
#include "store/sql/heads.h"
#include "store/sql/piece.h"
#include "store/sql/schema.h"

struct span_rows {
    sqlite3 *db;
    sqlite3_stmt *add_span, *add_body, *add_plain_body, *update_span, *update_body;
    int64_t next_body;
    struct text_buffer attributes; /* of a body as its row holds them */
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

enum err span_rows_open(sqlite3 *db, struct span_rows **ret_rows, struct err_msg *why)
{
    struct span_rows *rows = mem_zero(1, sizeof *rows);
    const struct db_statement statements[] = {
        {&rows->add_span, sql_add_span},
        {&rows->add_body, sql_add_body},
        {&rows->add_plain_body, sql_add_plain_body},
        {&rows->update_span, sql_update_span},
        {&rows->update_body, sql_update_body},
    };
    rows->db = db;
    enum err err = db_get_next(db, "SELECT coalesce(max(id), 0) FROM body", &rows->next_body, why);
    if (err == ERR_OK) {
        err = db_prepare_all(db, statements, ARRAY_LEN(statements), why);
    }
    if (err != ERR_OK) {
        span_rows_close(rows);
        return err;
    }
    *ret_rows = rows;
    return ERR_OK;
}

void span_rows_close(struct span_rows *rows)
{
    if (rows == NULL) {
        return;
    }
    sqlite3_stmt *const statements[] = {rows->add_span, rows->add_body, rows->add_plain_body,
                                        rows->update_span, rows->update_body};
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        sqlite3_finalize(statements[i]);
    }
    text_buffer_free(&rows->attributes);
    free(rows);
}

/* ---- what is bound -------------------------------------------------------------------------- */

enum span_status span_rows_status(const struct span *span)
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
    db_bind_i64(statement, S_STATUS, span_rows_status(span));
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

static void bind_attributes(struct span_rows *rows, sqlite3_stmt *statement, struct text attributes,
                            const struct span_names *names)
{
    if (names->head != 0) {
        text_buffer_clear(&rows->attributes);
        heads_print(&rows->attributes, names->head, names->head_bytes, attributes);
        attributes = text_buffer_text(&rows->attributes);
    }
    db_bind_text(statement, B_ATTRIBUTES, attributes);
}

static void bind_plain_body(struct span_rows *rows, sqlite3_stmt *statement, int64_t id,
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
    bind_attributes(rows, statement, span->attributes, names);
    db_bind_nonzero(statement, B_RESOURCE, names->resource);
    db_bind_nonzero(statement, B_SCOPE, names->scope);
}

static void bind_body(struct span_rows *rows, sqlite3_stmt *statement, int64_t id,
                      const struct span *span, const struct span_names *names)
{
    bind_plain_body(rows, statement, id, span, names);
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

/* ---- writing --------------------------------------------------------------------------------- */

static enum err add_body(struct span_rows *rows, const struct span *span,
                         const struct span_names *names, struct err_msg *why)
{
    int64_t id = rows->next_body++;
    if (is_plain(span)) {
        bind_plain_body(rows, rows->add_plain_body, id, span, names);
        return db_step_reset(rows->add_plain_body, why);
    }
    bind_body(rows, rows->add_body, id, span, names);
    return db_step_reset(rows->add_body, why);
}

enum err span_rows_add(struct span_rows *rows, int64_t trace, const struct span *span,
                       const struct span_names *names, bool *ret_added, struct err_msg *why)
{
    bind_span(rows->add_span, trace, span, names);
    db_bind_i64(rows->add_span, S_BODY, rows->next_body);
    enum err err = db_step_reset(rows->add_span, why);
    bool added = err == ERR_OK && sqlite3_changes(rows->db) > 0;
    if (added) {
        err = add_body(rows, span, names, why);
    }
    if (err == ERR_OK) {
        *ret_added = added;
    }
    return err;
}

enum err span_rows_update(struct span_rows *rows, int64_t trace, int64_t body,
                          const struct span *span, const struct span_names *names,
                          struct err_msg *why)
{
    bind_span(rows->update_span, trace, span, names);
    enum err err = db_step_reset(rows->update_span, why);
    if (err == ERR_OK) {
        bind_body(rows, rows->update_body, body, span, names);
        err = db_step_reset(rows->update_body, why);
    }
    return err;
}
