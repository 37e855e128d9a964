/* metrics — our own counters as Prometheus and OpenMetrics read them. */
#ifndef TRACETUI_INGEST_METRICS_H
#define TRACETUI_INGEST_METRICS_H

#include "store/counters.h"

struct reply;
struct request;
struct route;

/* Counts an answer of this status; route NULL = to a path that is none. Thread: any. */
void metrics_count(struct counters *counters, const struct route *route, unsigned status);

/* Answers with all figures: text format 0.0.4, or OpenMetrics 1.0 for those who accept it. */
void metrics_answer(const struct request *request, struct reply *reply);

#endif
