/* cmd_stats — counts, errors and durations of matching traces, in all and by group. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/json.h"
#include "store/sides.h"
#include "store/trace_json.h"
#include "tui/canvas.h"
#include "tui/cmd.h"
#include "tui/cmd_query.h"
#include "tui/format.h"
#include "tui/plain.h"

enum { LIMIT_DEFAULT = 100, NAME_CELLS = 30, NUMBER_CELLS = 9 };
enum { BY_CLIENT = GROUP_ERROR + 1 };
enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

static const char *const formats[] = {"table", "json", "csv"};
static const char *const groupings[] = {
    [GROUP_OPERATION] = "operation", [GROUP_USER] = "user",   [GROUP_SERVICE] = "service",
    [GROUP_TYPE] = "type",           [GROUP_ERROR] = "error", [BY_CLIENT] = "client",
};

/* The figures of a row. sum_ns holds the average by the time it is printed. */
static const struct {
    const char *title, *key;
    size_t offset;
    bool is_duration;
} columns[] = {
    {"COUNT", "count", offsetof(struct group_row, count), false},
    {"ERRORS", "errors", offsetof(struct group_row, errors), false},
    {"AVG", "avg_ms", offsetof(struct group_row, sum_ns), true},
    {"MIN", "min_ms", offsetof(struct group_row, min_ns), true},
    {"P50", "p50_ms", offsetof(struct group_row, p50_ns), true},
    {"P95", "p95_ms", offsetof(struct group_row, p95_ns), true},
    {"P99", "p99_ms", offsetof(struct group_row, p99_ns), true},
    {"MAX", "max_ms", offsetof(struct group_row, max_ns), true},
};

struct printing {
    enum format format;
    struct plain_style style;
    const char *by;
    bool by_client; /* one more column: the share of the time */
    double share;   /* of the row, in percent */
    int64_t all_ns; /* the time that the groups share; 0 = not known yet */
    struct text_buffer line;
};

static int grouping_of(const struct options *options)
{
    for (size_t i = 0; i < ARRAY_LEN(groupings); i++) {
        if (options->by == NULL || strcmp(options->by, groupings[i]) == 0) {
            return (int)i;
        }
    }
    fprintf(stderr,
            "tracetui: stats: --by %s: operation, user, service, type, error or client expected\n",
            options->by);
    return -1;
}

static int64_t figure(const struct group_row *row, size_t column)
{
    return *(const int64_t *)((const char *)row + columns[column].offset);
}

static void append_milliseconds(struct text_buffer *line, int64_t ns)
{
    text_append_format(line, "%" PRId64 ".%03d", ns / NS_PER_MS, (int)(ns % NS_PER_MS / NS_PER_US));
}

static void append_right(struct text_buffer *line, struct text text)
{
    text_append_format(line, "%*s", NUMBER_CELLS - canvas_width(text), "");
    text_append(line, text);
}

static void append_share(struct printing *printing)
{
    struct text_buffer *line = &printing->line;
    char share[16];
    if (!printing->by_client) {
        return;
    }
    snprintf(share, sizeof share, "%.1f", printing->share);
    switch (printing->format) {
    case FORMAT_TABLE:
        text_append_format(line, "%*s%%", NUMBER_CELLS - 1, share);
        break;
    case FORMAT_JSON:
        text_append_format(line, ",\"share_percent\":%s", share);
        break;
    case FORMAT_CSV:
        text_append_format(line, ",%s", share);
        break;
    }
}

static void table_row(struct printing *printing, const struct group_row *row)
{
    char number[FORMAT_BYTES];
    struct text_buffer *line = &printing->line;
    struct text name = row->name.length > 0 ? row->name : TEXT("-");
    canvas_sanitise(name, line);
    text_append_format(line, "%*s", NAME_CELLS - canvas_width(text_buffer_text(line)), "");
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        int64_t value = figure(row, i);
        append_right(line, columns[i].is_duration
                               ? format_duration(number, value, printing->style.ascii)
                               : format_exact(number, value));
    }
    append_share(printing);
}

static void json_row(struct printing *printing, const struct group_row *row, bool is_total)
{
    struct text_buffer *line = &printing->line;
    text_append_format(line, "{\"by\":\"%s\",\"name\":", is_total ? "all" : printing->by);
    json_append_string(line, row->name.data != NULL ? row->name : TEXT(""));
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        text_append_format(line, ",\"%s\":", columns[i].key);
        if (columns[i].is_duration) {
            append_milliseconds(line, figure(row, i));
        } else {
            text_append_format(line, "%" PRId64, figure(row, i));
        }
    }
    append_share(printing);
    text_append_char(line, '}');
}

static void csv_row(struct printing *printing, const struct group_row *row, bool is_total)
{
    struct text_buffer *line = &printing->line;
    text_append_format(line, "%s,", is_total ? "all" : printing->by);
    csv_cell(line, row->name);
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        text_append_char(line, ',');
        if (columns[i].is_duration) {
            append_milliseconds(line, figure(row, i));
        } else {
            text_append_format(line, "%" PRId64, figure(row, i));
        }
    }
    append_share(printing);
}

