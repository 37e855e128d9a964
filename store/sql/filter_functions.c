/* filter_functions — SQL functions for the terms of a query that SQL itself cannot compare. */
#include "store/sql/filter_functions.h"

#include "store/base/json.h"
#include "store/filter.h"
#include "store/sql/query.h"
#include "store/sql/reader_private.h"

enum { JSON_DEPTH = JSON_DEPTH_LARGEST };

/* Where senders put the SQL text, newest convention first. */
static const char *const sql_keys[] = {"db.query.text", "db.statement", "sql"};

static struct text argument_text(sqlite3_value *value)
{
    const unsigned char *data = sqlite3_value_text(value);
    return text_make((const char *)data, (size_t)sqlite3_value_bytes(value));
}

/* An object as its sender wrote it: of a span's attributes the row may hold but the number of their
 * head and the rest, see heads.h. Borrowed until the next call. */
static struct text argument_object(sqlite3_context *context, sqlite3_value *value)
{
    struct text object = argument_text(value);
    if (object.length == 0 || object.data[0] < '0' || object.data[0] > '9') {
        return object;
    }
    struct reader *reader = sqlite3_user_data(context);
    int64_t head = 0;
    size_t digits = 0;
    while (digits < object.length && object.data[digits] != ' ') {
        digits++;
    }
    if (digits == object.length ||
        text_parse_i64(text_make(object.data, digits), &head) != ERR_OK) {
        return (struct text){0}; /* the file is damaged */
    }
    text_buffer_clear(&reader->object);
    text_append(&reader->object, reader_name(reader, head));
    text_append(&reader->object, text_make(object.data + digits + 1, object.length - digits - 1));
    return text_buffer_text(&reader->object);
}

static const struct filter_node *argument_term(sqlite3_value *value)
{
    const struct query_term *term = sqlite3_value_pointer(value, query_term_type);
    return term != NULL ? term->node : NULL;
}

bool term_matches(const struct filter_node *term, struct text text)
{
    for (size_t i = 0; i < term->value_count; i++) {
        if (filter_value_matches(&term->values[i], text)) {
            return true;
        }
    }
    return false;
}

static void on_matches(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    const struct filter_node *term = argument_term(arguments[0]);
    struct text text = argument_text(arguments[1]);
    sqlite3_result_int(context, term != NULL && text.data != NULL && term_matches(term, text));
}

/* ---- one attribute -------------------------------------------------------------------------- */

/* Below, equal or above zero. Numbers compare as numbers if both sides are, else texts as texts. */
static int compare_value(const struct filter_value *value, struct text text)
{
    double number;
    if (value->has_real && text_parse_f64(text, &number) == ERR_OK) {
        return number < value->real ? -1 : number > value->real;
    }
    return text_compare(text, value->text);
}

static bool value_equals(const struct filter_value *value, struct text text)
{
    return filter_value_matches(value, text) ||
           (value->match == MATCH_EXACT && value->has_real && compare_value(value, text) == 0);
}

static bool any_equals(const struct filter_node *term, struct text text)
{
    for (size_t i = 0; i < term->value_count; i++) {
        if (value_equals(&term->values[i], text)) {
            return true;
        }
    }
    return false;
}

static bool attribute_holds(const struct filter_node *term, struct text text)
{
    const struct filter_value *values = term->values;
    switch (term->compare) {
    case COMPARE_ANY:
    case COMPARE_EQ:
    case COMPARE_REGEX:
        return any_equals(term, text);
    case COMPARE_NE:
    case COMPARE_NOT_REGEX:
        return !any_equals(term, text);
    case COMPARE_LT:
        return compare_value(&values[0], text) < 0;
    case COMPARE_LE:
        return compare_value(&values[0], text) <= 0;
    case COMPARE_GT:
        return compare_value(&values[0], text) > 0;
    case COMPARE_GE:
        return compare_value(&values[0], text) >= 0;
    case COMPARE_RANGE:
        return (!values[0].present || compare_value(&values[0], text) >= 0) &&
               (!values[1].present || compare_value(&values[1], text) <= 0);
    }
    return false;
}

static void on_attribute(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    const struct filter_node *term = argument_term(arguments[0]);
    struct text object = argument_object(context, arguments[1]);
    struct text raw;
    if (term != NULL && object.data != NULL && json_find(object, term->path, &raw)) {
        struct arena arena = {0};
        sqlite3_result_int(context, attribute_holds(term, json_plain(raw, &arena)));
        arena_clear(&arena);
    }
}

