/* import — files of spans through the receiver's decoders, whatever their size. */
#include "ingest/import.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "ingest/split.h"
#include "store/base/json.h"

enum {
    BLOCK_BYTES = 64 << 10,
    PIECE_LIMIT_BYTES = 64 << 20,
    CHUNK_BYTES = 1 << 20, /* elements are decoded together up to this size */
    CHUNK_ELEMENTS = 1000,
    BATCH_SPANS = 2000,
};

static const struct {
    const char *name;
    decode_fn decode;
    const char *before; /* what makes a body of elements */
    const char *after;
} formats[IMPORT_FORMAT_COUNT] = {
    [IMPORT_AUTO] = {.name = "auto"},
    [IMPORT_FLAT] = {.name = "flat", .decode = decode_flat, .before = "[", .after = "]"},
    [IMPORT_OTLP] = {.name = "otlp",
                     .decode = decode_otlp_json,
                     .before = "{\"resourceSpans\":[",
                     .after = "]}"},
    [IMPORT_ZIPKIN] = {.name = "zipkin", .decode = decode_zipkin, .before = "[", .after = "]"},
    [IMPORT_JAEGER] = {.name = "jaeger",
                       .decode = decode_jaeger,
                       .before = "{\"data\":[",
                       .after = "]}"},
};

static const char *const lists[] = {"resourceSpans", "resource_spans", "spans", "data", NULL};

/* A Jaeger trace needs its processes, which stand beside its spans. */
static const char *const whole[] = {"traceID", "processes", NULL};

struct import {
    const struct import_options *options;
    import_deliver_fn deliver;
    void *ctx;
    struct import_report *report;
    struct err_msg *why;
    struct batch *batch;
    enum import_format format; /* of the current document */
    size_t index;              /* elements of this document decoded so far */
    bool whole;                /* the element is a document of its own */
    struct text_buffer chunk;
    size_t starts[CHUNK_ELEMENTS + 1]; /* of the chunk's elements */
    size_t count;
};

enum err import_format_parse(struct text text, enum import_format *ret_format)
{
    for (int i = 0; i < IMPORT_FORMAT_COUNT; i++) {
        if (text_is(text, formats[i].name)) {
            *ret_format = (enum import_format)i;
            return ERR_OK;
        }
    }
    return ERR_PARSE;
}

/* ---- telling formats apart ---- */

static bool has(struct text object, const char *name)
{
    struct text raw;
    return json_find(object, text_from(name), &raw);
}

static bool has_any(struct text object, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (has(object, names[i])) {
            return true;
        }
    }
    return false;
}

/* The format of an element of an array, or of a single object. AUTO when it is nothing we know. */
static enum import_format element_format(struct text object)
{
    static const char *const flat[] = {
        "startedAt",     "started_at",     "startTimeMs", "start_time_ms", "startNs",
        "operationName", "operation_name", "spanId",      "span_id",       NULL};
    static const char *const zipkin[] = {"timestamp", "localEndpoint", "kind", "annotations",
                                         "tags",      "name",          NULL};
    if (has(object, "resourceSpans") || has(object, "resource_spans")) {
        return IMPORT_OTLP;
    }
    if (has(object, "spans") && (has(object, "traceID") || has(object, "processes"))) {
        return IMPORT_JAEGER;
    }
    if (has_any(object, flat)) {
        return IMPORT_FLAT;
    }
    if (has(object, "traceId") && has(object, "id") && has_any(object, zipkin)) {
        return IMPORT_ZIPKIN;
    }
    return has(object, "traceId") || has(object, "trace_id") ? IMPORT_FLAT : IMPORT_AUTO;
}

static enum import_format piece_format(const struct split_piece *piece)
{
    if (piece->kind != SPLIT_MEMBER) {
        return element_format(piece->text);
    }
    if (text_is(piece->member, "data")) {
        return IMPORT_JAEGER;
    }
    return text_is(piece->member, "spans") ? IMPORT_FLAT : IMPORT_OTLP;
}

/* ---- decoding ---- */

