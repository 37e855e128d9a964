/* flame_pane — the open trace as an icicle: stacks merged by name, as wide as their self time.
 *
 *     web mutation:createGoal ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇
 *     web POST /graphql ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇ render T▇
 *     api credits.charge ▇▇▇▇▇▇▇ api quota.check ▇▇▇▇▇▇▇▇▇▇▇▇ INSERT goals▇
 *   ─ db UPDATE credits   self 415ms 25.0%   with all below 415ms   1 span ─ */
#include "tui/flame_pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "tui/format.h"
#include "tui/service_tag.h"
#include "tui/spoken.h"

enum {
    MARGIN = 1,
    FOOT_ROWS = 2,
    NAME_LEAST = 3, /* cells from which a frame says its name */
    RUNE_FILL = 0x2587,
    RUNE_THIN = 0x258F,
};

struct flame_pane {
    const struct trace *trace; /* borrowed */
    struct flame flame;
    struct service_tags tags;
    uint32_t at, zoom; /* frames; zoom FLAME_NONE = all of it */
    uint32_t top;      /* depth of the first row */
    int h, w;
};

struct flame_pane *flame_pane_new(void)
{
    struct flame_pane *pane = mem_zero(1, sizeof *pane);
    pane->zoom = FLAME_NONE;
    return pane;
}

static void free_pane(void *self)
{
    struct flame_pane *pane = self;
    if (pane != NULL) {
        flame_clear(&pane->flame);
        service_tags_clear(&pane->tags);
        free(pane);
    }
}

/* ---- the cursor ----------------------------------------------------------------------------- */

static const struct flame_frame *selected(const struct flame_pane *pane)
{
    return pane->at < pane->flame.count ? &pane->flame.frames[pane->at] : NULL;
}

static void scroll(struct flame_pane *pane)
{
    const struct flame_frame *frame = selected(pane);
    uint32_t rows = pane->h > FOOT_ROWS ? (uint32_t)(pane->h - FOOT_ROWS) : 1;
    if (frame == NULL) {
        pane->top = 0;
    } else if (frame->depth < pane->top) {
        pane->top = frame->depth;
    } else if (frame->depth >= pane->top + rows) {
        pane->top = frame->depth - rows + 1;
    }
}

static bool is_within(const struct flame_pane *pane, uint32_t frame)
{
    return pane->zoom == FLAME_NONE ||
           (frame >= pane->zoom && frame < pane->flame.frames[pane->zoom].end);
}

/* Goes there; a frame beside the zoomed one ends the zoom. */
static void go_to(struct flame_pane *pane, uint32_t frame)
{
    if (frame == FLAME_NONE) {
        return;
    }
    pane->at = frame;
    while (!is_within(pane, frame)) {
        pane->zoom = pane->flame.frames[pane->zoom].parent;
    }
    scroll(pane);
}

void flame_pane_set(struct flame_pane *pane, const struct trace *trace, int64_t now_ns)
{
    const struct flame_frame *frame = selected(pane);
    uint32_t span = frame != NULL ? frame->hottest : UINT32_MAX;
    struct id id = {0};
    bool half = false;
    if (pane->trace != NULL && span < pane->trace->count) {
        id = trace_span_id(pane->trace, &pane->trace->spans[span]);
        half = (pane->trace->spans[span].flags & SPAN_SERVER_HALF) != 0;
    }
    pane->trace = trace;
    pane->zoom = FLAME_NONE;
    pane->at = pane->top = 0;
    if (trace == NULL) {
        flame_clear(&pane->flame);
        return;
    }
    service_tags_set(&pane->tags, trace);
    flame_set(&pane->flame, trace, now_ns);
    int32_t found = span != UINT32_MAX ? trace_find(trace, &id, half) : TRACE_NO_SPAN;
    if (found != TRACE_NO_SPAN) {
        flame_pane_select(pane, (uint32_t)found);
    }
}

