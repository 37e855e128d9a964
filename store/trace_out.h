/* trace_out — one whole trace as text, a slice of its bodies at a time.
 *
 *     struct trace_out out;
 *     trace_out_begin(&out, trace, TRACE_OUT_JSON, &choice);
 *     do {
 *         err = trace_out_next(&out, reader, &text, &why);
 *         ... write text, clear it ...
 *     } while (err == ERR_OK && !out.done);
 *     trace_out_clear(&out); */
#ifndef TRACETUI_STORE_TRACE_OUT_H
#define TRACETUI_STORE_TRACE_OUT_H

#include "store/anonymize.h"

/* JSON: one object on one line. ADMIN: the object of the admin API, without an end of line. OTLP:
 * one ExportTraceServiceRequest a line, and more than one line for a trace of more than 5,000
 * spans. */
enum trace_out_format { TRACE_OUT_JSON, TRACE_OUT_ADMIN, TRACE_OUT_OTLP };

/* Which spans; {0} = all. */
struct trace_out_choice {
    int depth;                           /* levels, 0 = all */
    bool errors_only;                    /* spans that failed */
    const struct anonymizer *anonymizer; /* NULL = as stored */
    size_t first, end;                   /* only these, a span and what is below it; end 0 = all */
    size_t *bare; /* not NULL: bodies that damage hides are left empty, and counted here */
};

struct trace_out {
    const struct trace *trace;
    enum trace_out_format format;
    const struct anonymizer *anonymizer;
    size_t *bare;
    const struct trace_span **spans; /* those chosen, without stand-ins for missing ones */
    int64_t *bodies;                 /* their keys */
    size_t count, at;
    bool begun, done;
};

/* Spans come in the order of the tree, for the admin API by their start. Borrows the trace. */
void trace_out_begin(struct trace_out *out, const struct trace *trace, enum trace_out_format format,
                     const struct trace_out_choice *choice);

/* Appends the next slice; sets out->done with the last. Errors: those of reader_bodies. */
enum err trace_out_next(struct trace_out *out, struct reader *reader, struct text_buffer *target,
                        struct err_msg *why) MUST_CHECK;

/* {0} is fine. */
void trace_out_clear(struct trace_out *out);

#endif
