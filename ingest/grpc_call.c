/* grpc_call — one call from its headers to its answer, without frames and sockets. */
#include "ingest/grpc_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/wire.h"
#include "store/base/clock.h"

/* Exporters give up after 10 s: what the writer has not stored by then is better tried again. */
#define VERDICT_PATIENCE_NS (5 * NS_PER_S)

/* How long, and up to how many bodies of the largest size, a refused request is read to its end. */
#define DISCARD_NS (5 * NS_PER_S)

enum {
    HEADER_OVERHEAD_BYTES = 32, /* as HTTP/2 counts header lists */
    DISCARD_FACTOR = 4,
    RETRY_S = 1,
};

void grpc_service_init(struct grpc_service *service, int wake, size_t call_limit)
{
    *service = (struct grpc_service){.wake = wake, .call_limit = call_limit};
    pthread_mutex_init(&service->lock, NULL);
}

void grpc_service_clear(struct grpc_service *service)
{
    pthread_mutex_destroy(&service->lock);
}

struct grpc_call *grpc_call_new(struct grpc_service *service, const char *peer)
{
    if (service->call_count == service->call_limit) {
        return NULL;
    }
    struct grpc_call *call = mem_zero(1, sizeof *call);
    call->service = service;
    call->since_ns = clock_monotonic_ns();
    call->deadline_ns = INT64_MAX;
    request_init(&call->request, &service->intake);
    snprintf(call->request.peer, sizeof call->request.peer, "%s", peer);
    service->call_count++;
    return call;
}

static void call_free(struct grpc_call *call)
{
    call->service->call_count--;
    request_clear(&call->request);
    grpc_answer_free(&call->answer);
    arena_clear(&call->arena);
    free(call);
}

static void enter(struct grpc_call *call, enum grpc_phase phase)
{
    call->phase = phase;
    call->since_ns = clock_monotonic_ns();
    if (phase == GRPC_ANSWERED && call->answer.status < COUNTERS_CODES) {
        atomic_fetch_add(&call->service->intake.counters->calls[call->answer.status], 1);
    }
}

/* ---- answering ------------------------------------------------------------------------------ */

/* For the log. When all are told to come again, it does not matter who. */
static void note(struct grpc_call *call, unsigned status, const char *reason)
{
    char who[sizeof call->request.peer + 32];
    if (status == GRPC_UNAVAILABLE) {
        snprintf(who, sizeof who, "grpc %u", status);
    } else {
        snprintf(who, sizeof who, "grpc %u for %s", status, call->request.peer);
    }
    log_again(call->service->intake.said, who, reason);
}

static void refuse(struct grpc_call *call, unsigned status, const char *reason,
                   unsigned retry_after_s)
{
    note(call, status, reason);
    grpc_answer_refuse(&call->answer, status, text_from(reason), retry_after_s);
    enter(call, GRPC_ANSWERED);
}

static void count_refusal(struct grpc_call *call, enum refusal reason, const char *text)
{
    counters_refuse(call->service->intake.counters, reason, 1, text);
}

static void refuse_slow(struct grpc_call *call)
{
    call->urgent = true;
    refuse(call, GRPC_DEADLINE_EXCEEDED, "the message takes too long", 0);
}

/* Says as gRPC what the request answered as HTTP. */
static void answer(struct grpc_call *call)
{
    const struct reply *reply = request_reply(&call->request);
    const char *text = call->request.note.text;
    if (reply->status != 200) {
        refuse(call, reply_grpc_code(reply->status), text, reply->retry_after_s);
        return;
    }
    if (text[0] != '\0') {
        note(call, GRPC_OK, text);
    }
    grpc_answer_accept(&call->answer, text_buffer_text(&reply->body));
    enter(call, GRPC_ANSWERED);
}

/* The framing is wrong, so nobody can say what was meant. */
static void refuse_framing(struct grpc_call *call, const char *reason)
{
    count_refusal(call, REFUSED_SYNTAX, reason);
    refuse(call, GRPC_INTERNAL, reason, 0);
}

/* ---- the headers ---------------------------------------------------------------------------- */

/* "100m": at most eight digits and a unit. What is not of this form is no limit. */
static int64_t read_timeout(struct text value)
{
    static const struct {
        char unit;
        int64_t ns;
    } units[] = {{'H', 3600 * NS_PER_S}, {'M', 60 * NS_PER_S}, {'S', NS_PER_S},
                 {'m', NS_PER_MS},       {'u', 1000},          {'n', 1}};
    enum { DIGITS_LARGEST = 8 };
    uint64_t number = 0;
    if (value.length < 2 || value.length > DIGITS_LARGEST + 1 ||
        text_parse_u64(text_make(value.data, value.length - 1), &number) != ERR_OK) {
        return INT64_MAX;
    }
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        int64_t ns;
        if (units[i].unit == value.data[value.length - 1] &&
            !__builtin_mul_overflow((int64_t)number, units[i].ns, &ns)) {
            return ns;
        }
    }
    return INT64_MAX;
}

