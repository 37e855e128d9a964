/* welcome_pane — what a newcomer sees before the first span: how to send one, and what came in so
 * far. */
#ifndef TRACETUI_TUI_WELCOME_PANE_H
#define TRACETUI_TUI_WELCOME_PANE_H

#include <stdint.h>

#include "tui/canvas.h"

struct welcome_pane {
    const char *address; /* "http://127.0.0.1:4318" of the receiver; "" = nobody listens here */
    const char *problem; /* why an address could not be had; "" = none */
    uint64_t received, refused;
    const char *last_refusal;
    int64_t waiting_ns;
};

void welcome_pane_draw(const struct welcome_pane *pane, struct canvas *canvas, struct rect area);

/* The lines that y1 and y2 copy. */
void welcome_pane_curl(const char *address, struct text_buffer *target);
void welcome_pane_export(const char *address, struct text_buffer *target);

#endif
