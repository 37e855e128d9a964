/* waterfall_words — the state of the waterfall in words, for the status line and dividers. */
#include <inttypes.h>

#include "tui/format.h"
#include "tui/waterfall_state.h"

enum { CRITICAL_NAMES = 5 };

static void append_folds(const struct waterfall_pane *pane, struct text_buffer *target)
{
    char shown[FORMAT_BYTES];
    char all[FORMAT_BYTES];
    format_exact(shown, (int64_t)pane->rows.count);
    format_exact(all, (int64_t)pane->trace->count);
    text_append_format(target, "%s of %s spans shown", shown, all);
    if (pane->rows.only != NULL) {
        text_append_cstr(target, " (matches only)");
    } else if (pane->rows.groups_closed > 0) {
        text_append_format(target, " (%zu group%s %s%zu folded)", pane->rows.groups_closed,
                           pane->rows.groups_closed == 1 ? "" : "s", pane->ascii ? "x" : "\u00D7",
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
        text_append_format(target, ": %zu spans", pane->path.spans);
    }
    if (pane->sides.known) {
        text_append_cstr(target, "   ");
        trace_sides_words(&pane->sides, pane->ascii, target);
    }
    text_append_cstr(target, "   view ");
    append_duration(target, pane->view.start_ns - pane->extent.start_ns, pane->ascii);
    text_append_cstr(target, pane->ascii ? " - " : " \xE2\x80\x93 ");
    append_duration(target, pane->view.end_ns - pane->extent.start_ns, pane->ascii);
    if (pane->matches != NULL) {
        text_append_cstr(target, "   find \"");
        text_append(target, text_buffer_text(&pane->find));
        text_append_format(target, "\" %zu/%zu", waterfall_match_number(pane), pane->match_count);
    }
    append_group(pane, target);
    text_append_format(target, "   bar: %s (c)", emphases[pane->emphasis]);
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
