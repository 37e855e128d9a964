/* detail_tabs — the content of each details tab as lines. */
#include "tui/detail_tabs.h"

#include <stdlib.h>
#include <string.h>

#include "tui/detail_page.h"
#include "tui/format.h"
#include "tui/span_usual.h"
#include "tui/spoken.h"
#include "tui/sql_layout.h"

enum {
    MARGIN = 1,
    KEY_LEAST = 8,
    KEY_LARGEST = 26, /* http.response.status_code, and one more */
    KEY_LARGEST_NARROW = 16,
    NARROW = 96,
    GAP = 2,
    SALT_ATTRIBUTE = 1,
    SALT_RESOURCE = 2,
    SALT_EVENT = 3,
    SALT_SPAN = 4,
    SALT_BITS = 3,
    EVENT_SALT_BITS = 12,
    EVENT_COLUMN = 26
};

/* ---- attributes ----------------------------------------------------------------------------- */

static uint8_t status_tone(uint8_t status)
{
    static const uint8_t tones[STATUS_COUNT] = {[STATUS_IN_PROGRESS] = TONE_RUNNING,
                                                [STATUS_COMPLETED] = TONE_OK,
                                                [STATUS_ERROR] = TONE_ERROR,
                                                [STATUS_CANCELLED] = TONE_WARN};
    return tones[status];
}

static void status_line(const struct detail_page *page)
{
    const struct detail_facts *facts = page->facts;
    struct text name = text_from(status_name((enum span_status)facts->status));
    char share[FORMAT_BYTES];
    int64_t length_ns = facts->end_ns - facts->start_ns;
    detail_page_key(page, TEXT("status"));
    detail_lines_piece(page->lines, INK(status_tone(facts->status)), name);
    bool words = page->style->words;
    detail_page_duration(page, words ? "  starts after " : "  start +",
                         facts->start_ns - facts->trace_start_ns, "");
    detail_page_duration(page, words ? "  takes " : "  dur ", length_ns,
                         !facts->running ? ""
                         : words         ? " so far"
                                         : "+");
    detail_page_duration(page, words ? "  own time " : "  self ", facts->self_ns, "  ");
    format_percent(share, length_ns, facts->trace_end_ns - facts->trace_start_ns);
    detail_lines_piece(page->lines, INK(TONE_NORMAL), text_from(share));
    struct text of = TEXT(" of trace");
    if (detail_lines_width(page->lines) + canvas_width(of) <= page->style->width) {
        detail_lines_piece(page->lines, INK(TONE_DIM), of);
    }
    struct detail_line *line = detail_page_end_line(page);
    line->mark =
        (struct detail_mark){.key = TEXT("status:"), .value = name, .plain = true, .link = -1};
}

/* Slow or normal? "p50 31.0ms  p95 120ms of 1,204 spans  this one x4.2 p95" */
static void usual_line(const struct detail_page *page)
{
    const struct baseline *usual = &page->facts->usual;
    char words[USUAL_BYTES];
    char count[FORMAT_BYTES];
    if (usual->count == 0) {
        return;
    }
    int64_t length_ns = page->facts->end_ns - page->facts->start_ns;
    struct text slow = span_usual_words(words, usual, length_ns, false);
    detail_page_key(page, TEXT("usual"));
    if (!text_is_empty(slow)) {
        detail_lines_piece(page->lines, INK_WITH(TONE_WARN, INK_BOLD), slow);
        detail_lines_piece(page->lines, INK(TONE_DIM), TEXT("  "));
    }
    detail_page_duration(page, "p50 ", usual->p50_ns, "");
    detail_page_duration(page, "  p95 ", usual->p95_ns, "");
    detail_lines_piece(page->lines, INK(TONE_DIM), TEXT("  of "));
    detail_lines_piece(page->lines, INK(TONE_DIM), format_exact(count, usual->count));
    detail_lines_piece(page->lines, INK(TONE_DIM), TEXT(" spans"));
    detail_page_end_line(page);
}

static void skew_line(const struct detail_page *page)
{
    const struct detail_facts *facts = page->facts;
    if (facts->early_ns > 0) {
        detail_page_key(page, TEXT("clock"));
        detail_page_duration(page, "starts ", facts->early_ns, " before its parent (clock skew?)");
        detail_page_end_line(page);
    }
    if (facts->late_ns > 0) {
        detail_page_key(page, TEXT("clock"));
        detail_page_duration(page, "ends ", facts->late_ns,
                             " after its parent (asynchronous, or clock skew?)");
        detail_page_end_line(page);
    }
}

