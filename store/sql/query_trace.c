/* query_trace — one trace: its row, its tree of skeletons, bodies of its spans. */
#include "store/sql/query_trace.h"

#include <stdlib.h>

#include "store/sql/aggregate.h"
#include "store/sql/reader_private.h"
#include "store/sql/schema.h"

enum {
    PROGRESS_SPANS = 10000,
    LARGE_TRACE_SPANS = 100000,
    NAME_SLOTS = 4096, /* a power of two */
};

/* ---- rows ----------------------------------------------------------------------------------- */

static struct text copy_column(sqlite3_stmt *statement, int column, struct arena *arena)
{
    return arena_copy(arena, db_column_text(statement, column));
}

static struct text copy_name(struct reader *reader, sqlite3_stmt *statement, int column,
                             struct arena *arena)
{
    return arena_copy(arena, reader_name(reader, sqlite3_column_int64(statement, column)));
}

void trace_row_read(struct reader *reader, sqlite3_stmt *statement, struct arena *arena,
                    struct trace_row *ret_row)
{
    *ret_row = (struct trace_row){
        .number = sqlite3_column_int64(statement, 0),
        .id = db_column_id(statement, 1, (enum id_form)sqlite3_column_int(statement, 2)),
        .root_operation = copy_name(reader, statement, 3, arena),
        .service = copy_name(reader, statement, 4, arena),
        .user = copy_name(reader, statement, 5, arena),
        .session = copy_name(reader, statement, 6, arena),
        .client_type = copy_name(reader, statement, 7, arena),
        .status = (enum span_status)sqlite3_column_int(statement, 8),
        .start_ns = db_column_start(statement, 9),
        .duration_ns = db_column_duration(statement, 10, db_column_start(statement, 9)),
        .span_count = db_column_count(statement, 11),
        .error_count = db_column_count(statement, 12),
        .running_count = db_column_count(statement, 13),
        .services = copy_column(statement, 14, arena),
        .error_message = copy_column(statement, 15, arena),
        .error_stack = copy_column(statement, 16, arena),
        .metadata = copy_column(statement, 17, arena),
        .has_root = sqlite3_column_int(statement, 18) != 0,
        .version = sqlite3_column_int64(statement, 19),
        .created_ms = sqlite3_column_int64(statement, 20),
    };
}

enum err trace_row_find(struct reader *reader, int64_t number, struct arena *arena,
                        struct trace_row *ret_row, struct err_msg *why)
{
    sqlite3_stmt *statement;
    enum err err = reader_statement(reader, READ_TRACE_ROW, &statement, why);
    if (err != ERR_OK) {
        return err;
    }
    db_bind_i64(statement, 1, number);
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        trace_row_read(reader, statement, arena, ret_row);
    }
    err = rc == SQLITE_DONE ? err_set(why, ERR_NOT_FOUND, "this trace is no longer stored")
                            : reader_error(reader, rc, why);
    sqlite3_reset(statement);
    return err;
}

enum err reader_trace_row(struct reader *reader, int64_t number, struct arena *arena,
                          struct trace_row *ret_row)
{
    enum err err = reader_begin(reader, NULL);
    if (err == ERR_OK) {
        err = trace_row_find(reader, number, arena, ret_row, NULL);
        reader_end(reader);
    }
    return err;
}

/* ---- the tree ------------------------------------------------------------------------------- */

/* How much of a trace is wanted: until it has `count` spans. */
struct skeleton_limits {
    size_t count;
    void (*on_progress)(size_t loaded, void *ctx); /* may be NULL */
    void *ctx;
};

/* The last span that was read; no id: before the first. */
struct span_place {
    sqlite3_value *id;
    int64_t side;
};

/* Name ids of the store to indices of one trace: a small direct-mapped cache in front of the two
 * hash tables, since a trace has few names and many spans. */
struct name_map {
    int64_t ids[NAME_SLOTS];
    uint32_t indices[NAME_SLOTS];
};

static uint32_t map_name(struct name_map *map, struct reader *reader, struct trace *trace,
                         int64_t id)
{
    size_t slot = (size_t)id & (NAME_SLOTS - 1);
    if (map->ids[slot] != id) {
        map->indices[slot] = trace_name(trace, reader_name(reader, id));
        map->ids[slot] = id;
    }
    return map->indices[slot];
}

static struct id read_span_id(sqlite3_stmt *statement, int column, uint32_t flags, uint32_t uuid)
{
    return db_column_id(statement, column, (flags & uuid) != 0 ? ID_UUID : ID_HEX);
}

