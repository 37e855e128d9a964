/* loop — what the UI thread sleeps on: the keyboard, the other threads, signals to stop.
 *
 *     struct waker waker;
 *     if (waker_open(&waker, &why) == ERR_OK && loop_catch_signals(&waker, &why) == ERR_OK) {
 *         while (loop_stop_signal() == 0) {
 *             unsigned ready = loop_poll(STDIN_FILENO, &waker, timeout_ms);
 *             ... drain all keys and all messages, then draw once ...
 *         }
 *     } */
#ifndef TRACETUI_TUI_LOOP_H
#define TRACETUI_TUI_LOOP_H

#include "store/base/err.h"

/* Ends the sleep of the UI thread. */
struct waker {
    int fd;
};

enum err waker_open(struct waker *ret_waker, struct err_msg *why) MUST_CHECK;
void waker_close(struct waker *waker);

/* Thread: any, and signal handlers. Many calls before the loop looks count as one. */
void waker_wake(const struct waker *waker);
/* Forgets the calls so far; loop_poll does it by itself. */
void waker_drain(const struct waker *waker);

enum loop_ready {
    LOOP_KEYS = 1 << 0,   /* ask screen_key: keys, or a resize */
    LOOP_WOKEN = 1 << 1,  /* somebody called waker_wake */
    LOOP_HANGUP = 1 << 2, /* the terminal is gone */
};

/* Sleeps until something of enum loop_ready happens, at most timeout_ms (-1 = for ever); returns
 * what happened, 0 when the time was up. */
unsigned loop_poll(int tty_fd, const struct waker *waker, int timeout_ms);

/* From now on SIGTERM, SIGHUP and SIGINT wake the loop instead of killing the program. The waker
 * must stay open until loop_release_signals. */
enum err loop_catch_signals(const struct waker *waker, struct err_msg *why) MUST_CHECK;
/* SIGTERM and SIGINT kill again; a terminal that is gone no longer disturbs what is tidied up. */
void loop_release_signals(void);

/* The signal that asked us to stop; 0 = none. */
int loop_stop_signal(void);

#endif
