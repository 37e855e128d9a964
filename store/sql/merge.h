/* merge — two pieces of one span become one, the same whichever came first. */
#ifndef TRACETUI_STORE_SQL_MERGE_H
#define TRACETUI_STORE_SQL_MERGE_H

#include "store/span.h"

/* Merges two pieces with the same trace, id and side. The order does not matter, and merging a
 * piece again changes nothing:
 *   times       the smallest start, the largest end; a finished piece is never reopened
 *   status      error, else cancelled, else completed, else in progress
 *   name, type  of the finished piece; of two finished (or two running) ones the longer text
 *   service     any name beats "unknown"; else the longer text
 *   attributes, metadata: all keys of both, up to 2 MiB (of more, what is kept may depend on the
 *               order); for one key the longer value, else the greater one
 *   events, links and other texts: the longer one, else the bytewise greater one
 *   kind, dropped counts: the greater number; flags: all of both
 *   resource, scope: as a whole, the longer one
 * Owns: texts of the result are borrowed from the pieces or live in the arena. */
struct span span_merge(const struct span *a, const struct span *b, struct arena *arena);

/* Merges many such pieces. */
struct span span_merge_all(const struct span *const *pieces, size_t count, struct arena *arena);

/* True when a database row would look the same. */
bool span_same(const struct span *a, const struct span *b);

#endif
