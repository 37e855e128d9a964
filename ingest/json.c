/* json — strict getters over a cJSON tree: exact case, null is absent, wrong types have a name. */
#include "ingest/json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/wire.h"
#include "store/base/json.h"

/* ---- before cJSON ---- */

static int hex_value(const char *at)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

/* Looks at the escape whose backslash is at `at`: its length, and whether cJSON cannot take it. */
static size_t escape_length(const char *at, const char *end, bool *ret_unfit)
{
    *ret_unfit = false;
    if (end - at < 6 || at[1] != 'u') {
        return 2;
    }
    int rune = hex_value(at + 2);
    if (rune >= 0xD800 && rune <= 0xDBFF && end - at >= 12 && at[6] == '\\' && at[7] == 'u') {
        int low = hex_value(at + 8);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            return 12;
        }
    }
    *ret_unfit = rune == 0 || (rune >= 0xD800 && rune <= 0xDFFF);
    return 6;
}

/* Digits that a double may lose: those of integers from here on. That 2.0 is no integer is lost
 * with any number of them. */
enum { LONG_DIGITS = 16 };

/* What a body holds, found without building anything. */
struct survey {
    const char *start;
    char *copy; /* NULL: only look; else the same text, to be repaired */
    size_t values;
    size_t unfit; /* escapes to repair */
    size_t kept;  /* numbers whose text the tree must keep */
    int depth;
    int deepest;
};

/* Steps over a string; at stands behind its opening quote. Returns the place of the closing one. */
static const char *survey_string(struct survey *survey, const char *at, const char *end)
{
    static const char replacement[4] = {'F', 'F', 'F', 'D'};
    while (at < end && *at != '"') {
        bool unfit = false;
        size_t length = *at == '\\' ? escape_length(at, end, &unfit) : 1;
        if (unfit) {
            survey->unfit++;
            if (survey->copy != NULL) {
                memcpy(survey->copy + (at - survey->start) + 2, replacement, sizeof replacement);
            }
        }
        at += length;
    }
    return at;
}

