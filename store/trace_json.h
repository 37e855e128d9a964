/* trace_json — traces and spans as JSON, CSV and OTLP, for commands, the admin API and copying. */
#ifndef TRACETUI_STORE_TRACE_JSON_H
#define TRACETUI_STORE_TRACE_JSON_H

#include "store/reader.h"

/* Everything here appends one line's worth of text; none of it ends the line. */

/* The object of `ls --format json`. */
void trace_json_row(const struct trace_row *row, struct text_buffer *target);

/* The object of `show --format json` in pieces: _begin, spans (a comma between them), _end. */
void trace_json_begin(const struct trace_row *row, struct text_buffer *target);
void trace_json_span(const struct trace *trace, const struct trace_span *span,
                     const struct span_body *body, struct text_buffer *target);
void trace_json_end(struct text_buffer *target);

/* The same for the admin API, which speaks the columns of the view `traces`: a row of its list,
 * where metadata is a text as in the column, and the beginning of one trace, where it is an object.
 */
void trace_json_admin_row(const struct trace_row *row, struct text_buffer *target);
void trace_json_admin_begin(const struct trace_row *row, struct text_buffer *target);

/* One CSV cell, quoted where RFC 4180 asks for it; a cell that a spreadsheet would run as a formula
 * gets an apostrophe in front. */
void csv_cell(struct text_buffer *target, struct text text);

/* Columns and one row of `ls --format csv`. */
void trace_csv_header(struct text_buffer *target);
void trace_csv_row(const struct trace_row *row, struct text_buffer *target);

/* An ExportTraceServiceRequest of the spans that bodies belong to: spans[i] goes with bodies[i].
 * Grouped by resource and scope; reorders nothing of the caller's. */
void trace_otlp(const struct trace *trace, const struct trace_span *const *spans,
                const struct span_body *bodies, size_t count, struct text_buffer *target);

#endif
