/* waterfall_words — the state of the waterfall in words, for the status line and dividers. */
#include <inttypes.h>

#include "tui/format.h"
#include "tui/spoken.h"
#include "tui/waterfall_state.h"

enum { CRITICAL_NAMES = 5 };

static void append_folds(const struct waterfall_pane *pane, struct text_buffer *target)
{
    char shown[FORMAT_BYTES];
    char all[FORMAT_BYTES];
    format_exact(shown, (int64_t)pane->rows.count);
    format_exact(all, (int64_t)pane->trace->count);
    text_append_format(target, "%s of %s span%s shown", shown, all,
                       text_plural(pane->trace->count));
    if (pane->rows.only != NULL) {
        text_append_cstr(target, " (matches only)");
    } else if (pane->rows.groups_closed > 0) {
        text_append_format(target, " (%zu group%s %s%zu folded)", pane->rows.groups_closed,
                           text_plural(pane->rows.groups_closed), pane->ascii ? "x" : "\u00D7",
                           pane->rows.merged);
    }
    if (pane->rows.folded_to > 0 && pane->rows.only == NULL) {
        text_append_format(target, "   folded to depth %" PRIu32 " (zR opens all)",
                           pane->rows.folded_to);
    }
}

static void append_duration(struct text_buffer *target, int64_t ns, bool ascii)
{
    char duration[FORMAT_BYTES];
    text_append(target, format_duration(duration, ns, ascii));
}

/* What the members of the selected group have in common. */
static void append_group(const struct waterfall_pane *pane, struct text_buffer *target)
{
    const struct row_group *group = waterfall_pane_selected_group(pane);
    if (group == NULL) {
        return;
    }
    struct group_figures figures = rows_group_figures(&pane->rows, group);
    text_append_cstr(target, "   group min ");
    append_duration(target, figures.min_ns, pane->ascii);
    text_append_cstr(target, " p50 ");
    append_duration(target, figures.p50_ns, pane->ascii);
    text_append_cstr(target, " max ");
    append_duration(target, figures.max_ns, pane->ascii);
    text_append_cstr(target, " sum ");
    append_duration(target, group->sum_ns, pane->ascii);
}

size_t waterfall_match_number(const struct waterfall_pane *pane)
{
    size_t number = 0;
    for (uint32_t i = 0; i <= pane->rows.row[pane->cursor].span; i++) {
        number += waterfall_is_match(pane, i);
    }
    return number;
}

void waterfall_pane_status(const struct waterfall_pane *pane, struct text_buffer *target)
{
    static const char *const emphases[EMPHASIS_COUNT] = {
        [EMPHASIS_SELF] = "self", [EMPHASIS_CRITICAL] = "critical", [EMPHASIS_PLAIN] = "plain"};
    static const char *const colours[COLOUR_BY_COUNT] = {[COLOUR_SERVICE] = "service",
                                                         [COLOUR_TYPE] = "type",
                                                         [COLOUR_STATUS] = "status",
                                                         [COLOUR_SIDE] = "client, server",
                                                         [COLOUR_NONE] = "none"};
    if (pane->trace == NULL || pane->rows.count == 0) {
        return;
    }
    append_folds(pane, target);
    if (pane->path_known) {
        text_append_cstr(target, "   critical path ");
        append_duration(target, pane->path.total_ns, pane->ascii);
        text_append_format(target, ": %zu span%s", pane->path.spans, text_plural(pane->path.spans));
    }
    if (pane->sides.known) {
        text_append_cstr(target, "   ");
        trace_sides_words(&pane->sides, pane->ascii, target);
    }
    text_append_cstr(target, "   view ");
    append_duration(target, pane->view.start_ns - pane->extent.start_ns, pane->ascii);
    text_append_cstr(target, pane->ascii ? " - " : " \xE2\x80\x93 ");
    append_duration(target, pane->view.end_ns - pane->extent.start_ns, pane->ascii);
    if (pane->find.text.length > 0) {
        text_append_cstr(target, "   find \"");
        text_append(target, text_buffer_text(&pane->find.text));
        text_append_format(target, "\" %zu/%zu", waterfall_match_number(pane), pane->find.count);
    } else if (pane->find.count > 0) {
        text_append_format(target, "   query %zu/%zu (n N)", waterfall_match_number(pane),
                           pane->find.count);
    }
    append_group(pane, target);
    /* What is as usual is not said: the line is full without it. */
    if (pane->emphasis != EMPHASIS_SELF) {
        text_append_format(target, "   bar: %s (c)", emphases[pane->emphasis]);
    }
    if (pane->colour_by != COLOUR_SERVICE) {
        text_append_format(target, "   colour: %s (C)", colours[pane->colour_by]);
    }
}

