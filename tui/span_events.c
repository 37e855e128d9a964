/* span_events — when the events of the spans on the screen happened, by body key. */
#include "tui/span_events.h"

#include <stdlib.h>

#include "store/base/json.h"

static size_t slot_of(const struct span_events *events, int64_t body)
{
    size_t at = (size_t)((uint64_t)body * UINT64_C(0x9E3779B97F4A7C15) >> 32) % SPAN_EVENTS_SLOTS;
    while (events->slots[at].body != 0 && events->slots[at].body != body) {
        at = (at + 1) % SPAN_EVENTS_SLOTS;
    }
    return at;
}

static void add_mark(struct span_events *events, struct event_mark mark)
{
    if (events->mark_count == events->mark_capacity) {
        events->mark_capacity = events->mark_capacity * 2 + 64;
        events->marks = mem_grow(events->marks, events->mark_capacity * sizeof *events->marks);
    }
    events->marks[events->mark_count++] = mark;
}

static bool read_event(struct json_reader *reader, struct arena *arena, struct event_mark *mark)
{
    struct text key;
    struct text text;
    bool timed = false;
    for (json_object_open(reader); json_object_next(reader, arena, &key);) {
        if (text_is(key, "timestamp_ns") && json_kind(reader) == JSON_STRING) {
            json_string(reader, arena, &text);
            timed = text_parse_i64(text, &mark->time_ns) == ERR_OK;
        } else if (text_is(key, "name") && json_kind(reader) == JSON_STRING) {
            json_string(reader, arena, &text);
            mark->exception = text_is(text, "exception");
        } else {
            json_skip(reader, NULL);
        }
    }
    return timed && !json_failed(reader);
}

void span_events_add(struct span_events *events, int64_t body, struct text json)
{
    struct json_reader reader;
    struct arena arena = {0};
    if (body == 0) {
        return;
    }
    if (events->used >= SPAN_EVENTS_FULL) {
        span_events_clear(events);
    }
    if (events->slots == NULL) {
        events->slots = mem_zero(SPAN_EVENTS_SLOTS, sizeof *events->slots);
    }
    struct event_slot *slot = &events->slots[slot_of(events, body)];
    events->used += slot->body == 0;
    *slot = (struct event_slot){.body = body, .first = (uint32_t)events->mark_count};
    if (!text_is_empty(json)) {
        json_reader_init(&reader, json, JSON_DEPTH_LARGEST);
        for (json_array_open(&reader); json_array_next(&reader);) {
            struct event_mark mark = {0};
            if (read_event(&reader, &arena, &mark) && slot->count < SPAN_EVENTS_PER_SPAN) {
                add_mark(events, mark);
                slot->count++;
            }
        }
        arena_clear(&arena);
    }
}

bool span_events_find(const struct span_events *events, int64_t body,
                      const struct event_mark **ret_marks, size_t *ret_count)
{
    if (events->slots == NULL || body == 0) {
        return false;
    }
    const struct event_slot *slot = &events->slots[slot_of(events, body)];
    *ret_marks = events->marks + slot->first;
    *ret_count = slot->count;
    return slot->body == body;
}

void span_events_clear(struct span_events *events)
{
    free(events->slots);
    free(events->marks);
    events->slots = NULL;
    events->marks = NULL;
    events->used = 0;
    events->mark_count = 0;
    events->mark_capacity = 0;
}
