/* parameters — the arguments of the admin API, checked one by one.
 *
 * Those that filter are written in the query language, so that one parser and one meaning serve
 * all: userId=alice&minDuration=250 is user:alice dur>=250000000ns. */
#include "ingest/parameters.h"

#include <inttypes.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/filter_time.h"

enum { TEXT_LARGEST_CHARS = 256 };

static const int64_t time_largest_ms =
    INT64_C(9214646399999); /* the end of 2261: ns say little more */
static const double duration_largest_ms = 1e12;
static const double age_largest_days = 36500;

/* What is being read. */
struct reading {
    struct parameters parameters;
    struct text_buffer terms; /* the filter, but for q */
    struct text q;
};

struct parameter {
    const char *name;
    unsigned groups;
    enum err (*take)(struct reading *reading, const struct parameter *parameter, struct text value,
                     struct err_msg *why);
    const char *term; /* what stands before the value in the query language */
};

/* ---- one by one ----------------------------------------------------------------------------- */

static size_t count_chars(struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    }
    return count;
}

static enum err take_text(struct reading *reading, const struct parameter *parameter,
                          struct text value, struct err_msg *why)
{
    if (value.length == 0) {
        return ERR_OK; /* a field of a form that was left empty */
    }
    if (!text_is_utf8(value) || count_chars(value) > TEXT_LARGEST_CHARS) {
        return err_set(why, ERR_PARSE, "%s: at most %d characters of UTF-8 expected",
                       parameter->name, TEXT_LARGEST_CHARS);
    }
    for (size_t i = 0; i < value.length; i++) {
        if ((unsigned char)value.data[i] < ' ' || value.data[i] == 127) {
            return err_set(why, ERR_PARSE, "%s: a text without control characters expected",
                           parameter->name);
        }
    }
    text_append_format(&reading->terms, " %s", parameter->term);
    filter_quote(value, &reading->terms);
    return ERR_OK;
}

static enum err take_status(struct reading *reading, const struct parameter *parameter,
                            struct text value, struct err_msg *why)
{
    static const char *const names[] = {"in_progress", "completed", "error", "cancelled"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (text_is(value, names[i])) {
            text_append_format(&reading->terms, " status:%s", names[i]);
            return ERR_OK;
        }
    }
    return value.length == 0
               ? ERR_OK
               : err_set(why, ERR_PARSE, "%s: in_progress, completed, error or cancelled expected",
                         parameter->name);
}

/* endTime includes its millisecond: rows say theirs without the fraction. */
static enum err take_time(struct reading *reading, const struct parameter *parameter,
                          struct text value, struct err_msg *why)
{
    int64_t ms = 0;
    char printed[FILTER_TIME_BYTES];
    if (text_parse_i64(value, &ms) != ERR_OK || ms < 0 || ms > time_largest_ms) {
        return err_set(why, ERR_PARSE, "%s: milliseconds since 1970 expected", parameter->name);
    }
    bool is_end = text_starts_with(text_from(parameter->term), "until");
    struct filter_time time = {.form = TIME_ABSOLUTE,
                               .number = ms * NS_PER_MS + (is_end ? NS_PER_MS - 1 : 0)};
    struct text text = filter_time_print(printed, &time, false);
    text_append_format(&reading->terms, " %s%.*s", parameter->term, TEXT_ARGS(text));
    return ERR_OK;
}

static enum err take_duration(struct reading *reading, const struct parameter *parameter,
                              struct text value, struct err_msg *why)
{
    double ms = 0;
    if (text_parse_f64(value, &ms) != ERR_OK || !(ms >= 0) || ms > duration_largest_ms) {
        return err_set(why, ERR_PARSE, "%s: milliseconds, 0 or more, expected", parameter->name);
    }
    text_append_format(&reading->terms, " %s%" PRId64 "ns", parameter->term,
                       (int64_t)(ms * (double)NS_PER_MS + 0.5));
    return ERR_OK;
}

