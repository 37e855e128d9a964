/* span_events — when the events of the spans on the screen happened, by body key. */
#ifndef TRACETUI_TUI_SPAN_EVENTS_H
#define TRACETUI_TUI_SPAN_EVENTS_H

#include "store/base/text.h"

enum { SPAN_EVENTS_SLOTS = 4096, SPAN_EVENTS_FULL = 3072, SPAN_EVENTS_PER_SPAN = 256 };

struct event_mark {
    int64_t time_ns;
    bool exception;
};

struct event_slot {
    int64_t body; /* 0 = free */
    uint32_t first, count;
};

/* {0} is empty. Forgets everything when it is three quarters full. */
struct span_events {
    struct event_slot *slots;
    size_t used;
    struct event_mark *marks;
    size_t mark_count, mark_capacity;
};

/* json: the events array of a span as stored. */
void span_events_add(struct span_events *events, int64_t body, struct text json);
/* False when the body was not added. */
bool span_events_find(const struct span_events *events, int64_t body,
                      const struct event_mark **ret_marks, size_t *ret_count);
void span_events_clear(struct span_events *events);

#endif
