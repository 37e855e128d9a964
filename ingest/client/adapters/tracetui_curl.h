/* tracetui_curl — a libcurl transfer as a client span, with the trace in its headers.
 *
 *     CURLcode code = tt_curl_perform(tracer, easy, headers);   // instead of curl_easy_perform
 *
 * Link with -ltracetui-curl (pkg-config libtracetui-curl). */
#ifndef TRACETUI_CURL_H
#define TRACETUI_CURL_H

#include <curl/curl.h>

#include "tracetui_client.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As curl_easy_perform. headers: what the program set as CURLOPT_HTTPHEADER, or NULL; neither
 * changed nor freed. A status of 400 and above is an error. */
CURLcode tt_curl_perform(struct tt_tracer *tracer, CURL *easy, struct curl_slist *headers);

/* For the multi interface, which has no perform: start a span, append its headers to the program's,
 * and end it with what the transfer came to. */
struct tt_span *tt_curl_start(struct tt_tracer *tracer);
struct curl_slist *tt_curl_headers(const struct tt_span *span, struct curl_slist *headers);
void tt_curl_end(struct tt_span *span, CURL *easy, CURLcode code);

#ifdef __cplusplus
}
#endif

#endif
