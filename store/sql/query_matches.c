/* query_matches — which spans of one trace satisfy a filter, in slices. */
#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/sql/filter_sql.h"
#include "store/sql/reader_private.h"

enum { SPANS_BETWEEN_LOOKS = 64 };

struct span_search {
    struct reader *reader;
    struct filter filter; /* our copy: the query points into it */
    struct query query;
    sqlite3_stmt *statement;
    int place; /* the parameters that say behind which id and side to go on */
};

/* Every span is a row, with what the condition says of it: a slice can end at any of them. */
static enum err prepare(struct span_search *search, int64_t number, int64_t now_ns,
                        struct err_msg *why)
{
    struct query condition = {0};
    struct query *query = &search->query;
    bool needs_body = false;
    enum err err = filter_sql_of_span(search->reader, search->filter.root, now_ns, &condition,
                                      &needs_body, why);
    if (err == ERR_OK) {
        query_add(query, "SELECT s.id, s.side, s.body, ");
        query_add_query(query, &condition);
        query_add(query, " FROM span s");
        query_add(query, needs_body ? " CROSS JOIN body b ON b.id = s.body" : "");
        query_add(query, " WHERE s.trace = ");
        query_add_int(query, number);
        query_add(query, " AND (s.id, s.side) > (");
        search->place = (int)query->count + 1;
        query_add_int(query, 0); /* before all ids, which are blobs or texts */
        query_add(query, ", ");
        query_add_int(query, 0);
        query_add(query, ")");
        int rc = query_prepare(query, search->reader->db, &search->statement);
        err = reader_error(search->reader, rc, why);
    }
    query_clear(&condition);
    return err;
}

enum err span_search_begin(struct reader *reader, int64_t number, const struct filter *filter,
                           int64_t now_ns, struct span_search **ret_search, struct err_msg *why)
{
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    struct span_search *search = mem_zero(1, sizeof *search);
    search->reader = reader;
    filter_copy(filter, &search->filter);
    err = prepare(search, number, now_ns, why);
    reader_end(reader);
    if (err != ERR_OK) {
        span_search_end(search);
        return err;
    }
    *ret_search = search;
    return ERR_OK;
}

/* The keys found so far. */
struct found {
    int64_t *bodies;
    size_t count, capacity;
};

static void add_found(struct found *found, int64_t body)
{
    if (found->count == found->capacity) {
        found->capacity = found->capacity == 0 ? 256 : found->capacity * 2;
        found->bodies = mem_grow(found->bodies, found->capacity * sizeof *found->bodies);
    }
    found->bodies[found->count++] = body;
}

/* The statement looks behind the span it stands at when it is asked again. */
static int keep_place(struct span_search *search)
{
    sqlite3_value *id = sqlite3_value_dup(sqlite3_column_value(search->statement, 0));
    int64_t side = sqlite3_column_int64(search->statement, 1);
    sqlite3_reset(search->statement);
    int rc = id != NULL ? sqlite3_bind_value(search->statement, search->place, id) : SQLITE_NOMEM;
    sqlite3_bind_int64(search->statement, search->place + 1, side);
    sqlite3_value_free(id);
    return rc;
}

static int run(struct span_search *search, int64_t until_ns, struct found *found)
{
    sqlite3_stmt *statement = search->statement;
    int rc = sqlite3_step(statement);
    for (size_t spans = 1; rc == SQLITE_ROW; spans++) {
        if (sqlite3_column_int(statement, 3) != 0) {
            add_found(found, sqlite3_column_int64(statement, 2));
        }
        if (spans % SPANS_BETWEEN_LOOKS == 0 && clock_monotonic_ns() >= until_ns) {
            rc = keep_place(search);
            return rc == SQLITE_OK ? SQLITE_ROW : rc;
        }
        rc = sqlite3_step(statement);
    }
    sqlite3_reset(statement);
    return rc;
}

enum err span_search_step(struct span_search *search, int64_t budget_ns, struct arena *arena,
                          struct spans_found *ret_found, struct err_msg *why)
{
    struct found found = {0};
    enum err err = reader_begin(search->reader, why);
    if (err != ERR_OK) {
        return err;
    }
    int rc = run(search, clock_monotonic_ns() + budget_ns, &found);
    err = reader_error(search->reader, rc, why);
    reader_end(search->reader);
    if (err == ERR_OK) {
        size_t bytes = found.count * sizeof *found.bodies;
        ret_found->bodies = arena_alloc(arena, bytes + 1);
        ret_found->count = found.count;
        ret_found->done = rc == SQLITE_DONE;
        if (bytes > 0) {
            memcpy(ret_found->bodies, found.bodies, bytes);
        }
    }
    free(found.bodies);
    return err;
}

void span_search_end(struct span_search *search)
{
    if (search != NULL) {
        sqlite3_finalize(search->statement);
        query_clear(&search->query);
        filter_clear(&search->filter);
        free(search);
    }
}
