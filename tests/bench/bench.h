/* bench — what the benchmarks share: figures as lines of JSON, time, medians, databases. */
#ifndef TRACETUI_TESTS_BENCH_BENCH_H
#define TRACETUI_TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* What every bench program is started with; `run` passes it on. */
struct bench_options {
    const char *program; /* the tracetui to measure */
    const char *folder;  /* for databases; a program removes what it made */
    const char *only;    /* figures whose name starts with this, NULL = all */
    uint64_t spans;      /* a usual run has so many */
    uint64_t largest;    /* the longest has so many */
    size_t rounds;       /* of which the median is taken */
};

/* Reads --program, --folder, --only, --spans, --largest and --rounds; exits with 2 on others. */
struct bench_options bench_options_read(int argc, char **argv);

/* Whether a figure of that name, or one that starts so, is wanted. */
int bench_wants(const struct bench_options *options, const char *name);

/* Prints one figure. bar: what it must reach (">= 0.35", "<= 50"), or NULL. */
void bench_figure(const char *name, double value, const char *unit, const char *bar);

/* Sorts values. */
double bench_median(double *values, size_t count);
/* Sorts values; part: 0.99 is the 99th percentile. 0 without values. */
double bench_percentile(double *values, size_t count, double part);

double bench_now(void); /* seconds, monotonic */
void bench_sleep_until(double when);

/* The path of a database in the folder; bench_remove deletes it with its WAL and lock. */
char *bench_path(const struct bench_options *options, const char *name);
void bench_remove(const char *path);
double bench_file_bytes(const char *path);

/* Says what went wrong and exits with 1. */
void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
