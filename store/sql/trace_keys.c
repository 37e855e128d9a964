/* trace_keys — the newest ids in memory, a run of them in order on its way into the table. */
#include "store/sql/trace_keys.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/seed.h"
#include "store/sql/db.h"

enum {
    BUCKETS = 1 << 16,
    RUN_SMALLEST = 1 << 16,      /* so many wait before a run begins */
    RUN_SMALLEST_IDLE = 1 << 13, /* the same when there is nothing else to do */
    RUN_SLICES = 16,
    WAITING_LARGEST = 1 << 18, /* when a file is opened; more are brought in at once */
    SORTED_BYTES = 16,
};

struct waiting {
    struct id id;
    uint32_t next; /* place + 1 of the next in this bucket, an older one */
    int64_t number;
};

/* Order matters for speed alone: the beginning of an id is enough. */
struct run_item {
    uint8_t id[SORTED_BYTES];
    int64_t number;
};

struct trace_keys {
    sqlite3 *db;
    sqlite3_stmt *find, *add, *end;
    struct waiting *waiting; /* by number */
    size_t count, capacity;
    uint64_t seed;
    uint32_t buckets[BUCKETS];
    struct run_item *run; /* of the first run_count that wait; NULL = none is on its way */
    size_t run_count, run_done;
};

/* Its one row may be missing in a file that others have changed: then nothing is in the table. */
static const char mend_end[] = "INSERT INTO trace_key_end(number)"
                               " SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM trace_key_end)";

static const char merge_all[] =
    "BEGIN IMMEDIATE;"
    "INSERT OR IGNORE INTO trace_key(id, number, id_form)"
    " SELECT id, number, id_form FROM trace WHERE number > (SELECT number FROM trace_key_end)"
    " ORDER BY id;"
    "UPDATE trace_key_end SET number = max(number, ifnull((SELECT max(number) FROM trace), 0));"
    "COMMIT";

/* ---- what waits ----------------------------------------------------------------------------- */

static uint32_t *bucket_of(struct trace_keys *keys, const struct id *id)
{
    return &keys->buckets[seed_hash(keys->seed, id->bytes, id->length) & (BUCKETS - 1)];
}

static void enter(struct trace_keys *keys, size_t place)
{
    uint32_t *bucket = bucket_of(keys, &keys->waiting[place].id);
    keys->waiting[place].next = *bucket;
    *bucket = (uint32_t)place + 1;
}

void trace_keys_add(struct trace_keys *keys, const struct id *id, int64_t number)
{
    if (keys->count == keys->capacity) {
        keys->capacity = keys->capacity * 2 + 1024;
        keys->waiting = mem_grow(keys->waiting, keys->capacity * sizeof *keys->waiting);
    }
    keys->waiting[keys->count] = (struct waiting){.id = *id, .number = number};
    enter(keys, keys->count++);
}

/* They are the newest, also of their buckets, and in no run: that began between transactions. */
void trace_keys_take_back(struct trace_keys *keys, int64_t number)
{
    while (keys->count > 0 && keys->waiting[keys->count - 1].number >= number) {
        const struct waiting *last = &keys->waiting[--keys->count];
        *bucket_of(keys, &last->id) = last->next;
    }
}

/* The first ones are in the table. */
static void remove_first(struct trace_keys *keys, size_t count)
{
    keys->count -= count;
    memmove(keys->waiting, keys->waiting + count, keys->count * sizeof *keys->waiting);
    memset(keys->buckets, 0, sizeof keys->buckets);
    for (size_t i = 0; i < keys->count; i++) {
        enter(keys, i);
    }
}

static enum err load_waiting(struct trace_keys *keys, struct err_msg *why)
{
    sqlite3_stmt *row = NULL;
    enum err err = db_prepare(keys->db,
                              "SELECT id, id_form, number FROM trace"
                              " WHERE number > (SELECT number FROM trace_key_end) ORDER BY number",
                              &row, why);
    int rc = SQLITE_DONE;
    while (err == ERR_OK && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        struct id id = db_column_id(row, 0, (enum id_form)sqlite3_column_int(row, 1));
        trace_keys_add(keys, &id, sqlite3_column_int64(row, 2));
    }
    if (err == ERR_OK) {
        err = db_error(keys->db, rc, why);
    }
    sqlite3_finalize(row);
    return err;
}

