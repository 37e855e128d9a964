/* bench_screen — what somebody at the terminal waits for: the first frame, a key, a huge trace. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/fill.h"
#include "tests/bench/load.h"
#include "tests/bench/receiver.h"
#include "tests/bench/terminal.h"
#include "tests/bench/world.h"

enum {
    KEYS_A_ROUND = 80,
    KEY_MS = 50,
    KEY_QUIET_MS = 12, /* between a key's answer and what comes by itself later */
    REST_MS = 1500,
    LOADED_MS = 4000, /* a million spans are read in half of that */
    SPANS_PER_S = 20000,
    LOAD_SPANS = WORLD_PERIOD / 4, /* of a request */
    CONNECTIONS = 4,
    HUGE_SPANS = 1000000,
    KEYS_LARGEST = 1000,
    STARTS_LARGEST = 20,
};

#define SCREEN_IS_OPEN "\033[?1049h"
#define ROOT_OPERATION "createGoal" /* in the list */

static void figure(const char *name, uint64_t spans, double value, const char *unit,
                   const char *bar)
{
    char full[128];
    snprintf(full, sizeof full, "screen/%s/%lluk_spans", name, (unsigned long long)(spans / 1000));
    bench_figure(full, value, unit, bar);
}

/* ---- starting ------------------------------------------------------------------------------- */

/* The median of some starts; what a viewer holds that has nothing to do. */
static void measure_start(const struct bench_options *options, const char *path)
{
    const char *const arguments[] = {options->program, "--db", path, "--no-listen", NULL};
    double took[STARTS_LARGEST], memory[STARTS_LARGEST];
    size_t starts = options->rounds < STARTS_LARGEST ? options->rounds : STARTS_LARGEST;
    for (size_t i = 0; i < starts; i++) {
        struct terminal terminal;
        terminal_start(&terminal, options->folder, arguments);
        took[i] = (terminal_wait_for(&terminal, ROOT_OPERATION) - terminal.started) * 1e3;
        terminal_wait_quiet(&terminal, REST_MS);
        memory[i] = terminal_memory(&terminal, "VmRSS");
        terminal_stop(&terminal);
    }
    figure("first_frame", options->largest, bench_median(took, starts), "ms", "<= 100");
    figure("memory", options->largest, bench_median(memory, starts), "MiB", "<= 40");
}

/* ---- keys while spans arrive ---------------------------------------------------------------- */

static void *send_spans(void *options)
{
    struct load_result result = load_run(options);
    if (result.refused > 0) {
        bench_die("%llu requests were refused", (unsigned long long)result.refused);
    }
    return NULL;
}

/* Moves the cursor down and up; to the last byte of each answer. What arrives is drawn, too: where
 * that meets a key it counts. */
static void measure_keys(const struct bench_options *options, struct terminal *terminal, int port,
                         const char *name)
{
    uint64_t spans = options->largest;
    size_t keys = options->rounds * KEYS_A_ROUND;
    keys = keys < KEYS_LARGEST ? keys : KEYS_LARGEST;
    struct load_options load = {.port = port,
                                .transport = LOAD_HTTP,
                                .format = BODY_PROTOBUF,
                                .batch_spans = LOAD_SPANS,
                                .connections = CONNECTIONS,
                                .first = spans,
                                .spans =
                                    (uint64_t)SPANS_PER_S * keys * (KEY_MS + KEY_QUIET_MS) / 1000,
                                .begin_ns = clock_now_ns(),
                                .rate = SPANS_PER_S};
    double took[KEYS_LARGEST];
    size_t count = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, send_spans, &load);
    bench_sleep_until(bench_now() + 1);
    for (size_t i = 0; i < keys; i++) {
        terminal_wait_quiet(terminal, KEY_QUIET_MS);
        double pressed = bench_now();
        terminal_press(terminal, i % 2 == 0 ? "j" : "k");
        double last = terminal_wait_quiet(terminal, KEY_QUIET_MS);
        if (last > 0) {
            took[count++] = (last - pressed) * 1e3;
        }
        bench_sleep_until(pressed + KEY_MS * 1e-3);
    }
    pthread_join(thread, NULL);
    figure(name, spans, bench_percentile(took, count, 0.99), "ms p99", "<= 16");
}

