/* storm — many senders of all dialects at once, who remember what they were promised.
 *
 * usage: storm [OPTIONS] PORTS
 *
 * PORTS is a file with the ports of HTTP and gRPC on 127.0.0.1; it is read again for every new
 * connection, so that a receiver may come back elsewhere. A batch that is refused, or whose
 * connection breaks, is sent again until it is taken, as exporters do.
 *
 * - -c N      senders (16), each with a connection of its own
 * - -t MS     for so long (1000); SIGTERM ends it earlier
 * - -r N      spans a second, all senders together (0 = as fast as answers come)
 * - -b N      up to so many spans a batch (20)
 * - -s N      seed: another seed makes other spans
 * - -m MIX    dialects in turn: p protobuf, j OTLP/JSON, f flat, z Zipkin, g gRPC (pjfzg)
 * - -p BYTES  so much ballast in an attribute of each span (0)
 * - -u        cut a tenth of the connections in the middle of a body
 * - -o FILE   a line for each batch that was taken: SENT_NS ACKED_NS TRACE BATCH COUNT
 *
 * What the spans are is told in storm_batch.h. One line of JSON on stdout tells what happened. */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "storm_batch.h"
#include "storm_link.h"

enum {
    LATENCIES_LARGEST = 1 << 20,
    PAUSE_MS = 20, /* before another try */
    CONTINUED_ONE_IN = 3,
};

struct plan {
    const char *ports, *mix;
    size_t senders, batch_largest, ballast_bytes;
    int64_t end_ns;
    uint32_t seed;
    double spans_per_s;
    bool cuts;
    FILE *ledger;
    pthread_mutex_t ledger_lock;
};

struct sender {
    struct plan *plan; /* const but for the ledger */
    pthread_t thread;
    uint64_t dice;
    struct storm_batch batch; /* on its way */
    struct storm_link link;

    size_t outcomes[OUTCOMES];
    size_t spans_taken, without_retry;
    float *latencies_ms;
    size_t latency_count;
};

static atomic_bool ended;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&ended, true);
}

static bool is_over(const struct plan *plan)
{
    return atomic_load(&ended) || clock_monotonic_ns() >= plan->end_ns;
}

static void pause_ms(int64_t ms)
{
    usleep((useconds_t)(ms * 1000));
}

static uint32_t roll(struct sender *sender)
{
    sender->dice = sender->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(sender->dice >> 33);
}

/* ---- one sender ----------------------------------------------------------------------------- */

/* The next batch: a third of them go on with the trace of the one before. */
static void make_batch(struct sender *sender)
{
    struct storm_batch *batch = &sender->batch;
    batch->number++;
    batch->count = 1 + roll(sender) % sender->plan->batch_largest;
    if (roll(sender) % CONTINUED_ONE_IN != 0 || batch->trace == 0) {
        batch->trace++;
    }
    storm_batch_make(batch);
}

static bool connect_to(struct sender *sender)
{
    unsigned http = 0;
    unsigned grpc = 0;
    FILE *file = fopen(sender->plan->ports, "r");
    bool known = file != NULL && fscanf(file, "%u %u", &http, &grpc) == 2;
    if (file != NULL) {
        fclose(file);
    }
    return known && storm_link_open(&sender->link, sender->batch.dialect == 'g' ? grpc : http);
}

static enum outcome send_batch(struct sender *sender)
{
    const struct storm_batch *batch = &sender->batch;
    struct text body = text_buffer_text(&batch->body);
    if (batch->dialect == 'g') {
        return storm_link_call(&sender->link, body);
    }
    bool cut = sender->plan->cuts && roll(sender) % 10 == 0;
    return storm_link_post(&sender->link, storm_batch_path(batch), storm_batch_type(batch), body,
                           cut);
}

static void note(struct sender *sender, int64_t sent_ns, int64_t now_ns)
{
    struct plan *plan = sender->plan;
    sender->spans_taken += sender->batch.count;
    if (sender->latency_count < LATENCIES_LARGEST / plan->senders) {
        sender->latencies_ms[sender->latency_count++] = (float)((double)(now_ns - sent_ns) / 1e6);
    }
    if (plan->ledger != NULL) {
        char trace[STORM_TRACE_BYTES];
        storm_batch_print_trace(&sender->batch, trace);
        pthread_mutex_lock(&plan->ledger_lock);
        fprintf(plan->ledger, "%" PRId64 " %" PRId64 " %s %" PRIu32 " %zu\n", sent_ns, now_ns,
                trace, sender->batch.number, sender->batch.count);
        fflush(plan->ledger);
        pthread_mutex_unlock(&plan->ledger_lock);
    }
}

/* True when the batch was taken. Its latency counts from when it was due, not from when we got to
 * it. */
static bool try_once(struct sender *sender, int64_t due_ns)
{
    if (sender->link.socket < 0 && !connect_to(sender)) {
        storm_link_close(&sender->link);
        sender->outcomes[BROKEN]++;
        return false;
    }
    int64_t sent_ns = clock_monotonic_ns();
    enum outcome outcome = send_batch(sender);
    int64_t now_ns = clock_monotonic_ns();
    sender->outcomes[outcome]++;
    sender->without_retry += sender->link.without_retry;
    if (outcome == BROKEN || outcome == CUT) {
        storm_link_close(&sender->link);
    }
    if (outcome != TAKEN) {
        return false;
    }
    note(sender, due_ns < sent_ns && due_ns > 0 ? due_ns : sent_ns, now_ns);
    return true;
}

