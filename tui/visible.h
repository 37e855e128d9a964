/* visible — untrusted text as harmless pieces for a terminal, one piece at a time. */
#ifndef TRACETUI_TUI_VISIBLE_H
#define TRACETUI_TUI_VISIBLE_H

#include "store/base/text.h"

enum { VISIBLE_RUNES = 8, VISIBLE_COMBINING = 2 };

/* What stands on the screen for one character of the text: itself, or a stand-in such as "^[",
 * "<9B>" or "<U+202E>". None of the runes is a control character. */
struct visible {
    uint32_t runes[VISIBLE_RUNES];
    int rune_count; /* more than one only for stand-ins, whose runes are all narrow */
    uint32_t combining[VISIBLE_COMBINING]; /* marks on the only rune; 0 = none */
    int width;                             /* columns of the whole piece */
    bool stand_in;                         /* to be drawn dim */
};

/* Takes the next piece off the front of text; false at the end. Characters without ink are passed
 * over, bytes that are not UTF-8 become U+FFFD each, tabs a blank, newlines U+23CE. */
bool visible_next(struct text *text, struct visible *ret_visible);

#endif
