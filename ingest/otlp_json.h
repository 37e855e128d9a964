/* otlp_json — members of OTLP/JSON by their type, and its attributes: what decode_otlp_json is made
 * of.
 *
 * Each call consumes the value at the cursor. A null counts as absent; a value of another type
 * costs the span that is being read. */
#ifndef TRACETUI_INGEST_OTLP_JSON_H
#define TRACETUI_INGEST_OTLP_JSON_H

#include "ingest/finish.h"
#include "store/base/json.h"

/* One body being read. */
struct otlp_json {
    struct json_reader json;
    struct finish finish;
    struct arena *arena; /* of the values being read: the span's or the producer's */
    struct draft *draft; /* NULL outside of a span */
    struct producer producer;
    struct scope *scope;
    enum err err; /* of finish_draft, which ends the body */
    struct err_msg *why;
};

/* Names of members: exact, in the one or the other spelling. */
bool otlp_json_is(struct text key, const char *name);
bool otlp_json_is_either(struct text key, const char *camel, const char *snake);

struct text otlp_json_string(struct otlp_json *reading, const char *field);

/* The digits of a number, whether they stand in quotes or not; the empty text for anything else. */
struct text otlp_json_digits(struct otlp_json *reading, const char *field);
bool otlp_json_parse_i64(struct text digits, int64_t *ret_value);
uint32_t otlp_json_count(struct otlp_json *reading, const char *field);
uint64_t otlp_json_time(struct otlp_json *reading, const char *field);

/* Hex digits to bytes. */
struct text otlp_json_hex(struct otlp_json *reading, const char *field);

/* Opens an array or object; anything but these and null ends the body. */
bool otlp_json_open_array(struct otlp_json *reading);
bool otlp_json_open_object(struct otlp_json *reading);

/* An array of KeyValue. */
void otlp_json_attributes(struct otlp_json *reading, struct attributes *attributes);

#endif
