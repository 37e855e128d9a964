/* check_blocks — do the sums of every block say what its segments say? */
#ifndef TRACETUI_STORE_SQL_CHECK_BLOCKS_H
#define TRACETUI_STORE_SQL_CHECK_BLOCKS_H

#include <sqlite3.h>
#include <stdint.h>

#include "store/base/err.h"

/* Calls differs with the number of the first trace of each block that has other sums than it
 * should. Each block in a snapshot of its own. */
enum err check_blocks(sqlite3 *db, void (*differs)(int64_t number, void *ctx), void *ctx,
                      struct err_msg *why) MUST_CHECK;

#endif
