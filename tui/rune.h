/* rune — how a character behaves on a terminal: its columns, and whether it may be shown at all. */
#ifndef TRACETUI_TUI_RUNE_H
#define TRACETUI_TUI_RUNE_H

#include <stdbool.h>
#include <stdint.h>

enum rune_class {
    RUNE_NARROW,
    RUNE_WIDE,         /* two columns */
    RUNE_COMBINING,    /* joins the character before it */
    RUNE_INVISIBLE,    /* no ink: left out */
    RUNE_CONTROL,      /* C0 and DEL */
    RUNE_CONTROL_8BIT, /* C1 */
    RUNE_BIDI,         /* would reorder its surroundings */
    RUNE_BAD,          /* not a character */
};

enum rune_class rune_class(uint32_t rune);

/* Columns of the rune itself: 0, 1 or 2. */
int rune_width(uint32_t rune);

#endif
