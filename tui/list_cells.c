/* list_cells — what one cell of the trace list looks like. */
#include "tui/list_cells.h"

#include <math.h>

#include "store/base/clock.h"
#include "tui/format.h"
#include "tui/spoken.h"

#define YEAR_NS (365 * NS_PER_DAY)

int64_t list_duration_ns(const struct trace_row *row, int64_t now_ns)
{
    int64_t until_now_ns = now_ns - row->start_ns;
    bool running = row->status == STATUS_IN_PROGRESS;
    return running && until_now_ns > row->duration_ns ? until_now_ns : row->duration_ns;
}

/* Length of a duration's bar in halves of a cell: logarithmic, 1 ms to 20 s. */
static int bar_halves(int64_t duration_ns, int cells)
{
    double ms = (double)duration_ns / (double)NS_PER_MS;
    double part = ms > 1 ? log(ms) / log(20000) : 0;
    int halves = (int)(part * cells * 2 + 0.5);
    return halves < 1 ? 1 : halves > cells * 2 ? cells * 2 : halves;
}

/* Lines instead of blocks: blocks of neighbouring rows grow together into a wall. */
static void draw_bar(struct canvas *canvas, int y, int x, int w, struct ink ink,
                     int64_t duration_ns)
{
    int halves = bar_halves(duration_ns, w);
    canvas_fill(canvas, (struct rect){y, x, 1, halves / 2}, ink, 0x2501);
    if (halves % 2 > 0) {
        canvas_rune(canvas, y, x + halves / 2, ink, 0x2578);
    }
}

static struct text start_text(const struct list_times *times, char text[FORMAT_BYTES],
                              int64_t start_ns)
{
    int64_t age_ns = times->now_ns - start_ns;
    if (times->relative) {
        return format_ago(text, start_ns, times->now_ns);
    }
    if (age_ns <= NS_PER_DAY && age_ns >= -NS_PER_DAY) {
        return format_clock(text, start_ns);
    }
    struct text date = format_date(text, start_ns); /* "2025-11-20 14:03:20.412" */
    bool usual = date.length > 16;                  /* the day matters more than the second */
    if (usual && (age_ns > YEAR_NS || age_ns < -YEAR_NS)) {
        return text_make(date.data, 10); /* and the year more than the hour */
    }
    return text_make(date.data + (usual ? 5 : 0), usual ? 11 : date.length);
}

static void draw_start(const struct list_times *times, struct canvas *canvas, int y, int x, int w,
                       int64_t start_ns)
{
    char text[FORMAT_BYTES];
    canvas_text(canvas, y, x, w, INK(TONE_NORMAL), start_text(times, text, start_ns));
}

static void draw_duration(struct canvas *canvas, int y, int x, int w, const struct trace_row *row,
                          int64_t now_ns)
{
    char text[FORMAT_BYTES + 1];
    struct text shown = format_duration(text, list_duration_ns(row, now_ns), canvas->ascii);
    bool running = row->status == STATUS_IN_PROGRESS;
    if (running) {
        canvas_text_right(canvas, y, x, w - 1, INK(TONE_RUNNING), shown);
        canvas_rune(canvas, y, x + w - 1, INK(TONE_RUNNING), '+');
    } else {
        canvas_text_right(canvas, y, x, w, INK(TONE_NORMAL), shown);
    }
}

void list_cell_status(struct canvas *canvas, int y, int x, enum span_status status)
{
    static const struct {
        uint32_t rune;
        enum tone tone;
    } marks[STATUS_COUNT] = {
        [STATUS_IN_PROGRESS] = {0x25B6, TONE_RUNNING},
        [STATUS_COMPLETED] = {' ', TONE_NORMAL},
        [STATUS_ERROR] = {0x2717, TONE_ERROR},
        [STATUS_CANCELLED] = {0x2205, TONE_DIM},
    };
    canvas_rune(canvas, y, x, INK(marks[status].tone), marks[status].rune);
}

void list_cell_draw(const struct list_times *times, struct canvas *canvas, int y, int x, int w,
                    enum list_column column, const struct trace_row *row)
{
    char text[FORMAT_BYTES];
    char id[ID_PRINT_BYTES];
    switch (column) {
    case COLUMN_START:
        draw_start(times, canvas, y, x, w, row->start_ns);
        break;
    case COLUMN_DURATION:
        draw_duration(canvas, y, x, w, row, times->now_ns);
        break;
    case COLUMN_BAR: {
        enum tone tone = row->status == STATUS_IN_PROGRESS ? TONE_RUNNING
                         : row->status == STATUS_ERROR     ? TONE_ERROR
                                                           : TONE_ACCENT;
        draw_bar(canvas, y, x, w, INK(tone), list_duration_ns(row, times->now_ns));
        break;
    }
    case COLUMN_ERRORS:
        if (row->error_count > 0) {
            canvas_text_right(canvas, y, x, w, INK(TONE_ERROR),
                              format_count(text, row->error_count));
        }
        break;
    case COLUMN_SPANS:
        canvas_text_right(canvas, y, x, w, INK(TONE_NORMAL), format_count(text, row->span_count));
        break;
    case COLUMN_OPERATION:
        canvas_text(canvas, y, x, w, INK(row->has_root ? TONE_NORMAL : TONE_DIM),
                    row->root_operation);
        break;
    case COLUMN_USER:
        canvas_text(canvas, y, x, w, INK(TONE_NORMAL), row->user);
        break;
    case COLUMN_SERVICES:
        canvas_text(canvas, y, x, w, INK(TONE_DIM), row->services);
        break;
    case COLUMN_TRACE: {
        size_t length = id_print(&row->id, id);
        canvas_text(canvas, y, x, w, INK(TONE_DIM), text_make(id, length < 8 ? length : 8));
        break;
    }
    case COLUMN_ERROR:
        canvas_text(canvas, y, x, w, INK(TONE_ERROR), row->error_message);
        break;
    case COLUMN_SESSION:
        canvas_text(canvas, y, x, w, INK(TONE_DIM), row->session);
        break;
    case COLUMN_COUNT:
        break;
    }
}

void list_row_words(const struct list_times *times, const struct trace_row *row,
                    struct spoken *line)
{
    static const char *const statuses[STATUS_COUNT] = {[STATUS_IN_PROGRESS] = "running",
                                                       [STATUS_COMPLETED] = "completed",
                                                       [STATUS_ERROR] = "error",
                                                       [STATUS_CANCELLED] = "cancelled"};
    char text[FORMAT_BYTES];
    bool running = row->status == STATUS_IN_PROGRESS;
    struct text start = start_text(times, text, row->start_ns);
    bool clock = start.length > 8 && start.data[2] == ':'; /* seconds will do */
    spoken_add(line, text_from(statuses[row->status]));
    spoken_add(line, row->root_operation);
    spoken_add(line, row->user);
    spoken_duration(line, "", list_duration_ns(row, times->now_ns), running ? " so far" : "");
    spoken_count(line, row->span_count, "span");
    spoken_add(line, text_make(start.data, clock ? 8 : start.length));
    spoken_add(line, row->error_message);
}
