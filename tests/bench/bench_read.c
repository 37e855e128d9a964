/* bench_read — what reading costs as the store grows: pages, figures, groups, and one huge trace.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/reader.h"
#include "tests/bench/bench.h"
#include "tests/bench/fill.h"
#include "tests/bench/world.h"
#include "tui/critical_path.h"
#include "tui/waterfall_rows.h"

enum {
    PAGE_ROWS = 200,
    CALLS = 40, /* of each question: the second slowest is the p99 */
    BUCKETS = 120,
    SLOW_MS = 1000, /* three such calls are enough */
};

/* ---- questions ------------------------------------------------------------------------------ */

struct asking {
    const struct bench_options *options;
    struct reader *reader;
    const char *path;
    char size[32]; /* "100k traces" in the names of figures */
};

static struct filter parsed(const char *source)
{
    struct filter filter = {0};
    struct filter_error error;
    if (filter_parse(text_from(source), &filter, &error) != ERR_OK) {
        bench_die("%s: %s", source, error.text);
    }
    return filter;
}

static void must(enum err err, const struct err_msg *why)
{
    if (err != ERR_OK) {
        bench_die("%s", why->text);
    }
}

static void list(struct asking *asking, const struct filter *filter, enum list_sort sort, int way)
{
    struct err_msg why = {""};
    struct list_answer answer = {0};
    struct list_question question = {
        .filter = filter,
        .sort = sort,
        .ascending = way != 0,
        .limit = PAGE_ROWS,
        .now_ns = clock_now_ns(),
    };
    must(reader_list(asking->reader, &question, &answer, &why), &why);
    list_answer_clear(&answer);
}

static void summarize(struct asking *asking, const struct filter *filter)
{
    struct err_msg why = {""};
    struct summary_question question = {
        .filter = filter, .now_ns = clock_now_ns(), .buckets = BUCKETS};
    struct summary_work *work = NULL;
    struct summary *summary = mem_zero(1, sizeof *summary);
    must(summary_begin(asking->reader, &question, &work, &why), &why);
    while (!summary->done) {
        must(summary_step(work, summary, &why), &why);
    }
    summary_end(work);
    free(summary);
}

static void group(struct asking *asking, const struct filter *filter, enum group_by by)
{
    struct err_msg why = {""};
    struct group_answer answer = {0};
    must(reader_groups(asking->reader, filter, by, clock_now_ns(), 1000, &answer, &why), &why);
    group_answer_clear(&answer);
}

enum kind { LIST, SUMMARY, GROUPS };

/* The slowest but one of many calls, in milliseconds. */
static double slowest(struct asking *asking, enum kind kind, const char *query, int which, int way)
{
    struct filter filter = parsed(query);
    double took[CALLS];
    size_t calls = 0, slow = 0;
    for (; calls < CALLS && slow < 3; calls++) {
        double start = bench_now();
        switch (kind) {
        case LIST:
            list(asking, &filter, (enum list_sort)which, way);
            break;
        case SUMMARY:
            summarize(asking, &filter);
            break;
        case GROUPS:
            group(asking, &filter, (enum group_by)which);
            break;
        }
        took[calls] = (bench_now() - start) * 1e3;
        slow += took[calls] > SLOW_MS;
    }
    filter_clear(&filter);
    double worst = bench_percentile(took, calls, 1.0);
    return calls > 1 ? bench_percentile(took, calls, 1.0 - 1.5 / (double)calls) : worst;
}

static void figure(const struct asking *asking, const char *kind, const char *name, double value,
                   const char *unit, const char *bar)
{
    char full[128];
    snprintf(full, sizeof full, "read/%s/%s/%s", kind, name, asking->size);
    bench_figure(full, value, unit, bar);
}

static const struct {
    const char *name, *query;
    bool is_common; /* a bar of its own for figures and groups */
} filters[] = {
    {"all", "", true},
    {"user", "user:=user-7", true},
    {"op", "op:=createGoal", true},
    {"status", "status:error", true},
    {"service", "service:mail", true},
    {"dur", "dur>2s", false},
    {"since", "since:10m", false},
    {"combined", "op:=createGoal dur>100ms -user:=user-7 service:db", false},
};