static enum err take_q(struct reading *reading, const struct parameter *parameter,
                       struct text value, struct err_msg *why)
{
    struct filter filter = {0};
    struct filter_error error;
    if (filter_parse(value, &filter, &error) != ERR_OK) {
        return err_set(why, ERR_PARSE, "%s: %s", parameter->name, error.text);
    }
    bool is_empty = filter.root == NULL;
    bool limited = filter.limit != 0;
    filter_clear(&filter);
    if (limited) {
        return err_set(why, ERR_PARSE, "%s: limit: is a parameter of its own here",
                       parameter->name);
    }
    reading->q = is_empty ? (struct text){0} : value;
    return ERR_OK;
}

static enum err take_limit(struct reading *reading, const struct parameter *parameter,
                           struct text value, struct err_msg *why)
{
    int64_t limit = 0;
    bool is_export = parameter->groups == PARAMETERS_FORMAT;
    int64_t largest = is_export ? INT64_MAX : PARAMETERS_PAGE_LARGEST;
    if (text_parse_i64(value, &limit) != ERR_OK || limit < 1 || limit > largest) {
        return is_export ? err_set(why, ERR_PARSE, "%s: a number from 1 expected", parameter->name)
                         : err_set(why, ERR_PARSE, "%s: a number from 1 to %d expected",
                                   parameter->name, PARAMETERS_PAGE_LARGEST);
    }
    reading->parameters.limit = (size_t)limit;
    return ERR_OK;
}

static enum err take_offset(struct reading *reading, const struct parameter *parameter,
                            struct text value, struct err_msg *why)
{
    int64_t offset = 0;
    if (text_parse_i64(value, &offset) != ERR_OK || offset < 0 ||
        offset > PARAMETERS_OFFSET_LARGEST) {
        return err_set(why, ERR_PARSE,
                       "%s: a number from 0 to %d expected; cursor goes on without a limit",
                       parameter->name, PARAMETERS_OFFSET_LARGEST);
    }
    reading->parameters.offset = (size_t)offset;
    return ERR_OK;
}

static enum err take_cursor(struct reading *reading, const struct parameter *parameter,
                            struct text value, struct err_msg *why)
{
    const char *dot = value.length > 0 ? memchr(value.data, '.', value.length) : NULL;
    struct list_cursor *cursor = &reading->parameters.cursor;
    size_t length = dot != NULL ? (size_t)(dot - value.data) : 0;
    if (dot == NULL || text_parse_i64(text_make(value.data, length), &cursor->key) != ERR_OK ||
        text_parse_i64(text_make(dot + 1, value.length - length - 1), &cursor->number) != ERR_OK) {
        return err_set(why, ERR_PARSE, "%s: a next_cursor of an earlier answer expected",
                       parameter->name);
    }
    cursor->set = true;
    return ERR_OK;
}

static enum err take_format(struct reading *reading, const struct parameter *parameter,
                            struct text value, struct err_msg *why)
{
    static const char *const names[EXPORT_FORMAT_COUNT] = {
        [EXPORT_JSON] = "json", [EXPORT_CSV] = "csv", [EXPORT_OTLP] = "otlp"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (text_is(value, names[i])) {
            reading->parameters.format = (enum export_format)i;
            return ERR_OK;
        }
    }
    return err_set(why, ERR_PARSE, "%s: json, csv or otlp expected", parameter->name);
}

static enum err take_age(struct reading *reading, const struct parameter *parameter,
                         struct text value, struct err_msg *why)
{
    double days = 0;
    if (text_parse_f64(value, &days) != ERR_OK || !(days > 0) || days > age_largest_days) {
        return err_set(why, ERR_PARSE, "%s: a number of days, over 0 and up to 36500, expected",
                       parameter->name);
    }
    reading->parameters.older_than_ns = (int64_t)(days * (double)NS_PER_DAY);
    return ERR_OK;
}

