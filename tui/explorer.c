/* explorer — the program on the screen: terminal, query thread and app, until the user quits.
 *
 * The loop: sleep until a key, an answer or a moment; drain all keys and all answers; draw once.
 * What nobody typed for is drawn at most four times a second, and the less often the more of the
 * screen it changes: a slow link must stay free for the keys. */
#include "tui/explorer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tui/clipboard.h"
#include "tui/config.h"
#include "tui/json_indent.h"
#include "tui/keys.h"
#include "tui/loop.h"
#include "tui/query_history.h"
#include "tui/saved_filters.h"
#include "tui/theme.h"

#define UNASKED_FRAME_NS (250 * NS_PER_MS)
#define ASKED_NS         NS_PER_S
/* A screen reader reads aloud what changes: the one line that does so by itself waits. */
#define UNASKED_WORDS_NS (5 * NS_PER_S)
/* The first frame waits so long for the first answers: an empty screen would be sent in vain. */
#define FIRST_FRAME_NS  (60 * NS_PER_MS)
#define READY_WITHIN_NS (10 * NS_PER_S)

enum {
    PATH_BYTES = 4096,
    HOST_BYTES = 64,
    WHEEL_ROWS = 3,
    CELL_BYTES = 2,             /* what a changed cell costs on average, colours included */
    UNASKED_BYTES_PER_S = 6000, /* by that estimate; some 6,600 in truth */
};

/* ---- the writer's side ---------------------------------------------------------------------- */

void explorer_wake_init(struct explorer_wake *wake)
{
    *wake = (struct explorer_wake){.loader = NULL};
    pthread_mutex_init(&wake->lock, NULL);
}

void explorer_wake_clear(struct explorer_wake *wake)
{
    pthread_mutex_destroy(&wake->lock);
}

/* The lock is held across the nudge so that the loader cannot go away meanwhile; it waits for
 * nothing. */
void explorer_nudge(void *ctx)
{
    struct explorer_wake *wake = ctx;
    pthread_mutex_lock(&wake->lock);
    if (wake->loader != NULL) {
        loader_nudge(wake->loader);
    }
    pthread_mutex_unlock(&wake->lock);
}

void explorer_ask_receiver(void *ctx)
{
    struct explorer_wake *wake = ctx;
    pthread_mutex_lock(&wake->lock);
    if (wake->waker != NULL) {
        waker_wake(wake->waker);
    }
    pthread_mutex_unlock(&wake->lock);
}

static void set_wake(struct explorer_wake *wake, struct loader *loader, const struct waker *waker)
{
    if (wake != NULL) {
        pthread_mutex_lock(&wake->lock);
        wake->loader = loader;
        wake->waker = waker;
        pthread_mutex_unlock(&wake->lock);
    }
}

static void wake_loop(void *ctx)
{
    waker_wake(ctx);
}

/* ---- what the app cannot do without a terminal ----------------------------------------------- */

static void host_copy(struct text text, struct err_msg *message, void *ctx)
{
    (void)ctx;
    /* On failure the message says so. */
    enum err code = clipboard_copy(text, message);
    (void)code;
}

static bool write_all(int fd, struct text text)
{
    size_t done = 0;
    while (done < text.length) {
        ssize_t n = write(fd, text.data + done, text.length - done);
        if (n <= 0) {
            return false;
        }
        done += (size_t)n;
    }
    return true;
}

