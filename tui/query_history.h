/* query_history — the queries of earlier: a file of recent ones, and undo for this session. */
#ifndef TRACETUI_TUI_QUERY_HISTORY_H
#define TRACETUI_TUI_QUERY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "store/base/arena.h"
#include "store/base/text.h"

enum { QUERY_HISTORY_LARGEST = 1000, QUERY_UNDO_LARGEST = 100 };

struct query_history {
    struct arena arena; /* holds the texts */
    struct text *lines; /* oldest first, each once */
    size_t count, capacity;
};

/* A missing file is an empty history. */
void query_history_load(struct query_history *history, const char *path);
/* Written to a new file of mode 0600 that replaces the old one; failures are ignored: it is a
 * convenience. */
void query_history_save(const struct query_history *history, const char *path);
void query_history_add(struct query_history *history, struct text query);
void query_history_clear(struct query_history *history);

/* {0} is empty. */
struct query_undo {
    char *texts[QUERY_UNDO_LARGEST];
    size_t count;
    size_t at; /* the current one is texts[at - 1] */
};

/* The query is now text; what could be redone is forgotten. */
void query_undo_add(struct query_undo *undo, struct text text);
/* The query before or after, or NULL if there is none. Borrowed until the next add. */
const char *query_undo_back(struct query_undo *undo);
const char *query_undo_forward(struct query_undo *undo);
void query_undo_clear(struct query_undo *undo);

#endif
