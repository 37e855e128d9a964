/* ceiling — what SQLite itself does with the spans of the world, in layouts other than ours. */
#ifndef TRACETUI_TESTS_BENCH_CEILING_H
#define TRACETUI_TESTS_BENCH_CEILING_H

#include <stdint.h>

/* Rows a second of one thread that appends spans to a rowid table without any index, with our
 * writer's pragmas, 2,000 a transaction. The making of rows is not counted. */
double ceiling_rate(const char *path, uint64_t spans, int64_t begin_ns);

/* Fills a file with the tables and indexes that the web application had. */
void ceiling_fill_web(const char *path, uint64_t spans, int64_t begin_ns);

#endif
