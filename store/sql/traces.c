/* traces — the rows of table trace: found by id, brought up to date, written once a transaction.
 *
 * Traces that are busy are kept in memory, so that a commit costs one UPDATE for each trace it
 * touches, however many spans the trace has. Most updates change neither start nor operation nor
 * status: the cheaper statement then leaves all indexes alone. */
#include "store/sql/traces.h"

#include <stdlib.h>

#include "store/base/clock.h"
#include "store/sql/db.h"
#include "store/sql/trace_keys.h"

enum { ENTRIES_LARGEST = 20 * 1000 };

struct traces {
    sqlite3 *db;
    struct trace_keys *keys;
    sqlite3_stmt *find, *add, *update, *update_sums, *update_error, *update_metadata, *spans;
    sqlite3_stmt *has_service;
    struct text_buffer message, stack, metadata; /* what rebuild found, until it is written */
    int64_t next_number, first_number;           /* of a new trace; of those of this transaction */
    struct trace_entries *entries;
    struct trace_entry **touched; /* in this transaction */
    size_t touched_count, touched_capacity;
};

/* The parameters of add and both updates: one function binds them all. */
enum parameter {
    P_NUMBER = 1,
    P_ID,
    P_ID_FORM,
    P_ROOT_OPERATION,
    P_SERVICE,
    P_USER,
    P_SESSION,
    P_CLIENT,
    P_STATUS,
    P_START,
    P_DURATION,
    P_SPANS,
    P_ERRORS,
    P_RUNNING,
    P_SERVICES,
    P_HAS_ROOT,
    P_CANCELLED,
    P_RANKS,
    P_VERSION,
    P_CREATED,
    P_ERROR_MESSAGE,
    P_ERROR_STACK,
    P_METADATA,
};

static const char sql_find[] =
    "SELECT number, root_operation, service, user, session, client, status, start_ns, duration_ns,"
    " span_count, error_count, running_count, cancelled_count, services, ranks, version"
    " FROM trace WHERE number = ?1 AND id = ?2";

static const char sql_add[] =
    "INSERT INTO trace(number, id, id_form, root_operation, service, user, session, client, status,"
    " start_ns, duration_ns, span_count, error_count, running_count, services, has_root,"
    " cancelled_count, ranks, version, created_at, error_message, error_stack, metadata)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
    " ?20, ?21, ?22, ?23)";

static const char sql_update[] =
    "UPDATE trace SET root_operation = ?4, service = ?5, user = ?6, session = ?7, client = ?8,"
    " status = ?9, start_ns = ?10, duration_ns = ?11, span_count = ?12, error_count = ?13,"
    " running_count = ?14, services = ?15, has_root = ?16, cancelled_count = ?17, ranks = ?18,"
    " version = ?19 WHERE number = ?1";

static const char sql_update_sums[] =
    "UPDATE trace SET service = ?5, client = ?8, duration_ns = ?11, span_count = ?12,"
    " error_count = ?13, running_count = ?14, services = ?15, has_root = ?16,"
    " cancelled_count = ?17, ranks = ?18, version = ?19 WHERE number = ?1";

static const char sql_update_error[] =
    "UPDATE trace SET error_message = ?21, error_stack = ?22 WHERE number = ?1";

static const char sql_update_metadata[] = "UPDATE trace SET metadata = ?23 WHERE number = ?1";

static const char sql_spans[] =
    "SELECT s.id, s.side, s.parent IS NOT NULL, s.status, s.start_ns, s.duration_ns, s.name,"
    " s.service, b.user, b.session, b.client_type, n.text, b.message, b.stack,"
    " ifnull((SELECT text FROM name WHERE id = b.metadata), b.metadata)"
    " FROM span s JOIN body b ON b.id = s.body JOIN name n ON n.id = s.service WHERE s.trace = ?1";

static const char sql_has_service[] =
    "SELECT 1 FROM span WHERE trace = ?1 AND service = ?2 LIMIT 1";

/* ---- the transaction ------------------------------------------------------------------------ */

static void forget_entries(struct traces *traces)
{
    trace_entries_clear(traces->entries);
    traces->touched_count = 0;
}

void traces_drop(struct traces *traces, const struct id *id)
{
    trace_entries_drop(traces->entries, id);
}

void traces_begin(struct traces *traces)
{
    if (trace_entries_count(traces->entries) > ENTRIES_LARGEST) {
        forget_entries(traces);
    }
    traces->first_number = traces->next_number;
}

void traces_forget(struct traces *traces)
{
    forget_entries(traces);
    trace_keys_take_back(traces->keys, traces->first_number);
}

/* ---- opening and closing -------------------------------------------------------------------- */

