/* query_names — names for completion, most frequent first.
 *
 * Counting over all traces would take seconds in a large store, and who types cares about what
 * happens now: the counts are those of the newest traces. Names that do not occur there follow with
 * the count 0. */
#include <stdlib.h>

#include "store/sql/reader_private.h"
#include "store/sql/schema.h"

#define RECENT_TRACES "50000"
#define RECENT_SPANS  "100000"

/* The newest bodies were written last; spans are clustered by trace, so the newest traces have the
 * newest spans, near enough. */
#define COUNT_TRACES(column)                                                                       \
    "SELECT " column ", count(*) FROM (SELECT " column                                             \
    " FROM trace ORDER BY number DESC LIMIT " RECENT_TRACES ") WHERE " column                      \
    " IS NOT NULL GROUP BY 1"
#define COUNT_SPANS(column)                                                                        \
    "SELECT " column ", count(*) FROM (SELECT " column                                             \
    " FROM span ORDER BY trace DESC LIMIT " RECENT_SPANS ") GROUP BY 1"

struct rule {
    enum filter_field field;
    enum name_kind kind;
    const char *count;
};

static const struct rule rules[] = {
    {FIELD_USER, NAME_USER, COUNT_TRACES("user")},
    {FIELD_SESSION, NAME_SESSION, COUNT_TRACES("session")},
    {FIELD_OP, NAME_OPERATION, COUNT_TRACES("root_operation")},
    {FIELD_CLIENT, NAME_CLIENT, COUNT_TRACES("client")},
    {FIELD_SERVICE, NAME_SERVICE, COUNT_SPANS("service")},
    {FIELD_SPAN, NAME_OPERATION, COUNT_SPANS("name")},
    {FIELD_TYPE, NAME_TYPE, COUNT_SPANS("type")},
};

struct counted {
    int64_t id, count;
};

struct counted_list {
    struct counted *items;
    size_t count, capacity;
};

static void add(struct counted_list *list, int64_t id, int64_t count)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity != 0 ? list->capacity * 2 : 64;
        list->items = mem_grow(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->count++] = (struct counted){.id = id, .count = count};
}

static int by_id(const void *left, const void *right)
{
    const struct counted *a = left;
    const struct counted *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

static int most_first(const void *left, const void *right)
{
    const struct counted *a = left;
    const struct counted *b = right;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return by_id(left, right);
}

static const struct rule *find_rule(enum filter_field field)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (rules[i].field == field) {
            return &rules[i];
        }
    }
    return NULL;
}

static enum err count_recent(struct reader *reader, const struct rule *rule, struct text contains,
                             struct counted_list *list, struct err_msg *why)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(reader->db, rule->count, -1, &statement, NULL);
    rc = rc == SQLITE_OK ? sqlite3_step(statement) : rc;
    for (; rc == SQLITE_ROW; rc = sqlite3_step(statement)) {
        int64_t id = sqlite3_column_int64(statement, 0);
        if (text_contains_nocase(reader_name(reader, id), contains)) {
            add(list, id, sqlite3_column_int64(statement, 1));
        }
    }
    sqlite3_finalize(statement);
    return reader_error(reader, rc, why);
}

/* Appends names that were not counted, until there are limit of them. The operations hold names of
 * spans and of traces together, so for these there is nothing to append. */
static enum err add_others(struct reader *reader, const struct rule *rule, struct text contains,
                           size_t limit, struct counted_list *list, struct err_msg *why)
{
    sqlite3_stmt *statement;
    if (rule->kind == NAME_OPERATION || list->count >= limit) {
        return ERR_OK;
    }
    enum err err = reader_statement(reader, READ_KIND, &statement, why);
    if (err != ERR_OK) {
        return err;
    }
    size_t counted = list->count;
    if (counted > 0) {
        qsort(list->items, counted, sizeof *list->items, by_id);
    }
    db_bind_i64(statement, 1, rule->kind);
    int rc = sqlite3_step(statement);
    for (; rc == SQLITE_ROW && list->count < limit; rc = sqlite3_step(statement)) {
        struct counted wanted = {.id = sqlite3_column_int64(statement, 0)};
        bool known = counted > 0 && bsearch(&wanted, list->items, counted, sizeof wanted, by_id);
        if (!known && text_contains_nocase(db_column_text(statement, 1), contains)) {
            add(list, wanted.id, 0);
        }
    }
    sqlite3_reset(statement);
    return reader_error(reader, rc, why);
}

enum err reader_names(struct reader *reader, enum filter_field field, struct text contains,
                      size_t limit, struct arena *arena, struct name_count *ret_names,
                      size_t *ret_count, struct err_msg *why)
{
    struct counted_list list = {0};
    const struct rule *rule = find_rule(field);
    if (rule == NULL) {
        return err_set(why, ERR_UNSUPPORTED, "the values of this field are not collected");
    }
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    err = count_recent(reader, rule, contains, &list, why);
    if (err == ERR_OK) {
        err = add_others(reader, rule, contains, limit, &list, why);
    }
    if (err == ERR_OK) {
        if (list.count > 0) {
            qsort(list.items, list.count, sizeof *list.items, most_first);
        }
        *ret_count = list.count < limit ? list.count : limit;
        for (size_t i = 0; i < *ret_count; i++) {
            ret_names[i] = (struct name_count){
                .name = arena_copy(arena, reader_name(reader, list.items[i].id)),
                .count = list.items[i].count,
            };
        }
    }
    reader_end(reader);
    free(list.items);
    return err;
}
