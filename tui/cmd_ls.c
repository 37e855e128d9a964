/* cmd_ls — lists traces, page by page, so that any number of them takes the same memory. */
#include <stdio.h>
#include <unistd.h>

#include "store/trace_json.h"
#include "tui/cmd.h"
#include "tui/cmd_query.h"
#include "tui/plain.h"

enum { LIMIT_DEFAULT = 100 };
enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

static const char *const formats[] = {"table", "json", "csv"};

struct listing {
    enum format format;
    struct plain_style style;
    struct text_buffer line;
    size_t rows;
};

static enum err write_row(const struct trace_row *row, void *context, struct err_msg *why)
{
    struct listing *listing = context;
    (void)why;
    listing->rows++;
    switch (listing->format) {
    case FORMAT_TABLE:
        if (listing->rows == 1) {
            plain_list_header(stdout, &listing->style);
        }
        plain_list_row(stdout, &listing->style, row);
        return ERR_OK;
    case FORMAT_JSON:
        trace_json_row(row, &listing->line);
        break;
    case FORMAT_CSV:
        trace_csv_row(row, &listing->line);
        break;
    }
    cmd_write_line(&listing->line);
    return ERR_OK;
}

static enum err list_traces(struct reader *reader, const struct filter *filter,
                            const struct options *options, struct err_msg *why)
{
    struct listing listing = {
        .format = (enum format)cmd_format(options, "ls", formats, ARRAY_LEN(formats)),
        .style = plain_style_of(stdout, options->ascii, options->utf8),
    };
    size_t limit = options->limit != 0  ? options->limit
                   : filter->limit != 0 ? (size_t)filter->limit
                                        : LIMIT_DEFAULT;
    if (listing.format == FORMAT_CSV) {
        trace_csv_header(&listing.line);
        cmd_write_line(&listing.line);
    }
    enum err err = cmd_each_row(reader, filter, options, limit, write_row, &listing, why);
    if (err == ERR_OK && listing.rows == 0 && listing.format == FORMAT_TABLE &&
        isatty(STDOUT_FILENO)) {
        fputs(filter->root != NULL ? "no traces match\n" : "no traces are stored\n", stderr);
    }
    text_buffer_free(&listing.line);
    return err;
}

int cmd_ls(const struct options *options)
{
    if (cmd_format(options, "ls", formats, ARRAY_LEN(formats)) < 0) {
        return 2;
    }
    return cmd_query(options, "ls", list_traces);
}
