/* sample — above a rate of new traces, some of them are left out, whole.
 *
 * Time is cut into windows. A window begins with the share that would have met the rate in the one
 * before; when its quota is used up all the same, the share is halved on the spot. A trace is kept
 * when the hash of its id is below the share: what a small share keeps a larger one keeps, too. */
#include "ingest/sample.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/seed.h"
#include "store/counters.h"
#include "store/span.h"

enum {
    SLOTS = 1 << 19,
    SLOTS_USED = SLOTS / 2,
    WINDOWS_PER_MINUTE = 10,
    PERMILLE = 1000,
};

/* What was decided lately: hashes of trace ids, the lowest bit says "kept"; 0 is a free slot. */
struct generation {
    uint64_t *slots;
    size_t count;
};

struct sample {
    struct sample_options options;
    uint64_t seed;        /* of the slots: senders choose ids, and must not choose collisions */
    pthread_mutex_t lock; /* of all below */
    struct generation now, before;
    int64_t window_ns, window_end_ns;
    uint64_t quota;   /* traces to keep in a window */
    uint64_t allowed; /* until the share is halved again */
    uint64_t offered, kept;
    double share; /* 0..1 */
};

struct sample *sample_new(const struct sample_options *options)
{
    struct sample *sample = mem_zero(1, sizeof *sample);
    sample->options = *options;
    pthread_mutex_init(&sample->lock, NULL);
    sample->seed = seed_new();
    sample->now.slots = mem_zero(SLOTS, sizeof *sample->now.slots);
    sample->before.slots = mem_zero(SLOTS, sizeof *sample->before.slots);
    int64_t quota = options->traces_per_minute / WINDOWS_PER_MINUTE;
    quota = quota > 0 ? quota : 1;
    sample->quota = (uint64_t)quota;
    /* A whole number of traces: a low rate has longer windows. */
    sample->window_ns = quota * 60 * NS_PER_S / options->traces_per_minute;
    sample->allowed = sample->quota;
    sample->share = 1;
    atomic_store(&options->counters->kept_permille, PERMILLE);
    return sample;
}

void sample_free(struct sample *sample)
{
    if (sample != NULL) {
        free(sample->now.slots);
        free(sample->before.slots);
        pthread_mutex_destroy(&sample->lock);
        free(sample);
    }
}

/* ---- what was decided ----------------------------------------------------------------------- */

static uint64_t *find(const struct sample *sample, const struct generation *generation,
                      uint64_t key)
{
    key &= ~UINT64_C(1);
    size_t at = seed_hash(sample->seed, &key, sizeof key) & (SLOTS - 1);
    while (generation->slots[at] != 0 && (generation->slots[at] | 1) != (key | 1)) {
        at = (at + 1) & (SLOTS - 1);
    }
    return &generation->slots[at];
}

static void remember(struct sample *sample, uint64_t key, bool keep)
{
    uint64_t *slot = find(sample, &sample->now, key);
    if (*slot == 0 && sample->now.count == SLOTS_USED) {
        struct generation oldest = sample->before;
        memset(oldest.slots, 0, SLOTS * sizeof *oldest.slots);
        sample->before = sample->now;
        sample->now = (struct generation){.slots = oldest.slots};
        slot = find(sample, &sample->now, key);
    }
    sample->now.count += *slot == 0;
    *slot = (key & ~UINT64_C(1)) | keep;
}

/* ---- deciding ------------------------------------------------------------------------------- */

/* Of an id's hash: even, never 0, and mixed once more for the share. */
static uint64_t key_of(const struct id *trace)
{
    uint64_t key = id_hash(trace) * UINT64_C(0x9E3779B97F4A7C15);
    key = (key ^ key >> 32) & ~UINT64_C(1);
    return key != 0 ? key : 2;
}

static void set_share(struct sample *sample, double share)
{
    sample->share = share;
    atomic_store(&sample->options.counters->kept_permille, (uint32_t)(share * PERMILLE));
}

static void begin_window(struct sample *sample, int64_t now_ns)
{
    /* After a silence nothing is known of the rate. */
    bool fresh = now_ns - sample->window_end_ns > sample->window_ns;
    double quota = (double)sample->quota;
    bool above = !fresh && (double)sample->offered > quota;
    set_share(sample, above ? quota / (double)sample->offered : 1);
    sample->offered = sample->kept = 0;
    sample->allowed = sample->quota;
    sample->window_end_ns = now_ns + sample->window_ns;
}

/* Of a trace that is seen for the first time. */
static bool decide(struct sample *sample, uint64_t key)
{
    bool keep = (double)key < sample->share * (double)UINT64_MAX;
    sample->offered++;
    sample->kept += keep;
    if (sample->kept >= sample->allowed) {
        set_share(sample, sample->share / 2);
        sample->allowed += (sample->quota + 1) / 2;
    }
    return keep;
}

static bool is_kept(struct sample *sample, uint64_t key)
{
    uint64_t known = *find(sample, &sample->now, key);
    if (known != 0) {
        return (known & 1) != 0;
    }
    known = *find(sample, &sample->before, key);
    bool keep = known != 0 ? (known & 1) != 0 : decide(sample, key);
    remember(sample, key, keep);
    return keep;
}

static bool is_telling(const struct sample *sample, const struct span *span)
{
    return span->status == STATUS_ERROR ||
           (span->end_ns != SPAN_RUNNING &&
            span->end_ns - span->start_ns >= sample->options.slow_ns);
}

void sample_batch(struct sample *sample, struct batch *batch, int64_t now_ns)
{
    pthread_mutex_lock(&sample->lock);
    if (now_ns >= sample->window_end_ns) {
        begin_window(sample, now_ns);
    }
    /* All of the batch is looked at before anything is left out. */
    for (size_t i = 0; i < batch->count; i++) {
        uint64_t key = key_of(&batch->spans[i].trace);
        if (!is_kept(sample, key) && is_telling(sample, &batch->spans[i])) {
            remember(sample, key, true);
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (is_kept(sample, key_of(&batch->spans[i].trace))) {
            batch->spans[kept++] = batch->spans[i];
        }
    }
    pthread_mutex_unlock(&sample->lock);
    atomic_fetch_add(&sample->options.counters->sampled_out, batch->count - kept);
    batch->count = kept;
}
