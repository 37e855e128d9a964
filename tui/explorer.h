/* explorer — the program on the screen: terminal, query thread and app, until the user quits.
 *
 *     struct explorer_wake wake;
 *     explorer_wake_init(&wake);
 *     receiver_start(&options, explorer_nudge, &wake, &receiver, &why);     // optional
 *     struct explorer_options explorer = {.screen = {...}, .app = {...}, .wake = &wake};
 *     enum err code = explorer_run(&explorer, &why);
 *     receiver_stop(receiver);
 *     explorer_wake_clear(&wake); */
#ifndef TRACETUI_TUI_EXPLORER_H
#define TRACETUI_TUI_EXPLORER_H

#include <pthread.h>

#include "tui/app.h"
#include "tui/screen.h"

/* Lets the writer's thread tell a running explorer, if there is one, that something was committed.
 */
struct explorer_wake {
    pthread_mutex_t lock;
    struct loader *loader;     /* lock; both NULL while no explorer runs */
    const struct waker *waker; /* lock */
};

void explorer_wake_init(struct explorer_wake *wake);
void explorer_wake_clear(struct explorer_wake *wake);

/* For on_commit: ctx is a struct explorer_wake. Thread: any. Returns at once. */
void explorer_nudge(void *ctx);
/* Makes the loop ask find_receiver. Thread: any. Returns at once. */
void explorer_ask_receiver(void *ctx);

struct explorer_options {
    struct screen_options screen;
    /* db_path, query, live, demo, counters, status, address; the explorer fills in the rest. */
    struct app_options app;
    struct explorer_wake *wake; /* NULL = nobody commits in this process */
    /* For a viewer that may become the receiver and a viewer again: asked in each round of the
     * loop. True when it has changed counters, address and address_problem of app: counters are
     * NULL for a viewer. May be NULL. */
    bool (*find_receiver)(struct app_options *app, void *ctx);
    void *find_receiver_ctx;
    /* The screen opens when this is true, or after ten seconds. May be NULL. */
    bool (*is_ready)(void *ctx);
    void *is_ready_ctx;
};

/* Runs until the user quits or a signal asks for it. With TRACETUI_SYNC=1 in the environment an
 * escape sequence after each settled frame tells tests that the screen is complete.
 * Errors: ERR_UNSUPPORTED no terminal; those of reader_open. Thread: ui. */
enum err explorer_run(const struct explorer_options *options, struct err_msg *why) MUST_CHECK;

#endif
