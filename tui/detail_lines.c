/* detail_lines — coloured text of a details tab: lines of pieces, and their rows on the screen. */
#include "tui/detail_lines.h"

#include <stdlib.h>
#include <string.h>

#include "tui/visible.h"

enum { RUNE_CONTINUED = 0x21AA, CONTINUED_W = 2, TAB_W = 4 };

/* ---- making lines --------------------------------------------------------------------------- */

void detail_lines_piece(struct detail_lines *lines, struct ink ink, struct text text)
{
    size_t room = DETAIL_TEXT_LARGEST - lines->text.length;
    size_t length = text_cut(text, room);
    lines->cut |= length < text.length;
    if (length == 0) {
        return;
    }
    if (lines->piece_count == lines->piece_capacity) {
        lines->piece_capacity = lines->piece_capacity * 2 + 64;
        lines->pieces = mem_grow(lines->pieces, lines->piece_capacity * sizeof *lines->pieces);
    }
    uint32_t start = (uint32_t)lines->text.length;
    text_append(&lines->text, text_make(text.data, length));
    lines->pieces[lines->piece_count++] =
        (struct detail_piece){.start = start, .end = (uint32_t)lines->text.length, .ink = ink};
}

static struct text slice(const struct detail_lines *lines, uint32_t start, uint32_t end)
{
    return text_make(lines->text.data + start, end - start);
}

int detail_lines_width(const struct detail_lines *lines)
{
    int width = 0;
    for (size_t i = lines->open_piece; i < lines->piece_count; i++) {
        width += canvas_width(slice(lines, lines->pieces[i].start, lines->pieces[i].end));
    }
    return width;
}

void detail_lines_pad(struct detail_lines *lines, int column)
{
    static const char blanks[] = "                                ";
    int missing = column - detail_lines_width(lines);
    missing = missing < 2 ? 2 : missing;
    missing = missing < (int)sizeof blanks - 1 ? missing : (int)sizeof blanks - 1;
    detail_lines_piece(lines, INK(TONE_NORMAL), text_make(blanks, (size_t)missing));
}

struct detail_line *detail_lines_end(struct detail_lines *lines)
{
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity * 2 + 64;
        lines->lines = mem_grow(lines->lines, lines->capacity * sizeof *lines->lines);
    }
    struct detail_line *line = &lines->lines[lines->count++];
    *line = (struct detail_line){.first_piece = lines->open_piece,
                                 .end_piece = (uint32_t)lines->piece_count,
                                 .mark.link = -1};
    lines->open_piece = (uint32_t)lines->piece_count;
    return line;
}

