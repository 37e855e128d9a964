/* doorman — shows out who keeps a connection without saying what he wants.
 *
 * libmicrohttpd ends connections on which nothing moves; one that brings a byte of its headers now
 * and then would stay for ever. So each request has a time by which its headers must be there. */
#ifndef TRACETUI_INGEST_DOORMAN_H
#define TRACETUI_INGEST_DOORMAN_H

#include <stdint.h>

#include "store/base/err.h"

struct doorman;
struct visitor;

/* A connection may take patience_ns for the headers of its first request, and twice as long, from
 * the end of the request before, for those of each further one. */
enum err doorman_start(int64_t patience_ns, struct doorman **ret_doorman,
                       struct err_msg *why) MUST_CHECK;
void doorman_stop(struct doorman *doorman); /* when everybody has left; NULL is fine */

/* Thread: any, for all of these. The socket stays open until visitor_leave. */
struct visitor *visitor_enter(struct doorman *doorman, int socket);
void visitor_is_heard(struct visitor *visitor); /* the headers are complete */
void visitor_is_done(struct visitor *visitor);  /* the request is answered */
void visitor_leave(struct visitor *visitor);

#endif
