/* query_find — a trace by its id, in any spelling, or by how that begins. */
#include "store/sql/query_find.h"

#include <string.h>

#include "store/sql/query.h"
#include "store/sql/reader_private.h"

enum {
    PREFIX_SMALLEST = 4,
    AMBIGUOUS_SHOWN = 3,
    ID_BYTES = 16,
    ID_NIBBLES = 2 * ID_BYTES,
    SHORT_NIBBLES = 16,
};

/* ---- as a query ----------------------------------------------------------------------------- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The hex digits an id begins with, dashes left out where a UUID has them; false if it has others.
 */
static bool read_nibbles(struct text text, uint8_t nibbles[ID_NIBBLES], size_t *ret_count,
                         bool *ret_dashes)
{
    size_t count = 0;
    *ret_dashes = false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '-' && (i == 8 || i == 13 || i == 18 || i == 23)) {
            *ret_dashes = true;
            continue;
        }
        int digit = digit_of(text.data[i]);
        if (digit < 0 || count == ID_NIBBLES) {
            return false;
        }
        nibbles[count++] = (uint8_t)digit;
    }
    *ret_count = count;
    return count > 0;
}

static void add_separator(struct query *query, bool *any)
{
    query_add(query, *any ? " UNION ALL " : "");
    query_add(query, "SELECT number FROM id_of_trace WHERE ");
    *any = true;
}

/* Ids whose bytes from `skip` on begin with the nibbles; the bytes before are zero. */
static void add_range(struct query *query, const uint8_t *nibbles, size_t count, size_t skip)
{
    uint8_t low[ID_BYTES] = {0};
    uint8_t high[ID_BYTES];
    for (size_t i = 0; i < count; i++) {
        low[skip + i / 2] |= (uint8_t)(nibbles[i] << (i % 2 == 0 ? 4 : 0));
    }
    memcpy(high, low, sizeof high);
    for (size_t i = count; i < ID_NIBBLES - 2 * skip; i++) {
        high[skip + i / 2] |= (uint8_t)(15 << (i % 2 == 0 ? 4 : 0));
    }
    query_add(query, "id >= ");
    query_add_blob(query, low, sizeof low);
    query_add(query, " AND id <= ");
    query_add_blob(query, high, sizeof high);
}

/* Ids that are text begin with the text: all from it to the next text of the same length. */
static void add_text_range(struct query *query, struct text prefix)
{
    char after[ID_LARGEST_BYTES];
    memcpy(after, prefix.data, prefix.length);
    after[prefix.length - 1]++; /* never wraps: 0xFF is in no UTF-8 text */
    query_add(query, "id >= ");
    query_add_text(query, prefix);
    query_add(query, " AND id < ");
    query_add_text(query, text_make(after, prefix.length));
}

bool trace_id_query(struct query *query, struct text text)
{
    uint8_t nibbles[ID_NIBBLES];
    size_t count = 0;
    bool dashes = false;
    bool any = false;
    text = text_trim(text);
    if (text.length == 0 || text.length > ID_LARGEST_BYTES || !text_is_utf8(text)) {
        return false;
    }
    if (read_nibbles(text, nibbles, &count, &dashes)) {
        add_separator(query, &any);
        add_range(query, nibbles, count, 0);
        if (!dashes && count <= SHORT_NIBBLES) { /* printed without the eight zero bytes in front */
            add_separator(query, &any);
            add_range(query, nibbles, count, ID_BYTES - SHORT_NIBBLES / 2);
            query_add(query, " AND id_form = ");
            query_add_int(query, ID_SHORT);
        }
    }
    if (count < ID_NIBBLES) { /* all digits there: that one has become bytes */
        add_separator(query, &any);
        add_text_range(query, text);
    }
    return true;
}

/* ---- as a question -------------------------------------------------------------------------- */

