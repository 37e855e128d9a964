/* decode_jaeger — the JSON that Jaeger's UI downloads: {"data":[{"spans":[...],"processes":{}}]}.
 *
 * A trace may also stand alone, or in an array. Times are microseconds. The first CHILD_OF
 * reference inside the trace is the parent, the others are links. Tags are typed; 64-bit integers
 * beyond 2^53 come as strings. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/base64.h"
#include "ingest/decode.h"
#include "ingest/finish.h"
#include "ingest/hex_id.h"
#include "ingest/json.h"
#include "ingest/wire.h"
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

/* The value of a tag whose type is known but whose value is a string, as 64-bit integers come. */
static struct value typed_value(struct text type, struct text text, struct arena *arena)
{
    struct value value = value_string(text);
    int64_t integer;
    double number;
    struct text bytes;
    if (text_is(type, "int64") && text_parse_i64(text, &integer) == ERR_OK) {
        return value_int(integer);
    }
    if (text_is(type, "float64") && text_parse_f64(text, &number) == ERR_OK) {
        return (struct value){.kind = VALUE_DOUBLE, .number = number};
    }
    if (text_is(type, "bool") && (text_is(text, "true") || text_is(text, "false"))) {
        return (struct value){.kind = VALUE_BOOL, .boolean = text_is(text, "true")};
    }
    if (text_is(type, "binary") && base64_decode(text, arena, &bytes) == ERR_OK) {
        return (struct value){.kind = VALUE_BYTES, .text = bytes};
    }
    return value;
}

static struct value tag_value(const struct cJSON *tag, struct arena *arena)
{
    struct value value = json_get_value(json_member(tag, "value"), arena);
    struct text type = {0};
    if (json_get_text(json_member(tag, "type"), &type) != ERR_OK) {
        return value;
    }
    if (text_is(type, "float64") && value.kind == VALUE_INT) {
        return (struct value){.kind = VALUE_DOUBLE, .number = (double)value.integer};
    }
    return value.kind == VALUE_STRING ? typed_value(type, value.text, arena) : value;
}

/* Tags without a key are counted as dropped. */
static void read_tags(const struct cJSON *list, struct arena *arena, struct attributes *attributes)
{
    const struct cJSON *tag;
    cJSON_ArrayForEach(tag, list)
    {
        struct text key;
        if (json_get_text(json_member(tag, "key"), &key) == ERR_OK) {
            attributes_add(attributes, arena, key, tag_value(tag, arena));
        } else {
            attributes->dropped++;
        }
    }
}

typedef enum err (*parse_fn)(struct text digits, struct id *ret_id);

static void read_id(struct draft *draft, const struct cJSON *object, const char *name,
                    parse_fn parse, struct id *ret_id)
{
    struct text text = {0};
    const struct cJSON *item = json_member(object, name);
    if (item != NULL && json_get_text(item, &text) != ERR_OK) {
        draft_refuse(draft, REFUSED_FIELD, name, "a string was expected");
        return;
    }
    enum err err = text.length > 0 ? parse(text, ret_id) : ERR_OK;
    if (err == ERR_LIMIT) {
        draft_refuse(draft, REFUSED_ID, name, "1 to %d hex digits were expected",
                     parse == hex_id_parse_trace ? 32 : 16);
    } else if (err != ERR_OK && strcmp(name, "parentSpanID") != 0) { /* 0 is no parent */
        draft_refuse(draft, REFUSED_ID, name, "all zero");
    }
}

/* A member that is a list, or NULL; anything else costs the span. */
static const struct cJSON *list_of(struct draft *draft, const struct cJSON *span, const char *name)
{
    const struct cJSON *list = json_member(span, name);
    if (list != NULL && !json_is_array(list)) {
        draft_refuse(draft, REFUSED_FIELD, name, "an array was expected");
        return NULL;
    }
    return list;
}

