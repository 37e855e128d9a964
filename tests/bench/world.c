/* world — the spans of the benchmarks: always the same, each made from its number alone. */
#include "tests/bench/world.h"

#include <string.h>

/* splitmix64 */
static uint64_t mix(uint64_t value)
{
    value += UINT64_C(0x9E3779B97F4A7C15);
    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return value ^ value >> 31;
}

static void put_bytes(uint8_t target[8], uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        target[i] = (uint8_t)(value >> (56 - 8 * i));
    }
    target[0] |= 1; /* no id is all zeros */
}

static void put_span_id(uint8_t target[8], uint64_t trace, uint64_t member)
{
    put_bytes(target, mix(trace * WORLD_TRACE_SPANS + member + UINT64_C(0x5bd1e995)));
}

/* The spans of a trace: member 0 is the root, the parent of member i is (i - 1) / 2. */
static const struct role {
    const char *service, *type;
    int kind;
} roles[WORLD_TRACE_SPANS] = {
    {"web", "ui", 1},     {"gateway", "http", 2}, {"api", "graphql", 2}, {"api", "service", 1},
    {"goals", "http", 2}, {"goals", "db", 3},     {"goals", "db", 3},    {"cache", "cache", 3},
    {"mail", "http", 3},  {"search", "db", 3},
};

static const char *name_of(uint64_t lane, uint64_t member)
{
    static const char *const roots[] = {"createGoal", "listGoals",    "updateGoal",  "shareReport",
                                        "openTeam",   "inviteMember", "postComment", "exportAll"};
    static const char *const calls[] = {"POST /graphql", "resolve goals", "GET /goals",
                                        "cache.get",     "authorize",     "send mail"};
    static const char *const statements[] = {"SELECT goals", "SELECT tasks", "INSERT goals",
                                             "UPDATE teams", "SELECT users"};
    if (member == 0) {
        return roots[lane % 8];
    }
    return roles[member].type[0] == 'd' ? statements[lane % 5] : calls[(lane + member) % 6];
}

static void add(struct world_span *span, const char *key, const char *text, int64_t number)
{
    span->attributes[span->attribute_count++] =
        (struct world_attribute){.key = key, .text = text, .number = number};
}

/* What differs from span to span stands near the end for one half of them, near the beginning for
 * the other. */
static void describe(struct world_span *span, uint64_t slot, uint64_t member)
{
    static const char *const functions[] = {"GoalService.createGoal", "TaskRepository.findByTeam",
                                            "MailQueue.push", "CacheClient.getOrLoad"};
    bool early = slot % 2 == 1;
    if (early) {
        add(span, "request.id", NULL, (int64_t)span->request);
    }
    if (span->type[0] == 'd') {
        add(span, "db.system", "postgresql", 0);
        add(span, "db.statement",
            "SELECT id, title, owner_id, due_at FROM goals WHERE team_id = $1 AND archived = false"
            " ORDER BY due_at LIMIT 50",
            0);
        add(span, "db.rows", NULL, (int64_t)(slot * 7 % 50));
    } else {
        add(span, "http.request.method", slot % 2 == 0 ? "GET" : "POST", 0);
        add(span, "http.route", "/api/v2/teams/{team}/goals/{goal}/comments", 0);
        add(span, "http.response.status_code", NULL, span->is_error ? 500 : 200);
        add(span, "user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101", 0);
    }
    add(span, "code.function", functions[(slot + member) % 4], 0);
    if (!early) {
        add(span, "request.id", NULL, (int64_t)span->request);
    }
    if (span->is_root) {
        add(span, "user.id", NULL, span->user);
    }
}

struct world_span world_span(uint64_t number, int64_t begin_ns)
{
    uint64_t slot = number % WORLD_PERIOD;
    uint64_t lane = slot % WORLD_AT_ONCE;
    uint64_t member = WORLD_TRACE_SPANS - 1 - slot / WORLD_AT_ONCE;
    uint64_t trace = number / WORLD_PERIOD * WORLD_AT_ONCE + lane;
    uint64_t chance = mix(trace);
    struct world_span span = {
        .trace = trace,
        .is_root = member == 0,
        .is_error = (lane * WORLD_TRACE_SPANS + member) % 37 == 5,
        .name = name_of(lane, member),
        .service = roles[member].service,
        .type = roles[member].type,
        .kind = roles[member].kind,
        .request = mix(number) % UINT64_C(10000000000000000),
    };
    /* The square makes some users busy and most of them rare. */
    uint64_t part = chance % 1000;
    span.user = (unsigned)(part * part / 1000 % WORLD_USERS);
    put_bytes(span.trace_id, mix(trace * 2));
    put_bytes(span.trace_id + 8, mix(trace * 2 + 1));
    put_span_id(span.id, trace, member);
    if (!span.is_root) {
        put_span_id(span.parent, trace, (member - 1) / 2);
    }
    /* From 1 ms to 4 s, each doubling as likely as the last. */
    int64_t length_ns =
        (int64_t)(INT64_C(1000000) << chance / 1000 % 12) + (int64_t)(chance / 12000 % 1000000);
    int64_t start_ns = begin_ns + (int64_t)trace * 1000000;
    span.start_ns = start_ns + length_ns * (int64_t)member / 20;
    span.end_ns = span.start_ns + length_ns / (int64_t)(member + 1);
    describe(&span, lane, member);
    return span;
}
