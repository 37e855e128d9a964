/* app_query — the query: typed, tried, committed, undone; and the questions that follow from it. */
#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"
#include "tui/app_state.h"
#include "tui/heat_strip.h"
#include "tui/list_term.h"
#include "tui/query_edit.h"

#define PREVIEW_DELAY_NS (120 * NS_PER_MS)

void app_ask_summary(struct app *app)
{
    struct summary_question question = {
        .filter = &app->filter,
        .now_ns = clock_now_ns(),
        .buckets = heat_strip_buckets(app->w),
    };
    app->summary_due = false;
    loader_ask_summary(app->loader, &question);
}

bool app_set_query(struct app *app, struct text text, const struct list_place *place)
{
    struct filter filter = {0};
    struct filter_error error = {0};
    if (filter_parse(text, &filter, &error) != ERR_OK) {
        filter_bar_set_error(app->bar, &error);
        app->dirty = true;
        return false;
    }
    filter_bar_set_error(app->bar, NULL);
    filter_clear(&app->filter);
    app->filter = filter;
    /* The text may be the buffer's own. */
    struct text_buffer copy = {0};
    text_append(&copy, text);
    text_buffer_free(&app->query);
    app->query = copy;
    list_pane_set_limit(app->list, app->filter.limit);
    list_pane_reset(app->list, place);
    free(app->summary);
    app->summary = NULL;
    app->hint[0] = '\0';
    app->trace_failed = 0;
    app->partial = false;
    app->scanned = app->list_scanned = 0;
    loader_forget(app->loader, LOADER_HINT);
    app_ask_summary(app);
    if (app->groups_shown) {
        group_pane_await(app->groups, group_pane_by(app->groups));
        app->groups_due = true;
        loader_forget(app->loader, LOADER_GROUPS);
    }
    if (app->map_shown) {
        map_pane_await(app->map, 0);
        app->map_due = true;
        loader_forget(app->loader, LOADER_MAP);
    }
    app->dirty = true;
    return true;
}

bool app_commit_query(struct app *app, struct text text)
{
    if (!app_set_query(app, text, NULL)) {
        return false;
    }
    query_undo_add(&app->undo, text_buffer_text(&app->query));
    query_history_add(&app->history, text_buffer_text(&app->query));
    filter_bar_set_text(app->bar, text_buffer_text(&app->query));
    return true;
}

/* In an open trace the query is out of sight. */
static void tell_query(struct app *app)
{
    struct text query = text_buffer_text(&app->query);
    if (app->view != VIEW_LIST) {
        app_say(app, "the traces now: %.*s",
                TEXT_ARGS(query.length > 0 ? query : TEXT("all of them")));
    }
}

void app_undo(struct app *app, bool redo)
{
    const char *text = redo ? query_undo_forward(&app->undo) : query_undo_back(&app->undo);
    if (text == NULL) {
        app_say(app, redo ? "nothing to redo" : "nothing to undo");
        return;
    }
    filter_bar_set_text(app->bar, text_from(text));
    app_set_query(app, text_from(text), NULL);
    tell_query(app);
}

/* ---- the bar -------------------------------------------------------------------------------- */

void app_open_bar(struct app *app)
{
    app->place = list_pane_place(app->list);
    text_buffer_clear(&app->previous);
    text_append(&app->previous, text_buffer_text(&app->query));
    app_pause_list(app);
    filter_bar_open(app->bar);
    app->dirty = true;
}

/* What the list was paused for is over: it goes on following, if nobody moved in it. */
void app_resume_list(struct app *app)
{
    const struct trace_row *row = list_pane_selected(app->list);
    if (app->resume_number != 0 && row != NULL && row->number == app->resume_number) {
        list_pane_resume(app->list);
    }
    app->resume_number = 0;
}

void app_pause_list(struct app *app)
{
    const struct trace_row *row = list_pane_selected(app->list);
    bool following = list_pane_is_following(app->list) && row != NULL;
    app->resume_number = following ? row->number : 0;
    list_pane_pause(app->list);
}

static void leave_bar(struct app *app)
{
    app->preview_due = false;
    loader_forget(app->loader, LOADER_NAMES);
    filter_bar_close(app->bar);
}

static void restore_query(struct app *app)
{
    leave_bar(app);
    filter_bar_set_text(app->bar, text_buffer_text(&app->previous));
    bool changed = !text_equals(text_buffer_text(&app->previous), text_buffer_text(&app->query));
    if (changed) {
        struct text_buffer previous = {0};
        text_append(&previous, text_buffer_text(&app->previous));
        app_set_query(app, text_buffer_text(&previous), &app->place);
        text_buffer_free(&previous);
        app->resume_number = 0;
    }
    app_resume_list(app);
    filter_bar_set_error(app->bar, NULL);
}

