/* grpc_session — one connection's HTTP/2: bytes in, calls, bytes out. It knows no sockets. */
#include "ingest/grpc_session.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"

enum {
    STREAMS_LARGEST = 100,
    STREAM_WINDOW_BYTES = 1 << 20,
    CONNECTION_WINDOW_BYTES = 4 << 20,
    ACKS_LARGEST = 100, /* pings and settings answered but not sent yet */
    /* Streams may end in an error so often: some clients cancel a lot, an attacker much more. */
    RESETS_BURST = 200,
    RESETS_PER_S = 20,
};

struct grpc_session {
    struct grpc_service *service;
    void *owner;
    char peer[64];
    nghttp2_session *http2;
    struct grpc_call *calls;
    bool heard;   /* the peer has said something */
    bool greeted; /* its settings have come */
    bool leaving;
    bool foreign;         /* the peer does not speak HTTP/2 */
    struct text farewell; /* for such a one */
    int64_t frame_ns;     /* when the peer's last frame began */
    double resets_left;
    int64_t resets_at_ns; /* when that was counted */
};

/* ---- sending answers ------------------------------------------------------------------------ */

enum { ANSWER_HEADERS_LARGEST = 6 };

struct header_list {
    nghttp2_nv list[ANSWER_HEADERS_LARGEST];
    size_t count;
};

/* nghttp2 copies both. */
static void add_header(struct header_list *headers, const char *name, struct text value)
{
    headers->list[headers->count++] = (nghttp2_nv){
        .name = (uint8_t *)(void *)name,
        .value = (uint8_t *)(void *)value.data,
        .namelen = strlen(name),
        .valuelen = value.length,
    };
}

static void add_status(struct header_list *headers, const struct grpc_answer *answer, char *digits,
                       size_t size)
{
    snprintf(digits, size, "%u", answer->status);
    add_header(headers, "grpc-status", text_from(digits));
    if (answer->message.length > 0) {
        add_header(headers, "grpc-message", text_buffer_text(&answer->message));
    }
    if (answer->details.length > 0) {
        add_header(headers, "grpc-status-details-bin", text_buffer_text(&answer->details));
    }
}

/* The message of a successful call, then its trailers. */
static ssize_t read_body(nghttp2_session *http2, int32_t stream, uint8_t *buffer, size_t size,
                         uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)context;
    struct grpc_answer *answer = source->ptr;
    size_t length = answer->body.length - answer->sent_bytes;
    length = length < size ? length : size;
    memcpy(buffer, answer->body.data + answer->sent_bytes, length);
    answer->sent_bytes += length;
    if (answer->sent_bytes == answer->body.length) {
        char digits[12];
        struct header_list trailers = {.count = 0};
        add_status(&trailers, answer, digits, sizeof digits);
        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        if (nghttp2_submit_trailer(http2, stream, trailers.list, trailers.count) != 0) {
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        }
    }
    return (ssize_t)length;
}

/* Once, as soon as it is due. */
static void send_answer(struct grpc_call *call)
{
    struct grpc_answer *answer = &call->answer;
    if (!grpc_call_is_due(call) || call->submitted) {
        return;
    }
    call->submitted = true;
    char http_status[12], digits[12];
    struct header_list headers = {.count = 0};
    nghttp2_data_provider body = {.source.ptr = answer, .read_callback = read_body};
    snprintf(http_status, sizeof http_status, "%u", answer->http_status);
    add_header(&headers, ":status", text_from(http_status));
    if (answer->http_status == 200) {
        add_header(&headers, "content-type", TEXT("application/grpc"));
        add_header(&headers, "grpc-accept-encoding", TEXT("identity,gzip"));
        if (answer->body.length == 0) {
            add_status(&headers, answer, digits, sizeof digits);
        }
    }
    /* Fails only when the stream is being closed, and then nobody waits for it. */
    (void)nghttp2_submit_response(call->session->http2, call->stream, headers.list, headers.count,
                                  answer->body.length > 0 ? &body : NULL);
}

void *grpc_session_answer(struct grpc_call *call)
{
    send_answer(call);
    return call->session->owner;
}

/* ---- what nghttp2 tells --------------------------------------------------------------------- */

static void add_call(struct grpc_session *session, struct grpc_call *call, int32_t stream)
{
    call->session = session;
    call->stream = stream;
    call->next = session->calls;
    if (call->next != NULL) {
        call->next->previous = call;
    }
    session->calls = call;
}

