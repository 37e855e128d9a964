/* storm — many senders of all dialects at once, who remember what they were promised.
 *
 * usage: storm [OPTIONS] PORTS
 *
 * PORTS is a file with the ports of HTTP and gRPC on 127.0.0.1; it is read again for every new
 * connection, so that a receiver may come back elsewhere. A batch that is refused, or whose
 * connection breaks, is sent again until it is taken, as exporters do.
 *
 * - -c N      senders (16), each with a connection of its own
 * - -t MS     for so long (1000); SIGTERM ends it earlier
 * - -r N      spans a second, all senders together (0 = as fast as answers come)
 * - -b N      up to so many spans a batch (20)
 * - -s N      seed: another seed makes other spans
 * - -m MIX    dialects in turn: p protobuf, j OTLP/JSON, f flat, z Zipkin, g gRPC (pjfzg)
 * - -p BYTES  so much ballast in an attribute of each span (0)
 * - -u        cut a tenth of the connections in the middle of a body
 * - -o FILE   a line for each batch that was taken: SENT_NS ACKED_NS TRACE BATCH COUNT
 *
 * Span I (from 1) of batch B has the id "%08x%08x" of B and I, and names it in its attribute
 * "check". One line of JSON on stdout tells what happened. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ingest/proto_put.h"
#include "ingest/wire.h"
#include "store/base/clock.h"

enum {
    ANSWER_BYTES = 64 << 10,
    LATENCIES_LARGEST = 1 << 20,
    PATIENCE_S = 20,
    PAUSE_MS = 20, /* before another try */
    CONTINUED_ONE_IN = 3,
};

enum outcome { TAKEN, REFUSED_BUSY_503, REFUSED_RATE_429, REFUSED_OTHER, BROKEN, CUT, OUTCOMES };

struct plan {
    const char *ports, *mix;
    size_t senders, batch_largest, ballast_bytes;
    int64_t end_ns;
    uint32_t seed;
    double spans_per_s;
    bool cuts;
    FILE *ledger;
    pthread_mutex_t ledger_lock;
};

struct sender {
    struct plan *plan; /* const but for the ledger */
    pthread_t thread;
    uint32_t number;
    uint64_t dice;
    char dialect;
    int socket;
    nghttp2_session *http2;

    /* the batch on its way */
    uint32_t batch;
    uint64_t trace;
    size_t count;
    struct text_buffer body;

    /* what came back, gRPC */
    struct text_buffer framed; /* the body as it goes out */
    size_t framed_sent;
    int grpc_status;
    bool grpc_details, grpc_closed;

    size_t outcomes[OUTCOMES];
    size_t spans_taken, without_retry;
    float *latencies_ms;
    size_t latency_count;
};

static atomic_bool ended;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&ended, true);
}

static bool is_over(const struct plan *plan)
{
    return atomic_load(&ended) || clock_monotonic_ns() >= plan->end_ns;
}

static void pause_ms(int64_t ms)
{
    usleep((useconds_t)(ms * 1000));
}

static uint32_t roll(struct sender *sender)
{
    sender->dice = sender->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(sender->dice >> 33);
}

/* ---- bodies --------------------------------------------------------------------------------- */

struct item {
    char trace[33], id[17], parent[17];
    int64_t start_ns, end_ns;
    bool error;
};

static struct item make_item(const struct sender *sender, size_t index)
{
    struct item item = {.parent = "0000000000000000", .error = index % 11 == 5};
    int64_t now_ns = clock_now_ns();
    snprintf(item.trace, sizeof item.trace, "%08" PRIx32 "%08" PRIx32 "%016" PRIx64,
             sender->plan->seed, sender->number + 1, sender->trace);
    snprintf(item.id, sizeof item.id, "%08" PRIx32 "%08" PRIx32, sender->batch,
             (uint32_t)index + 1);
    if (index > 0) {
        snprintf(item.parent, sizeof item.parent, "%08" PRIx32 "%08" PRIx32, sender->batch,
                 ((uint32_t)index + 1) / 2);
    }
    item.start_ns = now_ns / 1000000 * 1000000 - NS_PER_MS * (int64_t)(50 - index % 40);
    item.end_ns = item.start_ns + NS_PER_MS * (int64_t)(1 + index % 9);
    return item;
}

