/* app_fixture — a store with many small traces, a loader on it, and an app driven by keys. */
#ifndef TRACETUI_TESTS_UNIT_APP_FIXTURE_H
#define TRACETUI_TESTS_UNIT_APP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "store_fixture.h"

#include "tui/app.h"
#include "tui/loop.h"

/* Trace i starts i seconds after FIXTURE_START_NS; every tenth fails, users take turns. */
static struct fixture *many_traces(size_t count)
{
    static const char *const users[] = {"alice", "bob", "carol"};
    struct fixture *fixture = fixture_new(NULL, 0);
    struct batch *batch = batch_new();
    for (size_t i = 0; i < count; i++) {
        bool failed = i % 10 == 0;
        char trace[40];
        char name[40];
        snprintf(trace, sizeof trace, "%032zx", i + 0x1000);
        snprintf(name, sizeof name, "op-%zu", i);
        struct fixture_span root = {
            .trace = trace,
            .id = "00000000000000a1",
            .name = name,
            .service = "web",
            .start_ms = (int64_t)i * 1000,
            .duration_ms = 100 + (int64_t)i % 7,
            .status = failed ? STATUS_ERROR : STATUS_COMPLETED,
            .user = users[i % 3],
            .message = failed ? "it broke" : NULL,
        };
        struct fixture_span child = {
            .trace = trace,
            .id = "00000000000000a2",
            .parent = "00000000000000a1",
            .name = "SELECT goals",
            .service = "db",
            .type = "db",
            .start_ms = (int64_t)i * 1000 + 10,
            .duration_ms = 50,
            .status = STATUS_COMPLETED,
            .user = users[i % 3],
            .attributes = "{\"db.system\":\"sqlite\"}",
        };
        fixture_add(batch, &root);
        batch->spans[batch->count - 1].name = arena_copy(&batch->arena, text_from(name));
        fixture_add(batch, &child);
    }
    fixture_store(fixture, batch);
    return fixture;
}

static void test_wake(void *ctx)
{
    waker_wake(ctx);
}

#endif
