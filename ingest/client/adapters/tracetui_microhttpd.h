/* tracetui_microhttpd — a request that libmicrohttpd serves as a server span, below the span of the
 * caller that its headers name.
 *
 *     if (*request == NULL) {                   // the handler's first call
 *         *request = tt_mhd_start(tracer, connection, method, url);
 *         return MHD_YES;
 *     }
 *     ...                                       // when all has come
 *     tt_attach(*request);                      // what follows in this thread is below it ...
 *     ...
 *     tt_detach(*request);                      // ... until here: the thread serves others too
 *     return tt_mhd_respond(*request, connection, MHD_HTTP_OK, response);
 *
 * A request that breaks off before it is answered: end its span in MHD_OPTION_NOTIFY_COMPLETED.
 * Link with -ltracetui-microhttpd (pkg-config libtracetui-microhttpd). */
#ifndef TRACETUI_MICROHTTPD_H
#define TRACETUI_MICROHTTPD_H

#include <microhttpd.h>

#include "tracetui_client.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Call it once a request, in the handler's first call. The span is named "METHOD /path"; where
 * paths hold ids, say the route with tt_set_name. */
struct tt_span *tt_mhd_start(struct tt_tracer *tracer, struct MHD_Connection *connection,
                             const char *method, const char *url);

/* As MHD_queue_response, and ends the span; a status of 500 and above is an error. */
enum MHD_Result tt_mhd_respond(struct tt_span *span, struct MHD_Connection *connection,
                               unsigned status, struct MHD_Response *response);

#ifdef __cplusplus
}
#endif

#endif
