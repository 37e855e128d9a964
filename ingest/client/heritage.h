/* heritage — what a span hands on to its children: trace id, flags, user, session, trace state. */
#ifndef TRACETUI_CLIENT_HERITAGE_H
#define TRACETUI_CLIENT_HERITAGE_H

#include <stdatomic.h>
#include <stdint.h>

/* The bits of W3C's trace-flags. */
enum { FLAG_SAMPLED = 1, FLAG_RANDOM = 2 };

/* Never changed once shared; freed with the last reference. One piece of memory. */
struct heritage {
    atomic_int references;
    uint8_t flags;
    const char *trace_id;
    const char *user; /* "" = none, as the two below */
    const char *session;
    const char *tracestate;
    char text[]; /* all of them */
};

/* NULL for a text means "". NULL without memory. */
struct heritage *heritage_new(const char *trace_id, uint8_t flags, const char *user,
                              const char *session, const char *tracestate);
struct heritage *heritage_hold(struct heritage *heritage);
void heritage_release(struct heritage *heritage); /* NULL is fine */

#endif