enum err trace_keys_open(sqlite3 *db, struct trace_keys **ret_keys, struct err_msg *why)
{
    struct trace_keys *keys = mem_zero(1, sizeof *keys);
    keys->seed = seed_new();
    const struct db_statement statements[] = {
        {&keys->find, "SELECT number FROM trace_key WHERE id = ?1"},
        {&keys->add, "INSERT OR IGNORE INTO trace_key(id, number, id_form)"
                     " SELECT id, number, id_form FROM trace WHERE number = ?1"},
        {&keys->end, "UPDATE trace_key_end SET number = ?1"},
    };
    keys->db = db;
    int64_t count = 0;
    enum err err = db_prepare_all(db, statements, ARRAY_LEN(statements), why);
    if (err == ERR_OK) {
        err = db_run(db, mend_end, why);
    }
    if (err == ERR_OK) {
        err = db_get_i64(db,
                         "SELECT count(*) FROM trace"
                         " WHERE number > (SELECT number FROM trace_key_end)",
                         &count, why);
    }
    if (err == ERR_OK && count > WAITING_LARGEST) { /* an older version has written it */
        err = db_run(db, merge_all, why);
        db_rollback(db);
    }
    if (err == ERR_OK) {
        err = load_waiting(keys, why);
    }
    if (err != ERR_OK) {
        trace_keys_close(keys);
        return err;
    }
    *ret_keys = keys;
    return ERR_OK;
}

void trace_keys_close(struct trace_keys *keys)
{
    if (keys == NULL) {
        return;
    }
    sqlite3_finalize(keys->find);
    sqlite3_finalize(keys->add);
    sqlite3_finalize(keys->end);
    free(keys->waiting);
    free(keys->run);
    free(keys);
}

enum err trace_keys_find(struct trace_keys *keys, const struct id *id, int64_t *ret_number,
                         struct err_msg *why)
{
    uint32_t place = *bucket_of(keys, id);
    for (; place != 0; place = keys->waiting[place - 1].next) {
        if (id_equals(&keys->waiting[place - 1].id, id)) {
            *ret_number = keys->waiting[place - 1].number;
            return ERR_OK;
        }
    }
    db_bind_id(keys->find, 1, id);
    int rc = sqlite3_step(keys->find);
    enum err err = db_error(keys->db, rc, why);
    if (err == ERR_OK) {
        *ret_number = rc == SQLITE_ROW ? sqlite3_column_int64(keys->find, 0) : 0;
    }
    sqlite3_reset(keys->find);
    return err;
}

/* ---- the run -------------------------------------------------------------------------------- */

static int compare_run_items(const void *left, const void *right)
{
    const struct run_item *a = left;
    const struct run_item *b = right;
    return memcmp(a->id, b->id, sizeof a->id);
}

static void begin_run(struct trace_keys *keys)
{
    keys->run_count = keys->count;
    keys->run_done = 0;
    keys->run = mem_zero(keys->run_count, sizeof *keys->run);
    for (size_t i = 0; i < keys->run_count; i++) {
        const struct id *id = &keys->waiting[i].id;
        memcpy(keys->run[i].id, id->bytes, id->length < SORTED_BYTES ? id->length : SORTED_BYTES);
        keys->run[i].number = keys->waiting[i].number;
    }
    qsort(keys->run, keys->run_count, sizeof *keys->run, compare_run_items);
}

/* With the last slice all of the run counts as being in the table. */
static enum err add_slice(struct trace_keys *keys, size_t slice_end, struct err_msg *why)
{
    enum err err = db_run(keys->db, "BEGIN IMMEDIATE", why);
    for (size_t i = keys->run_done; i < slice_end && err == ERR_OK; i++) {
        db_bind_i64(keys->add, 1, keys->run[i].number);
        err = db_step_reset(keys->add, why);
    }
    if (err == ERR_OK && slice_end == keys->run_count) {
        db_bind_i64(keys->end, 1, keys->waiting[keys->run_count - 1].number);
        err = db_step_reset(keys->end, why);
    }
    if (err == ERR_OK) {
        err = db_run(keys->db, "COMMIT", why);
    }
    if (err != ERR_OK) {
        db_rollback(keys->db);
    }
    return err;
}

enum err trace_keys_merge(struct trace_keys *keys, bool idle, bool *ret_more, struct err_msg *why)
{
    *ret_more = false;
    if (keys->run == NULL) {
        if (keys->count < (size_t)(idle ? RUN_SMALLEST_IDLE : RUN_SMALLEST)) {
            return ERR_OK;
        }
        begin_run(keys);
    }
    size_t slice_end = keys->run_done + keys->run_count / RUN_SLICES + 1;
    slice_end = slice_end < keys->run_count ? slice_end : keys->run_count;
    enum err err = add_slice(keys, slice_end, why);
    if (err != ERR_OK) {
        return err;
    }
    keys->run_done = slice_end;
    *ret_more = slice_end < keys->run_count;
    if (!*ret_more) {
        remove_first(keys, keys->run_count);
        free(keys->run);
        keys->run = NULL;
    }
    return ERR_OK;
}