/* salt keeps the JSON nodes of different lists apart. */
static void attributes(const struct detail_page *page, const struct detail_attribute *list,
                       size_t count, uint64_t salt)
{
    for (size_t i = 0; i < count; i++) {
        struct json_style style = {.width = page->style->width - page->column,
                                   .column = page->column,
                                   .raw = page->style->raw,
                                   .salt = salt + ((uint64_t)i << SALT_BITS),
                                   .folds = page->style->folds};
        detail_page_key(page, list[i].key);
        size_t first = page->lines->count;
        json_layout(page->lines, list[i].raw, &style);
        for (size_t k = first; k < page->lines->count; k++) {
            page->lines->lines[k].mark.value = list[i].raw;
        }
        bool scalar = page->lines->count == first + 1 && list[i].raw.data[0] != '{' &&
                      list[i].raw.data[0] != '[';
        if (scalar) {
            page->lines->lines[first].mark.key = list[i].key;
        }
    }
}

/* A key that is longer than most pushes its value to the right. */
static int column_for(const struct detail_facts *facts, const struct detail_style *style)
{
    int largest = style->width < NARROW ? KEY_LARGEST_NARROW : KEY_LARGEST;
    int widest = KEY_LEAST;
    if (style->words) {
        return 0;
    }
    for (size_t i = 0; i < facts->attribute_count + facts->resource_count; i++) {
        const struct detail_attribute *at = i < facts->attribute_count
                                                ? &facts->attributes[i]
                                                : &facts->resource[i - facts->attribute_count];
        int w = canvas_width(at->key);
        widest = w > widest && w <= largest ? w : widest;
    }
    return MARGIN + widest + GAP;
}

static void identity(const struct detail_page *page)
{
    const struct detail_facts *facts = page->facts;
    char started[FORMAT_BYTES];
    format_date(started, facts->start_ns);
    detail_page_fact(page, "started", NULL, INK(TONE_NORMAL), text_from(started));
    page->lines->lines[page->lines->count - 1].mark.value = (struct text){0};
    detail_page_fact(page, "service", "service:", INK(TONE_NORMAL), facts->service);
    detail_page_fact(page, "type", "type:", INK(TONE_NORMAL), facts->type);
    detail_page_fact(page, "kind", "kind:", INK(TONE_NORMAL),
                     text_from(kind_name((enum span_kind)facts->kind)));
    detail_page_fact(page, "span", NULL, INK(TONE_NORMAL), facts->span_id);
    detail_page_fact(page, "parent", NULL, INK(TONE_NORMAL), facts->parent_id);
    detail_page_fact(page, "trace", "trace:", INK(TONE_NORMAL), facts->trace_id);
    detail_page_fact(page, "session", "session:", INK(TONE_NORMAL), facts->body.session);
    detail_page_fact(page, "user", "user:", INK(TONE_NORMAL), facts->body.user);
    detail_page_versioned(page, "client", "client:", facts->body.client_type,
                          facts->body.client_version);
    detail_page_versioned(page, "scope", NULL, facts->body.scope_name, facts->body.scope_version);
    detail_page_fact(page, "state", NULL, INK(TONE_NORMAL), facts->body.trace_state);
}

static void warnings(const struct detail_page *page)
{
    const struct detail_facts *facts = page->facts;
    if ((facts->flags & SPAN_MASKED) != 0) {
        detail_page_fact(page, "masked", NULL, INK(TONE_WARN),
                         TEXT("values were masked or cut before they were stored"));
    }
    if ((facts->flags & TRACE_SPAN_CYCLE) != 0) {
        detail_page_fact(page, "cycle", NULL, INK(TONE_WARN),
                         TEXT("its parent link led back to itself: cut"));
    }
    uint32_t dropped[] = {facts->body.dropped_attributes, facts->body.dropped_events,
                          facts->body.dropped_links};
    static const char *const names[] = {" attributes  ", " events  ", " links  "};
    if (dropped[0] + dropped[1] + dropped[2] == 0) {
        return;
    }
    detail_page_key(page, TEXT("dropped"));
    for (size_t i = 0; i < ARRAY_LEN(dropped); i++) {
        char count[FORMAT_BYTES];
        if (dropped[i] > 0) {
            detail_lines_piece(page->lines, INK(TONE_WARN), format_exact(count, dropped[i]));
            detail_lines_piece(page->lines, INK(TONE_WARN), text_from(names[i]));
        }
    }
    detail_lines_piece(page->lines, INK(TONE_DIM), TEXT("by the sender"));
    detail_page_end_line(page);
}

static void link_lines(const struct detail_page *page)
{
    for (size_t i = 0; i < page->facts->link_count; i++) {
        const struct detail_link *link = &page->facts->links[i];
        detail_page_key(page, text_is_empty(link->type) ? TEXT("link") : link->type);
        detail_lines_piece(page->lines, INK(TONE_ACCENT), link->trace_id);
        detail_lines_piece(page->lines, INK(TONE_DIM), TEXT("/"));
        detail_lines_piece(page->lines, INK(TONE_ACCENT), link->span_id);
        detail_lines_piece(page->lines, INK(TONE_DIM), TEXT("   (Enter)"));
        struct detail_line *line = detail_page_end_line(page);
        line->mark =
            (struct detail_mark){.value = link->trace_id, .plain = true, .link = (int32_t)i};
    }
}

