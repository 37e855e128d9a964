/* request — one HTTP request from its headers to its reply, without sockets. */
#include "ingest/request.h"

#include <stdio.h>
#include <string.h>

#include "ingest/inflate.h"
#include "ingest/knocks.h"
#include "ingest/sample.h"
#include "ingest/trace_context.h"
#include "ingest/wire.h"
#include "store/base/clock.h"

/* A body over the limit is still read, so that its sender hears 413, but not for ever. */
enum { DISCARD_FACTOR = 4, RETRY_SOON_S = 1, RETRY_LATER_S = 10 };

void request_init(struct request *request, struct intake *intake)
{
    *request = (struct request){.intake = intake, .begun_ns = clock_monotonic_ns()};
}

static void drop_body(struct request *request)
{
    atomic_fetch_sub(&request->intake->bodies_bytes, request->charged_bytes);
    request->charged_bytes = 0;
    text_buffer_free(&request->body);
}

void request_clear(struct request *request)
{
    drop_body(request);
    reply_free(&request->reply);
    query_free(request->query);
}

/* ---- refusing ------------------------------------------------------------------------------- */

static const struct {
    unsigned status;
    enum refusal reason;
} refusals[] = {
    {400, REFUSED_SYNTAX}, {401, REFUSED_ACCESS}, {403, REFUSED_ACCESS}, {413, REFUSED_SIZE},
    {415, REFUSED_TYPE},   {429, REFUSED_ACCESS}, {503, REFUSED_BUSY},
};

/* Decides the reply. What was meant to bring spans is counted as one refusal, and so is whoever may
 * not come in. */
static void refuse(struct request *request, unsigned status, const char *text)
{
    request->note = (struct err_msg){""};
    (void)err_set(&request->note, ERR_PARSE, "%s", text);
    reply_refuse(&request->reply, request->dialect, request->encoding, status,
                 text_from(request->note.text));
    request->reply.retry_after_s = status == 503   ? RETRY_SOON_S
                                   : status == 429 ? KNOCKS_FORGET_S
                                                   : 0;
    drop_body(request);
    bool asks = request->route != NULL && request->route->query != QUERY_NONE;
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        if (refusals[i].status == status && (!asks || refusals[i].reason == REFUSED_ACCESS)) {
            counters_refuse(request->intake->counters, refusals[i].reason, 1, request->note.text);
        }
    }
}

/* Untrusted text, cut and fit for a message or a log line. */
static void describe(struct text text, char target[REQUEST_NOTE_BYTES])
{
    size_t length = text.length < REQUEST_NOTE_BYTES ? text.length : REQUEST_NOTE_BYTES - 1;
    for (size_t i = 0; i < length; i++) {
        char c = text.data[i];
        target[i] = (char)(c > ' ' && c < 127 ? c : '?');
    }
    target[length] = '\0';
}

/* ---- the headers ---------------------------------------------------------------------------- */

/* A page that leaves says its last in plain text (navigator.sendBeacon). Browsers let any page do
 * that unasked, so only those of an origin that has been named are believed to mean JSON. */
static bool is_json(const struct request *request)
{
    struct text type = headers_media_type(&request->headers);
    return text_is_nocase(type, "application/json") ||
           (request->headers.origin.data != NULL && text_is_nocase(type, "text/plain") &&
            gate_names_origin(request->intake->gate, request->headers.origin));
}

/* False when the body's type or coding is none we offer here. */
static bool check_type(struct request *request)
{
    char shown[REQUEST_NOTE_BYTES];
    struct err_msg why;
    if (request->route->decode[request->encoding] == NULL ||
        (request->encoding == ENCODING_JSON && !is_json(request))) {
        describe(request->headers.content_type, shown);
        bool both = request->route->decode[ENCODING_PROTOBUF] != NULL;
        (void)err_set(&why, ERR_UNSUPPORTED, "Content-Type %s: application/json%s expected",
                      shown[0] != '\0' ? shown : "missing",
                      both ? " or application/x-protobuf" : "");
        refuse(request, 415, why.text);
        return false;
    }
    struct text coding = request->headers.content_encoding;
    request->gzip = text_is_nocase(coding, "gzip");
    if (!request->gzip && !text_is_empty(coding) && !text_is_nocase(coding, "identity")) {
        describe(coding, shown);
        (void)err_set(&why, ERR_UNSUPPORTED, "Content-Encoding %s: gzip or none expected", shown);
        refuse(request, 415, why.text);
        return false;
    }
    return true;
}

