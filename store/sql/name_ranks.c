/* name_ranks — the alphabetical order of names as numbers, so that rows sort without their texts.
 */
#include "store/sql/name_ranks.h"

#include <stdlib.h>

#include "store/sql/reader_private.h"

static struct name_ranks *ranks_of(struct reader *reader, enum name_kind kind)
{
    return kind == NAME_USER ? &reader->user_ranks : &reader->operation_ranks;
}

/* The index on (kind, text) gives the ids in order. */
static enum err rank_all(struct reader *reader, enum name_kind kind, struct name_ranks *ranks,
                         struct err_msg *why)
{
    sqlite3_stmt *row;
    enum err err = reader_statement(reader, READ_KIND_IN_ORDER, &row, why);
    if (err != ERR_OK) {
        return err;
    }
    int rc;
    db_bind_i64(row, 1, kind);
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(row, 0);
        if (id > 0 && (uint64_t)id < ranks->count) {
            ranks->ranks[id] = ++ranks->last;
        }
    }
    sqlite3_reset(row);
    return reader_error(reader, rc, why);
}

enum err name_ranks_get(struct reader *reader, enum name_kind kind,
                        const struct name_ranks **ret_ranks, struct err_msg *why)
{
    struct name_ranks *kept = ranks_of(reader, kind);
    int64_t newest = 0;
    enum err err = db_get_i64(reader->db, "SELECT ifnull(max(id), 0) FROM name", &newest, why);
    *ret_ranks = kept;
    if (err != ERR_OK || (newest == kept->newest && kept->ranks != NULL)) {
        return err;
    }
    if (newest > NAME_IDS_LARGEST) {
        return err_set(why, ERR_CORRUPT, "database damaged: a name has no possible number");
    }
    struct name_ranks made = {.count = (size_t)newest + 1, .newest = newest};
    made.ranks = mem_zero(made.count, sizeof *made.ranks);
    err = rank_all(reader, kind, &made, why);
    if (err != ERR_OK) {
        name_ranks_clear(&made);
        return err;
    }
    name_ranks_clear(kept);
    *kept = made;
    return ERR_OK;
}

enum err name_rank_of_text(struct reader *reader, enum name_kind kind, struct text text,
                           int64_t *ret_rank, struct err_msg *why)
{
    sqlite3_stmt *row;
    enum err err = reader_statement(reader, READ_NAME_UP_TO, &row, why);
    if (err != ERR_OK) {
        return err;
    }
    int64_t rank = text.length == 0 ? 0 : 1;
    db_bind_i64(row, 1, kind);
    db_bind_string(row, 2, text);
    int rc = sqlite3_step(row);
    if (rc == SQLITE_ROW) {
        bool same = text_equals(db_column_text(row, 1), text);
        rank = name_rank(ranks_of(reader, kind), sqlite3_column_int64(row, 0)) + !same;
    }
    err = reader_error(reader, rc, why);
    sqlite3_reset(row);
    sqlite3_clear_bindings(row);
    *ret_rank = rank;
    return err;
}

void name_ranks_clear(struct name_ranks *ranks)
{
    free(ranks->ranks);
    *ranks = (struct name_ranks){0};
}
