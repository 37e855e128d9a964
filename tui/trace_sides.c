/* trace_sides — where the time of a trace went: at the client, at the server, or in between. */
#include "tui/trace_sides.h"

#include <stdlib.h>

#include "tui/format.h"

struct interval {
    int64_t start_ns, end_ns;
};

static int compare_intervals(const void *a, const void *b)
{
    const struct interval *left = a;
    const struct interval *right = b;
    return (left->start_ns > right->start_ns) - (left->start_ns < right->start_ns);
}

/* Time that at least one of them covers. */
static int64_t cover(struct interval *intervals, size_t count)
{
    int64_t sum = 0;
    int64_t until_ns = INT64_MIN;
    qsort(intervals, count, sizeof *intervals, compare_intervals);
    for (size_t i = 0; i < count; i++) {
        int64_t from_ns = intervals[i].start_ns > until_ns ? intervals[i].start_ns : until_ns;
        if (intervals[i].end_ns > from_ns) {
            sum += intervals[i].end_ns - from_ns;
            until_ns = intervals[i].end_ns;
        }
    }
    return sum;
}

static bool mark_clients(struct trace_sides *sides, const struct trace *trace)
{
    const struct trace_span *root = &trace->spans[0];
    bool any = false;
    sides->client = mem_zero(trace->name_count + 1, sizeof *sides->client);
    for (size_t i = 0; i < trace->count; i++) {
        if (text_is(trace_span_type(trace, &trace->spans[i]), "ui")) {
            sides->client[trace->spans[i].service] = any = true;
        }
    }
    bool served = root->kind == KIND_SERVER || root->kind == KIND_CONSUMER ||
                  (root->flags & (TRACE_SPAN_SYNTHETIC | SPAN_SERVER_HALF)) != 0;
    if (!served && trace->row.client_type.length > 0) {
        sides->client[root->service] = any = true;
    }
    return any;
}

void trace_sides_set(struct trace_sides *sides, const struct trace *trace, int64_t now_ns)
{
    trace_sides_clear(sides);
    if (trace->count == 0 || !mark_clients(sides, trace)) {
        return;
    }
    struct interval *calls = mem_alloc((2 * trace->count + 1) * sizeof *calls);
    struct interval *served = mem_alloc((trace->count + 1) * sizeof *served);
    size_t call_count = 0;
    size_t served_count = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        const struct trace_span *parent =
            span->parent != TRACE_NO_SPAN ? &trace->spans[span->parent] : NULL;
        bool enters = !sides->client[span->service] && (span->flags & TRACE_SPAN_SYNTHETIC) == 0 &&
                      (parent == NULL || sides->client[parent->service]);
        if (!enters) {
            continue;
        }
        served[served_count++] = (struct interval){span->start_ns, trace_span_end_ns(span, now_ns)};
        if (parent != NULL && parent->parent != TRACE_NO_SPAN) {
            calls[call_count++] =
                (struct interval){parent->start_ns, trace_span_end_ns(parent, now_ns)};
        }
    }
    bool grows = trace->running > 0 && now_ns > trace->end_ns;
    int64_t whole_ns = (grows ? now_ns : trace->end_ns) - trace->start_ns;
    for (size_t i = 0; i < served_count; i++) {
        calls[call_count++] = served[i];
    }
    int64_t waited_ns = cover(calls, call_count);
    sides->known = served_count > 0;
    sides->server_ns = cover(served, served_count);
    sides->between_ns = waited_ns - sides->server_ns;
    sides->client_ns = whole_ns > waited_ns ? whole_ns - waited_ns : 0;
    free(calls);
    free(served);
}

void trace_sides_clear(struct trace_sides *sides)
{
    free(sides->client);
    *sides = (struct trace_sides){0};
}

void trace_sides_words(const struct trace_sides *sides, bool ascii, struct text_buffer *target)
{
    const struct {
        const char *label;
        int64_t ns;
    } parts[] = {{"client", sides->client_ns},
                 {"   between", sides->between_ns},
                 {"   server", sides->server_ns}};
    int64_t whole_ns = sides->client_ns + sides->between_ns + sides->server_ns;
    for (size_t i = 0; sides->known && i < ARRAY_LEN(parts); i++) {
        char text[FORMAT_BYTES];
        struct text shown = format_duration(text, parts[i].ns, ascii);
        text_append_format(target, "%s %.*s", parts[i].label, TEXT_ARGS(shown));
        text_append_format(target, " %d%%",
                           whole_ns > 0 ? (int)((double)parts[i].ns * 100 / (double)whole_ns + 0.5)
                                        : 0);
    }
}
