/* detail_facts — a copy of all that is known about one span, for the details. */
#include "tui/detail_facts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "store/base/json.h"

enum { MEMBERS_LARGEST = 10000 };

/* Where senders put a statement and its parameters, best first. */
static const char *const sql_keys[] = {"db.query.text", "db.statement", "sql", "statement"};
static const char *const parameter_keys[] = {
    "db.params",           "params",     "db.statement.parameters",
    "db.query.parameters", "parameters", "bindings"};

static const char *const stack_keys[] = {"exception.stacktrace"};

/* ---- reading JSON ---------------------------------------------------------------------------- */

static bool takes_many_lines(const struct detail_attribute *attribute)
{
    return attribute->raw.data[0] == '{';
}

/* Objects come last: they would push what is short out of sight. */
static int by_key(const void *a, const void *b)
{
    const struct detail_attribute *left = a;
    const struct detail_attribute *right = b;
    int order = takes_many_lines(left) - takes_many_lines(right);
    return order != 0 ? order : text_compare(left->key, right->key);
}

static struct detail_attribute *read_attributes(struct arena *arena, struct text object,
                                                size_t *ret_count)
{
    struct json_reader reader;
    struct text key;
    struct detail_attribute *found = NULL;
    size_t count = 0;
    size_t capacity = 0;
    if (!text_is_empty(object)) {
        json_reader_init(&reader, object, JSON_DEPTH_LARGEST);
        for (json_object_open(&reader);
             json_object_next(&reader, arena, &key) && count < MEMBERS_LARGEST;) {
            struct detail_attribute attribute = {.key = key};
            if (count == capacity) {
                capacity = capacity * 2 + 16;
                found = mem_grow(found, capacity * sizeof *found);
            }
            if (json_skip(&reader, &attribute.raw)) {
                found[count++] = attribute;
            }
        }
    }
    struct detail_attribute *kept = arena_zero(arena, count + 1, sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        kept[i] = found[i];
    }
    free(found);
    qsort(kept, count, sizeof *kept, by_key);
    *ret_count = count;
    return kept;
}

/* Members of an array of objects, as raw text. */
static struct text *read_objects(struct arena *arena, struct text array, size_t *ret_count)
{
    struct json_reader reader;
    struct text *found = NULL;
    size_t count = 0;
    size_t capacity = 0;
    if (!text_is_empty(array)) {
        json_reader_init(&reader, array, JSON_DEPTH_LARGEST);
        for (json_array_open(&reader); json_array_next(&reader) && count < MEMBERS_LARGEST;) {
            if (count == capacity) {
                capacity = capacity * 2 + 16;
                found = mem_grow(found, capacity * sizeof *found);
            }
            count += json_skip(&reader, &found[count]);
        }
    }
    struct text *kept = arena_zero(arena, count + 1, sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        kept[i] = found[i];
    }
    free(found);
    *ret_count = count;
    return kept;
}

/* The member itself, not one reached by a dotted path. */
static struct text member(struct arena *arena, struct text object, const char *key)
{
    struct text raw;
    return json_find(object, text_from(key), &raw) ? json_plain(raw, arena) : (struct text){0};
}

static void read_events(struct detail_facts *facts)
{
    size_t count;
    struct text *objects = read_objects(&facts->arena, facts->body.events, &count);
    facts->events = arena_zero(&facts->arena, count + 1, sizeof *facts->events);
    facts->event_count = count;
    for (size_t i = 0; i < count; i++) {
        struct detail_event *event = &facts->events[i];
        struct text time = member(&facts->arena, objects[i], "timestamp_ns");
        event->name = member(&facts->arena, objects[i], "name");
        struct text attributes = member(&facts->arena, objects[i], "attributes");
        event->attributes = read_attributes(&facts->arena, attributes, &event->attribute_count);
        event->exception = text_is(event->name, "exception");
        if (text_parse_i64(time, &event->time_ns) != ERR_OK) {
            event->time_ns = -1;
        }
    }
}

static void read_links(struct detail_facts *facts)
{
    size_t count;
    struct text *objects = read_objects(&facts->arena, facts->body.links, &count);
    facts->links = arena_zero(&facts->arena, count + 1, sizeof *facts->links);
    facts->link_count = count;
    for (size_t i = 0; i < count; i++) {
        facts->links[i] = (struct detail_link){
            .trace_id = member(&facts->arena, objects[i], "trace_id"),
            .span_id = member(&facts->arena, objects[i], "span_id"),
            .type = member(&facts->arena, objects[i], "type"),
            .attributes = member(&facts->arena, objects[i], "attributes"),
        };
    }
}

/* The raw value of the first key that is there. */
static struct text raw_value(const struct detail_attribute *attributes, size_t attribute_count,
                             const char *const *keys, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < attribute_count; i++) {
            if (text_is(attributes[i].key, keys[k])) {
                return attributes[i].raw;
            }
        }
    }
    return (struct text){0};
}

static void find_stack(struct detail_facts *facts)
{
    facts->stack = facts->body.stack;
    for (size_t i = facts->event_count; i-- > 0 && text_is_empty(facts->stack);) {
        const struct detail_event *event = &facts->events[i];
        struct text raw =
            raw_value(event->attributes, event->attribute_count, stack_keys, ARRAY_LEN(stack_keys));
        facts->stack = json_plain(raw, &facts->arena);
    }
}

/* ---- copying -------------------------------------------------------------------------------- */

