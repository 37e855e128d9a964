/* loader_job — one question of the query thread: its copy, and the work of answering it slice by
 * slice. */
#include "tui/loader_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/trace_json.h"
#include "tui/map_work.h"

enum { ROWS_PER_SLICE = 1000, BODIES_PER_READ = 256 };

struct loader_job *loader_job_new(enum loader_kind kind)
{
    struct loader_job *job = mem_zero(1, sizeof(*job));
    job->kind = kind;
    return job;
}

void loader_job_free(struct loader_job *job)
{
    if (job == NULL) {
        return;
    }
    summary_end(job->work);
    map_work_end(job->map);
    span_search_end(job->search);
    filter_clear(&job->filter);
    for (size_t i = 0; i < ARRAY_LEN(job->hints); i++) {
        filter_clear(&job->hints[i]);
    }
    arena_clear(&job->arena);
    free(job);
}

static void step_list(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    struct list_question question = job->list;
    question.filter = job->filtered ? &job->filter : NULL;
    question.budget_ns = LOADER_SLICE_MS * NS_PER_MS;
    if (question.limit > ROWS_PER_SLICE) {
        question.limit = ROWS_PER_SLICE;
    }
    answer->code = reader_list(reader, &question, &answer->list, &answer->why);
    if (answer->code != ERR_OK) {
        return;
    }
    job->list.limit -= answer->list.count < job->list.limit ? answer->list.count : job->list.limit;
    answer->last = answer->list.done || job->list.limit == 0;
    /* The cursor's text lives with the answer, which leaves us now. */
    job->list.after = answer->list.next;
    job->list.after.key_text = arena_copy(&job->arena, answer->list.next.key_text);
}

static void step_summary(struct loader_job *job, struct reader *reader,
                         struct loader_answer *answer)
{
    if (job->work == NULL) {
        struct summary_question question = job->summary;
        question.filter = job->filtered ? &job->filter : NULL;
        question.budget_ns = LOADER_SLICE_MS * NS_PER_MS;
        answer->code = summary_begin(reader, &question, &job->work, &answer->why);
        if (answer->code != ERR_OK) {
            return;
        }
    }
    answer->summary = mem_zero(1, sizeof(*answer->summary));
    answer->code = summary_step(job->work, answer->summary, &answer->why);
    answer->last = answer->summary->done;
}

static void step_trace(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    answer->number = job->number;
    if (job->first_rows) {
        job->first_rows = false;
        answer->code = reader_trace_first(reader, job->number, &answer->trace, &answer->why);
        answer->last = answer->code != ERR_OK;
        if (answer->last || answer->trace != NULL) {
            return;
        }
    }
    answer->last = true;
    answer->code = reader_trace(reader, job->number, NULL, NULL, &answer->trace, &answer->why);
}

static void step_bodies(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    answer->last = true;
    answer->bodies = arena_zero(&answer->arena, job->count, sizeof(*answer->bodies));
    answer->code =
        reader_bodies(reader, job->keys, job->count, &answer->arena, answer->bodies, &answer->why);
    answer->count = answer->code == ERR_OK ? job->count : 0;
}

static void step_rows(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    answer->last = true;
    answer->rows = arena_zero(&answer->arena, job->count, sizeof(*answer->rows));
    for (size_t i = 0; i < job->count; i++) {
        enum err code =
            reader_trace_row(reader, job->keys[i], &answer->arena, &answer->rows[answer->count]);
        if (code == ERR_OK) {
            answer->count++;
        } else if (code != ERR_NOT_FOUND) {
            answer->code = code;
            return;
        }
    }
}

static void step_find(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    answer->last = true;
    answer->code = reader_find(reader, job->text, &answer->number, &answer->why);
}

static void step_names(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    answer->last = true;
    answer->field = job->field;
    answer->names = arena_zero(&answer->arena, job->limit, sizeof(*answer->names));
    answer->code = reader_names(reader, job->field, job->text, job->limit, &answer->arena,
                                answer->names, &answer->count, &answer->why);
}

static void step_hint(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    answer->last = true;
    answer->count = job->count;
    answer->hints = arena_zero(&answer->arena, job->count, sizeof(*answer->hints));
    struct summary *summary = mem_zero(1, sizeof(*summary));
    for (size_t i = 0; i < job->count && answer->code == ERR_OK; i++) {
        struct summary_question question = {
            .filter = &job->hints[i],
            .now_ns = job->now_ns,
            .budget_ns = LOADER_SLICE_MS * NS_PER_MS,
        };
        struct summary_work *work = NULL;
        answer->hints[i] = -1;
        answer->code = summary_begin(reader, &question, &work, &answer->why);
        if (answer->code == ERR_OK) {
            answer->code = summary_step(work, summary, &answer->why);
        }
        if (answer->code == ERR_OK && summary->done) {
            answer->hints[i] = summary->total;
        }
        summary_end(work);
    }
    free(summary);
}

static void step_size(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    (void)job;
    answer->last = true;
    answer->code = reader_size(reader, &answer->size);
}

