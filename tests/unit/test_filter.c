/* test_filter — the query language: what it accepts, what it says when it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/base/clock.h"
#include "store/filter.h"
#include "store/span.h"

/* ---- helpers ---- */

static struct filter parsed(const char *source)
{
    struct filter filter = {0};
    struct filter_error error = {.text = ""};
    if (filter_parse(text_from(source), &filter, &error) != ERR_OK) {
        fail_msg("%s: %s", source, error.text);
    }
    return filter;
}

static void assert_prints(const char *source, const char *expected)
{
    struct filter filter = parsed(source);
    struct text_buffer printed = {0};
    filter_print(&filter, &printed);
    assert_string_equal(printed.data != NULL ? printed.data : "", expected);
    text_buffer_free(&printed);
    filter_clear(&filter);
}

static void assert_stays(const char *source)
{
    assert_prints(source, source);
}

/* The query is refused with this text, and this piece of it is underlined. */
static void assert_refused(const char *source, const char *text, const char *piece)
{
    struct filter filter = {0};
    struct filter_error error = {.text = ""};
    assert_int_not_equal(filter_parse(text_from(source), &filter, &error), ERR_OK);
    assert_string_equal(error.text, text);
    assert_true(error.start + error.length <= strlen(source));
    char underlined[256];
    snprintf(underlined, sizeof underlined, "%.*s", (int)error.length, source + error.start);
    assert_string_equal(underlined, piece);
    assert_null(filter.root);
}

static struct filter_node *only_term(struct filter *filter)
{
    struct filter_node *node = filter->root;
    while (node->kind != FILTER_TERM) {
        node = node->child;
    }
    return node;
}

/* ---- what it accepts ---- */

static void nothing_matches_everything(void **state)
{
    (void)state;
    struct filter filter = parsed("  ");
    assert_null(filter.root);
    filter_clear(&filter);
    assert_prints("", "");
}

static void the_documented_examples_are_accepted(void **state)
{
    (void)state;
    static const char *const examples[] = {
        "user:alice",
        "user:alice,bob",
        "-user:bot*",
        "op:createGoal",
        "op:=mutation:createGoal",
        "status:error",
        "dur>250ms",
        "dur:250ms..2s",
        "service:api type:db span:\"SELECT goals\" span.dur>100ms",
        "{service:db span.dur>100ms} {service:api status:error}",
        "attr.http.status_code=500",
        "attr.http.status_code>=500",
        "attr.http.status_code=500,404",
        "attr.http.status_code:400..499",
        "attr.load:-0.5..1e3",
        "meta.screen.width:..1920",
        "has:error",
        "has:attr.sql",
        "has:orphan",
        "event:exception",
        "err:UNIQUE",
        "sql:goals",
        "since:1h",
        "since:14:00",
        "until:-5s",
        "at:14:03:20",
        "since:2025-11-20T14:03Z",
        "trace:7f3c",
        "\"free text\"",
        "word",
        "meta.browser=firefox",
        "op=~\"^query:(a|b)$\"",
        "user:alice OR user:bob",
        "(user:alice OR user:bob) -(status:error dur>1s)",
        "spans:10..",
        "errors:..3",
        "kind:server,client",
        "status:error,in_progress",
    };
    for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
        assert_stays(examples[i]);
    }
}