static bool is_number_byte(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* The end of the number that begins at `at`; whether its double alone might be taken for another
 * one: that of an integer which it bends, or of a real that is whole. */
static const char *number_end(const char *at, const char *end, bool *ret_keep)
{
    const char *begin = at;
    bool integer = true;
    bool exponent = false;
    bool fraction = false; /* that is not zero */
    for (; at < end && is_number_byte(*at); at++) {
        bool digit = *at >= '0' && *at <= '9';
        exponent = exponent || *at == 'e' || *at == 'E';
        fraction = fraction || (!integer && digit && *at != '0');
        integer = integer && (digit || at == begin);
    }
    *ret_keep = integer ? at - begin >= LONG_DIGITS : exponent || !fraction;
    return at;
}

static bool begins_number(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

static void survey_body(struct survey *survey, struct text body)
{
    bool keep;
    const char *end = body.data + body.length;
    for (const char *at = body.data; at < end; at++) {
        switch (*at) {
        case '"':
            at = survey_string(survey, at + 1, end);
            break;
        case '{':
        case '[':
            survey->values++;
            survey->depth++;
            if (survey->depth > survey->deepest) {
                survey->deepest = survey->depth;
            }
            break;
        case '}':
        case ']':
            survey->depth--;
            break;
        case ',':
            survey->values++;
            break;
        default:
            if (begins_number(*at)) {
                at = number_end(at, end, &keep) - 1;
                survey->kept += keep;
            }
            break;
        }
    }
}

/* The numbers of a text that was parsed, in their order. */
struct numbers {
    const char *at, *end;
};

static struct text next_number(struct numbers *numbers, bool *ret_keep)
{
    struct survey skip = {.start = numbers->at};
    while (numbers->at < numbers->end && !begins_number(*numbers->at)) {
        numbers->at = *numbers->at == '"' ? survey_string(&skip, numbers->at + 1, numbers->end) + 1
                                          : numbers->at + 1;
    }
    const char *begin = numbers->at;
    numbers->at = number_end(begin, numbers->end, ret_keep);
    return text_make(begin, (size_t)(numbers->at - begin));
}

/* Gives each number of which a double does not say all its own text, in the place of a string's:
 * the tree has its numbers in the order of the text, and cJSON frees the texts with it. Recursion
 * ends at WIRE_JSON_DEPTH_LIMIT. */
static void keep_digits(struct cJSON *item, struct numbers *numbers)
{
    if (cJSON_IsNumber(item)) {
        bool keep;
        struct text digits = next_number(numbers, &keep);
        if (keep) {
            item->valuestring = cJSON_malloc(digits.length + 1);
            if (item->valuestring == NULL) {
                die_oom();
            }
            memcpy(item->valuestring, digits.data, digits.length);
            item->valuestring[digits.length] = '\0';
        }
        return;
    }
    struct cJSON *member;
    cJSON_ArrayForEach(member, item)
    {
        keep_digits(member, numbers);
    }
}

/* cJSON says where it stopped, at times a byte or two off, and never why. */
static enum err refuse_text(struct text body, size_t offset, struct err_msg *why)
{
    struct json_reader reader;
    json_reader_init(&reader, body, WIRE_JSON_DEPTH_LIMIT);
    if (json_skip(&reader, NULL)) { /* cJSON wants more than JSON does: numbers of 63 digits */
        return err_set(why, ERR_PARSE, "not JSON: stuck at byte %zu", offset);
    }
    return err_set(why, ERR_PARSE, "not JSON: %s (byte %zu)", reader.problem, json_offset(&reader));
}

enum err json_tree_parse(struct text body, size_t values_limit, struct cJSON **ret_tree,
                         struct err_msg *why)
{
    size_t limit = values_limit != 0 ? values_limit : WIRE_JSON_VALUES_LIMIT;
    struct survey survey = {.start = body.data};
    survey_body(&survey, body);
    if (survey.deepest > WIRE_JSON_DEPTH_LIMIT) {
        return err_set(why, ERR_LIMIT, "JSON: nested deeper than %d levels", WIRE_JSON_DEPTH_LIMIT);
    }
    if (survey.values > limit) {
        return err_set(why, ERR_LIMIT, "JSON: more than %zu values in one body", limit);
    }
    char *copy = NULL;
    if (survey.unfit > 0) {
        copy = mem_alloc(body.length);
        memcpy(copy, body.data, body.length);
        struct survey repair = {.start = body.data, .copy = copy};
        survey_body(&repair, body);
    }
    const char *text = copy != NULL ? copy : body.data;
    const char *end = NULL;
    errno = 0;
    struct cJSON *tree = cJSON_ParseWithLengthOpts(text, body.length, &end, false);
    if (tree == NULL && errno == ENOMEM) {
        die_oom(); /* not the sender's fault: a 400 would make it throw its spans away */
    }
    size_t offset = end != NULL ? (size_t)(end - text) : 0;
    bool closed =
        tree != NULL && text_trim(text_make(text + offset, body.length - offset)).length == 0;
    if (closed && survey.kept > 0) {
        keep_digits(tree, &(struct numbers){text, text + body.length});
    }
    free(copy);
    if (tree == NULL) {
        return refuse_text(body, offset, why);
    }
    if (!closed) {
        cJSON_Delete(tree);
        return err_set(why, ERR_PARSE, "not JSON: something follows the value at byte %zu", offset);
    }
    *ret_tree = tree;
    return ERR_OK;
}

void json_tree_free(struct cJSON *tree)
{
    cJSON_Delete(tree);
}

/* ---- getters ---- */

bool json_is_absent(const struct cJSON *item)
{
    return item == NULL || cJSON_IsNull(item);
}

bool json_is_array(const struct cJSON *item)
{
    return cJSON_IsArray(item);
}

bool json_is_object(const struct cJSON *item)
{
    return cJSON_IsObject(item);
}

bool json_is_true(const struct cJSON *item)
{
    return cJSON_IsTrue(item);
}

const struct cJSON *json_member(const struct cJSON *object, const char *name)
{
    if (!cJSON_IsObject(object)) {
        return NULL;
    }
    const struct cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        if (strcmp(item->string, name) == 0) {
            return json_is_absent(item) ? NULL : item;
        }
    }
    return NULL;
}

enum err json_get_text(const struct cJSON *item, struct text *ret_text)
{
    if (!cJSON_IsString(item)) {
        return ERR_PARSE;
    }
    *ret_text = text_from(item->valuestring);
    return ERR_OK;
}

/* Fractions are scaled on their own: a double has no room for today's nanoseconds. */
static enum err scale(double number, int64_t unit_ns, int64_t *ret_ns)
{
    double whole = floor(number);
    double limit = (double)INT64_MAX / (double)unit_ns;
    if (!(whole > -limit && whole < limit - 1)) {
        return ERR_LIMIT;
    }
    *ret_ns = (int64_t)whole * unit_ns + (int64_t)llround((number - whole) * (double)unit_ns);
    return ERR_OK;
}

static bool is_long_integer(const struct cJSON *number)
{
    return number->valuestring != NULL && strpbrk(number->valuestring, ".eE") == NULL;
}

enum err json_get_time(const struct cJSON *item, int64_t unit_ns, int64_t *ret_ns)
{
    int64_t whole;
    double number;
    if (cJSON_IsNumber(item) && !is_long_integer(item)) {
        return scale(item->valuedouble, unit_ns, ret_ns);
    }
    struct text digits;
    if (cJSON_IsNumber(item)) {
        digits = text_from(item->valuestring);
    } else if (json_get_text(item, &digits) != ERR_OK) {
        return ERR_PARSE;
    }
    enum err err = text_parse_i64(digits, &whole);
    if (err == ERR_OK) {
        return __builtin_mul_overflow(whole, unit_ns, ret_ns) ? ERR_LIMIT : ERR_OK;
    }
    if (err == ERR_PARSE && digits.length > 0 &&
        strspn(digits.data, "0123456789.") == digits.length) {
        err = text_parse_f64(digits, &number);
        return err == ERR_OK ? scale(number, unit_ns, ret_ns) : err;
    }
    return err;
}

static struct value number_value(const struct cJSON *item)
{
    enum { LARGEST_EXACT_BITS = 53 };
    double limit = (double)(INT64_C(1) << LARGEST_EXACT_BITS);
    double number = item->valuedouble;
    int64_t whole;
    if (item->valuestring != NULL) {
        if (text_parse_i64(text_from(item->valuestring), &whole) == ERR_OK) {
            return value_int(whole);
        }
    } else if (number >= -limit && number <= limit && floor(number) == number) {
        return value_int((int64_t)number);
    }
    return (struct value){.kind = VALUE_DOUBLE, .number = number};
}

/* Recursion ends at WIRE_JSON_DEPTH_LIMIT, which json_tree_parse enforces. */
struct value json_get_value(const struct cJSON *item, struct arena *arena)
{
    if (cJSON_IsString(item)) {
        return value_string(text_from(item->valuestring));
    }
    if (cJSON_IsNumber(item)) {
        return number_value(item);
    }
    if (cJSON_IsBool(item)) {
        return (struct value){.kind = VALUE_BOOL, .boolean = cJSON_IsTrue(item)};
    }
    if (cJSON_IsArray(item)) {
        struct value value = value_list(arena);
        const struct cJSON *member;
        cJSON_ArrayForEach(member, item)
        {
            values_add(value.list, arena, json_get_value(member, arena));
        }
        return value;
    }
    if (cJSON_IsObject(item)) {
        struct value value = value_map(arena);
        json_get_attributes(item, arena, value.map);
        return value;
    }
    return (struct value){.kind = VALUE_NULL};
}

void json_get_attributes(const struct cJSON *object, struct arena *arena,
                         struct attributes *attributes)
{
    const struct cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        attributes_add(attributes, arena, text_from(member->string), json_get_value(member, arena));
    }
}
