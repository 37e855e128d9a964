/* canvas — a grid of cells that panes paint on; knows no terminal.
 *
 * Panes draw into a canvas, screen.c shows it through ncurses, tests print it as text. Every text
 * from outside goes through canvas_text, the one place where bytes become cells: nothing that could
 * move a cursor, colour a terminal or upset its columns leaves it (see canvas.c for the table). */
#ifndef TRACETUI_TUI_CANVAS_H
#define TRACETUI_TUI_CANVAS_H

#include "store/base/text.h"

struct rect {
    int y, x, h, w;
};

/* Runes that several panes draw with; canvas.c knows what ASCII has in their places. */
enum {
    RUNE_DASH = 0x2500,
    RUNE_LINE = 0x2501, /* a thick dash */
    RUNE_PIPE = 0x2502,
    RUNE_CORNER = 0x2514,
    RUNE_TEE = 0x251C,
    RUNE_FULL = 0x2588, /* a whole cell */
    RUNE_MARK = 0x258C, /* its left half: the cursor's row */
    RUNE_CROSS = 0x2717 /* something failed */
};

/* What a cell means; theme.c maps it to colours and attributes. */
enum tone {
    TONE_NORMAL,
    TONE_DIM,    /* secondary text, guides */
    TONE_STRONG, /* headings, the selected row's name */
    TONE_TITLE,  /* title bar, pane dividers' titles */
    TONE_ACCENT, /* keys in the footer, the cursor's mark, links */
    TONE_ERROR,
    TONE_WARN,
    TONE_OK,
    TONE_RUNNING,
    TONE_MATCH,   /* find hits */
    TONE_STRING,  /* JSON: strings */
    TONE_NUMBER,  /* JSON: numbers, booleans */
    TONE_KEYWORD, /* SQL keywords, query fields */
    TONE_SERVICE_0,
    TONE_SERVICE_1,
    TONE_SERVICE_2,
    TONE_SERVICE_3,
    TONE_SERVICE_4,
    TONE_SERVICE_5,
    TONE_SERVICE_6,
    TONE_SERVICE_7,
    TONE_COUNT
};

enum ink_flag {
    INK_BOLD = 1 << 0,
    INK_REVERSE = 1 << 1,
    INK_UNDERLINE = 1 << 2,
    INK_SELECTED = 1 << 3, /* row background where the terminal has colours enough, else reverse */
    INK_DIM = 1 << 4,
};

struct ink {
    uint8_t tone;  /* enum tone */
    uint8_t flags; /* enum ink_flag */
};

#define INK(t)         ((struct ink){.tone = (t)})
#define INK_WITH(t, f) ((struct ink){.tone = (t), .flags = (uint8_t)(f)})

struct cell {
    uint32_t rune; /* 0 in the right half of a wide character */
    uint32_t combining[2];
    struct ink ink;
};

struct canvas {
    int h, w;
    struct cell *cells;     /* h * w, row by row */
    bool ascii;             /* only ASCII may be drawn: glyphs and texts are replaced */
    bool words;             /* rows are sentences, without bars: for screen readers (spoken.h) */
    int cursor_y, cursor_x; /* where the hardware cursor belongs; -1 = hidden */
};

void canvas_init(struct canvas *canvas, bool ascii);
void canvas_resize(struct canvas *canvas, int h, int w); /* all blank */
void canvas_clear(struct canvas *canvas);
void canvas_free(struct canvas *canvas);

/* Everything below clips at the canvas; coordinates outside are fine. */

/* Untrusted text in at most w cells; longer text ends in an ellipsis. Returns the cells used. */
int canvas_text(struct canvas *canvas, int y, int x, int w, struct ink ink, struct text text);
/* The same, right-aligned in w cells. */
int canvas_text_right(struct canvas *canvas, int y, int x, int w, struct ink ink, struct text text);
/* Our own text: printf into at most w cells. */
int canvas_print(struct canvas *canvas, int y, int x, int w, struct ink ink, const char *format,
                 ...) PRINTF_LIKE(6);
/* One of our own glyphs. */
void canvas_rune(struct canvas *canvas, int y, int x, struct ink ink, uint32_t rune);
void canvas_fill(struct canvas *canvas, struct rect area, struct ink ink, uint32_t rune);
/* A box around an area that is blanked first. */
void canvas_frame(struct canvas *canvas, struct rect area, struct ink ink);
/* Adds flags (INK_SELECTED, say) to what is already painted. */
void canvas_mark(struct canvas *canvas, struct rect area, uint8_t flags);

/* Cells that canvas_text would use without a limit. */
int canvas_width(struct text text);

/* The replacement of a glyph of ours in ASCII: '#' for a full block, and so on (table in canvas.c).
 */
char canvas_ascii_glyph(uint32_t rune);

/* Appends row y as UTF-8 text without trailing blanks; for tests and dumps. */
void canvas_row(const struct canvas *canvas, int y, struct text_buffer *target);

/* Appends text made harmless for a terminal, for line output (ls, show): control characters, bidi
 * overrides and invalid bytes become visible stand-ins; newlines become U+23CE. */
void canvas_sanitise(struct text text, struct text_buffer *target);

#endif
