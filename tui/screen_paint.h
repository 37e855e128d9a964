/* screen_paint — rows of a canvas as curses wants them. Private to screen.c; thread: ui. */
#ifndef TRACETUI_TUI_SCREEN_PAINT_H
#define TRACETUI_TUI_SCREEN_PAINT_H

#include <stdbool.h>

#include "tui/theme.h"

struct canvas;

struct paint {
    const struct theme *theme; /* borrowed, for as long as the screen shows it */
    enum colour_level level;
    int pairs[2 * TONE_COUNT]; /* of curses, by tone; selected ones behind the others */
    bool ascii;
    bool console; /* the Linux console, whose fonts lack most block characters */
};

/* What follows is painted in the colours of this theme. Curses must be open, its colours started
 * unless paint->level is LEVEL_MONO. */
void paint_set_theme(struct paint *paint, const struct theme *theme);

/* Hands the first w cells of row y to curses, which sends them at the next doupdate(). */
void paint_row(const struct paint *paint, const struct canvas *canvas, int y, int w);

#endif