static void spellings_meet_in_one(void **state)
{
    (void)state;
    assert_prints("svc:api", "service:api");
    assert_prints("status:ok,running", "status:completed,in_progress");
    assert_prints(".http.status_code>=500", "attr.http.status_code>=500");
    assert_prints(".http.status_code=400..499", "attr.http.status_code:400..499");
    assert_prints("dur=1s..2s", "dur:1s..2s");
    assert_prints("!user:alice", "-user:alice");
    assert_prints("user:\"alice\"", "user:alice");
    assert_prints("a AND b", "a b");
    assert_prints("((a b) c)", "a b c");
    assert_prints("(a OR b) OR c", "a OR b OR c");
    assert_prints("dur>1280", "dur>1.28s");
    assert_prints("dur>2m05s", "dur>125s");
    assert_prints("dur>90m", "dur>90m");
    assert_prints("dur>0.5us", "dur>500ns");
    assert_prints("since:-1h", "since:1h");
    assert_prints("until:now", "until:now");
    assert_prints("since:\"2025-11-20 14:03:20.5Z\"", "since:2025-11-20T14:03:20.5Z");
    assert_prints("since:2025-11-20T14:03+01:00", "since:2025-11-20T13:03Z");
    assert_prints("since:1763647380", "since:2025-11-20T14:03Z");
    assert_prints("since:1763647380000", "since:2025-11-20T14:03Z");
    assert_prints("{dur>1s}", "{span.dur>1s}");
    assert_prints("-(op:f(* sql:g(* )", "-(op:f(* sql:g(* )");
    assert_prints("{sql:g{* }", "{sql:g{* }");
    assert_prints("-(b op:f(*) )", "-(b op:f(*) )");
    assert_prints("has:error,sql", "has:error OR has:sql");
    assert_prints("limit:5 user:alice", "user:alice limit:5");
    assert_prints("limit:5", "limit:5");
}

static void a_pasted_id_alone_asks_for_its_trace(void **state)
{
    (void)state;
    assert_prints("7f3c09d251b44e0c9a550c1e77ab90f1", "trace:7f3c09d251b44e0c9a550c1e77ab90f1");
    assert_prints(" 7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1\n",
                  "trace:7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1");
    assert_stays("\"7f3c09d251b44e0c9a550c1e77ab90f1\"");
    assert_stays("user:alice \"7f3c09d251b44e0c9a550c1e77ab90f1\"");
}

static void values_carry_their_meaning(void **state)
{
    (void)state;
    struct filter filter = parsed("dur>250ms");
    const struct filter_node *term = only_term(&filter);
    assert_int_equal(term->field, FIELD_DUR);
    assert_int_equal(term->compare, COMPARE_GT);
    assert_int_equal(term->values[0].number, 250 * NS_PER_MS);
    filter_clear(&filter);

    filter = parsed("status:running");
    assert_int_equal(only_term(&filter)->values[0].number, STATUS_IN_PROGRESS);
    filter_clear(&filter);

    filter = parsed(".code=5e2");
    assert_true(only_term(&filter)->values[0].has_real);
    assert_true(only_term(&filter)->values[0].real == 500.0);
    filter_clear(&filter);

    filter = parsed(".code=inf");
    assert_false(only_term(&filter)->values[0].has_real);
    filter_clear(&filter);

    filter = parsed(".file:../x");
    assert_int_equal(only_term(&filter)->compare, COMPARE_ANY);
    filter_clear(&filter);

    filter = parsed(".note=\"a,b\",c");
    assert_int_equal(only_term(&filter)->value_count, 2);
    assert_true(text_is(only_term(&filter)->values[0].text, "a,b"));
    filter_clear(&filter);

    filter = parsed("since:1h");
    assert_true(only_term(&filter)->values[0].relative);
    assert_int_equal(only_term(&filter)->values[0].number, -3600 * NS_PER_S);
    filter_clear(&filter);

    filter = parsed("at:14:03:20");
    assert_true(only_term(&filter)->values[0].time_of_day);
    assert_int_equal(only_term(&filter)->values[0].number, (14 * 3600 + 3 * 60 + 20) * NS_PER_S);
    filter_clear(&filter);

    filter = parsed("since:2025-11-20T14:03Z");
    assert_int_equal(only_term(&filter)->values[0].number, INT64_C(1763647380) * NS_PER_S);
    filter_clear(&filter);

    filter = parsed("dur:..2s");
    assert_false(only_term(&filter)->values[0].present);
    assert_true(only_term(&filter)->values[1].present);
    filter_clear(&filter);

    filter = parsed("attr.\"odd key\"=x");
    assert_true(text_is(only_term(&filter)->path, "odd key"));
    filter_clear(&filter);

    filter = parsed("user:alice limit:7");
    assert_int_equal(filter.limit, 7);
    assert_int_equal(filter.root->kind, FILTER_TERM);
    filter_clear(&filter);
}

