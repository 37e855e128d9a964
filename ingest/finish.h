/* finish — the last step of every decoder: a span as it was read becomes a span as it is stored.
 *
 * A decoder reads one span after the other into a draft; the rules that hold whatever the wire
 * format is (required fields, times, limits, masking, classification) are applied here.
 *
 *     struct finish finish;
 *     finish_init(&finish, context, batch, report);
 *     for each span {
 *         struct draft draft;
 *         ... finish_draft(&finish, &names, &draft, why) ...
 *         ... fill it; draft_refuse(&draft, REFUSED_FIELD, "kind", "a number was expected") ...
 *         finish_add(&finish, &draft);
 *     }
 *     return finish_end(&finish, err); */
#ifndef TRACETUI_INGEST_FINISH_H
#define TRACETUI_INGEST_FINISH_H

#include "ingest/attributes.h"
#include "ingest/classify.h"
#include "ingest/decode.h"
#include "store/counters.h"

/* How a dialect spells the required fields, for messages. */
struct draft_names {
    const char *trace, *id, *parent, *name, *start, *end;
    int64_t unit_ns; /* of its times */
    const char *unit;
};

/* What a decoder knows of the producer, told once for many spans. */
struct producer {
    struct resource *stored; /* NULL when the format has none; in the batch's arena */
    struct traits traits;
    bool empties_strings; /* see sdk_quirks.h */
};

struct draft_event {
    struct text name;
    int64_t time_ns;
    struct attributes attributes;
};

struct draft_link {
    struct id trace, id;
    struct text trace_state;
    struct text type; /* "follows_from", or empty */
    uint32_t flags;
    struct attributes attributes;
};

struct finish;

/* Texts may be borrowed from the body or the scratch arena. */
struct draft {
    struct finish *finish;
    const struct draft_names *names;
    bool refused;
    bool has_start;
    bool has_status;  /* else it follows from the end and the attributes */
    bool direct;      /* the request came from the program itself, so its headers describe it */
    struct span span; /* texts still unchecked; JSON texts empty */
    struct attributes attributes;
    struct attributes metadata;
    struct draft_event *events;
    struct draft_link *links;
    size_t event_count, event_capacity;
    size_t link_count, link_capacity;
    const struct producer *producer; /* may be NULL */
    const char *hint;                /* said behind what is missing, or NULL */
};

/* One body on its way through a decoder. */
struct finish {
    const struct decode_context *context;
    const struct sanitize_rules *rules;
    struct batch *batch;
    struct decode_report *report;
    size_t first;         /* spans of the batch before this body */
    size_t masked_before; /* likewise */
    struct decode_report report_before;
    size_t spans_limit;
    size_t received;
    int resource_index; /* of OTLP's resourceSpans or Jaeger's data; -1: the format has none */
    int scope_index;    /* likewise */
    size_t span_index;
    struct arena scratch;  /* the span being read */
    struct arena producer; /* the resource being read */
    struct text_buffer json;
};

void finish_init(struct finish *finish, const struct decode_context *context, struct batch *batch,
                 struct decode_report *report);

/* Starts the next span. Errors: ERR_LIMIT more than the context allows in one body. */
enum err finish_draft(struct finish *finish, const struct draft_names *names,
                      struct draft *ret_draft, struct err_msg *why) MUST_CHECK;

/* Refuses the span: "spans[3].kind: a number was expected". Only the first reason is reported. */
void draft_refuse(struct draft *draft, enum refusal reason, const char *field, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));

/* NULL when the limit is reached; it is counted as dropped then. */
struct draft_event *draft_add_event(struct draft *draft);
struct draft_link *draft_add_link(struct draft *draft);

/* Checks, masks, classifies and adds the span to the batch, or reports why not. */
void finish_add(struct finish *finish, struct draft *draft);

/* Masks, classifies and stores the attributes of a producer, or (traits NULL) of a scope. */
struct text finish_attributes(struct finish *finish, struct attributes *attributes,
                              struct traits *traits);

/* A short text of a producer or scope: masked, cut and cleaned, in the batch's arena. */
struct text finish_label(struct finish *finish, struct text text);

/* Frees what was needed; after an error batch and report are as they were before the body. Returns
 * err. */
enum err finish_end(struct finish *finish, enum err err);

#endif