void flame_pane_select(struct flame_pane *pane, uint32_t span)
{
    if (pane->trace != NULL && span < pane->trace->count) {
        go_to(pane, flame_find(&pane->flame, pane->trace, span));
    }
}

uint32_t flame_pane_hottest(const struct flame_pane *pane)
{
    const struct flame_frame *frame = selected(pane);
    return frame != NULL ? frame->hottest : UINT32_MAX;
}

/* ---- actions -------------------------------------------------------------------------------- */

/* The frame with most time of its own after the selected one. */
static void go_to_hottest(struct flame_pane *pane)
{
    const struct flame_frame *frames = pane->flame.frames;
    int64_t below_ns = frames[pane->at].self_ns;
    uint32_t best = FLAME_NONE;
    uint32_t first = 0;
    for (uint32_t i = 0; i < pane->flame.count; i++) {
        bool behind =
            frames[i].self_ns < below_ns || (frames[i].self_ns == below_ns && i > pane->at);
        if (behind && (best == FLAME_NONE || frames[i].self_ns > frames[best].self_ns)) {
            best = i;
        }
        first = frames[i].self_ns > frames[first].self_ns ? i : first;
    }
    go_to(pane, best != FLAME_NONE ? best : first);
}

static void move(struct flame_pane *pane, enum action action)
{
    const struct flame_frame *frames = pane->flame.frames;
    switch ((int)action) {
    case ACTION_DOWN:
        go_to(pane, flame_child(&pane->flame, pane->at));
        break;
    case ACTION_UP:
        go_to(pane, frames[pane->at].parent);
        break;
    case ACTION_LEFT:
        go_to(pane, flame_neighbour(&pane->flame, pane->at, -1));
        break;
    case ACTION_RIGHT:
        go_to(pane, flame_neighbour(&pane->flame, pane->at, 1));
        break;
    }
}

static enum pane_reply act(void *self, enum action action, int count)
{
    struct flame_pane *pane = self;
    if (pane->flame.count == 0) {
        return PANE_IGNORED;
    }
    switch ((int)action) {
    case ACTION_DOWN:
    case ACTION_UP:
    case ACTION_LEFT:
    case ACTION_RIGHT:
        for (int i = 0; i < count && (uint32_t)i < pane->flame.count; i++) {
            move(pane, action);
        }
        return PANE_HANDLED;
    case ACTION_FIRST:
        go_to(pane, pane->zoom == FLAME_NONE ? 0 : pane->zoom);
        return PANE_HANDLED;
    case ACTION_HOTTEST:
        go_to_hottest(pane);
        return PANE_HANDLED;
    case ACTION_ZOOM_IN:
    case ACTION_FIT_ROW:
        pane->zoom = pane->at;
        return PANE_HANDLED;
    case ACTION_ZOOM_OUT:
        pane->zoom = pane->zoom != FLAME_NONE ? pane->flame.frames[pane->zoom].parent : FLAME_NONE;
        return PANE_HANDLED;
    case ACTION_FIT:
        pane->zoom = FLAME_NONE;
        return PANE_HANDLED;
    case ACTION_BACK:
        if (pane->zoom != FLAME_NONE) {
            pane->zoom = FLAME_NONE;
            return PANE_HANDLED;
        }
        break;
    }
    return PANE_IGNORED;
}

static void layout(void *self, int h, int w)
{
    struct flame_pane *pane = self;
    pane->h = h;
    pane->w = w;
    scroll(pane);
}

/* ---- drawing -------------------------------------------------------------------------------- */

/* The columns of a frame; false if it lies outside of the zoomed one or is too narrow to be seen.
 */
