/* app — what is on the screen and what keys do; knows the loader and the panes, but no terminal.
 *
 *     struct app *app = app_new(&options, loader);
 *     app_resize(app, 24, 80);
 *     app_key(app, 'j');
 *     app_take_answers(app);             // after the loader woke us
 *     next_ns = app_tick(app);           // what is due by now; when to call again
 *     if (app_is_dirty(app)) { app_draw(app, &canvas); }
 *
 * Thread: ui. */
#ifndef TRACETUI_TUI_APP_H
#define TRACETUI_TUI_APP_H

#include "store/counters.h"
#include "tui/canvas.h"
#include "tui/keys.h"
#include "tui/loader.h"

struct app;

/* What the app cannot do without a terminal. Each may be NULL. message: one line for the user. */
struct app_host {
    void (*copy)(struct text text, struct err_msg *message, void *ctx);
    void (*page)(struct text text, bool editor, struct err_msg *message, void *ctx);
    void (*suspend)(void *ctx);
    void (*redraw)(void *ctx);
    enum err (*set_theme)(const char *name, void *ctx);
    void (*set_mouse)(bool on, void *ctx);
    void *ctx;
};

/* How the rest of the program is; asked when something happened. */
struct app_status {
    char problem[256]; /* "disk full: ..."; empty = all is well */
    char role[128];    /* "read-only: ingest by pid 812"; empty = this process receives */
    char address[80];  /* of the process that receives, if another one does and it is known */
    bool no_receiver;  /* nor does any other: nothing can come in */
};

struct app_options {
    const char *db_path;
    bool db_given;         /* not the usual one: commands that are copied name it */
    const char *open;      /* trace to open at the start, NULL = none */
    const char *open_span; /* span of it to select, NULL = none */
    const char *query;     /* to start with; may be NULL */
    const char *host_name;
    const char *history_path;  /* NULL = keep no history */
    const char *columns_path;  /* of the list, as they were chosen last; NULL = not kept */
    const char *filters_path;  /* of saved filters; NULL = none */
    const struct keymap *keys; /* NULL = the standard ones */
    bool ascii, live, demo;
    bool screen_reader;        /* words in the place of lines and bars, one pane at a time */
    int64_t preview_delay_ns;  /* how long the cursor rests before its trace is drawn below */
    struct counters *counters; /* of the receiver in this process; NULL for a viewer */
    void (*status)(struct app_status *ret_status, void *ctx); /* may be NULL */
    void *status_ctx;
    const char *address;         /* where the receiver listens: "http://127.0.0.1:4318", or NULL */
    const char *address_problem; /* why an address could not be had, or NULL */
    struct app_host host;
};

/* Owns: everything in options stays with the caller and must outlive the app, as must the loader.
 */
struct app *app_new(const struct app_options *options, struct loader *loader);
/* This process has become the receiver, or a viewer again: counters and address in the options have
 * changed. */
void app_tell_receiver(struct app *app);
void app_free(struct app *app);

void app_resize(struct app *app, int h, int w);
/* A rune or a code of keys.h. */
void app_key(struct app *app, uint32_t key);
/* The mouse: a press at a place, its end at another, a turn of the wheel. */
void app_click(struct app *app, int y, int x);
void app_release(struct app *app, int y, int x);
void app_wheel(struct app *app, int rows);
void app_take_answers(struct app *app);
/* Monotonic time when it wants to be called again; INT64_MAX = not before something happens. */
int64_t app_tick(struct app *app);

bool app_is_dirty(const struct app *app);
/* True of a list without a row to stand on. */
bool app_shows_nothing(const struct app *app);
/* What changed since it was drawn last is an answer to what the user did; else it came by itself.
 */
bool app_is_awaited(const struct app *app);
void app_draw(struct app *app, struct canvas *canvas);
bool app_wants_quit(const struct app *app);
/* True when no question is open and nothing is due: what is drawn stays as it is. */
bool app_is_settled(const struct app *app);

#endif