static void refuse_size(struct request *request)
{
    struct err_msg why;
    (void)err_set(&why, ERR_LIMIT, "the body is over %zu bytes", request->intake->body_limit_bytes);
    refuse(request, 413, why.text);
}

/* The length is said before a long body comes. */
static void check_length(struct request *request)
{
    uint64_t length = 0;
    if (text_parse_u64(request->headers.content_length, &length) != ERR_OK ||
        length <= request->intake->body_limit_bytes) {
        return;
    }
    refuse_size(request);
    request->urgent = length / DISCARD_FACTOR > request->intake->body_limit_bytes;
}

/* Decides the reply if the headers alone do. */
static void check(struct request *request, const char *method)
{
    struct err_msg why;
    const struct route *route = request->route;
    unsigned status = gate_check_framing(&request->headers, &why);
    if (status != 0) {
        refuse(request, status, why.text);
        request->urgent = true;
        return;
    }
    request->preflight = route != NULL && strcmp(method, "OPTIONS") == 0;
    enum access access = route != NULL && !request->preflight ? route->access : ACCESS_OPEN;
    status = gate_check(request->intake->gate, &request->headers, access, request->peer, &why);
    if (request->stranger) {
        refuse(request, 403, "a certificate of the authority of --tls-client-ca expected");
    } else if (status != 0) {
        refuse(request, status, why.text);
    } else if (route == NULL) {
        (void)err_set(&why, ERR_NOT_FOUND,
                      "no such path: %s; spans go to POST " WIRE_PATH_OTLP ", " WIRE_PATH_FLAT
                      ", " WIRE_PATH_CLIENT " or " WIRE_PATH_ZIPKIN,
                      request->path);
        refuse(request, 404, why.text);
    } else if (request->preflight) {
        request->reply = (struct reply){.status = 204, .allow = route_methods(route)};
    } else if (!route_takes(route, method)) {
        (void)err_set(&why, ERR_UNSUPPORTED, "%s takes %s", request->path, route_methods(route));
        refuse(request, 405, why.text);
        request->reply.allow = route_methods(route);
    } else if (atomic_load(&request->intake->closing)) {
        refuse(request, 503, "shutting down");
    } else if (route_takes_spans(route) && check_type(request)) {
        check_length(request);
    }
}

/* "http://host/path", as proxies write it, to "/path". */
static const char *path_of(const char *target)
{
    if (!text_starts_with(text_from(target), "http://")) {
        return target;
    }
    const char *path = strchr(target + strlen("http://"), '/');
    return path != NULL ? path : "/";
}

void request_begin(struct request *request, const char *method, const char *target)
{
    const char *path = path_of(target);
    atomic_fetch_add(&request->intake->counters->requests, 1);
    describe(text_from(path), request->path);
    describe(request->headers.host, request->host);
    request->route = route_find(path);
    if (request->route != NULL) {
        request->dialect = request->route->dialect;
        struct text segment = route_segment(request->route, path);
        if (segment.length < sizeof request->segment) {
            snprintf(request->segment, sizeof request->segment, "%.*s", TEXT_ARGS(segment));
        }
    }
    if (text_is_nocase(headers_media_type(&request->headers), "application/x-protobuf")) {
        request->encoding = ENCODING_PROTOBUF;
    }
    check(request, method);
    /* A client that asks before it sends its body can be told at once. */
    if (request->reply.status != 0 && request->headers.expect.data != NULL) {
        request->urgent = true;
    }
}

/* ---- the body ------------------------------------------------------------------------------- */