static bool columns_of(const struct flame_pane *pane, uint32_t index, int *ret_x, int *ret_w)
{
    const struct flame_frame *frame = &pane->flame.frames[index];
    int64_t from_ns = 0;
    int64_t whole_ns = pane->flame.width_ns;
    int w = pane->w - 2 * MARGIN;
    if (pane->zoom != FLAME_NONE) {
        const struct flame_frame *zoom = &pane->flame.frames[pane->zoom];
        if (index <= pane->zoom && pane->zoom < frame->end) { /* it or one above it */
            *ret_x = 0;
            *ret_w = w;
            return true;
        }
        if (!is_within(pane, index)) {
            return false;
        }
        from_ns = zoom->from_ns;
        whole_ns = zoom->width_ns;
    }
    if (whole_ns <= 0) {
        return false;
    }
    double scale = (double)w / (double)whole_ns;
    int x = (int)((double)(frame->from_ns - from_ns) * scale + 0.5);
    int end = (int)((double)(frame->from_ns + frame->width_ns - from_ns) * scale + 0.5);
    *ret_x = x;
    *ret_w = end - x;
    return end > x || index == pane->at;
}

static uint8_t tone_of(const struct flame_pane *pane, const struct flame_frame *frame)
{
    return frame->errors > 0 && frame->errors == frame->count
               ? TONE_ERROR
               : (uint8_t)(TONE_SERVICE_0 + pane->tags.by_name[frame->service].hue);
}

static void append_name(const struct flame_pane *pane, const struct flame_frame *frame,
                        struct text_buffer *target)
{
    text_append_cstr(target, pane->tags.by_name[frame->service].tag);
    text_append_char(target, ' ');
    text_append(target, pane->trace->names[frame->name]);
    if (frame->count > 1) {
        text_append_format(target, " \u00D7%u", (unsigned)frame->count);
    }
}

/* Its name on a block of its colour, the rest of the block a little lower: so rows stay apart. */
static void draw_frame(const struct flame_pane *pane, struct canvas *canvas, int y, int x, int w,
                       uint32_t index)
{
    const struct flame_frame *frame = &pane->flame.frames[index];
    bool chosen = index == pane->at;
    uint8_t tone = chosen ? TONE_ACCENT : tone_of(pane, frame);
    int block = w > 2 ? w - 1 : w; /* a blank before the neighbour */
    if (w < 2 && !chosen) {
        canvas_rune(canvas, y, x, INK(tone), RUNE_THIN);
        return;
    }
    block = block > 0 ? block : 1;
    canvas_fill(canvas, (struct rect){y, x, 1, block}, INK(tone), RUNE_FILL);
    if (block >= NAME_LEAST) {
        struct text_buffer name = {0};
        append_name(pane, frame, &name);
        uint8_t flags = chosen ? INK_REVERSE | INK_BOLD | INK_UNDERLINE : INK_REVERSE;
        int used = canvas_text(canvas, y, x, block, INK_WITH(tone, flags), text_buffer_text(&name));
        if (used < block) {
            canvas_rune(canvas, y, x + used, INK_WITH(tone, flags), ' ');
        }
        text_buffer_free(&name);
    } else if (chosen) {
        canvas_fill(canvas, (struct rect){y, x, 1, block}, INK_WITH(tone, INK_REVERSE), ' ');
    }
}

static void foot_duration(struct text_buffer *target, const char *label, int64_t ns, bool ascii)
{
    char text[FORMAT_BYTES];
    text_append_format(target, "   %s %.*s", label, TEXT_ARGS(format_duration(text, ns, ascii)));
}

