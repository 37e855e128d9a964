/* schema — the tables of a trace database, the views people see, and whether a file is ours. */
#ifndef TRACETUI_STORE_SQL_SCHEMA_H
#define TRACETUI_STORE_SQL_SCHEMA_H

#include <sqlite3.h>
#include <stdint.h>

#include "store/base/err.h"

enum { SCHEMA_APPLICATION_ID = 0x74747569 /* "ttui" */, SCHEMA_VERSION = 4 };

/* name.kind: which dictionary a text belongs to. */
enum name_kind {
    NAME_OPERATION = 1, /* span names, and root operations of traces */
    NAME_SERVICE,
    NAME_TYPE,
    NAME_USER,
    NAME_SESSION,
    NAME_CLIENT,
    NAME_METADATA, /* JSON objects that many spans repeat, such as what a browser says of itself */
    NAME_HEAD,     /* how the attributes of many spans begin, see heads.h */
};

/* Ids are given one after the other. Readers take memory by the largest: one beyond is damage. */
enum { NAME_IDS_LARGEST = 1 << 28 };

/* span.flags: enum span_flag below, and how the ids were spelled. Ids that are blobs print as hex
 * digits unless their bit says they were dashed UUIDs. */
enum row_flag {
    ROW_ID_UUID = 1 << 8,
    ROW_PARENT_UUID = 1 << 9,
};

/* The attributes of a row of `body b`, as SQL: its head comes before the tail, see heads.h. */
#define SCHEMA_ATTRIBUTES                                                                          \
    "CASE WHEN b.attributes < ':' THEN"                                                            \
    " (SELECT text FROM name WHERE name.id = CAST(b.attributes AS INTEGER))"                       \
    " || substr(b.attributes, instr(b.attributes, ' ') + 1) ELSE b.attributes END"

/* Says whether the open file is one of ours. ret_version: 0 if it holds no tables at all, which is
 * right for a new file; what stands in an older version is read like the present one. Reads only.
 * Errors: ERR_VERSION a newer program made it, or another application; ERR_CORRUPT, ERR_IO, ...:
 * the text says what to do. */
enum err schema_check(sqlite3 *db, const char *path, int64_t *ret_version,
                      struct err_msg *why) MUST_CHECK;

/* On a connection that reads: temporary view id_of_trace(id, number, id_form), in which a trace is
 * found by its id. */
enum err schema_view_keys(sqlite3 *db, int64_t version, struct err_msg *why) MUST_CHECK;

/* Creates all tables, indexes and views in one transaction. */
enum err schema_create(sqlite3 *db, struct err_msg *why) MUST_CHECK;

/* Makes a file of an older version one of the present one, in one transaction. */
enum err schema_upgrade(sqlite3 *db, int64_t version, struct err_msg *why) MUST_CHECK;

#endif
