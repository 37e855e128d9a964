/* draft_check — what every span must have, whatever the wire format is. */
#include "ingest/draft_check.h"

#include <inttypes.h>
#include <stdio.h>

#include "ingest/finish.h"
#include "ingest/wire.h"

/* All that is missing, so that nobody has to find out one by one. */
static void check_present(struct draft *draft)
{
    const struct draft_names *names = draft->names;
    const struct span *span = &draft->span;
    const struct {
        bool missing;
        const char *name;
        enum refusal reason;
    } required[] = {
        {id_is_none(&span->id), names->id, REFUSED_ID},
        {id_is_none(&span->trace), names->trace, REFUSED_ID},
        {text_is_empty(span->name), names->name, REFUSED_FIELD},
        {!draft->has_start, names->start, REFUSED_TIME},
    };
    char list[80];
    size_t length = 0;
    size_t count = 0;
    size_t first = 0;
    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        if (required[i].missing) {
            first = count == 0 ? i : first;
            length += (size_t)snprintf(list + length, sizeof list - length, "%s%s",
                                       count > 0 ? ", " : "", required[i].name);
            count++;
        }
    }
    const char *hint = draft->hint != NULL ? draft->hint : "";
    const char *separator = draft->hint != NULL ? "; " : "";
    if (count == 1) {
        draft_refuse(draft, required[first].reason, required[first].name, "missing%s%s", separator,
                     hint);
    } else if (count > 1) {
        draft_refuse(draft, required[first].reason, NULL, "%s missing%s%s", list, separator, hint);
    }
}

static void check_times(struct draft *draft)
{
    const struct draft_names *names = draft->names;
    const struct span *span = &draft->span;
    int64_t now_ns = draft->finish->context->now_ns;
    if (span->start_ns < WIRE_TIME_EARLIEST_NS) {
        draft_refuse(draft, REFUSED_TIME, names->start,
                     "%" PRId64 " is before 2000: %s since 1970 expected",
                     span->start_ns / names->unit_ns, names->unit);
    } else if (span->start_ns < draft->finish->context->oldest_ns) {
        draft_refuse(draft, REFUSED_AGE, names->start, "older than what --retention keeps");
    } else if (now_ns > 0 && span->start_ns - now_ns > WIRE_TIME_AHEAD_NS) {
        draft_refuse(draft, REFUSED_TIME, names->start,
                     "%" PRId64 " is more than a day ahead: %s since 1970 expected",
                     span->start_ns / names->unit_ns, names->unit);
    } else if (span->end_ns != SPAN_RUNNING && span->end_ns < span->start_ns) {
        draft_refuse(draft, REFUSED_TIME, names->end, "before %s", names->start);
    }
}

void draft_check(struct draft *draft)
{
    if (!draft->refused) {
        check_present(draft);
    }
    if (!draft->refused) {
        check_times(draft);
    }
}
