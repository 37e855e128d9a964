/* live_store — a fixture's database whose writer works on while the test asks. */
#ifndef TRACETUI_TESTS_UNIT_LIVE_STORE_H
#define TRACETUI_TESTS_UNIT_LIVE_STORE_H

#include <time.h>

#include "store_file.h"
#include "store_fixture.h"

/* Tries again while the queue is full. */
static inline void live_submit(struct writer *writer, struct batch *batch)
{
    while (writer_submit(writer, batch, NULL, NULL) == ERR_BUSY) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static inline struct writer *live_start(struct fixture *fixture)
{
    struct writer *writer = NULL;
    struct writer_options options = {
        .path = fixture->path,
        .counters = &fixture->counters,
        .deadline_ns = 600 * NS_PER_S, /* nobody hears that a batch waited too long */
    };
    assert_int_equal(writer_start(&options, &writer, NULL), ERR_OK);
    return writer;
}

static inline int64_t live_count(const struct fixture *fixture, const char *sql)
{
    return store_file_ask(fixture->path, sql);
}

static inline void live_on_pruned(const struct writer_verdict *verdict, void *ctx)
{
    assert_int_equal(verdict->code, ERR_OK);
    atomic_store((_Atomic bool *)ctx, true);
}

/* Returns when the traces from before then are gone. */
static inline void live_prune(struct writer *writer, int64_t until_ms)
{
    _Atomic bool done = false;
    int64_t cutoff_ns = FIXTURE_START_NS + until_ms * NS_PER_MS;
    assert_int_equal(writer_prune(writer, cutoff_ns, live_on_pruned, &done), ERR_OK);
    while (!atomic_load(&done)) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

#endif
