/* app_answers — what came back from the query thread goes to whoever wants it. */
#include <stdio.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "tui/app_state.h"
#include "tui/format.h"
#include "tui/query_edit.h"

/* A question that took t is not asked again by itself for this many times t. */
enum { REST_FACTOR = 10 };

static void take_list(struct app *app, const struct loader_answer *answer)
{
    if (answer->code == ERR_OK) {
        app->list_scanned += answer->list.scanned;
        list_pane_answer(app->list, &answer->list, answer->last);
    } else {
        list_pane_answer_failed(app->list);
        if (answer->code != ERR_CANCELLED) {
            app_say(app, "list: %s", answer->why.text);
        }
    }
}

static void take_summary(struct app *app, struct loader_answer *answer)
{
    bool complete = app->summary != NULL && app->summary->done;
    if (answer->last) {
        int64_t rest_ns = answer->took_ns * REST_FACTOR;
        app->summary_ns = clock_monotonic_ns() + (rest_ns > NS_PER_S ? rest_ns : NS_PER_S);
    }
    if (answer->code == ERR_OK && answer->summary != NULL) {
        app->scanned = answer->summary->scanned;
    }
    /* Figures that are complete are not replaced by the first part of newer ones. */
    if (answer->code != ERR_OK || answer->summary == NULL || (complete && !answer->last)) {
        return;
    }
    free(app->summary);
    app->summary = answer->summary;
    answer->summary = NULL;
    app->summary_took_ns = clock_is_fixed() ? 0 : answer->took_ns; /* same screens every time */
    if (answer->last) {
        list_pane_set_total(app->list, app->summary->total);
        if (app->summary->total == 0 && app->query.length > 0 && app->hint[0] == '\0') {
            app_ask_hints(app);
        }
    }
}

/* "Without dur>250ms: 812. Without since:1h: 43. (u undo)" */
static void take_hint(struct app *app, const struct loader_answer *answer)
{
    const struct filter_node *terms[LOADER_HINTS_LARGEST];
    size_t count = query_terms(&app->filter, terms, ARRAY_LEN(terms));
    size_t used = 0;
    for (size_t i = 0; i < count && i < answer->count; i++) {
        char number[FORMAT_BYTES];
        if (answer->hints[i] <= 0 || used + terms[i]->length + 64 > sizeof(app->hint)) {
            continue;
        }
        struct text matches = format_count(number, answer->hints[i]);
        used += (size_t)snprintf(app->hint + used, sizeof(app->hint) - used,
                                 "Without %.*s: %.*s.  ", (int)terms[i]->length,
                                 app->filter.source.data + terms[i]->start, TEXT_ARGS(matches));
    }
    if (used > 0 && app->undo.at > 1) {
        snprintf(app->hint + used, sizeof(app->hint) - used, "(u undo)");
    }
}

static void take_size(struct app *app, const struct loader_answer *answer)
{
    if (answer->code != ERR_OK) {
        return;
    }
    bool first = app->size_known && app->size.traces == 0 && answer->size.traces > 0;
    app->size = answer->size;
    app->size_known = true;
    if (first) {
        if (!app->options->demo) {
            app_hint(app, "first trace received: Enter opens it");
        }
        app->summary_due = true;
        list_pane_reset(app->list, NULL);
    }
}

static void take_changed(struct app *app)
{
    list_pane_store_changed(app->list);
    app->summary_due = app->rows_due = app->size_due = true;
    app->groups_stale = app->groups_shown;
    if (app->options->counters == NULL) {
        return;
    }
    int64_t now_ns = clock_monotonic_ns();
    uint64_t received = atomic_load(&app->options->counters->received);
    if (app->received_ns != 0 && now_ns > app->received_ns) {
        app->spans_per_s = (int64_t)((double)(received - app->received) * 1e9 /
                                     (double)(now_ns - app->received_ns));
    }
    app->received = received;
    app->received_ns = now_ns;
}

static void take_rows(struct app *app, const struct loader_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct trace *open = waterfall_pane_trace(app->waterfall);
        app->trace_grew =
            app->trace_grew || (open != NULL && open->row.number == answer->rows[i].number &&
                                open->row.version != answer->rows[i].version);
        app->dirty = list_pane_update(app->list, &answer->rows[i]) || app->dirty;
    }
}

static void take_find(struct app *app, const struct loader_answer *answer)
{
    if (answer->code == ERR_OK) {
        app->opening = answer->number;
        app->trace_failed = 0;
    } else {
        app_say(app, "%s", answer->why.text);
    }
}

static void take_names(struct app *app, const struct loader_answer *answer)
{
    if (answer->code != ERR_OK) {
        return;
    }
    if (app->overlay == OVERLAY_FORM) {
        filter_form_give_services(app->form, answer->names, answer->count);
    } else {
        filter_bar_give_names(app->bar, answer->field, answer->names, answer->count);
    }
}

/* The preview goes along with a list that follows what comes in. */
static bool is_following_preview(const struct app *app, enum loader_kind kind)
{
    bool of_trace = kind == LOADER_TRACE || kind == LOADER_BODIES || kind == LOADER_EVENTS ||
                    kind == LOADER_BASELINES;
    return of_trace && app->view == VIEW_LIST && app->opening == 0 &&
           list_pane_moves_by_itself(app->list);
}

/* True of figures and rows that are there already and are only brought up to date. */
static bool comes_by_itself(const struct app *app, enum loader_kind kind)
{
    return kind == LOADER_ROWS || kind == LOADER_CHANGED ||
           (kind == LOADER_SIZE && app->size_known) ||
           (kind == LOADER_SUMMARY && app->summary != NULL && app->summary->done) ||
           (kind == LOADER_LIST && list_pane_is_refreshing(app->list)) ||
           is_following_preview(app, kind);
}

static void take_answer(struct app *app, struct loader_answer *answer)
{
    switch (answer->kind) {
    case LOADER_LIST:
        take_list(app, answer);
        break;
    case LOADER_ROWS:
        take_rows(app, answer);
        return; /* dirty only if a row differs */
    case LOADER_TRACE:
        app_trace_answer(app, answer);
        break;
    case LOADER_BODIES:
    case LOADER_EVENTS:
        app_bodies_answer(app, answer);
        break;
    case LOADER_FIND:
        take_find(app, answer);
        break;
    case LOADER_SUMMARY:
        take_summary(app, answer);
        break;
    case LOADER_NAMES:
        take_names(app, answer);
        break;
    case LOADER_HINT:
        take_hint(app, answer);
        break;
    case LOADER_SIZE:
        take_size(app, answer);
        break;
    case LOADER_JSON:
        app_take_json(app, answer);
        break;
    case LOADER_MAP:
        app_map_answer(app, answer);
        break;
    case LOADER_DIFF:
        app_diff_answer(app, answer);
        break;
    case LOADER_BASELINES:
        app_usual_answer(app, answer);
        break;
    case LOADER_GROUPS:
        app_groups_answer(app, answer);
        break;
    case LOADER_MATCHES:
        app_matches_answer(app, answer);
        break;
    case LOADER_WRITE:
        app_wrote(app, answer);
        break;
    case LOADER_KIND_COUNT: /* LOADER_CHANGED */
        take_changed(app);
        return;
    }
    app->dirty = true;
}

void app_take_answers(struct app *app)
{
    struct loader_answer *answer;
    while ((answer = loader_take(app->loader)) != NULL) {
        app->awaited = app->awaited || !comes_by_itself(app, answer->kind);
        take_answer(app, answer);
        loader_answer_free(answer);
    }
    app_ask_missing(app);
}
