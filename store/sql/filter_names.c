/* filter_names — the dictionary ids of all names that a term matches, as an SQL condition. */
#include "store/sql/filter_names.h"

#include <stdlib.h>

#include "store/sql/filter_functions.h"
#include "store/sql/reader_private.h"

enum { IDS_IN_TEXT = 8 };

struct id_list {
    int64_t *ids;
    size_t count, capacity;
};

static void id_list_add(struct id_list *list, int64_t id)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity != 0 ? list->capacity * 2 : 16;
        list->ids = mem_grow(list->ids, list->capacity * sizeof *list->ids);
    }
    list->ids[list->count++] = id;
}

static bool all_exact(const struct filter_node *term)
{
    for (size_t i = 0; i < term->value_count; i++) {
        if (term->values[i].match != MATCH_EXACT) {
            return false;
        }
    }
    return true;
}

static enum err find_exact(struct reader *reader, const struct filter_node *term,
                           enum name_kind kind, struct id_list *list, struct err_msg *why)
{
    sqlite3_stmt *statement;
    enum err err = reader_statement(reader, READ_NAME_ID, &statement, why);
    for (size_t i = 0; i < term->value_count && err == ERR_OK; i++) {
        db_bind_i64(statement, 1, kind);
        db_bind_string(statement, 2, term->values[i].text);
        int rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW) {
            id_list_add(list, sqlite3_column_int64(statement, 0));
        }
        err = reader_error(reader, rc, why);
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }
    return err;
}

static enum err find_matching(struct reader *reader, const struct filter_node *term,
                              enum name_kind kind, struct id_list *list, struct err_msg *why)
{
    sqlite3_stmt *statement;
    enum err err = reader_statement(reader, READ_KIND, &statement, why);
    if (err != ERR_OK) {
        return err;
    }
    db_bind_i64(statement, 1, kind);
    int rc = sqlite3_step(statement);
    for (; rc == SQLITE_ROW; rc = sqlite3_step(statement)) {
        if (term_matches(term, db_column_text(statement, 1))) {
            id_list_add(list, sqlite3_column_int64(statement, 0));
        }
    }
    sqlite3_reset(statement);
    return reader_error(reader, rc, why);
}

/* "column IN (ids)" as fits their number. A large set travels as one JSON array. */
static void add_ids(struct query *out, const char *column, const struct id_list *list)
{
    if (list->count == 0) {
        query_add(out, "0");
        return;
    }
    query_add(out, column);
    if (list->count == 1) {
        query_add(out, " = ");
        query_add_int(out, list->ids[0]);
        return;
    }
    if (list->count <= IDS_IN_TEXT) {
        for (size_t i = 0; i < list->count; i++) {
            query_add(out, i == 0 ? " IN (" : ", ");
            query_add_int(out, list->ids[i]);
        }
        query_add(out, ")");
        return;
    }
    struct text_buffer array = {0};
    for (size_t i = 0; i < list->count; i++) {
        text_append_format(&array, "%c%lld", i == 0 ? '[' : ',', (long long)list->ids[i]);
    }
    text_append_char(&array, ']');
    query_add(out, " IN (SELECT value FROM json_each(");
    query_add_text(out, text_buffer_text(&array));
    query_add(out, "))");
    text_buffer_free(&array);
}

enum err filter_names_find(struct reader *reader, const struct filter_node *term,
                           enum name_kind kind, int64_t **ret_ids, size_t *ret_count,
                           struct err_msg *why)
{
    struct id_list list = {0};
    enum err err = all_exact(term) ? find_exact(reader, term, kind, &list, why)
                                   : find_matching(reader, term, kind, &list, why);
    if (err != ERR_OK) {
        free(list.ids);
        return err;
    }
    *ret_ids = list.ids;
    *ret_count = list.count;
    return ERR_OK;
}

enum err filter_names_add(struct query *query, struct reader *reader,
                          const struct filter_node *term, const char *column, enum name_kind kind,
                          size_t *ret_count, struct err_msg *why)
{
    struct id_list list = {0};
    enum err err = filter_names_find(reader, term, kind, &list.ids, &list.count, why);
    if (err == ERR_OK) {
        add_ids(query, column, &list);
        *ret_count = list.count;
        free(list.ids);
    }
    return err;
}
