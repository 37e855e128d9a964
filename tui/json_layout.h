/* json_layout — JSON as coloured lines: a value on one line where it fits, else a tree with folds.
 */
#ifndef TRACETUI_TUI_JSON_LAYOUT_H
#define TRACETUI_TUI_JSON_LAYOUT_H

#include "tui/detail_lines.h"

enum { JSON_LAYOUT_DEPTH = 64 };

/* Which nodes of the trees are folded: all or none, except those listed. {0}: none. */
struct json_folds {
    bool all;
    uint64_t *except;
    size_t count, capacity;
};

bool json_folds_has(const struct json_folds *folds, uint64_t node);
void json_folds_toggle(struct json_folds *folds, uint64_t node);
void json_folds_set_all(struct json_folds *folds, bool folded);
void json_folds_free(struct json_folds *folds);

struct json_style {
    int width;  /* columns from `column` on; 0 = always a tree */
    int column; /* where the value begins on the line being made; children go one level further in
                 */
    bool raw;   /* as it was sent */
    uint64_t salt; /* keeps the nodes of different values apart */
    const struct json_folds *folds;
};

/* Appends the raw JSON value to the line being made and ends that line; a tree takes more lines.
 * The marks of its lines carry the node. Strings that hold JSON are opened up. Text that is not
 * JSON is shown as it is. */
void json_layout(struct detail_lines *lines, struct text raw, const struct json_style *style);

/* Appends a value that is no object or array to the line being made: a string in its quotes or
 * without, null as the text given. */
void json_layout_scalar(struct detail_lines *lines, struct text raw, struct text null, bool quoted);

/* True when text is a JSON object or array, not too large or deep to be shown as a tree. */
bool json_layout_is_tree(struct text text);

#endif
