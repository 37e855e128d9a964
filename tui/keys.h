/* keys — every key the program knows: one table for dispatch, footer and help. */
#ifndef TRACETUI_TUI_KEYS_H
#define TRACETUI_TUI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum action {
    ACTION_NONE,
    /* move */
    ACTION_DOWN,
    ACTION_UP,
    ACTION_PAGE_DOWN,
    ACTION_PAGE_UP,
    ACTION_HALF_DOWN,
    ACTION_HALF_UP,
    ACTION_FIRST,
    ACTION_LAST,
    ACTION_LEFT,
    ACTION_RIGHT, /* l h: their meaning is the pane's */
    ACTION_NEXT_SIBLING,
    ACTION_PREVIOUS_SIBLING,
    ACTION_PARENT,
    ACTION_ROOT,
    ACTION_NEXT_ERROR,
    ACTION_PREVIOUS_ERROR,
    ACTION_HOTTEST,
    ACTION_NEXT_MATCH,
    ACTION_PREVIOUS_MATCH,
    /* open and close */
    ACTION_OPEN,
    ACTION_BACK,
    ACTION_QUIT,
    ACTION_QUIT_NOW,
    ACTION_NEXT_PANE,
    ACTION_PREVIOUS_PANE,
    ACTION_MAXIMISE,
    ACTION_SPLIT, /* details right or below */
    ACTION_HELP,
    ACTION_STATUS,
    ACTION_NEXT_TRACE,
    ACTION_PREVIOUS_TRACE,
    ACTION_NEXT_TAB,
    ACTION_PREVIOUS_TAB,
    ACTION_PREVIEW,
    /* filter */
    ACTION_SEARCH,
    ACTION_FORM,
    ACTION_COMMAND,
    ACTION_UNDO,
    ACTION_REDO,
    ACTION_INCLUDE,
    ACTION_EXCLUDE,
    ACTION_SAVED,
    ACTION_ONLY_MATCHES,
    /* other views */
    ACTION_FLAME,  /* where the time went */
    ACTION_MAP,    /* who calls whom */
    ACTION_DIFF,   /* with the marked trace */
    ACTION_OPEN_A, /* the traces of a diff */
    ACTION_OPEN_B,
    ACTION_SWAP,
    /* time */
    ACTION_ZOOM_IN,
    ACTION_ZOOM_OUT,
    ACTION_PAN_LEFT,
    ACTION_PAN_RIGHT,
    ACTION_FIT,
    ACTION_FIT_ROW,
    ACTION_TIME_FORMAT,
    ACTION_HEADER,
    /* list */
    ACTION_SORT_REVERSE,
    ACTION_SORT_PREVIOUS,
    ACTION_SORT_NEXT,
    ACTION_FOLLOW,
    ACTION_REFRESH,
    ACTION_STRIP,  /* the cursor into the strip above the list */
    ACTION_RANGE,  /* there: a range begins */
    ACTION_GROUPS, /* the table of groups, then the next grouping */
    ACTION_SORT_START,
    ACTION_SORT_DURATION,
    ACTION_SORT_ERRORS,
    ACTION_SORT_SPANS,
    ACTION_SORT_OPERATION,
    ACTION_SORT_USER,
    /* fold */
    ACTION_FOLD_TOGGLE,
    ACTION_FOLD_ALL,
    ACTION_UNFOLD_ALL,
    ACTION_UNFOLD_SUBTREE,
    ACTION_FOLD_SUBTREE,
    ACTION_FOLD_DEPTH, /* count = depth */
    ACTION_FOLD_ERRORS,
    ACTION_FOLD_GROUPS,
    ACTION_FOLD_CHAINS,
    /* bars */
    ACTION_EMPHASIS,
    ACTION_EVENTS,
    ACTION_COLOUR_BY,
    ACTION_NARROWER,
    ACTION_WIDER,
    /* details */
    ACTION_WRAP,
    ACTION_RAW,
    /* take away */
    ACTION_COPY_TRACE_ID,
    ACTION_COPY_SPAN_ID,
    ACTION_COPY_NAME,
    ACTION_COPY_VALUE,
    ACTION_COPY_JSON,
    ACTION_COPY_TRACE_JSON,
    ACTION_COPY_SQL,
    ACTION_COPY_QUERY,
    ACTION_COPY_COMMAND,
    ACTION_COPY_REOPEN,
    ACTION_COPY_ERROR,
    ACTION_COPY_CURL, /* commands that send spans here */
    ACTION_COPY_EXPORT,
    ACTION_PAGER,
    ACTION_EDITOR,
    /* terminal */
    ACTION_REDRAW,
    ACTION_SUSPEND,
    ACTION_CANCEL,
    ACTION_MOUSE,
    ACTION_MARK,       /* count = the letter */
    ACTION_GO_MARK,    /* count = the letter */
    ACTION_GO_BACK,    /* to where the last jump started */
    ACTION_LOAD_SAVED, /* count = the number of the saved filter */
    ACTION_COUNT
};

