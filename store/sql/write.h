/* write — batches of spans into rows, one transaction at a time. */
#ifndef TRACETUI_STORE_SQL_WRITE_H
#define TRACETUI_STORE_SQL_WRITE_H

#include <sqlite3.h>

#include "store/span.h"

struct traces;
struct write;

/* A batch of the transaction and what became of its spans. */
struct write_part {
    const struct batch *batch;
    /* results; valid after ERR_OK */
    size_t stored, updated, duplicate;
    size_t late; /* of the stored: see counters.h */
};

enum err write_open(sqlite3 *db, struct write **ret_write, struct err_msg *why) MUST_CHECK;
void write_close(struct write *write);

/* Stores all parts in one transaction: all of them, or nothing and an error. */
enum err write_parts(struct write *write, struct write_part *parts, size_t count,
                     struct err_msg *why) MUST_CHECK;

/* The trace rows it knows: whoever deletes rows must drop them there. */
struct traces *write_traces(struct write *write);

#endif
