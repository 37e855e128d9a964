/* filter_terms — one term of a query as an SQL condition over `trace t` or one `span s`. */
#include "store/sql/filter_terms.h"

#include <time.h>

#include "store/base/clock.h"
#include "store/span.h"
#include "store/sql/filter_names.h"
#include "store/sql/query_find.h"

enum { AT_WIDTH_S = 30, IDS_IN_QUERY = 100 };

/* ---- names ---------------------------------------------------------------------------------- */

static bool is_negative(const struct filter_node *term)
{
    return term->compare == COMPARE_NE || term->compare == COMPARE_NOT_REGEX;
}

static enum err add_name_ids(struct compiler *compiler, const struct filter_node *term,
                             const char *column, enum name_kind kind, size_t *ret_count)
{
    return filter_names_add(compiler->out, compiler->reader, term, column, kind, ret_count,
                            compiler->why);
}

static enum err name_term(struct compiler *compiler, const struct filter_node *term,
                          const char *column, enum name_kind kind, enum filter_anchor anchor)
{
    size_t count = 0;
    bool negative = is_negative(term);
    query_add(compiler->out, negative ? "NOT ifnull(" : "");
    enum err err = add_name_ids(compiler, term, column, kind, &count);
    query_add(compiler->out, negative ? ", 0)" : "");
    if (!negative && count <= 1) {
        compiler->strength = count == 1 ? anchor : ANCHOR_NOTHING;
    }
    return err;
}

/* ---- numbers and times ---------------------------------------------------------------------- */

static void number_range(struct query *out, const struct filter_value values[2], const char *column)
{
    query_add(out, "1");
    for (size_t i = 0; i < 2; i++) {
        if (values[i].present) {
            query_add(out, " AND ");
            query_add(out, column);
            query_add(out, i == 0 ? " >= " : " <= ");
            query_add_int(out, values[i].number);
        }
    }
}

/* A list is no chain of OR: SQLite limits how deep an expression may be. */
static void number_list(struct query *out, const struct filter_node *term, const char *column)
{
    query_add(out, column);
    query_add(out, term->compare == COMPARE_NE ? " NOT IN (" : " IN (");
    for (size_t i = 0; i < term->value_count; i++) {
        query_add(out, i > 0 ? ", " : "");
        query_add_int(out, term->values[i].number);
    }
    query_add(out, ")");
}

static void number_term(struct compiler *compiler, const struct filter_node *term,
                        const char *column)
{
    const char *comparison = NULL;
    switch (term->compare) {
    case COMPARE_ANY:
    case COMPARE_EQ:
    case COMPARE_NE:
        number_list(compiler->out, term, column);
        return;
    case COMPARE_RANGE:
        number_range(compiler->out, term->values, column);
        return;
    case COMPARE_REGEX:
    case COMPARE_NOT_REGEX:
        query_add(compiler->out, "0"); /* the parser refuses this */
        return;
    case COMPARE_LT:
        comparison = " < ";
        break;
    case COMPARE_LE:
        comparison = " <= ";
        break;
    case COMPARE_GT:
        comparison = " > ";
        break;
    case COMPARE_GE:
        comparison = " >= ";
        break;
    }
    query_add(compiler->out, column);
    query_add(compiler->out, comparison);
    query_add_int(compiler->out, term->values[0].number);
}

/* A status is a literal of ours: only so SQLite sees that a partial index holds the rows. */
static void status_term(struct compiler *compiler, const struct filter_node *term,
                        const char *column)
{
    static const char *const literals[STATUS_COUNT] = {
        [STATUS_IN_PROGRESS] = " = 0",
        [STATUS_COMPLETED] = " = 1",
        [STATUS_ERROR] = " = 2",
        [STATUS_CANCELLED] = " = 3",
    };
    struct query *out = compiler->out;
    bool asked[STATUS_COUNT] = {false};
    bool any = false;
    for (size_t i = 0; i < term->value_count; i++) {
        asked[(size_t)term->values[i].number % STATUS_COUNT] = true;
    }
    query_add(out, is_negative(term) ? "NOT (" : "(");
    for (size_t status = 0; status < STATUS_COUNT; status++) {
        if (asked[status]) {
            query_add(out, any ? " OR " : "");
            query_add(out, column);
            query_add(out, literals[status]);
            any = true;
        }
    }
    query_add(out, ")");
    bool others = asked[STATUS_COMPLETED] || asked[STATUS_CANCELLED];
    if (!is_negative(term) && !compiler->in_span && !others &&
        asked[STATUS_ERROR] != asked[STATUS_IN_PROGRESS]) {
        compiler->strength = ANCHOR_STATUS;
    }
}

