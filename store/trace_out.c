/* trace_out — one whole trace as text, a slice of its bodies at a time. */
#include "store/trace_out.h"

#include <stdlib.h>

#include "store/trace_json.h"

enum { JSON_SLICE_SPANS = 500, OTLP_SLICE_SPANS = 5000 };

static int compare_starts(const void *left, const void *right)
{
    const struct trace_span *a = *(const struct trace_span *const *)left;
    const struct trace_span *b = *(const struct trace_span *const *)right;
    if (a->start_ns != b->start_ns) {
        return a->start_ns < b->start_ns ? -1 : 1;
    }
    return (a > b) - (a < b); /* where the tree has them */
}

void trace_out_begin(struct trace_out *out, const struct trace *trace, enum trace_out_format format,
                     const struct trace_out_choice *choice)
{
    *out = (struct trace_out){
        .trace = trace,
        .format = format,
        .anonymizer = choice->anonymizer,
        .bare = choice->bare,
        .spans = mem_alloc(trace->count * sizeof *out->spans),
        .bodies = mem_alloc(trace->count * sizeof *out->bodies),
    };
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        bool inside = choice->end == 0 || (i >= choice->first && i < choice->end);
        if (inside && (span->flags & TRACE_SPAN_SYNTHETIC) == 0 &&
            (choice->depth == 0 || span->depth < choice->depth) &&
            (!choice->errors_only || span->status == STATUS_ERROR)) {
            out->spans[out->count++] = span;
        }
    }
    if (format == TRACE_OUT_ADMIN && out->count > 0) {
        qsort(out->spans, out->count, sizeof *out->spans, compare_starts);
    }
    for (size_t i = 0; i < out->count; i++) {
        out->bodies[i] = out->spans[i]->body;
    }
}

void trace_out_clear(struct trace_out *out)
{
    free(out->spans);
    free(out->bodies);
    *out = (struct trace_out){0};
}

/* One by one, since the first that cannot be read hides all behind it. */
static enum err read_undamaged(const struct trace_out *out, struct reader *reader, size_t count,
                               struct arena *arena, struct span_body *bodies, struct err_msg *why)
{
    for (size_t i = 0; i < count; i++) {
        enum err err = reader_bodies(reader, out->bodies + out->at + i, 1, arena, &bodies[i], why);
        if (err == ERR_CORRUPT) {
            bodies[i] = (struct span_body){0};
            *out->bare += 1;
        } else if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

static enum err read_bodies(const struct trace_out *out, struct reader *reader, size_t count,
                            struct arena *arena, struct span_body *bodies, struct err_msg *why)
{
    enum err err = reader_bodies(reader, out->bodies + out->at, count, arena, bodies, why);
    return err == ERR_CORRUPT && out->bare != NULL
               ? read_undamaged(out, reader, count, arena, bodies, why)
               : err;
}

static void append_slice(const struct trace_out *out, size_t count, const struct span_body *bodies,
                         struct text_buffer *target)
{
    if (out->format == TRACE_OUT_OTLP) {
        trace_otlp(out->trace, out->spans + out->at, bodies, count, target);
        text_append_char(target, '\n');
        return;
    }
    for (size_t i = 0; i < count; i++) {
        text_append_cstr(target, out->at + i > 0 ? "," : "");
        trace_json_span(out->trace, out->spans[out->at + i], &bodies[i], target);
    }
}

static void append_begin(const struct trace_out *out, struct text_buffer *target)
{
    switch (out->format) {
    case TRACE_OUT_JSON:
        trace_json_begin(&out->trace->row, target);
        return;
    case TRACE_OUT_ADMIN:
        trace_json_admin_begin(&out->trace->row, target);
        return;
    case TRACE_OUT_OTLP:
        return;
    }
}

static void append_end(const struct trace_out *out, struct text_buffer *target)
{
    if (out->format != TRACE_OUT_OTLP) {
        trace_json_end(target);
    }
    if (out->format == TRACE_OUT_JSON) {
        text_append_char(target, '\n');
    }
}

enum err trace_out_next(struct trace_out *out, struct reader *reader, struct text_buffer *target,
                        struct err_msg *why)
{
    if (!out->begun) {
        append_begin(out, target);
        out->begun = true;
    }
    size_t slice = out->format == TRACE_OUT_OTLP ? OTLP_SLICE_SPANS : JSON_SLICE_SPANS;
    size_t left = out->count - out->at;
    size_t count = left < slice ? left : slice;
    if (count > 0) {
        struct arena arena = {0};
        struct span_body *bodies = mem_alloc(count * sizeof *bodies);
        enum err err = read_bodies(out, reader, count, &arena, bodies, why);
        for (size_t i = 0; err == ERR_OK && out->anonymizer != NULL && i < count; i++) {
            anonymize_body(out->anonymizer, &bodies[i], &arena);
        }
        if (err == ERR_OK) {
            append_slice(out, count, bodies, target);
            out->at += count;
        }
        free(bodies);
        arena_clear(&arena);
        if (err != ERR_OK) {
            return err;
        }
    }
    if (out->at == out->count) {
        append_end(out, target);
        out->done = true;
    }
    return ERR_OK;
}
