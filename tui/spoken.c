/* spoken — the screen for somebody who hears it: words in the place of lines, bars and columns. */
#include "tui/spoken.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tui/format.h"

enum {
    ROW_LARGEST = 1024, /* columns; wider terminals show no more */
    DRAWN_FIRST = 0x2500,
    DRAWN_LAST = 0x259F, /* lines, blocks and shades */
};

/* What our signs say; "" = nothing. */
static const struct {
    uint32_t rune;
    const char *word;
} signs[] = {
    {0x00B7, " "},       {0x00D7, "times"},   {0x2022, ""},       {0x2192, "calls"},
    {0x2039, ""},        {0x203A, "then"},    {0x2191, "up"},     {0x2193, "down"},
    {0x2197, "links"},   {0x21AA, ""},        {0x21BA, "circle"}, {0x2205, "cancelled"},
    {0x25B2, " up"},     {0x25B6, "running"}, {0x25B8, "folded"}, {0x25BC, " down"},
    {0x25BE, "open"},    {0x25CB, ""},        {0x25CF, ""},       {0x2713, "yes"},
    {0x2716, "problem"}, {0x2717, "error"},
};

/* ---- a sentence ---- */

void spoken_add(struct spoken *line, struct text part)
{
    size_t comma = line->length > 0 ? 2 : 0;
    if (part.length == 0 || line->length + comma >= sizeof line->bytes) {
        return;
    }
    part.length = text_cut(part, sizeof line->bytes - line->length - comma);
    memcpy(line->bytes + line->length, ", ", comma);
    memcpy(line->bytes + line->length + comma, part.data, part.length);
    line->length += comma + part.length;
}

void spoken_format(struct spoken *line, const char *format, ...)
{
    char part[SPOKEN_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(part, sizeof part, format, arguments);
    va_end(arguments);
    spoken_add(line, text_from(part));
}

struct text spoken_time(char target[SPOKEN_TIME_BYTES], int64_t ns)
{
    char number[FORMAT_BYTES];
    struct text text = format_duration(number, ns, true);
    size_t length = 0;
    for (size_t i = 0; i < text.length && length + 2 <= SPOKEN_TIME_BYTES; i++) {
        unsigned char here = (unsigned char)text.data[i];
        unsigned char last = i > 0 ? (unsigned char)text.data[i - 1] : here;
        if (!isalpha(last) != !isalpha(here)) {
            target[length++] = ' ';
        }
        target[length++] = (char)here;
    }
    return text_make(target, length);
}

void spoken_duration(struct spoken *line, const char *before, int64_t ns, const char *behind)
{
    char time[SPOKEN_TIME_BYTES];
    spoken_format(line, "%s%.*s%s", before, TEXT_ARGS(spoken_time(time, ns)), behind);
}

void spoken_count(struct spoken *line, int64_t count, const char *what)
{
    char number[FORMAT_BYTES];
    struct text shown = format_exact(number, count);
    spoken_format(line, "%.*s %s%s", TEXT_ARGS(shown), what, text_plural(count));
}

struct text spoken_text(const struct spoken *line)
{
    return text_make(line->bytes, line->length);
}

/* ---- a table of sentences ---- */

/* Bytes of the text that fit into w cells, up to a blank if there is one; all of a text that
 * fits. */
static size_t wrap(struct text text, int w)
{
    size_t fits = 0;
    for (size_t at = 0; at <= text.length; at++) {
        bool border = at == text.length || text.data[at] == ' ';
        if (border && canvas_width(text_make(text.data, at)) > w) {
            break;
        }
        fits = border ? at : fits;
    }
    for (size_t at = fits; fits == 0 && at < text.length; at++) { /* one endless word */
        size_t cut = text_cut(text, at + 1);
        if (canvas_width(text_make(text.data, cut)) > w) {
            return at > 0 ? text_cut(text, at) : 1;
        }
    }
    return fits > 0 ? fits : text.length;
}

/* Draws what there is room for; returns the rows that all of it takes. */
static int draw_wrapped(struct canvas *canvas, struct rect area, struct text text)
{
    int rows = 0;
    while (text.length > 0) {
        size_t used = wrap(text, area.w);
        if (rows < area.h) {
            canvas_text(canvas, area.y + rows, area.x, area.w, INK(TONE_NORMAL),
                        text_make(text.data, used));
        }
        rows++;
        used += used < text.length && text.data[used] == ' ';
        text = text_make(text.data + used, text.length - used);
    }
    return rows > 0 ? rows : 1;
}

void spoken_rows(struct canvas *canvas, struct rect area, const struct row_cursor *rows,
                 void (*say)(const void *ctx, size_t row, struct spoken *line), const void *ctx)
{
    struct spoken chosen = {0};
    size_t row = rows->top;
    if (rows->at < rows->count) {
        say(ctx, rows->at, &chosen);
        int rest = area.h - draw_wrapped(canvas, (struct rect){.w = area.w}, spoken_text(&chosen));
        size_t above = rest > 0 ? (size_t)rest : 0;
        row = rows->at > row + above ? rows->at - above : row; /* its end is on the screen, too */
    }
    for (int y = 0; y < area.h && row < rows->count; row++) {
        if (row == rows->at) {
            struct rect rest = {area.y + y, area.x, area.h - y, area.w};
            int h = draw_wrapped(canvas, rest, spoken_text(&chosen));
            canvas_mark(canvas, (struct rect){area.y + y, area.x, 1, area.w}, INK_SELECTED);
            y += h;
            continue;
        }
        struct spoken line = {0};
        say(ctx, row, &line);
        canvas_text(canvas, area.y + y, area.x, area.w, INK(TONE_NORMAL), spoken_text(&line));
        y++;
    }
}

/* ---- the canvas ---- */

/* A row as it is written anew. */
struct row {
    struct cell cells[ROW_LARGEST];
    int w, most;
    int blanks; /* seen since the last word */
};

static void put(struct row *row, struct cell cell)
{
    if (row->w < row->most) {
        row->cells[row->w++] = cell;
    }
}

static void put_word(struct row *row, struct ink ink, const char *word)
{
    for (; *word != '\0'; word++) {
        put(row, (struct cell){.rune = (unsigned char)*word, .ink = ink});
    }
}

/* Two blanks and more stood between columns. */
static void put_gap(struct row *row, struct ink ink)
{
    if (row->w > 0 && row->blanks > 0) {
        uint32_t last = row->cells[row->w - 1].rune;
        bool pause = row->blanks > 1 && last != ',' && last != ':' && last != '.';
        put_word(row, ink, pause ? ", " : " ");
    }
    row->blanks = 0;
}

static const char *word_of(uint32_t rune)
{
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        if (signs[i].rune == rune) {
            return signs[i].word;
        }
    }
    return rune >= DRAWN_FIRST && rune <= DRAWN_LAST ? "" : NULL;
}