/* Keeps one piece. Memory is charged as it is used, not as announced: else a dozen idle connections
 * with long Content-Lengths would keep everybody out. */
static void keep(struct request *request, struct text piece)
{
    struct intake *intake = request->intake;
    if (atomic_load(&intake->bodies_bytes) + piece.length > intake->bodies_limit_bytes) {
        refuse(request, 503, "too many bodies are being received");
        return;
    }
    text_append(&request->body, piece);
    size_t fresh = request->body.capacity - request->charged_bytes;
    atomic_fetch_add(&intake->bodies_bytes, fresh);
    request->charged_bytes += fresh;
}

enum err request_feed(struct request *request, const char *data, size_t size)
{
    size_t limit = request->intake->body_limit_bytes;
    request->seen_bytes += size;
    if (request->seen_bytes / DISCARD_FACTOR > limit ||
        clock_monotonic_ns() - request->begun_ns > request->intake->patience_ns) {
        return ERR_LIMIT;
    }
    if (request->reply.status != 0 || !route_takes_spans(request->route)) {
        return ERR_OK;
    }
    if (request->seen_bytes > limit) {
        refuse_size(request);
        return ERR_OK;
    }
    keep(request, text_make(data, size));
    return ERR_OK;
}

/* A header value as text for the store: absent unless it is clean UTF-8, cut if long. */
static struct text clean(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        if ((unsigned char)value.data[i] < ' ' || value.data[i] == 127) {
            return (struct text){0};
        }
    }
    if (!text_is_utf8(value)) {
        return (struct text){0};
    }
    return text_make(value.data, text_cut(value, WIRE_NAME_LIMIT_BYTES));
}

static struct decode_context context_of(const struct request *request)
{
    const struct headers *headers = &request->headers;
    return (struct decode_context){
        .user = clean(headers->user),
        .session = clean(headers->session),
        .client_type = clean(headers->client_type),
        .client_version = clean(headers->client_version),
        .user_agent = clean(headers->user_agent),
        .client_address = text_from(request->peer),
        .now_ns = clock_now_ns(),
        .oldest_ns = writer_oldest_ns(request->intake->writer),
        .rules = request->intake->rules,
    };
}

/* Refuses the body as a whole. */
static void refuse_body(struct request *request, unsigned status, const char *reason)
{
    struct err_msg why;
    (void)err_set(&why, ERR_PARSE, "Invalid payload: %s", reason);
    refuse(request, status, why.text);
}

static void count(struct request *request, const struct batch *batch)
{
    struct counters *counters = request->intake->counters;
    const struct decode_report *report = &request->report;
    atomic_fetch_add(&counters->masked, batch->masked);
    if (batch->count > 0) {
        atomic_fetch_add(&counters->received, batch->count);
        atomic_store(&counters->last_received_ns, clock_now_ns());
    }
    const char *last = report->line_count > 0 ? report->lines[report->line_count - 1].text : "";
    for (int i = 0; i < REFUSED_COUNT; i++) {
        if (report->refused_by[i] > 0) {
            counters_refuse(counters, (enum refusal)i, report->refused_by[i], last);
        }
    }
    if (report->refused > 0 && report->refused_by[REFUSED_AGE] == report->refused) {
        /* what waited long is sent in many batches */
        log_again(request->intake->said, request->peer,
                  "spans refused: older than what --retention keeps");
    } else if (report->refused > 0) {
        (void)err_set(&request->note, ERR_PARSE, "%zu of %zu span%s refused: %s", report->refused,
                      report->received, text_plural(report->received), report->lines[0].text);
    }
}

