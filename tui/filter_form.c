/* filter_form — the query as a form: the same terms, seen as fields and boxes.
 *
 * ┌ Filter ──────────────────────────────────────────────────────────────────┐
 * │ User       [alice_____________]   Session   [__________________]         │
 * │ Status     [ ] completed  [x] error  [ ] running  [ ] cancelled          │
 * ├──────────────────────────────────────────────────────────────────────────┤
 * │ user:alice status:error                                                  │
 * └──────────────────────────────────────────────────────────────────────────┘
 */
#include "tui/filter_form.h"

#include <stdlib.h>
#include <string.h>

#include "tui/form_query.h"
#include "tui/format.h"
#include "tui/keys.h"
#include "tui/line_edit.h"

enum { CTRL_X = 24, BACKTAB = KEY_CODE_BACKTAB, SERVICE_BYTES = 64, FORM_ROWS = 9 };

/* Everything the cursor can stand on, in the order of Tab. A box has the value it puts into a list;
 * the boxes of services are named by what is stored. */
struct item {
    enum form_field field;
    int y, x, w;       /* w: of the entry, or of the box with its name */
    const char *label; /* before an entry */
    const char *value; /* of a box; NULL = an entry */
    int service;       /* 1.. = a box for that service */
};

static const struct item items[] = {
    {FORM_USER, 1, 2, 18, "User", NULL, 0},
    {FORM_SESSION, 1, 36, 18, "Session", NULL, 0},
    {FORM_OPERATION, 2, 2, 18, "Operation", NULL, 0},
    {FORM_SPAN, 2, 36, 18, "Span", NULL, 0},
    {FORM_STATUS, 3, 13, 13, "", "completed", 0},
    {FORM_STATUS, 3, 28, 9, "", "error", 0},
    {FORM_STATUS, 3, 39, 11, "", "in_progress", 0},
    {FORM_STATUS, 3, 52, 13, "", "cancelled", 0},
    {FORM_DURATION_LEAST, 4, 2, 8, "Duration", NULL, 0},
    {FORM_DURATION_MOST, 4, 24, 8, "to", NULL, 0},
    {FORM_SPANS_LEAST, 4, 48, 6, "Spans min", NULL, 0},
    {FORM_SERVICE, 5, 13, 14, "", NULL, 1},
    {FORM_SERVICE, 5, 28, 14, "", NULL, 2},
    {FORM_SERVICE, 5, 43, 14, "", NULL, 3},
    {FORM_SERVICE, 5, 58, 14, "", NULL, 4},
    {FORM_TYPE, 6, 13, 11, "", "graphql", 0},
    {FORM_TYPE, 6, 25, 6, "", "db", 0},
    {FORM_TYPE, 6, 32, 8, "", "http", 0},
    {FORM_TYPE, 6, 41, 9, "", "cache", 0},
    {FORM_TYPE, 6, 51, 6, "", "ui", 0},
    {FORM_TYPE, 6, 58, 11, "", "service", 0},
    {FORM_LAST, 7, 2, 6, "Time last", NULL, 0},
    {FORM_FROM, 7, 24, 18, "from", NULL, 0},
    {FORM_TO, 7, 50, 18, "to", NULL, 0},
    {FORM_KEY, 8, 2, 22, "Attribute", NULL, 0},
    {FORM_COMPARE, 8, 38, 3, "", NULL, 0},
    {FORM_VALUE, 8, 44, 22, "", NULL, 0},
    {FORM_TEXT, 9, 2, 46, "Text", NULL, 0},
};

struct filter_form {
    struct form_query query;
    struct line_edit edit; /* of the item under the cursor, if it is an entry */
    size_t cursor;         /* index in items */
    char services[FILTER_FORM_SERVICES][SERVICE_BYTES];
    int64_t service_counts[FILTER_FORM_SERVICES];
    size_t service_count;
    size_t service_more;
    struct text_buffer text; /* the query, kept ready for drawing */
    struct filter_error error;
    bool failed;
};

struct filter_form *filter_form_new(void)
{
    return mem_zero(1, sizeof(struct filter_form));
}

void filter_form_free(struct filter_form *form)
{
    if (form != NULL) {
        form_query_clear(&form->query);
        text_buffer_free(&form->text);
        free(form);
    }
}

static bool is_box(const struct item *item)
{
    return item->value != NULL || item->service > 0;
}

/* What a box puts into its list; NULL for a service that is not there. */
static const char *box_value(const struct filter_form *form, const struct item *item)
{
    if (item->service == 0) {
        return item->value;
    }
    return (size_t)item->service <= form->service_count ? form->services[item->service - 1] : NULL;
}

/* Status boxes show and store the words of the query language. */
static const char *box_label(const struct filter_form *form, const struct item *item)
{
    const char *value = box_value(form, item);
    return value != NULL && strcmp(value, "in_progress") == 0 ? "running" : value;
}

