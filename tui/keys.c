/* keys — every key the program knows: one table for dispatch, footer and help. */
#include "tui/keys.h"

#include "store/base/err.h"

enum { CONTROL_KEY = 0x1F, ESCAPE_KEY = 0x1B, COUNT_LARGEST = 999999999 };

/* What Ctrl makes of a letter. */
#define CTRL(letter) ((letter)&CONTROL_KEY)

/* Help prints a group in the order of this table: rows of one pane before the rows of all panes. A
 * row without an action introduces a prefix. (One field a line would make the table five times as
 * long, hence no formatter.) */
/* clang-format off */
static const struct key_binding bindings[] = {
    /* the list of traces */
    {.scope = KEYS_LIST, .keys = "Enter l", .codes = {'\r', '\n', 'l'},
     .action = ACTION_OPEN, .group = "Open", .label = "open the trace", .brief = "open",
     .footer_priority = 10},
    {.scope = KEYS_LIST, .keys = "/", .codes = {'/'}, .action = ACTION_SEARCH, .group = "Filter",
     .label = "edit the query", .brief = "filter", .footer_priority = 14},
    {.scope = KEYS_LIST, .keys = "← h", .codes = {KEY_CODE_LEFT, 'h'}, .action = ACTION_LEFT,
     .group = "Filter", .label = "choose column", .brief = "column", .footer_priority = 23},
    {.scope = KEYS_LIST, .keys = "→", .codes = {KEY_CODE_RIGHT}, .action = ACTION_RIGHT,
     .group = "Filter", .label = "choose column", .brief = "column", .footer_priority = 23},
    {.scope = KEYS_LIST, .keys = "Space", .codes = {' '}, .action = ACTION_PAGE_DOWN,
     .group = "Move", .label = "page down"},
    {.scope = KEYS_LIST, .keys = "f", .codes = {'f'}, .action = ACTION_FORM, .group = "Filter",
     .label = "filter form", .brief = "form", .footer_priority = 16},
    {.scope = KEYS_LIST, .keys = "F", .codes = {'F'}, .action = ACTION_FOLLOW, .group = "View",
     .label = "follow live on, off", .brief = "follow", .footer_priority = 17},
    {.scope = KEYS_LIST, .keys = "t", .codes = {'t'}, .action = ACTION_TIME_FORMAT,
     .group = "Time", .label = "time format", .brief = "time", .footer_priority = 20},
    {.scope = KEYS_LIST, .keys = "s", .codes = {'s'}, .group = "Sort", .label = "sort by ...",
     .brief = "sort", .footer_priority = 18},
    {.scope = KEYS_LIST, .keys = "st", .codes = {'t'}, .prefix = 's', .action = ACTION_SORT_START,
     .group = "Sort", .label = "start"},
    {.scope = KEYS_LIST, .keys = "sd", .codes = {'d'}, .prefix = 's',
     .action = ACTION_SORT_DURATION, .group = "Sort", .label = "duration"},
    {.scope = KEYS_LIST, .keys = "se", .codes = {'e'}, .prefix = 's', .action = ACTION_SORT_ERRORS,
     .group = "Sort", .label = "errors"},
    {.scope = KEYS_LIST, .keys = "sn", .codes = {'n'}, .prefix = 's', .action = ACTION_SORT_SPANS,
     .group = "Sort", .label = "number of spans"},
    {.scope = KEYS_LIST, .keys = "so", .codes = {'o'}, .prefix = 's',
     .action = ACTION_SORT_OPERATION, .group = "Sort", .label = "operation"},
    {.scope = KEYS_LIST, .keys = "su", .codes = {'u'}, .prefix = 's', .action = ACTION_SORT_USER,
     .group = "Sort", .label = "user"},
    {.scope = KEYS_LIST, .keys = "S", .codes = {'S'}, .action = ACTION_SORT_REVERSE,
     .group = "Sort", .label = "reverse"},
    {.scope = KEYS_LIST, .keys = "<", .codes = {'<'}, .action = ACTION_SORT_PREVIOUS,
     .group = "Sort", .label = "by column before"},
    {.scope = KEYS_LIST, .keys = ">", .codes = {'>'}, .action = ACTION_SORT_NEXT, .group = "Sort",
     .label = "by column after"},
    {.scope = KEYS_LIST, .keys = "p", .codes = {'p'}, .action = ACTION_PREVIEW, .group = "View",
     .label = "preview on, off"},
    {.scope = KEYS_LIST, .keys = "W", .codes = {'W'}, .action = ACTION_MAP, .group = "View",
     .label = "who calls whom", .brief = "map", .footer_priority = 33},
    {.scope = KEYS_LIST, .keys = "d", .codes = {'d'}, .action = ACTION_DIFF, .group = "View",
     .label = "diff with the mark", .brief = "diff", .footer_priority = 35},
    {.scope = KEYS_LIST, .keys = "D", .codes = {'D'}, .action = ACTION_GROUPS, .group = "View",
     .label = "figures by group", .brief = "groups", .footer_priority = 25},

    {.scope = KEYS_LIST, .keys = "T", .codes = {'T'}, .action = ACTION_STRIP, .group = "Time",
     .label = "range of time", .brief = "range", .footer_priority = 31},

    /* the strip above the list */
    {.scope = KEYS_STRIP, .keys = "h ←", .codes = {'h', KEY_CODE_LEFT}, .action = ACTION_LEFT,
     .group = "Move", .label = "earlier", .brief = "move", .footer_priority = 10},
    {.scope = KEYS_STRIP, .keys = "l →", .codes = {'l', KEY_CODE_RIGHT}, .action = ACTION_RIGHT,
     .group = "Move", .label = "later", .brief = "move", .footer_priority = 10},
    {.scope = KEYS_STRIP, .keys = "Space", .codes = {' '}, .action = ACTION_RANGE, .group = "Time",
     .label = "begin, drop a range", .brief = "mark", .footer_priority = 12},
    {.scope = KEYS_STRIP, .keys = "Enter", .codes = {'\r', '\n'}, .action = ACTION_OPEN,
     .group = "Time", .label = "only this range", .brief = "apply", .footer_priority = 14},
    {.scope = KEYS_STRIP, .keys = "j ↓", .codes = {'j', KEY_CODE_DOWN}, .action = ACTION_DOWN,
     .group = "Open", .label = "list from there on", .brief = "list", .footer_priority = 16},
    {.scope = KEYS_STRIP, .keys = "T", .codes = {'T'}, .action = ACTION_STRIP, .group = "Open",
     .label = "back to the list"},
    {.scope = KEYS_STRIP, .keys = "/", .codes = {'/'}, .action = ACTION_SEARCH, .group = "Filter",
     .label = "edit the query", .brief = "filter", .footer_priority = 18},

    /* the table of groups */
    {.scope = KEYS_GROUPS, .keys = "T", .codes = {'T'}, .action = ACTION_STRIP, .group = "Time",
     .label = "range of time", .brief = "range", .footer_priority = 31},
    {.scope = KEYS_GROUPS, .keys = "Enter l", .codes = {'\r', '\n', 'l'}, .action = ACTION_OPEN,
     .group = "Open", .label = "show its traces", .brief = "its traces", .footer_priority = 10},
    {.scope = KEYS_GROUPS, .keys = "W", .codes = {'W'}, .action = ACTION_MAP, .group = "View",
     .label = "who calls whom", .brief = "map", .footer_priority = 33},
    {.scope = KEYS_GROUPS, .keys = "D", .codes = {'D'}, .action = ACTION_GROUPS, .group = "View",
     .label = "next grouping", .brief = "grouping", .footer_priority = 12},
    {.scope = KEYS_GROUPS, .keys = "/", .codes = {'/'}, .action = ACTION_SEARCH, .group = "Filter",
     .label = "edit the query", .brief = "filter", .footer_priority = 14},
    {.scope = KEYS_GROUPS, .keys = "> s", .codes = {'>', 's'}, .action = ACTION_SORT_NEXT,
     .group = "Sort", .label = "by column after", .brief = "sort", .footer_priority = 18},
    {.scope = KEYS_GROUPS, .keys = "<", .codes = {'<'}, .action = ACTION_SORT_PREVIOUS,
     .group = "Sort", .label = "by column before", .brief = "sort", .footer_priority = 18},
    {.scope = KEYS_GROUPS, .keys = "Space", .codes = {' '}, .action = ACTION_PAGE_DOWN,
     .group = "Move", .label = "page down"},

    /* the waterfall */
    {.scope = KEYS_WATERFALL, .keys = "h ←", .codes = {'h', KEY_CODE_LEFT}, .action = ACTION_LEFT,
     .group = "Fold", .label = "close, or to parent", .brief = "fold", .footer_priority = 12},
    {.scope = KEYS_WATERFALL, .keys = "l →", .codes = {'l', KEY_CODE_RIGHT},
     .action = ACTION_RIGHT, .group = "Fold", .label = "open, or to child", .brief = "fold",
     .footer_priority = 12},
    {.scope = KEYS_WATERFALL, .keys = "Space", .codes = {' '}, .action = ACTION_FOLD_TOGGLE,
     .group = "Fold", .label = "open, close"},
    {.scope = KEYS_WATERFALL, .keys = "z", .codes = {'z'}, .group = "Fold", .label = "fold ..."},
    {.scope = KEYS_WATERFALL, .keys = "zM", .codes = {'M'}, .prefix = 'z',
     .action = ACTION_FOLD_ALL, .group = "Fold", .label = "close all", .brief = "all",
     .footer_priority = 30},
    {.scope = KEYS_WATERFALL, .keys = "zR", .codes = {'R'}, .prefix = 'z',
     .action = ACTION_UNFOLD_ALL, .group = "Fold", .label = "open all", .brief = "all",
     .footer_priority = 30},
    {.scope = KEYS_WATERFALL, .keys = "z1-z9", .codes = {KEY_CODE_DIGIT}, .prefix = 'z',
     .action = ACTION_FOLD_DEPTH, .group = "Fold", .label = "depth"},
    {.scope = KEYS_WATERFALL, .keys = "ze", .codes = {'e'}, .prefix = 'z',
     .action = ACTION_FOLD_ERRORS, .group = "Fold", .label = "errors"},
    {.scope = KEYS_WATERFALL, .keys = "zg", .codes = {'g'}, .prefix = 'z',
     .action = ACTION_FOLD_GROUPS, .group = "Fold", .label = "groups"},
    {.scope = KEYS_WATERFALL, .keys = "zc", .codes = {'c'}, .prefix = 'z',
     .action = ACTION_FOLD_CHAINS, .group = "Fold", .label = "chains"},
    {.scope = KEYS_WATERFALL, .keys = "zO", .codes = {'O'}, .prefix = 'z',
     .action = ACTION_UNFOLD_SUBTREE, .group = "Fold", .label = "open below"},
    {.scope = KEYS_WATERFALL, .keys = "zC", .codes = {'C'}, .prefix = 'z',
     .action = ACTION_FOLD_SUBTREE, .group = "Fold", .label = "close below"},
    {.scope = KEYS_WATERFALL, .keys = "J", .codes = {'J'}, .action = ACTION_NEXT_SIBLING,
     .group = "Move", .label = "next sibling"},
    {.scope = KEYS_WATERFALL, .keys = "K", .codes = {'K'}, .action = ACTION_PREVIOUS_SIBLING,
     .group = "Move", .label = "previous sibling"},
    {.scope = KEYS_WATERFALL, .keys = "p", .codes = {'p'}, .action = ACTION_PARENT,
     .group = "Move", .label = "parent"},
    {.scope = KEYS_WATERFALL, .keys = "P", .codes = {'P'}, .action = ACTION_ROOT, .group = "Move",
     .label = "root"},
    {.scope = KEYS_WATERFALL, .keys = "!", .codes = {'!'}, .action = ACTION_HOTTEST,
     .group = "Move", .label = "next hottest span"},
    {.scope = KEYS_WATERFALL, .keys = "c", .codes = {'c'}, .action = ACTION_EMPHASIS,
     .group = "Bars", .label = "self/critical/plain", .brief = "critical", .footer_priority = 18},
    {.scope = KEYS_WATERFALL, .keys = "a", .codes = {'a'}, .action = ACTION_EVENTS,
     .group = "Bars", .label = "events on, off"},
    {.scope = KEYS_WATERFALL, .keys = "<", .codes = {'<'}, .action = ACTION_NARROWER,
     .group = "Bars", .label = "narrower names"},
    {.scope = KEYS_WATERFALL, .keys = ">", .codes = {'>'}, .action = ACTION_WIDER, .group = "Bars",
     .label = "wider names"},
    {.scope = KEYS_WATERFALL, .keys = "/", .codes = {'/'}, .action = ACTION_SEARCH,
     .group = "Filter", .label = "find text", .brief = "find", .footer_priority = 19},
    {.scope = KEYS_WATERFALL, .keys = "&", .codes = {'&'}, .action = ACTION_ONLY_MATCHES,
     .group = "Filter", .label = "only matching rows"},
    {.scope = KEYS_WATERFALL, .keys = "{", .codes = {'{'}, .action = ACTION_PREVIOUS_TRACE,
     .group = "Open", .label = "previous trace"},
    {.scope = KEYS_WATERFALL, .keys = "}", .codes = {'}'}, .action = ACTION_NEXT_TRACE,
     .group = "Open", .label = "next trace"},
    {.scope = KEYS_WATERFALL, .keys = "[", .codes = {'['}, .action = ACTION_PREVIOUS_TAB,
     .group = "Open", .label = "details tab before"},
    {.scope = KEYS_WATERFALL, .keys = "]", .codes = {']'}, .action = ACTION_NEXT_TAB,
     .group = "Open", .label = "details tab after"},
    {.scope = KEYS_WATERFALL, .keys = "D", .codes = {'D'}, .action = ACTION_GROUPS,
     .group = "View", .label = "spans added up", .brief = "table", .footer_priority = 23},
    {.scope = KEYS_WATERFALL, .keys = "W", .codes = {'W'}, .action = ACTION_FLAME, .group = "View",
     .label = "where time went", .brief = "flame", .footer_priority = 25},
    {.scope = KEYS_WATERFALL, .keys = "d", .codes = {'d'}, .action = ACTION_DIFF, .group = "View",
     .label = "diff with the mark", .brief = "diff", .footer_priority = 31},

    /* the table of spans */
    {.scope = KEYS_SPANS, .keys = "Enter l", .codes = {'\r', '\n', 'l'}, .action = ACTION_OPEN,
     .group = "Open", .label = "its hottest span", .brief = "hottest span", .footer_priority = 10},
    {.scope = KEYS_SPANS, .keys = "D", .codes = {'D'}, .action = ACTION_GROUPS, .group = "View",
     .label = "next grouping", .brief = "grouping", .footer_priority = 12},
    {.scope = KEYS_SPANS, .keys = "> s", .codes = {'>', 's'}, .action = ACTION_SORT_NEXT,
     .group = "Sort", .label = "by column after", .brief = "sort", .footer_priority = 14},
    {.scope = KEYS_SPANS, .keys = "<", .codes = {'<'}, .action = ACTION_SORT_PREVIOUS,
     .group = "Sort", .label = "by column before", .brief = "sort", .footer_priority = 14},
    {.scope = KEYS_SPANS, .keys = "W", .codes = {'W'}, .action = ACTION_FLAME, .group = "View",
     .label = "where time went", .brief = "flame", .footer_priority = 16},
    {.scope = KEYS_SPANS, .keys = "Space", .codes = {' '}, .action = ACTION_PAGE_DOWN,
     .group = "Move", .label = "page down"},

    /* the flame view */
    {.scope = KEYS_FLAME, .keys = "j ↓", .codes = {'j', KEY_CODE_DOWN}, .action = ACTION_DOWN,
     .group = "Move", .label = "to what it calls", .brief = "in, out", .footer_priority = 10},
    {.scope = KEYS_FLAME, .keys = "k ↑", .codes = {'k', KEY_CODE_UP}, .action = ACTION_UP,
     .group = "Move", .label = "to its caller", .brief = "in, out", .footer_priority = 10},
    {.scope = KEYS_FLAME, .keys = "h ←", .codes = {'h', KEY_CODE_LEFT}, .action = ACTION_LEFT,
     .group = "Move", .label = "frame to the left", .brief = "beside", .footer_priority = 12},
    {.scope = KEYS_FLAME, .keys = "l →", .codes = {'l', KEY_CODE_RIGHT}, .action = ACTION_RIGHT,
     .group = "Move", .label = "frame to the right", .brief = "beside", .footer_priority = 12},
    {.scope = KEYS_FLAME, .keys = "Enter", .codes = {'\r', '\n'}, .action = ACTION_OPEN,
     .group = "Open", .label = "its hottest span", .brief = "hottest span", .footer_priority = 14},
    {.scope = KEYS_FLAME, .keys = "!", .codes = {'!'}, .action = ACTION_HOTTEST, .group = "Move",
     .label = "next hottest frame", .brief = "hottest", .footer_priority = 18},
    {.scope = KEYS_FLAME, .keys = "D", .codes = {'D'}, .action = ACTION_GROUPS, .group = "View",
     .label = "spans added up", .brief = "table", .footer_priority = 20},
    {.scope = KEYS_FLAME, .keys = "W", .codes = {'W'}, .action = ACTION_FLAME, .group = "View",
     .label = "the waterfall again"},

    /* the service map */
    {.scope = KEYS_MAP, .keys = "Enter l", .codes = {'\r', '\n', 'l'}, .action = ACTION_OPEN,
     .group = "Open", .label = "traces of this call", .brief = "its traces",
     .footer_priority = 10},
    {.scope = KEYS_MAP, .keys = "/", .codes = {'/'}, .action = ACTION_SEARCH, .group = "Filter",
     .label = "edit the query", .brief = "filter", .footer_priority = 14},
    {.scope = KEYS_MAP, .keys = "> s", .codes = {'>', 's'}, .action = ACTION_SORT_NEXT,
     .group = "Sort", .label = "by column after", .brief = "sort", .footer_priority = 18},
    {.scope = KEYS_MAP, .keys = "<", .codes = {'<'}, .action = ACTION_SORT_PREVIOUS,
     .group = "Sort", .label = "by column before", .brief = "sort", .footer_priority = 18},
    {.scope = KEYS_MAP, .keys = "W", .codes = {'W'}, .action = ACTION_MAP, .group = "View",
     .label = "back to the list"},
    {.scope = KEYS_MAP, .keys = "D", .codes = {'D'}, .action = ACTION_GROUPS, .group = "View",
     .label = "figures by group", .brief = "groups", .footer_priority = 20},
    {.scope = KEYS_MAP, .keys = "Space", .codes = {' '}, .action = ACTION_PAGE_DOWN,
     .group = "Move", .label = "page down"},

    /* the diff of two traces */
    {.scope = KEYS_DIFF, .keys = "n", .codes = {'n'}, .action = ACTION_NEXT_MATCH, .group = "Move",
     .label = "next difference", .brief = "difference", .footer_priority = 10},
    {.scope = KEYS_DIFF, .keys = "N", .codes = {'N'}, .action = ACTION_PREVIOUS_MATCH,
     .group = "Move", .label = "difference before", .brief = "difference", .footer_priority = 10},
    {.scope = KEYS_DIFF, .keys = "s", .codes = {'s'}, .action = ACTION_SORT_NEXT, .group = "Sort",
     .label = "largest first, tree", .brief = "largest first", .footer_priority = 12},
    {.scope = KEYS_DIFF, .keys = "&", .codes = {'&'}, .action = ACTION_ONLY_MATCHES,
     .group = "Filter", .label = "only what differs", .brief = "only these",
     .footer_priority = 14},
    {.scope = KEYS_DIFF, .keys = "[", .codes = {'['}, .action = ACTION_OPEN_A, .group = "Open",
     .label = "the span in A", .brief = "open A, B", .footer_priority = 16},
    {.scope = KEYS_DIFF, .keys = "]", .codes = {']'}, .action = ACTION_OPEN_B, .group = "Open",
     .label = "the span in B", .brief = "open A, B", .footer_priority = 16},
    {.scope = KEYS_DIFF, .keys = "Enter l", .codes = {'\r', '\n', 'l'}, .action = ACTION_OPEN,
     .group = "Open", .label = "open the span"},
    {.scope = KEYS_DIFF, .keys = "X", .codes = {'X'}, .action = ACTION_SWAP, .group = "View",
     .label = "A and B change over", .brief = "swap", .footer_priority = 18},
    {.scope = KEYS_DIFF, .keys = "Space", .codes = {' '}, .action = ACTION_PAGE_DOWN,
     .group = "Move", .label = "page down"},

    /* the details */
    {.scope = KEYS_DETAILS, .keys = "[", .codes = {'['}, .action = ACTION_PREVIOUS_TAB,
     .group = "Open", .label = "previous tab", .brief = "tab", .footer_priority = 12},
    {.scope = KEYS_DETAILS, .keys = "]", .codes = {']'}, .action = ACTION_NEXT_TAB,
     .group = "Open", .label = "next tab", .brief = "tab", .footer_priority = 12},
    {.scope = KEYS_DETAILS, .keys = "{", .codes = {'{'}, .action = ACTION_PREVIOUS_TRACE,
     .group = "Open", .label = "previous trace"},
    {.scope = KEYS_DETAILS, .keys = "}", .codes = {'}'}, .action = ACTION_NEXT_TRACE,
     .group = "Open", .label = "next trace"},
    {.scope = KEYS_DETAILS, .keys = "h ←", .codes = {'h', KEY_CODE_LEFT}, .action = ACTION_LEFT,
     .group = "Move", .label = "scroll left"},
    {.scope = KEYS_DETAILS, .keys = "l →", .codes = {'l', KEY_CODE_RIGHT}, .action = ACTION_RIGHT,
     .group = "Move", .label = "scroll right"},
    {.scope = KEYS_DETAILS, .keys = "Space", .codes = {' '}, .action = ACTION_PAGE_DOWN,
     .group = "Move", .label = "page down"},
    {.scope = KEYS_DETAILS, .keys = "z", .codes = {'z'}, .group = "Fold", .label = "fold ...",
     .brief = "fold", .footer_priority = 14},
    {.scope = KEYS_DETAILS, .keys = "za", .codes = {'a'}, .prefix = 'z',
     .action = ACTION_FOLD_TOGGLE, .group = "Fold", .label = "open, close node"},
    {.scope = KEYS_DETAILS, .keys = "zM", .codes = {'M'}, .prefix = 'z', .action = ACTION_FOLD_ALL,
     .group = "Fold", .label = "close all"},
    {.scope = KEYS_DETAILS, .keys = "zR", .codes = {'R'}, .prefix = 'z',
     .action = ACTION_UNFOLD_ALL, .group = "Fold", .label = "open all"},
    {.scope = KEYS_DETAILS, .keys = "w", .codes = {'w'}, .action = ACTION_WRAP, .group = "View",
     .label = "wrap long lines", .brief = "wrap", .footer_priority = 15},
    {.scope = KEYS_DETAILS, .keys = "r", .codes = {'r'}, .action = ACTION_RAW, .group = "View",
     .label = "raw, pretty", .brief = "raw", .footer_priority = 16},
    {.scope = KEYS_DETAILS, .keys = "/", .codes = {'/'}, .action = ACTION_SEARCH,
     .group = "Filter", .label = "find text", .brief = "find", .footer_priority = 19},
    {.scope = KEYS_DETAILS, .keys = "&", .codes = {'&'}, .action = ACTION_ONLY_MATCHES,
     .group = "Filter", .label = "only matching lines"},

    /* everywhere */
    {.scope = KEYS_ALL, .keys = "j ↓ ^N ^E", .codes = {'j', KEY_CODE_DOWN, CTRL('N'), CTRL('E')},
     .action = ACTION_DOWN, .group = "Move", .label = "down (5j: five)", .brief = "move",
     .footer_priority = 44},
    {.scope = KEYS_ALL, .keys = "k ↑ ^P ^Y", .codes = {'k', KEY_CODE_UP, CTRL('P'), CTRL('Y')},
     .action = ACTION_UP, .group = "Move", .label = "up", .brief = "move", .footer_priority = 44},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_FLAME),
     .keys = "PgDn ^F", .codes = {KEY_CODE_PAGE_DOWN, CTRL('F')},
     .action = ACTION_PAGE_DOWN, .group = "Move", .label = "page down"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_FLAME),
     .keys = "PgUp ^B b", .codes = {KEY_CODE_PAGE_UP, CTRL('B'), 'b'},
     .action = ACTION_PAGE_UP, .group = "Move", .label = "page up"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_FLAME),
     .keys = "^D", .codes = {CTRL('D')}, .action = ACTION_HALF_DOWN,
     .group = "Move", .label = "half a page down"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_FLAME),
     .keys = "^U", .codes = {CTRL('U')}, .action = ACTION_HALF_UP,
     .group = "Move", .label = "half a page up"},
    {.scope = KEYS_ALL, .keys = "g Home", .codes = {'g', KEY_CODE_HOME}, .action = ACTION_FIRST,
     .group = "Move", .label = "first (9g: row 9)"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_FLAME),
     .keys = "G End", .codes = {'G', KEY_CODE_END}, .action = ACTION_LAST,
     .group = "Move", .label = "last row"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_FLAME),
     .keys = "e", .codes = {'e'}, .action = ACTION_NEXT_ERROR, .group = "Move",
     .label = "next error", .brief = "error", .footer_priority = 24},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_FLAME),
     .keys = "E", .codes = {'E'}, .action = ACTION_PREVIOUS_ERROR,
     .group = "Move", .label = "previous error", .brief = "error", .footer_priority = 24},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_LIST) | KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_STRIP) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP),
     .keys = "n", .codes = {'n'}, .action = ACTION_NEXT_MATCH, .group = "Move",
     .label = "next match"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_LIST) | KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_STRIP) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP),
     .keys = "N", .codes = {'N'}, .action = ACTION_PREVIOUS_MATCH,
     .group = "Move", .label = "previous match"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "m", .codes = {'m'}, .group = "Move", .label = "mark ..."},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "ma-mz", .codes = {KEY_CODE_LETTER}, .prefix = 'm',
     .action = ACTION_MARK, .group = "Move", .label = "set a mark"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_DIFF),
     .keys = "'", .codes = {'\''}, .group = "Move", .label = "go to ..."},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "'a-'z", .codes = {KEY_CODE_LETTER}, .prefix = '\'',
     .action = ACTION_GO_MARK, .group = "Move", .label = "go to a mark"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "''", .codes = {'\''}, .prefix = '\'', .action = ACTION_GO_BACK,
     .group = "Move", .label = "back from a jump"},
    {.scope = KEYS_ALL, .keys = "Enter", .codes = {'\r', '\n'}, .action = ACTION_OPEN,
     .group = "Open", .label = "one level deeper"},
    {.scope = KEYS_ALL, .keys = "Esc", .codes = {ESCAPE_KEY}, .action = ACTION_BACK,
     .group = "Open", .label = "one level back"},
    {.scope = KEYS_ALL, .keys = "q", .codes = {'q'}, .action = ACTION_QUIT, .group = "Open",
     .label = "back, then quit"},
    {.scope = KEYS_ALL, .keys = "Q", .codes = {'Q'}, .action = ACTION_QUIT_NOW, .group = "Open",
     .label = "quit now"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "Tab", .codes = {'\t'}, .action = ACTION_NEXT_PANE,
     .group = "Open", .label = "next pane", .brief = "pane", .footer_priority = 28},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "S-Tab", .codes = {KEY_CODE_BACKTAB},
     .action = ACTION_PREVIOUS_PANE, .group = "Open", .label = "previous pane"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_DIFF),
     .keys = "f", .codes = {'f'}, .action = ACTION_FORM, .group = "Filter",
     .label = "filter form"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_WATERFALL) | KEYS_BIT(KEYS_DETAILS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "F", .codes = {'F'}, .action = ACTION_FOLLOW, .group = "View",
     .label = "follow live on, off"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_DIFF),
     .keys = "+ =", .codes = {'+', '='}, .action = ACTION_ZOOM_IN,
     .group = "Time", .label = "zoom in", .brief = "zoom", .footer_priority = 26},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_DIFF),
     .keys = "- _", .codes = {'-', '_'}, .action = ACTION_ZOOM_OUT,
     .group = "Time", .label = "zoom out", .brief = "zoom", .footer_priority = 26},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_DIFF),
     .keys = "H", .codes = {'H'}, .action = ACTION_PAN_LEFT, .group = "Time",
     .label = "pan left", .brief = "pan", .footer_priority = 32},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_DIFF),
     .keys = "L", .codes = {'L'}, .action = ACTION_PAN_RIGHT, .group = "Time",
     .label = "pan right", .brief = "pan", .footer_priority = 32},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_DIFF),
     .keys = "0", .codes = {'0'}, .action = ACTION_FIT, .group = "Time",
     .label = "fit all", .brief = "fit", .footer_priority = 34},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_DIFF),
     .keys = ".", .codes = {'.'}, .action = ACTION_FIT_ROW, .group = "Time",
     .label = "fit the row"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "t", .codes = {'t'}, .action = ACTION_TIME_FORMAT, .group = "Time",
     .label = "time format"},
    {.scope = KEYS_ALL, .keys = "y", .codes = {'y'}, .group = "Copy", .label = "copy ...",
     .brief = "copy", .footer_priority = 22},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "yt", .codes = {'t'}, .prefix = 'y',
     .action = ACTION_COPY_TRACE_ID, .group = "Copy", .label = "trace id"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "ys", .codes = {'s'}, .prefix = 'y', .action = ACTION_COPY_SPAN_ID,
     .group = "Copy", .label = "span id"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "yn", .codes = {'n'}, .prefix = 'y', .action = ACTION_COPY_NAME,
     .group = "Copy", .label = "name"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "yv", .codes = {'v'}, .prefix = 'y', .action = ACTION_COPY_VALUE,
     .group = "Copy", .label = "value"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "yj", .codes = {'j'}, .prefix = 'y', .action = ACTION_COPY_JSON,
     .group = "Copy", .label = "JSON"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "yJ", .codes = {'J'}, .prefix = 'y',
     .action = ACTION_COPY_TRACE_JSON, .group = "Copy", .label = "trace"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "ye", .codes = {'e'}, .prefix = 'y', .action = ACTION_COPY_ERROR,
     .group = "Copy", .label = "error"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "yw", .codes = {'w'}, .prefix = 'y', .action = ACTION_COPY_SQL,
     .group = "Copy", .label = "SQL"},
    {.scope = KEYS_ALL, .keys = "yq", .codes = {'q'}, .prefix = 'y', .action = ACTION_COPY_QUERY,
     .group = "Copy", .label = "query"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "yl", .codes = {'l'}, .prefix = 'y', .action = ACTION_COPY_COMMAND,
     .group = "Copy", .label = "command"},
    {.scope = KEYS_ALL, .keys = "yo", .codes = {'o'}, .prefix = 'y', .action = ACTION_COPY_REOPEN,
     .group = "Copy", .label = "to reopen"},
    {.scope = KEYS_ALL, .keys = "y1", .codes = {'1'}, .prefix = 'y', .action = ACTION_COPY_CURL,
     .group = "Copy", .label = "curl to send"},
    {.scope = KEYS_ALL, .keys = "y2", .codes = {'2'}, .prefix = 'y',
     .action = ACTION_COPY_EXPORT, .group = "Copy", .label = "OTLP settings"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "o", .codes = {'o'}, .action = ACTION_PAGER, .group = "Copy",
     .label = "read in $PAGER", .brief = "$PAGER", .footer_priority = 38},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "v", .codes = {'v'}, .action = ACTION_EDITOR, .group = "Copy",
     .label = "read in $EDITOR", .brief = "$EDITOR", .footer_priority = 40},
    {.scope = KEYS_ALL, .keys = ":", .codes = {':'}, .action = ACTION_COMMAND, .group = "View",
     .label = "command line", .brief = "command", .footer_priority = 42},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "i", .codes = {'i'}, .action = ACTION_INCLUDE, .group = "Filter",
     .label = "only this value", .brief = "only", .footer_priority = 27},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "x", .codes = {'x'}, .action = ACTION_EXCLUDE, .group = "Filter",
     .label = "without this value", .brief = "without", .footer_priority = 29},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_DIFF),
     .keys = "u", .codes = {'u'}, .action = ACTION_UNDO, .group = "Filter",
     .label = "undo last change"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_DIFF),
     .keys = "U", .codes = {'U'}, .action = ACTION_REDO, .group = "Filter",
     .label = "redo it"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_DIFF),
     .keys = "B", .codes = {'B'}, .action = ACTION_SAVED, .group = "Filter",
     .label = "saved filters"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_DIFF),
     .keys = "'1-'9", .codes = {KEY_CODE_DIGIT}, .prefix = '\'',
     .action = ACTION_LOAD_SAVED, .group = "Filter", .label = "saved filter"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "O", .codes = {'O'}, .action = ACTION_MAXIMISE, .group = "View",
     .label = "maximise the pane", .brief = "maximise", .footer_priority = 36},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_LIST) | KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_STRIP),
     .keys = "|", .codes = {'|'}, .action = ACTION_SPLIT, .group = "View",
     .label = "details beside"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "M", .codes = {'M'}, .action = ACTION_HEADER, .group = "View",
     .label = "header on, off"},
    {.scope = KEYS_ALL, .except = KEYS_BIT(KEYS_LIST) | KEYS_BIT(KEYS_GROUPS) | KEYS_BIT(KEYS_STRIP) | KEYS_BIT(KEYS_SPANS) | KEYS_BIT(KEYS_FLAME) | KEYS_BIT(KEYS_MAP) | KEYS_BIT(KEYS_DIFF),
     .keys = "C", .codes = {'C'}, .action = ACTION_COLOUR_BY, .group = "View",
     .label = "colour by ..."},
    {.scope = KEYS_ALL, .keys = "R F5 ^R", .codes = {'R', KEY_CODE_F5, CTRL('R')},
     .action = ACTION_REFRESH, .group = "View", .label = "refresh"},
    {.scope = KEYS_ALL, .keys = "^L", .codes = {CTRL('L')}, .action = ACTION_REDRAW,
     .group = "View", .label = "redraw the screen"},
    {.scope = KEYS_ALL, .keys = "^Z", .codes = {CTRL('Z')}, .action = ACTION_SUSPEND,
     .group = "View", .label = "suspend"},
    {.scope = KEYS_ALL, .keys = "^C", .codes = {CTRL('C')}, .action = ACTION_CANCEL,
     .group = "View", .label = "stop; twice: quit"},
    {.scope = KEYS_ALL, .keys = "F2", .codes = {KEY_CODE_F2}, .action = ACTION_MOUSE,
     .group = "View", .label = "mouse on, off"},
    {.scope = KEYS_ALL, .keys = "I", .codes = {'I'}, .action = ACTION_STATUS, .group = "View",
     .label = "received, refused"},
    {.scope = KEYS_ALL, .keys = "? F1", .codes = {'?', KEY_CODE_F1}, .action = ACTION_HELP,
     .group = "View", .label = "this help", .brief = "help"},
};
/* clang-format on */

