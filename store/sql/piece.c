/* piece — what is stored of a span, read back as its senders told it. */
#include "store/sql/piece.h"

#include "store/sql/db.h"
#include "store/sql/schema.h"

/* The columns of piece_sql: a stored piece as its sender told it. */
enum piece_column {
    C_BODY,
    C_PARENT,
    C_START,
    C_DURATION,
    C_STATUS,
    C_KIND,
    C_FLAGS,
    C_NAME,
    C_SERVICE,
    C_TYPE,
    C_USER,
    C_SESSION,
    C_CLIENT_TYPE,
    C_MESSAGE,
    C_STACK,
    C_CLIENT_VERSION,
    C_METADATA,
    C_ATTRIBUTES,
    C_EVENTS,
    C_LINKS,
    C_TRACE_STATE,
    C_OTLP_FLAGS,
    C_DROPPED_ATTRIBUTES,
    C_DROPPED_EVENTS,
    C_DROPPED_LINKS,
    C_RESOURCE,
    C_RESOURCE_SCHEMA_URL,
    C_RESOURCE_DROPPED,
    C_SCOPE,
    C_SCOPE_NAME,
    C_SCOPE_VERSION,
    C_SCOPE_ATTRIBUTES,
    C_SCOPE_SCHEMA_URL,
    C_SCOPE_DROPPED,
};

const char piece_sql[] =
    "SELECT s.body, s.parent, s.start_ns, s.duration_ns, s.status, s.kind, s.flags, n.text, e.text,"
    " t.text, u.text, i.text, k.text, b.message, b.stack, b.client_version,"
    " ifnull(m.text, b.metadata),"
    " " SCHEMA_ATTRIBUTES ", b.events, b.links, b.trace_state, b.otlp_flags, b.dropped_attributes,"
    " b.dropped_events, b.dropped_links, r.attributes, r.schema_url, r.dropped, b.scope, c.name,"
    " c.version, c.attributes, c.schema_url, c.dropped"
    " FROM span s JOIN body b ON b.id = s.body"
    " LEFT JOIN name n ON n.id = s.name"
    " LEFT JOIN name e ON e.id = s.service"
    " LEFT JOIN name t ON t.id = s.type"
    " LEFT JOIN name u ON u.id = b.user"
    " LEFT JOIN name i ON i.id = b.session"
    " LEFT JOIN name k ON k.id = b.client_type"
    " LEFT JOIN name m ON m.id = b.metadata"
    " LEFT JOIN resource r ON r.id = b.resource"
    " LEFT JOIN scope c ON c.id = b.scope"
    " WHERE s.trace = ?1 AND s.id = ?2 AND s.side = ?3";

/* A row under a statement, and where its texts go. */
struct row {
    sqlite3_stmt *statement;
    struct arena *arena;
};

int piece_side(const struct span *span)
{
    return (span->flags & SPAN_SERVER_HALF) != 0;
}

static struct text copy_column(struct row *row, int column)
{
    return arena_copy(row->arena, db_column_text(row->statement, column));
}

static uint32_t count_column(struct row *row, int column)
{
    return (uint32_t)sqlite3_column_int64(row->statement, column);
}

static const struct resource *read_resource(struct row *row)
{
    if (sqlite3_column_type(row->statement, C_RESOURCE) == SQLITE_NULL) {
        return NULL;
    }
    struct resource *resource = arena_zero(row->arena, 1, sizeof *resource);
    resource->attributes = copy_column(row, C_RESOURCE);
    resource->schema_url = copy_column(row, C_RESOURCE_SCHEMA_URL);
    resource->dropped_attributes = count_column(row, C_RESOURCE_DROPPED);
    return resource;
}

static const struct scope *read_scope(struct row *row)
{
    if (sqlite3_column_type(row->statement, C_SCOPE) == SQLITE_NULL) {
        return NULL;
    }
    struct scope *scope = arena_zero(row->arena, 1, sizeof *scope);
    scope->name = copy_column(row, C_SCOPE_NAME);
    scope->version = copy_column(row, C_SCOPE_VERSION);
    scope->attributes = copy_column(row, C_SCOPE_ATTRIBUTES);
    scope->schema_url = copy_column(row, C_SCOPE_SCHEMA_URL);
    scope->dropped_attributes = count_column(row, C_SCOPE_DROPPED);
    return scope;
}

static struct span read_span(struct row *row, const struct span *key)
{
    uint32_t flags = count_column(row, C_FLAGS);
    struct span span = {
        .trace = key->trace,
        .id = key->id,
        .parent =
            db_column_id(row->statement, C_PARENT, flags & ROW_PARENT_UUID ? ID_UUID : ID_HEX),
        .name = copy_column(row, C_NAME),
        .type = copy_column(row, C_TYPE),
        .service = copy_column(row, C_SERVICE),
        .status = (uint8_t)(count_column(row, C_STATUS) % STATUS_COUNT),
        .kind = (uint8_t)count_column(row, C_KIND),
        .flags = flags & ~(uint32_t)(ROW_ID_UUID | ROW_PARENT_UUID),
        .otlp_flags = count_column(row, C_OTLP_FLAGS),
        .start_ns = db_column_start(row->statement, C_START),
        .end_ns = SPAN_RUNNING,
        .message = copy_column(row, C_MESSAGE),
        .stack = copy_column(row, C_STACK),
        .user = copy_column(row, C_USER),
        .session = copy_column(row, C_SESSION),
        .client_type = copy_column(row, C_CLIENT_TYPE),
        .client_version = copy_column(row, C_CLIENT_VERSION),
        .metadata = copy_column(row, C_METADATA),
        .attributes = copy_column(row, C_ATTRIBUTES),
        .events = copy_column(row, C_EVENTS),
        .links = copy_column(row, C_LINKS),
        .trace_state = copy_column(row, C_TRACE_STATE),
        .dropped_attributes = count_column(row, C_DROPPED_ATTRIBUTES),
        .dropped_events = count_column(row, C_DROPPED_EVENTS),
        .dropped_links = count_column(row, C_DROPPED_LINKS),
        .resource = read_resource(row),
        .scope = read_scope(row),
    };
    span.id.form = flags & ROW_ID_UUID ? ID_UUID : span.id.form == ID_TEXT ? ID_TEXT : ID_HEX;
    if (sqlite3_column_type(row->statement, C_DURATION) != SQLITE_NULL) {
        span.end_ns = span.start_ns + db_column_duration(row->statement, C_DURATION, span.start_ns);
    }
    return span;
}

enum err piece_read(sqlite3_stmt *statement, int64_t trace, const struct span *key,
                    struct arena *arena, struct span *ret_span, int64_t *ret_body,
                    struct err_msg *why)
{
    struct row row = {.statement = statement, .arena = arena};
    db_bind_i64(statement, 1, trace);
    db_bind_id(statement, 2, &key->id);
    db_bind_i64(statement, 3, piece_side(key));
    int rc = sqlite3_step(statement);
    enum err err = db_error(sqlite3_db_handle(statement), rc, why);
    if (err == ERR_OK && rc != SQLITE_ROW) {
        err = err_set(why, ERR_CORRUPT, "a span has lost its body: tracetui export saves the rest");
    }
    if (err == ERR_OK) {
        *ret_span = read_span(&row, key);
        *ret_body = sqlite3_column_int64(statement, C_BODY);
    }
    sqlite3_reset(statement);
    return err;
}
