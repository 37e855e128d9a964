/* app_state — what the parts of the app share; included by app*.c only. */
#ifndef TRACETUI_TUI_APP_STATE_H
#define TRACETUI_TUI_APP_STATE_H

#include "tui/app.h"
#include "tui/detail_pane.h"
#include "tui/diff_pane.h"
#include "tui/filter_bar.h"
#include "tui/filter_form.h"
#include "tui/flame_pane.h"
#include "tui/group_pane.h"
#include "tui/line_edit.h"
#include "tui/list_pane.h"
#include "tui/map_pane.h"
#include "tui/query_history.h"
#include "tui/saved_filters.h"
#include "tui/span_pane.h"
#include "tui/strip_cursor.h"
#include "tui/waterfall_pane.h"

enum { PREVIEW_SPANS_LARGEST = 20000, MESSAGE_BYTES = 512, APP_MARKS = 26 };

enum app_view { VIEW_LIST, VIEW_TRACE, VIEW_DIFF };
/* Through what an open trace is looked at. */
enum app_lens { LENS_WATERFALL, LENS_SPANS, LENS_FLAME };
enum app_overlay { OVERLAY_NONE, OVERLAY_HELP, OVERLAY_FORM, OVERLAY_STATUS, OVERLAY_COMMANDS };

/* What is typed into the last line. */
enum app_prompt { PROMPT_NONE, PROMPT_FIND, PROMPT_COMMAND, PROMPT_HELP, PROMPT_SAVE };

enum json_errand { JSON_COPY, JSON_PAGE, JSON_EDIT };

struct app {
    const struct app_options *options;
    struct loader *loader;
    int h, w;
    bool dirty, quit;
    bool awaited;             /* dirty, and somebody waits for it */
    struct app_status status; /* as the title shows it */
    int64_t cancelled_ns;     /* of the last ^C: twice in a second quits */
    char message[MESSAGE_BYTES];
    int64_t message_until_ns; /* 0 = until the next key */
    int64_t busy_ns;          /* since when questions are open, 0 = none are */
    bool slow;                /* they are open for so long that the screen says so */

    enum app_view view;
    enum key_scope focus;
    enum app_overlay overlay;
    int help_page;
    bool maximised, preview, header, mouse;
    bool beside; /* the details stand right of the waterfall */
    struct key_state keys;
    bool pasting; /* between the marks of a bracketed paste */
    const struct keymap *keymap;

    /* the query */
    struct filter filter;     /* of the rows shown */
    struct text_buffer query; /* its text */
    struct filter_bar *bar;
    struct filter_form *form;
    struct query_history history;
    struct query_undo undo;
    /* the table (groups or map) whose row gave the last term, and the query that came of it */
    enum key_scope table;
    struct text_buffer table_query;
    struct saved_filters saved;
    int64_t marks[APP_MARKS];    /* numbers of traces; 0 = not set */
    int64_t jumped_from;         /* the trace before the last jump */
    struct list_place place;     /* where the user was before typing */
    struct text_buffer previous; /* the query before typing */
    bool preview_due;            /* typed text waits to be tried */
    int64_t preview_ns;
    char hint[256]; /* what to leave out when nothing matches */

    /* the list */
    struct list_pane *list;
    int64_t resume_number;   /* the selected trace when following was paused, 0 = it was not */
    struct summary *summary; /* NULL = not known yet */
    int64_t scanned, list_scanned; /* traces looked at for the figures, for the rows */
    bool partial;                  /* the user stopped it: not all rows or figures came */
    int64_t summary_took_ns;
    bool summary_due, size_due, rows_due;
    int64_t summary_ns; /* not before: a slow summary is not made again and again */
    struct store_size size;
    bool size_known;
    int64_t started_ns;

    /* the strip above it */
    struct strip_cursor strip;
    bool dragging; /* the mouse is pressed in it */

    /* the table of groups that may stand in the list's place */
    struct group_pane *groups;
    bool groups_shown, groups_due, groups_stale;
    int64_t groups_ns; /* not before: as for the summary */

    /* the service map that may stand there, too */
    struct map_pane *map;
    bool map_shown, map_due;

    /* the diff of two traces; a trace opened from it leads back to it */
    struct diff_pane *diff;
    int64_t diff_a, diff_b; /* their numbers */
    int64_t marked[2];      /* the trace marked last, and the one before */
    enum app_view diff_from;
    bool back_to_diff;
    uint32_t select_span; /* when the trace being opened is there; UINT32_MAX = none */

