/* schema — the tables of a trace database, the views people see, and whether a file is ours.
 *
 * Keys follow arrival: a trace gets the next number, its spans are clustered by it, bodies are
 * appended. So a commit dirties few pages. What the views print, the tables hold once: names in a
 * dictionary, resources and scopes once each, ids as bytes. Only built-in SQL functions are used,
 * so that any sqlite3 shell can read `traces` and `spans`. */
#include "store/sql/schema.h"

#include "store/sql/db.h"

static const char tables[] =
    "CREATE TABLE name("
    "  id INTEGER PRIMARY KEY,"
    "  kind INTEGER NOT NULL,"
    "  text TEXT NOT NULL,"
    "  UNIQUE(kind, text));"

    "CREATE TABLE resource("
    "  id INTEGER PRIMARY KEY,"
    "  hash INTEGER NOT NULL,"
    "  attributes TEXT NOT NULL,"
    "  schema_url TEXT,"
    "  dropped INTEGER NOT NULL);"
    "CREATE INDEX resource_hash ON resource(hash);"

    "CREATE TABLE scope("
    "  id INTEGER PRIMARY KEY,"
    "  hash INTEGER NOT NULL,"
    "  name TEXT, version TEXT, attributes TEXT, schema_url TEXT,"
    "  dropped INTEGER NOT NULL);"
    "CREATE INDEX scope_hash ON scope(hash);"

    /* Each index here grows at its end, or at the end of each operation. Others would make every
     * new trace change a page of its own; segments answer for them, and trace_key.
     *
     * id: BLOB of 8 or 16 bytes, or TEXT; id_form: enum id_form of the first sender. status: enum
     * span_status. ranks: which span each derived column came from, see aggregate.h. */
    "CREATE TABLE trace("
    "  number INTEGER PRIMARY KEY,"
    "  id NOT NULL,"
    "  id_form INTEGER NOT NULL,"
    "  root_operation INTEGER NOT NULL,"
    "  service INTEGER NOT NULL,"
    "  user INTEGER, session INTEGER, client INTEGER,"
    "  status INTEGER NOT NULL,"
    "  start_ns INTEGER NOT NULL,"
    "  duration_ns INTEGER NOT NULL,"
    "  span_count INTEGER NOT NULL,"
    "  error_count INTEGER NOT NULL,"
    "  running_count INTEGER NOT NULL,"
    "  services TEXT NOT NULL,"
    "  error_message TEXT, error_stack TEXT, metadata TEXT,"
    "  has_root INTEGER NOT NULL,"
    "  cancelled_count INTEGER NOT NULL,"
    "  ranks BLOB NOT NULL,"
    "  version INTEGER NOT NULL,"
    "  created_at INTEGER NOT NULL);"
    "CREATE INDEX trace_start ON trace(start_ns);"
    "CREATE INDEX trace_operation ON trace(root_operation, start_ns);"
    "CREATE INDEX trace_error ON trace(start_ns) WHERE status = 2;"
    "CREATE INDEX trace_running ON trace(start_ns) WHERE status = 0;"

    /* side 1: the server's half of an id that client and server share (Zipkin). duration_ns is
     * NULL while the span runs. flags: enum span_flag and enum row_flag. */
    "CREATE TABLE span("
    "  trace INTEGER NOT NULL,"
    "  id NOT NULL,"
    "  side INTEGER NOT NULL,"
    "  parent,"
    "  start_ns INTEGER NOT NULL,"
    "  duration_ns INTEGER,"
    "  name INTEGER NOT NULL,"
    "  service INTEGER NOT NULL,"
    "  type INTEGER NOT NULL,"
    "  status INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  flags INTEGER NOT NULL,"
    "  body INTEGER NOT NULL,"
    "  PRIMARY KEY(trace, id, side)) WITHOUT ROWID;"

    /* What the waterfall does not need. Empty is NULL. metadata: the number of a name, or the
     * object itself when it is large or was stored by version 1. attributes: the object itself, or
     * the number of its head, a blank, and the rest: see heads.h. */
    "CREATE TABLE body("
    "  id INTEGER PRIMARY KEY,"
    "  message TEXT, stack TEXT,"
    "  user INTEGER, session INTEGER, client_type INTEGER, client_version TEXT,"
    "  metadata TEXT, attributes TEXT, events TEXT, links TEXT, trace_state TEXT,"
    "  resource INTEGER, scope INTEGER,"
    "  otlp_flags INTEGER,"
    "  dropped_attributes INTEGER, dropped_events INTEGER, dropped_links INTEGER);";

/* The traces up to the number in trace_key_end by id; newer ones are on their way, see
 * trace_keys.h.
 */