static void *sender_main(void *argument)
{
    struct sender *sender = argument;
    const struct plan *plan = sender->plan;
    int64_t due_ns = clock_monotonic_ns() + roll(sender) % (10 * NS_PER_MS);
    while (!is_over(plan)) {
        make_batch(sender);
        int64_t wait_ns = due_ns - clock_monotonic_ns();
        if (plan->spans_per_s > 0 && wait_ns > 0) {
            pause_ms(wait_ns / NS_PER_MS);
        }
        while (!try_once(sender, plan->spans_per_s > 0 ? due_ns : 0) && !is_over(plan)) {
            pause_ms(PAUSE_MS);
        }
        due_ns += plan->spans_per_s > 0 ? (int64_t)((double)sender->batch.count * 1e9 *
                                                    (double)plan->senders / plan->spans_per_s)
                                        : 0;
    }
    storm_link_free(&sender->link);
    text_buffer_free(&sender->batch.body);
    return NULL;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static int compare_floats(const void *left, const void *right)
{
    float a = *(const float *)left;
    float b = *(const float *)right;
    return (a > b) - (a < b);
}

static void report(const struct sender *senders, size_t count, double seconds)
{
    size_t outcomes[OUTCOMES] = {0};
    size_t spans = 0;
    size_t without_retry = 0;
    size_t latency_count = 0;
    float *latencies = mem_alloc(LATENCIES_LARGEST * sizeof *latencies);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < OUTCOMES; j++) {
            outcomes[j] += senders[i].outcomes[j];
        }
        spans += senders[i].spans_taken;
        without_retry += senders[i].without_retry;
        memcpy(latencies + latency_count, senders[i].latencies_ms,
               senders[i].latency_count * sizeof *latencies);
        latency_count += senders[i].latency_count;
    }
    qsort(latencies, latency_count, sizeof *latencies, compare_floats);
    size_t last = latency_count > 0 ? latency_count - 1 : 0;
    bool any = latency_count > 0;
    printf("{\"batches\":%zu,\"spans\":%zu,\"spans_per_s\":%.0f,\"busy\":%zu,\"rate\":%zu,"
           "\"other\":%zu,\"broken\":%zu,\"cut\":%zu,\"without_retry\":%zu,"
           "\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"max_ms\":%.1f}\n",
           outcomes[TAKEN], spans, (double)spans / seconds, outcomes[REFUSED_BUSY_503],
           outcomes[REFUSED_RATE_429], outcomes[REFUSED_OTHER], outcomes[BROKEN], outcomes[CUT],
           without_retry, any ? latencies[last / 2] : 0, any ? latencies[last * 99 / 100] : 0,
           any ? latencies[last] : 0);
    free(latencies);
}

static void run(struct plan *plan)
{
    int64_t began_ns = clock_monotonic_ns();
    struct sender *senders = mem_zero(plan->senders, sizeof *senders);
    for (size_t i = 0; i < plan->senders; i++) {
        senders[i] = (struct sender){
            .plan = plan,
            .dice = ((uint64_t)plan->seed << 32 | i) * 2654435761U + 1,
            .batch = {.dialect = plan->mix[i % strlen(plan->mix)],
                      .seed = plan->seed,
                      .sender = (uint32_t)i,
                      .ballast_bytes = plan->ballast_bytes},
            .link = {.socket = -1},
            .latencies_ms = mem_alloc(LATENCIES_LARGEST / plan->senders * sizeof(float)),
        };
    }
    for (size_t i = 0; i < plan->senders; i++) {
        if (pthread_create(&senders[i].thread, NULL, sender_main, &senders[i]) != 0) {
            abort();
        }
    }
    for (size_t i = 0; i < plan->senders; i++) {
        pthread_join(senders[i].thread, NULL);
    }
    report(senders, plan->senders, (double)(clock_monotonic_ns() - began_ns) / 1e9);
    for (size_t i = 0; i < plan->senders; i++) {
        free(senders[i].latencies_ms);
    }
    free(senders);
}

int main(int argc, char **argv)
{
    struct plan plan = {.senders = 16, .batch_largest = 20, .seed = 1, .mix = STORM_DIALECTS};
    int64_t time_ms = 1000;
    const char *ledger = NULL;
    int option;
    while ((option = getopt(argc, argv, "c:t:r:b:s:m:p:uo:")) != -1) {
        switch (option) {
        case 'c':
            plan.senders = strtoul(optarg, NULL, 10);
            break;
        case 't':
            time_ms = strtol(optarg, NULL, 10);
            break;
        case 'r':
            plan.spans_per_s = strtod(optarg, NULL);
            break;
        case 'b':
            plan.batch_largest = strtoul(optarg, NULL, 10);
            break;
        case 's':
            plan.seed = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'm':
            plan.mix = optarg;
            break;
        case 'p':
            plan.ballast_bytes = strtoul(optarg, NULL, 10);
            break;
        case 'u':
            plan.cuts = true;
            break;
        case 'o':
            ledger = optarg;
            break;
        default:
            return 2;
        }
    }
    if (optind + 1 != argc || plan.senders == 0 || plan.batch_largest == 0 ||
        plan.mix[strspn(plan.mix, STORM_DIALECTS)] != '\0') {
        fputs("usage: storm [OPTIONS] PORTS\n", stderr);
        return 2;
    }
    plan.ports = argv[optind];
    plan.ledger = ledger != NULL ? fopen(ledger, "a") : NULL;
    plan.end_ns = clock_monotonic_ns() + time_ms * NS_PER_MS;
    pthread_mutex_init(&plan.ledger_lock, NULL);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    run(&plan);
    if (plan.ledger != NULL) {
        fclose(plan.ledger);
    }
    return 0;
}
