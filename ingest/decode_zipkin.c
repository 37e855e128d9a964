/* decode_zipkin — Zipkin v2 JSON: microseconds, tags, and ids shared by client and server.
 *
 * With B3 propagation both halves of a call may carry one span id. The server's half should say
 * "shared":true, but not every tracer does, and the halves come from different programs in any
 * order. So every server span is filed as a server's half, whether its client is known or not. */
#include <cjson/cJSON.h>
#include <string.h>

#include "ingest/decode.h"
#include "ingest/finish.h"
#include "ingest/hex_id.h"
#include "ingest/json.h"
#include "store/base/clock.h"

static const struct draft_names zipkin_names = {
    .trace = "traceId",
    .id = "id",
    .parent = "parentId",
    .name = "name",
    .start = "timestamp",
    .end = "duration",
    .unit_ns = NS_PER_US,
    .unit = "microseconds",
};

typedef enum err (*parse_fn)(struct text digits, struct id *ret_id);

static void read_id(struct draft *draft, const struct cJSON *object, const char *name,
                    parse_fn parse, struct id *ret_id)
{
    struct text text = {0};
    const struct cJSON *item = json_member(object, name);
    if (item == NULL) {
        return;
    }
    if (json_get_text(item, &text) != ERR_OK) {
        draft_refuse(draft, REFUSED_FIELD, name, "a string was expected");
        return;
    }
    enum err err = parse(text, ret_id);
    if (err == ERR_LIMIT) {
        draft_refuse(draft, REFUSED_ID, name, "1 to %d hex digits were expected",
                     parse == hex_id_parse_trace ? 32 : 16);
    } else if (err != ERR_OK && strcmp(name, zipkin_names.parent) != 0) { /* 0 is no parent */
        draft_refuse(draft, REFUSED_ID, name, "all zero");
    }
}

static void read_events(struct draft *draft, const struct cJSON *object)
{
    const struct cJSON *list = json_member(object, "annotations");
    const struct cJSON *item;
    if (list != NULL && !json_is_array(list)) {
        draft_refuse(draft, REFUSED_FIELD, "annotations", "an array was expected");
        return;
    }
    cJSON_ArrayForEach(item, list)
    {
        struct draft_event event = {.time_ns = 0};
        if (json_get_text(json_member(item, "value"), &event.name) != ERR_OK ||
            json_get_time(json_member(item, "timestamp"), NS_PER_US, &event.time_ns) != ERR_OK) {
            draft->span.dropped_events++;
            continue;
        }
        struct draft_event *added = draft_add_event(draft);
        if (added != NULL) {
            *added = event;
        }
    }
}

/* A piece without its own start begins with its first annotation. */
static void read_times(struct draft *draft, const struct cJSON *object)
{
    struct span *span = &draft->span;
    const struct cJSON *start = json_member(object, "timestamp");
    const struct cJSON *duration = json_member(object, "duration");
    int64_t duration_ns = 0;
    if (start != NULL) {
        draft->has_start = json_get_time(start, NS_PER_US, &span->start_ns) == ERR_OK;
        if (!draft->has_start) {
            draft_refuse(draft, REFUSED_TIME, "timestamp", "microseconds since 1970 expected");
        }
    } else if (draft->event_count > 0) {
        draft->has_start = true;
        span->start_ns = draft->events[0].time_ns;
    }
    if (duration != NULL) {
        if (json_get_time(duration, NS_PER_US, &duration_ns) != ERR_OK || duration_ns < 0 ||
            __builtin_add_overflow(span->start_ns, duration_ns, &span->end_ns)) {
            draft_refuse(draft, REFUSED_TIME, "duration", "microseconds were expected");
        }
    }
}

static void add_text(struct draft *draft, const char *key, const struct cJSON *item)
{
    if (!json_is_absent(item) && attributes_get(&draft->attributes, key) == NULL) {
        struct arena *arena = &draft->finish->scratch;
        attributes_add(&draft->attributes, arena, text_from(key), json_get_value(item, arena));
    }
}

static void read_endpoints(struct draft *draft, const struct cJSON *object)
{
    const struct cJSON *local = json_member(object, "localEndpoint");
    const struct cJSON *remote = json_member(object, "remoteEndpoint");
    const struct cJSON *service = json_member(local, "serviceName");
    if (service != NULL && json_get_text(service, &draft->span.service) != ERR_OK) {
        draft_refuse(draft, REFUSED_FIELD, "localEndpoint.serviceName", "a string was expected");
    }
    add_text(draft, "network.local.address", json_member(local, "ipv4"));
    add_text(draft, "network.local.address", json_member(local, "ipv6"));
    add_text(draft, "network.local.port", json_member(local, "port"));
    add_text(draft, "peer.service", json_member(remote, "serviceName"));
    add_text(draft, "network.peer.address", json_member(remote, "ipv4"));
    add_text(draft, "network.peer.address", json_member(remote, "ipv6"));
    add_text(draft, "network.peer.port", json_member(remote, "port"));
    add_text(draft, "zipkin.debug", json_member(object, "debug"));
}