static void add_ballast(const struct sender *sender, struct text_buffer *body)
{
    for (size_t i = 0; i < sender->plan->ballast_bytes; i++) {
        text_append_char(body, (char)('a' + i % 26));
    }
}

static void put_time(struct text_buffer *message, unsigned field, int64_t value)
{
    text_append_char(message, (char)(field << 3 | 1));
    for (int shift = 0; shift < 64; shift += 8) {
        text_append_char(message, (char)((uint64_t)value >> shift));
    }
}

static void put_hex(struct text_buffer *message, unsigned field, const char *hex)
{
    char bytes[16];
    size_t count = strlen(hex) / 2;
    for (size_t i = 0; i < count; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (char)strtoul(digits, NULL, 16);
    }
    proto_put_bytes(message, field, text_make(bytes, count));
}

static void put_message(struct text_buffer *target, unsigned field, struct text_buffer *message)
{
    proto_put_bytes(target, field, text_buffer_text(message));
    text_buffer_free(message);
}

static void put_attribute(struct text_buffer *target, unsigned field, const char *key,
                          struct text value)
{
    struct text_buffer any = {0};
    struct text_buffer pair = {0};
    proto_put_bytes(&any, 1, value);
    proto_put_bytes(&pair, 1, text_from(key));
    put_message(&pair, 2, &any);
    put_message(target, field, &pair);
}

static void make_protobuf(struct sender *sender)
{
    struct text_buffer resource = {0};
    struct text_buffer scope = {0};
    struct text_buffer group = {0};
    struct text_buffer ballast = {0};
    add_ballast(sender, &ballast);
    put_attribute(&resource, 1, "service.name", text_from("storm"));
    for (size_t i = 0; i < sender->count; i++) {
        struct item item = make_item(sender, i);
        struct text_buffer span = {0};
        put_hex(&span, 1, item.trace);
        put_hex(&span, 2, item.id);
        if (i > 0) {
            put_hex(&span, 4, item.parent);
        }
        proto_put_bytes(&span, 5, text_from("work"));
        proto_put_number(&span, 6, 2);
        put_time(&span, 7, item.start_ns);
        put_time(&span, 8, item.end_ns);
        put_attribute(&span, 9, "check", text_from(item.id));
        if (ballast.length > 0) {
            put_attribute(&span, 9, "ballast", text_buffer_text(&ballast));
        }
        if (item.error) {
            struct text_buffer status = {0};
            proto_put_number(&status, 3, 2);
            put_message(&span, 15, &status);
        }
        put_message(&scope, 2, &span);
    }
    put_message(&group, 1, &resource);
    put_message(&group, 2, &scope);
    put_message(&sender->body, 1, &group);
    text_buffer_free(&ballast);
}

/* The dialects of JSON: what stands in front, one span, what stands behind. */
static const struct {
    char letter;
    const char *path, *head, *span, *error, *middle, *tail, *foot;
} forms[] = {
    {.letter = 'j',
     .path = WIRE_PATH_OTLP,
     .head = "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
             "\"value\":{\"stringValue\":\"storm\"}}]},\"scopeSpans\":[{\"spans\":[",
     .span = "{\"traceId\":\"%s\",\"spanId\":\"%s\",\"parentSpanId\":\"%s\",\"name\":\"work\","
             "\"kind\":2,\"startTimeUnixNano\":\"%" PRId64 "000000\",\"endTimeUnixNano\":\"%" PRId64
             "000000\",",
     .error = "\"status\":{\"code\":2},",
     .middle = "\"attributes\":[{\"key\":\"check\",\"value\":{\"stringValue\":\"%s\"}},"
               "{\"key\":\"ballast\",\"value\":{\"stringValue\":\"",
     .tail = "\"}}]}",
     .foot = "]}]}]}"},
    {.letter = 'f',
     .path = WIRE_PATH_FLAT,
     .head = "{\"spans\":[",
     .span = "{\"traceId\":\"%s\",\"id\":\"%s\",\"parentSpanId\":\"%s\",\"operationName\":\"work\","
             "\"operationType\":\"service\",\"service\":\"storm\",\"startedAt\":%" PRId64
             ",\"endedAt\":%" PRId64 ",",
     .error = "\"status\":\"error\",",
     .middle = "\"attributes\":{\"check\":\"%s\",\"ballast\":\"",
     .tail = "\"}}",
     .foot = "]}"},
    {.letter = 'z',
     .path = WIRE_PATH_ZIPKIN,
     .head = "[",
     .span = "{\"traceId\":\"%s\",\"id\":\"%s\",\"parentId\":\"%s\",\"name\":\"work\","
             "\"localEndpoint\":{\"serviceName\":\"storm\"},\"timestamp\":%" PRId64
             "000,\"duration\":%" PRId64 "000,",
     .middle = "\"tags\":{\"check\":\"%s\",\"ballast\":\"",
     .tail = "\"}}",
     .foot = "]"},
};