static void a_date_without_a_zone_is_local(void **state)
{
    (void)state;
    setenv("TZ", "CET-1", 1);
    struct filter here = parsed("since:2025-11-20T14:03");
    setenv("TZ", "UTC", 1);
    struct filter utc = parsed("since:2025-11-20T14:03");
    assert_int_equal(only_term(&utc)->values[0].number - only_term(&here)->values[0].number,
                     3600 * NS_PER_S);
    filter_clear(&here);
    filter_clear(&utc);
}

/* ---- spans ---- */

static void span_terms_side_by_side_ask_about_one_span(void **state)
{
    (void)state;
    struct filter filter = parsed("service:api user:alice type:db");
    assert_int_equal(filter.root->kind, FILTER_AND);
    const struct filter_node *span = filter.root->child;
    assert_int_equal(span->kind, FILTER_SPAN);
    assert_false(span->braces);
    assert_int_equal(span->child->kind, FILTER_AND);
    assert_int_equal(span->child->child->field, FIELD_SERVICE);
    assert_int_equal(span->child->child->next->field, FIELD_TYPE);
    assert_null(span->child->child->next->next);
    assert_int_equal(span->next->field, FIELD_USER);
    filter_clear(&filter);
    assert_prints("service:api user:alice type:db", "service:api type:db user:alice");
}

static void a_choice_of_span_terms_is_still_about_one_span(void **state)
{
    (void)state;
    struct filter filter = parsed("(service:api OR service:db) type:sql");
    assert_int_equal(filter.root->kind, FILTER_SPAN);
    assert_int_equal(filter.root->child->kind, FILTER_AND);
    assert_int_equal(filter.root->child->child->kind, FILTER_OR);
    filter_clear(&filter);
}

static void a_negated_span_term_means_no_such_span(void **state)
{
    (void)state;
    struct filter filter = parsed("service:api -type:db");
    const struct filter_node *negated = filter.root->child->next;
    assert_int_equal(filter.root->child->kind, FILTER_SPAN);
    assert_int_equal(negated->kind, FILTER_NOT);
    assert_int_equal(negated->child->kind, FILTER_SPAN);
    assert_int_equal(negated->child->child->field, FIELD_TYPE);
    filter_clear(&filter);
}

static void braces_stay_apart(void **state)
{
    (void)state;
    struct filter filter = parsed("{service:db -type:sql} {service:api}");
    const struct filter_node *first = filter.root->child;
    assert_true(first->braces);
    assert_int_equal(first->child->child->next->kind, FILTER_NOT);
    assert_int_equal(first->child->child->next->child->kind, FILTER_TERM);
    assert_true(first->next->braces);
    filter_clear(&filter);
}

static void has_asks_trace_or_span_as_its_name_says(void **state)
{
    (void)state;
    struct filter filter = parsed("has:orphan");
    assert_int_equal(filter.root->kind, FILTER_TERM);
    filter_clear(&filter);
    filter = parsed("has:attr.sql");
    assert_int_equal(filter.root->kind, FILTER_SPAN);
    filter_clear(&filter);
}

static void a_tilde_alone_is_an_expression(void **state)
{
    (void)state;
    assert_prints("op~^POST", "op=~^POST");
    assert_prints("(op~[[:alpha:])]+)", "op=~\"[[:alpha:])]+\"");
    assert_prints("op:~[^[:digit:],],b", "op:~\"[^[:digit:],]\",b");
    assert_prints("duration>1s operation:goal", "dur>1s op:goal");
}

/* ---- what it says ---- */