/* Shows JSON. $PAGER and $EDITOR may hold arguments: the shell splits them, as everywhere. */
static void host_page(struct text text, bool editor, struct err_msg *message, void *ctx)
{
    (void)ctx;
    const char *folder = getenv("TMPDIR");
    char path[PATH_BYTES];
    int length =
        snprintf(path, sizeof(path), "%s/tracetui-XXXXXX.json", folder != NULL ? folder : "/tmp");
    int fd = length > 0 && (size_t)length < sizeof(path) ? mkostemps(path, 5, O_CLOEXEC) : -1;
    if (fd < 0) {
        err_set(message, ERR_IO, "cannot make a temporary file");
        return;
    }
    struct text_buffer indented = {0};
    struct text_buffer harmless = {0};
    json_indent(text, &indented);
    struct text rest = text_buffer_text(&indented);
    while (rest.length > 0) {
        size_t line = 0;
        while (line < rest.length && rest.data[line] != '\n') {
            line++;
        }
        canvas_sanitise(text_make(rest.data, line), &harmless);
        text_append_char(&harmless, '\n');
        size_t used = line < rest.length ? line + 1 : line;
        rest = text_make(rest.data + used, rest.length - used);
    }
    bool written = write_all(fd, text_buffer_text(&harmless));
    text_buffer_free(&harmless);
    text_buffer_free(&indented);
    close(fd);
    char shell[] = "sh";
    char option[] = "-c";
    char pager[] = "${PAGER:-less -R} \"$1\"";
    char visual[] = "${VISUAL:-${EDITOR:-vi}} \"$1\"";
    char *const argv[] = {shell, option, editor ? visual : pager, shell, path, NULL};
    if (!written) {
        err_set(message, ERR_IO, "cannot write %s", path);
    } else if (screen_run(argv, message) == ERR_OK) {
        message->text[0] = '\0';
    }
    unlink(path);
}

static void host_suspend(void *ctx)
{
    (void)ctx;
    screen_suspend();
}

static void host_redraw(void *ctx)
{
    (void)ctx;
    screen_redraw();
}

static enum err host_set_theme(const char *name, void *ctx)
{
    (void)ctx;
    const struct theme *theme;
    enum err code = theme_parse(text_from(name), &theme, NULL);
    if (code == ERR_OK) {
        screen_set_theme(theme);
    }
    return code;
}

static void host_set_mouse(bool on, void *ctx)
{
    (void)ctx;
    screen_set_mouse(on);
}

/* ---- the loop ------------------------------------------------------------------------------- */

struct explorer {
    const struct explorer_options *options;
    struct waker waker;
    struct loader *loader;
    struct app_options app_options;
    struct app *app;
    struct canvas canvas, shown;
    bool sync;
    unsigned frames;         /* settled ones, for sync */
    bool said_settled;       /* the last frame was announced */
    bool shows_nothing;      /* no row, for a screen reader */
    int64_t unasked_next_ns; /* no unasked frame before */
};

static void resize(struct explorer *explorer)
{
    int h;
    int w;
    screen_size(&h, &w);
    canvas_resize(&explorer->canvas, h, w);
    app_resize(explorer->app, h, w);
}

static void mouse(struct explorer *explorer)
{
    struct screen_mouse event = screen_mouse();
    switch (event.kind) {
    case MOUSE_PRESS:
        app_click(explorer->app, event.y, event.x);
        break;
    case MOUSE_RELEASE:
        app_release(explorer->app, event.y, event.x);
        break;
    case MOUSE_WHEEL_UP:
        app_wheel(explorer->app, -WHEEL_ROWS);
        break;
    case MOUSE_WHEEL_DOWN:
        app_wheel(explorer->app, WHEEL_ROWS);
        break;
    }
}

/* True if the user did something. */
static bool drain_keys(struct explorer *explorer)
{
    uint32_t key;
    bool any = false;
    while (!app_wants_quit(explorer->app) && screen_key(&key)) {
        any = true;
        if (key == KEY_CODE_RESIZE) {
            resize(explorer);
        } else if (key == KEY_CODE_MOUSE) {
            mouse(explorer);
        } else {
            app_key(explorer->app, key);
        }
    }
    return any;
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
    return a->rune == b->rune && a->combining[0] == b->combining[0] &&
           a->combining[1] == b->combining[1] && a->ink.tone == b->ink.tone &&
           a->ink.flags == b->ink.flags;
}

/* Cells that differ between two canvases of one size. */
static int64_t changed_cells(const struct canvas *a, const struct canvas *b)
{
    int64_t changed = 0;
    for (size_t i = 0; i < (size_t)a->h * (size_t)a->w; i++) {
        changed += !same_cell(&a->cells[i], &b->cells[i]);
    }
    return changed;
}