void detail_lines_paragraph(struct detail_lines *lines, struct ink ink, int indent,
                            struct text text)
{
    while (text.length > 0 && !lines->cut) {
        const char *newline = memchr(text.data, '\n', text.length);
        size_t length = newline != NULL ? (size_t)(newline - text.data) : text.length;
        size_t shown = length > 0 && text.data[length - 1] == '\r' ? length - 1 : length;
        if (indent > 0) {
            detail_lines_pad(lines, indent);
        }
        int column = 0;                    /* from the last stop */
        for (size_t at = 0; at < shown;) { /* tabs go to the next stop */
            const char *tab = memchr(text.data + at, '\t', shown - at);
            size_t end = tab != NULL ? (size_t)(tab - text.data) : shown;
            struct text part = text_make(text.data + at, end - at);
            detail_lines_piece(lines, ink, part);
            column = (column + canvas_width(part)) % TAB_W;
            if (tab != NULL) {
                detail_lines_piece(lines, ink, text_make("    ", (size_t)(TAB_W - column)));
                column = 0;
            }
            at = tab != NULL ? end + 1 : end;
        }
        detail_lines_end(lines)->hang = (uint16_t)(indent + CONTINUED_W);
        size_t used = newline != NULL ? length + 1 : length;
        text = text_make(text.data + used, text.length - used);
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

static uint32_t line_start(const struct detail_lines *lines, const struct detail_line *line)
{
    return line->first_piece < line->end_piece ? lines->pieces[line->first_piece].start : 0;
}

static uint32_t line_end(const struct detail_lines *lines, const struct detail_line *line)
{
    return line->first_piece < line->end_piece ? lines->pieces[line->end_piece - 1].end : 0;
}

struct text detail_lines_text(const struct detail_lines *lines, size_t line)
{
    const struct detail_line *at = &lines->lines[line];
    return slice(lines, line_start(lines, at), line_end(lines, at));
}

static void add_row(struct detail_lines *lines, struct detail_row row)
{
    if (lines->row_count == lines->row_capacity) {
        lines->row_capacity = lines->row_capacity * 2 + 64;
        lines->rows = mem_grow(lines->rows, lines->row_capacity * sizeof *lines->rows);
    }
    lines->rows[lines->row_count++] = row;
}

/* The byte behind what fits into w columns from start on; breaks behind a blank if one is near. */
static uint32_t fit(const struct detail_lines *lines, uint32_t start, uint32_t end, int w)
{
    struct text rest = slice(lines, start, end);
    struct visible piece;
    uint32_t at = start;
    uint32_t blank = 0;
    int used = 0;
    while (visible_next(&rest, &piece)) {
        used += piece.width;
        if (used > w && at > start) {
            return blank > start + (at - start) / 2 ? blank : at;
        }
        at = end - (uint32_t)rest.length;
        if (piece.runes[0] == ' ') {
            blank = at;
        }
    }
    return end;
}

/* The byte at which `scroll` columns are left out. */
static uint32_t skip_columns(const struct detail_lines *lines, uint32_t start, uint32_t end,
                             int scroll)
{
    return scroll > 0 ? fit(lines, start, end, scroll) : start;
}

void detail_lines_flow(struct detail_lines *lines, int w, bool wrap, int scroll, struct text only)
{
    lines->row_count = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const struct detail_line *line = &lines->lines[i];
        uint32_t at = line_start(lines, line);
        uint32_t end = line_end(lines, line);
        if (!text_is_empty(only) && !text_contains_nocase(slice(lines, at, end), only)) {
            continue;
        }
        struct detail_row row = {.line = (uint32_t)i, .start = at, .end = end};
        if (!wrap) {
            row.start = skip_columns(lines, at, end, scroll);
            add_row(lines, row);
            continue;
        }
        int hang = line->hang < w / 2 ? line->hang : 0;
        do {
            row.start = at;
            row.end = fit(lines, at, end, row.continued ? w - hang : w);
            add_row(lines, row);
            at = row.end;
            row.continued = true;
        } while (at < end);
    }
}

/* Paints the places where `match` stands in the part of the row that is visible. */
static void mark_matches(const struct detail_lines *lines, struct canvas *canvas, int y, int x,
                         int w, const struct detail_row *row, struct text match)
{
    struct text rest = slice(lines, row->start, row->end);
    if (text_is_empty(match)) {
        return;
    }
    for (int column = 0; rest.length >= match.length && column < w;) {
        struct visible piece;
        if (text_contains_nocase(text_make(rest.data, match.length), match)) {
            int width = canvas_width(text_make(rest.data, match.length));
            width = width < w - column ? width : w - column;
            canvas_mark(canvas, (struct rect){y, x + column, 1, width}, INK_REVERSE);
        }
        if (!visible_next(&rest, &piece)) {
            return;
        }
        column += piece.width;
    }
}

void detail_lines_draw(const struct detail_lines *lines, struct canvas *canvas, int y, int x, int w,
                       size_t row, struct text match)
{
    const struct detail_row *at = &lines->rows[row];
    const struct detail_line *line = &lines->lines[at->line];
    int end_x = x + w;
    if (at->continued && line->hang < w / 2) {
        x += line->hang;
        if (line->hang >= CONTINUED_W) {
            canvas_rune(canvas, y, x - CONTINUED_W, INK(TONE_DIM), RUNE_CONTINUED);
        }
    }
    int text_x = x;
    for (uint32_t i = line->first_piece; i < line->end_piece && x < end_x; i++) {
        const struct detail_piece *piece = &lines->pieces[i];
        uint32_t start = piece->start > at->start ? piece->start : at->start;
        uint32_t end = piece->end < at->end ? piece->end : at->end;
        if (start < end) {
            x += canvas_text(canvas, y, x, end_x - x, piece->ink, slice(lines, start, end));
        }
    }
    mark_matches(lines, canvas, y, text_x, end_x - text_x, at, match);
}

void detail_lines_clear(struct detail_lines *lines)
{
    text_buffer_clear(&lines->text);
    lines->piece_count = 0;
    lines->count = 0;
    lines->row_count = 0;
    lines->open_piece = 0;
    lines->cut = false;
}

void detail_lines_free(struct detail_lines *lines)
{
    text_buffer_free(&lines->text);
    free(lines->pieces);
    free(lines->lines);
    free(lines->rows);
    *lines = (struct detail_lines){0};
}
