/* tell — tells the demo's history to a receiver: test data over the real path.
 *
 * usage: tell ENDPOINT SEED NOW_NS SPANS. Prints the number of spans. Exit code 1 if any was not
 * taken. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ingest/client/tracetui_client.h"
#include "tui/demo.h"

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: tell ENDPOINT SEED NOW_NS SPANS\n");
        return 2;
    }
    struct demo_options demo = {
        .endpoint = argv[1],
        .seed = strtoull(argv[2], NULL, 10),
        .now_ns = strtoll(argv[3], NULL, 10),
        .spans = strtoul(argv[4], NULL, 10),
    };
    struct tt_options client = {
        .endpoint = argv[1],
        .client_type = "",
        .client_version = "1.0.0",
        .batch_spans = 1000,
        .memory_bytes = (size_t)1 << 30,
        .random_seed = demo.seed,
    };
    struct tt_tracer *tracer = tt_open(&client);
    struct tt_stats stats;
    if (tracer == NULL) {
        fprintf(stderr, "tell: cannot send to %s\n", argv[1]);
        return 1;
    }
    size_t spans = demo_history(tracer, &demo);
    bool done = tt_flush(tracer, 60000);
    tt_stats(tracer, &stats);
    tt_close(tracer, 1000);
    printf("%zu\n", spans);
    return !done || stats.failed != 0 || stats.dropped != 0;
}
