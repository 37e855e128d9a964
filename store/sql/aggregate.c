/* aggregate — what a trace row says about the trace's spans, kept up to date span by span. */
#include "store/sql/aggregate.h"

#include <string.h>

/* First byte of a packed rank. */
enum { PACKED_NONE, PACKED_AS_ROOT, PACKED_OWN };

void aggregate_clear(struct aggregate *aggregate)
{
    text_buffer_free(&aggregate->services);
    *aggregate = (struct aggregate){0};
}

/* ---- ranks ---------------------------------------------------------------------------------- */

static int compare_ranks(const struct rank *a, const struct rank *b)
{
    if (a->class != b->class) {
        return a->class < b->class ? -1 : 1;
    }
    if (a->start_ns != b->start_ns) {
        return a->start_ns < b->start_ns ? -1 : 1;
    }
    int by_id = id_compare(&a->id, &b->id);
    return by_id != 0 ? by_id : (int)a->server_half - (int)b->server_half;
}

/* Moves the rank if the candidate is better, or is the same span: its value may be new. */
static bool take_rank(struct rank *rank, const struct rank *candidate)
{
    if (rank->set && compare_ranks(candidate, rank) > 0) {
        return false;
    }
    *rank = *candidate;
    return true;
}

static void take_name(struct rank *rank, const struct rank *candidate, int64_t name,
                      int64_t *ret_name)
{
    if (name != 0 && take_rank(rank, candidate)) {
        *ret_name = name;
    }
}

static void rank_span(struct aggregate *aggregate, const struct span_fact *fact)
{
    struct rank rank = {
        .set = true,
        .server_half = fact->server_half,
        .class = fact->has_parent ? 2 : fact->server_half,
        .start_ns = fact->start_ns,
        .id = fact->id,
    };
    struct rank *ranks = aggregate->ranks;
    if (take_rank(&ranks[RANK_ROOT], &rank)) {
        aggregate->root_operation = fact->name;
        aggregate->service = fact->service;
        aggregate->root_status = fact->status;
    }
    take_name(&ranks[RANK_USER], &rank, fact->user, &aggregate->user);
    take_name(&ranks[RANK_SESSION], &rank, fact->session, &aggregate->session);
    take_name(&ranks[RANK_CLIENT], &rank, fact->client, &aggregate->client);
    if (fact->metadata.length > 0 && take_rank(&ranks[RANK_METADATA], &rank)) {
        aggregate->metadata = fact->metadata;
        aggregate->metadata_moved = true;
    }
    rank.class = 0; /* errors go by time alone */
    bool says_something = fact->message.length > 0 || fact->stack.length > 0;
    if (fact->status == STATUS_ERROR && says_something && take_rank(&ranks[RANK_ERROR], &rank)) {
        aggregate->error_message = fact->message;
        aggregate->error_stack = fact->stack;
        aggregate->error_moved = true;
    }
}

/* ---- services ------------------------------------------------------------------------------- */

/* The words of a list, at most AGGREGATE_SERVICES_LARGEST; returns their number. */
static size_t split_words(struct text list, struct text *words)
{
    size_t count = 0;
    for (size_t start = 0; start < list.length && count < AGGREGATE_SERVICES_LARGEST; count++) {
        size_t end = start;
        while (end < list.length && list.data[end] != ' ') {
            end++;
        }
        words[count] = text_make(list.data + start, end - start);
        start = end + 1;
    }
    return count;
}

/* Inserts word at its place in the sorted list, unless it is there or too many come before it. */
static void insert_word(struct text_buffer *list, struct text word)
{
    struct text words[AGGREGATE_SERVICES_LARGEST + 1];
    size_t count = split_words(text_buffer_text(list), words);
    size_t place = 0;
    while (place < count && text_compare(words[place], word) < 0) {
        place++;
    }
    if (place == AGGREGATE_SERVICES_LARGEST || (place < count && text_equals(words[place], word))) {
        return;
    }
    memmove(words + place + 1, words + place, (count - place) * sizeof *words);
    words[place] = word;
    struct text_buffer result = {0};
    for (size_t i = 0; i <= count && i < AGGREGATE_SERVICES_LARGEST; i++) {
        if (i > 0) {
            text_append_char(&result, ' ');
        }
        text_append(&result, words[i]);
    }
    text_buffer_free(list);
    *list = result;
}

static void add_service(struct aggregate *aggregate, int64_t service, struct text name)
{
    for (size_t i = 0; i < AGGREGATE_SERVICES_SEEN; i++) {
        if (aggregate->seen[i] == service) {
            return;
        }
    }
    aggregate->seen[aggregate->seen_next++ % AGGREGATE_SERVICES_SEEN] = service;
    struct text_buffer word = {0};
    text_append(&word, name);
    for (size_t i = 0; i < word.length; i++) {
        if (word.data[i] == ' ') {
            word.data[i] = '_';
        }
    }
    insert_word(&aggregate->services, text_buffer_text(&word));
    text_buffer_free(&word);
}

/* ---- sums ----------------------------------------------------------------------------------- */

static int64_t last_known_ns(const struct span_fact *fact)
{
    return fact->end_ns == SPAN_RUNNING ? fact->start_ns : fact->end_ns;
}

static void stretch(struct aggregate *aggregate, const struct span_fact *fact)
{
    int64_t end_ns = last_known_ns(fact);
    bool first = aggregate->span_count == 0;
    if (first || fact->start_ns < aggregate->start_ns) {
        aggregate->start_ns = fact->start_ns;
    }
    if (first || end_ns > aggregate->end_ns) {
        aggregate->end_ns = end_ns;
    }
}

