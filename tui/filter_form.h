/* filter_form — the query as a form: the same terms, seen as fields and boxes. */
#ifndef TRACETUI_TUI_FILTER_FORM_H
#define TRACETUI_TUI_FILTER_FORM_H

#include "store/reader.h"
#include "tui/canvas.h"

enum { FILTER_FORM_WIDTH = 76, FILTER_FORM_HEIGHT = 16, FILTER_FORM_SERVICES = 4 };

struct filter_form;

enum filter_form_reply {
    FILTER_FORM_IGNORED,
    FILTER_FORM_CHANGED,
    FILTER_FORM_APPLY,
    FILTER_FORM_SAVE, /* the query gets a name */
    FILTER_FORM_CANCEL
};

struct filter_form *filter_form_new(void);
void filter_form_free(struct filter_form *form);

/* Fills the fields from a query. */
void filter_form_open(struct filter_form *form, const struct filter *filter);
/* The services worth a box, most frequent first; may come any time. */
void filter_form_give_services(struct filter_form *form, const struct name_count *names,
                               size_t count);

enum filter_form_reply filter_form_key(struct filter_form *form, uint32_t key);

/* Appends the query that the fields make. */
void filter_form_print(const struct filter_form *form, struct text_buffer *target);

/* Draws over the middle of the area. */
void filter_form_draw(const struct filter_form *form, struct canvas *canvas, struct rect area,
                      struct text count);

#endif