static void draw_foot(const struct flame_pane *pane, struct canvas *canvas, struct rect area)
{
    const struct flame_frame *frame = selected(pane);
    int y = area.y + area.h - FOOT_ROWS;
    canvas_fill(canvas, (struct rect){y, area.x, 1, area.w}, INK(TONE_DIM), RUNE_DASH);
    if (frame == NULL) {
        return;
    }
    struct text_buffer line = {0};
    char text[FORMAT_BYTES];
    text_append_char(&line, ' ');
    append_name(pane, frame, &line);
    text_append_char(&line, ' ');
    canvas_text(canvas, y, area.x + 1, area.w - 2, INK_WITH(TONE_TITLE, INK_BOLD),
                text_buffer_text(&line));
    text_buffer_clear(&line);
    text_append_format(&line, "%u span%s", (unsigned)frame->count, text_plural(frame->count));
    foot_duration(&line, "self", frame->self_ns, canvas->ascii);
    text_append_format(&line, " (%.*s)",
                       TEXT_ARGS(format_percent(text, frame->self_ns, pane->flame.width_ns)));
    foot_duration(&line, "with all below", frame->width_ns, canvas->ascii);
    text_append_format(&line, " (%.*s)",
                       TEXT_ARGS(format_percent(text, frame->width_ns, pane->flame.width_ns)));
    foot_duration(&line, "durations", frame->total_ns, canvas->ascii);
    int x = area.x + 1 + MARGIN;
    x += canvas_text(canvas, y + 1, x, area.w - 2, INK(TONE_NORMAL), text_buffer_text(&line));
    if (frame->errors > 0) {
        canvas_print(canvas, y + 1, x + 3, area.w - x - 3, INK(TONE_ERROR), "\u2717 %u",
                     (unsigned)frame->errors);
    }
    text_buffer_free(&line);
}

/* ---- for screen readers ---- */

static void say_frame(const void *ctx, size_t index, struct spoken *line)
{
    const struct flame_pane *pane = ctx;
    const struct flame_frame *frame = &pane->flame.frames[index];
    char text[FORMAT_BYTES];
    char behind[FORMAT_BYTES + 4];
    spoken_format(line, "depth %u", (unsigned)frame->depth);
    spoken_add(line, pane->trace->names[frame->service]);
    spoken_add(line, pane->trace->names[frame->name]);
    spoken_count(line, frame->count, "span");
    if (frame->errors > 0) {
        spoken_count(line, frame->errors, "error");
    }
    struct text percent = format_percent(text, frame->width_ns, pane->flame.width_ns);
    snprintf(behind, sizeof behind, ", %.*s", TEXT_ARGS(percent));
    spoken_duration(line, "with all below ", frame->width_ns, behind);
    spoken_duration(line, "own time ", frame->self_ns, "");
}

/* Every frame below its caller, a page of them; the cursor goes the ways of the picture. */
static void draw_words(const struct flame_pane *pane, struct canvas *canvas, struct rect area)
{
    size_t page = area.h > 2 ? (size_t)area.h - 1 : 1;
    const struct row_cursor rows = {
        .at = pane->at, .top = pane->at / page * page, .count = pane->flame.count};
    canvas_text(canvas, area.y, area.x, area.w, INK(TONE_DIM),
                TEXT("where the time went, calls below their callers, most time first"));
    area.y++;
    area.h--;
    spoken_rows(canvas, area, &rows, say_frame, pane);
}

static void draw(const void *self, struct canvas *canvas, struct rect area)
{
    const struct flame_pane *pane = self;
    if (canvas->words) {
        draw_words(pane, canvas, area);
        return;
    }
    int rows = area.h - FOOT_ROWS;
    for (uint32_t i = 0; i < pane->flame.count; i++) {
        uint32_t depth = pane->flame.frames[i].depth;
        int x;
        int w;
        if (depth < pane->top || depth >= pane->top + (uint32_t)(rows > 0 ? rows : 0) ||
            !columns_of(pane, i, &x, &w)) {
            continue;
        }
        draw_frame(pane, canvas, area.y + (int)(depth - pane->top), area.x + MARGIN + x, w, i);
    }
    if (area.h > FOOT_ROWS) {
        draw_foot(pane, canvas, area);
    }
}

const struct pane_ops flame_pane_ops = {
    .act = act,
    .layout = layout,
    .draw = draw,
    .free = free_pane,
};
