/* segment_names — which operation and which user of a segment come first and last by alphabet.
 *
 * A list by name looks at the segments with the first names first, and at none that has later ones
 * only. The order of two names never changes, so their ids can be stored; their ranks could not. */
#ifndef TRACETUI_STORE_SQL_SEGMENT_NAMES_H
#define TRACETUI_STORE_SQL_SEGMENT_NAMES_H

#include "store/sql/segment.h"

/* Ids of names; 0 = a trace without a name, which comes first; -1 = not known. */
struct segment_name_range {
    int64_t first, last;
};

#define SEGMENT_NAME_SQL "SELECT text FROM name WHERE id = ?1"

/* Of a column of names that is filled; returns SQLite's result code. */
int segment_name_range(const struct segment *segment, enum segment_column column,
                       sqlite3_stmt *name, struct segment_name_range *ret_range) MUST_CHECK;

#endif
