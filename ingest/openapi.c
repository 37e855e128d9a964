/* openapi — the description of the HTTP interface, for programs. */
#include "ingest/openapi.h"

#include "ingest/request.h"
#include "openapi_json.h" /* ingest/openapi.json as bytes, made by CMake */

static const char etag[] = "\"" TRACETUI_VERSION "-" OPENAPI_JSON_HASH "\"";

void openapi_answer(const struct request *request, struct reply *reply)
{
    reply->etag = etag;
    if (text_contains_nocase(request->headers.if_none_match, text_from(etag))) {
        reply->status = 304;
        return;
    }
    reply->status = 200;
    reply->content_type = "application/json";
    text_append(&reply->body, text_make((const char *)openapi_json, sizeof openapi_json));
}
