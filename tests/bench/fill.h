/* fill — a database with spans of the world, made by the writer alone: no sockets, no decoding. */
#ifndef TRACETUI_TESTS_BENCH_FILL_H
#define TRACETUI_TESTS_BENCH_FILL_H

#include <stdint.h>

#include "tests/bench/bench.h"

/* Adds spans from..to of the world; begin_ns as in world.h. Afterwards the writer has a moment for
 * what it does at rest. */
void fill_traces(const char *path, uint64_t from, uint64_t to, int64_t begin_ns);

/* The path of the database of the longest run. */
char *world_path(const struct bench_options *options);

/* Adds one trace of so many spans: the traces of the world below one root. */
void fill_trace(const char *path, uint64_t spans, int64_t begin_ns);

#endif