/* NULL when the body as a whole was refused. */
static struct batch *decode(struct request *request)
{
    struct err_msg why = {""};
    struct text body = text_buffer_text(&request->body);
    struct text_buffer inflated = {0};
    if (request->gzip) {
        enum err err = inflate_gzip(body, request->intake->body_limit_bytes, &inflated, &why);
        if (err != ERR_OK) {
            refuse_body(request, err == ERR_LIMIT ? 413 : 400, why.text);
            return NULL;
        }
        body = text_buffer_text(&inflated);
    }
    if (body.data == NULL) {
        body = TEXT(""); /* a body without a byte, but a body */
    }
    struct batch *batch = batch_new();
    struct decode_context context = context_of(request);
    struct trace_context trace;
    trace_context_read(&request->headers, &trace);
    context.trace = &trace;
    decode_fn decode_body = request->route->decode[request->encoding];
    enum err err = decode_body(&context, body, batch, &request->report, &why);
    text_buffer_free(&inflated);
    if (err != ERR_OK) {
        bool packed = !request->gzip && text_starts_with(body, "\x1f\x8b");
        batch_free(batch);
        refuse_body(request, 400, packed ? "gzip: say so with Content-Encoding: gzip" : why.text);
        return NULL;
    }
    return batch;
}

/* Sets the query, or refuses. */
static void ask(struct request *request)
{
    struct err_msg why = {""};
    struct query_asked asked = {
        .kind = request->route->query,
        .id = text_from(request->segment),
        .arguments = &request->arguments,
        .if_none_match = request->headers.if_none_match,
        .writer = request->intake->writer,
    };
    unsigned status = query_new(&asked, &request->query, &why);
    if (status != 0) {
        refuse(request, status, why.text);
    }
}

struct batch *request_finish(struct request *request)
{
    if (request->reply.status != 0) {
        return NULL;
    }
    if (request->route->query != QUERY_NONE) {
        ask(request);
        return NULL;
    }
    if (!route_takes_spans(request->route)) {
        request->route->answer(request, &request->reply);
        return NULL;
    }
    struct batch *batch = decode(request);
    drop_body(request);
    if (batch == NULL) {
        return NULL;
    }
    count(request, batch);
    if (request->intake->sample != NULL) {
        sample_batch(request->intake->sample, batch, clock_monotonic_ns());
    }
    if (batch->count == 0) {
        batch_free(batch);
        reply_accept(&request->reply, request->dialect, request->encoding, &request->report);
        return NULL;
    }
    request->batch_count = batch->count;
    return batch;
}

/* ---- the verdict ---------------------------------------------------------------------------- */

void request_settle(struct request *request, enum err verdict, const char *text)
{
    request->verdict = verdict;
    (void)err_set(&request->verdict_text, verdict, "%s", text != NULL ? text : "");
}

/* Every failure of the store is worth another try: a full disk is emptied, a queue drains. */
static void refuse_store(struct request *request)
{
    enum err verdict = request->verdict;
    bool busy = verdict == ERR_BUSY || verdict == ERR_CLOSED;
    const char *text = request->verdict_text.text;
    (void)err_set(&request->note, verdict, "not stored: %s",
                  text[0] != '\0' ? text : err_name(verdict));
    reply_refuse(&request->reply, request->dialect, request->encoding, 503,
                 text_from(request->note.text));
    request->reply.retry_after_s = busy ? RETRY_SOON_S : RETRY_LATER_S;
    counters_refuse(request->intake->counters, busy ? REFUSED_BUSY : REFUSED_STORE,
                    request->batch_count, request->note.text);
}

/* What the query says of its answer; the first piece is in the body already. */
static void reply_query(struct request *request)
{
    const struct query_head *head = query_head(request->query);
    struct reply *reply = &request->reply;
    if (head->status >= 400) {
        text_buffer_clear(&reply->body);
        refuse(request, head->status, head->why.text);
        return;
    }
    reply->status = head->status;
    reply->content_type = head->status == 304 ? NULL : head->content_type;
    reply->etag = head->etag[0] != '\0' ? head->etag : NULL;
    reply->file_name = head->file_name;
}

const struct reply *request_reply(struct request *request)
{
    if (request->reply.status != 0) {
        return &request->reply;
    }
    if (request->query != NULL) {
        reply_query(request);
        return &request->reply;
    }
    if (request->verdict == ERR_OK) {
        reply_accept(&request->reply, request->dialect, request->encoding, &request->report);
    } else {
        refuse_store(request);
    }
    return &request->reply;
}