static void add_skeleton(struct reader *reader, sqlite3_stmt *statement, struct name_map *map,
                         struct trace *trace)
{
    uint32_t flags = (uint32_t)sqlite3_column_int64(statement, 2);
    struct id id = read_span_id(statement, 0, flags, ROW_ID_UUID);
    struct id parent = read_span_id(statement, 1, flags, ROW_PARENT_UUID);
    struct trace_span *span = trace_add(trace, &id, &parent);
    span->flags = flags & ~(uint32_t)(ROW_ID_UUID | ROW_PARENT_UUID);
    span->start_ns = db_column_start(statement, 3);
    span->duration_ns = sqlite3_column_type(statement, 4) == SQLITE_NULL
                            ? SPAN_RUNNING
                            : db_column_duration(statement, 4, span->start_ns);
    span->name = map_name(map, reader, trace, sqlite3_column_int64(statement, 5));
    span->service = map_name(map, reader, trace, sqlite3_column_int64(statement, 6));
    span->type = map_name(map, reader, trace, sqlite3_column_int64(statement, 7));
    span->status = (uint8_t)sqlite3_column_int(statement, 8);
    span->kind = (uint8_t)sqlite3_column_int(statement, 9);
    span->body = sqlite3_column_int64(statement, 10);
}

static struct name_map *name_map_new(void)
{
    struct name_map *map = mem_alloc(sizeof *map);
    for (size_t i = 0; i < NAME_SLOTS; i++) {
        map->ids[i] = -1;
    }
    return map;
}

/* The spans behind the last one that was read, for as long as a snapshot may live. *ret_more: there
 * are others. */
static enum err read_some(struct reader *reader, struct trace *trace, struct name_map *map,
                          struct span_place *place, const struct skeleton_limits *limits,
                          bool *ret_more, struct err_msg *why)
{
    sqlite3_stmt *statement;
    enum err err = reader_statement(reader, READ_SKELETONS, &statement, why);
    if (err != ERR_OK) {
        return err;
    }
    *ret_more = false;
    db_bind_i64(statement, 1, trace->row.number);
    if (place->id != NULL) {
        db_bind_value(statement, 2, place->id);
    }
    db_bind_i64(statement, 3, place->side);
    int rc = sqlite3_step(statement);
    for (; rc == SQLITE_ROW && trace->count < limits->count; rc = sqlite3_step(statement)) {
        add_skeleton(reader, statement, map, trace);
        if (trace->count % PROGRESS_SPANS != 0) {
            continue;
        }
        if (limits->on_progress != NULL) {
            limits->on_progress(trace->count, limits->ctx);
        }
        if (reader_holds_long(reader)) {
            sqlite3_value_free(place->id);
            place->id = sqlite3_value_dup(sqlite3_column_value(statement, SKELETON_ID));
            place->side = sqlite3_column_int64(statement, SKELETON_SIDE);
            *ret_more = place->id != NULL;
            rc = *ret_more ? SQLITE_DONE : SQLITE_NOMEM;
            break;
        }
    }
    err = reader_error(reader, rc, why);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return err;
}

/* A long trace is read from more than one snapshot, or the WAL could not be reset meanwhile. Its
 * row was read first: whoever follows the trace sees by its version that something has changed. */
static enum err read_skeletons(struct reader *reader, struct trace *trace,
                               const struct skeleton_limits *limits, struct err_msg *why)
{
    struct name_map *map = name_map_new();
    struct span_place place = {0};
    bool more = false;
    enum err err = read_some(reader, trace, map, &place, limits, &more, why);
    while (err == ERR_OK && more) {
        err = reader_renew(reader, why);
        if (err == ERR_OK) {
            err = read_some(reader, trace, map, &place, limits, &more, why);
        }
    }
    sqlite3_value_free(place.id);
    free(map);
    return err;
}

enum err reader_trace(struct reader *reader, int64_t number,
                      void (*on_progress)(size_t loaded, void *ctx), void *ctx,
                      struct trace **ret_trace, struct err_msg *why)
{
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    struct trace *trace = trace_new();
    err = trace_row_find(reader, number, &trace->arena, &trace->row, why);
    if (err == ERR_OK) {
        err = read_skeletons(
            reader, trace,
            &(struct skeleton_limits){.count = SIZE_MAX, .on_progress = on_progress, .ctx = ctx},
            why);
    }
    reader_end(reader);
    if (err != ERR_OK) {
        trace_free(trace);
        return err;
    }
    if (trace->count > LARGE_TRACE_SPANS) {
        sqlite3_db_release_memory(reader->db); /* pages that nothing will ask for again */
    }
    trace_build(trace);
    *ret_trace = trace;
    return ERR_OK;
}

/* ---- its first rows ------------------------------------------------------------------------- */

/* What the ranks of the trace say of its root; false where they say nothing. */
static bool find_root(struct reader *reader, int64_t number, struct rank *ret_root)
{
    sqlite3_stmt *statement;
    struct aggregate aggregate = {0};
    bool found = false;
    if (reader_statement(reader, READ_RANKS, &statement, NULL) != ERR_OK) {
        return false;
    }
    db_bind_i64(statement, 1, number);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const void *bytes = sqlite3_column_blob(statement, 0);
        found = bytes != NULL &&
                aggregate_unpack(&aggregate, bytes, (size_t)sqlite3_column_bytes(statement, 0));
    }
    sqlite3_reset(statement);
    *ret_root = aggregate.ranks[RANK_ROOT];
    return found && ret_root->set;
}

