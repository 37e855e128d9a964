/* loader_job — one question of the query thread: its copy, and the work of answering it slice by
 * slice. */
#ifndef TRACETUI_TUI_LOADER_JOB_H
#define TRACETUI_TUI_LOADER_JOB_H

#include "tui/loader.h"
#include "tui/view_file.h"

struct loader_job {
    enum loader_kind kind;
    uint64_t sequence;
    int64_t begun_ns;     /* monotonic; 0 before the first slice */
    struct arena arena;   /* holds what the fields below point at */
    struct filter filter; /* LIST, SUMMARY, GROUPS, MAP, WRITE, MATCHES */
    bool filtered;
    struct list_question list;
    struct summary_question summary;
    struct summary_work *work;
    int64_t number, other;
    bool first_rows; /* TRACE: an answer with some of them comes before */
    struct map_work *map;
    struct span_search *search;
    struct baseline_key *baselines;
    int64_t *keys; /* bodies, numbers of rows */
    size_t count;
    struct text text; /* id to find, names to complete */
    enum filter_field field;
    enum group_by by;
    struct view_file file; /* its path is text, its filter the one above */
    size_t limit;
    struct filter hints[LOADER_HINTS_LARGEST];
    int64_t now_ns;
};

struct loader_job *loader_job_new(enum loader_kind kind);
void loader_job_free(struct loader_job *job);

/* Asks: the job takes the place of an earlier one of its kind. Owns: the loader takes it. Thread:
 * ui.
 */
void loader_submit(struct loader *loader, struct loader_job *job);

/* Works for about one slice. The answer's last is true when nothing is left to do. Owns: the
 * caller. Thread: query. */
struct loader_answer *loader_job_step(struct loader_job *job, struct reader *reader);

#endif