void grpc_call_header(struct grpc_call *call, struct text name, struct text value)
{
    call->header_bytes += name.length + value.length + HEADER_OVERHEAD_BYTES;
    if (call->phase != GRPC_HEADERS || call->header_bytes > GRPC_HEADERS_LIMIT_BYTES) {
        return;
    }
    struct text kept_name = arena_copy(&call->arena, name);
    struct text kept = arena_copy(&call->arena, value);
    struct headers *headers = &call->request.headers;
    if (text_is(name, ":method")) {
        call->method = kept;
    } else if (text_is(name, ":path")) {
        call->path = kept;
    } else if (text_is(name, "grpc-encoding")) {
        call->encoding = kept;
    } else if (text_is(name, "grpc-timeout")) {
        int64_t timeout_ns = read_timeout(kept);
        call->deadline_ns =
            timeout_ns < INT64_MAX - call->since_ns ? call->since_ns + timeout_ns : INT64_MAX;
    } else if (text_is(name, ":authority")) {
        headers->host = kept;
    } else if (!text_is(name, "host") || headers->host.data == NULL) {
        headers_add(headers, kept_name.data, kept);
    }
}

static bool is_grpc(const struct grpc_call *call)
{
    struct text type = headers_media_type(&call->request.headers);
    return text_is_nocase(type, "application/grpc") ||
           text_is_nocase(type, "application/grpc+proto");
}

/* Refuses what could not be asked over HTTP either, or is asked in a way of its own. */
static bool check_caller(struct grpc_call *call)
{
    struct err_msg why;
    if (call->header_bytes > GRPC_HEADERS_LIMIT_BYTES) {
        (void)err_set(&why, ERR_LIMIT, "the headers are over %d bytes", GRPC_HEADERS_LIMIT_BYTES);
        count_refusal(call, REFUSED_SIZE, why.text);
        refuse(call, GRPC_RESOURCE_EXHAUSTED, why.text, 0);
    } else if (!text_is(call->method, "POST")) {
        grpc_answer_reject(&call->answer, 405);
        enter(call, GRPC_ANSWERED);
    } else if (!is_grpc(call)) {
        count_refusal(call, REFUSED_TYPE, "application/grpc expected");
        grpc_answer_reject(&call->answer, 415);
        enter(call, GRPC_ANSWERED);
    } else if (!text_is(call->path, WIRE_PATH_GRPC)) {
        refuse(call, GRPC_UNIMPLEMENTED, "tracetui takes traces only, by " WIRE_PATH_GRPC, 0);
    } else if (!text_is_empty(call->encoding) && !text_is(call->encoding, "gzip") &&
               !text_is(call->encoding, "identity")) {
        count_refusal(call, REFUSED_TYPE, "grpc-encoding: gzip or identity expected");
        refuse(call, GRPC_UNIMPLEMENTED, "grpc-encoding: gzip or identity expected", 0);
    } else {
        return true;
    }
    return false;
}

void grpc_call_begin(struct grpc_call *call)
{
    enter(call, GRPC_MESSAGE);
    if (!check_caller(call)) {
        atomic_fetch_add(&call->service->intake.counters->requests, 1);
        return;
    }
    struct headers *headers = &call->request.headers;
    headers->content_type = TEXT("application/x-protobuf");
    headers->content_encoding = headers->content_length = (struct text){0}; /* of the frames */
    request_begin(&call->request, "POST", WIRE_PATH_OTLP);
    if (call->request.reply.status != 0) {
        answer(call);
    }
}

/* ---- the message ---------------------------------------------------------------------------- */

/* A flag and the length. */
static void read_prefix(struct grpc_call *call)
{
    const uint8_t *prefix = call->prefix;
    size_t limit = call->service->intake.body_limit_bytes;
    size_t length = 0;
    for (size_t i = 1; i < GRPC_PREFIX_BYTES; i++) {
        length = length << 8 | prefix[i];
    }
    if (prefix[0] > 1) {
        refuse_framing(call, "unknown flags before the message");
    } else if (prefix[0] == 1 && !text_is(call->encoding, "gzip")) {
        refuse_framing(call, "a compressed message without grpc-encoding");
    } else if (length > limit) {
        struct err_msg why;
        (void)err_set(&why, ERR_LIMIT, "the message is over %zu bytes", limit);
        count_refusal(call, REFUSED_SIZE, why.text);
        refuse(call, GRPC_RESOURCE_EXHAUSTED, why.text, 0);
        call->urgent = length / DISCARD_FACTOR > limit;
    }
    call->request.gzip = prefix[0] == 1;
    call->message_bytes = length;
}

static void discard(struct grpc_call *call, size_t length)
{
    call->discarded_bytes += length;
    call->urgent |= call->discarded_bytes / DISCARD_FACTOR > call->service->intake.body_limit_bytes;
}

