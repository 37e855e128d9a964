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
    enum flat_member field;
    unsigned spelling;
} aliases[] = {
    {"traceId", MEMBER_TRACE, 0},
    {"trace_id", MEMBER_TRACE, SPELLING_SNAKE},
    {"spanId", MEMBER_ID, SPELLING_PLUGIN},
    {"span_id", MEMBER_ID, SPELLING_PLUGIN | SPELLING_SNAKE},
    {"id", MEMBER_ID, 0},
    {"parentSpanId", MEMBER_PARENT, 0},
    {"parent_span_id", MEMBER_PARENT, SPELLING_SNAKE},
    {"operationName", MEMBER_NAME, 0},
    {"operation_name", MEMBER_NAME, SPELLING_SNAKE},
    {"name", MEMBER_NAME, SPELLING_PLUGIN},
    {"operationType", MEMBER_TYPE, 0},
    {"operation_type", MEMBER_TYPE, SPELLING_SNAKE},
    {"type", MEMBER_TYPE, 0},
    {"service", MEMBER_SERVICE, 0},
    {"serviceName", MEMBER_SERVICE, 0},
    {"service_name", MEMBER_SERVICE, SPELLING_SNAKE},
    {"startedAt", MEMBER_START, 0},
    {"started_at", MEMBER_START, SPELLING_SNAKE},
    {"startTimeMs", MEMBER_START, SPELLING_PLUGIN},
    {"start_time_ms", MEMBER_START, SPELLING_PLUGIN | SPELLING_SNAKE},
    {"startTime", MEMBER_START, 0},
    {"start_time", MEMBER_START, SPELLING_SNAKE},
    {"startNs", MEMBER_START_NS, 0},
    {"start_ns", MEMBER_START_NS, SPELLING_SNAKE},
    {"endedAt", MEMBER_END, 0},
    {"ended_at", MEMBER_END, SPELLING_SNAKE},
    {"endTimeMs", MEMBER_END, SPELLING_PLUGIN},
    {"end_time_ms", MEMBER_END, SPELLING_PLUGIN | SPELLING_SNAKE},
    {"endTime", MEMBER_END, 0},
    {"end_time", MEMBER_END, SPELLING_SNAKE},
    {"endNs", MEMBER_END_NS, 0},
    {"end_ns", MEMBER_END_NS, SPELLING_SNAKE},
    {"durationMs", MEMBER_DURATION, 0},
    {"duration_ms", MEMBER_DURATION, SPELLING_SNAKE},
    {"durationNs", MEMBER_DURATION_NS, 0},
    {"duration_ns", MEMBER_DURATION_NS, SPELLING_SNAKE},
    {"status", MEMBER_STATUS, 0},
    {"errorMessage", MEMBER_MESSAGE, 0},
    {"error_message", MEMBER_MESSAGE, SPELLING_SNAKE},
    {"statusMessage", MEMBER_MESSAGE, SPELLING_PLUGIN},
    {"status_message", MEMBER_MESSAGE, SPELLING_PLUGIN | SPELLING_SNAKE},
    {"errorStack", MEMBER_STACK, 0},
    {"error_stack", MEMBER_STACK, SPELLING_SNAKE},
    {"attributes", MEMBER_ATTRIBUTES, 0},
    {"events", MEMBER_EVENTS, 0},
    {"links", MEMBER_LINKS, 0},
    {"userId", MEMBER_USER, 0},
    {"user_id", MEMBER_USER, SPELLING_SNAKE},
    {"sessionId", MEMBER_SESSION, 0},
    {"session_id", MEMBER_SESSION, SPELLING_SNAKE},
    {"clientType", MEMBER_CLIENT_TYPE, 0},
    {"client_type", MEMBER_CLIENT_TYPE, SPELLING_SNAKE},
    {"clientVersion", MEMBER_CLIENT_VERSION, 0},
    {"client_version", MEMBER_CLIENT_VERSION, SPELLING_SNAKE},
    {"kind", MEMBER_KIND, 0},
    {"metadata", MEMBER_METADATA, 0},
    {"resource", MEMBER_RESOURCE, 0},
    {"scope", MEMBER_SCOPE, 0},
    {"server_half", MEMBER_SERVER_HALF, 0},
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
        enum flat_member field = aliases[i].field;
        members->spelling |= aliases[i].spelling;
        if (!json_is_absent(item) && (members->item[field] == NULL || i < members->alias[field])) {
            members->item[field] = item;
            members->alias[field] = i;
        }
    }
    /* "name" and "operationName" mixed: the web application's spelling wins, it has more senders */
    if (members->item[MEMBER_NAME] != NULL && members->item[MEMBER_START] != NULL &&
        !(aliases[members->alias[MEMBER_START]].spelling & SPELLING_PLUGIN)) {
        members->spelling &= ~(unsigned)SPELLING_PLUGIN;
    }
}

const char *flat_members_name(const struct flat_members *members, enum flat_member field)
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

/* Which of the absent fields a member may be meant for; MEMBER_COUNT = none. */
static enum flat_member guess(const char *member, const bool absent[MEMBER_COUNT])
{
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        if (absent[aliases[i].field] && is_alike(member, aliases[i].name)) {
            return aliases[i].field;
        }
    }
    return MEMBER_COUNT;
}

bool flat_members_hint(const struct flat_members *members, const struct cJSON *object,
                       char target[FLAT_HINT_BYTES])
{
    const struct draft_names *names = flat_members_names(members);
    const char *const required[MEMBER_COUNT] = {[MEMBER_ID] = names->id,
                                                [MEMBER_TRACE] = names->trace,
                                                [MEMBER_NAME] = names->name,
                                                [MEMBER_START] = names->start};
    bool absent[MEMBER_COUNT] = {false};
    bool any = false;
    const struct cJSON *item;
    for (int i = 0; i < MEMBER_COUNT; i++) {
        absent[i] = required[i] != NULL && members->item[i] == NULL &&
                    (i != MEMBER_START || members->item[MEMBER_START_NS] == NULL);
        any |= absent[i];
    }
    if (!any || !json_is_object(object)) {
        return false;
    }
    cJSON_ArrayForEach(item, object)
    {
        enum flat_member field = find_alias(item->string) == ARRAY_LEN(aliases)
                                     ? guess(item->string, absent)
                                     : MEMBER_COUNT;
        if (field != MEMBER_COUNT) {
            snprintf(target, FLAT_HINT_BYTES, "unknown member \"%s\": %s?", item->string,
                     required[field]);
            return true;
        }
    }
    return false;
}
