/* query_api — the admin REST API over store/reader.h: one question from its arguments to the pieces
 * of its answer, without sockets.
 *
 *     struct query *query;
 *     unsigned refused = query_new(&asked, &query, &why);     // 0, or 400 and why
 *     do {
 *         query_work(query, reader, &piece);                  // in a thread that may wait
 *         ... send piece, clear it ...
 *     } while (query_has_more(query));
 *     query_free(query); */
#ifndef TRACETUI_INGEST_QUERY_API_H
#define TRACETUI_INGEST_QUERY_API_H

#include <stdatomic.h>

#include "ingest/arguments.h"

struct query;
struct reader;
struct writer;

enum query_kind {
    QUERY_NONE,
    QUERY_LIST,    /* GET /api/admin/traces */
    QUERY_ONE,     /* GET /api/admin/traces/{traceId} */
    QUERY_STATS,   /* GET /api/admin/traces/stats */
    QUERY_EXPORT,  /* GET /api/admin/traces/export */
    QUERY_CLEANUP, /* DELETE /api/admin/traces/cleanup */
};

/* Borrowed while the query lives. */
struct query_asked {
    enum query_kind kind;
    struct text id; /* of the trace */
    const struct arguments *arguments;
    struct text if_none_match;
    struct writer *writer;
};

enum { QUERY_ETAG_BYTES = 48 };

/* What the answer says about itself: fixed once the first piece is there. */
struct query_head {
    unsigned status; /* 200, 304, or the refusal that why explains */
    struct err_msg why;
    const char *content_type;
    const char *file_name;       /* a download, or NULL */
    char etag[QUERY_ETAG_BYTES]; /* "" = none */
};

/* Returns 0, or the HTTP status to refuse the request with. */
unsigned query_new(const struct query_asked *asked, struct query **ret_query,
                   struct err_msg *why) MUST_CHECK;
void query_free(struct query *query); /* NULL is fine */

/* Appends the next piece. cancelled is looked at while the writer is being waited for; the reader
 * is cancelled by itself. False when the answer breaks off here: with the first piece, head says
 * why; later there is no way to say it. */
bool query_work(struct query *query, struct reader *reader, const _Atomic bool *cancelled,
                struct text_buffer *piece);

/* Instead of query_work, when there is no reader: breaks the answer off. Always false. */
bool query_refuse(struct query *query, const char *why);

bool query_has_more(const struct query *query);
const struct query_head *query_head(const struct query *query);

#endif
