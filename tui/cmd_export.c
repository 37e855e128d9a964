/* cmd_export — streams all matching traces, with their spans, in constant memory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tui/cmd.h"
#include "tui/cmd_query.h"
#include "tui/trace_json.h"
#include "tui/trace_out.h"

enum format { FORMAT_JSON, FORMAT_CSV, FORMAT_OTLP };

static const char *const formats[] = {"json", "csv", "otlp"};

struct exporting {
    struct reader *reader;
    enum format format;
    struct text_buffer line;
};

static enum err export_trace(const struct trace_row *row, void *context, struct err_msg *why)
{
    static const struct trace_out_choice everything;
    struct exporting *exporting = context;
    struct trace *trace = NULL;
    if (exporting->format == FORMAT_CSV) {
        trace_csv_row(row, &exporting->line);
        cmd_write_line(&exporting->line);
        return ERR_OK;
    }
    enum err err = reader_trace(exporting->reader, row->number, NULL, NULL, &trace, why);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK; /* deleted since it was listed */
    }
    if (err == ERR_OK) {
        err = trace_out(stdout, exporting->reader, trace,
                        exporting->format == FORMAT_JSON ? TRACE_OUT_JSON : TRACE_OUT_OTLP,
                        &everything, why);
    }
    trace_free(trace);
    return err;
}

static enum err export_all(struct reader *reader, const struct filter *filter,
                           const struct options *options, struct err_msg *why)
{
    struct exporting exporting = {
        .reader = reader,
        .format = (enum format)cmd_format(options, "export", formats, ARRAY_LEN(formats)),
    };
    struct options oldest_first = *options;
    oldest_first.reverse = !options->reverse;
    if (options->output != NULL && freopen(options->output, "w", stdout) == NULL) {
        return err_set(why, ERR_IO, "%s: %s", options->output, strerror(errno));
    }
    if (exporting.format == FORMAT_CSV) {
        trace_csv_header(&exporting.line);
        cmd_write_line(&exporting.line);
    }
    size_t limit = options->limit != 0 ? options->limit : (size_t)filter->limit;
    enum err err =
        cmd_each_row(reader, filter, &oldest_first, limit, export_trace, &exporting, why);
    text_buffer_free(&exporting.line);
    return err;
}

int cmd_export(const struct options *options)
{
    if (cmd_format(options, "export", formats, ARRAY_LEN(formats)) < 0) {
        return 2;
    }
    return cmd_query(options, "export", export_all);
}
