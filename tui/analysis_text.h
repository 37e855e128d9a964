/* analysis_text — critical path, span table, diff and service map as lines of plain text. */
#ifndef TRACETUI_TUI_ANALYSIS_TEXT_H
#define TRACETUI_TUI_ANALYSIS_TEXT_H

#include "tui/critical_path.h"
#include "tui/plain.h"
#include "tui/service_map.h"
#include "tui/span_table.h"
#include "tui/trace_diff.h"

enum { ANALYSIS_RATE_BYTES = 32 };

/* Each appends lines, the last one ended; names are made harmless for a terminal. */
void analysis_text_path(const struct plain_style *style, const struct trace *trace,
                        const struct critical_path *path, struct text_buffer *target);
void analysis_text_table(const struct plain_style *style, const struct trace *trace,
                         const struct span_table *table, enum span_grouping by,
                         struct text_buffer *target);
void analysis_text_diff(const struct plain_style *style, const struct trace *a,
                        const struct trace *b, const struct trace_diff *diff,
                        struct text_buffer *target);
void analysis_text_map(const struct plain_style *style, const struct service_map *map,
                       struct text_buffer *target);

/* "3 spans added, 1 missing, 2 slower, 1 faster" or "no difference", as the screen says it, too. */
void analysis_text_diff_summary(const struct trace_diff *diff, struct text_buffer *target);
/* "12.3/s", "4.2/min"; empty if there is no rate. */
struct text analysis_text_rate(char target[ANALYSIS_RATE_BYTES], double per_minute);

#endif
