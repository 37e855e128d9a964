/* trace — one trace in memory: filling it, and reading what trace_build made of it. */
#include "store/trace.h"

#include <stdlib.h>
#include <string.h>

#include "store/trace_ids.h"
#include "store/trace_table.h"

enum { TRACE_FIRST_SPANS = 64, TRACE_FIRST_NAMES = 16 };

struct trace *trace_new(void)
{
    struct trace *trace = mem_zero(1, sizeof *trace);
    trace->private_names = mem_zero(1, sizeof(struct trace_table));
    trace->ids = mem_zero(1, PACKED_HEAD_BYTES); /* offset 0: the empty id */
    trace->id_bytes = trace->id_capacity = PACKED_HEAD_BYTES;
    return trace;
}

void trace_free(struct trace *trace)
{
    if (trace == NULL) {
        return;
    }
    arena_clear(&trace->arena);
    trace_table_free(trace->private_names);
    free(trace->private_names);
    free(trace->spans);
    free(trace->names);
    free(trace->ids);
    free(trace);
}

static const void *name_key(const void *keys, uint32_t number, size_t *ret_length)
{
    const struct trace *trace = keys;
    *ret_length = trace->names[number].length;
    return trace->names[number].data;
}

uint32_t trace_name(struct trace *trace, struct text name)
{
    struct text key = name.data != NULL ? name : TEXT("");
    uint32_t found = trace_table_find(trace->private_names, key.data, key.length, name_key, trace);
    if (found != TABLE_NONE) {
        return found;
    }
    if (trace->name_count == trace->name_capacity) {
        trace->name_capacity =
            trace->name_capacity != 0 ? trace->name_capacity * 2 : TRACE_FIRST_NAMES;
        trace->names = mem_grow(trace->names, trace->name_capacity * sizeof *trace->names);
    }
    uint32_t number = (uint32_t)trace->name_count++;
    trace->names[number] = arena_copy(&trace->arena, key);
    trace_table_add(trace->private_names, number, key.data, key.length);
    return number;
}

/* Packs an id behind the others; returns its offset. */
static uint32_t pack_id(struct trace *trace, const struct id *id)
{
    if (id == NULL || id_is_none(id)) {
        return 0;
    }
    size_t size = PACKED_HEAD_BYTES + (size_t)id->length;
    if (trace->id_bytes + size > trace->id_capacity) {
        if (trace->id_bytes + size > UINT32_MAX) {
            die_oom(); /* 4 GiB of ids alone: such a trace cannot be shown */
        }
        trace->id_capacity = trace->id_capacity * 2 + size;
        trace->ids = mem_grow(trace->ids, trace->id_capacity);
    }
    uint32_t offset = (uint32_t)trace->id_bytes;
    trace->ids[offset] = id->form;
    trace->ids[offset + 1] = (uint8_t)(id->length | (id->form == ID_TEXT ? PACKED_TEXT : 0));
    memcpy(trace->ids + offset + PACKED_HEAD_BYTES, id->bytes, id->length);
    trace->id_bytes += size;
    return offset;
}

struct trace_span *trace_add(struct trace *trace, const struct id *id, const struct id *parent)
{
    if (trace->count == trace->capacity) {
        trace->capacity = trace->capacity != 0 ? trace->capacity * 2 : TRACE_FIRST_SPANS;
        trace->spans = mem_grow(trace->spans, trace->capacity * sizeof *trace->spans);
    }
    struct trace_span *span = &trace->spans[trace->count++];
    *span = (struct trace_span){
        .id = pack_id(trace, id),
        .parent_id = pack_id(trace, parent),
        .parent = TRACE_NO_SPAN,
    };
    return span;
}

static struct id unpack_id(const struct trace *trace, uint32_t offset)
{
    struct id id = {.form = trace->ids[offset], .length = trace->ids[offset + 1] & PACKED_LENGTH};
    memcpy(id.bytes, trace->ids + offset + PACKED_HEAD_BYTES, id.length);
    return id;
}

struct id trace_span_id(const struct trace *trace, const struct trace_span *span)
{
    return unpack_id(trace, span->id);
}

struct id trace_span_parent_id(const struct trace *trace, const struct trace_span *span)
{
    return unpack_id(trace, span->parent_id);
}

struct text trace_span_name(const struct trace *trace, const struct trace_span *span)
{
    return trace->names[span->name];
}

struct text trace_span_service(const struct trace *trace, const struct trace_span *span)
{
    return trace->names[span->service];
}

struct text trace_span_type(const struct trace *trace, const struct trace_span *span)
{
    return trace->names[span->type];
}

int32_t trace_find(const struct trace *trace, const struct id *id, bool server_half)
{
    uint8_t wanted[1 + ID_LARGEST_BYTES];
    wanted[0] = (uint8_t)(id->length | (id->form == ID_TEXT ? PACKED_TEXT : 0));
    memcpy(wanted + 1, id->bytes, id->length);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        if (((span->flags & SPAN_SERVER_HALF) != 0) == server_half &&
            text_equals(packed_key(trace, span->id),
                        text_make((const char *)wanted, 1 + (size_t)id->length))) {
            return (int32_t)i;
        }
    }
    return TRACE_NO_SPAN;
}

int32_t trace_find_text(const struct trace *trace, struct text text)
{
    struct id id;
    if (id_parse_span(text, &id) != ERR_OK) {
        return TRACE_NO_SPAN;
    }
    int32_t found = trace_find(trace, &id, false);
    return found != TRACE_NO_SPAN ? found : trace_find(trace, &id, true);
}

int64_t trace_span_end_ns(const struct trace_span *span, int64_t now_ns)
{
    int64_t end_ns;
    if (span->duration_ns == SPAN_RUNNING) {
        return now_ns > span->start_ns ? now_ns : span->start_ns;
    }
    return __builtin_add_overflow(span->start_ns, span->duration_ns, &end_ns) ? INT64_MAX : end_ns;
}
