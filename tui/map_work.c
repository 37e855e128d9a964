/* map_work — makes the service map of a query's traces, newest first, a slice at a time. */
#include "tui/map_work.h"

#include <stdlib.h>

#include "store/base/clock.h"

enum { PAGE_ROWS = 200 };

struct map_work {
    struct filter filter;
    bool filtered;
    size_t limit;
    int64_t now_ns;
    struct list_answer page; /* the cursor's text lives in it */
    size_t at;               /* row of the page that comes next */
    bool last_page;
    struct service_map *map;
};

struct map_work *map_work_begin(const struct filter *filter, size_t limit, int64_t now_ns)
{
    struct map_work *work = mem_zero(1, sizeof *work);
    work->filtered = filter != NULL && filter->root != NULL;
    if (work->filtered) {
        filter_copy(filter, &work->filter);
    }
    work->limit = limit > 0 ? limit : MAP_TRACES_LARGEST;
    work->now_ns = now_ns;
    work->map = service_map_new();
    return work;
}

static enum err next_page(struct map_work *work, struct reader *reader, int64_t budget_ns,
                          struct err_msg *why)
{
    struct list_question question = {
        .filter = work->filtered ? &work->filter : NULL,
        .sort = SORT_START,
        .after = work->page.next,
        .limit = PAGE_ROWS,
        .now_ns = work->now_ns,
        .budget_ns = budget_ns,
    };
    struct list_answer answer = {0};
    enum err err = reader_list(reader, &question, &answer, why);
    list_answer_clear(&work->page);
    work->page = answer;
    work->at = 0;
    work->last_page = err != ERR_OK || answer.done;
    return err;
}

static enum err add_trace(struct map_work *work, struct reader *reader, struct err_msg *why)
{
    struct trace *trace = NULL;
    enum err err =
        reader_trace(reader, work->page.rows[work->at++].number, NULL, NULL, &trace, why);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK; /* pruned meanwhile */
    }
    if (err == ERR_OK) {
        service_map_add(work->map, trace);
        trace_free(trace);
    }
    return err;
}

enum err map_work_step(struct map_work *work, struct reader *reader, int64_t budget_ns,
                       bool *ret_done, struct err_msg *why)
{
    int64_t until_ns = budget_ns > 0 ? clock_monotonic_ns() + budget_ns : INT64_MAX;
    enum err err = ERR_OK;
    do {
        bool enough = work->map->traces >= work->limit || work->map->spans >= MAP_SPANS_LARGEST;
        bool empty = work->at == work->page.count;
        if (enough || (empty && work->last_page)) {
            *ret_done = true;
            return ERR_OK;
        }
        err = empty ? next_page(work, reader, budget_ns, why) : add_trace(work, reader, why);
    } while (err == ERR_OK && clock_monotonic_ns() < until_ns);
    return err;
}

size_t map_work_traces(const struct map_work *work)
{
    return work->map->traces;
}

struct service_map *map_work_detach(struct map_work *work)
{
    struct service_map *map = work->map;
    work->map = NULL;
    if (map != NULL) {
        bool all = work->last_page && work->at == work->page.count;
        map->complete = all;
        service_map_finish(map);
    }
    return map;
}

void map_work_end(struct map_work *work)
{
    if (work == NULL) {
        return;
    }
    list_answer_clear(&work->page);
    filter_clear(&work->filter);
    service_map_free(work->map);
    free(work);
}
