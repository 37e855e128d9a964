/* trace_out — writes one whole trace to a stream, a slice of its bodies at a time. */
#ifndef TRACETUI_TUI_TRACE_OUT_H
#define TRACETUI_TUI_TRACE_OUT_H

#include <stdio.h>

#include "store/reader.h"

enum trace_out_format { TRACE_OUT_JSON, TRACE_OUT_OTLP };

/* Which spans; {0} = all. */
struct trace_out_choice {
    int depth;        /* levels, 0 = all */
    bool errors_only; /* spans that failed */
};

/* JSON: one object on one line. OTLP: one ExportTraceServiceRequest a line, and more than one line
 * for a trace of more than 5,000 spans. Errors: those of reader_bodies; look at ferror(out). */
enum err trace_out(FILE *out, struct reader *reader, const struct trace *trace,
                   enum trace_out_format format, const struct trace_out_choice *choice,
                   struct err_msg *why) MUST_CHECK;

#endif
