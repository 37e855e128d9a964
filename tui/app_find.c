/* app_find — spans that are looked for in the open trace: by hand, or because the query was about
 * them. */
#include "store/base/clock.h"
#include "store/filter_spans.h"
#include "tui/app_state.h"

void app_say_found(struct app *app, size_t found)
{
    if (found == 0) {
        app_say(app, "no match");
    } else {
        app_say(app, "%zu match%s (n N)", found, found == 1 ? "" : "es");
    }
}

static void begin(struct app *app)
{
    loader_forget(app->loader, LOADER_MATCHES); /* it looked for something else */
    filter_clear(&app->wanted);
    app->says_found = true;
}

void app_find_spans(struct app *app, struct text text)
{
    size_t found = waterfall_pane_find(app->waterfall, text);
    begin(app);
    filter_of_text(text, &app->wanted);
    if (found > 0) {
        app_say_found(app, found);
    } else if (waterfall_pane_is_finding(app->waterfall)) {
        app_say(app, "in no name, looking through the attributes");
    }
}

/* A query that is about no span leaves alone what is looked for by hand. */
void app_find_query(struct app *app)
{
    struct filter wanted = {0};
    filter_of_spans(&app->filter, &wanted);
    if (wanted.root != NULL) {
        begin(app);
        app->wanted = wanted;
        waterfall_pane_find_query(app->waterfall);
    } else {
        filter_clear(&wanted);
        if (waterfall_pane_finds_query(app->waterfall)) {
            app_end_find(app);
        }
    }
}

void app_end_find(struct app *app)
{
    waterfall_pane_find(app->waterfall, TEXT(""));
}

/* A trace that grows is looked through again, but not before that has come to its end. */
void app_want_matches(struct app *app)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    if (trace == NULL || !waterfall_pane_is_finding(app->waterfall)) {
        loader_forget(app->loader, LOADER_MATCHES);
    } else if (waterfall_pane_wants_matches(app->waterfall) &&
               !loader_is_asking(app->loader, LOADER_MATCHES)) {
        loader_ask_matches(app->loader, trace->row.number, &app->wanted, clock_now_ns());
        waterfall_pane_asked_matches(app->waterfall);
    }
}

/* Where the last thing done was to look for it, how many there are is worth a line. */
static void say_matches(struct app *app, size_t found, bool last)
{
    const char *plural = found == 1 ? "" : "es";
    if (waterfall_pane_finds_query(app->waterfall)) {
        if (last && found > 0 && app->message[0] == '\0') {
            app_say(app, "%zu span%s the query (n N)", found, found == 1 ? " matches" : "s match");
        }
    } else if (last) {
        app_say_found(app, found);
    } else if (found > 0) {
        app_say(app, "%zu match%s so far (n N)", found, plural);
    }
}

void app_matches_answer(struct app *app, const struct loader_answer *answer)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    if (trace == NULL || trace->row.number != answer->number) {
        return;
    }
    size_t found = waterfall_pane_give_matches(app->waterfall, answer->found.bodies,
                                               answer->found.count, answer->last);
    if (app->says_found) {
        say_matches(app, found, answer->last);
    }
}
