/* store_fixture — a temporary store with spans from a table, written by the real writer. */
#ifndef TRACETUI_TESTS_UNIT_STORE_FIXTURE_H
#define TRACETUI_TESTS_UNIT_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/base/clock.h"
#include "store/counters.h"
#include "store/reader.h"
#include "store/writer.h"

/* 2025-11-20T14:00:00Z */
#define FIXTURE_START_NS INT64_C(1763647200000000000)

struct fixture_span {
    const char *trace, *id, *parent, *name, *service, *type;
    int64_t start_ms, duration_ms; /* since FIXTURE_START_NS; duration -1: running */
    enum span_status status;
    enum span_kind kind;
    const char *user, *session, *client, *message, *stack, *metadata;
    const char *attributes, *events, *links, *resource;
    uint32_t flags;
};

struct fixture {
    char directory[128];
    char path[160];
    struct counters counters;
    struct reader *reader;
};

static void fixture_add(struct batch *batch, const struct fixture_span *row)
{
    struct span *span = batch_add(batch);
    assert_int_equal(id_parse_trace(text_from(row->trace), &span->trace), ERR_OK);
    assert_int_equal(id_parse_span(text_from(row->id), &span->id), ERR_OK);
    if (row->parent != NULL) {
        assert_int_equal(id_parse_span(text_from(row->parent), &span->parent), ERR_OK);
    }
    span->name = text_from(row->name);
    span->service = text_from(row->service != NULL ? row->service : "unknown");
    span->type = text_from(row->type != NULL ? row->type : "service");
    span->start_ns = FIXTURE_START_NS + row->start_ms * NS_PER_MS;
    span->end_ns =
        row->duration_ms < 0 ? SPAN_RUNNING : span->start_ns + row->duration_ms * NS_PER_MS;
    span->status = (uint8_t)row->status;
    span->kind = (uint8_t)row->kind;
    span->flags = row->flags;
    span->user = text_from(row->user);
    span->session = text_from(row->session);
    span->client_type = text_from(row->client);
    span->message = text_from(row->message);
    span->stack = text_from(row->stack);
    span->metadata = text_from(row->metadata);
    span->attributes = text_from(row->attributes);
    span->events = text_from(row->events);
    span->links = text_from(row->links);
    if (row->resource != NULL) {
        struct resource *resource = arena_zero(&batch->arena, 1, sizeof *resource);
        resource->attributes = text_from(row->resource);
        span->resource = resource;
    }
}

static void fixture_on_done(const struct writer_verdict *verdict, void *ctx)
{
    *(enum err *)ctx = verdict->code;
}

/* Stores a batch in the fixture's database, which is created if need be. */
static void fixture_store(struct fixture *fixture, struct batch *batch)
{
    struct writer *writer = NULL;
    struct err_msg why = {""};
    enum err code = ERR_CLOSED;
    struct writer_options options = {.path = fixture->path, .counters = &fixture->counters};
    if (writer_start(&options, &writer, &why) != ERR_OK) {
        fail_msg("%s", why.text);
    }
    assert_int_equal(writer_submit(writer, batch, fixture_on_done, &code), ERR_OK);
    writer_stop(writer);
    assert_int_equal(code, ERR_OK);
}

static struct fixture *fixture_new(const struct fixture_span *rows, size_t count)
{
    struct fixture *fixture = mem_zero(1, sizeof *fixture);
    const char *parent = getenv("TMPDIR");
    snprintf(fixture->directory, sizeof fixture->directory, "%s/tracetui-test-XXXXXX",
             parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->path, sizeof fixture->path, "%s/traces.db", fixture->directory);
    counters_init(&fixture->counters);
    struct batch *batch = batch_new();
    for (size_t i = 0; i < count; i++) {
        fixture_add(batch, &rows[i]);
    }
    fixture_store(fixture, batch);
    struct err_msg why = {""};
    if (reader_open(fixture->path, &fixture->reader, &why) != ERR_OK) {
        fail_msg("%s", why.text);
    }
    return fixture;
}

static void fixture_free(struct fixture *fixture)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    reader_close(fixture->reader);
    counters_clear(&fixture->counters);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        char path[200];
        snprintf(path, sizeof path, "%s%s", fixture->path, endings[i]);
        unlink(path);
    }
    rmdir(fixture->directory);
    free(fixture);
}

#endif
