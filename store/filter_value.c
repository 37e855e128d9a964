/* filter_value — one value of a term: from the text as typed to its canonical form. */
#include "store/filter_value.h"

#include <string.h>

#include "store/filter_time.h"
#include "store/span.h"

enum { ID_PREFIX_SMALLEST = 4 };

static enum err read_duration(struct filter_value *value, struct arena *arena, struct err_msg *why)
{
    char target[DURATION_BYTES];
    struct text unit = {0};
    enum err err = duration_parse(value->text, &value->number, &unit);
    if (err == ERR_PARSE && unit.length > 0) {
        return err_set(why, ERR_PARSE, "unknown unit \"%.*s\": use us ms s m h d",
                       TEXT_ARGS(text_make(unit.data, text_cut(unit, 20))));
    }
    if (err != ERR_OK) {
        return err_set(why, ERR_PARSE,
                       err == ERR_LIMIT ? "this duration is too long"
                                        : "a duration was expected, like 250ms 1.5s 2h");
    }
    value->has_number = true;
    value->text = arena_copy(arena, duration_print(target, value->number));
    return ERR_OK;
}

static enum err read_count(struct filter_value *value, struct arena *arena, struct err_msg *why)
{
    uint64_t count;
    if (text_parse_u64(value->text, &count) != ERR_OK || count > INT64_MAX) {
        return err_set(why, ERR_PARSE, "a whole number was expected");
    }
    value->has_number = true;
    value->number = (int64_t)count;
    value->text = arena_format(arena, "%lld", (long long)value->number);
    return ERR_OK;
}

static enum err read_time(enum filter_field field, struct filter_value *value, struct arena *arena,
                          struct err_msg *why)
{
    char target[FILTER_TIME_BYTES];
    struct filter_time time;
    enum err err = filter_time_parse(value->text, &time, why);
    if (err != ERR_OK) {
        return err;
    }
    value->has_number = true;
    value->number = time.number;
    value->relative = time.form == TIME_RELATIVE;
    value->time_of_day = time.form == TIME_OF_DAY;
    value->text = arena_copy(arena, filter_time_print(target, &time, field == FIELD_UNTIL));
    return ERR_OK;
}

static enum err read_status(struct filter_value *value, struct err_msg *why)
{
    enum span_status status;
    if (status_parse(value->text, &status) != ERR_OK) {
        return err_set(
            why, ERR_PARSE,
            "no status \"%.*s\": use completed (ok) error in_progress (running) cancelled",
            TEXT_ARGS(text_make(value->text.data, text_cut(value->text, 30))));
    }
    value->has_number = true;
    value->number = status;
    value->text = text_from(status_name(status));
    return ERR_OK;
}

static enum err read_kind(struct filter_value *value, struct err_msg *why)
{
    enum span_kind kind;
    if (kind_parse(value->text, &kind) != ERR_OK) {
        return err_set(why, ERR_PARSE,
                       "no kind \"%.*s\": use internal server client producer consumer unspecified",
                       TEXT_ARGS(text_make(value->text.data, text_cut(value->text, 30))));
    }
    value->has_number = true;
    value->number = kind;
    value->text = text_from(kind_name(kind));
    return ERR_OK;
}

enum err filter_value_read(enum filter_field field, struct filter_value *value, struct arena *arena,
                           struct err_msg *why)
{
    switch (filter_rule_of(field)->type) {
    case VALUE_TEXT:
        return ERR_OK;
    case VALUE_ATTRIBUTE:
        value->has_real =
            value->match == MATCH_EXACT && text_parse_f64(value->text, &value->real) == ERR_OK;
        return ERR_OK;
    case VALUE_DURATION:
        return read_duration(value, arena, why);
    case VALUE_COUNT:
        return read_count(value, arena, why);
    case VALUE_TIME:
        return read_time(field, value, arena, why);
    case VALUE_STATUS:
        return read_status(value, why);
    case VALUE_KIND:
        return read_kind(value, why);
    case VALUE_ID:
        if (value->text.length < ID_PREFIX_SMALLEST) {
            return err_set(why, ERR_PARSE, "an id needs %d or more characters", ID_PREFIX_SMALLEST);
        }
        return ERR_OK;
    case VALUE_HAS:
        if (!filter_has_is_known(value->text)) {
            return err_set(why, ERR_PARSE, "has:%.*s is unknown: use %s attr.KEY",
                           TEXT_ARGS(text_make(value->text.data, text_cut(value->text, 30))),
                           filter_has_names);
        }
        return ERR_OK;
    }
    return ERR_PARSE;
}

static bool is_id(struct text text)
{
    struct id id;
    return (text.length == 32 || text.length == 36) && id_parse_trace(text, &id) == ERR_OK &&
           id.form != ID_TEXT;
}

bool filter_value_needs_quotes(enum filter_field field, enum filter_match match, struct text text)
{
    /* Only bytes that have no meaning anywhere in the grammar may stand bare. */
    const char *extra = match == MATCH_REGEX  ? "_-/.@#+%&;|$:*?^"
                        : field == FIELD_TEXT ? "_-/.@#+%&;|$"
                                              : "_-/.@#+%&;|$:";
    if (match == MATCH_GLOB || text.length == 0) {
        return text.length == 0; /* quotes would take the meaning of its stars */
    }
    if (filter_rule_of(field)->type == VALUE_ATTRIBUTE && memmem(text.data, text.length, "..", 2)) {
        return true; /* 1..2 is a range there */
    }
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && c < 0x80 && strchr(extra, c) == NULL) {
            return true;
        }
    }
    return field == FIELD_TEXT &&
           (text.data[0] == '-' || text.data[0] == '.' || filter_word_is_operator(text) ||
            is_id(text) || text_starts_with(text, "attr.") || text_starts_with(text, "meta."));
}
