/* sql_layout — a statement broken at its clauses, keywords coloured, parameters below. */
#include "tui/sql_layout.h"

#include <ctype.h>

#include "store/base/json.h"
#include "tui/json_layout.h"

enum { HANG = 2, PARAMETERS_LARGEST = 200 };

/* Words that begin a line of their own. A JOIN's side (LEFT, INNER ...) breaks instead of the JOIN
 * behind it. */
static const char *const breaking[] = {
    "FROM",   "WHERE",     "VALUES", "SET",   "GROUP", "ORDER", "HAVING", "LIMIT",     "UNION",
    "EXCEPT", "RETURNING", "LEFT",   "RIGHT", "INNER", "CROSS", "FULL",   "INTERSECT", "JOIN",
};

static const char *const keywords[] = {
    "SELECT",  "INSERT", "UPDATE", "DELETE",   "INTO",   "AS",      "ON",        "AND",  "OR",
    "NOT",     "NULL",   "IN",     "IS",       "LIKE",   "BETWEEN", "BY",        "ASC",  "DESC",
    "OFFSET",  "WITH",   "CASE",   "WHEN",     "THEN",   "ELSE",    "END",       "ALL",  "DISTINCT",
    "EXISTS",  "BEGIN",  "COMMIT", "ROLLBACK", "CREATE", "TABLE",   "INDEX",     "DROP", "ALTER",
    "REPLACE", "OUTER",  "USING",  "CONFLICT", "DO",     "NOTHING", "RECURSIVE",
};

static bool is_one_of(struct text word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is_nocase(word, words[i])) {
            return true;
        }
    }
    return false;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Length of the token at the front: a word, blanks, something quoted, a comment, or one byte. */
static size_t token(struct text sql)
{
    char first = sql.data[0];
    size_t i = 1;
    if (first == '\'' || first == '"' || first == '`') {
        while (i < sql.length && sql.data[i] != first) {
            i++;
        }
        return i < sql.length ? i + 1 : i;
    }
    if (isspace((unsigned char)first)) {
        while (i < sql.length && isspace((unsigned char)sql.data[i])) {
            i++;
        }
    } else if (is_word(first)) {
        while (i < sql.length && is_word(sql.data[i])) {
            i++;
        }
    }
    return i;
}

static void end_line(struct detail_lines *lines, int indent)
{
    detail_lines_end(lines)->hang = (uint16_t)(indent + HANG);
}

static void begin_line(struct detail_lines *lines, int indent)
{
    if (indent > 0) {
        detail_lines_pad(lines, indent);
    }
}

void sql_layout(struct detail_lines *lines, struct text sql, int indent, bool raw)
{
    struct text rest = text_trim(sql);
    int parentheses = 0;
    bool blank = false; /* a blank is due before the next token */
    bool side = false;  /* a JOIN's side began this line */
    bool first = true;
    if (raw) {
        detail_lines_paragraph(lines, INK(TONE_NORMAL), indent, sql);
        return;
    }
    begin_line(lines, indent);
    while (rest.length > 0 && !lines->cut) {
        struct text word = text_make(rest.data, token(rest));
        rest = text_make(rest.data + word.length, rest.length - word.length);
        if (isspace((unsigned char)word.data[0])) {
            blank = true;
            continue;
        }
        bool breaks = is_one_of(word, breaking, ARRAY_LEN(breaking));
        bool joins = text_is_nocase(word, "JOIN") && side;
        if (breaks && !joins && parentheses == 0 && blank && !first) {
            end_line(lines, indent);
            begin_line(lines, indent);
            side = false;
        } else if (blank) {
            detail_lines_piece(lines, INK(TONE_NORMAL), TEXT(" "));
        }
        side = breaks ? !text_is_nocase(word, "JOIN") : side;
        parentheses += word.data[0] == '(' ? 1 : word.data[0] == ')' ? -1 : 0;
        uint8_t tone = TONE_NORMAL;
        if (breaks || is_one_of(word, keywords, ARRAY_LEN(keywords))) {
            tone = TONE_KEYWORD;
        } else if (word.data[0] == '\'') {
            tone = TONE_STRING;
        } else if (isdigit((unsigned char)word.data[0])) {
            tone = TONE_NUMBER;
        }
        detail_lines_piece(lines, INK(tone), word);
        blank = false;
        first = false;
    }
    end_line(lines, indent);
}

static void parameter(struct detail_lines *lines, struct text label, struct text raw)
{
    detail_lines_piece(lines, INK(TONE_DIM), label);
    detail_lines_piece(lines, INK(TONE_NORMAL), TEXT(" "));
    json_layout_scalar(lines, raw, TEXT("NULL"), true); /* '' and ' ' must show */
    detail_lines_piece(lines, INK(TONE_NORMAL), TEXT("   "));
}

void sql_layout_parameters(struct detail_lines *lines, struct text parameters, int indent)
{
    struct json_reader reader;
    struct arena arena = {0};
    struct text key;
    struct text raw;
    int number = 0;
    if (text_is_empty(parameters)) {
        return;
    }
    struct text plain = json_plain(parameters, &arena); /* some senders put the array in a string */
    json_reader_init(&reader, plain, JSON_DEPTH_LARGEST);
    begin_line(lines, indent);
    enum json_kind kind = json_kind(&reader);
    if (kind == JSON_ARRAY) {
        for (json_array_open(&reader); json_array_next(&reader) && number < PARAMETERS_LARGEST;) {
            if (json_skip(&reader, &raw)) {
                parameter(lines, arena_format(&arena, "?%d", ++number), raw);
            }
        }
    } else if (kind == JSON_OBJECT) {
        for (json_object_open(&reader);
             json_object_next(&reader, &arena, &key) && number++ < PARAMETERS_LARGEST;) {
            if (json_skip(&reader, &raw)) {
                parameter(lines, key, raw);
            }
        }
    } else {
        detail_lines_piece(lines, INK(TONE_NORMAL), plain);
    }
    end_line(lines, indent);
    arena_clear(&arena);
}
