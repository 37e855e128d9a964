/* json_indent — JSON with a member a line, for pagers and editors. */
#ifndef TRACETUI_TUI_JSON_INDENT_H
#define TRACETUI_TUI_JSON_INDENT_H

#include "store/base/text.h"

/* Appends json with line breaks and two blanks a level; nothing but blanks between its tokens
 * changes. What is no JSON comes out readable, too. */
void json_indent(struct text json, struct text_buffer *target);

#endif
