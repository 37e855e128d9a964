/* theme — what the tones of a canvas look like; knows no terminal.
 *
 * Services have eight hues that stay apart for people with red-green blindness and keep a contrast
 * of 4.5 on dark and 3.6 on light backgrounds; none of them is near the red of errors. A colour
 * never carries a fact alone: tags, marks and words say the same. */
#include "tui/theme.h"

enum {
    RED = 1,
    GREEN = 2,
    YELLOW = 3,
    BLUE = 4,
    MAGENTA = 5,
    CYAN = 6,
    BRIGHT = 8,
    NONE = COLOUR_DEFAULT,
};

struct paint {
    int16_t colour;
    uint8_t flags;
};

struct theme {
    const char *name;
    enum colour_level largest; /* the theme never uses more colours */
    int selected;              /* background of selected rows at 256 colours, or NONE */
    const struct paint *many;  /* at 256 colours, by tone */
    const struct paint *few;   /* at 8 and 16 colours */
    const struct paint *plain; /* without colours */
};

static const struct paint dark[TONE_COUNT] = {
    [TONE_NORMAL] = {NONE, 0},        [TONE_DIM] = {245, 0},
    [TONE_STRONG] = {NONE, INK_BOLD}, [TONE_TITLE] = {110, INK_BOLD},
    [TONE_ACCENT] = {117, 0},         [TONE_ERROR] = {203, 0},
    [TONE_WARN] = {214, 0},           [TONE_OK] = {114, 0},
    [TONE_RUNNING] = {80, 0},         [TONE_MATCH] = {221, INK_REVERSE},
    [TONE_STRING] = {150, 0},         [TONE_NUMBER] = {117, 0},
    [TONE_KEYWORD] = {147, 0},        [TONE_SERVICE_0] = {33, 0},
    [TONE_SERVICE_1] = {226, 0},      [TONE_SERVICE_2] = {72, 0},
    [TONE_SERVICE_3] = {147, 0},      [TONE_SERVICE_4] = {116, 0},
    [TONE_SERVICE_5] = {186, 0},      [TONE_SERVICE_6] = {103, 0},
    [TONE_SERVICE_7] = {194, 0},
};

static const struct paint light[TONE_COUNT] = {
    [TONE_NORMAL] = {NONE, 0},        [TONE_DIM] = {242, 0},      [TONE_STRONG] = {NONE, INK_BOLD},
    [TONE_TITLE] = {24, INK_BOLD},    [TONE_ACCENT] = {25, 0},    [TONE_ERROR] = {160, 0},
    [TONE_WARN] = {130, 0},           [TONE_OK] = {28, 0},        [TONE_RUNNING] = {30, 0},
    [TONE_MATCH] = {94, INK_REVERSE}, [TONE_STRING] = {28, 0},    [TONE_NUMBER] = {25, 0},
    [TONE_KEYWORD] = {91, 0},         [TONE_SERVICE_0] = {24, 0}, [TONE_SERVICE_1] = {57, 0},
    [TONE_SERVICE_2] = {65, 0},       [TONE_SERVICE_3] = {30, 0}, [TONE_SERVICE_4] = {19, 0},
    [TONE_SERVICE_5] = {99, 0},       [TONE_SERVICE_6] = {23, 0}, [TONE_SERVICE_7] = {17, 0},
};

/* The terminal's own scheme; with eight colours "bright" becomes bold. */
static const struct paint scheme[TONE_COUNT] = {
    [TONE_NORMAL] = {NONE, 0},
    [TONE_DIM] = {NONE, INK_DIM},
    [TONE_STRONG] = {NONE, INK_BOLD},
    [TONE_TITLE] = {CYAN, INK_BOLD},
    [TONE_ACCENT] = {CYAN, INK_BOLD},
    [TONE_ERROR] = {RED, INK_BOLD},
    [TONE_WARN] = {YELLOW, 0},
    [TONE_OK] = {GREEN, 0},
    [TONE_RUNNING] = {CYAN, 0},
    [TONE_MATCH] = {YELLOW, INK_REVERSE},
    [TONE_STRING] = {GREEN, 0},
    [TONE_NUMBER] = {CYAN, 0},
    [TONE_KEYWORD] = {MAGENTA, 0},
    [TONE_SERVICE_0] = {CYAN, 0},
    [TONE_SERVICE_1] = {YELLOW, 0},
    [TONE_SERVICE_2] = {MAGENTA, 0},
    [TONE_SERVICE_3] = {BLUE + BRIGHT, 0},
    [TONE_SERVICE_4] = {GREEN, 0},
    [TONE_SERVICE_5] = {CYAN + BRIGHT, 0},
    [TONE_SERVICE_6] = {YELLOW + BRIGHT, 0},
    [TONE_SERVICE_7] = {MAGENTA + BRIGHT, 0},
};

static const struct paint no_colours[TONE_COUNT] = {
    [TONE_DIM] = {NONE, INK_DIM},       [TONE_STRONG] = {NONE, INK_BOLD},
    [TONE_TITLE] = {NONE, INK_BOLD},    [TONE_ACCENT] = {NONE, INK_BOLD},
    [TONE_ERROR] = {NONE, INK_BOLD},    [TONE_WARN] = {NONE, INK_BOLD},
    [TONE_MATCH] = {NONE, INK_REVERSE}, [TONE_KEYWORD] = {NONE, INK_BOLD},
};

