/* microhttpd — a request that libmicrohttpd serves as a server span. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ingest/client/adapters/tracetui_microhttpd.h"

/* One header, all its values joined: a list may come in several lines. */
struct header {
    struct MHD_Connection *connection;
    const char *name;
    char value[TT_TRACESTATE_BYTES + 1]; /* what is longer is refused, so it may be cut here */
    size_t length;
    bool found;
};

static enum MHD_Result join(void *context, enum MHD_ValueKind kind, const char *name,
                            const char *value)
{
    struct header *header = context;
    (void)kind;
    if (strcasecmp(name, header->name) == 0 && value != NULL) {
        int written =
            snprintf(header->value + header->length, sizeof header->value - header->length, "%s%s",
                     header->found ? "," : "", value);
        size_t length = header->length + (size_t)(written > 0 ? written : 0);
        header->length = length < sizeof header->value ? length : sizeof header->value - 1;
        header->found = true;
    }
    return MHD_YES;
}

static const char *get(const char *name, void *context)
{
    struct header *header = context;
    header->name = name;
    header->length = 0;
    header->found = false;
    MHD_get_connection_values(header->connection, MHD_HEADER_KIND, join, header);
    return header->found ? header->value : NULL;
}

struct tt_span *tt_mhd_start(struct tt_tracer *tracer, struct MHD_Connection *connection,
                             const char *method, const char *url)
{
    struct header header = {.connection = connection};
    struct tt_context context;
    char name[256];
    snprintf(name, sizeof name, "%s %s", method, url);
    bool called = tt_context_from_headers(get, &header, &context);
    struct tt_span *span = tt_start_remote(tracer, called ? &context : NULL, name, 0);
    const char *agent =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_USER_AGENT);
    tt_set_type(span, "http");
    tt_set_kind(span, TT_SERVER);
    tt_set_string(span, "http.request.method", method);
    tt_set_string(span, "url.path", url);
    tt_set_string(span, "user_agent.original", agent);
    return span;
}

enum MHD_Result tt_mhd_respond(struct tt_span *span, struct MHD_Connection *connection,
                               unsigned status, struct MHD_Response *response)
{
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    tt_set_int(span, "http.response.status_code", status);
    if (result != MHD_YES) {
        tt_end_error(span, "the response could not be queued");
    } else if (status >= 500) {
        char message[32];
        snprintf(message, sizeof message, "HTTP %u", status);
        tt_end_error(span, message);
    } else {
        tt_end(span);
    }
    return result;
}