void grpc_call_feed(struct grpc_call *call, struct text bytes)
{
    if (call->phase == GRPC_ANSWERED) {
        discard(call, bytes.length);
        return;
    }
    while (call->phase == GRPC_MESSAGE && call->prefix_length < GRPC_PREFIX_BYTES) {
        if (bytes.length == 0) {
            return;
        }
        call->prefix[call->prefix_length++] = (uint8_t)bytes.data[0];
        bytes = text_make(bytes.data + 1, bytes.length - 1);
        if (call->prefix_length == GRPC_PREFIX_BYTES) {
            read_prefix(call);
        }
    }
    if (call->phase != GRPC_MESSAGE || bytes.length == 0) {
        return;
    }
    if (bytes.length > call->message_bytes - call->request.seen_bytes) {
        refuse_framing(call, "more than one message");
    } else if (request_feed(&call->request, bytes.data, bytes.length) != ERR_OK) {
        refuse_slow(call);
    } else if (call->request.reply.status != 0) {
        answer(call);
    }
}

/* Thread: writer. Once the lock is free the call may be gone, and once the last call is settled so
 * may be the service: both are left alone behind it. */
static void stored(const struct writer_verdict *verdict, void *ctx)
{
    struct grpc_call *call = ctx;
    struct grpc_service *service = call->service;
    uint64_t one = 1;
    request_settle(&call->request, verdict->code, verdict->text);
    pthread_mutex_lock(&service->lock);
    call->next_settled = service->settled;
    service->settled = call;
    /* An eventfd never blocks; when it is full somebody has been woken before. */
    (void)!write(service->wake, &one, sizeof one);
    pthread_mutex_unlock(&service->lock);
}

static void submit(struct grpc_call *call, struct batch *batch)
{
    struct grpc_service *service = call->service;
    enter(call, GRPC_WAITING);
    call->with_writer = true;
    service->waiting++;
    enum err err = writer_submit(service->intake.writer, batch, stored, call);
    if (err != ERR_OK) {
        batch_free(batch);
        call->with_writer = false;
        service->waiting--;
        request_settle(&call->request, err,
                       err == ERR_BUSY ? "the queue is full" : "shutting down");
        answer(call);
    }
}

void grpc_call_end(struct grpc_call *call)
{
    call->complete = true;
    if (call->phase != GRPC_MESSAGE) {
        return;
    }
    if (call->prefix_length < GRPC_PREFIX_BYTES || call->request.seen_bytes < call->message_bytes) {
        refuse_framing(call, "the message is cut off");
        return;
    }
    struct batch *batch = request_finish(&call->request);
    if (batch != NULL) {
        submit(call, batch);
    } else {
        answer(call);
    }
}

bool grpc_call_is_due(const struct grpc_call *call)
{
    return call->phase == GRPC_ANSWERED && (call->complete || call->urgent);
}

/* ---- the verdict ---------------------------------------------------------------------------- */

void grpc_call_check_time(struct grpc_call *call, int64_t now_ns)
{
    int64_t age_ns = now_ns - call->since_ns;
    bool waits = call->phase == GRPC_MESSAGE || call->phase == GRPC_WAITING;
    if (waits && now_ns > call->deadline_ns) {
        /* The writer goes on with what it has: if the caller tries again, that is one row. */
        call->urgent = true;
        count_refusal(call, REFUSED_BUSY, "the caller's deadline has passed");
        refuse(call, GRPC_DEADLINE_EXCEEDED, "the deadline has passed", 0);
    } else if (call->phase == GRPC_MESSAGE && age_ns > call->service->intake.patience_ns) {
        refuse_slow(call);
    } else if (call->phase == GRPC_ANSWERED && age_ns > DISCARD_NS) {
        call->urgent = true;
    } else if (call->phase == GRPC_WAITING && age_ns > VERDICT_PATIENCE_NS) {
        count_refusal(call, REFUSED_BUSY, "not stored in time");
        refuse(call, GRPC_UNAVAILABLE, "not stored in time", RETRY_S);
    }
}

bool grpc_call_is_hopeless(const struct grpc_call *call, int64_t now_ns)
{
    return (call->phase == GRPC_HEADERS || call->phase == GRPC_ANSWERED) &&
           now_ns - call->since_ns > call->service->intake.patience_ns;
}

void grpc_call_leave(struct grpc_call *call)
{
    call->session = NULL;
    if (!call->with_writer) {
        call_free(call);
    }
}

static struct grpc_call *take_one(struct grpc_service *service)
{
    pthread_mutex_lock(&service->lock);
    struct grpc_call *call = service->settled;
    service->settled = call != NULL ? call->next_settled : NULL;
    pthread_mutex_unlock(&service->lock);
    return call;
}

struct grpc_call *grpc_service_take(struct grpc_service *service)
{
    for (;;) {
        struct grpc_call *call = take_one(service);
        if (call == NULL) {
            return NULL;
        }
        call->with_writer = false;
        service->waiting--;
        if (call->session == NULL) {
            call_free(call);
            continue;
        }
        if (call->phase == GRPC_WAITING) {
            answer(call);
        }
        return call;
    }
}
