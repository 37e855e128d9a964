/* title_bar — the first line: which store this is, whether data comes in, and what is wrong. */
#ifndef TRACETUI_TUI_TITLE_BAR_H
#define TRACETUI_TUI_TITLE_BAR_H

#include "store/reader.h"
#include "tui/canvas.h"

struct title_bar {
    const char *host;
    const char *path;
    const char *problem;           /* "disk full: ..."; "" = all is well */
    const char *role;              /* "read-only: ingest by pid 812"; "" = this process receives */
    uint64_t refused;              /* spans and requests turned away since start */
    const char *reasons;           /* "time 2, id 1", shown where there is room; "" = none */
    const struct store_size *size; /* NULL = not known yet */
    bool demo;
    bool live;           /* watching the store */
    bool no_receiver;    /* nobody fills it */
    bool following;      /* false: paused */
    int64_t spans_per_s; /* received lately, -1 = unknown */
    int64_t lag_ns;      /* of the last commit, -1 = unknown */
    int64_t now_ns;
};

void title_bar_draw(const struct title_bar *bar, struct canvas *canvas, struct rect area);

#endif
