/* service_map — who calls whom, how often, how long and how often in vain, over many traces.
 *
 *     struct service_map *map = service_map_new();
 *     service_map_add(map, trace);             // as many as there are
 *     service_map_finish(map);
 *     for (size_t i = 0; i < map->row_count; i++) { ... map->rows[i].edge, .depth ... }
 *     service_map_free(map);
 *
 * A call is a span whose service differs from its parent's; a span without a parent is a call from
 * outside, one whose parent is missing a call from somewhere. A service calls itself where its span
 * is a server's or consumer's below one of its own. A client's or producer's span with nothing
 * below it, and its caller in its own service, is a call to something that sends no spans, named by
 * its type: "(db)"; what a service does inside itself (types service and ui) is none. */
#ifndef TRACETUI_TUI_SERVICE_MAP_H
#define TRACETUI_TUI_SERVICE_MAP_H

#include "store/trace.h"

enum { MAP_NONE = UINT32_MAX, MAP_OUTSIDE = 0, MAP_SOMEWHERE = 1 };

struct map_node {
    struct text name;    /* "(outside)", "(somewhere)", a service, or "(db)" */
    bool silent;         /* sends no spans: name is "(type)" */
    uint32_t first, end; /* in edges: its calls, after _finish */
};

struct map_edge {
    uint32_t from, to; /* nodes; MAP_OUTSIDE and MAP_SOMEWHERE call only */
    int64_t calls, errors, running;
    int64_t p50_ns, p95_ns, max_ns, sum_ns; /* of calls that ended */
};

enum map_row_kind {
    MAP_ROW_FIRST,    /* the callee's own calls stand below */
    MAP_ROW_LEAF,     /* it calls nobody */
    MAP_ROW_REPEATED, /* its calls stand elsewhere */
    MAP_ROW_CYCLE,    /* it stands above: the calls go round in a circle */
    MAP_ROW_SELF,
};

/* Each edge once, as a tree from the outside in. */
struct map_row {
    uint32_t edge;
    uint32_t depth;
    uint64_t lines; /* bit d: the guide of depth d goes on below this row */
    uint8_t kind;   /* enum map_row_kind */
    bool last;      /* of its caller's calls */
};

struct service_map {
    struct arena arena; /* holds the names */
    struct map_node *nodes;
    size_t node_count, node_capacity;
    struct map_edge *edges; /* by caller, most calls first, after _finish */
    size_t edge_count, edge_capacity;
    struct map_row *rows;
    size_t row_count;
    size_t traces, spans;
    int64_t first_ns, last_ns; /* starts of the earliest and the latest trace */
    bool complete;             /* every matching trace was added; whoever adds them says so */
    void *private_work;        /* until _finish */
};

struct service_map *service_map_new(void);
void service_map_add(struct service_map *map, const struct trace *trace);
void service_map_finish(struct service_map *map);
void service_map_free(struct service_map *map);

/* Calls of an edge in a minute, over the time between the first trace and the last; 0 if that is
 * not a second. */
double service_map_rate(const struct service_map *map, const struct map_edge *edge);

/* Appends a query for the traces that have this call, as far as the language can say it: spans of
 * both services. False if there is nothing to say. */
bool service_map_term(const struct service_map *map, const struct map_edge *edge,
                      struct text_buffer *target);

#endif
