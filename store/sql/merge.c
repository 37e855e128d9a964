/* merge — two pieces of one span become one, the same whichever came first. */
#include "store/sql/merge.h"

#include <stdlib.h>

#include "store/base/json.h"

enum { MERGED_LIMIT_BYTES = 2 << 20 }; /* of one object; senders may fill half of it at once */

/* ---- texts and objects ---------------------------------------------------------------------- */

static int compare_size(struct text a, struct text b)
{
    return a.length != b.length ? (a.length > b.length ? 1 : -1) : text_compare(a, b);
}

static struct text larger(struct text a, struct text b)
{
    return compare_size(a, b) >= 0 ? a : b;
}

struct member {
    struct text key; /* decoded */
    struct text value;
};

struct members {
    struct member *all;
    size_t count, capacity;
};

static bool read_members(struct text object, struct arena *arena, struct members *members)
{
    struct json_reader reader;
    struct text key;
    json_reader_init(&reader, object, JSON_DEPTH_LARGEST);
    for (json_object_open(&reader); json_object_next(&reader, arena, &key);) {
        if (members->count == members->capacity) {
            members->capacity = members->capacity != 0 ? members->capacity * 2 : 32;
            members->all = mem_grow(members->all, members->capacity * sizeof *members->all);
        }
        struct member *member = &members->all[members->count];
        member->key = key;
        members->count += json_skip(&reader, &member->value);
    }
    return !json_failed(&reader);
}

/* By key; of one key the winning value first. */
static int compare_members(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;
    int by_key = text_compare(a->key, b->key);
    return by_key != 0 ? by_key : compare_size(b->value, a->value);
}

/* All members of two JSON objects, sorted by key: the order must not tell who came first. What many
 * pieces make together is bounded: the first member that goes over the limit is left out, with all
 * behind it. It would be left out of any larger union too. Not so those behind it that come with a
 * later piece: over the limit, and only there, it matters what came first. */
static struct text merge_objects(struct text a, struct text b, struct arena *arena)
{
    if (a.length == 0 || b.length == 0 || text_equals(a, b)) {
        return a.length != 0 ? a : b;
    }
    struct members members = {0};
    struct text result = larger(a, b); /* of two texts that are no objects */
    if (read_members(a, arena, &members) && read_members(b, arena, &members)) {
        struct text_buffer buffer = {0};
        if (members.count > 0) {
            qsort(members.all, members.count, sizeof *members.all, compare_members);
        }
        for (size_t i = 0; i < members.count; i++) {
            if (i > 0 && text_equals(members.all[i].key, members.all[i - 1].key)) {
                continue;
            }
            if (buffer.length + members.all[i].value.length > MERGED_LIMIT_BYTES) {
                break;
            }
            text_append_char(&buffer, i == 0 ? '{' : ',');
            json_append_string(&buffer, members.all[i].key);
            text_append_char(&buffer, ':');
            text_append(&buffer, members.all[i].value);
        }
        text_append_cstr(&buffer, buffer.length == 0 ? "{}" : "}");
        result = arena_copy(arena, text_buffer_text(&buffer));
        text_buffer_free(&buffer);
    }
    free(members.all);
    return result;
}

/* ---- spans ---------------------------------------------------------------------------------- */

static const uint8_t status_strength[STATUS_COUNT] = {
    [STATUS_IN_PROGRESS] = 0,
    [STATUS_COMPLETED] = 1,
    [STATUS_CANCELLED] = 2,
    [STATUS_ERROR] = 3,
};