static void show_query(struct filter_form *form)
{
    struct filter filter = {0};
    text_buffer_clear(&form->text);
    form_query_print(&form->query, &form->text);
    form->failed = filter_parse(text_buffer_text(&form->text), &filter, &form->error) != ERR_OK;
    filter_clear(&filter);
}

static void load_entry(struct filter_form *form)
{
    const struct item *item = &items[form->cursor];
    if (!is_box(item)) {
        line_edit_set(&form->edit, text_buffer_text(&form->query.values[item->field]));
    }
}

static void store_entry(struct filter_form *form)
{
    const struct item *item = &items[form->cursor];
    struct text_buffer *value = &form->query.values[item->field];
    text_buffer_clear(value);
    text_append(value, line_edit_text(&form->edit));
}

void filter_form_open(struct filter_form *form, const struct filter *filter)
{
    form_query_clear(&form->query);
    form_query_read(&form->query, filter);
    form->cursor = 0;
    load_entry(form);
    show_query(form);
}

void filter_form_give_services(struct filter_form *form, const struct name_count *names,
                               size_t count)
{
    form->service_count = 0;
    form->service_more = 0;
    for (size_t i = 0; i < count; i++) {
        if (form->service_count < FILTER_FORM_SERVICES && names[i].name.length < SERVICE_BYTES) {
            char *target = form->services[form->service_count];
            memcpy(target, names[i].name.data, names[i].name.length);
            target[names[i].name.length] = '\0';
            form->service_counts[form->service_count++] = names[i].count;
        } else {
            form->service_more++;
        }
    }
}

