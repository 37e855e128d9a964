/* json_indent — JSON with a member a line, for pagers and editors. */
#include "tui/json_indent.h"

#include <stdbool.h>

enum { INDENT = 2, DEPTH_LARGEST = 64 };

static void new_line(struct text_buffer *target, size_t depth)
{
    size_t blanks = (depth < DEPTH_LARGEST ? depth : DEPTH_LARGEST) * INDENT;
    text_append_char(target, '\n');
    while (blanks-- > 0) {
        text_append_char(target, ' ');
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The bytes of the string that begins at `at`, its quotes included. */
static size_t string_length(struct text json, size_t at)
{
    size_t end = at + 1;
    while (end < json.length && json.data[end] != '"') {
        end += json.data[end] == '\\' ? 2 : 1;
    }
    end++;
    return (end < json.length ? end : json.length) - at;
}

void json_indent(struct text json, struct text_buffer *target)
{
    size_t depth = 0;
    bool opened = false; /* a bracket, and nothing in it so far */
    for (size_t i = 0; i < json.length; i++) {
        char c = json.data[i];
        bool closes = c == '}' || c == ']';
        if (is_blank(c)) {
            continue;
        }
        if (closes) {
            depth -= depth > 0;
        }
        if (opened != closes) { /* first in its bracket, or a bracket's end behind something */
            new_line(target, depth);
        }
        opened = c == '{' || c == '[';
        depth += opened;
        if (c == '"') {
            size_t length = string_length(json, i);
            text_append(target, text_make(json.data + i, length));
            i += length - 1;
        } else {
            text_append_char(target, c);
        }
        if (c == ',') {
            new_line(target, depth);
        } else if (c == ':') {
            text_append_char(target, ' ');
        }
    }
}