static void errors_say_what_to_write_instead(void **state)
{
    (void)state;
    assert_refused("usr:alice",
                   "no field \"usr\": did you mean user: ? (quote it to search text: "
                   "\"usr:alice\")",
                   "usr");
    assert_refused("a mutation:createGoal",
                   "no field \"mutation\" (quote it to search text: \"mutation:createGoal\")",
                   "mutation");
    assert_refused("user:alice status:error dur>250mss since:1h",
                   "unknown unit \"mss\": use us ms s m h d", "dur>250mss");
    assert_refused("dur>fast", "a duration was expected, like 250ms 1.5s 2h", "dur>fast");
    assert_refused("dur>99999999999999d", "this duration is too long", "dur>99999999999999d");
    assert_refused("status:eror",
                   "no status \"eror\": use completed (ok) error in_progress (running) cancelled",
                   "status:eror");
    assert_refused("kind:sever",
                   "no kind \"sever\": use internal server client producer consumer unspecified",
                   "kind:sever");
    assert_refused("has:bug",
                   "has:bug is unknown: use error orphan user session sql events links stack "
                   "attr.KEY",
                   "has:bug");
    assert_refused(".code>500,404", "> takes one value (quote it to mean this text)",
                   ".code>500,404");
    assert_refused("a .code<=400..500", "<= takes one value (quote it to mean this text)",
                   ".code<=400..500");
    assert_refused(".code!=400..500", "a range is left out like this: -dur:250ms..2s",
                   ".code!=400..500");
    assert_refused("dur!=1s..2s", "a range is left out like this: -dur:250ms..2s", "dur!=1s..2s");
    assert_refused("dur:1s,2s..3s", "a range stands alone, without other values", "dur:1s,2s..3s");
    assert_refused(".code:500..400", "this range is empty: its low end is above its high end",
                   ".code:500..400");
    assert_refused(".code:404,500..599", "a range stands alone, without other values",
                   ".code:404,500..599");
    assert_refused("trace:7f3", "an id needs 4 or more characters", "trace:7f3");
    assert_refused("since:5", "this time needs a unit: use s m h d, like 15m", "since:5");
    assert_refused("since:2025-02-30", "a date was expected, like 2025-11-20T14:03Z",
                   "since:2025-02-30");
    assert_refused("at:25:00", "a time of day was expected, like 14:03 or 14:03:20", "at:25:00");
    assert_refused("spans>many", "a whole number was expected", "spans>many");
    assert_refused("user:a or user:b", "write OR in capitals (quote it to search text: \"or\")",
                   "or");
    assert_refused("NOT user:bot",
                   "write - right in front of a term: -user:bot (quote it to search text)", "NOT");
    assert_refused("dur > 100ms",
                   "no blanks around an operator: dur>250ms (quote it to search text)", ">");
    assert_refused("http.status_code:500",
                   "no field \"http.status_code\": an attribute is written .http.status_code=value",
                   "http.status_code");
    assert_refused("user:", "user: needs a value right behind it", "user:");
    assert_refused("user>5", "user cannot be compared like this: write user:value", "user>5");
    assert_refused("attr:x", "attr needs a key: write attr.KEY=value", "attr:x");
    assert_refused("dur:2s..1s", "this range is empty: its low end is above its high end",
                   "dur:2s..1s");
    assert_refused("op=~\"(\"", "a ( is not closed", "op=~\"(\"");
}

static void expressions_with_blanks_ask_for_quotes(void **state)
{
    (void)state;
    assert_refused("op=~^(GET |POST)",
                   "a ( is not closed (quote an expression with blanks: op=~\"^(GET |POST)\")",
                   "op=~^(GET");
    assert_refused("user:alice -(op:~[^ ]+$ dur>1s)",
                   "a [ is not closed (quote an expression with blanks: op:~\"[^ ]+$\")", "op:~[^");
    assert_refused("span:~a,~^(x y) dur>1s",
                   "a ( is not closed (quote an expression with blanks: span:~a,~\"^(x y)\")",
                   "span:~a,~^(x");
    assert_refused("span:~SELECT .* id=5 dur>1s",
                   "no field \"id\" (quote an expression with blanks: "
                   "span:~\"SELECT .* id=5\")",
                   "id");
    assert_refused("sql:~a = b",
                   "no blanks around an operator: dur>250ms (quote an expression with blanks: "
                   "sql:~\"a =\")",
                   "=");
    /* nothing that quotes would mend */
    assert_refused("op=~( since:1h", "a ( is not closed", "op=~(");
    assert_refused("op=~\"(\" a)", "a ( is not closed", "op=~\"(\"");
    assert_refused("op=~^a since:1x", "unknown unit \"x\": use us ms s m h d", "since:1x");
    assert_refused("op=~a or user:b", "write OR in capitals (quote it to search text: \"or\")",
                   "or");
}

