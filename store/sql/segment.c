/* segment — what the list sorts and filters by, of 4,096 traces at a time, column by column. */
#include "store/sql/segment.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "store/sql/db.h"
#include "store/sql/grouping.h"

enum {
    PADDING_BYTES = 8,            /* behind the values, so that each can be read as eight bytes */
    SET_SLOTS = 2 * SEGMENT_ROWS, /* a power of two */
    /* Only sets can be so many values, each behind its length. */
    VALUES_LARGEST = SEGMENT_ROWS * (SEGMENT_SET_LARGEST + 1),
};

void segment_clear(struct segment *segment)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        free(segment->columns[i].values);
    }
    *segment = (struct segment){0};
}

struct segment_zone segment_zone_all(void)
{
    struct segment_zone zone;
    for (size_t i = 0; i < ARRAY_LEN(zone.least); i++) {
        zone.least[i] = INT64_MIN;
        zone.largest[i] = INT64_MAX;
    }
    return zone;
}

static void reserve(struct segment_values *values, size_t count)
{
    if (count > values->capacity) {
        values->capacity = count < SEGMENT_ROWS ? SEGMENT_ROWS : count * 2;
        values->values = mem_grow(values->values, values->capacity * sizeof *values->values);
    }
}

static void add(struct segment_values *values, int64_t value)
{
    reserve(values, values->count + 1);
    values->values[values->count++] = value;
}

void segment_add(struct segment *segment, enum segment_column column, int64_t value)
{
    add(&segment->columns[column], value);
}

/* ---- from rows ------------------------------------------------------------------------------ */

int segment_read_rows(struct segment *segment, sqlite3_stmt *traces)
{
    int rc = SQLITE_DONE;
    segment->count = 0;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        segment->columns[i].count = 0;
    }
    while (segment->count < SEGMENT_ROWS && (rc = sqlite3_step(traces)) == SQLITE_ROW) {
        for (int i = COLUMN_NUMBER; i <= COLUMN_SERVICE; i++) {
            add(&segment->columns[i], sqlite3_column_int64(traces, i));
        }
        segment->count++;
    }
    return rc;
}

/* The sets of a segment while they are collected. */
struct set_table {
    uint32_t starts[SET_SLOTS]; /* where in COLUMN_SETS, plus 1; 0 = free */
    uint32_t numbers[SET_SLOTS];
    uint32_t count;
};

static int compare_ids(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The number of a set whose ids are sorted. */
static uint32_t number_of_set(struct set_table *table, struct segment_values *sets,
                              const int64_t *ids, size_t count)
{
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ (uint64_t)ids[i]) * UINT64_C(0x9E3779B97F4A7C15);
    }
    size_t slot = hash >> 40 & (SET_SLOTS - 1);
    for (; table->starts[slot] != 0; slot = (slot + 1) & (SET_SLOTS - 1)) {
        const int64_t *set = sets->values + table->starts[slot] - 1;
        if ((size_t)set[0] == count && memcmp(set + 1, ids, count * sizeof *ids) == 0) {
            return table->numbers[slot];
        }
    }
    table->starts[slot] = (uint32_t)sets->count + 1;
    table->numbers[slot] = table->count;
    add(sets, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        add(sets, ids[i]);
    }
    return table->count++;
}

