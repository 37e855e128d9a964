/* detail_pane — everything stored about one span, in tabs.
 *
 *     ─ INSERT goals  db ✗ ────────────── Attrs Events·1 SQL Error JSON Links·1 ─ 1/9
 *      status     error   start +866ms   dur 255ms   self 255ms   19.9% of trace
 *      message    UNIQUE constraint failed: goals.slug
 *     ▌db.system  sqlite
 *
 * From 150 columns on, statement, events and stack stand to the right of the attributes. */
#include "tui/detail_pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/json.h"
#include "tui/detail_tabs.h"
#include "tui/query_edit.h"

enum {
    WIDE_FROM = 150,
    ALL_TABS_FROM = 64, /* columns; below that only the open one is named */
    SCROLL_STEP = 16,
    MARK_W = 1,
    RUNE_MARK = 0x258C,
    RUNE_DASH = 0x2500,
    RUNE_PIPE = 0x2502,
    TAB_BYTES = 32,
    SERVICE_W = 12,
    BESIDE_NAME_W = 7 /* blanks, the cross and a dash */
};

struct position {
    size_t cursor, top; /* rows */
    int scroll;         /* columns, when not wrapping */
};

struct detail_pane {
    struct detail_facts facts;
    enum detail_tab tab;
    struct position at[TAB_COUNT];
    struct detail_lines lines, side;
    struct json_folds folds;
    bool no_wrap, raw, only_matches;
    struct text_buffer find;
    const char *notice; /* what the last action has to say, NULL = nothing */
    int h, w;
};

/* ---- keeping the rows in step ---------------------------------------------------------------- */

static bool is_wide(const struct detail_pane *pane)
{
    return pane->w >= WIDE_FROM && pane->tab == TAB_ATTRIBUTES &&
           !(detail_tab_is_empty(TAB_SQL, &pane->facts) &&
             detail_tab_is_empty(TAB_EVENTS, &pane->facts) && text_is_empty(pane->facts.stack));
}

static int main_width(const struct detail_pane *pane)
{
    int w = is_wide(pane) ? pane->w * 45 / 100 : pane->w;
    return w > 2 ? w - 1 : 1;
}

static size_t rows_shown(const struct detail_pane *pane)
{
    return pane->h > 2 ? (size_t)pane->h - 1 : 1;
}

static void scroll_to_cursor(struct detail_pane *pane)
{
    struct position *at = &pane->at[pane->tab];
    size_t h = rows_shown(pane);
    size_t count = pane->lines.row_count;
    at->cursor = at->cursor < count ? at->cursor : count > 0 ? count - 1 : 0;
    if (at->cursor < at->top) {
        at->top = at->cursor;
    } else if (at->cursor >= at->top + h) {
        at->top = at->cursor - h + 1;
    }
    if (at->top + h > count) {
        at->top = count > h ? count - h : 0;
    }
}

static void flow(struct detail_pane *pane)
{
    struct text only = pane->only_matches ? text_buffer_text(&pane->find) : (struct text){0};
    int scroll = pane->no_wrap ? pane->at[pane->tab].scroll : 0;
    detail_lines_flow(&pane->lines, main_width(pane) - MARK_W, !pane->no_wrap, scroll, only);
    if (is_wide(pane)) {
        int w = pane->w - main_width(pane) - 4;
        detail_lines_flow(&pane->side, w, !pane->no_wrap, 0, (struct text){0});
    }
    scroll_to_cursor(pane);
}

static void build(struct detail_pane *pane)
{
    struct detail_style style = {
        .width = main_width(pane) - MARK_W, .raw = pane->raw, .folds = &pane->folds};
    detail_lines_clear(&pane->lines);
    detail_lines_clear(&pane->side);
    detail_tab_build(pane->tab, &pane->facts, &style, &pane->lines);
    if (is_wide(pane)) {
        style.width = pane->w - main_width(pane) - 4;
        detail_side_build(&pane->facts, &style, &pane->side);
    }
    flow(pane);
}