static void remove_call(struct grpc_session *session, struct grpc_call *call)
{
    if (call->next != NULL) {
        call->next->previous = call->previous;
    }
    if (call->previous != NULL) {
        call->previous->next = call->next;
    } else {
        session->calls = call->next;
    }
    grpc_call_leave(call);
}

static int begin_headers(nghttp2_session *http2, const nghttp2_frame *frame, void *context)
{
    struct grpc_session *session = context;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        return 0; /* trailers of the peer: nothing in them is for us */
    }
    struct grpc_call *call = grpc_call_new(session->service, session->peer);
    if (call == NULL) {
        /* This code tells the peer that it may ask again. */
        return nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                         NGHTTP2_REFUSED_STREAM);
    }
    add_call(session, call, frame->hd.stream_id);
    return nghttp2_session_set_stream_user_data(http2, frame->hd.stream_id, call);
}

static int header(nghttp2_session *http2, const nghttp2_frame *frame, const uint8_t *name,
                  size_t name_length, const uint8_t *value, size_t length, uint8_t flags,
                  void *context)
{
    (void)flags;
    (void)context;
    struct grpc_call *call = nghttp2_session_get_stream_user_data(http2, frame->hd.stream_id);
    if (call != NULL) {
        grpc_call_header(call, text_make((const char *)name, name_length),
                         text_make((const char *)value, length));
    }
    return 0;
}

static int begin_frame(nghttp2_session *http2, const nghttp2_frame_hd *head, void *context)
{
    struct grpc_session *session = context;
    (void)http2;
    (void)head;
    session->frame_ns = clock_monotonic_ns();
    return 0;
}

static int frame_received(nghttp2_session *http2, const nghttp2_frame *frame, void *context)
{
    struct grpc_session *session = context;
    session->greeted |= frame->hd.type == NGHTTP2_SETTINGS;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) {
        return 0;
    }
    struct grpc_call *call = nghttp2_session_get_stream_user_data(http2, frame->hd.stream_id);
    if (call == NULL) {
        return 0;
    }
    if (call->phase == GRPC_HEADERS) {
        grpc_call_begin(call);
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        grpc_call_end(call);
    }
    send_answer(call);
    return 0;
}

/* Windows grow by what was read, here and nowhere else: while this thread decodes, and while a
 * connection is not read, its peer runs out of window and waits. A stream whose answer was sent
 * gets no more. */
static int data_received(nghttp2_session *http2, uint8_t flags, int32_t stream, const uint8_t *data,
                         size_t length, void *context)
{
    (void)flags;
    (void)context;
    struct grpc_call *call = nghttp2_session_get_stream_user_data(http2, stream);
    if (call == NULL || call->submitted) {
        return nghttp2_session_consume_connection(http2, length);
    }
    grpc_call_feed(call, text_make((const char *)data, length));
    send_answer(call);
    return nghttp2_session_consume(http2, stream, length);
}

/* An answer that comes before the request is complete ends the stream; the peer may stop. Only now:
 * a reset that is queued behind the answer would overtake it. */
static int frame_sent(nghttp2_session *http2, const nghttp2_frame *frame, void *context)
{
    (void)context;
    int32_t stream = frame->hd.stream_id;
    if (frame->hd.type == NGHTTP2_HEADERS && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
        nghttp2_session_get_stream_remote_close(http2, stream) == 0) {
        return nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, stream, NGHTTP2_NO_ERROR);
    }
    return 0;
}

/* Opening streams and having them reset, by either side, costs us work and the peer nothing. */
static void count_reset(struct grpc_session *session)
{
    int64_t now_ns = clock_monotonic_ns();
    double fresh = (double)(now_ns - session->resets_at_ns) / (double)NS_PER_S * RESETS_PER_S;
    session->resets_at_ns = now_ns;
    session->resets_left += fresh;
    if (session->resets_left > RESETS_BURST) {
        session->resets_left = RESETS_BURST;
    }
    session->resets_left -= 1;
    if (session->resets_left < 0) {
        (void)nghttp2_session_terminate_session(session->http2, NGHTTP2_ENHANCE_YOUR_CALM);
    }
}

static int stream_closed(nghttp2_session *http2, int32_t stream, uint32_t code, void *context)
{
    struct grpc_session *session = context;
    struct grpc_call *call = nghttp2_session_get_stream_user_data(http2, stream);
    if (call != NULL) {
        remove_call(session, call);
    }
    if (code != NGHTTP2_NO_ERROR) {
        count_reset(session);
    }
    return 0;
}

