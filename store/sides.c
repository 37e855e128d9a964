/* sides — where the time of traces went: with their clients, or with the servers. */
#include "store/sides.h"

#include <stdlib.h>

#include "store/sql/distribution.h"

enum { EXACT_VALUES = 200000, SLICE_SPANS = 256 };
enum { CLIENT, SERVER, SIDE_COUNT };

struct side {
    int64_t traces, errors;
    struct distribution times;
};

struct sides {
    struct side sides[SIDE_COUNT];
};

/* What one trace spends on a side. */
struct share {
    int64_t spans, errors, time_ns;
};

struct sides *sides_new(void)
{
    struct sides *sides = mem_zero(1, sizeof *sides);
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        sides->sides[i].times.exact_limit = EXACT_VALUES;
    }
    return sides;
}

void sides_free(struct sides *sides)
{
    if (sides == NULL) {
        return;
    }
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        distribution_clear(&sides->sides[i].times);
    }
    free(sides);
}

bool side_is_client(struct text client_type)
{
    static const char *const clients[] = {"plugin", "web", "cli", "ios", "android"};
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        if (text_is_nocase(client_type, clients[i])) {
            return true;
        }
    }
    return false;
}

/* Spans from `from` on; stand-ins for missing ones belong to nobody. */
static enum err add_slice(struct reader *reader, const struct trace *trace, size_t from,
                          size_t count, struct share shares[SIDE_COUNT], struct err_msg *why)
{
    int64_t keys[SLICE_SPANS] = {0};
    struct text types[SLICE_SPANS];
    for (size_t i = 0; i < count; i++) {
        keys[i] = trace->spans[from + i].body;
    }
    enum err err = reader_client_types(reader, keys, count, types, why);
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        const struct trace_span *span = &trace->spans[from + i];
        if ((span->flags & TRACE_SPAN_SYNTHETIC) == 0) {
            struct share *share = &shares[side_is_client(types[i]) ? CLIENT : SERVER];
            share->spans++;
            share->errors += span->status == STATUS_ERROR;
            share->time_ns += span->self_ns;
        }
    }
    return err;
}

enum err sides_add(struct sides *sides, struct reader *reader, const struct trace *trace,
                   struct err_msg *why)
{
    struct share shares[SIDE_COUNT] = {{0}};
    for (size_t from = 0; from < trace->count; from += SLICE_SPANS) {
        size_t left = trace->count - from;
        enum err err =
            add_slice(reader, trace, from, left < SLICE_SPANS ? left : SLICE_SPANS, shares, why);
        if (err != ERR_OK) {
            return err;
        }
    }
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        if (shares[i].spans > 0) {
            sides->sides[i].traces++;
            sides->sides[i].errors += shares[i].errors > 0;
            distribution_add(&sides->sides[i].times, shares[i].time_ns);
        }
    }
    return ERR_OK;
}

void sides_report(struct sides *sides, struct group_answer *ret_answer)
{
    static const struct text names[SIDE_COUNT] = {
        [CLIENT] = {"client", sizeof "client" - 1}, [SERVER] = {"server", sizeof "server" - 1}};
    struct group_answer answer = {.count = SIDE_COUNT};
    answer.rows = arena_zero(&answer.arena, SIDE_COUNT, sizeof *answer.rows);
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        struct distribution *times = &sides->sides[i].times;
        answer.rows[i] = (struct group_row){
            .name = names[i],
            .count = sides->sides[i].traces,
            .errors = sides->sides[i].errors,
            .ended = times->count,
            .sum_ns = times->sum,
            .min_ns = times->least,
            .p50_ns = distribution_percentile(times, 50),
            .p95_ns = distribution_percentile(times, 95),
            .p99_ns = distribution_percentile(times, 99),
            .max_ns = times->largest,
        };
    }
    *ret_answer = answer;
}