/* The latest moment with that time of day, on this machine's clock. */
static int64_t latest_time_of_day(int64_t ns_of_day, int64_t now_ns)
{
    int64_t moment = now_ns;
    for (int days = 0; days < 2; days++) {
        time_t now = (time_t)(now_ns / NS_PER_S);
        struct tm fields = {0};
        localtime_r(&now, &fields);
        fields.tm_mday -= days;
        fields.tm_hour = (int)(ns_of_day / (3600 * NS_PER_S));
        fields.tm_min = (int)(ns_of_day / (60 * NS_PER_S) % 60);
        fields.tm_sec = (int)(ns_of_day / NS_PER_S % 60);
        fields.tm_isdst = -1;
        moment = (int64_t)mktime(&fields) * NS_PER_S + ns_of_day % NS_PER_S;
        if (moment <= now_ns) {
            break;
        }
    }
    return moment;
}

static int64_t moment_of(const struct filter_value *value, int64_t now_ns)
{
    int64_t moment = value->number;
    if (value->time_of_day) {
        return latest_time_of_day(value->number, now_ns);
    }
    if (value->relative && __builtin_add_overflow(now_ns, value->number, &moment)) {
        return value->number < 0 ? INT64_MIN : INT64_MAX;
    }
    return moment;
}

void filter_time_range(const struct filter_node *term, int64_t now_ns, int64_t *ret_low_ns,
                       int64_t *ret_high_ns)
{
    int64_t moment = moment_of(&term->values[0], now_ns);
    *ret_low_ns = term->field == FIELD_SINCE ? moment : INT64_MIN;
    *ret_high_ns = term->field == FIELD_UNTIL ? moment : INT64_MAX;
    if (term->field == FIELD_AT) { /* where the sum has no room the range has no end there */
        if (__builtin_sub_overflow(moment, AT_WIDTH_S * NS_PER_S, ret_low_ns)) {
            *ret_low_ns = INT64_MIN;
        }
        if (__builtin_add_overflow(moment, AT_WIDTH_S * NS_PER_S, ret_high_ns)) {
            *ret_high_ns = INT64_MAX;
        }
    }
}

static void time_term(struct compiler *compiler, const struct filter_node *term)
{
    struct query *out = compiler->out;
    int64_t low;
    int64_t high;
    filter_time_range(term, compiler->now_ns, &low, &high);
    if (term->field != FIELD_UNTIL) {
        query_add(out, "t.start_ns >= ");
        query_add_int(out, low);
    }
    if (term->field != FIELD_SINCE) {
        query_add(out, term->field == FIELD_AT ? " AND " : "");
        query_add(out, "t.start_ns <= ");
        query_add_int(out, high);
    }
    compiler->strength = ANCHOR_TIME;
}

/* ---- texts ---------------------------------------------------------------------------------- */

/* "function(TERM, column)" */
static void call(struct query *out, const char *function, const struct filter_node *term,
                 const char *columns)
{
    query_add(out, function);
    query_add(out, "(");
    query_add_term(out, term);
    query_add(out, ", ");
    query_add(out, columns);
    query_add(out, ")");
}

/* What free text is searched in, of one span. */
static enum err span_text(struct compiler *compiler, const struct filter_node *term)
{
    size_t count = 0;
    compiler->needs_body = true;
    enum err err = add_name_ids(compiler, term, "s.name", NAME_OPERATION, &count);
    query_add(compiler->out, " OR ");
    call(compiler->out, "term_matches", term, "b.message");
    query_add(compiler->out, " OR ");
    call(compiler->out, "term_in_attributes", term, "b.attributes");
    return err;
}

static enum err text_term(struct compiler *compiler, const struct filter_node *term)
{
    size_t count = 0;
    if (compiler->in_span) {
        return span_text(compiler, term);
    }
    struct query *out = compiler->out;
    enum err err = add_name_ids(compiler, term, "t.root_operation", NAME_OPERATION, &count);
    query_add(out, " OR ");
    call(out, "term_matches", term, "t.error_message");
    query_add(out, " OR EXISTS (SELECT 1 FROM span s JOIN body b ON b.id = s.body"
                   " WHERE s.trace = t.number AND (");
    if (err == ERR_OK) {
        err = span_text(compiler, term);
    }
    compiler->needs_body = false;
    query_add(out, "))");
    return err;
}