static void layout(void *self, int h, int w)
{
    struct detail_pane *pane = self;
    bool narrower = pane->w != w;
    pane->h = h > 0 ? h : 0;
    pane->w = w > 0 ? w : 0;
    if (narrower) {
        build(pane);
    } else {
        scroll_to_cursor(pane);
    }
}

void detail_pane_set(struct detail_pane *pane, const struct trace *trace,
                     const struct trace_span *span, const struct span_body *body)
{
    bool other = span == NULL || span->body != pane->facts.body_key;
    detail_facts_set(&pane->facts, trace, span, body, clock_now_ns());
    if (other) {
        for (size_t i = 0; i < TAB_COUNT; i++) {
            pane->at[i] = (struct position){0};
        }
    }
    build(pane);
}

/* ---- actions -------------------------------------------------------------------------------- */

static const struct detail_line *current(const struct detail_pane *pane)
{
    size_t row = pane->at[pane->tab].cursor;
    return row < pane->lines.row_count ? &pane->lines.lines[pane->lines.rows[row].line] : NULL;
}

static void move(struct detail_pane *pane, int64_t by)
{
    struct position *at = &pane->at[pane->tab];
    int64_t last = (int64_t)pane->lines.row_count - 1;
    int64_t to = (int64_t)at->cursor + by;
    at->cursor = (size_t)(to < 0 || last < 0 ? 0 : to > last ? last : to);
    scroll_to_cursor(pane);
}

static bool row_matches(const struct detail_pane *pane, size_t row)
{
    const struct detail_row *at = &pane->lines.rows[row];
    struct text text = text_make(pane->lines.text.data + at->start, at->end - at->start);
    return pane->find.length > 0 && at->end > at->start &&
           text_contains_nocase(text, text_buffer_text(&pane->find));
}

static void move_to_match(struct detail_pane *pane, int step)
{
    size_t count = pane->lines.row_count;
    size_t row = pane->at[pane->tab].cursor;
    for (size_t i = 0; i < count; i++) {
        row = (row + (step > 0 ? 1 : count - 1)) % count;
        if (row_matches(pane, row)) {
            size_t before = pane->at[pane->tab].cursor;
            pane->notice = row == before  ? "this is the only match"
                           : step > 0     ? (row > before ? NULL : "wrapped to the first match")
                           : row < before ? NULL
                                          : "wrapped to the last match";
            pane->at[pane->tab].cursor = row;
            break;
        }
    }
    scroll_to_cursor(pane);
}

size_t detail_pane_find(struct detail_pane *pane, struct text text)
{
    size_t matches = 0;
    text_buffer_clear(&pane->find);
    text_append(&pane->find, text);
    pane->only_matches = pane->only_matches && text.length > 0;
    flow(pane);
    for (size_t i = 0; i < pane->lines.row_count; i++) {
        matches += row_matches(pane, i);
    }
    if (matches > 0 && !row_matches(pane, pane->at[pane->tab].cursor)) {
        move_to_match(pane, 1);
    }
    return matches;
}

static bool act_on_move(struct detail_pane *pane, enum action action, int count)
{
    int64_t h = (int64_t)rows_shown(pane);
    int64_t last = (int64_t)pane->lines.row_count;
    if (action == ACTION_DOWN || action == ACTION_UP) {
        move(pane, action == ACTION_DOWN ? count : -(int64_t)count);
    } else if (action == ACTION_PAGE_DOWN || action == ACTION_PAGE_UP) {
        pane->at[pane->tab].top += action == ACTION_PAGE_DOWN ? (size_t)h : 0;
        move(pane, action == ACTION_PAGE_DOWN ? h * count : -h * count);
    } else if (action == ACTION_HALF_DOWN || action == ACTION_HALF_UP) {
        move(pane, (action == ACTION_HALF_DOWN ? count : -(int64_t)count) * ((h + 1) / 2));
    } else if (action == ACTION_FIRST || (action == ACTION_LAST && count > 1)) {
        pane->at[pane->tab].cursor = 0;
        move(pane, count - 1);
    } else if (action == ACTION_LAST) {
        move(pane, last);
    } else if (action == ACTION_NEXT_MATCH || action == ACTION_PREVIOUS_MATCH) {
        for (int i = 0; i < count && i < h; i++) {
            move_to_match(pane, action == ACTION_NEXT_MATCH ? 1 : -1);
        }
    } else {
        return false;
    }
    return true;
}

