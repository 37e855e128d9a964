/* decode_jaeger — the JSON that Jaeger's UI downloads: {"data":[{"spans":[...],"processes":{}}]}.
 *
 * Times are microseconds. The first CHILD_OF reference inside the trace is the parent, the others
 * are links. Tags are typed; 64-bit integers beyond 2^53 come as strings. */
#include <cjson/cJSON.h>
#include <string.h>

#include "ingest/base64.h"
#include "ingest/decode.h"
#include "ingest/finish.h"
#include "ingest/json.h"
#include "store/base/clock.h"

static const struct draft_names jaeger_names = {
    .trace = "traceID",
    .id = "spanID",
    .parent = "references",
    .name = "operationName",
    .start = "startTime",
    .end = "duration",
    .unit_ns = NS_PER_US,
    .unit = "microseconds",
};

static struct value tag_value(const struct cJSON *tag, struct arena *arena)
{
    const struct cJSON *item = json_member(tag, "value");
    struct value value = json_get_value(item, arena);
    struct text type = {0};
    int64_t integer;
    if (json_get_text(json_member(tag, "type"), &type) != ERR_OK) {
        return value;
    }
    if (text_is(type, "int64") && value.kind == VALUE_STRING &&
        text_parse_i64(value.text, &integer) == ERR_OK) {
        return value_int(integer);
    }
    if (text_is(type, "float64") && value.kind == VALUE_INT) {
        return (struct value){.kind = VALUE_DOUBLE, .number = (double)value.integer};
    }
    struct text bytes;
    if (text_is(type, "binary") && value.kind == VALUE_STRING &&
        base64_decode(value.text, arena, &bytes) == ERR_OK) {
        return (struct value){.kind = VALUE_BYTES, .text = bytes};
    }
    return value;
}

static void read_tags(const struct cJSON *list, struct arena *arena, struct attributes *attributes)
{
    const struct cJSON *tag;
    cJSON_ArrayForEach(tag, list)
    {
        struct text key;
        if (json_get_text(json_member(tag, "key"), &key) == ERR_OK) {
            attributes_add(attributes, arena, key, tag_value(tag, arena));
        }
    }
}

static void read_trace_id(struct draft *draft, const struct cJSON *span, struct id *ret_id)
{
    struct text text = {0};
    if (json_get_text(json_member(span, "traceID"), &text) == ERR_OK && text.length > 0 &&
        id_parse_trace(text, ret_id) != ERR_OK) {
        draft_refuse(draft, REFUSED_ID, "traceID", "not an id");
    }
}

static void read_span_id(struct draft *draft, const struct cJSON *object, const char *name,
                         struct id *ret_id)
{
    struct text text = {0};
    if (json_get_text(json_member(object, name), &text) == ERR_OK && text.length > 0 &&
        id_parse_span(text, ret_id) != ERR_OK) {
        draft_refuse(draft, REFUSED_ID, name, "not an id");
    }
}

static void read_references(struct draft *draft, const struct cJSON *span)
{
    const struct cJSON *reference;
    read_span_id(draft, span, "parentSpanID", &draft->span.parent); /* of old versions */
    cJSON_ArrayForEach(reference, json_member(span, "references"))
    {
        struct text type = {0};
        struct text trace;
        struct text id;
        struct draft_link link = {.flags = 0};
        if (json_get_text(json_member(reference, "traceID"), &trace) != ERR_OK ||
            json_get_text(json_member(reference, "spanID"), &id) != ERR_OK ||
            id_parse_trace(trace, &link.trace) != ERR_OK || id_parse_span(id, &link.id) != ERR_OK ||
            json_get_text(json_member(reference, "refType"), &type) != ERR_OK) {
            draft->span.dropped_links++;
            continue;
        }
        bool child = text_is(type, "CHILD_OF") && id_equals(&link.trace, &draft->span.trace);
        if (child &&
            (id_is_none(&draft->span.parent) || id_equals(&draft->span.parent, &link.id))) {
            draft->span.parent = link.id;
            continue;
        }
        if (text_is(type, "FOLLOWS_FROM")) {
            link.type = TEXT("follows_from");
        }
        struct draft_link *added = draft_add_link(draft);
        if (added != NULL) {
            *added = link;
        }
    }
}

/* A log's name is its field "event"; the other fields are its attributes. */
static void read_logs(struct draft *draft, const struct cJSON *span)
{
    struct arena *arena = &draft->finish->scratch;
    const struct cJSON *log;
    cJSON_ArrayForEach(log, json_member(span, "logs"))
    {
        struct draft_event event = {.time_ns = draft->span.start_ns};
        if (json_get_time(json_member(log, "timestamp"), NS_PER_US, &event.time_ns) != ERR_OK) {
            draft->span.dropped_events++;
            continue;
        }
        read_tags(json_member(log, "fields"), arena, &event.attributes);
        const struct value *name = attributes_get(&event.attributes, "event");
        event.name = name != NULL && name->kind == VALUE_STRING ? name->text : TEXT("log");
        struct draft_event *added = draft_add_event(draft);
        if (added != NULL) {
            *added = event;
        }
    }
}

