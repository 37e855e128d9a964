/* block_sum — the traces of a block that share a value, added up: all of them, those of a user, ...
 */
#include "store/sql/block_sum.h"

#include <string.h>

#include "store/sql/db.h"

enum segment_column block_column(enum block_dimension dimension)
{
    static const enum segment_column columns[BLOCK_DIMENSIONS] = {
        [BLOCK_ALL] = COLUMN_COUNT,           [BLOCK_STATUS] = COLUMN_STATUS,
        [BLOCK_OPERATION] = COLUMN_OPERATION, [BLOCK_USER] = COLUMN_USER,
        [BLOCK_SERVICE] = COLUMN_SERVICE,     [BLOCK_SERVICES] = COLUMN_SERVICE_SET,
        [BLOCK_TYPE] = COLUMN_COUNT,
    };
    return columns[dimension];
}

/* ---- taking one out ------------------------------------------------------------------------- */

static bool remove_duration(struct block_sum *sum, int64_t duration_ns)
{
    struct distribution_part *ended = &sum->ended;
    int64_t bucket = (int64_t)distribution_bucket(duration_ns);
    size_t i = 0;
    while (i < ended->bucket_count && sum->pairs[2 * i] < bucket) {
        i++;
    }
    sum->shortest -= duration_ns == ended->least;
    sum->longest -= duration_ns == ended->largest;
    if (i == ended->bucket_count || sum->pairs[2 * i] != bucket || sum->pairs[2 * i + 1] <= 0 ||
        duration_ns < ended->least || duration_ns > ended->largest || sum->shortest <= 0 ||
        sum->longest <= 0 || ended->sum == INT64_MAX /* it stops there */ ||
        ended->sum < duration_ns) {
        return false;
    }
    sum->pairs[2 * i + 1]--;
    ended->count--;
    ended->sum -= duration_ns;
    return true;
}

static bool remove_start(struct block_sum *sum, const struct block_trace *trace)
{
    int64_t number = time_bin_of(sum->level, trace->start_ns);
    struct summary_bucket one = {0};
    summary_bucket_count(&one, trace->status, trace->duration_ns);
    for (size_t i = 0; i < sum->bin_count; i++) {
        struct summary_bucket *bin = &sum->bins[i];
        if (sum->bin_numbers[i] != number) {
            continue;
        }
        bool there = bin->errors >= one.errors;
        for (size_t band = 0; band < SUMMARY_BANDS; band++) {
            there = there && bin->bands[band] >= one.bands[band];
            bin->bands[band] -= one.bands[band];
        }
        bin->count -= one.count;
        bin->errors -= one.errors;
        return there;
    }
    return sum->bin_count == 0; /* they were not asked for */
}

bool block_sum_remove(struct block_sum *sum, const struct block_trace *trace)
{
    bool is_running = trace->status == STATUS_IN_PROGRESS;
    sum->count--;
    sum->errors -= trace->status == STATUS_ERROR;
    sum->running -= is_running;
    sum->cancelled -= trace->status == STATUS_CANCELLED;
    sum->spans -= db_count(trace->spans);
    return sum->count >= 0 && sum->errors >= 0 && sum->running >= 0 && sum->cancelled >= 0 &&
           sum->spans >= 0 && trace->start_ns > sum->first_ns && trace->start_ns < sum->last_ns &&
           remove_start(sum, trace) && (is_running || remove_duration(sum, trace->duration_ns));
}

/* ---- as bytes ------------------------------------------------------------------------------- */

/* Seven bits a byte, lowest first; all but the last have the eighth. */
static void put(struct text_buffer *target, int64_t number)
{
    uint64_t rest = (uint64_t)number;
    for (; rest >= 0x80; rest >>= 7) {
        text_append_char(target, (char)(rest | 0x80));
    }
    text_append_char(target, (char)rest);
}

/* False at the end of the bytes, and for what is above INT64_MAX. */
static bool take(struct text *bytes, int64_t *ret_number)
{
    uint64_t number = 0;
    if (bytes->length > 0 && (uint8_t)bytes->data[0] < 0x80) { /* most are */
        *ret_number = (uint8_t)bytes->data[0];
        bytes->data++;
        bytes->length--;
        return true;
    }
    for (size_t i = 0; i < bytes->length && i < 9; i++) {
        uint8_t byte = (uint8_t)bytes->data[i];
        number |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (byte < 0x80) {
            *ret_number = (int64_t)number;
            bytes->data += i + 1;
            bytes->length -= i + 1;
            return true;
        }
    }
    return false;
}

static bool take_all(struct text *bytes, int64_t *const *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!take(bytes, numbers[i])) {
            return false;
        }
    }
    return true;
}

static void put_starts(const struct block_sum *sum, struct text_buffer *target)
{
    int64_t before = 0;
    for (size_t i = 0; i < sum->bin_count; i++) {
        const struct summary_bucket *bin = &sum->bins[i];
        put(target, sum->bin_numbers[i] - before);
        put(target, bin->errors);
        for (size_t band = 0; band < SUMMARY_BANDS; band++) {
            put(target, bin->bands[band]);
        }
        before = sum->bin_numbers[i];
    }
}

