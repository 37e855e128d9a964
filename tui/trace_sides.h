/* trace_sides — where the time of a trace went: at the client, at the server, or in between. */
#ifndef TRACETUI_TUI_TRACE_SIDES_H
#define TRACETUI_TUI_TRACE_SIDES_H

#include "store/trace.h"

/* Parts of the trace's extent; they add up to it. {0} is empty. */
struct trace_sides {
    bool known;         /* there is a client side */
    bool *client;       /* by trace.names: spans of this service are the client's */
    int64_t client_ns;  /* nobody waited for the server */
    int64_t between_ns; /* calls that the server had not got yet, or answered already */
    int64_t server_ns;
};

/* The client's are the services with a span of type ui and, where the trace says who its client
 * is (plugin, web, cli), the service of a root that is no server's. Running spans last until
 * now_ns. */
void trace_sides_set(struct trace_sides *sides, const struct trace *trace, int64_t now_ns);
void trace_sides_clear(struct trace_sides *sides);

/* "client 72.0ms 6%   between 22.0ms 2%   server 1.10s 92%"; nothing if there is no client. */
void trace_sides_words(const struct trace_sides *sides, bool ascii, struct text_buffer *target);

#endif
