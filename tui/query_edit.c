/* query_edit — changes of a query's text that keep the user's own words: a term less, a term more.
 */
#include "tui/query_edit.h"

#include <time.h>

#include "store/base/clock.h"

/* True when the text at that offset stands outside quotes, parentheses and braces and is not
 * negated. */
static bool is_top(struct text source, size_t offset)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < offset && i < source.length; i++) {
        char c = source.data[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted) {
            depth += c == '(' || c == '{';
            depth -= c == ')' || c == '}';
        }
    }
    bool negated = offset > 0 && (source.data[offset - 1] == '-' || source.data[offset - 1] == '!');
    return depth == 0 && !quoted && !negated;
}

static size_t collect(const struct filter *filter, const struct filter_node *node,
                      const struct filter_node **terms, size_t count, size_t capacity)
{
    bool at_top = node->kind == FILTER_TERM && is_top(filter->source, node->start);
    if (at_top && count < capacity) {
        terms[count++] = node;
    }
    return count;
}

size_t query_terms(const struct filter *filter, const struct filter_node **ret_terms,
                   size_t capacity)
{
    size_t count = 0;
    if (filter->root == NULL) {
        return 0;
    }
    bool several = filter->root->kind == FILTER_AND;
    for (const struct filter_node *node = several ? filter->root->child : filter->root;
         node != NULL; node = several ? node->next : NULL) {
        if (node->kind != FILTER_SPAN || node->braces) {
            count = collect(filter, node, ret_terms, count, capacity);
            continue;
        }
        const struct filter_node *inner = node->child;
        bool group = inner->kind == FILTER_AND;
        for (inner = group ? inner->child : inner; inner != NULL;
             inner = group ? inner->next : NULL) {
            count = collect(filter, inner, ret_terms, count, capacity);
        }
    }
    return count;
}

/* Appends text with its blanks trimmed, separated by one blank from what is there. */
static void append_word(struct text_buffer *target, struct text text)
{
    struct text word = text_trim(text);
    if (word.length == 0) {
        return;
    }
    if (target->length > 0 && target->data[target->length - 1] != ' ') {
        text_append_char(target, ' ');
    }
    text_append(target, word);
}

void query_without(const struct filter *filter, const struct filter_node *const *terms,
                   size_t count, struct text_buffer *target)
{
    size_t at = 0;
    while (at < filter->source.length) {
        const struct filter_node *next = NULL;
        for (size_t i = 0; i < count; i++) {
            if (terms[i]->start >= at && (next == NULL || terms[i]->start < next->start)) {
                next = terms[i];
            }
        }
        size_t end = next != NULL ? next->start : filter->source.length;
        append_word(target, text_make(filter->source.data + at, end - at));
        at = next != NULL ? next->start + next->length : filter->source.length;
    }
}

void query_without_fields(const struct filter *filter, const enum filter_field *fields,
                          size_t count, struct text_buffer *target)
{
    const struct filter_node *terms[QUERY_TERMS_LARGEST];
    size_t term_count = query_terms(filter, terms, ARRAY_LEN(terms));
    size_t kept = 0;
    for (size_t i = 0; i < term_count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (terms[i]->field == fields[k]) {
                terms[kept++] = terms[i];
                break;
            }
        }
    }
    query_without(filter, terms, kept, target);
}

/* "(a OR b)" needs no parentheses any more, "(a) OR (b)" does. */
static bool is_in_parentheses(struct text source)
{
    struct text text = text_trim(source);
    bool ends = text.length >= 2 && text.data[0] == '(' && text.data[text.length - 1] == ')';
    for (size_t i = 1; ends && i + 1 < text.length; i++) {
        ends = !is_top(text, i);
    }
    return ends;
}

void query_append_group(const struct filter *filter, struct text_buffer *target)
{
    bool either = filter->root != NULL && filter->root->kind == FILTER_OR;
    if (either && !is_in_parentheses(filter->source)) {
        text_append_format(target, "(%.*s)", TEXT_ARGS(text_trim(filter->source)));
    } else {
        append_word(target, filter->source);
    }
}

void query_with(const struct filter *filter, struct text term, struct text_buffer *target)
{
    const struct filter_node *terms[QUERY_TERMS_LARGEST];
    size_t count = query_terms(filter, terms, ARRAY_LEN(terms));
    bool there = false;
    for (size_t i = 0; i < count; i++) {
        struct text source = text_make(filter->source.data + terms[i]->start, terms[i]->length);
        there = there || text_equals(source, term);
    }
    query_append_group(filter, target);
    if (!there) {
        append_word(target, term);
    }
}

void query_append_value(struct text_buffer *target, struct text value)
{
    bool bare = value.length > 0;
    for (size_t i = 0; i < value.length && bare; i++) {
        unsigned char c = (unsigned char)value.data[i];
        bool word =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
        bare = word || c == '_' || c == '/' || c == '@' || c == '.' ||
               ((c == ':' || c == '-') && i > 0);
    }
    for (size_t i = 1; i < value.length && bare; i++) {
        bare = value.data[i] != '.' || value.data[i - 1] != '.';
    }
    if (bare) {
        text_append(target, value);
        return;
    }
    text_append_char(target, '"');
    for (size_t i = 0; i < value.length; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\') {
            text_append_char(target, '\\');
        }
        text_append_char(target, value.data[i]);
    }
    text_append_char(target, '"');
}

void query_append_time(struct text_buffer *target, int64_t ns)
{
    time_t seconds = (time_t)(ns / NS_PER_S);
    int ms = (int)(ns % NS_PER_S / NS_PER_MS);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    text_append_format(target, "%04d-%02d-%02dT%02d:%02d", utc.tm_year + 1900, utc.tm_mon + 1,
                       utc.tm_mday, utc.tm_hour, utc.tm_min);
    if (utc.tm_sec != 0 || ms != 0) {
        text_append_format(target, ":%02d", utc.tm_sec);
    }
    if (ms != 0) {
        text_append_format(target, ".%03d", ms);
    }
    text_append_char(target, 'Z');
}