enum err traces_open(sqlite3 *db, struct traces **ret_traces, struct err_msg *why)
{
    struct traces *traces = mem_zero(1, sizeof *traces);
    const struct db_statement statements[] = {
        {&traces->find, sql_find},
        {&traces->add, sql_add},
        {&traces->update, sql_update},
        {&traces->update_sums, sql_update_sums},
        {&traces->update_error, sql_update_error},
        {&traces->update_metadata, sql_update_metadata},
        {&traces->spans, sql_spans},
        {&traces->has_service, sql_has_service},
    };
    traces->db = db;
    traces->entries = trace_entries_new();
    /* Behind the last segment and the last key too: a number within those would not be looked up in
     * table trace. And spans of a trace that is going must not become those of another. */
    enum err err = db_get_next(db,
                               "SELECT max(ifnull((SELECT max(number) FROM trace), 0),"
                               " ifnull((SELECT max(number) FROM trace_gone), 0),"
                               " ifnull((SELECT max(id) FROM trace_segment), -1) * 4096 + 4095,"
                               " ifnull((SELECT max(number) FROM trace_key_end), 0))",
                               &traces->next_number, why);
    if (err == ERR_OK) {
        err = trace_keys_open(db, &traces->keys, why);
    }
    if (err == ERR_OK) {
        err = db_prepare_all(db, statements, ARRAY_LEN(statements), why);
    }
    if (err != ERR_OK) {
        traces_close(traces);
        return err;
    }
    *ret_traces = traces;
    return ERR_OK;
}

void traces_close(struct traces *traces)
{
    if (traces == NULL) {
        return;
    }
    trace_entries_free(traces->entries);
    sqlite3_stmt *const statements[] = {
        traces->find,        traces->add,          traces->update,
        traces->update_sums, traces->update_error, traces->update_metadata,
        traces->spans,       traces->has_service,
    };
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        sqlite3_finalize(statements[i]);
    }
    trace_keys_close(traces->keys);
    text_buffer_free(&traces->message);
    text_buffer_free(&traces->stack);
    text_buffer_free(&traces->metadata);
    free(traces->touched);
    free(traces);
}

