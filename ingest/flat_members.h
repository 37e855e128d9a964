/* flat_members — the members of one flat JSON span, sorted by what they mean.
 *
 * Every field has a list of names, and the first of them that is present wins. */
#ifndef TRACETUI_INGEST_FLAT_MEMBERS_H
#define TRACETUI_INGEST_FLAT_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

struct cJSON;
struct draft_names;

enum field {
    FIELD_TRACE,
    FIELD_ID,
    FIELD_PARENT,
    FIELD_NAME,
    FIELD_TYPE,
    FIELD_SERVICE,
    FIELD_START,
    FIELD_START_NS,
    FIELD_END,
    FIELD_END_NS,
    FIELD_DURATION,
    FIELD_DURATION_NS,
    FIELD_STATUS,
    FIELD_MESSAGE,
    FIELD_STACK,
    FIELD_ATTRIBUTES,
    FIELD_EVENTS,
    FIELD_LINKS,
    FIELD_USER,
    FIELD_SESSION,
    FIELD_CLIENT_TYPE,
    FIELD_CLIENT_VERSION,
    FIELD_KIND,
    FIELD_METADATA,
    FIELD_RESOURCE,
    FIELD_SCOPE,
    FIELD_COUNT
};

struct flat_members {
    const struct cJSON *item[FIELD_COUNT]; /* NULL when absent or null */
    size_t alias[FIELD_COUNT];             /* the row it matched, or the best one seen */
    unsigned spelling;
};

/* Fills zeroed members; the items are borrowed from the object. */
void flat_members_find(const struct cJSON *object, struct flat_members *members);

/* How the sender spells a field, and how it would spell the required ones. */
const char *flat_members_name(const struct flat_members *members, enum field field);
const struct draft_names *flat_members_names(const struct flat_members *members);

enum { FLAT_HINT_BYTES = 96 };

/* Where a required field is absent: an unknown member of the object that may have been meant,
 * "unknown member "trace": traceId?". False when there is none. */
bool flat_members_hint(const struct flat_members *members, const struct cJSON *object,
                       char target[FLAT_HINT_BYTES]);

#endif