static void attributes_tab(const struct detail_page *page)
{
    const struct detail_facts *facts = page->facts;
    if ((facts->flags & TRACE_SPAN_SYNTHETIC) != 0) {
        detail_page_fact(page, "missing", NULL, INK(TONE_WARN),
                         TEXT("this parent is named by its children, but has not arrived"));
        detail_page_fact(page, "span", NULL, INK(TONE_NORMAL), facts->span_id);
        return;
    }
    status_line(page);
    detail_page_fact(page, "message", "err:", INK(TONE_ERROR), facts->body.message);
    skew_line(page);
    if (!page->style->brief) {
        usual_line(page);
    }
    if (!facts->loaded) {
        detail_page_nothing(page, "");
    }
    attributes(page, facts->attributes, facts->attribute_count, SALT_ATTRIBUTE);
    identity(page);
    link_lines(page);
    warnings(page);
    if (facts->resource_count > 0) {
        detail_page_heading(page, "RESOURCE");
        attributes(page, facts->resource, facts->resource_count, SALT_RESOURCE);
    }
}

/* ---- events --------------------------------------------------------------------------------- */

static void event_line(const struct detail_page *page, const struct detail_event *event)
{
    const struct detail_facts *facts = page->facts;
    uint8_t tone = event->exception ? TONE_ERROR : TONE_STRONG;
    if (page->style->words) {
        detail_lines_piece(page->lines, INK(TONE_DIM), TEXT("event: "));
        detail_lines_piece(page->lines, INK(tone), event->name);
        if (event->time_ns >= 0) {
            int64_t offset_ns = event->time_ns - facts->trace_start_ns;
            detail_page_duration(page, "  ", llabs(offset_ns),
                                 offset_ns < 0 ? " before the trace starts"
                                               : " after the trace starts");
        }
    } else if (event->time_ns >= 0) {
        int64_t offset_ns = event->time_ns - facts->trace_start_ns;
        int64_t own_ns = event->time_ns - facts->start_ns;
        detail_page_duration(page, offset_ns < 0 ? "  -" : "  +", llabs(offset_ns), "  ");
        detail_lines_piece(page->lines, INK(tone), event->name);
        detail_page_duration(page, own_ns < 0 ? "  -" : "  +", llabs(own_ns), "");
        detail_lines_piece(page->lines, INK(TONE_DIM), TEXT(" in the span"));
    } else {
        detail_lines_piece(page->lines, INK(TONE_DIM), TEXT("  "));
        detail_lines_piece(page->lines, INK(tone), event->name);
    }
    struct detail_line *line = detail_lines_end(page->lines);
    line->hang = 2 * GAP;
    line->mark = (struct detail_mark){
        .key = TEXT("event:"), .value = event->name, .plain = true, .link = -1};
}

/* with_stack: not where the stack is shown below anyway */
static void event_lines(const struct detail_page *page, bool with_stack)
{
    const struct detail_facts *facts = page->facts;
    struct detail_page inner = *page;
    inner.column = page->style->words ? 0 : EVENT_COLUMN;
    for (size_t i = 0; i < facts->event_count; i++) {
        const struct detail_event *event = &facts->events[i];
        event_line(page, event);
        for (size_t k = 0; k < event->attribute_count; k++) {
            if (with_stack || !text_is(event->attributes[k].key, "exception.stacktrace")) {
                if (!page->style->words) {
                    detail_lines_piece(page->lines, INK(TONE_NORMAL), TEXT("   "));
                }
                attributes(&inner, &event->attributes[k], 1,
                           ((i << EVENT_SALT_BITS) + k) << SALT_BITS | SALT_EVENT);
            }
        }
    }
}

static void events_tab(const struct detail_page *page)
{
    if (page->facts->event_count == 0) {
        detail_page_nothing(page, "no events");
    }
    event_lines(page, true);
}

/* ---- statement, error, JSON, links ----------------------------------------------------------- */

static void sql_tab(const struct detail_page *page)
{
    if (text_is_empty(page->facts->sql)) {
        detail_page_nothing(page, "no statement");
        return;
    }
    size_t first = page->lines->count;
    sql_layout(page->lines, page->facts->sql, GAP, page->style->raw);
    sql_layout_parameters(page->lines, page->facts->sql_parameters, GAP);
    for (size_t i = first; i < page->lines->count; i++) {
        page->lines->lines[i].mark.value = page->facts->sql;
        page->lines->lines[i].mark.plain = true;
    }
}

