/* map_work — makes the service map of a query's traces, newest first, a slice at a time.
 *
 *     struct map_work *work = map_work_begin(&filter, now_ns);
 *     while (!done && map_work_step(work, reader, budget_ns, &done, &why) == ERR_OK) {}
 *     struct service_map *map = map_work_detach(work);     // finished
 *     map_work_end(work); */
#ifndef TRACETUI_TUI_MAP_WORK_H
#define TRACETUI_TUI_MAP_WORK_H

#include "store/reader.h"
#include "tui/service_map.h"

/* A map is drawn from so many traces or spans at most: it is a picture of now, not an archive. */
enum { MAP_TRACES_LARGEST = 2000, MAP_SPANS_LARGEST = 500000 };

struct map_work;

/* filter: NULL = all; copied. limit: traces at most, 0 = MAP_TRACES_LARGEST. */
struct map_work *map_work_begin(const struct filter *filter, size_t limit, int64_t now_ns);
/* Reads on for about budget_ns (0 = to the end). Errors: the reader's. */
enum err map_work_step(struct map_work *work, struct reader *reader, int64_t budget_ns,
                       bool *ret_done, struct err_msg *why) MUST_CHECK;
size_t map_work_traces(const struct map_work *work); /* so far */
/* The map, finished; the caller frees it. NULL the second time. */
struct service_map *map_work_detach(struct map_work *work);
void map_work_end(struct map_work *work);

#endif