static const struct parameter table[] = {
    {.name = "startTime", .groups = PARAMETERS_FILTER, .take = take_time, .term = "since:"},
    {.name = "endTime", .groups = PARAMETERS_FILTER, .take = take_time, .term = "until:"},
    {.name = "userId", .groups = PARAMETERS_FILTER, .take = take_text, .term = "user:"},
    {.name = "sessionId", .groups = PARAMETERS_FILTER, .take = take_text, .term = "session:"},
    {.name = "operationType", .groups = PARAMETERS_FILTER, .take = take_text, .term = "type:"},
    {.name = "operationName", .groups = PARAMETERS_FILTER, .take = take_text, .term = "op:"},
    {.name = "service", .groups = PARAMETERS_FILTER, .take = take_text, .term = "service:"},
    {.name = "status", .groups = PARAMETERS_FILTER, .take = take_status},
    {.name = "minDuration", .groups = PARAMETERS_FILTER, .take = take_duration, .term = "dur>="},
    {.name = "maxDuration", .groups = PARAMETERS_FILTER, .take = take_duration, .term = "dur<="},
    {.name = "q", .groups = PARAMETERS_FILTER, .take = take_q},
    {.name = "limit", .groups = PARAMETERS_PAGE, .take = take_limit},
    {.name = "limit", .groups = PARAMETERS_FORMAT, .take = take_limit},
    {.name = "offset", .groups = PARAMETERS_PAGE, .take = take_offset},
    {.name = "cursor", .groups = PARAMETERS_PAGE, .take = take_cursor},
    {.name = "format", .groups = PARAMETERS_FORMAT, .take = take_format},
    {.name = "olderThanDays", .groups = PARAMETERS_AGE, .take = take_age},
};

/* ---- all of them ---------------------------------------------------------------------------- */

/* "limi: unknown; did you mean limit?" */
static enum err refuse_name(struct text name, unsigned groups, struct err_msg *why)
{
    char shown[33];
    const char *near = NULL;
    size_t best = 3;
    size_t length = name.length < sizeof shown - 1 ? name.length : sizeof shown - 1;
    for (size_t i = 0; i < length; i++) {
        shown[i] = name.data[i] > ' ' && name.data[i] < 127 ? name.data[i] : '?';
    }
    shown[length] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        size_t far = text_distance(name, text_from(table[i].name));
        if ((table[i].groups & groups) != 0 && far < best) {
            best = far;
            near = table[i].name;
        }
    }
    return near != NULL
               ? err_set(why, ERR_PARSE, "%s: no parameter here; did you mean %s?", shown, near)
               : err_set(why, ERR_PARSE, "%s: no parameter here", shown);
}

static enum err take_argument(struct reading *reading, const struct arguments *arguments,
                              size_t index, unsigned groups, struct err_msg *why)
{
    struct text name = arguments->list[index].name;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if ((table[i].groups & groups) == 0 || !text_is(name, table[i].name)) {
            continue;
        }
        for (size_t j = 0; j < index; j++) {
            if (text_equals(name, arguments->list[j].name)) {
                return err_set(why, ERR_PARSE, "%s: given twice", table[i].name);
            }
        }
        return table[i].take(reading, &table[i], arguments->list[index].value, why);
    }
    return refuse_name(name, groups, why);
}

/* One filter of q and all terms. */
static enum err build_filter(struct reading *reading, struct err_msg *why)
{
    struct text_buffer source = {0};
    struct filter_error error;
    if (reading->q.length > 0) {
        text_append_format(&source, "(%.*s)", TEXT_ARGS(reading->q));
    }
    text_append(&source, text_buffer_text(&reading->terms));
    enum err err = filter_parse(text_buffer_text(&source), &reading->parameters.filter, &error);
    text_buffer_free(&source);
    if (err != ERR_OK) {
        return err_set(why, ERR_PARSE, "all filters together: %s", error.text);
    }
    return ERR_OK;
}

enum err parameters_read(const struct arguments *arguments, unsigned groups,
                         struct parameters *ret_parameters, struct err_msg *why)
{
    struct reading reading = {.parameters.older_than_ns = 7 * NS_PER_DAY};
    enum err err = arguments->too_many
                       ? err_set(why, ERR_PARSE, "more than %d parameters", ARGUMENTS_LARGEST)
                       : ERR_OK;
    for (size_t i = 0; i < arguments->count && err == ERR_OK; i++) {
        err = take_argument(&reading, arguments, i, groups, why);
    }
    if (err == ERR_OK) {
        err = build_filter(&reading, why);
    }
    text_buffer_free(&reading.terms);
    if (err == ERR_OK) {
        *ret_parameters = reading.parameters;
    }
    return err;
}

void parameters_clear(struct parameters *parameters)
{
    filter_clear(&parameters->filter);
}

void parameters_print_cursor(const struct list_cursor *cursor, struct text_buffer *target)
{
    text_append_format(target, "%" PRId64 ".%" PRId64, cursor->key, cursor->number);
}
