/* keys_file — the user's own keys: "waterfall h fold-subtree", one a line. */
#include "tui/keys_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/arena.h"
#include "tui/config.h"
#include "tui/keys_names.h"

enum { FILE_LARGEST_BYTES = 65536, LINES_LARGEST = 512, CODES = 4 };

struct changed_map {
    struct keymap map; /* first: a struct keymap * is one of these */
    struct key_binding *rows;
    size_t count, capacity;
    struct arena arena;
};

/* What the file has said so far. */
struct given {
    enum key_scope scope;
    char prefix;
    uint32_t code;
    int line;
};

struct reading {
    struct changed_map *changed;
    struct given given[LINES_LARGEST];
    size_t count;
    int line;
};

void keys_free(struct keymap *map)
{
    struct changed_map *changed = (struct changed_map *)map;
    if (changed != NULL) {
        arena_clear(&changed->arena);
        free(changed->rows);
        free(changed);
    }
}

void keys_take_away(struct keymap *map, enum action action)
{
    struct changed_map *changed = (struct changed_map *)map;
    size_t kept = 0;
    for (size_t i = 0; i < changed->count; i++) {
        if (changed->rows[i].action != action) {
            changed->rows[kept++] = changed->rows[i];
        }
    }
    map->count = changed->count = kept;
}

static struct changed_map *copy_standard(void)
{
    const struct keymap *standard = keys_standard();
    struct changed_map *changed = mem_zero(1, sizeof(*changed));
    changed->capacity = standard->count + 2 * LINES_LARGEST; /* a line adds two rows at most */
    changed->rows = mem_zero(changed->capacity, sizeof(*changed->rows));
    memcpy(changed->rows, standard->rows, standard->count * sizeof(*changed->rows));
    changed->count = standard->count;
    return changed;
}

/* "j ↓ ^N" of what is left of the codes. */
static const char *names_of(struct changed_map *changed, const struct key_binding *row)
{
    char names[128] = "";
    size_t used = 0;
    for (size_t i = 0; i < CODES && row->codes[i] != 0; i++) {
        char name[KEY_NAME_BYTES];
        keys_key_name(row->codes[i], name);
        int length = snprintf(names + used, sizeof(names) - used, "%s%.1s%s", i > 0 ? " " : "",
                              &row->prefix, name);
        used += length > 0 && used + (size_t)length < sizeof(names) ? (size_t)length : 0;
    }
    char *kept = arena_bytes(&changed->arena, strlen(names) + 1);
    snprintf(kept, strlen(names) + 1, "%s", names);
    return kept;
}

static bool remove_code(struct changed_map *changed, struct key_binding *row, uint32_t code)
{
    size_t kept = 0;
    uint32_t codes[CODES] = {0};
    for (size_t i = 0; i < CODES && row->codes[i] != 0; i++) {
        if (row->codes[i] != code) {
            codes[kept++] = row->codes[i];
        }
    }
    if (kept == CODES || (row->codes[kept] == 0)) {
        return false; /* it was not there */
    }
    memcpy(row->codes, codes, sizeof(codes));
    row->keys = names_of(changed, row);
    return true;
}

/* Takes the key from what it meant in that scope. */
static void unbind(struct changed_map *changed, enum key_scope scope, char prefix, uint32_t code)
{
    for (size_t i = 0; i < changed->count; i++) {
        struct key_binding *row = &changed->rows[i];
        if (row->scope == scope && row->prefix == prefix && remove_code(changed, row, code) &&
            row->codes[0] == 0) {
            memmove(row, row + 1, (changed->count - i - 1) * sizeof(*row));
            changed->count--;
            i--;
        }
    }
}

static bool has_code(const struct key_binding *row, uint32_t code)
{
    for (size_t i = 0; i < CODES && row->codes[i] != 0; i++) {
        if (row->codes[i] == code) {
            return true;
        }
    }
    return false;
}

/* "none" in one pane of a key that means something everywhere: there it does not hold any more. */
static void except(struct changed_map *changed, enum key_scope scope, char prefix, uint32_t code)
{
    for (size_t i = 0; i < changed->count; i++) {
        struct key_binding *row = &changed->rows[i];
        if (row->scope != KEYS_ALL || row->prefix != prefix || !has_code(row, code)) {
            continue;
        }
        struct key_binding split = *row;
        memset(split.codes, 0, sizeof(split.codes));
        split.codes[0] = code;
        split.except |= KEYS_BIT(scope);
        split.keys = names_of(changed, &split);
        unbind(changed, KEYS_ALL, prefix, code);
        changed->rows[changed->count++] = split;
        return;
    }
}

