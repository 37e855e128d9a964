/* line_edit — the text of a prompt while it is typed: cursor, killing, history. */
#include "tui/line_edit.h"

#include <string.h>

#include "tui/keys.h"
#include "tui/visible.h"

#define CTRL(letter) ((letter)&0x1F)

static bool is_control(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7F && rune < 0xA0);
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

static size_t before(const struct line_edit *edit, size_t offset)
{
    while (offset > 0 && is_continuation(edit->bytes[--offset])) {
    }
    return offset;
}

static size_t after(const struct line_edit *edit, size_t offset)
{
    if (offset < edit->length) {
        offset++;
    }
    while (offset < edit->length && is_continuation(edit->bytes[offset])) {
        offset++;
    }
    return offset;
}

static bool is_word(char byte)
{
    return ((unsigned char)byte & 0x80) != 0 || (byte >= '0' && byte <= '9') ||
           (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static size_t word_before(const struct line_edit *edit, size_t offset)
{
    while (offset > 0 && !is_word(edit->bytes[offset - 1])) {
        offset--;
    }
    while (offset > 0 && is_word(edit->bytes[offset - 1])) {
        offset--;
    }
    return offset;
}

static size_t word_after(const struct line_edit *edit, size_t offset)
{
    while (offset < edit->length && !is_word(edit->bytes[offset])) {
        offset++;
    }
    while (offset < edit->length && is_word(edit->bytes[offset])) {
        offset++;
    }
    return offset;
}

/* ^W goes by blanks, as in a shell: a whole term of a query at once. */
static size_t blank_before(const struct line_edit *edit, size_t offset)
{
    while (offset > 0 && edit->bytes[offset - 1] == ' ') {
        offset--;
    }
    while (offset > 0 && edit->bytes[offset - 1] != ' ') {
        offset--;
    }
    return offset;
}

/* Any change by hand ends a walk through the history. */
static void touch(struct line_edit *edit)
{
    edit->history_at = edit->history_count;
}

static void erase(struct line_edit *edit, size_t start, size_t end)
{
    memmove(edit->bytes + start, edit->bytes + end, edit->length - end);
    edit->length -= end - start;
    edit->cursor = start;
    touch(edit);
}

static void kill_range(struct line_edit *edit, size_t start, size_t end)
{
    if (start < end) {
        edit->killed_length = end - start;
        memcpy(edit->killed, edit->bytes + start, edit->killed_length);
        erase(edit, start, end);
    }
}

static void insert_bytes(struct line_edit *edit, struct text text)
{
    if (text.length > 0 && text.length <= sizeof edit->bytes - edit->length) {
        char *place = edit->bytes + edit->cursor;
        memmove(place + text.length, place, edit->length - edit->cursor);
        memcpy(place, text.data, text.length);
        edit->length += text.length;
        edit->cursor += text.length;
        touch(edit);
    }
}

/* Takes text of any kind; control characters become blanks, bytes that are no text vanish. */
static void insert_text(struct line_edit *edit, struct text text)
{
    while (text.length > 0) {
        uint32_t rune;
        size_t length = text_rune(text, &rune);
        if (is_control(rune)) {
            insert_bytes(edit, TEXT(" "));
        } else if (rune != UINT32_MAX) {
            insert_bytes(edit, text_make(text.data, length));
        }
        text = text_make(text.data + length, text.length - length);
    }
}

/* Shows a line of the history; what was typed before the walk stays as its prefix. */
static void show_history(struct line_edit *edit, size_t index)
{
    size_t prefix = edit->prefix_length;
    if (index < edit->history_count) {
        edit->length = 0;
        edit->cursor = 0;
        insert_text(edit, edit->history[index]);
    } else {
        edit->length = prefix;
        edit->cursor = prefix;
    }
    edit->history_at = index;
    edit->prefix_length = prefix;
}

static bool history_matches(const struct line_edit *edit, size_t index)
{
    struct text line = edit->history[index];
    return line.length >= edit->prefix_length &&
           memcmp(line.data, edit->bytes, edit->prefix_length) == 0 &&
           !text_equals(line, line_edit_text(edit));
}

static enum line_edit_result walk_history(struct line_edit *edit, bool back)
{
    if (edit->history_at >= edit->history_count) {
        edit->history_at = edit->history_count;
        edit->prefix_length = edit->length;
    }
    size_t index = edit->history_at;
    while (back ? index > 0 : index < edit->history_count) {
        index += back ? (size_t)-1 : 1;
        if (index == edit->history_count || history_matches(edit, index)) {
            show_history(edit, index);
            return EDIT_CHANGED;
        }
    }
    return EDIT_CHANGED;
}

static enum line_edit_result insert_key(struct line_edit *edit, uint32_t key)
{
    if (is_control(key) || key >= KEY_CODE_BASE || (key >= 0xD800 && key <= 0xDFFF)) {
        return EDIT_IGNORED;
    }
    char bytes[4];
    insert_bytes(edit, text_make(bytes, text_put_rune(bytes, key)));
    return EDIT_CHANGED;
}

/* Between the marks of a paste every key is text. */
static enum line_edit_result feed_paste(struct line_edit *edit, uint32_t key)
{
    if (key == KEY_CODE_PASTE_END) {
        edit->pasting = false;
        return EDIT_CHANGED;
    }
    if (key == '\r' || key == '\n' || key == '\t') {
        key = ' ';
    }
    return insert_key(edit, key);
}

void line_edit_set(struct line_edit *edit, struct text text)
{
    edit->length = 0;
    edit->cursor = 0;
    edit->pasting = false;
    insert_text(edit, text);
    touch(edit);
}

void line_edit_set_history(struct line_edit *edit, const struct text *lines, size_t count)
{
    edit->history = lines;
    edit->history_count = count;
    touch(edit);
}

struct text line_edit_text(const struct line_edit *edit)
{
    return text_make(edit->bytes, edit->length);
}

void line_edit_replace(struct line_edit *edit, size_t start, size_t length, struct text text)
{
    if (start > edit->length) {
        start = edit->length;
    }
    if (length > edit->length - start) {
        length = edit->length - start;
    }
    erase(edit, start, start + length);
    insert_text(edit, text);
}

enum line_edit_result line_edit_feed(struct line_edit *edit, uint32_t key)
{
    if (edit->pasting) {
        return feed_paste(edit, key);
    }
    switch (key) {
    case '\r':
    case '\n':
        return EDIT_SUBMIT;
    case 0x1B:
    case CTRL('C'):
        return EDIT_CANCEL;
    case '\t':
        return EDIT_COMPLETE;
    case KEY_CODE_PASTE_BEGIN:
        edit->pasting = true;
        break;
    case KEY_CODE_LEFT:
    case CTRL('B'):
        edit->cursor = before(edit, edit->cursor);
        break;
    case KEY_CODE_RIGHT:
    case CTRL('F'):
        edit->cursor = after(edit, edit->cursor);
        break;
    case KEY_CODE_HOME:
    case CTRL('A'):
        edit->cursor = 0;
        break;
    case KEY_CODE_END:
    case CTRL('E'):
        edit->cursor = edit->length;
        break;
    case KEY_CODE_ALT + 'b':
        edit->cursor = word_before(edit, edit->cursor);
        break;
    case KEY_CODE_ALT + 'f':
        edit->cursor = word_after(edit, edit->cursor);
        break;
    case KEY_CODE_BACKSPACE:
        erase(edit, before(edit, edit->cursor), edit->cursor);
        break;
    case KEY_CODE_DELETE:
    case CTRL('D'):
        erase(edit, edit->cursor, after(edit, edit->cursor));
        break;
    case CTRL('W'):
        kill_range(edit, blank_before(edit, edit->cursor), edit->cursor);
        break;
    case KEY_CODE_ALT + 0x7F:
        kill_range(edit, word_before(edit, edit->cursor), edit->cursor);
        break;
    case KEY_CODE_ALT + 'd':
        kill_range(edit, edit->cursor, word_after(edit, edit->cursor));
        break;
    case CTRL('U'):
        kill_range(edit, 0, edit->cursor);
        break;
    case CTRL('K'):
        kill_range(edit, edit->cursor, edit->length);
        break;
    case CTRL('Y'):
        insert_bytes(edit, text_make(edit->killed, edit->killed_length));
        break;
    case KEY_CODE_UP:
    case CTRL('P'):
        return walk_history(edit, true);
    case KEY_CODE_DOWN:
    case CTRL('N'):
        return walk_history(edit, false);
    default:
        return insert_key(edit, key);
    }
    return EDIT_CHANGED;
}

void line_edit_draw(const struct line_edit *edit, struct canvas *canvas, int y, int x, int w,
                    struct ink ink, size_t error_start, size_t error_length)
{
    if (w <= 0) {
        return;
    }
    /* the cursor needs a cell of its own behind the text before it */
    int cursor_column = canvas_width(text_make(edit->bytes, edit->cursor));
    int skip = cursor_column < w ? 0 : cursor_column - w + 1;
    struct text rest = line_edit_text(edit);
    int column = -skip;
    canvas_fill(canvas, (struct rect){.y = y, .x = x, .h = 1, .w = w}, ink, ' ');
    while (rest.length > 0 && column < w) {
        struct text piece = rest;
        struct visible visible;
        size_t offset = (size_t)(rest.data - edit->bytes);
        if (!visible_next(&rest, &visible)) {
            break;
        }
        piece.length -= rest.length;
        struct ink piece_ink = ink;
        if (offset < error_start + error_length && offset + piece.length > error_start) {
            piece_ink.tone = TONE_ERROR;
            piece_ink.flags |= INK_UNDERLINE;
        }
        if (column >= 0) {
            canvas_text(canvas, y, x + column, w - column, piece_ink, piece);
        }
        column += visible.width;
    }
    canvas->cursor_y = y;
    canvas->cursor_x = x + cursor_column - skip;
}