/* Zipkin takes a span for failed when the tag "error" is there, whatever it says. */
static void read_status(struct draft *draft)
{
    const struct value *error = attributes_get(&draft->attributes, "error");
    const struct value *code = attributes_get(&draft->attributes, "otel.status_code");
    const struct value *text = attributes_get(&draft->attributes, "otel.status_description");
    if (error != NULL) {
        draft->has_status = true;
        draft->span.status = STATUS_ERROR;
    } else if (code != NULL && code->kind == VALUE_STRING &&
               (text_is(code->text, "ERROR") || text_is(code->text, "OK"))) {
        draft->has_status = true;
        draft->span.status = text_is(code->text, "ERROR") ? STATUS_ERROR : STATUS_COMPLETED;
    }
    if (text != NULL && text->kind == VALUE_STRING) {
        draft->span.message = text->text;
    }
}

static void read_kind(struct draft *draft, const struct cJSON *object)
{
    const struct cJSON *item = json_member(object, "kind");
    enum span_kind kind = KIND_INTERNAL;
    struct text text;
    if (item != NULL &&
        (json_get_text(item, &text) != ERR_OK || kind_parse(text, &kind) != ERR_OK)) {
        draft_refuse(draft, REFUSED_FIELD, "kind",
                     "CLIENT, SERVER, PRODUCER or CONSUMER was expected");
    }
    draft->span.kind = (uint8_t)kind;
    bool shared = json_is_true(json_member(object, "shared"));
    if (shared && item == NULL) {
        draft->span.kind = KIND_SERVER;
    }
    if (shared || kind == KIND_SERVER) {
        draft->span.flags |= SPAN_SERVER_HALF;
    }
}

static enum err decode_span(struct finish *finish, const struct cJSON *object, struct err_msg *why)
{
    struct draft draft;
    enum err err = finish_draft(finish, &zipkin_names, &draft, why);
    if (err != ERR_OK) {
        return err;
    }
    const struct cJSON *tags = json_member(object, "tags");
    const struct cJSON *name = json_member(object, "name");
    if (!json_is_object(object)) {
        draft_refuse(&draft, REFUSED_FIELD, NULL, "an object was expected");
    }
    if (tags != NULL && !json_is_object(tags)) {
        draft_refuse(&draft, REFUSED_FIELD, "tags", "an object was expected");
    }
    read_id(&draft, object, zipkin_names.trace, hex_id_parse_trace, &draft.span.trace);
    read_id(&draft, object, zipkin_names.id, hex_id_parse_span, &draft.span.id);
    read_id(&draft, object, zipkin_names.parent, hex_id_parse_span, &draft.span.parent);
    if (name != NULL && json_get_text(name, &draft.span.name) != ERR_OK) {
        draft_refuse(&draft, REFUSED_FIELD, "name", "a string was expected");
    }
    if (text_is_empty(draft.span.name)) {
        draft.span.name = TEXT("unknown");
    }
    json_get_attributes(tags, &finish->scratch, &draft.attributes);
    read_kind(&draft, object);
    read_events(&draft, object);
    read_times(&draft, object);
    read_endpoints(&draft, object);
    read_status(&draft);
    finish_add(finish, &draft);
    return ERR_OK;
}

enum err decode_zipkin(const struct decode_context *context, struct text body, struct batch *batch,
                       struct decode_report *report, struct err_msg *why)
{
    struct cJSON *tree = NULL;
    const struct cJSON *item;
    enum err err = json_tree_parse(body, context->values_limit, &tree, why);
    if (err != ERR_OK) {
        return err;
    }
    if (!json_is_array(tree)) {
        json_tree_free(tree);
        return err_set(why, ERR_PARSE, "spans: an array was expected");
    }
    struct finish finish;
    finish_init(&finish, context, batch, report);
    cJSON_ArrayForEach(item, tree)
    {
        err = decode_span(&finish, item, why);
        if (err != ERR_OK) {
            break;
        }
        finish.span_index++;
    }
    json_tree_free(tree);
    return finish_end(&finish, err);
}
