/* span — what a sender tells us about one operation, and the batch it travels in.
 *
 * Everything a decoder produces and the writer stores is one struct batch: an arena and an array of
 * spans whose texts live in that arena.
 *
 *     struct batch *batch = batch_new();
 *     struct span *span = batch_add(batch);
 *     id_parse_trace(TEXT("7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1"), &span->trace);
 *     ...
 *     writer_submit(writer, batch, done, ctx);    // the writer owns it now
 */
#ifndef TRACETUI_STORE_SPAN_H
#define TRACETUI_STORE_SPAN_H

#include <stdint.h>

#include "store/base/arena.h"
#include "store/base/text.h"

/* ---- identity ---------------------------------------------------------------------------------
 *
 * Senders write ids in several ways: 32 or 16 hex digits (OpenTelemetry, Zipkin, browsers), dashed
 * UUIDs, or any text ("abc-123-def"). Hex digits and UUIDs become bytes, so that the spellings of
 * one id meet in one key; a 16-digit trace id is padded with zeros in front, as Zipkin does. The
 * form remembers the spelling for printing and is not part of the identity. */
enum { ID_LARGEST_BYTES = 64, ID_PRINT_BYTES = ID_LARGEST_BYTES + 1 };

enum id_form {
    ID_NONE,  /* no id: length is 0 */
    ID_HEX,   /* lower-case hex digits: 8 or 16 bytes */
    ID_SHORT, /* trace ids only: 16 bytes, printed as the last 16 digits */
    ID_UUID,  /* 16 bytes, printed 8-4-4-4-12 */
    ID_TEXT,  /* the bytes are the text */
};

struct id {
    uint8_t form; /* enum id_form */
    uint8_t length;
    uint8_t bytes[ID_LARGEST_BYTES];
};

/* Errors: ERR_PARSE for empty, all-zero or non-UTF-8 text or text with control characters,
 * ERR_LIMIT over 64 bytes. */
enum err id_parse_trace(struct text text, struct id *ret_id) MUST_CHECK;
enum err id_parse_span(struct text text, struct id *ret_id) MUST_CHECK;

/* From the binary form of OTLP: 8 or 16 bytes, not all zero. Errors: ERR_PARSE. */
enum err id_from_bytes(const uint8_t *bytes, size_t length, struct id *ret_id) MUST_CHECK;

/* Writes the id as its sender did (hex in lower case) and terminates it; returns the length. */
size_t id_print(const struct id *id, char target[ID_PRINT_BYTES]);

bool id_is_none(const struct id *id);
bool id_equals(const struct id *a,
               const struct id *b); /* forms do not count, text and bytes differ */
int id_compare(const struct id *a,
               const struct id *b); /* a total order that agrees with id_equals */
uint64_t id_hash(const struct id *id);

/* ---- one span ------------------------------------------------------------------------------- */

enum span_status {
    STATUS_IN_PROGRESS,
    STATUS_COMPLETED,
    STATUS_ERROR,
    STATUS_CANCELLED,
    STATUS_COUNT
};
enum span_kind {
    KIND_UNSPECIFIED,
    KIND_INTERNAL,
    KIND_SERVER,
    KIND_CLIENT,
    KIND_PRODUCER,
    KIND_CONSUMER,
    KIND_COUNT
}; /* numbers of OTLP's SpanKind */

/* "in_progress", "completed", "error", "cancelled" */
const char *status_name(enum span_status status);
/* Those and "ok", "unset", "running" (any case). ERR_PARSE for others. */
enum err status_parse(struct text text, enum span_status *ret_status) MUST_CHECK;
/* "unspecified", "internal", "server", ... */
const char *kind_name(enum span_kind kind);
/* Those, "SPAN_KIND_SERVER" and "SERVER". ERR_PARSE for others. */
enum err kind_parse(struct text text, enum span_kind *ret_kind) MUST_CHECK;

/* Who produced spans: shared by many spans of a batch. All in the batch's arena. */
struct resource {
    struct text attributes; /* JSON object */
    struct text schema_url;
    uint32_t dropped_attributes;
};

struct scope {
    struct text name;
    struct text version;
    struct text attributes; /* JSON object */
    struct text schema_url;
    uint32_t dropped_attributes;
};

enum { SPAN_RUNNING = -1 }; /* end_ns of a span that has not ended */

enum span_flag {
    SPAN_SERVER_HALF = 1 << 0, /* Zipkin: the server's half of an id shared with the client */
    SPAN_MASKED = 1 << 1,      /* a value was masked or cut before storage */
    SPAN_EXCEPTION = 1 << 2,   /* has an exception event or a stack */
    SPAN_HAS_EVENTS = 1 << 3,
    SPAN_HAS_LINKS = 1 << 4,
    SPAN_HAS_SQL = 1 << 5,
    SPAN_NAME_EARLY = 1 << 6, /* ended, but its name is of a piece that still ran */
};

/* JSON in attributes, events and links is always valid and in this form:
 *   attributes  {"key": value, ...}: strings, numbers, booleans, null, arrays, objects. A double
 *               always has '.', 'e' or is one of {"$double":"NaN"|"Infinity"|"-Infinity"}, an int
 *               never has; bytes are {"$bytes":"<base64>"}. So types survive.
 *   events      [{"name":s, "timestamp_ns":"<digits>", "attributes":{...}, "dropped":n?}, ...]
 *   links       [{"trace_id":s, "span_id":s, "trace_state":s?, "attributes":{...}, "flags":n?,
 *                 "dropped":n?, "type":"follows_from"?}, ...]
 * Empty means the empty object or array. */
struct span {
    struct id trace;
    struct id id;
    struct id parent; /* ID_NONE for a root */
    struct text name; /* operation_name; never empty */
    struct text
        type; /* operation_type: graphql, db, http, cache, ui, service, or the sender's own */
    struct text service; /* "unknown" if the sender did not say */
    uint8_t status;      /* enum span_status */
    uint8_t kind;        /* enum span_kind */
    uint32_t flags;      /* enum span_flag */
    uint32_t otlp_flags; /* the W3C flags and is_remote bits as sent */
    int64_t start_ns;    /* since the epoch, >= 0 */
    int64_t end_ns;      /* >= start_ns, or SPAN_RUNNING */
    struct text message; /* error_message / status message, may be empty */
    struct text stack;   /* of the error, may be empty */
    struct text user;    /* may be empty, as all below */
    struct text session;
    struct text client_type; /* plugin, web, cli */
    struct text client_version;
    struct text metadata; /* JSON object for traces.metadata: browser, ip, userAgent, ... */
    struct text attributes;
    struct text events;
    struct text links;
    struct text trace_state;
    uint32_t dropped_attributes, dropped_events, dropped_links;
    const struct resource *resource; /* NULL or in the batch's arena */
    const struct scope *scope;       /* the same */
};

/* ---- a batch -------------------------------------------------------------------------------- */

struct batch {
    struct arena arena;
    struct span *spans;
    size_t count;
    size_t capacity;
    size_t masked; /* values masked or cut by the sanitiser */
};

struct batch *batch_new(void);
void batch_free(struct batch *batch);

/* A zeroed span at the end; pointers to earlier spans become invalid. */
struct span *batch_add(struct batch *batch);

/* Takes the last one away again (a decoder found it wrong half-way). */
void batch_drop_last(struct batch *batch);

/* Bytes the batch holds in memory, for limits. */
size_t batch_bytes(const struct batch *batch);

#endif
