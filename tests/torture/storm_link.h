/* storm_link — a connection of the storm: asks over HTTP/1.1 or gRPC, and waits for the answer. */
#ifndef TRACETUI_TESTS_TORTURE_STORM_LINK_H
#define TRACETUI_TESTS_TORTURE_STORM_LINK_H

#include "store/base/text.h"

struct nghttp2_session;

enum outcome { TAKEN, REFUSED_BUSY_503, REFUSED_RATE_429, REFUSED_OTHER, BROKEN, CUT, OUTCOMES };

struct storm_link {
    int socket; /* -1: closed */
    struct nghttp2_session *http2;
    bool without_retry; /* the last answer was a refusal that did not say when to come again */

    /* private: a call */
    struct text_buffer framed; /* the body as it goes out */
    size_t framed_sent;
    int grpc_status;
    bool grpc_details, grpc_closed;
};

/* False when nobody listens on that port of 127.0.0.1. */
bool storm_link_open(struct storm_link *link, unsigned port);
void storm_link_close(struct storm_link *link); /* may be opened again */
void storm_link_free(struct storm_link *link);

/* Posts a body over HTTP, or half of it and no more. It is closed when the answer says so, and to
 * be closed after BROKEN and CUT. */
enum outcome storm_link_post(struct storm_link *link, const char *path, const char *type,
                             struct text body, bool cut);

/* The same over gRPC. */
enum outcome storm_link_call(struct storm_link *link, struct text message);

#endif
