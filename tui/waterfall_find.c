/* waterfall_find — which spans are looked for: by their names at once, by what is stored about them
 * as the answers come. */
#include <stdlib.h>
#include <string.h>

#include "tui/waterfall_state.h"

enum { WORD_BITS = 64 };

static bool has_bit(const uint64_t *bits, uint32_t span)
{
    return (bits[span / WORD_BITS] >> (span % WORD_BITS) & 1) != 0;
}

static void set_bit(uint64_t *bits, uint32_t span)
{
    bits[span / WORD_BITS] |= UINT64_C(1) << (span % WORD_BITS);
}

bool waterfall_is_match(const struct waterfall_pane *pane, uint32_t span)
{
    return pane->find.matches != NULL && has_bit(pane->find.matches, span);
}

bool waterfall_is_faded(const struct waterfall_pane *pane, uint32_t span)
{
    return pane->find.matches != NULL && !pane->find.of_query && !waterfall_is_match(pane, span);
}

/* With what is above it: each span is passed once, however many there are below it. */
static void add_match(struct waterfall_find *find, const struct trace *trace, uint32_t span)
{
    find->count += !has_bit(find->matches, span);
    set_bit(find->matches, span);
    for (int32_t at = (int32_t)span; at != TRACE_NO_SPAN && !has_bit(find->family, (uint32_t)at);
         at = trace->spans[at].parent) {
        set_bit(find->family, (uint32_t)at);
    }
}

static void mark_names(struct waterfall_find *find, const struct trace *trace)
{
    struct text wanted = text_buffer_text(&find->text);
    bool *hit = mem_zero(trace->name_count + 1, sizeof *hit);
    for (size_t i = 0; i < trace->name_count; i++) {
        hit[i] = text_contains_nocase(trace->names[i], wanted);
    }
    for (uint32_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        if (hit[span->name] || hit[span->service] || hit[span->type]) {
            add_match(find, trace, i);
        }
    }
    free(hit);
}

/* Where the span with that body stands in the table, or would. */
static size_t slot_of(const struct waterfall_find *find, const struct trace *trace, int64_t body)
{
    size_t at = (size_t)((uint64_t)body * UINT64_C(0x9E3779B97F4A7C15) >> 32) & find->mask;
    while (find->by_body[at] != UINT32_MAX && trace->spans[find->by_body[at]].body != body) {
        at = (at + 1) & find->mask;
    }
    return at;
}

/* Once a search: answers of many spans, several a second, must cost no more than those spans. */
static void index_bodies(struct waterfall_find *find, const struct trace *trace)
{
    size_t slots = 16;
    while (slots < trace->count * 2) {
        slots *= 2;
    }
    find->mask = slots - 1;
    find->by_body = mem_alloc(slots * sizeof *find->by_body);
    memset(find->by_body, 0xFF, slots * sizeof *find->by_body);
    for (uint32_t i = 0; i < trace->count; i++) {
        if (trace->spans[i].body != 0) {
            find->by_body[slot_of(find, trace, trace->spans[i].body)] = i;
        }
    }
}

static void mark_bodies(struct waterfall_find *find, const struct trace *trace,
                        const int64_t *bodies, size_t count)
{
    if (count > 0 && find->by_body == NULL) {
        index_bodies(find, trace);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t span = find->by_body[slot_of(find, trace, bodies[i])];
        if (span != UINT32_MAX) {
            add_match(find, trace, span);
        }
    }
}

void waterfall_find_forget(struct waterfall_pane *pane)
{
    struct waterfall_find *find = &pane->find;
    free(find->matches);
    free(find->family);
    free(find->by_body);
    find->matches = NULL;
    find->family = NULL;
    find->by_body = NULL;
    find->count = 0;
    find->asked = false;
    pane->rows.only = NULL;
}

void waterfall_find_clear(struct waterfall_pane *pane)
{
    waterfall_find_forget(pane);
    text_buffer_free(&pane->find.text);
    free(pane->find.bodies);
    pane->find = (struct waterfall_find){0};
}

void waterfall_find_again(struct waterfall_pane *pane)
{
    struct waterfall_find *find = &pane->find;
    size_t words = pane->trace->count / WORD_BITS + 1;
    waterfall_find_forget(pane);
    find->matches = mem_zero(words, sizeof *find->matches);
    find->family = mem_zero(words, sizeof *find->family);
    if (!find->of_query) {
        mark_names(find, pane->trace);
    }
    mark_bodies(find, pane->trace, find->bodies, find->body_count);
}

/* The first match: of a query in the trace, else at or below the cursor. */
static void go_to_first(struct waterfall_pane *pane)
{
    uint32_t span = pane->find.of_query ? 0 : waterfall_row_span(pane, pane->cursor);
    if (waterfall_is_match(pane, span) ||
        waterfall_seek(pane, span, 1, waterfall_is_match, &span)) {
        waterfall_go_to(pane, span);
    }
}

/* Where nothing is found yet the cursor goes to what the answers find, unless it has moved. */
static size_t begin(struct waterfall_pane *pane)
{
    waterfall_find_again(pane);
    pane->find.going = pane->find.count == 0;
    if (!pane->find.going) {
        go_to_first(pane);
    }
    return pane->find.count;
}

size_t waterfall_pane_find(struct waterfall_pane *pane, struct text text)
{
    bool only = pane->rows.only != NULL;
    waterfall_find_clear(pane);
    if (only) {
        waterfall_rows_changed(pane);
    }
    if (pane->trace == NULL || pane->rows.count == 0 || text_is_empty(text)) {
        return 0;
    }
    text_append(&pane->find.text, text);
    return begin(pane);
}

void waterfall_pane_find_query(struct waterfall_pane *pane)
{
    waterfall_pane_find(pane, TEXT(""));
    if (pane->trace != NULL && pane->rows.count > 0) {
        pane->find.of_query = true;
        begin(pane);
    }
}

bool waterfall_pane_is_finding(const struct waterfall_pane *pane)
{
    return pane->find.matches != NULL;
}

bool waterfall_pane_finds_query(const struct waterfall_pane *pane)
{
    return pane->find.of_query;
}

bool waterfall_pane_wants_matches(const struct waterfall_pane *pane)
{
    return pane->find.matches != NULL && !pane->find.asked;
}

void waterfall_pane_asked_matches(struct waterfall_pane *pane)
{
    pane->find.asked = true;
}

static void keep_bodies(struct waterfall_find *find, const int64_t *bodies, size_t count)
{
    while (find->body_capacity < find->body_count + count) {
        find->body_capacity = find->body_capacity == 0 ? 64 : find->body_capacity * 2;
        find->bodies = mem_grow(find->bodies, find->body_capacity * sizeof *find->bodies);
    }
    for (size_t i = 0; i < count; i++) {
        find->bodies[find->body_count++] = bodies[i];
    }
}

size_t waterfall_pane_give_matches(struct waterfall_pane *pane, const int64_t *bodies, size_t count,
                                   bool last)
{
    struct waterfall_find *find = &pane->find;
    if (find->matches == NULL) {
        return 0;
    }
    keep_bodies(find, bodies, count);
    mark_bodies(find, pane->trace, bodies, count);
    if (pane->rows.only != NULL) {
        waterfall_rows_changed(pane);
    }
    if (find->going && find->count > 0) {
        go_to_first(pane);
        find->going = find->of_query; /* an earlier one may come */
    }
    find->going = find->going && !last;
    return find->count;
}
