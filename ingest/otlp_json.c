/* otlp_json — members of OTLP/JSON by their type, and its attributes. */
#include "ingest/otlp_json.h"

#include <math.h>

#include "ingest/base64.h"

/* Most names differ in their first byte, so no length is asked for. */
bool otlp_json_is(struct text key, const char *name)
{
    size_t i = 0;
    while (i < key.length && name[i] != '\0' && name[i] == key.data[i]) {
        i++;
    }
    return i == key.length && name[i] == '\0';
}

bool otlp_json_is_either(struct text key, const char *camel, const char *snake)
{
    return otlp_json_is(key, camel) || otlp_json_is(key, snake);
}

/* ---- values of a known type ---- */

/* Skips what stands at the cursor; it counts as absent if it is null, else it costs the span. */
static void skip_wrong(struct otlp_json *reading, const char *field, const char *problem)
{
    if (json_kind(&reading->json) != JSON_NULL && reading->draft != NULL) {
        draft_refuse(reading->draft, REFUSED_FIELD, field, "%s", problem);
    }
    json_skip(&reading->json, NULL);
}

struct text otlp_json_string(struct otlp_json *reading, const char *field)
{
    struct text text = {0};
    if (json_kind(&reading->json) == JSON_STRING) {
        json_string(&reading->json, reading->arena, &text);
    } else {
        skip_wrong(reading, field, "a string was expected");
    }
    return text;
}

/* The digits of a number, whether they stand in quotes or not; the empty text for anything else. */
struct text otlp_json_digits(struct otlp_json *reading, const char *field)
{
    struct text digits = {0};
    switch (json_kind(&reading->json)) {
    case JSON_STRING:
        json_string(&reading->json, reading->arena, &digits);
        break;
    case JSON_NUMBER:
        json_number(&reading->json, &digits);
        break;
    default:
        skip_wrong(reading, field, "a number was expected");
    }
    return digits;
}

bool otlp_json_parse_i64(struct text digits, int64_t *ret_value)
{
    double number;
    if (text_parse_i64(digits, ret_value) == ERR_OK) {
        return true;
    }
    /* 1.5e9: JavaScript writes large integers so */
    if (text_parse_f64(digits, &number) == ERR_OK && number >= -9e18 && number <= 9e18 &&
        number == (double)(int64_t)number) {
        *ret_value = (int64_t)number;
        return true;
    }
    return false;
}

static int64_t read_int(struct otlp_json *reading, const char *field)
{
    int64_t value = 0;
    struct text digits = otlp_json_digits(reading, field);
    if (digits.length > 0 && !otlp_json_parse_i64(digits, &value) && reading->draft != NULL) {
        draft_refuse(reading->draft, REFUSED_FIELD, field, "an integer was expected");
    }
    return value;
}

