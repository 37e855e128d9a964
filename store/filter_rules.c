/* filter_rules — what each field of the query language takes; private to the filter modules. */
#include "store/filter_rules.h"

static const struct filter_rule rules[FIELD_COUNT] = {
    [FIELD_USER] = {.name = "user", .type = VALUE_TEXT, .match = MATCH_EXACT},
    [FIELD_SESSION] = {.name = "session", .type = VALUE_TEXT, .match = MATCH_EXACT},
    [FIELD_OP] = {.name = "op", .type = VALUE_TEXT, .match = MATCH_CONTAINS},
    [FIELD_STATUS] = {.name = "status", .type = VALUE_STATUS, .in_braces = true},
    [FIELD_DUR] = {.name = "dur", .type = VALUE_DURATION},
    [FIELD_SPANS] = {.name = "spans", .type = VALUE_COUNT},
    [FIELD_ERRORS] = {.name = "errors", .type = VALUE_COUNT},
    [FIELD_ERR] = {.name = "err", .type = VALUE_TEXT, .match = MATCH_CONTAINS, .in_braces = true},
    [FIELD_TRACE] = {.name = "trace", .type = VALUE_ID, .match = MATCH_PREFIX},
    [FIELD_CLIENT] = {.name = "client", .type = VALUE_TEXT, .match = MATCH_EXACT},
    [FIELD_META] = {.name = "meta", .type = VALUE_ATTRIBUTE, .match = MATCH_EXACT},
    [FIELD_SINCE] = {.name = "since", .type = VALUE_TIME, .one_value = true},
    [FIELD_UNTIL] = {.name = "until", .type = VALUE_TIME, .one_value = true},
    [FIELD_AT] = {.name = "at", .type = VALUE_TIME, .one_value = true},
    [FIELD_LIMIT] = {.name = "limit", .type = VALUE_COUNT, .one_value = true},
    [FIELD_TEXT] = {.name = "text", .type = VALUE_TEXT, .match = MATCH_CONTAINS, .in_braces = true},
    [FIELD_SERVICE] = {.name = "service",
                       .type = VALUE_TEXT,
                       .match = MATCH_EXACT,
                       .span = true,
                       .in_braces = true},
    [FIELD_SPAN] = {.name = "span",
                    .type = VALUE_TEXT,
                    .match = MATCH_CONTAINS,
                    .span = true,
                    .in_braces = true},
    [FIELD_TYPE] =
        {.name = "type", .type = VALUE_TEXT, .match = MATCH_EXACT, .span = true, .in_braces = true},
    [FIELD_KIND] = {.name = "kind", .type = VALUE_KIND, .span = true, .in_braces = true},
    [FIELD_SPAN_DUR] = {.name = "span.dur",
                        .type = VALUE_DURATION,
                        .span = true,
                        .in_braces = true},
    [FIELD_SQL] = {.name = "sql",
                   .type = VALUE_TEXT,
                   .match = MATCH_CONTAINS,
                   .span = true,
                   .in_braces = true},
    [FIELD_EVENT] = {.name = "event",
                     .type = VALUE_TEXT,
                     .match = MATCH_CONTAINS,
                     .span = true,
                     .in_braces = true},
    [FIELD_ATTR] = {.name = "attr",
                    .type = VALUE_ATTRIBUTE,
                    .match = MATCH_EXACT,
                    .span = true,
                    .in_braces = true},
    [FIELD_HAS] = {.name = "has", .type = VALUE_HAS, .in_braces = true},
};

