/* segment_types — the spans of a segment's traces, added up by type.
 *
 * Groups by type count spans, of which there are ten times as many as traces: a segment knows the
 * sums of its own. COLUMN_TYPES holds some numbers for each type, in order of their
 * ids; COLUMN_TYPE_BUCKETS the buckets of their durations one behind the other, as pairs of bucket
 * and count. Two columns, since the first are few and wide, the others many and narrow. They are of
 * use where all traces of the segment are wanted; else the spans must be looked at. */
#ifndef TRACETUI_STORE_SQL_SEGMENT_TYPES_H
#define TRACETUI_STORE_SQL_SEGMENT_TYPES_H

#include "store/sql/grouping.h"
#include "store/sql/segment.h"

/* A segment whose spans have more types than this does not know them. */
enum { SEGMENT_TYPES_LARGEST = 64 };

/* types: of segment_read_spans, with is_rough; can be found no more afterwards. */
void segment_types_set(struct segment *segment, struct grouping *types);

/* Whether the segment has these columns. */
bool segment_types_known(const struct segment *segment);
/* Adds them to a grouping by type; false if they make no sense. */
bool segment_types_add(const struct segment *segment, struct grouping *target) MUST_CHECK;

#endif
