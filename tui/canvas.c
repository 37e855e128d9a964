/* canvas — a grid of cells that panes paint on; knows no terminal.
 *
 * How untrusted text turns into cells (visible.c does it, character by character):
 *
 *     C0 and DEL            ^[            dim; newline is shown as U+23CE, tab as a blank
 *     C1                    <9B>          dim
 *     bidi controls         <U+202E>      dim
 *     zero width, variation selectors, tags, skin tones, soft hyphen: left out
 *     combining marks       two at most on their base; on a dotted circle at the start
 *     wide characters       kept whole: where only half fits stands a blank
 *     anything else that is not a character, or not UTF-8: U+FFFD, one for each byte
 *
 * In ASCII our own glyphs have the stand-ins of ascii_glyphs below, all other characters are '?'.
 */
#include "tui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tui/rune.h"
#include "tui/visible.h"

enum { PRINT_BYTES = 2048, RUNE_ELLIPSIS = 0x2026 };

/* Sorted by rune. */
static const struct {
    uint32_t rune;
    char ascii;
} ascii_glyphs[] = {
    {0x00A0, ' '},  {0x00B5, 'u'}, /* no-break space, micro */
    {0x00B7, '.'},  {0x00D7, 'x'}, /* middle dot, multiplication sign */
    {0x03BC, 'u'},                 /* mu */
    {0x2013, '-'},  {0x2014, '-'}, /* dashes */
    {0x2018, '\''}, {0x2019, '\''}, {0x201C, '"'}, {0x201D, '"'},
    {0x2022, '!'},                 /* bullet: an event */
    {0x2026, '~'},                 /* ellipsis */
    {0x2039, '<'},  {0x203A, '>'}, /* clipped at the left, at the right */
    {0x2190, '<'},  {0x2191, '^'},  {0x2192, '>'}, {0x2193, 'v'}, /* arrows */
    {0x2197, '^'},  {0x21BA, '@'},                                /* a link, round in a circle */
    {0x21AA, '>'},                                                /* continued line */
    {0x2205, '0'},                                                /* empty set */
    {0x2264, '<'},  {0x2265, '>'},  {0x23CE, '$'},                /* newline */
    {0x2500, '-'},  {0x2501, '='},  {0x2502, '|'}, {0x2503, '|'}, /* lines */
    {0x2504, '.'},  {0x250C, '+'},  {0x2510, '+'}, {0x2514, '`'},
    {0x2518, '+'},  {0x251C, '+'},  {0x2524, '+'}, {0x252C, '+'},
    {0x2534, '+'},  {0x253C, '+'},  {0x2578, '='}, {0x257A, '='}, /* half lines */
    {0x2581, '.'},  {0x2582, ':'},  {0x2583, '-'}, {0x2584, '='}, /* eighths from below */
    {0x2585, '+'},  {0x2586, '*'},  {0x2587, '%'}, {0x2588, '#'},
    {0x2589, '#'},  {0x258A, '#'},  {0x258B, '#'}, {0x258C, '|'}, /* eighths from the left */
    {0x258D, '#'},  {0x258E, '#'},  {0x258F, '#'}, {0x2590, '#'},
    {0x2591, '.'},  {0x2592, ':'},  {0x2593, '%'}, {0x2595, '#'}, /* shades, right eighth */
    {0x25B2, '^'},  {0x25B6, '>'},  {0x25B8, '>'}, {0x25BC, 'v'}, /* triangles */
    {0x25BE, 'v'},  {0x25CB, 'o'},  {0x25CF, '*'},                /* circles */
    {0x2713, 'v'},  {0x2716, 'X'},  {0x2717, 'x'},                /* check, crosses */
};

static const struct cell blank = {.rune = ' '};

static bool canvas_has(const struct canvas *canvas, int y, int x)
{
    return y >= 0 && y < canvas->h && x >= 0 && x < canvas->w;
}

static struct cell *cell_at(const struct canvas *canvas, int y, int x)
{
    return &canvas->cells[(size_t)y * (size_t)canvas->w + (size_t)x];
}

/* Makes room for a new cell: a wide character that would lose one half there goes as a whole. */
static void clear_cell(struct canvas *canvas, int y, int x)
{
    struct cell *cell = cell_at(canvas, y, x);
    if (cell->rune == 0 && x > 0) {
        cell[-1].rune = ' ';
    }
    if (x + 1 < canvas->w && cell[1].rune == 0) {
        cell[1].rune = ' ';
    }
    *cell = blank;
}