static void errors_point_at_the_structure(void **state)
{
    (void)state;
    assert_refused("(a b", "the closing ) is missing", "(");
    assert_refused("a {service:b", "the closing } is missing", "{");
    assert_refused("a )", "this ) closes nothing", ")");
    assert_refused("()", "nothing stands between ( )", "()");
    assert_refused("{ { service:a } }", "braces cannot stand inside braces", "{");
    assert_refused("a OR", "OR needs a term on both sides", "OR");
    assert_refused("OR a", "OR needs a term on both sides", "OR");
    assert_refused("a AND", "AND needs a term on both sides", "AND");
    assert_refused("\"abc", "the closing quote is missing", "\"abc");
    assert_refused("user:\"a\"b", "a blank is missing behind the closing quote", "user:\"a\"b");
    assert_refused("- a", "- needs a term right behind it, or quotes to search it as text", "-");
    assert_refused("{user:alice}", "user asks about the trace: put it outside of the braces",
                   "user:alice");
    assert_refused("(limit:5)", "limit: stands outside of brackets and is not negated", "limit:5");
    assert_refused("a\x01", "a control character has no place here", "\x01");
    assert_refused("a\xff", "this byte is not UTF-8", "\xff");
}

static void limits_hold(void **state)
{
    (void)state;
    struct filter filter = {0};
    struct filter_error error;
    char source[8192];
    memset(source, 'a', sizeof source);
    assert_int_equal(filter_parse(text_make(source, 5000), &filter, &error), ERR_LIMIT);
    memset(source, '(', sizeof source);
    assert_int_equal(filter_parse(text_make(source, 4000), &filter, &error), ERR_LIMIT);
    for (size_t i = 0; i + 1 < sizeof source; i += 2) {
        memcpy(source + i, "a ", 2);
    }
    assert_int_equal(filter_parse(text_make(source, 1000), &filter, &error), ERR_LIMIT);
    assert_int_equal(filter_parse(TEXT("op=~\"((a{99}){99}){99}\""), &filter, &error), ERR_LIMIT);
    assert_int_equal(filter_parse(TEXT("op=~\"(a*)*\\1\""), &filter, &error), ERR_PARSE);
}

/* ---- matching ---- */

static bool first_value_matches(const char *query, const char *text)
{
    struct filter filter = parsed(query);
    bool matches = filter_value_matches(&only_term(&filter)->values[0], text_from(text));
    filter_clear(&filter);
    return matches;
}

static void values_match_as_written(void **state)
{
    (void)state;
    assert_true(first_value_matches("user:alice", "alice"));
    assert_false(first_value_matches("user:alice", "Alice"));
    assert_true(first_value_matches("op:creategoal", "mutation:createGoal"));
    assert_false(first_value_matches("op:=createGoal", "mutation:createGoal"));
    assert_true(first_value_matches("user:bot*", "BOT-7"));
    assert_false(first_value_matches("user:bot*", "robot"));
    assert_true(first_value_matches("user:*b?t*", "robot-1"));
    assert_true(first_value_matches("user:?", "\xC3\xA9"));
    assert_false(first_value_matches("user:\"a*\"", "ab"));
    assert_true(first_value_matches("op:~^q.*s$", "query:goals"));
    assert_false(first_value_matches("op:~^q.*s$", "xquery:goals"));
    assert_true(first_value_matches("trace:7F3C", "7f3c09d2"));
    assert_false(first_value_matches("trace:7f3c", "a7f3c"));
}

static void a_glob_counts_characters(void **state)
{
    (void)state;
    assert_true(first_value_matches("user:*?\?\?b", "\xE2\x82\xAC\xE2\x82\xACxb"));
    assert_false(first_value_matches("user:*?\?\?b", "\xE2\x82\xACxb")); /* not the euro's bytes */
}

