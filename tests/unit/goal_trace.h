/* goal_trace — the trace that the tests of the panes look at: somebody saves a goal, and fails. */
#ifndef TRACETUI_TESTS_GOAL_TRACE_H
#define TRACETUI_TESTS_GOAL_TRACE_H

#include <stdio.h>

#include "store/base/clock.h"
#include "store/reader.h"
#include "store/trace.h"

#define GOAL_START_NS INT64_C(1763647400412000000)

struct goal_span {
    unsigned id, parent;
    const char *service, *name, *type;
    int64_t start_us, duration_us; /* duration -1: running */
    uint8_t status;
    uint32_t flags;
};

enum { GOAL_SELECTS = 37, GOAL_FIRST_SELECT = 100, GOAL_INSERT = 11 };

static const struct goal_span goal_spans[] = {
    {1, 0, "web", "click SaveGoal", "ui", 0, 1280000, STATUS_COMPLETED, 0},
    {2, 1, "web", "POST /graphql", "http", 20000, 1240000, STATUS_COMPLETED, 0},
    {3, 2, "api", "graphql:createGoal", "graphql", 42000, 1210000, STATUS_COMPLETED, 0},
    {4, 3, "api", "auth.verifySession", "service", 46000, 27000, STATUS_COMPLETED, 0},
    {5, 4, "redis", "GET sess:9f2c (hit)", "cache", 47000, 6000, STATUS_COMPLETED, 0},
    {6, 3, "api", "quota.check", "service", 75000, 424000, STATUS_COMPLETED, 0},
    {7, 3, "api", "credits.charge", "service", 504000, 356000, STATUS_COMPLETED, 0},
    {8, 7, "db", "BEGIN", "db", 506000, 2000, STATUS_COMPLETED, 0},
    {9, 7, "db", "UPDATE credits", "db", 509000, 293000, STATUS_COMPLETED, SPAN_HAS_EVENTS},
    {10, 7, "db", "COMMIT", "db", 803000, 53000, STATUS_COMPLETED, 0},
    {GOAL_INSERT, 3, "db", "INSERT goals", "db", 866000, 255000, STATUS_ERROR, SPAN_EXCEPTION},
    {12, 3, "api", "notify.push", "service", 867000, -1, STATUS_IN_PROGRESS, 0},
    {13, 12, "http", "POST push.example.com", "http", 870000, -1, STATUS_IN_PROGRESS, 0},
    {14, 3, "api", "audit.log", "service", 1126000, 122000, STATUS_COMPLETED, 0},
    {15, 14, "redis", "XADD audit", "cache", 1127000, 2400, STATUS_COMPLETED, 0},
    {16, 1, "web", "render Toast", "ui", 1261000, 19000, STATUS_COMPLETED, 0},
};

static inline struct id goal_id(unsigned number)
{
    char text[32];
    struct id id = {0};
    snprintf(text, sizeof text, "%016x", number);
    return id_parse_span(text_from(text), &id) == ERR_OK ? id : (struct id){0};
}

static inline void goal_add(struct trace *trace, const struct goal_span *span)
{
    struct id id = goal_id(span->id);
    struct id parent = span->parent != 0 ? goal_id(span->parent) : (struct id){0};
    struct trace_span *added = trace_add(trace, &id, &parent);
    added->name = trace_name(trace, text_from(span->name));
    added->service = trace_name(trace, text_from(span->service));
    added->type = trace_name(trace, text_from(span->type));
    added->start_ns = GOAL_START_NS + span->start_us * NS_PER_US;
    added->duration_ns = span->duration_us < 0 ? SPAN_RUNNING : span->duration_us * NS_PER_US;
    added->status = span->status;
    added->flags |= span->flags;
    added->body = span->id;
}

/* extra: more spans, for a trace that grew; may be NULL. */
static inline struct trace *goal_trace(const struct goal_span *extra, size_t count)
{
    struct trace *trace = trace_new();
    trace->row.number = 1;
    for (size_t i = 0; i < ARRAY_LEN(goal_spans); i++) {
        goal_add(trace, &goal_spans[i]);
    }
    for (unsigned i = 0; i < GOAL_SELECTS; i++) {
        struct goal_span select = {
            GOAL_FIRST_SELECT + i, 6, "db", "SELECT goals", "db", 77000 + (int64_t)i * 10570, 9500,
            STATUS_COMPLETED,      0};
        goal_add(trace, &select);
    }
    for (size_t i = 0; i < count; i++) {
        goal_add(trace, &extra[i]);
    }
    trace_build(trace);
    return trace;
}

/* Index of a span by its number. */
static inline uint32_t goal_index(const struct trace *trace, unsigned number)
{
    struct id id = goal_id(number);
    return (uint32_t)trace_find(trace, &id, false);
}

#endif
