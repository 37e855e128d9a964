/* span — the memory of one span. */
#include "ingest/client/span.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t span_now_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t span_steady_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

struct tt_span *span_new(struct shard *shard, const char *name, int64_t start_ns)
{
    const char *own = name != NULL && name[0] != '\0' ? name : "unnamed";
    size_t size = strlen(own) + 1;
    struct tt_span *span = calloc(1, sizeof *span + size);
    if (span == NULL) {
        return NULL;
    }
    memcpy(span->name, own, size);
    span->shard = shard;
    span->start_ns = start_ns != 0 ? start_ns : span_now_ns();
    span->started_ns = start_ns != 0 ? 0 : span_steady_ns();
    span->end_ns = SPAN_STILL_RUNNING;
    atomic_init(&span->references, 1);
    return span;
}

static void details_free(struct details *details)
{
    if (details != NULL) {
        free(details->name);
        free(details->message);
        free(details->service);
        free(details->client_type);
        free(details->remote_parent);
        buffer_free(&details->events);
        buffer_free(&details->links);
        free(details);
    }
}

void span_release(struct tt_span *span)
{
    if (atomic_fetch_sub(&span->references, 1) == 1) {
        heritage_release(span->heritage);
        details_free(span->details);
        free(span->type);
        buffer_free(&span->attributes);
        free(span);
    }
}

static size_t length(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

size_t span_bytes(const struct tt_span *span)
{
    size_t bytes = sizeof *span + strlen(span->name) + length(span->type) +
                   span->attributes.capacity + sizeof *span->heritage;
    const struct details *details = span->details;
    if (details != NULL) {
        bytes += sizeof *details + length(details->name) + length(details->message) +
                 length(details->service) + length(details->client_type) +
                 details->events.capacity + details->links.capacity;
    }
    return bytes;
}

struct details *span_details(struct tt_span *span)
{
    if (span->details == NULL) {
        span->details = calloc(1, sizeof *span->details);
    }
    return span->details;
}

const char *span_name(const struct tt_span *span)
{
    return span->details != NULL && span->details->name != NULL ? span->details->name : span->name;
}

void span_write_id(char target[SPAN_ID_TEXT_BYTES], uint64_t id)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 15; i >= 0; i--) {
        target[i] = digits[id & 15];
        id >>= 4;
    }
    target[16] = '\0';
}
