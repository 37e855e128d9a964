/* screen — the terminal: shows a canvas, delivers keys, is given back whatever happens.
 *
 * There is one terminal, so there is one screen and no object. Thread: the UI thread only. All
 * other threads must block all signals, else a resize may go unnoticed. */
#ifndef TRACETUI_TUI_SCREEN_H
#define TRACETUI_TUI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"
#include "tui/options.h"

struct canvas;
struct theme;

struct screen_options {
    const struct theme *theme; /* NULL = by the terminal's background */
    enum colour_choice colour;
    bool ascii; /* only ASCII, whatever the locale says */
    bool utf8;  /* UTF-8, whatever the locale says */
    bool mouse;
};

enum screen_mouse_kind { MOUSE_PRESS, MOUSE_RELEASE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct screen_mouse {
    enum screen_mouse_kind kind;
    int y, x;
};

/* Takes the terminal over. Errors: ERR_UNSUPPORTED when stdin or stdout is no terminal, or one that
 * cannot move its cursor; the text names the way without a screen. */
enum err screen_open(const struct screen_options *options, struct err_msg *why) MUST_CHECK;

/* Gives the terminal back; fine when it is not open. Also happens at exit and on fatal signals. */
void screen_close(void);

/* True when a canvas for this screen must be ASCII. */
bool screen_is_ascii(void);

/* Something the user should know about the terminal, for the status line; NULL if nothing. */
const char *screen_notice(void);

void screen_size(int *ret_h, int *ret_w);

/* Sends what changed since the last call. A canvas of another size is shown as far as it fits. */
void screen_show(const struct canvas *canvas);

/* The next key in the codes of keys.h: false when none waits. Resizes arrive as one
 * KEY_CODE_RESIZE, mouse events as KEY_CODE_MOUSE with the details in screen_mouse. */
bool screen_key(uint32_t *ret_key);
struct screen_mouse screen_mouse(void);

void screen_set_theme(const struct theme *theme);
void screen_set_mouse(bool on);
bool screen_has_mouse(void);

/* Repaints everything at the next screen_show: what the terminal holds may be garbled. */
void screen_redraw(void);

/* Stops the program as the shell's ^Z does; returns when it is continued. */
void screen_suspend(void);

/* Gives the terminal to a program and waits for it. argv ends with NULL; argv[0] is searched in
 * PATH. Errors: ERR_IO when it cannot be started or fails. */
enum err screen_run(char *const argv[], struct err_msg *why) MUST_CHECK;

/* Bytes for the terminal itself, past the canvas (OSC sequences). */
void screen_write_raw(const char *bytes, size_t length);

#endif
