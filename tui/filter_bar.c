/* filter_bar — the query line: always on the screen, edited in place, with completion and error
 * marks.
 *
 *  / user:alice status:err|                                38 of 2.48M  41ms
 *    status:error        38.2k <    Tab accept   Up/Dn choose
 *    status:completed    2.44M
 */
#include "tui/filter_bar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/field_values.h"
#include "tui/format.h"
#include "tui/keys.h"
#include "tui/line_edit.h"
#include "tui/query_edit.h"

enum {
    TEXT_COLUMN = 3,
    CHOICE_BYTES = 128,
    CHOICES_LARGEST = 32, /* as many as there are fields, and more */
    NEEDLE_BYTES = 128,
    TAB = 9,
    CTRL_R = 18,
    ESCAPE = 27
};

struct choice {
    char text[CHOICE_BYTES]; /* what stands in the query afterwards */
    size_t length;
    int64_t count; /* -1 = not known */
    const char *help;
};

struct filter_bar {
    struct line_edit edit;
    const struct query_history *history;
    bool open;
    bool failed;
    struct filter_error error;
    /* completion of the word from word_start to the cursor */
    bool choosing;
    struct choice choices[CHOICES_LARGEST];
    size_t choice_count, chosen;
    size_t word_start;
    bool wants_names; /* the choices are names of this field */
    bool names_due;   /* nobody has been asked for them yet */
    enum filter_field names_field;
    /* ^R: the newest line of the history that holds the needle */
    bool searching, missed;
    char needle[NEEDLE_BYTES];
    size_t needle_length;
    size_t found;              /* index of the line shown; count of the history = none */
    struct text_buffer before; /* the text when the search began */
};

struct filter_bar *filter_bar_new(const struct query_history *history)
{
    struct filter_bar *bar = mem_zero(1, sizeof(*bar));
    bar->history = history;
    return bar;
}

void filter_bar_free(struct filter_bar *bar)
{
    if (bar != NULL) {
        text_buffer_free(&bar->before);
        free(bar);
    }
}

void filter_bar_open(struct filter_bar *bar)
{
    bar->open = true;
    bar->choosing = false;
    line_edit_set_history(&bar->edit, bar->history->lines, bar->history->count);
    if (bar->edit.length > 0 && bar->edit.bytes[bar->edit.length - 1] != ' ' &&
        bar->edit.length + 1 < LINE_EDIT_BYTES) {
        line_edit_replace(&bar->edit, bar->edit.length, 0, TEXT(" ")); /* ready for the next term */
    }
}

void filter_bar_close(struct filter_bar *bar)
{
    bar->open = bar->choosing = bar->wants_names = bar->searching = false;
    line_edit_set_history(&bar->edit, NULL, 0);
}

bool filter_bar_is_open(const struct filter_bar *bar)
{
    return bar->open;
}

struct text filter_bar_text(const struct filter_bar *bar)
{
    return text_trim(line_edit_text(&bar->edit));
}

void filter_bar_set_text(struct filter_bar *bar, struct text text)
{
    line_edit_set(&bar->edit, text);
    bar->failed = false;
}

void filter_bar_set_error(struct filter_bar *bar, const struct filter_error *error)
{
    bar->failed = error != NULL;
    if (error != NULL) {
        bar->error = *error;
    }
}

/* ---- completion ----------------------------------------------------------------------------- */

/* Where the word before the cursor begins, without a sign of negation. */
static size_t word_before(const struct line_edit *edit)
{
    size_t start = edit->cursor;
    while (start > 0 && strchr(" (){}", edit->bytes[start - 1]) == NULL) {
        start--;
    }
    if (start < edit->cursor && (edit->bytes[start] == '-' || edit->bytes[start] == '!')) {
        start++;
    }
    return start;
}

static void add_choice(struct filter_bar *bar, int64_t count, const char *help, const char *prefix,
                       struct text value)
{
    if (bar->choice_count == CHOICES_LARGEST) {
        return;
    }
    struct choice *choice = &bar->choices[bar->choice_count];
    struct text_buffer text = {0};
    text_append_cstr(&text, prefix);
    if (count >= 0 || help == NULL) {
        query_append_value(&text, value);
    } else {
        text_append(&text, value);
    }
    if (text.length < sizeof(choice->text)) {
        memcpy(choice->text, text.data, text.length);
        choice->length = text.length;
        choice->count = count;
        choice->help = help;
        bar->choice_count++;
    }
    text_buffer_free(&text);
}

