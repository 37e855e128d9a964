/* decode_flat — flat JSON spans of web applications, plugins and libtracetui.
 *
 * Two dialects, each in camelCase or snake_case, told apart by nothing: see flat_members. Times are
 * milliseconds (never guessed: seconds are refused), or exact nanoseconds as strings in startNs and
 * endNs. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "ingest/decode.h"
#include "ingest/finish.h"
#include "ingest/flat_members.h"
#include "ingest/json.h"
#include "ingest/trace_context.h"
#include "ingest/wire.h"
#include "store/base/clock.h"

static void read_text(struct draft *draft, const struct flat_members *members,
                      enum flat_member field, struct text *ret_text)
{
    const struct cJSON *item = members->item[field];
    if (item != NULL && json_get_text(item, ret_text) != ERR_OK) {
        draft_refuse(draft, REFUSED_FIELD, flat_members_name(members, field),
                     "a string was expected");
    }
}

/* As read_text, but a number is fine too: user ids are often integers. */
static void read_label(struct draft *draft, const struct flat_members *members,
                       enum flat_member field, struct text *ret_text)
{
    const struct cJSON *item = members->item[field];
    if (cJSON_IsNumber(item)) {
        struct value value = json_get_value(item, &draft->finish->scratch);
        *ret_text = value_text(&value, &draft->finish->scratch);
    } else {
        read_text(draft, members, field, ret_text);
    }
}

static void refuse_id(struct draft *draft, const char *name, enum err err)
{
    draft_refuse(draft, REFUSED_ID, name, "%s",
                 err == ERR_LIMIT ? "longer than 64 bytes" : "not an id");
}

/* Some senders write the parent of a root in zeros. */
static bool is_zero(struct text text)
{
    return strspn(text.data, "0-") == text.length;
}

static void read_id(struct draft *draft, const struct flat_members *members, enum flat_member field,
                    struct id *ret_id)
{
    struct text text = {0};
    read_text(draft, members, field, &text);
    if (draft->refused || text.length == 0) {
        return; /* an empty one counts as absent */
    }
    enum err err =
        field == MEMBER_TRACE ? id_parse_trace(text, ret_id) : id_parse_span(text, ret_id);
    if (err != ERR_OK && !(field == MEMBER_PARENT && is_zero(text))) {
        refuse_id(draft, flat_members_name(members, field), err);
    }
}

static void refuse_time(struct draft *draft, const struct flat_members *members,
                        enum flat_member field, int64_t unit_ns, const char *problem)
{
    bool duration = field == MEMBER_DURATION || field == MEMBER_DURATION_NS;
    draft_refuse(draft, REFUSED_TIME, flat_members_name(members, field), "%s%s%s expected", problem,
                 unit_ns == 1 ? "nanoseconds" : "milliseconds", duration ? "" : " since 1970");
}

static bool read_time(struct draft *draft, const struct flat_members *members,
                      enum flat_member field, int64_t unit_ns, int64_t *ret_ns)
{
    if (members->item[field] == NULL) {
        return false;
    }
    switch (json_get_time(members->item[field], unit_ns, ret_ns)) {
    case ERR_OK:
        return true;
    case ERR_LIMIT:
        refuse_time(draft, members, field, unit_ns, "too large: ");
        return false;
    default:
        refuse_time(draft, members, field, unit_ns, "");
        return false;
    }
}

/* The end from a duration. */
static bool read_duration(struct draft *draft, const struct flat_members *members,
                          enum flat_member field, int64_t unit_ns)
{
    struct span *span = &draft->span;
    int64_t duration_ns = 0;
    if (!read_time(draft, members, field, unit_ns, &duration_ns)) {
        return false;
    }
    if (duration_ns < 0 || __builtin_add_overflow(span->start_ns, duration_ns, &span->end_ns)) {
        draft_refuse(draft, REFUSED_TIME, flat_members_name(members, field), "out of range");
    }
    return true;
}

