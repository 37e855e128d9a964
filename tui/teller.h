/* teller — the dice and the words of the demo's story: actors, spans of a kind, pages.
 *
 * Times are of the wall clock. Whoever begins a span ends it; texts are copied. Thread: one at a
 * time for each teller. */
#ifndef TRACETUI_TUI_TELLER_H
#define TRACETUI_TUI_TELLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingest/client/tracetui_client.h"

/* Where the story goes, and its dice: the same seed tells the same story. */
struct teller {
    struct tt_tracer *tracer;
    uint64_t dice;
    size_t spans;       /* begun so far */
    const char *client; /* what the actor of the trace being told holds in their hands */
};

struct actor {
    const char *user;
    const char *session;
    const char *client; /* type of the client that shows them the pages */
};

/* ---- dice ---- */

double teller_unit(struct teller *teller); /* 0 <= unit < 1 */
bool teller_chance(struct teller *teller, double probability);
size_t teller_pick(struct teller *teller, size_t count); /* 0..count-1 */

/* A duration in ns around median_ms as services have it: log-normal, with a tail of slow ones. */
int64_t teller_around(struct teller *teller, double median_ms);

/* Anybody of the cast, and the same one every time. */
const struct actor *teller_actor(struct teller *teller);
const struct actor *teller_actor_number(size_t number);

/* ---- words ---- */

struct tt_span *teller_begin(struct teller *teller, const struct tt_span *parent,
                             const char *service, const char *type, enum tt_kind kind,
                             const char *name, int64_t start_ns);

/* The first span of a trace, with its user and session. */
struct tt_span *teller_root(struct teller *teller, const struct actor *actor, const char *service,
                            const char *type, const char *name, int64_t start_ns);

/* Spans without children, begun and ended; each returns when it ended. */
int64_t teller_leaf(struct teller *teller, const struct tt_span *parent, const char *service,
                    const char *type, const char *name, int64_t start_ns, int64_t duration_ns);
int64_t teller_query(struct teller *teller, const struct tt_span *parent, const char *name,
                     const char *sql, const char *params, int64_t rows, int64_t start_ns,
                     int64_t duration_ns);
int64_t teller_cache(struct teller *teller, const struct tt_span *parent, const char *name,
                     const char *key, bool hit, int64_t start_ns);

/* The browser's click and request around a server's work, as every page does it. */
struct page {
    struct tt_span *click, *request, *server;
    int64_t server_start_ns;
};

/* operation reads "mutation:createGoal": what the page asks of the server. */
struct page teller_open_page(struct teller *teller, const struct actor *actor, const char *click,
                             const char *operation, int64_t start_ns);

/* Everything answers: server, request, click; an error climbs up with them. Returns the end. */
int64_t teller_close_page(struct teller *teller, struct page *page, int64_t end_ns,
                          const char *error);

#endif
