/* waterfall_state — what the waterfall pane's own files share; nobody else includes it.
 *
 * waterfall_pane.c holds the trace and the cursor; waterfall_find.c knows which spans are looked
 * for, and waterfall_act.c the keys;
 * waterfall_paper.c works out what is visible (bars, minimap); waterfall_draw.c paints that without
 * computing anything; waterfall_words.c says it in words. */
#ifndef TRACETUI_TUI_WATERFALL_STATE_H
#define TRACETUI_TUI_WATERFALL_STATE_H

#include "tui/critical_path.h"
#include "tui/service_tag.h"
#include "tui/span_events.h"
#include "tui/span_usual.h"
#include "tui/trace_sides.h"
#include "tui/waterfall.h"
#include "tui/waterfall_pane.h"
#include "tui/waterfall_rows.h"

enum {
    WATERFALL_BARS_LEAST = 60, /* columns; below that there are names and durations only */
    WATERFALL_TALL = 24,       /* rows of the pane from which there is room for more header */
    WATERFALL_BANDS = 3,
    WATERFALL_BAND_DEPTHS = 2,       /* 0-1, 2-3, 4+ */
    WATERFALL_PATH_LARGEST = 100000, /* spans up to which the critical path is always known */
};

enum emphasis { EMPHASIS_SELF, EMPHASIS_CRITICAL, EMPHASIS_PLAIN, EMPHASIS_COUNT };
enum colour_by {
    COLOUR_SERVICE,
    COLOUR_TYPE,
    COLOUR_STATUS,
    COLOUR_SIDE, /* client or server */
    COLOUR_NONE,
    COLOUR_BY_COUNT
};

/* Where things stand in the pane; from its size and what is shown. */
struct waterfall_layout {
    int name_w, bar_x, bar_w;        /* bar_w = 0: no bars */
    int duration_x, self_x, usual_x; /* self_x, usual_x = 0: no such column */
    int minimap_h;                   /* 0, 1 or WATERFALL_BANDS */
    int ruler_y, ruler_h;            /* 1, or 2 with the line */
    int rows_y, rows_h;
};

struct minimap_cell {
    uint8_t level; /* 0 ... 8 */
    bool error;
};

/* Everything that is expensive to know about the visible rows. */
struct waterfall_paper {
    struct bar_cell *cells; /* rows_h rows of bar_w */
    int64_t *self_ns;       /* rows_h */
    uint8_t *covered;       /* scratch, bar_w */
    struct minimap_cell
        *minimap; /* WATERFALL_BANDS rows of bar_w; the first one if minimap_h is 1 */
    int rows, width;
    struct tick ticks[WATERFALL_TICKS_LARGEST];
    size_t tick_count;
};

/* What is looked for in the trace. {0}: nothing. */
struct waterfall_find {
    struct text_buffer text; /* as typed; empty for what the list was filtered by */
    bool of_query;
    bool going;        /* nobody has moved: the cursor goes to the first match that comes */
    bool asked;        /* for those that only the store can find */
    uint64_t *matches; /* a bit a span; NULL = no search */
    uint64_t *family;  /* matches and their ancestors, for rows.only */
    size_t count;
    int64_t *bodies; /* of the spans that the store found, kept for when the trace grows */
    size_t body_count, body_capacity;
    uint32_t *by_body; /* spans, hashed by their bodies; NULL until one is found that way */
    size_t mask;
};

struct waterfall_pane {
    bool ascii;
    struct trace *trace; /* owned, NULL while empty */
    int64_t end_ns;      /* of the picture: the trace's end, or now while it runs */
    struct waterfall_rows rows;
    struct service_tags tags;
    struct span_usual usual;
    struct trace_sides sides;
    struct critical_path path;
    bool path_known;
    struct span_events events;

    struct time_view extent, view;
    bool fitted; /* the view follows the extent */
    enum emphasis emphasis;
    enum colour_by colour_by;
    bool show_events, show_header, absolute_time;
    int widen;

    size_t cursor, top;      /* rows */
    uint32_t hottest;        /* last span found by the key, for the next one; UINT32_MAX = none */
    struct text_buffer said; /* words of a notice */
    const char *notice;      /* what the last action has to say, NULL = nothing */
    int h, w;
    struct waterfall_layout layout;
    struct waterfall_paper paper;

    struct waterfall_find find;
};

bool waterfall_is_match(const struct waterfall_pane *pane, uint32_t span);
/* True of what stands back while something is looked for by hand. */
bool waterfall_is_faded(const struct waterfall_pane *pane, uint32_t span);
/* How many matches there are down to the cursor, itself included. */
size_t waterfall_match_number(const struct waterfall_pane *pane);
/* The span a row stands for: of a group its first merged member. */
uint32_t waterfall_row_span(const struct waterfall_pane *pane, size_t row);

/* The row under the cursor, NULL if there is none. */
const struct row *waterfall_current(const struct waterfall_pane *pane);

/* ---- after a change, from the smallest to the largest ---- */
void waterfall_refresh(struct waterfall_pane *pane);      /* the cursor or the view has moved */
void waterfall_rows_changed(struct waterfall_pane *pane); /* folds: the cursor keeps its span */
void waterfall_relayout(struct waterfall_pane *pane);     /* sizes */

/* Moves the cursor to a span, opening what hides it. */
void waterfall_go_to(struct waterfall_pane *pane, uint32_t span);
/* The nearest span after (step 1) or before (-1) `from` that is wanted, wrapping once round. */
bool waterfall_seek(const struct waterfall_pane *pane, uint32_t from, int step,
                    bool (*wanted)(const struct waterfall_pane *pane, uint32_t span),
                    uint32_t *ret_span);
/* Marks the matches anew; the trace is another one, or has grown. */
void waterfall_find_again(struct waterfall_pane *pane);
void waterfall_find_forget(struct waterfall_pane *pane); /* the marks */
void waterfall_find_clear(struct waterfall_pane *pane);  /* the search */
/* Works out the critical path where that is cheap or asked for. */
void waterfall_know_path(struct waterfall_pane *pane);

enum pane_reply waterfall_act(void *pane, enum action action, int count);

void waterfall_layout_set(struct waterfall_pane *pane);
void waterfall_paper_set(struct waterfall_pane *pane);   /* bars and ticks of the visible rows */
void waterfall_minimap_set(struct waterfall_pane *pane); /* after a new trace, width or end */
void waterfall_paper_clear(struct waterfall_paper *paper);

/* A row as a sentence: "depth 2, db, SELECT goals, 40 ms, starts after 12 ms, 1 of 3 children". */
struct spoken;
void waterfall_row_words(const struct waterfall_pane *pane, size_t row, struct spoken *line);

void waterfall_draw(const void *pane, struct canvas *canvas, struct rect area);

#endif
