/* query_baselines — how long the spans of an operation usually take, from a sample of the newest.
 *
 * No index leads to the spans of an operation: it would cost every span that is stored. What is
 * usual is what happens now, so the newest traces are a fair sample; a few spans of each, lest one
 * huge trace be all of it. */
#include "store/base/clock.h"
#include "store/sql/reader_private.h"
#include "store/sql/schema.h"

enum { SAMPLE_TRACES = 8192, SAMPLE_SPANS = 32768, SAMPLE_OF_TRACE = 64 };

static const int64_t fresh_ns = 10 * NS_PER_S;

/* Adds some spans of a trace; returns SQLite's result code. */
static int sample_trace(sqlite3_stmt *spans, int64_t number, struct grouping *sample,
                        size_t *ret_count)
{
    int rc;
    sqlite3_bind_int64(spans, 1, number);
    while ((rc = sqlite3_step(spans)) == SQLITE_ROW) {
        grouping_add(sample, sqlite3_column_int64(spans, 0), sqlite3_column_int64(spans, 1),
                     (enum span_status)sqlite3_column_int(spans, 2),
                     db_column_ended_duration(spans, 3));
        ++*ret_count;
    }
    sqlite3_reset(spans);
    return rc;
}

static enum err take_sample(struct reader *reader, struct grouping *sample, struct err_msg *why)
{
    sqlite3_stmt *traces, *spans;
    enum err err = reader_statement(reader, READ_NEWEST, &traces, why);
    if (err == ERR_OK) {
        err = reader_statement(reader, READ_SOME_DURATIONS, &spans, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    size_t count = 0;
    int rc = SQLITE_OK;
    sqlite3_bind_int64(traces, 1, SAMPLE_TRACES);
    sqlite3_bind_int64(spans, 2, SAMPLE_OF_TRACE);
    while (count < SAMPLE_SPANS && (rc = sqlite3_step(traces)) == SQLITE_ROW) {
        rc = sample_trace(spans, sqlite3_column_int64(traces, 0), sample, &count);
        if (rc != SQLITE_DONE) {
            break;
        }
    }
    err = reader_error(reader, rc, why);
    sqlite3_reset(traces);
    return err;
}

static enum err refresh(struct reader *reader, struct err_msg *why)
{
    struct baseline_sample *kept = &reader->baselines;
    int64_t version = 0;
    int64_t now = clock_monotonic_ns();
    if (kept->taken_at_ns != 0 && now - kept->taken_at_ns < fresh_ns) {
        return ERR_OK;
    }
    enum err err = reader_version(reader, &version);
    if (err == ERR_OK && kept->taken_at_ns != 0 && version == kept->version) {
        return ERR_OK;
    }
    struct grouping sample = {0};
    if (err == ERR_OK) {
        err = take_sample(reader, &sample, why);
    }
    if (err != ERR_OK) {
        grouping_clear(&sample);
        return err;
    }
    grouping_clear(&kept->sample);
    *kept = (struct baseline_sample){.sample = sample, .version = version, .taken_at_ns = now};
    return ERR_OK;
}

/* 0: there is no such name. */
static enum err name_id(struct reader *reader, enum name_kind kind, struct text text,
                        int64_t *ret_id, struct err_msg *why)
{
    sqlite3_stmt *statement;
    enum err err = reader_statement(reader, READ_NAME_ID, &statement, why);
    if (err != ERR_OK) {
        return err;
    }
    db_bind_i64(statement, 1, kind);
    db_bind_string(statement, 2, text);
    int rc = sqlite3_step(statement);
    *ret_id = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return reader_error(reader, rc, why);
}

static enum err find_baseline(struct reader *reader, const struct baseline_key *key,
                              struct baseline *ret_baseline, struct err_msg *why)
{
    int64_t service = 0, operation = 0;
    enum err err = name_id(reader, NAME_SERVICE, key->service, &service, why);
    if (err == ERR_OK) {
        err = name_id(reader, NAME_OPERATION, key->operation, &operation, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    struct group *group = grouping_find(&reader->baselines.sample, service, operation);
    *ret_baseline = (struct baseline){0};
    if (group != NULL) {
        *ret_baseline = (struct baseline){
            .count = group->count,
            .p50_ns = distribution_percentile(&group->durations, 50),
            .p95_ns = distribution_percentile(&group->durations, 95),
        };
    }
    return ERR_OK;
}

enum err reader_baselines(struct reader *reader, const struct baseline_key *keys, size_t count,
                          struct baseline *ret_baselines, struct err_msg *why)
{
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    err = refresh(reader, why);
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        err = find_baseline(reader, &keys[i], &ret_baselines[i], why);
    }
    reader_end(reader);
    return err;
}