/* Where a binding holds. KEYS_ALL holds in every pane that does not bind the key itself, but for
 * those it excepts. */
enum key_scope {
    KEYS_ALL,
    KEYS_LIST,
    KEYS_GROUPS,
    KEYS_WATERFALL,
    KEYS_DETAILS,
    KEYS_STRIP,
    KEYS_SPANS,
    KEYS_FLAME,
    KEYS_MAP,
    KEYS_DIFF,
    KEYS_SCOPE_COUNT
};

/* For struct key_binding.except. */
#define KEYS_BIT(scope) (1u << (scope))

/* A key as the screen delivers it: a rune, or one of these. */
enum {
    KEY_CODE_BASE = 0x110000,
    KEY_CODE_UP = KEY_CODE_BASE,
    KEY_CODE_DOWN,
    KEY_CODE_LEFT,
    KEY_CODE_RIGHT,
    KEY_CODE_HOME,
    KEY_CODE_END,
    KEY_CODE_PAGE_UP,
    KEY_CODE_PAGE_DOWN,
    KEY_CODE_BACKTAB,
    KEY_CODE_BACKSPACE,
    KEY_CODE_DELETE,
    KEY_CODE_F1,
    KEY_CODE_F2,
    KEY_CODE_F5,
    KEY_CODE_RESIZE,
    KEY_CODE_PASTE_BEGIN,
    KEY_CODE_PASTE_END,
    KEY_CODE_MOUSE,
    KEY_CODE_ALT,              /* + rune of the Alt-modified key */
    KEY_CODE_DIGIT = 0x230000, /* in the table only: any of 1-9; it becomes the count */
    KEY_CODE_LETTER,           /* in the table only: any of a-z; it becomes the count */
};

/* Rows of the table; keys_table.c holds it. group orders the help overlay. */
struct key_binding {
    enum key_scope scope;
    uint16_t except;   /* KEYS_BIT of panes in which a binding for all panes does not hold */
    const char *keys;  /* for people, the one for the footer first: "j \xE2\x86\x93" */
    uint32_t codes[4]; /* runes, control codes and KEY_CODE_*; 0 ends */
    char prefix;       /* 'z', 'y', 's' ... for two-key bindings, 0 otherwise */
    enum action action;
    const char *group;   /* "Move", "Open", "Fold", "Filter", "Time", "Sort", "Bars", "Copy" or
                          * "View" */
    const char *label;   /* for help: "down" */
    const char *brief;   /* for the footer: "fold"; rows with the same text share one entry; NULL =
                          * never in the footer */
    int footer_priority; /* smaller = further left and kept longer; 0 = never */
};

/* A table; the standard one or what keys_file.h makes of it. */
struct keymap {
    const struct key_binding *rows;
    size_t count;
};
const struct keymap *keys_standard(void);

/* True when the binding holds in a pane of this scope: its own, or one for all panes of which the
 * scope has no version of its own. */
bool keys_binding_holds(const struct keymap *map, const struct key_binding *binding,
                        enum key_scope scope);

/* The bindings behind a prefix, in table order; returns how many were written, at most capacity. */
size_t keys_prefix_bindings(const struct keymap *map, enum key_scope scope, char prefix,
                            const struct key_binding *ret_bindings[], size_t capacity);

/* State of what was typed so far: count and prefix. {0} is empty. */
struct key_state {
    int count;   /* 0 = none */
    char prefix; /* 'z' ... */
};

/* Feeds one key. Returns the action and its count (1 if none was typed), ACTION_NONE while a prefix
 * or a count is pending or the key means nothing here (then *ret_unknown is true). */
enum action keys_feed(struct key_state *state, const struct keymap *map, enum key_scope scope,
                      uint32_t key, int *ret_count, bool *ret_unknown);

#endif
