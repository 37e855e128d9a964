/* finish — the last step of every decoder: a span as it was read becomes a span as it is stored. */
#include "ingest/finish.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ingest/draft_check.h"
#include "ingest/sanitize.h"
#include "ingest/sdk_quirks.h"
#include "ingest/wire.h"
#include "store/base/json.h"

/* The scratch arena is emptied between spans, but not for every small one. */
enum { SCRATCH_KEPT_BYTES = 256 << 10 };

void finish_init(struct finish *finish, const struct decode_context *context, struct batch *batch,
                 struct decode_report *report)
{
    *finish = (struct finish){
        .context = context,
        .rules = context->rules != NULL ? context->rules : sanitize_default_rules(),
        .batch = batch,
        .report = report,
        .report_before = *report,
        .first = batch->count,
        .masked_before = batch->masked,
        .spans_limit = context->spans_limit != 0 ? context->spans_limit : WIRE_SPANS_LIMIT,
        .span_index = context->first_index,
        .resource_index = -1,
        .scope_index = -1,
    };
}

enum err finish_draft(struct finish *finish, const struct draft_names *names,
                      struct draft *ret_draft, struct err_msg *why)
{
    if (finish->received == finish->spans_limit) {
        return err_set(why, ERR_LIMIT, "spans: more than %zu in one body", finish->spans_limit);
    }
    finish->received++;
    finish->report->received++;
    if (finish->scratch.used_bytes > SCRATCH_KEPT_BYTES) {
        arena_clear(&finish->scratch);
    }
    *ret_draft = (struct draft){
        .finish = finish,
        .names = names,
        .span = {.end_ns = SPAN_RUNNING},
    };
    return ERR_OK;
}

void draft_refuse(struct draft *draft, enum refusal reason, const char *field, const char *format,
                  ...)
{
    const struct finish *finish = draft->finish;
    char place[80];
    char problem[128];
    if (draft->refused) {
        return;
    }
    draft->refused = true;
    if (finish->resource_index >= 0 && finish->scope_index < 0) {
        snprintf(place, sizeof place, "data[%d].spans[%zu]", finish->resource_index,
                 finish->span_index);
    } else if (finish->resource_index >= 0) {
        snprintf(place, sizeof place, "resourceSpans[%d].scopeSpans[%d].spans[%zu]",
                 finish->resource_index, finish->scope_index, finish->span_index);
    } else {
        snprintf(place, sizeof place, "spans[%zu]", finish->span_index);
    }
    va_list args;
    va_start(args, format);
    vsnprintf(problem, sizeof problem, format, args);
    va_end(args);
    decode_refuse(finish->report, reason, field != NULL ? "%s.%s: %s" : "%s%s: %s", place,
                  field != NULL ? field : "", problem);
}

/* Makes room for one more item in the scratch arena; NULL when the limit is reached. */
static void *grow_items(struct arena *arena, void *items, size_t count, size_t *capacity,
                        size_t item_size)
{
    if (count < *capacity) {
        return items;
    }
    if (count >= WIRE_EVENTS_LIMIT || arena->used_bytes > WIRE_SCRATCH_LIMIT_BYTES) {
        return NULL;
    }
    size_t larger = *capacity != 0 ? *capacity * 2 : 4;
    void *moved = arena_zero(arena, larger, item_size);
    if (count > 0) {
        memcpy(moved, items, count * item_size);
    }
    *capacity = larger;
    return moved;
}

struct draft_event *draft_add_event(struct draft *draft)
{
    void *items = grow_items(&draft->finish->scratch, draft->events, draft->event_count,
                             &draft->event_capacity, sizeof *draft->events);
    if (items == NULL) {
        draft->span.dropped_events++;
        return NULL;
    }
    draft->events = items;
    return &draft->events[draft->event_count++];
}