static void put_narrow(struct canvas *canvas, int y, int x, struct ink ink, uint32_t rune)
{
    if (canvas_has(canvas, y, x)) {
        clear_cell(canvas, y, x);
        *cell_at(canvas, y, x) = (struct cell){.rune = rune, .ink = ink};
    }
}

static void put_wide(struct canvas *canvas, int y, int x, struct ink ink, uint32_t rune)
{
    put_narrow(canvas, y, x, ink, ' ');
    put_narrow(canvas, y, x + 1, ink, ' ');
    if (canvas_has(canvas, y, x) && canvas_has(canvas, y, x + 1)) {
        cell_at(canvas, y, x)->rune = rune;
        cell_at(canvas, y, x + 1)->rune = 0;
    }
}

/* Paints a piece in at most room columns; returns the columns used. */
static int put_visible(struct canvas *canvas, int y, int x, int room, struct ink ink,
                       const struct visible *visible)
{
    if (visible->stand_in) {
        ink.flags |= INK_DIM;
    }
    int used = 0;
    for (int i = 0; i < visible->rune_count && used < room; i++) {
        uint32_t rune = visible->runes[i];
        int width = visible->rune_count == 1 ? visible->width : 1;
        if (width > room - used) {
            put_narrow(canvas, y, x + used, ink, ' ');
            return used + 1;
        }
        if (canvas->ascii) {
            for (int cell = 0; cell < width; cell++) {
                put_narrow(canvas, y, x + used + cell, ink,
                           (unsigned char)canvas_ascii_glyph(rune));
            }
        } else if (width == 2) {
            put_wide(canvas, y, x + used, ink, rune);
        } else {
            put_narrow(canvas, y, x + used, ink, rune);
        }
        if (!canvas->ascii && canvas_has(canvas, y, x + used)) {
            struct cell *cell = cell_at(canvas, y, x + used);
            cell->combining[0] = visible->combining[0];
            cell->combining[1] = visible->combining[1];
        }
        used += width;
    }
    return used;
}

/* Columns of text, or limit + 1 as soon as it needs more than limit. */
static int width_within(struct text text, int limit)
{
    struct visible visible;
    int width = 0;
    while (width <= limit && visible_next(&text, &visible)) {
        width = visible.width <= limit - width ? width + visible.width : limit + 1;
    }
    return width;
}

void canvas_init(struct canvas *canvas, bool ascii)
{
    *canvas = (struct canvas){.ascii = ascii, .cursor_y = -1, .cursor_x = -1};
}

void canvas_resize(struct canvas *canvas, int h, int w)
{
    canvas->h = h > 0 ? h : 0;
    canvas->w = w > 0 ? w : 0;
    canvas->cells =
        mem_grow(canvas->cells, (size_t)canvas->h * (size_t)canvas->w * sizeof *canvas->cells);
    canvas_clear(canvas);
}

void canvas_clear(struct canvas *canvas)
{
    size_t count = (size_t)canvas->h * (size_t)canvas->w;
    for (size_t i = 0; i < count; i++) {
        canvas->cells[i] = blank;
    }
    canvas->cursor_y = -1;
    canvas->cursor_x = -1;
}

void canvas_free(struct canvas *canvas)
{
    free(canvas->cells);
    *canvas = (struct canvas){.cursor_y = -1, .cursor_x = -1};
}

int canvas_text(struct canvas *canvas, int y, int x, int w, struct ink ink, struct text text)
{
    if (w > canvas->w - x) {
        w = canvas->w - x;
    }
    if (w <= 0 || y < 0 || y >= canvas->h) {
        return 0;
    }
    bool cut = width_within(text, w) > w;
    int room = cut ? w - 1 : w;
    struct visible visible;
    int used = 0;
    while (used < room && visible_next(&text, &visible)) {
        used += put_visible(canvas, y, x + used, room - used, ink, &visible);
    }
    if (cut) {
        canvas_rune(canvas, y, x + used, ink, RUNE_ELLIPSIS);
        used++;
    }
    return used;
}

int canvas_text_right(struct canvas *canvas, int y, int x, int w, struct ink ink, struct text text)
{
    int width = w > 0 ? width_within(text, w) : 0;
    int skip = width < w ? w - width : 0;
    return canvas_text(canvas, y, x + skip, w - skip, ink, text);
}

