/* aggregate — what a trace row says about the trace's spans, kept up to date span by span.
 *
 * Whatever the order in which spans and pieces of spans arrive, the result is the same. Spans are
 * ranked: those without parent first (server halves of shared ids behind the others), then by
 * start, then by id. The root is the first of all; user, session, client and metadata come from
 * the first span that has one; the error texts from the earliest failed span that says something.
 * Each of these only ever moves to a better rank, so one comparison per span is enough. Three
 * changes of a stored span can take something back: it gets a parent, or another service, or an
 * earlier last known moment (a running span turns out to have started before). Where the trace row
 * said what is taken back, the caller has to add up all spans anew. */
#ifndef TRACETUI_STORE_SQL_AGGREGATE_H
#define TRACETUI_STORE_SQL_AGGREGATE_H

#include "store/span.h"

/* What a trace row needs to know of a span; names by their numbers, 0 = none. */
struct span_fact {
    struct id id;
    bool server_half, has_parent;
    uint8_t status; /* enum span_status */
    int64_t start_ns, end_ns;
    int64_t name, service, user, session, client;
    struct text service_name, message, stack, metadata;
};

struct rank {
    bool set;
    bool server_half;
    uint8_t class; /* 0 no parent, 1 no parent but a server half, 2 all others */
    int64_t start_ns;
    struct id id;
};

enum rank_kind {
    RANK_ROOT,
    RANK_USER,
    RANK_SESSION,
    RANK_CLIENT,
    RANK_METADATA,
    RANK_ERROR,
    RANK_COUNT,
};

enum {
    AGGREGATE_SERVICES_LARGEST = 64, /* the first in the alphabet are listed */
    AGGREGATE_SERVICES_SEEN = 8,
    AGGREGATE_RANKS_BYTES = 1 + RANK_COUNT * (1 + 8 + 2 + ID_LARGEST_BYTES),
};

struct aggregate {
    struct rank ranks[RANK_COUNT];
    uint8_t root_status;
    int64_t root_operation, service, user, session, client;
    int64_t start_ns, end_ns; /* end: the latest known, or start of a span that still runs */
    int64_t span_count, error_count, running_count, cancelled_count;
    struct text_buffer services;           /* sorted, separated by blanks */
    int64_t seen[AGGREGATE_SERVICES_SEEN]; /* services that were listed lately */
    size_t seen_next;
    bool error_moved;    /* the rank of the error texts, or the text behind it, changed */
    bool metadata_moved; /* the same for metadata; the caller resets both */
    struct text error_message, error_stack, metadata; /* of the fact that moved them, borrowed */
};

/* {0} is the aggregate of no spans. */
void aggregate_clear(struct aggregate *aggregate);

void aggregate_add(struct aggregate *aggregate, const struct span_fact *fact);

/* The span old is now new, which merged it with another piece. False: nothing was changed, the
 * spans have to be added up anew. So they have to when the service is another one, and no span is
 * left of the old one, which the list still names. */
bool aggregate_change(struct aggregate *aggregate, const struct span_fact *old_fact,
                      const struct span_fact *new_fact) MUST_CHECK;

enum span_status aggregate_status(const struct aggregate *aggregate);
bool aggregate_has_root(const struct aggregate *aggregate);

/* The ranks as bytes and back. False if the bytes make no sense. */
size_t aggregate_pack(const struct aggregate *aggregate, uint8_t target[AGGREGATE_RANKS_BYTES]);
bool aggregate_unpack(struct aggregate *aggregate, const uint8_t *bytes, size_t length) MUST_CHECK;

#endif
