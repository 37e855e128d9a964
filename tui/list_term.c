/* list_term — what a cell of the trace list says, as a term of a query. */
#include "tui/list_term.h"

#include "store/base/clock.h"
#include "tui/query_edit.h"

static bool append_value(struct text_buffer *target, const char *field, struct text value)
{
    if (value.length == 0) {
        return false;
    }
    text_append_cstr(target, field);
    query_append_value(target, value);
    return true;
}

bool list_term_append(const struct trace_row *row, enum list_column column,
                      struct text_buffer *target)
{
    char id[ID_PRINT_BYTES];
    switch (column) {
    case COLUMN_COUNT:
    case COLUMN_OPERATION:
        return append_value(target, "op:=", row->root_operation);
    case COLUMN_USER:
        return append_value(target, "user:", row->user);
    case COLUMN_SERVICES:
        return append_value(target, "service:", row->service);
    case COLUMN_SESSION:
        return append_value(target, "session:", row->session);
    case COLUMN_ERROR:
        return append_value(target, "err:", row->error_message);
    case COLUMN_TRACE:
        return append_value(target, "trace:", text_make(id, id_print(&row->id, id)));
    case COLUMN_ERRORS:
        text_append_format(target, "status:%s", status_name(row->status));
        return true;
    case COLUMN_SPANS:
        text_append_format(target, "spans>=%lld", (long long)row->span_count);
        return true;
    case COLUMN_DURATION:
        text_append_format(target, "dur>=%lldus", (long long)(row->duration_ns / NS_PER_US));
        return true;
    case COLUMN_START:
    case COLUMN_BAR:
        break;
    }
    return false;
}