uint32_t otlp_json_count(struct otlp_json *reading, const char *field)
{
    int64_t value = read_int(reading, field);
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

uint64_t otlp_json_time(struct otlp_json *reading, const char *field)
{
    uint64_t value = 0;
    int64_t rounded;
    struct text digits = otlp_json_digits(reading, field);
    if (digits.length == 0 || text_parse_u64(digits, &value) == ERR_OK) {
        return value;
    }
    if (otlp_json_parse_i64(digits, &rounded) && rounded >= 0) {
        return (uint64_t)rounded;
    }
    if (reading->draft != NULL) {
        draft_refuse(reading->draft, REFUSED_TIME, field, "nanoseconds since 1970 expected");
    }
    return 0;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Hex digits to bytes; text that is not hex costs the span. */
struct text otlp_json_hex(struct otlp_json *reading, const char *field)
{
    struct text hex = otlp_json_string(reading, field);
    char *bytes = arena_bytes(reading->arena, hex.length / 2 + 1);
    for (size_t i = 0; i < hex.length; i++) {
        int digit = hex_digit(hex.data[i]);
        if (digit < 0 || hex.length % 2 != 0) {
            if (reading->draft != NULL) {
                draft_refuse(reading->draft, REFUSED_ID, field, "hex digits were expected");
            }
            return (struct text){0};
        }
        bytes[i / 2] = (char)(i % 2 == 0 ? digit << 4 : (uint8_t)bytes[i / 2] | digit);
    }
    return text_make(bytes, hex.length / 2);
}

/* Opens an array or object; null counts as absent and anything else ends the body. */
bool otlp_json_open_array(struct otlp_json *reading)
{
    if (json_kind(&reading->json) == JSON_NULL) {
        json_null(&reading->json);
        return false;
    }
    return json_array_open(&reading->json);
}

bool otlp_json_open_object(struct otlp_json *reading)
{
    if (json_kind(&reading->json) == JSON_NULL) {
        json_null(&reading->json);
        return false;
    }
    return json_object_open(&reading->json);
}

/* ---- attributes ---- */

static struct value read_value(struct otlp_json *reading);

static struct value read_double(struct otlp_json *reading)
{
    static const struct {
        const char *name;
        double number;
    } names[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
    struct value value = {.kind = VALUE_DOUBLE};
    struct text digits = otlp_json_digits(reading, "attributes");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (otlp_json_is(digits, names[i].name) && digits.length > 0) {
            value.number = names[i].number;
            return value;
        }
    }
    if (text_parse_f64(digits, &value.number) != ERR_OK && digits.length > 0) {
        return value_string(digits);
    }
    return value;
}

/* An integer beyond 64 bits stays readable as a string. */
static struct value read_integer(struct otlp_json *reading)
{
    int64_t integer = 0;
    struct text digits = otlp_json_digits(reading, "attributes");
    return digits.length == 0 || otlp_json_parse_i64(digits, &integer) ? value_int(integer)
                                                                       : value_string(digits);
}

static struct value read_boolean(struct otlp_json *reading)
{
    struct value value = {.kind = VALUE_BOOL};
    enum json_kind kind = json_kind(&reading->json);
    if (kind == JSON_TRUE || kind == JSON_FALSE) {
        json_bool(&reading->json, &value.boolean);
    } else {
        skip_wrong(reading, "attributes", "true or false was expected");
    }
    return value;
}

static struct value read_bytes(struct otlp_json *reading)
{
    struct value value = {.kind = VALUE_BYTES};
    struct text text = otlp_json_string(reading, "attributes");
    if (base64_decode(text, reading->arena, &value.text) != ERR_OK) {
        return value_string(text);
    }
    return value;
}

/* {"values":[...]} of plain values, or of keys and values. */
static struct value read_composite(struct otlp_json *reading, bool keyed)
{
    struct text key;
    struct value value = keyed ? value_map(reading->arena) : value_list(reading->arena);
    if (!otlp_json_open_object(reading)) {
        return value;
    }
    while (json_object_next(&reading->json, reading->arena, &key)) {
        if (!otlp_json_is(key, "values")) {
            json_skip(&reading->json, NULL);
        } else if (keyed) {
            otlp_json_attributes(reading, value.map);
        } else if (otlp_json_open_array(reading)) {
            while (json_array_next(&reading->json)) {
                values_add(value.list, reading->arena, read_value(reading));
            }
        }
    }
    return value;
}

/* An AnyValue; the recursion ends at the reader's depth limit. */
static struct value read_value(struct otlp_json *reading)
{
    struct value value = {.kind = VALUE_NULL};
    struct text key;
    if (!otlp_json_open_object(reading)) {
        return value;
    }
    while (json_object_next(&reading->json, reading->arena, &key)) {
        if (json_kind(&reading->json) == JSON_NULL) {
            json_null(&reading->json);
        } else if (otlp_json_is_either(key, "stringValue", "string_value")) {
            value = value_string(otlp_json_string(reading, "attributes"));
        } else if (otlp_json_is_either(key, "intValue", "int_value")) {
            value = read_integer(reading);
        } else if (otlp_json_is_either(key, "boolValue", "bool_value")) {
            value = read_boolean(reading);
        } else if (otlp_json_is_either(key, "doubleValue", "double_value")) {
            value = read_double(reading);
        } else if (otlp_json_is_either(key, "arrayValue", "array_value")) {
            value = read_composite(reading, false);
        } else if (otlp_json_is_either(key, "kvlistValue", "kvlist_value")) {
            value = read_composite(reading, true);
        } else if (otlp_json_is_either(key, "bytesValue", "bytes_value")) {
            value = read_bytes(reading);
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    return value;
}

/* An array of KeyValue. */
void otlp_json_attributes(struct otlp_json *reading, struct attributes *attributes)
{
    struct text member;
    if (!otlp_json_open_array(reading)) {
        return;
    }
    while (json_array_next(&reading->json)) {
        struct text key = {0};
        struct value value = {.kind = VALUE_NULL};
        for (json_object_open(&reading->json);
             json_object_next(&reading->json, reading->arena, &member);) {
            if (otlp_json_is(member, "key")) {
                key = otlp_json_string(reading, "attributes");
            } else if (otlp_json_is(member, "value")) {
                value = read_value(reading);
            } else {
                json_skip(&reading->json, NULL);
            }
        }
        attributes_add(attributes, reading->arena, key, value);
    }
}