/* ---- the session ---------------------------------------------------------------------------- */

static void start_http2(struct grpc_session *session)
{
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_option *option = NULL;
    if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&option) != 0) {
        die_oom();
    }
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_received);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, ACKS_LARGEST);
    nghttp2_option_set_stream_reset_rate_limit(option, RESETS_BURST, RESETS_PER_S);
    if (nghttp2_session_server_new2(&session->http2, callbacks, session, option) != 0) {
        die_oom();
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
}

static void submit_settings(struct grpc_session *session)
{
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS_LARGEST},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, GRPC_HEADERS_LIMIT_BYTES},
    };
    if (nghttp2_submit_settings(session->http2, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings)) !=
            0 ||
        nghttp2_session_set_local_window_size(session->http2, NGHTTP2_FLAG_NONE, 0,
                                              CONNECTION_WINDOW_BYTES) != 0) {
        die_oom();
    }
}

struct grpc_session *grpc_session_new(struct grpc_service *service, const char *peer, void *owner)
{
    struct grpc_session *session = mem_zero(1, sizeof *session);
    session->service = service;
    session->owner = owner;
    session->resets_left = RESETS_BURST;
    session->resets_at_ns = clock_monotonic_ns();
    snprintf(session->peer, sizeof session->peer, "%s", peer);
    start_http2(session);
    submit_settings(session);
    return session;
}

void grpc_session_free(struct grpc_session *session)
{
    if (session == NULL) {
        return;
    }
    while (session->calls != NULL) {
        remove_call(session, session->calls);
    }
    nghttp2_session_del(session->http2);
    free(session);
}

bool grpc_session_feed(struct grpc_session *session, struct text bytes)
{
    session->heard = true;
    ssize_t used =
        nghttp2_session_mem_recv(session->http2, (const uint8_t *)bytes.data, bytes.length);
    if (used == NGHTTP2_ERR_NOMEM) {
        die_oom();
    }
    if (used == NGHTTP2_ERR_BAD_CLIENT_MAGIC) {
        session->foreign = true;
        log_again(session->service->intake.said, "grpc",
                  "a sender speaks HTTP/1 here: that has a port of its own, --listen");
        session->farewell = TEXT("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
                                 "Content-Length: 58\r\nConnection: close\r\n\r\n"
                                 "gRPC is spoken here. HTTP has a port of its own: --listen\n");
    }
    return used >= 0;
}

struct text grpc_session_output(struct grpc_session *session)
{
    struct text bytes = session->farewell;
    session->farewell = (struct text){0};
    if (session->foreign || !session->heard) {
        return bytes; /* who speaks HTTP/1 must not get our settings before the farewell */
    }
    const uint8_t *data = NULL;
    ssize_t length = nghttp2_session_mem_send(session->http2, &data);
    if (length == NGHTTP2_ERR_NOMEM) {
        die_oom();
    }
    return length > 0 ? text_make((const char *)data, (size_t)length) : (struct text){0};
}

void grpc_session_leave(struct grpc_session *session)
{
    if (session->leaving) {
        return;
    }
    session->leaving = true;
    int32_t last = nghttp2_session_get_last_proc_stream_id(session->http2);
    (void)nghttp2_submit_goaway(session->http2, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0);
}

bool grpc_session_is_done(const struct grpc_session *session)
{
    if (!session->heard) {
        return session->leaving;
    }
    return nghttp2_session_want_read(session->http2) == 0 &&
           nghttp2_session_want_write(session->http2) == 0;
}

bool grpc_session_check_time(struct grpc_session *session, int64_t now_ns)
{
    for (struct grpc_call *call = session->calls; call != NULL; call = call->next) {
        if (grpc_call_is_hopeless(call, now_ns)) {
            return false;
        }
        grpc_call_check_time(call, now_ns);
        send_answer(call);
    }
    return true;
}

int64_t grpc_session_frame_ns(const struct grpc_session *session)
{
    return session->frame_ns;
}

enum grpc_silence grpc_session_silence(const struct grpc_session *session)
{
    bool waiting = false;
    for (const struct grpc_call *call = session->calls; call != NULL; call = call->next) {
        if (call->phase != GRPC_WAITING) {
            return GRPC_SILENCE_ODD;
        }
        waiting = true;
    }
    if (!session->greeted) {
        return GRPC_SILENCE_MUTE;
    }
    return waiting ? GRPC_SILENCE_WAITING : GRPC_SILENCE_IDLE;
}