int canvas_print(struct canvas *canvas, int y, int x, int w, struct ink ink, const char *format,
                 ...)
{
    char line[PRINT_BYTES];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (length < 0) {
        return 0;
    }
    struct text text = text_make(line, (size_t)length);
    if (text.length >= sizeof line) {
        text.length = text_cut(text_make(line, sizeof line - 1), sizeof line - 1);
    }
    return canvas_text(canvas, y, x, w, ink, text);
}

void canvas_rune(struct canvas *canvas, int y, int x, struct ink ink, uint32_t rune)
{
    put_narrow(canvas, y, x, ink,
               canvas->ascii ? (uint32_t)(unsigned char)canvas_ascii_glyph(rune) : rune);
}

void canvas_fill(struct canvas *canvas, struct rect area, struct ink ink, uint32_t rune)
{
    int top = area.y > 0 ? area.y : 0;
    int left = area.x > 0 ? area.x : 0;
    for (int y = top; y < canvas->h && y < area.y + area.h; y++) {
        for (int x = left; x < canvas->w && x < area.x + area.w; x++) {
            canvas_rune(canvas, y, x, ink, rune);
        }
    }
}

void canvas_frame(struct canvas *canvas, struct rect area, struct ink ink)
{
    int bottom = area.y + area.h - 1;
    int right = area.x + area.w - 1;
    canvas_fill(canvas, area, INK(TONE_NORMAL), ' ');
    canvas_fill(canvas, (struct rect){area.y, area.x, 1, area.w}, ink, RUNE_DASH);
    canvas_fill(canvas, (struct rect){bottom, area.x, 1, area.w}, ink, RUNE_DASH);
    canvas_fill(canvas, (struct rect){area.y, area.x, area.h, 1}, ink, RUNE_PIPE);
    canvas_fill(canvas, (struct rect){area.y, right, area.h, 1}, ink, RUNE_PIPE);
    canvas_rune(canvas, area.y, area.x, ink, 0x250C);
    canvas_rune(canvas, area.y, right, ink, 0x2510);
    canvas_rune(canvas, bottom, area.x, ink, RUNE_CORNER);
    canvas_rune(canvas, bottom, right, ink, 0x2518);
}

void canvas_mark(struct canvas *canvas, struct rect area, uint8_t flags)
{
    int top = area.y > 0 ? area.y : 0;
    int left = area.x > 0 ? area.x : 0;
    for (int y = top; y < canvas->h && y < area.y + area.h; y++) {
        for (int x = left; x < canvas->w && x < area.x + area.w; x++) {
            cell_at(canvas, y, x)->ink.flags |= flags;
        }
    }
}

int canvas_width(struct text text)
{
    struct visible visible;
    int width = 0;
    while (visible_next(&text, &visible)) {
        width += visible.width;
    }
    return width;
}

char canvas_ascii_glyph(uint32_t rune)
{
    if (rune < 0x80) {
        return (char)rune;
    }
    for (size_t i = 0; i < ARRAY_LEN(ascii_glyphs) && ascii_glyphs[i].rune <= rune; i++) {
        if (ascii_glyphs[i].rune == rune) {
            return ascii_glyphs[i].ascii;
        }
    }
    return '?';
}

static void append_rune(struct text_buffer *target, uint32_t rune)
{
    char bytes[4];
    text_append(target, text_make(bytes, text_put_rune(bytes, rune)));
}

void canvas_row(const struct canvas *canvas, int y, struct text_buffer *target)
{
    if (y < 0 || y >= canvas->h) {
        return;
    }
    const struct cell *row = canvas->cells + (size_t)y * (size_t)canvas->w;
    int end = canvas->w;
    while (end > 0 && row[end - 1].rune == ' ' && row[end - 1].combining[0] == 0) {
        end--;
    }
    for (int x = 0; x < end; x++) {
        if (row[x].rune == 0) {
            continue;
        }
        append_rune(target, row[x].rune);
        for (size_t i = 0; i < ARRAY_LEN(row[x].combining) && row[x].combining[i] != 0; i++) {
            append_rune(target, row[x].combining[i]);
        }
    }
}

void canvas_sanitise(struct text text, struct text_buffer *target)
{
    struct visible visible;
    while (visible_next(&text, &visible)) {
        for (int i = 0; i < visible.rune_count; i++) {
            append_rune(target, visible.runes[i]);
        }
        for (size_t i = 0; i < VISIBLE_COMBINING && visible.combining[i] != 0; i++) {
            append_rune(target, visible.combining[i]);
        }
    }
}
