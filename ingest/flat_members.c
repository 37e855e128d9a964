/* flat_members — the members of one flat JSON span, sorted by what they mean. */
#include "ingest/flat_members.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "ingest/finish.h"
#include "ingest/json.h"
#include "store/base/clock.h"

/* Which spelling a name belongs to; used only to word the message about a missing member. */
enum spelling { SPELLING_ANY = 0, SPELLING_SNAKE = 1 << 0, SPELLING_PLUGIN = 1 << 1 };

/* Of several names of a field the one that stands first here wins. */
static const struct alias {
    const char *name;
    enum field field;
    unsigned spelling;
} aliases[] = {
    {"traceId", FIELD_TRACE, 0},
    {"trace_id", FIELD_TRACE, SPELLING_SNAKE},
    {"spanId", FIELD_ID, SPELLING_PLUGIN},
    {"span_id", FIELD_ID, SPELLING_PLUGIN | SPELLING_SNAKE},
    {"id", FIELD_ID, 0},
    {"parentSpanId", FIELD_PARENT, 0},
    {"parent_span_id", FIELD_PARENT, SPELLING_SNAKE},
    {"operationName", FIELD_NAME, 0},
    {"operation_name", FIELD_NAME, SPELLING_SNAKE},
    {"name", FIELD_NAME, SPELLING_PLUGIN},
    {"operationType", FIELD_TYPE, 0},
    {"operation_type", FIELD_TYPE, SPELLING_SNAKE},
    {"type", FIELD_TYPE, 0},
    {"service", FIELD_SERVICE, 0},
    {"serviceName", FIELD_SERVICE, 0},
    {"service_name", FIELD_SERVICE, SPELLING_SNAKE},
    {"startedAt", FIELD_START, 0},
    {"started_at", FIELD_START, SPELLING_SNAKE},
    {"startTimeMs", FIELD_START, SPELLING_PLUGIN},
    {"start_time_ms", FIELD_START, SPELLING_PLUGIN | SPELLING_SNAKE},
    {"startTime", FIELD_START, 0},
    {"start_time", FIELD_START, SPELLING_SNAKE},
    {"startNs", FIELD_START_NS, 0},
    {"start_ns", FIELD_START_NS, SPELLING_SNAKE},
    {"endedAt", FIELD_END, 0},
    {"ended_at", FIELD_END, SPELLING_SNAKE},
    {"endTimeMs", FIELD_END, SPELLING_PLUGIN},
    {"end_time_ms", FIELD_END, SPELLING_PLUGIN | SPELLING_SNAKE},
    {"endTime", FIELD_END, 0},
    {"end_time", FIELD_END, SPELLING_SNAKE},
    {"endNs", FIELD_END_NS, 0},
    {"end_ns", FIELD_END_NS, SPELLING_SNAKE},
    {"durationMs", FIELD_DURATION, 0},
    {"duration_ms", FIELD_DURATION, SPELLING_SNAKE},
    {"durationNs", FIELD_DURATION_NS, 0},
    {"duration_ns", FIELD_DURATION_NS, SPELLING_SNAKE},
    {"status", FIELD_STATUS, 0},
    {"errorMessage", FIELD_MESSAGE, 0},
    {"error_message", FIELD_MESSAGE, SPELLING_SNAKE},
    {"statusMessage", FIELD_MESSAGE, SPELLING_PLUGIN},
    {"status_message", FIELD_MESSAGE, SPELLING_PLUGIN | SPELLING_SNAKE},
    {"errorStack", FIELD_STACK, 0},
    {"error_stack", FIELD_STACK, SPELLING_SNAKE},
    {"attributes", FIELD_ATTRIBUTES, 0},
    {"events", FIELD_EVENTS, 0},
    {"links", FIELD_LINKS, 0},
    {"userId", FIELD_USER, 0},
    {"user_id", FIELD_USER, SPELLING_SNAKE},
    {"sessionId", FIELD_SESSION, 0},
    {"session_id", FIELD_SESSION, SPELLING_SNAKE},
    {"clientType", FIELD_CLIENT_TYPE, 0},
    {"client_type", FIELD_CLIENT_TYPE, SPELLING_SNAKE},
    {"clientVersion", FIELD_CLIENT_VERSION, 0},
    {"client_version", FIELD_CLIENT_VERSION, SPELLING_SNAKE},
    {"kind", FIELD_KIND, 0},
    {"metadata", FIELD_METADATA, 0},
    {"resource", FIELD_RESOURCE, 0},
    {"scope", FIELD_SCOPE, 0},
};

