/* detail_lines — coloured text of a details tab: lines of pieces, and their rows on the screen.
 *
 *     detail_lines_piece(&lines, INK(TONE_DIM), TEXT("db.system"));
 *     detail_lines_pad(&lines, 16);
 *     detail_lines_piece(&lines, INK(TONE_STRING), TEXT("sqlite"));
 *     detail_lines_end(&lines);
 *     detail_lines_flow(&lines, w, true, 0);       // rows for this width
 *     detail_lines_draw(&lines, canvas, y, x, w, row);
 *
 * Text is kept as it came; canvas_text makes it harmless when it is drawn. */
#ifndef TRACETUI_TUI_DETAIL_LINES_H
#define TRACETUI_TUI_DETAIL_LINES_H

#include "tui/canvas.h"

/* Bytes of one tab's text; what is longer is cut and says so ($PAGER shows all). */
enum { DETAIL_TEXT_LARGEST = 1 << 20 };

struct detail_piece {
    uint32_t start, end; /* in text */
    struct ink ink;
};

/* What a line stands for, so that it can become a query term, be copied, folded or opened. */
struct detail_mark {
    struct text key;   /* of the attribute, or empty; borrowed from the span's body */
    struct text value; /* raw JSON of it, or plain text */
    bool plain;        /* value is text, not JSON */
    uint64_t node;     /* of the JSON tree, 0 = none */
    int32_t link;      /* index of a link, -1 = none */
};

struct detail_line {
    uint32_t first_piece, end_piece;
    uint16_t hang; /* columns by which wrapped rows are indented */
    struct detail_mark mark;
};

/* A part of a line on one row of the screen. */
struct detail_row {
    uint32_t line;
    uint32_t start, end; /* in text */
    bool continued;      /* begins inside its line: the hanging indent and its sign come first */
};

/* {0} is empty. */
struct detail_lines {
    struct text_buffer text;
    struct detail_piece *pieces;
    size_t piece_count, piece_capacity;
    struct detail_line *lines;
    size_t count, capacity;
    struct detail_row *rows;
    size_t row_count, row_capacity;
    uint32_t open_piece; /* first piece of the line being made */
    bool cut;            /* DETAIL_TEXT_LARGEST was reached */
};

/* ---- making lines ---- */
void detail_lines_piece(struct detail_lines *lines, struct ink ink, struct text text);
/* Blanks up to the column; two at least when the line is longer already. */
void detail_lines_pad(struct detail_lines *lines, int column);
/* Ends the line; returns it for marks, valid until the next call. */
struct detail_line *detail_lines_end(struct detail_lines *lines);
/* Each line of a text that may hold newlines becomes a line, indented by blanks. */
void detail_lines_paragraph(struct detail_lines *lines, struct ink ink, int indent,
                            struct text text);
int detail_lines_width(const struct detail_lines *lines); /* of the line being made */

/* ---- rows ---- */
/* Only lines that contain `only` are kept, if it is not empty. scroll: columns left out at the left
 * when not wrapping. */
void detail_lines_flow(struct detail_lines *lines, int w, bool wrap, int scroll, struct text only);
void detail_lines_draw(const struct detail_lines *lines, struct canvas *canvas, int y, int x, int w,
                       size_t row, struct text match);
struct text detail_lines_text(const struct detail_lines *lines, size_t line);

void detail_lines_clear(struct detail_lines *lines); /* keeps the memory */
void detail_lines_free(struct detail_lines *lines);

#endif
