/* json_layout — JSON as coloured lines: a value on one line where it fits, else a tree with folds.
 */
#include "tui/json_layout.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/json.h"

enum { INDENT = 2, TREE_LARGEST = 1 << 20, INDENT_LARGEST = 40 };

static const struct text null_sign = {"\xE2\x88\x85", 3};

/* ---- folds ---------------------------------------------------------------------------------- */

static size_t fold_index(const struct json_folds *folds, uint64_t node)
{
    size_t i = 0;
    while (i < folds->count && folds->except[i] != node) {
        i++;
    }
    return i;
}

bool json_folds_has(const struct json_folds *folds, uint64_t node)
{
    return folds->all != (fold_index(folds, node) < folds->count);
}

void json_folds_toggle(struct json_folds *folds, uint64_t node)
{
    size_t at = fold_index(folds, node);
    if (at < folds->count) {
        folds->except[at] = folds->except[--folds->count];
        return;
    }
    if (folds->count == folds->capacity) {
        folds->capacity = folds->capacity * 2 + 8;
        folds->except = mem_grow(folds->except, folds->capacity * sizeof *folds->except);
    }
    folds->except[folds->count++] = node;
}

void json_folds_set_all(struct json_folds *folds, bool folded)
{
    folds->all = folded;
    folds->count = 0;
}

void json_folds_free(struct json_folds *folds)
{
    free(folds->except);
    *folds = (struct json_folds){0};
}

/* ---- values --------------------------------------------------------------------------------- */

bool json_layout_is_tree(struct text text)
{
    struct text trimmed = text_trim(text);
    struct json_reader reader;
    if (trimmed.length < 2 || trimmed.length > TREE_LARGEST ||
        (trimmed.data[0] != '{' && trimmed.data[0] != '[')) {
        return false;
    }
    json_reader_init(&reader, trimmed, JSON_LAYOUT_DEPTH);
    json_skip(&reader, NULL);
    return json_end(&reader);
}

void json_layout_scalar(struct detail_lines *lines, struct text raw, struct text null, bool quoted)
{
    static const uint8_t tones[] = {
        [JSON_NONE] = TONE_NORMAL,  [JSON_NULL] = TONE_DIM,      [JSON_FALSE] = TONE_NUMBER,
        [JSON_TRUE] = TONE_NUMBER,  [JSON_NUMBER] = TONE_NUMBER, [JSON_STRING] = TONE_STRING,
        [JSON_ARRAY] = TONE_NORMAL, [JSON_OBJECT] = TONE_NORMAL,
    };
    struct json_reader reader;
    struct arena arena = {0};
    json_reader_init(&reader, raw, 1);
    enum json_kind kind = json_kind(&reader);
    struct text text = kind == JSON_NULL ? null : raw;
    if (kind == JSON_STRING && !quoted) {
        json_string(&reader, &arena, &text);
    }
    detail_lines_piece(lines, INK(tones[kind]), text);
    arena_clear(&arena);
}

/* A string of several lines keeps them; all stand below its first. False if it has just one. */
static bool layout_paragraph(struct detail_lines *lines, struct text raw, int column)
{
    struct arena arena = {0};
    struct text text = raw.length > 0 && raw.data[0] == '"' ? json_plain(raw, &arena) : raw;
    const char *newline = memchr(text.data != NULL ? text.data : "", '\n', text.length);
    if (newline != NULL) {
        size_t first = (size_t)(newline - text.data);
        detail_lines_piece(lines, INK(TONE_STRING), text_make(text.data, first));
        detail_lines_end(lines)->hang = (uint16_t)(column + INDENT);
        detail_lines_paragraph(lines, INK(TONE_STRING), column,
                               text_make(newline + 1, text.length - first - 1));
    }
    arena_clear(&arena);
    return newline != NULL;
}

/* ---- the tree ------------------------------------------------------------------------------- */

struct tree {
    struct detail_lines *lines;
    const struct json_style *style;
    struct json_reader reader;
    struct arena arena;
    bool object[JSON_LAYOUT_DEPTH + 1]; /* what is open at each depth */
    size_t members[JSON_LAYOUT_DEPTH + 1];
    int depth;
    uint64_t line_node; /* of the line being made */
};

static void punctuation(struct tree *tree, const char *text)
{
    detail_lines_piece(tree->lines, INK(TONE_DIM), text_from(text));
}

static void quoted_key(struct tree *tree, struct text key)
{
    struct text_buffer quoted = {0};
    json_append_string(&quoted, key);
    detail_lines_piece(tree->lines, INK(TONE_KEYWORD), text_buffer_text(&quoted));
    text_buffer_free(&quoted);
}

