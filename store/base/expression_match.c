/* expression_match — does an expression match a text, and where.
 *
 * Whether: sets of threads are states, and what a state becomes behind a character is worked out
 * once and remembered; a search costs a look into a table for each character. States that would
 * take too much memory are forgotten and worked out again. Where: the threads themselves. */
#include <stdlib.h>
#include <string.h>

#include "store/base/expression_threads.h"

enum {
    STATES_LARGEST = 256,
    CELLS_LARGEST = 1 << 16, /* of the table of what follows */
    ITEMS_LARGEST = 1 << 14, /* instructions of all states */
};

enum { STATE_UNKNOWN, STATE_MATCH, STATE_NEVER, STATE_FIRST };

struct state {
    uint16_t *items; /* ascending */
    size_t count;
    enum beside before;
};

struct expression_states {
    struct threads threads;
    struct state states[STATES_LARGEST]; /* from STATE_FIRST on */
    size_t count, count_largest;
    size_t first;     /* at the begin of a text; STATE_UNKNOWN until asked for */
    size_t forgotten; /* how often all were */
    uint16_t items[ITEMS_LARGEST];
    size_t item_count;
    size_t columns; /* the classes, and the end of the text */
    uint16_t next[];
};

static struct expression_states *states_new(const struct expression *expression)
{
    size_t columns = expression->class_count + 1;
    size_t most =
        CELLS_LARGEST / columns < STATES_LARGEST ? CELLS_LARGEST / columns : STATES_LARGEST;
    struct expression_states *states =
        mem_zero(1, sizeof *states + most * columns * sizeof *states->next);
    states->threads = threads_new(expression);
    states->count = STATE_FIRST;
    states->count_largest = most;
    states->columns = columns;
    return states;
}

void expression_states_free(struct expression_states *states)
{
    if (states != NULL) {
        threads_free(&states->threads);
        free(states);
    }
}

static struct expression_states *states_take(struct expression *expression)
{
    for (size_t i = 0; i < EXPRESSION_SPARES; i++) {
        struct expression_states *states = atomic_exchange(&expression->spares[i], NULL);
        if (states != NULL) {
            return states;
        }
    }
    return states_new(expression);
}

static void states_put_back(struct expression *expression, struct expression_states *states)
{
    for (size_t i = 0; i < EXPRESSION_SPARES; i++) {
        struct expression_states *none = NULL;
        if (atomic_compare_exchange_strong(&expression->spares[i], &none, states)) {
            return;
        }
    }
    expression_states_free(states);
}

/* Each is there once; often they are hundreds. */
static void sort_items(uint16_t *items, size_t count)
{
    bool there[EXPRESSION_INSTRUCTIONS] = {false};
    for (size_t i = 0; i < count; i++) {
        there[items[i]] = true;
    }
    size_t sorted = 0;
    for (size_t at = 0; sorted < count; at++) {
        if (there[at]) {
            items[sorted++] = (uint16_t)at;
        }
    }
}

/* The number of the state that the threads that wait are in. Forgets all others when there is no
 * room for one more. */
static size_t state_number(struct expression_states *states, enum beside before)
{
    struct threads *threads = &states->threads;
    size_t count = threads->waiting_count;
    for (size_t i = 0; i < count; i++) {
        if (threads->expression->code[threads->waiting[i]].code == CODE_MATCH) {
            return STATE_MATCH;
        }
    }
    if (count == 0) {
        return STATE_NEVER;
    }
    sort_items(threads->waiting, count);
    for (size_t i = STATE_FIRST; i < states->count; i++) {
        const struct state *state = &states->states[i];
        if (state->count == count && state->before == before &&
            memcmp(state->items, threads->waiting, count * sizeof *state->items) == 0) {
            return i;
        }
    }
    if (states->count == states->count_largest || states->item_count + count > ITEMS_LARGEST) {
        states->count = STATE_FIRST;
        states->item_count = 0;
        states->first = STATE_UNKNOWN;
        states->forgotten++;
    }
    size_t number = states->count++;
    states->states[number] = (struct state){
        .items = states->items + states->item_count, .count = count, .before = before};
    memcpy(states->states[number].items, threads->waiting, count * sizeof *threads->waiting);
    states->item_count += count;
    memset(states->next + number * states->columns, 0, states->columns * sizeof *states->next);
    return number;
}

static enum beside beside(const struct expression *expression, size_t class)
{
    return class == expression->class_count        ? BESIDE_END
           : expression->class_is_word[class] != 0 ? BESIDE_WORD
                                                   : BESIDE_OTHER;
}

static size_t first_state(struct expression_states *states)
{
    if (states->first == STATE_UNKNOWN) {
        threads_begin(&states->threads);
        threads_add(&states->threads, 0, 0, BESIDE_END);
        states->first = state_number(states, BESIDE_END);
    }
    return states->first;
}