void app_bar_key(struct app *app, uint32_t key)
{
    app->dirty = true;
    switch (filter_bar_key(app->bar, key)) {
    case FILTER_BAR_IGNORED:
        break;
    case FILTER_BAR_CHANGED:
        app->preview_due = true;
        app->preview_ns = clock_monotonic_ns() + PREVIEW_DELAY_NS;
        break;
    case FILTER_BAR_SUBMIT: {
        struct text_buffer text = {0};
        text_append(&text, filter_bar_text(app->bar));
        if (app_commit_query(app, text_buffer_text(&text))) {
            leave_bar(app);
        }
        text_buffer_free(&text);
        break;
    }
    case FILTER_BAR_CANCEL:
        restore_query(app);
        break;
    }
    enum filter_field field;
    struct text part;
    if (filter_bar_wants_names(app->bar, &field, &part)) {
        loader_ask_names(app->loader, field, part, FILTER_BAR_CHOICES);
    }
}

/* ---- the form ------------------------------------------------------------------------------- */

void app_form_key(struct app *app, uint32_t key)
{
    app->dirty = true;
    switch (filter_form_key(app->form, key)) {
    case FILTER_FORM_IGNORED:
    case FILTER_FORM_CHANGED:
        break;
    case FILTER_FORM_CANCEL:
        app->overlay = OVERLAY_NONE;
        break;
    case FILTER_FORM_SAVE:
        app_open_prompt(app, PROMPT_SAVE);
        break;
    case FILTER_FORM_APPLY: {
        struct text_buffer text = {0};
        filter_form_print(app->form, &text);
        if (app_commit_query(app, text_buffer_text(&text))) {
            app->overlay = OVERLAY_NONE;
        } else {
            filter_bar_set_error(app->bar, NULL); /* the form says itself what is wrong */
        }
        text_buffer_free(&text);
        break;
    }
    }
}

/* ---- terms from the cursor ------------------------------------------------------------------ */

bool app_commit_term(struct app *app, struct text term)
{
    struct text_buffer text = {0};
    query_with(&app->filter, term, &text);
    bool committed = app_commit_query(app, text_buffer_text(&text));
    if (!committed) {
        filter_bar_set_text(app->bar, text_buffer_text(&app->query));
        filter_bar_set_error(app->bar, NULL);
        app_say(app, "cannot make a term of this value");
    } else {
        app_say(app, "query: %.*s", TEXT_ARGS(text_buffer_text(&app->query)));
    }
    text_buffer_free(&text);
    return committed;
}

void app_commit_row(struct app *app, struct text term, enum key_scope table)
{
    text_buffer_clear(&app->table_query);
    if (app_commit_term(app, term)) {
        app->table = table;
        text_append(&app->table_query, text_buffer_text(&app->query));
    }
}

bool app_is_below_table(const struct app *app)
{
    return app->table_query.length > 0 &&
           text_equals(text_buffer_text(&app->table_query), text_buffer_text(&app->query));
}

bool app_leave_row(struct app *app)
{
    if (!app_is_below_table(app)) {
        return false;
    }
    text_buffer_clear(&app->table_query);
    app_undo(app, false);
    if (app->table == KEYS_MAP) {
        app_show_map(app);
    } else {
        app_show_groups(app, group_pane_by(app->groups));
    }
    return true;
}

void app_include(struct app *app, bool exclude)
{
    struct text_buffer term = {0};
    const struct trace_row *row = list_pane_selected(app->list);
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    const struct trace_span *span = waterfall_pane_selected(app->waterfall);
    if (exclude) {
        text_append_char(&term, '-');
    }
    size_t empty = term.length;
    if (app->focus == KEYS_LIST && row != NULL) {
        list_term_append(row, list_pane_column(app->list), &term);
    } else if (app->focus == KEYS_GROUPS) {
        group_pane_term(app->groups, &term);
    } else if (app->focus == KEYS_DETAILS) {
        detail_pane_term(app->details, &term);
    } else if (app->focus == KEYS_WATERFALL && trace != NULL && span != NULL) {
        text_append_cstr(&term, "span:=");
        query_append_value(&term, trace_span_name(trace, span));
    }
    if (term.length > empty) {
        app_commit_term(app, text_buffer_text(&term));
        tell_query(app);
    } else {
        app_say(app, "nothing to filter by here");
    }
    text_buffer_free(&term);
}

/* ---- the window of time --------------------------------------------------------------------- */