/* A word is "field:part"; part is what stands behind the last comma. */
static bool split_word(const struct filter_bar *bar, const struct filter_field_info **ret_info,
                       struct text *ret_part)
{
    struct text word =
        text_make(bar->edit.bytes + bar->word_start, bar->edit.cursor - bar->word_start);
    size_t colon = 0;
    while (colon < word.length && word.data[colon] != ':') {
        colon++;
    }
    if (colon == word.length) {
        return false;
    }
    size_t count;
    const struct filter_field_info *fields = filter_fields(&count);
    struct text name = text_make(word.data, colon);
    for (size_t i = 0; i < count; i++) {
        bool alias = fields[i].alias != NULL && text_is_nocase(name, fields[i].alias);
        if (alias || text_is_nocase(name, fields[i].name)) {
            size_t part = word.length;
            while (part > colon + 1 && word.data[part - 1] != ',') {
                part--;
            }
            *ret_info = &fields[i];
            *ret_part = text_make(word.data + part, word.length - part);
            return true;
        }
    }
    return false;
}

static void choose_values(struct filter_bar *bar, const char *values, struct text part)
{
    while (*values != '\0') {
        struct text value = text_make(values, strcspn(values, " "));
        if (part.length == 0 || text_contains_nocase(value, part)) {
            add_choice(bar, -1, "", "", value);
        }
        values += value.length + (values[value.length] == ' ');
    }
}

static void choose_fields(struct filter_bar *bar)
{
    struct text word =
        text_make(bar->edit.bytes + bar->word_start, bar->edit.cursor - bar->word_start);
    size_t count;
    const struct filter_field_info *fields = filter_fields(&count);
    for (size_t i = 0; i < count; i++) {
        struct text name = text_from(fields[i].name);
        bool fits = word.length <= name.length &&
                    text_contains_nocase(text_make(name.data, word.length), word);
        if (name.length > 0 && (word.length == 0 || fits)) {
            add_choice(bar, -1, fields[i].help, "", name);
        }
    }
}

/* Of the names that were given, those that still fit: more may come, these need not go first. */
static void narrow(struct filter_bar *bar, struct text part)
{
    size_t kept = 0;
    for (size_t i = 0; i < bar->choice_count; i++) {
        const struct choice *choice = &bar->choices[i];
        if (text_contains_nocase(text_make(choice->text, choice->length), part)) {
            bar->choices[kept++] = *choice;
        }
    }
    bar->choice_count = kept;
}

/* Finds the choices for the word before the cursor; values may have to be asked for. */
static void complete(struct filter_bar *bar)
{
    const struct filter_field_info *info;
    struct text part;
    bar->word_start = word_before(&bar->edit);
    bool is_value = split_word(bar, &info, &part);
    bool goes_on = is_value && bar->choosing && bar->wants_names && bar->names_field == info->field;
    bar->wants_names = bar->names_due = is_value && field_has_names(info->field);
    bar->choice_count = goes_on ? bar->choice_count : 0;
    bar->chosen = 0;
    if (goes_on) {
        narrow(bar, part);
    } else if (bar->wants_names) {
        bar->names_field = info->field;
    } else if (is_value) {
        choose_values(bar, field_values(info->field), part);
    } else {
        choose_fields(bar);
    }
    bar->choosing = bar->choice_count > 0 || bar->wants_names;
}

bool filter_bar_wants_names(struct filter_bar *bar, enum filter_field *ret_field,
                            struct text *ret_part)
{
    const struct filter_field_info *info;
    struct text part;
    if (!bar->choosing || !bar->names_due || !split_word(bar, &info, &part)) {
        return false;
    }
    bool quote = part.length > 0 && part.data[0] == '"';
    bar->names_due = false;
    *ret_field = bar->names_field;
    *ret_part = text_make(part.data + quote, part.length - quote);
    return true;
}

void filter_bar_give_names(struct filter_bar *bar, enum filter_field field,
                           const struct name_count *names, size_t count)
{
    if (!bar->choosing || !bar->wants_names || field != bar->names_field) {
        return;
    }
    bar->choice_count = bar->chosen = 0;
    for (size_t i = 0; i < count; i++) {
        add_choice(bar, names[i].count, NULL, "", names[i].name);
    }
}

/* Puts the chosen text in; a field goes on with its value, a value is complete. Returns whether
 * there is something to try now. */
static bool accept(struct filter_bar *bar)
{
    const struct choice *choice = &bar->choices[bar->chosen];
    const struct filter_field_info *info;
    struct text part;
    bool value = split_word(bar, &info, &part);
    size_t start = value ? (size_t)(part.data - bar->edit.bytes) : bar->word_start;
    struct text_buffer text = {0};
    struct text chosen = text_make(choice->text, choice->length);
    text_append(&text, chosen);
    text_append_cstr(&text, value ? " " : field_sign(chosen));
    line_edit_replace(&bar->edit, start, bar->edit.cursor - start, text_buffer_text(&text));
    text_buffer_free(&text);
    complete(bar);
    bar->choosing = bar->choosing && !value;
    return value;
}