static void a_hostile_glob_ends(void **state)
{
    (void)state;
    char text[20000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_false(first_value_matches("user:*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

static void a_pattern_matches_unterminated_text(void **state)
{
    (void)state;
    struct filter filter = parsed("op:~b$");
    assert_true(filter_value_matches(&only_term(&filter)->values[0], text_make("abc", 2)));
    struct filter_value by_hand = {.text = TEXT("^a"), .match = MATCH_REGEX};
    assert_true(filter_value_matches(&by_hand, TEXT("abc")));
    filter_clear(&filter);
}

/* ---- properties ---- */

static uint64_t random_state = 42;

static size_t any(size_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % below);
}

static const char *one_of(const char *const *words, size_t count)
{
    return words[any(count)];
}

static void random_value(struct text_buffer *target)
{
    static const char *const pieces[] = {
        "a",   "B7",    "-",        ".", "..",
        "*",   "?",     "=",        "~", ":",
        "<",   "\\\\",  "\\\"",     " ", ",",
        "(",   ")",     "{",        "}", "OR",
        "AND", "attr.", "\xC3\xA9", "!", "7f3c09d251b44e0c9a550c1e77ab90f1"};
    static const char *const bare[] = {"alice", "b*b",  "x?y",  "=exact", "~^re.*$",
                                       "a/b:c", "a<b*", "~[)]", "f(x)*",  "~a{2,3}",
                                       "1.5",   "f(*",  "?{"};
    if (any(2) == 0) {
        text_append_cstr(target, one_of(bare, ARRAY_LEN(bare)));
        return;
    }
    const char *quote = any(4) == 0 ? "" : "\"";
    text_append_cstr(target, quote);
    for (size_t i = any(5) + 1; i > 0; i--) {
        text_append_cstr(target, one_of(pieces, ARRAY_LEN(pieces)));
    }
    text_append_cstr(target, quote);
}

static void random_term(struct text_buffer *target, bool braces)
{
    static const char *const texts[] = {
        "service:", "span:",         "type=", "sql:", "err!=",    "event:",
        ".a.b=",    "attr.\"k k\":", "user:", "op:",  "meta.x!=", "session:"};
    static const char *const ready[] = {
        "kind:server",   "status:ok,error", "span.dur:1ms..2s", "has:attr.k", "has:error",
        "has:error,sql", ".n>=1.50",        "span.dur<3us",     "dur>=1.5s",  "spans:3,4",
        "since:90m",     "until:-3s",       "at:14:03..14:05",  "errors:2..", "trace:abcd",
        "at:10:00:00.5", "since:2025-01-02"};
    if (any(3) == 0) {
        text_append_cstr(target, one_of(ready, braces ? 9 : ARRAY_LEN(ready)));
        return;
    }
    if (any(4) != 0) {
        text_append_cstr(target, one_of(texts, braces ? 8 : ARRAY_LEN(texts)));
    }
    random_value(target);
}

static void random_query(struct text_buffer *target, int depth, bool braces)
{
    size_t count = any(3) + 1;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            text_append_cstr(target, any(3) == 0 ? " OR " : " ");
        }
        text_append_cstr(target, any(4) == 0 ? "-" : "");
        if (depth > 0 && any(3) == 0) {
            bool open_braces = !braces && any(2) == 0;
            text_append_cstr(target, open_braces ? "{ " : "( ");
            random_query(target, depth - 1, braces || open_braces);
            text_append_cstr(target, open_braces ? " }" : " )");
        } else {
            random_term(target, braces);
        }
    }
}

/* What is accepted prints as a text that means the same and prints the same. */
static bool check_identity(struct text source)
{
    struct filter first = {0};
    struct filter second = {0};
    struct filter copy = {0};
    struct filter_error error = {.text = ""};
    struct text_buffer printed = {0};
    struct text_buffer again = {0};
    if (filter_parse(source, &first, &error) != ERR_OK) {
        assert_true(error.text[0] != '\0' && error.length > 0);
        assert_true(source.length == 0 || error.start < source.length);
        return false;
    }
    filter_print(&first, &printed);
    if (filter_parse(text_buffer_text(&printed), &second, &error) != ERR_OK) {
        fail_msg("%.*s prints as %s: %s", TEXT_ARGS(source), printed.data, error.text);
    }
    filter_print(&second, &again);
    if (!filter_equals(&first, &second) ||
        !text_equals(text_buffer_text(&printed), text_buffer_text(&again))) {
        fail_msg("%.*s prints as %s prints as %s", TEXT_ARGS(source), printed.data, again.data);
    }
    filter_copy(&first, &copy);
    assert_true(filter_equals(&copy, &second));
    filter_clear(&first);
    filter_clear(&second);
    filter_clear(&copy);
    text_buffer_free(&printed);
    text_buffer_free(&again);
    return true;
}

static void printing_is_the_inverse_of_parsing(void **state)
{
    (void)state;
    size_t accepted = 0;
    struct text_buffer source = {0};
    for (int i = 0; i < 30000; i++) {
        text_buffer_clear(&source);
        random_query(&source, 3, false);
        accepted += check_identity(text_buffer_text(&source));
    }
    text_buffer_free(&source);
    assert_true(accepted > 15000);
}

static void random_bytes_never_crash(void **state)
{
    (void)state;
    static const char alphabet[] = "abo:.=<>!~\"\\(){},*?- \tORAND019mshd/[]^$|+user";
    char source[64];
    for (int i = 0; i < 100000; i++) {
        size_t length = any(sizeof source);
        for (size_t k = 0; k < length; k++) {
            source[k] = any(50) == 0 ? (char)any(256) : alphabet[any(sizeof alphabet - 1)];
        }
        check_identity(text_make(source, length));
    }
}

static void quoting_keeps_a_value(void **state)
{
    (void)state;
    static const char *const values[] = {"sqlite", "two words", "a,b",  "say \"hi\"", "c:\\temp",
                                         "",       "=x",        "~re",  "glob*",      "1..2",
                                         "(",      "}",         "-neg", "OR",         "a:b"};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct text_buffer query = {0};
        text_append_cstr(&query, "attr.key:");
        filter_quote(text_from(values[i]), &query);
        struct filter filter = parsed(query.data);
        assert_true(text_is(only_term(&filter)->values[0].text, values[i]));
        assert_int_equal(only_term(&filter)->values[0].match, MATCH_EXACT);
        filter_clear(&filter);
        text_buffer_free(&query);
    }
}