/* A port that is free now. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        bench_die("no free port");
    }
    close(fd);
    return ntohs(address.sin_port);
}

static void measure_one_process(const struct bench_options *options, const char *path)
{
    char listen[32];
    int port = free_port();
    snprintf(listen, sizeof listen, "127.0.0.1:%d", port);
    const char *const arguments[] = {options->program, "--db",        path,    "--listen",
                                     listen,           "--retention", "3650d", NULL};
    struct terminal terminal;
    terminal_start(&terminal, options->folder, arguments);
    terminal_wait_for(&terminal, ROOT_OPERATION);
    terminal_wait_quiet(&terminal, REST_MS);
    measure_keys(options, &terminal, port, "key_beside_receiver");
    terminal_stop(&terminal);
}

static void measure_viewer(const struct bench_options *options, const char *path)
{
    const char *const arguments[] = {options->program, "--db", path, "--no-listen", NULL};
    struct receiver receiver = receiver_start(options->program, path, NULL);
    struct terminal terminal;
    terminal_start(&terminal, options->folder, arguments);
    terminal_wait_for(&terminal, SCREEN_IS_OPEN);
    terminal_wait_quiet(&terminal, REST_MS);
    measure_keys(options, &terminal, receiver.http_port, "key_in_viewer");
    terminal_stop(&terminal);
    receiver_stop(&receiver);
}

/* ---- one huge trace ------------------------------------------------------------------------- */

static void measure_huge(const struct bench_options *options)
{
    uint64_t spans = options->largest < HUGE_SPANS ? options->largest : HUGE_SPANS;
    char *path = bench_path(options, "huge");
    const char *const arguments[] = {options->program, "--db", path, "--no-listen", NULL};
    struct terminal terminal;
    bench_remove(path);
    fill_trace(path, spans, clock_now_ns() - 3600 * NS_PER_S);
    terminal_start(&terminal, options->folder, arguments);
    terminal_wait_for(&terminal, SCREEN_IS_OPEN);
    terminal_wait_quiet(&terminal, REST_MS);
    double pressed = bench_now();
    terminal_press(&terminal, "\r");
    double first = terminal_wait_for(&terminal, "\xE2\x96\x88"); /* a bar */
    figure("trace_first_rows", spans, (first - pressed) * 1e3, "ms", "<= 100");
    double last = terminal_wait_quiet(&terminal, LOADED_MS);
    figure("trace_complete", spans, ((last > 0 ? last : first) - pressed) * 1e3, "ms", "<= 2500");
    double slowest = 0;
    for (const char *keys = "/INSERT"; *keys != '\0'; keys++) {
        pressed = bench_now();
        terminal_press(&terminal, (const char[]){*keys, '\0'});
        last = terminal_wait_quiet(&terminal, REST_MS);
        slowest = last - pressed > slowest ? last - pressed : slowest;
    }
    pressed = bench_now();
    terminal_press(&terminal, "\r");
    first = terminal_wait_for(&terminal, "matches"); /* names; attributes come as they are read */
    slowest = first - pressed > slowest ? first - pressed : slowest;
    last = terminal_wait_quiet(&terminal, REST_MS);
    figure("trace_find", spans, slowest * 1e3, "ms", "<= 300");
    figure("trace_find_all", spans, ((last > 0 ? last : first) - pressed) * 1e3, "ms", NULL);
    figure("trace_memory", spans, terminal_memory(&terminal, "VmRSS"), "MiB", NULL);
    figure("trace_memory_own", spans, terminal_memory(&terminal, "RssAnon"), "MiB", NULL);
    terminal_stop(&terminal);
    bench_remove(path);
    free(path);
}

int main(int argc, char **argv)
{
    struct bench_options options = bench_options_read(argc, argv);
    if (bench_wants(&options, "screen/trace")) {
        measure_huge(&options);
    }
    if (bench_wants(&options, "screen/first_frame") || bench_wants(&options, "screen/memory") ||
        bench_wants(&options, "screen/key")) {
        options.largest -= options.largest % WORLD_PERIOD; /* whole traces: the list shows roots */
        char *path = world_path(&options);
        if (access(path, F_OK) != 0) { /* bench_read leaves it where both are wanted */
            fill_traces(path, 0, options.largest,
                        clock_now_ns() -
                            (int64_t)(options.largest / WORLD_TRACE_SPANS) * NS_PER_MS);
        }
        measure_start(&options, path);
        measure_one_process(&options, path);
        measure_viewer(&options, path);
        bench_remove(path);
        free(path);
    }
    return 0;
}
