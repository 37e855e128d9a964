/* span_usual — how long the operations of a trace usually take: is this span slow, or normal? */
#include "tui/span_usual.h"

#include <stdio.h>
#include <stdlib.h>

struct pair {
    uint32_t service, name;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *left = a;
    const struct pair *right = b;
    if (left->service != right->service) {
        return left->service < right->service ? -1 : 1;
    }
    return (left->name > right->name) - (left->name < right->name);
}

/* The different operations, ordered; returns how many. */
static size_t distinct(const struct trace *trace, struct pair *pairs)
{
    size_t count = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        struct pair pair = {span->service, span->name};
        bool repeated = i > 0 && compare_pairs(&pair, &pairs[count > 0 ? count - 1 : 0]) == 0;
        if ((span->flags & TRACE_SPAN_SYNTHETIC) == 0 && !(repeated && count > 0)) {
            pairs[count++] = pair;
        }
    }
    qsort(pairs, count, sizeof *pairs, compare_pairs);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_pairs(&pairs[i], &pairs[kept - 1]) != 0) {
            pairs[kept++] = pairs[i];
        }
    }
    return kept < USUAL_OPERATIONS_LARGEST ? kept : USUAL_OPERATIONS_LARGEST;
}

/* The figures that were known of this operation. */
static struct baseline known(const struct span_usual *usual, const struct baseline_key *key)
{
    for (size_t i = 0; i < usual->count; i++) {
        if (text_equals(usual->keys[i].operation, key->operation) &&
            text_equals(usual->keys[i].service, key->service)) {
            return usual->baselines[i];
        }
    }
    return (struct baseline){0};
}

void span_usual_set(struct span_usual *usual, const struct trace *trace)
{
    struct pair *pairs = mem_alloc((trace->count + 1) * sizeof *pairs);
    size_t count = distinct(trace, pairs);
    struct span_usual next = {
        .names = mem_alloc((count + 1) * sizeof *next.names),
        .services = mem_alloc((count + 1) * sizeof *next.services),
        .keys = mem_alloc((count + 1) * sizeof *next.keys),
        .baselines = mem_zero(count + 1, sizeof *next.baselines),
        .count = count,
    };
    for (size_t i = 0; i < count; i++) {
        next.names[i] = pairs[i].name;
        next.services[i] = pairs[i].service;
        next.keys[i] = (struct baseline_key){.service = trace->names[pairs[i].service],
                                             .operation = trace->names[pairs[i].name]};
        next.baselines[i] = known(usual, &next.keys[i]);
    }
    free(pairs);
    span_usual_clear(usual);
    *usual = next;
}

void span_usual_give(struct span_usual *usual, const struct baseline *baselines, size_t count)
{
    for (size_t i = 0; i < usual->count && i < count; i++) {
        usual->baselines[i] = baselines[i];
    }
    usual->given = true;
}

void span_usual_clear(struct span_usual *usual)
{
    free(usual->names);
    free(usual->services);
    free(usual->keys);
    free(usual->baselines);
    *usual = (struct span_usual){0};
}

const struct baseline *span_usual_of(const struct span_usual *usual, const struct trace_span *span)
{
    struct pair wanted = {span->service, span->name};
    size_t low = 0;
    size_t high = usual->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct pair at = {usual->services[middle], usual->names[middle]};
        int order = compare_pairs(&at, &wanted);
        if (order == 0) {
            const struct baseline *found = &usual->baselines[middle];
            return found->count >= USUAL_LEAST ? found : NULL;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

struct text span_usual_words(char target[USUAL_BYTES], const struct baseline *baseline,
                             int64_t duration_ns, bool ascii)
{
    int length = 0;
    target[0] = '\0';
    if (baseline != NULL && baseline->p95_ns > 0 &&
        duration_ns > baseline->p95_ns + baseline->p95_ns / 10) {
        double times = (double)duration_ns / (double)baseline->p95_ns;
        times = times < 9999 ? times : 9999;
        length = snprintf(target, USUAL_BYTES, times < 9.95 ? "%s%.1f p95" : "%s%.0f p95",
                          ascii ? "x" : "\u00D7", times);
    }
    return text_make(target, (size_t)length);
}