static const enum filter_field time_fields[] = {FIELD_SINCE, FIELD_UNTIL, FIELD_AT};

void app_commit_range(struct app *app, int64_t from_ns, int64_t to_ns, bool exclude)
{
    struct text_buffer text = {0};
    struct text_buffer range = {0};
    text_append_cstr(&range, exclude ? "-(since:" : "since:");
    query_append_time(&range, from_ns > 0 ? from_ns : 0);
    if (exclude || to_ns < clock_now_ns()) { /* a range up to now stays open */
        text_append_cstr(&range, " until:");
        query_append_time(&range, to_ns);
    }
    if (exclude) {
        text_append_char(&range, ')');
        query_with(&app->filter, text_buffer_text(&range), &text);
    } else {
        query_without_fields(&app->filter, time_fields, ARRAY_LEN(time_fields), &text);
        if (text.length > 0) {
            text_append_char(&text, ' ');
        }
        text_append(&text, text_buffer_text(&range));
    }
    app_commit_query(app, text_buffer_text(&text));
    text_buffer_free(&text);
    text_buffer_free(&range);
}

/* The window never reaches beyond now: nothing can have started there. */
static void commit_window(struct app *app, int64_t from_ns, int64_t to_ns)
{
    int64_t beyond_ns = to_ns - clock_now_ns();
    if (beyond_ns > 0) {
        from_ns -= beyond_ns;
        to_ns -= beyond_ns;
    }
    app_commit_range(app, from_ns, to_ns, false);
}

static void fit_all(struct app *app)
{
    struct text_buffer text = {0};
    query_without_fields(&app->filter, time_fields, ARRAY_LEN(time_fields), &text);
    app_commit_query(app, text_buffer_text(&text));
    text_buffer_free(&text);
}

bool app_zoom_time(struct app *app, enum action action, int count)
{
    const struct trace_row *row = list_pane_selected(app->list);
    const struct summary *summary = app->summary;
    bool in_strip = app->focus == KEYS_STRIP;
    if (action == ACTION_FIT) {
        fit_all(app);
        return true;
    }
    bool known = summary != NULL && summary->buckets > 0 && summary->bucket_ns > 0;
    if (!known || (row == NULL && !in_strip)) {
        return false;
    }
    int64_t from_ns = summary->from_ns;
    int64_t width_ns = summary->bucket_ns * (int64_t)summary->buckets;
    int64_t centre_ns = in_strip ? app->strip.at_ns : row->start_ns;
    int times = count < 20 ? count : 20;
    switch ((int)action) {
    case ACTION_ZOOM_IN:
        width_ns >>= times;
        width_ns = width_ns > NS_PER_S ? width_ns : NS_PER_S;
        commit_window(app, centre_ns - width_ns / 2, centre_ns + width_ns / 2);
        return true;
    case ACTION_ZOOM_OUT:
        for (int i = 0; i < times && width_ns < 3650 * NS_PER_DAY; i++) {
            width_ns *= 2;
        }
        commit_window(app, centre_ns - width_ns / 2, centre_ns + width_ns / 2);
        return true;
    case ACTION_PAN_LEFT:
        commit_window(app, from_ns - width_ns / 4 * times,
                      from_ns + width_ns - width_ns / 4 * times);
        return true;
    case ACTION_PAN_RIGHT:
        commit_window(app, from_ns + width_ns / 4 * times,
                      from_ns + width_ns + width_ns / 4 * times);
        return true;
    case ACTION_FIT_ROW:
        commit_window(app, centre_ns - 30 * NS_PER_S, centre_ns + 30 * NS_PER_S);
        return true;
    }
    return false;
}

/* ---- nothing matches ------------------------------------------------------------------------ */

/* Counts what would match without each of the first terms. */
void app_ask_hints(struct app *app)
{
    const struct filter_node *terms[QUERY_TERMS_LARGEST];
    struct filter filters[LOADER_HINTS_LARGEST] = {0};
    size_t count = query_terms(&app->filter, terms, LOADER_HINTS_LARGEST);
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        struct text_buffer text = {0};
        struct filter_error error;
        query_without(&app->filter, &terms[i], 1, &text);
        /* A filter that does not parse cannot come from one that did; then no hint is given. */
        if (filter_parse(text_buffer_text(&text), &filters[made], &error) == ERR_OK) {
            made++;
        }
        text_buffer_free(&text);
    }
    if (made == count && count > 0) {
        loader_ask_hint(app->loader, filters, made, clock_now_ns());
    }
    for (size_t i = 0; i < made; i++) {
        filter_clear(&filters[i]);
    }
}