/* ---- search in the history ------------------------------------------------------------------ */

/* The newest line before `from` that holds the needle is put into the bar. */
static void find_older(struct filter_bar *bar, size_t from)
{
    struct text needle = text_make(bar->needle, bar->needle_length);
    for (size_t i = from; i > 0; i--) {
        struct text line = bar->history->lines[i - 1];
        if (needle.length == 0 || text_contains_nocase(line, needle)) {
            bar->found = i - 1;
            bar->missed = false;
            line_edit_set(&bar->edit, line);
            return;
        }
    }
    bar->missed = true;
}

static void begin_search(struct filter_bar *bar)
{
    bar->searching = true;
    bar->choosing = false;
    bar->needle_length = 0;
    text_buffer_clear(&bar->before);
    text_append(&bar->before, line_edit_text(&bar->edit));
    bar->found = bar->history->count;
    find_older(bar, bar->found);
}

/* False: the key ends the search, with the line that was found, and means what it always does. */
static bool search_key(struct filter_bar *bar, uint32_t key)
{
    if (key == CTRL_R) {
        find_older(bar, bar->found);
    } else if (key == ESCAPE) {
        bar->searching = false;
        line_edit_set(&bar->edit, text_buffer_text(&bar->before));
    } else if (key == KEY_CODE_BACKSPACE || key == 0x7F || key == 8) {
        bar->needle_length -= bar->needle_length > 0;
        find_older(bar, bar->history->count);
    } else if (key >= ' ' && key < 0x7F && bar->needle_length < NEEDLE_BYTES) {
        bar->needle[bar->needle_length++] = (char)key;
        bool still = bar->found < bar->history->count;
        find_older(bar, still ? bar->found + 1 : bar->history->count);
    } else {
        bar->searching = false;
        return false;
    }
    return true;
}

/* ---- keys ----------------------------------------------------------------------------------- */

static bool choosing_key(struct filter_bar *bar, uint32_t key)
{
    if (!bar->choosing || bar->choice_count == 0) {
        return false;
    }
    switch (key) {
    case KEY_CODE_DOWN:
        bar->chosen = (bar->chosen + 1) % bar->choice_count;
        return true;
    case KEY_CODE_UP:
        bar->chosen = (bar->chosen + bar->choice_count - 1) % bar->choice_count;
        return true;
    }
    return false;
}

enum filter_bar_reply filter_bar_key(struct filter_bar *bar, uint32_t key)
{
    if (bar->searching && search_key(bar, key)) {
        return FILTER_BAR_CHANGED;
    }
    if (key == CTRL_R) {
        begin_search(bar);
        return FILTER_BAR_CHANGED;
    }
    if (choosing_key(bar, key)) {
        return FILTER_BAR_IGNORED;
    }
    if (key == ESCAPE && bar->choosing) {
        bar->choosing = false;
        return FILTER_BAR_IGNORED;
    }
    bool can_accept = bar->choosing && bar->choice_count > 0;
    switch (line_edit_feed(&bar->edit, key)) {
    case EDIT_COMPLETE:
        if (!can_accept) {
            complete(bar);
        }
        if (can_accept || bar->choice_count == 1) { /* the only one needs no second Tab */
            return accept(bar) ? FILTER_BAR_CHANGED : FILTER_BAR_IGNORED;
        }
        return FILTER_BAR_IGNORED;
    case EDIT_CHANGED:
        if (bar->choosing) {
            complete(bar);
        }
        return FILTER_BAR_CHANGED;
    case EDIT_SUBMIT:
        bar->choosing = false;
        return FILTER_BAR_SUBMIT;
    case EDIT_CANCEL:
        return FILTER_BAR_CANCEL;
    case EDIT_IGNORED:
        break;
    }
    return FILTER_BAR_IGNORED;
}

/* ---- drawing -------------------------------------------------------------------------------- */

