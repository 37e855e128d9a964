/* import — files of spans through the receiver's decoders, whatever their size.
 *
 *     struct import_options options = {.format = IMPORT_AUTO, .context = &context};
 *     struct import_report report = {0};
 *     err = import_file(fd, &options, submit, ctx, &report, &why);
 *
 * Plain or gzip; one document, an array, or a document after the other (JSON lines). The format is
 * told by the first members of each document. */
#ifndef TRACETUI_INGEST_IMPORT_H
#define TRACETUI_INGEST_IMPORT_H

#include "ingest/decode.h"

enum import_format {
    IMPORT_AUTO,
    IMPORT_FLAT,
    IMPORT_OTLP,
    IMPORT_ZIPKIN,
    IMPORT_JAEGER,
    IMPORT_FORMAT_COUNT
};

struct import_options {
    enum import_format format;
    const struct decode_context *context;
    size_t batch_spans; /* a batch is delivered when it holds as many; 0 = 2000 */
};

struct import_report {
    int64_t read_bytes;         /* of the file, as it is stored */
    struct decode_report spans; /* refusals begin with "document N: " after the first document */
    size_t documents;
    size_t skipped; /* of them: logs, metrics, whatever has no spans */
};

/* Owns: the batch, when it answers ERR_OK; any error ends the import with it. */
typedef enum err (*import_deliver_fn)(struct batch *batch, void *ctx, struct err_msg *why);

/* "auto", "flat", "otlp", "zipkin", "jaeger". Errors: ERR_PARSE. */
enum err import_format_parse(struct text text, enum import_format *ret_format) MUST_CHECK;

/* Reads to the end; fd stays open. What was delivered before an error stays delivered.
 * Errors: ERR_IO, ERR_PARSE cut short, no JSON, empty, or nothing in a known format, ERR_LIMIT one
 * element too large, or deliver's. Thread: any. */
enum err import_file(int fd, const struct import_options *options, import_deliver_fn deliver,
                     void *ctx, struct import_report *report, struct err_msg *why) MUST_CHECK;

#endif