static void scroll_columns(struct detail_pane *pane, int by)
{
    struct position *at = &pane->at[pane->tab];
    int largest = DETAIL_TEXT_LARGEST;
    at->scroll = at->scroll + by < 0 ? 0 : at->scroll + by > largest ? largest : at->scroll + by;
    flow(pane);
}

static bool act_on_folds(struct detail_pane *pane, enum action action)
{
    if (action == ACTION_FOLD_TOGGLE || action == ACTION_OPEN) {
        const struct detail_line *line = current(pane);
        if (line == NULL || line->mark.node == 0) {
            return action == ACTION_FOLD_TOGGLE;
        }
        json_folds_toggle(&pane->folds, line->mark.node);
    } else if (action == ACTION_FOLD_ALL || action == ACTION_UNFOLD_ALL) {
        json_folds_set_all(&pane->folds, action == ACTION_FOLD_ALL);
    } else {
        return false;
    }
    build(pane);
    return true;
}

static bool act_on_look(struct detail_pane *pane, enum action action, int count)
{
    if (action == ACTION_NEXT_TAB || action == ACTION_PREVIOUS_TAB) {
        int by = action == ACTION_NEXT_TAB ? count : TAB_COUNT - count % TAB_COUNT;
        pane->tab = (enum detail_tab)(((int)pane->tab + by) % TAB_COUNT);
        build(pane);
    } else if (action == ACTION_WRAP) {
        pane->no_wrap = !pane->no_wrap;
        flow(pane);
    } else if (action == ACTION_RAW) {
        pane->raw = !pane->raw;
        build(pane);
    } else if (action == ACTION_ONLY_MATCHES) {
        pane->only_matches = !pane->only_matches && pane->find.length > 0;
        flow(pane);
    } else if (action == ACTION_LEFT || action == ACTION_RIGHT) {
        scroll_columns(pane, SCROLL_STEP * (action == ACTION_RIGHT ? count : -count));
    } else {
        return false;
    }
    return true;
}

static enum pane_reply act(void *self, enum action action, int count)
{
    struct detail_pane *pane = self;
    pane->notice = NULL;
    if (action == ACTION_BACK && pane->find.length > 0) {
        detail_pane_find(pane, TEXT(""));
        return PANE_HANDLED;
    }
    if (action == ACTION_BACK || action == ACTION_QUIT) {
        return PANE_CLOSE;
    }
    bool mine = act_on_move(pane, action, count) || act_on_folds(pane, action) ||
                act_on_look(pane, action, count);
    return mine ? PANE_HANDLED : PANE_IGNORED;
}

const char *detail_pane_notice(const struct detail_pane *pane)
{
    return pane->notice;
}

/* ---- what others take away ------------------------------------------------------------------- */

/* The value as people write it: strings without quotes. */
static void append_plain(struct text_buffer *target, const struct detail_mark *mark)
{
    struct arena arena = {0};
    text_append(target, mark->plain ? mark->value : json_plain(mark->value, &arena));
    arena_clear(&arena);
}

static bool is_attribute(const struct detail_mark *mark)
{
    return !mark->plain;
}

void detail_pane_term(const struct detail_pane *pane, struct text_buffer *target)
{
    const struct detail_line *line = current(pane);
    if (line == NULL || text_is_empty(line->mark.key)) {
        return;
    }
    struct text_buffer value = {0};
    append_plain(&value, &line->mark);
    if (is_attribute(&line->mark)) {
        text_append_cstr(target, "attr.");
        query_append_value(target, line->mark.key);
        text_append_char(target, '=');
    } else {
        text_append(target, line->mark.key);
    }
    query_append_value(target, text_buffer_text(&value));
    text_buffer_free(&value);
}

