/* sanitize_rows — secrets in rows of SQL, behind the names of their columns. */
#include "ingest/sanitize_rows.h"

#include <string.h>

#include "ingest/masking.h"
#include "ingest/sanitize.h"
#include "ingest/sanitize_literal.h"

enum { COLUMNS_MOST = 512, NAME_LARGEST_BYTES = 120 };

/* The names in front of VALUES. Whether one is a secret's is asked when a literal stands under it:
 * most rows are placeholders. */
struct columns {
    const struct sanitize_rules *rules;
    struct text names[COLUMNS_MOST];
    enum { NOT_ASKED, HARMLESS, SECRET } known[COLUMNS_MOST];
    size_t count;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The two bytes of an end of line in JSON. */
static bool is_escape(const char *at)
{
    return at[0] == '\\' && (at[1] == 'n' || at[1] == 'r' || at[1] == 't');
}

static size_t skip_blanks(struct text text, size_t at)
{
    while (at < text.length) {
        if (is_blank(text.data[at])) {
            at++;
        } else if (at + 1 < text.length && is_escape(text.data + at)) {
            at += 2;
        } else {
            break;
        }
    }
    return at;
}

static size_t skip_blanks_back(struct text text, size_t at)
{
    while (at > 0) {
        if (is_blank(text.data[at - 1])) {
            at--;
        } else if (at > 1 && is_escape(text.data + at - 2)) {
            at -= 2;
        } else {
            break;
        }
    }
    return at;
}

/* ---- the names ------------------------------------------------------------------------------- */

/* Where the word begins that stands before `end`, if it is that one. */
static bool follows_word(struct text text, size_t end, const char *word, size_t *ret_start)
{
    size_t length = strlen(word);
    end = skip_blanks_back(text, end);
    if (length > end || !text_is_nocase(text_make(text.data + end - length, length), word)) {
        return false;
    }
    size_t start = end - length;
    char before = start > 0 ? text.data[start - 1] : ' ';
    *ret_start = start;
    return (!is_letter(before) && !is_digit(before) && before != '_') ||
           (start > 1 && is_escape(text.data + start - 2));
}

/* Where the word VALUES begins that stands in front of the bracket at `open`. */
static bool follows_values(struct text text, size_t open, size_t *ret_start)
{
    return follows_word(text, open, "values", ret_start) ||
           follows_word(text, open, "value", ret_start);
}

/* True when the bracket at `open` is that of "token IN (" or "token NOT IN (". */
static bool follows_secret_in(const struct sanitize_rules *rules, struct text text, size_t open)
{
    size_t end;
    if (!follows_word(text, open, "in", &end)) {
        return false;
    }
    (void)follows_word(text, end, "not", &end);
    end = skip_blanks_back(text, end);
    size_t start = end;
    while (start > 0 && end - start < NAME_LARGEST_BYTES &&
           (unsigned char)text.data[start - 1] > ' ' &&
           strchr("(),;=<>!'", text.data[start - 1]) == NULL) {
        start--;
    }
    return sanitize_is_secret_key(rules, text_make(text.data + start, end - start));
}

static void split_columns(struct columns *columns, struct text list)
{
    columns->count = 0;
    for (size_t at = 0; columns->count < COLUMNS_MOST && at <= list.length; at++) {
        size_t start = at;
        while (at < list.length && list.data[at] != ',') {
            at++;
        }
        columns->names[columns->count] = text_make(list.data + start, at - start);
        columns->known[columns->count++] = NOT_ASKED;
    }
}

static bool is_secret_column(struct columns *columns, size_t i)
{
    if (i < columns->count && columns->known[i] == NOT_ASKED) {
        struct text name = text_trim(columns->names[i]);
        bool secret =
            name.length <= NAME_LARGEST_BYTES && sanitize_is_secret_key(columns->rules, name);
        columns->known[i] = secret ? SECRET : HARMLESS;
    }
    return i < columns->count && columns->known[i] == SECRET;
}

/* ---- the values ------------------------------------------------------------------------------ */

/* $$...$$ and $tag$...$tag$ of Postgres: behind the one that opens at `at`, or one byte on. */
static size_t skip_dollars(struct text text, size_t at)
{
    size_t end = at + 1;
    while (end < text.length && (is_letter(text.data[end]) || text.data[end] == '_')) {
        end++;
    }
    if (end == text.length || text.data[end] != '$') {
        return at + 1;
    }
    size_t length = end + 1 - at;
    for (size_t i = end + 1; i + length <= text.length; i++) {
        if (text.data[i] == '$' && memcmp(text.data + i, text.data + at, length) == 0) {
            return i + length;
        }
    }
    return text.length;
}

/* The comma or bracket behind the value that begins at `at`, or the end of the text. */
static size_t value_end(struct text text, size_t at)
{
    size_t depth = 0;
    while (at < text.length) {
        size_t behind = at + 1;
        switch (text.data[at]) {
        case '$':
            behind = skip_dollars(text, at);
            break;
        case '\'':
        case '"':
        case '`':
        case '\\':
            behind = literal_skip(text, at);
            break;
        case '(':
        case '[':
            depth++;
            break;
        case ')':
        case ']':
            if (depth == 0) {
                return at;
            }
            depth--;
            break;
        case ',':
            if (depth == 0) {
                return at;
            }
            break;
        default:
            break;
        }
        at = behind;
    }
    return at;
}

/* Columns, keywords and calls of functions without arguments. */
static bool is_names(struct text value)
{
    bool inside = false;
    for (size_t i = 0; i < value.length; i++) {
        char c = value.data[i];
        bool word = is_letter(c) || c == '_' || c == '.' || (inside && is_digit(c));
        if (!word && c != '(' && c != ')' && !is_blank(c)) {
            return false;
        }
        inside = word;
    }
    return true;
}

/* Masks what stands between start and end: a literal inside of its quotes, anything else whole. */
static void mask_value(struct masking *masking, size_t start, size_t end)
{
    struct text value = text_trim(text_make(masking->text.data + start, end - start));
    size_t inner_start;
    size_t inner_end;
    if (literal_find(value, 0, true, &inner_start, &inner_end) &&
        literal_skip(value, inner_start - 1) == value.length) {
        value = text_make(value.data + inner_start, inner_end - inner_start);
    } else if (is_names(value)) {
        return;
    }
    bool literal = value.data > masking->text.data && literal_is_quote(value.data[-1]);
    if (literal ? !literal_is_harmless(value) : !literal_is_placeholder(value)) {
        start = (size_t)(value.data - masking->text.data);
        masking_range(masking, start, start + value.length);
    }
}

/* One row, whose bracket opens at `at`. Returns where it closes, or the end of the text. */
static size_t mask_row(struct masking *masking, struct columns *columns, size_t at)
{
    struct text text = masking->text;
    for (size_t i = 0; at < text.length && (i == 0 || text.data[at] == ','); i++) {
        size_t start = at + 1;
        at = value_end(text, start);
        struct text value = text_trim(text_make(text.data + start, at - start));
        if (!literal_is_placeholder(value) && is_secret_column(columns, i)) {
            mask_value(masking, start, at);
        }
    }
    return at;
}

/* The literals of a list whose bracket opens at `at`. Returns where it closes, or the end of the
 * text. */
static size_t mask_list(struct masking *masking, size_t at)
{
    struct text text = masking->text;
    do {
        size_t value = skip_blanks(text, at + 1);
        size_t start;
        size_t end;
        at = value_end(text, value);
        if (literal_find(text, value, true, &start, &end) && end <= at &&
            !literal_is_harmless(text_make(text.data + start, end - start))) {
            masking_range(masking, start, end);
        }
    } while (at < text.length && text.data[at] == ',');
    return at;
}

static size_t mask_rows(struct masking *masking, struct columns *columns, size_t open)
{
    struct text text = masking->text;
    for (;;) {
        size_t at = mask_row(masking, columns, open);
        size_t next = skip_blanks(text, at + 1);
        if (at == text.length || next >= text.length || text.data[next] != ',') {
            return at;
        }
        open = skip_blanks(text, next + 1);
        if (open == text.length || text.data[open] != '(') {
            return open;
        }
    }
}

/* The rows of which the first opens at `open`; names: what stands in front of their VALUES, behind
 * the bracket of the columns. Returns how far was read. */
static size_t mask_insert(const struct sanitize_rules *rules, struct masking *masking,
                          struct text names, size_t open)
{
    struct columns columns;
    const char *close = memchr(names.data, ')', names.length);
    if (close == NULL) {
        return open;
    }
    columns.rules = rules;
    split_columns(&columns, text_make(names.data, (size_t)(close - names.data)));
    return mask_rows(masking, &columns, open);
}

static size_t mask_inserts(const struct sanitize_rules *rules, const char *open, struct text *text,
                           struct arena *arena)
{
    struct masking masking = {.text = *text};
    const char *names = NULL; /* behind the last bracket that no VALUES stands before */
    while (open != NULL) {
        size_t at = (size_t)(open - text->data);
        size_t values;
        if (follows_secret_in(rules, *text, at)) {
            at = mask_list(&masking, at);
        } else if (!follows_values(*text, at, &values)) {
            names = open + 1;
        } else if (names != NULL) {
            size_t length = (size_t)(text->data + values - names);
            at = mask_insert(rules, &masking, text_make(names, length), at);
            names = NULL; /* so that none is looked at twice */
        }
        open = at < text->length ? memchr(text->data + at + 1, '(', text->length - at - 1) : NULL;
    }
    return masking_end(&masking, text, arena);
}

size_t sanitize_rows(const struct sanitize_rules *rules, struct text *text, struct arena *arena)
{
    const char *open = text->length > 0 ? memchr(text->data, '(', text->length) : NULL;
    return open != NULL ? mask_inserts(rules, open, text, arena) : 0;
}