/* One figure for each filter: the slowest of all sorts, both ways. */
static void measure_lists(struct asking *asking)
{
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        double worst = 0;
        for (int sort = 0; sort < SORT_COUNT; sort++) {
            for (int way = 0; way < 2; way++) {
                double took = slowest(asking, LIST, filters[i].query, sort, way);
                worst = took > worst ? took : worst;
            }
        }
        figure(asking, "list", filters[i].name, worst, "ms p99", "<= 20");
    }
}

static void measure_figures(struct asking *asking)
{
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        double took = slowest(asking, SUMMARY, filters[i].query, 0, 0);
        figure(asking, "stats", filters[i].name, took, "ms p99", "<= 50");
    }
    for (size_t i = 0; i < ARRAY_LEN(filters) && filters[i].is_common; i++) {
        double worst = 0;
        for (int by = GROUP_OPERATION; by <= GROUP_SERVICE; by++) {
            double took = slowest(asking, GROUPS, filters[i].query, by, 0);
            worst = took > worst ? took : worst;
        }
        figure(asking, "groups", filters[i].name, worst, "ms p99", "<= 50");
    }
    double took = slowest(asking, GROUPS, "", GROUP_TYPE, 0);
    figure(asking, "groups", "by_type", took, "ms p99", "<= 50");
}

/* One cancellation, from another thread. */
struct cancel {
    struct reader *reader;
    double when;
};

static void *cancel_soon(void *argument)
{
    struct cancel *cancel = argument;
    bench_sleep_until(bench_now() + 0.3);
    cancel->when = bench_now();
    reader_cancel(cancel->reader);
    return NULL;
}

/* A filter that no index and no segment serves, and how soon it ends when it is cancelled. */
static void measure_scan(struct asking *asking, const char *name, const char *query)
{
    struct filter filter = parsed(query);
    struct err_msg why = {""};
    struct list_answer answer = {0};
    struct list_question question = {
        .filter = &filter, .limit = PAGE_ROWS, .now_ns = clock_now_ns(), .budget_ns = 2 * NS_PER_S};
    double start = bench_now();
    must(reader_list(asking->reader, &question, &answer, &why), &why);
    double rate = (double)answer.scanned * WORLD_TRACE_SPANS / (bench_now() - start);
    list_answer_clear(&answer);
    if (rate > 0) { /* the last range is not counted: a small store has no other */
        figure(asking, "scan", name, rate, "spans/s", ">= 1.5e6");
    }
    struct cancel cancel = {.reader = asking->reader};
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_soon, &cancel);
    question.budget_ns = 0;
    enum err err = reader_list(asking->reader, &question, &answer, &why);
    double ended = bench_now();
    list_answer_clear(&answer);
    pthread_join(thread, NULL); /* before its time is read */
    if (err == ERR_CANCELLED) {
        char full[64];
        snprintf(full, sizeof full, "%s_cancelled", name);
        figure(asking, "scan", full, (ended - cancel.when) * 1e3, "ms", "<= 20");
    }
    reader_resume(asking->reader);
    filter_clear(&filter);
}

static void measure_scans(struct asking *asking)
{
    measure_scan(asking, "attribute", "attr.request.id=17"); /* all spans have one */
    measure_scan(asking, "rare_attribute", "attr.user.id>=100000");
    measure_scan(asking, "text", "\"no such text\"");
}

static void measure_store(struct asking *asking)
{
    struct err_msg why = {""};
    struct store_size size;
    struct baseline_key key = {TEXT("goals"), TEXT("SELECT goals")};
    struct baseline baseline;
    double start = bench_now();
    must(reader_open(asking->path, &asking->reader, &why), &why);
    must(reader_size(asking->reader, &size), &why);
    list(asking, NULL, SORT_START, 0);
    figure(asking, "store", "first_page", (bench_now() - start) * 1e3, "ms", "<= 100");
    start = bench_now();
    must(reader_baselines(asking->reader, &key, 1, &baseline, &why), &why);
    figure(asking, "store", "baselines", (bench_now() - start) * 1e3, "ms", "<= 20");
    if (bench_wants(asking->options, "read/list")) {
        measure_lists(asking);
    }
    if (bench_wants(asking->options, "read/stats") || bench_wants(asking->options, "read/groups")) {
        measure_figures(asking);
    }
    if (bench_wants(asking->options, "read/scan")) {
        measure_scans(asking);
    }
    reader_close(asking->reader);
}