static const struct draft_names names_by_spelling[] = {
    [SPELLING_ANY] = {.trace = "traceId",
                      .id = "id",
                      .parent = "parentSpanId",
                      .name = "operationName",
                      .start = "startedAt",
                      .end = "endedAt",
                      .unit_ns = NS_PER_MS,
                      .unit = "milliseconds"},
    [SPELLING_SNAKE] = {.trace = "trace_id",
                        .id = "id",
                        .parent = "parent_span_id",
                        .name = "operation_name",
                        .start = "started_at",
                        .end = "ended_at",
                        .unit_ns = NS_PER_MS,
                        .unit = "milliseconds"},
    [SPELLING_PLUGIN] = {.trace = "traceId",
                         .id = "spanId",
                         .parent = "parentSpanId",
                         .name = "name",
                         .start = "startTimeMs",
                         .end = "endTimeMs",
                         .unit_ns = NS_PER_MS,
                         .unit = "milliseconds"},
    [SPELLING_PLUGIN | SPELLING_SNAKE] = {.trace = "trace_id",
                                          .id = "span_id",
                                          .parent = "parent_span_id",
                                          .name = "name",
                                          .start = "start_time_ms",
                                          .end = "end_time_ms",
                                          .unit_ns = NS_PER_MS,
                                          .unit = "milliseconds"},
};

/* ARRAY_LEN(aliases) when the name is unknown. */
static size_t find_alias(const char *name)
{
    size_t i = 0;
    while (i < ARRAY_LEN(aliases) &&
           (aliases[i].name[0] != name[0] || strcmp(aliases[i].name, name) != 0)) {
        i++;
    }
    return i;
}

void flat_members_find(const struct cJSON *object, struct flat_members *members)
{
    const struct cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        size_t i = find_alias(item->string);
        if (i == ARRAY_LEN(aliases)) {
            continue;
        }
        enum field field = aliases[i].field;
        members->spelling |= aliases[i].spelling;
        if (!json_is_absent(item) && (members->item[field] == NULL || i < members->alias[field])) {
            members->item[field] = item;
            members->alias[field] = i;
        }
    }
    /* "name" and "operationName" mixed: the web application's spelling wins, it has more senders */
    if (members->item[FIELD_NAME] != NULL && members->item[FIELD_START] != NULL &&
        !(aliases[members->alias[FIELD_START]].spelling & SPELLING_PLUGIN)) {
        members->spelling &= ~(unsigned)SPELLING_PLUGIN;
    }
}

const char *flat_members_name(const struct flat_members *members, enum field field)
{
    return aliases[members->alias[field]].name;
}

const struct draft_names *flat_members_names(const struct flat_members *members)
{
    return &names_by_spelling[members->spelling];
}

/* ---- what may have been meant ---- */

enum { MEMBER_LARGEST = 32, ALIKE_LETTERS = 4 /* the first ones say enough */ };

/* The name in small letters, without what separates its words; false when it is not made of words
 * or long, and then it is not fit for a message either. */
static bool simplify(const char *name, char target[MEMBER_LARGEST + 1])
{
    size_t length = 0;
    if (strlen(name) > MEMBER_LARGEST) {
        return false;
    }
    for (const char *at = name; *at != '\0'; at++) {
        if ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9')) {
            target[length++] = *at;
        } else if (*at >= 'A' && *at <= 'Z') {
            target[length++] = (char)(*at - 'A' + 'a');
        } else if (*at != '-' && *at != '_' && *at != '.' && *at != ' ') {
            return false;
        }
    }
    target[length] = '\0';
    return length > 0;
}

/* The same words, or the beginning of each other. */
static bool is_alike(const char *member, const char *name)
{
    char a[MEMBER_LARGEST + 1];
    char b[MEMBER_LARGEST + 1];
    if (!simplify(member, a) || !simplify(name, b)) {
        return false;
    }
    size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    return strcmp(a, b) == 0 || (shorter >= ALIKE_LETTERS && strncmp(a, b, shorter) == 0);
}

/* Which of the absent fields a member may be meant for; FIELD_COUNT = none. */
static enum field guess(const char *member, const bool absent[FIELD_COUNT])
{
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (absent[aliases[i].field] && is_alike(member, aliases[i].name)) {
            return aliases[i].field;
        }
    }
    return FIELD_COUNT;
}

bool flat_members_hint(const struct flat_members *members, const struct cJSON *object,
                       char target[FLAT_HINT_BYTES])
{
    const struct draft_names *names = flat_members_names(members);
    const char *const required[FIELD_COUNT] = {[FIELD_ID] = names->id,
                                               [FIELD_TRACE] = names->trace,
                                               [FIELD_NAME] = names->name,
                                               [FIELD_START] = names->start};
    bool absent[FIELD_COUNT] = {false};
    bool any = false;
    const struct cJSON *item;
    for (int i = 0; i < FIELD_COUNT; i++) {
        absent[i] = required[i] != NULL && members->item[i] == NULL &&
                    (i != FIELD_START || members->item[FIELD_START_NS] == NULL);
        any |= absent[i];
    }
    if (!any || !json_is_object(object)) {
        return false;
    }
    cJSON_ArrayForEach(item, object)
    {
        enum field field = find_alias(item->string) == ARRAY_LEN(aliases)
                               ? guess(item->string, absent)
                               : FIELD_COUNT;
        if (field != FIELD_COUNT) {
            snprintf(target, FLAT_HINT_BYTES, "unknown member \"%s\": %s?", item->string,
                     required[field]);
            return true;
        }
    }
    return false;
}