struct draft_link *draft_add_link(struct draft *draft)
{
    void *items = grow_items(&draft->finish->scratch, draft->links, draft->link_count,
                             &draft->link_capacity, sizeof *draft->links);
    if (items == NULL) {
        draft->span.dropped_links++;
        return NULL;
    }
    draft->links = items;
    return &draft->links[draft->link_count++];
}

static struct text finish_text(struct finish *finish, struct text text, size_t limit_bytes)
{
    static const char ellipsis[] = "\xE2\x80\xA6";
    bool cut = text.length > limit_bytes;
    if (!cut && text_is_utf8(text) &&
        (text.length == 0 || memchr(text.data, 0, text.length) == NULL)) {
        return arena_copy(&finish->batch->arena, text);
    }
    text = text_make(text.data, text_cut(text, limit_bytes));
    /* A wrong byte becomes the three bytes of U+FFFD. */
    char *clean = arena_bytes(&finish->batch->arena, text.length * 3 + sizeof ellipsis);
    size_t length = 0;
    for (size_t at = 0; at < text.length;) {
        uint32_t rune;
        at += text_rune(text_make(text.data + at, text.length - at), &rune);
        length += text_put_rune(clean + length, rune == UINT32_MAX || rune == 0 ? 0xFFFD : rune);
    }
    if (cut) {
        memcpy(clean + length, ellipsis, sizeof ellipsis - 1);
        length += sizeof ellipsis - 1;
    }
    clean[length] = '\0';
    return text_make(clean, length);
}

struct text finish_label(struct finish *finish, struct text text)
{
    finish->batch->masked += sanitize_label(finish->rules, &text, &finish->producer);
    return finish_text(finish, text, WIRE_NAME_LIMIT_BYTES);
}

/* ---- masking ---- */

/* New texts go to the arena the attributes are in. */
static size_t mask_attributes(const struct finish *finish, struct attributes *attributes,
                              struct arena *arena)
{
    attributes_unique(attributes, arena);
    return sanitize_attributes(finish->rules, attributes, arena);
}

static size_t mask_draft(struct finish *finish, struct draft *draft)
{
    size_t count = mask_attributes(finish, &draft->attributes, &finish->scratch);
    count += mask_attributes(finish, &draft->metadata, &finish->scratch);
    count += sanitize_text(finish->rules, &draft->span.name, &finish->scratch);
    count += sanitize_text(finish->rules, &draft->span.type, &finish->scratch);
    count += sanitize_text(finish->rules, &draft->span.service, &finish->scratch);
    count += sanitize_text(finish->rules, &draft->span.message, &finish->scratch);
    count += sanitize_text(finish->rules, &draft->span.stack, &finish->scratch);
    for (size_t i = 0; i < draft->event_count; i++) {
        count += sanitize_text(finish->rules, &draft->events[i].name, &finish->scratch);
        count += mask_attributes(finish, &draft->events[i].attributes, &finish->scratch);
    }
    for (size_t i = 0; i < draft->link_count; i++) {
        count += mask_attributes(finish, &draft->links[i].attributes, &finish->scratch);
        count += sanitize_label(finish->rules, &draft->links[i].trace_state, &finish->scratch);
    }
    return count;
}

/* Texts that are no secrets by themselves, and what the headers of the request have filled. */
static size_t mask_labels(struct finish *finish, struct span *span, struct traits *traits)
{
    struct text *const labels[] = {&span->user,
                                   &span->session,
                                   &span->service,
                                   &span->client_type,
                                   &span->client_version,
                                   &span->trace_state,
                                   &traits->text[TRAIT_IP],
                                   &traits->text[TRAIT_USER_AGENT]};
    size_t count = classify_mask_metadata(finish->rules, traits);
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        count += sanitize_label(finish->rules, labels[i], &finish->scratch);
    }
    return count;
}

/* ---- classification ---- */

static struct text first_of(struct text a, struct text b, struct text c)
{
    return a.length > 0 ? a : b.length > 0 ? b : c;
}

static struct text trait_of(const struct draft *draft, const struct traits *traits,
                            enum trait trait)
{
    struct text own = traits->text[trait];
    return own.length > 0 || draft->producer == NULL ? own : draft->producer->traits.text[trait];
}