static void count_status(struct aggregate *aggregate, const struct span_fact *fact, int64_t change)
{
    aggregate->error_count += fact->status == STATUS_ERROR ? change : 0;
    aggregate->cancelled_count += fact->status == STATUS_CANCELLED ? change : 0;
    aggregate->running_count += fact->status == STATUS_IN_PROGRESS ? change : 0;
}

void aggregate_add(struct aggregate *aggregate, const struct span_fact *fact)
{
    stretch(aggregate, fact);
    aggregate->span_count++;
    count_status(aggregate, fact, 1);
    add_service(aggregate, fact->service, fact->service_name);
    rank_span(aggregate, fact);
}

/* Whether a rank that goes by parents is that span's. */
static bool holds_rank(const struct aggregate *aggregate, const struct span_fact *fact)
{
    for (size_t i = 0; i < RANK_ERROR; i++) {
        const struct rank *rank = &aggregate->ranks[i];
        if (rank->set && rank->server_half == fact->server_half &&
            id_equals(&rank->id, &fact->id)) {
            return true;
        }
    }
    return false;
}

bool aggregate_change(struct aggregate *aggregate, const struct span_fact *old_fact,
                      const struct span_fact *new_fact)
{
    bool falls = old_fact->has_parent != new_fact->has_parent && holds_rank(aggregate, old_fact);
    bool shrinks = last_known_ns(new_fact) < last_known_ns(old_fact) &&
                   last_known_ns(old_fact) == aggregate->end_ns;
    if (falls || shrinks) {
        return false;
    }
    stretch(aggregate, new_fact);
    count_status(aggregate, old_fact, -1);
    count_status(aggregate, new_fact, 1);
    if (old_fact->service != new_fact->service) {
        add_service(aggregate, new_fact->service, new_fact->service_name);
    }
    rank_span(aggregate, new_fact);
    return true;
}

bool aggregate_has_root(const struct aggregate *aggregate)
{
    return aggregate->ranks[RANK_ROOT].set && aggregate->ranks[RANK_ROOT].class < 2;
}

enum span_status aggregate_status(const struct aggregate *aggregate)
{
    if (aggregate->error_count > 0) {
        return STATUS_ERROR;
    }
    if (aggregate->running_count > 0) {
        return STATUS_IN_PROGRESS;
    }
    bool cancelled = aggregate_has_root(aggregate) ? aggregate->root_status == STATUS_CANCELLED
                                                   : aggregate->cancelled_count > 0;
    return cancelled ? STATUS_CANCELLED : STATUS_COMPLETED;
}

/* ---- packing -------------------------------------------------------------------------------- */

size_t aggregate_pack(const struct aggregate *aggregate, uint8_t target[AGGREGATE_RANKS_BYTES])
{
    size_t at = 0;
    target[at++] = aggregate->root_status;
    for (size_t i = 0; i < RANK_COUNT; i++) {
        const struct rank *rank = &aggregate->ranks[i];
        if (!rank->set) {
            target[at++] = PACKED_NONE;
        } else if (i != RANK_ROOT && compare_ranks(rank, &aggregate->ranks[RANK_ROOT]) == 0) {
            target[at++] = PACKED_AS_ROOT;
        } else {
            target[at++] = (uint8_t)(PACKED_OWN + rank->class * 2 + rank->server_half);
            for (int shift = 56; shift >= 0; shift -= 8) {
                target[at++] = (uint8_t)((uint64_t)rank->start_ns >> shift);
            }
            target[at++] = rank->id.form;
            target[at++] = rank->id.length;
            memcpy(target + at, rank->id.bytes, rank->id.length);
            at += rank->id.length;
        }
    }
    return at;
}

/* Reads one rank that is neither absent nor the root's; moves *at behind it. */
static bool unpack_rank(struct rank *rank, const uint8_t *bytes, size_t length, size_t *at)
{
    enum { FIXED_BYTES = 1 + 8 + 2 };
    if (length - *at < FIXED_BYTES || bytes[*at] >= PACKED_OWN + 3 * 2) {
        return false;
    }
    const uint8_t *fixed = bytes + *at;
    uint64_t start_ns = 0;
    for (size_t i = 0; i < 8; i++) {
        start_ns = start_ns << 8 | fixed[1 + i];
    }
    *rank = (struct rank){
        .set = true,
        .server_half = (fixed[0] - PACKED_OWN) % 2 != 0,
        .class = (uint8_t)((fixed[0] - PACKED_OWN) / 2),
        .start_ns = (int64_t)start_ns,
        .id = {.form = fixed[9], .length = fixed[10]},
    };
    *at += FIXED_BYTES;
    if (rank->id.form > ID_TEXT || rank->id.length > ID_LARGEST_BYTES ||
        rank->id.length > length - *at) {
        return false;
    }
    memcpy(rank->id.bytes, bytes + *at, rank->id.length);
    *at += rank->id.length;
    return true;
}

bool aggregate_unpack(struct aggregate *aggregate, const uint8_t *bytes, size_t length)
{
    size_t at = 1;
    if (length == 0 || bytes[0] >= STATUS_COUNT) {
        return false;
    }
    aggregate->root_status = bytes[0];
    for (size_t i = 0; i < RANK_COUNT; i++) {
        struct rank *rank = &aggregate->ranks[i];
        if (at >= length) {
            return false;
        }
        if (bytes[at] == PACKED_NONE || (bytes[at] == PACKED_AS_ROOT && i != RANK_ROOT)) {
            *rank = bytes[at] == PACKED_NONE ? (struct rank){0} : aggregate->ranks[RANK_ROOT];
            at++;
        } else if (bytes[at] < PACKED_OWN || !unpack_rank(rank, bytes, length, &at)) {
            return false;
        }
    }
    return at == length;
}