/* Nanoseconds before milliseconds: what `tracetui export` writes has both. */
static void read_times(struct draft *draft, const struct flat_members *members)
{
    struct span *span = &draft->span;
    draft->has_start = read_time(draft, members, MEMBER_START_NS, 1, &span->start_ns) ||
                       read_time(draft, members, MEMBER_START, NS_PER_MS, &span->start_ns);
    if (read_time(draft, members, MEMBER_END_NS, 1, &span->end_ns) ||
        read_duration(draft, members, MEMBER_DURATION_NS, 1) ||
        read_time(draft, members, MEMBER_END, NS_PER_MS, &span->end_ns)) {
        if (span->end_ns < 0) {
            draft_refuse(draft, REFUSED_TIME, draft->names->end, "negative");
        }
        return;
    }
    read_duration(draft, members, MEMBER_DURATION, NS_PER_MS);
}

/* A sender that gives a final status without an end knows no better: the span ends as it starts. */
static void read_status(struct draft *draft, const struct flat_members *members)
{
    struct text text = {0};
    enum span_status status;
    read_text(draft, members, MEMBER_STATUS, &text);
    if (text.length == 0) {
        return;
    }
    if (status_parse(text, &status) != ERR_OK) {
        draft_refuse(draft, REFUSED_FIELD, "status",
                     "ok, completed, error, cancelled or in_progress was expected");
        return;
    }
    draft->has_status = true;
    draft->span.status = (uint8_t)status;
    if (status != STATUS_IN_PROGRESS && draft->span.end_ns == SPAN_RUNNING) {
        draft->span.end_ns = draft->span.start_ns;
    }
}

static void read_kind(struct draft *draft, const struct flat_members *members)
{
    const struct cJSON *item = members->item[MEMBER_KIND];
    struct text text = {0};
    enum span_kind kind = KIND_UNSPECIFIED;
    bool fine = item == NULL;
    if (item != NULL && cJSON_IsNumber(item)) {
        fine = item->valuedouble >= 0 && item->valuedouble < KIND_COUNT &&
               item->valuedouble == (int)item->valuedouble;
        kind = fine ? (enum span_kind)item->valuedouble : kind;
    } else if (item != NULL && json_get_text(item, &text) == ERR_OK) {
        fine = text.length == 0 || kind_parse(text, &kind) == ERR_OK;
    }
    if (!fine) {
        draft_refuse(draft, REFUSED_FIELD, "kind",
                     "internal, server, client, producer or consumer was expected");
    }
    draft->span.kind = (uint8_t)kind;
}

static void read_object(struct draft *draft, const struct flat_members *members,
                        enum flat_member field, struct attributes *attributes)
{
    const struct cJSON *item = members->item[field];
    if (item != NULL && !json_is_object(item)) {
        draft_refuse(draft, REFUSED_FIELD, flat_members_name(members, field),
                     "an object was expected");
    } else if (item != NULL) {
        json_get_attributes(item, &draft->finish->scratch, attributes);
    }
}

/* Who sent it, in the form `tracetui export` writes; what has another form under these names means
 * something else. */
static void read_producer(struct draft *draft, const struct flat_members *members,
                          struct producer *producer)
{
    struct finish *finish = draft->finish;
    struct arena *arena = &finish->batch->arena;
    const struct cJSON *item = members->item[MEMBER_RESOURCE];
    struct text name;
    if (item != NULL && json_is_object(item)) {
        struct attributes attributes = {0};
        arena_clear(&finish->producer); /* of the span before */
        json_get_attributes(item, &finish->producer, &attributes);
        producer->stored = arena_zero(arena, 1, sizeof *producer->stored);
        producer->stored->attributes = finish_attributes(finish, &attributes, &producer->traits);
        draft->producer = producer;
    }
    if (members->item[MEMBER_SCOPE] != NULL &&
        json_get_text(members->item[MEMBER_SCOPE], &name) == ERR_OK && name.length > 0) {
        struct scope *scope = arena_zero(arena, 1, sizeof *scope);
        scope->name = finish_label(finish, name);
        draft->span.scope = scope;
    }
}

/* The first of several names that an object has. */
static const struct cJSON *member_of(const struct cJSON *object, const char *const *names)
{
    const struct cJSON *item = NULL;
    for (size_t i = 0; names[i] != NULL && item == NULL; i++) {
        item = json_member(object, names[i]);
    }
    return item;
}