static const char keys[] =
    "CREATE TABLE trace_key("
    "  id PRIMARY KEY NOT NULL,"
    "  number INTEGER NOT NULL,"
    "  id_form INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE trace_key_end(number INTEGER NOT NULL);"
    "INSERT INTO trace_key_end VALUES(0);"
    "CREATE TRIGGER trace_key_is_gone AFTER DELETE ON trace"
    " BEGIN DELETE FROM trace_key WHERE id = old.id AND number = old.number; END;";

/* What the views say of a value; each is an SQL expression in a literal of its own. */
/* clang-format off */
#define NAME_TEXT(column)   "(SELECT text FROM name WHERE name.id = " column ")"
#define MILLISECONDS(ns)    "CAST(round((" ns ") / 1e6) AS INTEGER)"
#define STATUS_TEXT(column) "CASE " column " WHEN 0 THEN 'in_progress' WHEN 1 THEN 'completed'" \
                            " WHEN 2 THEN 'error' ELSE 'cancelled' END"
#define KIND_TEXT(column)   "CASE " column " WHEN 1 THEN 'internal' WHEN 2 THEN 'server'" \
                            " WHEN 3 THEN 'client' WHEN 4 THEN 'producer' WHEN 5 THEN 'consumer'" \
                            " ELSE 'unspecified' END"
#define HEX_TEXT(blob)      "lower(hex(" blob "))"
#define UUID_TEXT(blob)     "lower(substr(hex(" blob "), 1, 8) || '-' ||" \
                            " substr(hex(" blob "), 9, 4) || '-' ||" \
                            " substr(hex(" blob "), 13, 4) || '-' ||" \
                            " substr(hex(" blob "), 17, 4) || '-' || substr(hex(" blob "), 21))"
/* enum id_form: 2 is ID_SHORT, 3 is ID_UUID. */
#define TRACE_ID_TEXT       "CASE WHEN typeof(t.id) = 'text' THEN t.id" \
                            " WHEN t.id_form = 2 THEN substr(" HEX_TEXT("t.id") ", 17)" \
                            " WHEN t.id_form = 3 THEN " UUID_TEXT("t.id") \
                            " ELSE " HEX_TEXT("t.id") " END"
/* NULL and text are printed as they are. */
#define SPAN_ID_TEXT(id, uuid_flag) \
                            "CASE WHEN typeof(" id ") != 'blob' THEN " id \
                            " WHEN s.flags & " uuid_flag " THEN " UUID_TEXT(id) \
                            " ELSE " HEX_TEXT(id) " END"

static const char views[] =
    "CREATE VIEW traces AS SELECT "
    TRACE_ID_TEXT                                     " AS id, "
    NAME_TEXT("t.user")                               " AS user_id, "
    NAME_TEXT("t.session")                            " AS session_id, "
    NAME_TEXT("t.root_operation")                     " AS root_operation, "
    "t.start_ns / 1000000"                            " AS started_at, "
    "CASE WHEN t.running_count = 0"
    " THEN (t.start_ns + t.duration_ns) / 1000000 END"  " AS ended_at, "
    "CASE WHEN t.running_count = 0"
    " THEN " MILLISECONDS("t.duration_ns") " END"     " AS duration_ms, "
    STATUS_TEXT("t.status")                           " AS status, "
    "t.error_message"                                 " AS error_message, "
    "t.error_stack"                                   " AS error_stack, "
    "coalesce(t.metadata, '{}')"                      " AS metadata, "
    "t.created_at"                                    " AS created_at, "
    NAME_TEXT("t.service")                            " AS service, "
    "t.services"                                      " AS services, "
    NAME_TEXT("t.client")                             " AS client_type, "
    "t.start_ns"                                      " AS start_ns, "
    "t.duration_ns"                                   " AS duration_ns, "
    "t.span_count"                                    " AS span_count, "
    "t.error_count"                                   " AS error_count, "
    "t.running_count"                                 " AS running_count "
    "FROM trace t;"

    "CREATE VIEW spans AS SELECT "
    SPAN_ID_TEXT("s.id", "256")                       " AS id, "
    TRACE_ID_TEXT                                     " AS trace_id, "
    SPAN_ID_TEXT("s.parent", "512")                   " AS parent_span_id, "
    NAME_TEXT("s.name")                               " AS operation_name, "
    NAME_TEXT("s.type")                               " AS operation_type, "
    NAME_TEXT("s.service")                            " AS service, "
    "s.start_ns / 1000000"                            " AS started_at, "
    "(s.start_ns + s.duration_ns) / 1000000"          " AS ended_at, "
    MILLISECONDS("s.duration_ns")                     " AS duration_ms, "
    STATUS_TEXT("s.status")                           " AS status, "
    "b.message"                                       " AS error_message, "
    "coalesce(" SCHEMA_ATTRIBUTES ", '{}')"       " AS attributes, "
    "coalesce(b.events, '[]')"                        " AS events, "
    KIND_TEXT("s.kind")                               " AS kind, "
    "s.start_ns"                                      " AS start_ns, "
    "s.duration_ns"                                   " AS duration_ns, "
    NAME_TEXT("b.user")                               " AS user_id, "
    NAME_TEXT("b.session")                            " AS session_id, "
    "coalesce(b.links, '[]')"                         " AS links, "
    "b.stack"                                         " AS error_stack, "
    NAME_TEXT("b.client_type")                        " AS client_type, "
    "b.client_version"                                " AS client_version, "
    "b.trace_state"                                   " AS trace_state, "
    "coalesce(r.attributes, '{}')"                    " AS resource, "
    "c.name"                                          " AS scope_name, "
    "c.version"                                       " AS scope_version "
    "FROM span s JOIN trace t ON t.number = s.trace "
    "LEFT JOIN body b ON b.id = s.body "
    "LEFT JOIN resource r ON r.id = b.resource "
    "LEFT JOIN scope c ON c.id = b.scope;";