void filter_bar_draw(const struct filter_bar *bar, struct canvas *canvas, struct rect area,
                     struct text right)
{
    int right_w = canvas_width(right);
    int right_x = area.x + area.w - right_w - 1;
    int w = right_x - area.x - TEXT_COLUMN - 1;
    /* A word that is being chosen is not wrong yet. */
    bool failed = bar->failed && !(bar->choosing && bar->choice_count > 0);
    canvas_rune(canvas, area.y, area.x + 1, INK(TONE_ACCENT), '/');
    canvas_text(canvas, area.y, right_x, right_w, INK(failed ? TONE_DIM : TONE_NORMAL), right);
    struct ink ink = INK(failed ? TONE_NORMAL : TONE_STRONG);
    if (bar->open) {
        line_edit_draw(&bar->edit, canvas, area.y, area.x + TEXT_COLUMN, w, ink,
                       failed ? bar->error.start : 0, failed ? bar->error.length : 0);
    } else {
        canvas_text(canvas, area.y, area.x + TEXT_COLUMN, w, ink, line_edit_text(&bar->edit));
    }
    if (bar->edit.length == 0) {
        canvas_print(canvas, area.y, area.x + TEXT_COLUMN, w, INK(TONE_DIM),
                     "user: op: status: dur> service: since: \"text\"");
    }
}

static void draw_choice(const struct filter_bar *bar, size_t index, struct canvas *canvas, int y,
                        int x, int w)
{
    const struct choice *choice = &bar->choices[index];
    struct rect row = {y, x, 1, w};
    canvas_fill(canvas, row, INK(TONE_NORMAL), ' ');
    canvas_text(canvas, y, x + 1, w - 10, INK(TONE_KEYWORD),
                text_make(choice->text, choice->length));
    if (choice->count >= 0) {
        char number[FORMAT_BYTES];
        canvas_text_right(canvas, y, x + w - 8, 7, INK(TONE_NUMBER),
                          format_count(number, choice->count));
    } else if (choice->help != NULL) {
        canvas_text(canvas, y, x + 12, w - 13, INK(TONE_DIM), text_from(choice->help));
    }
    if (index == bar->chosen) {
        canvas_mark(canvas, row, INK_SELECTED);
    }
}

void filter_bar_draw_below(const struct filter_bar *bar, struct canvas *canvas, struct rect area)
{
    struct rect line = {area.y, area.x, 1, area.w};
    if (bar->open && bar->searching) {
        canvas_fill(canvas, line, INK(TONE_NORMAL), ' ');
        canvas_print(canvas, line.y, area.x + TEXT_COLUMN, area.w - TEXT_COLUMN,
                     INK(bar->missed ? TONE_WARN : TONE_DIM),
                     "history with \"%.*s\"%s   ^R older   Enter run   Esc back",
                     (int)bar->needle_length, bar->needle, bar->missed ? ": no more" : "");
        return;
    }
    if (bar->open && bar->choosing && bar->choice_count > 0) {
        int x = area.x + TEXT_COLUMN - 1;
        int w = area.w - x < 56 ? area.w - x : 56;
        int y = area.y;
        size_t rows = area.h - 1 < FILTER_BAR_CHOICES ? (size_t)(area.h - 1) : FILTER_BAR_CHOICES;
        size_t first = bar->chosen >= rows ? bar->chosen - rows + 1 : 0;
        for (size_t i = first; i < bar->choice_count && i < first + rows; i++, y++) {
            draw_choice(bar, i, canvas, y, x, w);
        }
        canvas_fill(canvas, (struct rect){area.y, area.x, y - area.y + 1, x - area.x},
                    INK(TONE_NORMAL), ' ');
        canvas_fill(canvas, (struct rect){y, x, 1, w}, INK(TONE_NORMAL), ' ');
        int used = canvas_print(canvas, y, x + 1, w - 1, INK(TONE_DIM),
                                "Tab accept   Enter run   Up/Dn choose");
        if (bar->choice_count > rows) {
            canvas_print(canvas, y, x + 1 + used, w - 1 - used, INK(TONE_DIM), ", %zu of %zu",
                         bar->chosen + 1, bar->choice_count);
        }
        return;
    }
    if (bar->failed) {
        int indent = TEXT_COLUMN +
                     canvas_width(text_make(bar->edit.bytes, bar->error.start < bar->edit.length
                                                                 ? bar->error.start
                                                                 : bar->edit.length));
        int marks = bar->error.length > 0 ? (int)bar->error.length : 1;
        int w = canvas_width(text_from(bar->error.text));
        int x = area.x + indent;
        bool beside = indent + marks + 1 + w < area.w;
        canvas_fill(canvas, line, INK(TONE_NORMAL), ' ');
        for (int i = 0; i < marks && beside; i++) {
            canvas_rune(canvas, line.y, x + i, INK(TONE_ERROR), '^');
        }
        x = beside ? x + marks + 1 : area.x + (area.w - w - 1 > 3 ? area.w - w - 1 : 3);
        canvas_text(canvas, line.y, x, area.x + area.w - x, INK(TONE_ERROR),
                    text_from(bar->error.text));
    }
}