static void end_line(struct tree *tree)
{
    struct detail_line *line = detail_lines_end(tree->lines);
    line->mark.node = tree->line_node;
    line->hang = (uint16_t)(tree->style->column + INDENT);
    tree->line_node = 0;
}

static void indent(struct tree *tree)
{
    static const char blanks[] = "                                        ";
    int columns = tree->style->column + tree->depth * INDENT;
    while (columns > 0) {
        int part = columns < INDENT_LARGEST ? columns : INDENT_LARGEST;
        detail_lines_piece(tree->lines, INK(TONE_NORMAL), text_make(blanks, (size_t)part));
        columns -= part;
    }
}

/* Consumes an object or array without showing it; the sign tells how many members there are. */
static void folded(struct tree *tree, enum json_kind kind)
{
    struct text key;
    size_t count = 0;
    if (kind == JSON_OBJECT) {
        json_object_open(&tree->reader);
        while (json_object_next(&tree->reader, &tree->arena, &key)) {
            json_skip(&tree->reader, NULL);
            count++;
        }
    } else {
        json_array_open(&tree->reader);
        while (json_array_next(&tree->reader)) {
            json_skip(&tree->reader, NULL);
            count++;
        }
    }
    struct text_buffer text = {0};
    text_append_format(&text, kind == JSON_OBJECT ? "{\xE2\x80\xA6%zu}" : "[\xE2\x80\xA6%zu]",
                       count);
    detail_lines_piece(tree->lines, INK(TONE_DIM), text_buffer_text(&text));
    text_buffer_free(&text);
}

/* One value at the cursor: a scalar is consumed, a container is opened or shown folded. */
static void value(struct tree *tree)
{
    enum json_kind kind = json_kind(&tree->reader);
    struct text raw = {0};
    if (kind != JSON_OBJECT && kind != JSON_ARRAY) {
        if (json_skip(&tree->reader, &raw)) { /* between brackets "1" is not 1 */
            json_layout_scalar(tree->lines, raw, null_sign, true);
        }
        return;
    }
    uint64_t node = (tree->style->salt << 32) + json_offset(&tree->reader) + 1;
    tree->line_node = node;
    if (json_folds_has(tree->style->folds, node)) {
        folded(tree, kind);
        return;
    }
    bool object = kind == JSON_OBJECT;
    bool opened = object ? json_object_open(&tree->reader) : json_array_open(&tree->reader);
    if (opened) {
        punctuation(tree, object ? "{" : "[");
        tree->depth++;
        tree->object[tree->depth] = object;
        tree->members[tree->depth] = 0;
    }
}

/* Goes to the next member of the innermost container, or closes it. */
static void next(struct tree *tree)
{
    bool object = tree->object[tree->depth];
    struct text key;
    bool more = object ? json_object_next(&tree->reader, &tree->arena, &key)
                       : json_array_next(&tree->reader);
    if (more) {
        if (tree->members[tree->depth]++ > 0) {
            punctuation(tree, ",");
        }
        end_line(tree);
        indent(tree);
        if (object) {
            quoted_key(tree, key);
            punctuation(tree, ": ");
        }
        value(tree);
        return;
    }
    size_t members = tree->members[tree->depth];
    tree->depth--;
    if (members > 0) {
        end_line(tree);
        indent(tree);
    }
    punctuation(tree, object ? "}" : "]");
}

static void layout_tree(struct detail_lines *lines, struct text raw, const struct json_style *style)
{
    struct tree *tree = mem_zero(1, sizeof *tree);
    tree->lines = lines;
    tree->style = style;
    json_reader_init(&tree->reader, raw, JSON_LAYOUT_DEPTH);
    value(tree);
    while (tree->depth > 0 && !json_failed(&tree->reader) && !lines->cut) {
        next(tree);
    }
    end_line(tree);
    arena_clear(&tree->arena);
    free(tree);
}

void json_layout(struct detail_lines *lines, struct text raw, const struct json_style *style)
{
    struct arena arena = {0};
    struct text text = raw;
    if (!style->raw && raw.length > 2 && raw.data[0] == '"') {
        struct text plain = json_plain(raw, &arena);
        text = json_layout_is_tree(plain) ? text_trim(plain) : raw;
    }
    bool tree = !style->raw && json_layout_is_tree(text);
    if (tree && (style->width == 0 || canvas_width(text) > style->width)) {
        layout_tree(lines, text, style);
    } else if (style->raw || !layout_paragraph(lines, text, style->column)) {
        if (style->raw) {
            detail_lines_piece(lines, INK(TONE_NORMAL), raw);
        } else {
            json_layout_scalar(lines, text, null_sign, false);
        }
        detail_lines_end(lines)->hang = (uint16_t)(style->column + INDENT);
    }
    arena_clear(&arena);
}
