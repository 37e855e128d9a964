/* heritage — what a span hands on to its children: trace id, flags, user, session, trace state. */
#include "ingest/client/heritage.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS = 4 };

struct heritage *heritage_new(const char *trace_id, uint8_t flags, const char *user,
                              const char *session, const char *tracestate)
{
    const char *const given[TEXTS] = {trace_id, user, session, tracestate};
    size_t sizes[TEXTS];
    size_t size = sizeof(struct heritage);
    for (int i = 0; i < TEXTS; i++) {
        sizes[i] = given[i] != NULL ? strlen(given[i]) + 1 : 1;
        size += sizes[i];
    }
    struct heritage *heritage = malloc(size);
    if (heritage == NULL) {
        return NULL;
    }
    const char **const kept[TEXTS] = {&heritage->trace_id, &heritage->user, &heritage->session,
                                      &heritage->tracestate};
    char *at = heritage->text;
    for (int i = 0; i < TEXTS; i++) {
        memcpy(at, given[i] != NULL ? given[i] : "", sizes[i]);
        *kept[i] = at;
        at += sizes[i];
    }
    atomic_init(&heritage->references, 1);
    heritage->flags = flags;
    return heritage;
}

struct heritage *heritage_hold(struct heritage *heritage)
{
    atomic_fetch_add_explicit(&heritage->references, 1, memory_order_relaxed);
    return heritage;
}

void heritage_release(struct heritage *heritage)
{
    if (heritage != NULL && atomic_fetch_sub(&heritage->references, 1) == 1) {
        free(heritage);
    }
}