struct trace_keys *traces_keys(struct traces *traces)
{
    return traces->keys;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* The row as the statement find returned it. */
static void read_row(struct trace_entry *entry, sqlite3_stmt *row)
{
    struct aggregate *aggregate = &entry->aggregate;
    entry->number = sqlite3_column_int64(row, 0);
    aggregate->root_operation = sqlite3_column_int64(row, 1);
    aggregate->service = sqlite3_column_int64(row, 2);
    aggregate->user = sqlite3_column_int64(row, 3);
    aggregate->session = sqlite3_column_int64(row, 4);
    aggregate->client = sqlite3_column_int64(row, 5);
    entry->stored_status = (enum span_status)sqlite3_column_int(row, 6);
    aggregate->start_ns = db_column_start(row, 7);
    aggregate->end_ns = aggregate->start_ns + db_column_duration(row, 8, aggregate->start_ns);
    aggregate->span_count = db_column_count(row, 9);
    aggregate->error_count = db_column_count(row, 10);
    aggregate->running_count = db_column_count(row, 11);
    aggregate->cancelled_count = db_column_count(row, 12);
    text_append(&aggregate->services, db_column_text(row, 13));
    const uint8_t *ranks = sqlite3_column_blob(row, 14);
    entry->rebuild = !aggregate_unpack(aggregate, ranks, (size_t)sqlite3_column_bytes(row, 14));
    entry->version = sqlite3_column_int64(row, 15);
}

static void remember_stored(struct trace_entry *entry)
{
    const struct aggregate *aggregate = &entry->aggregate;
    entry->stored = true;
    entry->stored_root_operation = aggregate->root_operation;
    entry->stored_user = aggregate->user;
    entry->stored_session = aggregate->session;
    entry->stored_start_ns = aggregate->start_ns;
}

static enum err load_entry(struct traces *traces, const struct id *id,
                           struct trace_entry **ret_entry, struct err_msg *why)
{
    int64_t number = 0;
    int rc = SQLITE_DONE;
    enum err err = trace_keys_find(traces->keys, id, &number, why);
    if (err == ERR_OK && number != 0) {
        db_bind_i64(traces->find, 1, number);
        db_bind_id(traces->find, 2, id);
        rc = sqlite3_step(traces->find);
        err = db_error(traces->db, rc, why);
    }
    if (err == ERR_OK) {
        struct trace_entry *entry = trace_entries_add(traces->entries, id);
        if (rc == SQLITE_ROW) {
            read_row(entry, traces->find);
            remember_stored(entry);
        } else {
            entry->number = traces->next_number++;
            trace_keys_add(traces->keys, id, entry->number);
        }
        *ret_entry = entry;
    }
    sqlite3_reset(traces->find);
    return err;
}

enum err traces_get(struct traces *traces, const struct id *id, struct trace_entry **ret_entry,
                    struct err_msg *why)
{
    struct trace_entry *entry = trace_entries_find(traces->entries, id);
    if (entry == NULL) {
        enum err err = load_entry(traces, id, &entry, why);
        if (err != ERR_OK) {
            return err;
        }
    }
    if (!entry->listed) {
        entry->was_complete = entry->stored && aggregate_has_root(&entry->aggregate) &&
                              entry->aggregate.running_count == 0;
        if (traces->touched_count == traces->touched_capacity) {
            traces->touched_capacity = traces->touched_capacity * 2 + 256;
            traces->touched =
                mem_grow(traces->touched, traces->touched_capacity * sizeof(struct trace_entry *));
        }
        traces->touched[traces->touched_count++] = entry;
        entry->listed = true;
    }
    *ret_entry = entry;
    return ERR_OK;
}

/* ---- spans ---------------------------------------------------------------------------------- */

void traces_add_span(struct trace_entry *entry, const struct span_fact *fact)
{
    aggregate_add(&entry->aggregate, fact);
    entry->changed = true;
}

/* Whether others are left of its service is looked up once a transaction, not for each span: that
 * look may pass all spans of the trace. */
void traces_change_span(struct trace_entry *entry, const struct span_fact *old_fact,
                        const struct span_fact *new_fact)
{
    entry->changed = true;
    entry->rebuild = entry->rebuild || !aggregate_change(&entry->aggregate, old_fact, new_fact);
    if (old_fact->service != new_fact->service) {
        entry->rebuild = entry->rebuild ||
                         (entry->left_service != 0 && entry->left_service != old_fact->service);
        entry->left_service = old_fact->service;
    }
}

/* Is a service still named that no span has any more? */
static enum err find_left_service(struct traces *traces, struct trace_entry *entry,
                                  struct err_msg *why)
{
    if (entry->rebuild || entry->left_service == 0) {
        return ERR_OK;
    }
    db_bind_i64(traces->has_service, 1, entry->number);
    db_bind_i64(traces->has_service, 2, entry->left_service);
    int rc = sqlite3_step(traces->has_service);
    enum err err = db_error(traces->db, rc, why);
    sqlite3_reset(traces->has_service);
    entry->rebuild = rc == SQLITE_DONE;
    return err;
}

/* Copies the text into the buffer if it is the row's, which ends with the next step. */
static void keep(struct text_buffer *buffer, struct text *text, struct text of_row)
{
    if (text->data == of_row.data) {
        text_buffer_clear(buffer);
        text_append(buffer, of_row);
        *text = text_buffer_text(buffer);
    }
}

/* Adds up all spans of a trace anew. */
static enum err rebuild(struct traces *traces, struct trace_entry *entry, struct err_msg *why)
{
    struct aggregate *aggregate = &entry->aggregate;
    sqlite3_stmt *row = traces->spans;
    int rc;
    aggregate_clear(aggregate);
    db_bind_i64(row, 1, entry->number);
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        struct span_fact fact = {
            .id = db_column_id(row, 0, ID_HEX),
            .server_half = sqlite3_column_int(row, 1) != 0,
            .has_parent = sqlite3_column_int(row, 2) != 0,
            .status = (uint8_t)sqlite3_column_int(row, 3),
            .start_ns = db_column_start(row, 4),
            .end_ns = SPAN_RUNNING,
            .name = sqlite3_column_int64(row, 6),
            .service = sqlite3_column_int64(row, 7),
            .user = sqlite3_column_int64(row, 8),
            .session = sqlite3_column_int64(row, 9),
            .client = sqlite3_column_int64(row, 10),
            .service_name = db_column_text(row, 11),
            .message = db_column_text(row, 12),
            .stack = db_column_text(row, 13),
            .metadata = db_column_text(row, 14),
        };
        if (sqlite3_column_type(row, 5) != SQLITE_NULL) {
            fact.end_ns = fact.start_ns + db_column_duration(row, 5, fact.start_ns);
        }
        aggregate_add(aggregate, &fact);
        keep(&traces->message, &aggregate->error_message, fact.message);
        keep(&traces->stack, &aggregate->error_stack, fact.stack);
        keep(&traces->metadata, &aggregate->metadata, fact.metadata);
    }
    enum err err = db_error(traces->db, rc, why);
    sqlite3_reset(row);
    return err;
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool indexes_stay(const struct trace_entry *entry)
{
    const struct aggregate *aggregate = &entry->aggregate;
    return entry->stored_root_operation == aggregate->root_operation &&
           entry->stored_user == aggregate->user && entry->stored_session == aggregate->session &&
           entry->stored_start_ns == aggregate->start_ns &&
           entry->stored_status == aggregate_status(aggregate);
}

static void bind_error(sqlite3_stmt *statement, const struct aggregate *aggregate)
{
    db_bind_text(statement, P_ERROR_MESSAGE, aggregate->error_message);
    db_bind_text(statement, P_ERROR_STACK, aggregate->error_stack);
}

static enum err write_sums(struct traces *traces, struct trace_entry *entry, struct err_msg *why)
{
    const struct aggregate *aggregate = &entry->aggregate;
    sqlite3_stmt *statement = traces->add;
    if (entry->stored) {
        statement = indexes_stay(entry) ? traces->update_sums : traces->update;
    } else {
        db_bind_id(statement, P_ID, &entry->id);
        db_bind_i64(statement, P_ID_FORM, entry->id.form);
        db_bind_i64(statement, P_CREATED, clock_now_ns() / NS_PER_MS);
        bind_error(statement, aggregate);
        db_bind_text(statement, P_METADATA, aggregate->metadata);
    }
    if (statement != traces->update_sums) {
        db_bind_i64(statement, P_ROOT_OPERATION, aggregate->root_operation);
        db_bind_nonzero(statement, P_USER, aggregate->user);
        db_bind_nonzero(statement, P_SESSION, aggregate->session);
        db_bind_i64(statement, P_STATUS, aggregate_status(aggregate));
        db_bind_i64(statement, P_START, aggregate->start_ns);
    }
    uint8_t ranks[AGGREGATE_RANKS_BYTES];
    size_t ranks_length = aggregate_pack(aggregate, ranks);
    db_bind_i64(statement, P_NUMBER, entry->number);
    db_bind_i64(statement, P_SERVICE, aggregate->service);
    db_bind_nonzero(statement, P_CLIENT, aggregate->client);
    db_bind_i64(statement, P_DURATION, aggregate->end_ns - aggregate->start_ns);
    db_bind_i64(statement, P_SPANS, aggregate->span_count);
    db_bind_i64(statement, P_ERRORS, aggregate->error_count);
    db_bind_i64(statement, P_RUNNING, aggregate->running_count);
    db_bind_string(statement, P_SERVICES, text_buffer_text(&aggregate->services));
    db_bind_i64(statement, P_HAS_ROOT, aggregate_has_root(aggregate));
    db_bind_i64(statement, P_CANCELLED, aggregate->cancelled_count);
    db_bind_blob(statement, P_RANKS, ranks, ranks_length);
    db_bind_i64(statement, P_VERSION, entry->version + 1);
    return db_step_reset(statement, why);
}

/* The texts that moved, of a row that is there already. */
static enum err write_texts(struct traces *traces, const struct trace_entry *entry,
                            struct err_msg *why)
{
    const struct aggregate *aggregate = &entry->aggregate;
    enum err err = ERR_OK;
    if (aggregate->error_moved) {
        db_bind_i64(traces->update_error, P_NUMBER, entry->number);
        bind_error(traces->update_error, aggregate);
        err = db_step_reset(traces->update_error, why);
    }
    if (err == ERR_OK && aggregate->metadata_moved) {
        db_bind_i64(traces->update_metadata, P_NUMBER, entry->number);
        db_bind_text(traces->update_metadata, P_METADATA, aggregate->metadata);
        err = db_step_reset(traces->update_metadata, why);
    }
    return err;
}

static enum err write_entry(struct traces *traces, struct trace_entry *entry, struct err_msg *why)
{
    struct aggregate *aggregate = &entry->aggregate;
    enum err err = find_left_service(traces, entry, why);
    if (err == ERR_OK && entry->rebuild) {
        err = rebuild(traces, entry, why);
    }
    if (err == ERR_OK) {
        err = write_sums(traces, entry, why);
    }
    if (err == ERR_OK && entry->stored) {
        err = write_texts(traces, entry, why);
    }
    if (err == ERR_OK) {
        remember_stored(entry);
        entry->stored_status = aggregate_status(aggregate);
        entry->version++;
        entry->changed = entry->rebuild = false;
        entry->left_service = 0;
        aggregate->error_moved = aggregate->metadata_moved = false;
    }
    return err;
}

enum err traces_write(struct traces *traces, struct err_msg *why)
{
    for (size_t i = 0; i < traces->touched_count; i++) {
        struct trace_entry *entry = traces->touched[i];
        entry->listed = false;
        if (entry->changed || entry->rebuild) {
            enum err err = write_entry(traces, entry, why);
            if (err != ERR_OK) {
                return err;
            }
        }
    }
    traces->touched_count = 0;
    return ERR_OK;
}