static void classify_exception(const struct draft *draft, struct traits *traits, bool *ret_found)
{
    struct traits exception = {0};
    for (size_t i = 0; i < draft->event_count; i++) {
        if (text_is(draft->events[i].name, "exception")) {
            *ret_found = true;
            classify_attributes(&draft->events[i].attributes, &draft->finish->scratch, &exception);
        }
    }
    for (int i = TRAIT_EXCEPTION_MESSAGE; i <= TRAIT_EXCEPTION_STACK; i++) {
        if (traits->text[i].length == 0) {
            traits->text[i] = exception.text[i];
        }
    }
}

/* Message and stack of a failed span: its own, else those of the exception it recorded. */
static void set_failure(struct span *span, const struct traits *traits)
{
    struct text error = traits->text[TRAIT_ERROR];
    if (text_is_nocase(error, "true") || text_is(error, "1")) {
        error = (struct text){0};
    }
    struct text told =
        first_of(traits->text[TRAIT_EXCEPTION_MESSAGE], error, traits->text[TRAIT_EXCEPTION_TYPE]);
    span->message = first_of(span->message, told, traits->text[TRAIT_ERROR_TYPE]);
    span->stack = first_of(span->stack, traits->text[TRAIT_EXCEPTION_STACK], (struct text){0});
}

static void set_status(struct draft *draft, const struct traits *traits)
{
    struct span *span = &draft->span;
    bool ended = span->end_ns != SPAN_RUNNING;
    if (!draft->has_status) {
        span->status = classify_is_error(traits, span->kind) ? STATUS_ERROR
                       : ended                               ? STATUS_COMPLETED
                                                             : STATUS_IN_PROGRESS;
    } else if (span->status == STATUS_IN_PROGRESS && ended) {
        span->status = STATUS_COMPLETED;
    } else if (span->status == STATUS_COMPLETED && !ended) {
        span->status = STATUS_IN_PROGRESS;
    }
}

static void classify_draft(struct draft *draft, struct traits *traits)
{
    const struct decode_context *context = draft->finish->context;
    struct span *span = &draft->span;
    bool exception = false;
    classify_attributes(&draft->attributes, &draft->finish->scratch, traits);
    classify_exception(draft, traits, &exception);
    set_status(draft, traits);
    if (span->status == STATUS_ERROR) {
        set_failure(span, traits);
    }
    if (text_is_empty(span->type)) {
        span->type = classify_type(traits);
    }
    span->service = first_of(span->service, trait_of(draft, traits, TRAIT_SERVICE),
                             first_of(span->client_type, context->client_type, TEXT("unknown")));
    span->user = first_of(span->user, trait_of(draft, traits, TRAIT_USER), context->user);
    span->session =
        first_of(span->session, trait_of(draft, traits, TRAIT_SESSION), context->session);
    span->client_type = first_of(span->client_type, context->client_type, (struct text){0});
    span->client_version =
        first_of(span->client_version, context->client_version, (struct text){0});
    if (exception || span->stack.length > 0) {
        span->flags |= SPAN_EXCEPTION;
    }
    span->flags |= draft->event_count > 0 ? SPAN_HAS_EVENTS : 0;
    span->flags |= draft->link_count > 0 ? SPAN_HAS_LINKS : 0;
    span->flags |= traits->text[TRAIT_SQL].length > 0 ? SPAN_HAS_SQL : 0;
    if (draft->direct && id_is_none(&span->parent)) {
        traits->text[TRAIT_IP] =
            first_of(traits->text[TRAIT_IP], context->client_address, (struct text){0});
        traits->text[TRAIT_USER_AGENT] =
            first_of(traits->text[TRAIT_USER_AGENT], context->user_agent, (struct text){0});
    }
}

/* ---- encoding ---- */

