/* keys — which action a key has, with the count and the prefix typed before it. */
#include "tui/keys.h"

#include "store/base/err.h"

enum { ESCAPE_KEY = 0x1B, COUNT_LARGEST = 999999999 };

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
