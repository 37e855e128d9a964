/* classify — what attributes say about a span: user, session, client, operation type, error.
 *
 * Knows the current and the deprecated names of the OpenTelemetry conventions and the plain names
 * of the web application ("userId", "sql", "cacheHit"). */
#ifndef TRACETUI_INGEST_CLASSIFY_H
#define TRACETUI_INGEST_CLASSIFY_H

#include "ingest/attributes.h"
#include "store/span.h"

struct sanitize_rules;

enum trait {
    TRAIT_USER,
    TRAIT_SESSION,
    TRAIT_SERVICE,
    TRAIT_IP,
    TRAIT_USER_AGENT,
    TRAIT_BROWSER,
    TRAIT_BROWSER_VERSION,
    TRAIT_OS,
    TRAIT_DEVICE,
    TRAIT_LOCALE,
    TRAIT_HTTP_STATUS,
    TRAIT_ERROR,
    TRAIT_ERROR_TYPE,
    TRAIT_EXCEPTION_MESSAGE,
    TRAIT_EXCEPTION_TYPE,
    TRAIT_EXCEPTION_STACK,
    TRAIT_SQL,
    TRAIT_COUNT,
    TRAIT_NONE = TRAIT_COUNT
};

/* {0} knows nothing. Texts live as long as the attributes and the arena. */
struct traits {
    struct text text[TRAIT_COUNT];
    uint8_t rank[TRAIT_COUNT]; /* of the name that gave the text; the lowest wins */
    unsigned types;            /* operation types the attributes hint at */
};

/* Adds what these attributes tell. */
void classify_attributes(const struct attributes *attributes, struct arena *arena,
                         struct traits *traits);

/* "graphql", "cache", "db", "ui", "http" or, when nothing hints at one of them, "service". */
struct text classify_type(const struct traits *traits);

/* True when the attributes say that the operation failed. A 4xx answer is the caller's failure, not
 * the server's. */
bool classify_is_error(const struct traits *traits, enum span_kind kind);

/* Masks what will stand in traces.metadata under one of the user's keys ("ip"), also what no
 * attribute said. Returns how many. */
size_t classify_mask_metadata(const struct sanitize_rules *rules, struct traits *traits);

/* Appends the members of traces.metadata that the traits hold: "ip":"10.0.0.1","userAgent":...
 * first is false when members stand before. Members that `given` already has are left out. */
void classify_append_metadata(struct text_buffer *buffer, const struct traits *traits,
                              const struct attributes *given, bool first);

#endif