/* The buffer's JSON in the batch's arena, or the empty text for an empty object or array. */
static struct text take_json(struct finish *finish)
{
    struct text json = text_buffer_text(&finish->json);
    return json.length > 2 ? arena_copy(&finish->batch->arena, json) : (struct text){0};
}

static size_t room_left(const struct finish *finish, size_t used_bytes)
{
    size_t used = used_bytes + finish->json.length;
    return used < WIRE_SPAN_LIMIT_BYTES ? WIRE_SPAN_LIMIT_BYTES - used : 0;
}

static struct text encode_metadata(struct finish *finish, struct draft *draft,
                                   const struct traits *traits, size_t *cut)
{
    struct text_buffer *json = &finish->json;
    text_buffer_clear(json);
    *cut += attributes_append(json, &draft->metadata, WIRE_VALUE_LIMIT_BYTES);
    json->length--; /* the closing brace comes behind what the attributes add */
    classify_append_metadata(json, traits, &draft->metadata, json->length == 1);
    text_append_char(json, '}');
    return take_json(finish);
}

static void append_dropped(struct text_buffer *json, uint32_t dropped)
{
    if (dropped > 0) {
        text_append_format(json, ",\"dropped\":%" PRIu32, dropped);
    }
}

static struct text encode_events(struct finish *finish, struct draft *draft, size_t used_bytes,
                                 size_t *cut)
{
    struct text_buffer *json = &finish->json;
    text_buffer_clear(json);
    text_append_char(json, '[');
    for (size_t i = 0; i < draft->event_count; i++) {
        struct draft_event *event = &draft->events[i];
        size_t before = json->length;
        text_append_cstr(json, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_append_string(json, finish_text(finish, event->name, WIRE_NAME_LIMIT_BYTES));
        text_append_format(json,
                           ",\"timestamp_ns\":\"%" PRId64 "\",\"attributes\":", event->time_ns);
        *cut += attributes_append(json, &event->attributes, room_left(finish, used_bytes));
        append_dropped(json, event->attributes.dropped);
        text_append_char(json, '}');
        if (room_left(finish, used_bytes) == 0) {
            json->length = before;
            draft->span.dropped_events += (uint32_t)(draft->event_count - i);
            break;
        }
    }
    text_append_char(json, ']');
    return take_json(finish);
}

static void append_id(struct text_buffer *json, const char *member, const struct id *id)
{
    char printed[ID_PRINT_BYTES];
    size_t length = id_print(id, printed);
    text_append_cstr(json, member);
    json_append_string(json, text_make(printed, length));
}

static struct text encode_links(struct finish *finish, struct draft *draft, size_t used_bytes,
                                size_t *cut)
{
    struct text_buffer *json = &finish->json;
    text_buffer_clear(json);
    text_append_char(json, '[');
    for (size_t i = 0; i < draft->link_count; i++) {
        struct draft_link *link = &draft->links[i];
        size_t before = json->length;
        append_id(json, i > 0 ? ",{\"trace_id\":" : "{\"trace_id\":", &link->trace);
        append_id(json, ",\"span_id\":", &link->id);
        if (link->trace_state.length > 0) {
            text_append_cstr(json, ",\"trace_state\":");
            json_append_string(json, finish_text(finish, link->trace_state, WIRE_NAME_LIMIT_BYTES));
        }
        text_append_cstr(json, ",\"attributes\":");
        *cut += attributes_append(json, &link->attributes, room_left(finish, used_bytes));
        if (link->flags != 0) {
            text_append_format(json, ",\"flags\":%" PRIu32, link->flags);
        }
        append_dropped(json, link->attributes.dropped);
        if (link->type.length > 0) {
            text_append_cstr(json, ",\"type\":");
            json_append_string(json, link->type);
        }
        text_append_char(json, '}');
        if (room_left(finish, used_bytes) == 0) {
            json->length = before;
            draft->span.dropped_links += (uint32_t)(draft->link_count - i);
            break;
        }
    }
    text_append_char(json, ']');
    return take_json(finish);
}

static void encode_draft(struct finish *finish, struct draft *draft, const struct traits *traits,
                         size_t *cut)
{
    struct span *span = &draft->span;
    text_buffer_clear(&finish->json);
    *cut += attributes_append(&finish->json, &draft->attributes, WIRE_SPAN_LIMIT_BYTES);
    span->attributes = take_json(finish);
    span->dropped_attributes += draft->attributes.dropped;
    size_t used = span->attributes.length;
    if (draft->event_count > 0) {
        span->events = encode_events(finish, draft, used, cut);
        used += span->events.length;
    }
    if (draft->link_count > 0) {
        span->links = encode_links(finish, draft, used, cut);
    }
    span->metadata = encode_metadata(finish, draft, traits, cut);
}

/* The short texts, cut, cleaned and moved into the batch's arena. */
static void copy_texts(struct finish *finish, struct span *span, size_t *cut)
{
    const struct {
        struct text *text;
        size_t limit_bytes;
    } texts[] = {
        {&span->name, WIRE_NAME_LIMIT_BYTES},           {&span->type, WIRE_NAME_LIMIT_BYTES},
        {&span->service, WIRE_NAME_LIMIT_BYTES},        {&span->user, WIRE_NAME_LIMIT_BYTES},
        {&span->session, WIRE_NAME_LIMIT_BYTES},        {&span->client_type, WIRE_NAME_LIMIT_BYTES},
        {&span->client_version, WIRE_NAME_LIMIT_BYTES}, {&span->trace_state, WIRE_NAME_LIMIT_BYTES},
        {&span->message, WIRE_VALUE_LIMIT_BYTES},       {&span->stack, WIRE_VALUE_LIMIT_BYTES},
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *cut += texts[i].text->length > texts[i].limit_bytes;
        *texts[i].text = finish_text(finish, *texts[i].text, texts[i].limit_bytes);
    }
}

static void fill_strings(struct draft *draft)
{
    sdk_fill_strings(&draft->attributes);
    for (size_t i = 0; i < draft->event_count; i++) {
        sdk_fill_strings(&draft->events[i].attributes);
    }
    for (size_t i = 0; i < draft->link_count; i++) {
        sdk_fill_strings(&draft->links[i].attributes);
    }
}

void finish_add(struct finish *finish, struct draft *draft)
{
    draft_check(draft);
    if (draft->refused) {
        return;
    }
    struct traits traits = {0};
    if (draft->producer != NULL && draft->producer->empties_strings) {
        fill_strings(draft);
    }
    size_t cut = mask_draft(finish, draft);
    classify_draft(draft, &traits);
    cut += mask_labels(finish, &draft->span, &traits);
    copy_texts(finish, &draft->span, &cut);
    encode_draft(finish, draft, &traits, &cut);
    if (cut > 0) {
        draft->span.flags |= SPAN_MASKED;
        finish->batch->masked += cut;
    }
    draft->span.resource = draft->producer != NULL ? draft->producer->stored : NULL;
    *batch_add(finish->batch) = draft->span;
}

struct text finish_attributes(struct finish *finish, struct attributes *attributes,
                              struct traits *traits)
{
    size_t cut = mask_attributes(finish, attributes, &finish->producer);
    if (traits != NULL) {
        classify_attributes(attributes, &finish->producer, traits);
        traits->types = 0; /* browser.* here tells who sends, not what a span does */
    }
    text_buffer_clear(&finish->json);
    cut += attributes_append(&finish->json, attributes, WIRE_SPAN_LIMIT_BYTES);
    finish->batch->masked += cut;
    return take_json(finish);
}

enum err finish_end(struct finish *finish, enum err err)
{
    if (err != ERR_OK) {
        finish->batch->count = finish->first;
        finish->batch->masked = finish->masked_before;
        *finish->report = finish->report_before;
    }
    arena_clear(&finish->scratch);
    arena_clear(&finish->producer);
    text_buffer_free(&finish->json);
    return err;
}
