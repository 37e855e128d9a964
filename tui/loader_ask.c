/* loader_ask — each question as a job: everything it points at is copied into it. */
#include "tui/loader_job.h"

static void copy_filter(struct loader_job *job, const struct filter *filter)
{
    job->filtered = filter != NULL && filter->root != NULL;
    if (job->filtered) {
        filter_copy(filter, &job->filter);
    }
}

void loader_ask_list(struct loader *loader, const struct list_question *question)
{
    struct loader_job *job = loader_job_new(LOADER_LIST);
    copy_filter(job, question->filter);
    job->list = *question;
    job->list.after.key_text = arena_copy(&job->arena, question->after.key_text);
    loader_submit(loader, job);
}

void loader_ask_summary(struct loader *loader, const struct summary_question *question)
{
    struct loader_job *job = loader_job_new(LOADER_SUMMARY);
    copy_filter(job, question->filter);
    job->summary = *question;
    loader_submit(loader, job);
}

void loader_ask_trace(struct loader *loader, int64_t number, bool first_rows)
{
    struct loader_job *job = loader_job_new(LOADER_TRACE);
    job->number = number;
    job->first_rows = first_rows;
    loader_submit(loader, job);
}

static void ask_keys(struct loader *loader, enum loader_kind kind, const int64_t *keys,
                     size_t count)
{
    struct loader_job *job = loader_job_new(kind);
    job->keys = arena_alloc(&job->arena, (count + 1) * sizeof(*keys));
    for (size_t i = 0; i < count; i++) {
        job->keys[i] = keys[i];
    }
    job->count = count;
    loader_submit(loader, job);
}

void loader_ask_bodies(struct loader *loader, enum loader_kind kind, const int64_t *keys,
                       size_t count)
{
    ask_keys(loader, kind, keys, count);
}

void loader_ask_rows(struct loader *loader, const int64_t *numbers, size_t count)
{
    ask_keys(loader, LOADER_ROWS, numbers, count);
}

void loader_ask_find(struct loader *loader, struct text id_or_prefix)
{
    struct loader_job *job = loader_job_new(LOADER_FIND);
    job->text = arena_copy(&job->arena, id_or_prefix);
    loader_submit(loader, job);
}

void loader_ask_names(struct loader *loader, enum filter_field field, struct text contains,
                      size_t limit)
{
    struct loader_job *job = loader_job_new(LOADER_NAMES);
    job->field = field;
    job->text = arena_copy(&job->arena, contains);
    job->limit = limit;
    loader_submit(loader, job);
}

void loader_ask_hint(struct loader *loader, const struct filter *filters, size_t count,
                     int64_t now_ns)
{
    struct loader_job *job = loader_job_new(LOADER_HINT);
    job->count = count < LOADER_HINTS_LARGEST ? count : LOADER_HINTS_LARGEST;
    job->now_ns = now_ns;
    for (size_t i = 0; i < job->count; i++) {
        filter_copy(&filters[i], &job->hints[i]);
    }
    loader_submit(loader, job);
}

void loader_ask_size(struct loader *loader)
{
    loader_submit(loader, loader_job_new(LOADER_SIZE));
}

void loader_ask_json(struct loader *loader, int64_t number)
{
    struct loader_job *job = loader_job_new(LOADER_JSON);
    job->number = number;
    loader_submit(loader, job);
}

void loader_ask_map(struct loader *loader, const struct filter *filter, int64_t now_ns)
{
    struct loader_job *job = loader_job_new(LOADER_MAP);
    copy_filter(job, filter);
    job->now_ns = now_ns;
    loader_submit(loader, job);
}

void loader_ask_diff(struct loader *loader, int64_t a, int64_t b)
{
    struct loader_job *job = loader_job_new(LOADER_DIFF);
    job->number = a;
    job->other = b;
    loader_submit(loader, job);
}

void loader_ask_matches(struct loader *loader, int64_t number, const struct filter *filter,
                        int64_t now_ns)
{
    struct loader_job *job = loader_job_new(LOADER_MATCHES);
    copy_filter(job, filter);
    job->number = number;
    job->now_ns = now_ns;
    loader_submit(loader, job);
}

void loader_ask_baselines(struct loader *loader, const struct baseline_key *keys, size_t count)
{
    struct loader_job *job = loader_job_new(LOADER_BASELINES);
    job->baselines = arena_zero(&job->arena, count + 1, sizeof *job->baselines);
    for (size_t i = 0; i < count; i++) {
        job->baselines[i].service = arena_copy(&job->arena, keys[i].service);
        job->baselines[i].operation = arena_copy(&job->arena, keys[i].operation);
    }
    job->count = count;
    loader_submit(loader, job);
}

void loader_ask_write(struct loader *loader, const struct view_file *file)
{
    struct loader_job *job = loader_job_new(LOADER_WRITE);
    copy_filter(job, file->list.filter);
    job->file = *file;
    job->text = arena_copy(&job->arena, text_from(file->path));
    loader_submit(loader, job);
}

void loader_ask_groups(struct loader *loader, const struct filter *filter, enum group_by by,
                       int64_t now_ns)
{
    struct loader_job *job = loader_job_new(LOADER_GROUPS);
    copy_filter(job, filter);
    job->by = by;
    job->now_ns = now_ns;
    loader_submit(loader, job);
}