void block_sum_write(const struct block_sum *sum, struct block_sum_bytes *target)
{
    const int64_t figures[] = {
        sum->count,         sum->errors,   sum->running,     sum->cancelled, sum->spans,
        sum->first_ns,      sum->last_ns,  sum->ended.count, sum->ended.sum, sum->ended.least,
        sum->ended.largest, sum->shortest, sum->longest,
    };
    text_buffer_clear(&target->figures);
    text_buffer_clear(&target->ranges);
    text_buffer_clear(&target->durations);
    text_buffer_clear(&target->starts);
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        put(&target->figures, figures[i]);
    }
    for (size_t i = 0; i < BLOCK_SEGMENTS; i++) {
        put(&target->ranges, sum->ranges[i].least);
        put(&target->ranges, sum->ranges[i].largest);
    }
    int64_t before = 0;
    for (size_t i = 0; i < sum->ended.bucket_count; i++) {
        put(&target->durations, sum->pairs[2 * i] - before);
        put(&target->durations, sum->pairs[2 * i + 1]);
        before = sum->pairs[2 * i];
    }
    put_starts(sum, &target->starts);
}

void block_sum_bytes_clear(struct block_sum_bytes *bytes)
{
    text_buffer_free(&bytes->figures);
    text_buffer_free(&bytes->ranges);
    text_buffer_free(&bytes->durations);
    text_buffer_free(&bytes->starts);
}

bool block_sum_read_figures(struct block_sum *sum, struct text bytes)
{
    struct distribution_part *ended = &sum->ended;
    int64_t *const numbers[] = {
        &sum->count,     &sum->errors,   &sum->running, &sum->cancelled, &sum->spans,
        &sum->first_ns,  &sum->last_ns,  &ended->count, &ended->sum,     &ended->least,
        &ended->largest, &sum->shortest, &sum->longest,
    };
    return take_all(&bytes, numbers, ARRAY_LEN(numbers)) && bytes.length == 0 &&
           db_count(sum->count) == sum->count && sum->errors <= sum->count &&
           sum->running <= sum->count && sum->cancelled <= sum->count &&
           ended->count == sum->count - sum->running && db_count(sum->spans) == sum->spans &&
           sum->first_ns <= sum->last_ns && ended->least <= ended->largest &&
           sum->shortest <= ended->count && sum->longest <= ended->count;
}

bool block_sum_read_ranges(struct block_sum *sum, struct text bytes)
{
    for (size_t i = 0; i < BLOCK_SEGMENTS; i++) {
        int64_t least, largest;
        if (!take(&bytes, &least) || !take(&bytes, &largest)) {
            return false;
        }
        bool none = least == BLOCK_NO_BUCKET && largest == BLOCK_NO_BUCKET;
        if (!none && (largest >= DISTRIBUTION_BUCKETS || least > largest)) {
            return false;
        }
        sum->ranges[i] = (struct block_range){(uint16_t)least, (uint16_t)largest};
    }
    return bytes.length == 0;
}

/* What the pairs add up to is for distribution_add_part to say. */
bool block_sum_read_durations(struct block_sum *sum, struct text bytes)
{
    int64_t bucket = 0, step = 0;
    size_t count = 0;
    for (; bytes.length > 0; count++) {
        if (count == DISTRIBUTION_BUCKETS || !take(&bytes, &step) || step >= DISTRIBUTION_BUCKETS ||
            !take(&bytes, &sum->pairs[2 * count + 1])) {
            return false;
        }
        bucket += step;
        sum->pairs[2 * count] = bucket;
    }
    sum->ended.buckets = sum->pairs;
    sum->ended.bucket_count = count;
    return true;
}

static bool take_bin(struct text *bytes, int64_t left, int64_t *ret_step,
                     struct summary_bucket *bin)
{
    int64_t count = 0, errors = 0, bands[SUMMARY_BANDS];
    int64_t *const numbers[] = {ret_step, &errors, &bands[0], &bands[1], &bands[2]};
    if (!take_all(bytes, numbers, ARRAY_LEN(numbers))) {
        return false;
    }
    for (size_t i = 0; i < SUMMARY_BANDS; i++) {
        if (bands[i] > left - count) {
            return false;
        }
        count += bands[i];
        bin->bands[i] = (uint32_t)bands[i];
    }
    bin->count = (uint32_t)count;
    bin->errors = (uint32_t)errors;
    return errors <= count;
}

bool block_sum_read_starts(struct block_sum *sum, struct text bytes)
{
    int64_t number = 0, step = 0, left = sum->count;
    int64_t last = time_bin_of(sum->level, sum->last_ns);
    for (sum->bin_count = 0; bytes.length > 0; sum->bin_count++) {
        if (sum->bin_count == BLOCK_BINS ||
            !take_bin(&bytes, left, &step, &sum->bins[sum->bin_count]) || step > last - number) {
            return false;
        }
        number += step;
        left -= sum->bins[sum->bin_count].count;
        sum->bin_numbers[sum->bin_count] = number;
    }
    return left == 0 &&
           (sum->bin_count == 0 || sum->bin_numbers[0] >= time_bin_of(sum->level, sum->first_ns));
}