static void read_times(struct draft *draft, const struct cJSON *object)
{
    struct span *span = &draft->span;
    const struct cJSON *start = json_member(object, "startTime");
    const struct cJSON *duration = json_member(object, "duration");
    int64_t duration_ns = 0;
    draft->has_start = start != NULL && json_get_time(start, NS_PER_US, &span->start_ns) == ERR_OK;
    if (start != NULL && !draft->has_start) {
        draft_refuse(draft, REFUSED_TIME, "startTime", "microseconds since 1970 expected");
    }
    if (duration != NULL &&
        (json_get_time(duration, NS_PER_US, &duration_ns) != ERR_OK || duration_ns < 0 ||
         __builtin_add_overflow(span->start_ns, duration_ns, &span->end_ns))) {
        draft_refuse(draft, REFUSED_TIME, "duration", "microseconds were expected");
    }
}

static struct text tag_text(const struct draft *draft, const char *key)
{
    const struct value *value = attributes_get(&draft->attributes, key);
    return value != NULL && value->kind == VALUE_STRING ? value->text : (struct text){0};
}

static void read_meaning(struct draft *draft)
{
    enum span_kind kind = KIND_INTERNAL;
    struct text code = tag_text(draft, "otel.status_code");
    if (kind_parse(tag_text(draft, "span.kind"), &kind) == ERR_OK) {
        draft->span.kind = (uint8_t)kind;
    }
    if (text_is_nocase(code, "ERROR") || text_is_nocase(code, "OK")) {
        draft->has_status = true;
        draft->span.status = text_is_nocase(code, "ERROR") ? STATUS_ERROR : STATUS_COMPLETED;
    }
    draft->span.message = tag_text(draft, "otel.status_description");
    draft->span.trace_state = tag_text(draft, "w3c.tracestate");
}

/* The process of a span as its producer. */
static void read_process(struct finish *finish, const struct cJSON *process,
                         struct producer *producer)
{
    struct attributes attributes = {0};
    struct text service = {0};
    arena_clear(&finish->producer);
    *producer = (struct producer){
        .stored = arena_zero(&finish->batch->arena, 1, sizeof *producer->stored),
    };
    if (json_get_text(json_member(process, "serviceName"), &service) == ERR_OK) {
        attributes_add(&attributes, &finish->producer, TEXT("service.name"), value_string(service));
    }
    read_tags(json_member(process, "tags"), &finish->producer, &attributes);
    producer->stored->attributes = finish_attributes(finish, &attributes, &producer->traits);
    producer->stored->dropped_attributes = attributes.dropped;
}

static enum err decode_span(struct finish *finish, const struct cJSON *object,
                            const struct producer *producer, struct err_msg *why)
{
    struct draft draft;
    enum err err = finish_draft(finish, &jaeger_names, &draft, why);
    if (err != ERR_OK) {
        return err;
    }
    if (!json_is_object(object)) {
        draft_refuse(&draft, REFUSED_FIELD, NULL, "an object was expected");
    }
    const struct cJSON *name = json_member(object, "operationName");
    if (name != NULL && json_get_text(name, &draft.span.name) != ERR_OK) {
        draft_refuse(&draft, REFUSED_FIELD, "operationName", "a string was expected");
    }
    read_trace_id(&draft, object, &draft.span.trace);
    read_span_id(&draft, object, "spanID", &draft.span.id);
    read_times(&draft, object);
    read_references(&draft, object);
    read_tags(json_member(object, "tags"), &finish->scratch, &draft.attributes);
    read_logs(&draft, object);
    read_meaning(&draft);
    draft.producer = producer;
    finish_add(finish, &draft);
    return ERR_OK;
}

static enum err decode_trace(struct finish *finish, const struct cJSON *trace, struct err_msg *why)
{
    struct producer producer = {.stored = NULL};
    const struct cJSON *processes = json_member(trace, "processes");
    const struct cJSON *current = NULL;
    const struct cJSON *span;
    enum err err = ERR_OK;
    cJSON_ArrayForEach(span, json_member(trace, "spans"))
    {
        struct text process_id = {0};
        const struct cJSON *process = json_member(span, "process");
        if (json_get_text(json_member(span, "processID"), &process_id) == ERR_OK) {
            process = json_member(processes, process_id.data);
        }
        if (process != current || producer.stored == NULL) {
            read_process(finish, process, &producer);
            current = process;
        }
        err = decode_span(finish, span, &producer, why);
        if (err != ERR_OK) {
            break;
        }
        finish->span_index++;
    }
    return err;
}

enum err decode_jaeger(const struct decode_context *context, struct text body, struct batch *batch,
                       struct decode_report *report, struct err_msg *why)
{
    struct cJSON *tree = NULL;
    const struct cJSON *trace;
    enum err err = json_tree_parse(body, &tree, why);
    if (err != ERR_OK) {
        return err;
    }
    const struct cJSON *traces = json_member(tree, "data");
    if (!json_is_array(traces)) {
        json_tree_free(tree);
        return err_set(why, ERR_PARSE, "data: an array was expected");
    }
    struct finish finish;
    finish_init(&finish, context, batch, report);
    cJSON_ArrayForEach(trace, traces)
    {
        err = decode_trace(&finish, trace, why);
        if (err != ERR_OK) {
            break;
        }
    }
    json_tree_free(tree);
    return finish_end(&finish, err);
}
