/* world — the spans of the benchmarks: always the same, each made from its number alone.
 *
 * A trace has ten spans in a tree of depth four over five services; 64 traces are under way at a
 * time and end span by span, children before parents, as exporters send them. So consecutive
 * numbers belong to different traces, and a trace's root comes last. Ids are random. What is not
 * an id, a time, a user or a request number repeats every WORLD_PERIOD spans. */
#ifndef TRACETUI_TESTS_BENCH_WORLD_H
#define TRACETUI_TESTS_BENCH_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WORLD_TRACE_SPANS = 10,
    WORLD_AT_ONCE = 64,
    WORLD_PERIOD = WORLD_TRACE_SPANS * WORLD_AT_ONCE,
    WORLD_USERS = 1000,
    WORLD_ATTRIBUTES = 7,
};

struct world_attribute {
    const char *key, *text; /* text NULL: a number, or the request or user number if key says so */
    int64_t number;
};

struct world_span {
    uint64_t trace; /* number of the trace */
    uint8_t trace_id[16], id[8], parent[8];
    bool is_root, is_error;
    int64_t start_ns, end_ns;
    const char *name, *service, *type;
    int kind;      /* numbers of OTLP */
    unsigned user; /* of a root */
    uint64_t request;
    struct world_attribute attributes[WORLD_ATTRIBUTES];
    size_t attribute_count;
};

/* begin_ns: when the first trace starts; each next one starts a millisecond later. */
struct world_span world_span(uint64_t number, int64_t begin_ns);

#endif
