/* trace — one trace in memory: its row of the list, and its spans as a tree.
 *
 * A reader fills a struct trace with skeletons (no attributes) in any order; trace_build turns them
 * into one pre-order array. Nothing is ever left out: spans whose parent is not stored hang below a
 * synthetic span per missing parent, and a cycle is cut at its earliest span. */
#ifndef TRACETUI_STORE_TRACE_H
#define TRACETUI_STORE_TRACE_H

#include "store/span.h"

enum { TRACE_NO_SPAN = -1 };

/* What the list shows of a trace. Texts live in the arena of whoever holds the row. */
struct trace_row {
    int64_t number; /* arrival number: the key inside one database */
    struct id id;
    struct text root_operation;
    struct text service;  /* of the root */
    struct text services; /* all, sorted, separated by one blank; blanks inside a name become '_' */
    struct text user, session, client_type;
    struct text error_message;
    struct text error_stack;
    struct text metadata; /* JSON object or empty */
    enum span_status status;
    int64_t start_ns;
    int64_t duration_ns; /* of what is known so far, if running */
    int64_t span_count;
    int64_t error_count;
    int64_t running_count;
    int64_t created_ms; /* when its first span was stored */
    int64_t version;    /* grows with every change of the trace */
    bool has_root;      /* false: the root has not arrived, root_operation is the earliest span's */
};

enum trace_span_flag {
    /* the low bits are enum span_flag */
    TRACE_SPAN_SYNTHETIC = 1 << 16, /* stands for a missing parent */
    TRACE_SPAN_CYCLE = 1 << 17,     /* its parent link was cut */
    TRACE_SPAN_ERROR_BELOW = 1 << 18,
    TRACE_SPAN_SKEW = 1 << 19, /* starts before its parent, or ends after it ended */
    TRACE_SPAN_RUNNING_BELOW = 1 << 20,
};

/* 72 bytes: a million spans must fit comfortably. */
struct trace_span {
    int64_t start_ns;
    int64_t duration_ns; /* SPAN_RUNNING while it runs */
    int64_t self_ns; /* duration minus the union of its children (clipped); filled by trace_build */
    int64_t body;    /* key for reader_bodies; 0 for a synthetic span */
    uint32_t id;     /* offset in trace.ids: struct id without its tail, see trace_span_id */
    uint32_t parent_id;           /* the same, 0 = none */
    uint32_t name, service, type; /* indices into trace.names */
    int32_t parent;               /* index in spans, TRACE_NO_SPAN at the top */
    uint32_t subtree_end;         /* index behind the last descendant */
    uint16_t depth;
    uint8_t status, kind;
    uint32_t flags;
};

struct trace {
    struct arena arena; /* holds row's texts and names */
    struct trace_row row;
    struct trace_span *spans; /* malloc'ed; pre-order after trace_build */
    size_t count, capacity;
    struct text *names; /* service, operation and type names, each once */
    size_t name_count, name_capacity;
    uint8_t *ids; /* packed ids; offset 0 is the empty id */
    size_t id_bytes, id_capacity;
    int64_t start_ns, end_ns; /* extent of all spans; end of running ones not counted */
    size_t roots, missing_parents, orphans, errors, running, services, depth_largest, cycles,
        skewed;
    bool is_partial;     /* only some of row.span_count spans, see reader_trace_first */
    void *private_names; /* hash of names while loading */
};

struct trace *trace_new(void);
void trace_free(struct trace *trace);

/* ---- filling (reader, tests) ---- */

/* Index of name in trace->names, added if new. */
uint32_t trace_name(struct trace *trace, struct text name);
/* Adds a span; parent may be NULL or ID_NONE. Returns it for the caller to fill the rest; name,
 * service, type, times, status, kind, flags, body. Pointers to earlier ones become invalid. */
struct trace_span *trace_add(struct trace *trace, const struct id *id, const struct id *parent);

/* Links parents and children, orders siblings by (start, longer first, id), finds missing parents,
 * cuts cycles, computes depth, subtree_end, self time, flags and the sums. A server half
 * (SPAN_SERVER_HALF) is a child of the client half with its id; children that name a shared id hang
 * below the half of their own service, else below the server half. Of a partial trace, whose first
 * span is its root, spans with an unknown parent are children of the root. Any depth: uses no
 * recursion. O(n log n). */
void trace_build(struct trace *trace);

/* ---- reading ---- */

struct id trace_span_id(const struct trace *trace, const struct trace_span *span);
struct id trace_span_parent_id(const struct trace *trace, const struct trace_span *span);
struct text trace_span_name(const struct trace *trace, const struct trace_span *span);
struct text trace_span_service(const struct trace *trace, const struct trace_span *span);
struct text trace_span_type(const struct trace *trace, const struct trace_span *span);

/* Index of the span with that id (and side), TRACE_NO_SPAN if none. */
int32_t trace_find(const struct trace *trace, const struct id *id, bool server_half);

/* The same by the id as people write it, of either side. */
int32_t trace_find_text(const struct trace *trace, struct text id);

/* End of a span for drawing: running spans end at now_ns or at the trace's end, whichever is later.
 */
int64_t trace_span_end_ns(const struct trace_span *span, int64_t now_ns);

#endif