/* For screen readers: what was drawn stays, all but the line above the keys. Where nothing was,
 * nothing can be lost. */
static void keep_rows(struct canvas *canvas, const struct canvas *shown)
{
    if (canvas->h != shown->h || canvas->w != shown->w || canvas->h < 2) {
        return;
    }
    size_t row = (size_t)canvas->w;
    size_t above = (size_t)(canvas->h - 2) * row;
    memcpy(canvas->cells, shown->cells, above * sizeof(*canvas->cells));
    memcpy(canvas->cells + above + row, shown->cells + above + row, row * sizeof(*canvas->cells));
    canvas->cursor_y = shown->cursor_y;
    canvas->cursor_x = shown->cursor_x;
}

/* Returns how long frames that nobody asked for have to wait for the link now. */
static int64_t draw(struct explorer *explorer, bool asked)
{
    bool words = explorer->app_options.screen_reader;
    struct canvas before = explorer->shown;
    explorer->shown = explorer->canvas;
    explorer->canvas = before;
    if (before.h != explorer->shown.h || before.w != explorer->shown.w) {
        canvas_resize(&explorer->canvas, explorer->shown.h, explorer->shown.w);
    }
    app_draw(explorer->app, &explorer->canvas);
    bool begins = explorer->shows_nothing && !app_shows_nothing(explorer->app);
    if (words && !asked && !begins) {
        keep_rows(&explorer->canvas, &explorer->shown);
    } else {
        explorer->shows_nothing = app_shows_nothing(explorer->app);
    }
    screen_show(&explorer->canvas);
    explorer->said_settled = false;
    int64_t bytes = changed_cells(&explorer->canvas, &explorer->shown) * CELL_BYTES;
    int64_t wait_ns = bytes * NS_PER_S / UNASKED_BYTES_PER_S;
    if (words) {
        return UNASKED_WORDS_NS;
    }
    return wait_ns > UNASKED_FRAME_NS ? wait_ns : UNASKED_FRAME_NS;
}

static void say_settled(struct explorer *explorer)
{
    if (explorer->sync && !explorer->said_settled && app_is_settled(explorer->app)) {
        char bytes[64];
        int length = snprintf(bytes, sizeof(bytes), "\033]7777;idle;%u\033\\", ++explorer->frames);
        screen_write_raw(bytes, (size_t)length);
        explorer->said_settled = true;
    }
}

/* A viewer becomes the receiver. */
static void look_for_receiver(struct explorer *explorer)
{
    const struct explorer_options *options = explorer->options;
    if (options->find_receiver != NULL &&
        options->find_receiver(&explorer->app_options, options->find_receiver_ctx)) {
        app_tell_receiver(explorer->app);
    }
}

static int timeout_until(int64_t next_ns)
{
    int64_t left_ns = next_ns - clock_monotonic_ns();
    if (next_ns == INT64_MAX) {
        return -1;
    }
    int64_t ms = (left_ns + NS_PER_MS - 1) / NS_PER_MS;
    return ms <= 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
}

static void loop(struct explorer *explorer)
{
    resize(explorer);
    bool asked = true; /* the first frame */
    bool touched = true;
    explorer->unasked_next_ns = clock_monotonic_ns() + FIRST_FRAME_NS;
    bool first = true;
    int64_t asked_ns = clock_monotonic_ns();
    bool patient = explorer->app_options.screen_reader; /* nothing else would show the answers */
    while (loop_stop_signal() == 0 && !app_wants_quit(explorer->app)) {
        app_take_answers(explorer->app);
        look_for_receiver(explorer);
        int64_t next_ns = app_tick(explorer->app);
        int64_t now_ns = clock_monotonic_ns();
        if (app_is_dirty(explorer->app)) {
            bool early = first && loader_is_busy(explorer->loader);
            bool due = touched || (asked && (patient || app_is_awaited(explorer->app)));
            if ((due && !early) || now_ns >= explorer->unasked_next_ns) {
                explorer->unasked_next_ns = now_ns + draw(explorer, asked || first);
                first = touched = false;
            } else if (explorer->unasked_next_ns < next_ns) {
                next_ns = explorer->unasked_next_ns;
            }
        }
        say_settled(explorer);
        /* Answers to what the user asked for are part of what he asked for, for a while. */
        asked =
            asked && !app_is_settled(explorer->app) && (patient || now_ns - asked_ns < ASKED_NS);
        unsigned ready = loop_poll(STDIN_FILENO, &explorer->waker, timeout_until(next_ns));
        if ((ready & LOOP_HANGUP) != 0) {
            break;
        }
        if (drain_keys(explorer)) {
            asked = touched = true;
            asked_ns = clock_monotonic_ns();
        }
    }
}

