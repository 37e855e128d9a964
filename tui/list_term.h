/* list_term — what a cell of the trace list says, as a term of a query. */
#ifndef TRACETUI_TUI_LIST_TERM_H
#define TRACETUI_TUI_LIST_TERM_H

#include "tui/list_columns.h"

/* Appends "user:alice", "dur>=128000us" ...; COLUMN_COUNT: the operation. False, and nothing is
 * appended, if the cell is empty or of a column that makes no terms. */
bool list_term_append(const struct trace_row *row, enum list_column column,
                      struct text_buffer *target);

#endif
