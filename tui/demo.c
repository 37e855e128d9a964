/* demo — tells the history, then live traffic, in a thread of its own. */
#include "tui/demo.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/thread.h"
#include "tui/demo_world.h"

enum { LIVE_TRACES_PER_S = 6, LIVE_TICK_MS = 50, LIVE_IMPORTS = 3 };

struct demo {
    struct demo_options options;
    struct tt_tracer *tracer;
    pthread_t thread;
    atomic_bool told;
    atomic_bool stop;
};

/* An import that goes on while we watch. */
struct live_import {
    struct tt_span *span;
    size_t rows;
    int64_t end_ns;
};

static void step_import(struct teller *teller, struct live_import *import, int64_t now_ns)
{
    if (import->span == NULL) {
        if (teller_chance(teller, 0.002)) {
            import->span = teller_begin_import(teller, teller_actor(teller), now_ns);
            import->rows = 0;
            import->end_ns = now_ns + teller_around(teller, 12000);
        }
    } else if (now_ns >= import->end_ns) {
        tt_end_at(import->span, TT_OK, NULL, now_ns);
        import->span = NULL;
    } else if (teller_chance(teller, 0.15)) {
        teller_import_rows(teller, import->span, import->rows++, 1, now_ns - NS_PER_MS);
    }
}

static void live_on(struct demo *demo)
{
    struct teller teller = {.tracer = demo->tracer, .dice = demo->options.seed ^ 0x11fe};
    struct live_import imports[LIVE_IMPORTS] = {0};
    while (!atomic_load(&demo->stop)) {
        int64_t now_ns = clock_now_ns();
        if (teller_chance(&teller, LIVE_TRACES_PER_S * LIVE_TICK_MS / 1000.0)) {
            teller_tell_any(&teller, now_ns - NS_PER_S);
        }
        for (size_t i = 0; i < LIVE_IMPORTS; i++) {
            step_import(&teller, &imports[i], now_ns);
        }
        usleep(LIVE_TICK_MS * 1000);
    }
}

static void *run(void *context)
{
    struct demo *demo = context;
    demo_history(demo->tracer, &demo->options);
    while (!atomic_load(&demo->stop) && !tt_flush(demo->tracer, 500)) {
    }
    atomic_store(&demo->told, true);
    if (demo->options.live) {
        live_on(demo);
    }
    return NULL;
}

enum err demo_start(const struct demo_options *options, struct demo **ret_demo, struct err_msg *why)
{
    struct demo *demo = mem_zero(1, sizeof *demo);
    struct tt_options client = {
        .endpoint = options->endpoint,
        .token = options->token,
        .client_type = "", /* a server's, unless the story says who shows it */
        .client_version = "1.0.0",
        .batch_spans = 1000,
        .batch_ms = 400,
        .memory_bytes = (size_t)256 << 20,
        .random_seed = options->seed != 0 ? options->seed : 1,
    };
    demo->options = *options;
    demo->tracer = tt_open(&client);
    if (demo->tracer == NULL || thread_start(&demo->thread, run, demo, NULL) != ERR_OK) {
        tt_close(demo->tracer, 0);
        free(demo);
        return err_set(why, ERR_IO, "the demo cannot send to %s", options->endpoint);
    }
    *ret_demo = demo;
    return ERR_OK;
}

bool demo_is_told(const struct demo *demo)
{
    return atomic_load(&demo->told);
}

void demo_stop(struct demo *demo)
{
    if (demo == NULL) {
        return;
    }
    atomic_store(&demo->stop, true);
    pthread_join(demo->thread, NULL);
    tt_close(demo->tracer, 500);
    free(demo);
}