static void on_has_attribute(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    struct text key = argument_text(arguments[0]);
    struct text object = argument_object(context, arguments[1]);
    struct text raw;
    sqlite3_result_int(context, object.data != NULL && json_find(object, key, &raw));
}

static void on_sql(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    const struct filter_node *term = argument_term(arguments[0]);
    struct text object = argument_object(context, arguments[1]);
    bool holds = false;
    for (size_t i = 0; i < ARRAY_LEN(sql_keys) && term != NULL && object.data != NULL && !holds;
         i++) {
        struct text raw;
        if (json_find(object, text_from(sql_keys[i]), &raw)) {
            struct arena arena = {0};
            holds = term_matches(term, json_plain(raw, &arena));
            arena_clear(&arena);
        }
    }
    sqlite3_result_int(context, holds);
}

/* ---- whole objects -------------------------------------------------------------------------- */

/* Patterns are about whole values: looks at each one. */
static bool some_value_matches(const struct filter_node *term, struct text object)
{
    struct json_reader reader;
    struct arena arena = {0};
    struct text key;
    struct text raw;
    bool holds = false;
    json_reader_init(&reader, object, JSON_DEPTH);
    for (json_object_open(&reader); !holds && json_object_next(&reader, &arena, &key);) {
        holds = json_skip(&reader, &raw) && term_matches(term, json_plain(raw, &arena));
    }
    arena_clear(&arena);
    return holds;
}

/* A part is searched in the JSON text as it stands, which is fast; so a part with a quote or a
 * backslash is searched as JSON would write it. */
static bool contains_part(struct text object, struct text part)
{
    struct text_buffer written = {0};
    bool plain = true;
    for (size_t i = 0; i < part.length && plain; i++) {
        plain = part.data[i] != '"' && part.data[i] != '\\' && (unsigned char)part.data[i] >= ' ';
    }
    if (!plain) {
        json_append_string(&written, part);
        part = text_make(written.data + 1, written.length - 2);
    }
    bool contains = text_contains_nocase(object, part);
    text_buffer_free(&written);
    return contains;
}

static void on_attributes(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    const struct filter_node *term = argument_term(arguments[0]);
    struct text object = argument_object(context, arguments[1]);
    bool holds = false;
    bool patterns = false;
    if (term != NULL && object.data != NULL) {
        for (size_t i = 0; i < term->value_count && !holds; i++) {
            bool part = term->values[i].match == MATCH_CONTAINS;
            holds = part && contains_part(object, term->values[i].text);
            patterns = patterns || !part;
        }
        holds = holds || (patterns && some_value_matches(term, object));
    }
    sqlite3_result_int(context, holds);
}

/* True when the object at the cursor has a matching "name"; consumes it. */
static bool event_matches(struct json_reader *reader, struct arena *arena,
                          const struct filter_node *term)
{
    struct text key;
    struct text raw;
    bool holds = false;
    for (json_object_open(reader); json_object_next(reader, arena, &key);) {
        if (json_skip(reader, &raw) && text_is(key, "name")) {
            holds = term_matches(term, json_plain(raw, arena));
        }
    }
    return holds;
}

static void on_events(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    const struct filter_node *term = argument_term(arguments[0]);
    struct text events = argument_text(arguments[1]);
    struct arena arena = {0};
    struct json_reader reader;
    bool holds = false;
    if (term != NULL && events.data != NULL) {
        json_reader_init(&reader, events, JSON_DEPTH);
        for (json_array_open(&reader); !holds && json_array_next(&reader);) {
            holds = event_matches(&reader, &arena, term);
        }
    }
    arena_clear(&arena);
    sqlite3_result_int(context, holds);
}

int filter_functions_register(struct reader *reader)
{
    static const struct {
        const char *name;
        void (*run)(sqlite3_context *context, int count, sqlite3_value **arguments);
    } functions[] = {
        {"term_matches", on_matches},  {"term_in_attributes", on_attributes},
        {"term_on_sql", on_sql},       {"term_on_attribute", on_attribute},
        {"term_on_events", on_events}, {"has_attribute", on_has_attribute},
    };
    int rc = SQLITE_OK;
    for (size_t i = 0; i < ARRAY_LEN(functions) && rc == SQLITE_OK; i++) {
        rc = sqlite3_create_function_v2(reader->db, functions[i].name, 2,
                                        SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                        reader, functions[i].run, NULL, NULL, NULL);
    }
    return rc;
}