    /* the trace */
    enum app_lens lens;
    struct span_pane *spans;
    struct flame_pane *flame;
    struct waterfall_pane *waterfall;
    struct detail_pane *details;
    int64_t trace_asked; /* number being loaded, 0 = none */
    int64_t trace_failed;
    int64_t trace_ns;     /* when the open one was loaded last */
    struct id link_span;  /* to be gone to in the trace being opened; ID_NONE = none */
    bool trace_grew;      /* the open trace is not in the list, and has changed */
    int64_t usual_asked;  /* number of the trace */
    struct filter wanted; /* of the spans looked for in it */
    bool says_found;      /* no key since: the message line follows how many there are */
    int64_t body_asked, body_shown;
    int waterfall_h; /* that the open trace takes at most */
    int64_t measured_number;
    enum app_view measured_view;
    int64_t telling_body; /* whose message the line holds: of the span named in the preview */
    struct text_buffer telling_message;
    int64_t passing_number;   /* the row that the cursor came to last */
    int64_t rest_ns;          /* its preview waits until then, 0 = it does not */
    const char *opening_span; /* to select there, NULL = the first one */
    int64_t opening;          /* switch to the trace view when this number is there */

    enum json_errand json_errand; /* why the JSON of a trace was asked for */
    char write_path[4096];

    /* texts of dividers, kept ready for drawing */
    struct text_buffer critical, waterfall_status;
    int64_t second_ns; /* when running spans grow next */

    enum app_prompt prompt;
    struct line_edit prompt_edit;

    uint64_t refused;   /* said so far */
    int64_t counted_ns; /* when the counters are looked at next */

    /* the rate of arrival */
    uint64_t received;
    int64_t received_ns;
    int64_t spans_per_s;
};

/* Nothing is stored and nothing is asked for: the first screen. */
bool app_is_waiting_for_first_span(const struct app *app);
/* The opened trace, else the selected one; NULL = none. */
const struct trace_row *app_current_row(const struct app *app);

/* One line for the user, until the next key. */
void app_say(struct app *app, const char *format, ...) PRINTF_LIKE(2);
/* A tip: goes away by itself after a few seconds. */
void app_hint(struct app *app, const char *format, ...) PRINTF_LIKE(2);

/* Every question that the state of the panes calls for; called after anything happened. */
void app_ask_missing(struct app *app);

/* ---- app_query.c: the query and what is asked because of it ---- */

/* Shows the traces of that query. False if it does not parse (the bar then says why). */
bool app_set_query(struct app *app, struct text text, const struct list_place *place);
/* The same, and remembers it for undo and history. */
bool app_commit_query(struct app *app, struct text text);
/* The query with one more term. */
bool app_commit_term(struct app *app, struct text term);
/* The traces of a row of the groups or the map: a level below it, as long as the query stays. */
void app_commit_row(struct app *app, struct text term, enum key_scope table);
bool app_is_below_table(const struct app *app);
/* Back to that table, with the query it was made of; false if the list is no level below one. */
bool app_leave_row(struct app *app);
void app_ask_summary(struct app *app);
void app_bar_key(struct app *app, uint32_t key);
void app_form_key(struct app *app, uint32_t key);
void app_open_bar(struct app *app);
void app_undo(struct app *app, bool redo);
/* Rows keep still while a trace or the bar is open; afterwards the list follows again if it did
 * before and nobody moved in it. */
void app_pause_list(struct app *app);
void app_resume_list(struct app *app);
/* i and x: a term for what the cursor is on. */
void app_include(struct app *app, bool exclude);
/* + - H L 0 . on the list change since: and until:. False if the action is none of them. */
bool app_zoom_time(struct app *app, enum action action, int count);
void app_ask_hints(struct app *app);

/* Only traces that started in that range; exclude: only others. */
void app_commit_range(struct app *app, int64_t from_ns, int64_t to_ns, bool exclude);

/* ---- app_strip.c: the cursor in the strip above the list ---- */

bool app_strip_is_usable(const struct app *app);
void app_open_strip(struct app *app);
/* Drops the range first, then goes to what stands below; false if the cursor is not in the strip.
 */
bool app_leave_strip(struct app *app);
/* False if the cursor is not there or the action means nothing there. */
bool app_act_strip(struct app *app, enum action action, int count);
bool app_press_strip(struct app *app, int y, int x);

/* ---- app_groups.c: figures by operation, user ... in the place of the list ---- */

void app_show_groups(struct app *app, enum group_by by);
/* When the figures are to be made anew; INT64_MAX = not before something happens. */
int64_t app_tick_groups(struct app *app, int64_t now_ns);
/* Back to the list; false if it is there already. */
bool app_leave_groups(struct app *app);
/* Only the traces of the selected group. */
void app_open_group(struct app *app);
void app_groups_answer(struct app *app, struct loader_answer *answer);
/* The figures are added up anew where they are on the screen. */
void app_want_groups(struct app *app);

/* ---- app_map.c: who calls whom, in the place of the list ---- */

