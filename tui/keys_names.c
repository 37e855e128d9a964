/* keys_names — what actions, panes and keys are called in the keys file. */
#include "tui/keys_names.h"

#include <stdio.h>
#include <string.h>

#include "store/base/err.h"

enum { CONTROL_BIT = 0x40, ESCAPE_KEY = 0x1B };

static const char *const action_names[ACTION_COUNT] = {
    [ACTION_NONE] = "none",
    [ACTION_DOWN] = "down",
    [ACTION_UP] = "up",
    [ACTION_PAGE_DOWN] = "page-down",
    [ACTION_PAGE_UP] = "page-up",
    [ACTION_HALF_DOWN] = "half-down",
    [ACTION_HALF_UP] = "half-up",
    [ACTION_FIRST] = "first",
    [ACTION_LAST] = "last",
    [ACTION_LEFT] = "left",
    [ACTION_RIGHT] = "right",
    [ACTION_NEXT_SIBLING] = "next-sibling",
    [ACTION_PREVIOUS_SIBLING] = "previous-sibling",
    [ACTION_PARENT] = "parent",
    [ACTION_ROOT] = "root",
    [ACTION_NEXT_ERROR] = "next-error",
    [ACTION_PREVIOUS_ERROR] = "previous-error",
    [ACTION_HOTTEST] = "hottest",
    [ACTION_NEXT_MATCH] = "next-match",
    [ACTION_PREVIOUS_MATCH] = "previous-match",
    [ACTION_OPEN] = "open",
    [ACTION_BACK] = "back",
    [ACTION_QUIT] = "quit",
    [ACTION_QUIT_NOW] = "quit-now",
    [ACTION_NEXT_PANE] = "next-pane",
    [ACTION_PREVIOUS_PANE] = "previous-pane",
    [ACTION_MAXIMISE] = "maximise",
    [ACTION_SPLIT] = "split",
    [ACTION_HELP] = "help",
    [ACTION_STATUS] = "received",
    [ACTION_NEXT_TRACE] = "next-trace",
    [ACTION_PREVIOUS_TRACE] = "previous-trace",
    [ACTION_NEXT_TAB] = "next-tab",
    [ACTION_PREVIOUS_TAB] = "previous-tab",
    [ACTION_PREVIEW] = "preview",
    [ACTION_SEARCH] = "search",
    [ACTION_FORM] = "form",
    [ACTION_COMMAND] = "command",
    [ACTION_UNDO] = "undo",
    [ACTION_REDO] = "redo",
    [ACTION_INCLUDE] = "include",
    [ACTION_EXCLUDE] = "exclude",
    [ACTION_SAVED] = "saved-filters",
    [ACTION_ONLY_MATCHES] = "only-matches",
    [ACTION_ZOOM_IN] = "zoom-in",
    [ACTION_ZOOM_OUT] = "zoom-out",
    [ACTION_PAN_LEFT] = "pan-left",
    [ACTION_PAN_RIGHT] = "pan-right",
    [ACTION_FIT] = "fit",
    [ACTION_FIT_ROW] = "fit-row",
    [ACTION_TIME_FORMAT] = "time-format",
    [ACTION_HEADER] = "header",
    [ACTION_SORT_REVERSE] = "sort-reverse",
    [ACTION_SORT_PREVIOUS] = "sort-previous",
    [ACTION_SORT_NEXT] = "sort-next",
    [ACTION_FOLLOW] = "follow",
    [ACTION_REFRESH] = "refresh",
    [ACTION_STRIP] = "strip",
    [ACTION_RANGE] = "begin-range",
    [ACTION_GROUPS] = "groups",
    [ACTION_SORT_START] = "sort-start",
    [ACTION_SORT_DURATION] = "sort-duration",
    [ACTION_SORT_ERRORS] = "sort-errors",
    [ACTION_SORT_SPANS] = "sort-spans",
    [ACTION_SORT_OPERATION] = "sort-operation",
    [ACTION_SORT_USER] = "sort-user",
    [ACTION_FOLD_TOGGLE] = "fold-toggle",
    [ACTION_FOLD_ALL] = "fold-all",
    [ACTION_UNFOLD_ALL] = "unfold-all",
    [ACTION_UNFOLD_SUBTREE] = "unfold-subtree",
    [ACTION_FOLD_SUBTREE] = "fold-subtree",
    [ACTION_FOLD_DEPTH] = "fold-depth",
    [ACTION_FOLD_ERRORS] = "fold-errors",
    [ACTION_FOLD_GROUPS] = "fold-groups",
    [ACTION_EMPHASIS] = "emphasis",
    [ACTION_EVENTS] = "events",
    [ACTION_COLOUR_BY] = "colour-by",
    [ACTION_NARROWER] = "narrower",
    [ACTION_WIDER] = "wider",
    [ACTION_WRAP] = "wrap",
    [ACTION_RAW] = "raw",
    [ACTION_COPY_TRACE_ID] = "copy-trace-id",
    [ACTION_COPY_SPAN_ID] = "copy-span-id",
    [ACTION_COPY_NAME] = "copy-name",
    [ACTION_COPY_VALUE] = "copy-value",
    [ACTION_COPY_JSON] = "copy-json",
    [ACTION_COPY_TRACE_JSON] = "copy-trace-json",
    [ACTION_COPY_SQL] = "copy-sql",
    [ACTION_COPY_QUERY] = "copy-query",
    [ACTION_COPY_COMMAND] = "copy-command",
    [ACTION_COPY_REOPEN] = "copy-reopen",
    [ACTION_COPY_ERROR] = "copy-error",
    [ACTION_COPY_CURL] = "copy-curl",
    [ACTION_COPY_EXPORT] = "copy-export",
    [ACTION_PAGER] = "pager",
    [ACTION_EDITOR] = "editor",
    [ACTION_REDRAW] = "redraw",
    [ACTION_SUSPEND] = "suspend",
    [ACTION_CANCEL] = "cancel",
    [ACTION_MOUSE] = "mouse",
    [ACTION_MARK] = "mark",
    [ACTION_GO_MARK] = "go-to-mark",
    [ACTION_GO_BACK] = "go-back",
    [ACTION_LOAD_SAVED] = "load-filter",
    [ACTION_FLAME] = "flame",
    [ACTION_MAP] = "map",
    [ACTION_DIFF] = "diff",
    [ACTION_OPEN_A] = "open-a",
    [ACTION_OPEN_B] = "open-b",
    [ACTION_SWAP] = "swap",
    [ACTION_FOLD_CHAINS] = "fold-chains",
};