/* The standard row whose words describe the action in that scope; NULL if it means nothing there.
 */
static const struct key_binding *model_of(enum key_scope scope, enum action action)
{
    const struct keymap *standard = keys_standard();
    const struct key_binding *found = NULL;
    for (size_t i = 0; i < standard->count; i++) {
        const struct key_binding *row = &standard->rows[i];
        bool everywhere = row->scope == KEYS_ALL && (row->except & KEYS_BIT(scope)) == 0;
        if (row->action == action && (row->scope == scope || (everywhere && found == NULL))) {
            found = row;
        }
    }
    return found;
}

/* The keys that a prefix begins: they cannot be reached any more if it means something itself. */
static bool is_prefix(const struct changed_map *changed, enum key_scope scope, uint32_t code)
{
    for (size_t i = 0; i < changed->count; i++) {
        const struct key_binding *row = &changed->rows[i];
        bool here = row->scope == scope || scope == KEYS_ALL ||
                    (row->scope == KEYS_ALL && (row->except & KEYS_BIT(scope)) == 0);
        if (here && row->action == ACTION_NONE && row->prefix == 0 && has_code(row, code)) {
            return true;
        }
    }
    return false;
}

static enum err check_new(const struct reading *reading, const struct given *new, struct text key,
                          struct err_msg *why)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct given *old = &reading->given[i];
        if (old->scope == new->scope && old->prefix == new->prefix && old->code == new->code) {
            return err_set(why, ERR_PARSE, "%.*s has its meaning in %s from line %d",
                           TEXT_ARGS(key), keys_scope_name(new->scope), old->line);
        }
    }
    if (new->prefix == 0 && is_prefix(reading->changed, new->scope, new->code)) {
        return err_set(why, ERR_PARSE, "%.*s begins other keys in %s", TEXT_ARGS(key),
                       keys_scope_name(new->scope));
    }
    if (new->prefix == 0 && new->code >= '1' && new->code <= '9') {
        return err_set(why, ERR_PARSE, "%.*s counts, as in 5j", TEXT_ARGS(key));
    }
    if (new->prefix != 0 &&
        !is_prefix(reading->changed, new->scope, (uint32_t)(unsigned char)new->prefix)) {
        return err_set(why, ERR_PARSE,
                       "no key \"%.*s\": a character, ^X, Enter, PgDn, F5 ... or zM",
                       TEXT_ARGS(key));
    }
    return ERR_OK;
}

static enum err bind(struct reading *reading, struct given new, struct text key,
                     struct text action_name, struct err_msg *why)
{
    struct changed_map *changed = reading->changed;
    bool none = text_is(action_name, "none");
    enum action action = ACTION_NONE;
    if (!none && !keys_action_parse(action_name, &action)) {
        return err_set(why, ERR_PARSE, "no action \"%.*s\": --print-keys lists them",
                       TEXT_ARGS(action_name));
    }
    const struct key_binding *model = none ? NULL : model_of(new.scope, action);
    if (!none && model == NULL) {
        return err_set(why, ERR_PARSE, "%.*s means nothing in %s", TEXT_ARGS(action_name),
                       keys_scope_name(new.scope));
    }
    enum err err = check_new(reading, &new, key, why);
    if (err != ERR_OK) {
        return err;
    }
    reading->given[reading->count++] = new;
    unbind(changed, new.scope, new.prefix, new.code);
    if (new.code == '\r') {
        unbind(changed, new.scope, new.prefix, '\n'); /* Enter, too */
    }
    if (none) {
        if (new.scope != KEYS_ALL) {
            except(changed, new.scope, new.prefix, new.code);
        }
        return ERR_OK;
    }
    struct key_binding row = *model;
    memset(row.codes, 0, sizeof(row.codes));
    row.scope = new.scope;
    row.except = new.scope == KEYS_ALL ? model->except : 0;
    row.prefix = new.prefix;
    row.codes[0] = new.code;
    row.keys = names_of(changed, &row);
    changed->rows[changed->count++] = row;
    return ERR_OK;
}

static struct text next_word(struct text *line)
{
    *line = text_trim(*line);
    size_t end = 0;
    while (end < line->length && line->data[end] != ' ' && line->data[end] != '\t') {
        end++;
    }
    struct text word = text_make(line->data, end);
    *line = text_trim(text_make(line->data + end, line->length - end));
    return word;
}

