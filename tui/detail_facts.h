/* detail_facts — a copy of all that is known about one span, for the details. */
#ifndef TRACETUI_TUI_DETAIL_FACTS_H
#define TRACETUI_TUI_DETAIL_FACTS_H

#include "store/reader.h"

struct detail_attribute {
    struct text key, raw; /* raw: JSON */
};

struct detail_event {
    struct text name;
    struct detail_attribute *attributes; /* sorted by key, objects last */
    size_t attribute_count;
    int64_t time_ns; /* -1 = not known */
    bool exception;
};

struct detail_link {
    struct text trace_id, span_id, type, attributes;
};

/* {0} is empty. */
struct detail_facts {
    struct arena arena; /* holds every text below */
    bool known;         /* a span is selected */
    bool loaded;        /* its body is there */
    int64_t body_key;
    struct span_body body;
    struct text name, service, type, trace_id, span_id, parent_id;
    uint8_t status, kind;
    uint32_t flags;
    int64_t start_ns, end_ns, self_ns;
    int64_t trace_start_ns, trace_end_ns;
    int64_t early_ns, late_ns; /* outside of its parent, 0 = inside */
    bool running;
    struct baseline usual;                          /* count 0 = not known */
    struct detail_attribute *attributes, *resource; /* sorted by key, objects last */
    size_t attribute_count, resource_count;
    struct detail_event *events;
    size_t event_count;
    struct detail_link *links;
    size_t link_count;
    struct text sql, sql_parameters; /* statement: plain text; parameters: JSON */
    struct text stack;               /* the span's, else of its last exception event */
};

void detail_facts_set(struct detail_facts *facts, const struct trace *trace,
                      const struct trace_span *span, const struct span_body *body, int64_t now_ns);
void detail_facts_clear(struct detail_facts *facts);

/* The span as one JSON object, with the members that `show --format json` prints. */
void detail_facts_json(const struct detail_facts *facts, struct text_buffer *target);

#endif
