/* cmd_diff — two traces side by side: what was added, is missing, became slower or faster. */
#include <stdio.h>

#include "store/base/clock.h"
#include "tui/analysis_json.h"
#include "tui/analysis_text.h"
#include "tui/cmd.h"
#include "tui/cmd_query.h"

enum format { FORMAT_TREE, FORMAT_JSON };

static const char *const formats[] = {"tree", "json"};

static enum err read_trace(struct reader *reader, const char *id, struct trace **ret_trace,
                           struct err_msg *why)
{
    int64_t number = 0;
    enum err err = reader_find(reader, text_from(id), &number, why);
    return err == ERR_OK ? reader_trace(reader, number, NULL, NULL, ret_trace, why) : err;
}

static void print_diff(const struct options *options, enum format format, const struct trace *a,
                       const struct trace *b)
{
    struct plain_style style = plain_style_of(stdout, options->ascii, options->utf8);
    struct trace_diff diff = {0};
    struct text_buffer text = {0};
    trace_diff_set(&diff, a, b, clock_now_ns());
    if (format == FORMAT_JSON) {
        analysis_json_diff(a, b, &diff, &text);
        text_append_char(&text, '\n');
    } else {
        analysis_text_diff(&style, a, b, &diff, &text);
    }
    cmd_write(&text);
    text_buffer_free(&text);
    trace_diff_clear(&diff);
}

static enum err diff_traces(const struct options *options, enum format format, struct err_msg *why)
{
    struct reader *reader = NULL;
    struct trace *a = NULL;
    struct trace *b = NULL;
    enum err err = reader_open(options->db, &reader, why);
    if (err == ERR_OK) {
        err = read_trace(reader, options->words[0], &a, why);
    }
    if (err == ERR_OK) {
        err = read_trace(reader, options->words[1], &b, why);
    }
    if (err == ERR_OK) {
        print_diff(options, format, a, b);
    }
    trace_free(a);
    trace_free(b);
    reader_close(reader);
    return err;
}

int cmd_diff(const struct options *options)
{
    struct err_msg why = {.text = ""};
    int format = cmd_format(options, "diff", formats, ARRAY_LEN(formats));
    if (options->word_count != 2) {
        fputs("tracetui: diff: two traces expected: their ids, or 4 and more characters of them\n",
              stderr);
        return 2;
    }
    if (format < 0) {
        return 2;
    }
    if (diff_traces(options, (enum format)format, &why) != ERR_OK) {
        plain_error(stderr, "diff", why.text);
        return 1;
    }
    return 0;
}
