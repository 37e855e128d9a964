/* flame — the spans of one trace merged by their call stacks: equal names below equal parents.
 *
 *     struct flame flame = {0};
 *     flame_set(&flame, trace, now_ns);
 *     for (uint32_t i = 0; i < flame.count; i++) { ... flame.frames[i].depth, .from_ns ... }
 *     flame_clear(&flame);
 *
 * A frame is as wide as the self time of everything in it, so widths add up where durations of
 * parallel spans would not. */
#ifndef TRACETUI_TUI_FLAME_H
#define TRACETUI_TUI_FLAME_H

#include "store/trace.h"

enum { FLAME_NONE = UINT32_MAX };

struct flame_frame {
    uint32_t parent; /* FLAME_NONE at the top */
    uint32_t end;    /* index behind the last frame below */
    uint32_t depth;
    uint32_t name, service; /* indices of trace.names; a stand-in for a missing parent has a name */
    uint32_t count, running;
    uint32_t errors;  /* that came from no span below */
    int64_t from_ns;  /* left edge: 0 ... total */
    int64_t width_ns; /* self time of the frame and all below */
    int64_t self_ns, total_ns;
    uint32_t hottest; /* its span with most self time */
};

/* {0} is empty. frames: pre-order, siblings widest first. */
struct flame {
    struct flame_frame *frames;
    uint32_t count;
    uint32_t deepest;
    int64_t width_ns; /* of all */
};

/* Running spans last until now_ns. Uses no recursion. */
void flame_set(struct flame *flame, const struct trace *trace, int64_t now_ns);
void flame_clear(struct flame *flame);

/* The frame that holds the span with these stacks' names: the frame of a span. FLAME_NONE if none.
 */
uint32_t flame_find(const struct flame *flame, const struct trace *trace, uint32_t span);

/* The widest frame of the next depth below, the neighbour before or behind on the same depth (in
 * order of left edges, whatever the parent); FLAME_NONE if there is none. */
uint32_t flame_child(const struct flame *flame, uint32_t frame);
uint32_t flame_neighbour(const struct flame *flame, uint32_t frame, int step);

#endif
