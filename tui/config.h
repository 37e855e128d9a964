/* config — the file with the options of every start: "theme = light", one a line.
 *
 * Its names are those of the command line. An empty line or one that begins with # says nothing; a
 * switch may stand alone or be yes or no; an option that repeats has several lines. */
#ifndef TRACETUI_TUI_CONFIG_H
#define TRACETUI_TUI_CONFIG_H

#include <stdio.h>

#include "tui/options.h"

/* Reads path, or the usual file if it is NULL and there is one. options then own the text.
 * Errors: ERR_PARSE, ERR_IO, ERR_LIMIT; the text names the file and the line. */
enum err config_read(const char *path, struct options *options, struct err_msg *why) MUST_CHECK;

/* "~/.config/tracetui/NAME" in full; false if there is no home. */
bool config_path(const char *name, char *target, size_t size);

/* "~/.local/state/tracetui/NAME" in full, with the folders made; false if there is no home. */
bool config_state_path(const char *name, char *target, size_t size);

/* The options as they hold, in the form of the file, with those that nobody set as comments. */
void config_print(const struct options *options, FILE *target);

#endif