static enum err deliver_batch(struct import *import, size_t fewest)
{
    if (import->batch == NULL || import->batch->count < fewest) {
        return ERR_OK;
    }
    enum err err = import->deliver(import->batch, import->ctx, import->why);
    if (err == ERR_OK) {
        import->batch = NULL;
    }
    return err;
}

/* Says in which document a refused span stands, once there are several. */
static void name_document(const struct import *import, size_t first_line)
{
    struct decode_report *spans = &import->report->spans;
    if (import->report->documents == 0) {
        return;
    }
    for (size_t i = first_line; i < spans->line_count; i++) {
        char text[sizeof spans->lines[i].text];
        memcpy(text, spans->lines[i].text, sizeof text);
        int length = snprintf(spans->lines[i].text, sizeof text,
                              "document %zu: ", import->report->documents + 1);
        size_t used = (size_t)length;
        size_t kept = text_cut(text_from(text), sizeof text - 1 - used);
        memcpy(spans->lines[i].text + used, text, kept);
        spans->lines[i].text[used + kept] = '\0';
    }
}

/* The element at the index was no span, or no JSON. */
static void refuse_element(struct import *import, const char *problem)
{
    struct decode_report *spans = &import->report->spans;
    size_t first_line = spans->line_count;
    spans->received++;
    decode_refuse(spans, REFUSED_SYNTAX, "element %zu: %s", import->index, problem);
    name_document(import, first_line);
}

static enum err decode_body(struct import *import, struct text body, struct err_msg *why)
{
    struct decode_context context = *import->options->context;
    struct decode_report *spans = &import->report->spans;
    size_t first_line = spans->line_count;
    context.first_index = import->index;
    context.spans_limit = SIZE_MAX; /* the size of a piece is limited already */
    context.values_limit = SIZE_MAX;
    if (import->batch == NULL) {
        import->batch = batch_new();
    }
    enum err err = formats[import->format].decode(&context, body, import->batch, spans, why);
    name_document(import, first_line);
    return err;
}

/* The elements one by one, after one of them spoilt the chunk. */
static void decode_singly(struct import *import)
{
    struct text_buffer body = {0};
    for (size_t i = 0; i < import->count; i++) {
        struct err_msg why = {.text = ""};
        const char *start = import->chunk.data + import->starts[i];
        size_t length = import->starts[i + 1] - import->starts[i] - 1; /* without the comma */
        text_buffer_clear(&body);
        text_append_cstr(&body, formats[import->format].before);
        text_append(&body, text_make(start, length));
        text_append_cstr(&body, formats[import->format].after);
        if (decode_body(import, text_buffer_text(&body), &why) != ERR_OK) {
            refuse_element(import, why.text);
        }
        import->index++;
    }
    text_buffer_free(&body);
}

static enum err decode_chunk(struct import *import)
{
    if (import->count == 0) {
        return ERR_OK;
    }
    struct err_msg why = {.text = ""};
    import->starts[import->count] = import->chunk.length;
    import->chunk.length--; /* the last comma */
    text_append_cstr(&import->chunk, formats[import->format].after);
    if (decode_body(import, text_buffer_text(&import->chunk), &why) == ERR_OK) {
        import->index += import->count;
    } else {
        decode_singly(import);
    }
    text_buffer_clear(&import->chunk);
    import->count = 0;
    size_t wanted = import->options->batch_spans;
    return deliver_batch(import, wanted != 0 ? wanted : BATCH_SPANS);
}

static enum err add_element(struct import *import, struct text element)
{
    if (import->count == 0) {
        text_append_cstr(&import->chunk, formats[import->format].before);
    }
    import->starts[import->count++] = import->chunk.length;
    text_append(&import->chunk, element);
    text_append_char(&import->chunk, ',');
    if (import->count == CHUNK_ELEMENTS || import->chunk.length >= CHUNK_BYTES) {
        return decode_chunk(import);
    }
    return ERR_OK;
}

