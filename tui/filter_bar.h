/* filter_bar — the query line: always on the screen, edited in place, with completion and error
 * marks. */
#ifndef TRACETUI_TUI_FILTER_BAR_H
#define TRACETUI_TUI_FILTER_BAR_H

#include "store/reader.h"
#include "tui/canvas.h"
#include "tui/query_history.h"

enum { FILTER_BAR_CHOICES = 8 }; /* shown at once */

struct filter_bar;

enum filter_bar_reply {
    FILTER_BAR_IGNORED,
    FILTER_BAR_CHANGED, /* the text: try it soon */
    FILTER_BAR_SUBMIT,
    FILTER_BAR_CANCEL,
};

/* history is borrowed for as long as the bar lives. */
struct filter_bar *filter_bar_new(const struct query_history *history);
void filter_bar_free(struct filter_bar *bar);

void filter_bar_open(struct filter_bar *bar); /* the keys go to the bar now */
void filter_bar_close(struct filter_bar *bar);
bool filter_bar_is_open(const struct filter_bar *bar);

/* Borrowed until the next change. */
struct text filter_bar_text(const struct filter_bar *bar);
void filter_bar_set_text(struct filter_bar *bar, struct text text);
/* NULL: the text is fine. */
void filter_bar_set_error(struct filter_bar *bar, const struct filter_error *error);

enum filter_bar_reply filter_bar_key(struct filter_bar *bar, uint32_t key);

/* True when names are to be asked for after a key, once for each time; part is borrowed. */
bool filter_bar_wants_names(struct filter_bar *bar, enum filter_field *ret_field,
                            struct text *ret_part);
void filter_bar_give_names(struct filter_bar *bar, enum filter_field field,
                           const struct name_count *names, size_t count);

/* right: what stands at the right end, "38 of 2.48M   41ms". */
void filter_bar_draw(const struct filter_bar *bar, struct canvas *canvas, struct rect area,
                     struct text right);
/* The error or the choices, over what is below the bar; draw it after the rest. */
void filter_bar_draw_below(const struct filter_bar *bar, struct canvas *canvas, struct rect area);

#endif
