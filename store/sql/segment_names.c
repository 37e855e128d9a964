/* segment_names — which operation and which user of a segment come first and last by alphabet. */
#include "store/sql/segment_names.h"

#include <stdlib.h>
#include <string.h>

static int compare_ids(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void keep_text(struct text_buffer *target, struct text text)
{
    target->length = 0;
    text_append(target, text);
}

int segment_name_range(const struct segment *segment, enum segment_column column,
                       sqlite3_stmt *name, struct segment_name_range *ret_range)
{
    struct text_buffer first = {0}, last = {0};
    int64_t ids[SEGMENT_ROWS];
    struct segment_name_range range = {0};
    int rc = SQLITE_DONE;
    if (segment->count > 0) { /* else there may be no array */
        memcpy(ids, segment->columns[column].values, segment->count * sizeof *ids);
        qsort(ids, segment->count, sizeof *ids, compare_ids);
    }
    for (size_t i = 0; i < segment->count; i++) {
        if (i > 0 && ids[i] == ids[i - 1]) {
            continue;
        }
        sqlite3_bind_int64(name, 1, ids[i]);
        rc = sqlite3_step(name);
        if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
            break;
        }
        struct text text = rc == SQLITE_ROW ? db_column_text(name, 0) : (struct text){0};
        if (i == 0 || text_compare(text, text_buffer_text(&first)) < 0) {
            range.first = ids[i];
            keep_text(&first, text);
        }
        if (i == 0 || text_compare(text, text_buffer_text(&last)) > 0) {
            range.last = ids[i];
            keep_text(&last, text);
        }
        sqlite3_reset(name);
        rc = SQLITE_DONE;
    }
    sqlite3_reset(name);
    text_buffer_free(&first);
    text_buffer_free(&last);
    *ret_range = range;
    return rc;
}