static void read_references(struct draft *draft, const struct cJSON *span)
{
    const struct cJSON *reference;
    /* old versions */
    read_id(draft, span, "parentSpanID", hex_id_parse_span, &draft->span.parent);
    cJSON_ArrayForEach(reference, list_of(draft, span, "references"))
    {
        struct text type = {0};
        struct text trace;
        struct text id;
        struct draft_link link = {.flags = 0};
        if (json_get_text(json_member(reference, "traceID"), &trace) != ERR_OK ||
            json_get_text(json_member(reference, "spanID"), &id) != ERR_OK ||
            hex_id_parse_trace(trace, &link.trace) != ERR_OK ||
            hex_id_parse_span(id, &link.id) != ERR_OK ||
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
static void take_event_name(struct draft_event *event)
{
    struct attributes *fields = &event->attributes;
    event->name = TEXT("log");
    for (size_t i = 0; i < fields->count; i++) {
        if (text_is(fields->items[i].key, "event") && fields->items[i].value.kind == VALUE_STRING) {
            event->name = fields->items[i].value.text;
            fields->count--;
            memmove(&fields->items[i], &fields->items[i + 1],
                    (fields->count - i) * sizeof fields->items[0]);
            return;
        }
    }
}

static void read_logs(struct draft *draft, const struct cJSON *span)
{
    const struct cJSON *log;
    cJSON_ArrayForEach(log, list_of(draft, span, "logs"))
    {
        struct draft_event event = {.time_ns = 0};
        const struct cJSON *timestamp = json_member(log, "timestamp");
        if (timestamp == NULL || json_get_time(timestamp, NS_PER_US, &event.time_ns) != ERR_OK) {
            draft->span.dropped_events++;
            continue;
        }
        read_tags(json_member(log, "fields"), &draft->finish->scratch, &event.attributes);
        take_event_name(&event);
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

/* OpenTelemetry's exporters to Jaeger write the scope as two tags. */
static void read_scope(struct draft *draft)
{
    struct finish *finish = draft->finish;
    struct text name = tag_text(draft, "otel.scope.name");
    if (text_is_empty(name)) {
        return;
    }
    struct scope *scope = arena_zero(&finish->batch->arena, 1, sizeof *scope);
    scope->name = finish_label(finish, name);
    scope->version = finish_label(finish, tag_text(draft, "otel.scope.version"));
    draft->span.scope = scope;
}

static void read_meaning(struct draft *draft)
{
    enum span_kind kind = KIND_UNSPECIFIED;
    const struct value *error = attributes_get(&draft->attributes, "error");
    struct text code = tag_text(draft, "otel.status_code");
    if (kind_parse(tag_text(draft, "span.kind"), &kind) == ERR_OK) {
        draft->span.kind = (uint8_t)kind;
    }
    bool failed = error != NULL && error->kind == VALUE_BOOL && error->boolean;
    if (!failed && (text_is_nocase(code, "ERROR") || text_is_nocase(code, "OK"))) {
        draft->has_status = true;
        draft->span.status = text_is_nocase(code, "ERROR") ? STATUS_ERROR : STATUS_COMPLETED;
    }
    draft->span.message = tag_text(draft, "otel.status_description");
    draft->span.trace_state = tag_text(draft, "w3c.tracestate");
    read_scope(draft);
}

/* What Jaeger itself remarked when it put the trace together. */
static void read_remarks(struct draft *draft, const struct cJSON *span)
{
    const struct cJSON *warnings = list_of(draft, span, "warnings");
    const struct cJSON *flags = json_member(span, "flags");
    if (warnings != NULL && warnings->child != NULL) {
        struct arena *arena = &draft->finish->scratch;
        attributes_add(&draft->attributes, arena, TEXT("jaeger.warnings"),
                       json_get_value(warnings, arena));
    }
    if (cJSON_IsNumber(flags) && flags->valuedouble >= 0 && flags->valuedouble <= UINT8_MAX) {
        draft->span.otlp_flags = (uint32_t)flags->valuedouble;
    }
}

/* A process of the trace: what its spans have in common. */
struct process {
    const struct cJSON *item;
    size_t place; /* of two with one name the first counts */
    const struct producer *producer;
};

/* All that the trace names, sorted by name. */
struct processes {
    struct arena arena; /* what lives as long as the trace */
    struct process *items;
    size_t count;
    const struct producer *none; /* of spans without any */
    struct producer own;         /* that of a span which brings its process; until the next one */
};

static int compare_processes(const void *left, const void *right)
{
    const struct process *a = left;
    const struct process *b = right;
    int order = strcmp(a->item->string, b->item->string);
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

static void list_processes(struct processes *processes, const struct cJSON *object)
{
    const struct cJSON *item;
    if (!json_is_object(object)) {
        return;
    }
    size_t size = (size_t)cJSON_GetArraySize(object);
    processes->items = arena_zero(&processes->arena, size, sizeof *processes->items);
    cJSON_ArrayForEach(item, object)
    {
        processes->items[processes->count] = (struct process){item, processes->count, NULL};
        processes->count++;
    }
    qsort(processes->items, size, sizeof *processes->items, compare_processes);
}

/* The first process of that name, or NULL. */
static struct process *find_process(const struct processes *processes, const char *name)
{
    size_t low = 0;
    size_t high = processes->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(processes->items[middle].item->string, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < processes->count && strcmp(processes->items[low].item->string, name) == 0;
    return found ? &processes->items[low] : NULL;
}

/* The texts of its traits live until the next process is read. */
static void read_process(struct finish *finish, const struct cJSON *item, struct producer *producer)
{
    struct attributes attributes = {0};
    struct text service = {0};
    struct resource *stored = arena_zero(&finish->batch->arena, 1, sizeof *stored);
    arena_clear(&finish->producer);
    *producer = (struct producer){.stored = stored};
    if (json_get_text(json_member(item, "serviceName"), &service) == ERR_OK) {
        attributes_add(&attributes, &finish->producer, TEXT("service.name"), value_string(service));
    }
    read_tags(json_member(item, "tags"), &finish->producer, &attributes);
    stored->attributes = finish_attributes(finish, &attributes, &producer->traits);
    stored->dropped_attributes = attributes.dropped;
}

static const struct producer *read_shared_process(struct finish *finish, const struct cJSON *item,
                                                  struct processes *processes)
{
    struct producer *producer = arena_zero(&processes->arena, 1, sizeof *producer);
    read_process(finish, item, producer);
    for (size_t i = 0; i < TRAIT_COUNT; i++) {
        producer->traits.text[i] = arena_copy(&processes->arena, producer->traits.text[i]);
    }
    return producer;
}

/* The producer of a span: its own process, or one of the trace's, each of which is read once. */
static const struct producer *producer_of(struct finish *finish, const struct cJSON *span,
                                          struct processes *processes)
{
    const struct cJSON *own = json_member(span, "process");
    struct process *known = NULL;
    struct text name;
    if (json_get_text(json_member(span, "processID"), &name) == ERR_OK) {
        known = find_process(processes, name.data);
    } else if (own != NULL) {
        read_process(finish, own, &processes->own);
        return &processes->own;
    }
    const struct producer **producer = known != NULL ? &known->producer : &processes->none;
    if (*producer == NULL) {
        *producer = read_shared_process(finish, known != NULL ? known->item : NULL, processes);
    }
    return *producer;
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
    read_id(&draft, object, "traceID", hex_id_parse_trace, &draft.span.trace);
    read_id(&draft, object, "spanID", hex_id_parse_span, &draft.span.id);
    read_times(&draft, object);
    read_references(&draft, object);
    read_tags(list_of(&draft, object, "tags"), &finish->scratch, &draft.attributes);
    read_logs(&draft, object);
    read_meaning(&draft);
    read_remarks(&draft, object);
    draft.producer = producer;
    finish_add(finish, &draft);
    return ERR_OK;
}

static enum err decode_trace(struct finish *finish, const struct cJSON *trace, struct err_msg *why)
{
    const struct cJSON *member = json_member(trace, "spans");
    const struct cJSON *spans = json_is_array(member) ? member : NULL;
    const struct cJSON *span;
    enum err err = ERR_OK;
    finish->span_index = 0;
    struct processes processes = {.count = 0};
    list_processes(&processes, json_member(trace, "processes"));
    if (spans == NULL) {
        finish->received++;
        finish->report->received++;
        decode_refuse(finish->report, REFUSED_SYNTAX, "data[%d].spans: an array was expected",
                      finish->resource_index);
    }
    cJSON_ArrayForEach(span, spans)
    {
        err = decode_span(finish, span, producer_of(finish, span, &processes), why);
        if (err != ERR_OK) {
            break;
        }
        finish->span_index++;
    }
    arena_clear(&processes.arena);
    finish->resource_index++;
    return err;
}

enum err decode_jaeger(const struct decode_context *context, struct text body, struct batch *batch,
                       struct decode_report *report, struct err_msg *why)
{
    struct cJSON *tree = NULL;
    const struct cJSON *trace;
    enum err err = json_tree_parse(body, context->values_limit, &tree, why);
    if (err != ERR_OK) {
        return err;
    }
    const struct cJSON *data = json_member(tree, "data");
    const struct cJSON *traces = data != NULL ? data : tree;
    bool single = json_is_object(traces) && json_member(traces, "spans") != NULL;
    if (!single && !json_is_array(traces)) {
        json_tree_free(tree);
        return err_set(why, ERR_PARSE, "data: an array of traces was expected");
    }
    struct finish finish;
    finish_init(&finish, context, batch, report);
    finish.resource_index = (int)context->first_index;
    if (single) {
        err = decode_trace(&finish, traces, why);
        traces = NULL;
    }
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
