/* cmd_show — prints one trace: as a tree, as one JSON object, or as an OTLP request. */
#include <stdio.h>

#include "store/base/clock.h"
#include "store/trace_out.h"
#include "tui/analysis_json.h"
#include "tui/analysis_text.h"
#include "tui/cmd.h"
#include "tui/cmd_query.h"
#include "tui/plain.h"

enum format { FORMAT_TREE, FORMAT_JSON, FORMAT_OTLP };

/* What is shown instead of the spans one by one. */
static bool is_analysis(const struct options *options)
{
    return options->critical || options->by != NULL;
}

static const char *const formats[] = {"tree", "json", "otlp"};

static enum err write_pieces(struct reader *reader, const struct trace *trace,
                             enum trace_out_format format, const struct trace_out_choice *choice,
                             struct err_msg *why)
{
    struct trace_out out;
    struct text_buffer text = {0};
    enum err err = ERR_OK;
    trace_out_begin(&out, trace, format, choice);
    while (!out.done && err == ERR_OK) {
        err = trace_out_next(&out, reader, &text, why);
        cmd_write(&text);
    }
    text_buffer_free(&text);
    trace_out_clear(&out);
    return err;
}

static void write_analysis(const struct trace *trace, enum format format,
                           const struct options *options)
{
    struct plain_style style = plain_style_of(stdout, options->ascii, options->utf8);
    struct text_buffer text = {0};
    struct critical_path path = {0};
    struct span_table table = {0};
    enum span_grouping by = SPANS_BY_OPERATION;
    int64_t now_ns = clock_now_ns();
    if (options->critical) {
        critical_path_set(&path, trace, now_ns);
    } else if (span_grouping_parse(text_from(options->by), &by)) {
        span_table_set(&table, trace, by, now_ns);
    }
    if (format == FORMAT_JSON) {
        if (options->critical) {
            analysis_json_path(trace, &path, &text);
        } else {
            analysis_json_table(trace, &table, by, &text);
        }
        text_append_char(&text, '\n');
    } else if (options->critical) {
        analysis_text_path(&style, trace, &path, &text);
    } else {
        analysis_text_table(&style, trace, &table, by, &text);
    }
    cmd_write(&text);
    text_buffer_free(&text);
    critical_path_clear(&path);
    span_table_clear(&table);
}

static enum err write_trace(struct reader *reader, const struct trace *trace, enum format format,
                            const struct options *options, struct err_msg *why)
{
    if (is_analysis(options)) {
        write_analysis(trace, format, options);
        return ERR_OK;
    }
    size_t first = 0;
    size_t end = 0;
    if (options->span != NULL) {
        int32_t span = trace_find_text(trace, text_from(options->span));
        if (span == TRACE_NO_SPAN) {
            return err_set(why, ERR_NOT_FOUND, "no span %.60s in this trace", options->span);
        }
        first = (size_t)span;
        end = trace->spans[span].subtree_end;
    }
    if (format != FORMAT_TREE) {
        struct trace_out_choice choice = {.depth = options->depth,
                                          .errors_only = options->errors_only,
                                          .first = first,
                                          .end = end};
        return write_pieces(reader, trace, format == FORMAT_JSON ? TRACE_OUT_JSON : TRACE_OUT_OTLP,
                            &choice, why);
    }
    struct plain_style style = plain_style_of(stdout, options->ascii, options->utf8);
    struct plain_tree tree = {
        .errors_only = options->errors_only, .depth = options->depth, .first = first, .end = end};
    plain_tree_write(stdout, &style, trace, &tree);
    return ERR_OK;
}

static enum err show_trace(const struct options *options, enum format format, struct err_msg *why)
{
    struct reader *reader = NULL;
    struct trace *trace = NULL;
    int64_t number = 0;
    enum err err = reader_open(options->db, &reader, why);
    if (err == ERR_OK) {
        err = reader_find(reader, text_from(options->words[0]), &number, why);
    }
    if (err == ERR_OK) {
        err = reader_trace(reader, number, NULL, NULL, &trace, why);
    }
    if (err == ERR_OK) {
        err = write_trace(reader, trace, format, options, why);
    }
    trace_free(trace);
    reader_close(reader);
    return err;
}

int cmd_show(const struct options *options)
{
    struct err_msg why = {.text = ""};
    int format = cmd_format(options, "show", formats, ARRAY_LEN(formats));
    if (options->word_count != 1) {
        fputs("tracetui: show: one trace expected: its id, or 4 and more characters of it\n",
              stderr);
        return 2;
    }
    enum span_grouping by;
    if (options->by != NULL && !span_grouping_parse(text_from(options->by), &by)) {
        fprintf(stderr, "tracetui: show: --by %s: operation, service or type expected\n",
                options->by);
        return 2;
    }
    if (is_analysis(options) && format == FORMAT_OTLP) {
        fputs("tracetui: show: --critical and --by have the formats tree and json\n", stderr);
        return 2;
    }
    if (format < 0) {
        return 2;
    }
    if (show_trace(options, (enum format)format, &why) != ERR_OK) {
        plain_error(stderr, "show", why.text);
        return 1;
    }
    return 0;
}