static uint32_t larger_count(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static struct id larger_id(const struct id *a, const struct id *b)
{
    if (id_is_none(a) || id_is_none(b)) {
        return id_is_none(a) ? *b : *a;
    }
    return id_compare(a, b) >= 0 ? *a : *b;
}

/* The finished piece knows the type better than the running one. */
static struct text better_type(const struct span *a, const struct span *b)
{
    bool a_ended = a->end_ns != SPAN_RUNNING;
    bool b_ended = b->end_ns != SPAN_RUNNING;
    if (a_ended != b_ended) {
        return a_ended ? a->type : b->type;
    }
    return larger(a->type, b->type);
}

/* So it does the name, unless it has none. Where the name of a running piece stays on an ended
 * span, a flag remembers that, so that pieces to come are weighed as in any other order. */
enum name_rank { NAME_UNKNOWN, NAME_EARLY, NAME_FINAL };

static enum name_rank rank_name(const struct span *span)
{
    if (text_is(span->name, "unknown")) {
        return NAME_UNKNOWN;
    }
    bool early = span->end_ns == SPAN_RUNNING || (span->flags & SPAN_NAME_EARLY) != 0;
    return early ? NAME_EARLY : NAME_FINAL;
}

static void merge_names(const struct span *a, const struct span *b, struct span *merged)
{
    enum name_rank a_rank = rank_name(a);
    enum name_rank b_rank = rank_name(b);
    merged->name = a_rank == b_rank  ? larger(a->name, b->name)
                   : a_rank > b_rank ? a->name
                                     : b->name;
    enum name_rank rank = a_rank > b_rank ? a_rank : b_rank;
    merged->flags &= ~(uint32_t)SPAN_NAME_EARLY;
    if (merged->end_ns != SPAN_RUNNING && rank == NAME_EARLY) {
        merged->flags |= SPAN_NAME_EARLY;
    }
}

/* Whether its piece was finished does not count here: a name that has replaced "unknown" could not
 * tell any more. */
static struct text better_service(struct text a, struct text b)
{
    if (text_is(a, "unknown")) {
        return b;
    }
    return text_is(b, "unknown") ? a : larger(a, b);
}

static int compare_resources(const struct resource *a, const struct resource *b)
{
    if (a == NULL || b == NULL) {
        return (a != NULL) - (b != NULL);
    }
    int order = compare_size(a->attributes, b->attributes);
    order = order != 0 ? order : compare_size(a->schema_url, b->schema_url);
    return order != 0 ? order
                      : (a->dropped_attributes > b->dropped_attributes) -
                            (a->dropped_attributes < b->dropped_attributes);
}

static int compare_scopes(const struct scope *a, const struct scope *b)
{
    if (a == NULL || b == NULL) {
        return (a != NULL) - (b != NULL);
    }
    int order = compare_size(a->name, b->name);
    order = order != 0 ? order : compare_size(a->version, b->version);
    order = order != 0 ? order : compare_size(a->attributes, b->attributes);
    order = order != 0 ? order : compare_size(a->schema_url, b->schema_url);
    return order != 0 ? order
                      : (a->dropped_attributes > b->dropped_attributes) -
                            (a->dropped_attributes < b->dropped_attributes);
}

struct span span_merge(const struct span *a, const struct span *b, struct arena *arena)
{
    struct span merged = {
        .trace = a->trace,
        .id = a->id,
        .parent = larger_id(&a->parent, &b->parent),
        .type = better_type(a, b),
        .service = better_service(a->service, b->service),
        .status = status_strength[a->status] >= status_strength[b->status] ? a->status : b->status,
        .kind = a->kind > b->kind ? a->kind : b->kind,
        .flags = a->flags | b->flags,
        .otlp_flags = a->otlp_flags | b->otlp_flags,
        .start_ns = a->start_ns < b->start_ns ? a->start_ns : b->start_ns,
        .end_ns = a->end_ns > b->end_ns ? a->end_ns : b->end_ns,
        .message = larger(a->message, b->message),
        .stack = larger(a->stack, b->stack),
        .user = larger(a->user, b->user),
        .session = larger(a->session, b->session),
        .client_type = larger(a->client_type, b->client_type),
        .client_version = larger(a->client_version, b->client_version),
        .metadata = merge_objects(a->metadata, b->metadata, arena),
        .attributes = merge_objects(a->attributes, b->attributes, arena),
        .events = larger(a->events, b->events),
        .links = larger(a->links, b->links),
        .trace_state = larger(a->trace_state, b->trace_state),
        .dropped_attributes = larger_count(a->dropped_attributes, b->dropped_attributes),
        .dropped_events = larger_count(a->dropped_events, b->dropped_events),
        .dropped_links = larger_count(a->dropped_links, b->dropped_links),
        .resource = compare_resources(a->resource, b->resource) >= 0 ? a->resource : b->resource,
        .scope = compare_scopes(a->scope, b->scope) >= 0 ? a->scope : b->scope,
    };
    merge_names(a, b, &merged);
    return merged;
}

/* By halves: one piece after the other would copy a growing sum each time. */
struct span span_merge_all(const struct span *const *pieces, size_t count, struct arena *arena)
{
    if (count == 1) {
        return *pieces[0];
    }
    struct span left = span_merge_all(pieces, count / 2, arena);
    struct span right = span_merge_all(pieces + count / 2, count - count / 2, arena);
    return span_merge(&left, &right, arena);
}

bool span_same(const struct span *a, const struct span *b)
{
    return id_equals(&a->parent, &b->parent) && text_equals(a->name, b->name) &&
           text_equals(a->type, b->type) && text_equals(a->service, b->service) &&
           a->status == b->status && a->kind == b->kind && a->flags == b->flags &&
           a->otlp_flags == b->otlp_flags && a->start_ns == b->start_ns && a->end_ns == b->end_ns &&
           text_equals(a->message, b->message) && text_equals(a->stack, b->stack) &&
           text_equals(a->user, b->user) && text_equals(a->session, b->session) &&
           text_equals(a->client_type, b->client_type) &&
           text_equals(a->client_version, b->client_version) &&
           text_equals(a->metadata, b->metadata) && text_equals(a->attributes, b->attributes) &&
           text_equals(a->events, b->events) && text_equals(a->links, b->links) &&
           text_equals(a->trace_state, b->trace_state) &&
           a->dropped_attributes == b->dropped_attributes &&
           a->dropped_events == b->dropped_events && a->dropped_links == b->dropped_links &&
           compare_resources(a->resource, b->resource) == 0 &&
           compare_scopes(a->scope, b->scope) == 0;
}