void detail_pane_value(const struct detail_pane *pane, struct text_buffer *target)
{
    const struct detail_line *line = current(pane);
    if (line == NULL) {
        return;
    }
    if (text_is_empty(line->mark.value)) {
        size_t index = (size_t)(line - pane->lines.lines);
        text_append(target, text_trim(detail_lines_text(&pane->lines, index)));
    } else {
        append_plain(target, &line->mark);
    }
}

void detail_pane_sql(const struct detail_pane *pane, struct text_buffer *target)
{
    text_append(target, pane->facts.sql);
}

void detail_pane_error(const struct detail_pane *pane, struct text_buffer *target)
{
    text_append(target, pane->facts.body.message);
    if (!text_is_empty(pane->facts.body.message) && !text_is_empty(pane->facts.stack)) {
        text_append_char(target, '\n');
    }
    text_append(target, pane->facts.stack);
}

void detail_pane_json(const struct detail_pane *pane, struct text_buffer *target)
{
    detail_facts_json(&pane->facts, target);
}

bool detail_pane_link(const struct detail_pane *pane, struct text *ret_trace_id,
                      struct text *ret_span_id)
{
    const struct detail_line *line = current(pane);
    if (line == NULL || line->mark.link < 0) {
        return false;
    }
    const struct detail_link *link = &pane->facts.links[line->mark.link];
    *ret_trace_id = link->trace_id;
    *ret_span_id = link->span_id;
    return true;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static void tab_label(const struct detail_pane *pane, enum detail_tab tab, char label[TAB_BYTES])
{
    static const char *const names[TAB_COUNT] = {
        [TAB_ATTRIBUTES] = "Attrs", [TAB_EVENTS] = "Events", [TAB_SQL] = "SQL",
        [TAB_ERROR] = "Error",      [TAB_JSON] = "JSON",     [TAB_LINKS] = "Links"};
    size_t count = tab == TAB_EVENTS  ? pane->facts.event_count
                   : tab == TAB_LINKS ? pane->facts.link_count
                                      : 0;
    if (count > 0) {
        snprintf(label, TAB_BYTES, "%s\u00B7%zu", names[tab], count);
    } else {
        snprintf(label, TAB_BYTES, "%s", names[tab]);
    }
}

/* Draws the tabs so that they end before x; returns where they begin. */
static int draw_tabs(const struct detail_pane *pane, struct canvas *canvas, int y, int x)
{
    int gap = pane->w >= WIDE_FROM ? 3 : 1;
    char label[TAB_BYTES];
    for (int i = TAB_COUNT - 1; i >= 0; i--) {
        enum detail_tab tab = (enum detail_tab)i;
        struct ink ink = INK(detail_tab_is_empty(tab, &pane->facts) ? TONE_DIM : TONE_TITLE);
        bool alone = pane->w < ALL_TABS_FROM;
        if (tab != pane->tab && alone) {
            continue; /* room for one name: where one is */
        }
        if (tab == pane->tab) {
            ink = INK_WITH(TONE_ACCENT, INK_BOLD | INK_UNDERLINE);
        }
        tab_label(pane, tab, label);
        int w = canvas_width(text_from(label));
        x -= w;
        canvas_text(canvas, y, x, w, ink, text_from(label));
        x -= gap;
        canvas_fill(canvas, (struct rect){y, x, 1, gap}, INK(TONE_DIM), ' ');
    }
    return x;
}

static void draw_divider(const struct detail_pane *pane, struct canvas *canvas, struct rect area)
{
    const struct position *at = &pane->at[pane->tab];
    int y = area.y;
    int end = area.x + area.w;
    canvas_fill(canvas, (struct rect){y, area.x, 1, area.w}, INK(TONE_DIM), RUNE_DASH);
    if (!pane->facts.known) {
        return;
    }
    char place[TAB_BYTES];
    snprintf(place, sizeof place, " %zu/%zu", pane->lines.row_count > 0 ? at->cursor + 1 : 0,
             pane->lines.row_count);
    int place_w = canvas_width(text_from(place));
    canvas_text(canvas, y, end - place_w, place_w, INK(TONE_DIM), text_from(place));
    int tabs_x = end - place_w;
    tabs_x -= 1; /* a dash */
    canvas_rune(canvas, y, tabs_x - 1, INK(TONE_DIM), ' ');
    tabs_x = draw_tabs(pane, canvas, y, tabs_x - 1);
    int x = area.x + 1;
    int service_w = canvas_width(pane->facts.service);
    service_w = service_w < SERVICE_W ? service_w : SERVICE_W;
    int room = tabs_x - x - service_w - BESIDE_NAME_W;
    canvas_rune(canvas, y, x++, INK(TONE_DIM), ' ');
    if (room > 0) {
        x += canvas_text(canvas, y, x, room, INK_WITH(TONE_TITLE, INK_BOLD), pane->facts.name);
        if (service_w > 0) {
            x += canvas_text(canvas, y, x, 2, INK(TONE_DIM), TEXT("  "));
            x += canvas_text(canvas, y, x, service_w, INK(TONE_DIM), pane->facts.service);
        }
    }
    if (pane->facts.status == STATUS_ERROR) {
        x += canvas_text(canvas, y, x, 2, INK(TONE_ERROR), TEXT(" \xE2\x9C\x97"));
    }
    canvas_rune(canvas, y, x, INK(TONE_DIM), ' ');
}

static void draw_side(const struct detail_pane *pane, struct canvas *canvas, struct rect area)
{
    size_t h = area.h > 1 ? (size_t)area.h - 1 : 0;
    int x = area.x + main_width(pane);
    size_t count = pane->side.row_count < h ? pane->side.row_count : h;
    canvas_fill(canvas, (struct rect){area.y + 1, x + 1, area.h - 1, 1}, INK(TONE_DIM), RUNE_PIPE);
    for (size_t i = 0; i < count; i++) {
        detail_lines_draw(&pane->side, canvas, area.y + 1 + (int)i, x + 3,
                          area.w - main_width(pane) - 4, i, text_buffer_text(&pane->find));
    }
    if (pane->side.row_count > h && h > 0) {
        char more[TAB_BYTES];
        snprintf(more, sizeof more, " \u2193 %zu more", pane->side.row_count - h);
        int w = canvas_width(text_from(more));
        canvas_text(canvas, area.y + area.h - 1, area.x + area.w - w - 1, w, INK(TONE_ACCENT),
                    text_from(more));
    }
}

static void draw(const void *self, struct canvas *canvas, struct rect area)
{
    const struct detail_pane *pane = self;
    const struct position *at = &pane->at[pane->tab];
    if (area.h <= 0 || area.w <= 0) {
        return;
    }
    draw_divider(pane, canvas, area);
    int w = main_width(pane);
    for (int dy = 0; dy + 1 < area.h && at->top + (size_t)dy < pane->lines.row_count; dy++) {
        size_t row = at->top + (size_t)dy;
        int y = area.y + 1 + dy;
        detail_lines_draw(&pane->lines, canvas, y, area.x + MARK_W, w - MARK_W, row,
                          text_buffer_text(&pane->find));
        if (row == at->cursor) {
            canvas_rune(canvas, y, area.x, INK(TONE_ACCENT), canvas->ascii ? '>' : RUNE_MARK);
            canvas_mark(canvas, (struct rect){y, area.x, 1, w}, INK_SELECTED);
        }
    }
    if (is_wide(pane)) {
        draw_side(pane, canvas, area);
    }
}

/* ---- life ----------------------------------------------------------------------------------- */

struct detail_pane *detail_pane_new(void)
{
    return mem_zero(1, sizeof(struct detail_pane));
}

void detail_pane_free(struct detail_pane *pane)
{
    if (pane == NULL) {
        return;
    }
    detail_facts_clear(&pane->facts);
    detail_lines_free(&pane->lines);
    detail_lines_free(&pane->side);
    json_folds_free(&pane->folds);
    text_buffer_free(&pane->find);
    free(pane);
}

static void free_pane(void *pane)
{
    detail_pane_free(pane);
}

const struct pane_ops detail_pane_ops = {
    .act = act,
    .layout = layout,
    .draw = draw,
    .free = free_pane,
};