/* Full brightness only: no dim text, no hue that a projector swallows. */
static const struct paint contrast[TONE_COUNT] = {
    [TONE_NORMAL] = {NONE, 0},         [TONE_DIM] = {NONE, 0},
    [TONE_STRONG] = {NONE, INK_BOLD},  [TONE_TITLE] = {NONE, INK_BOLD | INK_UNDERLINE},
    [TONE_ACCENT] = {NONE, INK_BOLD},  [TONE_ERROR] = {RED, INK_BOLD | INK_REVERSE},
    [TONE_WARN] = {NONE, INK_BOLD},    [TONE_OK] = {NONE, 0},
    [TONE_RUNNING] = {NONE, INK_BOLD}, [TONE_MATCH] = {NONE, INK_REVERSE},
    [TONE_STRING] = {NONE, 0},         [TONE_NUMBER] = {NONE, 0},
    [TONE_KEYWORD] = {NONE, INK_BOLD}, [TONE_SERVICE_0] = {NONE, 0},
    [TONE_SERVICE_1] = {NONE, 0},      [TONE_SERVICE_2] = {NONE, 0},
    [TONE_SERVICE_3] = {NONE, 0},      [TONE_SERVICE_4] = {NONE, 0},
    [TONE_SERVICE_5] = {NONE, 0},      [TONE_SERVICE_6] = {NONE, 0},
    [TONE_SERVICE_7] = {NONE, 0},
};

static const struct paint contrast_plain[TONE_COUNT] = {
    [TONE_STRONG] = {NONE, INK_BOLD},  [TONE_TITLE] = {NONE, INK_BOLD | INK_UNDERLINE},
    [TONE_ACCENT] = {NONE, INK_BOLD},  [TONE_ERROR] = {NONE, INK_REVERSE},
    [TONE_WARN] = {NONE, INK_BOLD},    [TONE_MATCH] = {NONE, INK_REVERSE},
    [TONE_KEYWORD] = {NONE, INK_BOLD},
};

/* The first one is for terminals that say nothing of their background. */
static const struct theme themes[] = {
    {.name = "dark",
     .largest = LEVEL_256,
     .selected = 236,
     .many = dark,
     .few = scheme,
     .plain = no_colours},
    {.name = "light",
     .largest = LEVEL_256,
     .selected = 254,
     .many = light,
     .few = scheme,
     .plain = no_colours},
    {.name = "16", .largest = LEVEL_16, .selected = NONE, .few = scheme, .plain = no_colours},
    {.name = "high-contrast",
     .largest = LEVEL_16,
     .selected = NONE,
     .few = contrast,
     .plain = contrast_plain},
    {.name = "mono", .largest = LEVEL_MONO, .selected = NONE, .plain = no_colours},
};

enum err theme_parse(struct text name, const struct theme **ret_theme, struct err_msg *why)
{
    for (size_t i = 0; i < ARRAY_LEN(themes); i++) {
        if (text_is(name, themes[i].name)) {
            *ret_theme = &themes[i];
            return ERR_OK;
        }
    }
    return err_set(why, ERR_NOT_FOUND, "no theme \"%.*s\": dark, light, 16, high-contrast, mono",
                   (int)text_cut(name, 40), name.length > 0 ? name.data : "");
}

const struct theme *theme_automatic(const char *colorfgbg)
{
    /* "foreground;background" or "foreground;default;background": indices of the 16 colours */
    struct text value = text_from(colorfgbg);
    size_t start = value.length;
    while (start > 0 && value.data[start - 1] != ';') {
        start--;
    }
    int64_t background = 0;
    if (start == 0 || text_parse_i64(text_make(value.data + start, value.length - start),
                                     &background) != ERR_OK) {
        return &themes[0];
    }
    bool is_light = background == 7 || background == 15;
    return &themes[is_light ? 1 : 0];
}

const char *theme_name(const struct theme *theme)
{
    return theme->name;
}

enum colour_level theme_level(enum colour_choice choice, const char *no_color, int terminal_colours)
{
    enum colour_level has = terminal_colours >= 256  ? LEVEL_256
                            : terminal_colours >= 16 ? LEVEL_16
                            : terminal_colours >= 8  ? LEVEL_8
                                                     : LEVEL_MONO;
    switch (choice) {
    case COLOUR_NEVER:
        return LEVEL_MONO;
    case COLOUR_8:
        return has < LEVEL_8 ? has : LEVEL_8;
    case COLOUR_256:
        return has;
    case COLOUR_AUTO:
        break;
    }
    return no_color != NULL && no_color[0] != '\0' ? LEVEL_MONO : has;
}

struct style theme_style(const struct theme *theme, enum colour_level level, struct ink ink)
{
    if (level > theme->largest) {
        level = theme->largest;
    }
    size_t tone = ink.tone < TONE_COUNT ? ink.tone : TONE_NORMAL;
    if ((ink.flags & INK_SELECTED) != 0 && tone == TONE_DIM) {
        tone = TONE_NORMAL; /* what is looked at is not dim */
    }
    struct paint paint = level == LEVEL_256    ? theme->many[tone]
                         : level == LEVEL_MONO ? theme->plain[tone]
                                               : theme->few[tone];
    struct style style = {.foreground = level == LEVEL_MONO ? COLOUR_DEFAULT : paint.colour,
                          .background = COLOUR_DEFAULT,
                          .flags = (uint8_t)(paint.flags | (ink.flags & ~INK_SELECTED))};
    if (level == LEVEL_8 && style.foreground >= BRIGHT) {
        style.foreground -= BRIGHT;
        style.flags |= INK_BOLD;
    }
    if ((ink.flags & INK_SELECTED) != 0) {
        if (level == LEVEL_256) {
            style.background = theme->selected;
        } else {
            style.flags ^= INK_REVERSE;
        }
    }
    /* dim and reverse together are unreadable in many terminals */
    if ((style.flags & INK_REVERSE) != 0) {
        style.flags &= (uint8_t)~INK_DIM;
    }
    return style;
}
