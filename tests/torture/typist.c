/* typist — somebody at the keyboard of an explorer, with a watch.
 *
 * usage: typist FOLDER PROGRAM [ARGUMENTS]...
 *
 * Runs the program on a terminal of its own, with FOLDER as its home. Lines on stdin say what to
 * do, and each is answered by a line of JSON:
 *
 * - wait TEXT: until the program has written TEXT since the last key
 * - press MS: moves the cursor up and down for so long; how many keys that were, and how long it
 *   took from a key to the first byte of what it changed
 *
 * At the end of stdin it quits the program, which must end well.
 *
 * A terminal is another program on the machine, and reads as soon as there is something. Hence this
 * one is a session of its own, as that of somebody who has logged in is: among the threads of a
 * test that uses up the machine it would measure how long it waits itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/terminal.h"

enum {
    LINE_BYTES = 256,
    KEYS_LARGEST = 100000,
    PAUSE_MS = 30, /* between two keys, as when one is held */
    STEPS = 20,    /* down, and then up: two keys that meet in one frame must not cancel out */
    ANSWER_MS = 2000,
    END_MS = 10000,
};

static void press(struct terminal *terminal, double seconds)
{
    double *took = mem_alloc(KEYS_LARGEST * sizeof *took);
    size_t count = 0;
    double end = bench_now() + seconds;
    for (size_t i = 0; bench_now() < end && count < KEYS_LARGEST; i++) {
        double next = bench_now() + PAUSE_MS * 1e-3;
        while (bench_now() < next) { /* what comes by itself is no answer */
            terminal_wait_byte(terminal, 1);
        }
        double pressed = bench_now();
        terminal_press(terminal, i / STEPS % 2 == 0 ? "j" : "k");
        double shown = terminal_wait_byte(terminal, ANSWER_MS);
        took[count++] = shown > 0 ? (shown - pressed) * 1e3 : ANSWER_MS;
    }
    printf("{\"keys\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}\n", count,
           bench_percentile(took, count, 0.5), bench_percentile(took, count, 0.99),
           bench_percentile(took, count, 1));
    free(took);
}

static void obey(struct terminal *terminal, const char *line)
{
    if (strncmp(line, "wait ", 5) == 0) {
        terminal_wait_for(terminal, line + 5);
        puts("{}");
    } else if (strncmp(line, "press ", 6) == 0) {
        press(terminal, strtod(line + 6, NULL) / 1e3);
    } else {
        bench_die("typist: what is \"%s\"?", line);
    }
    fflush(stdout);
}

static void quit(struct terminal *terminal)
{
    int status = -1;
    double end = bench_now() + END_MS * 1e-3;
    terminal_press(terminal, "Q");
    while (waitpid(terminal->pid, &status, WNOHANG) == 0) {
        if (bench_now() > end) {
            bench_die("the explorer does not end");
        }
        terminal_wait_byte(terminal, 10);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        bench_die("the explorer ended with status %d", status);
    }
}

int main(int argc, char **argv)
{
    char line[LINE_BYTES];
    struct terminal terminal;
    if (argc < 3) {
        fputs("usage: typist FOLDER PROGRAM [ARGUMENTS]...\n", stderr);
        return 2;
    }
    setsid();
    terminal_start(&terminal, argv[1], (const char *const *)argv + 2);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        obey(&terminal, line);
    }
    quit(&terminal);
    return 0;
}