static size_t form_of(char letter)
{
    size_t form = 0;
    while (forms[form].letter != letter) {
        form++;
    }
    return form;
}

static void make_json(struct sender *sender, size_t form)
{
    struct text_buffer *body = &sender->body;
    text_append_format(body, "%s", forms[form].head);
    for (size_t i = 0; i < sender->count; i++) {
        struct item item = make_item(sender, i);
        int64_t start_ms = item.start_ns / NS_PER_MS;
        int64_t end_ms = item.end_ns / NS_PER_MS;
        text_append_format(body, "%s", i > 0 ? "," : "");
        text_append_format(body, forms[form].span, item.trace, item.id, item.parent, start_ms,
                           forms[form].letter == 'z' ? end_ms - start_ms : end_ms);
        if (item.error && forms[form].error != NULL) {
            text_append_format(body, "%s", forms[form].error);
        }
        text_append_format(body, forms[form].middle, item.id);
        add_ballast(sender, body);
        text_append_format(body, "%s", forms[form].tail);
    }
    text_append_format(body, "%s", forms[form].foot);
}

/* The next batch: a third of them go on with the trace of the one before. */
static void make_batch(struct sender *sender)
{
    sender->batch++;
    sender->count = 1 + roll(sender) % sender->plan->batch_largest;
    if (roll(sender) % CONTINUED_ONE_IN != 0 || sender->trace == 0) {
        sender->trace++;
    }
    sender->body.length = 0;
    if (sender->dialect == 'p' || sender->dialect == 'g') {
        make_protobuf(sender);
    } else {
        make_json(sender, form_of(sender->dialect));
    }
}

/* ---- connections ---------------------------------------------------------------------------- */

static void hang_up(struct sender *sender)
{
    nghttp2_session_del(sender->http2);
    sender->http2 = NULL;
    if (sender->socket >= 0) {
        close(sender->socket);
    }
    sender->socket = -1;
}

