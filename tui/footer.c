/* footer — the last row: the keys that matter here and now.
 *
 *      Enter open  / filter  f form  F follow  s sort  t time  y copy   ? help  q quit
 *      z  M close all  R open all  1-9 depth  e errors  g groups ... */
#include "tui/footer.h"

#include <stdio.h>
#include <string.h>

enum { ENTRY_BYTES = 64, BINDINGS_LARGEST = 256, GAP = 2 };

/* One "key label" pair; rows of the table with the same brief share it: "h/l fold". */
struct entry {
    char keys[ENTRY_BYTES];
    const char *label;
};

/* The key that is named first: up to the first blank. */
static struct text first_key(const char *keys)
{
    return text_make(keys, strcspn(keys, " "));
}

static void add_key(struct entry *entry, struct text key)
{
    size_t used = strlen(entry->keys);
    if (used + 1 + key.length < sizeof entry->keys) {
        if (used > 0) {
            entry->keys[used++] = '/';
        }
        memcpy(entry->keys + used, key.data, key.length);
        entry->keys[used + key.length] = '\0';
    }
}

static int entry_width(const struct entry *entry)
{
    return canvas_width(text_from(entry->keys)) + 1 + canvas_width(text_from(entry->label));
}

/* Draws the pair; returns the column behind it. */
static int draw_entry(struct canvas *canvas, int y, int x, int end, const struct entry *entry)
{
    x += canvas_text(canvas, y, x, end - x, INK(TONE_ACCENT), text_from(entry->keys)) + 1;
    return x + canvas_text(canvas, y, x, end - x, INK(TONE_NORMAL), text_from(entry->label));
}

/* The entry that stands behind the priority `above`, with its priority; false when none is left. */
static bool next_entry(const struct keymap *map, enum key_scope scope, int above,
                       struct entry *ret_entry, int *ret_priority)
{
    const struct key_binding *table = map->rows;
    const struct key_binding *first = NULL;
    for (size_t i = 0; i < map->count; i++) {
        if (table[i].footer_priority > above && keys_binding_holds(map, &table[i], scope) &&
            (first == NULL || table[i].footer_priority < first->footer_priority)) {
            first = &table[i];
        }
    }
    if (first == NULL) {
        return false;
    }
    *ret_entry = (struct entry){.label = first->brief};
    for (size_t i = 0; i < map->count; i++) {
        if (table[i].footer_priority == first->footer_priority &&
            keys_binding_holds(map, &table[i], scope)) {
            add_key(ret_entry, first_key(table[i].keys));
        }
    }
    *ret_priority = first->footer_priority;
    return true;
}

static void draw_scope(struct canvas *canvas, int y, int x, int end, const struct keymap *map,
                       enum key_scope scope)
{
    static const struct entry help = {.keys = "?", .label = "help"};
    int help_x = end - entry_width(&help);
    struct entry entry;
    int priority = 0;
    while (next_entry(map, scope, priority, &entry, &priority)) {
        if (x + entry_width(&entry) + GAP > help_x) {
            break;
        }
        x = draw_entry(canvas, y, x, end, &entry) + GAP;
    }
    draw_entry(canvas, y, x, end, &help);
}

static void draw_prefix(struct canvas *canvas, int y, int x, int end, const struct keymap *map,
                        enum key_scope scope, char prefix)
{
    const struct key_binding *found[BINDINGS_LARGEST];
    size_t count = keys_prefix_bindings(map, scope, prefix, found, BINDINGS_LARGEST);
    x += canvas_print(canvas, y, x, end - x, INK(TONE_STRONG), "%c", prefix) + GAP;
    for (size_t i = 0; i < count; i++) {
        /* the prefix itself need not be repeated: "zM" is "M", "z1-z9" is "1-9" */
        struct entry entry = {.label = found[i]->label};
        for (const char *at = found[i]->keys; *at != '\0'; at++) {
            size_t used = strlen(entry.keys);
            bool is_prefix = *at == prefix && (at == found[i]->keys || at[-1] == '-');
            if (!is_prefix && used + 1 < sizeof entry.keys) {
                entry.keys[used] = *at;
            }
        }
        bool is_last = i + 1 == count;
        if (x + entry_width(&entry) + (is_last ? 0 : GAP) > end) {
            canvas_print(canvas, y, x, end - x, INK(TONE_DIM), "\xE2\x80\xA6");
            return;
        }
        x = draw_entry(canvas, y, x, end, &entry) + GAP;
    }
}

void footer_draw(struct canvas *canvas, struct rect area, const struct keymap *map,
                 enum key_scope scope, const struct key_state *state, const char *corner)
{
    int end = area.x + area.w - 1;
    canvas_fill(canvas, (struct rect){area.y, area.x, 1, area.w}, INK(TONE_NORMAL), ' ');
    if (state->prefix != 0) {
        draw_prefix(canvas, area.y, area.x + 1, end, map, scope, state->prefix);
        return;
    }
    char count[ENTRY_BYTES] = "";
    if (state->count > 0) {
        snprintf(count, sizeof count, "%d", state->count);
        corner = count;
    } else if (corner == NULL) {
        corner = "q back";
    }
    int used = canvas_width(text_from(corner));
    canvas_text_right(canvas, area.y, area.x + 1, area.w - 2, INK(TONE_STRONG), text_from(corner));
    draw_scope(canvas, area.y, area.x + 1, end - used - (used > 0 ? GAP : 0), map, scope);
}

void footer_draw_hints(struct canvas *canvas, struct rect area, const struct footer_hint *hints,
                       size_t count)
{
    int x = area.x + 1;
    int end = area.x + area.w - 1;
    for (size_t i = 0; i < count; i++) {
        struct entry entry = {.label = hints[i].label};
        add_key(&entry, text_from(hints[i].keys));
        if (x + entry_width(&entry) > end) {
            break;
        }
        x = draw_entry(canvas, area.y, x, end, &entry) + GAP;
    }
}
