/* trace_out — writes one whole trace to a stream, a slice of its bodies at a time. */
#include "tui/trace_out.h"

#include <stdlib.h>

#include "tui/trace_json.h"

enum { JSON_SLICE_SPANS = 500, OTLP_SLICE_SPANS = 5000 };

/* Spans in the order of the tree, without stand-ins for missing ones. */
struct selection {
    const struct trace_span **spans;
    int64_t *bodies; /* their keys */
    size_t count;
};

static struct selection select_spans(const struct trace *trace,
                                     const struct trace_out_choice *choice)
{
    struct selection selection = {
        .spans = mem_alloc(trace->count * sizeof *selection.spans),
        .bodies = mem_alloc(trace->count * sizeof *selection.bodies),
    };
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        if ((span->flags & TRACE_SPAN_SYNTHETIC) == 0 &&
            (choice->depth == 0 || span->depth < choice->depth) &&
            (!choice->errors_only || span->status == STATUS_ERROR)) {
            selection.spans[selection.count] = span;
            selection.bodies[selection.count++] = span->body;
        }
    }
    return selection;
}

static void selection_clear(struct selection *selection)
{
    free(selection->spans);
    free(selection->bodies);
}

static void write_text(FILE *out, struct text_buffer *text)
{
    if (text->length > 0) {
        fwrite(text->data, 1, text->length, out);
    }
    text_buffer_clear(text);
}

static void append_slice(const struct trace *trace, enum trace_out_format format,
                         const struct selection *selection, size_t from, size_t count,
                         const struct span_body *bodies, struct text_buffer *text)
{
    if (format == TRACE_OUT_OTLP) {
        trace_otlp(trace, selection->spans + from, bodies, count, text);
        text_append_char(text, '\n');
        return;
    }
    for (size_t i = 0; i < count; i++) {
        text_append_cstr(text, from + i > 0 ? "," : "");
        trace_json_span(trace, selection->spans[from + i], &bodies[i], text);
    }
}

enum err trace_out(FILE *out, struct reader *reader, const struct trace *trace,
                   enum trace_out_format format, const struct trace_out_choice *choice,
                   struct err_msg *why)
{
    struct selection selection = select_spans(trace, choice);
    size_t slice = format == TRACE_OUT_OTLP ? OTLP_SLICE_SPANS : JSON_SLICE_SPANS;
    struct span_body *bodies = mem_alloc(slice * sizeof *bodies);
    struct text_buffer text = {0};
    enum err err = ERR_OK;
    if (format == TRACE_OUT_JSON) {
        trace_json_begin(&trace->row, &text);
    }
    for (size_t from = 0; from < selection.count && err == ERR_OK; from += slice) {
        struct arena arena = {0};
        size_t left = selection.count - from;
        size_t count = left < slice ? left : slice;
        err = reader_bodies(reader, selection.bodies + from, count, &arena, bodies, why);
        if (err == ERR_OK) {
            append_slice(trace, format, &selection, from, count, bodies, &text);
        }
        write_text(out, &text);
        arena_clear(&arena);
    }
    if (format == TRACE_OUT_JSON) {
        trace_json_end(&text);
        text_append_char(&text, '\n');
    }
    write_text(out, &text);
    text_buffer_free(&text);
    free(bodies);
    selection_clear(&selection);
    return err;
}
