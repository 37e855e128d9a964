/* bench — what the benchmarks share: figures as lines of JSON, time, medians, databases. */
#include "tests/bench/bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct bench_options bench_options_read(int argc, char **argv)
{
    struct bench_options options = {.program = "build/tracetui",
                                    .folder = "/tmp",
                                    .spans = 300000,
                                    .largest = 1000000,
                                    .rounds = 3};
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (value != NULL && strcmp(argv[i], "--program") == 0) {
            options.program = value;
        } else if (value != NULL && strcmp(argv[i], "--folder") == 0) {
            options.folder = value;
        } else if (value != NULL && strcmp(argv[i], "--only") == 0) {
            options.only = value;
        } else if (value != NULL && strcmp(argv[i], "--spans") == 0) {
            options.spans = strtoull(value, NULL, 10);
        } else if (value != NULL && strcmp(argv[i], "--largest") == 0) {
            options.largest = strtoull(value, NULL, 10);
        } else if (value != NULL && strcmp(argv[i], "--rounds") == 0) {
            options.rounds = strtoull(value, NULL, 10);
        } else {
            fprintf(stderr,
                    "usage: %s [--program TRACETUI] [--folder FOLDER] [--only FIGURE]"
                    " [--spans N] [--largest N] [--rounds N]\n",
                    argv[0]);
            exit(2);
        }
    }
    return options;
}

int bench_wants(const struct bench_options *options, const char *name)
{
    if (options->only == NULL) {
        return 1;
    }
    size_t wanted = strlen(options->only), given = strlen(name);
    return strncmp(options->only, name, wanted < given ? wanted : given) == 0;
}

void bench_figure(const char *name, double value, const char *unit, const char *bar)
{
    printf("{\"figure\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"", name, value, unit);
    if (bar != NULL) {
        printf(",\"bar\":\"%s\"", bar);
    }
    printf("}\n");
    fflush(stdout);
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_percentile(double *values, size_t count, double part)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof *values, compare_doubles);
    size_t place = (size_t)(part * (double)count);
    return values[place < count ? place : count - 1];
}

double bench_median(double *values, size_t count)
{
    return bench_percentile(values, count, 0.5);
}

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void bench_sleep_until(double when)
{
    double left = when - bench_now();
    if (left > 0) {
        struct timespec pause = {.tv_sec = (time_t)left,
                                 .tv_nsec = (long)((left - (double)(time_t)left) * 1e9)};
        nanosleep(&pause, NULL);
    }
}

char *bench_path(const struct bench_options *options, const char *name)
{
    size_t size = strlen(options->folder) + strlen(name) + 8;
    char *path = malloc(size);
    if (path == NULL) {
        bench_die("out of memory");
    }
    snprintf(path, size, "%s/%s.db", options->folder, name);
    return path;
}

void bench_remove(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char name[1024];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

double bench_file_bytes(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 ? (double)file.st_size : 0;
}

void bench_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\n", stderr);
    va_end(args);
    exit(1);
}
