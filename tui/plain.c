/* plain — what commands without a screen print: the style, query errors, the table of traces. */
#include "tui/plain.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tui/canvas.h"
#include "tui/format.h"

enum {
    WIDTH_DEFAULT = 80,
    WIDTH_SMALLEST = 60,
    WIDTH_LARGEST = 400,
    WIDTH_OF_DATES = 100, /* from here on the year and milliseconds have room */
    SHORT_ID_CHARS = 8,
    RUNE_RUNNING = 0x25B6,
    RUNE_CANCELLED = 0x2205,
};

struct plain_style plain_style_of(FILE *out, bool force_ascii, bool force_utf8)
{
    struct winsize size = {0};
    struct plain_style style = {.width = WIDTH_DEFAULT};
    setlocale(LC_CTYPE, "");
    style.ascii = force_ascii || (!force_utf8 && strcmp(nl_langinfo(CODESET), "UTF-8") != 0);
    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        style.width = size.ws_col;
    }
    style.width = style.width < WIDTH_SMALLEST  ? WIDTH_SMALLEST
                  : style.width > WIDTH_LARGEST ? WIDTH_LARGEST
                                                : style.width;
    return style;
}

void plain_error(FILE *out, const char *command, const char *text)
{
    struct text_buffer line = {0};
    canvas_sanitise(text_from(text), &line);
    fprintf(out, "tracetui: %s: %s\n", command, line.data != NULL ? line.data : "");
    text_buffer_free(&line);
}

void plain_query_error(FILE *out, struct text query, const struct filter_error *error)
{
    struct text_buffer line = {0};
    size_t length =
        error->start + error->length < query.length ? error->length : query.length - error->start;
    int before = canvas_width(text_make(query.data, error->start));
    int under = canvas_width(text_make(query.data + error->start, length));
    canvas_sanitise(text_from(error->text), &line);
    text_append_cstr(&line, "\n  ");
    canvas_sanitise(query, &line);
    text_append_format(&line, "\n  %*s", before, "");
    for (int i = 0; i < (under > 0 ? under : 1); i++) {
        text_append_char(&line, '^');
    }
    fprintf(out, "tracetui: query: %s\n", line.data);
    text_buffer_free(&line);
}

/* ---- the table ---- */

/* Where the columns stand; all but the operation have fixed widths. */
struct columns {
    int start_w, duration_x, spans_x, errors_x, operation_x, operation_w, user_x, trace_x;
};

enum { DURATION_W = 8, SPANS_W = 6, ERRORS_W = 4, USER_W = 12, DATE_W = 23, SHORT_DATE_W = 14 };

static struct columns columns_of(const struct plain_style *style)
{
    struct columns columns = {
        .start_w = style->width >= WIDTH_OF_DATES ? DATE_W : SHORT_DATE_W,
        .trace_x = style->width - SHORT_ID_CHARS,
    };
    columns.duration_x = 2 + columns.start_w + 1;
    columns.spans_x = columns.duration_x + DURATION_W + 1;
    columns.errors_x = columns.spans_x + SPANS_W + 1;
    columns.operation_x = columns.errors_x + ERRORS_W + 2;
    columns.user_x = columns.trace_x - 2 - USER_W;
    columns.operation_w = columns.user_x - 1 - columns.operation_x;
    return columns;
}

static void write_row(FILE *out, const struct canvas *canvas)
{
    struct text_buffer line = {0};
    canvas_row(canvas, 0, &line);
    text_append_char(&line, '\n');
    fwrite(line.data, 1, line.length, out);
    text_buffer_free(&line);
}

void plain_list_header(FILE *out, const struct plain_style *style)
{
    struct columns columns = columns_of(style);
    struct ink ink = INK(TONE_NORMAL);
    struct canvas canvas;
    canvas_init(&canvas, style->ascii);
    canvas_resize(&canvas, 1, style->width);
    canvas_text(&canvas, 0, 2, columns.start_w, ink, TEXT("START"));
    canvas_text_right(&canvas, 0, columns.duration_x, DURATION_W, ink, TEXT("DUR"));
    canvas_text_right(&canvas, 0, columns.spans_x, SPANS_W, ink, TEXT("SPANS"));
    canvas_text_right(&canvas, 0, columns.errors_x, ERRORS_W, ink, TEXT("ERR"));
    canvas_text(&canvas, 0, columns.operation_x, columns.operation_w, ink, TEXT("OPERATION"));
    canvas_text(&canvas, 0, columns.user_x, USER_W, ink, TEXT("USER"));
    canvas_text(&canvas, 0, columns.trace_x, SHORT_ID_CHARS, ink, TEXT("TRACE"));
    write_row(out, &canvas);
    canvas_free(&canvas);
}

static void draw_status(struct canvas *canvas, const struct trace_row *row)
{
    static const uint32_t runes[STATUS_COUNT] = {
        [STATUS_IN_PROGRESS] = RUNE_RUNNING,
        [STATUS_COMPLETED] = ' ',
        [STATUS_ERROR] = RUNE_CROSS,
        [STATUS_CANCELLED] = RUNE_CANCELLED,
    };
    canvas_rune(canvas, 0, 0, INK(TONE_NORMAL), runes[row->status]);
}

static void draw_start(struct canvas *canvas, const struct columns *columns, int64_t start_ns)
{
    char target[FORMAT_BYTES];
    struct text date = format_date(target, start_ns); /* "2025-11-20 14:03:20.412" */
    if (columns->start_w == SHORT_DATE_W && date.length == DATE_W) {
        date = text_make(date.data + 5, SHORT_DATE_W);
    }
    canvas_text(canvas, 0, 2, columns->start_w, INK(TONE_NORMAL), date);
}

void plain_list_row(FILE *out, const struct plain_style *style, const struct trace_row *row)
{
    char target[FORMAT_BYTES + 1];
    char id[ID_PRINT_BYTES];
    struct columns columns = columns_of(style);
    struct ink ink = INK(TONE_NORMAL);
    struct canvas canvas;
    canvas_init(&canvas, style->ascii);
    canvas_resize(&canvas, 1, style->width);
    draw_status(&canvas, row);
    draw_start(&canvas, &columns, row->start_ns);
    struct text duration = format_duration(target, row->duration_ns, style->ascii);
    if (row->running_count > 0) {
        target[duration.length++] = '+'; /* so far */
    }
    canvas_text_right(&canvas, 0, columns.duration_x, DURATION_W, ink, duration);
    canvas_text_right(&canvas, 0, columns.spans_x, SPANS_W, ink,
                      format_count(target, row->span_count));
    if (row->error_count > 0) {
        canvas_text_right(&canvas, 0, columns.errors_x, ERRORS_W, ink,
                          format_count(target, row->error_count));
    }
    canvas_text(&canvas, 0, columns.operation_x, columns.operation_w, ink, row->root_operation);
    canvas_text(&canvas, 0, columns.user_x, USER_W, ink, row->user);
    struct text whole = text_make(id, id_print(&row->id, id));
    canvas_text(&canvas, 0, columns.trace_x, SHORT_ID_CHARS, ink,
                text_make(whole.data, text_cut(whole, SHORT_ID_CHARS)));
    write_row(out, &canvas);
    canvas_free(&canvas);
}
