/* screen_paint — rows of a canvas as curses wants them: colours, glyphs, few changes of colour. */
#include "tui/screen_paint.h"

#include <ncurses.h>
#include <stddef.h>
#include <wchar.h>

#include "tui/canvas.h"

enum {
    RUN_CELLS = 256, /* cells handed to curses at once */
    SHORT_GAP = 12,  /* blanks that cost less than moving the cursor over them */
};

/* What the fonts of the Linux console can show instead. Thin bars become a line, not a blank: a
 * bar of one cell must not vanish. */
static const struct {
    uint32_t rune, console;
} console_glyphs[] = {
    {0x2205, 0x00F8}, {0x21AA, 0x2192}, {0x23CE, 0x00B6}, {0x2504, 0x2500}, {0x2581, 0x2591},
    {0x2582, 0x2591}, {0x2583, 0x2591}, {0x2584, 0x2592}, {0x2585, 0x2592}, {0x2586, 0x2592},
    {0x2587, 0x2588}, {0x2589, 0x2588}, {0x258A, 0x2588}, {0x258B, 0x2588}, {0x258C, 0x2588},
    {0x258D, 0x2502}, {0x258E, 0x2502}, {0x258F, 0x2502}, {0x2590, 0x2588}, {0x2593, 0x2592},
    {0x2595, 0x2502}, {0x25CF, 0x2022}, {0x25CB, 'o'},    {0x2716, 0x2717},
};

/* Tones of one colour share a pair: curses sends the colours anew for every other pair. */
void paint_set_theme(struct paint *paint, const struct theme *theme)
{
    paint->theme = theme;
    if (paint->level == LEVEL_MONO) {
        return;
    }
    struct style made[2 * TONE_COUNT];
    for (int i = 0; i < 2 * TONE_COUNT; i++) {
        uint8_t flags = i >= TONE_COUNT ? INK_SELECTED : 0;
        made[i] = theme_style(paint->theme, paint->level, INK_WITH(i % TONE_COUNT, flags));
        int same = 0;
        while (made[same].foreground != made[i].foreground ||
               made[same].background != made[i].background) {
            same++;
        }
        if (same < i) {
            paint->pairs[i] = paint->pairs[same];
        } else {
            paint->pairs[i] = 1 + i;
            init_extended_pair(1 + i, made[i].foreground, made[i].background);
        }
    }
}

static uint32_t console_glyph(uint32_t rune)
{
    for (size_t i = 0; i < ARRAY_LEN(console_glyphs); i++) {
        if (console_glyphs[i].rune == rune) {
            return console_glyphs[i].console;
        }
    }
    return rune;
}

static attr_t curses_attributes(uint8_t flags)
{
    return ((flags & INK_BOLD) != 0 ? A_BOLD : 0) | ((flags & INK_DIM) != 0 ? A_DIM : 0) |
           ((flags & INK_REVERSE) != 0 ? A_REVERSE : 0) |
           ((flags & INK_UNDERLINE) != 0 ? A_UNDERLINE : 0);
}

/* Curses and the terminal ask the C library how wide a character is. Where it disagrees with the
 * canvas the columns of the whole row would shift, so the character is replaced. */
static void set_cell(const struct paint *paint, cchar_t *target, const struct cell *cell,
                     bool is_wide)
{
    wchar_t runes[4] = {(wchar_t)(paint->console ? console_glyph(cell->rune) : cell->rune)};
    if (wcwidth(runes[0]) != (is_wide ? 2 : 1)) {
        runes[0] = paint->ascii ? L'?' : L'\xFFFD';
    } else {
        for (size_t i = 0; i < ARRAY_LEN(cell->combining); i++) {
            wchar_t mark = (wchar_t)cell->combining[i];
            if (mark != 0 && wcwidth(mark) == 0) {
                runes[wcslen(runes)] = mark;
            }
        }
    }
    struct style style = theme_style(paint->theme, paint->level, cell->ink);
    int pair = 0;
    if (paint->level != LEVEL_MONO) {
        uint8_t tone = cell->ink.tone < TONE_COUNT ? cell->ink.tone : TONE_NORMAL;
        pair = paint->pairs[tone + ((cell->ink.flags & INK_SELECTED) != 0 ? TONE_COUNT : 0)];
    }
    setcchar(target, runes, curses_attributes(style.flags), 0, &pair);
}

/* A blank whose ink shows nothing but its background. */
static bool is_gap(const struct paint *paint, const struct cell *cell)
{
    struct style style = theme_style(paint->theme, paint->level, cell->ink);
    return cell->rune == ' ' && cell->combining[0] == 0 &&
           (style.flags & (INK_REVERSE | INK_UNDERLINE)) == 0;
}

/* Nobody sees the ink of a blank: between two words it keeps that of the word before, so that the
 * colour changes once and not twice. Wide gaps on the bare background stay as they are, the cursor
 * skips them. Returns the end of the run of blanks that starts at x; ret_ink is theirs. */
static int take_gap(const struct paint *paint, const struct cell *row, int x, int w,
                    struct ink *ret_ink)
{
    int end = x;
    while (end < w && is_gap(paint, &row[end]) &&
           ((row[end].ink.flags ^ row[x].ink.flags) & INK_SELECTED) == 0) {
        end++;
    }
    *ret_ink = INK_WITH(TONE_NORMAL, row[x].ink.flags & INK_SELECTED);
    bool selected = (row[x].ink.flags & INK_SELECTED) != 0;
    if (x == 0 || end == w || (!selected && end - x > SHORT_GAP)) {
        return end;
    }
    struct style before = theme_style(paint->theme, paint->level, row[x - 1].ink);
    struct style blank = theme_style(paint->theme, paint->level, *ret_ink);
    if (before.background == blank.background &&
        (before.flags & (INK_REVERSE | INK_UNDERLINE)) == 0) {
        *ret_ink = row[x - 1].ink;
    }
    return end;
}

void paint_row(const struct paint *paint, const struct canvas *canvas, int y, int w)
{
    const struct cell *row = canvas->cells + (size_t)y * (size_t)canvas->w;
    cchar_t run[RUN_CELLS];
    int length = 0;
    int start = 0;
    int x = 0;
    int gap_end = 0;
    struct ink gap_ink = {0};
    while (x < w) {
        bool is_wide = x + 1 < w && row[x + 1].rune == 0;
        struct cell cell = row[x];
        if (x >= gap_end && is_gap(paint, &cell)) {
            gap_end = take_gap(paint, row, x, w, &gap_ink);
        }
        if (x < gap_end) {
            cell.ink = gap_ink;
        }
        if (cell.rune == 0) {
            cell.rune = ' '; /* a wide character cut off by the edge */
        }
        set_cell(paint, &run[length++], &cell, is_wide);
        x++;
        if (is_wide) {
            if (wcwidth((wchar_t)cell.rune) != 2) {
                cell = (struct cell){.rune = ' ', .ink = row[x].ink};
                set_cell(paint, &run[length++], &cell, false);
            }
            x++;
        }
        if (length >= RUN_CELLS - 2 || x >= w) {
            mvadd_wchnstr(y, start, run, length);
            length = 0;
            start = x;
        }
    }
}
