/* form_query — a query as the fields of a form: what they can show, and the rest, which survives
 * edits. */
#include "tui/form_query.h"

#include "store/span.h"
#include "tui/query_edit.h"

/* Fields that are one term each: "name:" and the value as written. */
static const struct {
    enum form_field form;
    enum filter_field field;
    const char *name;
} simple[] = {
    {FORM_USER, FIELD_USER, "user:"},          {FORM_SESSION, FIELD_SESSION, "session:"},
    {FORM_OPERATION, FIELD_OP, "op:"},         {FORM_SPAN, FIELD_SPAN, "span:"},
    {FORM_SERVICE, FIELD_SERVICE, "service:"}, {FORM_TYPE, FIELD_TYPE, "type:"},
    {FORM_TO, FIELD_UNTIL, "until:"},
};

static struct text value_of(const struct form_query *form, enum form_field field)
{
    return text_trim(text_buffer_text(&form->values[field]));
}

static bool is_unset(const struct form_query *form, enum form_field field)
{
    return value_of(form, field).length == 0;
}

static struct text source_of(const struct filter *filter, const struct filter_node *term)
{
    return text_make(filter->source.data + term->start, term->length);
}

/* What stands behind the first of these characters. */
static struct text behind(struct text source, char mark)
{
    for (size_t i = 0; i < source.length; i++) {
        if (source.data[i] == mark) {
            return text_make(source.data + i + 1, source.length - i - 1);
        }
    }
    return (struct text){0};
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool set(struct form_query *form, enum form_field field, struct text value)
{
    if (!is_unset(form, field) || value.length == 0) {
        return false;
    }
    text_append(&form->values[field], value);
    return true;
}

/* "250ms" of "dur>=250ms" */
static struct text behind_compare(struct text source)
{
    size_t i = 0;
    while (i < source.length && source.data[i] != '<' && source.data[i] != '>' &&
           source.data[i] != '=') {
        i++;
    }
    while (i < source.length &&
           (source.data[i] == '<' || source.data[i] == '>' || source.data[i] == '=')) {
        i++;
    }
    return text_make(source.data + i, source.length - i);
}

static bool read_duration(struct form_query *form, const struct filter_node *term,
                          struct text source)
{
    bool least = term->compare == COMPARE_GT || term->compare == COMPARE_GE;
    bool most = term->compare == COMPARE_LT || term->compare == COMPARE_LE;
    if (least && set(form, FORM_DURATION_LEAST, behind_compare(source))) {
        form->longer = term->compare == COMPARE_GT;
        return true;
    }
    if (most && set(form, FORM_DURATION_MOST, behind_compare(source))) {
        form->shorter = term->compare == COMPARE_LT;
        return true;
    }
    if (term->compare == COMPARE_RANGE && term->value_count == 2 &&
        is_unset(form, FORM_DURATION_LEAST) && is_unset(form, FORM_DURATION_MOST)) {
        set(form, FORM_DURATION_LEAST, term->values[0].text);
        set(form, FORM_DURATION_MOST, term->values[1].text);
        return true;
    }
    return false;
}

static bool read_status(struct form_query *form, const struct filter_node *term)
{
    if (term->compare != COMPARE_ANY || !is_unset(form, FORM_STATUS)) {
        return false;
    }
    for (size_t i = 0; i < term->value_count; i++) {
        if (!term->values[i].has_number || term->values[i].number < 0 ||
            term->values[i].number >= STATUS_COUNT) {
            text_buffer_clear(&form->values[FORM_STATUS]);
            return false;
        }
        if (i > 0) {
            text_append_char(&form->values[FORM_STATUS], ',');
        }
        text_append_cstr(&form->values[FORM_STATUS],
                         status_name((enum span_status)term->values[i].number));
    }
    return true;
}

/* "attr.http.response.status_code>=500": the path, the comparison and the rest. */
static bool read_attribute(struct form_query *form, const struct filter_node *term,
                           struct text source)
{
    static const char *const signs[] = {
        [COMPARE_ANY] = ":",        [COMPARE_EQ] = "=",    [COMPARE_NE] = "!=",
        [COMPARE_LT] = "<",         [COMPARE_LE] = "<=",   [COMPARE_GT] = ">",
        [COMPARE_GE] = ">=",        [COMPARE_RANGE] = ":", [COMPARE_REGEX] = "=~",
        [COMPARE_NOT_REGEX] = "!~",
    };
    const char *sign = signs[term->compare];
    struct text rest = text_make(source.data, source.length);
    size_t path_at = text_starts_with(source, "attr.") ? 5 : 1;
    size_t sign_length = text_from(sign).length;
    size_t value_at = path_at + term->path.length + sign_length;
    bool plain = rest.length > value_at &&
                 text_equals(text_make(source.data + path_at, term->path.length), term->path) &&
                 text_is(text_make(source.data + path_at + term->path.length, sign_length), sign);
    if (!plain || !is_unset(form, FORM_KEY)) {
        return false;
    }
    set(form, FORM_KEY, term->path);
    set(form, FORM_COMPARE, text_from(sign));
    set(form, FORM_VALUE, text_make(source.data + value_at, source.length - value_at));
    return true;
}

static bool read_since(struct form_query *form, const struct filter_node *term, struct text source)
{
    bool relative = term->value_count == 1 && term->values[0].relative;
    if (!is_unset(form, FORM_LAST) || !is_unset(form, FORM_FROM)) {
        return false;
    }
    return set(form, relative ? FORM_LAST : FORM_FROM, behind(source, ':'));
}

static bool read_term(struct form_query *form, const struct filter_node *term, struct text source)
{
    for (size_t i = 0; i < ARRAY_LEN(simple); i++) {
        if (simple[i].field == term->field) {
            return text_starts_with(source, simple[i].name) &&
                   set(form, simple[i].form, behind(source, ':'));
        }
    }
    switch ((int)term->field) {
    case FIELD_STATUS:
        return read_status(form, term);
    case FIELD_DUR:
        return read_duration(form, term, source);
    case FIELD_SPANS:
        return term->compare == COMPARE_GE && set(form, FORM_SPANS_LEAST, behind_compare(source));
    case FIELD_SINCE:
        return read_since(form, term, source);
    case FIELD_ATTR:
        return read_attribute(form, term, source);
    case FIELD_TEXT:
        return set(form, FORM_TEXT, source);
    default:
        return false;
    }
}

void form_query_read(struct form_query *form, const struct filter *filter)
{
    const struct filter_node *terms[QUERY_TERMS_LARGEST];
    size_t count = query_terms(filter, terms, ARRAY_LEN(terms));
    size_t shown = 0;
    for (size_t i = 0; i < count; i++) {
        if (read_term(form, terms[i], source_of(filter, terms[i]))) {
            terms[shown++] = terms[i];
        }
    }
    if (filter->root != NULL && filter->root->kind == FILTER_OR) {
        query_append_group(filter, &form->also);
    } else {
        query_without(filter, terms, shown, &form->also);
    }
}

/* ---- printing ------------------------------------------------------------------------------- */

/* True when prefix and value together are exactly one term of that field. */
static bool is_one_term(const char *prefix, struct text value, enum filter_field field)
{
    struct text_buffer text = {0};
    struct filter filter = {0};
    struct filter_error error;
    text_append_cstr(&text, prefix);
    text_append(&text, value);
    bool one = filter_parse(text_buffer_text(&text), &filter, &error) == ERR_OK;
    if (one) {
        const struct filter_node *terms[2];
        one = query_terms(&filter, terms, ARRAY_LEN(terms)) == 1 && terms[0]->field == field &&
              terms[0]->length == text.length;
        filter_clear(&filter);
    }
    text_buffer_free(&text);
    return one;
}

/* The value as typed if it can stand so, else quoted. */
static void append_term(struct text_buffer *target, const char *prefix, struct text value,
                        enum filter_field field)
{
    if (value.length == 0) {
        return;
    }
    if (target->length > 0) {
        text_append_char(target, ' ');
    }
    text_append_cstr(target, prefix);
    if (is_one_term(prefix, value, field)) {
        text_append(target, value);
    } else {
        query_append_value(target, value);
    }
}

static void append_raw(struct text_buffer *target, const char *prefix, struct text value)
{
    if (value.length > 0) {
        text_append_format(target, "%s%s%.*s", target->length > 0 ? " " : "", prefix,
                           TEXT_ARGS(value));
    }
}

static void print_duration(const struct form_query *form, struct text_buffer *target)
{
    struct text least = value_of(form, FORM_DURATION_LEAST);
    struct text most = value_of(form, FORM_DURATION_MOST);
    if (least.length > 0 && most.length > 0 && !form->longer && !form->shorter) {
        text_append_format(target, "%sdur:%.*s..%.*s", target->length > 0 ? " " : "",
                           TEXT_ARGS(least), TEXT_ARGS(most));
        return;
    }
    append_raw(target, form->longer ? "dur>" : "dur>=", least);
    append_raw(target, form->shorter ? "dur<" : "dur<=", most);
}

static void print_attribute(const struct form_query *form, struct text_buffer *target)
{
    struct text key = value_of(form, FORM_KEY);
    struct text compare = value_of(form, FORM_COMPARE);
    struct text value = value_of(form, FORM_VALUE);
    if (key.length == 0) {
        return;
    }
    struct text_buffer prefix = {0};
    if (value.length == 0) {
        text_append_format(&prefix, "has:attr.%.*s", TEXT_ARGS(key));
        append_raw(target, "", text_buffer_text(&prefix));
    } else {
        text_append_format(&prefix, "attr.%.*s%.*s", TEXT_ARGS(key),
                           TEXT_ARGS(compare.length > 0 ? compare : TEXT("=")));
        append_term(target, prefix.data, value, FIELD_ATTR);
    }
    text_buffer_free(&prefix);
}

void form_query_print(const struct form_query *form, struct text_buffer *target)
{
    append_term(target, "user:", value_of(form, FORM_USER), FIELD_USER);
    append_term(target, "session:", value_of(form, FORM_SESSION), FIELD_SESSION);
    append_term(target, "op:", value_of(form, FORM_OPERATION), FIELD_OP);
    append_raw(target, "status:", value_of(form, FORM_STATUS));
    print_duration(form, target);
    append_raw(target, "spans>=", value_of(form, FORM_SPANS_LEAST));
    append_term(target, "service:", value_of(form, FORM_SERVICE), FIELD_SERVICE);
    append_term(target, "type:", value_of(form, FORM_TYPE), FIELD_TYPE);
    append_term(target, "span:", value_of(form, FORM_SPAN), FIELD_SPAN);
    print_attribute(form, target);
    append_raw(target, "since:", value_of(form, is_unset(form, FORM_LAST) ? FORM_FROM : FORM_LAST));
    append_raw(target, "until:", value_of(form, FORM_TO));
    append_term(target, "", value_of(form, FORM_TEXT), FIELD_TEXT);
    append_raw(target, "", text_buffer_text(&form->also));
}

void form_query_clear(struct form_query *form)
{
    for (size_t i = 0; i < FORM_FIELD_COUNT; i++) {
        text_buffer_free(&form->values[i]);
    }
    text_buffer_free(&form->also);
    *form = (struct form_query){0};
}

/* ---- lists ---------------------------------------------------------------------------------- */

/* Takes the next entry off the front of a comma list; false at the end. */
static bool next_entry(struct text *list, struct text *ret_entry)
{
    if (list->length == 0) {
        return false;
    }
    size_t end = 0;
    bool quoted = false;
    while (end < list->length && (quoted || list->data[end] != ',')) {
        quoted = list->data[end] == '"' ? !quoted : quoted;
        end++;
    }
    *ret_entry = text_make(list->data, end);
    size_t used = end < list->length ? end + 1 : end;
    *list = text_make(list->data + used, list->length - used);
    return true;
}

static bool entry_is(struct text entry, struct text value)
{
    struct text_buffer written = {0};
    query_append_value(&written, value);
    bool same = text_equals(entry, value) || text_equals(entry, text_buffer_text(&written));
    text_buffer_free(&written);
    return same;
}

bool form_list_has(struct text list, struct text value)
{
    struct text entry;
    while (next_entry(&list, &entry)) {
        if (entry_is(entry, value)) {
            return true;
        }
    }
    return false;
}

void form_list_toggle(struct text_buffer *list, struct text value)
{
    struct text_buffer changed = {0};
    struct text rest = text_buffer_text(list);
    struct text entry;
    bool found = false;
    while (next_entry(&rest, &entry)) {
        if (entry_is(entry, value)) {
            found = true;
            continue;
        }
        text_append_format(&changed, "%s%.*s", changed.length > 0 ? "," : "", TEXT_ARGS(entry));
    }
    if (!found) {
        text_append_cstr(&changed, changed.length > 0 ? "," : "");
        query_append_value(&changed, value);
    }
    text_buffer_free(list);
    *list = changed;
}
