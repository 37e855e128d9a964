/* query_trace — the columns of trace rows, skeletons and bodies, and how they are read. */
#ifndef TRACETUI_STORE_SQL_QUERY_TRACE_H
#define TRACETUI_STORE_SQL_QUERY_TRACE_H

#include <sqlite3.h>

#include "store/trace.h"

struct reader;

#define TRACE_COLUMNS                                                                              \
    "t.number, t.id, t.id_form, t.root_operation, t.service, t.user, t.session, t.client,"         \
    " t.status, t.start_ns, t.duration_ns, t.span_count, t.error_count, t.running_count,"          \
    " t.services, t.error_message, t.error_stack, t.metadata, t.has_root, t.version,"              \
    " t.created_at"

#define SKELETON_COLUMNS                                                                           \
    "s.id, s.parent, s.flags, s.start_ns, s.duration_ns, s.name, s.service, s.type, s.status,"     \
    " s.kind, s.body, s.side"

enum { SKELETON_ID = 0, SKELETON_SIDE = 11 };

#define BODY_COLUMNS                                                                               \
    "b.message, b.stack, " SCHEMA_ATTRIBUTES                                                       \
    ", b.events, b.links, b.trace_state, b.user, b.session,"                                       \
    " b.client_type, b.client_version, b.otlp_flags, b.dropped_attributes, b.dropped_events,"      \
    " b.dropped_links, r.attributes, r.schema_url, c.name, c.version, c.attributes, c.schema_url," \
    " ifnull((SELECT text FROM name WHERE id = b.metadata), b.metadata)"

/* Reads a row whose first columns are TRACE_COLUMNS; its texts are copied into arena. */
void trace_row_read(struct reader *reader, sqlite3_stmt *statement, struct arena *arena,
                    struct trace_row *ret_row);

/* The row of a number, inside the read transaction of the caller. Errors: ERR_NOT_FOUND. */
enum err trace_row_find(struct reader *reader, int64_t number, struct arena *arena,
                        struct trace_row *ret_row, struct err_msg *why) MUST_CHECK;

#endif