static struct span_body copy_body(struct arena *arena, const struct span_body *body)
{
    struct span_body copy = *body;
    struct text *const texts[] = {
        &copy.message,
        &copy.stack,
        &copy.attributes,
        &copy.events,
        &copy.links,
        &copy.trace_state,
        &copy.user,
        &copy.session,
        &copy.client_type,
        &copy.client_version,
        &copy.metadata,
        &copy.resource,
        &copy.scope_name,
        &copy.scope_version,
        &copy.scope_attributes,
        &copy.resource_schema_url,
        &copy.scope_schema_url,
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
    }
    return copy;
}

static struct text copy_id(struct arena *arena, struct id id)
{
    char printed[ID_PRINT_BYTES];
    return arena_copy(arena, text_make(printed, id_print(&id, printed)));
}

static void compare_with_parent(struct detail_facts *facts, const struct trace *trace,
                                const struct trace_span *span, int64_t now_ns)
{
    if (span->parent == TRACE_NO_SPAN) {
        return;
    }
    const struct trace_span *parent = &trace->spans[span->parent];
    int64_t parent_end_ns = trace_span_end_ns(parent, now_ns);
    if ((parent->flags & TRACE_SPAN_SYNTHETIC) == 0) {
        facts->early_ns =
            parent->start_ns > facts->start_ns ? parent->start_ns - facts->start_ns : 0;
        facts->late_ns = facts->end_ns > parent_end_ns ? facts->end_ns - parent_end_ns : 0;
    }
}

void detail_facts_set(struct detail_facts *facts, const struct trace *trace,
                      const struct trace_span *span, const struct span_body *body, int64_t now_ns)
{
    detail_facts_clear(facts);
    if (trace == NULL || span == NULL) {
        return;
    }
    struct arena *arena = &facts->arena;
    int64_t end_ns = now_ns > trace->end_ns ? now_ns : trace->end_ns;
    facts->known = true;
    facts->loaded = body != NULL;
    facts->body_key = span->body;
    facts->name = arena_copy(arena, trace_span_name(trace, span));
    if ((span->flags & TRACE_SPAN_SYNTHETIC) == 0) {
        facts->service = arena_copy(arena, trace_span_service(trace, span));
        facts->type = arena_copy(arena, trace_span_type(trace, span));
    }
    facts->trace_id = copy_id(arena, trace->row.id);
    facts->span_id = copy_id(arena, trace_span_id(trace, span));
    facts->parent_id = copy_id(arena, trace_span_parent_id(trace, span));
    facts->status = span->status;
    facts->kind = span->kind;
    facts->flags = span->flags;
    facts->running = span->duration_ns == SPAN_RUNNING;
    facts->start_ns = span->start_ns;
    facts->end_ns = trace_span_end_ns(span, end_ns);
    facts->self_ns = span->self_ns;
    facts->trace_start_ns = trace->start_ns;
    facts->trace_end_ns = trace->running > 0 ? end_ns : trace->end_ns;
    compare_with_parent(facts, trace, span, end_ns);
    if (body != NULL) {
        facts->body = copy_body(arena, body);
        facts->attributes = read_attributes(arena, facts->body.attributes, &facts->attribute_count);
        facts->resource = read_attributes(arena, facts->body.resource, &facts->resource_count);
        read_events(facts);
        read_links(facts);
        facts->sql = json_plain(
            raw_value(facts->attributes, facts->attribute_count, sql_keys, ARRAY_LEN(sql_keys)),
            arena);
        facts->sql_parameters = raw_value(facts->attributes, facts->attribute_count, parameter_keys,
                                          ARRAY_LEN(parameter_keys));
        find_stack(facts);
    }
}

void detail_facts_clear(struct detail_facts *facts)
{
    arena_clear(&facts->arena);
    *facts = (struct detail_facts){0};
}

/* ---- as JSON -------------------------------------------------------------------------------- */

static void json_member(struct text_buffer *target, const char *key, struct text value)
{
    if (!text_is_empty(value)) {
        text_append_format(target, ",\"%s\":", key);
        json_append_string(target, value);
    }
}

static void json_raw(struct text_buffer *target, const char *key, struct text raw,
                     const char *otherwise)
{
    text_append_format(target, ",\"%s\":", key);
    text_append(target, text_is_empty(raw) ? text_from(otherwise) : raw);
}

void detail_facts_json(const struct detail_facts *facts, struct text_buffer *target)
{
    if (!facts->known) {
        return;
    }
    text_append_cstr(target, "{\"id\":");
    json_append_string(target, facts->span_id);
    json_member(target, "trace_id", facts->trace_id);
    json_member(target, "parent_span_id", facts->parent_id);
    json_member(target, "operation_name", facts->name);
    json_member(target, "operation_type", facts->type);
    json_member(target, "service", facts->service);
    json_member(target, "kind", text_from(kind_name((enum span_kind)facts->kind)));
    json_member(target, "status", text_from(status_name((enum span_status)facts->status)));
    json_member(target, "error_message", facts->body.message);
    json_member(target, "error_stack", facts->body.stack);
    text_append_format(target, ",\"start_ns\":\"%" PRId64 "\"", facts->start_ns);
    if (!facts->running) {
        text_append_format(target, ",\"duration_ns\":%" PRId64, facts->end_ns - facts->start_ns);
    }
    json_member(target, "user_id", facts->body.user);
    json_member(target, "session_id", facts->body.session);
    if (facts->loaded) {
        json_raw(target, "attributes", facts->body.attributes, "{}");
        json_raw(target, "events", facts->body.events, "[]");
        json_raw(target, "links", facts->body.links, "[]");
        json_raw(target, "resource", facts->body.resource, "{}");
    }
    text_append_char(target, '}');
}
