/* test_sample — above the rate traces are left out whole; what is worth seeing stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/sample.h"
#include "store/base/clock.h"
#include "store/counters.h"
#include "store/span.h"

#define SECOND INT64_C(1000000000)

enum { PER_MINUTE = 1000 };

struct world {
    struct counters counters;
    struct sample *sample;
    int64_t now_ns;
};

static void setup_rate(struct world *world, int64_t per_minute)
{
    *world = (struct world){.now_ns = 1000 * SECOND};
    counters_init(&world->counters);
    world->sample = sample_new(&(struct sample_options){
        .traces_per_minute = per_minute, .slow_ns = SECOND, .counters = &world->counters});
}

static void setup(struct world *world)
{
    setup_rate(world, PER_MINUTE);
}

static void teardown(struct world *world)
{
    sample_free(world->sample);
    counters_clear(&world->counters);
}

static void add(struct batch *batch, int number, enum span_status status, int64_t duration_ns)
{
    char text[33];
    struct span *span = batch_add(batch);
    snprintf(text, sizeof text, "%032x", number + 1);
    assert_int_equal(id_parse_trace(text_from(text), &span->trace), ERR_OK);
    span->status = (uint8_t)status;
    span->start_ns = SECOND;
    span->end_ns = SECOND + duration_ns;
}

/* One span of a trace on its own; true if it is kept. */
static bool is_kept(struct world *world, int number, enum span_status status, int64_t duration_ns)
{
    struct batch *batch = batch_new();
    add(batch, number, status, duration_ns);
    sample_batch(world->sample, batch, world->now_ns);
    bool kept = batch->count == 1;
    batch_free(batch);
    return kept;
}

static void test_below_the_rate_all_is_kept(void **state)
{
    (void)state;
    struct world world;
    setup(&world);
    for (int i = 0; i < 3000; i++) { /* 15 a second */
        assert_true(is_kept(&world, i, STATUS_COMPLETED, 5));
        world.now_ns += SECOND / 15;
    }
    assert_int_equal(atomic_load(&world.counters.sampled_out), 0);
    assert_int_equal(atomic_load(&world.counters.kept_permille), 1000);
    teardown(&world);
}

static void test_above_the_rate_the_rate_is_kept(void **state)
{
    (void)state;
    struct world world;
    setup(&world);
    int kept = 0;
    enum { MINUTES = 5, OFFERED = 20000 * MINUTES };
    for (int i = 0; i < OFFERED; i++) {
        kept += is_kept(&world, i, STATUS_COMPLETED, 5);
        world.now_ns += 60 * SECOND * MINUTES / OFFERED;
    }
    assert_in_range(kept, PER_MINUTE * MINUTES / 2, PER_MINUTE * MINUTES * 2);
    assert_int_equal(atomic_load(&world.counters.sampled_out), OFFERED - kept);
    assert_in_range(atomic_load(&world.counters.kept_permille), 10, 100);
    teardown(&world);
}

/* Also one that a tenth of a minute has no whole number of traces for. */
static void test_low_rates_are_kept_too(void **state)
{
    (void)state;
    static const int rates[] = {1, 2, 7, 19};
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
        struct world world;
        setup_rate(&world, rates[i]);
        int kept = 0;
        enum { MINUTES = 300, OFFERED = 100 * MINUTES };
        for (int k = 0; k < OFFERED; k++) {
            kept += is_kept(&world, k, STATUS_COMPLETED, 5);
            world.now_ns += 60 * SECOND * MINUTES / OFFERED;
        }
        assert_in_range(kept, rates[i] * MINUTES * 2 / 3, rates[i] * MINUTES * 3 / 2);
        teardown(&world);
    }
}

/* Also when the share has long changed: a child that comes late. */
static void test_all_pieces_of_a_trace_are_decided_alike(void **state)
{
    (void)state;
    enum { TRACES = 5000 };
    struct world world;
    bool first[TRACES];
    setup(&world);
    for (int i = 0; i < TRACES; i++) {
        first[i] = is_kept(&world, i, STATUS_COMPLETED, 5);
        world.now_ns += SECOND / 500;
    }
    world.now_ns += 600 * SECOND; /* quiet: by now all new ones are kept */
    assert_true(is_kept(&world, TRACES, STATUS_COMPLETED, 5));
    int away = 0;
    for (int i = 0; i < TRACES; i++) {
        assert_int_equal(is_kept(&world, i, STATUS_COMPLETED, 7), first[i]);
        away += !first[i];
    }
    assert_true(away > TRACES / 2);
    teardown(&world);
}

static void test_errors_and_slow_traces_stay_and_what_follows_them(void **state)
{
    (void)state;
    struct world world;
    setup(&world);
    for (int i = 0; i < 5000; i++) {
        (void)is_kept(&world, i, STATUS_COMPLETED, 5);
    }
    for (int i = 5000; i < 5500; i++) {
        assert_true(is_kept(&world, i, STATUS_ERROR, 5));
        assert_true(is_kept(&world, i, STATUS_COMPLETED, 5));
    }
    for (int i = 5500; i < 6000; i++) {
        assert_true(is_kept(&world, i, STATUS_COMPLETED, SECOND));
    }
    /* one batch: the child comes before the parent that failed */
    struct batch *batch = batch_new();
    for (int i = 6000; i < 6100; i++) {
        add(batch, i, STATUS_COMPLETED, 5);
        add(batch, i, STATUS_ERROR, 5);
    }
    sample_batch(world.sample, batch, world.now_ns);
    assert_int_equal(batch->count, 200);
    batch_free(batch);
    teardown(&world);
}

/* More traces than are remembered: nothing breaks, and the newest are. */
static void test_a_flood_of_traces_forgets_the_oldest(void **state)
{
    (void)state;
    enum { FLOOD = 900000, LATEST = 1000 };
    struct world world;
    setup(&world);
    bool kept[LATEST];
    for (int i = 0; i < FLOOD; i++) {
        kept[i % LATEST] = is_kept(&world, i, STATUS_COMPLETED, 5);
        world.now_ns += 1000;
    }
    for (int i = FLOOD - LATEST; i < FLOOD; i++) {
        assert_int_equal(is_kept(&world, i, STATUS_COMPLETED, 5), kept[i % LATEST]);
    }
    teardown(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_below_the_rate_all_is_kept),
        cmocka_unit_test(test_above_the_rate_the_rate_is_kept),
        cmocka_unit_test(test_low_rates_are_kept_too),
        cmocka_unit_test(test_all_pieces_of_a_trace_are_decided_alike),
        cmocka_unit_test(test_errors_and_slow_traces_stay_and_what_follows_them),
        cmocka_unit_test(test_a_flood_of_traces_forgets_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
