/* routes — one const table: path and method to who may come in and what happens with the body. */
#include "ingest/routes.h"

#include <string.h>

#include "ingest/metrics.h"
#include "ingest/openapi.h"
#include "ingest/request.h"
#include "ingest/wire.h"
#include "store/base/json.h"
#include "store/writer.h"

static void answer_health(const struct request *request, struct reply *reply)
{
    char state[256];
    bool stores = writer_state(request->intake->writer, state);
    bool well = state[0] == '\0';
    reply->status = stores ? 200 : 503;
    reply->content_type = "application/json";
    text_append_format(&reply->body, "{\"status\":\"%s\",\"version\":\"" TRACETUI_VERSION "\"",
                       well ? "ok" : "degraded");
    if (!well) {
        text_append_cstr(&reply->body, ",\"reason\":");
        json_append_string(&reply->body, text_from(state));
    }
    text_append_char(&reply->body, '}');
}

static void answer_welcome(const struct request *request, struct reply *reply)
{
    const struct intake *intake = request->intake;
    reply->status = 200;
    reply->content_type = "text/plain; charset=utf-8";
    text_append_format(&reply->body,
                       "tracetui " TRACETUI_VERSION " receives spans here.\n"
                       "OpenTelemetry: OTEL_EXPORTER_OTLP_ENDPOINT=%s://%s\n%s"
                       "JSON: POST " WIRE_PATH_FLAT " {\"spans\":[{\"id\",\"traceId\","
                       "\"operationName\",\"startedAt\",...}]}\n"
                       "Zipkin: POST " WIRE_PATH_ZIPKIN "\n",
                       intake->tls ? "https" : "http", request->host,
                       intake->gate->ingest_token == NULL
                           ? ""
                           : "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20INGEST-TOKEN\n");
}

/* An SDK pointed at us sends all its signals. A 404 tells it, once, that this one is not taken;
 * anything from 500 up would be tried again for ever. */
static void answer_no_signal(const struct request *request, struct reply *reply)
{
    reply_refuse(reply, DIALECT_OTLP, request->encoding, 404,
                 TEXT("tracetui takes traces only: POST them to " WIRE_PATH_OTLP));
}

static const struct route table[] = {
    {.method = "POST",
     .path = WIRE_PATH_OTLP,
     .access = ACCESS_INGEST,
     .dialect = DIALECT_OTLP,
     .decode = {[ENCODING_JSON] = decode_otlp_json, [ENCODING_PROTOBUF] = decode_otlp_pb}},
    {.method = "POST",
     .path = WIRE_PATH_FLAT,
     .access = ACCESS_INGEST,
     .dialect = DIALECT_FLAT,
     .decode = {[ENCODING_JSON] = decode_flat}},
    {.method = "POST",
     .path = WIRE_PATH_CLIENT,
     .access = ACCESS_INGEST,
     .dialect = DIALECT_FLAT,
     .decode = {[ENCODING_JSON] = decode_flat}},
    {.method = "POST",
     .path = WIRE_PATH_ZIPKIN,
     .access = ACCESS_INGEST,
     .dialect = DIALECT_ZIPKIN,
     .decode = {[ENCODING_JSON] = decode_zipkin}},
    {.method = "POST", .path = "/v1/logs", .dialect = DIALECT_OTLP, .answer = answer_no_signal},
    {.method = "POST", .path = "/v1/metrics", .dialect = DIALECT_OTLP, .answer = answer_no_signal},
    {.method = "GET",
     .path = WIRE_PATH_ADMIN,
     .access = ACCESS_ADMIN,
     .dialect = DIALECT_ADMIN,
     .query = QUERY_LIST},
    {.method = "GET",
     .path = WIRE_PATH_ADMIN "/stats",
     .access = ACCESS_ADMIN,
     .dialect = DIALECT_ADMIN,
     .query = QUERY_STATS},
    {.method = "GET",
     .path = WIRE_PATH_ADMIN "/export",
     .access = ACCESS_ADMIN,
     .dialect = DIALECT_ADMIN,
     .query = QUERY_EXPORT},
    {.method = "DELETE",
     .path = WIRE_PATH_ADMIN "/cleanup",
     .access = ACCESS_ADMIN,
     .dialect = DIALECT_ADMIN,
     .query = QUERY_CLEANUP},
    {.method = "GET",
     .path = WIRE_PATH_ADMIN "/{traceId}",
     .access = ACCESS_ADMIN,
     .dialect = DIALECT_ADMIN,
     .query = QUERY_ONE},
    {.method = "GET", .path = WIRE_PATH_OPENAPI, .answer = openapi_answer},
    {.method = "GET", .path = WIRE_PATH_HEALTH, .answer = answer_health},
    {.method = "GET", .path = WIRE_PATH_METRICS, .answer = metrics_answer},
    {.method = "GET", .path = "/", .answer = answer_welcome},
};

const struct route *route_at(size_t index)
{
    return index < ARRAY_LEN(table) ? &table[index] : NULL;
}

struct text route_segment(const struct route *route, const char *path)
{
    const char *brace = strchr(route->path, '{');
    size_t before = brace != NULL ? (size_t)(brace - route->path) : 0;
    if (brace == NULL || strncmp(path, route->path, before) != 0 ||
        strchr(path + before, '/') != NULL) {
        return (struct text){0};
    }
    return text_from(path + before);
}

const struct route *route_find(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (strcmp(path, table[i].path) == 0 || route_segment(&table[i], path).length > 0) {
            return &table[i];
        }
    }
    return NULL;
}

bool route_takes(const struct route *route, const char *method)
{
    return strcmp(method, route->method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

bool route_takes_spans(const struct route *route)
{
    return route->decode[ENCODING_JSON] != NULL;
}

const char *route_methods(const struct route *route)
{
    switch (route->method[0]) {
    case 'G':
        return "GET, HEAD, OPTIONS";
    case 'D':
        return "DELETE, OPTIONS";
    default:
        return "POST, OPTIONS";
    }
}