/* In the order completion and help show them. */
static const struct filter_field_info infos[] = {
    {FIELD_USER, "user", NULL, "who: user:alice user:alice,bob -user:bot*"},
    {FIELD_OP, "op", "operation",
     "operation of the trace, a part: op:createGoal, whole: op:=query:goals"},
    {FIELD_STATUS, "status", NULL, "status:error, also completed, running, cancelled"},
    {FIELD_DUR, "dur", "duration", "duration of the trace: dur>250ms dur:250ms..2s"},
    {FIELD_SERVICE, "service", "svc", "a span's service: service:api,db"},
    {FIELD_SPAN, "span", NULL, "a span's name, a part: span:\"SELECT goals\""},
    {FIELD_TYPE, "type", NULL, "a span's type: type:db"},
    {FIELD_KIND, "kind", NULL, "a span's kind: kind:server, client, producer, consumer, internal"},
    {FIELD_SPAN_DUR, "span.dur", NULL, "a span's duration: span.dur>100ms"},
    {FIELD_ATTR, "attr", NULL,
     "a span's attribute: attr.http.response.status_code>=500, short .key=a,b .key:400..499"},
    {FIELD_SQL, "sql", NULL, "a span's SQL text, a part: sql:goals"},
    {FIELD_EVENT, "event", NULL, "a span's event: event:exception"},
    {FIELD_ERR, "err", NULL, "error message, a part: err:UNIQUE"},
    {FIELD_HAS, "has", NULL, "has:error has:orphan has:sql has:events has:attr.KEY"},
    {FIELD_SINCE, "since", NULL, "started later: since:1h since:14:00 since:2025-11-20T14:03Z"},
    {FIELD_UNTIL, "until", NULL, "started earlier: until:-5s until:14:30"},
    {FIELD_AT, "at", NULL, "started within 30 s of: at:14:03:20"},
    {FIELD_SPANS, "spans", NULL, "number of spans: spans>100"},
    {FIELD_ERRORS, "errors", NULL, "number of spans with an error: errors>=2"},
    {FIELD_TRACE, "trace", NULL, "id or its first 4 or more characters: trace:7f3c"},
    {FIELD_SESSION, "session", NULL, "session:s-81"},
    {FIELD_CLIENT, "client", NULL, "kind of client: client:web"},
    {FIELD_META, "meta", NULL, "metadata of the trace: meta.browser=firefox"},
    {FIELD_LIMIT, "limit", NULL, "at most so many traces: limit:100"},
};

const char filter_has_names[] = "error orphan user session sql events links stack";

/* has: names that are about the trace when they stand outside braces. */
static const char *const trace_properties[] = {"error", "orphan", "user", "session"};

const struct filter_rule *filter_rule_of(enum filter_field field)
{
    return &rules[field];
}

const struct filter_field_info *filter_fields(size_t *ret_count)
{
    *ret_count = ARRAY_LEN(infos);
    return infos;
}

bool filter_field_find(struct text name, enum filter_field *ret_field)
{
    for (size_t i = 0; i < ARRAY_LEN(infos); i++) {
        if (text_is(name, infos[i].name) ||
            (infos[i].alias != NULL && text_is(name, infos[i].alias))) {
            *ret_field = infos[i].field;
            return true;
        }
    }
    return false;
}

bool filter_word_is_operator(struct text word)
{
    return text_is_nocase(word, "or") || text_is_nocase(word, "and") || text_is_nocase(word, "not");
}

const char *filter_field_nearest(struct text name)
{
    const char *nearest = NULL;
    size_t best = name.length / 2 + 1;
    for (size_t i = 0; i < ARRAY_LEN(infos); i++) {
        size_t far = text_distance(name, text_from(infos[i].name));
        if (far < best) {
            best = far;
            nearest = infos[i].name;
        }
    }
    return nearest;
}

bool filter_has_is_known(struct text name)
{
    static const char attr[] = "attr.";
    if (text_starts_with(name, attr)) {
        return name.length > sizeof attr - 1;
    }
    struct text rest = text_from(filter_has_names);
    while (rest.length > 0) {
        size_t length = 0;
        while (length < rest.length && rest.data[length] != ' ') {
            length++;
        }
        if (text_equals(text_make(rest.data, length), name)) {
            return true;
        }
        rest = text_trim(text_make(rest.data + length, rest.length - length));
    }
    return false;
}

bool filter_term_is_span(const struct filter_node *term)
{
    if (term->field != FIELD_HAS) {
        return rules[term->field].span;
    }
    for (size_t i = 0; i < ARRAY_LEN(trace_properties); i++) {
        if (text_is(term->values[0].text, trace_properties[i])) {
            return false;
        }
    }
    return true;
}
