/* filter_print — a filter's tree as its one canonical text. */
#include <string.h>

#include "store/filter_value.h"

static const char *const signs[] = {
    [COMPARE_ANY] = ":",    [COMPARE_EQ] = "=",         [COMPARE_NE] = "!=", [COMPARE_LT] = "<",
    [COMPARE_LE] = "<=",    [COMPARE_GT] = ">",         [COMPARE_GE] = ">=", [COMPARE_RANGE] = ":",
    [COMPARE_REGEX] = "=~", [COMPARE_NOT_REGEX] = "!~",
};

static void print_quoted(struct text text, struct text_buffer *target)
{
    text_append_char(target, '"');
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\') {
            text_append_char(target, '\\');
        }
        text_append_char(target, text.data[i]);
    }
    text_append_char(target, '"');
}

static void print_text(enum filter_field field, enum filter_match match, struct text text,
                       struct text_buffer *target)
{
    if (filter_value_needs_quotes(field, match, text)) {
        print_quoted(text, target);
    } else {
        text_append(target, text);
    }
}

void filter_quote(struct text value, struct text_buffer *target)
{
    print_text(FIELD_ATTR, MATCH_EXACT, value, target);
}

/* Behind a colon the match is said where it is not the field's own. */
static const char *match_sign(const struct filter_node *term, const struct filter_value *value)
{
    const struct filter_rule *rule = filter_rule_of(term->field);
    if (term->compare != COMPARE_ANY || value->match == rule->match) {
        return "";
    }
    return value->match == MATCH_REGEX ? "~" : value->match == MATCH_EXACT ? "=" : "";
}

static void print_term(const struct filter_node *term, struct text_buffer *target)
{
    if (term->field == FIELD_TEXT) {
        print_text(FIELD_TEXT, MATCH_CONTAINS, term->values[0].text, target);
        return;
    }
    text_append_cstr(target, filter_rule_of(term->field)->name);
    if (term->field == FIELD_ATTR || term->field == FIELD_META) {
        text_append_char(target, '.');
        /* A colon would end a bare key, so keys obey the rules of free text. */
        print_text(FIELD_TEXT, MATCH_CONTAINS, term->path, target);
    }
    text_append_cstr(target, signs[term->compare]);
    for (size_t i = 0; i < term->value_count; i++) {
        const struct filter_value *value = &term->values[i];
        if (i > 0) {
            text_append_cstr(target, term->compare == COMPARE_RANGE ? ".." : ",");
        }
        if (value->present) {
            text_append_cstr(target, match_sign(term, value));
            print_text(term->field, value->match, value->text, target);
        }
    }
}

/* Braces that the parser added are not printed: it will add them again. */
static const struct filter_node *skip_added_braces(const struct filter_node *node)
{
    return node->kind == FILTER_SPAN && !node->braces ? node->child : node;
}

static void print_node(const struct filter_node *node, struct text_buffer *target);

/* A pattern cannot stand in quotes, and a bracket that it opens takes one that follows at once. */
static bool ends_in_open_pattern(const struct filter_node *node)
{
    while (node->kind != FILTER_TERM) {
        for (node = node->child; node->next != NULL;) {
            node = node->next;
        }
    }
    const struct filter_value *last = &node->values[node->value_count - 1];
    return last->match == MATCH_GLOB && (memchr(last->text.data, '(', last->text.length) != NULL ||
                                         memchr(last->text.data, '{', last->text.length) != NULL);
}

static void print_within(const char *brackets, const struct filter_node *node,
                         struct text_buffer *target)
{
    text_append_char(target, brackets[0]);
    print_node(node, target);
    text_append_cstr(target, ends_in_open_pattern(node) ? " " : "");
    text_append_char(target, brackets[1]);
}

static void print_bracketed(const struct filter_node *node, bool brackets,
                            struct text_buffer *target)
{
    if (brackets) {
        print_within("()", node, target);
    } else {
        print_node(node, target);
    }
}

static void print_node(const struct filter_node *node, struct text_buffer *target)
{
    node = skip_added_braces(node);
    switch (node->kind) {
    case FILTER_TERM:
        print_term(node, target);
        return;
    case FILTER_SPAN:
        print_within("{}", node->child, target);
        return;
    case FILTER_NOT: {
        const struct filter_node *child = skip_added_braces(node->child);
        text_append_char(target, '-');
        print_bracketed(child, child->kind != FILTER_TERM && child->kind != FILTER_SPAN, target);
        return;
    }
    case FILTER_AND:
    case FILTER_OR:
        break;
    }
    for (const struct filter_node *child = node->child; child != NULL; child = child->next) {
        if (child != node->child) {
            text_append_cstr(target, node->kind == FILTER_OR ? " OR " : " ");
        }
        print_bracketed(child, skip_added_braces(child)->kind == FILTER_OR, target);
    }
}

void filter_print(const struct filter *filter, struct text_buffer *target)
{
    if (filter->root != NULL) {
        print_node(filter->root, target);
    }
    if (filter->limit != 0) {
        /* Behind an OR it would become part of the last alternative: harmless, limit: has no
         * place in the tree. */
        text_append_format(target, "%slimit:%lld", filter->root != NULL ? " " : "",
                           (long long)filter->limit);
    }
}
