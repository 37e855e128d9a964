/* group_pane — figures by operation, user, service, type or error, in the place of the trace list.
 */
#ifndef TRACETUI_TUI_GROUP_PANE_H
#define TRACETUI_TUI_GROUP_PANE_H

#include "store/reader.h"
#include "tui/pane.h"

struct group_pane;

extern const struct pane_ops group_pane_ops;

struct group_pane *group_pane_new(void);

/* Other traces or another grouping: figures are awaited. The old ones stay until they come. */
void group_pane_await(struct group_pane *pane, enum group_by by);
enum group_by group_pane_by(const struct group_pane *pane);

/* Takes the rows; leaves answer empty. */
void group_pane_take(struct group_pane *pane, struct group_answer *answer);
/* They do not come: why is shown instead. */
void group_pane_failed(struct group_pane *pane, const char *why);

/* Name of the selected group; empty if there is none. Borrowed until the next take. */
struct text group_pane_name(const struct group_pane *pane);
/* Appends "op:=query:goals" of the selected group; false if it has no name. */
bool group_pane_term(const struct group_pane *pane, struct text_buffer *target);

/* "12 operations by count" */
void group_pane_title(const struct group_pane *pane, struct canvas *canvas, struct rect area);

/* op, user, service, type, err. False if it is none of them. */
bool group_by_parse(struct text name, enum group_by *ret_by);

#endif