static void write_header(struct printing *printing)
{
    struct text_buffer *line = &printing->line;
    if (printing->format == FORMAT_JSON) {
        return;
    }
    if (printing->format == FORMAT_CSV) {
        text_append(line, TEXT("by,name"));
    } else {
        text_append_format(line, "%-*s", NAME_CELLS, printing->by);
    }
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        if (printing->format == FORMAT_CSV) {
            text_append_format(line, ",%s", columns[i].key);
        } else {
            append_right(line, text_from(columns[i].title));
        }
    }
    if (printing->by_client && printing->format == FORMAT_CSV) {
        text_append(line, TEXT(",share_percent"));
    } else if (printing->by_client) {
        append_right(line, TEXT("SHARE"));
    }
    cmd_write_line(line);
}

static void write_row(struct printing *printing, const struct group_row *given, bool is_total)
{
    struct group_row row = *given;
    printing->share =
        printing->all_ns > 0 ? 100.0 * (double)row.sum_ns / (double)printing->all_ns : 100.0;
    row.sum_ns = row.ended > 0 ? row.sum_ns / row.ended : 0;
    switch (printing->format) {
    case FORMAT_TABLE:
        table_row(printing, &row);
        break;
    case FORMAT_JSON:
        json_row(printing, &row, is_total);
        break;
    case FORMAT_CSV:
        csv_row(printing, &row, is_total);
        break;
    }
    cmd_write_line(&printing->line);
}

static enum err write_total(struct reader *reader, const struct filter *filter,
                            struct printing *printing, struct err_msg *why)
{
    struct summary_question question = {.filter = filter, .now_ns = clock_now_ns()};
    struct summary_work *work = NULL;
    struct summary *summary = mem_zero(1, sizeof *summary);
    enum err err = summary_begin(reader, &question, &work, why);
    while (err == ERR_OK && !summary->done) {
        err = summary_step(work, summary, why);
    }
    if (err == ERR_OK) {
        struct group_row total = {
            .name = printing->format == FORMAT_TABLE ? TEXT("all") : TEXT(""),
            .count = summary->total,
            .errors = summary->errors,
            .ended = summary->total - summary->running,
            .sum_ns = summary->sum_ns,
            .min_ns = summary->min_ns,
            .p50_ns = summary->p50_ns,
            .p95_ns = summary->p95_ns,
            .p99_ns = summary->p99_ns,
            .max_ns = summary->max_ns,
        };
        write_row(printing, &total, true);
    }
    summary_end(work);
    free(summary);
    return err;
}

static int64_t sum_of(const struct group_answer *answer)
{
    int64_t sum_ns = 0;
    for (size_t i = 0; i < answer->count; i++) {
        sum_ns += answer->rows[i].sum_ns;
    }
    return sum_ns;
}

struct asking {
    struct reader *reader;
    struct sides *sides;
};

static enum err add_trace(const struct trace_row *row, void *context, struct err_msg *why)
{
    struct asking *asking = context;
    struct trace *trace = NULL;
    enum err err = reader_trace(asking->reader, row->number, NULL, NULL, &trace, why);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK; /* deleted since it was listed */
    }
    if (err == ERR_OK) {
        err = sides_add(asking->sides, asking->reader, trace, why);
    }
    trace_free(trace);
    return err;
}

/* Every trace is opened: a span's own time is known only beside its children. */
static enum err ask_sides(struct reader *reader, const struct filter *filter,
                          const struct options *options, struct group_answer *answer,
                          struct err_msg *why)
{
    struct asking asking = {.reader = reader, .sides = sides_new()};
    enum err err = cmd_each_row(reader, filter, options, 0, add_trace, &asking, why);
    if (err == ERR_OK) {
        sides_report(asking.sides, answer);
    }
    sides_free(asking.sides);
    return err;
}

static enum err print_stats(struct reader *reader, const struct filter *filter,
                            const struct options *options, struct err_msg *why)
{
    int by = grouping_of(options);
    struct printing printing = {
        .format = (enum format)cmd_format(options, "stats", formats, ARRAY_LEN(formats)),
        .style = plain_style_of(stdout, options->ascii, options->utf8),
        .by = groupings[by],
        .by_client = by == BY_CLIENT,
    };
    struct group_answer answer = {0};
    size_t limit = options->limit != 0 ? options->limit : LIMIT_DEFAULT;
    write_header(&printing);
    enum err err = write_total(reader, filter, &printing, why);
    if (err == ERR_OK && by == BY_CLIENT) {
        err = ask_sides(reader, filter, options, &answer, why);
        printing.all_ns = sum_of(&answer);
    } else if (err == ERR_OK) {
        err = reader_groups(reader, filter, (enum group_by)by, clock_now_ns(), limit, &answer, why);
    }
    for (size_t i = 0; i < answer.count && err == ERR_OK; i++) {
        write_row(&printing, &answer.rows[i], false);
    }
    group_answer_clear(&answer);
    text_buffer_free(&printing.line);
    return err;
}

int cmd_stats(const struct options *options)
{
    if (cmd_format(options, "stats", formats, ARRAY_LEN(formats)) < 0 || grouping_of(options) < 0) {
        return 2;
    }
    return cmd_query(options, "stats", print_stats);
}