static void speak_cell(struct row *row, const struct cell *cell, bool ascii)
{
    const char *word = word_of(cell->rune);
    struct ink ink = cell->ink;
    if (cell->rune == ' ' || (word != NULL && word[strspn(word, " ")] == '\0')) {
        row->blanks++;
        return;
    }
    if (word != NULL && word[0] == ' ') {
        row->blanks = 0; /* the order of a column belongs to its title */
    } else {
        put_gap(row, ink);
    }
    if (word != NULL) {
        put_word(row, ink, word);
        row->blanks = 1; /* no word runs into the next */
    } else if (ascii && cell->rune > '~') {
        put(row, (struct cell){.rune = (unsigned char)canvas_ascii_glyph(cell->rune), .ink = ink});
    } else {
        put(row, *cell);
    }
}

static void speak_row(struct canvas *canvas, int y, bool ascii)
{
    struct cell *cells = canvas->cells + (size_t)y * (size_t)canvas->w;
    struct row row = {.most = canvas->w < ROW_LARGEST ? canvas->w : ROW_LARGEST};
    bool selected = false;
    int edited = canvas->cursor_y == y ? canvas->cursor_x : -1;
    for (int x = 0; x < canvas->w; x++) {
        if (x == edited) { /* blanks before it were typed */
            put_word(&row, cells[x].ink, row.blanks > 0 && row.w > 0 ? " " : "");
            row.blanks = 0;
            canvas->cursor_x = row.w < row.most ? row.w : row.most - 1;
        }
        selected = selected || (cells[x].ink.flags & INK_SELECTED) != 0;
        speak_cell(&row, &cells[x], ascii);
    }
    for (int x = 0; x < canvas->w; x++) {
        cells[x] = x < row.w ? row.cells[x] : (struct cell){.rune = ' '};
        cells[x].ink.flags &= (uint8_t) ~(INK_SELECTED | INK_REVERSE);
    }
    if (selected && canvas->cursor_y < 0) {
        canvas->cursor_y = y;
        canvas->cursor_x = 0;
    }
}

void spoken_canvas(struct canvas *canvas, bool ascii)
{
    for (int y = 0; y < canvas->h; y++) {
        speak_row(canvas, y, ascii);
    }
}