/* ---- start and stop ------------------------------------------------------------------------- */

/* With the loader there: the screen, the app, and the loop. */
static enum err run_on_screen(struct explorer *explorer, const struct explorer_options *options,
                              struct err_msg *why)
{
    enum err code = screen_open(&options->screen, why);
    if (code != ERR_OK) {
        return code;
    }
    char host_name[HOST_BYTES] = "";
    char history_path[PATH_BYTES];
    char columns_path[PATH_BYTES];
    char filters_path[PATH_BYTES];
    const char *named = getenv("HOSTNAME");
    if (named != NULL) {
        snprintf(host_name, sizeof(host_name), "%s", named);
    } else {
        gethostname(host_name, sizeof(host_name) - 1);
    }
    struct app_options *app_options = &explorer->app_options;
    *app_options = options->app;
    app_options->ascii = screen_is_ascii();
    app_options->host_name = host_name;
    bool keeps = !app_options->demo;
    app_options->history_path =
        keeps && config_state_path("history", history_path, sizeof(history_path)) ? history_path
                                                                                  : NULL;
    app_options->columns_path =
        keeps && config_state_path("columns", columns_path, sizeof(columns_path)) ? columns_path
                                                                                  : NULL;
    app_options->filters_path =
        config_path("filters", filters_path, sizeof(filters_path)) ? filters_path : NULL;
    app_options->host = (struct app_host){
        .copy = host_copy,
        .page = host_page,
        .suspend = host_suspend,
        .redraw = host_redraw,
        .set_theme = host_set_theme,
        .set_mouse = host_set_mouse,
    };
    explorer->app = app_new(app_options, explorer->loader);
    canvas_init(&explorer->canvas, app_options->ascii);
    canvas_init(&explorer->shown, app_options->ascii);
    loop(explorer);
    app_free(explorer->app);
    canvas_free(&explorer->canvas);
    canvas_free(&explorer->shown);
    screen_close();
    return ERR_OK;
}

static void wait_until_ready(const struct explorer_options *options)
{
    enum { STEP_US = 20000 };
    int64_t latest_ns = clock_monotonic_ns() + READY_WITHIN_NS;
    while (options->is_ready != NULL && !options->is_ready(options->is_ready_ctx) &&
           loop_stop_signal() == 0 && clock_monotonic_ns() < latest_ns) {
        usleep(STEP_US);
    }
}

enum err explorer_run(const struct explorer_options *options, struct err_msg *why)
{
    const char *sync = getenv("TRACETUI_SYNC");
    struct explorer explorer = {.options = options, .sync = sync != NULL && strcmp(sync, "1") == 0};
    enum err code = waker_open(&explorer.waker, why);
    if (code != ERR_OK) {
        return code;
    }
    struct loader_options loader_options = {
        .path = options->app.db_path,
        .live = options->app.live,
        .wake = wake_loop,
        .wake_ctx = &explorer.waker,
    };
    code = loader_start(&loader_options, &explorer.loader, why);
    if (code == ERR_OK) {
        code = loop_catch_signals(&explorer.waker, why);
        if (code == ERR_OK) {
            wait_until_ready(options);
            set_wake(options->wake, explorer.loader, &explorer.waker);
            code = run_on_screen(&explorer, options, why);
            set_wake(options->wake, NULL, NULL);
            loop_release_signals();
        }
        loader_stop(explorer.loader);
    }
    waker_close(&explorer.waker);
    return code;
}
