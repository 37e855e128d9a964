/* json — strict getters over a cJSON tree: exact case, null is absent, wrong types have a name.
 *
 * cJSON keeps every number as a double; integers beyond 2^53 and reals like 2.0 keep their digits
 * beside it. */
#ifndef TRACETUI_INGEST_JSON_H
#define TRACETUI_INGEST_JSON_H

#include "ingest/attributes.h"

struct cJSON;

/* Parses a whole body; nothing may follow it. Checked before cJSON sees the text: depth, number of
 * values (a tree takes many times the size of its text; 0 = WIRE_JSON_VALUES_LIMIT), \u0000 and
 * lone surrogates (read as U+FFFD; cJSON would cut the string or refuse the body). Owns:
 * json_tree_free. Errors: ERR_PARSE, ERR_LIMIT. */
enum err json_tree_parse(struct text body, size_t values_limit, struct cJSON **ret_tree,
                         struct err_msg *why) MUST_CHECK;
void json_tree_free(struct cJSON *tree);

/* The member of that exact name, or NULL when it is absent or null. The first one wins. */
const struct cJSON *json_member(const struct cJSON *object, const char *name);

bool json_is_absent(const struct cJSON *item); /* NULL or null */
bool json_is_array(const struct cJSON *item);
bool json_is_object(const struct cJSON *item);
bool json_is_true(const struct cJSON *item);

/* Borrowed from the tree. ERR_PARSE when item is no string. */
enum err json_get_text(const struct cJSON *item, struct text *ret_text) MUST_CHECK;

/* A time in units of unit_ns: a number (with a fraction, if need be) or a string of digits.
 * Errors: ERR_PARSE no number, ERR_LIMIT not representable in nanoseconds. */
enum err json_get_time(const struct cJSON *item, int64_t unit_ns, int64_t *ret_ns) MUST_CHECK;

/* Any value as an attribute; texts are borrowed from the tree. */
struct value json_get_value(const struct cJSON *item, struct arena *arena);

/* Adds the members of an object as attributes. */
void json_get_attributes(const struct cJSON *object, struct arena *arena,
                         struct attributes *attributes);

#endif