/* {"name","timestamp","attributes"} or [ms,"name"]. Returns what is wrong with it, or NULL. */
static const char *read_event(const struct draft *draft, const struct cJSON *item,
                              struct draft_event *ret_event)
{
    static const char *const exact[] = {"timestampNs", "timestamp_ns", NULL};
    static const char *const times[] = {"timestamp", "timestampMs", "timestamp_ms", "time", NULL};
    const struct cJSON *time_ns = member_of(item, exact);
    const struct cJSON *time = member_of(item, times);
    const struct cJSON *name = json_member(item, "name");
    const struct cJSON *attributes = json_member(item, "attributes");
    if (json_is_array(item)) {
        time = cJSON_GetArrayItem(item, 0);
        name = cJSON_GetArrayItem(item, 1);
    }
    struct draft_event event = {.time_ns = draft->span.start_ns};
    if (json_get_text(name, &event.name) != ERR_OK) {
        return "a name was expected";
    }
    if (!json_is_absent(time_ns)
            ? json_get_time(time_ns, 1, &event.time_ns) != ERR_OK
            : !json_is_absent(time) && json_get_time(time, NS_PER_MS, &event.time_ns) != ERR_OK) {
        return "a timestamp since 1970 was expected";
    }
    if (attributes != NULL && !json_is_object(attributes)) {
        return "attributes: an object was expected";
    }
    json_get_attributes(attributes, &draft->finish->scratch, &event.attributes);
    *ret_event = event;
    return NULL;
}

static void read_events(struct draft *draft, const struct flat_members *members)
{
    const struct cJSON *list = members->item[MEMBER_EVENTS];
    const struct cJSON *item;
    char field[40];
    size_t i = 0;
    if (list != NULL && !json_is_array(list)) {
        draft_refuse(draft, REFUSED_FIELD, "events", "an array was expected");
        return;
    }
    cJSON_ArrayForEach(item, list)
    {
        struct draft_event event;
        const char *problem = read_event(draft, item, &event);
        if (problem != NULL) {
            snprintf(field, sizeof field, "events[%zu]", i);
            draft_refuse(draft, REFUSED_FIELD, field, "%s", problem);
            return;
        }
        struct draft_event *added = draft_add_event(draft);
        if (added != NULL) {
            *added = event;
        }
        i++;
    }
}

/* What only our own exports have; anything else under these names is left out. */
static void read_link_rest(const struct cJSON *item, struct draft_link *link)
{
    const struct cJSON *flags = json_member(item, "flags");
    const struct cJSON *state = json_member(item, "trace_state");
    struct text text;
    if (cJSON_IsNumber(flags) && flags->valuedouble >= 0 && flags->valuedouble <= UINT32_MAX) {
        link->flags = (uint32_t)flags->valuedouble;
    }
    if (state != NULL && json_get_text(state, &text) == ERR_OK) {
        link->trace_state = text;
    }
    if (json_get_text(json_member(item, "type"), &text) == ERR_OK &&
        text_is(text, "follows_from")) {
        link->type = text;
    }
}

/* Returns what is wrong with it, or NULL. */
static const char *read_link(const struct draft *draft, const struct cJSON *item,
                             struct draft_link *ret_link)
{
    static const char *const traces[] = {"traceId", "trace_id", NULL};
    static const char *const spans[] = {"spanId", "span_id", "id", NULL};
    struct draft_link link = {.flags = 0};
    struct text trace;
    struct text id;
    if (json_get_text(member_of(item, traces), &trace) != ERR_OK ||
        json_get_text(member_of(item, spans), &id) != ERR_OK ||
        id_parse_trace(trace, &link.trace) != ERR_OK || id_parse_span(id, &link.id) != ERR_OK) {
        return "traceId and spanId were expected";
    }
    const struct cJSON *attributes = json_member(item, "attributes");
    if (attributes != NULL && !json_is_object(attributes)) {
        return "attributes: an object was expected";
    }
    json_get_attributes(attributes, &draft->finish->scratch, &link.attributes);
    read_link_rest(item, &link);
    *ret_link = link;
    return NULL;
}

static void read_links(struct draft *draft, const struct flat_members *members)
{
    const struct cJSON *list = members->item[MEMBER_LINKS];
    const struct cJSON *item;
    char field[40];
    size_t i = 0;
    if (list != NULL && !json_is_array(list)) {
        draft_refuse(draft, REFUSED_FIELD, "links", "an array was expected");
        return;
    }
    cJSON_ArrayForEach(item, list)
    {
        struct draft_link link;
        const char *problem = read_link(draft, item, &link);
        if (problem != NULL) {
            snprintf(field, sizeof field, "links[%zu]", i);
            draft_refuse(draft, REFUSED_FIELD, field, "%s", problem);
            return;
        }
        struct draft_link *added = draft_add_link(draft);
        if (added != NULL) {
            *added = link;
        }
        i++;
    }
}