/* ---- durations ---- */

static void durations_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"250ms", 250000000},
        {"1.28s", 1280000000},
        {"5h", INT64_C(18000000000000)},
        {"0", 0},
        {"7", 7000000},
        {"0.1s", 100000000},
        {"3\xC2\xB5s", 3000},
        {"1h30m", INT64_C(5400000000000)},
        {".5ms", 500000},
        {"1ns", 1},
        {"106751d", INT64_C(9223286400000000000)},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t ns = -1;
        assert_int_equal(duration_parse(text_from(cases[i].text), &ns, NULL), ERR_OK);
        assert_true(ns == cases[i].ns);
    }
    static const char *const wrong[] = {"", ".", "s", "1.", "-1s", "1 s", "1s2", "+1s", "1e3s"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        int64_t ns = -1;
        assert_int_not_equal(duration_parse(text_from(wrong[i]), &ns, NULL), ERR_OK);
        assert_int_equal(ns, -1);
    }
    int64_t ns = -1;
    assert_int_equal(duration_parse(TEXT("106752d"), &ns, NULL), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_matches_everything),
        cmocka_unit_test(the_documented_examples_are_accepted),
        cmocka_unit_test(spellings_meet_in_one),
        cmocka_unit_test(a_pasted_id_alone_asks_for_its_trace),
        cmocka_unit_test(values_carry_their_meaning),
        cmocka_unit_test(a_date_without_a_zone_is_local),
        cmocka_unit_test(span_terms_side_by_side_ask_about_one_span),
        cmocka_unit_test(a_choice_of_span_terms_is_still_about_one_span),
        cmocka_unit_test(a_negated_span_term_means_no_such_span),
        cmocka_unit_test(braces_stay_apart),
        cmocka_unit_test(has_asks_trace_or_span_as_its_name_says),
        cmocka_unit_test(a_tilde_alone_is_an_expression),
        cmocka_unit_test(errors_say_what_to_write_instead),
        cmocka_unit_test(expressions_with_blanks_ask_for_quotes),
        cmocka_unit_test(errors_point_at_the_structure),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(values_match_as_written),
        cmocka_unit_test(a_glob_counts_characters),
        cmocka_unit_test(a_hostile_glob_ends),
        cmocka_unit_test(a_pattern_matches_unterminated_text),
        cmocka_unit_test(printing_is_the_inverse_of_parsing),
        cmocka_unit_test(random_bytes_never_crash),
        cmocka_unit_test(quoting_keeps_a_value),
        cmocka_unit_test(durations_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