static enum err read_line(struct reading *reading, struct text line, struct err_msg *why)
{
    struct text pane = next_word(&line);
    struct text key = next_word(&line);
    struct text action = next_word(&line);
    if (pane.length == 0 || pane.data[0] == '#') {
        return ERR_OK;
    }
    struct given new = {.line = reading->line};
    if (!keys_scope_parse(pane, &new.scope)) {
        return err_set(why, ERR_PARSE, "no pane \"%.*s\": --print-keys lists them",
                       TEXT_ARGS(pane));
    }
    if (action.length == 0 || (line.length > 0 && line.data[0] != '#')) {
        return err_set(why, ERR_PARSE, "PANE KEY ACTION expected, like: list J page-down");
    }
    if (!keys_key_parse(key, &new.prefix, &new.code)) {
        return err_set(why, ERR_PARSE,
                       "no key \"%.*s\": a character, ^X, Enter, PgDn, F5 ... or zM",
                       TEXT_ARGS(key));
    }
    if (reading->count == LINES_LARGEST) {
        return err_set(why, ERR_LIMIT, "more than %d keys", LINES_LARGEST);
    }
    return bind(reading, new, key, action, why);
}

enum err keys_read_text(struct text text, const char *path, struct keymap **ret_map,
                        struct err_msg *why)
{
    struct reading *reading = mem_zero(1, sizeof(*reading));
    enum err err = ERR_OK;
    reading->changed = copy_standard();
    while (text.length > 0 && err == ERR_OK) {
        size_t end = 0;
        while (end < text.length && text.data[end] != '\n') {
            end++;
        }
        struct err_msg what = {""};
        reading->line++;
        err = read_line(reading, text_make(text.data, end), &what);
        if (err != ERR_OK) {
            err_set(why, err, "%.200s:%d: %s", path, reading->line, what.text);
        }
        size_t used = end < text.length ? end + 1 : end;
        text = text_make(text.data + used, text.length - used);
    }
    struct changed_map *changed = reading->changed;
    free(reading);
    if (err != ERR_OK) {
        keys_free(&changed->map);
        return err;
    }
    changed->map = (struct keymap){changed->rows, changed->count};
    *ret_map = &changed->map;
    return ERR_OK;
}

enum err keys_read(struct keymap **ret_map, struct err_msg *why)
{
    char path[4096];
    char *text = mem_zero(1, FILE_LARGEST_BYTES + 1);
    size_t length = 0;
    bool failed = false;
    if (!config_path("keys", path, sizeof(path))) {
        path[0] = '\0';
    }
    FILE *file = path[0] != '\0' ? fopen(path, "re") : NULL;
    if (file != NULL) {
        length = fread(text, 1, FILE_LARGEST_BYTES + 1, file);
        failed = ferror(file) != 0;
        fclose(file);
    } else {
        failed = path[0] != '\0' && errno != ENOENT;
    }
    enum err err = failed ? err_set(why, ERR_IO, "%.200s: cannot be read", path)
                   : length > FILE_LARGEST_BYTES
                       ? err_set(why, ERR_LIMIT, "%.200s: larger than 64 KiB", path)
                       : keys_read_text(text_make(text, length), path, ret_map, why);
    free(text);
    return err;
}

void keys_print(const struct keymap *map, FILE *target)
{
    char path[4096] = "the keys file";
    config_path("keys", path, sizeof(path));
    fprintf(target, "# PANE KEY ACTION, to be changed in %s; the action none takes a key away\n",
            path);
    for (size_t i = 0; i < map->count; i++) {
        const struct key_binding *row = &map->rows[i];
        for (size_t j = 0; row->action != ACTION_NONE && j < CODES && row->codes[j] != 0; j++) {
            char name[KEY_NAME_BYTES];
            keys_key_name(row->codes[j], name);
            if (row->codes[j] == '\n') {
                continue; /* the same key as Enter */
            }
            bool fixed = row->codes[j] == KEY_CODE_DIGIT || row->codes[j] == KEY_CODE_LETTER;
            fprintf(target, "%s%-9s %.1s%-*s %-18s # %s\n", fixed ? "#" : "",
                    keys_scope_name(row->scope), &row->prefix, row->prefix != 0 ? 5 : 6, name,
                    keys_action_name(row->action), row->label);
        }
    }
}