/* "7f3c09d2..., 7f3c1100..." */
static enum err ambiguous(struct reader *reader, const int64_t *numbers, size_t count,
                          struct text text, struct err_msg *why)
{
    struct text_buffer list = {0};
    struct arena arena = {0};
    for (size_t i = 0; i < count; i++) {
        struct trace_row row;
        char id[ID_PRINT_BYTES];
        if (reader_trace_row(reader, numbers[i], &arena, &row) == ERR_OK) {
            id_print(&row.id, id);
            text_append_format(&list, "%s%s", i > 0 ? ", " : "", id);
        }
    }
    enum err err = err_set(why, ERR_AMBIGUOUS, "more than one trace begins with %.*s: %.*s",
                           TEXT_ARGS(text), TEXT_ARGS(text_buffer_text(&list)));
    text_buffer_free(&list);
    arena_clear(&arena);
    return err;
}

/* A whole id wins over longer ones that begin with it. */
static enum err find_whole(struct reader *reader, struct text text, int64_t *ret_number)
{
    struct id id;
    sqlite3_stmt *statement;
    enum err err = id_parse_trace(text, &id);
    if (err == ERR_OK) {
        err = reader_statement(reader, READ_TRACE_ID, &statement, NULL);
    }
    if (err != ERR_OK) {
        return err;
    }
    db_bind_id(statement, 1, &id);
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        *ret_number = sqlite3_column_int64(statement, 0);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rc == SQLITE_DONE ? ERR_NOT_FOUND : reader_error(reader, rc, NULL);
}

/* Zeros begin a short id twice: where it is printed, and before. */
static bool is_among(const int64_t *numbers, size_t count, int64_t number)
{
    size_t i = 0;
    while (i < count && numbers[i] != number) {
        i++;
    }
    return i < count;
}

/* Numbers of the first few traces whose ids begin with the text. */
static enum err find_prefix(struct reader *reader, struct text text, int64_t *numbers,
                            size_t *ret_count, struct err_msg *why)
{
    struct query query = {0};
    sqlite3_stmt *statement = NULL;
    *ret_count = 0;
    if (!trace_id_query(&query, text)) {
        query_clear(&query);
        return ERR_OK;
    }
    query_add(&query, " LIMIT ");
    query_add_int(&query, AMBIGUOUS_SHOWN);
    int rc = query_prepare(&query, reader->db, &statement);
    rc = rc == SQLITE_OK ? sqlite3_step(statement) : rc;
    for (; rc == SQLITE_ROW && *ret_count < AMBIGUOUS_SHOWN; rc = sqlite3_step(statement)) {
        int64_t number = sqlite3_column_int64(statement, 0);
        if (!is_among(numbers, *ret_count, number)) {
            numbers[(*ret_count)++] = number;
        }
    }
    enum err err = reader_error(reader, rc, why);
    sqlite3_finalize(statement);
    query_clear(&query);
    return err;
}

enum err reader_find(struct reader *reader, struct text id_or_prefix, int64_t *ret_number,
                     struct err_msg *why)
{
    int64_t numbers[AMBIGUOUS_SHOWN] = {0};
    size_t count = 1;
    struct text text = text_trim(id_or_prefix);
    struct text shown = text_make(text.data, text_cut(text, ID_LARGEST_BYTES));
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    if (find_whole(reader, text, &numbers[0]) != ERR_OK) {
        err = text.length >= PREFIX_SMALLEST ? find_prefix(reader, text, numbers, &count, why)
                                             : err_set(why, ERR_NOT_FOUND,
                                                       "\"%.*s\": %d or more characters of an id"
                                                       " are needed",
                                                       TEXT_ARGS(shown), PREFIX_SMALLEST);
    }
    reader_end(reader);
    if (err != ERR_OK) {
        return err;
    }
    if (count == 0) {
        return err_set(why, ERR_NOT_FOUND, "no trace has an id that begins with %.*s",
                       TEXT_ARGS(shown));
    }
    if (count > 1) {
        return ambiguous(reader, numbers, count, shown, why);
    }
    *ret_number = numbers[0];
    return ERR_OK;
}