static bool binding_has_code(const struct key_binding *binding, uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(binding->codes) && binding->codes[i] != 0; i++) {
        if (binding->codes[i] == code) {
            return true;
        }
    }
    return false;
}

/* The row of exactly this scope. */
static const struct key_binding *find_in_scope(const struct keymap *map, enum key_scope scope,
                                               char prefix, uint32_t code)
{
    for (size_t i = 0; i < map->count; i++) {
        if (map->rows[i].scope == scope && map->rows[i].prefix == prefix &&
            binding_has_code(&map->rows[i], code)) {
            return &map->rows[i];
        }
    }
    return NULL;
}

static const struct key_binding *find(const struct keymap *map, enum key_scope scope, char prefix,
                                      uint32_t code)
{
    const struct key_binding *binding = find_in_scope(map, scope, prefix, code);
    if (binding == NULL) {
        binding = find_in_scope(map, KEYS_ALL, prefix, code);
        binding = binding != NULL && (binding->except & KEYS_BIT(scope)) != 0 ? NULL : binding;
    }
    return binding;
}

static enum action feed_after_prefix(struct key_state *state, const struct keymap *map,
                                     enum key_scope scope, uint32_t key, int *ret_count,
                                     bool *ret_unknown)
{
    const struct key_binding *binding = find(map, scope, state->prefix, key);
    int count = state->count > 0 ? state->count : 1;
    if (binding == NULL && key >= '1' && key <= '9') {
        binding = find(map, scope, state->prefix, KEY_CODE_DIGIT);
        count = (int)key - '0';
    }
    if (binding == NULL && key >= 'a' && key <= 'z') {
        binding = find(map, scope, state->prefix, KEY_CODE_LETTER);
        count = (int)key;
    }
    *state = (struct key_state){0};
    if (binding == NULL) {
        *ret_unknown = key != ESCAPE_KEY;
        return ACTION_NONE;
    }
    *ret_count = count;
    return binding->action;
}