/* The spans of one read of bodies, from `first` on. */
static enum err append_spans(struct reader *reader, const struct trace *trace, size_t first,
                             struct loader_answer *answer)
{
    int64_t keys[BODIES_PER_READ];
    struct span_body bodies[BODIES_PER_READ] = {0};
    size_t count = 0;
    while (count < BODIES_PER_READ && first + count < trace->count) {
        keys[count] = trace->spans[first + count].body;
        count++;
    }
    struct arena arena = {0};
    enum err code = reader_bodies(reader, keys, count, &arena, bodies, &answer->why);
    for (size_t i = 0; code == ERR_OK && i < count; i++) {
        if (bodies[i].body == 0) {
            continue; /* stands for a missing parent: nothing is stored */
        }
        if (answer->json.data[answer->json.length - 1] == '}') {
            text_append_char(&answer->json, ',');
        }
        trace_json_span(trace, &trace->spans[first + i], &bodies[i], &answer->json);
    }
    arena_clear(&arena);
    return code;
}

static void step_json(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    answer->last = true;
    answer->number = job->number;
    struct trace *trace = NULL;
    answer->code = reader_trace(reader, job->number, NULL, NULL, &trace, &answer->why);
    if (answer->code == ERR_OK && trace->count > LOADER_JSON_SPANS) {
        answer->code = err_set(&answer->why, ERR_LIMIT,
                               "%zu spans are too many here: use tracetui show", trace->count);
    }
    if (answer->code == ERR_OK) {
        trace_json_begin(&trace->row, &answer->json);
        for (size_t i = 0; answer->code == ERR_OK && i < trace->count; i += BODIES_PER_READ) {
            answer->code = append_spans(reader, trace, i, answer);
        }
        trace_json_end(&answer->json);
    }
    trace_free(trace);
}

static void step_groups(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    answer->last = true;
    answer->code = reader_groups(reader, job->filtered ? &job->filter : NULL, job->by, job->now_ns,
                                 LOADER_GROUPS_LARGEST, &answer->groups, &answer->why);
}

static void step_map(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    if (job->map == NULL) {
        job->map = map_work_begin(job->filtered ? &job->filter : NULL, 0, job->now_ns);
    }
    answer->code =
        map_work_step(job->map, reader, LOADER_SLICE_MS * NS_PER_MS, &answer->last, &answer->why);
    answer->traces = map_work_traces(job->map);
    if (answer->last && answer->code == ERR_OK) {
        answer->map = map_work_detach(job->map);
    }
}

static void step_matches(struct loader_job *job, struct reader *reader,
                         struct loader_answer *answer)
{
    answer->number = job->number;
    if (job->search == NULL) {
        answer->code = span_search_begin(reader, job->number, &job->filter, job->now_ns,
                                         &job->search, &answer->why);
    }
    if (answer->code == ERR_OK) {
        answer->code = span_search_step(job->search, LOADER_SLICE_MS * NS_PER_MS, &answer->arena,
                                        &answer->found, &answer->why);
    }
    answer->last = answer->found.done;
}

static void step_diff(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    answer->last = true;
    answer->code = reader_trace(reader, job->number, NULL, NULL, &answer->trace, &answer->why);
    if (answer->code == ERR_OK) {
        answer->code = reader_trace(reader, job->other, NULL, NULL, &answer->other, &answer->why);
    }
}

static void step_baselines(struct loader_job *job, struct reader *reader,
                           struct loader_answer *answer)
{
    answer->last = true;
    answer->count = job->count;
    answer->baselines = arena_zero(&answer->arena, job->count + 1, sizeof *answer->baselines);
    answer->code =
        reader_baselines(reader, job->baselines, job->count, answer->baselines, &answer->why);
}

static void step_write(struct loader_job *job, struct reader *reader, struct loader_answer *answer)
{
    char path[4096];
    answer->last = true;
    snprintf(path, sizeof(path), "%.*s", TEXT_ARGS(job->text));
    job->file.path = path;
    job->file.list.filter = job->filtered ? &job->filter : NULL;
    answer->code = view_file_write(&job->file, reader, &answer->count, &answer->why);
}

struct loader_answer *loader_job_step(struct loader_job *job, struct reader *reader)
{
    static void (*const steps[LOADER_KIND_COUNT])(struct loader_job *, struct reader *,
                                                  struct loader_answer *) = {
        [LOADER_LIST] = step_list,
        [LOADER_ROWS] = step_rows,
        [LOADER_TRACE] = step_trace,
        [LOADER_BODIES] = step_bodies,
        [LOADER_EVENTS] = step_bodies,
        [LOADER_FIND] = step_find,
        [LOADER_SUMMARY] = step_summary,
        [LOADER_NAMES] = step_names,
        [LOADER_HINT] = step_hint,
        [LOADER_SIZE] = step_size,
        [LOADER_JSON] = step_json,
        [LOADER_GROUPS] = step_groups,
        [LOADER_MAP] = step_map,
        [LOADER_DIFF] = step_diff,
        [LOADER_BASELINES] = step_baselines,
        [LOADER_WRITE] = step_write,
        [LOADER_MATCHES] = step_matches,
    };
    if (job->begun_ns == 0) {
        job->begun_ns = clock_monotonic_ns();
    }
    struct loader_answer *answer = mem_zero(1, sizeof(*answer));
    answer->kind = job->kind;
    answer->sequence = job->sequence;
    steps[job->kind](job, reader, answer);
    answer->last = answer->last || answer->code != ERR_OK;
    answer->took_ns = clock_monotonic_ns() - job->begun_ns;
    return answer;
}