/* Frames of libraries are dimmed, so that one's own code stands out. */
static bool is_library_frame(struct text line)
{
    static const char *const marks[] = {"node_modules",  "site-packages", "dist-packages", "/lib/",
                                        "node:internal", "java.base",     "<frozen"};
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        if (text_contains_nocase(line, text_from(marks[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_frame(struct text line)
{
    struct text trimmed = text_trim(line);
    return text_starts_with(trimmed, "at ") || text_starts_with(trimmed, "File ");
}

static void stack_lines(const struct detail_page *page, struct text stack)
{
    while (stack.length > 0) {
        const char *newline = memchr(stack.data, '\n', stack.length);
        size_t length = newline != NULL ? (size_t)(newline - stack.data) : stack.length;
        struct text line = text_make(stack.data, length);
        struct ink ink = INK(TONE_NORMAL);
        if (is_frame(line)) {
            ink = is_library_frame(line) ? INK(TONE_DIM) : INK_WITH(TONE_STRONG, INK_BOLD);
        }
        size_t first = page->lines->count;
        detail_lines_paragraph(page->lines, ink, GAP, line);
        for (size_t i = first; i < page->lines->count; i++) {
            page->lines->lines[i].mark.value = page->facts->stack;
            page->lines->lines[i].mark.plain = true;
        }
        size_t used = newline != NULL ? length + 1 : length;
        stack = text_make(stack.data + used, stack.length - used);
    }
}

static void error_tab(const struct detail_page *page)
{
    const struct detail_facts *facts = page->facts;
    if (text_is_empty(facts->body.message) && text_is_empty(facts->stack)) {
        detail_page_nothing(page, facts->status == STATUS_ERROR ? "failed without a message"
                                                                : "no error");
        return;
    }
    size_t first = page->lines->count;
    detail_lines_paragraph(page->lines, INK(TONE_ERROR), GAP, facts->body.message);
    for (size_t i = first; i < page->lines->count; i++) {
        page->lines->lines[i].mark = (struct detail_mark){
            .key = TEXT("err:"), .value = facts->body.message, .plain = true, .link = -1};
    }
    stack_lines(page, facts->stack);
}

static void json_tab(const struct detail_page *page)
{
    struct text_buffer text = {0};
    struct json_style style = {
        .raw = page->style->raw, .salt = SALT_SPAN, .folds = page->style->folds, .column = MARGIN};
    detail_facts_json(page->facts, &text);
    detail_lines_piece(page->lines, INK(TONE_NORMAL), TEXT(" "));
    json_layout(page->lines, text_buffer_text(&text), &style);
    text_buffer_free(&text);
}

static void links_tab(const struct detail_page *page)
{
    if (page->facts->link_count == 0) {
        detail_page_nothing(page, "no links");
    }
    link_lines(page);
}

/* ---- all tabs ------------------------------------------------------------------------------- */

void detail_tab_build(enum detail_tab tab, const struct detail_facts *facts,
                      const struct detail_style *style, struct detail_lines *lines)
{
    static void (*const builders[TAB_COUNT])(const struct detail_page *) = {
        [TAB_ATTRIBUTES] = attributes_tab, [TAB_EVENTS] = events_tab, [TAB_SQL] = sql_tab,
        [TAB_ERROR] = error_tab,           [TAB_JSON] = json_tab,     [TAB_LINKS] = links_tab,
    };
    struct detail_page page = {
        .lines = lines, .facts = facts, .style = style, .column = column_for(facts, style)};
    if (facts->known) {
        builders[tab](&page);
    }
}

void detail_side_build(const struct detail_facts *facts, const struct detail_style *style,
                       struct detail_lines *lines)
{
    struct detail_page page = {
        .lines = lines, .facts = facts, .style = style, .column = column_for(facts, style)};
    if (!text_is_empty(facts->sql)) {
        detail_page_heading(&page, "SQL");
        sql_tab(&page);
    }
    if (facts->event_count > 0) {
        detail_page_heading(&page, "EVENTS");
        event_lines(&page, false);
    }
    if (!text_is_empty(facts->stack)) {
        detail_page_heading(&page, "STACK");
        stack_lines(&page, facts->stack);
    }
}

bool detail_tab_is_empty(enum detail_tab tab, const struct detail_facts *facts)
{
    switch (tab) {
    case TAB_EVENTS:
        return facts->event_count == 0;
    case TAB_SQL:
        return text_is_empty(facts->sql);
    case TAB_ERROR:
        return text_is_empty(facts->body.message) && text_is_empty(facts->stack);
    case TAB_LINKS:
        return facts->link_count == 0;
    case TAB_ATTRIBUTES:
    case TAB_JSON:
    case TAB_COUNT:
        break;
    }
    return !facts->known;
}
