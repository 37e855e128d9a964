/* line_edit — the text of a prompt while it is typed: cursor, killing, history. */
#ifndef TRACETUI_TUI_LINE_EDIT_H
#define TRACETUI_TUI_LINE_EDIT_H

#include "store/base/text.h"
#include "tui/canvas.h"

enum { LINE_EDIT_BYTES = 4096 };

/* {0} is an empty line without history. The text is always UTF-8 and holds no control characters.
 */
struct line_edit {
    char bytes[LINE_EDIT_BYTES];
    size_t length;
    size_t cursor; /* byte offset, on a character's border */

    char killed[LINE_EDIT_BYTES]; /* for ^Y */
    size_t killed_length;

    /* Earlier lines, newest last. Borrowed: they must live until the next line_edit_set_history. */
    const struct text *history;
    size_t history_count;
    size_t history_at;    /* index shown, history_count = the line that is being typed */
    size_t prefix_length; /* what was typed when the walk through the history began */

    bool pasting;
};

enum line_edit_result {
    EDIT_IGNORED,  /* the key means nothing here */
    EDIT_CHANGED,  /* repaint; maybe only the cursor moved */
    EDIT_SUBMIT,   /* Enter */
    EDIT_CANCEL,   /* Esc or ^C */
    EDIT_COMPLETE, /* Tab */
};

/* Replaces the text, cursor at the end. Longer texts are cut, control characters become blanks. */
void line_edit_set(struct line_edit *edit, struct text text);
void line_edit_set_history(struct line_edit *edit, const struct text *lines, size_t count);
struct text line_edit_text(const struct line_edit *edit);

/* Replaces length bytes from start on and leaves the cursor behind the new text; for completion. */
void line_edit_replace(struct line_edit *edit, size_t start, size_t length, struct text text);

enum line_edit_result line_edit_feed(struct line_edit *edit, uint32_t key);

/* Draws the line into w cells, scrolled so that the cursor shows, and puts the hardware cursor
 * there. Bytes from error_start on, error_length of them (0 = none), are underlined. */
void line_edit_draw(const struct line_edit *edit, struct canvas *canvas, int y, int x, int w,
                    struct ink ink, size_t error_start, size_t error_length);

#endif