static const char *const scope_names[KEYS_SCOPE_COUNT] = {
    [KEYS_ALL] = "all",         [KEYS_LIST] = "list",
    [KEYS_GROUPS] = "groups",   [KEYS_WATERFALL] = "waterfall",
    [KEYS_DETAILS] = "details", [KEYS_STRIP] = "strip",
    [KEYS_SPANS] = "spans",     [KEYS_FLAME] = "flame",
    [KEYS_MAP] = "map",         [KEYS_DIFF] = "diff",
};

static const struct {
    const char *name;
    uint32_t code;
} key_names[] = {
    {"Enter", '\r'},
    {"Tab", '\t'},
    {"Esc", ESCAPE_KEY},
    {"Space", ' '},
    {"Up", KEY_CODE_UP},
    {"Down", KEY_CODE_DOWN},
    {"Left", KEY_CODE_LEFT},
    {"Right", KEY_CODE_RIGHT},
    {"Home", KEY_CODE_HOME},
    {"End", KEY_CODE_END},
    {"PgUp", KEY_CODE_PAGE_UP},
    {"PgDn", KEY_CODE_PAGE_DOWN},
    {"S-Tab", KEY_CODE_BACKTAB},
    {"Backspace", KEY_CODE_BACKSPACE},
    {"Delete", KEY_CODE_DELETE},
    {"F1", KEY_CODE_F1},
    {"F2", KEY_CODE_F2},
    {"F5", KEY_CODE_F5},
    {"0-9", KEY_CODE_DIGIT},
    {"a-z", KEY_CODE_LETTER},
};

const char *keys_action_name(enum action action)
{
    return action < ACTION_COUNT ? action_names[action] : NULL;
}

const char *keys_scope_name(enum key_scope scope)
{
    return scope < KEYS_SCOPE_COUNT ? scope_names[scope] : NULL;
}

void keys_key_name(uint32_t code, char target[KEY_NAME_BYTES])
{
    for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
        if (key_names[i].code == code) {
            snprintf(target, KEY_NAME_BYTES, "%s", key_names[i].name);
            return;
        }
    }
    if (code < ' ') {
        snprintf(target, KEY_NAME_BYTES, "^%c", (char)(code + CONTROL_BIT));
    } else if (code < 0x7F) {
        snprintf(target, KEY_NAME_BYTES, "%c", (char)code);
    } else {
        snprintf(target, KEY_NAME_BYTES, "U+%04X", (unsigned)code);
    }
}

static bool find_name(struct text name, const char *const *names, size_t count, size_t *ret_index)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i] != NULL && text_is(name, names[i])) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

bool keys_action_parse(struct text name, enum action *ret_action)
{
    size_t index;
    bool found = find_name(name, action_names, ARRAY_LEN(action_names), &index);
    *ret_action = found ? (enum action)index : ACTION_NONE;
    return found;
}

bool keys_scope_parse(struct text name, enum key_scope *ret_scope)
{
    size_t index;
    bool found = find_name(name, scope_names, ARRAY_LEN(scope_names), &index);
    *ret_scope = found ? (enum key_scope)index : KEYS_ALL;
    return found;
}

/* One character, ^X, or a name. */
static bool parse_single(struct text text, uint32_t *ret_code)
{
    for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
        if (text_is_nocase(text, key_names[i].name) && key_names[i].code != KEY_CODE_DIGIT &&
            key_names[i].code != KEY_CODE_LETTER) {
            *ret_code = key_names[i].code;
            return true;
        }
    }
    if (text.length == 2 && text.data[0] == '^' && text.data[1] >= '@' && text.data[1] <= '_') {
        *ret_code = (uint32_t)(text.data[1] - CONTROL_BIT);
        return true;
    }
    if (text.length == 1 && text.data[0] > ' ' && text.data[0] < 0x7F) {
        *ret_code = (uint32_t)text.data[0];
        return true;
    }
    return false;
}

bool keys_key_parse(struct text text, char *ret_prefix, uint32_t *ret_code)
{
    *ret_prefix = '\0';
    if (parse_single(text, ret_code)) {
        return true;
    }
    if (text.length < 2 || text.data[0] <= ' ' || text.data[0] >= 0x7F) {
        return false;
    }
    *ret_prefix = text.data[0];
    return parse_single(text_make(text.data + 1, text.length - 1), ret_code);
}