/* clang-format on */

enum err schema_check(sqlite3 *db, const char *path, int64_t *ret_version, struct err_msg *why)
{
    int64_t application = 0, version = 0, objects = 0, web_tables = 0;
    enum err err = db_get_i64(db, "PRAGMA application_id", &application, why);
    if (err == ERR_OK) {
        err = db_get_i64(db, "PRAGMA user_version", &version, why);
    }
    if (err == ERR_OK) {
        err = db_get_i64(db, "SELECT count(*) FROM sqlite_master", &objects, why);
    }
    if (err == ERR_OK) {
        err = db_get_i64(db,
                         "SELECT count(*) FROM sqlite_master"
                         " WHERE type = 'table' AND name IN ('traces', 'spans')",
                         &web_tables, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (objects == 0 && application == 0) {
        *ret_version = 0;
        return ERR_OK;
    }
    if (application != SCHEMA_APPLICATION_ID && web_tables == 2) {
        return err_set(why, ERR_VERSION,
                       "%s holds a database of another layout: import it with"
                       " 'tracetui import --format sqlite FILE'",
                       path);
    }
    if (application != SCHEMA_APPLICATION_ID) {
        return err_set(why, ERR_VERSION,
                       "%s is the database of another application: choose another file", path);
    }
    if (version < 1 || version > SCHEMA_VERSION) {
        return err_set(why, ERR_VERSION,
                       "%s has schema version %lld, this program knows version %d: use a newer"
                       " tracetui",
                       path, (long long)version, SCHEMA_VERSION);
    }
    *ret_version = version;
    return ERR_OK;
}

static enum err run_steps(sqlite3 *db, const char *const *steps, size_t count, struct err_msg *why)
{
    for (size_t i = 0; i < count; i++) {
        enum err err = db_run(db, steps[i], why);
        if (err != ERR_OK) {
            db_rollback(db);
            return err;
        }
    }
    return ERR_OK;
}

enum err schema_create(sqlite3 *db, struct err_msg *why)
{
    static const char *const steps[] = {
        "BEGIN IMMEDIATE",         tables,   keys, views, "PRAGMA application_id = 0x74747569",
        "PRAGMA user_version = 4", "COMMIT",
    };
    return run_steps(db, steps, ARRAY_LEN(steps), why);
}

/* Version 2 differs by what new rows hold, which a program of version 1 would not understand, and
 * has fewer indexes. Version 3 has table trace_key in the place of an index. Version 4 again
 * differs by what new rows hold, so its views do. */
enum err schema_upgrade(sqlite3 *db, int64_t version, struct err_msg *why)
{
    const char *const steps[] = {
        "BEGIN IMMEDIATE",
        "DROP INDEX IF EXISTS trace_duration",
        "DROP INDEX IF EXISTS trace_user",
        "DROP INDEX IF EXISTS trace_session",
        "DROP INDEX IF EXISTS trace_id",
        version < 3 ? keys : "",
        "DROP VIEW IF EXISTS traces",
        "DROP VIEW IF EXISTS spans",
        views,
        "PRAGMA user_version = 4",
        "COMMIT",
    };
    return version < SCHEMA_VERSION ? run_steps(db, steps, ARRAY_LEN(steps), why) : ERR_OK;
}

enum err schema_view_keys(sqlite3 *db, int64_t version, struct err_msg *why)
{
    return db_run(db,
                  version < 3
                      ? "CREATE TEMP VIEW id_of_trace AS SELECT id, number, id_form FROM trace"
                      : "CREATE TEMP VIEW id_of_trace AS"
                        " SELECT id, number, id_form FROM trace_key"
                        " WHERE number <= (SELECT ifnull(max(number), 0) FROM trace_key_end)"
                        " UNION ALL SELECT id, number, id_form FROM trace"
                        " WHERE number > (SELECT ifnull(max(number), 0) FROM trace_key_end)",
                  why);
}
