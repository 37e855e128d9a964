/* metrics — our own counters as Prometheus and OpenMetrics read them. */
#include "ingest/metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "ingest/request.h"
#include "store/base/clock.h"

/* Statuses we give; any other counts as the last. */
static const unsigned statuses[COUNTERS_STATUSES] = {200, 202, 204, 304, 400, 401, 403, 404,
                                                     405, 413, 415, 429, 500, 503, 0};

/* The counters that are one number each. */
static const struct {
    const char *name, *help;
    size_t offset;
} totals[] = {
    {"tracetui_requests", "Requests and gRPC calls that began.",
     offsetof(struct counters, requests)},
    {"tracetui_spans_received", "Spans that were decoded and accepted.",
     offsetof(struct counters, received)},
    {"tracetui_spans_stored", "Spans that became a new row.", offsetof(struct counters, stored)},
    {"tracetui_spans_updated", "Spans that completed a row that was there.",
     offsetof(struct counters, updated)},
    {"tracetui_spans_duplicate", "Spans that were there already.",
     offsetof(struct counters, duplicate)},
    {"tracetui_spans_late", "Stored spans of traces that were complete already.",
     offsetof(struct counters, late)},
    {"tracetui_spans_masked", "Spans in which a secret was masked.",
     offsetof(struct counters, masked)},
    {"tracetui_spans_sampled_out", "Spans left out by sampling.",
     offsetof(struct counters, sampled_out)},
    {"tracetui_traces_pruned", "Traces deleted by age or size.",
     offsetof(struct counters, pruned_traces)},
    {"tracetui_commits", "Transactions written.", offsetof(struct counters, commits)},
};

/* The route behind the last stands for paths that are none. */
static size_t place_of(const struct route *route)
{
    size_t place = 0;
    while (route_at(place) != NULL && route_at(place) != route) {
        place++;
    }
    return place;
}

void metrics_count(struct counters *counters, const struct route *route, unsigned status)
{
    size_t slot = 0;
    while (slot + 1 < ARRAY_LEN(statuses) && statuses[slot] != status) {
        slot++;
    }
    atomic_fetch_add(&counters->answers[place_of(route)][slot], 1);
}

/* ---- writing -------------------------------------------------------------------------------- */

struct page {
    struct text_buffer *text;
    bool open_metrics;
};

/* Text format 0.0.4 names a counter as its samples are named, OpenMetrics without the suffix. */
static void head(const struct page *page, const char *name, const char *type, const char *help)
{
    const char *suffix = !page->open_metrics && strcmp(type, "counter") == 0 ? "_total" : "";
    text_append_format(page->text, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name,
                       suffix, type);
}

static void gauge(const struct page *page, const char *name, const char *help, int64_t value)
{
    head(page, name, "gauge", help);
    text_append_format(page->text, "%s %" PRId64 "\n", name, value);
}

static void gauge_seconds(const struct page *page, const char *name, const char *help, int64_t ns)
{
    head(page, name, "gauge", help);
    text_append_format(page->text, "%s %" PRId64 ".%09" PRId64 "\n", name, ns / NS_PER_S,
                       ns % NS_PER_S);
}

static void write_totals(const struct page *page, const struct counters *counters)
{
    for (size_t i = 0; i < ARRAY_LEN(totals); i++) {
        const char *field = (const char *)counters + totals[i].offset;
        head(page, totals[i].name, "counter", totals[i].help);
        text_append_format(page->text, "%s_total %" PRIu64 "\n", totals[i].name,
                           atomic_load((const _Atomic uint64_t *)(const void *)field));
    }
}

static void write_refusals(const struct page *page, const struct counters *counters)
{
    head(page, "tracetui_refused", "counter",
         "Refused spans, and requests refused as a whole, by reason.");
    for (int i = 0; i < REFUSED_COUNT; i++) {
        text_append_format(page->text, "tracetui_refused_total{reason=\"%s\"} %" PRIu64 "\n",
                           refusal_name((enum refusal)i), atomic_load(&counters->refused[i]));
    }
}

static void write_status(const struct page *page, const char *method, const char *path,
                         unsigned status, uint64_t count)
{
    text_append_format(page->text, "tracetui_http_answers_total{method=\"%s\",route=\"%s\",",
                       method, path);
    if (status != 0) {
        text_append_format(page->text, "status=\"%u\"} %" PRIu64 "\n", status, count);
    } else {
        text_append_format(page->text, "status=\"other\"} %" PRIu64 "\n", count);
    }
}

/* What never happened has no line: the table is wide, and mostly empty. */
static void write_answers(const struct page *page, const struct counters *counters)
{
    head(page, "tracetui_http_answers", "counter", "Answers over HTTP, by route and status.");
    bool last = false;
    for (size_t i = 0; !last; i++) {
        const struct route *route = route_at(i);
        last = route == NULL;
        for (size_t j = 0; j < ARRAY_LEN(statuses); j++) {
            uint64_t count = atomic_load(&counters->answers[i][j]);
            if (count > 0) {
                write_status(page, last ? "any" : route->method, last ? "none" : route->path,
                             statuses[j], count);
            }
        }
    }
    head(page, "tracetui_grpc_answers", "counter", "Answers to gRPC calls, by code.");
    for (size_t i = 0; i < ARRAY_LEN(counters->calls); i++) {
        uint64_t count = atomic_load(&counters->calls[i]);
        if (count > 0) {
            text_append_format(page->text,
                               "tracetui_grpc_answers_total{code=\"%zu\"} %" PRIu64 "\n", i, count);
        }
    }
}

static void write_store(const struct page *page, struct writer *writer,
                        const struct counters *counters)
{
    struct writer_load load = writer_load(writer);
    char state[256];
    gauge(page, "tracetui_store_up", "1 while spans can be stored.", writer_state(writer, state));
    gauge(page, "tracetui_queue_spans", "Spans waiting for the database.",
          (int64_t)atomic_load(&counters->queued));
    gauge_seconds(page, "tracetui_queue_lag_seconds", "How long the oldest of them has waited.",
                  load.lag_ns);
    gauge_seconds(page, "tracetui_last_commit_seconds", "What the last transaction took.",
                  atomic_load(&counters->commit_ns));
    gauge_seconds(page, "tracetui_last_received_timestamp_seconds",
                  "When spans came last; 0 = never.", atomic_load(&counters->last_received_ns));
    gauge(page, "tracetui_database_bytes", "Size of the database file.", load.file_bytes);
    gauge(page, "tracetui_wal_bytes", "Size of its write-ahead log.", load.wal_bytes);
}

void metrics_answer(const struct request *request, struct reply *reply)
{
    const struct counters *counters = request->intake->counters;
    struct page page = {
        .text = &reply->body,
        .open_metrics =
            text_contains_nocase(request->headers.accept, TEXT("application/openmetrics-text")),
    };
    reply->status = 200;
    reply->content_type = page.open_metrics
                              ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                              : "text/plain; version=0.0.4; charset=utf-8";
    head(&page, "tracetui_build_info", "gauge", "The program that answers.");
    text_append_cstr(page.text, "tracetui_build_info{version=\"" TRACETUI_VERSION "\"} 1\n");
    gauge_seconds(&page, "tracetui_start_timestamp_seconds", "When the receiver started.",
                  counters->started_ns);
    write_totals(&page, counters);
    write_refusals(&page, counters);
    write_answers(&page, counters);
    write_store(&page, request->intake->writer, counters);
    if (page.open_metrics) {
        text_append_cstr(page.text, "# EOF\n");
    }
}
