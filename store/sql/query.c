/* query — SQL under construction: literal pieces of text, and the values bound to its marks. */
#include "store/sql/query.h"

#include <stdlib.h>
#include <string.h>

enum value_kind { VALUE_INT, VALUE_TEXT, VALUE_BLOB, VALUE_TERM };

struct query_value {
    enum value_kind kind;
    int64_t number;
    struct text bytes;
    struct query_term *term;
};

const char query_term_type[] = "filter term";

static struct query_value *add_value(struct query *query)
{
    if (query->count == query->capacity) {
        query->capacity = query->capacity != 0 ? query->capacity * 2 : 8;
        query->values = mem_grow(query->values, query->capacity * sizeof *query->values);
    }
    query_add(query, "?");
    struct query_value *value = &query->values[query->count++];
    *value = (struct query_value){0};
    return value;
}

void query_add(struct query *query, const char *literal)
{
    text_append_cstr(&query->sql, literal);
}

void query_add_int(struct query *query, int64_t value)
{
    struct query_value *slot = add_value(query);
    slot->kind = VALUE_INT;
    slot->number = value;
}

void query_add_text(struct query *query, struct text value)
{
    struct query_value *slot = add_value(query);
    slot->kind = VALUE_TEXT;
    slot->bytes = arena_copy(&query->arena, value.data != NULL ? value : TEXT(""));
}

void query_add_blob(struct query *query, const uint8_t *bytes, size_t length)
{
    struct query_value *slot = add_value(query);
    slot->kind = VALUE_BLOB;
    slot->bytes = arena_copy(&query->arena, text_make((const char *)bytes, length));
}

void query_add_term(struct query *query, const struct filter_node *node)
{
    struct query_value *slot = add_value(query);
    slot->kind = VALUE_TERM;
    slot->term = arena_zero(&query->arena, 1, sizeof *slot->term);
    slot->term->node = node;
}

static void add_copy(struct query *query, const struct query_value *value)
{
    switch (value->kind) {
    case VALUE_INT:
        query_add_int(query, value->number);
        break;
    case VALUE_TEXT:
        query_add_text(query, value->bytes);
        break;
    case VALUE_BLOB:
        query_add_blob(query, (const uint8_t *)value->bytes.data, value->bytes.length);
        break;
    case VALUE_TERM:
        query_add_term(query, value->term->node);
        break;
    }
}

void query_add_query(struct query *query, const struct query *part)
{
    struct text rest = text_buffer_text(&part->sql);
    for (size_t i = 0; i < part->count; i++) {
        const char *mark = memchr(rest.data, '?', rest.length);
        size_t length = (size_t)(mark - rest.data);
        text_append(&query->sql, text_make(rest.data, length));
        add_copy(query, &part->values[i]);
        rest = text_make(mark + 1, rest.length - length - 1);
    }
    text_append(&query->sql, rest);
}

static int bind(sqlite3_stmt *statement, int at, const struct query_value *value)
{
    switch (value->kind) {
    case VALUE_INT:
        return sqlite3_bind_int64(statement, at, value->number);
    case VALUE_TEXT:
        return sqlite3_bind_text64(statement, at, value->bytes.data, value->bytes.length,
                                   SQLITE_STATIC, SQLITE_UTF8);
    case VALUE_BLOB:
        return sqlite3_bind_blob64(statement, at, value->bytes.data, value->bytes.length,
                                   SQLITE_STATIC);
    case VALUE_TERM:
        return sqlite3_bind_pointer(statement, at, value->term, query_term_type, NULL);
    }
    return SQLITE_MISUSE;
}

int query_prepare(const struct query *query, sqlite3 *db, sqlite3_stmt **ret_statement)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, query->sql.data, (int)query->sql.length, &statement, NULL);
    for (size_t i = 0; i < query->count && rc == SQLITE_OK; i++) {
        rc = bind(statement, (int)i + 1, &query->values[i]);
    }
    if (rc != SQLITE_OK) {
        sqlite3_finalize(statement);
        return rc;
    }
    *ret_statement = statement;
    return SQLITE_OK;
}

void query_clear(struct query *query)
{
    arena_clear(&query->arena);
    text_buffer_free(&query->sql);
    free(query->values);
    *query = (struct query){0};
}
