/* clipboard — text for other programs, also over ssh and inside tmux. */
#ifndef TRACETUI_TUI_CLIPBOARD_H
#define TRACETUI_TUI_CLIPBOARD_H

#include "store/base/text.h"

/* The longest OSC 52 that terminals accept, in base64. */
enum { CLIPBOARD_BASE64_LARGEST = 64 * 1024 };

/* Hands text to tmux if we run inside it, else to the terminal (OSC 52), and keeps a copy in
 * $XDG_STATE_HOME/tracetui/clip. ret_said is a line for the user, on failure as well. Errors:
 * ERR_LIMIT when the text is too long for a terminal, ERR_IO when not even the file could be
 * written. Thread: ui, with the screen open. */
enum err clipboard_copy(struct text text, struct err_msg *ret_said);

/* Appends the OSC 52 sequence that sets the clipboard of the terminal. */
void clipboard_osc52(struct text text, struct text_buffer *target);

#endif