static void error_term(struct compiler *compiler, const struct filter_node *term)
{
    struct query *out = compiler->out;
    query_add(out, is_negative(term) ? "NOT (" : "(");
    if (compiler->in_span) {
        compiler->needs_body = true;
        call(out, "term_matches", term, "b.message");
    } else {
        query_add(out, "t.error_count > 0 AND (");
        call(out, "term_matches", term, "t.error_message");
        query_add(out, " OR EXISTS (SELECT 1 FROM span s JOIN body b ON b.id = s.body"
                       " WHERE s.trace = t.number AND s.status = 2 AND ");
        call(out, "term_matches", term, "b.message");
        query_add(out, "))");
    }
    query_add(out, ")");
}

/* Span texts that a flag of the row announces. flag: " AND (s.flags & n) <> 0" in words. */
static void flagged_term(struct compiler *compiler, const struct filter_node *term,
                         const char *flag, const char *function, const char *column)
{
    compiler->needs_body = true;
    query_add(compiler->out, is_negative(term) ? "NOT ((s.flags & " : "((s.flags & ");
    query_add(compiler->out, flag);
    query_add(compiler->out, ") <> 0 AND ");
    call(compiler->out, function, term, column);
    query_add(compiler->out, ")");
}

/* The span's own attribute goes before its resource's, which only then is looked up. */
static void attribute_term(struct compiler *compiler, const struct filter_node *term)
{
    if (term->field == FIELD_META) {
        call(compiler->out, "term_on_attribute", term, "t.metadata");
        return;
    }
    compiler->needs_body = true;
    query_add(compiler->out, "ifnull(");
    call(compiler->out, "term_on_attribute", term, "b.attributes");
    query_add(compiler->out, ", (SELECT ");
    call(compiler->out, "term_on_attribute", term, "r.attributes");
    query_add(compiler->out, " FROM resource r WHERE r.id = b.resource))");
}

/* SQLite joins at most 500 SELECTs, and a spelling of an id takes up to three. */
static void trace_term(struct compiler *compiler, const struct filter_node *term)
{
    struct query *out = compiler->out;
    bool any = false;
    query_add(out, is_negative(term) ? "NOT (" : "(");
    for (size_t i = 0; i < term->value_count; i++) {
        struct query ids = {0};
        if (i % IDS_IN_QUERY == 0) {
            query_add(out, i > 0 ? ") OR " : "");
            query_add(out, "t.number IN (");
            any = false;
        }
        if (trace_id_query(&ids, term->values[i].text)) {
            query_add(out, any ? " UNION ALL " : "");
            query_add_query(out, &ids);
            any = true;
        }
        query_clear(&ids);
    }
    query_add(out, "))"); /* an empty list is allowed, and holds nothing */
    if (!is_negative(term)) {
        compiler->strength = ANCHOR_TRACE;
    }
}

/* ---- has: ----------------------------------------------------------------------------------- */

struct property {
    const char *name;
    const char *of_trace; /* NULL: it is about a span */
    const char *of_span;
    bool needs_body;
};

#define ORPHAN                                                                                     \
    "s.parent IS NOT NULL AND NOT EXISTS"                                                          \
    " (SELECT 1 FROM span p WHERE p.trace = s.trace AND p.id = s.parent)"

static const struct property properties[] = {
    {"error", "t.status = 2", "s.status = 2", false},
    {"orphan", "EXISTS (SELECT 1 FROM span s WHERE s.trace = t.number AND " ORPHAN ")", ORPHAN,
     false},
    {"user", "t.user IS NOT NULL", "b.user IS NOT NULL", true},
    {"session", "t.session IS NOT NULL", "b.session IS NOT NULL", true},
    {"sql", NULL, "(s.flags & 32) <> 0", false},
    {"events", NULL, "(s.flags & 8) <> 0", false},
    {"links", NULL, "(s.flags & 16) <> 0", false},
    {"stack", NULL, "(s.flags & 4) <> 0 AND b.stack IS NOT NULL", true},
};
_Static_assert(SPAN_HAS_SQL == 32 && SPAN_HAS_LINKS == 16 && SPAN_HAS_EVENTS == 8 &&
                   SPAN_EXCEPTION == 4 && STATUS_ERROR == 2,
               "the SQL texts above and below know these numbers");

static const struct property *find_property(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(properties); i++) {
        if (text_is(name, properties[i].name)) {
            return &properties[i];
        }
    }
    return NULL;
}

