/* test_decode_agree — 10,000 generated bodies, each written as protobuf and as JSON at once: both
 * decoders must give the same spans and the same refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/decode.h"
#include "tests/unit/otlp_bodies.h"

enum { BODIES = 10000 };

/* ---- comparing ---- */

static void same_text(const char *what, struct text a, struct text b)
{
    if (!text_equals(a, b)) {
        fail_msg("%s: protobuf '%.*s', JSON '%.*s'", what, TEXT_ARGS(a), TEXT_ARGS(b));
    }
}

static void same_id(const char *what, const struct id *a, const struct id *b)
{
    char pb[ID_PRINT_BYTES];
    char json[ID_PRINT_BYTES];
    id_print(a, pb);
    id_print(b, json);
    if (a->form != b->form || a->length != b->length || strcmp(pb, json) != 0) {
        fail_msg("%s: protobuf '%s', JSON '%s'", what, pb, json);
    }
}

static void same_producers(const struct span *a, const struct span *b)
{
    assert_true(a->resource != NULL && b->resource != NULL);
    assert_true(a->scope != NULL && b->scope != NULL);
    same_text("resource", a->resource->attributes, b->resource->attributes);
    same_text("resource url", a->resource->schema_url, b->resource->schema_url);
    assert_int_equal(a->resource->dropped_attributes, b->resource->dropped_attributes);
    same_text("scope", a->scope->attributes, b->scope->attributes);
    same_text("scope name", a->scope->name, b->scope->name);
    same_text("scope version", a->scope->version, b->scope->version);
    same_text("scope url", a->scope->schema_url, b->scope->schema_url);
    assert_int_equal(a->scope->dropped_attributes, b->scope->dropped_attributes);
}

static void same_span(const struct span *a, const struct span *b)
{
    same_id("trace", &a->trace, &b->trace);
    same_id("id", &a->id, &b->id);
    same_id("parent", &a->parent, &b->parent);
    same_text("name", a->name, b->name);
    same_text("type", a->type, b->type);
    same_text("service", a->service, b->service);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->otlp_flags, b->otlp_flags);
    assert_true(a->start_ns == b->start_ns && a->end_ns == b->end_ns);
    same_text("message", a->message, b->message);
    same_text("stack", a->stack, b->stack);
    same_text("user", a->user, b->user);
    same_text("session", a->session, b->session);
    same_text("client type", a->client_type, b->client_type);
    same_text("client version", a->client_version, b->client_version);
    same_text("metadata", a->metadata, b->metadata);
    same_text("attributes", a->attributes, b->attributes);
    same_text("events", a->events, b->events);
    same_text("links", a->links, b->links);
    same_text("trace state", a->trace_state, b->trace_state);
    assert_int_equal(a->dropped_attributes, b->dropped_attributes);
    assert_int_equal(a->dropped_events, b->dropped_events);
    assert_int_equal(a->dropped_links, b->dropped_links);
    same_producers(a, b);
}

static void same_reports(const struct decode_report *a, const struct decode_report *b)
{
    assert_int_equal(a->received, b->received);
    assert_int_equal(a->refused, b->refused);
    assert_memory_equal(a->refused_by, b->refused_by, sizeof a->refused_by);
    assert_int_equal(a->line_count, b->line_count);
    for (size_t i = 0; i < a->line_count; i++) {
        assert_string_equal(a->lines[i].text, b->lines[i].text);
    }
}

struct totals {
    size_t spans, refused;
};

static void compare_one(uint64_t number, struct totals *totals)
{
    struct decode_context context = {.now_ns = INT64_C(1000000000) * NOW_S};
    struct decode_report reports[2] = {{.received = 0}, {.received = 0}};
    struct batch *batches[2] = {batch_new(), batch_new()};
    struct err_msg why = {.text = ""};
    struct both body = body_of(number);
    assert_int_equal(
        decode_otlp_pb(&context, text_buffer_text(&body.pb), batches[0], &reports[0], &why),
        ERR_OK);
    assert_int_equal(
        decode_otlp_json(&context, text_buffer_text(&body.json), batches[1], &reports[1], &why),
        ERR_OK);
    same_reports(&reports[0], &reports[1]);
    assert_int_equal(batches[0]->count, batches[1]->count);
    assert_int_equal(batches[0]->masked, batches[1]->masked);
    for (size_t i = 0; i < batches[0]->count; i++) {
        same_span(&batches[0]->spans[i], &batches[1]->spans[i]);
    }
    totals->spans += batches[0]->count;
    totals->refused += reports[0].refused;
    batch_free(batches[0]);
    batch_free(batches[1]);
    free_both(&body);
}

static void test_encodings_agree(void **unused)
{
    (void)unused;
    struct totals totals = {0};
    for (uint64_t i = 1; i <= BODIES; i++) {
        compare_one(i, &totals);
    }
    print_message("%zu spans, %zu refused\n", totals.spans, totals.refused);
    assert_true(totals.spans > BODIES && totals.refused > BODIES / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodings_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
