/* routes — one const table: path and method to who may come in and what happens with the body. */
#ifndef TRACETUI_INGEST_ROUTES_H
#define TRACETUI_INGEST_ROUTES_H

#include "ingest/gate.h"
#include "ingest/query_api.h"
#include "ingest/reply.h"

struct request;

/* Either spans come in (decode for the encodings offered), or answer makes the reply from what the
 * request says, or the database is asked. A path may end in a name in braces: any one segment. */
struct route {
    const char *method;
    const char *path;
    enum access access;
    enum dialect dialect;
    decode_fn decode[ENCODING_COUNT];
    void (*answer)(const struct request *request, struct reply *reply);
    enum query_kind query;
};

/* The index-th route, NULL behind the last. */
const struct route *route_at(size_t index);

/* NULL if there is no such path. */
const struct route *route_find(const char *path);

bool route_takes(const struct route *route, const char *method); /* HEAD wherever GET */
bool route_takes_spans(const struct route *route);

/* The segment in the place of the braces. */
struct text route_segment(const struct route *route, const char *path);

/* For the Allow header. */
const char *route_methods(const struct route *route);

#endif
