/* loader — the query thread: the screen asks, goes on drawing, and takes the answers later.
 *
 *     struct loader *loader;
 *     struct loader_options options = {.path = "traces.db", .wake = wake_screen, .wake_ctx =
 * waker}; if (loader_start(&options, &loader, &why) != ERR_OK) { ... why.text ... }
 *     loader_ask_list(loader, &(struct list_question){.sort = SORT_START, .limit = 200});
 *     ... later, woken by wake_screen ...
 *     struct loader_answer *answer;
 *     while ((answer = loader_take(loader)) != NULL) {
 *         ... answer->kind, answer->list.rows ...
 *         loader_answer_free(answer);
 *     }
 *     loader_stop(loader);
 *
 * There is one slot for each kind of question and the newest question wins: it cancels the one that
 * is running and its answers are never seen. Everything a question points at is copied. Slow lists
 * and summaries answer several times, every LOADER_SLICE_MS; the last answer says so. Between
 * slices the other questions get their turn. Thread: ui, all functions but loader_nudge. */
#ifndef TRACETUI_TUI_LOADER_H
#define TRACETUI_TUI_LOADER_H

#include "store/reader.h"
#include "tui/service_map.h"

struct loader;

enum {
    LOADER_SLICE_MS = 80,
    LOADER_HINTS_LARGEST = 4,
    LOADER_JSON_SPANS = 100000,
    LOADER_GROUPS_LARGEST = 1000
};

enum loader_kind {
    LOADER_LIST,
    LOADER_ROWS, /* rows of the list again, by number */
    LOADER_TRACE,
    LOADER_BODIES, /* of the selected span */
    LOADER_EVENTS, /* bodies of spans on the screen, for their events */
    LOADER_FIND,
    LOADER_SUMMARY,
    LOADER_NAMES,
    LOADER_HINT, /* how many traces would match without this or that term */
    LOADER_SIZE,
    LOADER_JSON, /* a whole trace as text */
    LOADER_GROUPS,
    LOADER_MAP,
    LOADER_DIFF,      /* two traces */
    LOADER_BASELINES, /* what is usual for the operations of a trace */
    LOADER_WRITE,     /* a file */
    LOADER_MATCHES,   /* which spans of a trace satisfy a filter */
    LOADER_KIND_COUNT,
    LOADER_CHANGED = LOADER_KIND_COUNT, /* nobody asked: the store has changed */
};

struct loader_options {
    const char *path;
    bool live;               /* look once a second whether the store has changed */
    void (*wake)(void *ctx); /* an answer waits; query thread; must return at once */
    void *wake_ctx;
};

/* What came back. Only the fields of its kind are set. Owns: everything, until loader_answer_free;
 * whoever wants to keep the trace or the arena takes it out and leaves NULL or {0}. */
struct loader_answer {
    enum loader_kind kind;
    bool last;     /* no more answers to this question */
    enum err code; /* ERR_CANCELLED: the user stopped it; what came before stays valid */
    struct err_msg why;
    struct list_answer list;    /* LIST: the rows of this slice only */
    int64_t number;             /* FIND, TRACE, MATCHES */
    struct trace *trace;        /* TRACE */
    struct arena arena;         /* of the five below */
    struct spans_found found;   /* MATCHES: of this slice only; in arena */
    struct trace_row *rows;     /* ROWS: those that still exist */
    struct span_body *bodies;   /* BODIES, EVENTS */
    struct name_count *names;   /* NAMES */
    int64_t *hints;             /* HINT: matches, or -1 if it was not counted in time */
    size_t count;               /* of rows, bodies, names or hints */
    enum filter_field field;    /* NAMES: as asked */
    struct summary *summary;    /* SUMMARY: everything scanned so far */
    struct text_buffer json;    /* JSON */
    struct group_answer groups; /* GROUPS */
    struct store_size size;     /* SIZE */
    struct service_map *map;    /* MAP: with the last answer */
    size_t traces;              /* MAP: read so far */
    struct trace *other;        /* DIFF: the second one; the first is trace */
    struct baseline *baselines; /* BASELINES: count of them, as asked; in arena */
    int64_t took_ns;            /* since the question was begun */
    /* private */
    uint64_t sequence;
    struct loader_answer *next;
};

/* Opens the database and starts the thread. Errors: those of reader_open. */
enum err loader_start(const struct loader_options *options, struct loader **ret_loader,
                      struct err_msg *why) MUST_CHECK;

/* Cancels what runs and joins; answers not taken are freed. NULL is fine. */
void loader_stop(struct loader *loader);

void loader_ask_list(struct loader *loader, const struct list_question *question);
void loader_ask_summary(struct loader *loader, const struct summary_question *question);
/* first_rows: of a trace that takes long, some come in an answer before, see reader_trace_first. */
void loader_ask_trace(struct loader *loader, int64_t number, bool first_rows);
/* kind: LOADER_BODIES or LOADER_EVENTS. */
void loader_ask_bodies(struct loader *loader, enum loader_kind kind, const int64_t *keys,
                       size_t count);
void loader_ask_rows(struct loader *loader, const int64_t *numbers, size_t count);
void loader_ask_find(struct loader *loader, struct text id_or_prefix);
void loader_ask_names(struct loader *loader, enum filter_field field, struct text contains,
                      size_t limit);
/* Counts the matches of up to LOADER_HINTS_LARGEST queries, within LOADER_SLICE_MS each. */
void loader_ask_hint(struct loader *loader, const struct filter *filters, size_t count,
                     int64_t now_ns);
void loader_ask_size(struct loader *loader);
/* The object of `tracetui show --format json`; ERR_LIMIT for more than LOADER_JSON_SPANS spans. */
void loader_ask_json(struct loader *loader, int64_t number);

/* Writes a file; the filter of its list is copied. The answer's count is the number of rows. */
struct view_file;
void loader_ask_write(struct loader *loader, const struct view_file *file);

/* The LOADER_GROUPS_LARGEST most frequent groups of the matching traces. */
void loader_ask_groups(struct loader *loader, const struct filter *filter, enum group_by by,
                       int64_t now_ns);

/* Who calls whom in the newest matching traces; answers tell how far it is. */
void loader_ask_map(struct loader *loader, const struct filter *filter, int64_t now_ns);
void loader_ask_diff(struct loader *loader, int64_t a, int64_t b);
/* filter: of filter_spans.h. */
void loader_ask_matches(struct loader *loader, int64_t number, const struct filter *filter,
                        int64_t now_ns);
void loader_ask_baselines(struct loader *loader, const struct baseline_key *keys, size_t count);

/* Nobody wants the answer any more. */
void loader_forget(struct loader *loader, enum loader_kind kind);

/* Stops every question; each ends with an answer of ERR_CANCELLED. */
void loader_cancel(struct loader *loader);

/* The oldest answer to a question that is still the newest of its kind, or NULL. */
struct loader_answer *loader_take(struct loader *loader);
void loader_answer_free(struct loader_answer *answer);

/* True while a question of this kind, or of any kind, has not got its last answer taken. */
bool loader_is_asking(const struct loader *loader, enum loader_kind kind);
bool loader_is_busy(const struct loader *loader);

/* Somebody committed: look for changes soon. Thread: any; for the writer's on_commit. */
void loader_nudge(void *loader);

#endif