/* A span without a trace belongs to the one that the request's headers name, below the sender's
 * span there. One that has a trace has its place: the header may be of the sending itself. */
static void take_context(struct draft *draft)
{
    const struct trace_context *context = draft->finish->context->trace;
    struct span *span = &draft->span;
    if (draft->refused || context == NULL || id_is_none(&context->trace) ||
        !id_is_none(&span->trace)) {
        return;
    }
    span->trace = context->trace;
    span->otlp_flags = context->flags;
    span->trace_state = context->state;
    if (id_is_none(&span->parent) && !id_equals(&context->parent, &span->id)) {
        span->parent = context->parent;
    }
}

static enum err decode_span(struct finish *finish, const struct cJSON *object, struct err_msg *why)
{
    struct flat_members members = {0};
    char hint[FLAT_HINT_BYTES];
    struct draft draft;
    struct producer producer = {0};
    if (json_is_object(object)) {
        flat_members_find(object, &members);
    }
    enum err err = finish_draft(finish, flat_members_names(&members), &draft, why);
    if (err != ERR_OK) {
        return err;
    }
    struct span *span = &draft.span;
    draft.direct = true;
    if (!json_is_object(object)) {
        draft_refuse(&draft, REFUSED_FIELD, NULL, "an object was expected");
    }
    read_id(&draft, &members, MEMBER_ID, &span->id);
    read_id(&draft, &members, MEMBER_TRACE, &span->trace);
    read_id(&draft, &members, MEMBER_PARENT, &span->parent);
    take_context(&draft);
    read_text(&draft, &members, MEMBER_NAME, &span->name);
    read_text(&draft, &members, MEMBER_TYPE, &span->type);
    read_text(&draft, &members, MEMBER_SERVICE, &span->service);
    read_times(&draft, &members);
    read_status(&draft, &members);
    read_text(&draft, &members, MEMBER_MESSAGE, &span->message);
    read_text(&draft, &members, MEMBER_STACK, &span->stack);
    read_label(&draft, &members, MEMBER_USER, &span->user);
    read_label(&draft, &members, MEMBER_SESSION, &span->session);
    read_text(&draft, &members, MEMBER_CLIENT_TYPE, &span->client_type);
    read_text(&draft, &members, MEMBER_CLIENT_VERSION, &span->client_version);
    read_kind(&draft, &members);
    read_object(&draft, &members, MEMBER_ATTRIBUTES, &draft.attributes);
    read_object(&draft, &members, MEMBER_METADATA, &draft.metadata);
    read_producer(&draft, &members, &producer);
    span->flags |= json_is_true(members.item[MEMBER_SERVER_HALF]) ? SPAN_SERVER_HALF : 0;
    read_events(&draft, &members);
    read_links(&draft, &members);
    draft.hint = flat_members_hint(&members, object, hint) ? hint : NULL;
    finish_add(finish, &draft);
    return ERR_OK;
}

static enum err refuse_shape(const struct cJSON *tree, struct err_msg *why)
{
    static const char *const otlp[] = {"resourceSpans", "resource_spans", NULL};
    return member_of(tree, otlp) != NULL
               ? err_set(why, ERR_PARSE, "OTLP goes to POST " WIRE_PATH_OTLP)
               : err_set(why, ERR_PARSE, "spans: an array was expected");
}

enum err decode_flat(const struct decode_context *context, struct text body, struct batch *batch,
                     struct decode_report *report, struct err_msg *why)
{
    struct cJSON *tree = NULL;
    enum err err = json_tree_parse(body, context->values_limit, &tree, why);
    if (err != ERR_OK) {
        return err;
    }
    const struct cJSON *spans = json_is_object(tree) ? json_member(tree, "spans") : tree;
    const struct cJSON *item;
    if (!json_is_array(spans)) {
        err = refuse_shape(tree, why);
        json_tree_free(tree);
        return err;
    }
    struct finish finish;
    finish_init(&finish, context, batch, report);
    cJSON_ArrayForEach(item, spans)
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
