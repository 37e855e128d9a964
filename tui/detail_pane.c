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
#include "tui/detail_state.h"
#include "tui/query_edit.h"

enum { SCROLL_STEP = 16 };

/* ---- keeping the rows in step ---------------------------------------------------------------- */

bool detail_is_wide(const struct detail_pane *pane)
{
    return pane->w >= DETAIL_WIDE_FROM && !pane->words && pane->tab == TAB_ATTRIBUTES &&
           !(detail_tab_is_empty(TAB_SQL, &pane->facts) &&
             detail_tab_is_empty(TAB_EVENTS, &pane->facts) && text_is_empty(pane->facts.stack));
}

int detail_main_width(const struct detail_pane *pane)
{
    int w = detail_is_wide(pane) ? pane->w * 45 / 100 : pane->w;
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

/* The preview below the list. */
static bool is_brief(int h)
{
    enum { BRIEF_ROWS = 3 };
    return h <= BRIEF_ROWS;
}

static void flow(struct detail_pane *pane)
{
    struct text only = pane->only_matches ? text_buffer_text(&pane->find) : (struct text){0};
    int scroll = pane->no_wrap ? pane->at[pane->tab].scroll : 0;
    detail_lines_flow(&pane->lines, detail_main_width(pane) - DETAIL_MARK_W, !pane->no_wrap, scroll,
                      only);
    if (detail_is_wide(pane)) {
        int w = pane->w - detail_main_width(pane) - 4;
        detail_lines_flow(&pane->side, w, !pane->no_wrap, 0, (struct text){0});
    }
    scroll_to_cursor(pane);
}

static void build(struct detail_pane *pane)
{
    struct detail_style style = {.width = detail_main_width(pane) - DETAIL_MARK_W,
                                 .raw = pane->raw,
                                 .brief = is_brief(pane->h),
                                 .words = pane->words,
                                 .folds = &pane->folds};
    detail_lines_clear(&pane->lines);
    detail_lines_clear(&pane->side);
    detail_tab_build(pane->tab, &pane->facts, &style, &pane->lines);
    if (detail_is_wide(pane)) {
        style.width = pane->w - detail_main_width(pane) - 4;
        detail_side_build(&pane->facts, &style, &pane->side);
    }
    flow(pane);
}

static void layout(void *self, int h, int w)
{
    struct detail_pane *pane = self;
    bool narrower = pane->w != w || is_brief(pane->h) != is_brief(h);
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

void detail_pane_set_usual(struct detail_pane *pane, const struct trace_span *span,
                           const struct baseline *usual)
{
    if (span == NULL || span->body != pane->facts.body_key) {
        return;
    }
    struct baseline known = usual != NULL ? *usual : (struct baseline){0};
    bool same = known.count == pane->facts.usual.count &&
                known.p50_ns == pane->facts.usual.p50_ns &&
                known.p95_ns == pane->facts.usual.p95_ns;
    pane->facts.usual = known;
    if (!same && pane->facts.known) {
        build(pane);
    }
}

bool detail_pane_set_now(struct detail_pane *pane, int64_t now_ns)
{
    struct detail_facts *facts = &pane->facts;
    if (!facts->known || !facts->running || now_ns <= facts->end_ns) {
        return false;
    }
    bool waits = (facts->flags & TRACE_SPAN_RUNNING_BELOW) != 0; /* for one of its children */
    facts->self_ns += waits ? 0 : now_ns - facts->end_ns;
    facts->end_ns = now_ns;
    facts->trace_end_ns = now_ns > facts->trace_end_ns ? now_ns : facts->trace_end_ns;
    build(pane);
    return true;
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

/* ---- life ----------------------------------------------------------------------------------- */

void detail_pane_speak(struct detail_pane *pane)
{
    pane->words = true;
}

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
    .draw = detail_draw,
    .free = free_pane,
};
