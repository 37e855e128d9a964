/* sql_layout — a statement broken at its clauses, keywords coloured, parameters below. */
#ifndef TRACETUI_TUI_SQL_LAYOUT_H
#define TRACETUI_TUI_SQL_LAYOUT_H

#include "tui/detail_lines.h"

/* No formatter: only the blanks before FROM, WHERE, JOIN and the like become line breaks, outside
 * of quotes and parentheses. raw: as it was sent. */
void sql_layout(struct detail_lines *lines, struct text sql, int indent, bool raw);

/* parameters: a JSON array or object, or empty. */
void sql_layout_parameters(struct detail_lines *lines, struct text parameters, int indent);

#endif
