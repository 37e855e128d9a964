/* flat_members — the members of one flat JSON span, sorted by what they mean.
 *
 * Every field has a list of names, and the first of them that is present wins. */
#ifndef TRACETUI_INGEST_FLAT_MEMBERS_H
#define TRACETUI_INGEST_FLAT_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

struct cJSON;
struct draft_names;

enum flat_member {
    MEMBER_TRACE,
    MEMBER_ID,
    MEMBER_PARENT,
    MEMBER_NAME,
    MEMBER_TYPE,
    MEMBER_SERVICE,
    MEMBER_START,
    MEMBER_START_NS,
    MEMBER_END,
    MEMBER_END_NS,
    MEMBER_DURATION,
    MEMBER_DURATION_NS,
    MEMBER_STATUS,
    MEMBER_MESSAGE,
    MEMBER_STACK,
    MEMBER_ATTRIBUTES,
    MEMBER_EVENTS,
    MEMBER_LINKS,
    MEMBER_USER,
    MEMBER_SESSION,
    MEMBER_CLIENT_TYPE,
    MEMBER_CLIENT_VERSION,
    MEMBER_KIND,
    MEMBER_METADATA,
    MEMBER_RESOURCE,
    MEMBER_SCOPE,
    MEMBER_SERVER_HALF,
    MEMBER_COUNT
};

struct flat_members {
    const struct cJSON *item[MEMBER_COUNT]; /* NULL when absent or null */
    size_t alias[MEMBER_COUNT];             /* the row it matched, or the best one seen */
    unsigned spelling;
};

/* Fills zeroed members; the items are borrowed from the object. */
void flat_members_find(const struct cJSON *object, struct flat_members *members);

/* How the sender spells a field, and how it would spell the required ones. */
const char *flat_members_name(const struct flat_members *members, enum flat_member field);
const struct draft_names *flat_members_names(const struct flat_members *members);

enum { FLAT_HINT_BYTES = 96 };

/* Where a required field is absent: an unknown member of the object that may have been meant,
 * "unknown member "trace": traceId?". False when there is none. */
bool flat_members_hint(const struct flat_members *members, const struct cJSON *object,
                       char target[FLAT_HINT_BYTES]);

#endif