/* The different services of a trace, sorted; returns SQLite's result code. */
static int read_set(sqlite3_stmt *spans, int64_t number, struct grouping *types,
                    int64_t ids[SEGMENT_SET_LARGEST], size_t *ret_count)
{
    size_t count = 0;
    int rc;
    sqlite3_bind_int64(spans, 1, number);
    while ((rc = sqlite3_step(spans)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(spans, 0);
        size_t i = 0;
        while (i < count && ids[i] != id) {
            i++;
        }
        if (i == count && count < SEGMENT_SET_LARGEST) {
            ids[count++] = id;
        }
        if (types != NULL) {
            grouping_add(types, sqlite3_column_int64(spans, 1), 0,
                         (enum span_status)sqlite3_column_int(spans, 2),
                         db_column_ended_duration(spans, 3));
        }
    }
    sqlite3_reset(spans);
    if (count > 1) {
        qsort(ids, count, sizeof *ids, compare_ids);
    }
    *ret_count = count;
    return rc;
}

int segment_read_spans(struct segment *segment, sqlite3_stmt *spans, struct grouping *types)
{
    struct set_table *table = mem_zero(1, sizeof *table);
    int64_t ids[SEGMENT_SET_LARGEST];
    int rc = SQLITE_DONE;
    segment->columns[COLUMN_SETS].count = segment->columns[COLUMN_SERVICE_SET].count = 0;
    for (size_t i = 0; i < segment->count && rc == SQLITE_DONE; i++) {
        size_t count = 0;
        rc = read_set(spans, segment->columns[COLUMN_NUMBER].values[i], types, ids, &count);
        add(&segment->columns[COLUMN_SERVICE_SET],
            number_of_set(table, &segment->columns[COLUMN_SETS], ids, count));
    }
    free(table);
    return rc;
}

/* ---- as bytes ------------------------------------------------------------------------------- */

static const char padding[PADDING_BYTES];

struct segment_bytes segment_pack(const struct segment_values *values, struct text_buffer *target)
{
    struct segment_bytes bytes = {.count = (int64_t)values->count};
    target->length = 0;
    if (values->count == 0) {
        return bytes;
    }
    bytes.least = bytes.largest = values->values[0];
    for (size_t i = 1; i < values->count; i++) {
        int64_t value = values->values[i];
        bytes.least = value < bytes.least ? value : bytes.least;
        bytes.largest = value > bytes.largest ? value : bytes.largest;
    }
    for (uint64_t rest = (uint64_t)bytes.largest - (uint64_t)bytes.least; rest > 0; rest >>= 8) {
        bytes.width++;
    }
    if (bytes.width == 0) {
        return bytes;
    }
    for (size_t i = 0; i < values->count; i++) {
        uint64_t distance = htole64((uint64_t)values->values[i] - (uint64_t)bytes.least);
        text_append(target, text_make((const char *)&distance, (size_t)bytes.width));
    }
    text_append(target, text_make(padding, sizeof padding));
    bytes.data = text_buffer_text(target);
    return bytes;
}

/* False if the bytes make no sense. */
static bool unpack(const struct segment_bytes *bytes, struct segment_values *values)
{
    if (bytes->count < 0 || bytes->count > VALUES_LARGEST || bytes->width < 0 || bytes->width > 8) {
        return false;
    }
    size_t count = (size_t)bytes->count;
    size_t width = (size_t)bytes->width;
    if (width > 0 && bytes->data.length != count * width + PADDING_BYTES) {
        return false;
    }
    reserve(values, count);
    values->count = count;
    uint64_t mask = UINT64_MAX >> (width > 0 ? 64 - 8 * width : 0);
    uint64_t least = (uint64_t)bytes->least;
    int64_t *target = values->values;
    const char *at = width > 0 ? bytes->data.data : padding;
    for (size_t i = 0; i < count; i++, at += width) {
        uint64_t distance;
        memcpy(&distance, at, sizeof distance);
        target[i] = (int64_t)(least + (le64toh(distance) & mask));
    }
    return true;
}

static bool read_column(sqlite3_stmt *row, int rc, int column, struct segment_values *values)
{
    if (rc == SQLITE_ROW) {
        struct segment_bytes bytes = {
            .count = sqlite3_column_int64(row, 0),
            .least = sqlite3_column_int64(row, 1),
            .width = sqlite3_column_int64(row, 2),
            .data = text_make(sqlite3_column_blob(row, 3), (size_t)sqlite3_column_bytes(row, 3)),
        };
        return unpack(&bytes, values) && (column >= COLUMN_SETS || values->count <= SEGMENT_ROWS);
    }
    values->count = 0;
    return column > COLUMN_SETS; /* segments of earlier versions have no such columns */
}

int segment_read_columns(struct segment *segment, sqlite3_stmt *columns, int64_t id,
                         uint32_t wanted, bool more, bool *ret_good)
{
    int rc = SQLITE_DONE;
    *ret_good = true;
    for (int i = 0; i < COLUMN_COUNT && *ret_good; i++) {
        struct segment_values *values = &segment->columns[i];
        if ((wanted >> i & 1) == 0) {
            continue;
        }
        db_bind_i64(columns, 1, id * SEGMENT_COLUMNS_LARGEST + i);
        rc = sqlite3_step(columns);
        *ret_good = read_column(columns, rc, i, values);
        sqlite3_reset(columns);
        if (i < COLUMN_SETS) {
            segment->count = more ? segment->count : values->count;
            more = true;
            *ret_good = *ret_good && values->count == segment->count;
        }
        if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
            return rc;
        }
    }
    return rc;
}