static bool connect_to(struct sender *sender)
{
    unsigned http = 0;
    unsigned grpc = 0;
    FILE *file = fopen(sender->plan->ports, "r");
    bool known = file != NULL && fscanf(file, "%u %u", &http, &grpc) == 2;
    if (file != NULL) {
        fclose(file);
    }
    if (!known) {
        return false;
    }
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port =
                                      htons((uint16_t)(sender->dialect == 'g' ? grpc : http)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int on = 1;
    sender->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(sender->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(sender->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(sender->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connect(sender->socket, (const struct sockaddr *)&address, sizeof address) == 0;
}

static bool send_all(int target, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(target, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* ---- HTTP ----------------------------------------------------------------------------------- */

/* A whole answer in target; its status, or 0. */
static int read_answer(struct sender *sender, char target[ANSWER_BYTES])
{
    size_t length = 0;
    size_t wanted = SIZE_MAX;
    while (length < wanted) {
        ssize_t got = recv(sender->socket, target + length, ANSWER_BYTES - 1 - length, 0);
        if (got <= 0) {
            return 0;
        }
        length += (size_t)got;
        target[length] = '\0';
        const char *end = strstr(target, "\r\n\r\n");
        if (end != NULL && wanted == SIZE_MAX) {
            const char *size = strcasestr(target, "\r\nContent-Length:");
            wanted = (size_t)(end - target) + 4 +
                     (size != NULL && size < end ? strtoul(size + 17, NULL, 10) : 0);
        }
    }
    return (int)strtol(target + 9, NULL, 10);
}

static enum outcome ask_http(struct sender *sender)
{
    char answer[ANSWER_BYTES];
    struct text_buffer message = {0};
    bool protobuf = sender->dialect == 'p';
    const char *path = protobuf ? WIRE_PATH_OTLP : forms[form_of(sender->dialect)].path;
    text_append_format(&message,
                       "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/%s\r\n"
                       "Content-Length: %zu\r\n\r\n",
                       path, protobuf ? "x-protobuf" : "json", sender->body.length);
    text_append(&message, text_buffer_text(&sender->body));
    bool cut = sender->plan->cuts && roll(sender) % 10 == 0;
    bool sent = send_all(sender->socket, message.data, cut ? message.length / 2 : message.length);
    text_buffer_free(&message);
    if (cut) {
        return CUT;
    }
    int status = sent ? read_answer(sender, answer) : 0;
    bool closes = strcasestr(answer, "\r\nConnection: close") != NULL;
    bool retry = status != 0 && strcasestr(answer, "\r\nRetry-After:") != NULL;
    if (status >= 400 && !retry) {
        sender->without_retry++;
    }
    if (status != 0 && closes) {
        hang_up(sender);
    }
    return status / 100 == 2 ? TAKEN
           : status == 503   ? REFUSED_BUSY_503
           : status == 429   ? REFUSED_RATE_429
           : status != 0     ? REFUSED_OTHER
                             : BROKEN;
}

/* ---- gRPC ----------------------------------------------------------------------------------- */

static ssize_t on_send(nghttp2_session *http2, const uint8_t *data, size_t length, int flags,
                       void *context)
{
    (void)http2;
    (void)flags;
    struct sender *sender = context;
    return send_all(sender->socket, (const char *)data, length) ? (ssize_t)length
                                                                : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_header(nghttp2_session *http2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t length, uint8_t flags,
                     void *context)
{
    (void)http2;
    (void)frame;
    (void)flags;
    (void)length;
    struct sender *sender = context;
    struct text header = text_make((const char *)name, name_length);
    if (text_is(header, "grpc-status")) {
        sender->grpc_status = (int)strtol((const char *)value, NULL, 10);
    } else if (text_is(header, "grpc-status-details-bin")) {
        sender->grpc_details = true;
    }
    return 0;
}

static int on_close(nghttp2_session *http2, int32_t stream, uint32_t code, void *context)
{
    (void)http2;
    (void)stream;
    (void)code;
    struct sender *sender = context;
    sender->grpc_closed = true;
    return 0;
}

static ssize_t on_read(nghttp2_session *http2, int32_t stream, uint8_t *buffer, size_t size,
                       uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)http2;
    (void)stream;
    (void)source;
    struct sender *sender = context;
    size_t length = sender->framed.length - sender->framed_sent;
    length = length < size ? length : size;
    memcpy(buffer, sender->framed.data + sender->framed_sent, length);
    sender->framed_sent += length;
    if (sender->framed_sent == sender->framed.length) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)length;
}

static void open_http2(struct sender *sender)
{
    nghttp2_session_callbacks *callbacks = NULL;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        abort();
    }
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    if (nghttp2_session_client_new(&sender->http2, callbacks, sender) != 0) {
        abort();
    }
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(sender->http2, NGHTTP2_FLAG_NONE, NULL, 0);
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .value = (uint8_t *)(uintptr_t)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value)};
}

static enum outcome ask_grpc(struct sender *sender)
{
    if (sender->http2 == NULL) {
        open_http2(sender);
    }
    const nghttp2_nv headers[] = {
        pair(":method", "POST"),
        pair(":scheme", "http"),
        pair(":path", WIRE_PATH_GRPC),
        pair(":authority", "localhost"),
        pair("content-type", "application/grpc"),
        pair("te", "trailers"),
    };
    size_t length = sender->body.length;
    const char prefix[] = {0, (char)(length >> 24), (char)(length >> 16), (char)(length >> 8),
                           (char)length};
    sender->framed.length = sender->framed_sent = 0;
    text_append(&sender->framed, text_make(prefix, sizeof prefix));
    text_append(&sender->framed, text_buffer_text(&sender->body));
    sender->grpc_status = -1;
    sender->grpc_details = sender->grpc_closed = false;
    nghttp2_data_provider body = {.read_callback = on_read};
    if (nghttp2_submit_request(sender->http2, NULL, headers, sizeof headers / sizeof headers[0],
                               &body, NULL) < 0) {
        return BROKEN;
    }
    char piece[16384];
    while (!sender->grpc_closed) {
        ssize_t got = nghttp2_session_send(sender->http2) != 0
                          ? -1
                          : recv(sender->socket, piece, sizeof piece, 0);
        if (got <= 0 ||
            nghttp2_session_mem_recv(sender->http2, (const uint8_t *)piece, (size_t)got) != got) {
            return BROKEN;
        }
    }
    int status = sender->grpc_status;
    if (status > 0 && !sender->grpc_details) {
        sender->without_retry++;
    }
    return status == 0    ? TAKEN
           : status == 14 ? REFUSED_BUSY_503
           : status == 8  ? REFUSED_RATE_429
           : status > 0   ? REFUSED_OTHER
                          : BROKEN;
}

/* ---- one sender ----------------------------------------------------------------------------- */

static void note(struct sender *sender, int64_t sent_ns, int64_t now_ns)
{
    struct plan *plan = sender->plan;
    sender->spans_taken += sender->count;
    if (sender->latency_count < LATENCIES_LARGEST / plan->senders) {
        sender->latencies_ms[sender->latency_count++] = (float)((double)(now_ns - sent_ns) / 1e6);
    }
    if (plan->ledger != NULL) {
        struct item item = make_item(sender, 0);
        pthread_mutex_lock(&plan->ledger_lock);
        fprintf(plan->ledger, "%" PRId64 " %" PRId64 " %s %" PRIu32 " %zu\n", sent_ns, now_ns,
                item.trace, sender->batch, sender->count);
        fflush(plan->ledger);
        pthread_mutex_unlock(&plan->ledger_lock);
    }
}

/* True when the batch was taken. Its latency counts from when it was due, not from when we got to
 * it. */
static bool try_once(struct sender *sender, int64_t due_ns)
{
    if (sender->socket < 0 && !connect_to(sender)) {
        hang_up(sender);
        sender->outcomes[BROKEN]++;
        return false;
    }
    int64_t sent_ns = clock_monotonic_ns();
    enum outcome outcome = sender->dialect == 'g' ? ask_grpc(sender) : ask_http(sender);
    int64_t now_ns = clock_monotonic_ns();
    sender->outcomes[outcome]++;
    if (outcome == BROKEN || outcome == CUT) {
        hang_up(sender);
    }
    if (outcome != TAKEN) {
        return false;
    }
    note(sender, due_ns < sent_ns && due_ns > 0 ? due_ns : sent_ns, now_ns);
    return true;
}

static void *sender_main(void *argument)
{
    struct sender *sender = argument;
    const struct plan *plan = sender->plan;
    int64_t due_ns = clock_monotonic_ns() + roll(sender) % (10 * NS_PER_MS);
    while (!is_over(plan)) {
        make_batch(sender);
        int64_t wait_ns = due_ns - clock_monotonic_ns();
        if (plan->spans_per_s > 0 && wait_ns > 0) {
            pause_ms(wait_ns / NS_PER_MS);
        }
        while (!try_once(sender, plan->spans_per_s > 0 ? due_ns : 0) && !is_over(plan)) {
            pause_ms(PAUSE_MS);
        }
        due_ns +=
            plan->spans_per_s > 0
                ? (int64_t)((double)sender->count * 1e9 * (double)plan->senders / plan->spans_per_s)
                : 0;
    }
    hang_up(sender);
    text_buffer_free(&sender->body);
    text_buffer_free(&sender->framed);
    return NULL;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static int compare_floats(const void *left, const void *right)
{
    float a = *(const float *)left;
    float b = *(const float *)right;
    return (a > b) - (a < b);
}

static void report(const struct sender *senders, size_t count, double seconds)
{
    size_t outcomes[OUTCOMES] = {0};
    size_t spans = 0;
    size_t without_retry = 0;
    size_t latency_count = 0;
    float *latencies = mem_alloc(LATENCIES_LARGEST * sizeof *latencies);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < OUTCOMES; j++) {
            outcomes[j] += senders[i].outcomes[j];
        }
        spans += senders[i].spans_taken;
        without_retry += senders[i].without_retry;
        memcpy(latencies + latency_count, senders[i].latencies_ms,
               senders[i].latency_count * sizeof *latencies);
        latency_count += senders[i].latency_count;
    }
    qsort(latencies, latency_count, sizeof *latencies, compare_floats);
    size_t last = latency_count > 0 ? latency_count - 1 : 0;
    bool any = latency_count > 0;
    printf("{\"batches\":%zu,\"spans\":%zu,\"spans_per_s\":%.0f,\"busy\":%zu,\"rate\":%zu,"
           "\"other\":%zu,\"broken\":%zu,\"cut\":%zu,\"without_retry\":%zu,"
           "\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"max_ms\":%.1f}\n",
           outcomes[TAKEN], spans, (double)spans / seconds, outcomes[REFUSED_BUSY_503],
           outcomes[REFUSED_RATE_429], outcomes[REFUSED_OTHER], outcomes[BROKEN], outcomes[CUT],
           without_retry, any ? latencies[last / 2] : 0, any ? latencies[last * 99 / 100] : 0,
           any ? latencies[last] : 0);
    free(latencies);
}

static void run(struct plan *plan)
{
    int64_t began_ns = clock_monotonic_ns();
    struct sender *senders = mem_zero(plan->senders, sizeof *senders);
    for (size_t i = 0; i < plan->senders; i++) {
        senders[i] = (struct sender){
            .plan = plan,
            .number = (uint32_t)i,
            .dice = ((uint64_t)plan->seed << 32 | i) * 2654435761U + 1,
            .dialect = plan->mix[i % strlen(plan->mix)],
            .socket = -1,
            .latencies_ms = mem_alloc(LATENCIES_LARGEST / plan->senders * sizeof(float)),
        };
    }
    for (size_t i = 0; i < plan->senders; i++) {
        if (pthread_create(&senders[i].thread, NULL, sender_main, &senders[i]) != 0) {
            abort();
        }
    }
    for (size_t i = 0; i < plan->senders; i++) {
        pthread_join(senders[i].thread, NULL);
    }
    report(senders, plan->senders, (double)(clock_monotonic_ns() - began_ns) / 1e9);
    for (size_t i = 0; i < plan->senders; i++) {
        free(senders[i].latencies_ms);
    }
    free(senders);
}

int main(int argc, char **argv)
{
    struct plan plan = {.senders = 16, .batch_largest = 20, .seed = 1, .mix = "pjfzg"};
    int64_t time_ms = 1000;
    const char *ledger = NULL;
    int option;
    while ((option = getopt(argc, argv, "c:t:r:b:s:m:p:uo:")) != -1) {
        switch (option) {
        case 'c':
            plan.senders = strtoul(optarg, NULL, 10);
            break;
        case 't':
            time_ms = strtol(optarg, NULL, 10);
            break;
        case 'r':
            plan.spans_per_s = strtod(optarg, NULL);
            break;
        case 'b':
            plan.batch_largest = strtoul(optarg, NULL, 10);
            break;
        case 's':
            plan.seed = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'm':
            plan.mix = optarg;
            break;
        case 'p':
            plan.ballast_bytes = strtoul(optarg, NULL, 10);
            break;
        case 'u':
            plan.cuts = true;
            break;
        case 'o':
            ledger = optarg;
            break;
        default:
            return 2;
        }
    }
    if (optind + 1 != argc || plan.senders == 0 || plan.batch_largest == 0 ||
        plan.mix[strspn(plan.mix, "pjfzg")] != '\0') {
        fputs("usage: storm [OPTIONS] PORTS\n", stderr);
        return 2;
    }
    plan.ports = argv[optind];
    plan.ledger = ledger != NULL ? fopen(ledger, "a") : NULL;
    plan.end_ns = clock_monotonic_ns() + time_ms * NS_PER_MS;
    pthread_mutex_init(&plan.ledger_lock, NULL);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    run(&plan);
    if (plan.ledger != NULL) {
        fclose(plan.ledger);
    }
    return 0;
}
