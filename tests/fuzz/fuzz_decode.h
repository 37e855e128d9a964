/* fuzz_decode — what must hold whatever bytes a decoder gets.
 *
 * tests/fuzz/run.sh builds and runs every target. */
#ifndef TRACETUI_TESTS_FUZZ_DECODE_H
#define TRACETUI_TESTS_FUZZ_DECODE_H

#include "ingest/decode.h"
#include "store/base/json.h"
#include "tests/fuzz/fuzz_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Empty, or JSON by our own strict reader. */
static void check_json(struct text json)
{
    struct json_reader reader;
    if (json.length == 0) {
        return;
    }
    json_reader_init(&reader, json, JSON_DEPTH_LARGEST);
    check(json_skip(&reader, NULL) && json_end(&reader));
}

static void check_span(const struct span *span)
{
    check(!id_is_none(&span->trace) && !id_is_none(&span->id));
    check(span->start_ns >= 0);
    check(span->end_ns == SPAN_RUNNING || span->end_ns >= span->start_ns);
    check(span->name.length > 0 && span->type.length > 0 && span->service.length > 0);
    check(span->status < STATUS_COUNT && span->kind < KIND_COUNT);
    check(text_is_utf8(span->name) && text_is_utf8(span->service) && text_is_utf8(span->message));
    check_json(span->attributes);
    check_json(span->events);
    check_json(span->links);
    check_json(span->metadata);
}

__attribute__((unused)) static int fuzz_decode(decode_fn decode, const uint8_t *data, size_t size)
{
    struct decode_context context = {.now_ns = INT64_C(1766012400000000000)};
    struct decode_report report = {0};
    struct err_msg why = {.text = ""};
    struct batch *batch = batch_new();
    enum err err = decode(&context, text_make((const char *)data, size), batch, &report, &why);
    check(err == ERR_OK ? report.received == report.refused + batch->count : batch->count == 0);
    check(err == ERR_OK || why.text[0] != '\0');
    for (size_t i = 0; i < batch->count; i++) {
        check_span(&batch->spans[i]);
    }
    batch_free(batch);
    return 0;
}

#endif