void waterfall_pane_critical(const struct waterfall_pane *pane, struct text_buffer *target)
{
    const struct critical_path *path = &pane->path;
    const struct critical_part *best[CRITICAL_NAMES];
    size_t count = 0;
    if (pane->trace == NULL || !pane->path_known) {
        return;
    }
    for (size_t i = 0; i < path->count; i++) { /* the longest parts, longest first */
        const struct critical_part *part = &path->parts[i];
        size_t at = count < CRITICAL_NAMES ? count++ : CRITICAL_NAMES;
        for (; at > 0 &&
               best[at - 1]->end_ns - best[at - 1]->start_ns < part->end_ns - part->start_ns;
             at--) {
            if (at < CRITICAL_NAMES) {
                best[at] = best[at - 1];
            }
        }
        if (at < CRITICAL_NAMES) {
            best[at] = part;
        }
    }
    int64_t shown_ns = -1;
    for (size_t i = 0; i < count; i++) { /* in order of time */
        const struct critical_part *next = NULL;
        for (size_t k = 0; k < count; k++) {
            if (best[k]->start_ns > shown_ns &&
                (next == NULL || best[k]->start_ns < next->start_ns)) {
                next = best[k];
            }
        }
        if (next == NULL) {
            return;
        }
        text_append_cstr(target, i == 0 ? "" : pane->ascii ? " > " : " \xE2\x80\xBA ");
        text_append(target, trace_span_name(pane->trace, &pane->trace->spans[next->span]));
        shown_ns = next->start_ns;
    }
}

/* ---- a row for screen readers ---- */

/* Its number among the children of its parent, and how many those are. */
static void add_place(const struct waterfall_pane *pane, uint32_t span, struct spoken *line)
{
    const struct trace_span *spans = pane->trace->spans;
    int32_t parent = spans[span].parent;
    size_t number = 0;
    size_t count = 0;
    if (parent == TRACE_NO_SPAN) {
        return;
    }
    for (uint32_t i = (uint32_t)parent + 1; i < spans[parent].subtree_end;
         i = spans[i].subtree_end) {
        count++;
        number = i == span ? count : number;
    }
    spoken_format(line, "%zu of %zu %s", number, count, count == 1 ? "child" : "children");
}

static void add_fold(const struct waterfall_pane *pane, const struct row *row, struct spoken *line)
{
    const struct trace_span *span = &pane->trace->spans[row->span];
    bool shut = row->kind == ROW_GROUP ? !pane->rows.groups[row->group].open
                                       : rows_is_closed(&pane->rows, row->span);
    if (row->kind == ROW_GROUP) {
        const struct row_group *group = &pane->rows.groups[row->group];
        spoken_format(line, "%" PRIu32 " like spans", group->count);
        spoken_duration(line, "", group->sum_ns, " in all");
    }
    if (shut && pane->rows.only == NULL) {
        spoken_add(line, TEXT("folded"));
    }
    if (shut && row->kind != ROW_GROUP && pane->rows.only == NULL) {
        spoken_count(line, (int64_t)span->subtree_end - row->span - 1, "hidden span");
    }
    if (row->chain != row->span) {
        spoken_format(line, "chain of %" PRIu32, row->chain - row->span + 1);
    }
}

void waterfall_row_words(const struct waterfall_pane *pane, size_t row, struct spoken *line)
{
    static const char *const statuses[STATUS_COUNT] = {[STATUS_IN_PROGRESS] = "running",
                                                       [STATUS_COMPLETED] = "",
                                                       [STATUS_ERROR] = "error",
                                                       [STATUS_CANCELLED] = "cancelled"};
    const struct row *at = &pane->rows.row[row];
    const struct trace_span *span = &pane->trace->spans[at->span];
    bool running = span->duration_ns == SPAN_RUNNING;
    bool below = span->status != STATUS_ERROR && (span->flags & TRACE_SPAN_ERROR_BELOW) != 0;
    spoken_format(line, "depth %d", span->depth + (at->kind == ROW_MEMBER));
    spoken_add(line, text_from(statuses[span->status]));
    if ((span->flags & TRACE_SPAN_SYNTHETIC) != 0) {
        spoken_add(line, TEXT("missing parent"));
    } else {
        spoken_add(line, trace_span_service(pane->trace, span));
        spoken_add(line, trace_span_name(pane->trace, span));
    }
    spoken_duration(line, "", trace_span_end_ns(span, pane->end_ns) - span->start_ns,
                    running ? " so far" : "");
    if (at->kind != ROW_GROUP && span->start_ns != pane->trace->start_ns) {
        spoken_duration(line, "starts after ", span->start_ns - pane->trace->start_ns, "");
    }
    add_place(pane, at->span, line);
    add_fold(pane, at, line);
    spoken_add(line, below ? TEXT("error further down") : (struct text){0});
    if (waterfall_is_match(pane, at->span)) {
        spoken_add(line, TEXT("found"));
    }
}
