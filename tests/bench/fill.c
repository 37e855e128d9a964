/* fill — a database with spans of the world, made by the writer alone: no sockets, no decoding. */
#include "tests/bench/fill.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/counters.h"
#include "store/writer.h"
#include "tests/bench/world.h"

enum { BATCH_SPANS = 2000, WAITING_LARGEST = 8 /* batches */ };

struct filling {
    struct writer *writer;
    struct counters counters;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    size_t waiting;
};

static void filling_start(struct filling *filling, const char *path)
{
    struct err_msg why = {""};
    counters_init(&filling->counters);
    pthread_mutex_init(&filling->mutex, NULL);
    pthread_cond_init(&filling->answered, NULL);
    struct writer_options options = {
        .path = path, .counters = &filling->counters, .deadline_ns = 600 * NS_PER_S};
    if (writer_start(&options, &filling->writer, &why) != ERR_OK) {
        bench_die("%s", why.text);
    }
}

static void filling_stop(struct filling *filling)
{
    writer_stop(filling->writer);
    pthread_cond_destroy(&filling->answered);
    pthread_mutex_destroy(&filling->mutex);
    counters_clear(&filling->counters);
}

static void on_stored(const struct writer_verdict *verdict, void *ctx)
{
    struct filling *filling = ctx;
    if (verdict->code != ERR_OK) {
        bench_die("%s", verdict->text);
    }
    pthread_mutex_lock(&filling->mutex);
    filling->waiting--;
    pthread_cond_signal(&filling->answered);
    pthread_mutex_unlock(&filling->mutex);
}

static void submit(struct filling *filling, struct batch *batch)
{
    pthread_mutex_lock(&filling->mutex);
    while (filling->waiting >= WAITING_LARGEST) {
        pthread_cond_wait(&filling->answered, &filling->mutex);
    }
    filling->waiting++;
    pthread_mutex_unlock(&filling->mutex);
    if (writer_submit(filling->writer, batch, on_stored, filling) != ERR_OK) {
        bench_die("the queue is full");
    }
}

static void put_id(struct id *id, const uint8_t *bytes, size_t length)
{
    *id = (struct id){.form = ID_HEX, .length = (uint8_t)length};
    memcpy(id->bytes, bytes, length);
}

static struct text attributes_of(const struct world_span *from, struct arena *arena)
{
    struct text_buffer json = {0};
    for (size_t i = 0; i < from->attribute_count; i++) {
        const struct world_attribute *attribute = &from->attributes[i];
        text_append_format(&json, "%c\"%s\":", i == 0 ? '{' : ',', attribute->key);
        if (attribute->text != NULL) {
            text_append_format(&json, "\"%s\"", attribute->text);
        } else {
            text_append_format(&json, "%lld", (long long)attribute->number);
        }
    }
    text_append_char(&json, '}');
    struct text text = arena_copy(arena, text_buffer_text(&json));
    text_buffer_free(&json);
    return text;
}

static void add_span(struct batch *batch, uint64_t number, int64_t begin_ns)
{
    struct world_span from = world_span(number, begin_ns);
    struct span *span = batch_add(batch);
    put_id(&span->trace, from.trace_id, sizeof from.trace_id);
    put_id(&span->id, from.id, sizeof from.id);
    if (!from.is_root) {
        put_id(&span->parent, from.parent, sizeof from.parent);
    } else {
        span->user = arena_format(&batch->arena, "user-%u", from.user);
        span->session =
            arena_format(&batch->arena, "session-%llu", (unsigned long long)(from.trace / 20));
    }
    span->name = text_from(from.name);
    span->service = text_from(from.service);
    span->type = text_from(from.type);
    span->kind = (uint8_t)from.kind;
    span->status = from.is_error ? STATUS_ERROR : STATUS_COMPLETED;
    span->message = from.is_error ? TEXT("UNIQUE constraint failed: goals.id") : (struct text){0};
    span->start_ns = from.start_ns;
    span->end_ns = from.end_ns;
    span->attributes = attributes_of(&from, &batch->arena);
}

void fill_traces(const char *path, uint64_t from, uint64_t to, int64_t begin_ns)
{
    struct filling filling = {0};
    struct batch *batch = batch_new();
    filling_start(&filling, path);
    for (uint64_t number = from; number < to; number++) {
        add_span(batch, number, begin_ns);
        if (batch->count == BATCH_SPANS || number + 1 == to) {
            submit(&filling, batch);
            batch = batch_new();
        }
    }
    batch_free(batch);
    bench_sleep_until(bench_now() + 3);
    filling_stop(&filling);
}

char *world_path(const struct bench_options *options)
{
    char name[32];
    snprintf(name, sizeof name, "world-%llu", (unsigned long long)options->largest);
    return bench_path(options, name);
}

void fill_trace(const char *path, uint64_t spans, int64_t begin_ns)
{
    struct filling filling = {0};
    struct batch *batch = batch_new();
    filling_start(&filling, path);
    for (uint64_t number = 0; number < spans; number++) {
        add_span(batch, number, begin_ns);
        struct span *span = &batch->spans[batch->count - 1];
        struct world_span first = world_span(spans - 1, begin_ns);
        if (id_is_none(&span->parent) && number != spans - 1) {
            put_id(&span->parent, first.id, sizeof first.id);
        }
        put_id(&span->trace, first.trace_id, sizeof first.trace_id);
        if (batch->count == BATCH_SPANS || number + 1 == spans) {
            submit(&filling, batch);
            batch = batch_new();
        }
    }
    batch_free(batch);
    filling_stop(&filling);
}
