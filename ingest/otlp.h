/* otlp — what both encodings of OTLP share once a field is read: ids, times, status. */
#ifndef TRACETUI_INGEST_OTLP_H
#define TRACETUI_INGEST_OTLP_H

#include "ingest/finish.h"

enum { OTLP_TRACE_BYTES = 16, OTLP_SPAN_BYTES = 8 };

/* The names of OTLP/JSON; messages about protobuf use them too. */
extern const struct draft_names otlp_names;

/* Unsigned nanoseconds as sent; 0 is absent. */
void otlp_set_start(struct draft *draft, uint64_t nanoseconds);
void otlp_set_end(struct draft *draft, uint64_t nanoseconds);
int64_t otlp_event_time(uint64_t nanoseconds);

/* A number outside of the enumeration counts as 0, as protobuf says. */
void otlp_set_kind(struct draft *draft, int64_t kind);
void otlp_set_status(struct draft *draft, int64_t code);

/* Ids in binary. Empty and zero parents are no parents. */
void otlp_set_trace(struct draft *draft, struct text bytes);
void otlp_set_span(struct draft *draft, struct text bytes);
void otlp_set_parent(struct draft *draft, struct text bytes);

/* False when the ids are not those of a span: such a link is dropped. */
bool otlp_set_link(struct draft_link *link, struct text trace, struct text span);

/* The attributes of a resource were read: what its spans need to know of it, and what is stored. */
void otlp_set_resource(struct finish *finish, struct producer *producer,
                       struct attributes *attributes);

/* Adds an event or a link that was read in full; counts it as dropped over the limit. */
void otlp_add_event(struct draft *draft, const struct draft_event *event);
void otlp_add_link(struct draft *draft, const struct draft_link *link);

/* The last steps before finish_add. */
void otlp_complete(struct draft *draft, const struct producer *producer, const struct scope *scope);

#endif