/* An element that is a document of its own: an OTLP request in an array. */
static enum err add_document(struct import *import, struct text document)
{
    struct err_msg why = {.text = ""};
    if (decode_body(import, document, &why) != ERR_OK) {
        refuse_element(import, why.text);
    }
    import->index++;
    return deliver_batch(import, BATCH_SPANS);
}

static enum err end_document(struct import *import)
{
    enum err err = decode_chunk(import);
    import->report->documents++;
    import->format = import->options->format;
    import->index = 0;
    return err;
}

/* split_fn */
static enum err take_piece(const struct split_piece *piece, void *ctx)
{
    struct import *import = ctx;
    if (piece->kind == SPLIT_END) {
        return end_document(import);
    }
    if (import->format == IMPORT_AUTO) {
        import->format = piece_format(piece);
    }
    if (import->format == IMPORT_AUTO) {
        import->report->skipped += piece->kind == SPLIT_DOCUMENT;
        if (piece->kind != SPLIT_DOCUMENT) {
            refuse_element(import, "not a span");
            import->index++;
        }
        return ERR_OK;
    }
    bool request = import->format == IMPORT_OTLP && piece->kind != SPLIT_MEMBER;
    if (request && piece->kind == SPLIT_DOCUMENT) {
        import->report->skipped++; /* logs or metrics: the spans would have been a listed member */
        return ERR_OK;
    }
    return request ? add_document(import, piece->text) : add_element(import, piece->text);
}

/* ---- reading ---- */

/* zlib gives what it has of a gzip file that is cut short, and says so only when it is asked. */
static enum err end_of_file(gzFile file, struct splitter *splitter, struct err_msg *why)
{
    int code = Z_OK;
    (void)gzerror(file, &code);
    return code == Z_BUF_ERROR ? err_set(why, ERR_PARSE, "gzip: cut off")
                               : split_finish(splitter, why);
}

static enum err read_all(gzFile file, struct splitter *splitter, struct import_report *report,
                         struct err_msg *why)
{
    char block[BLOCK_BYTES];
    for (;;) {
        int length = gzread(file, block, sizeof block);
        if (length < 0) {
            int code = Z_OK;
            const char *reason = gzerror(file, &code);
            return err_set(why, ERR_IO, "cannot read: %s",
                           code == Z_ERRNO ? strerror(errno) : reason);
        }
        if (length == 0) {
            return end_of_file(file, splitter, why);
        }
        report->read_bytes = gzoffset(file);
        enum err err = split_feed(splitter, text_make(block, (size_t)length), why);
        if (err != ERR_OK) {
            return err;
        }
    }
}

enum err import_file(int fd, const struct import_options *options, import_deliver_fn deliver,
                     void *ctx, struct import_report *report, struct err_msg *why)
{
    struct import import = {
        .options = options,
        .deliver = deliver,
        .ctx = ctx,
        .report = report,
        .why = why,
        .format = options->format,
    };
    struct splitter splitter = {
        .lists = lists,
        .whole = whole,
        .limit_bytes = PIECE_LIMIT_BYTES,
        .take = take_piece,
        .ctx = &import,
    };
    int own_fd = dup(fd);
    gzFile file = own_fd >= 0 ? gzdopen(own_fd, "rb") : NULL;
    if (file == NULL) {
        if (own_fd >= 0) {
            close(own_fd);
        }
        return err_set(why, ERR_IO, "cannot read: %s", strerror(errno));
    }
    enum err err = read_all(file, &splitter, report, why);
    gzclose(file);
    if (err == ERR_OK || err == ERR_PARSE || err == ERR_LIMIT) { /* keep what was good so far */
        enum err late = decode_chunk(&import);
        late = late == ERR_OK ? deliver_batch(&import, 1) : late;
        err = err == ERR_OK ? late : err;
    }
    if (err == ERR_OK && report->skipped == report->documents && report->spans.received == 0) {
        err = err_set(why, ERR_PARSE,
                      report->documents == 0 ? "empty: there is nothing to import"
                                             : "no spans in a known format");
    }
    batch_free(import.batch);
    text_buffer_free(&import.chunk);
    split_clear(&splitter);
    return err;
}
