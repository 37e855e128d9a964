/* theme — what the tones of a canvas look like; knows no terminal. */
#ifndef TRACETUI_TUI_THEME_H
#define TRACETUI_TUI_THEME_H

#include <stdbool.h>

#include "store/base/err.h"
#include "tui/canvas.h"
#include "tui/options.h"

enum colour_level { LEVEL_MONO, LEVEL_8, LEVEL_16, LEVEL_256, LEVEL_COUNT };

enum { COLOUR_DEFAULT = -1 };

/* What a terminal is to do with a cell. */
struct style {
    int foreground; /* colour index of the level, or COLOUR_DEFAULT */
    int background; /* COLOUR_DEFAULT but for selected rows */
    uint8_t flags;  /* enum ink_flag without INK_SELECTED */
};

struct theme;

/* "dark", "light", "mono", "high-contrast" or "16". Errors: ERR_NOT_FOUND with the names. */
enum err theme_parse(struct text name, const struct theme **ret_theme,
                     struct err_msg *why) MUST_CHECK;

/* The theme of a user who named none: light or dark by what the terminal says of its background in
 * COLORFGBG ("15;0"; NULL if it says nothing). */
const struct theme *theme_automatic(const char *colorfgbg);

const char *theme_name(const struct theme *theme);

/* How many colours to use: the user's choice first, then NO_COLOR (its value or NULL), then what
 * the terminal has. The choice cannot give a terminal colours that it lacks. */
enum colour_level theme_level(enum colour_choice choice, const char *no_color,
                              int terminal_colours);

struct style theme_style(const struct theme *theme, enum colour_level level, struct ink ink);

#endif
