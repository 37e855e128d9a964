/* request — one HTTP request from its headers to its reply, without sockets.
 *
 *     struct request request;
 *     request_init(&request, &intake);
 *     headers_add(&request.headers, "Host", TEXT("localhost")); ...
 *     request_begin(&request, "POST", "/v1/traces");
 *     request_feed(&request, data, size); ...
 *     struct batch *batch = request_finish(&request);
 *     if (batch != NULL) {
 *         ... writer_submit, wait for the verdict ...
 *         request_settle(&request, verdict);
 *     }
 *     const struct reply *reply = request_reply(&request);
 *     ... send it ...
 *     request_clear(&request);
 *
 * A request that asks the database instead of bringing spans has request.query set by
 * request_finish.
 *
 * A refusal is decided as early as possible, but said at the end: many clients take an answer that
 * comes before they have sent their body for a broken connection, and send it all again. */
#ifndef TRACETUI_INGEST_REQUEST_H
#define TRACETUI_INGEST_REQUEST_H

#include "ingest/intake.h"
#include "ingest/routes.h"
#include "store/base/log_again.h"
#include "store/writer.h"

enum { REQUEST_NOTE_BYTES = 96, REQUEST_SEGMENT_BYTES = 128 };

struct request {
    struct intake *intake;
    struct headers headers;
    char peer[64];                 /* numeric address of the sender */
    bool stranger;                 /* has not shown the certificate that is asked for */
    char path[REQUEST_NOTE_BYTES]; /* fit for printing, as host */
    char host[REQUEST_NOTE_BYTES];
    const struct route *route; /* NULL = no such path */
    enum dialect dialect;
    enum encoding encoding;
    bool gzip;
    bool urgent;    /* the reply must not wait for the body */
    bool preflight; /* a browser asks what a page may send */
    struct arguments arguments;
    char segment[REQUEST_SEGMENT_BYTES]; /* of the path, in the place of the route's braces */
    struct query *query;                 /* the database is to be asked, or was; NULL = no */
    struct text_buffer body;
    size_t seen_bytes;    /* of the body, kept or not */
    size_t charged_bytes; /* our part of intake.bodies_bytes */
    int64_t begun_ns;     /* monotonic */
    size_t batch_count;   /* spans on their way to the store */
    struct decode_report report;
    struct reply reply;
    struct err_msg note; /* for the log: what was refused, "" = nothing */

    /* Written by request_settle, read after the request was woken. */
    enum err verdict;
    struct err_msg verdict_text;
};

void request_init(struct request *request, struct intake *intake);
void request_clear(struct request *request);

/* Call it when all headers were added. target: a path, or a whole URL. */
void request_begin(struct request *request, const char *method, const char *target);

/* The next piece of the body. Errors: ERR_LIMIT it is far too long or far too slow: cut the
 * connection. */
enum err request_feed(struct request *request, const char *data, size_t size) MUST_CHECK;

/* The body is complete. Owns: the caller gets the batch to be stored; NULL when the reply is
 * decided without, or when request->query is set: then query_work makes the first piece of the
 * answer into reply.body. */
struct batch *request_finish(struct request *request);

/* What became of the batch. Thread: any, once. */
void request_settle(struct request *request, enum err verdict, const char *text);

/* Valid until request_clear. After request_finish, and after request_settle if there was a batch,
 * and query_work if there was a query: while query_has_more, more follows the body. */
const struct reply *request_reply(struct request *request);

#endif
