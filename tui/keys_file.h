/* keys_file — the user's own keys: "waterfall h fold-subtree", one a line.
 *
 * PANE KEY ACTION, with the names that --print-keys prints. A line gives the key a new meaning in
 * that pane, or in all panes that have no meaning of their own for it; the action "none" takes it
 * away. */
#ifndef TRACETUI_TUI_KEYS_FILE_H
#define TRACETUI_TUI_KEYS_FILE_H

#include <stdio.h>

#include "store/base/err.h"
#include "store/base/text.h"
#include "tui/keys.h"

/* The standard keys with the changes of the usual file, if there is one. Owns: the caller
 * keys_free's it. Errors: ERR_PARSE, ERR_IO, ERR_LIMIT; the text names the file and the line. */
enum err keys_read(struct keymap **ret_map, struct err_msg *why) MUST_CHECK;
/* The same from a text, for which path is the name in errors. */
enum err keys_read_text(struct text text, const char *path, struct keymap **ret_map,
                        struct err_msg *why) MUST_CHECK;
void keys_free(struct keymap *map);
/* Takes away every key of an action from a map that keys_read made. */
void keys_take_away(struct keymap *map, enum action action);

/* All keys in the form of the file. */
void keys_print(const struct keymap *map, FILE *target);

#endif