static enum err read_root(struct reader *reader, struct trace *trace, struct err_msg *why)
{
    struct rank root;
    sqlite3_stmt *statement;
    if (!find_root(reader, trace->row.number, &root)) {
        return ERR_OK;
    }
    enum err err = reader_statement(reader, READ_SKELETON, &statement, why);
    if (err != ERR_OK) {
        return err;
    }
    db_bind_i64(statement, 1, trace->row.number);
    db_bind_id(statement, 2, &root.id);
    db_bind_i64(statement, 3, root.server_half);
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        struct name_map *map = name_map_new();
        add_skeleton(reader, statement, map, trace);
        free(map);
    }
    err = reader_error(reader, rc, why);
    sqlite3_reset(statement);
    return err;
}

/* The root was read before the others and may have come again among them. */
static void drop_second_root(struct trace *trace)
{
    const struct trace_span *root = &trace->spans[0];
    struct id id = trace_span_id(trace, root);
    for (size_t i = 1; i < trace->count; i++) {
        struct id other = trace_span_id(trace, &trace->spans[i]);
        if (id_compare(&id, &other) == 0 && trace->spans[i].flags == root->flags) {
            trace->spans[i] = trace->spans[--trace->count];
            return;
        }
    }
}

enum err reader_trace_first(struct reader *reader, int64_t number, struct trace **ret_trace,
                            struct err_msg *why)
{
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    struct trace *trace = trace_new();
    err = trace_row_find(reader, number, &trace->arena, &trace->row, why);
    bool is_long = err == ERR_OK && trace->row.span_count >= READER_LONG_TRACE_SPANS;
    if (is_long) {
        err = read_root(reader, trace, why);
    }
    bool use = err == ERR_OK && trace->count > 0;
    if (use) {
        err = read_skeletons(reader, trace,
                             &(struct skeleton_limits){.count = trace->count + READER_FIRST_SPANS},
                             why);
    }
    reader_end(reader);
    if (!use || err != ERR_OK) {
        trace_free(trace);
        trace = NULL;
    } else {
        drop_second_root(trace);
        trace->is_partial = true;
        trace_build(trace);
    }
    if (err == ERR_OK) {
        *ret_trace = trace;
    }
    return err;
}

/* ---- bodies --------------------------------------------------------------------------------- */

static void read_body(struct reader *reader, sqlite3_stmt *statement, struct arena *arena,
                      struct span_body *body)
{
    body->message = copy_column(statement, 0, arena);
    body->stack = copy_column(statement, 1, arena);
    body->attributes = copy_column(statement, 2, arena);
    body->events = copy_column(statement, 3, arena);
    body->links = copy_column(statement, 4, arena);
    body->trace_state = copy_column(statement, 5, arena);
    body->user = copy_name(reader, statement, 6, arena);
    body->session = copy_name(reader, statement, 7, arena);
    body->client_type = copy_name(reader, statement, 8, arena);
    body->client_version = copy_column(statement, 9, arena);
    body->otlp_flags = (uint32_t)sqlite3_column_int64(statement, 10);
    body->dropped_attributes = (uint32_t)sqlite3_column_int64(statement, 11);
    body->dropped_events = (uint32_t)sqlite3_column_int64(statement, 12);
    body->dropped_links = (uint32_t)sqlite3_column_int64(statement, 13);
    body->resource = copy_column(statement, 14, arena);
    body->resource_schema_url = copy_column(statement, 15, arena);
    body->scope_name = copy_column(statement, 16, arena);
    body->scope_version = copy_column(statement, 17, arena);
    body->scope_attributes = copy_column(statement, 18, arena);
    body->scope_schema_url = copy_column(statement, 19, arena);
    body->metadata = copy_column(statement, 20, arena);
}

enum err reader_bodies(struct reader *reader, const int64_t *keys, size_t count,
                       struct arena *arena, struct span_body *ret_bodies, struct err_msg *why)
{
    sqlite3_stmt *statement;
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    err = reader_statement(reader, READ_BODY, &statement, why);
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        ret_bodies[i] = (struct span_body){0};
        db_bind_i64(statement, 1, keys[i]);
        int rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW) {
            ret_bodies[i].body = keys[i];
            read_body(reader, statement, arena, &ret_bodies[i]);
        }
        err = reader_error(reader, rc, why);
        sqlite3_reset(statement);
    }
    reader_end(reader);
    return err;
}

enum err reader_client_types(struct reader *reader, const int64_t *keys, size_t count,
                             struct text *ret_types, struct err_msg *why)
{
    sqlite3_stmt *statement;
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    err = reader_statement(reader, READ_CLIENT, &statement, why);
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        ret_types[i] = (struct text){0};
        db_bind_i64(statement, 1, keys[i]);
        int rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW) {
            ret_types[i] = reader_name(reader, sqlite3_column_int64(statement, 0));
        }
        err = reader_error(reader, rc, why);
        sqlite3_reset(statement);
    }
    reader_end(reader);
    return err;
}