void filter_form_print(const struct filter_form *form, struct text_buffer *target)
{
    form_query_print(&form->query, target);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void step(struct filter_form *form, int by)
{
    size_t count = ARRAY_LEN(items);
    do {
        form->cursor = (form->cursor + count + (size_t)(by + (int)count)) % count;
    } while (is_box(&items[form->cursor]) && box_value(form, &items[form->cursor]) == NULL);
    load_entry(form);
}

static void clear(struct filter_form *form)
{
    form_query_clear(&form->query);
    load_entry(form);
    show_query(form);
}

static enum filter_form_reply box_key(struct filter_form *form, uint32_t key)
{
    const struct item *item = &items[form->cursor];
    switch (key) {
    case ' ':
    case 'x':
        form_list_toggle(&form->query.values[item->field], text_from(box_value(form, item)));
        show_query(form);
        return FILTER_FORM_CHANGED;
    case KEY_CODE_LEFT:
        step(form, -1);
        return FILTER_FORM_CHANGED;
    case KEY_CODE_RIGHT:
        step(form, 1);
        return FILTER_FORM_CHANGED;
    case '\r':
    case '\n':
        return FILTER_FORM_APPLY;
    case 27:
        return FILTER_FORM_CANCEL;
    }
    return FILTER_FORM_IGNORED;
}

static enum filter_form_reply entry_key(struct filter_form *form, uint32_t key)
{
    switch (line_edit_feed(&form->edit, key)) {
    case EDIT_CHANGED:
        store_entry(form);
        show_query(form);
        return FILTER_FORM_CHANGED;
    case EDIT_SUBMIT:
        return FILTER_FORM_APPLY;
    case EDIT_CANCEL:
        return FILTER_FORM_CANCEL;
    case EDIT_COMPLETE:
    case EDIT_IGNORED:
        break;
    }
    return FILTER_FORM_IGNORED;
}

enum filter_form_reply filter_form_key(struct filter_form *form, uint32_t key)
{
    switch (key) {
    case '\t':
    case KEY_CODE_DOWN:
        step(form, 1);
        return FILTER_FORM_CHANGED;
    case BACKTAB:
    case KEY_CODE_UP:
        step(form, -1);
        return FILTER_FORM_CHANGED;
    case CTRL_X:
        clear(form);
        return FILTER_FORM_CHANGED;
    case KEY_CODE_F2:
        return form->failed ? FILTER_FORM_CHANGED : FILTER_FORM_SAVE;
    }
    enum filter_form_reply reply =
        is_box(&items[form->cursor]) ? box_key(form, key) : entry_key(form, key);
    return reply == FILTER_FORM_APPLY && form->failed ? FILTER_FORM_CHANGED : reply;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static void draw_frame(struct canvas *canvas, struct rect box, int divider)
{
    int right = box.x + box.w - 1;
    int bottom = box.y + box.h - 1;
    struct ink ink = INK(TONE_DIM);
    canvas_fill(canvas, box, INK(TONE_NORMAL), ' ');
    const int rows[] = {box.y, divider, bottom};
    static const uint32_t ends[][2] = {{0x250C, 0x2510}, {0x251C, 0x2524}, {0x2514, 0x2518}};
    for (int y = box.y; y <= bottom; y++) {
        canvas_rune(canvas, y, box.x, ink, RUNE_PIPE);
        canvas_rune(canvas, y, right, ink, RUNE_PIPE);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        canvas_fill(canvas, (struct rect){rows[i], box.x, 1, box.w}, ink, RUNE_DASH);
        canvas_rune(canvas, rows[i], box.x, ink, ends[i][0]);
        canvas_rune(canvas, rows[i], right, ink, ends[i][1]);
    }
    canvas_print(canvas, box.y, box.x + 2, 10, INK_WITH(TONE_TITLE, INK_BOLD), " Filter ");
}

static void draw_box(const struct filter_form *form, const struct item *item, struct canvas *canvas,
                     int y, int x, bool focused)
{
    const char *value = box_value(form, item);
    if (value == NULL) {
        return;
    }
    bool on = form_list_has(text_buffer_text(&form->query.values[item->field]), text_from(value));
    int used =
        canvas_print(canvas, y, x, 4, INK(on ? TONE_ACCENT : TONE_NORMAL), "[%c] ", on ? 'x' : ' ');
    used += canvas_text(canvas, y, x + used, item->w - used, INK(on ? TONE_STRONG : TONE_NORMAL),
                        text_from(box_label(form, item)));
    if (item->service > 0 && used + 6 <= item->w) {
        char number[FORMAT_BYTES];
        canvas_text(canvas, y, x + used + 1, 5, INK(TONE_DIM),
                    format_count(number, form->service_counts[item->service - 1]));
    }
    if (focused) {
        canvas_mark(canvas, (struct rect){y, x, 1, item->w}, INK_SELECTED);
        canvas->cursor_y = y;
        canvas->cursor_x = x + 1;
    }
}

static void draw_entry(const struct filter_form *form, const struct item *item,
                       struct canvas *canvas, int y, int x, bool focused)
{
    static const int label_w = 11;
    int at = x;
    if (item->label[0] != '\0') {
        int w = item->x == 2 ? label_w : (int)text_from(item->label).length + 1;
        w = item->x == 36 ? 10 : w;
        canvas_text(canvas, y, x, w, INK(TONE_DIM), text_from(item->label));
        at += w;
    }
    canvas_rune(canvas, y, at, INK(TONE_DIM), '[');
    canvas_fill(canvas, (struct rect){y, at + 1, 1, item->w}, INK(TONE_DIM), '_');
    canvas_rune(canvas, y, at + 1 + item->w, INK(TONE_DIM), ']');
    if (focused) {
        canvas_fill(canvas, (struct rect){y, at + 1, 1, item->w}, INK(TONE_NORMAL), ' ');
        line_edit_draw(&form->edit, canvas, y, at + 1, item->w, INK(TONE_STRONG), 0, 0);
    } else {
        canvas_text(canvas, y, at + 1, item->w, INK(TONE_NORMAL),
                    text_buffer_text(&form->query.values[item->field]));
    }
}

void filter_form_draw(const struct filter_form *form, struct canvas *canvas, struct rect area,
                      struct text count)
{
    static const struct {
        int y;
        const char *text;
    } labels[] = {{3, "Status"}, {5, "Service"}, {6, "Type"}};
    bool also = form->query.also.length > 0;
    struct rect box = {area.y, area.x, FORM_ROWS + 5 + also,
                       area.w < FILTER_FORM_WIDTH ? area.w : FILTER_FORM_WIDTH};
    box.x += (area.w - box.w) / 2;
    box.y += area.h > box.h ? (area.h - box.h) / 2 : 0;
    int divider = box.y + FORM_ROWS + 1 + also;
    draw_frame(canvas, box, divider);
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        canvas_print(canvas, box.y + labels[i].y, box.x + 2, 10, INK(TONE_DIM), "%s",
                     labels[i].text);
    }
    for (size_t i = 0; i < ARRAY_LEN(items); i++) {
        bool focused = i == form->cursor;
        int y = box.y + items[i].y;
        int x = box.x + items[i].x;
        if (is_box(&items[i])) {
            draw_box(form, &items[i], canvas, y, x, focused);
        } else {
            draw_entry(form, &items[i], canvas, y, x, focused);
        }
    }
    if (form->service_more > 0) {
        canvas_print(canvas, box.y + 5, box.x + box.w - 4, 3, INK(TONE_DIM), "+%zu",
                     form->service_more);
    }
    if (also) {
        canvas_text(canvas, divider - 1, box.x + 2, 6, INK(TONE_DIM), TEXT("also:"));
        canvas_text(canvas, divider - 1, box.x + 8, box.w - 10, INK(TONE_NORMAL),
                    text_buffer_text(&form->query.also));
    }
    canvas_text(canvas, divider + 1, box.x + 2, box.w - 4, INK(TONE_STRONG),
                text_buffer_text(&form->text));
    if (form->failed) {
        canvas_text(canvas, divider + 2, box.x + 2, box.w - 4, INK(TONE_ERROR),
                    text_from(form->error.text));
    } else {
        canvas_text(canvas, divider + 2, box.x + 2, 16, INK(TONE_DIM), count);
        canvas_text(canvas, divider + 2, box.x + 19, box.w - 20, INK(TONE_DIM),
                    TEXT("Enter apply  Space toggle  ^X clear  F2 save  Esc back"));
    }
}