void app_show_map(struct app *app);
bool app_leave_map(struct app *app);
/* Only the traces of the selected call. */
void app_open_call(struct app *app);
void app_want_map(struct app *app);
void app_map_answer(struct app *app, struct loader_answer *answer);

/* ---- app_diff.c: two traces side by side ---- */

/* The marked trace against the current one, or against the one marked before. */
void app_diff_marked(struct app *app);
void app_show_diff(struct app *app, int64_t a, int64_t b);
bool app_leave_diff(struct app *app);
/* Opens A or B at the selected span. */
void app_open_side(struct app *app, bool b);
void app_open_differing(struct app *app);
void app_diff_answer(struct app *app, struct loader_answer *answer);

/* ---- app_lens.c: other looks at the open trace ---- */

void app_set_lens(struct app *app, enum app_lens lens);
/* What the cursor is on, in the waterfall. */
void app_open_hottest(struct app *app);
/* The trace has grown, or is another one; to be called while the one before is still there. */
void app_refresh_lens(struct app *app, const struct trace *trace);
/* False if the trace is not looked at through one. */
bool app_draw_lens(const struct app *app, struct canvas *canvas, struct rect area);

/* ---- app_trace.c: the opened trace ---- */

/* The span that explains the trace best: its first own error, else the one with most self time;
 * NULL if there is none. */
const struct trace_span *app_telling_span(const struct trace *trace);
void app_want_trace(struct app *app);
void app_want_bodies(struct app *app);
void app_want_usual(struct app *app);
void app_usual_answer(struct app *app, const struct loader_answer *answer);
void app_open_trace(struct app *app);
void app_close_trace(struct app *app);
/* Reads the open trace again. */
void app_reload_trace(struct app *app);
/* Opens the trace of the link under the cursor of the details. */
void app_follow_link(struct app *app);
void app_step_trace(struct app *app, int step, int count);
void app_trace_answer(struct app *app, struct loader_answer *answer);
void app_bodies_answer(struct app *app, const struct loader_answer *answer);

/* ---- app_find.c: spans that are looked for in the opened trace ---- */

void app_find_spans(struct app *app, struct text text);
/* Those for which the query found the trace. */
void app_find_query(struct app *app);
void app_end_find(struct app *app);
void app_want_matches(struct app *app);
void app_matches_answer(struct app *app, const struct loader_answer *answer);
void app_say_found(struct app *app, size_t found);

/* ---- app_act.c, app_command.c, app_take.c ---- */

/* False if the action means nothing here. */
bool app_act(struct app *app, enum action action, int count);
void app_command(struct app *app, struct text line);
void app_prompt_key(struct app *app, uint32_t key);
void app_open_prompt(struct app *app, enum app_prompt prompt);
void app_save_filter(struct app *app, struct text name, struct text query);
/* What is to be done with the JSON of a trace when it is there. */
void app_take_json(struct app *app, const struct loader_answer *answer);
/* The open trace, or the matching traces, as a file. */
void app_write_view(struct app *app, struct text path);
void app_wrote(struct app *app, const struct loader_answer *answer);
/* Copy, page and edit; false if the action is none of them. */
bool app_take_away(struct app *app, enum action action);

/* ---- app_titles.c: lines of words between the panes ---- */

void app_draw_preview_line(const struct app *app, struct canvas *canvas, struct rect area);
void app_draw_trace_title(const struct app *app, struct canvas *canvas, struct rect area);
void app_draw_waterfall_title(const struct app *app, struct canvas *canvas, struct rect area);
void app_draw_message(const struct app *app, struct canvas *canvas, struct rect area);

/* ---- app_status.c: the receiver's counters ---- */

void app_show_status(struct app *app);
void app_draw_status(const struct app *app, struct canvas *canvas, struct rect area);
/* Asks who receives and what is wrong; redraws when that has changed. */
void app_check_status(struct app *app);

/* Where spans are received over HTTP, here or by another process: "http://127.0.0.1:4318"; "" =
 * nobody is known to. */
const char *app_address(const struct app *app);
/* Says what was refused since the last call; returns when to look again. */
int64_t app_tick_counters(struct app *app, int64_t now_ns);
/* A frame over the screen with a title; returns the area inside. */
struct rect app_draw_frame(struct canvas *canvas, struct rect area, const char *title);
/* The commands behind the colon. */
void app_draw_commands(struct canvas *canvas, struct rect area);

/* ---- app_layout.c ---- */

struct app_layout {
    struct rect title, bar, heat, stats, list, divider, waterfall, waterfall_title, details, footer,
        trace_title;
};
struct app_layout app_layout(const struct app *app);
void app_layout_panes(struct app *app);
/* Looks how many rows the open trace takes; true if the panes are to be laid out anew. */
bool app_measure(struct app *app);

#endif