const struct keymap *keys_standard(void)
{
    static const struct keymap standard = {bindings, ARRAY_LEN(bindings)};
    return &standard;
}

bool keys_binding_holds(const struct keymap *map, const struct key_binding *binding,
                        enum key_scope scope)
{
    return binding->scope == scope ||
           (binding->scope == KEYS_ALL && (binding->except & KEYS_BIT(scope)) == 0 &&
            find_in_scope(map, scope, binding->prefix, binding->codes[0]) == NULL);
}

size_t keys_prefix_bindings(const struct keymap *map, enum key_scope scope, char prefix,
                            const struct key_binding *ret_bindings[], size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < map->count && count < capacity; i++) {
        if (map->rows[i].prefix == prefix && keys_binding_holds(map, &map->rows[i], scope)) {
            ret_bindings[count++] = &map->rows[i];
        }
    }
    return count;
}

enum action keys_feed(struct key_state *state, const struct keymap *map, enum key_scope scope,
                      uint32_t key, int *ret_count, bool *ret_unknown)
{
    *ret_count = 1;
    *ret_unknown = false;
    if (state->prefix != 0) {
        return feed_after_prefix(state, map, scope, key, ret_count, ret_unknown);
    }
    if ((key >= '1' && key <= '9') || (key == '0' && state->count > 0)) {
        int digit = (int)key - '0';
        state->count = state->count <= (COUNT_LARGEST - digit) / 10 ? state->count * 10 + digit
                                                                    : COUNT_LARGEST;
        return ACTION_NONE;
    }
    if (key == ESCAPE_KEY && state->count > 0) {
        *state = (struct key_state){0};
        return ACTION_NONE;
    }
    const struct key_binding *binding = find(map, scope, 0, key);
    if (binding != NULL && binding->action == ACTION_NONE) {
        state->prefix = (char)key;
        return ACTION_NONE;
    }
    if (binding != NULL && state->count > 0) {
        *ret_count = state->count;
    }
    *state = (struct key_state){0};
    *ret_unknown = binding == NULL;
    return binding != NULL ? binding->action : ACTION_NONE;
}
