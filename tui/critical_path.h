/* critical_path — the chain of work that a trace's duration hangs on.
 *
 * Jaeger's definition: from the end of the root walk to the child that finished last, then from its
 * start backwards to the child that had ended by then, and so on. Children are clipped to their
 * parents first. */
#ifndef TRACETUI_TUI_CRITICAL_PATH_H
#define TRACETUI_TUI_CRITICAL_PATH_H

#include "store/trace.h"

/* A stretch of time in which one span alone is responsible. */
struct critical_part {
    uint32_t span;
    int64_t start_ns, end_ns;
};

/* {0} is empty. parts are ordered by span, then start. */
struct critical_path {
    struct critical_part *parts;
    size_t count, capacity;
    size_t spans; /* different ones */
    int64_t total_ns;
};

/* Starts at the first top-level span. Running spans end at now_ns. Uses no recursion; only children
 * of spans on the path are looked at and sorted. */
void critical_path_set(struct critical_path *path, const struct trace *trace, int64_t now_ns);
void critical_path_clear(struct critical_path *path);

/* The parts of one span; returns how many, parts borrowed until the next _set. */
size_t critical_path_of(const struct critical_path *path, uint32_t span,
                        const struct critical_part **ret_parts);

#endif
