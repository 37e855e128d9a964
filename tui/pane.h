/* pane — the functions every pane of the screen has.
 *
 * A pane owns its state and draws it; it never asks the store. It tells the app what it needs
 * through the struct in its own header, and gets answers by plain calls. draw computes nothing and
 * allocates nothing. */
#ifndef TRACETUI_TUI_PANE_H
#define TRACETUI_TUI_PANE_H

#include "tui/canvas.h"
#include "tui/keys.h"

enum pane_reply {
    PANE_IGNORED, /* not mine: the app looks at it */
    PANE_HANDLED, /* done, repaint */
    PANE_CLOSE,   /* done with me: one level back */
};

struct pane_ops {
    /* An action with its count (1 if none was typed). */
    enum pane_reply (*act)(void *pane, enum action action, int count);
    /* The area changed; also called once before the first draw. */
    void (*layout)(void *pane, int h, int w);
    void (*draw)(const void *pane, struct canvas *canvas, struct rect area);
    void (*free)(void *pane);
};

#endif