/* The same store at three sizes: what grows with it, and how. */
static void measure_growth(const struct bench_options *options)
{
    char *path = world_path(options);
    struct asking asking = {.options = options, .path = path};
    int64_t begin_ns = clock_now_ns() - (int64_t)(options->largest / WORLD_TRACE_SPANS) * NS_PER_MS;
    uint64_t filled = 0;
    bench_remove(path);
    for (uint64_t part = 100; part > 0; part /= 10) {
        uint64_t spans = options->largest / part;
        fill_traces(path, filled, spans, begin_ns);
        filled = spans;
        snprintf(asking.size, sizeof asking.size, "%lluk_traces",
                 (unsigned long long)(spans / WORLD_TRACE_SPANS / 1000));
        measure_store(&asking);
    }
    if (!bench_wants(options, "screen/")) { /* else bench_screen goes on with it */
        bench_remove(path);
    }
    free(path);
}

/* ---- one huge trace ------------------------------------------------------------------------- */

static double anonymous_mb(void)
{
    char line[200];
    double kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "RssAnon: %lf", &kb);
    }
    if (file != NULL) {
        fclose(file);
    }
    return kb / 1024;
}

static double timed_fold(struct waterfall_rows *rows, uint32_t span, bool all, bool closed)
{
    double start = bench_now();
    if (all) {
        rows_set_all(rows, closed);
    } else {
        rows_set_closed(rows, span, closed);
    }
    rows_update(rows);
    return (bench_now() - start) * 1e3;
}

static void measure_tree(const struct asking *asking, const char *complete_bar)
{
    struct err_msg why = {""};
    struct list_answer answer = {0};
    struct list_question question = {.sort = SORT_SPANS, .limit = 1};
    must(reader_list(asking->reader, &question, &answer, &why), &why);
    struct trace *trace = NULL;
    malloc_trim(0);
    double before_mb = anonymous_mb();
    double start = bench_now();
    must(reader_trace(asking->reader, answer.rows[0].number, NULL, NULL, &trace, &why), &why);
    struct waterfall_rows rows = {.grouping = true};
    rows_set_trace(&rows, trace);
    rows_update(&rows);
    figure(asking, "trace", "complete", (bench_now() - start) * 1e3, "ms", complete_bar);
    figure(asking, "trace", "unfold_all", timed_fold(&rows, 0, true, false), "ms", "<= 50");
    malloc_trim(0);
    figure(asking, "trace", "memory", anonymous_mb() - before_mb, "MB", "<= 100");
    figure(asking, "trace", "fold_one", timed_fold(&rows, (uint32_t)trace->count / 2, false, true),
           "ms", "<= 16");
    figure(asking, "trace", "fold_all", timed_fold(&rows, 0, true, true), "ms", "<= 50");
    struct critical_path path = {0};
    start = bench_now();
    critical_path_set(&path, trace, clock_now_ns());
    figure(asking, "trace", "critical_path", (bench_now() - start) * 1e3, "ms", "<= 500");
    critical_path_clear(&path);
    rows_clear(&rows);
    trace_free(trace);
    list_answer_clear(&answer);
}

static void measure_traces(const struct bench_options *options)
{
    static const struct {
        uint64_t spans;
        const char *size, *complete_bar;
    } traces[] = {{10000, "10k_spans", "<= 40"},
                  {100000, "100k_spans", "<= 250"},
                  {1000000, "1M_spans", "<= 2500"}};
    for (size_t i = 0; i < ARRAY_LEN(traces) && traces[i].spans <= options->largest; i++) {
        char *path = bench_path(options, "trace");
        struct asking asking = {.path = path};
        struct err_msg why = {""};
        bench_remove(path);
        fill_trace(path, traces[i].spans, clock_now_ns() - 3600 * NS_PER_S);
        snprintf(asking.size, sizeof asking.size, "%s", traces[i].size);
        must(reader_open(path, &asking.reader, &why), &why);
        measure_tree(&asking, traces[i].complete_bar);
        reader_close(asking.reader);
        bench_remove(path);
        free(path);
    }
}

int main(int argc, char **argv)
{
    struct bench_options options = bench_options_read(argc, argv);
    options.largest -= options.largest % WORLD_PERIOD;
    if (bench_wants(&options, "read/trace")) {
        measure_traces(&options);
    }
    if (bench_wants(&options, "read/list") || bench_wants(&options, "read/stats") ||
        bench_wants(&options, "read/groups") || bench_wants(&options, "read/scan") ||
        bench_wants(&options, "read/store")) {
        measure_growth(&options);
    }
    return 0;
}