static void has_value(struct compiler *compiler, struct text name)
{
    static const char attr[] = "attr.";
    const struct property *property = find_property(name);
    struct query *out = compiler->out;
    query_add(out, "(");
    if (property != NULL) {
        bool of_trace = !compiler->in_span && property->of_trace != NULL;
        query_add(out, of_trace ? property->of_trace : property->of_span);
        compiler->needs_body |= !of_trace && property->needs_body;
    } else if (text_starts_with(name, attr)) {
        size_t prefix = sizeof attr - 1;
        struct text key = text_make(name.data + prefix, name.length - prefix);
        query_add(out, "has_attribute(");
        query_add_text(out, key);
        query_add(out, ", b.attributes) OR EXISTS"
                       " (SELECT 1 FROM resource r WHERE r.id = b.resource AND has_attribute(");
        query_add_text(out, key);
        query_add(out, ", r.attributes))");
        compiler->needs_body = true;
    } else {
        query_add(out, "0");
    }
    query_add(out, ")");
}

/* Said before in the same list. */
static bool is_repeated(const struct filter_node *term, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (text_equals(term->values[i].text, term->values[index].text)) {
            return true;
        }
    }
    return false;
}

static void has_term(struct compiler *compiler, const struct filter_node *term)
{
    query_add(compiler->out, is_negative(term) ? "NOT (" : "(");
    for (size_t i = 0; i < term->value_count; i++) {
        if (!is_repeated(term, i)) {
            query_add(compiler->out, i > 0 ? " OR " : "");
            has_value(compiler, term->values[i].text);
        }
    }
    query_add(compiler->out, ")");
    if (!compiler->in_span && term->value_count == 1 && !is_negative(term) &&
        text_is(term->values[0].text, "error")) {
        compiler->strength = ANCHOR_STATUS;
    }
}

/* ---- all of them ---------------------------------------------------------------------------- */

enum err filter_term_add(struct compiler *compiler, const struct filter_node *term)
{
    switch (term->field) {
    case FIELD_USER:
        return name_term(compiler, term, "t.user", NAME_USER, ANCHOR_NONE);
    case FIELD_SESSION:
        return name_term(compiler, term, "t.session", NAME_SESSION, ANCHOR_NONE);
    case FIELD_OP:
        return name_term(compiler, term, "t.root_operation", NAME_OPERATION, ANCHOR_OPERATION);
    case FIELD_CLIENT:
        return name_term(compiler, term, "t.client", NAME_CLIENT, ANCHOR_NONE);
    case FIELD_SERVICE:
        return name_term(compiler, term, "s.service", NAME_SERVICE, ANCHOR_NONE);
    case FIELD_SPAN:
        return name_term(compiler, term, "s.name", NAME_OPERATION, ANCHOR_NONE);
    case FIELD_TYPE:
        return name_term(compiler, term, "s.type", NAME_TYPE, ANCHOR_NONE);
    case FIELD_TRACE:
        trace_term(compiler, term);
        break;
    case FIELD_TEXT:
        return text_term(compiler, term);
    case FIELD_STATUS:
        status_term(compiler, term, compiler->in_span ? "s.status" : "t.status");
        break;
    case FIELD_DUR:
        number_term(compiler, term, "t.duration_ns");
        break;
    case FIELD_SPANS:
        number_term(compiler, term, "t.span_count");
        break;
    case FIELD_ERRORS:
        number_term(compiler, term, "t.error_count");
        break;
    case FIELD_SPAN_DUR:
        number_term(compiler, term, "s.duration_ns");
        break;
    case FIELD_KIND:
        number_term(compiler, term, "s.kind");
        break;
    case FIELD_ERR:
        error_term(compiler, term);
        break;
    case FIELD_SQL:
        flagged_term(compiler, term, "32", "term_on_sql", "b.attributes");
        break;
    case FIELD_EVENT:
        flagged_term(compiler, term, "8", "term_on_events", "b.events");
        break;
    case FIELD_ATTR:
    case FIELD_META:
        attribute_term(compiler, term);
        break;
    case FIELD_HAS:
        has_term(compiler, term);
        break;
    case FIELD_SINCE:
    case FIELD_UNTIL:
    case FIELD_AT:
        time_term(compiler, term);
        break;
    case FIELD_LIMIT: /* says how many, not which */
    case FIELD_COUNT:
        query_add(compiler->out, "1");
        break;
    }
    return ERR_OK;
}
