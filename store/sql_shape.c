/* sql_shape — a statement without what it was asked for: its literals and comments. */
#include "store/sql_shape.h"

#include <string.h>

enum { NAME_DIGITS = 4 };

/* How statements begin, and what must follow later. */
static const struct {
    const char *verb;
    struct text later;
} verbs[] = {
    {"select", TEXT("")},     {"insert", TEXT("into")}, {"update", TEXT("set")},
    {"delete", TEXT("from")}, {"with", TEXT("as")},     {"replace", TEXT("into")},
    {"merge", TEXT("into")},  {"create", TEXT("")},     {"alter", TEXT("")},
    {"drop", TEXT("")},       {"truncate", TEXT("")},   {"begin", TEXT("")},
    {"commit", TEXT("")},     {"rollback", TEXT("")},   {"savepoint", TEXT("")},
    {"release", TEXT("")},    {"pragma", TEXT("")},     {"explain", TEXT("")},
    {"vacuum", TEXT("")},     {"values", TEXT("")},     {"start", TEXT("transaction")},
};

/* Where in the statement we are. */
struct shape {
    struct text sql;
    struct text_buffer kept;
    size_t word;  /* where the last word begins in kept */
    bool in_word; /* and that it still goes on */
    bool in_list; /* inside the brackets behind VALUES or IN */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool starts_with(const struct shape *shape, size_t at, const char *prefix)
{
    return text_starts_with(text_make(shape->sql.data + at, shape->sql.length - at), prefix);
}

/* Behind the first `end` from `at` on, or the end of the statement. */
static size_t find_behind(const struct shape *shape, size_t at, struct text end)
{
    for (; at + end.length <= shape->sql.length; at++) {
        if (memcmp(shape->sql.data + at, end.data, end.length) == 0) {
            return at + end.length;
        }
    }
    return shape->sql.length;
}

/* Behind a text in quotes; of one with a backslash before its quote, the end of the statement. */
static size_t quoted_end(const struct shape *shape, size_t at)
{
    size_t end = find_behind(shape, at + 1, text_make(shape->sql.data + at, 1));
    return end >= at + 3 && shape->sql.data[end - 2] == '\\' ? shape->sql.length : end;
}

/* Behind $$...$$ or $tag$...$tag$; `at` itself if there is none. */
static size_t dollar_end(const struct shape *shape, size_t at)
{
    size_t tag = at + 1;
    while (tag < shape->sql.length &&
           (is_letter(shape->sql.data[tag]) || shape->sql.data[tag] == '_' ||
            (tag > at + 1 && is_digit(shape->sql.data[tag])))) {
        tag++;
    }
    if (tag == shape->sql.length || shape->sql.data[tag] != '$') {
        return at;
    }
    tag++;
    return find_behind(shape, tag, text_make(shape->sql.data + at, tag - at));
}

static size_t number_end(const struct shape *shape, size_t at)
{
    while (at < shape->sql.length &&
           (is_letter(shape->sql.data[at]) || is_digit(shape->sql.data[at]) ||
            shape->sql.data[at] == '.')) {
        at++;
    }
    return at;
}

/* The last thing that was kept, without the blanks behind it. */
static struct text kept_so_far(const struct shape *shape)
{
    return text_trim(text_buffer_text(&shape->kept));
}

static bool last_word_is(const struct shape *shape, const char *word)
{
    struct text kept = text_buffer_text(&shape->kept);
    return shape->word <= kept.length &&
           text_is_nocase(text_trim(text_make(kept.data + shape->word, kept.length - shape->word)),
                          word);
}

/* A double quote that opens a text rather than a name, and ends at `end`. */
static bool opens_text(const struct shape *shape, size_t end)
{
    struct text kept = kept_so_far(shape);
    if (end < shape->sql.length && shape->sql.data[end] == '.') {
        return false; /* of a table */
    }
    bool compared = kept.length > 0 && strchr("=<>!~?", kept.data[kept.length - 1]) != NULL;
    return compared || shape->in_list || last_word_is(shape, "like") ||
           last_word_is(shape, "ilike");
}

bool name_is_data(struct text part)
{
    size_t digits = 0;
    for (size_t i = 0; i < part.length; i++) {
        digits += is_digit(part.data[i]);
    }
    return digits >= NAME_DIGITS || memchr(part.data, '@', part.length) != NULL;
}

/* Behind the literal or comment at `at`; `at` itself if something else stands there. */
static size_t literal_end(const struct shape *shape, size_t at)
{
    char c = shape->sql.data[at];
    if (c == '\'') {
        return quoted_end(shape, at);
    }
    if (c == '"') {
        size_t end = quoted_end(shape, at);
        bool data = name_is_data(text_make(shape->sql.data + at, end - at));
        return data || opens_text(shape, end) ? end : at;
    }
    if (starts_with(shape, at, "--")) {
        size_t end = find_behind(shape, at, TEXT("\n"));
        return end - (shape->sql.data[end - 1] == '\n');
    }
    if (starts_with(shape, at, "/*")) {
        return find_behind(shape, at + 2, TEXT("*/"));
    }
    if (c == '$' && !shape->in_word) {
        return dollar_end(shape, at);
    }
    return is_digit(c) && !shape->in_word ? number_end(shape, at) : at;
}

/* Keeps the byte at `at`, or a name in double quotes as a whole. Returns where to go on. */
static size_t keep(struct shape *shape, size_t at)
{
    char c = shape->sql.data[at];
    bool in_word = is_letter(c) || c == '_' || c == '$' || (shape->in_word && is_digit(c));
    if (c == '(') {
        shape->in_list =
            last_word_is(shape, "values") || last_word_is(shape, "in") || shape->in_list;
    } else if (c == ')') {
        struct text rest = text_make(shape->sql.data + at + 1, shape->sql.length - at - 1);
        shape->in_list = shape->in_list && text_starts_with(text_trim(rest), ",");
    }
    if (in_word && !shape->in_word) {
        shape->word = shape->kept.length;
    }
    shape->in_word = in_word;
    size_t end = c == '"' ? quoted_end(shape, at) : at + 1;
    text_append(&shape->kept, text_make(shape->sql.data + at, end - at));
    return end;
}

/* Behind its comments and brackets it begins like a statement. */
static bool is_statement(struct text shape)
{
    size_t start = 0;
    while (start < shape.length && strchr("? (;\t\r\n", shape.data[start]) != NULL) {
        start++;
    }
    size_t end = start;
    while (end < shape.length && is_letter(shape.data[end])) {
        end++;
    }
    struct text rest = text_make(shape.data + end, shape.length - end);
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (text_is_nocase(text_make(shape.data + start, end - start), verbs[i].verb)) {
            return verbs[i].later.length == 0 || text_contains_nocase(rest, verbs[i].later);
        }
    }
    return false;
}

struct text sql_without_literals(struct text sql, struct arena *arena)
{
    struct shape shape = {.sql = sql};
    for (size_t at = 0; at < sql.length;) {
        size_t end = literal_end(&shape, at);
        if (end == at) {
            at = keep(&shape, at);
            continue;
        }
        shape.in_word = false;
        text_append_char(&shape.kept, '?');
        at = end;
    }
    struct text kept = text_buffer_text(&shape.kept);
    struct text text = is_statement(kept) ? arena_copy(arena, kept) : (struct text){0};
    text_buffer_free(&shape.kept);
    return text;
}
