/* analysis_json — critical path, span table, diff and service map as JSON objects, for scripts. */
#ifndef TRACETUI_TUI_ANALYSIS_JSON_H
#define TRACETUI_TUI_ANALYSIS_JSON_H

#include "tui/critical_path.h"
#include "tui/service_map.h"
#include "tui/span_table.h"
#include "tui/trace_diff.h"

/* Each appends one object on one line, without the line's end. */
void analysis_json_path(const struct trace *trace, const struct critical_path *path,
                        struct text_buffer *target);
void analysis_json_table(const struct trace *trace, const struct span_table *table,
                         enum span_grouping by, struct text_buffer *target);
void analysis_json_diff(const struct trace *a, const struct trace *b, const struct trace_diff *diff,
                        struct text_buffer *target);
void analysis_json_map(const struct service_map *map, struct text_buffer *target);

#endif
