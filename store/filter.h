/* filter — the query language: text to tree and back, errors that point at the term.
 *
 *     struct filter filter = {0};
 *     struct filter_error error;
 *     if (filter_parse(TEXT("user:alice dur>250ms since:1h"), &filter, &error) != ERR_OK) {
 *         ... error.text, and the term from error.start, error.length bytes long ...
 *     }
 *     filter_clear(&filter);
 *
 * The grammar, the fields and the meaning of each term are in the README, "Query language". The
 * tree is pure: no SQL, no clock. Relative times stay relative, so a live view moves along.
 *
 * Terms come in two levels. Trace terms (user, session, op, status, dur, spans, errors, err, trace,
 * client, since, ...) ask about the trace. Span terms (service, span, type, kind, span.dur, sql,
 * event, attr.*, and has:X of a span) ask whether the trace has a span like that; the span terms
 * that stand side by side in one AND must all hold for the same span. The parser makes that
 * explicit: it wraps them in one FILTER_SPAN node, as braces do, so whoever reads the tree needs no
 * such rule. A negated span term (-service:db) is FILTER_NOT over a FILTER_SPAN of its own: no span
 * is like that. Inside braces, negation is about the span. */
#ifndef TRACETUI_STORE_FILTER_H
#define TRACETUI_STORE_FILTER_H

#include "store/base/arena.h"
#include "store/base/text.h"

enum filter_kind {
    FILTER_AND,  /* children, at least one */
    FILTER_OR,   /* children, at least two */
    FILTER_NOT,  /* one child */
    FILTER_SPAN, /* one child: holds if some single span satisfies it */
    FILTER_TERM,
};

enum filter_field {
    /* of the trace */
    FIELD_USER,
    FIELD_SESSION,
    FIELD_OP,
    FIELD_STATUS,
    FIELD_DUR,
    FIELD_SPANS,
    FIELD_ERRORS,
    FIELD_ERR,
    FIELD_TRACE,
    FIELD_CLIENT,
    FIELD_META,
    FIELD_SINCE,
    FIELD_UNTIL,
    FIELD_AT,
    FIELD_LIMIT,
    FIELD_TEXT, /* operation, span names, error messages, attribute text; inside braces: of that
                   span */
    /* of a span */
    FIELD_SERVICE,
    FIELD_SPAN,
    FIELD_TYPE,
    FIELD_KIND,
    FIELD_SPAN_DUR,
    FIELD_SQL,
    FIELD_EVENT,
    FIELD_ATTR,
    /* either: has:error, has:orphan are of the trace outside braces */
    FIELD_HAS,
    FIELD_COUNT
};

enum filter_compare {
    COMPARE_ANY, /* field:a,b,c   one of the values matches */
    COMPARE_EQ,  /* field=a,b     the same, exactly */
    COMPARE_NE,  /* field!=a,b    none of them is */
    COMPARE_LT,
    COMPARE_LE,
    COMPARE_GT,
    COMPARE_GE,
    COMPARE_RANGE, /* field:low..high, both ends included; either may be absent */
    COMPARE_REGEX,
    COMPARE_NOT_REGEX, /* =~ and !~ */
};

enum filter_match {
    MATCH_EXACT,    /* the whole text, case counts */
    MATCH_CONTAINS, /* a part, ASCII case does not count */
    MATCH_GLOB,     /* * and ?, the whole text, ASCII case does not count */
    MATCH_REGEX,    /* expression.h */
    MATCH_PREFIX,   /* ids */
};

struct filter_value {
    struct text text; /* unescaped */
    enum filter_match match;
    bool quoted;      /* print it with quotes */
    bool present;     /* false: an open end of a range */
    bool has_number;  /* number holds the value in the field's unit */
    bool relative;    /* times: now + number (number <= 0 for the past) */
    bool time_of_day; /* since:14:00: number is ns since local midnight, the latest such moment */
    int64_t number;   /* ns for durations and times, a status, a kind, or a count */
    double real;      /* attributes: the value as a number */
    bool has_real;
    const struct filter_regex *regex; /* MATCH_REGEX: compiled by the parser, NULL otherwise */
};

struct filter_node {
    enum filter_kind kind;
    struct filter_node *child; /* first */
    struct filter_node *next;  /* sibling */
    bool braces;               /* FILTER_SPAN the user wrote as { } */
    /* FILTER_TERM */
    enum filter_field field;
    struct text path; /* FIELD_ATTR, FIELD_META: the key */
    enum filter_compare compare;
    struct filter_value *values;
    size_t value_count;
    size_t start, length; /* where it stands in the text it was parsed from */
};

/* {0} matches everything. */
struct filter {
    struct arena arena;
    struct filter_node *root;     /* NULL: everything */
    struct text source;           /* as typed */
    int64_t limit;                /* limit:N, 0 = none; not part of the tree */
    struct filter_regex *regexes; /* all compiled patterns, for filter_clear */
};

struct filter_error {
    char text[200];
    size_t start, length; /* bytes in the source */
};

/* Errors: ERR_PARSE with error filled (length 0 and an empty text never happen); ERR_LIMIT for a
 * query over 4 KiB, 200 terms or 20 levels, also with error filled. On failure *ret_filter is
 * untouched. Owns: the caller clears ret_filter. */
enum err filter_parse(struct text source, struct filter *ret_filter,
                      struct filter_error *error) MUST_CHECK;
void filter_clear(struct filter *filter);

/* The canonical text: parsing it gives the same tree. Appends. */
void filter_print(const struct filter *filter, struct text_buffer *target);

/* Appends value as it can stand behind "field:", in quotes if it needs them. */
void filter_quote(struct text value, struct text_buffer *target);

/* A deep copy (the loader asks with its own). target is {0}. */
void filter_copy(const struct filter *filter, struct filter *target);

/* True when the two trees are the same. */
bool filter_equals(const struct filter *a, const struct filter *b);

/* Name and one-line help of each field, for completion, help and error texts. */
struct filter_field_info {
    enum filter_field field;
    const char *name;  /* "user" */
    const char *alias; /* "svc" or NULL */
    const char *help;  /* "who: user:alice user:alice,bob -user:bot*" */
};
const struct filter_field_info *filter_fields(size_t *ret_count);

/* What may stand behind has: beside attr.KEY, with blanks in between. */
extern const char filter_has_names[];

/* Does one value match text? Used for SQL functions and for highlighting. Thread: any. */
bool filter_value_matches(const struct filter_value *value, struct text text);

/* Durations for people and queries: "250ms", "1.28s", "2m05s". Units ns us ms s m h d; a bare
 * number is ms. ret_bad_unit may be NULL. Errors: ERR_PARSE (an unknown unit: *ret_bad_unit is the
 * piece of text, else it is empty), ERR_LIMIT. */
enum err duration_parse(struct text text, int64_t *ret_ns, struct text *ret_bad_unit) MUST_CHECK;

#endif