/* Works out what a state becomes; a match may begin behind each character. */
static size_t find_next(struct expression_states *states, size_t number, size_t class)
{
    struct threads *threads = &states->threads;
    const struct expression *expression = threads->expression;
    const struct state *state = &states->states[number];
    enum beside before = state->before;
    enum beside after = beside(expression, class);
    memcpy(threads->waiting, state->items, state->count * sizeof *state->items);
    threads->waiting_count = state->count;
    threads_resolve(threads, before, after);
    threads_begin(threads);
    for (size_t i = 0; i < threads->resolved_count; i++) {
        size_t at = threads->resolved[i];
        struct expression_instruction code = expression->code[at];
        if (code.code == CODE_MATCH) {
            return STATE_MATCH;
        }
        if (after != BESIDE_END &&
            expression->set_has_class[(size_t)code.a * expression->class_count + class] != 0) {
            threads_add(threads, at + 1, 0, after);
        }
    }
    if (after == BESIDE_END) {
        return STATE_NEVER;
    }
    threads_add(threads, 0, 0, after);
    return state_number(states, after);
}

static size_t next_state(struct expression_states *states, size_t number, size_t class)
{
    uint16_t *next = &states->next[number * states->columns + class];
    if (*next != STATE_UNKNOWN) {
        return *next;
    }
    size_t forgotten = states->forgotten;
    size_t found = find_next(states, number, class);
    if (states->forgotten == forgotten) {
        *next = (uint16_t)found;
    }
    return found;
}

static size_t next_class(const struct expression *expression, struct text text, size_t *at)
{
    unsigned char byte = (unsigned char)text.data[*at];
    if (byte < 0x80) {
        ++*at;
        return expression->class_of_ascii[byte];
    }
    uint32_t rune;
    *at += text_rune(text_make(text.data + *at, text.length - *at), &rune);
    return expression_class_of(expression, rune);
}

bool expression_matches(const struct expression *expression, struct text text)
{
    struct expression *shared = (struct expression *)expression; /* only its spares */
    struct expression_states *states = states_take(shared);
    size_t state = first_state(states);
    for (size_t at = 0; state >= STATE_FIRST && at < text.length;) {
        state = next_state(states, state, next_class(expression, text, &at));
    }
    if (state >= STATE_FIRST) {
        state = next_state(states, state, expression->class_count);
    }
    states_put_back(shared, states);
    return state == STATE_MATCH;
}

/* A match found so far. */
struct match {
    bool found;
    size_t start, end;
};

/* One step of a search for the place: `at` is behind `before` and in front of `class`, whose
 * character ends at `behind`. */
static void search_step(struct threads *threads, struct match *match, size_t at, size_t behind,
                        enum beside before, size_t class)
{
    const struct expression *expression = threads->expression;
    enum beside after = beside(expression, class);
    threads_resolve(threads, before, after);
    threads_begin(threads);
    for (size_t i = 0; i < threads->resolved_count; i++) {
        struct expression_instruction code = expression->code[threads->resolved[i]];
        size_t start = threads->resolved_start[i];
        if (match->found && start > match->start) {
            break; /* starts ascend */
        }
        if (code.code == CODE_MATCH && at > start) {
            *match = (struct match){.found = true, .start = start, .end = at};
        } else if (code.code == CODE_SET && after != BESIDE_END &&
                   expression->set_has_class[(size_t)code.a * expression->class_count + class]) {
            threads_add(threads, threads->resolved[i] + 1U, start, after);
        }
    }
    if (!match->found && after != BESIDE_END) {
        threads_add(threads, 0, behind, after);
    }
}

/* Only characters of ASCII are of words. */
static enum beside beside_before(const struct expression *expression, struct text text, size_t at)
{
    unsigned char byte = at > 0 ? (unsigned char)text.data[at - 1] : 0;
    return at == 0       ? BESIDE_END
           : byte < 0x80 ? beside(expression, expression->class_of_ascii[byte])
                         : BESIDE_OTHER;
}

bool expression_find(const struct expression *expression, struct text text, size_t from,
                     uint64_t *steps_left, size_t *ret_start, size_t *ret_end)
{
    struct expression *shared = (struct expression *)expression; /* only its spares */
    struct expression_states *states = states_take(shared);
    struct threads *threads = &states->threads;
    struct match match = {.found = false};
    enum beside before = beside_before(expression, text, from);
    size_t at = from;
    threads->steps = 0;
    threads_begin(threads);
    threads_add(threads, 0, from, before);
    while (at <= text.length && (threads->waiting_count > 0 || !match.found)) {
        if (threads->steps >= *steps_left) {
            match = (struct match){.found = true, .start = from, .end = text.length};
            break;
        }
        size_t behind = at;
        size_t class =
            at < text.length ? next_class(expression, text, &behind) : expression->class_count;
        search_step(threads, &match, at, behind, before, class);
        before = beside(expression, class);
        at = class == expression->class_count ? text.length + 1 : behind;
    }
    *steps_left -= threads->steps < *steps_left ? threads->steps : *steps_left;
    states_put_back(shared, states);
    if (match.found) {
        *ret_start = match.start;
        *ret_end = match.end;
    }
    return match.found;
}
