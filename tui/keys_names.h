/* keys_names — what actions, panes and keys are called in the keys file. */
#ifndef TRACETUI_TUI_KEYS_NAMES_H
#define TRACETUI_TUI_KEYS_NAMES_H

#include "store/base/text.h"
#include "tui/keys.h"

enum { KEY_NAME_BYTES = 16 };

/* "fold-close", "waterfall"; NULL = no such thing. */
const char *keys_action_name(enum action action);
const char *keys_scope_name(enum key_scope scope);
/* "j", "^F", "PgDn" */
void keys_key_name(uint32_t code, char target[KEY_NAME_BYTES]);

/* False if there is nothing of that name. */
bool keys_action_parse(struct text name, enum action *ret_action);
bool keys_scope_parse(struct text name, enum key_scope *ret_scope);
/* "j", "^F", "PgDn", or two keys in a row: "zM". ret_prefix is 0 for a single one. */
bool keys_key_parse(struct text text, char *ret_prefix, uint32_t *ret_code);

#endif
